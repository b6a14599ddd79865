"""What one run of a test runner executed, and how its failures look to the scan.

Rule: failures are read by the parsers of the scan, so that fingerprints compare with those in issues. The output is
hostile: a line that a test printed executes nothing where the format allows to tell it from the runner's own. Go's
frame is marked by a control character, and an end counts only for a test that was announced; Rust's runner says first
how many results will follow. A test that writes that character, or the runner's report itself, is believed.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ftc.core.fix import Executed
from ftc.core.model import Failure, TestId
from ftc.core.recipe_table import Results
from ftc.core.sanitize import Sanitizer
from ftc.ingest.extract import extract_stream
from ftc.ingest.golang import GoParser
from ftc.ingest.junit import read_report
from ftc.ingest.junit_cases import Case, generic_id, pytest_id
from ftc.ingest.junit_failures import Report
from ftc.ingest.libtest import libtest_executed
from ftc.ingest.node_json import jest_cases
from ftc.ingest.rust import RustParser
from ftc.ingest.synthetic import SourceCase, as_report

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
CHECKOUT = "/home/runner/work/tree/tree"
"""Stands for the folder of the checkout, so that places read as they do in a log of CI."""
MAX_EXECUTED = 20_000
"""Tests named of one run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one run left behind: its streams, its exit code, and the files that it reported into."""

    code: int
    stdout: bytes = b""
    stderr: bytes = b""
    reports: tuple[bytes, ...] = ()
    root: str = ""
    """Absolute path of the checkout it ran in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """The tests that ran, each once with its worst outcome, sorted by name, and the failures among them."""

    executed: tuple[Executed, ...] = ()
    failures: tuple[Failure, ...] = ()
    complete: bool = True
    """Whether the runner came to its end: no test was under way when the process died."""
    problems: tuple[str, ...] = ()


_RANKS = (FAILED, PASSED, SKIPPED)
"""Outcomes, the worst first."""


def outcomes(said: Said, *, results: Results, test: TestId, sanitizer: Sanitizer) -> Outcomes:
    """Read one run; ``test`` names the suite (for Go, the import path) that was run. No bytes are an error."""
    said = _placed(said)
    if results is Results.GO:
        found = _go(said, suite=test.suite, sanitizer=sanitizer)
    elif results is Results.JUNIT:
        found = _junit(said.reports, sanitizer=sanitizer)
    elif results is Results.LIBTEST:
        found = _libtest(said, sanitizer=sanitizer)
    else:
        cases, problems, complete = _cases(said)
        report = as_report(cases)
        found = replace(_junit((report,), sanitizer=sanitizer), complete=complete)
        found = replace(found, problems=(*problems, *found.problems))
    return replace(found, executed=_worst(found.executed)[:MAX_EXECUTED])


def _libtest(said: Said, *, sanitizer: Sanitizer) -> Outcomes:
    """Rust: what is named in results, and what the scan would read in the same text."""
    text = (said.stdout + b"\n" + said.stderr).decode("utf-8", "replace")
    executed, problems, complete = libtest_executed(text)
    extraction = extract_stream([text.encode()], path="run", sanitizer=sanitizer, parsers=(RustParser,))
    crashed = [Executed(name=item.test.name, outcome=FAILED) for item in extraction.failures]
    return Outcomes(
        executed=(*executed, *(item for item in crashed if item.name not in {ran.name for ran in executed})),
        failures=extraction.failures,
        complete=complete,
        problems=(*problems, *extraction.problems),
    )


def _cases(said: Said) -> tuple[list[SourceCase], list[str], bool]:
    cases, problems = jest_cases(said.reports[0] if said.reports else b"")
    return cases, problems, not problems


def _placed(said: Said) -> Said:
    """The same with the checkout where CI has it: only so do places, and messages with paths, compare."""
    if len(said.root) < 2:
        return said
    old, new = said.root.rstrip("/").encode(), CHECKOUT.encode()
    streams = [data.replace(old, new) for data in (said.stdout, said.stderr, *said.reports)]
    return replace(said, stdout=streams[0], stderr=streams[1], reports=tuple(streams[2:]))


def _worst(events: Iterable[Executed]) -> tuple[Executed, ...]:
    """Each test once: it failed if it ever failed, and ran if it was not always skipped."""
    worst: dict[str, str] = {}
    for event in events:
        known = worst.get(event.name)
        if known is None or _RANKS.index(event.outcome) < _RANKS.index(known):
            worst[event.name] = event.outcome
    return tuple(Executed(name=name, outcome=worst[name]) for name in sorted(worst))


# --- JUnit, and whatever is brought into that form


class _Listening(Report):
    """A report whose every case is noted, passed ones as well."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Executed] = []

    def case(self, case: Case) -> None:
        if len(self.heard) < MAX_EXECUTED:
            told = [result.text for result in case.results]
            test = pytest_id(case, text="\n".join(told)) if self._pytest else generic_id(case)
            outcome = FAILED if case.main_result is not None else PASSED if case.passed else SKIPPED
            self.heard.append(Executed(name=test.name, outcome=outcome))
        super().case(case)


def _junit(reports: Sequence[bytes], *, sanitizer: Sanitizer) -> Outcomes:
    """Several reports as one; none at all is an incomplete run, since runners write one even for no test."""
    events: list[Executed] = []
    failures: list[Failure] = []
    problems: list[str] = []
    for data in reports:
        listening = _Listening()
        told = read_report([data], report=listening)
        extraction = extract_stream([data], path="report", sanitizer=sanitizer, parsers=())
        events += listening.heard
        failures += extraction.failures
        problems += told.problems
    if not reports:
        problems.append("the run left no report")
    return Outcomes(
        executed=tuple(events), failures=tuple(failures), complete=not problems, problems=tuple(dict.fromkeys(problems))
    )


# --- Go

_MARK = "\x16"
_RUN = re.compile(r"=== RUN {1,3}(\S+)\s*$")
_END = re.compile(r" *--- (PASS|FAIL|SKIP): (\S.*) \(\d+\.\d+s\)$")
_FRAME = re.compile(r"^( *)(=== (?:RUN|PAUSE|CONT|NAME)|--- (?:PASS|FAIL|SKIP))(?=[: ])", re.MULTILINE)
_PACKAGE_LINE = re.compile(r"^(?:ok  |FAIL)\t\S+\t", re.MULTILINE)
_LAST_WORD = re.compile(r"^(?:PASS|FAIL)$", re.MULTILINE)
_RACE = "WARNING: DATA RACE"
_GO_OUTCOMES = {"PASS": PASSED, "FAIL": FAILED, "SKIP": SKIPPED}


def _go(said: Said, *, suite: str, sanitizer: Sanitizer) -> Outcomes:
    text = (said.stdout + b"\n" + said.stderr).decode("utf-8", "replace").replace("\r\n", "\n")
    text = _unmarked(text) if f"{_MARK}=== RUN" in text else text
    events, still_open = _go_events(text.split("\n"))
    # The binary's own last word, which a crash keeps it from; the go command prints one behind its line in any case.
    over = _LAST_WORD.search(_PACKAGE_LINE.split(text, maxsplit=1)[0]) is not None
    if not _PACKAGE_LINE.search(text):
        # The test binary leaves the last line to the go command. A race fails the run, whatever a test says of itself.
        failed = said.code != 0 or _RACE in text
        text += f"\nFAIL\t{suite}\t0.000s\n" if failed else f"\nok  \t{suite}\t0.000s\n"
    extraction = extract_stream([text.encode()], path="run", sanitizer=sanitizer, parsers=(GoParser,))
    failed_names = [Executed(name=item.test.name, outcome=FAILED) for item in extraction.failures]
    known = {event.name for event in events} | set(still_open)
    return Outcomes(
        executed=(
            *events,
            *(item for item in failed_names if item.name in known),
            *(Executed(name=name, outcome=FAILED) for name in still_open),
        ),
        failures=tuple(replace(item, test=replace(item.test, suite=suite)) for item in extraction.failures),
        complete=over and not still_open,
        problems=extraction.problems,
    )


def _unmarked(text: str) -> str:
    """Marked lines as plain ``-v`` prints them; what a test printed in that form is made plain words."""
    pieces: list[str] = []
    for number, piece in enumerate(text.split(_MARK)):
        frame, end, output = piece.partition("\n") if number else ("", "", piece)
        glue = "\n" if number and pieces and not pieces[-1].endswith("\n") else ""
        pieces.append(glue + frame + end + _FRAME.sub(lambda found: found[1] + found[2].lower(), output))
    return "".join(pieces)


def _go_events(lines: Iterable[str]) -> tuple[list[Executed], list[str]]:
    """Ends of announced tests, and those that were announced and did not end; each end needs an announcement."""
    under_way: dict[str, int] = {}
    events: list[Executed] = []
    for line in lines:
        if "=== RUN" in line and (begun := _RUN.match(line)):
            under_way[begun[1]] = under_way.get(begun[1], 0) + 1
        elif "--- " in line and (ended := _END.match(line)) and under_way.get(ended[2]):
            under_way[ended[2]] -= 1
            events.append(Executed(name=ended[2], outcome=_GO_OUTCOMES[ended[1]]))
    return events, [name for name, count in under_way.items() if count]
