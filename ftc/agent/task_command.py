"""A generator that is any command line: it works in the worktree and says in a file what it did.

The rule it keeps: it gets the batch as files and changes files in its working directory; that it was successful is
judged by the gates alone. The command comes from the configuration or from who calls us, and is split before anything
is put into it.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ftc.agent.external import Run, answer_text, argv_of
from ftc.agent.task_batch import Workspace
from ftc.agent.task_model import task_values
from ftc.core.errors import CommandFailed
from ftc.core.forms import Malformed
from ftc.core.risk import Risk
from ftc.core.task_batches import Batch
from ftc.core.task_work import Answer, Edits, GiveUp, Plan
from ftc.render.prompt import prompt

SAID_CHARS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandGenerator:
    """Runs ``line``, split as a shell would and given to none; a ``Generator``.

    The command finds its files by variables and by ``{names}`` in its line (``_written``). Into the answer file it may
    write ``summary``, ``risk``, ``usd``, ``give_up``, ``idle``, ``plan``.
    """

    line: str
    run: Run
    environ: Mapping[str, str] = field(repr=False)
    """The command's whole environment beside the files."""
    folder: Path
    """For the files; outside of the worktree."""

    def __call__(self, batch: Batch, workspace: Workspace, feedback: str) -> Answer:
        """One run for one attempt. Raises ``CommandFailed`` when it cannot be run, ``UsageError`` for no command."""
        paths = _written(self.folder, batch, workspace, feedback)
        env = {**self.environ, **{f"FTC_{name.upper()}": path for name, path in paths.items()}}
        argv = argv_of(self.line, paths)
        done = self.run(argv, cwd=workspace.folder, env=env, timeout=max(1.0, workspace.seconds))
        if done.timed_out:
            return GiveUp(reason="the agent's command did not end in time")
        if done.code:
            said = (done.err.strip() or done.out.strip())[-SAID_CHARS:]
            raise CommandFailed(f"the agent's command ended with {done.code}: {said}")
        return _answer(Path(paths["answer"]))


def _written(folder: Path, batch: Batch, workspace: Workspace, feedback: str) -> dict[str, str]:
    """Write the files of one attempt; their paths by the names that a fix's agent knows, and ``batch``, the task's own.

    Nothing was reproduced for a task, so that file is empty.
    """
    folder.mkdir(parents=True, exist_ok=True)
    asked = folder / "batch.json"
    asked.write_text(json.dumps(_question(batch, workspace, feedback), indent=1), encoding="utf-8")
    values = {**task_values(batch, workspace, feedback), "previous": ""}
    told = folder / "task.md"
    told.write_text(f"{prompt('task_external', {})}\n{prompt('task', values)}", encoding="utf-8")
    answer = folder / "answer.json"
    answer.unlink(missing_ok=True)
    places = {"batch": asked, "task": asked, "prompt": told, "answer": answer, "worktree": workspace.folder}
    return {**{name: str(path.resolve()) for name, path in places.items()}, "reproduction": os.devnull}


def _question(batch: Batch, workspace: Workspace, feedback: str) -> Mapping[str, object]:
    return {
        "id": workspace.task.id,
        "objective": workspace.task.objective,
        "batch": {"number": batch.number, "of": batch.of},
        "files": batch.files,
        "approved": sorted(workspace.approved),
        "feedback": feedback,
    }


def _answer(file: Path) -> Answer:
    """What the command says of its work; without a file only that it worked, at no known price."""
    try:
        text = answer_text(file)
        said = json.loads(text) if text else {}
        if not isinstance(said, dict):
            raise TypeError
        usd = said.get("usd", 0.0)
        price = None if usd is None else float(usd)
        if said.get("plan"):
            return Plan(files=tuple(map(str, said["plan"])), reason=str(said.get("summary", "")), usd=price)
        if said.get("give_up"):
            return GiveUp(reason=str(said["give_up"])[:SAID_CHARS], idle=bool(said.get("idle")), usd=price)
        risk = Risk[str(said.get("risk", "low")).upper()]
    except (Malformed, ValueError, TypeError, KeyError, RecursionError):
        raise CommandFailed("the agent's command left an answer that cannot be read; see docs/tasks.md") from None
    return Edits(summary=str(said.get("summary", ""))[:SAID_CHARS], risk=risk, usd=price)
