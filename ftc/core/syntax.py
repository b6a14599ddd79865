"""Whether a file can still be read as its language after an edit.

The rule it keeps: only what was readable before can be broken by an edit; a file in a dialect that is not known here is
left alone. It says what is wrong and where, so that the next edit mends it.
"""

import ast
import json
import warnings
from posixpath import splitext

from ftc.core.snippets.languages import language_of

MAX_CHARS = 1_000_000
"""A longer file is data or was generated; it is not looked at."""
_OPEN, _CLOSE = "([{", ")]}"


def syntax_problem(path: str, text: str) -> str:
    """Why this text cannot be a file of this name; empty when it can, or when nobody here can tell."""
    if len(text) > MAX_CHARS:
        return ""
    ending = splitext(path)[1].lower()
    if ending in (".py", ".pyi"):
        return _python(text)
    if ending == ".json":
        return _json(text)
    return _brackets(path, text) if language_of(path) and ending != ".rb" else ""


def broken_by(path: str, *, before: str | None, after: str) -> str:
    """What an edit broke; empty when the file was unreadable already, since then its dialect is not known here."""
    problem = syntax_problem(path, after)
    return "" if problem and before is not None and syntax_problem(path, before) else problem


def _python(text: str) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as error:
        return f"line {error.lineno or 0}: {error.msg}"
    except (ValueError, RecursionError, MemoryError):
        return "it is nested too deeply or holds a null byte"
    return ""


def _json(text: str) -> str:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return f"line {error.lineno}: {error.msg}"
    except (ValueError, RecursionError):
        return "it is nested too deeply"
    return ""


def _brackets(path: str, text: str) -> str:
    """Brackets outside of comments and strings, each closed by its own kind."""
    language = language_of(path)
    assert language is not None
    masked = language.outline(text)[0].masked
    stack: list[tuple[str, int]] = []
    line = 1
    for char in masked:
        if char == "\n":
            line += 1
        elif char in _OPEN:
            stack.append((char, line))
        elif char in _CLOSE:
            if not stack or _OPEN.index(stack[-1][0]) != _CLOSE.index(char):
                return f"line {line}: {char} closes nothing"
            stack.pop()
    return f"line {stack[-1][1]}: {stack[-1][0]} is never closed" if stack else ""
