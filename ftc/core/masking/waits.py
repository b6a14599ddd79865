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
_NAMES = re.compile(r"^\s*(?:[\w<>]{1,40} ){0,4}(\w{1,60})(?:\s*:\s*[\w:]{1,40})?\s*:?=")
"""A line that gives a value a name."""


def only_waits(diffs: Sequence[FileDiff]) -> tuple[Finding, ...]:
    """The lines of a patch that changes nothing but how long something waits."""
    removed = Counter(shape(line) for diff in diffs for line in _does(diff.removed, diff.path))
    added = [(diff, line) for diff in diffs for line in _does(diff.added, diff.path)]
    pads = [(diff, line) for diff, line in added if SLEEP.search(line)]
    rest = Counter(shape(line) for _, line in added)
    # Nothing but numbers differs, or nothing but sleeps was put in between.
    if rest != removed and not (pads and _without(rest, (line for _, line in added)) == _without(removed, ())):
        return ()
    waiting = [
        (diff.path, line) for diff, line in added if WAIT.search(line) or SLEEP.search(line) or _named(line, diff)
    ]
    return tuple(Finding(masking=Masking.LONGER_WAIT, path=path, line=line.strip()) for path, line in waiting)


def shape(line: str) -> str:
    """The line without its numbers, units of time and trailing comment: what a longer wait leaves as it was."""
    code = re.sub(r"\s(?://|#).*$| throws [\w, .]{1,200}", "", line[:MAX_LINE])
    return " ".join(DURATION.sub("<duration>", NUMBER.sub("<number>", code)).replace("<number>", "<duration>").split())


def _does(lines: Iterable[str], path: str) -> Iterator[str]:
    """The lines that are neither empty nor comments nor imports."""
    language = language_of(path)
    comment = language.comment if language else _COMMENT
    for line in (line[:MAX_LINE] for line in lines):
        imports = language is not None and FORMS[language.name].imports.search(line)
        if line.strip() and not comment.match(line) and not imports:
            yield line


def _without(shapes: Counter[str], added: Iterable[str]) -> Counter[str]:
    """Without sleeps that were added, and what may stand beside a sleep."""
    pads = Counter(
        shape(line)
        for line in added
        if SLEEP.search(line) or (LOOP.search(line) and COUNTED.search(line)) or _gives_duration(line)
    )
    left = shapes - pads
    return Counter({text: count for text, count in left.items() if not _BESIDE.search(text)})


def _gives_duration(line: str) -> bool:
    return bool(_NAMES.search(line)) and shape(line).rstrip(";").endswith("= <duration>")


def _named(line: str, diff: FileDiff) -> bool:
    """Whether the line names a number by which something in the file sleeps."""
    found = _NAMES.search(line)
    if not found:
        return False
    used = re.compile(rf"\b{re.escape(found[1])}\b")
    return any(SLEEP.search(text) and used.search(text) for sign, text in diff.lines if sign != "-")
