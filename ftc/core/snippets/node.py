"""JavaScript and TypeScript: blocks of test runners under their titles, hooks, and functions in all their spellings.

Rule: a test is the whole call, from ``it`` to its closing bracket.
"""

import re
from collections.abc import Iterator

from ftc.core.snippets.code import Code, read_code
from ftc.core.snippets.outline import Block, Role, lead, nested

_CALL = re.compile(
    r"(?<![\w$.])(?P<word>[xf]?(?:it|test|describe)|specify|context|suite|scenario|feature"
    r"|beforeEach|afterEach|beforeAll|afterAll|before|after|setup|teardown)(?P<more>(?:\.\w{1,30}){0,3})\s*\("
)
_HOOKS = frozenset({"beforeEach", "afterEach", "beforeAll", "afterAll", "before", "after", "setup", "teardown"})
_GROUPS = frozenset({"describe", "xdescribe", "fdescribe", "context", "suite", "feature"})
_STRING = re.compile(r"""\s*(?:"((?:\\.|[^"\\\n])*+)"|'((?:\\.|[^'\\\n])*+)'|`((?:\\.|[^`\\])*+)`)""", re.DOTALL)
_FUNCTION = re.compile(
    r"\bfunction\s*\*?\s*(?P<function>[\w$]+)\s*(?:<[^<>()]{0,200}>)?\s*\("
    r"|\b(?:const|let|var)\s+(?P<arrow>[\w$]+)\s*(?::[^=\n]{0,200})?=\s*(?:async\b\s*)?"
    r"(?:function\b\s*\*?\s*)?(?:<[^<>()]{0,200}>)?\("
    r"|^[ \t]+(?:(?:public|private|protected|static|async|override|get|set)\s+)*+"
    r"(?P<method>[\w$#]+)\s*(?:<[^<>()]{0,200}>)?\(",
    re.MULTILINE,
)
_CLASS = re.compile(r"\bclass\s+(?P<name>[\w$]+)(?:\s+extends\s+(?P<base>[\w$.]+))?[^{;()]{0,200}\{")
_WORDS_OF_THE_LANGUAGE = frozenset(
    {"if", "for", "while", "switch", "catch", "return", "function", "await", "with", "super"}
)


def outline(text: str) -> tuple[Code, tuple[Block, ...]]:
    """Tests, groups, hooks, classes and functions, each under what it lies in."""
    code = read_code(text, "node")
    return code, tuple(nested([*_calls(code), *_classes(code), *_functions(code)]))


def _calls(code: Code) -> Iterator[Block]:
    for found in _CALL.finditer(code.masked):
        opening = found.end() - 1
        if ".each" in found["more"] and _title(code, opening) is None:
            # The table comes first: `it.each([…])("title", …)`.
            closing = code.pairs.get(opening)
            again = re.compile(r"\s*\(").match(code.masked, closing + 1) if closing is not None else None
            opening = again.end() - 1 if again else opening
        end, title = code.pairs.get(opening), _title(code, opening)
        word, more = found["word"], found["more"].split(".")
        hook = next((part for part in (word, *more) if part in _HOOKS), "")
        if end is None or (title is None and not hook) or {"step", "use"} & set(more):
            continue
        group = word in _GROUPS or "describe" in more
        role = Role.SETUP if hook else Role.TYPE if group else Role.TEST
        yield Block(
            path=(hook or title or word,), role=role, first=lead(code, code.line(found.start())), last=code.line(end)
        )


def _title(code: Code, opening: int) -> str | None:
    """The string right behind an opening bracket, without its escapes."""
    found = _STRING.match(code.text, opening + 1)
    return re.sub(r"\\(.)", r"\1", next(filter(None, found.groups()), "")) if found else None


def _classes(code: Code) -> Iterator[Block]:
    for found in _CLASS.finditer(code.masked):
        end = code.pairs.get(found.end() - 1)
        if end is not None:
            uses = (found["base"].split(".")[-1],) if found["base"] else ()
            line = code.line(found.start())
            yield Block(path=(found["name"],), role=Role.TYPE, first=line, last=code.line(end), uses=uses)


def _functions(code: Code) -> Iterator[Block]:
    for found in _FUNCTION.finditer(code.masked):
        name = found["function"] or found["arrow"] or found["method"]
        closing = code.pairs.get(found.end() - 1)
        if closing is None or name in _WORDS_OF_THE_LANGUAGE:
            continue
        end = _body(code, closing, method=bool(found["method"]))
        if end is not None:
            line = code.line(found.start() + len(found.group()) - len(found.group().lstrip()))
            yield Block(path=(name,), role=Role.FUNCTION, first=lead(code, line), last=code.line(end))


_METHOD_BODY = re.compile(r"\s*(?::[^{};=\n]{1,200})?\s*\{")
_ARROW_BODY = re.compile(r"\s*(?::[^{};=\n]{1,200})?\s*(?:=>\s*)?(\{)?")


def _body(code: Code, closing: int, *, method: bool) -> int | None:
    """Offset of the end: of the braces, or of the line where an arrow returns an expression."""
    if method:
        found = _METHOD_BODY.match(code.masked, closing + 1)
        return code.pairs.get(found.end() - 1) if found else None
    found = _ARROW_BODY.match(code.masked, closing + 1)
    if found is None or found.group(1):
        return code.pairs.get(found.end() - 1) if found else None
    return code.start(code.line(found.end()) + 1) - 1 if "=>" in found.group() else None
