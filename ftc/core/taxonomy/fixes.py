"""What lasts and what only hides a flake, for each cause and language; and what a person should check.

Rule: one entry for each cause and language, with an entry for any language below it; steps are durable fixes only.
"""

from dataclasses import dataclass

from ftc.core.analysis import Risk, RootCause
from ftc.core.languages import GO, JAVASCRIPT, JVM, PYTHON, RUST


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """How one cause is fixed for good in one language."""

    steps: tuple[str, ...]
    masking: str
    """What would make it look fixed."""
    check: tuple[str, ...] = ()
    """What a person should look at before approving."""
    risk: Risk = Risk.LOW


C = RootCause
_SLEEP = "a longer sleep or time-out, or a retry"
_RETRY = "running the test again until it passes"

FIXES: dict[tuple[RootCause, str], Fix] = {
    (C.ASYNC_WAIT, GO): Fix(
        steps=(
            "Wait for the event itself: join on a channel, a WaitGroup or an errgroup, or read until it comes.",
            "Where only polling is possible, poll a read with EventuallyWithT; change nothing and assert with nothing "
            "but the collector inside of the condition.",
            "Do once, before polling, what has side effects.",
        ),
        masking="a longer time.Sleep or Eventually time-out, or -count with a retry",
        check=("Does the awaited event really come after everything the assertions read?",),
    ),
    (C.ASYNC_WAIT, PYTHON): Fix(
        steps=(
            "Await or join what was started: keep the task, thread or process, and wait for its end or its Event.",
            "Where only polling is possible, poll a read with a deadline, and say in the failure what was seen last.",
        ),
        masking="a longer sleep, @flaky, or xfail",
        check=("Is every task that the test starts awaited before it ends?",),
    ),
    (C.ASYNC_WAIT, JAVASCRIPT): Fix(
        steps=(
            "Await the concrete signal: the promise itself, findBy… or waitFor on what the page shows, or a web-first "
            "assertion on the locator.",
            "Return or await every promise that the test starts.",
        ),
        masking="retryTimes, force: true, a bigger time-out, or waitForTimeout",
        check=("Would the assertion fail if the event never came?",),
    ),
    (C.ASYNC_WAIT, JVM): Fix(
        steps=(
            "Wait for the event: join the future, count down a latch in the callback, or poll a read with Awaitility.",
            "Give mocks a verification that waits, as verify(mock, timeout(…)), only where no event can be had.",
        ),
        masking="a longer Thread.sleep, or a rerun count in the build",
        check=("Is the executor shut down and awaited when the test ends?",),
    ),
    (C.ASYNC_WAIT, RUST): Fix(
        steps=(
            "Keep the JoinHandle and join or await it before asserting, or signal by a channel, Notify or Barrier.",
            "Let tokio's time stand still (start_paused) where the code under test sleeps.",
        ),
        masking="a longer sleep, or retries of nextest",
        check=("Is every spawned task awaited before the assertions?",),
    ),
    (C.ASYNC_WAIT, ""): Fix(steps=("Wait for the event that the assertion needs, not for a time.",), masking=_SLEEP),
    (C.CONCURRENCY, GO): Fix(
        steps=(
            "Give every parallel test its own data: build it inside of the test, and no package variable.",
            "Guard what goroutines share with a mutex or an atomic, or hand it over a channel; wait before reading.",
            "Force the order that fails with a failpoint or callback, so that the fix can be seen to hold.",
        ),
        masking="dropping t.Parallel or -race, or a retry",
        check=("Is the race in the product's code? Then users meet it, too.", "Does go test -race stay silent?"),
        risk=Risk.MEDIUM,
    ),
    (C.CONCURRENCY, ""): Fix(
        steps=(
            "Give every test its own data, and guard what threads share by a lock, an atomic or a queue.",
            "Force the order that fails by a barrier, so that the fix can be seen to hold.",
        ),
        masking="running the tests one at a time, or a retry",
        check=("Is the race in the product's code? Then users meet it, too.",),
        risk=Risk.MEDIUM,
    ),
    (C.ORDER_DEPENDENCY, GO): Fix(
        steps=(
            "Set the environment with t.Setenv and the folder with t.Chdir or t.TempDir.",
            "Register what must be undone with t.Cleanup or defer right after doing it; failpoints, too.",
            "Build what the test needs inside of it.",
        ),
        masking="fixing the order of the tests",
        check=("Do the tests of the package pass with -shuffle=on, several times?",),
    ),
    (C.ORDER_DEPENDENCY, PYTHON): Fix(
        steps=(
            "Use monkeypatch for environment, attributes and folder, and tmp_path for files.",
            "Give fixtures that are changed function scope, with their teardown after yield.",
            "Build the starting state inside of the test, not at import.",
        ),
        masking="fixing the order of the tests, or xdist's --dist=loadfile",
        check=("Does the test pass alone, and its file in random order?",),
    ),
    (C.ORDER_DEPENDENCY, JAVASCRIPT): Fix(
        steps=(
            "Undo in afterEach what the test installs: real timers, restored mocks, an empty document and storage.",
            "Build shared values in beforeEach.",
        ),
        masking="runInBand, or fixing the order of the tests",
        check=("Do the tests of the file pass in random order and each alone?",),
    ),
    (C.ORDER_DEPENDENCY, JVM): Fix(
        steps=(
            "Make static values of the test instance fields, or reset them in @BeforeEach.",
            "Give tests that change a shared context or property one of their own, and restore it in @AfterEach.",
        ),
        masking="a fixed method order, or a fork for each class",
        check=("Does the class pass in random method order?",),
    ),
    (C.ORDER_DEPENDENCY, RUST): Fix(
        steps=(
            "Pass the setting as an argument instead of reading the environment in the code under test.",
            "Where the environment is the subject, change it under one lock for all such tests and restore it on drop.",
        ),
        masking="--test-threads=1",
        check=("Does the binary's test run pass with many threads, several times?",),
    ),
    (C.ORDER_DEPENDENCY, ""): Fix(
        steps=("Build the starting state inside of the test, and undo what it changes however it ends.",),
        masking="fixing the order of the tests",
        check=("Does the test pass alone and in any order?",),
    ),
    (C.RESOURCE_LEAK, ""): Fix(
        steps=(
            "Stop or close what the test starts, in its clean-up, and wait until it has ended.",
            "Let nothing that outlives the test use the test's logger or files.",
        ),
        masking="ignoring the detector, raising the limit, or forcing the exit",
        check=("Does the product close it, or does only the test?",),
    ),
    (C.NETWORK, ""): Fix(
        steps=(
            "Listen on port 0 and use the port that the system chose.",
            "Wait until the server answers before the first request.",
            "Replace a real host by a local server or a recorded answer.",
        ),
        masking="retrying requests in the test",
        check=("Does any part of the test still leave the machine?",),
    ),
    (C.TIME, ""): Fix(
        steps=(
            "Inject a clock and set it in the test, or freeze time.",
            "Read the clock once, and compare with what was read.",
            "Use fixed dates and zones in expectations.",
        ),
        masking="a wider tolerance, or skipping the test on certain days",
        check=("Would it pass at midnight, at the end of a month, and in another zone?",),
    ),
    (C.IO, ""): Fix(
        steps=("Give the test a temporary folder of its own.", "Close and flush files before they are read."),
        masking="deleting the files before the run, or ignoring the error",
        check=("Can two runs on one machine still meet in a file?",),
    ),
    (C.RANDOMNESS, ""): Fix(
        steps=(
            "Seed the generator in the test, and print the seed when it fails.",
            "Assert what holds for every outcome, not for the likely one.",
        ),
        masking="a seed that happens to pass, where the property is false",
        check=("Is an unlucky value a bug of the product?",),
    ),
    (C.FLOATING_POINT, ""): Fix(
        steps=("Compare with a tolerance that follows from the computation.",),
        masking="a tolerance that lets a wrong result pass",
        check=("Is the tolerance smaller than any error that matters?",),
    ),
    (C.UNORDERED, ""): Fix(
        steps=(
            "Compare without order (ElementsMatch, sorted lists, containsInAnyOrder), or sort before comparing.",
            "Where users see the order, make the product sort it.",
        ),
        masking="fixing the hash seed",
        check=("Do users rely on the order? Then the product should sort.",),
    ),
    (C.PLATFORM, ""): Fix(
        steps=(
            "Find what differs on that system: paths, line ends, case of names, clock resolution, processors.",
            "Write the expectation without it.",
        ),
        masking="skipping the test on that system",
        check=("Is the product right on that system?",),
        risk=Risk.MEDIUM,
    ),
    (C.TIGHT_TIMEOUT, ""): Fix(
        steps=(
            "Find what the time is spent on, and whether it waits for something that never comes.",
            "Make the test do less, or wait for an event with a limit that only a hang can reach.",
            "Take limits of the product's own behaviour from a clock that the test controls.",
        ),
        masking="only raising the limit, where the test waits for something that may not come",
        check=("How long does the test take when it passes? A limit needs several times that.",),
    ),
    (C.PRODUCT_BUG, ""): Fix(
        steps=(
            "Write a test that forces the failing order or value.",
            "Fix the product's code where it fails; leave the test as strict as it is.",
        ),
        masking="any change of this test alone",
        check=("Can users meet this?", "Do owners of that code agree that it is touched?"),
        risk=Risk.HIGH,
    ),
    (C.UNKNOWN, ""): Fix(
        steps=(
            "Reproduce it with the commands below, and note what the failing runs have in common.",
            "Make the failure tell more: print both values, the state and the times in the assertion's message.",
        ),
        masking=_RETRY,
        check=("Is there enough to say what goes wrong? If not, a fix would be a guess.",),
        risk=Risk.MEDIUM,
    ),
}


def fix_for(cause: RootCause, language: str) -> Fix:
    """The entry of this language, or the one for any."""
    return FIXES.get((cause, language)) or FIXES[cause, ""]
