"""A fixed port becomes one that the system chooses.

It applies where the port stands in one listening call, the failure says that it was taken, and every other place of the
file that knows it learns it from that very listener; a port that anything else counts on stays.
"""

import ast
import re
from collections.abc import Iterator

from ftc.core.languages import GO, JAVASCRIPT, PYTHON
from ftc.core.mechanical.masked import Place, brackets, head, literals, replaced, word
from ftc.core.mechanical.python import Function, around, bindings, edited, parsed, piece
from ftc.core.mechanical.rewrite import Spot
from ftc.core.snippets.choose import enclosing
from ftc.core.snippets.code import Code
from ftc.core.snippets.outline import Source

_TAKEN = re.compile(r"address already in use|EADDRINUSE|Only one usage of each socket address", re.IGNORECASE)
_LOGS = re.compile(r"\blog|\bLog|print|console\.", re.IGNORECASE)
"""A line that only tells the port asks for nobody."""
_GO_LISTEN = re.compile(
    r"^[ \t]*(?P<name>\w+), (?P<error>\w+) :?= "
    r'net\.Listen(?P<open>\()"tcp[46]?", "(?P<host>127\.0\.0\.1|localhost|):(?P<port>\d{4,5})"\)',
    re.MULTILINE,
)
# No https: a certificate is made out for a name, and the listener knows its number only. So for localhost, which is
# the name that cookies and hosts are compared with.
_GO_URL = re.compile(r'"(?P<scheme>http://|ws://|)127\.0\.0\.1:(?P<port>\d{4,5})(?P<rest>[^"\\\n]*)"')
_GO_BEFORE = re.compile(r"(?<!\blen)[(]$|[,{:+]\s*$|[:=!]= $|(?<!\w )\w+ = $")
"""What may stand before an address that is no constant any more; a type of its own would need one."""
_GO_AFTER = re.compile(r"\s*(?:[,)}\n]|\+ ?|[=!]=|$)")
_NODE_LISTEN = re.compile(
    r"^[ \t]*(?:(?:const|let|var)[ \t]+)?(?:(?P<made>[\w$]+)[ \t]*=[ \t]*(?:await[ \t]+)?)?"
    r"(?P<on>[\w$]+)(?P<more>[\w$.()]{0,200})\.listen(?P<open>\()\s*(?P<port>\d{4,5})\s*(?=[,)])",
    re.MULTILINE,
)
_HOSTS = ("127.0.0.1", "localhost", "")
_PYTHON_ASKS = ("getsockname", "server_address", "server_port")


def with_ephemeral_port(spot: Spot) -> str | None:
    """The file with the port 0 and the chosen one asked for; None where that is not exact."""
    # A test that speaks of taken ports may be about them.
    if not _TAKEN.search(spot.excerpt) or re.search(r"in use|in_use|AddrInUse|EADDRINUSE", spot.text):
        return None
    if spot.language == PYTHON:
        return _python(spot)
    source = spot.outline()
    rewrite = {GO: _go, JAVASCRIPT: _node}.get(spot.language)
    return rewrite(spot, source) if source and rewrite else None


def _is_taken(spot: Spot, port: str) -> bool:
    """Whether the failure names the port, or none."""
    named = re.findall(
        r":(\d{4,5})\b(?=[^\n]{0,80}(?:in use|Only one usage))|EADDRINUSE[^\n]{0,60}?:(\d{4,5})\b", spot.excerpt
    )
    return port in ([one or other for one, other in named] or [port])


def _times(spot: Spot, port: str) -> int:
    """How often the number stands in the file, in comments and texts too."""
    return len(re.findall(rf"(?<!\d){port}(?!\d)", spot.text))


# --- Python


def _python(spot: Spot) -> str | None:
    """Where the socket or server that listens is asked for its port behind the call."""
    tree = parsed(spot.text)
    calls = list(_calls(tree)) if tree else []
    if tree is None or len(calls) != 1:
        return None
    call, port = calls[0]
    outer = list(around(tree, call.lineno))
    number = str(port.value)
    if any(isinstance(item, ast.Try) or _expects_errors(item) for item in outer):
        return None
    name = _listener(call, outer)
    if not name or _times(spot, number) != 1 or not _is_taken(spot, number):
        return None
    return edited(spot.text, [piece(port, "0")]) if _asks(tree, outer, name, call, spot.text) else None


def _calls(tree: ast.Module) -> Iterator[tuple[ast.Call, ast.Constant]]:
    """Calls that listen on an address of this machine, each with its port."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=func,
                args=[ast.Tuple(elts=[ast.Constant(value=host), ast.Constant(value=int(number)) as port]), *_],
            ) if host in _HOSTS and 1000 <= number <= 65_535:
                if re.search(r"(?:\.bind|(?:HTTP|TCP)Server|\bcreate_server)$", ast.unparse(func)):
                    yield node, port


def _expects_errors(item: ast.stmt) -> bool:
    return isinstance(item, ast.With | ast.AsyncWith) and any(
        "raises" in ast.unparse(part.context_expr).lower() for part in item.items
    )


def _listener(call: ast.Call, outer: list[ast.stmt]) -> str:
    """What the listener is called, a variable or a field of ``self``; empty for none."""
    found: ast.expr | None = None
    match call.func:
        case ast.Attribute(value=value, attr="bind"):
            found = value
    for item in outer:
        match item:
            case ast.Assign(targets=[target], value=value) if value is call:
                found = target
            case ast.With(items=parts):
                found = next((part.optional_vars for part in parts if part.context_expr is call), found)
    name = ast.unparse(found) if found else ""
    return name if re.fullmatch(r"(?:self\.)?[^\W\d]\w*", name) else ""


def _asks(tree: ast.Module, outer: list[ast.stmt], name: str, call: ast.Call, text: str) -> bool:
    """Whether the same listener, in the same function or of the same object, is asked for more than a log."""
    functions = [item for item in outer if isinstance(item, Function)]
    field = name.startswith("self.")
    scope: ast.AST = tree if field or not functions else functions[-1]
    stores = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store))
    if (sum(ast.unparse(node) == name for node in stores) if field else bindings(scope, name)) != 1:
        return False
    lines = text.split("\n")
    for node in ast.walk(scope):
        match node:
            case ast.Attribute(value=value, attr=attr) if attr in _PYTHON_ASKS and ast.unparse(value) == name:
                if (field or node.lineno >= call.lineno) and not _LOGS.search(lines[node.lineno - 1]):
                    return True
    return False


# --- JavaScript


def _node(spot: Spot, source: Source) -> str | None:
    """Where the server that listens is asked for its port, under a name that means nothing else in the file."""
    code = source.code
    calls = [call for call in _NODE_LISTEN.finditer(spot.text) if code.masked[call.start("open")] == "("]
    if len(calls) != 1 or len(re.findall(r"\.listen\(", code.masked)) != 1:
        return None
    call = calls[0]
    name = call["made"] or (call["on"] if not call["more"] else "")
    if not name or _times(spot, call["port"]) != 1 or not _is_taken(spot, call["port"]):
        return None
    own = re.escape(name)
    declared = re.findall(rf"\b(?:const|let|var|function|class)\s+{own}(?![\w$])", code.masked)
    parameter = re.search(
        rf"(?<![\w$.]){own}\s*=>|\([^()]{{0,300}}(?<![\w$.]){own}(?![\w$])[^()]{{0,300}}\)\s*(?:=>|\{{)", code.masked
    )
    given = re.findall(rf"(?<![\w$.]){own}\s*=(?![=>])", code.masked)
    asked = re.finditer(rf"(?<![\w$.]){own}\.address\(\)\.port\b", code.masked)
    heard = any(not _LOGS.search(head(code, ask.start())) for ask in asked)
    if len(declared) != 1 or parameter or len(given) > 1 or not heard:
        return None
    return replaced(spot.text, [(call.start("port"), call.end("port"), "0")])


# --- Go


def _go(spot: Spot, source: Source) -> str | None:
    """Addresses after the call, and in the block that knows the listener, become the listener's own."""
    code = source.code
    calls = [call for call in _GO_LISTEN.finditer(spot.text) if code.masked[call.start("open")] == "("]
    block = enclosing(source, code.line(calls[0].start("name"))) if len(calls) == 1 else None
    if block is None or not _is_taken(spot, calls[0]["port"]):
        return None
    call, around_it = calls[0], brackets(code, calls[0].start("name"))
    function = code.part(block.first, block.last)
    if not around_it or not _means_one(function, call["name"]) or _expects_error(function, call["error"]):
        return None
    end = code.pairs[around_it[-1]]
    strings = literals(code, "go")
    uses = [
        use
        for use in _GO_URL.finditer(spot.text, call.end(), end)
        if use["port"] == call["port"] and strings.get(use.start()) == use.end()
    ]
    asks = list(word(call["name"]).finditer(code.masked, call.end(), end))
    asked = any(
        code.masked.startswith(".Addr()", ask.end()) and not _LOGS.search(head(code, ask.start())) for ask in asks
    )
    if _times(spot, call["port"]) != 1 + len(uses) or not (uses or asked):
        return None
    if uses and (call["host"] != "127.0.0.1" or not all(_may_be_asked(code, use, call["error"]) for use in uses)):
        return None
    places = [_address(code, use, call["name"]) for use in uses]
    return replaced(spot.text, [(call.start("port"), call.end("port"), "0"), *places])


def _means_one(function: str, name: str) -> bool:
    """Whether the listener's name is given a meaning once in its function."""
    again = rf"\b{name}\b(?:\s*,\s*\w+){{0,5}}\s*:?=(?!=)|,\s*{name}\s*:?=(?!=)|\bvar\s+{name}\b|[(,]\s*{name}\s+[*\w]"
    return name != "_" and len(re.findall(again, function)) == 1


def _expects_error(function: str, error: str) -> bool:
    """Whether the test wants the port to be taken."""
    return bool(
        re.search(rf"\b{error} == nil|(?<!\bt\.)\b(?:Error|ErrorIs|ErrorAs|ErrorContains|NotNil)\((?!\))", function)
    )


def _may_be_asked(code: Code, use: re.Match[str], error: str) -> bool:
    """Whether the address may be a call: it is no constant, no part of one, and stands where there is a listener."""
    if (
        not _GO_BEFORE.search(code.text[code.start(code.line(use.start())) : use.start()].lstrip())
        and head(code, use.start()).strip()
    ):
        return False
    heads = [head(code, bracket) for bracket in brackets(code, use.start())]
    failed = any(re.search(rf"\b{error} != nil", text) for text in [*heads, head(code, use.start())])
    constant = any(re.search(r"\bconst\b", text) for text in [*heads, head(code, use.start())])
    case = head(code, use.start()).lstrip().startswith(("case ", "var "))
    return not (failed or constant or case) and bool(_GO_AFTER.match(code.text, use.end()))


def _address(code: Code, use: re.Match[str], name: str) -> Place:
    """The listener's address for a literal; among several arguments gofmt puts no spaces around a plus."""
    text = code.text
    among = text.startswith(", ", use.start() - 2) or text.startswith(", ", use.end())
    tight = among and text[brackets(code, use.start())[-1]] == "("
    plus = "+" if tight else " + "
    before = f'"{use["scheme"]}"{plus}' if use["scheme"] else ""
    after = f'{plus}"{use["rest"]}"' if use["rest"] else ""
    return use.start(), use.end(), f"{before}{name}.Addr().String(){after}"
