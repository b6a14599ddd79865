"""What the two jobs that run repository code share: they hold no secret, ask GitHub nothing, and leave nothing behind.

The rule it keeps: on a runner such a job refuses to start with a secret in its settings, however it came there; a clone
on the disk is all that it reads code from.
"""

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ftc.agent.ground import Ground
from ftc.agent.kept import Keep, kept_at
from ftc.agent.workspace import Mirror, mirror
from ftc.clients.sandbox import Sandbox
from ftc.core.errors import CommandFailed, UsageError
from ftc.core.fix import Fix, Reproduction, Task
from ftc.core.records import RecordUnreadable
from ftc.jobs.context import server_of
from ftc.jobs.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Clone:
    """Where the code comes from: an address that git understands, and the token that reads it, if one does."""

    url: str
    token: str = ""


def refuse_secrets(settings: Settings, environ: Mapping[str, str], *, job: str) -> None:
    """Raise ``UsageError`` when a job of a workflow that runs repository code was handed a secret."""
    if environ.get("GITHUB_ACTIONS") == "true" and settings.tokens.values:
        raise UsageError(
            f"fix {job}: this job runs code of the repository, so it must be given no token and no key; leave `env` "
            'and secrets out of its step, and give the action `token: ""`'
        )


def clone_of(task: Task, settings: Settings, *, source: str) -> Clone:
    """The clone that ``--source`` names, else the repository on its server, read with the read token."""
    if not source:
        return Clone(url=f"{server_of(settings.config.api_url)}/{task.repo}.git", token=settings.tokens.read)
    place = Path(source).resolve()
    if not (place / ".git").exists() and not (place / "HEAD").is_file():
        raise UsageError(f"--source: {source[:200]} is no clone of a repository")
    return Clone(url=place.as_uri())


@contextlib.contextmanager
def opened(
    task: Task, settings: Settings, environ: Mapping[str, str], *, clone: Clone, evidence: Path, name: str
) -> Iterator[Ground]:
    """Mirror, scratch folder and sandbox for one job; all of them are gone at the end of the block.

    ``name`` is the job's, with its leg: jobs on one machine must not share checkouts. Raises ``CommandFailed`` and
    ``UsageError``.
    """
    config, began = settings.config, time.monotonic()
    evidence.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        copy, scratch = _places(stack, clone, kept_at(config).apart(f"fix-{name}"))
        yield Ground(
            mirror=copy,
            sandbox=Sandbox.of(config, scratch, environ),
            config=config,
            sanitizer=settings.sanitizer,
            evidence=evidence,
            clock=time.monotonic,
            until=began + task.quota.minutes * 60,
        )


def _places(stack: contextlib.ExitStack, clone: Clone, keep: Keep) -> tuple[Mirror, Path]:
    """Mirror and scratch folder in the workspace, or in a temporary folder where another job has those."""
    if keep.root is not None:
        with contextlib.suppress(CommandFailed), contextlib.ExitStack() as attempt:
            copy = attempt.enter_context(mirror(clone.url, clone.token, keep))
            scratch = attempt.enter_context(copy.scratch())
            stack.push(attempt.pop_all())
            return copy, scratch
    copy = stack.enter_context(mirror(clone.url, clone.token))
    return copy, stack.enter_context(copy.scratch())


def belongs(document: Reproduction | Fix, task: Task) -> None:
    """Raise ``RecordUnreadable`` for a document of another task or base."""
    if (document.task, document.base_sha) != (task.id, task.base_sha):
        raise RecordUnreadable(f"{type(document).__name__.lower()}.json is of another task or base than task.json")
