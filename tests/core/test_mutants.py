"""Code broken in one place: what becomes of a line in each language, what is left alone, and which come first."""

import ast
import itertools

import pytest

from ftc.core.mutants import Covered, chosen, mutants
from ftc.core.mutants.rules import breakable
from ftc.core.syntax import syntax_problem

ROWS = [
    # operators and comparisons
    ("a.py", "def f(a, b):\n    return a + b\n", 2, ["return a - b", "return None"]),
    ("a.py", "def f(a):\n    if a <= 3:\n        pass\n", 2, ["if a > 3:", "if a <= 4:"]),
    ("a.py", "def f(a, b):\n    x = a is not None and b\n", 2, ["x = a is None and b", "x = a is not None or b"]),
    ("a.py", "def f(a, b):\n    x = a not in b\n", 2, ["x = a in b"]),
    ("a.py", "def f(a):\n    x = not a\n", 2, ["x = a"]),
    ("a.py", "def f(a):\n    for x in a:\n        pass\n", 2, []),  # `for x not in a` is no Python
    # strings and comments
    ("a.py", "def f(a):\n    g = 'a == 1 and True'  # a < 2 or 3\n", 2, []),
    ("a.py", 'def f(a):\n    """a == 1\n    return 3\n    """\n', 3, []),
    # statements
    ("a.py", "def f(self, a):\n    self.items.append(a)\n", 2, ["pass"]),
    ("a.py", "def f(self, a):\n    self.a = a\n", 2, ["pass"]),
    ("a.py", "def f(a):\n    g(\n        a)\n", 2, []),  # it does not end on its line
    ("a.py", "def f(a):\n    return sorted(\n        a)\n", 2, []),
    # what declares, or claims something itself
    ("a.py", "def f(a=1, b=True):\n    pass\n", 1, []),
    ("a.py", "from a import b\n", 1, []),
    ("a.py", "def f(a):\n    assert a == 1\n", 2, []),
    ("a.go", "func f(a int) bool {\n\treturn a < 3 && !b\n}\n", 2,
     ["return a >= 3 && !b", "return a < 3 || !b", "return a < 3 && b", "return a < 4 && !b"]),
    ("a.go", "func f(a int) int {\n\treturn a*2 + 1\n}\n", 2,
     ["return a/2 + 1", "return a*2 - 1", "return a*3 + 1", "return a*2 + 2"]),
    ("a.go", "func f() []int {\n\treturn items\n}\n", 2, ["return nil"]),
    ("a.go", "func f() {\n\tfor i := 0; i < n; i++ {\n", 2,
     ["for i := 0; i >= n; i++ {", "for i := 0; i < n; i-- {", "for i := 1; i < n; i++ {"]),
    ("a.go", "func f() {\n\tsum += price\n}\n", 2, ["sum -= price"]),
    ("a.go", "func f() {\n\ts.lock.Unlock()\n}\n", 2, [""]),
    ("a.go", "func f(c chan int) {\n\tx := <-c\n}\n", 2, []),  # an arrow compares nothing
    ("a.go", 'func f() string {\n\treturn "a < b && true"\n}\n', 2, []),
    ("a.ts", "function f(a: Map<string, number>) {\n  return a.size === 0;\n}\n", 2,
     ["return a.size !== 0;", "return a.size === 1;", "return undefined;"]),
    ("a.ts", "const f = (a: Map<string, number>) => a;\n", 1, []),  # neither the type nor the arrow compares
    ("a.js", "function f(a) {\n  this.items.push(a);\n}\n", 2, [""]),
    ("A.java", "class A { int f(int a) {\n    return a % 2;\n} }\n", 2,
     ["return a * 2;", "return a % 3;", "return null;"]),
    ("a.rs", "fn f(a: i32) -> bool {\n    a >= 1\n}\n", 2, ["a < 1", "a >= 2"]),
    ("a.rs", "fn f() {\n    println!(\"a == b\");\n}\n", 2, []),  # a macro's mark negates nothing
    ("a.cc", "int f(int a) {\n  return a - 1;\n}\n", 2, ["return a + 1;", "return a - 2;", "return {};"]),
    ("a.rb", "def f\n  1 + 1\nend\n", 2, []),  # no language that is run
    ("a.txt", "1 == 1\n", 1, []),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "line", "expected"), ROWS)
def test_what_becomes_of_a_line(path, text, line, expected):
    found = mutants(path, text, {line})
    assert [item.text.split("\n")[line - 1].strip() for item in found] == expected
    for item in found:
        lines = item.text.split("\n")
        assert [number for number, one in enumerate(text.split("\n")) if one != lines[number]] == [line - 1]
        assert (item.path, item.line) == (path, line)


def test_a_file_that_never_ends_and_lines_that_are_not_there():
    assert mutants("a.py", "x = 1\n", {0, 2, 99}) == ()
    assert mutants("a.py", "def f():\n    x = " + "1 + " * 2_000 + "1\n", {2}) == ()
    assert mutants("a.py", "def f(:\n    return 1 + 1\n", {2})[0].now == "-", "another version's syntax is no reason"


@pytest.mark.slow
def test_every_mutant_of_our_own_code_is_python():
    path = ast.__file__
    with open(path) as file:
        text = file.read()
    found = mutants("ast.py", text, set(range(1, 400)))
    assert len(found) > 50
    assert all(syntax_problem("ast.py", item.text) == "" for item in found[:60])


SHOP = """LIMIT = 3


def _helper(a):
    return a + 1


class Cart:
    def total(self):
        return _helper(1) * 2

    def empty(self):
        return self.count == 0
"""


def test_what_the_test_names_goes_first():
    lines = frozenset(range(1, 20))
    files = [Covered(path="lib/far.py", text=SHOP, lines=lines), Covered(path="shop/cart.py", text=SHOP, lines=lines)]
    found = chosen(files, test_path="tests/test_cart.py", test_text="assert Cart().empty()", most=12)
    assert [(item.place, item.was) for item in found[:3]] == [
        ("shop/cart.py:13", "=="), ("shop/cart.py:13", "0"), ("shop/cart.py:13", "self.count == 0"),
    ]  # fmt: skip
    assert {item.path for item in found[:6]} == {"lib/far.py", "shop/cart.py"}, "the same name elsewhere is next"
    assert {item.line for item in found[6:9]} == {10}, "then what belongs to the type"
    assert len(found) == 12


def test_what_every_import_executes_counts_only_where_the_test_names_it():
    files = [Covered(path="shop/cart.py", text=SHOP, lines=frozenset({1}))]
    given = {"test_path": "tests/test_cart.py", "most": 9}
    assert chosen(files, test_text="assert cart.sorted([2, 1])", **given) == ()
    assert [item.now for item in chosen(files, test_text="assert cart.LIMIT == 3", **given)] == ["4"]


def test_a_test_beside_the_code_is_not_broken_itself():
    text = "fn f(a: i32) -> i32 {\n    a + 1\n}\n\n#[test]\nfn adds() {\n    let x = f(1) + 2;\n}\n"
    found = chosen([Covered(path="src/lib.rs", text=text, lines=frozenset(range(1, 9)))], test_path="src/lib.rs",
                   test_text="f(1)", most=9)  # fmt: skip
    assert {item.line for item in found} == {2}


def test_lines_take_turns():
    text = "def f(a, b):\n    x = a + b + 1\n    y = a * b\n    return x < y\n"
    files = [Covered(path="a.py", text=text, lines=frozenset({2, 3, 4}))]
    found = chosen(files, test_path="test_a.py", test_text="f(1, 2)", most=3)
    assert [item.line for item in found] == [4, 2, 3], "a comparison tells more than a sum"


def big(functions):
    """A file with hundreds of places; its texts are as long together as hundreds of files."""
    return "".join(f"def f{n}(a, b):\n    return a + b * {n} if a < b else None\n\n\n" for n in range(functions))


def test_only_what_is_chosen_is_made():
    """Four hundred copies of each file were made and parsed: two files of 3,000 lines took half a minute."""
    asked = []
    files = [Covered(path=f"{name}.py", text=big(500), lines=frozenset(range(1, 2_000))) for name in "ab"]
    found = chosen(
        files, test_path="test_a.py", test_text="f1(2, 3)", most=12, over=lambda: asked.append(1) is not None
    )
    assert len(found) == 12
    assert len(asked) <= len(files) + 12 + 1, "once for each file, and for each mutant that was made"


@pytest.mark.parametrize(("moments", "most"), [(0, 0), (1, 0), (3, 1), (8, 6)])
def test_when_the_time_is_up_no_more_are_made(moments, most):
    clock = itertools.count()
    files = [Covered(path=f"{name}.py", text=big(50), lines=frozenset(range(1, 200))) for name in "ab"]
    found = chosen(files, test_path="test_a.py", test_text="f1(2, 3)", most=12, over=lambda: next(clock) >= moments)
    assert len(found) == most


def test_a_file_whose_mutants_cannot_be_read_gives_none():
    """Python refuses each of them; the file itself is asked about once."""
    text = "def f(a):\n" + "".join("    for x in a: pass\n" for _ in range(300))
    assert mutants("a.py", text, range(2, 300)) == ()
    assert breakable("a.rb", "1 + 1\n") is None
