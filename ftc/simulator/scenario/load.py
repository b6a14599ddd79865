"""Scenario text to world: users, tokens, limits, faults, and the repositories one by one.

Rule: loading into a world that exists only adds (and may move the clock), so newer runs can follow older ones.
"""

import atexit
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from ftc.core.errors import UsageError
from ftc.simulator.faults import Fault
from ftc.simulator.limits import LimitRules
from ftc.simulator.scenario.fields import Section, refuse
from ftc.simulator.scenario.repositories import add_repositories
from ftc.simulator.world import BOT_LOGIN, Clock, Token, User, World

Source = str | Path | Mapping[str, Any]
"""A file, the text of one, or what the text says."""

_TOP = ("now", "users", "tokens", "repositories", "limits", "faults")
_LEVELS = ("none", "read", "write")
# Scopes of a workflow's ``permissions:`` key.
_PERMISSIONS = (
    "actions", "attestations", "checks", "contents", "deployments", "discussions", "id-token", "issues", "metadata",
    "models", "packages", "pages", "pull-requests", "pull_requests", "repository-projects", "security-events",
    "statuses",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A world and what a scenario says about the service around it; ``limits`` None: it says nothing."""

    world: World
    limits: LimitRules | None = None
    faults: list[Fault] = field(default_factory=list)


def load(
    source: Source, *, world: World | None = None, now: datetime | None = None, folder: Path | None = None
) -> Loaded:
    """A scenario file, its text when it holds a line end, or what such a text says; into a new world unless given one.

    Raises UsageError naming the key and the cause. ``now`` wins over the scenario's own; paths in a text are relative
    to ``folder``, by default the current one.
    """
    parsed, folder = _parsed(source, folder or Path())
    top = Section(parsed, "scenario", _TOP)
    if world is None:
        world = World(git_root=_temporary_root(), clock=Clock(_start(top, now)))
    elif "now" in top and top.get("now") != "real":
        world.clock.set(top.time("now", now=world.now()))
    _add_users(world, top)
    add_repositories(world, top, folder)
    _add_tokens(world, top)
    limits = LimitRules.parse(top.get("limits")) if "limits" in top else None
    return Loaded(world=world, limits=limits, faults=[Fault.parse(value) for _, value in top.items("faults")])


def _parsed(source: Source, folder: Path) -> tuple[object, Path]:
    """What the source says, and where its paths begin."""
    if isinstance(source, Mapping):
        return source, folder
    text, folder = _read(source, folder)
    try:
        return yaml.safe_load(text), folder
    except yaml.YAMLError as error:
        raise UsageError(f"scenario: not YAML: {error}") from error


def _read(source: str | Path, folder: Path) -> tuple[str, Path]:
    if isinstance(source, str) and "\n" in source:
        return source, folder
    path = Path(source)
    try:
        return path.read_text(encoding="utf-8"), path.parent
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"scenario: cannot read {source}: {error}") from error


def _start(top: Section, now: datetime | None) -> datetime | None:
    """None is the real clock: no ``now``, or ``now: real``."""
    if now is not None or "now" not in top or top.get("now") == "real":
        return now
    return top.time("now", now=datetime.now(UTC))


def _temporary_root() -> Path:
    """A folder for the bare repositories that goes when the program ends."""
    root = Path(tempfile.mkdtemp(prefix="ftc-simulator-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    return root


def _add_users(world: World, top: Section) -> None:
    for where, login, value in top.pairs("users"):
        given = Section(value, where, ("id", "name", "email", "type", "created"))
        world.users[login.lower()] = User(
            id=given.number("id", world.next_id()),
            login=login,
            name=given.maybe_text("name"),
            email=given.maybe_text("email"),
            type=given.text("type", "Bot" if login.endswith("[bot]") else "User"),
            created_at=given.time("created", now=world.now()),
        )


def _add_tokens(world: World, top: Section) -> None:
    for where, value, holder in top.pairs("tokens"):
        known = ("login", "repository", "permissions", "revoked")
        given = Section({"login": holder} if isinstance(holder, str) else holder, where, known)
        permissions = _permissions(given) if "permissions" in given else None
        if permissions is None and "login" not in given:
            raise refuse(where, "needs a login (a person's token) or permissions (a job's token)")
        repository = given.maybe_text("repository") or _only_repository(world, given, needed=permissions is not None)
        world.tokens[value] = Token(
            value=value,
            login=world.user(given.text("login", BOT_LOGIN)).login,
            permissions=permissions,
            repository=repository,
            revoked=given.flag("revoked"),
        )


def _only_repository(world: World, given: Section, *, needed: bool) -> str | None:
    if not needed:
        return None
    if len(world.repositories) != 1:
        raise refuse(f"{given.where}.repository", "a job's token must name its repository")
    return next(iter(world.repositories.values())).full_name


def _permissions(given: Section) -> dict[str, str]:
    value: Any = given.get("permissions")
    if value in ("read-all", "write-all"):
        level = value.partition("-")[0]
        return {name.replace("-", "_"): level for name in _PERMISSIONS}
    permissions = {}
    for where, name, level in given.pairs("permissions"):
        if name not in _PERMISSIONS:
            raise refuse(where, f"unknown permission; known: {', '.join(_PERMISSIONS)}")
        if level not in _LEVELS:
            raise refuse(where, f"must be none, read or write, not {level!r}")
        permissions[name.replace("-", "_")] = str(level)
    return permissions
