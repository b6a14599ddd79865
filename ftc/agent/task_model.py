"""A generator that lets a model work on a batch, through the same loop and the same tools as a fix.

The rule it keeps: the model reads files out of git's objects and edits them in memory; nothing of the repository is run
on its word, and what it hands in is judged by the gates alone.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from ftc.agent.edits import broken
from ftc.agent.files import Draft
from ftc.agent.loop import Loop, Outcome
from ftc.agent.task_batch import Workspace
from ftc.agent.task_change import policy_of
from ftc.agent.task_tools import TASK_TOOLS, TaskTools
from ftc.agent.tools import Workspace as Space
from ftc.agent.transcript import Begun, Transcript
from ftc.core.dialogue import Message, Model, Reply, System, Tool, User
from ftc.core.errors import BudgetExceeded, ModelMisconfigured, ModelUnavailable
from ftc.core.fix_limits import Limits
from ftc.core.forms import Form
from ftc.core.ledger import Charge, Purpose
from ftc.core.sanitize import Sanitizer
from ftc.core.task_batches import Batch, is_test
from ftc.core.task_work import Answer, Edits, GiveUp, Plan
from ftc.render.prompt import prompt

STEPS = 40
"""Answers for one attempt at one batch; a fix, which has to find a cause as well, seldom takes more."""
FILES = 12
"""Files of a batch whose text the model is shown; it can read the others."""
TESTS = 3
"""Test files shown beside them: those that name the file they are about."""
LISTED = 60
SHOWN_CHARS = 60_000
"""Of one file."""
PATCH_CHARS = 20_000
"""Of the last attempt's change, said back."""
NOBODY = "Nobody is there to edit: set `model`, or `agent-command` with `fix-agent: command`, or use --agent."


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelGenerator:
    """Lets ``model`` work; a ``Generator``. ``folder`` gets a transcript of each attempt."""

    model: Model
    folder: Path
    sanitizer: Sanitizer
    clock: Callable[[], float]
    call_usd: float = 0.0
    """The most that one answer may cost (``budget-call``)."""
    _turns: Counter[int] = field(default_factory=Counter)
    """Attempts that ended, by batch."""
    _patches: dict[int, str] = field(default_factory=dict)
    """What the last of them handed in."""

    def __call__(self, batch: Batch, workspace: Workspace, feedback: str) -> Answer:
        """One attempt; called again after an error of the model it goes on where it was, and pays for nothing twice.

        Raises ``ModelUnavailable``, ``ModelMisconfigured``, ``BudgetExceeded``.
        """
        transcript = Transcript(self.folder / f"batch-{batch.number}-{self._turns[batch.number] + 1}.jsonl")
        begun = transcript.begin(transcript.begun or self._opening(batch, workspace, feedback))
        watched, tools = _Watched(self.model), self._tools(workspace)
        outcome = self._loop(watched, tools, transcript, batch, workspace).run(
            (System(text=begun.system), User(text=begun.user))
        )
        if tools.answer is None and watched.error is not None:
            raise watched.error
        self._turns[batch.number] += 1
        self._patches[batch.number] = outcome.candidates[0].patch if outcome.candidates else ""
        return _priced(tools.answer, outcome)

    def _tools(self, workspace: Workspace) -> TaskTools:
        policy = policy_of(workspace.approved)
        draft = Draft(workspace.files, policy=policy, gate=broken)
        space = Space(draft=draft, policy=policy, sanitizer=self.sanitizer)
        return TaskTools(workspace=space, by=self.model.name, instructed=True, table=TASK_TOOLS, task=workspace.task)

    def _loop(self, model: Model, tools: TaskTools, transcript: Transcript, batch: Batch, workspace: Workspace) -> Loop:
        limits = Limits(steps=STEPS, usd=workspace.usd, minutes=workspace.seconds / 60, call_usd=self.call_usd)
        return Loop(
            model=model,
            tools=tools,
            transcript=transcript,
            limits=limits,
            sanitizer=self.sanitizer,
            clock=self.clock,
            purpose=f"{Purpose.FIX}:{workspace.task.id}-{batch.number}",
            issue=0,
        )

    def _opening(self, batch: Batch, workspace: Workspace, feedback: str) -> Begun:
        values = {
            **task_values(batch, workspace, feedback),
            "previous": self._patches.get(batch.number, "")[:PATCH_CHARS],
        }
        return Begun(
            task=f"{workspace.task.id}-{batch.number}",
            base_sha=workspace.base_sha,
            system=prompt("task_rules", {}),
            user=self.sanitizer.clean(prompt("task", values)),
        )


def nobody(batch: Batch, workspace: Workspace, feedback: str) -> Answer:
    """A ``Generator`` for where neither a model nor a program is configured."""
    return GiveUp(reason=NOBODY)


def task_values(batch: Batch, workspace: Workspace, feedback: str) -> Mapping[str, object]:
    """What the prompt of a batch is made of, but for the last attempt's change."""
    tests = [path for path in workspace.files.paths() if is_test(path)]
    stems = {PurePosixPath(path).stem for path in batch.files}
    near = [path for path in tests if any(stem in path for stem in stems)][:TESTS]
    shown = tuple(dict.fromkeys([*batch.files[:FILES], *near]))
    texts = workspace.files.read(shown)
    return {
        "objective": workspace.task.objective,
        "files": batch.files,
        "approved": sorted(workspace.approved),
        "texts": [(path, texts[path][:SHOWN_CHARS]) for path in shown if path in texts],
        "tests": ", ".join(tests[:LISTED]),
        "feedback": feedback,
        "own_tools": True,
    }


def _priced(answer: Answer | None, outcome: Outcome) -> Answer:
    """The answer at what the attempt cost; without one the reason why it ended."""
    usd = outcome.spent.usd
    match answer:
        case Edits():
            return Edits(files=answer.files, summary=answer.summary, risk=answer.risk, usd=usd)
        case Plan():
            return Plan(files=answer.files, reason=answer.reason, usd=usd)
        case GiveUp():
            return GiveUp(reason=answer.reason, idle=answer.idle, usd=usd)
    return GiveUp(reason=outcome.ending, usd=usd)


class _Watched:
    """A model that remembers the error after which it cannot be asked any more, which the loop only tells in words."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.name = model.name
        self.error: BudgetExceeded | ModelUnavailable | ModelMisconfigured | None = None

    @property
    def charges(self) -> tuple[Charge, ...]:
        return self._model.charges

    def complete(
        self,
        messages: Sequence[Message],
        *,
        purpose: str,
        issue: int,
        form: Form[Any] | None = None,
        tools: Sequence[Tool] = (),
    ) -> Reply:
        """As the model; see ``dialogue.Model``."""
        try:
            return self._model.complete(messages, purpose=purpose, issue=issue, form=form, tools=tools)
        except (BudgetExceeded, ModelUnavailable, ModelMisconfigured) as error:
            self.error = error
            raise
