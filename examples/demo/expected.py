"""What each recorded log of the demo's history shows.

The rule it keeps: ``record.py`` records until a run shows exactly this, and the tests hold the parsers against it.
"""

from dataclasses import dataclass

GO = "github.com/demo-org/ledger/go"
TESTS_GO = "test"
TESTS_PYTHON = "test (3.11)"
NIGHTLY_GO = "tests-go"
NIGHTLY_PYTHON = "tests-python"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One log: the job that wrote it, its outcome in the words of ``ftc extract``, and its failed tests.

    ``cascade`` are failed tests that follow from the first; ``retried`` ones that passed later in the same log.
    """

    job: str
    outcome: str = "test-failure"
    failing: tuple[tuple[str, str], ...] = ()
    cascade: tuple[tuple[str, str], ...] = ()
    retried: tuple[tuple[str, str], ...] = ()

    @property
    def red(self) -> frozenset[str]:
        """Names of all tests that fail somewhere in the log."""
        return frozenset(name for _, name in (*self.failing, *self.cascade, *self.retried))

    @property
    def red_packages(self) -> frozenset[str]:
        """Packages or files of those tests."""
        return frozenset(suite for suite, _ in (*self.failing, *self.cascade, *self.retried))


SETTLE = (f"{GO}/settle", "TestBatchIsSentAfterInterval")
SERVER = (f"{GO}/httpapi", "TestBalanceOverHTTP")
REPORT = (f"{GO}/report", "TestSummaryListsEveryAccount")
RATES = (f"{GO}/rates", "TestAgeStaysBelowInterval")
SPLIT = (f"{GO}/money", "TestSplit/remainder")
AMOUNTS = (f"{GO}/money", "TestString")
COMPACT = (f"{GO}/journal", "TestJournalSuite/TestCompactLeavesOneSegment")
LOCKED = (
    (f"{GO}/journal", "TestJournalSuite/TestLockIsExclusive"),
    (f"{GO}/journal", "TestJournalSuite/TestSegmentsAreSorted"),
)
RECEIPT = ("tests/test_receipts.py", "TestReceipt::test_is_dated_now")
CATEGORIES = ("tests/test_categories.py", "test_rent_is_always_shown")
WRITE = ("tests/test_writing.py", "test_write[CHF-CHF 12.00]")
TOTAL = ("tests/test_statements.py", "test_render_ends_with_the_total")


def _go(*failing: tuple[str, str], cascade: tuple[tuple[str, str], ...] = ()) -> Expected:
    return Expected(job=TESTS_GO, failing=failing, cascade=cascade)


def _python(*failing: tuple[str, str]) -> Expected:
    return Expected(job=TESTS_PYTHON, failing=failing)


LOGS = {
    "go-01-1": Expected(job=TESTS_GO, outcome="infrastructure"),
    "go-02-1": _go(SETTLE),
    "go-03-1": _go(SERVER),
    "go-04-1": _go(SETTLE),
    "go-05-1": _go(COMPACT, cascade=LOCKED),
    "go-07-1": _go(REPORT),
    "go-08-1": _go(SERVER),
    "go-10-1": Expected(job=TESTS_GO, outcome="build-failure"),
    "go-12-1": _go(REPORT),
    "go-14-1": _go(SERVER),
    "go-16-1": _go(SERVER, AMOUNTS, REPORT),
    "go-18-1": _go(SPLIT),
    "go-19-1": _go(SPLIT),
    "go-20-1": _go(SPLIT),
    "go-21-1": _go(COMPACT, cascade=LOCKED),
    "go-22-1": _go(SETTLE),
    "go-23-1": _go(RATES),
    "python-02-1": _python(RECEIPT),
    "python-04-1": _python(RECEIPT),
    "python-05-1": Expected(job=TESTS_PYTHON, outcome="build-failure"),
    "python-07-1": _python(WRITE),
    "python-09-1": Expected(job=TESTS_PYTHON, outcome="infrastructure"),
    "python-12-1": _python(TOTAL),
    "python-13-1": _python(TOTAL),
    "python-14-1": _python(TOTAL),
    "python-17-1": _python(RECEIPT),
    "python-19-1": _python(CATEGORIES),
    "nightly-01-1": Expected(job=NIGHTLY_GO, outcome="no-failure", retried=(RATES,)),
    "nightly-03-1": Expected(job=NIGHTLY_PYTHON, outcome="no-failure", retried=(CATEGORIES,)),
}
