"""An agent of the user's own: any command line gets the task and a worktree, and what it changed is a candidate.

The rule it keeps: the command comes from the configuration alone and is split before anything is put into it, so that
nothing of a task can become an argument. What it changed is taken by our own git and judged by the same proof; what it
says is hostile text, read from a file that it can neither point elsewhere nor make large. A killed agent has no say.
"""

import os
import shlex
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ftc.agent.fixer import opening
from ftc.agent.tools import Workspace
from ftc.clients import shell
from ftc.clients.mortal import run_mortal
from ftc.core.errors import CommandFailed, UsageError
from ftc.core.fix import REPRODUCTION, TASK, Candidate, Fix, Reproduction, Task
from ftc.core.forms import MAX_ANSWER, Form, Malformed, record, words
from ftc.core.giving_up import measured
from ftc.core.records import to_text
from ftc.core.sanitize import Sanitizer

Run = Callable[..., shell.Result]
"""As ``clients.shell.run``, or the same in a sandbox."""
SAID_LINES, SAID_CHARS = 10, 1_000
"""Of what a failed agent printed last."""
ANSWER = Form(
    name="answer",
    record=record(
        hypothesis=words("why the test is flaky", most=1_200),
        summary=words("what the change does", most=1_200, lines=True),
        give_up=words("why there is no change, or empty", most=1_200),
    ),
    made=dict,
)
"""What an agent may write into the answer file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """The user's program and what it is given."""

    command: str
    """As in the configuration; ``{task}``, ``{prompt}``, ``{answer}`` and others are paths (``_written``)."""
    folder: Path
    """Outside of the worktree, for the files of the task."""
    worktree: Path
    """A checkout of the task's base, writable."""
    timeout: float
    """Seconds."""
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Its whole environment, beside the paths: what the user passes on, such as the agent's own key."""
    run: Run = run_mortal


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a program is handed on: documents for programs, and the same in words."""

    task: str
    """JSON with schema."""
    reproduction: str
    """JSON with schema: the failure that is to be mended."""
    prompt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came of one run of a program: a candidate, or why there is none."""

    candidate: Candidate | None = None
    why: str = ""
    """Clean; from the program, hence hostile text."""
    started: bool = True
    """Whether it ran at all, so that it may have cost something."""
    seconds: float = 0.0


def propose_externally(
    task: Task,
    reproduction: Reproduction,
    space: Workspace,
    program: Program,
    *,
    take_patch: Callable[[Path], str],
) -> Fix:
    """The program's change as the only candidate, or why there is none.

    What the program cost is not known, so it counts as all that was reserved. Raises as ``run_program``.
    """
    begun = opening(task, reproduction, space, rules="fix_external")
    given = Given(
        task=to_text(task, schema=TASK),
        reproduction=to_text(reproduction, schema=REPRODUCTION),
        prompt=f"{begun.system}\n{begun.user}",
    )
    found = run_program(program, given, space.sanitizer, take_patch=take_patch)
    shown = f" {measured(reproduction)}" if found.started else ""
    return Fix(
        task=task.id,
        base_sha=task.base_sha,
        candidates=(found.candidate,) if found.candidate else (),
        give_up="" if found.candidate else f"{found.why}{shown}",
        usd=task.quota.usd if found.started else 0.0,
        tokens=0,
        steps=0,
    )


def run_program(
    program: Program, given: Given, sanitizer: Sanitizer, *, take_patch: Callable[[Path], str], number: int = 1
) -> Found:
    """Run the program once in its worktree; what it changed there, as candidate ``number``.

    ``take_patch`` gives the worktree's changes as a patch, empty for none; what it raises is raised. Raises
    ``UsageError`` for a command that cannot be read.
    """
    paths = _written(program, given)
    argv = argv_of(program.command, paths)
    env = {**program.env, **{f"FTC_{name.upper()}": path for name, path in paths.items()}}
    try:
        done = program.run(argv, cwd=program.worktree, env=env, timeout=program.timeout)
    except CommandFailed as error:
        return Found(why=sanitizer.clean(str(error)), started=False)
    if why := _failed(done, program, sanitizer):
        return Found(why=why, seconds=done.seconds)
    try:
        said = answer_text(Path(paths["answer"]))
        answer = ANSWER.read(said) if said else {}
    except Malformed as error:
        return Found(why=f"The agent's answer file cannot be used: {error}.", seconds=done.seconds)
    told = {name: sanitizer.clean(text) for name, text in answer.items()}
    patch = take_patch(program.worktree) if not told.get("give_up") else ""
    if not patch:
        return Found(why=told.get("give_up") or "The agent changed nothing.", seconds=done.seconds)
    candidate = Candidate(
        number=number,
        patch=patch,
        hypothesis=told.get("hypothesis", ""),
        summary=told.get("summary", ""),
        by=f"agent {Path(argv[0]).name}",
    )
    return Found(candidate=candidate, seconds=done.seconds)


def _written(program: Program, given: Given) -> dict[str, str]:
    """The files of the task, and the paths the program is told."""
    program.folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "task": ("task.json", given.task),
        "reproduction": ("reproduction.json", given.reproduction),
        "prompt": ("task.md", given.prompt),
    }
    for name, text in texts.values():
        (program.folder / name).write_text(text, "utf-8")
    answer = program.folder / "answer.json"
    answer.unlink(missing_ok=True)
    paths = {key: program.folder / name for key, (name, _) in texts.items()}
    found = {**paths, "answer": answer, "worktree": program.worktree}
    return {key: str(path.resolve()) for key, path in found.items()}


def argv_of(command: str, paths: Mapping[str, str]) -> list[str]:
    """The words of a user's command with the paths put in; ``UsageError`` for none, or a quote that is not closed."""
    try:
        parts = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"the agent's command cannot be split into words: {error}; look at `agent-command`") from None
    if not parts:
        raise UsageError("the agent's command is empty; look at `agent-command`")
    for name, path in paths.items():
        parts = [part.replace(f"{{{name}}}", path) for part in parts]
    return parts


def _failed(done: shell.Result, program: Program, sanitizer: Sanitizer) -> str:
    if done.timed_out:
        return f"The agent was stopped after {program.timeout:.0f} s; what it had changed by then is thrown away."
    if done.ok:
        return ""
    lines = (done.err.strip() or done.out.strip()).splitlines()[-SAID_LINES:]
    said = " / ".join(sanitizer.clean("\n".join(lines)).split("\n"))[:SAID_CHARS]
    return f"The agent ended with {done.code}: {said or 'it said nothing'}."


def answer_text(path: Path) -> str:
    """What a program wrote, empty for no file; raises ``Malformed`` for what is no ordinary file or too large."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return ""
    except OSError:
        raise Malformed("it is no ordinary file") from None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        os.close(descriptor)
        raise Malformed("it is no ordinary file")
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(MAX_ANSWER + 1)
    if len(data) > MAX_ANSWER:
        raise Malformed(f"it is larger than {MAX_ANSWER} bytes")
    return data.decode("utf-8", "replace")
