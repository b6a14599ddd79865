"""Python files by Python's own parser: what is bound where, what stands around what, and edits of pieces of lines.

The rule it keeps: what the parser cannot read, or counts in other lines and columns than an editor, is left alone.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ftc.core.snippets.python import PARSED_CHARS

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Piece:
    """A part of one line, and what takes its place; lines count from 1, columns from 0."""

    line: int
    start: int
    end: int
    new: str


def parsed(text: str) -> ast.Module | None:
    """The tree; None for what is no Python, and where other line ends make the parser's lines another count."""
    if "\r" in text or len(text) > PARSED_CHARS:
        return None
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def one_line(node: ast.stmt | ast.expr) -> bool:
    """Whether it begins and ends in the same line."""
    return node.lineno == node.end_lineno


def piece(node: ast.stmt | ast.expr, new: str) -> Piece:
    """The place of a node of one line."""
    return Piece(line=node.lineno, start=node.col_offset, end=node.end_col_offset or node.col_offset, new=new)


def edited(text: str, pieces: Iterable[Piece]) -> str | None:
    """The text with the pieces replaced; None where a line has letters that the parser counts as several."""
    lines = text.split("\n")
    for item in sorted(pieces, reverse=True):
        line = lines[item.line - 1]
        if not line.isascii():
            return None
        lines[item.line - 1] = line[: item.start] + item.new + line[item.end :]
    return "\n".join(lines)


def bindings(node: ast.AST, name: str) -> int:
    """How often anything in it gives the name a meaning, or takes it away, in whatever scope."""
    return sum(name in _bound(item) for item in ast.walk(node))


def _bound(item: ast.AST) -> Iterable[str | None]:
    match item:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
            found: Iterable[str | None] = (name,)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            found = (name,)
        case ast.ExceptHandler(name=caught) | ast.MatchAs(name=caught) | ast.MatchStar(name=caught):
            found = (caught,)
        case ast.MatchMapping(rest=rest):
            found = (rest,)
        case ast.alias(name=name, asname=other):
            found = (other or name.partition(".")[0],)
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            found = names
        case _:
            found = ()
    return found


def imports(tree: ast.Module) -> frozenset[str]:
    """Modules and names that the file imports at its top under their own names, and gives no other meaning."""
    found = set()
    for item in tree.body:
        match item:
            case ast.Import(names=names):
                found |= {(alias.name.partition(".")[0], alias.name) for alias in names if not alias.asname}
            case ast.ImportFrom(module=str(module), names=names, level=0):
                found |= {(alias.name, f"{module}.{alias.name}") for alias in names if not alias.asname}
    everything = any(
        alias.name == "*" for item in tree.body if isinstance(item, ast.ImportFrom) for alias in item.names
    )
    return frozenset() if everything else frozenset(full for name, full in found if bindings(tree, name) == 1)


def meaning(func: ast.expr, known: frozenset[str]) -> str:
    """The full name of what is called, where it was imported by a plain import; else empty."""
    said = ast.unparse(func)
    own = {full.rpartition(".")[2]: full for full in known if "." in full}
    if isinstance(func, ast.Name):
        return own.get(said, "")
    first, _, rest = said.partition(".")
    modules = (module for module in known if said.startswith(f"{module}."))
    return said if any(modules) else f"{own[first]}.{rest}" if first in own else ""


def own_nodes(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Everything in the same scope: functions, classes and lambdas themselves, and nothing in them."""
    stack = list(nodes)
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, Function | ast.Lambda | ast.ClassDef):
            stack.extend(ast.iter_child_nodes(node))


def around(tree: ast.Module, line: int) -> Iterator[ast.stmt]:
    """The statements of several lines or one that hold a line, the innermost last."""
    for node in ast.walk(tree):  # breadth first
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno):
            yield node
