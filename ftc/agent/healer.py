"""Runs the gates of one commit, and looks for a change under which they pass.

The rule it keeps: every verdict is about one exact commit. A change is judged as git applied it to that commit, in a
fresh checkout with a home of its own, and what it was before the gates ran is what is handed on.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from ftc.agent.heal_search import Ground, Seeker, Tried
from ftc.agent.patching import Applied, apply_patch
from ftc.agent.workspace import Mirror
from ftc.clients.shell import Result
from ftc.core.errors import CommandFailed
from ftc.core.fix import Candidate
from ftc.core.fix_limits import Limits, Spent
from ftc.core.gates import Shown
from ftc.core.healing import tail
from ftc.core.markdown import strip_control
from ftc.core.masking import DOUBTFUL, masking
from ftc.core.patch import Policy, Rule, Violation, secrets, violations
from ftc.core.sanitize import Sanitizer

NOBODY = "Nobody is there to look for a repair: set `model`, or `agent-command` with `fix-agent: command`."

DOUBT_CHARS = 300
"""Of a line that is doubtful; ten such lines fit into a draft beside the end of a failure."""


class Run(Protocol):
    """Runs one command of a gate in a checkout; each call has a home and caches of its own."""

    def __call__(self, command: str, *, cwd: Path, timeout: float) -> Result:
        """Run it to its end; a bad exit code is a result."""
        ...


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
    doubts: tuple[str, ...] = ()
    """What in the change may hide the failure and may mend it, for people to judge; hostile text."""


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
    seeker: Seeker | None
    """None where nobody can be asked."""
    limits: Limits
    """Of all rounds together; ``candidates`` is how many there are."""
    say: Callable[[str], None]
    spent: Spent = field(default_factory=Spent)

    @property
    def ground(self) -> Ground:
        """The commit as those see it who look for a repair."""
        return Ground(
            mirror=self.mirror, sha=self.sha, branch=self.branch, policy=self.policy, sanitizer=self.sanitizer
        )

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
        if self.seeker is None:
            return self._ended(NOBODY, shown)
        earlier: list[Tried] = []
        for _ in range(self.limits.candidates):
            sought = self.seeker(shown, earlier, left=self._left())
            used = sought.spent
            self.spent = self.spent.plus(steps=used.steps, tokens=used.tokens, usd=used.usd, seconds=used.seconds)
            if sought.candidate is None:
                return self._ended(sought.ending, shown, asked=sought.asked or bool(earlier))
            found = self._tried(sought.candidate, shown)
            if isinstance(found, Repair):
                return found
            earlier.append(found)
        failed = [item for item in earlier if not item.refused]
        why = f"{len(earlier)} changes were tried, and the fast gate failed with each."
        if len(failed) < len(earlier):
            refused = [item.tail for item in earlier if item.refused]
            why = f"{len(earlier)} changes were handed in, of which {len(refused)} could not be tried. {refused[-1]}"
        return self._ended(why, replace(shown, tail=failed[-1].tail) if failed else shown)

    def _tried(self, candidate: Candidate, shown: Shown) -> Repair | Tried:
        """The end that a change makes, or why there is to be another one: what the fast gate says, or a refusal."""
        try:
            applied = apply_patch(self.mirror, self.sha, candidate.patch)
        except CommandFailed as error:
            return self._ended(str(error), shown)
        if refused := self._refused(applied):
            return Tried(patch=candidate.patch, tail=refused, refused=True)
        fast = self.gate("fast", applied.commit)
        if not fast.passed:
            return Tried(patch=candidate.patch, tail=fast.tail)
        slow = self.gate("slow", applied.commit)
        if not slow.passed:
            return self._ended("With the change the fast gate passes, and the slow one does not.", slow)
        doubts = tuple(item.told[:DOUBT_CHARS] for item in masking(applied.diffs))
        ended = self._ended("", shown)
        return replace(ended, candidate=candidate, applied=applied, gates=(fast, slow), doubts=doubts)

    def _ended(self, why: str, shown: Shown, *, asked: bool = True) -> Repair:
        return Repair(candidate=None, applied=None, gates=(), why=why, shown=shown, spent=self.spent, asked=asked)

    def _refused(self, applied: Applied) -> str:
        """What the change as git applied it offends against; the tools have looked before, at the text.

        What is doubtful is no offence: the draft tells it.
        """
        added = {item.path: "\n".join(item.added) for item in applied.diffs}
        offences = (*violations(applied.changes, self.policy), *secrets(added, self.sanitizer))
        found = [f"{item.path or 'the patch'}: {_text(item)}" for item in offences]
        sure = [item for item in masking(applied.diffs) if item.masking not in DOUBTFUL]
        found += [f"{item.masking.value} in {item.path}" for item in sure]
        return f"The change is refused: {'; '.join(found[:5])}." if found else ""

    def _left(self) -> Limits:
        """What the rounds before have left."""
        limits, spent = self.limits, self.spent
        return replace(
            limits,
            steps=max(0, limits.steps - spent.steps),
            usd=max(0.0, limits.usd - spent.usd),
            tokens=max(0, limits.tokens - spent.tokens),
            minutes=max(0.0, limits.minutes - spent.seconds / 60),
        )


def _text(offence: Violation) -> str:
    """There is no plan here that could have allowed more."""
    return "it is not below `allowed-paths`" if offence.rule is Rule.NOT_ALLOWED else offence.text
