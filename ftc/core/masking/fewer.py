"""Finds assertions that are gone, and tells those apart that stand within another assertion, or within a wait.

The rule it keeps: waiting for what was asserted is an assertion as well, where the wait holds every word of it and no
other way to end. Several in one may say the same or less, which code cannot tell.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ftc.core.diff import FileDiff, Hunk
from ftc.core.masking.finding import Finding, Masking
from ftc.core.masking.forms import FAILS
from ftc.core.masking.languages import Language
from ftc.core.masking.outline import MAX_LINE, TAB, is_code

MAX_BLOCK = 8
"""Lines of one assertion or wait."""
MAX_PAIRS = 10_000
"""Of an assertion that is gone and one that came; a fix has fewer, and of a larger change no wait is believed."""
_WAITS = re.compile(r"(?i)\b\w{0,40}(?:wait|until|eventually|poll)\w{0,40}!?\s?\(")
_CONDITION = re.compile(r"\blambda\b|=>|->|\|\||\bfunc\(|\[[&=\w]{0,20}\] ?[({]|::|\{")
"""Begins what a wait looks at again and again."""
_CLOSURE = re.compile(r"(?:[(,]\s*|\bmove )\|\|")
"""Of Rust, without arguments."""
_OR = re.compile(r"\bor\b|\|\|")
_NOT = re.compile(r"\bnot\b|!(?!=)|\b[fF]alse\b")
_DENIES = re.compile(r"assertFalse|\.False\(|_FALSE\(|Falsy\(|isFalse\(")
"""The name of an assertion of the contrary."""
_EQUAL = re.compile(r"==|(?i:equal)|(?i:_eq\b|\beq\b|\.is\()|\.toBe\(")
_TRUE = re.compile(r"\b[Tt]rue\b")
_WORD = re.compile(r"\w+")
_BESIDE = re.compile(
    r"(?:is|to|has|not)[A-Z_]\w{0,40}|t|tb|not|is|to|be|equals?|[Tt]rue|[Ff]alse|await|return|self|lambda"
)
"""Words of an assertion that say how, and not what."""
_MESSAGE = re.compile(
    r",\s*[fr]?(\"[^\"]{0,200} [^\"]{0,200}\"|'[^']{0,200} [^']{0,200}')(?:,[^()]{0,80})?\s*\)?;?\s*$"
)


def fewer(diff: FileDiff, language: Language) -> Iterator[Finding]:
    """The first of the assertions that are gone from a file, if it has fewer of them than before."""
    gone, new = (_assertions(lines, language) for lines in (diff.removed, diff.added))
    # Failing when nothing came is an assertion as well.
    failing = sum(
        "(" in line and bool(FAILS.search(line)) and not language.assertion.search(line)
        for line in _code(diff.added, language)
    )
    left = Counter(gone) - Counter(new)
    if not left or len(gone) <= len(new) + failing:
        return
    blocks = [block for hunk in diff.hunks for block in _blocks(hunk, language) if block[0].strip() not in gone]
    blocks = blocks if len(blocks) * len(left) <= MAX_PAIRS else []
    held = [{line for line in left if _holds(block, line, language)} for block in blocks]
    waits = [lines for block, lines in zip(blocks, held, strict=True) if not _asserts(block, language)]
    if len(gone) <= len(new) + failing + sum(map(bool, waits)):
        return
    missing = [line for line in left if not any(line in lines for lines in held)]
    kind = Masking.FEWER_ASSERTIONS if missing else Masking.JOINED_ASSERTIONS
    yield Finding(masking=kind, path=diff.path, line=next(iter(missing or left)))


def _assertions(lines: Iterable[str], language: Language) -> list[str]:
    return [line.strip() for line in _code(lines, language) if language.assertion.search(line)]


def _code(lines: Iterable[str], language: Language) -> Iterator[str]:
    return (line[:MAX_LINE] for line in lines if is_code(line, language))


def _asserts(block: Sequence[str], language: Language) -> bool:
    return bool(language.assertion.search(block[0]))


def _blocks(hunk: Hunk, language: Language) -> Iterator[Sequence[str]]:
    """Each assertion and each wait that is added, with the lines that stand in it."""
    lines = [*_code(hunk.added, language)]
    for at, line in enumerate(lines):
        if language.assertion.search(line) or _WAITS.search(line):
            deeper = (number for number in range(at + 1, len(lines)) if _width(lines[number]) <= _width(line))
            yield lines[at : min(next(deeper, len(lines)), at + MAX_BLOCK)]


def _holds(block: Sequence[str], line: str, language: Language) -> bool:
    """Whether an added assertion, or the condition of an added wait, says what a removed one said."""
    text = " ".join(part.strip() for part in block)
    waits = None if _asserts(block, language) else _WAITS.search(text)
    if waits:
        text = text[waits.end() - 1 :]
        if not _CONDITION.search(text):
            return False
    plain = _CLOSURE.sub("(", text)
    said = language.assertion.sub("", _MESSAGE.sub("", line))
    words = {word for word in _WORD.findall(said) if not _BESIDE.fullmatch(word)}
    if _OR.search(plain) or not words or not words <= set(_WORD.findall(plain)):
        return False
    if _denies(line, said) != _denies(text, language.assertion.sub("", plain)):
        return False
    strict = _EQUAL.search(line) and not _TRUE.search(line)
    return not strict or bool(_EQUAL.search(plain))


def _denies(line: str, said: str) -> bool:
    return bool(_DENIES.search(line) or _NOT.search(said))


def _width(line: str) -> int:
    return len(line.expandtabs(TAB)) - len(line.expandtabs(TAB).lstrip())
