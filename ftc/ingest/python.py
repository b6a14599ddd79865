"""pytest's output, in all its verbosities, to failed tests.

Rule: the short test summary decides what failed and the sections explain it; where there is no summary, because
it was switched off or the log breaks off, the sections decide, then the progress lines.
"""

import re

from ftc.ingest.base import Findings, Line, RawFailure
from ftc.ingest.bounded import HeadTail
from ftc.ingest.pytest_names import split_summary
from ftc.ingest.pytest_section import HEAD_LINES, TAIL_LINES, Section
from ftc.ingest.pytest_session import Session, Summary

_TITLE = re.compile(r"={1,} (.+?) ={1,}$")
_SECTION = re.compile(r"_{1,} (.+?) _{1,}$")
LINE_LIMIT = 4_000
"""Characters of a line that may be a title, progress or summary; no node id is longer, and expressions stay fast."""

_SECTION_WIDTH = 40
"""pytest draws its lines over the width of the terminal, 80 in CI; a short one is somebody's output."""

_OTHER_OUTPUT = ("PASSES", "XPASSES", "XFAILURES")
"""Titles of the sections of tests that did not fail, which ``-rA`` asks for."""

_FURTHER_PARTS = ("FAILURES", "warnings summary", "short test summary info")
"""Titles of parts of a report that follow its sections; ``FAILURES`` follow ``ERRORS``."""

_PHASES = (("ERROR at setup of ", "setup"), ("ERROR at teardown of ", "teardown"), ("ERROR collecting ", "collecting"))
_STATS = re.compile(r"(?:\d+ \w+(?:, \d+ \w+)*.* in|no tests ran\b.* in) [\d.]+s\b")
_COUNT = r"\d+ (?:passed|failed|errors?|skipped|deselected|xfailed|xpassed|rerun|warnings?|subtests? passed)"
_PLAIN_STATS = re.compile(rf"{_COUNT}(?:, {_COUNT})*")
_OUTCOMES = "PASSED|FAILED|ERROR|RERUN|SKIPPED|XFAIL|XPASS|SUBPASSED|SUBFAILED"
_ENDED = re.compile(rf" ({_OUTCOMES})(?: \(.*\))?\s*(?:\[ *\d+(?:%|/\d+)\])?$")
_XDIST_PROGRESS = re.compile(rf"\[gw\d+\](?: \[ *\d+(?:%|/\d+)\])? ({_OUTCOMES}) (\S+\.py::.+?) *$")
_ALONE = re.compile(r"(PASSED|FAILED|ERROR|RERUN|SKIPPED)\s*(?:\[ *\d+(?:%|/\d+)\])?$")
_STARTED = re.compile(r"(\S+\.py::(?:[^\s\[]+(?:\[.*\])?))(?: |$)")
_COVERAGE = re.compile(r"FAIL Required test coverage of|ERROR: Coverage failure:")
_SUMMARY_LINE = re.compile(r"(?:FAILED|ERROR|RERUN|PASSED|SUBFAILED|SUBFAIL)\b")
_SET_UP_LIMIT = 200
"""Errors kept of one session; nobody reads more."""

_INTERNAL_ERROR = "INTERNALERROR> "
_SETUP_ERROR = ("ImportError while loading conftest", _INTERNAL_ERROR, "ERROR: file or directory not found")


class PytestParser:
    """Follows the sessions of one log, one after the other."""

    ecosystem = "python"

    def __init__(self) -> None:
        self._session = Session()
        self._mode = ""
        """Empty outside of pytest, else ``run``, ``sections``, ``summary`` or ``other``."""
        self._depth = 0
        """How many sessions are quoted in captured output right now."""
        self._quiet = True
        """Whether the session began without its title; only then its counts stand without a frame."""
        self._end = ""
        """Counts in captured output of a quiet session: its end, unless the report goes on."""
        self._after_end = HeadTail(head=HEAD_LINES, tail=TAIL_LINES)
        self._done: list[Findings] = []
        self._build: list[str] = []
        self._set_up_errors: list[str] = []
        """Set-up errors of the present session, if they are no words of a test."""

    def feed(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if text[:1] == "=" and text[-1:] == "=" and len(text) < LINE_LIMIT:
            title = _TITLE.match(text)
            if title and self._take_title(title.group(1), line):
                return
        if not self._mode:
            if text[:1] in ("I", "E") and text.startswith(_SETUP_ERROR):
                self._add_set_up_error(text)
        elif self._mode == "run":
            self._feed_run(line)
        elif self._mode == "sections":
            self._feed_section(line)
        elif self._mode == "summary":
            self._feed_summary(line)
        elif text[:4] in ("FAIL", "ERRO") and _COVERAGE.match(text):
            self._session.exclude("coverage gate, no test: " + text)

    def finish(self) -> Findings:
        """What the sessions found, the last one perhaps cut off."""
        self._close()
        failures: dict[str, RawFailure] = {}
        for item in (failure for findings in self._done for failure in findings.failures):
            failures[str(item.test)] = item
        return Findings(
            failures=tuple(failures.values()),
            excluded=tuple(dict.fromkeys(item for findings in self._done for item in findings.excluded)),
            build_failures=(*self._build, *(item for findings in self._done for item in findings.build_failures)),
        )

    # -- titles: what part of a session comes next

    def _take_title(self, title: str, line: Line) -> bool:
        """Change the part; False when the line is captured output."""
        if self._end and not self._settle_end(title):
            return False
        section = self._session.section if self._mode == "sections" else None
        if self._depth or (section and section.captured and self._quotes_session(title)):
            return self._take_quoted_title(title, line)
        if title == "test session starts":
            self._close()
            self._mode, self._quiet = "run", False
        elif title in ("FAILURES", "ERRORS"):
            self._session.restart_report(keep_sections=title == "FAILURES")
            self._mode = "sections"
        elif title in _OTHER_OUTPUT and self._mode:
            self._session.report_others()
            self._mode = "sections"
        elif title.endswith("test summary info"):
            self._session.summary.clear()
            self._mode = "summary"
        elif _STATS.match(title) and self._mode:
            self._session.end(title)
            self._close()
        elif self._mode:
            self._mode = "other"
        return True

    def _settle_end(self, title: str) -> bool:
        """Decide at a title whether counts in captured output were the session's own; False when it does not tell."""
        if title in ("test session starts", "ERRORS") or (title == "FAILURES" and self._session.in_failures):
            self._close()
        elif title in (*_FURTHER_PARTS, *_OTHER_OUTPUT):
            self._go_on()
        else:
            return False
        return True

    def _go_on(self) -> None:
        """The report goes on: counts before this were output of a test."""
        for text in (self._end, *self._after_end.lines()) if self._end else ():
            self._session.add_to_section(text)
        self._end = ""

    def _quotes_session(self, title: str) -> bool:
        return title in ("test session starts", "ERRORS") or (title == "FAILURES" and self._session.in_failures)

    def _take_quoted_title(self, title: str, line: Line) -> bool:
        if title == "test session starts" or not self._depth:
            self._depth += 1
        elif _STATS.match(title):
            self._depth -= 1
        self._session.add_to_section(line.text)
        return True

    def _close(self) -> None:
        """Turn the session into findings, as later sessions may show that its failures pass."""
        if self._end:
            self._session.end(self._end)
            self._end = ""
        findings = self._session.findings()
        self._done = [self._session.judged(earlier) for earlier in self._done]
        self._done.append(findings)
        self._build += [text for text in self._set_up_errors if self._is_real(text)]
        self._set_up_errors = []
        self._session = Session()
        self._mode = ""
        self._depth = 0
        self._quiet = True

    def _add_set_up_error(self, text: str) -> None:
        """Note an error; of an internal one, which has many lines, the last says most."""
        errors = self._set_up_errors
        if errors and errors[-1].startswith(_INTERNAL_ERROR) and text.startswith(_INTERNAL_ERROR):
            errors[-1] = text
        elif len(errors) < _SET_UP_LIMIT:
            errors.append(text)

    def _is_real(self, set_up_error: str) -> bool:
        """Whether a set-up error among the progress ended the session; one that ran its tests had none."""
        return set_up_error.startswith(_INTERNAL_ERROR) or not self._session.ran_tests

    # -- the parts

    def _feed_run(self, line: Line) -> None:
        """Progress: which tests started, and with ``-v`` how they ended."""
        text = line.text
        session = self._session
        if session.dying:
            session.add_last_words(text)
        name = text.find(".py::", 0, LINE_LIMIT)
        if name > 0 and len(text) < LINE_LIMIT and self._take_progress(text, name, line.number):
            return
        if not session.dying and ("Fatal Python error: " in text or "+++ Timeout +++" in text):
            self._take_last_words(line)
        if name <= 0 and text[:1] in "IPFERS" and text:
            self._take_word(line)
        elif text[:1] == "r" and text.startswith(("rootdir: ", "run-last-failure: ")):
            session.read_header(text)

    def _take_last_words(self, line: Line) -> None:
        """The interpreter is about to die, by a crash or by pytest-timeout; its words stand behind the progress."""
        text = line.text
        started = _STARTED.match(text)
        if started:
            self._session.running = started.group(1)
        self._session.start_dying(text[text.index("Fatal") :] if "Fatal" in text else "Timeout", line.number)

    def _take_progress(self, text: str, name: int, number: int) -> bool:
        """Take a line with a node id whose test's own name is at ``name``; True when it says how the test ended."""
        ended = _ENDED.search(text, name)
        if ended and text.find(" ", 0, name) < 0:
            self._session.outcome(text[: ended.start()], ended[1], number)
            return True
        found = _XDIST_PROGRESS.match(text)
        if found:
            self._session.outcome(found[2], found[1], number)
            return True
        started = _STARTED.match(text)
        if started:
            self._session.running = started[1]
        return False

    def _take_word(self, line: Line) -> None:
        """A lone outcome ends a test whose output stood between; other words may be a broken set-up."""
        text = line.text
        alone = _ALONE.match(text)
        if alone and self._session.running:
            self._session.outcome(self._session.running, alone.group(1), line.number)
        elif _COVERAGE.match(text):
            self._session.exclude("coverage gate, no test: " + text)
        elif text.startswith(_SETUP_ERROR):
            self._add_set_up_error(text)

    def _feed_section(self, line: Line) -> None:
        text = line.text
        title = _section_title(text) if not self._depth else ""
        if title:
            self._go_on()
            self._open_section(title, line.number)
        elif not self._depth and self._ends_quietly(text):
            self._go_on()
            self._end, self._after_end = text, HeadTail(head=HEAD_LINES, tail=TAIL_LINES)
            if not (self._session.section and self._session.section.captured):
                self._close()
        elif self._end:
            self._after_end.add(text)
        else:
            self._session.add_to_section(text)

    def _ends_quietly(self, text: str) -> bool:
        return self._quiet and _PLAIN_STATS.match(text) is not None and _STATS.match(text) is not None

    def _open_section(self, title: str, number: int) -> None:
        phase = "call"
        for prefix, name in _PHASES:
            if title.startswith(prefix):
                title, phase = title[len(prefix) :], name
        self._session.open_section(Section(title=title, line=number, phase=phase))

    def _feed_summary(self, line: Line) -> None:
        text = line.text
        if title := _section_title(text):  # what began this summary was captured output: the report goes on
            self._session.summary.clear()
            self._mode = "sections"
            self._open_section(title, line.number)
        elif _SUMMARY_LINE.match(text):
            parts = split_summary(text[:LINE_LIMIT])
            if parts is None:
                return
            word, node, message = parts
            if word in ("PASSED", "RERUN"):
                self._session.outcome(node, word, line.number)
            else:
                self._session.summary.append(Summary(word=word, node=node, message=message, line=line.number))
        elif self._ends_quietly(text):
            self._session.end(text)
            self._close()
        elif text[:1] == "!" or _COVERAGE.match(text):
            if _COVERAGE.match(text):
                self._session.exclude("coverage gate, no test: " + text)
        elif self._session.summary:
            self._session.summary[-1].extend(text)


def _section_title(text: str) -> str:
    """The title in a line across, ``____ test_name ____``; empty when it is none."""
    if text[:1] != "_" or text[-1:] != "_" or not _SECTION_WIDTH <= len(text) < LINE_LIMIT:
        return ""
    found = _SECTION.match(text)
    return found[1] if found and found[1].strip("_ ") else ""
