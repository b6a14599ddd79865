"""An environment variable that a test sets for good is set for the test alone.

It applies to Go, where ``t.Setenv`` restores (from 1.17 on, and not in parallel tests), and to pytest functions with
``monkeypatch``; where anything else in the test touches the variable, a person decides.
"""

import ast
import re
from collections.abc import Iterator

from ftc.core.languages import GO, PYTHON
from ftc.core.mechanical.rewrite import Spot

SETENV_SINCE = (1, 17)
_TEST = re.compile(r"^func Test\w*\(t \*testing\.T\) \{$.*?^\}$", re.MULTILINE | re.DOTALL)
_SET = re.compile(r'^\t(?:_ = )?os\.Setenv\((?P<name>"\w+"), [^\n]*\)$', re.MULTILINE)
_IMPORT = re.compile(r'^(?:import |\t)"os"\n', re.MULTILINE)


def without_leaked_environment(spot: Spot) -> str | None:
    """The file with every such test mended; None where there is none."""
    if spot.language == GO and spot.go_version >= SETENV_SINCE:
        return _go(spot)
    return _python(spot.text) if spot.language == PYTHON else None


def _go(spot: Spot) -> str | None:
    def mended(test: re.Match[str]) -> str:
        text = test[0]
        if ".Parallel()" in text or "os.Unsetenv" in text or "os.Clearenv" in text:
            return text
        return _SET.sub(lambda line: _alone(line, text), text)

    after = _TEST.sub(mended, spot.text)
    if after == spot.text:
        return None
    # An import that nothing uses any more is an error in Go.
    source = Spot(path=spot.path, text=after, excerpt="").outline()
    unused = source is not None and not re.search(r"\bos\.", source.code.masked)
    return _IMPORT.sub("", after, count=1) if unused else after


def _alone(line: re.Match[str], test: str) -> str:
    """The line for the test alone, unless the variable is named in it again: then it is perhaps restored."""
    return line[0] if test.count(line["name"]) != 1 else re.sub(r"(?:_ = )?os\.Setenv\(", "t.Setenv(", line[0], count=1)


def _python(text: str) -> str | None:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    lines = text.split("\n")
    changed = False
    for test in reversed([node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]):
        found = list(_leaks(test)) if _is_plain(test) else []
        if not found or not (header := _with_fixture(test, lines[test.lineno - 1])):
            continue
        for statement, name, value in found:
            indent = " " * statement.col_offset
            lines[statement.lineno - 1] = f"{indent}monkeypatch.setenv({name}, {value})"
        lines[test.lineno - 1] = header
        changed = True
    return "\n".join(lines) if changed else None


def _is_plain(test: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A pytest function whose parameters are all fixtures: decorators of others add some of their own."""
    own = (ast.unparse(item).startswith("pytest.mark.") for item in test.decorator_list)
    args = test.args
    return test.name.startswith("test") and all(own) and not (args.vararg or args.kwonlyargs or args.defaults)


def _leaks(test: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[ast.Assign, str, str]]:
    """Statements ``os.environ["X"] = value`` on one line of the test itself, of variables named nowhere else in it."""
    constants = [node.value for node in ast.walk(test) if isinstance(node, ast.Constant)]
    for statement in test.body:
        match statement:
            case ast.Assign(targets=[ast.Subscript(value=place, slice=ast.Constant(value=str(name)) as key)]):
                single = statement.lineno == statement.end_lineno
                if ast.unparse(place) == "os.environ" and single and constants.count(name) == 1:
                    yield statement, ast.unparse(key), ast.unparse(statement.value)


def _with_fixture(test: ast.FunctionDef | ast.AsyncFunctionDef, line: str) -> str:
    """The line that declares the test, with the fixture; empty when it has more than one line."""
    names = [item.arg for item in test.args.args]
    if "monkeypatch" in names:
        return line
    if not re.fullmatch(r"(?:async )?def \w+\([\w, ]*\)(?: -> None)?:", line):
        return ""
    return line.replace(")", ", monkeypatch)" if names else "monkeypatch)", 1)
