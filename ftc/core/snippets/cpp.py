"""C and C++: the macros of GoogleTest, Catch2, doctest and Boost, fixture classes, and functions.

Rule: a macro's arguments are the test's name, as the runner prints it.
"""

import re
from collections.abc import Iterator

from ftc.core.snippets.code import Code, read_code
from ftc.core.snippets.outline import Block, Role, lead, nested

_MACRO = re.compile(
    r"\b(?:(?:TYPED_)?TEST(?:_F|_P)?|BOOST_(?:AUTO|FIXTURE)_TEST_CASE|BENCHMARK_F)\s*\(\s*(?P<suite>\w+)\s*(?:,\s*(?P<name>\w+)\s*)?\)\s*\{"
)
_TITLED = re.compile(
    r"\b(?P<word>TEST_CASE(?:_METHOD|_FIXTURE)?|TEMPLATE_TEST_CASE|SCENARIO|SECTION|SUBCASE|GIVEN|WHEN|THEN)\s*\("
)
_TITLE = re.compile(r'(?:\s*\w+\s*,)?\s*"((?:\\.|[^"\\\n])*+)"')
_CLASS = re.compile(r"\b(?:class|struct)\s+(?P<name>\w+)(?:\s+final)?\s*(?::(?P<bases>[^{};]{1,300}))?\{")
_FUNCTION = re.compile(r"^[ \t]*+(?:[\w:<>,~]++[ \t*&]++){1,20}?(?P<name>[\w:~]++)[ \t]*+\(", re.MULTILINE)
_HOOKS = frozenset({"SetUp", "TearDown", "SetUpTestSuite", "TearDownTestSuite", "SetUpTestCase", "TearDownTestCase"})
_NO_FUNCTIONS = frozenset(
    {"if", "for", "while", "switch", "catch", "return", "else", "sizeof", "do", "new", "delete", "case"}
)


def outline(text: str) -> tuple[Code, tuple[Block, ...]]:
    """Tests as (suite, name) or under their titles, classes with their bases, functions."""
    code = read_code(text, "cpp")
    return code, tuple(nested([*_macros(code), *_titled(code), *_classes(code), *_functions(code)]))


def _macros(code: Code) -> Iterator[Block]:
    for found in _MACRO.finditer(code.masked):
        end = code.pairs.get(found.end() - 1)
        if end is not None:
            path = (found["suite"], found["name"]) if found["name"] else (found["suite"],)
            line = code.line(found.start())
            yield Block(path=path, role=Role.TEST, first=lead(code, line), last=code.line(end), uses=(found["suite"],))


def _titled(code: Code) -> Iterator[Block]:
    for found in _TITLED.finditer(code.masked):
        title = _TITLE.match(code.text, found.end())
        closing = code.pairs.get(found.end() - 1)
        end = code.body(closing) if closing is not None and title else None
        if end is not None and title is not None:
            line = code.line(found.start())
            yield Block(path=(title.group(1),), role=Role.TEST, first=lead(code, line), last=code.line(end))


def _classes(code: Code) -> Iterator[Block]:
    for found in _CLASS.finditer(code.masked):
        end = code.pairs.get(found.end() - 1)
        if end is None:
            continue
        bases = tuple(re.findall(r"(\w+)\s*(?:<[^<>]*>)?\s*(?:,|$)", (found["bases"] or "").strip()))
        role = Role.SETUP if any("Test" in base for base in bases) else Role.TYPE
        line = code.line(found.start())
        yield Block(path=(found["name"],), role=role, first=lead(code, line), last=code.line(end), uses=bases)


def _functions(code: Code) -> Iterator[Block]:
    for found in _FUNCTION.finditer(code.masked):
        name = found["name"].split("::")[-1]
        closing = code.pairs.get(found.end() - 1)
        if closing is None or name in _NO_FUNCTIONS or found.group().split()[0] in _NO_FUNCTIONS:
            continue
        end = _body(code, closing)
        if end is not None:
            role = Role.SETUP if name in _HOOKS else Role.FUNCTION
            owner = tuple(found["name"].split("::")[:-1])
            line = code.line(found.start() + len(found.group()) - len(found.group().lstrip()))
            yield Block(path=(*owner, name), role=role, first=lead(code, line), last=code.line(end))


_AFTER = re.compile(
    r"\s*(?:(?:const|noexcept|override|final|mutable)\b\s*)*+(?:->\s*[^{};]{1,100})?(?::[^{};]{1,400})?\{"
)


def _body(code: Code, closing: int) -> int | None:
    found = _AFTER.match(code.masked, closing + 1)
    return code.pairs.get(found.end() - 1) if found else None
