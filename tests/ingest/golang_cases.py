"""What the recorded Go logs hold, written by hand from what the tests in `tests/data/projects/go-ledger` do.

Each row says why its log is hard to read.
"""

from dataclasses import dataclass, field

from ftc.core.model import Kind
from ftc.ingest.golang import reasons

LEDGER = "example.com/ledger/"


@dataclass
class Case:
    """What one log holds; failures as (package below the module, name, kind, beginning of the message)."""

    why: str
    failures: list = field(default_factory=list)
    excluded: dict = field(default_factory=dict)  # name -> reason, beside the aggregated line of each package
    packages: dict = field(default_factory=dict)  # package -> reason of its FAIL line
    builds: int = 0
    flaky: tuple = ()
    module: str = LEDGER


A, P, T, R, L, C = Kind.ASSERTION, Kind.PANIC, Kind.TIMEOUT, Kind.DATA_RACE, Kind.LEAK, Kind.CRASH

ACCOUNT = [
    ("account", "TestParse/no_fraction", A, 'Parse("12"): parse "12": unexpected EOF'),
    ("account", "TestParse/plus+sign", A, 'Parse("+3.50") = 350, want 351'),
    ("account", "TestParse/duplicate#01", A, 'Parse("2.00") = 200, want 201'),
    ("account", "TestTransfer", A, "balance after transfer:\ngot  10\nwant 20"),
    ("account", "TestSilent", A, "failed without a message"),
    ("account", "TestOverdraft", A, "overdraft of 5 allowed"),
    ("account", "TestProgress/inner", A, "lost count"),
    ("account", "FuzzParse/seed#0", A, "unlucky amount 777"),
    ("account", "ExampleParse", A, "got:\n321\nwant:\n322"),
]
ACCOUNT_PARENTS = dict.fromkeys(["TestParse", "TestProgress", "FuzzParse"], reasons.PARENT)
PARALLEL = [
    ("parallel", "TestShards/west", A, "shard west lost block 2"),
    ("parallel", "TestBroken", A, "broken: checksum mismatch"),
]
SHARDS = {"TestShards": reasons.PARENT}
FUNCTIONS = [
    ("suites", "TestEqualStructs", A, 'Not equal:\nexpected: suites.entry{Account:"alice", Amount:10, Tags:'),
    ("suites", "TestNoError", A, "Received unexpected error:\netcdserver: request timed out\nleader changed"),
    ("suites", "TestSeveralAsserts", A, '"[1 2]" should have 3 item(s), but has 2'),
    ("suites", "TestEventually", A, "Condition never satisfied\nleader was not elected"),
    ("suites", "TestEventuallyWithT", A, "Not equal:\nexpected: 3\nactual  : 2"),
    ("suites", "TestThroughFunction/case_two", A, "Not equal:\nexpected: 1\nactual  : 2\nrow 2"),
]
ODD = [
    ("odd", "TestNames/with_space", A, 'bad "with space"'),
    ("odd", "TestNames/a/b", A, 'bad "a/b"'),
    ("odd", "TestNames/#00", A, 'bad ""'),
    ("odd", "TestNames/ünï", A, 'bad "ünï"'),
    ("odd", "TestNames/twice", A, 'bad "twice"'),
    ("odd", "TestNames/twice#01", A, 'bad "twice"'),
    ("odd", "TestNames/---_FAIL:_TestOther_(0.00s)", A, 'bad "--- FAIL: TestOther (0.00s)"'),
    ("odd", "TestTableSuite/TestTable/x/y", A, "case x/y broke"),
    ("odd", "FuzzParse/seed#1", A, 'cannot parse "bad"'),
    ("odd", "Example", A, "got:\nhello\nwrold\nwant:\nhello\nworld"),
]
ODD_LEFT_OUT = {
    **dict.fromkeys(["TestNames", "TestTableSuite", "TestTableSuite/TestTable", "FuzzParse"], reasons.PARENT),
    "TestTableSuite/TestTable/two_three": reasons.SUITE_CASCADE,
}
SUITES = [
    ("suites", "TestLedgerSuite/TestAppend", A, '"[alice]" should have 2 item(s), but has 1\nappend lost a row'),
    ("suites", "TestBrokenFixture/TestJoin", A, "Received unexpected error:\ncannot start cluster"),
    ("suites", "TestNoSetup", A, "port is taken"),
    ("suites", "TestBadTearDown", A, "Should be empty, but was [1]\nconnections left open"),
    ("suites", "TestPanickySuite/TestDivides", P, "runtime error: index out of range [0] with length 0"),
]
SUITES_LEFT_OUT = {
    "TestLedgerSuite": reasons.PARENT,
    "TestLedgerSuite/TestCases": reasons.PARENT,
    "TestBrokenFixture": reasons.PARENT,
    "TestPanickySuite": reasons.PARENT,
    "TestLedgerSuite/TestBalance": reasons.SUITE_CASCADE,
    "TestLedgerSuite/TestCases/inner": reasons.SUITE_CASCADE,
    "TestBrokenFixture/TestLeave": reasons.SUITE_CASCADE,
    "TestBrokenFixture/TestTransfer": reasons.SUITE_CASCADE,
}
THROUGH = {"TestThroughFunction": reasons.PARENT}
NIL_POINTER = [("crash", "TestNilPointer/add_to_nothing", P, "runtime error: invalid memory address or nil pointer")]
NIL_PARENT = {"TestNilPointer": reasons.PARENT}
TWELVE = [("crash", "TestBackground", P, 'strconv.Atoi: parsing "twelve": invalid syntax')]
RECOVERED = [("crash", "TestRecoveredThenFails", A, "ledger is short by 3")]
LATE = [("latelog", "TestStartsWatcher", P, "Log in goroutine after TestStartsWatcher has completed: watch closed")]
CONCURRENT = [("crash", "TestConcurrentMap", C, "fatal error: concurrent map")]
_RACE = "DATA RACE: example.com/ledger/race."
RACES = [
    ("race", "TestRaceInTest", R, f"{_RACE}(*counter).add and {_RACE[11:]}(*counter).add"),
    ("race", "TestRaceInSubtest/readers", R, f"{_RACE}(*counter)."),
    ("race", "TestRaceAndAssertion", R, f"{_RACE}TestRaceAndAssertion"),
]
RACE_PARENT = {"TestRaceInSubtest": reasons.PARENT}
WATCH = [("leak", "TestLeaksWatcher", L, "found unexpected goroutines: example.com/ledger/leak.watch (chan receive)")]
DRAIN = [("leakmain", "TestMain", L, "found unexpected goroutines: example.com/ledger/leakmain.drain (chan receive)")]
BROKEN = {"brokena": reasons.BUILD_FAILED, "brokenb": reasons.BUILD_FAILED}
ALONE = dict.fromkeys(["initpanic", "mainexit"], reasons.NO_FAILING_TEST)
EXIT = {"crash": reasons.NO_FAILING_TEST}
LOUD = [("noise", "TestLoudFailure", A, "region count = 41, want 42")]
SECOND_CALL = [("flaky", "TestSecondCallPasses", A, "first call: leader not ready")]
RERUNS = [
    *SECOND_CALL,
    ("flaky", "TestSecondProcessPasses/write", A, "first process: write was lost"),
    ("flaky", "TestNeverPasses", A, "ledger file is locked"),
]
RERUN_PARENT = {"TestSecondProcessPasses": reasons.PARENT}
STUCK = [("hang", "TestStuckInSubtest/lock_twice", T, "test timed out after 1s")]

CASES = {
    "plain": Case("log lines come after the marker, indented by depth", ACCOUNT, ACCOUNT_PARENTS),
    "verbose": Case("text without a line end is glued before === RUN and --- PASS", ACCOUNT, ACCOUNT_PARENTS),
    "json": Case(
        "three packages mix their events", [*ACCOUNT, *PARALLEL], {**ACCOUNT_PARENTS, **SHARDS}
    ),
    "json-github": Case("events behind time stamps", [*ACCOUNT, *PARALLEL], {**ACCOUNT_PARENTS, **SHARDS}),
    "verbose-github-ansi": Case(
        "markers in colour, steps around", [*ACCOUNT, *FUNCTIONS, *SUITES],
        {**ACCOUNT_PARENTS, **SUITES_LEFT_OUT, **THROUGH},
    ),
    "parallel-verbose": Case("=== NAME switches between sub-tests, JSON noise between", PARALLEL, SHARDS),
    "parallel-plain": Case("errors of several sub-tests under one parent", PARALLEL, SHARDS),
    "interleaved-packages": Case(
        "two processes write into one log; only testify's Test: says whose report it is",
        [("slowa", "TestAWrites/second", A, 'Not equal:\nexpected: "a"\nactual  : "c"\nslowa wrote'),
         ("slowb", "TestBWrites/second", A, 'Not equal:\nexpected: "b"\nactual  : "c"\nslowb wrote')],
        {"TestAWrites": reasons.PARENT, "TestBWrites": reasons.PARENT},
    ),
    "testify-plain": Case("diffs and several reports; the first one is the cause", FUNCTIONS, THROUGH),
    "testify-suites-verbose": Case("cascades, set-up, tear-down, caught panic", SUITES, SUITES_LEFT_OUT),
    "testify-suites-plain": Case("the same without === RUN", SUITES, SUITES_LEFT_OUT),
    "testify-suites-json": Case("children are declared before their parents", SUITES, SUITES_LEFT_OUT),
    "panic-plain": Case("the marker stands before the panic", [("crash", "TestNilMap", P, "assignment to entry")]),
    "panic-subtest-verbose": Case("the leaf is the last marker", NIL_POINTER, NIL_PARENT),
    "panic-subtest-json": Case("the panic is attributed to the parent", NIL_POINTER, NIL_PARENT),
    "panic-background-plain": Case("no --- FAIL at all; only the stack names the test", TWELVE),
    "panic-background-verbose": Case("no --- FAIL at all; GitHub adds its own error line", TWELVE),
    "panic-background-json": Case("no fail event for the test, one for the package", TWELVE),
    "panic-custom-error": Case(
        "the panic value has two lines, [recovered] stands on the second",
        [("crash", "TestCustomError", P, "commit failed: disk full\nsecond line")],
    ),
    "panic-glued": Case(
        "half a line of output before the marker",
        [("crash", "TestGluedPanic", P, 'strconv.Atoi: parsing "glued": invalid syntax')],
    ),
    "panic-parallel-verbose": Case(
        "another test was running", [("crash", "TestParallelCulprit", P, 'strconv.Atoi: parsing "culprit"')],
        {"TestParallelVictim": reasons.CRASH_CASCADE},
    ),
    "panic-late-log": Case("after PASS; the panic value names the test", LATE),
    "panic-late-log-plain": Case("without -v; another package passes", LATE),
    "panic-late-log-json": Case("package output, no test on the event", LATE),
    "panic-recovered": Case("printed panics with whole stacks that nobody died of", RECOVERED),
    "panic-recovered-plain": Case("the printed stack stands before any marker", RECOVERED),
    "panic-recovered-json": Case("the printed stack is attributed to the failing test", RECOVERED),
    "fatal-concurrent-map": Case("fatal error, no panic, no marker", CONCURRENT),
    "fatal-concurrent-map-json": Case("fatal error, no fail event", CONCURRENT),
    "exit-in-test": Case(
        "os.Exit in a test: no test is declared failed", [], {"TestExit": reasons.EXIT_CASCADE}, EXIT
    ),
    "exit-in-test-json": Case(
        "os.Exit in a test: a run event without an end", [], {"TestExit": reasons.EXIT_CASCADE}, EXIT
    ),
    "timeout-channel": Case("the list names the test", [("hang", "TestStuckChannel", T, "test timed out after 1s")]),
    "timeout-subtest-verbose": Case("parent and sub-test are both listed", STUCK),
    "timeout-parallel": Case(
        "the one that ran longest is to blame", [("hang", "TestParallelBusy", T, "test timed out after 3s")],
        {"TestParallelLate/late": reasons.TIMEOUT_CASCADE},
    ),
    "timeout-suite-verbose": Case(
        "a suite method in the list", [("hang", "TestStuckSuite/TestWaits", T, "test timed out after 1s")]
    ),
    "timeout-json": Case("a thousand lines of dump as events", STUCK),
    "timeout-after-failure": Case(
        "a real failure before the time-out stays one",
        [("hang", "TestFailsBeforeHang", A, "first a small failure"),
         ("hang", "TestStuckSuite/TestWaits", T, "test timed out after 1s")],
    ),
    "race-plain": Case("all reports stand before all markers", RACES, RACE_PARENT),
    "race-verbose": Case("map access shows the runtime on top", RACES, RACE_PARENT),
    "race-json": Case("reports as events", RACES, RACE_PARENT),
    "race-beside-pass": Case(
        "the racer's own test has passed", [("race", "TestBystander", R, f"{_RACE}(*counter).add and")]
    ),
    "race-at-exit": Case(
        "the race is found after PASS", [("raceexit", "TestMain", R, "DATA RACE: example.com/ledger/raceexit.TestMain")]
    ),
    "goleak-in-test": Case("the report is one long log entry", WATCH),
    "goleak-in-test-json": Case("the same as events", WATCH),
    "goleak-in-main": Case("all tests passed, PASS was said", DRAIN),
    "goleak-in-main-json": Case("package output only", DRAIN),
    "build-failed": Case("one error is named by two packages", packages=BROKEN, builds=2),
    "build-failed-json": Case("build-output events carry an import path only", packages=BROKEN, builds=2),
    "build-and-test-failed": Case(
        "a broken package beside real failures", ACCOUNT, ACCOUNT_PARENTS, {"brokena": reasons.BUILD_FAILED}, 2
    ),
    "vet-failed": Case("two headings", packages={"vetfail": reasons.BUILD_FAILED}, builds=1),
    "setup-failed": Case("an import that is nowhere", packages={"setupfail": reasons.SETUP_FAILED}, builds=1),
    "package-fails-alone": Case("a panic in init and an exit in TestMain fail no test", packages=ALONE),
    "package-fails-alone-json": Case("a package fails without one test event", packages=ALONE),
    "panic-after-pass": Case(
        "PASS, then a panic in TestMain", [("paniclate", "TestMain", P, "assignment to entry in nil map")]
    ),
    "noise-verbose": Case(
        "etcd dumps, quoted markers at the first column, a whole quoted run", LOUD, {"TestChild": reasons.QUOTED}
    ),
    "noise-plain": Case("a quoted marker at the first column, no === RUN", LOUD, {"TestElsewhere": reasons.QUOTED}),
    "noise-json": Case("quoted markers inside output events", LOUD),
    "noise-passing": Case("nothing failed, everything says so", [], {"TestChild": reasons.QUOTED}),
    "odd-names": Case(
        "shuffled; names with slashes, of nothing, of a marker; a test prints events", ODD,
        {**ODD_LEFT_OUT, "TestQuoted": reasons.QUOTED},
    ),
    "odd-verbose": Case("the same with === NAME between parallel cases", ODD, ODD_LEFT_OUT),
    "odd-json": Case("events quoted inside output events", ODD, ODD_LEFT_OUT),
    "panic-benchmark": Case(
        "no test function at all", [("crash", "BenchmarkNilMap", P, "assignment to entry in nil map")]
    ),
    "race-then-panic": Case(
        "a race report, then the panic that ends the binary",
        [("crash", "TestRacerPanics", P, "runtime error: invalid memory address or nil pointer dereference")],
    ),
    "flaky-count": Case("-count=2: fails, then passes", SECOND_CALL, flaky=("TestSecondCallPasses",)),
    "flaky-count-json": Case("-count=2 as events", SECOND_CALL, flaky=("TestSecondCallPasses",)),
    "gotestsum-rerun-testname": Case(
        "reruns, short package names, a summary that repeats it all; no full path anywhere",
        RERUNS, RERUN_PARENT, flaky=("TestSecondProcessPasses/write",), module="",
    ),
    "gotestsum-rerun-verbose": Case(
        "the summary has short names for what was told with full ones",
        RERUNS, RERUN_PARENT, flaky=("TestSecondProcessPasses/write",),
    ),
    "gotestsum-pkgname": Case(
        "failures stand in the summary only; the module is known from one stack",
        [*ACCOUNT, ("crash", "TestNilMap", P, "assignment to entry in nil map"), *FUNCTIONS, *SUITES],
        {**ACCOUNT_PARENTS, **THROUGH, **SUITES_LEFT_OUT},
    ),
    "one-test-runner": Case(
        "processes of one test each: [FAIL] first, output after; no package lines",
        [*ACCOUNT[:4], SUITES[0], FUNCTIONS[0], *NIL_POINTER,
         ("crash", "TestNilMap", P, "assignment to entry in nil map"), *TWELVE,
         ("hang", "TestStuckInSubtest/lock_twice", T, "test timed out after 2s"),
         ("hang", "TestStuckChannel", T, "test timed out after 2s"),
         ("hang", "TestStuckSuite/TestWaits", T, "test timed out after 2s")],
        {"TestParse": reasons.PARENT, "TestNilPointer": reasons.PARENT}
        | {name: reason for name, reason in SUITES_LEFT_OUT.items() if name.startswith("TestLedgerSuite")},
    ),
    "cut-in-test": Case("no marker for the test that was cut; no package", FUNCTIONS[:2], module="-"),
    "cut-in-panic": Case("the stack names the package", TWELVE),
    "cut-before-package": Case("the FAIL line itself is cut in its path", ACCOUNT, ACCOUNT_PARENTS, module="-"),
    "cut-in-running-test": Case("a cancelled job: nothing failed"),
}  # fmt: skip
