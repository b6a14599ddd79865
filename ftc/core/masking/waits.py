"""Finds patches that do nothing but wait longer, whatever stands beside it: a comment, an import, a line for the log.

The rule it keeps: one changed line that does anything else is enough to say nothing.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ftc.core.diff import FileDiff
from ftc.core.masking.finding import Finding, Masking
from ftc.core.masking.forms import COUNTED, FORMS, LOOP
from ftc.core.masking.languages import DURATION, NUMBER, SLEEP, WAIT, language_of
from ftc.core.masking.outline import MAX_LINE

_COMMENT = re.compile(r"^\s*(?:#|//)")
"""In a language without a table."""
_BESIDE = re.compile(
    r"^[\s})\];,]*$|^\s*(?:await )?new Promise\("
    r"|^\s*(?:print|println!?|console\.\w{1,20}|t\.Logf?|log\w{0,10}\.\w{1,20}|System\.out\.\w{1,20})\("
    r"|^\s*try\s*[:{]$|^[}\s]*catch \((?:final )?InterruptedException \w{1,40}\) \{\s*\}?$"
    r"|^\s*(?:async )?\(\w{0,20}\) => \{$|^\s*pass$"
)
"""What a sleep needs around it, or is told with."""
_LIMIT = re.compile(r"\{ ?timeout: ?<duration> ?\},? ?|,? ?\btime_?out(?:_\w{1,10})?\s?[=:]\s?<duration>")
"""A time-out that is told beside other things."""
_ALLOWS = re.compile(r"^\s*@(?:Timeout|pytest\.mark\.timeout|timeout)\(|\bthis\.timeout\(|\btest\.slow\(\)")
"""A line that gives a test more time."""
_NAMES = re.compile(r"^\s*(?:[\w<>]{1,40} ){0,4}(\w{1,60})(?:\s*:\s*[\w:]{1,40})?\s*:?=")
"""A line that gives a value a name."""


def only_waits(diffs: Sequence[FileDiff]) -> tuple[Finding, ...]:
    """The lines of a patch that changes nothing but how long something waits."""
    old = [line for diff in diffs for line in _does(diff.removed, diff.path)]
    added = [(diff, line) for diff in diffs for line in _does(diff.added, diff.path)]
    new = [line for _, line in added]
    pads = any(_pads(line) for line in new)
    # Nothing but numbers differs, or nothing but sleeps was put in between.
    if Counter(map(shape, old)) != Counter(map(shape, new)) and not (pads and _without(old) == _without(new)):
        return ()
    waiting = [(diff.path, line) for diff, line in added if WAIT.search(line) or _pads(line) or _named(line, diff)]
    return tuple(Finding(masking=Masking.LONGER_WAIT, path=path, line=line.strip()) for path, line in waiting)


def shape(line: str) -> str:
    """The line without its numbers, units of time and trailing comment: what a longer wait leaves as it was."""
    code = re.sub(r"\s(?://|#).*$| throws [\w, .]{1,200}", "", line[:MAX_LINE])
    code = DURATION.sub("<duration>", NUMBER.sub("<number>", code)).replace("<number>", "<duration>")
    return " ".join(_LIMIT.sub("", code).split())


def _does(lines: Iterable[str], path: str) -> Iterator[str]:
    """The lines that are neither empty nor comments nor imports."""
    language = language_of(path)
    comment = language.comment if language else _COMMENT
    for line in (line[:MAX_LINE] for line in lines):
        imports = language is not None and FORMS[language.name].imports.search(line)
        if line.strip() and not comment.match(line) and not imports:
            yield line


def _without(lines: Iterable[str]) -> Counter[str]:
    """The shapes of lines but for sleeps, and what may stand beside a sleep."""
    acts = (
        line
        for line in lines
        if not (_pads(line) or (LOOP.search(line) and COUNTED.search(line)) or _gives_duration(line))
    )
    return Counter(text for text in map(shape, acts) if not _BESIDE.search(text))


def _pads(line: str) -> bool:
    """Whether it lets time pass, or allows for it, and does nothing else."""
    return bool(SLEEP.search(line) or _ALLOWS.search(line))


def _gives_duration(line: str) -> bool:
    return bool(_NAMES.search(line)) and shape(line).rstrip(";").endswith("= <duration>")


def _named(line: str, diff: FileDiff) -> bool:
    """Whether the line names a number by which something in the file sleeps."""
    found = _NAMES.search(line)
    if not found:
        return False
    used = re.compile(rf"\b{re.escape(found[1])}\b")
    return any(SLEEP.search(text) and used.search(text) for sign, text in diff.lines if sign != "-")
