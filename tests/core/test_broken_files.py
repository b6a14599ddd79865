"""Files that an edit has broken, and files that only look so."""

import pytest

from ftc.core.syntax import broken_by, syntax_problem

BROKEN = [
    ("a.py", "def f(:\n", "line 1"),
    ("a.py", "if True:\nprint(1)\n", "line 2"),
    ("a.py", "(" * 5_000, "nested"),
    ("a.py", "x = '\0'\n", "null"),
    ("a.json", '{"a": 1,}\n', "line 1"),
    ("a.json", "[" * 100_000, "deeply"),
    ("a.go", "package a\n\nfunc f() {\n\tif x {\n}\n", "line 3: { is never closed"),
    ("a.go", "package a\n\nfunc f() {\n}}\n", "line 4: } closes nothing"),
    ("a.ts", "it('a', () => {\n  f(]\n})\n", "line 2: ] closes nothing"),
    ("a.rs", "fn f() { (a] }\n", "closes nothing"),
    ("A.java", "class A { void f() { }\n", "never closed"),
]


@pytest.mark.parametrize(("path", "text", "said"), BROKEN)
def test_what_is_broken_is_found_with_its_place(path, text, said):
    assert said in syntax_problem(path, text)


SOUND = [
    ("a.py", "x = 1\n"),
    ("a.py", ""),
    ("a.py", "x = '\\d'\n"),  # a warning, and no error
    ("a.go", 'package a\n\n// {\nvar s = "}" + `{[(` // (\n'),  # brackets in comments and texts
    ("a.ts", "const s = `${f({a: '}'})}`; const r = a / b; // (\n"),
    ("a.rs", "fn f<'a>(x: &'a str) -> char { '{' }\n"),
    ("a.rb", "puts %w(a b]\n"),  # not looked at: its texts are too many
    ("README.md", "(a\n"),
    ("a.json5", "{a: 1}"),
]


@pytest.mark.parametrize(("path", "text"), SOUND)
def test_what_is_sound_passes(path, text):
    assert syntax_problem(path, text) == ""


def test_only_what_could_be_read_before_can_be_broken():
    assert broken_by("a.py", before="match x {\n", after="match y {\n") == ""
    assert broken_by("a.py", before="x = 1\n", after="x = (\n")
    assert broken_by("a.py", before=None, after="x = (\n")
