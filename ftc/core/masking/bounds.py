"""Finds assertions that let more pass than the ones they replace: wider bounds, further ways, and such as always hold.

The rule it keeps: an assertion is compared with the one that it replaces, and only where both say the same but for a
number or a condition. A bound that became narrower is nobody's masking.
"""

import re
from collections.abc import Iterator

from ftc.core.diff import FileDiff, Hunk
from ftc.core.masking.constant import constant
from ftc.core.masking.finding import Finding, Masking
from ftc.core.masking.forms import FAILS
from ftc.core.masking.languages import Language
from ftc.core.masking.outline import Outline, is_code, outline
from ftc.core.masking.waits import shape

_SECONDS = {"nano": 1e-9, "micro": 1e-6, "milli": 1e-3, "ms": 1e-3, "minute": 60.0, "hour": 3600.0}
_AMOUNT = re.compile(
    r"(?:(?:from_|of)(\w{1,12})\()?(?<![\w.])(\d[\d_]*(?:\.\d+)?(?:[eE]-?\d+)?)"
    r"(?: ?\* ?(?:time\.|Duration\.)?([A-Z]\w{1,15})|(ms)\b)?"
)
"""A number, with the unit of time before or behind it."""
_TOLERANCE = re.compile(
    r"(?i)approx\(|\bisclose\(|allclose\(|In(?:Delta|Epsilon)|WithinDuration|\.isCloseTo\(|\.within\(|offset\(|_NEAR\("
    r"|WithinAbs|WithinRel|\bdelta\s*=|closeTo\(|abs_diff_eq|relative_eq|epsilon"
    r"|\bassertEquals\([^,]{1,200},[^,]{1,200}, ?\d[\d.]*[df]?\)"
)
"""The last number is how far off a value may be."""
_SCALED = re.compile(r" ?[*+/-] ?\d[\d.]*(?=\W|$)")
_ALLOWED = re.compile(r", ?(?:(?:rel|abs|delta|\w{1,6}_tol|rtol|atol|epsilon)\s?=\s?)?\d[\d.e-]*(?=\s*\))")
"""How far off a value may be, where nothing was said of it."""
_PLACES = re.compile(r"\.toBeCloseTo\(|assertAlmostEqual\(.{0,200}[,=]\s*\d+\s*\)|\bplaces\s*=|\bdecimal\s*=")
"""The last number is how many digits of a value count."""
_LESS = re.compile(r"(?:<=?|(?:LessThan\w{0,12}|\.Less(?:OrEqual)?|assertLess\w{0,10})\()[^<>]{0,120}$")
_MORE = re.compile(
    r"(?:(?<![-=])>=?|(?:GreaterThan\w{0,12}|\.Greater(?:OrEqual)?|assertGreater\w{0,10})\()[^<>]{0,120}$"
)
"""Before a number: what is compared with it has to be less, or more."""
_NAMED = re.compile(r"^\s*(?:[\w<>]{1,40} ){0,4}(\w{1,60})(?:\s*:\s*[\w:]{1,40})?\s*:?=\s*[^=\d]{0,80}\d")
"""A number that is given a name."""
_BOUND = re.compile(r"[<>]|Than|InDelta|approx|NEAR")
_QUOTED = re.compile(r"\"[^\"]{0,300}\"|'[^']{0,300}'|`[^`]{0,300}`")
_OR, _AND = re.compile(r"\bor\b|\|\|"), re.compile(r"\band\b|&&")
_HOLDS = re.compile(
    r"(?:\bor|\|\|)\s*(?:not False|!false|[Tt]rue|1)\b(?!\s*[=!<>.(+*/-])"
    r"|(?:\bassert|\(|\bor|\|\|)\s*(?:not False|!false|[Tt]rue)\s*(?:\bor\b|\|\|)"
)
_ITSELF = re.compile(
    r"\s*(?:\w{1,3},\s*)?(.{1,200}?)(?:,\s*|\s*(?:===?|\bis\b|<=|>=)\s*|\)\.(?:\w{1,20}\.)?\w{2,40}\()\1\s*(?:[,);]|$)"
)
"""What follows the name of an assertion of a value against itself."""
_RELATIONS = re.compile(r"==|!=|<=?|>=?")
_IF = re.compile(r"^[}\s]*(?:else\s+)?if\b")


def bounds(diff: FileDiff, language: Language) -> Iterator[Finding]:
    """Assertions of a file that let more pass than before."""
    for hunk in diff.hunks:
        before, after = (_assertions(lines, language) for lines in (hunk.removed, hunk.added))
        yield from _pairs(diff, before, after)
        yield from _always(diff, hunk, language)
        for line in constant(hunk) if language.name == "python" else ():
            yield Finding(masking=Masking.ALWAYS_TRUE, path=diff.path, line=line)
    yield from _names(diff, language)
    before_ifs, after_ifs = (_failing(outline(diff.lines, language, side=side)) for side in "-+")
    for old, new in zip(before_ifs, after_ifs, strict=False):
        if old != new and _fails_less(old, new):
            yield Finding(masking=Masking.LOOSENED_ASSERTION, path=diff.path, line=new)


def _assertions(lines: tuple[str, ...], language: Language) -> list[str]:
    return [line.strip() for line in lines if is_code(line, language) and language.assertion.search(line[:500])]


def _pairs(diff: FileDiff, before: list[str], after: list[str]) -> Iterator[Finding]:
    kept = set(before)
    by_shape: dict[str, list[str]] = {}
    for old in before:
        by_shape.setdefault(shape(old), []).append(old)
    ways = [(old, _ways(old)) for old in before]
    for new in (line for line in after if line not in kept):
        same = by_shape.get(shape(new), [])
        if (same and wider(same.pop(0), new)) or _more_ways(ways, new) or _stretched(kept, new):
            yield Finding(masking=Masking.LOOSENED_ASSERTION, path=diff.path, line=new)


def _names(diff: FileDiff, language: Language) -> Iterator[Finding]:
    """Numbers with a name by which an assertion of the file is bounded."""
    was = {match[1]: line for line in diff.removed if (match := _NAMED.match(line[:500]))}
    for line in diff.added:
        match = _NAMED.match(line[:500])
        old = was.get(match[1]) if match else None
        if match and old and shape(old) == shape(line) and _bounds_wider(diff, language, match[1], (old, line)):
            yield Finding(masking=Masking.LOOSENED_ASSERTION, path=diff.path, line=line.strip())


def _bounds_wider(diff: FileDiff, language: Language, name: str, change: tuple[str, str]) -> bool:
    """Whether the change of a named number lets an assertion of the file pass more often."""
    old, new = (_amounts(text) for text in change)
    if not old or len(old) != len(new):
        return False
    less, more = old[-1][1], new[-1][1]
    used = re.compile(rf"\b{re.escape(name)}\b")
    texts = (text[:500] for sign, text in diff.lines if sign != "-")
    for text, found in ((text, used.search(text)) for text in texts if language.assertion.search(text)):
        ahead = text[max(0, found.start() - 160) : found.start()] if found else ""
        grows = _LESS.search(ahead) or (found and _TOLERANCE.search(text))
        if (more > less and grows) or (more < less and _MORE.search(ahead)):
            return True
    return False


def _stretched(before: set[str], new: str) -> bool:
    """Whether an assertion is an earlier one with a multiple of its bound, or with a tolerance that it did not have."""
    if _BOUND.search(new) and _SCALED.sub("", new) in before and new not in before:
        return True
    allowed = _ALLOWED.sub("", new)
    return allowed != new and bool(_TOLERANCE.search(new)) and allowed in before


def wider(old: str, new: str, *, failing: bool = False) -> bool:
    """Whether the second of two assertions of one shape has a wider bound.

    With ``failing`` both are conditions under which a test fails.
    """
    was, now = _amounts(old), _amounts(new)
    if len(was) != len(now) or not was:
        return False
    if _PLACES.search(old):
        return now[-1][1] < was[-1][1]
    if _TOLERANCE.search(old):
        return now[-1][1] > was[-1][1]
    for (at, less), (_, more) in zip(was, now, strict=True):
        ahead = old[max(0, at - 160) : at]
        grows = more > less if not failing else more < less
        shrinks = more < less if not failing else more > less
        if (grows and _LESS.search(ahead)) or (shrinks and _MORE.search(ahead)):
            return True
    return False


def _amounts(line: str) -> list[tuple[int, float]]:
    """Each number of a line: where it stands, and how much it is, times in seconds."""
    found = []
    for match in _AMOUNT.finditer(line[:500]):
        unit = (match[1] or match[3] or match[4] or "").lower()
        factor = next((value for name, value in _SECONDS.items() if unit.startswith(name)), 1.0)
        found.append((match.start(), float(match[2].replace("_", "")) * factor))
    return found


def _more_ways(before: list[tuple[str, int]], new: str) -> bool:
    """Whether an assertion is an earlier one with another way to pass; those come with the number of their ways."""
    ways = _ways(new)
    return any(less < ways and old.rstrip(";)}").removeprefix("assert ") in new for old, less in before)


def _ways(line: str) -> int:
    return len(_OR.findall(_QUOTED.sub("", line)))


def _always(diff: FileDiff, hunk: Hunk, language: Language) -> Iterator[Finding]:
    """Assertions that hold whatever happens; one of a value against itself counts only in the place of another one."""
    was = {line.strip() for line in hunk.removed}
    replaced = {line for line in was if language.assertion.search(line[:500])} - {line.strip() for line in hunk.added}
    for line in (line[:500] for line in hunk.added if is_code(line, language)):
        found = language.assertion.search(line)
        if not found or line.strip() in was:
            continue
        itself = _ITSELF.match(line[found.end() :]) if replaced else None
        if itself or _HOLDS.search(_QUOTED.sub("", line)):
            yield Finding(masking=Masking.ALWAYS_TRUE, path=diff.path, line=line.strip())


def _failing(side: Outline) -> list[str]:
    """The changed conditions under which a test fails, in order."""
    lines = side.lines
    return [
        line.text.strip()
        for number, line in enumerate(lines[:-1])
        if line.changed and _IF.search(line.text) and FAILS.search(lines[number + 1].text)
    ]


def _fails_less(old: str, new: str) -> bool:
    """Whether a condition under which a test fails holds less often than the one that it replaces."""
    if shape(old) == shape(new):
        return wider(old, new, failing=True)
    plain_old, plain_new = _QUOTED.sub("", old), _QUOTED.sub("", new)
    if len(_AND.findall(plain_new)) > len(_AND.findall(plain_old)) and _common(plain_old, plain_new):
        return True
    relations = [_RELATIONS.findall(text) for text in (plain_old, plain_new)]
    outlines = [shape(_RELATIONS.sub("?", text)) for text in (plain_old, plain_new)]
    return outlines[0] == outlines[1] and "!=" in relations[0] and "!=" not in relations[1]


def _common(old: str, new: str) -> bool:
    """Whether the condition is the old one and something else."""
    return old.strip().rstrip(" {:").removeprefix("if").strip(" ()") in new
