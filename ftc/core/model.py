"""The nouns of the product, as frozen values; a value here holds only what was parsed and checked at the edge.

Times are aware UTC ``datetime``; ids that come from a log source are strings, since not every source counts.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from ftc.core.ledger import Charge
from ftc.core.progress import NOTHING_YET, Progress


class Kind(StrEnum):
    """How a test failed, as far as its output tells."""

    ASSERTION = "assertion"
    PANIC = "panic"
    TIMEOUT = "timeout"
    DATA_RACE = "data-race"
    LEAK = "leak"
    CRASH = "crash"
    ERROR = "error"


class Outcome(StrEnum):
    """What one log or report says about its job."""

    TEST_FAILURE = "test-failure"
    BUILD_FAILURE = "build-failure"
    INFRASTRUCTURE = "infrastructure"
    NO_FAILURE = "no-failure"


class Grade(StrEnum):
    """Strength of the evidence that a failure is flaky (spec, section 6); A+ is the strongest."""

    A_PLUS = "A+"
    A = "A"
    B = "B"
    C = "C"
    D = "D"

    @property
    def rank(self) -> int:
        """0 for the strongest grade, rising as evidence weakens."""
        return list(Grade).index(self)


class FailureClass(StrEnum):
    """What a failure is, as decided by the rules."""

    FLAKY_TEST = "flaky-test"
    INFRA_FLAKE = "infra-flake"
    LIKELY_REGRESSION = "likely-regression"
    UNKNOWN = "unknown"


class Status(StrEnum):
    """Where a flake stands (spec, section 4); the moves between them are in ``core.lifecycle``."""

    DISCOVERED = "DISCOVERED"
    ISSUE_OPEN = "ISSUE_OPEN"
    TRIAGED = "TRIAGED"
    WAITING_FOR_SIGNAL = "WAITING_FOR_SIGNAL"
    APPROVED_TO_FIX = "APPROVED_TO_FIX"
    FIXING = "FIXING"
    PR_OPEN = "PR_OPEN"
    PR_NEEDS_CHANGES = "PR_NEEDS_CHANGES"
    PR_UPDATING = "PR_UPDATING"
    MERGED = "MERGED"
    DEPLOYED = "DEPLOYED"
    VERIFIED = "VERIFIED"
    FIX_FAILED = "FIX_FAILED"
    CLOSED_WONTFIX = "CLOSED_WONTFIX"
    CLOSED_SILENT = "CLOSED_SILENT"
    DUPLICATE = "DUPLICATE"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class TestId:
    """A test as its framework names it: Go import path and full name, or pytest file and ``Class::test[param]``."""

    __test__ = False  # not a test class, whatever pytest thinks of its name

    ecosystem: str
    suite: str
    name: str

    def __str__(self) -> str:
        return f"{self.suite} {self.name}" if self.suite else self.name

    @property
    def top_level(self) -> str:
        """The test without its sub-tests: ``TestSuite`` of ``TestSuite/TestX/case``."""
        return self.name.split("/", 1)[0] if self.ecosystem == "go" else self.name.split("[", 1)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place in the repository: a path relative to its root, and a 1-based line."""

    path: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One stack frame as printed, before anyone has asked whether it lies in the repository."""

    path: str
    line: int
    function: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One failed test of one log or report; every text in it is sanitised and safe to publish."""

    test: TestId
    framework: str
    kind: Kind
    message: str
    signature: str
    fingerprint: str
    flaky_in_run: bool = False
    locations: tuple[Location, ...] = ()
    line: int = 0
    excerpt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """A failure line that was seen and not counted, and why."""

    suite: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """What one log or report says: outcome, failures, what was left out, and what could not be read."""

    path: str
    outcome: Outcome
    failures: tuple[Failure, ...] = ()
    excluded: tuple[Exclusion, ...] = ()
    problems: tuple[str, ...] = ()
    tested_tree: str = ""
    """What the checkout step says was tested: ``<head sha>+<base sha>`` of a merge, or a sha; empty when not said."""
    pull_request: int | None = None
    """Number from the checkout of ``refs/pull/N/merge``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One attempt of a workflow run, as listed."""

    source: str = "actions"
    repo: str
    id: str
    attempt: int
    workflow: str
    event: str
    branch: str
    sha: str
    status: str
    conclusion: str
    created: datetime
    """When the run was created; a re-run keeps it."""
    updated: datetime
    actor: str
    url: str
    head_repo: str = ""
    pull_requests: tuple[int, ...] = ()
    workflow_file: str = ""
    """Path of the workflow in the repository, as ``.github/workflows/ci.yml``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """One job of one attempt; ``extractions`` is filled for failed jobs whose logs or reports were read."""

    id: str
    name: str
    conclusion: str
    url: str
    os: str = ""
    step: str = ""
    started: datetime | None = None
    completed: datetime | None = None
    extraction: Extraction | None = None

    @property
    def seconds(self) -> int:
        """How long it ran; 0 when its times are unknown or make no sense."""
        if self.started is None or self.completed is None:
            return 0
        return max(0, int((self.completed - self.started).total_seconds()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt of a run with what is known of its jobs.

    ``jobs`` is empty when they were not asked for: a successful run passed all its jobs, and a failed
    run that an earlier scan has read is remembered by its occurrences.
    """

    run: Run
    jobs: tuple[JobResult, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every job of this attempt passed."""
        return self.run.conclusion == "success"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One failure of one test in one job attempt: the unit of evidence, identified by ``key``."""

    source: str
    run: str
    attempt: int
    job: str
    job_id: str
    created: datetime
    """Creation time of the run, the one time stamp that a re-run does not move."""
    workflow: str
    event: str
    branch: str
    sha: str
    tree: str
    """The tested tree: equal trees mean equal code; empty when unknown."""
    fingerprint: str
    kind: Kind
    url: str
    pull_request: int | None = None
    author: str = ""
    os: str = ""
    passed_in_run: bool = False
    """The same job passed this test on a retry inside the run."""
    grade: Grade = Grade.D
    """Best grade this occurrence has ever earned; evidence does not expire with the logs."""
    proof: str = ""
    """URL of the run or attempt that passed, for grades A+ and A."""
    seconds: int = 0
    """How long the failed job ran; 0 where it passed all the same or nobody said."""

    @property
    def key(self) -> tuple[str, str, int, str]:
        """Identity within one flake: source, run, attempt and job."""
        return (self.source, self.run, self.attempt, self.job)

    @property
    def day(self) -> date:
        """UTC day of the run's creation."""
        return self.created.date()


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class DayCount:
    """How often one signature failed on one UTC day, for days whose occurrences are no longer kept one by one."""

    source: str
    day: date
    fingerprint: str
    count: int
    keys: tuple[int, ...] = ()
    """Sorted hashes of the occurrences counted here, so that late ones are told from known ones; empty once they
    were dropped for room, and then the day takes no more."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class DayRuns:
    """How many completed attempts of the flake's jobs' workflows were observed on one UTC day: the exposure."""

    source: str
    day: date
    runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One way in which a flake fails: its fingerprint, readable text, and newest excerpt with its link."""

    fingerprint: str
    text: str
    kind: Kind
    message: str = ""
    excerpt: str = ""
    excerpt_url: str = ""
    excerpt_at: datetime | None = None
    locations: tuple[Location, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceItem:
    """One reason for or against flakiness: the rule's id, its weight in log-odds, and a sentence with links."""

    rule: str
    weight: float
    text: str
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the rules decided about one test and why; ``confidence`` is the probability of ``failure_class``."""

    failure_class: FailureClass
    grade: Grade
    confidence: float
    evidence: tuple[EvidenceItem, ...] = ()
    surer: tuple[str, ...] = ()
    """What would make this verdict surer, in words."""
    suspect: str = ""
    """For a likely regression: the commit it starts at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One transition or action: who did what to what, with which result, and the run that did it."""

    at: datetime
    actor: str
    action: str
    result: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueRef:
    """The object a state block belongs to; ``comment`` is 0 for an issue's body.

    The issue of a person is adopted: then the state stands in a comment of the bot, and the body is never touched.
    """

    repo: str
    issue: int
    comment: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Flake:
    """One test under watch: a watch-list entry while ``DISCOVERED``, a managed issue afterwards."""

    key: str
    repo: str
    """Repository of the code, ``owner/name``; not necessarily where the issue lives."""
    test: TestId
    framework: str = ""
    status: Status = Status.DISCOVERED
    issue: IssueRef | None = None
    occurrences: tuple[Occurrence, ...] = ()
    """Newest first; every occurrence after ``horizon``."""
    horizon: datetime | None = None
    """Occurrences of runs created at or before this moment live in ``sealed`` only."""
    sealed: tuple[DayCount, ...] = ()
    exposure: tuple[DayRuns, ...] = ()
    signatures: tuple[Signature, ...] = ()
    """Newest first."""
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    verdict: Verdict | None = None
    duplicate_of: int = 0
    audit: tuple[AuditEntry, ...] = ()
    owners: tuple[str, ...] = ()
    """Logins and teams, without ``@``, that the issue mentioned when it was opened; nobody joins them later."""
    progress: Progress = NOTHING_YET
    revision: int = 0
    parent: int = 0

    @property
    def total(self) -> int:
        """All occurrences ever counted."""
        return len(self.occurrences) + sum(item.count for item in self.sealed)

    @property
    def bills(self) -> tuple[Charge, ...]:
        """What models and runs have cost for it."""
        return self.progress.bills(issue=self.issue.issue if self.issue else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """A run attempt that was read: how it ended, and how many occurrences it left in issues and watch list."""

    source: str
    run: str
    attempt: int
    conclusion: str
    created: datetime
    occurrences: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexEntry:
    """One managed issue as the dashboard knows it; ``gone`` marks a tombstone that is never written again."""

    issue: int
    key: str
    digest: str = ""
    """Digest of the state block as last written, to notice edits by others."""
    comment: int = 0
    """The comment that holds the state of an adopted issue; 0 where it stands in the body."""
    gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """What only the dashboard issue stores: scan cursor, ledger of read runs, index of managed issues."""

    repo: str
    issue: IssueRef | None = None
    cursor: datetime | None = None
    """Runs created before this moment need no further look."""
    ledger: tuple[LedgerEntry, ...] = ()
    index: tuple[IndexEntry, ...] = ()
    scans: tuple["ScanRecord", ...] = ()
    """Newest first; the scan health shown on the dashboard."""
    swept: datetime | None = None
    """When a sweep last looked at every managed issue."""
    revision: int = 0
    parent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRecord:
    """The counters of one scan that changed something."""

    at: datetime
    runs: int
    failed_jobs: int
    failures: int
    filed: int
    waiting: int
    infra: int
    requests: int
    note: str = ""
    why: str = ""
    """Why tests with enough evidence got no issue; empty when all of them did."""
    url: str = ""
    """Page of the workflow run that scanned, whose artifacts hold the whole report for some days."""
