"""A repository of a scenario: roles, labels, files, commits, branches; then its threads and its CI."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from ftc.simulator.git_backend import open_repository
from ftc.simulator.scenario.checks import add_checks
from ftc.simulator.scenario.ci import add_ci
from ftc.simulator.scenario.fields import Section, existing, existing_file, refuse
from ftc.simulator.scenario.place import Place
from ftc.simulator.scenario.threads import add_issues, add_pulls
from ftc.simulator.world import ROLES, Label, Repository, World

_KEYS = (
    "private", "description", "default_branch", "archived", "has_issues", "fork_of", "actions_can_open_pulls",
    "created", "roles", "labels", "files", "commits", "branches", "issues", "pull_requests", "workflows",
    "run_defaults", "runs", "statuses", "check_runs", "deployments",
)  # fmt: skip
_COMMIT_KEYS = ("branch", "message", "author", "at", "files", "as", "start")


def add_repositories(world: World, top: Section, folder: Path) -> None:
    """Create or extend them all; conversations and CI come last, since they may speak of any repository."""
    places = [
        _add_repository(world, name, value, where=where, folder=folder)
        for where, name, value in top.pairs("repositories")
    ]
    for place, given in places:
        add_pulls(place, given)
        add_issues(place, given)
        add_ci(place, given)
        add_checks(place, given)


def _add_repository(world: World, name: str, value: Any, *, where: str, folder: Path) -> tuple[Place, Section]:
    if name.count("/") != 1 or not all(name.split("/")):
        raise refuse(where, "a repository is named owner/name")
    given = Section(value, where, _KEYS)
    repository = world.repository(name) or _created(world, name, given)
    place = Place(world=world, repository=repository, folder=folder)
    _add_roles(world, repository, given)
    _add_labels(world, repository, given)
    _add_history(place, given)
    return place, given


def _created(world: World, name: str, given: Section) -> Repository:
    owner, _, short = name.partition("/")
    created = given.time("created", now=world.now())
    branch = given.text("default_branch", "main")
    repository = Repository(
        id=world.next_id(),
        owner=world.user(owner).login,
        name=short,
        private=given.flag("private"),
        description=given.maybe_text("description"),
        default_branch=branch,
        archived=given.flag("archived"),
        has_issues=given.flag("has_issues", default=True),
        parent=given.maybe_text("fork_of"),
        actions_can_approve_pull_requests=given.flag("actions_can_open_pulls", default=True),
        created_at=created,
        updated_at=created,
        pushed_at=created,
        git=open_repository(root=world.git_root, full_name=name, default_branch=branch),
    )
    world.repositories[name.lower()] = repository
    if repository.parent is not None:
        parent = world.repository(repository.parent)
        if parent is None:
            raise refuse(f"{given.where}.fork_of", f"no repository {repository.parent} above this one")
        repository.git.copy_branches(parent.git.path)
    return repository


def _add_roles(world: World, repository: Repository, given: Section) -> None:
    for where, login, role in given.pairs("roles"):
        if role not in ROLES:
            raise refuse(where, f"must be one of {', '.join(ROLES)}, not {role!r}")
        repository.collaborators[world.user(login).login.lower()] = str(role)


def _add_labels(world: World, repository: Repository, given: Section) -> None:
    for where, value in given.items("labels"):
        entry = Section({"name": value} if isinstance(value, str) else value, where, ("name", "color", "description"))
        if repository.label(entry.text("name")) is None:
            repository.labels.append(
                Label(
                    id=world.next_id(),
                    name=entry.text("name"),
                    color=entry.text("color", "ededed"),
                    description=entry.maybe_text("description"),
                )
            )


def _add_history(place: Place, given: Section) -> None:
    git, branch = place.repository.git, place.repository.default_branch
    start = given.time("created", now=place.world.now())
    if "files" in given or git.resolve(f"refs/heads/{branch}") is None:
        files = _files(place, given.get("files", {"README.md": f"# {place.repository.name}\n"}), f"{given.where}.files")
        place.commit(branch, message="Initial commit", author=place.repository.owner, at=start, files=files)
    for name, source in _branches(given):
        sha = place.resolve(source, where=f"{given.where}.branches.{name}")
        git.set_reference(f"refs/heads/{name}", sha)
    for where, value in given.items("commits"):
        _add_commit(place, Section(value, where, _COMMIT_KEYS), default_at=start)


def _branches(given: Section) -> list[tuple[str, str]]:
    return [(name, str(source)) for _, name, source in given.pairs("branches")]


def _add_commit(place: Place, given: Section, *, default_at: datetime) -> None:
    branch = given.text("branch", place.repository.default_branch)
    if "start" in given:
        start = place.resolve(given.text("start"), where=given.where)
        place.repository.git.set_reference(f"refs/heads/{branch}", start)
    sha = place.commit(
        branch,
        message=given.text("message", "Change"),
        author=given.text("author", place.repository.owner),
        at=given.time("at", now=place.world.now(), default=default_at),
        files=_files(place, given.get("files", {}), f"{given.where}.files"),
    )
    if "as" in given:
        place.world.aliases[f"{place.repository.full_name}:{given.text('as')}"] = sha


def _files(place: Place, value: Any, where: str) -> dict[str, bytes | None]:
    """A folder of the disk, or a mapping of path to text (null removes the file, ``{file: path}`` reads one)."""
    if isinstance(value, str):
        root = existing(place.folder, value, where)
        paths = [path for path in sorted(root.rglob("*")) if path.is_file() and ".git" not in path.parts]
        return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}
    if not isinstance(value, Mapping):
        raise refuse(where, "must be a folder or a mapping of path to text")
    return {str(path): _bytes(place, entry, f"{where}.{path}") for path, entry in value.items()}


def _bytes(place: Place, entry: Any, where: str) -> bytes | None:
    if entry is None:
        return None
    if isinstance(entry, Mapping):
        return existing_file(place.folder, Section(entry, where, ("file",)).text("file"), where).read_bytes()
    return str(entry).encode()
