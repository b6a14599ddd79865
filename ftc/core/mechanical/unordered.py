"""A comparison of two lists that held the same elements in another order becomes one without order.

It applies where the failure prints both lists, one is a permutation of the other, and the failing line is exactly one
comparison of theirs, made once in one test. Whether the order was promised, code cannot know: a test that speaks of an
order is left alone, and any other candidate is doubtful (``doubts``).
"""

import ast
import re
from collections import Counter

from ftc.core.languages import GO, JAVASCRIPT, PYTHON
from ftc.core.mechanical.masked import brackets, head, replaced
from ftc.core.mechanical.python import Function, Piece, around, bindings, edited, one_line, parsed
from ftc.core.mechanical.rewrite import Spot
from ftc.core.snippets.choose import enclosing
from ftc.core.snippets.code import Code
from ftc.core.snippets.outline import Block, Role

LONGEST_LIST = 5_000
"""Characters of a printed list that are compared."""
_GO_LISTS = re.compile(
    r"expected:[ \t]*\[\][\w.*\[\]]+\{(?P<want>[^\n]*)\}[ \t]*\n"
    r"[^\n]*?actual[ \t]*:[ \t]*\[\][\w.*\[\]]+\{(?P<got>[^\n]*)\}"
)
_GO_CALL = re.compile(r"^[ \t]*(?P<on>(?:\w+\.)+)(?P<equal>Equal)f?(?P<open>\()")
_TESTIFY = re.compile(r'^(?:import |\t)"github\.com/stretchr/testify/(assert|require|suite)"$', re.MULTILINE)
_PYTHON_LISTS = re.compile(r"\bassert (?P<got>\[[^\n]*?\]) == (?P<want>\[[^\n]*?\])[ \t]*$", re.MULTILINE)
_NODE_LISTS = re.compile(r"expected (?P<got>\[[^\n]*?\]) to deeply equal (?P<want>\[[^\n]*?\])")
_NODE_CALL = re.compile(r"^[ \t]*expect\((?P<got>[\w$.]+)\)\.toEqual\((?P<want>\[[^\n]*\])\);?[ \t]*$")
_ORDERS = re.compile(
    r"(?:sort|order|rank|sequen|chronolog|ascend|descend|priorit|leaderboard|timeline|histor|event|queue|stack|step|trace"
    r"|call|log|position|reverse|newest|oldest|latest|earliest|highest|lowest|largest|smallest|stabl)\w*"
    r"|asc|desc|top|first|last|next|prev|previous|before|after|then|nth|head|tail|best|worst|recent|fifo|lifo|merged?"
)
"""Words that promise an order, or things that have one by their nature."""
_STRONG = re.compile(
    r"(?:sort|order|rank|sequen|chronolog|ascend|descend|newest|oldest|latest|earliest|fifo|lifo|priorit|leaderboard)\w*"
)
"""Those that mean it wherever the test says them, in comments too."""
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def with_order_free_comparison(spot: Spot) -> str | None:
    """The file with that one comparison rewritten; None where it is not exact, or the test is about an order."""
    source, at = spot.outline(), spot.failing_line()
    if source is None or not 1 <= at <= len(source.code.starts):
        return None
    block = enclosing(source, at)
    rewrite = {GO: _go, PYTHON: _python, JAVASCRIPT: _node}.get(spot.language)
    if rewrite is None or block is None or block.role is not Role.TEST or _promises_order(source.code, block, at):
        return None
    return rewrite(spot, source.code, block, at)


def _promises_order(code: Code, block: Block, at: int) -> bool:
    """Whether the test's names or the line speak of an order, or anything else in the test speaks of it plainly."""
    line = code.text[code.start(at) : code.start(at + 1)]
    whole = code.text[code.start(block.first) : code.start(block.last + 1)]
    return _speaks(_ORDERS, " ".join([*block.path, line])) or _speaks(_STRONG, whole)


def _speaks(words: re.Pattern[str], text: str) -> bool:
    return any(words.fullmatch(word.lower()) for word in _WORD.findall(text))


def _once(code: Code, offset: int, block: Block) -> bool:
    """Whether a place is passed once in its test: in no loop or table, and in no function but those of tests."""
    heads = [(code.line(bracket), head(code, bracket)) for bracket in brackets(code, offset)]
    if any(re.search(r"\b(?:for|while|do)\b|\.each\b|\.forEach\(|\.map\(", text) for _, text in heads):
        return False
    inner = [text for line, text in heads if line > block.first and re.search(r"\bfunc\b|\bfunction\b|=>", text)]
    return all(re.search(r"\.Run\(|\b(?:it|test)\(", text) for text in inner)


# --- Go


def _go(spot: Spot, code: Code, block: Block, at: int) -> str | None:
    """testify's ``Equal`` of slices becomes ``ElementsMatch``, which takes the same arguments."""
    start, line = code.start(at), code.part(at, at).rstrip()
    found, call = _GO_LISTS.search(spot.excerpt[:LONGEST_LIST]), _GO_CALL.match(line)
    if not found or not call or not _permuted(_elements(found["want"]), _elements(found["got"])):
        return None
    whole = code.pairs.get(start + call.start("open")) == start + len(line) - 1
    if not whole or not _is_testify(code, call["on"]) or not _once(code, start, block):
        return None
    return replaced(spot.text, [(start + call.start("equal"), start + call.end("equal"), "ElementsMatch")])


def _is_testify(code: Code, on: str) -> bool:
    """Whether the call is of testify's packages, of an object that one of them made, or of its suite."""
    declared = re.search(r"^(?:func|var|type|const)\b", code.masked, re.MULTILINE)
    packages = _TESTIFY.findall(code.text[: declared.start() if declared else 0])
    name = on.partition(".")[0]
    made = re.search(rf"\b{name} :?= (?:{'|'.join(packages)})\.New\(", code.masked) if packages else None
    receiver = "suite" in packages and re.search(rf"^func \({name} \*", code.masked, re.MULTILINE)
    return on.rstrip(".") in packages or bool(made) or bool(receiver)


def _elements(text: str) -> list[str]:
    """The elements of a printed slice, split at the commas outside of strings and brackets."""
    parts = re.findall(r'(?:"(?:\\.|[^"\\])*+"|\{[^{}]*+\}|[^",{}]++)++', text)
    return [part.strip() for part in parts]


# --- Python


def _python(spot: Spot, code: Code, block: Block, at: int) -> str | None:
    """``assert a == b`` with both sides sorted, where it is a statement of its own."""
    found, tree = _PYTHON_LISTS.search(spot.excerpt[:LONGEST_LIST]), parsed(spot.text)
    try:
        got, want = (ast.literal_eval(found[name]) for name in ("got", "want")) if found else ([], [])
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    if tree is None or not _sortable([*got, *want]) or not _permuted(got, want) or bindings(tree, "sorted"):
        return None
    outer = list(around(tree, at))
    plain = all(isinstance(item, Function | ast.ClassDef | ast.With | ast.AsyncWith | ast.Assert) for item in outer)
    tables = [text for item in outer if isinstance(item, Function) for text in map(ast.unparse, item.decorator_list)]
    tests = [item for item in outer if isinstance(item, Function)]
    if not plain or len(tests) != 1 or any("parametrize" in text or "given" in text for text in tables):
        return None
    match [item for item in outer if isinstance(item, ast.Assert)]:
        case [ast.Assert(test=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right])) as claim]:
            if one_line(claim) and not any(map(_is_ordered, (left, right))):
                return edited(spot.text, [*_sorted(left), *_sorted(right)])
    return None


def _is_ordered(side: ast.expr) -> bool:
    """Whether a side is ordered already, or is none of what may be in brackets."""
    made = ast.unparse(side.func) if isinstance(side, ast.Call) else ""
    return made in ("sorted", "set") or isinstance(side, ast.NamedExpr | ast.Starred | ast.GeneratorExp)


def _sorted(side: ast.expr) -> list[Piece]:
    """Around the side, within the brackets that it may stand in."""
    end = side.end_col_offset or 0
    return [
        Piece(line=side.lineno, start=side.col_offset, end=side.col_offset, new="sorted("),
        Piece(line=side.lineno, start=end, end=end, new=")"),
    ]


# --- JavaScript


def _node(spot: Spot, code: Code, block: Block, at: int) -> str | None:
    """A literal list of strings, as Vitest prints it; numbers would be sorted as texts, which surprises people."""
    start, text = code.start(at), spot.text.split("\n")[at - 1]
    found, call = _NODE_LISTS.search(spot.excerpt[:LONGEST_LIST]), _NODE_CALL.match(text)
    if not found or not call:
        return None
    got, want = (re.findall(r"'((?:\\.|[^'\\])*+)'", found[name]) for name in ("got", "want"))
    # One bracket from its beginning to its end: no second call, and nothing that is made of the list.
    whole = code.pairs.get(start + call.start("want")) == start + call.end("want") - 1
    if not whole or not _permuted(got, want) or len(want) != found["want"].count(",") + 1:
        return None
    if not _once(code, start + call.start("got"), block):
        return None
    edges = [(call.start("got"), "[..."), (call.end("got"), "].sort()"), (call.end("want"), ".sort()")]
    return replaced(spot.text, [(start + edge, start + edge, new) for edge, new in edges])


def _permuted(want: list[str], got: list[str]) -> bool:
    return want != got and len(want) > 1 and Counter(want) == Counter(got)


def _sortable(values: list[object]) -> bool:
    """All texts, or all whole numbers: others may have no order."""
    return bool(values) and {type(value) for value in values} in ({str}, {int})
