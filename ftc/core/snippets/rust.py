"""Rust: functions in their modules, tests by their attribute, whichever runner's it is.

Rule: a function is a test if an attribute above it ends in ``test``, or is ``rstest`` or one of its cases.
"""

import re
from collections.abc import Iterator

from ftc.core.snippets.code import Code, read_code
from ftc.core.snippets.outline import Block, Role, lead, nested

_FN = re.compile(r"\bfn\s+(?P<name>(?:r#)?\w+)\s*(?:<[^(){};]{0,300}>)?\s*\(")
_INSIDE = re.compile(r"\b(?:mod\s+(?P<mod>\w+)\s*|impl\b(?P<impl>[^{};]{0,300}+))\{")
_TYPE = re.compile(r"(?:.*\bfor\s+)?(?:\s*<[^<>]*+>)?\s*(?:\w+::)*+(\w+)", re.DOTALL)
"""What an ``impl`` is for: the type behind the last ``for``, else the first one."""
_TEST = re.compile(r"#\[(?:\w+::)*(?:\w*test\w*|rstest|test_case|case|quickcheck|proptest)\b")
_FIXTURE = re.compile(r"#\[(?:\w+::)*(?:fixture|ctor|before|after)\b")


def outline(text: str) -> tuple[Code, tuple[Block, ...]]:
    """Functions under their modules and types."""
    code = read_code(text, "rust")
    return code, tuple(nested([*_around(code), *_functions(code)]))


def _around(code: Code) -> Iterator[Block]:
    for found in _INSIDE.finditer(code.masked):
        end = code.pairs.get(found.end() - 1)
        kind = _TYPE.match(found["impl"] or "")
        name = found["mod"] or (kind.group(1) if kind else "")
        if end is not None and name:
            yield Block(path=(name,), role=Role.TYPE, first=code.line(found.start()), last=code.line(end))


def _functions(code: Code) -> Iterator[Block]:
    for found in _FN.finditer(code.masked):
        closing = code.pairs.get(found.end() - 1)
        end = code.body(closing) if closing is not None else None
        if end is None:
            continue
        first = lead(code, code.line(found.start()))
        above = code.text[code.start(first) : found.start()]
        role = Role.SETUP if _FIXTURE.search(above) else Role.TEST if _TEST.search(above) else Role.FUNCTION
        yield Block(path=(found["name"].removeprefix("r#"),), role=role, first=first, last=code.line(end))
