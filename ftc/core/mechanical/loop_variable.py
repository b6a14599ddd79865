"""A closure that outlives its turn of a loop gets a variable of its own.

It applies to Go before 1.22 (from then on each turn has its own, https://go.dev/blog/loopvar-preview), to Python
lambdas that are handed to a thread or a pool, and to JavaScript loops over ``var``.
"""

import ast
import re
from collections.abc import Iterator

from ftc.core.languages import GO, JAVASCRIPT, PYTHON
from ftc.core.mechanical.rewrite import Spot
from ftc.core.snippets.code import Code

OWN_VARIABLE = (1, 22)
"""Version of Go from which each turn has a variable of its own."""
_GO_LOOP = re.compile(r"^(?P<indent>[ \t]*)for (?P<names>\w+(?:, \w+)?) := range [^\n]+\{[ \t]*$", re.MULTILINE)
_GO_LATER = re.compile(r"\bgo func\(|\.Parallel\(\)")
_NODE_LOOP = re.compile(r"\bfor[ \t]*\([ \t]*(?P<var>var)[ \t]+(?P<name>[A-Za-z_$][\w$]*)\b")


def with_own_loop_variable(spot: Spot) -> str | None:
    """The file with every such loop mended; None where there is none, or one that is not exact."""
    source = spot.outline()
    if source is None:
        return None
    if spot.language == PYTHON:
        return _python(spot.text)
    rewrite = {GO: _go, JAVASCRIPT: _node}.get(spot.language)
    if rewrite is None or (spot.language == GO and not (0, 0) < spot.go_version < OWN_VARIABLE):
        return None
    places = dict(rewrite(source.code))
    text = spot.text
    for start, (end, new) in sorted(places.items(), reverse=True):
        text = text[:start] + new + text[end:]
    return text if places else None


Place = tuple[int, tuple[int, str]]


def _go(code: Code) -> Iterator[Place]:
    """After the brace of each loop whose body starts what runs later and uses its variables."""
    for loop in _GO_LOOP.finditer(code.masked):
        brace = code.masked.rfind("{", loop.start(), loop.end())
        body = code.masked[brace : code.pairs.get(brace, brace)]
        later = _GO_LATER.search(body)
        if not later:
            continue
        names = [name for name in loop["names"].split(", ") if name != "_" and re.search(rf"\b{name}\b", body)]
        # A variable that is copied already, or written to, is left to a person.
        if names and not any(re.search(rf"\b{name}\b(?:, \w+)? :?= |\b{name}(?:\+\+|--)", body) for name in names):
            copies = f"{', '.join(names)} := {', '.join(names)}"
            yield brace + 1, (brace + 1, f"\n{loop['indent']}\t{copies}")


def _node(code: Code) -> Iterator[Place]:
    """``let`` in place of ``var``, where the variable is used nowhere but in the loop."""
    for loop in _NODE_LOOP.finditer(code.masked):
        head = code.masked.find("(", loop.start())
        close = code.pairs.get(head, -1)
        brace = code.masked.find("{", close) if close > 0 else -1
        if brace < 0 or code.masked[close + 1 : brace].strip():
            continue
        end = code.pairs.get(brace, -1)
        body, name = code.masked[brace:end], re.escape(loop["name"])
        closure = re.search(r"=>|\bfunction\b", body)
        word = re.compile(rf"(?<![\w$.]){name}(?![\w$])")
        if end > 0 and closure and word.search(body) and _only_within(code.masked, word, head, end):
            yield loop.start("var"), (loop.end("var"), "let")


def _only_within(text: str, word: re.Pattern[str], start: int, end: int) -> bool:
    return not any(not start <= match.start() < end for match in word.finditer(text))


def _python(text: str) -> str | None:
    """``lambda: f(x)`` becomes ``lambda x=x: f(x)`` where it is the target of a thread or the job of a pool."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    lines = text.split("\n")
    found = sorted({(node.lineno, node.col_offset, name) for node, name in _lambdas(tree)}, reverse=True)
    for number, column, name in found:
        line = lines[number - 1]
        if not line.isascii() or not line.startswith("lambda:", column):
            return None
        lines[number - 1] = f"{line[:column]}lambda {name}={name}:{line[column + len('lambda:') :]}"
    return "\n".join(lines) if found else None


def _lambdas(tree: ast.AST) -> Iterator[tuple[ast.Lambda, str]]:
    for loop in ast.walk(tree):
        if not isinstance(loop, ast.For) or not isinstance(loop.target, ast.Name):
            continue
        for call in (node for part in loop.body for node in ast.walk(part) if isinstance(node, ast.Call)):
            closure = _handed_over(call)
            used = {node.id for node in ast.walk(closure) if isinstance(node, ast.Name)} if closure else set()
            if closure and loop.target.id in used:
                yield closure, loop.target.id


def _handed_over(call: ast.Call) -> ast.Lambda | None:
    """The lambda without parameters that a thread or a pool is given, and gives no arguments to."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in ("Thread", "Timer") and not any(word.arg in ("args", "kwargs") for word in call.keywords):
        given = [word.value for word in call.keywords if word.arg in ("target", "function")]
    else:
        given = call.args if name == "submit" and len(call.args) == 1 and not call.keywords else []
    closures = [item for item in given if isinstance(item, ast.Lambda) and not ast.unparse(item.args)]
    return closures[0] if len(closures) == 1 else None
