"""Runs the gates of one commit, and looks for a change under which they pass.

The rule it keeps: every verdict is about one exact commit. A change is judged as git applied it to that commit, in a
fresh checkout with a home of its own, and what it was before the gates ran is what is handed on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from ftc.agent.context_pack import Piece, places_named
from ftc.agent.edits import broken
from ftc.agent.files import Draft, MirrorFiles, history_of
from ftc.agent.loop import Loop, Outcome
from ftc.agent.patching import Applied, apply_patch
from ftc.agent.tools import Toolset, Workspace
from ftc.agent.transcript import Begun, Transcript
from ftc.agent.workspace import Mirror
from ftc.clients.shell import Result
from ftc.core.dialogue import Model, System, User
from ftc.core.errors import CommandFailed
from ftc.core.fix import Candidate
from ftc.core.fix_limits import Limits, Spent
from ftc.core.gates import Shown
from ftc.core.healing import tail
from ftc.core.ledger import Purpose
from ftc.core.markdown import strip_control
from ftc.core.masking import masking
from ftc.core.patch import Policy, secrets, violations
from ftc.core.sanitize import Sanitizer
from ftc.render.prompt import prompt

NO_MODEL = "No model is configured, so nobody looked for a repair."
COMMITS = 10
"""Newest commits that the agent is told."""


class Run(Protocol):
    """Runs one command of a gate in a checkout; each call has a home and caches of its own."""

    def __call__(self, command: str, *, cwd: Path, timeout: float) -> Result:
        """Run it to its end; a bad exit code is a result."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A change that did not make the gates pass."""

    patch: str
    tail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """How a search ended: a change that passed both gates, or why there is none."""

    candidate: Candidate | None
    applied: Applied | None
    gates: tuple[Shown, ...]
    """Of the change that is handed on."""
    why: str
    shown: Shown
    """The failure that was there last."""
    spent: Spent
    asked: bool
    """Whether anybody answered at all; where nobody did, the commit may be tried again."""


@dataclass(slots=True, kw_only=True)
class Healer:
    """The gates and the search for one commit ``sha`` of ``branch``."""

    mirror: Mirror
    sha: str
    branch: str
    run: Run
    fast: str
    slow: str
    gate_seconds: float
    policy: Policy
    sanitizer: Sanitizer
    model: Model | None
    limits: Limits
    """Of all rounds together; ``candidates`` is how many there are."""
    folder: Path
    """Where the transcripts lie."""
    clock: Callable[[], float]
    say: Callable[[str], None]
    spent: Spent = field(default_factory=Spent)

    def gate(self, name: str, commit: str) -> Shown:
        """Run one gate on a commit; an empty command passes. Raises ``CommandFailed`` when it cannot be started."""
        command = self.fast if name == "fast" else self.slow
        if not command:
            return Shown(name=name, command="", passed=True, tail="", seconds=0.0)
        with self.mirror.worktree(commit) as tree:
            done = self.run(command, cwd=tree.resolve(), timeout=self.gate_seconds)
        said = done.out + (done.err if done.err.strip() else "")
        if done.truncated:
            said += "\n(the output was longer than what is kept; its end is not shown)"
        if done.timed_out:
            said += f"\n(ended after {self.gate_seconds:.0f} s)"
        self.say(f"{name} gate on {commit[:12]}: {'passed' if done.ok else 'failed'} in {done.seconds:.0f} s")
        shown = tail(self.sanitizer.clean(strip_control(said)))
        return Shown(name=name, command=command, passed=done.ok, tail=shown, seconds=done.seconds)

    def judged(self) -> Shown | None:
        """What failed on the commit itself, or None. A fast gate that fails once and passes then is a flake."""
        fast = self.gate("fast", self.sha)
        if not fast.passed:
            again = self.gate("fast", self.sha)
            if not again.passed:
                return again
            self.say("it passed when it was run again, so there is nothing to repair")
        slow = self.gate("slow", self.sha)
        return None if slow.passed else slow

    def repair(self, shown: Shown) -> Repair:
        """Rounds of the agent, each with the fast gate behind it, and the slow gate once behind the last."""
        if self.model is None:
            return self._ended(NO_MODEL, shown, asked=True)
        earlier: list[Tried] = []
        for number in range(1, self.limits.candidates + 1):
            outcome = self._searched(shown, earlier, number)
            if not outcome.candidates:
                return self._ended(outcome.ending, shown, asked=bool(self.spent.tokens))
            found = self._tried(outcome.candidates[0], shown)
            if isinstance(found, Repair):
                return found
            earlier.append(found)
        why = f"{len(earlier)} changes were tried, and the fast gate failed with each."
        return self._ended(why, replace(shown, tail=earlier[-1].tail))

    def _tried(self, candidate: Candidate, shown: Shown) -> Repair | Tried:
        """The end that a change makes, or what the fast gate says of it."""
        try:
            applied = apply_patch(self.mirror, self.sha, candidate.patch)
        except CommandFailed as error:
            return self._ended(str(error), shown)
        if refused := self._refused(applied):
            return self._ended(refused, shown)
        fast = self.gate("fast", applied.commit)
        if not fast.passed:
            return Tried(patch=candidate.patch, tail=fast.tail)
        slow = self.gate("slow", applied.commit)
        if not slow.passed:
            return self._ended("With the change the fast gate passes, and the slow one does not.", slow)
        return replace(self._ended("", shown), candidate=candidate, applied=applied, gates=(fast, slow))

    def _ended(self, why: str, shown: Shown, *, asked: bool = True) -> Repair:
        return Repair(candidate=None, applied=None, gates=(), why=why, shown=shown, spent=self.spent, asked=asked)

    def _refused(self, applied: Applied) -> str:
        """What the change as git applied it offends against; the tools have looked before, at the text."""
        added = {item.path: "\n".join(item.added) for item in applied.diffs}
        found = [item.text for item in (*violations(applied.changes, self.policy), *secrets(added, self.sanitizer))]
        found += [f"{item.masking.value} in {item.path}" for item in masking(applied.diffs)]
        return f"The change is refused: {'; '.join(found[:5])}." if found else ""

    def _searched(self, shown: Shown, earlier: Sequence[Tried], number: int) -> Outcome:
        assert self.model is not None, "there is nobody to ask"
        space = self._space()
        transcript = Transcript(self.folder / f"round-{number}.jsonl")
        begun = transcript.begin(transcript.begun or self._opening(shown, earlier, space))
        loop = Loop(
            model=self.model,
            tools=Toolset(workspace=space, by=self.model.name),
            transcript=transcript,
            limits=self._left(),
            sanitizer=self.sanitizer,
            clock=self.clock,
            purpose=f"{Purpose.FIX}:heal-{self.sha[:12]}",
            issue=0,
        )
        outcome = loop.run((System(text=begun.system), User(text=begun.user)))
        used = outcome.spent
        self.spent = self.spent.plus(steps=used.steps, tokens=used.tokens, usd=used.usd, seconds=used.seconds)
        return outcome

    def _left(self) -> Limits:
        """What the rounds before have left; one change is asked for at a time."""
        limits, spent = self.limits, self.spent
        return replace(
            limits,
            steps=max(0, limits.steps - spent.steps),
            usd=max(0.0, limits.usd - spent.usd),
            tokens=max(0, limits.tokens - spent.tokens),
            minutes=max(0.0, limits.minutes - spent.seconds / 60),
            candidates=1,
        )

    def _space(self) -> Workspace:
        files = MirrorFiles(self.mirror, self.sha)
        return Workspace(
            draft=Draft(files, policy=self.policy, gate=broken),
            policy=self.policy,
            sanitizer=self.sanitizer,
            history=history_of(self.mirror, self.sha),
        )

    def _opening(self, shown: Shown, earlier: Sequence[Tried], space: Workspace) -> Begun:
        pieces: tuple[Piece, ...] = places_named(shown.tail, space)
        values = {
            "sha": self.sha,
            "branch": self.branch,
            "shown": shown,
            "everything": self.policy.product_code,
            "allowed": self.policy.allowed,
            "commits": self._commits(pieces),
            "earlier": earlier,
            "pieces": pieces,
            "texts": False,
        }
        clean = self.sanitizer.clean
        system, user = clean(prompt("heal_rules", {})), clean(prompt("heal_task", values))
        return Begun(task=f"heal-{self.sha}", base_sha=self.sha, system=system, user=user)

    def _commits(self, pieces: Sequence[Piece]) -> tuple[str, ...]:
        paths = list(dict.fromkeys(piece.path for piece in pieces))
        try:
            found = self.mirror.commits("", self.sha, paths)
        except CommandFailed:
            return ()
        return tuple(f"{item.at:%Y-%m-%d} {item.sha[:12]} {item.title}" for item in found[:COMMITS])
