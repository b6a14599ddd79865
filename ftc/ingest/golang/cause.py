"""Why one test failed, read from its output: kind, message, frames, and the lines that say most.

A crash or race that is known to belong to the test speaks first, then testify, then the test's own log lines.
"""

import re
from dataclasses import dataclass

from ftc.core.model import Frame, Kind
from ftc.ingest.base import Line
from ftc.ingest.generic import UNTOLD
from ftc.ingest.golang.crash import Crash
from ftc.ingest.golang.race import Race
from ftc.ingest.golang.stack import frames_in
from ftc.ingest.golang.testify import Report, first_report

RACE_NOTE = "race detected during execution of test"
_LEAK = "found unexpected goroutines"
_PANICKED = "test panicked: "
_ENTRY = re.compile(r"(?P<indent>(?: {4})+)(?P<path>[^\s:][^:]*\.go):(?P<line>\d{1,9}): ?(?P<text>.*)$")
_GLUED_ENTRY = re.compile(r".*?(?P<indent>(?: {4})+)(?P<path>[\w.+-]+\.go):(?P<line>\d{1,9}): ?(?P<text>.*)$")
_TELLING = re.compile(
    r"\b(?:got|want(?:ed)?|expect\w*|unexpected|mismatch\w*|actual|should|must|fail(?:ed|ure|s)?|error|err|"
    r"timed out|timeout|deadline|not equal|missing|invalid|cannot|panic\w*|lost|refused|denied)\b|!=",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    r"\b(?:no|0|without|zero|err(?:or)?(?:=|: ?)<?nil>?) ?(?:errors?|timeouts?|failures?)?\b", re.IGNORECASE
)
_LEAKED = re.compile(r"\[?Goroutine \d+ in state ([^,]+), with (\S+) on top of the stack:")
MESSAGE_LINES = 20  # of one log entry
KEY_LINES = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What a failure's output says."""

    kind: Kind
    message: str
    frames: tuple[Frame, ...] = ()
    key_lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One ``t.Log`` or ``t.Error`` call as printed: place and text with its continuation lines."""

    path: str
    line: int
    texts: tuple[str, ...]
    raw: tuple[str, ...]

    @property
    def message(self) -> str:
        """The text without place and indentation."""
        return "\n".join(self.texts[:MESSAGE_LINES]).strip()

    @property
    def frame(self) -> Frame:
        """Where the call stands; the path is a base name only."""
        return Frame(path=self.path, line=self.line)


def cause_of(lines: list[Line], *, test: str, races: list[Race], declared: str) -> Cause:
    """The cause told by a test's output ``lines`` and what else is known; ``declared`` is its ``--- FAIL`` line."""
    texts = [line.text for line in lines]
    entries = entries_in(texts)
    for special in (_race_cause(entries, races), _leak_cause(entries), _panicked_cause(entries)):
        if special is not None:
            return special
    report = first_report(texts, test=test)
    if report is not None:
        return _testify_cause(report, entries)
    return _plain_cause(entries, texts, declared)


def crash_cause(crash: Crash, *, test: str, declared: str = "") -> Cause:
    """The cause when the binary went down in ``test``."""
    dump = [line.text for line in crash.lines[:KEY_LINES]]
    key = [declared, *dump] if declared and declared not in dump else dump
    return Cause(kind=crash.kind, message=crash.message, frames=crash.frames(test), key_lines=tuple(key))


def race_cause(race: Race) -> Cause:
    """The cause when the race detector spoke."""
    key = tuple(line.text for line in race.lines[:KEY_LINES])
    return Cause(kind=Kind.DATA_RACE, message=race.message, frames=race.frames, key_lines=key)


def leak_cause(texts: list[str]) -> Cause:
    """The cause in a report of goleak: its heading and the goroutines that stayed."""
    found = [match for text in texts if (match := _LEAKED.search(text))]
    names = dict.fromkeys(f"{match[2]} ({match[1]})" for match in found)
    message = _LEAK + (": " + ", ".join(names) if names else "")
    return Cause(kind=Kind.LEAK, message=message, frames=_leak_frames(texts), key_lines=tuple(texts[:KEY_LINES]))


def _leak_frames(texts: list[str]) -> tuple[Frame, ...]:
    start = next((i for i, text in enumerate(texts) if _LEAKED.search(text)), len(texts))
    return frames_in(["goroutine 1 [leaked]:", *texts[start + 1 :]])


def entries_in(texts: list[str]) -> list[Entry]:
    """The log entries of an output, in order; deeper indented lines continue an entry."""
    entries: list[Entry] = []
    indent = ""
    for text in texts:
        match = _ENTRY.match(text) or (_GLUED_ENTRY.match(text) if ".go:" in text and "    " in text else None)
        if match is not None and (not indent or len(match["indent"]) <= len(indent) or not text.startswith(" ")):
            indent = match["indent"]
            entries.append(Entry(path=match["path"], line=int(match["line"]), texts=(match["text"],), raw=(text,)))
        elif entries and indent and text.startswith(indent + "    "):
            last = entries[-1]
            more = text[len(indent) + 4 :]
            entries[-1] = Entry(path=last.path, line=last.line, texts=(*last.texts, more), raw=(*last.raw, text))
        else:
            indent = indent if text.startswith("    ") else ""
    return entries


def _race_cause(entries: list[Entry], races: list[Race]) -> Cause | None:
    noted = next((entry for entry in entries if RACE_NOTE in entry.texts[0]), None)
    if noted is None:
        return None
    if races:
        return race_cause(races[0])
    return Cause(kind=Kind.DATA_RACE, message="DATA RACE", key_lines=noted.raw)


def _leak_cause(entries: list[Entry]) -> Cause | None:
    entry = next((entry for entry in entries if _LEAK in entry.texts[0]), None)
    if entry is None:
        return None
    cause = leak_cause(list(entry.texts))
    return Cause(kind=cause.kind, message=cause.message, frames=(*cause.frames, entry.frame), key_lines=entry.raw)


def _panicked_cause(entries: list[Entry]) -> Cause | None:
    """testify catches panics of suite methods and prints them with their stack."""
    entry = next((entry for entry in entries if entry.texts[0].startswith(_PANICKED)), None)
    if entry is None:
        return None
    dump = [i for i, text in enumerate(entry.texts) if text.startswith("goroutine ")]
    value = entry.texts[: dump[0] if dump else 1]
    message = "\n".join(value).removeprefix(_PANICKED).strip()
    return Cause(kind=Kind.PANIC, message=message, frames=frames_in(list(entry.texts)), key_lines=entry.raw[:KEY_LINES])


def _testify_cause(report: Report, entries: list[Entry]) -> Cause:
    heading = next((entry for entry in entries if report.texts[0] in entry.raw), None)
    frames = dict.fromkeys([*report.frames, *([heading.frame] if heading and not report.frames else [])])
    key = (*(heading.raw[:1] if heading else ()), *report.texts[:KEY_LINES])
    return Cause(kind=Kind.ASSERTION, message=report.message, frames=tuple(frames), key_lines=key)


def _plain_cause(entries: list[Entry], texts: list[str], declared: str) -> Cause:
    entry = _most_telling(entries)
    if entry is not None:
        return Cause(
            kind=Kind.ASSERTION, message=entry.message, frames=(entry.frame,), key_lines=(*entry.raw, declared)
        )
    example = _example_difference(texts)
    if example:
        return Cause(kind=Kind.ASSERTION, message=example, key_lines=(declared, *example.split("\n")))
    return Cause(kind=Kind.ASSERTION, message=UNTOLD, key_lines=(declared,))


def _most_telling(entries: list[Entry]) -> Entry | None:
    """Logs and errors look alike: the first that speaks like an error, else the last, where ``t.Fatal`` would be."""
    spoken = [entry for entry in entries if entry.message]
    for entry in spoken:
        if _TELLING.search(_HARMLESS.sub("", entry.message)):
            return entry
    return spoken[-1] if spoken else None


def _example_difference(texts: list[str]) -> str:
    """Failing examples print what they got and what was wanted, without a place."""
    start = next((i for i, text in enumerate(texts) if text == "got:"), -1)
    if start < 0 or "want:" not in texts[start:]:
        return ""
    return "\n".join(texts[start : start + MESSAGE_LINES])
