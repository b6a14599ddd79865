"""Finds assertions of Python of what is true as it is written: a text, a lambda, a display of something.

The rule it keeps: Python's own parser tells it. A statement of more lines than are looked at says nothing.
"""

import ast
import re
import warnings
from collections.abc import Iterator, Sequence

from ftc.core.diff import Hunk
from ftc.core.masking.outline import MAX_LINE

MAX_LINES = 12
"""Of one assertion."""
_ASSERT = re.compile(r"(?:^|[:;])\s*assert\b")
_OPEN, _CLOSE = re.compile(r"[(\[{]"), re.compile(r"[)\]}]")


def constant(hunk: Hunk) -> Iterator[str]:
    """The first lines of those assertions that the change has a part in."""
    for at, (_, line) in enumerate(hunk.after):
        if _ASSERT.search(line[:MAX_LINE]):
            lines = _statement(hunk.after[at : at + MAX_LINES])
            if any(added for added, _ in lines) and _holds("\n".join(text[:MAX_LINE] for _, text in lines)):
                yield line.strip()


def _statement(lines: Sequence[tuple[bool, str]]) -> Sequence[tuple[bool, str]]:
    """The lines up to the one by which as many brackets are closed as were opened."""
    depth = 0
    for end, (_, line) in enumerate(lines, start=1):
        depth += len(_OPEN.findall(line)) - len(_CLOSE.findall(line))
        if depth <= 0:
            return lines[:end]
    return lines


def _holds(text: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd escapes, which are not ours
        try:
            statements = [*ast.walk(ast.parse(text.strip()))]
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return any(isinstance(item, ast.Assert) and _true(item.test) for item in statements)


def _true(value: ast.expr) -> bool:
    match value:
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            return any(not isinstance(part, ast.Starred) for part in parts)
        case ast.Dict(keys=keys):
            return any(key is not None for key in keys)
        case ast.Lambda() | ast.GeneratorExp():
            return True
        case ast.Constant(value=constant):
            return bool(constant)
        case ast.JoinedStr(values=parts):
            return any(isinstance(part, ast.Constant) and part.value for part in parts)
    return False
