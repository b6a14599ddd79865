"""``ftc fix generate``: look for a change that mends the test, and hand it on, or the reason why there is none.

The rule it keeps: this job holds the model's key and no right to write anything. It asks nothing of GitHub but the
files of the base, decides nothing that counts, and a job that was killed goes on where it was and pays for nothing
twice.
"""

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ftc.agent.external import Program, propose_externally
from ftc.agent.files import MirrorFiles, history_of
from ftc.agent.fixer import TRANSCRIPT, Means, propose, workspace_of
from ftc.agent.kept import kept_at
from ftc.agent.patching import take_patch
from ftc.agent.run_test import Runs, run_test_of
from ftc.agent.temporary import GENERATE, temporary
from ftc.agent.tools import History, RunTest, Workspace
from ftc.agent.workspace import Mirror, mirror
from ftc.clients import runner
from ftc.clients.llm import open_model
from ftc.clients.sandbox import Sandbox
from ftc.clients.undumpable import become_undumpable
from ftc.core.config import Config, Masking
from ftc.core.dialogue import Model
from ftc.core.errors import CommandFailed, ModelMisconfigured, UsageError
from ftc.core.fix import Fix, Reproduction, Task
from ftc.core.fix_agents import FixAgent
from ftc.core.fix_limits import limits_of
from ftc.core.markdown import strip_control
from ftc.core.sanitize import Sanitizer
from ftc.jobs.context import moment, tell
from ftc.jobs.fix.folder import Folder, open_folder
from ftc.jobs.fix.proving import belongs, clone_of
from ftc.jobs.models import Unusable
from ftc.jobs.own_program import handed_on
from ftc.jobs.settings import Settings, flag_values, load_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What one generate job is given, as values that a test can choose."""

    folder: Folder
    settings: Settings
    environ: Mapping[str, str]
    now: datetime
    source: str = ""
    """A clone that holds the base; else it is fetched."""
    model: Model | None = None
    """Asked in the place of the configured one."""
    clock: Callable[[], float] = time.monotonic

    @property
    def config(self) -> Config:
        """The checked configuration."""
        return self.settings.config

    def say(self, line: str) -> None:
        """One line for people."""
        print(runner.harmless(strip_control(line)), file=sys.stderr, flush=True)


def carry_out(args: argparse.Namespace) -> int:
    """The job from the command line; 0 also where there is no fix, since that is an answer."""
    become_undumpable()
    settings = load_settings(environ=os.environ, flags=flag_values(args))
    tell(runner.masks(os.environ, settings.tokens.values))
    folder = open_folder(args)
    job = Job(folder=folder, settings=settings, environ=os.environ, now=moment(args.now), source=args.source)
    found = generate(job)
    runner.write_outputs(os.environ, {"candidates": str(len(found.candidates)), "sha256": folder.digests()})
    return 0


def generate(job: Job) -> Fix:
    """Look for a fix and write it; what an earlier run of this job has written whole is left as it is.

    Raises ``RecordUnreadable`` for documents that are missing or damaged, ``CommandFailed`` when the base cannot be
    had, ``UsageError`` for a configuration that cannot work.
    """
    task = job.folder.need(Task, of="gate")
    reproduction = job.folder.need(Reproduction, of="reproduce")
    found = job.folder.read(Fix)
    if found is not None and (found.task, found.base_sha) == (task.id, task.base_sha):
        job.say("fix.json of this task is there already; nothing is asked again")
        job.folder.write(found)
        return found
    belongs(reproduction, task)
    with _base(job, task) as copy:
        found = _proposed(job, task, reproduction, copy)
    job.folder.write(found)
    told = f"no fix: {found.give_up}" if found.give_up else f"{len(found.candidates)} candidate(s)"
    job.say(f"{task.id}: {told} ({found.steps} steps, ${found.usd:.2f})")
    return found


@contextlib.contextmanager
def _base(job: Job, task: Task) -> Iterator[Mirror]:
    """The mirror with the base in it: from the clone that was named, else from the server."""
    clone = clone_of(task, job.settings, source=job.source)
    with mirror(clone.url, clone.token, kept_at(job.config)) as copy:
        if not copy.have(task.base_sha):
            raise CommandFailed(f"commit {task.base_sha[:40]} cannot be fetched; approve again for the present base")
        yield copy


def _proposed(job: Job, task: Task, reproduction: Reproduction, copy: Mirror) -> Fix:
    config, agent = job.config, _agent(task)
    sanitizer = job.settings.sanitizer
    space = _space(task, copy, config=config, sanitizer=sanitizer)
    if agent is FixAgent.COMMAND:
        return _by_command(job, task, reproduction, copy, space)
    means = Means(
        transcript=job.folder.part() / TRANSCRIPT,
        limits=limits_of(task.quota, call_usd=_call_usd(job, task)),
        clock=job.clock,
        mechanical=config.fix_mechanical,
    )
    with temporary(GENERATE) as tmp:
        run_test = _run_test(job, task, reproduction, copy, place=tmp, sanitizer=sanitizer)
        space = replace(space, run_test=run_test)
        return propose(task, reproduction, space, _model(job, task, sanitizer), means=means)


def _agent(task: Task) -> FixAgent:
    if task.agent not in (FixAgent.BUILTIN, FixAgent.COMMAND):
        raise UsageError(f"the agent {task.agent[:40]!r} is none that this job can ask; order the fix again")
    return FixAgent(task.agent)


def _run_test(
    job: Job, task: Task, reproduction: Reproduction, copy: Mirror, *, place: Path, sanitizer: Sanitizer
) -> RunTest | None:
    """The tool that runs the test, where a sandbox keeps the key from it; without one the agent only edits."""
    try:
        sandbox = Sandbox.of(job.config, place, job.environ)
    except UsageError as error:
        job.say(f"the agent only edits: {error}")
        return None
    runs = Runs(mirror=copy, sandbox=sandbox, config=job.config, sanitizer=sanitizer, clock=job.clock)
    found = run_test_of(task, reproduction, runs)
    ability = "may run the test" if found else "only edits; the test is not run beside a key here"
    job.say(f"the agent {ability} ({sandbox.guarantees.text})")
    return found


def _space(task: Task, copy: Mirror, *, config: Config, sanitizer: Sanitizer) -> Workspace:
    return workspace_of(
        task,
        MirrorFiles(copy, task.base_sha),
        sanitizer=sanitizer,
        history=_history(copy, task.base_sha),
        refuse_masking=config.masking is Masking.REFUSE,
    )


def _history(copy: Mirror, sha: str) -> History:
    """As ``history_of``; a clone of one commit has none, which is no reason to stop."""
    asked = history_of(copy, sha)

    def history(path: str) -> tuple[str, ...]:
        try:
            return asked(path)
        except CommandFailed:
            return ()

    return history


def _model(job: Job, task: Task, sanitizer: Sanitizer) -> Model | None:
    """The model of the task. What it may cost in all is what the gate has reserved, for the whole transcript."""
    if job.model is not None:
        return job.model
    name = task.model or job.config.model
    config = replace(job.config, model=name, budget_issue=task.quota.usd, budget_week=task.quota.usd)
    try:
        return open_model(config, key=job.settings.tokens.model, sanitizer=sanitizer, now=job.now)
    except ModelMisconfigured as error:
        job.say(str(error))
        return Unusable(name=name, error=error)


def _call_usd(job: Job, task: Task) -> float:
    """What the next answer may cost; those of a script cost nothing."""
    return 0.0 if (task.model or job.config.model).startswith("script:") else job.config.budget_call


def _by_command(job: Job, task: Task, reproduction: Reproduction, copy: Mirror, space: Workspace) -> Fix:
    """The user's own program, in a checkout of the base. It is the user's, so it is not run in the sandbox."""
    given = handed_on(job.environ, job.config.agent_variables, key=job.settings.tokens.model)
    with copy.worktree(task.base_sha) as worktree:
        program = Program(
            command=job.config.agent_command,
            folder=job.folder.part() / "agent",
            worktree=worktree,
            timeout=task.quota.minutes * 60.0,
            env=given,
        )
        return propose_externally(
            task, reproduction, space, program, take_patch=lambda tree: take_patch(copy, task.base_sha, tree)
        )
