"""An environment variable that a test sets for good is set for the test alone.

It applies to Go, where ``t.Setenv`` restores (from 1.17 on, and not in parallel tests), and to pytest functions with
``monkeypatch``; where anything else in the file names the variable, or in the test the environment, a person decides.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from ftc.core.languages import GO, PYTHON
from ftc.core.mechanical.masked import brackets, replaced
from ftc.core.mechanical.python import Function, Piece, bindings, edited, imports, one_line, parsed, piece
from ftc.core.mechanical.rewrite import MOST_PLACES, Spot
from ftc.core.snippets.code import Code

SETENV_SINCE = (1, 17)
_TEST = re.compile(r"^func Test(?![a-z])\w*\(t \*testing\.T\) (?P<open>\{)$", re.MULTILINE)
_SET = re.compile(r'^\t(?P<call>(?:_ = )?os\.Setenv)\((?P<name>"\w+"), [^\n]*\)$', re.MULTILINE)
_IMPORT = re.compile(r'^(?:import |\t)"os"(?:[ \t]*//[^\n]*)?\n', re.MULTILINE)
_DECLARES = re.compile(r"^(?:func|var|type|const)\b", re.MULTILINE)
_OS = re.compile(r"(?<![\w.])os\b")
_NOT_OURS = re.compile(
    r"\.Parallel\(|\.Cleanup\(|\bos\.\w*[eE]nv\w*|\bsyscall\b|\bt(?:, \w+)* :?= |, t :?= |\bvar t\b|\bcase t\b"
)
"""In a test: it is parallel, its environment may be restored, or ``t`` may be another one."""


def without_leaked_environment(spot: Spot) -> str | None:
    """The file with every such test mended; None where there is none."""
    if spot.language == GO and spot.go_version >= SETENV_SINCE:
        source = spot.outline()
        return _go(source.code) if source else None
    return _python(spot.text) if spot.language == PYTHON else None


def _go(code: Code) -> str | None:
    first = _DECLARES.search(code.masked)
    # Only a plain import says what ``os`` is; a variable of that name, or a dot before it, is another.
    imported = list(_IMPORT.finditer(code.text, 0, first.start() if first else 0))
    many = code.masked.count("os.Setenv(") > MOST_PLACES
    if many or len(imported) != 1 or re.search(r"(?<![\w.])os\b(?!\.)", code.masked):
        return None
    tests = [(match.start("open"), code.pairs.get(match.start("open"), 0)) for match in _TEST.finditer(code.masked)]
    outside = replaced(code.masked, [(start, end, "") for start, end in tests if end])
    # A function that makes its test parallel would make ``t.Setenv`` panic.
    if ".Parallel()" in outside:
        return None
    calls = [call for start, end in tests for call in _sets(code, start, end)]
    names = _names(calls)
    alone = [call for call in calls if code.text.count(call["name"]) == names[call["name"]]]
    if not alone:
        return None
    places = [(call.start("call"), call.end("call"), "t.Setenv") for call in alone]
    # An import that nothing uses any more is an error in Go.
    if len(_OS.findall(code.masked)) == len(alone):
        places.append((imported[0].start(), imported[0].end(), ""))
    return replaced(code.text, places)


def _sets(code: Code, start: int, end: int) -> list[re.Match[str]]:
    """The calls that set a variable in the body of a test, none where anything else in it is about such things."""
    found = []
    for call in _SET.finditer(code.text, start, end):
        bracket = call.end("call")
        whole = code.masked[bracket] == "(" and code.pairs.get(bracket) == call.end() - 1
        if whole and brackets(code, call.start("call"))[-1:] == [start]:
            found.append(call)
    rest = replaced(code.masked[start:end], [(call.start() - start, call.end() - start, "") for call in found])
    once = len(_names(found)) == len(found)
    return found if once and not _NOT_OURS.search(rest) else []


def _names(calls: list[re.Match[str]]) -> Counter[str]:
    return Counter(call["name"] for call in calls)


def _python(text: str) -> str | None:
    tree = parsed(text)
    if tree is None or "os" not in imports(tree) or bindings(tree, "monkeypatch") != _parameters(tree):
        return None
    lines = text.split("\n")
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    tests = {test: list(_leaks(test)) for test in tree.body if isinstance(test, Function) and _is_plain(test, used)}
    headers = {test: header for test in tests if (header := _with_fixture(test, lines)) is not None}
    leaks = Counter(key.value for test in headers for _, key in tests[test])
    named = Counter(node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and node.value in leaks)
    pieces: list[Piece] = []
    for test, header in headers.items():
        # A variable that something else names as well is perhaps restored there, or counted on.
        own = [found for found in tests[test] if named[found[1].value] == leaks[found[1].value]]
        pieces += (
            [*(piece(place, _alone(place, key, lines[place.lineno - 1])) for place, key in own), *header] if own else []
        )
    return edited(text, pieces) if pieces else None


def _parameters(tree: ast.Module) -> int:
    return sum(isinstance(node, ast.arg) and node.arg == "monkeypatch" for node in ast.walk(tree))


def _is_plain(test: Function, used: set[str]) -> bool:
    """A pytest function whose parameters are all fixtures, and which nobody calls: decorators may add parameters."""
    own = (ast.unparse(item).startswith("pytest.mark.") for item in test.decorator_list)
    args = test.args
    odd = args.vararg or args.kwonlyargs or args.posonlyargs or args.kwarg or args.defaults
    return test.name.startswith("test") and all(own) and not odd and test.name not in used


def _leaks(test: Function) -> Iterator[tuple[ast.Assign, ast.Constant]]:
    """Statements ``os.environ["X"] = value`` of the test, one for each variable; none if it does more with it."""
    found = []
    for statement in test.body:
        match statement:
            case ast.Assign(targets=[ast.Subscript(value=place, slice=ast.Constant(value=str()) as key)], value=value):
                plain = one_line(statement) and not isinstance(value, ast.Tuple | ast.Yield | ast.YieldFrom)
                if ast.unparse(place) == "os.environ" and plain:
                    found.append((statement, key))
    if _touches(test) == len(found) == len({key.value for _, key in found}):
        yield from found


def _touches(test: Function) -> int:
    """How often the test speaks of the environment, or takes back what was set for it."""
    said = (getattr(node, "attr", None) or getattr(node, "id", None) for node in ast.walk(test))
    return sum(name in ("environ", "environb", "getenv", "putenv", "unsetenv", "undo") for name in said)


def _alone(statement: ast.Assign, key: ast.Constant, line: str) -> str:
    """The statement for the test alone, of one line in which the parser's columns are those of the text."""
    name, value = (line[node.col_offset : node.end_col_offset] for node in (key, statement.value))
    return f"monkeypatch.setenv({name}, {value})"


def _with_fixture(test: Function, lines: Sequence[str]) -> list[Piece] | None:
    """What gives the test the fixture: as the first parameter, so that it outlives the others; None if it cannot be."""
    if any(item.arg == "monkeypatch" for item in test.args.args):
        return [] if bindings(test, "monkeypatch") == 1 else None
    line = lines[test.lineno - 1]
    found = re.match(r"(?:async )?def \w+\((?=\S)", line[test.col_offset :])
    if not found or bindings(test, "monkeypatch"):
        return None
    at = test.col_offset + found.end()
    return [Piece(line=test.lineno, start=at, end=at, new="monkeypatch, " if test.args.args else "monkeypatch")]
