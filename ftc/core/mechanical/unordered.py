"""A comparison of two lists that held the same elements in another order becomes one without order.

It applies where the failure prints both lists, one is a permutation of the other, and the failing line is exactly one
comparison of theirs.
"""

import ast
import re
from collections import Counter

from ftc.core.languages import GO, JAVASCRIPT, PYTHON
from ftc.core.mechanical.rewrite import Spot

LONGEST_LIST = 5_000
"""Characters of a printed list that are compared."""
_GO_LISTS = re.compile(
    r"expected:[ \t]*\[\][\w.*\[\]]+\{(?P<want>[^\n]*)\}[ \t]*\n"
    r"[^\n]*?actual[ \t]*:[ \t]*\[\][\w.*\[\]]+\{(?P<got>[^\n]*)\}"
)
_GO_CALL = re.compile(r"^(?P<head>[ \t]*(?:\w+\.)+)Equal(?P<tail>f?\(.*\)[ \t]*)$")
_PYTHON_LISTS = re.compile(r"\bassert (?P<got>\[[^\n]*?\]) == (?P<want>\[[^\n]*?\])[ \t]*$", re.MULTILINE)
_NODE_LISTS = re.compile(r"expected (?P<got>\[[^\n]*?\]) to deeply equal (?P<want>\[[^\n]*?\])")
_NODE_CALL = re.compile(
    r"^(?P<indent>[ \t]*)expect\((?P<got>[\w.]+)\)\.toEqual\((?P<want>\[[^\n]*\])\)(?P<end>;?)[ \t]*$"
)


def with_order_free_comparison(spot: Spot) -> str | None:
    """The file with that one line rewritten; None where it is not exact."""
    lines = spot.text.split("\n")
    at = spot.failing_line() - 1
    if not 0 <= at < len(lines):
        return None
    rewrite = {GO: _go, PYTHON: _python, JAVASCRIPT: _node}.get(spot.language)
    line = rewrite(lines[at], spot.excerpt) if rewrite else None
    return "\n".join([*lines[:at], line, *lines[at + 1 :]]) if line is not None else None


def _go(line: str, excerpt: str) -> str | None:
    """testify's ``Equal`` of slices becomes ``ElementsMatch``, which takes the same arguments."""
    found, call = _GO_LISTS.search(excerpt[:LONGEST_LIST]), _GO_CALL.match(line)
    if not found or not call or not _permuted(_elements(found["want"]), _elements(found["got"])):
        return None
    return f"{call['head']}ElementsMatch{call['tail']}"


def _elements(text: str) -> list[str]:
    """The elements of a printed slice, split at the commas outside of strings and brackets."""
    parts = re.findall(r'(?:"(?:\\.|[^"\\])*+"|\{[^{}]*+\}|[^",{}]++)++', text)
    return [part.strip() for part in parts]


def _python(line: str, excerpt: str) -> str | None:
    found = _PYTHON_LISTS.search(excerpt[:LONGEST_LIST])
    try:
        got, want = (ast.literal_eval(found[name]) for name in ("got", "want")) if found else ([], [])
        parsed = ast.parse(line.strip()).body
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    if len(parsed) != 1 or not _sortable([*got, *want]) or not _permuted(got, want):
        return None
    match parsed[0]:
        case ast.Assert(test=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right])) if not _called(left, right):
            text = line.strip()
            sides = (ast.get_source_segment(text, left), ast.get_source_segment(text, right))
            tail = text[right.end_col_offset :] if text.isascii() else None
            indent = line[: len(line) - len(line.lstrip())]
            return None if tail is None else f"{indent}assert sorted({sides[0]}) == sorted({sides[1]}){tail}"
    return None


def _called(left: ast.expr, right: ast.expr) -> bool:
    """Whether a side is in brackets that its node does not cover, or is ordered already."""
    return any(isinstance(side, ast.Call) and ast.unparse(side.func) in ("sorted", "set") for side in (left, right))


def _node(line: str, excerpt: str) -> str | None:
    """A literal list of strings, as Vitest prints it; numbers would be sorted as texts, which surprises people."""
    found, call = _NODE_LISTS.search(excerpt[:LONGEST_LIST]), _NODE_CALL.match(line)
    if not found or not call:
        return None
    got, want = (re.findall(r"'((?:\\.|[^'\\])*+)'", found[name]) for name in ("got", "want"))
    if not _permuted(got, want) or len(want) != found["want"].count(",") + 1:
        return None
    head = f"{call['indent']}expect([...{call['got']}].sort())"
    return f"{head}.toEqual({call['want']}.sort()){call['end']}"


def _permuted(want: list[str], got: list[str]) -> bool:
    return want != got and len(want) > 1 and Counter(want) == Counter(got)


def _sortable(values: list[object]) -> bool:
    """All texts, or all whole numbers: others may have no order."""
    return bool(values) and {type(value) for value in values} in ({str}, {int})
