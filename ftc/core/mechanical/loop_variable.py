"""A closure that outlives its turn of a loop gets a variable of its own.

It applies to Go before 1.22 (from then on each turn has its own, https://go.dev/blog/loopvar-preview), to Python
lambdas that are handed to a thread or a pool, and to JavaScript loops over ``var``; where anything but the loop gives
the variable a value, the closure may be meant to see it, and a person decides.
"""

import ast
import re
from collections.abc import Iterator
from itertools import islice

from ftc.core.languages import GO, JAVASCRIPT, PYTHON
from ftc.core.mechanical.masked import Place, indent, replaced, word
from ftc.core.mechanical.python import Function, Piece, bindings, edited, imports, meaning, own_nodes, parsed
from ftc.core.mechanical.rewrite import MOST_PLACES, Spot
from ftc.core.snippets.code import Code

OWN_VARIABLE = (1, 22)
"""Version of Go from which each turn has a variable of its own."""
_GO_LOOP = re.compile(r"^(?P<indent>[ \t]*)for (?P<names>\w+(?:, \w+)?) := range [^\n]+(?P<brace>\{)$", re.MULTILINE)
_GO_LATER = re.compile(r"\bgo func\(|\.Parallel\(\)")
_ASSIGNED = r"(?:\s*,\s*[\w.\[\]]+){0,5}\s*(?::|[-+*/%|&^]|<<|>>|>>>|&\^|\*\*|&&|\|\||\?\?)?=(?![=>])"
"""Behind a name: it, perhaps with others, is given a value."""
_NODE_LOOP = re.compile(
    r"\bfor[ \t]*(?P<head>\()[ \t]*(?P<var>var)[ \t]+(?P<name>[A-Za-z_$][\w$]*)(?:[ \t]*=(?![=>])|[ \t]+(?:of|in)[ \t])"
)
_CLOSURE = re.compile(r"=>|\bfunction\b")
_POOL = "concurrent.futures.ThreadPoolExecutor"


def with_own_loop_variable(spot: Spot) -> str | None:
    """The file with every such loop mended; None where there is none, or one that is not exact."""
    if spot.language == PYTHON:
        return _python(spot.text)
    source = spot.outline()
    rewrite = {GO: _go, JAVASCRIPT: _node}.get(spot.language)
    if source is None or rewrite is None or (spot.language == GO and not (0, 0) < spot.go_version < OWN_VARIABLE):
        return None
    places = list(rewrite(source.code))
    return replaced(spot.text, places) if places else None


def _go(code: Code) -> Iterator[Place]:
    """After the brace of each loop whose body starts what runs later and uses its variables."""
    for loop in islice(_GO_LOOP.finditer(code.masked), MOST_PLACES):
        brace = loop.start("brace")
        body = code.masked[brace : code.pairs.get(brace, brace)]
        if not _GO_LATER.search(body):
            continue
        names = [name for name in loop["names"].split(", ") if name != "_" and word(name).search(body)]
        # A variable that is copied already, written to, or pointed at is left to a person.
        if names and not any(_written_in_go(name, body) for name in names):
            copies = f"{', '.join(names)} := {', '.join(names)}"
            yield brace + 1, brace + 1, f"\n{loop['indent']}\t{copies}"


def _written_in_go(name: str, body: str) -> bool:
    return bool(re.search(rf"\b{name}\b(?:{_ASSIGNED}|\s*(?:\+\+|--))|(?<!&)&\s*{name}\b|\bvar {name}\b", body))


def _node(code: Code) -> Iterator[Place]:
    """``let`` in place of ``var``, where the variable is named nowhere but in the loop, and written nowhere in it."""
    for loop in islice(_NODE_LOOP.finditer(code.masked), MOST_PLACES):
        opening, name = loop.start("head"), loop["name"]
        close = code.pairs.get(opening, -1)
        brace = code.masked.find("{", close) if close > 0 else -1
        if brace < 0 or code.masked[close + 1 : brace].strip():
            continue
        end = code.pairs.get(brace, -1)
        if end < 0 or indent(code, end) != indent(code, loop.start()) or code.line(end) == code.line(brace):
            continue  # what looks like a bracket may be part of an expression
        init, step = _parts(code.masked[loop.end("name") : close])
        body = code.masked[brace:end]
        steady = not _CLOSURE.search(init + step) and "," not in _flat(init) and not word(name).search(init)
        if (
            steady
            and _is_captured(name, body)
            and not _written_in_node(name, body)
            and _only_in(code, name, opening, end)
        ):
            yield loop.start("var"), loop.end("var"), "let"


def _parts(head: str) -> tuple[str, str]:
    """Of a loop's head the first value, or what is gone through, and the rest."""
    init, _, step = head.partition(";")
    return init, step


def _flat(text: str) -> str:
    """Without what stands in brackets, as far as they do not nest deeply."""
    for _ in range(5):
        text = re.sub(r"[(\[{][^()\[\]{}]*+[)\]}]", "", text)
    return text


def _is_captured(name: str, body: str) -> bool:
    """Whether the loop has a function that may use the variable, and none that has a parameter of the same name."""
    own = re.escape(name)
    bound = re.search(
        rf"(?<![\w$.]){own}\s*=>|\([^()]{{0,300}}(?<![\w$.]){own}(?![\w$])[^()]{{0,300}}\)\s*(?:=>|\{{)", body
    )
    first = _CLOSURE.search(body)
    return bool(first and word(name).search(body, first.start())) and not bound


def _written_in_node(name: str, body: str) -> bool:
    own = rf"(?<![\w$.]){re.escape(name)}(?![\w$])"
    changed = rf"{own}(?:{_ASSIGNED}|\s*(?:\+\+|--))|(?:\+\+|--)\s*{own}|{own}[^=;()]{{0,200}}[\]}}]\s*=(?![=>])"
    declared = rf"\b(?:var|let|const|function|class|catch \()\s*{own}|\bfor\s*\(\s*{own}\s+(?:of|in)\b"
    return bool(re.search(f"{changed}|{declared}", body))


def _only_in(code: Code, name: str, start: int, end: int) -> bool:
    """Whether the whole text, with templates and comments, has the name in the loop alone."""
    return all(start <= match.start() < end for match in word(name).finditer(code.text))


def _python(text: str) -> str | None:
    """``lambda: f(x)`` becomes ``lambda x=x: f(x)`` where it is the target of a thread or the job of a pool."""
    tree = parsed(text)
    if tree is None:
        return None
    known = imports(tree)
    lines = text.split("\n")
    pieces = set()
    for closure, name in _lambdas(tree, known):
        at = closure.col_offset
        if not lines[closure.lineno - 1].isascii() or not lines[closure.lineno - 1].startswith("lambda:", at):
            return None
        pieces.add(Piece(line=closure.lineno, start=at, end=at + len("lambda:"), new=f"lambda {name}={name}:"))
    return edited(text, pieces) if pieces else None


def _lambdas(tree: ast.Module, known: frozenset[str]) -> Iterator[tuple[ast.Lambda, str]]:
    """Those of the loops of functions whose variable is given values by loops alone, and by none within."""
    functions = [node for node in tree.body if isinstance(node, Function)]
    methods = [node for item in tree.body if isinstance(item, ast.ClassDef) for node in item.body]
    for function in (*functions, *(node for node in methods if isinstance(node, Function))):
        loops = [node for node in own_nodes(function.body) if isinstance(node, ast.For)]
        for loop in loops[:MOST_PLACES]:
            if not isinstance(loop.target, ast.Name):
                continue
            name = loop.target.id
            same = sum(isinstance(other.target, ast.Name) and other.target.id == name for other in loops)
            if bindings(function, name) == same and not any(bindings(part, name) for part in loop.body):
                yield from ((found, name) for found in _handed_over(loop, name, function, known))


def _handed_over(loop: ast.For, name: str, function: Function, known: frozenset[str]) -> Iterator[ast.Lambda]:
    """The lambdas without parameters that use the variable and are given to a thread or a pool, without arguments."""
    for call in own_nodes(loop.body):
        if isinstance(call, ast.Call):
            for item in _given(call, function, known):
                plain = isinstance(item, ast.Lambda) and not ast.unparse(item.args)
                if plain and any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(item)):
                    assert isinstance(item, ast.Lambda)
                    yield item


def _given(call: ast.Call, function: Function, known: frozenset[str]) -> list[ast.expr]:
    """What a thread runs, or a pool that the function made; nothing where it is called with arguments."""
    kind = meaning(call.func, known)
    words = {item.arg for item in call.keywords}
    if kind == "threading.Thread" and not call.args and words <= {"target", "name", "daemon"}:
        return [item.value for item in call.keywords if item.arg == "target"]
    if kind == "threading.Timer" and len(call.args) == 2 and not words:
        return call.args[1:]
    match call.func:
        case ast.Attribute(value=ast.Name(id=pool), attr="submit") if _is_pool(pool, function, known):
            return call.args if len(call.args) == 1 and not words else []
    return []


def _is_pool(name: str, function: Function, known: frozenset[str]) -> bool:
    def made(value: ast.expr) -> bool:
        return isinstance(value, ast.Call) and meaning(value.func, known) == _POOL

    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=found)], value=value) if found == name and made(value):
                return bindings(function, name) == 1
            case ast.withitem(context_expr=value, optional_vars=ast.Name(id=found)) if found == name and made(value):
                return bindings(function, name) == 1
    return False
