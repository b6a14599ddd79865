"""One task from the command line: where its repository is, who edits, and who opens its pull request.

The rule it keeps: without GitHub nothing is asked of GitHub; what the repository's code and an agent's command may see
of the environment is a list.
"""

import argparse
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ftc.agent.external import argv_of
from ftc.agent.task_batch import Generator
from ftc.agent.task_command import CommandGenerator
from ftc.agent.task_delivery import Publisher
from ftc.agent.task_ending import Outcome
from ftc.agent.task_model import ModelGenerator, nobody
from ftc.agent.task_walls import Walls
from ftc.agent.tasks import Means, run_task
from ftc.clients.llm import open_model
from ftc.clients.mortal import run_mortal
from ftc.clients.sandbox import Sandbox
from ftc.core.errors import GitHubError, UsageError
from ftc.core.fix_agents import FixAgent
from ftc.core.isolation import may_run_beside_secret
from ftc.core.sanitize import Sanitizer
from ftc.core.task_file import TaskFile
from ftc.core.task_plan import approved_files, plan_document
from ftc.jobs.context import open_context
from ftc.jobs.own_program import handed_on
from ftc.jobs.settings import Settings, flag_values, load_settings
from ftc.jobs.task_issue import TaskDesk, TaskIssue
from ftc.jobs.task_pulls import PullPublisher

AGENT_SEES = ("PATH", "LANG", "LC_ALL", "TZ", "VIRTUAL_ENV", "GOPATH", "GOROOT", "GOCACHE", "GOMODCACHE", "JAVA_HOME")
"""Of the machine's environment what an agent's command sees unasked: what tools need and what holds no secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a task's repository is, who opens requests there, and where its issue is kept; None opens none."""

    url: str
    token: str
    base_branch: str
    publisher: Publisher | None
    desk: TaskDesk | None = None


def run_file(task: TaskFile, args: argparse.Namespace) -> int:
    """Carry out one task as the flags say; its exit code."""
    settings = load_settings(environ=os.environ, flags=flag_values(args))
    if settings.config.disabled:
        print("Disabled by configuration (FTC_DISABLED); nothing was read or written.")
        return 0
    folder = Path(args.artifacts) / task.id
    sanitizer = settings.sanitizer
    origin = origin_of(task, settings, args, environ=os.environ)
    found = origin.desk.find() if origin.desk else None
    means = Means(
        url=origin.url,
        token=origin.token,
        base_branch=args.base or origin.base_branch,
        folder=folder,
        walls=lambda place: walls_at(place, settings, args, environ=os.environ),
        generator=generator_of(settings, sanitizer, args, folder),
        publisher=origin.publisher,
        approved=_approved(task, folder, args.approve, origin.desk, found),
        sanitizer=sanitizer,
        now=_now,
        clock=time.monotonic,
        say=_say,
    )
    outcome = run_task(task, means)
    if origin.desk and found:
        _told(origin.desk, found, outcome)
    return outcome.code


def _told(desk: TaskDesk, found: TaskIssue, outcome: Outcome) -> None:
    """Tell the task's issue; where GitHub refuses, the task has ended all the same."""
    try:
        where = desk.tell(found, outcome)
    except GitHubError as error:
        _say(f"the task's issue could not be written: {error}")
        return
    if outcome.planned and found.declined:
        _say(f"the plan was declined: {where} is closed as not planned")
    elif outcome.planned:
        _say(f"waiting for approval: {where}")


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def walls_at(place: Path, settings: Settings, args: argparse.Namespace, *, environ: Mapping[str, str]) -> Walls:
    """What the gates run in, as configured.

    Raises ``UsageError`` where that cannot be had, or where it would not keep a secret that this process holds.
    """
    config = settings.config
    sandbox = Sandbox.of(config, place, environ)
    secret = settings.tokens.values or [name for name in (*args.agent_env, *config.agent_variables) if name in environ]
    if secret and not may_run_beside_secret(sandbox.guarantees):
        lacks = "; ".join(sandbox.guarantees.lacks)
        raise UsageError(
            f"tests of the repository would run beside a token or key of this process, at the level {sandbox.level}: "
            f"{lacks}. Install bubblewrap or name a container-image (see docs/sandbox.md), leave sandbox-network off, "
            "or run with --local, --agent and without tokens in the environment"
        )
    return Walls(sandbox=sandbox, setup_script=config.setup_script)


def origin_of(task: TaskFile, settings: Settings, args: argparse.Namespace, *, environ: Mapping[str, str]) -> Origin:
    """The clone that was named, else the repository of issues on GitHub."""
    if args.local:
        place = Path(args.local).resolve()
        if not (place / ".git").exists() and not (place / "HEAD").is_file():
            raise UsageError(f"--local: {args.local} is no clone of a repository")
        return Origin(url=place.as_uri(), token="", base_branch="", publisher=None)
    ctx = open_context(settings, environ, now=datetime.now(UTC))
    writes = not (args.no_pr or settings.config.dry_run)
    publisher = PullPublisher(
        github=ctx.write,
        prefix=settings.config.label_prefix,
        own=frozenset(task.pr.labels),
        hmac_key=ctx.hmac_key,
    )
    return Origin(
        url=f"{ctx.server_url}/{settings.config.target}.git",
        token=settings.tokens.issue,
        base_branch=settings.config.base_branch,
        publisher=publisher if writes else None,
        desk=TaskDesk(ctx=ctx, task=task, clock=_now) if writes else None,
    )


def generator_of(settings: Settings, sanitizer: Sanitizer, args: argparse.Namespace, folder: Path) -> Generator:
    """Who edits: the command of ``--agent``, else the agent that is configured, else nobody.

    Raises ``UsageError`` for an agent that cannot work on tasks or lacks its key.
    """
    config = settings.config
    if args.agent:
        return _program(args.agent, args.agent_env, folder, key=settings.tokens.model)
    if config.fix_agent is FixAgent.COMMAND:
        return _program(config.agent_command, config.agent_variables, folder, key=settings.tokens.model)
    if config.fix_agent is FixAgent.GITHUB:
        raise UsageError("`fix-agent: github` works on issues and not on tasks; name a program with --agent")
    now = datetime.now(UTC)
    model = open_model(config, key=settings.tokens.model, sanitizer=sanitizer, now=now, charges=())
    if model is None:
        return nobody
    return ModelGenerator(
        model=model,
        folder=folder / "evidence" / "agent",
        sanitizer=sanitizer,
        clock=time.monotonic,
        call_usd=config.budget_call,
    )


def _program(line: str, variables: Sequence[str], folder: Path, *, key: str) -> Generator:
    argv_of(line, {})  # what cannot be started is wrong usage, and not a task that failed
    environ = handed_on(os.environ, (*AGENT_SEES, *variables), key=key)
    return CommandGenerator(line=line, run=run_mortal, environ=environ, folder=folder / "evidence" / "agent")


def _approved(
    task: TaskFile, folder: Path, approval: str, desk: TaskDesk | None, found: TaskIssue | None
) -> frozenset[str]:
    """By hand, of the plan in the task's folder or on its issue; else by the label on its issue."""
    if not approval:
        return desk.approved(found) if desk and found else frozenset()
    plan = folder / "plan.json"
    text = plan.read_text(encoding="utf-8") if plan.is_file() else ""
    if not text and found and found.record:
        text = plan_document(found.record.digest, found.record.files)
    return approved_files(text, task_text=repr(task), approval=approval)
