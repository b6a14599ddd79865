"""The nouns of a fix run: what its six jobs are told, and what each of them hands on to the next.

The rule it keeps: a job believes nothing but these records, read strictly by ``core.records``, and in them only what
the job that wrote them was entitled to decide; figures of the generating job are shown and never counted as proof.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ftc.core.model import TestId
from ftc.core.patch import Violation
from ftc.core.stress import Proof, Stratum

TASK, REFUSAL, REPRODUCTION, FIX = (f"fix-{name}/1" for name in ("task", "refusal", "reproduction", "candidates"))
VERIFICATION, PUBLICATION = (f"fix-{name}/2" for name in ("verification", "publication"))
"""Schemas of the documents, each in a file of its own in the run's folder."""


class TaskKind(StrEnum):
    """What a run is for."""

    FIX = "fix"
    """A flaky test is to be mended."""
    START = "start"
    """A person gave an instruction on any issue."""
    VERIFY = "verify"
    """Somebody's pull request claims to mend a flaky test."""


class Refused(StrEnum):
    """Why a run ended at its gate."""

    ENDED = "ended"
    """The order was carried out, stopped or taken over by another run."""
    NOT_APPROVED = "not-approved"
    SWITCHED_OFF = "switched-off"
    BUSY = "busy"
    """Another fix of the same root-cause group, or too many open pull requests: it waits and is started again."""
    DUPLICATE = "duplicate"
    """There is a pull request for it."""
    GIVEN_UP = "given-up"
    """Nothing moved since a run gave up on this base."""
    OVER_BUDGET = "over-budget"
    TOO_MANY_TRIES = "too-many-tries"
    IMPOSSIBLE = "impossible"
    """Something that it needs is missing; the text names it."""
    HANDED_OVER = "handed-over"
    """To GitHub's own coding agent, whose pull request is then to be proven."""


class Amplifier(StrEnum):
    """What makes a rare flake show itself more often."""

    PLAIN = "plain"
    RACE = "race-detector"
    SHUFFLE = "shuffled-order"
    ONE_CPU = "one-cpu"
    LOAD = "cpu-load"
    HASH_SEED = "hash-seed"
    NEIGHBOURS = "neighbours"
    """With the other tests of its file, class or package."""
    REPEAT = "repeat"
    """Many times in one run: in one process where the runner does it so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A text that may enter a fix: it precedes the approval, and its author may write to the repository."""

    author: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierFix:
    """A fix that was tried before; see ``core.earlier``."""

    what: str
    outcome: str
    """Whether it held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An open pull request of a stranger that says it closes the issue; people are told of it, and nothing waits."""

    pull: int
    author: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What a run may use; a limit that is reached ends the run with what it has, and says so."""

    runs: int
    """Runs of the test on either side, which the legs share."""
    minutes: int
    usd: float
    """Reserved by the gate: the most that the model may cost."""
    steps: int
    candidates: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Everything a run is told, frozen by the gate."""

    id: str
    """``<issue>-<nonce>``: names the folder, the branch and the record in the issue."""
    kind: TaskKind
    issue: int
    repo: str
    """Repository that is written to."""
    source_repo: str
    base_branch: str
    base_sha: str
    branch: str
    attempt: int
    """Which candidate round of the issue this is, from 1; α is shared among all of them."""
    tests: tuple[TestId, ...]
    """The test to mend, first, and others of its root-cause group."""
    test_files: tuple[str, ...]
    """File of each test's definition, in the same order; empty where unknown."""
    fingerprints: tuple[str, ...]
    """Signatures that count as the target."""
    root_cause: str
    plan: tuple[str, ...]
    allowed_paths: tuple[str, ...]
    planned_files: tuple[str, ...]
    product_code: bool
    title: str
    body: str
    passages: tuple[Passage, ...]
    instruction: str
    model: str
    runner: str
    legs: tuple[str, ...]
    quota: Quota
    nonce: str
    approved_by: str
    approval: int
    """The comment or timeline event that approved."""
    head_sha: str
    """For ``verify``: the head of the pull request, frozen; empty otherwise."""
    pull: int
    created: datetime
    earlier: tuple[EarlierFix, ...] = ()
    """What was tried before, newest first."""
    agent: str = "builtin"
    """Who looks for a fix, a ``core.fix_agents.FixAgent``."""
    fork: str = ""
    """For ``verify``: the repository of the pull request's head."""
    claims: tuple[Claim, ...] = ()
    """What strangers offer, lowest number first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why the gate started nothing; ``settle`` tells people and puts the state right."""

    task: str
    kind: TaskKind
    issue: int
    why: Refused
    text: str
    """For people: what is missing and the way out; may quote hostile text."""
    pull: int = 0
    """The pull request that makes this one a duplicate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """One test event as counted outside of the sandbox."""

    name: str
    outcome: str
    """``passed``, ``failed`` or ``skipped``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What one amplifier showed at the base: counts, and the command a person can repeat."""

    amplifier: Amplifier
    runs: int
    target: int
    others: frozenset[str]
    command: str
    seconds: float
    executed: tuple[str, ...]
    """Names of the tests that ran, sorted; verify must see the same."""
    problem: str
    """Why it could not be tried; empty when it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproduction:
    """What the reproduce job found."""

    task: str
    base_sha: str
    runner: str
    """Name of the recipe by which tests are run, as ``go``."""
    trials: tuple[Trial, ...]
    chosen: Amplifier
    """The amplifier under which it failed most often; plain when it never did."""
    reproduced: bool
    covered_files: tuple[str, ...]
    """Files that the single test executes, for the context pack."""
    excerpt: str
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One proposed change; the patch is untrusted text."""

    number: int
    patch: str
    hypothesis: str
    summary: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """What the generate job hands on: candidates, or why there are none."""

    task: str
    base_sha: str
    candidates: tuple[Candidate, ...]
    give_up: str
    """The reason for "no fix", with the evidence that is missing; empty when there are candidates."""
    usd: float
    tokens: int
    steps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One gate's result."""

    name: str
    passed: bool
    """False where it speaks against the change."""
    detail: str
    flagged: bool = False
    """Whether people have to look at it: nobody could measure it, or what it found is told and forbids nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One candidate as a leg of verify saw it."""

    candidate: int
    violations: tuple[Violation, ...]
    masking: tuple[str, ...]
    """Masking that was found, as ``skip: tests/test_x.py: @pytest.mark.skip``."""
    gates: tuple[Gate, ...]
    strata: tuple[Stratum, ...]
    executed_same: bool
    """Whether the tests that ran were the same as before."""
    files: tuple[str, ...]
    diff: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What one leg of the verify matrix hands on."""

    task: str
    leg: str
    base_sha: str
    judged: tuple[Judged, ...]
    commands: tuple[str, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What publish did: a pull request, or a branch with the text that a person can open it with, or nothing."""

    task: str
    proof: Proof | None
    candidate: int
    pull: int
    url: str
    branch: str
    head_sha: str
    draft: bool
    risk_labels: tuple[str, ...]
    text: str
    problem: str
    """Why there is no pull request, or empty."""
    moved: bool = False
    """The base moved under the change: nothing was published, and one new run is due."""
    compare_url: str = ""
    """Where a person can open the pull request from the branch."""
