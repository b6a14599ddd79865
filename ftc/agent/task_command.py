"""A generator that is any command line: it works in the worktree and says in a file what it did.

The rule it keeps: it gets the batch as a file and changes files in its working directory; that it was successful is
judged by the gates alone.
"""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ftc.agent.external import Run
from ftc.agent.task_batch import Workspace
from ftc.core.errors import CommandFailed
from ftc.core.risk import Risk
from ftc.core.task_batches import Batch
from ftc.core.task_work import Answer, Edits, GiveUp, Plan

SAID_CHARS = 500
ANSWER_BYTES = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandGenerator:
    """Runs ``line``, split as a shell would and given to none; a ``Generator``.

    ``FTC_BATCH`` names a JSON file with ``id``, ``objective``, ``batch``, ``files``, ``approved`` and ``feedback``;
    into the file ``FTC_ANSWER`` the command may write ``summary``, ``risk``, ``usd``, ``give_up``, ``idle``, ``plan``.
    """

    line: str
    run: Run
    environ: Mapping[str, str] = field(repr=False)
    """The command's whole environment beside these two."""
    folder: Path
    """For the two files; outside of the worktree."""

    def __call__(self, batch: Batch, workspace: Workspace, feedback: str) -> Answer:
        """One run for one attempt. Raises ``CommandFailed`` when it cannot be run."""
        self.folder.mkdir(parents=True, exist_ok=True)
        asked, answered = self.folder / "batch.json", self.folder / "answer.json"
        answered.unlink(missing_ok=True)
        asked.write_text(json.dumps(_question(batch, workspace, feedback), indent=1), encoding="utf-8")
        env = {**self.environ, "FTC_BATCH": str(asked.resolve()), "FTC_ANSWER": str(answered.resolve())}
        done = self.run(shlex.split(self.line), cwd=workspace.folder, env=env, timeout=max(1.0, workspace.seconds))
        if done.timed_out:
            return GiveUp(reason="the agent's command did not end in time")
        if done.code:
            said = (done.err.strip() or done.out.strip())[-SAID_CHARS:]
            raise CommandFailed(f"the agent's command ended with {done.code}: {said}")
        return _answer(answered)


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
    if not file.is_file():
        return Edits(usd=0.0)
    try:
        with file.open("rb") as opened:
            said = json.loads(opened.read(ANSWER_BYTES))
        if not isinstance(said, dict):
            raise TypeError
        usd = said.get("usd", 0.0)
        price = None if usd is None else float(usd)
        if said.get("plan"):
            return Plan(files=tuple(map(str, said["plan"])), reason=str(said.get("summary", "")), usd=price)
        if said.get("give_up"):
            return GiveUp(reason=str(said["give_up"])[:SAID_CHARS], idle=bool(said.get("idle")), usd=price)
        risk = Risk[str(said.get("risk", "low")).upper()]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise CommandFailed("the agent's command left an answer that cannot be read; see docs/tasks.md") from None
    return Edits(summary=str(said.get("summary", ""))[:SAID_CHARS], risk=risk, usd=price)
