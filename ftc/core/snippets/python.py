"""Python: by its own parser, and by indentation where a file is for another version.

Rule: a fixture belongs to a test when the test, or a fixture it takes, names it, or when it is automatic.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from posixpath import dirname

from ftc.core.model import TestId
from ftc.core.snippets.code import Code, read_code
from ftc.core.snippets.outline import Block, Found, Place, Role, Source

PARSED_CHARS = 400_000
"""A larger file is read by indentation: the parser needs several hundred bytes for each character."""
HOPS = 3
"""Base classes, and fixtures of fixtures, that are followed."""

_DEF = re.compile(
    r"^(?P<indent>[ \t]*)(?:async[ \t]+)?(?P<word>def|class)[ \t]+(?P<name>\w+)(?P<rest>[^\n]*)", re.MULTILINE
)
_SETUP = re.compile(
    r"setUp|tearDown|setUpClass|tearDownClass|asyncSetUp|asyncTearDown|setUpModule|tearDownModule|setUpTestData"
    r"|(?:setup|teardown)(?:_method|_class|_module|_function)?"
)
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def outline(text: str) -> tuple[Code, tuple[Block, ...]]:
    """Classes with their bases, functions and methods with what they take, decorators included in their lines."""
    code = read_code(text, "python")
    try:
        if len(text) > PARSED_CHARS:
            raise ValueError
        tree = ast.parse(text)
        return code, tuple(_declared(tree, ()))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return code, tuple(_indented(code))


def _declared(node: ast.AST, owner: tuple[str, ...]) -> Iterator[Block]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            bases = tuple(ast.unparse(base).split(".")[-1] for base in child.bases)
            path = (*owner, child.name)
            yield Block(
                path=path, role=Role.TYPE, first=child.lineno, last=child.end_lineno or child.lineno, uses=bases
            )
            yield from _declared(child, path)
        elif isinstance(child, _Function):
            yield _function(child, owner)
        elif isinstance(child, ast.If | ast.Try | ast.With):
            yield from _declared(child, owner)


def _function(node: _Function, owner: tuple[str, ...]) -> Block:
    decorators = [ast.unparse(item) for item in node.decorator_list]
    fixture = next((item for item in decorators if re.match(r"(?:\w+\.)*(?:\w*_)?fixture\b", item)), None)
    arguments = [item.arg for item in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    named = re.findall(r"""['"](\w+)['"]""", " ".join(item for item in decorators if "usefixtures" in item))
    given = re.search(r"""\bname=['"](\w+)['"]""", fixture or "")
    test = node.name.startswith("test") and fixture is None
    setup = fixture is not None or _SETUP.fullmatch(node.name) is not None
    return Block(
        path=(*owner, given.group(1) if given else node.name),
        role=Role.SETUP if setup else Role.TEST if test else Role.FUNCTION,
        first=min([node.lineno, *(item.lineno for item in node.decorator_list)]),
        last=node.end_lineno or node.lineno,
        uses=tuple(name for name in (*arguments, *named) if name not in ("self", "cls", "request")),
        automatic=fixture is None or "autouse=True" in fixture.replace(" ", ""),
    )


def _indented(code: Code) -> Iterator[Block]:
    """The same by indentation, roughly; a block ends before the next line that stands no further in."""
    owners: list[tuple[int, str]] = []
    found_all = list(_DEF.finditer(code.masked))
    ends = _ends(code, [(code.line(found.start()), _width(found["indent"])) for found in found_all])
    for found, last in zip(found_all, ends, strict=True):
        width, line, name = _width(found["indent"]), code.line(found.start()), found["name"]
        owners = [owner for owner in owners if owner[0] < width]
        path = (*(owner[1] for owner in owners), name)
        above = code.text[code.start(max(line - 1, 1)) : code.start(line)].strip()
        first = line - 1 if above.startswith("@") else line
        bases = tuple(re.findall(r"\w+(?=\s*[,)])", found["rest"]))
        setup = "fixture" in above or _SETUP.fullmatch(name) is not None
        role = (
            Role.TYPE
            if found["word"] == "class"
            else Role.SETUP
            if setup
            else Role.TEST
            if name.startswith("test")
            else Role.FUNCTION
        )
        yield Block(
            path=path,
            role=role,
            first=first,
            last=last,
            uses=bases,
            automatic="autouse" in above or "fixture" not in above,
        )
        if found["word"] == "class":
            owners.append((width, name))


def _width(indent: str) -> int:
    return len(indent.expandtabs())


def _ends(code: Code, starts: Sequence[tuple[int, int]]) -> list[int]:
    """Last line of each block, from one pass over the lines: the last one that is no blank and stands further in."""
    ends = [line for line, _ in starts]
    open_blocks: list[int] = []
    waiting = 0
    for number, line in enumerate(code.masked.split("\n"), 1):
        if not line.strip():
            continue
        width = _width(line[: len(line) - len(line.lstrip())])
        open_blocks = [one for one in open_blocks if starts[one][1] < width]
        for one in open_blocks:
            ends[one] = number
        if waiting < len(starts) and starts[waiting][0] == number:
            open_blocks.append(waiting)
            waiting += 1
    return ends


def find(sources: Sequence[Source], test: TestId) -> Found | None:
    """The function or method, in its class or a base of it; without its class anywhere, by its own name."""
    path = tuple(part for part in re.split(r"::|\.", test.name.partition("[")[0].partition(" (")[0]) if part)
    if not path:
        return None
    place = _in_class(sources, path) or _by_name(sources, path[-1])
    return Found(test=place, suite=tuple(_around(sources, place, path[:-1]))) if place else None


def _in_class(sources: Sequence[Source], path: tuple[str, ...]) -> Place | None:
    for name in _classes(sources, path[:-1]):
        for source in sources:
            for block in source.blocks:
                if block.name == path[-1] and block.owner[-1:] == name and block.role is not Role.TYPE:
                    return Place(source=source, block=block)
    return None


def _classes(sources: Sequence[Source], owner: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The class of a test and its bases, nearest first, each as the last part of a path; nothing for a function."""
    if not owner:
        return [()]
    types = {block.name: block for source in reversed(sources) for block in source.blocks if block.role is Role.TYPE}
    chain, edge = [owner[-1]], [owner[-1]]
    for _ in range(HOPS):
        edge = [base for name in edge if name in types for base in types[name].uses if base not in chain]
        chain += edge
    return [(name,) for name in chain]


def _by_name(sources: Sequence[Source], name: str) -> Place | None:
    hits = [Place(source=one, block=block) for one in sources for block in one.blocks if block.name == name]
    return next((hit for hit in hits if hit.block.role is Role.TEST), None)


def _around(sources: Sequence[Source], test: Place, owner: tuple[str, ...]) -> Iterator[Place]:
    """Set-up methods of the classes, then the fixtures a test takes, then automatic ones of its folder and above."""
    classes = _classes(sources, owner or test.block.owner)
    near = sorted(sources, key=lambda source: (source is not test.source, -len(dirname(source.path))))
    setups = [Place(source=one, block=block) for one in near for block in one.blocks if block.role is Role.SETUP]
    taken = _taken(setups, test.block.uses)
    yield from (place for place in setups if place.block.owner and place.block.owner[-1:] in classes and _method(place))
    yield from taken
    for place in setups:
        above = dirname(test.source.path).startswith(dirname(place.source.path))
        module = place.source is test.source or place.source.path.endswith("conftest.py")
        if place.block.automatic and place not in taken and not place.block.owner and above and module:
            yield place


def _method(place: Place) -> bool:
    return place.block.automatic


def _taken(setups: Sequence[Place], uses: Sequence[str]) -> list[Place]:
    """Fixtures by name, and those that they take themselves; of one name the nearest counts."""
    taken: dict[str, Place] = {}
    edge = list(uses)
    for _ in range(HOPS):
        fresh = [place for name in edge for place in setups if place.block.name == name and name not in taken]
        for place in fresh:
            taken.setdefault(place.block.name, place)
        edge = [name for place in fresh for name in place.block.uses]
    return list(taken.values())
