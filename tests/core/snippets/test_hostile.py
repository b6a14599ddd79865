"""Files that were made to cost time: whatever they hold, reading them takes time in proportion to their length."""

# ruff: noqa: E501 - a row of a table is one line

import time

import pytest

from ftc.core.model import TestId
from ftc.core.snippets.languages import SUFFIXES, find_test, read_source
from ftc.core.snippets.titles import score

PATHS = sorted({language.name: f"a_test{suffix}" for suffix, language in SUFFIXES.items()}.values())
SIZE = 100_000

# Lines stay short, as those of a file that is read at all.
PIECES = [
    "{", "}", "(", "((", "[", '"', "'", "`", '"""', "'''", "/*", "//", "/", "<", "<<", "\\", "#[", "@", "*/", "r#", "R\"(", "${",
    "a a ", "a.", "::", "func (", "func f(", "def ", "class A:\n  ", "class A {\n", "it('", "it.each(", "describe('a', () => {\n",
    "fun `", "void f(", "fn f<", "mod a {\n", "TEST(a, b) {\n", "int f(", "  do\n", "end\n", "type A struct {\n", " - ", "=begin\n",
    "const a = (", "a<b<c", "@Test\n", "const a: ", "import ", "impl a for ", "public static ",
]  # fmt: skip


def of(piece, size):
    text = (piece * (size // len(piece)))[:size]
    return "\n".join(text[at : at + 2000] for at in range(0, size, 2000)) if "\n" not in piece else text


def seconds(path, text):
    started = time.process_time()
    source = read_source(path, text)
    if source:
        find_test([source], TestId(ecosystem="x", suite="a.b", name="TestA/b::c"))
    return time.process_time() - started


@pytest.mark.parametrize("path", PATHS)
def test_time_is_in_proportion(path):
    slow = {}
    for piece in PIECES:
        spent = seconds(path, of(piece, SIZE))
        if spent > 1.5:
            slow[piece] = (seconds(path, of(piece, SIZE // 2)), spent)
    assert slow == {}


@pytest.mark.parametrize("path", PATHS)
def test_minified_files_are_not_read(path):
    assert read_source(path, "x" * 100_000) is None


def test_other_files_are_not_read():
    assert read_source("a.md", "# x") is None
    assert read_source("Makefile", "test:\n") is None


@pytest.mark.parametrize("name", ["a " * 100_000, "%s" * 10_000, "", "${", "a%s" * 1000])
def test_titles(name):
    source = read_source("a.test.js", f"it({'a%s ' * 400!r}, () => {{}})\n")
    started = time.process_time()
    assert score(source.blocks[0], suite=name, name=name) >= 0
    assert time.process_time() - started < 1
