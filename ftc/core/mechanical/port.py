"""A fixed port becomes one that the system chooses.

It applies where the port stands in one listening call, the failure says that it was taken, and every other place that
knows it can learn it from the listener; a port that anything else counts on stays.
"""

import re

from ftc.core.languages import GO, JAVASCRIPT, PYTHON
from ftc.core.mechanical.rewrite import Spot
from ftc.core.snippets.choose import enclosing
from ftc.core.snippets.outline import Source

_TAKEN = re.compile(r"address already in use|EADDRINUSE|Only one usage of each socket address", re.IGNORECASE)
_LISTEN = {
    GO: re.compile(
        r'\b(?P<name>\w+), \w+ :?= net\.Listen\("tcp[46]?", "(?P<host>127\.0\.0\.1|localhost|):(?P<port>\d{4,5})"\)'
    ),
    PYTHON: re.compile(
        r"(?:\.bind\(|(?:Threading)?(?:HTTP|TCP)Server\(|create_server\()\(\s*[\"'](?:127\.0\.0\.1|localhost|)[\"'],"
        r"\s*(?P<port>\d{4,5})\s*\)"
    ),
    JAVASCRIPT: re.compile(r"\b\w+\.listen\(\s*(?P<port>\d{4,5})\s*(?=[,)])"),
}  # fmt: skip
_LEARNT = {
    PYTHON: re.compile(r"\.getsockname\(\)|\.server_address\b|\.server_port\b"),
    JAVASCRIPT: re.compile(r"\.address\(\)\.port\b"),
}
# No https: a certificate is made out for a name, and the listener knows its number only.
_GO_URL = re.compile(r'"(?P<scheme>http://|ws://|)(?:127\.0\.0\.1|localhost):(?P<port>\d{4,5})(?P<rest>[^"\\\n]*)"')


def with_ephemeral_port(spot: Spot) -> str | None:
    """The file with the port 0 and the chosen one asked for; None where that is not exact."""
    source = spot.outline()
    pattern = _LISTEN.get(spot.language)
    if source is None or pattern is None or not _TAKEN.search(spot.excerpt):
        return None
    # In comments and strings nothing listens: there the masked text has no bracket.
    calls = [match for match in pattern.finditer(spot.text) if "(" in source.code.masked[match.start() : match.end()]]
    if len(calls) != 1 or calls[0]["port"] not in _named_port(spot.excerpt, calls[0]["port"]):
        return None
    return _go(spot, source, calls[0]) if spot.language == GO else _learnt(spot, calls[0])


def _named_port(excerpt: str, port: str) -> tuple[str, ...]:
    """The port itself where the failure names it, or names none."""
    named = re.findall(
        r":(\d{4,5})\b(?=[^\n]{0,80}(?:in use|Only one usage))|EADDRINUSE[^\n]{0,60}?:(\d{4,5})\b", excerpt
    )
    ports = tuple(one or other for one, other in named)
    return ports or (port,)


def _learnt(spot: Spot, call: re.Match[str]) -> str | None:
    """Where the file asks the listener for its port already, and the number stands nowhere else."""
    if len(re.findall(rf"(?<!\d){call['port']}(?!\d)", spot.text)) != 1 or not _LEARNT[spot.language].search(spot.text):
        return None
    return spot.text[: call.start("port")] + "0" + spot.text[call.end("port") :]


def _go(spot: Spot, source: Source, call: re.Match[str]) -> str | None:
    """Addresses after the call and in the same function become the listener's own."""
    block = enclosing(source, source.code.line(call.start()))
    if block is None or call["name"] == "_":
        return None
    end = source.code.start(block.last + 1) if block.last < len(source.code.starts) else len(spot.text)
    uses = [match for match in _GO_URL.finditer(spot.text, call.end(), end) if match["port"] == call["port"]]
    numbers = len(re.findall(rf"(?<!\d){call['port']}(?!\d)", spot.text))
    asks = re.search(rf"\b{call['name']}\.Addr\(\)", spot.text[call.end() : end])
    if numbers != 1 + len(uses) or not (uses or asks) or (uses and not call["host"]):
        return None
    if any(_is_constant(spot.text, match.start()) for match in uses):
        return None
    parts, at = [spot.text[: call.start("port")], "0"], call.end("port")
    for match in uses:
        parts += [spot.text[at : match.start()], _address(match, call["name"], tight=_one_of_many(spot.text, match))]
        at = match.end()
    return "".join([*parts, spot.text[at:]])


def _one_of_many(text: str, use: re.Match[str]) -> bool:
    """Whether the literal is one of several arguments, among which gofmt puts no spaces around a plus."""
    return text[: use.start()].endswith(", ") or text[use.end() :].startswith(", ")


def _address(use: re.Match[str], name: str, *, tight: bool) -> str:
    plus = "+" if tight else " + "
    before = f'"{use["scheme"]}"{plus}' if use["scheme"] else ""
    after = f'{plus}"{use["rest"]}"' if use["rest"] else ""
    return f"{before}{name}.Addr().String(){after}"


def _is_constant(text: str, offset: int) -> bool:
    """Whether the literal initialises a constant, which no call can."""
    return text[text.rfind("\n", 0, offset) + 1 : offset].lstrip().startswith(("const ", "case "))
