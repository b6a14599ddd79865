"""Ruby: RSpec and Minitest blocks under their titles, and methods; by indentation.

Rule: a block ends at the next ``end`` (or ``}``) that stands as far in as its first line, as every formatter has it.
"""

import re
from collections.abc import Iterator

from ftc.core.snippets.code import Code, read_code
from ftc.core.snippets.outline import Block, Role, lead, nested

_START = re.compile(
    r"""^(?P<indent>[ \t]*)(?:RSpec\.)?(?:
        (?P<call>[fx]?(?:it|describe|context|specify|example|feature|scenario|test|should)|shared_examples|let!?|subject|
                 before|after|around|setup|teardown)\b(?P<rest>[^\n]*)
        |def[ \t]+(?:self\.)?(?P<def>\w+[?!]?)
        |(?:class|module)[ \t]+(?P<class>[\w:]+)(?:[ \t]*<[ \t]*(?P<base>[\w:]+))?)""",
    re.MULTILINE | re.VERBOSE,
)
_STRING = re.compile(r"""[ \t(]*(?:"((?:\\.|[^"\\\n])*+)"|'((?:\\.|[^'\\\n])*+)'|:?(\w[\w:]*))""")
_HOOKS = frozenset({"before", "after", "around", "setup", "teardown", "let", "let!", "subject"})
_GROUPS = frozenset(
    {"describe", "context", "feature", "fdescribe", "xdescribe", "fcontext", "xcontext", "shared_examples"}
)


def outline(text: str) -> tuple[Code, tuple[Block, ...]]:
    """Groups, examples and hooks under their titles, classes and methods."""
    code = read_code(text, "ruby")
    return code, tuple(nested(_blocks(code)))


def _blocks(code: Code) -> Iterator[Block]:
    lines = code.text.split("\n")
    ends = _ends(lines)
    for found in _START.finditer(code.text):
        line = code.line(found.start("indent"))
        last = ends.get(line, line)
        if found["call"]:
            block = _call(found, last=last, line=line)
        elif found["class"]:
            uses = (found["base"].split("::")[-1],) if found["base"] else ()
            block = Block(path=(found["class"],), role=Role.TYPE, first=line, last=last, uses=uses)
        else:
            name = found["def"]
            role = Role.SETUP if name in _HOOKS else Role.TEST if name.startswith("test_") else Role.FUNCTION
            block = Block(path=(name,), role=role, first=lead(code, line), last=last)
        if block is not None:
            yield block


def _call(found: re.Match[str], *, line: int, last: int) -> Block | None:
    word, rest = found["call"], found["rest"]
    if not re.search(r"\bdo\b|\{", rest):
        return None
    string = _STRING.match(rest)
    title = next(filter(None, string.groups()), "") if string else ""
    if word in _HOOKS:
        return Block(path=(word,), role=Role.SETUP, first=line, last=last)
    role = Role.TYPE if word in _GROUPS else Role.TEST
    return Block(path=(title if title not in ("", "do") else word,), role=role, first=line, last=last)


def _ends(lines: list[str]) -> dict[int, int]:
    """Line of each block's start to that of its end, from one pass: the next end or brace at the same indentation."""
    ends: dict[int, int] = {}
    open_at: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        text = line.lstrip()
        indent = line[: len(line) - len(text)]
        if re.match(r"(?:end|\})(?![\w?!])", text):
            if indent in open_at:
                ends[open_at.pop(indent)] = number
        elif (
            text
            and not text.startswith("#")
            and (
                re.search(r"\bdo\b(?:[ \t]*\|[^|]*\|)?[ \t]*$|\{[ \t]*(?:\|[^|]*\|)?[ \t]*$", text)
                or re.match(r"(?:def|class|module)\b", text)
            )
        ):
            open_at[indent] = number
    return ends
