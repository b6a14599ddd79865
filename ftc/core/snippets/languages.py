"""The languages by file name: how to read a file's outline, and how to find a test in several.

Rule: the file says what language it is in, whatever a log took its test for.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ftc.core.model import TestId
from ftc.core.snippets import cpp, golang, jvm, named, node, python, ruby, rust
from ftc.core.snippets.code import Code, readable
from ftc.core.snippets.outline import Block, Found, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One language: pure functions from text to blocks, and from files and a test to its place."""

    name: str
    outline: Callable[[str], tuple[Code, tuple[Block, ...]]]
    find: Callable[[Sequence[Source], TestId], Found | None]


GO = Language(name="go", outline=golang.outline, find=golang.find)
PYTHON = Language(name="python", outline=python.outline, find=python.find)
NODE = Language(name="node", outline=node.outline, find=named.find_by_title)
JVM = Language(name="jvm", outline=jvm.outline, find=named.find_by_word)
RUST = Language(name="rust", outline=rust.outline, find=named.find_by_word)
CPP = Language(name="cpp", outline=cpp.outline, find=named.find_by_word)
RUBY = Language(name="ruby", outline=ruby.outline, find=named.find_by_title)

SUFFIXES: Mapping[str, Language] = {
    ".go": GO,
    ".py": PYTHON,
    **dict.fromkeys((".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".vue"), NODE),
    **dict.fromkeys((".java", ".kt", ".kts", ".groovy", ".scala", ".cs"), JVM),
    ".rs": RUST,
    **dict.fromkeys((".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".hxx", ".ipp", ".cu", ".mm"), CPP),
    ".rb": RUBY,
}


def suffix(path: str) -> str:
    """The end of a file's name from its last dot, in lower case."""
    name = path.rpartition("/")[2]
    return f".{name.rpartition('.')[2]}".lower() if "." in name else ""


def language_of(path: str) -> Language | None:
    """The language of a file, or None."""
    return SUFFIXES.get(suffix(path))


def read_source(path: str, text: str) -> Source | None:
    """A file's outline; None for a language we cannot read and for generated or minified text."""
    language = language_of(path)
    if language is None or not readable(text):
        return None
    code, blocks = language.outline(text)
    return Source(path=path, code=code, blocks=blocks)


def find_test(sources: Sequence[Source], test: TestId) -> Found | None:
    """The test's definition among files in the order of their likelihood; the first language that has it wins."""
    languages = dict.fromkeys(language for source in sources if (language := language_of(source.path)))
    for language in languages:
        found = language.find([source for source in sources if language_of(source.path) is language], test)
        if found:
            return found
    return None
