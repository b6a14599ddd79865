"""Go: functions and methods, testify suites, sub-tests by their string.

Rule: a sub-test has no declaration, so its place is the test that holds it, with the string's line as focus.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ftc.core.model import TestId
from ftc.core.snippets.code import Code, read_code
from ftc.core.snippets.outline import Block, Found, Place, Role, Source, lead

_FUNC = re.compile(
    r"^func[ \t]+(?:\(\s*(?:\w+[ \t]+)?\*?[ \t]*(?P<receiver>\w+)[^()\n]*\)[ \t]*)?"
    r"(?P<name>\w+)\s*(?:\[[^\]\n]*\])?\s*\(",
    re.MULTILINE,
)
_STRUCT = re.compile(r"^(?:type[ \t]+|\t)(?P<name>\w+)[ \t]+struct[ \t]*\{", re.MULTILINE)
_EMBEDDED = re.compile(r"^[ \t]+\*?(?:\w+\.)?(\w+)[ \t]*$", re.MULTILINE)
_BDD = re.compile(
    r"\b(?P<word>F?It|F?Specify|F?Describe|F?Context|F?When|DescribeTable|F?Entry|(?:Before|After)(?:Each|All|Suite)|JustBeforeEach)\("
)
_STRING = re.compile(r'\s*(?:"((?:\\.|[^"\\\n])*+)"|`([^`]*+)`)')
_REPEATED = re.compile(r"#\d{2,}$")
"""What Go appends to a sub-test whose name is taken."""

SETUP = re.compile(
    r"SetupSuite|SetupTest|SetupSubTest|BeforeTest|AfterTest|TearDownSuite|TearDownTest|TearDownSubTest"
    r"|SetUpSuite|SetUpTest|TestMain|BeforeEach|BeforeAll|BeforeSuite|AfterEach|AfterAll|AfterSuite|JustBeforeEach"
)
"""testify, gocheck, the standard library's own, and Ginkgo."""
_TEST = re.compile(r"(?:Test|Benchmark|Fuzz|Example)(?![a-z])")


def outline(text: str) -> tuple[Code, tuple[Block, ...]]:
    """Functions, methods under their receivers, structs with what they embed, and Ginkgo's blocks under titles."""
    code = read_code(text, "go")
    blocks = [*_functions(code), *_structs(code), *_bdd(code)]
    return code, tuple(sorted(blocks, key=lambda block: (block.first, -block.last)))


def _functions(code: Code) -> Iterator[Block]:
    for found in _FUNC.finditer(code.masked):
        closing = code.pairs.get(found.end() - 1)
        end = code.body(closing) if closing is not None else None
        if end is None:
            continue
        name, line = found["name"], code.line(found.start())
        role = Role.SETUP if SETUP.fullmatch(name) else Role.TEST if _TEST.match(name) else Role.FUNCTION
        path = (found["receiver"], name) if found["receiver"] else (name,)
        yield Block(path=path, role=role, first=lead(code, line), last=code.line(end))


def _structs(code: Code) -> Iterator[Block]:
    for found in _STRUCT.finditer(code.masked):
        end = code.pairs.get(found.end() - 1)
        if end is not None:
            embedded = tuple(dict.fromkeys(_EMBEDDED.findall(code.masked[found.end() : end])))
            line = code.line(found.start())
            yield Block(path=(found["name"],), role=Role.TYPE, first=line, last=code.line(end), uses=embedded)


def _bdd(code: Code) -> Iterator[Block]:
    """Ginkgo: titles in calls, nested by their lines."""
    open_blocks: list[Block] = []
    for found in _BDD.finditer(code.masked):
        end = code.pairs.get(found.end() - 1)
        title = string_at(code, found.end()) or ""
        if end is None or (not title and not SETUP.fullmatch(found["word"])):
            continue
        first, last = code.line(found.start()), code.line(end)
        open_blocks = [block for block in open_blocks if block.last >= first]
        outer = open_blocks[-1].path if open_blocks else ()
        leaf = re.fullmatch(r"F?(?:It|Specify|Entry)", found["word"])
        role = Role.TEST if leaf else Role.SETUP if not title else Role.TYPE
        block = Block(path=(*outer, title or found["word"]), role=role, first=first, last=last)
        open_blocks.append(block)
        yield block


def string_at(code: Code, offset: int) -> str | None:
    """The string literal that starts at an offset, or None."""
    found = _STRING.match(code.text, offset)
    return (found.group(1) or found.group(2) or "") if found else None


def find(sources: Sequence[Source], test: TestId) -> Found | None:
    """The test among the files of its package; a suite's method is preferred to the function that runs the suite."""
    parts = test.name.replace(".", "/").split("/")
    runner = _named(sources, (parts[0],))
    method = _method(sources, parts, runner)
    if method is None:
        if runner is None:
            return None
        return Found(test=_focused(runner, parts[1:]), suite=tuple(_mains(sources, runner)))
    around = [*_setups(sources, method.block.owner[0]), *([runner] if runner else []), *_mains(sources, method)]
    return Found(test=_focused(method, parts[2:]), suite=tuple(around))


def _named(sources: Sequence[Source], path: tuple[str, ...]) -> Place | None:
    hits = (Place(source=source, block=block) for source in sources for block in source.blocks if block.path == path)
    return next((hit for hit in hits if hit.block.role is not Role.TYPE), None)


def _method(sources: Sequence[Source], parts: Sequence[str], runner: Place | None) -> Place | None:
    """The method of a suite; of several with one name that whose suite the runner names."""
    wanted = parts[1] if len(parts) > 1 else parts[0]
    methods = [
        Place(source=source, block=block)
        for source in sources
        for block in source.blocks
        if block.name == wanted and len(block.path) == 2 and block.role is Role.TEST
    ]
    text = runner.source.code.part(runner.block.first, runner.block.last) if runner else ""
    named = set(re.findall(r"\w+", text)) | {parts[0]}
    built_on = {name for suite in named for name in _chain(sources, suite)}
    return next((method for method in methods if method.block.owner[0] in built_on), None) or (
        methods[0] if len(methods) == 1 and not (runner and len(parts) < 2) else None
    )


def _chain(sources: Sequence[Source], suite: str, depth: int = 3) -> list[str]:
    """A suite and what it embeds, nearest first."""
    types = {block.name: block for source in sources for block in source.blocks if block.role is Role.TYPE}
    chain, edge = [suite], [suite]
    for _ in range(depth):
        edge = [name for one in edge if one in types for name in types[one].uses if name not in chain]
        chain += edge
    return chain


def _setups(sources: Sequence[Source], suite: str) -> list[Place]:
    order = {name: number for number, name in enumerate(_chain(sources, suite))}
    places = [
        Place(source=source, block=block)
        for source in sources
        for block in source.blocks
        if block.role is Role.SETUP and block.owner and block.owner[0] in order
    ]
    return sorted(places, key=lambda place: order[place.block.owner[0]])


def _mains(sources: Sequence[Source], test: Place) -> Iterator[Place]:
    folder = test.source.path.rpartition("/")[0]
    for source in sources:
        if source.path.rpartition("/")[0] == folder:
            yield from (Place(source=source, block=block) for block in source.blocks if block.path == ("TestMain",))


def _focused(place: Place, subtests: Sequence[str]) -> Place:
    """With the line of the innermost sub-test's string as focus, in the test or, for a table above it, in the file."""
    code, block = place.source.code, place.block
    for subtest in reversed(subtests):
        wanted = _REPEATED.sub("", subtest)
        if not wanted:
            continue
        for found in re.finditer(
            r'"((?:\\.|[^"\\\n])*+)"', code.text[code.start(block.first) : code.start(block.last + 1)]
        ):
            if re.sub(r"\s", "_", found.group(1)) == wanted:
                line = code.line(code.start(block.first) + found.start())
                return replace(place, block=replace(block, focus=line))
    return place
