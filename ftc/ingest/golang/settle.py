"""From one finished test binary to failures and exclusions: leaves stay, everything else leaves with its reason."""

import re

from ftc.core.model import TestId
from ftc.ingest.base import Line, RawFailure
from ftc.ingest.golang import reasons
from ftc.ingest.golang.binary import BinaryRun, Failed
from ftc.ingest.golang.cause import RACE_NOTE, Cause, cause_of, crash_cause, leak_cause, race_cause
from ftc.ingest.golang.crash import Crash
from ftc.ingest.golang.culprit import TEST_MAIN, blame, named, open_leaves
from ftc.ingest.golang.output import Output
from ftc.ingest.golang.race import Race
from ftc.ingest.golang.report import Report

FRAMEWORK = "go-test"
MAX_INTERRUPTED = 50  # tests named as running when their binary ended
NOTE_CHARS = 300
MAX_LINES = 200  # handed on for an excerpt; the driver shortens further
_SUITE_METHOD = re.compile(r"Test(?![a-z])")


def settle(run: BinaryRun, report: Report, *, suite: str, failed: bool, expected: str = "") -> bool:
    """Report what ``run`` says about package ``suite``; True when a failing test was found.

    ``failed`` tells that the package itself is said to have failed; ``expected`` is the test a runner named.
    """
    crash = run.crash if run.crash is not None and run.crash.complete else None
    tests = _first_of_each(run.failed)
    _add_crash(tests, run, report, crash=crash, suite=suite, expected=expected)
    _add_after_tests(tests, run, failed=failed, crashed=crash is not None)
    for failure in _leaves(tests, report, suite=suite):
        report.fail(_raw(failure, run.races, suite=failure.suite or suite))
    for name, line in run.passed:
        report.passed(suite=suite, name=name, line=line)
    for function in [*(found for race in run.races for found in race.tests()), crash.test() if crash else None]:
        report.package(function.package if function else "")
    if failed:
        _explain_package(tests, run, report, suite=suite, crash=crash)
    return bool(tests)


def _first_of_each(failed: list[Failed]) -> dict[str, Failed]:
    tests: dict[str, Failed] = {}
    for item in failed:
        known = tests.setdefault(item.name, item)
        if not known.output and item.output:  # a fuzz target fails twice under one name, the inner one speaks
            known.output = item.output
    return tests


def _add_crash(
    tests: dict[str, Failed], run: BinaryRun, report: Report, *, crash: Crash | None, suite: str, expected: str
) -> None:
    if crash is None:
        return
    found = blame(crash, run, expected=expected)
    for name in found.culprits:
        if name == TEST_MAIN and not crash.after_tests:
            continue
        item = tests.get(name)
        if item is None or item.crash is not None:
            item = Failed(name=name, line=crash.line, declared=crash.first, output=run.open.get(name) or Output())
        item.crash = crash
        tests[name] = item
    reason = reasons.TIMEOUT_CASCADE if crash.timed_out else reasons.CRASH_CASCADE
    for name in found.bystanders[:MAX_INTERRUPTED]:
        if name not in tests:
            report.exclude(suite=suite, name=name, reason=reason)


def _add_after_tests(tests: dict[str, Failed], run: BinaryRun, *, failed: bool, crashed: bool) -> None:
    """What goleak and the race detector say once the tests are over belongs to the binary, not to its last test."""
    if run.leak and not crashed:
        line = run.leak[0]
        leak = Failed(name=TEST_MAIN, line=line.number, declared=line.text, before=tuple(run.leak))
        tests.setdefault(TEST_MAIN, leak)
    noted = any(_race_noted(item) for item in tests.values())
    for race in run.races:
        if race.after_tests or run.race_outside or (failed and not noted and not tests):
            name = _race_test(race, run)
            item = tests.setdefault(name, Failed(name=name, line=race.line, declared=race.lines[0].text))
            item.race = item.race or race


def _race_test(race: Race, run: BinaryRun) -> str:
    functions = race.tests()
    return named(functions[0], list(run.failed_names), current="") if functions else TEST_MAIN


def _race_noted(item: Failed) -> bool:
    return any(RACE_NOTE in line.text for line in item.output.lines())


def _leaves(tests: dict[str, Failed], report: Report, *, suite: str) -> list[Failed]:
    parents = {name[:i] for name in tests for i, char in enumerate(name) if char == "/"}
    first_of_suite: set[str] = set()
    kept: list[Failed] = []
    for name, item in tests.items():
        own = item.suite or suite
        if name in parents:
            report.exclude(suite=own, name=name, reason=reasons.PARENT)
        elif _in_suite(name) and item.top_level in first_of_suite:
            report.exclude(suite=own, name=name, reason=reasons.SUITE_CASCADE)
        else:
            if _in_suite(name):
                first_of_suite.add(item.top_level)
            kept.append(item)
    return kept


def _in_suite(name: str) -> bool:
    """testify names the methods of a suite as sub-tests; only methods that begin with Test are run."""
    parts = name.split("/", 2)
    return len(parts) > 1 and _SUITE_METHOD.match(parts[1]) is not None


def _raw(item: Failed, races: list[Race], *, suite: str) -> RawFailure:
    lines = [*item.before, *item.output.lines()]
    cause = _cause(item, lines, races)
    extra = item.crash.lines if item.crash else item.race.lines if item.race else []
    return RawFailure(
        test=TestId(ecosystem="go", suite=suite, name=item.name),
        framework=FRAMEWORK,
        kind=cause.kind,
        message=cause.message,
        line=item.line,
        frames=cause.frames,
        lines=_excerpt(item, [*lines, *extra]),
        key_lines=tuple(text for text in cause.key_lines if text),
    )


def _cause(item: Failed, lines: list[Line], races: list[Race]) -> Cause:
    if item.race is not None and item.crash is None:
        return race_cause(item.race)
    if item.name == TEST_MAIN and item.crash is None:
        return leak_cause([line.text for line in lines])
    if item.crash is not None:
        return crash_cause(item.crash, test=item.name, declared=item.declared)
    return cause_of(item.output.lines(), test=item.name, races=_races_of(item, races), declared=item.declared)


def _races_of(item: Failed, races: list[Race]) -> list[Race]:
    """The races that a test may have noticed, most likely first: its own, then the latest before its end."""
    parts = item.name.split("/")[:2]
    own = [race for race in races if any(found.name in parts for found in race.tests())]
    attributed = [race for race in races if race.current == item.name]
    earlier = [race for race in reversed(races) if race.line <= item.line]
    both = [race for race in attributed if race in own]
    return [*both, *own, *attributed, *earlier]


def _excerpt(item: Failed, lines: list[Line]) -> tuple[str, ...]:
    """The kept lines in log order, with the declaration where it stands."""
    seen: dict[tuple[int, str], None] = {}
    for line in sorted(lines, key=lambda line: line.number):
        seen[line.number, line.text] = None
    numbered = [*seen]
    if item.declared and (item.line, item.declared) not in seen:
        place = next((i for i, (number, _) in enumerate(numbered) if number > item.line), len(numbered))
        numbered.insert(place, (item.line, item.declared))
    return tuple(text for _, text in numbered[-MAX_LINES:])


def _explain_package(
    tests: dict[str, Failed], run: BinaryRun, report: Report, *, suite: str, crash: Crash | None
) -> None:
    if tests:
        report.exclude(suite=suite, name="", reason=reasons.AGGREGATE)
        return
    report.exclude(suite=suite, name="", reason=reasons.NO_FAILING_TEST)
    running = open_leaves(run)
    for name in running[:MAX_INTERRUPTED]:
        report.exclude(suite=suite, name=name, reason=reasons.EXIT_CASCADE)
    report.problem(f"{suite} failed without a failing test: {_last_words(run, crash, running)}")


def _last_words(run: BinaryRun, crash: Crash | None, running: list[str]) -> str:
    if crash is not None:
        return crash.first.strip()[:NOTE_CHARS]
    output = run.open.get(running[-1]) if running else None
    lines = output.lines() if output else list(run.loose)
    return next((line.text.strip()[:NOTE_CHARS] for line in reversed(lines) if line.text.strip()), "it says nothing")
