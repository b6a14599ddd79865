"""Who looks for a repair of one commit: a model by means of our tools, or a program of the user's in a checkout.

The rule it keeps: whoever it is gets the same account of the failure, and hands in one change in each round. What is
said of it counts for nothing; the gates judge them all alike.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from ftc.agent.context_pack import Piece, places_named
from ftc.agent.edits import broken
from ftc.agent.external import Given, Program, run_program
from ftc.agent.files import Draft, MirrorFiles, history_of
from ftc.agent.loop import Loop
from ftc.agent.patching import take_patch
from ftc.agent.tools import Toolset, Workspace
from ftc.agent.transcript import Begun, Transcript
from ftc.agent.workspace import Mirror
from ftc.core.dialogue import Model, System, User
from ftc.core.errors import CommandFailed
from ftc.core.fix import Candidate
from ftc.core.fix_limits import Limits, Spent
from ftc.core.gates import Shown
from ftc.core.heal_task import FAILURE, TASK, HealTask
from ftc.core.ledger import Purpose
from ftc.core.patch import Policy
from ftc.core.records import to_text
from ftc.core.sanitize import Sanitizer
from ftc.render.prompt import prompt

COMMITS = 10
"""Newest commits that are told."""
LEAST_SECONDS = 1.0
"""With less left a program is not started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A change that did not make the gates pass."""

    patch: str
    tail: str
    """What the gate said last; of a refused one why it was refused."""
    refused: bool = False
    """Whether it was not tried at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What one round of a search came to: a change, or why there is none."""

    candidate: Candidate | None
    ending: str
    spent: Spent
    asked: bool
    """Whether anybody answered at all."""


class Seeker(Protocol):
    """Looks for one change, in one round of a search."""

    def __call__(self, shown: Shown, earlier: Sequence[Tried], *, left: Limits) -> Sought:
        """Look for another change than the ``earlier`` ones, with what is left of all limits."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The commit that is to be repaired, and what may be changed."""

    mirror: Mirror
    sha: str
    branch: str
    policy: Policy
    sanitizer: Sanitizer

    def space(self) -> Workspace:
        """The files of the commit, unchanged."""
        files = MirrorFiles(self.mirror, self.sha)
        return Workspace(
            draft=Draft(files, policy=self.policy, gate=broken),
            policy=self.policy,
            sanitizer=self.sanitizer,
            history=history_of(self.mirror, self.sha),
        )

    def opening(self, shown: Shown, earlier: Sequence[Tried], space: Workspace, *, rules: str) -> Begun:
        """The account of the failure: rules, the same for all commits, and this commit with its code."""
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
        system, user = clean(prompt(rules, {})), clean(prompt("heal_task", values))
        return Begun(task=f"heal-{self.sha}", base_sha=self.sha, system=system, user=user)

    def _commits(self, pieces: Sequence[Piece]) -> tuple[str, ...]:
        paths = list(dict.fromkeys(piece.path for piece in pieces))
        try:
            found = self.mirror.commits("", self.sha, paths)
        except CommandFailed:
            return ()
        return tuple(f"{item.at:%Y-%m-%d} {item.sha[:12]} {item.title}" for item in found[:COMMITS])


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSeeker:
    """Asks a model; a ``Seeker``. A search that was killed goes on where its transcripts end."""

    ground: Ground
    model: Model
    folder: Path
    """Where the transcripts lie."""
    clock: Callable[[], float]

    def __call__(self, shown: Shown, earlier: Sequence[Tried], *, left: Limits) -> Sought:
        """One dialogue, to the first change that is handed in."""
        ground, space = self.ground, self.ground.space()
        transcript = Transcript(self.folder / f"round-{len(earlier) + 1}.jsonl")
        begun = transcript.begin(transcript.begun or ground.opening(shown, earlier, space, rules="heal_rules"))
        loop = Loop(
            model=self.model,
            tools=Toolset(workspace=space, by=self.model.name),
            transcript=transcript,
            limits=replace(left, candidates=1),
            sanitizer=ground.sanitizer,
            clock=self.clock,
            purpose=f"{Purpose.FIX}:heal-{ground.sha[:12]}",
            issue=0,
        )
        found = loop.run((System(text=begun.system), User(text=begun.user)))
        candidate = found.candidates[0] if found.candidates else None
        return Sought(candidate=candidate, ending=found.ending, spent=found.spent, asked=bool(found.spent.tokens))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramSeeker:
    """Runs the user's program in a checkout of the commit, as fix runs do; a ``Seeker``."""

    ground: Ground
    command: str
    """As in the configuration (``agent-command``)."""
    env: Mapping[str, str] = field(repr=False)
    """What the user passes on (``agent-variables``)."""
    folder: Path
    """For the files of each round."""
    fast: str
    slow: str

    def __call__(self, shown: Shown, earlier: Sequence[Tried], *, left: Limits) -> Sought:
        """One run of the program. What it costs is not known, so it counts as all that is left."""
        ground, seconds = self.ground, left.minutes * 60
        if seconds < LEAST_SECONDS:
            return Sought(candidate=None, ending="The time is over (`fix-minutes`).", spent=Spent(), asked=True)
        given = self._given(shown, earlier)
        with ground.mirror.worktree(ground.sha) as tree:
            program = Program(
                command=self.command,
                folder=self.folder / f"round-{len(earlier) + 1}",
                worktree=tree,
                timeout=seconds,
                env=self.env,
            )
            try:
                found = run_program(program, given, ground.sanitizer, take_patch=self._patch)
            except CommandFailed as error:  # what it left behind is no change that can be read
                return Sought(candidate=None, ending=str(error), spent=Spent(steps=1, usd=left.usd), asked=True)
        spent = Spent(steps=1, usd=left.usd, seconds=found.seconds) if found.started else Spent()
        return Sought(candidate=found.candidate, ending=found.why, spent=spent, asked=found.started)

    def _patch(self, tree: Path) -> str:
        return take_patch(self.ground.mirror, self.ground.sha, tree)

    def _given(self, shown: Shown, earlier: Sequence[Tried]) -> Given:
        ground = self.ground
        begun = ground.opening(shown, earlier, ground.space(), rules="heal_external")
        task = HealTask(
            base_sha=ground.sha,
            branch=ground.branch,
            fast=self.fast,
            slow=self.slow,
            allowed_paths=ground.policy.allowed,
            product_code=ground.policy.product_code,
            round=len(earlier) + 1,
            earlier=tuple(item.patch for item in earlier),
        )
        prompt_text = f"{begun.system}\n{begun.user}"
        return Given(task=to_text(task, schema=TASK), reproduction=to_text(shown, schema=FAILURE), prompt=prompt_text)
