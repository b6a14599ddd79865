"""Finds values under test that a failure is put right with: made again, given a default, or given another value.

The rule it keeps: only a value that the test had before counts, and only where an assertion of it comes after. What is
made of the value itself, as its sorted form, is no other one, and a loop is judged as one. It may be a mend as well.
"""

import re
from collections.abc import Iterator, Sequence

from ftc.core.masking.forms import CALL, FAILS, GUARD, LOOP, TIDIES
from ftc.core.masking.side import Side

MAX_APART = 400
"""Lines between a value and what is said of it, so that a long file costs no square of its length."""
_ASSIGNS = re.compile(
    r"^[}\s]*(?:(?:else )?if\b(?P<when>.{1,200}?)[):{] ?)?(?!if |for |while |return |assert |switch |else )"
    r"(?:[\w:<>,&*\[\]?]{1,60} ){0,4}?(?P<names>[a-z_][\w.]{0,60}(?:, ?[a-z_][\w.]{0,60}){0,3})"
    r"(?: ?: ?[\w<>\[\]., ]{1,60})? :?= (?P<value>[^=].{0,480})$"
)
"""A value that gets a name, or another one, perhaps under a condition in its own line."""
_CONSTANT = re.compile(
    r"(?:(?:nil|None|null|undefined|[tT]rue|[fF]alse|-?\d[\w.]{0,20}|\"[^\"]{0,80}\"|'[^']{0,80}')(?:, ?|$)){1,4}"
)
_CHOICE = re.compile(r"\bif\b.{1,200}\belse\b|\?[^?.:].{0,200} : ")
"""One value or another one, whichever comes first in the line."""
_DEFAULT = re.compile(
    r"\bor\b|\|\||\?\?|\?:|\.catch\(|\.or_else\(|\.or\(|\.unwrap_or|\.orElse|\.exceptionally\(|\.getOrElse|\.getOrDefault"
    r"|\.value_or\(|\.recover\w{0,10}[({]"
)
"""Behind a value: what is used in its place."""
_HARMLESS = re.compile(r"(?:\bor|\|\||\?\?|\?:) (None|null|nil|[fF]alse|0|\[\]|\{\}|\"\"|'')[);]*$")
"""A default that fails an assertion of anything else."""
_EQUAL = re.compile(r"==|(?i:equal)|(?i:_eq\b|\beq\b|\.is\()|\.toBe\(")
_AROUND = re.compile(r"\b(?:min|max|clamp|cmp\.Or|Promise\.(?:any|race))\(|\bArray(?:\.from)?\((?:\{ ?length|\d)")
"""Before a value: one of several is used."""
_EACH = re.compile(r"\bfor (\w{1,40}) in ")
"""Of Python: what is made for each of many."""
_GOES_WELL = re.compile(r"\w*[eE]rr\w* == nil|\bis not None\b|!==? ?(?:null|undefined)\b|\.is_ok\(\)")


def values(before: Side, after: Side) -> Iterator[int]:
    """The lines by which such a value gets another one, or may get it."""
    held = before.texts()
    calls = {call for line in held if not _chooses(line, "") for call in _calls(before, line)}
    found: list[int] = []
    for number in after.changed():
        way = None if held[after.text(number)] else after.course(number)
        if way and (_defaulted(after, number, way, calls=calls) or _reassigned(after, number, way)):
            found.append(number)
    yield from after.in_tests(found, before)


def unasked(before: Side, after: Side) -> Iterator[int]:
    """Lines of Rust that make a result, and do not hear of its error any more."""
    asked = {_made(text) for text in before.texts() if "?" in text} if after.language.name == "rust" else set()
    for number in after.changed() if asked else ():
        text = after.text(number)
        thrown = not _ASSIGNS.match(text) or re.match(r"let (?:mut )?_", text)
        if "?" not in text and thrown and _made(text) in asked and after.course(number):
            yield number


def _made(text: str) -> str:
    """What a line of Rust makes, whatever it is called, and whether or not its error is passed on."""
    found = _ASSIGNS.match(text)
    return (found["value"] if found else text).rstrip(";").replace("?", "").strip()


def _calls(side: Side, text: str) -> set[str]:
    """The calls of a line that may be the ones under test."""
    found = (call for call in CALL.findall(text) if not TIDIES.search(call))
    return {call for call in found if not side.language.assertion.search(f"{call}x") and not _AROUND.search(call)}


def _chooses(text: str, call: str) -> bool:
    """Whether a line may use another value in the place of what a call gives."""
    at = text.find(call)
    many = any(name.startswith("_") or not _used(name, text) for name in _EACH.findall(text))
    return bool(_CHOICE.search(text) or _DEFAULT.search(text, at + len(call)) or _AROUND.search(text) or many)


def _used(name: str, text: str) -> bool:
    return len(re.findall(rf"\b{name}\b", text)) > 1


def _defaulted(side: Side, number: int, way: Sequence[int], *, calls: set[str]) -> bool:
    """Whether a value that was used as it came is used as it came, or otherwise."""
    text = side.statement(number)
    if side.text(number).startswith("."):
        calls = calls | _calls(side, text.removesuffix(side.text(number)))  # the rest of a statement that was there
    again = [call for call in _calls(side, text) & calls if _chooses(text, call)]
    fails = any(FAILS.search(side.text(at)) for at in (number, *side.outline.within(number)))
    if not again or fails:
        return False
    found = _ASSIGNS.match(text)
    lines = _asserted(side, _names(found), range(number + 1, _end(side, number, way))) if found else []
    lines += [number] if side.asserts(number) else []
    default = _HARMLESS.search(text)
    several = _AROUND.search(text) or _EACH.search(text)
    return any(several or not default or not _other(default[1], side.text(at)) for at in lines)


def _other(default: str, text: str) -> bool:
    """Whether an assertion is of something that a default is not."""
    return bool(_EQUAL.search(text)) and not re.search(rf"(?<!\w){re.escape(default)}(?!\w)", text)


def _reassigned(side: Side, number: int, way: Sequence[int]) -> bool:
    """Whether a value that nobody has looked at yet gets another one, and is looked at then."""
    text = side.text(number)
    found = _ASSIGNS.match(text)
    if not found or any(LOOP.search(side.text(at)) for at in way[:-1]):
        return False
    names = _names(found)
    earlier = _earlier(side, number, names, begin=way[-1])
    if not earlier or not _asserted(side, names, range(number + 1, _end(side, number, way))):
        return False
    heads = [head for head in (*(side.text(at) for at in way[:-1]), found["when"] or "") if head]
    told = [head for head in heads if _says(names, head)]
    if any(map(_GOES_WELL.search, told)) or (not told and any(map(GUARD.search, heads))):
        return False
    value = found["value"].rstrip("; }")
    if _says(names, value):
        return bool(_CHOICE.search(value) or _DEFAULT.search(value) or _AROUND.search(value))
    return bool(told) or _same(side, earlier, number) or bool(_CONSTANT.fullmatch(value))


def _earlier(side: Side, number: int, names: Sequence[str], *, begin: int) -> int:
    """Where a call gave a value to one of the names before, if no assertion of it stands between; else 0."""
    for at in range(number - 1, max(begin, number - MAX_APART), -1):
        text = side.text(at)
        found = _ASSIGNS.match(text)
        if found and set(_names(found)) & set(names):
            return at if CALL.search(found["value"]) else 0
        if _states(side, at) and _says(names, text):
            return 0
    return 0


def _same(side: Side, one: int, two: int) -> bool:
    """Whether two lines make the same of the same."""
    values = [found["value"].rstrip(";") for at in (one, two) if (found := _ASSIGNS.match(side.text(at)))]
    between = (found for at in range(one + 1, two) if (found := _ASSIGNS.match(side.text(at))))
    return values[0] == values[1] and not any(_says(_names(found), values[0]) for found in between)


def _asserted(side: Side, names: Sequence[str], lines: range) -> list[int]:
    """The assertions among these lines that say one of the names."""
    return [at for at in lines if _says(names, side.text(at)) and _states(side, at)]


def _states(side: Side, number: int) -> bool:
    """Whether a line is an assertion, or the condition of a failure."""
    lines = side.outline.lines
    failing = GUARD.search(lines[number].text) and number + 1 < len(lines) and FAILS.search(lines[number + 1].text)
    return side.asserts(number) or bool(failing)


def _names(found: re.Match[str]) -> list[str]:
    return [name for name in found["names"].replace(" ", "").split(",") if name != "_"]


def _says(names: Sequence[str], text: str) -> bool:
    """Whether a text says one of the names, and not that of a member or a call."""
    return any(re.search(rf"(?<![\w.]){re.escape(name)}\b(?! ?\()", text) for name in names)


def _end(side: Side, number: int, way: Sequence[int]) -> int:
    """Behind the test that a line stands in, or behind what is looked at of it."""
    return min(side.outline.ends[way[-1]], number + MAX_APART)
