"""One session of pytest: what was gathered of it, and what that says.

Rule: each failed test comes out once; its tear-down error, its failed sub-tests' parent and the tests that one
broken fixture took along are left out with the reason.
"""

import re
from collections import defaultdict, deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from itertools import chain

from ftc.core.model import Exclusion, Kind, TestId
from ftc.ingest.base import Findings, RawFailure
from ftc.ingest.bounded import HeadTail
from ftc.ingest.pytest_death import dying_failure
from ftc.ingest.pytest_names import node_of_title, normal_title, test_id, title_of
from ftc.ingest.pytest_root import root_directory, started_in
from ftc.ingest.pytest_section import HEAD_LINES, TAIL_LINES, Section, kind_of

SECTION_LIMIT = 2_000
"""Sections kept of one session, some 20 kB each; beyond it the summary alone speaks."""

TWICE = "the same test failed again, or in its tear-down too; it counts once"
FIXTURE_CASCADE = "cascade: the same fixture had already failed for another test"
SUBTEST_PARENT = "parent of failed sub-tests"

_TEST_LIMIT = 20_000
_PASS_LIMIT = 200_000
"""Names of failed, and of passed tests kept of one session; some 30 MB."""

_SUMMARY_LINES = 30
_RERUN_MESSAGE = "failed, then passed when run again; the log shows no error"
_CONTAINS_SUBTESTS = re.compile(r"contains \d+ failed subtests?$")
_LAST_FAILURE = re.compile(r"run-last-failure: rerun previous \d+ failure")
_FAILED_COUNT = re.compile(r"\d+ (?:failed|error)")
_PASSED_COUNT = re.compile(r"\d+ passed")


@dataclass(slots=True)
class Summary:
    """One entry of the short test summary; the lines under it belong to its message."""

    word: str
    node: str
    message: str
    line: int

    def extend(self, text: str) -> None:
        """Take a further line of the message."""
        if text.strip() and self.message.count("\n") < _SUMMARY_LINES:
            self.message += "\n" + text


class Session:
    """What has been read of one session."""

    def __init__(self) -> None:
        self.summary: list[Summary] = []
        self.section: Section | None = None
        self.running = ""
        """Node id of the test that started last."""
        self.in_failures = False
        self.dying = ""
        self._sections: list[Section] = []
        self._of_failures = True
        self._excluded: list[Exclusion] = []
        self._failed: dict[str, tuple[str, int]] = {}
        """Node id to last failing outcome and line, from progress lines."""
        self._reruns: dict[str, int] = {}
        self._passed: set[str] = set()
        self._stats = ""
        self._rootdir = ""
        self._last_failed = False
        self._last_words = HeadTail(head=HEAD_LINES, tail=TAIL_LINES * 4)
        self._dying_line = 0
        self._set_up: set[TestId] = set()
        """Tests that failed before they began, in a fixture."""

    # -- reading

    def read_header(self, text: str) -> None:
        """Take ``rootdir:`` and what ``--lf`` says it does."""
        if text.startswith("rootdir: "):
            self._rootdir = self._rootdir or root_directory(text)
        else:
            self._last_failed = bool(_LAST_FAILURE.match(text))

    def outcome(self, node: str, word: str, line: int) -> None:
        """One test ended."""
        self.running = ""
        if word == "PASSED":
            if len(self._passed) < _PASS_LIMIT:
                self._passed.add(node)
        elif word in ("FAILED", "ERROR") and len(self._failed) < _TEST_LIMIT:
            self._failed[node] = (word, line)
            self._passed.discard(node)
        elif word == "RERUN" and len(self._reruns) < _TEST_LIMIT:
            self._reruns.setdefault(node, line)

    def exclude(self, reason: str) -> None:
        """Note a line that looks like a failure and is no test."""
        self._excluded.append(Exclusion(suite="", name="", reason=reason))

    def restart_report(self, *, keep_sections: bool) -> None:
        """A title of the final report: what looked like one before was output of a test."""
        self.summary.clear()
        self.in_failures = keep_sections
        if not keep_sections:
            self._sections.clear()
        self._of_failures = True
        self.section = Section(title="", line=0, phase="call")  # ``--tb=line`` gives no titles

    def report_others(self) -> None:
        """The sections that follow show the output of tests that did not fail."""
        self.in_failures = True
        self._of_failures = False

    def open_section(self, section: Section) -> None:
        """Begin the next section; that of no failure, or one beyond the limit, is read and forgotten."""
        self.section = section
        if self._of_failures and len(self._sections) < SECTION_LIMIT:
            self._sections.append(section)

    def add_to_section(self, text: str) -> None:
        """Add a line to the section, if one is open."""
        if self.section:
            self.section.add(text)

    def start_dying(self, text: str, line: int) -> None:
        """The interpreter prints its last words; what follows may be all there is."""
        if not self.dying:
            self.dying, self._dying_line = text, line
            self._last_words.add(text)

    def add_last_words(self, text: str) -> None:
        """A line after the interpreter began to die."""
        self._last_words.add(text)

    def end(self, stats: str) -> None:
        """The line of counts: the session came to its end."""
        self._stats = stats

    @property
    def ran_tests(self) -> bool:
        """Whether the session came to its end and counted tests that passed or failed."""
        return bool(_PASSED_COUNT.search(self._stats) or re.search(r"\d+ failed", self._stats))

    # -- judging

    def judged(self, earlier: Findings) -> Findings:
        """Findings of an earlier session of the same log, seen from this later one."""
        return replace(earlier, failures=tuple(self._judge(item) for item in earlier.failures))

    def _judge(self, item: RawFailure) -> RawFailure:
        node = f"{item.test.suite}::{item.test.name}"
        all_passed = bool(_PASSED_COUNT.search(self._stats)) and not _FAILED_COUNT.search(self._stats)
        if node in self._passed or (self._last_failed and all_passed):
            return replace(item, flaky_in_run=True)
        return item

    def findings(self) -> Findings:
        """What this session says."""
        failures = [*self._from_summary(), *self._from_sections()]
        if not failures and not self._stats:
            failures = [*self._from_progress(), *self._from_last_words()]
        failures += self._from_reruns({item.test for item in failures})
        kept, repeats = without_repeats(failures, set_up=self._set_up)
        nodes = (node.partition("::")[0] for node in chain(self._passed, self._failed))
        folder = started_in(self._rootdir, {*nodes, *(item.test.suite for item in kept)})
        return Findings(
            failures=tuple(replace(item, folder=folder) for item in kept),
            excluded=(*self._excluded, *repeats),
            build_failures=tuple(self._collection_errors()),
        )

    def _from_summary(self) -> list[RawFailure]:
        by_title: dict[tuple[str, bool], deque[Section]] = defaultdict(deque)
        for section in self._sections:
            title = title_of(section.crashed) if section.crashed else normal_title(section.title)
            by_title[title, section.phase == "call"].append(section)
        parents = {item.node.rpartition("[")[0] for item in self.summary if item.word.startswith("SUB")}
        found = []
        for item in self.summary:
            if "::" not in item.node or self._is_collection_error(item):
                continue
            sections = by_title[title_of(item.node), item.word != "ERROR"]
            told = sections.popleft() if sections else None
            if _CONTAINS_SUBTESTS.match(item.message) and item.node in parents:
                self._excluded.append(_exclusion(test_id(item.node), SUBTEST_PARENT))
            else:
                found.append(
                    self._failure(item.node, item.message, item.line, section=told, error=item.word == "ERROR")
                )
        return found

    def _is_collection_error(self, item: Summary) -> bool:
        return item.word == "ERROR" and any(
            section.phase == "collecting" and section.title in (item.node, title_of(item.node))
            for section in self._sections
        )

    def _from_sections(self) -> list[RawFailure]:
        """Sections of a kind that the summary does not list at all, as ``-r`` may tell it not to."""
        listed = {item.word == "ERROR" for item in self.summary}
        found = []
        for section in self._sections:
            error = section.phase != "call"
            if section.phase == "collecting" or error in listed:
                continue
            title = normal_title(section.title)
            node = section.crashed or self._node_by_title(title) or node_of_title(title, suite=self._suite(section))
            found.append(self._failure(node, "", section.line, section=section, error=error))
        return found

    def _node_by_title(self, title: str) -> str:
        return next((node for node in self._failed if title_of(node) == title), "")

    def _suite(self, section: Section) -> str:
        return section.test_file.removeprefix(self._rootdir + "/") if self._rootdir else section.test_file

    def _from_progress(self) -> list[RawFailure]:
        """Tests that the progress lines call failed, in a session that never reported."""
        return [
            self._failure(node, "", line, section=None, error=word == "ERROR")
            for node, (word, line) in self._failed.items()
            if node not in self._passed
        ]

    def _from_last_words(self) -> list[RawFailure]:
        if not self.dying:
            return []
        lines = self._last_words.lines()
        failure = dying_failure(lines, line=self._dying_line, running=self.running, rootdir=self._rootdir)
        return [failure] if failure else []

    def _from_reruns(self, failed: set[TestId]) -> list[RawFailure]:
        """Tests that failed and passed when rerun: nothing in the report but their names."""
        flaky = [node for node in self._reruns if node in self._passed and test_id(node) not in failed]
        return [
            replace(
                self._failure(node, _RERUN_MESSAGE, self._reruns[node], section=None, error=False), flaky_in_run=True
            )
            for node in flaky
        ]

    def _collection_errors(self) -> list[str]:
        found = [
            f"{section.title}: {section.message.splitlines()[-1].strip() if section.message else 'collection error'}"
            for section in self._sections
            if section.phase == "collecting"
        ]
        titles = {section.title for section in self._sections if section.phase == "collecting"}
        found += [
            f"{item.node}: {item.message}" for item in self.summary if "::" not in item.node and item.node not in titles
        ]
        return found

    def _failure(self, node: str, message: str, line: int, *, section: Section | None, error: bool) -> RawFailure:
        if (section and section.phase == "setup") or (error and message and not section):
            self._set_up.add(test_id(node))
        text = (section.message if section else "") or message
        return RawFailure(
            test=test_id(node),
            framework="pytest",
            kind=kind_of(text, fixture=error) if text else Kind.ERROR if error else Kind.ASSERTION,
            message=text,
            line=section.line if section else line,
            frames=section.frames if section else (),
            lines=section.lines if section else (),
            key_lines=section.key_lines if section else tuple(message.splitlines()),
        )


def without_repeats(
    failures: Iterable[RawFailure], *, set_up: Collection[TestId]
) -> tuple[tuple[RawFailure, ...], tuple[Exclusion, ...]]:
    """Each test once, and of a broken fixture only the first test it took along; ``set_up`` names its candidates."""
    kept: dict[TestId, RawFailure] = {}
    excluded: list[Exclusion] = []
    fixtures: set[object] = set()
    for item in failures:
        place = (item.test.suite, item.frames[:1], item.message) if item.test in set_up else None
        if item.test in kept:
            excluded.append(_exclusion(item.test, TWICE))
        elif place in fixtures:
            excluded.append(_exclusion(item.test, FIXTURE_CASCADE))
        else:
            kept[item.test] = item
            fixtures |= {place} if place else set()
    return tuple(kept.values()), tuple(excluded)


def _exclusion(test: TestId, reason: str) -> Exclusion:
    return Exclusion(suite=test.suite, name=test.name, reason=reason)
