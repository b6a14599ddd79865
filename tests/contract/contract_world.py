"""A small world with one of everything that requests cannot make: history, people, a workflow run, an artifact."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from ftc.simulator.ci import Artifact, Attempt, Content, Job, Run, Step, WorkflowFile
from ftc.simulator.git_backend import NewCommit, open_repository
from ftc.simulator.git_types import GitIdentity
from ftc.simulator.world import Clock, Label, Repository, SelfHosted, Token, World

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
TOKEN, ADA, JOB = "owner-token", "ada-token", "job-token"


def build_world(root: Path) -> World:
    """acme/widgets with two branches, three commits, a workflow, a run with two attempts, a job log and an artifact."""
    author = GitIdentity(name="Ada", email="ada@example.com", date=NOON)
    git = open_repository(root=root, full_name="acme/widgets")
    files = {"README.md": b"# widgets\n", "pkg/a_test.go": b"package pkg\n", ".github/workflows/ci.yml": b"on: push\n"}
    git.add_commits("main", [NewCommit(message="first", author=author, files=files)])
    git.add_commits("fix", [NewCommit(message="fix", author=author, files={"pkg/a_test.go": b"fixed\n"})], start="main")
    git.add_commits("side", [NewCommit(message="side", author=author, files={"s.txt": b"s\n"})], start="main")
    git.add_commits("main", [NewCommit(message="second", author=author, files={"b.txt": b"b\n"})])
    world = World(git_root=root, clock=Clock(NOON))
    repository = Repository(
        id=world.next_id(), owner=world.user("acme").login, name="widgets", description="Widgets", git=git,
        created_at=NOON, updated_at=NOON, pushed_at=NOON,
    )  # fmt: skip
    repository.collaborators = {world.user("ada").login: "write", world.user("bob").login: "triage"}
    repository.labels = [Label(id=world.next_id(), name="bug", color="ff0000", description="A bug")]
    repository.runners = [SelfHosted(id=world.next_id(), name="basement", labels=("big", "linux"), busy=True)]
    world.repositories["acme/widgets"] = repository
    world.tokens[TOKEN] = Token(value=TOKEN, login="acme")
    world.tokens[ADA] = Token(value=ADA, login="ada")
    everything = dict.fromkeys(("actions", "checks", "contents", "issues", "pull_requests", "statuses"), "write")
    world.tokens[JOB] = Token(value=JOB, login="github-actions[bot]", permissions=everything, repository="acme/widgets")
    _add_run(world, repository)
    return world


def _add_run(world: World, repository: Repository) -> None:
    repository.workflows = [WorkflowFile(id=11, name="CI", path=".github/workflows/ci.yml", created_at=NOON)]
    sha = repository.git.resolve("main") or ""
    attempts = [
        Attempt(
            number=number,
            conclusion=conclusion,
            started_at=NOON,
            updated_at=NOON + timedelta(minutes=9),
            actor="ada",
            jobs=[
                Job(
                    id=30 + number, name="unit", conclusion=conclusion, started_at=NOON,
                    completed_at=NOON + timedelta(minutes=9), log=Content(inline=b"FAIL"),
                    steps=[Step(number=1, name="Run tests", conclusion=conclusion)],
                )
            ],
        )
        for number, conclusion in ((1, "success"), (2, "failure"))
    ]  # fmt: skip
    repository.runs[21] = Run(
        id=21, workflow_id=11, number=1, event="push", head_branch="main", head_sha=sha, title="second", actor="ada",
        head_repository="acme/widgets", created_at=NOON, attempts=attempts,
    )  # fmt: skip
    repository.artifacts[41] = Artifact(
        id=41, run_id=21, name="junit", files={"r.xml": Content(inline=b"<x/>")}, created_at=NOON,
        expires_at=NOON + timedelta(days=90),
    )  # fmt: skip
    old = Job(id=39, name="old", started_at=NOON, completed_at=NOON, log_expired=True)
    repository.runs[21].attempts[0].jobs.append(old)
