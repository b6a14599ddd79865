"""What is doubtful since a rule made it: told, never refused, and nobody else's."""

# ruff: noqa: E501 - a row of a table is one line

import time

import pytest

from ftc.core.diff import parse_file_diff
from ftc.core.masking import Masking, refusable
from ftc.core.mechanical import RULES
from ftc.core.mechanical.doubts import DOUBTS, found_in
from ftc.core.unified import diff_of
from tests.core.test_mechanical import PERMUTED_PY, spot

PATH = "tests/test_a.py"
TEXT = "def test_a():\n    x = f()\n    assert x == ['a', 'b']\n"


def test_a_dropped_order_is_told_of_the_rule_and_of_nobody_else():
    after = RULES["unordered-comparison"].rewrite(spot(PATH, TEXT, PERMUTED_PY))
    diffs = [parse_file_diff(PATH, diff_of(PATH, TEXT, after), text=after)]
    (found,) = found_in("rule unordered-comparison", diffs)
    assert found.told == f"order-dropped: {PATH}: assert sorted(x) == sorted(['a', 'b'])"
    assert refusable([found.told]) == ()
    for by in ("rule fixed-port", "unordered-comparison", "openai/gpt-5", "@ada", ""):
        assert found_in(by, diffs) == ()


def test_what_masks_is_told_beside_it():
    after = TEXT.replace("    assert x == ['a', 'b']\n", "    pytest.skip()\n")
    diffs = [parse_file_diff(PATH, diff_of(PATH, TEXT, after), text=after)]
    kinds = {item.masking for item in found_in("rule unordered-comparison", diffs)}
    assert {Masking.SKIP, Masking.ORDER_DROPPED} <= kinds


def test_every_doubt_is_of_a_rule():
    assert set(DOUBTS) <= set(RULES)


HOSTILE = [
    ("loop-variable", "a.test.js", "for (var i = 0; i < 3; i++) {\n  later(() => i)\n  f(" + "i, " * 20_000 + "\n}\n"),
    ("loop-variable", "a.test.js", "for (var i = 0; i < 3; i++) {\n  (" * 2_000),
    ("loop-variable", "a_test.go", "for i := range x {\n\tgo func() {\n" + "i,\n" * 20_000 + "}()\n}\n"),
    ("loop-variable", "test_a.py", "def test_a():\n" + "".join(f"{' ' * (n + 1)}for x in y:\n" for n in range(90))),
    ("fixed-port", "a.test.js", "const s = a.listen(3000)\ns.address().port\n" + "(s\n" * 20_000),
    ("fixed-port", "a_test.go", 'func TestA(t *testing.T) {\n\tln, err := net.Listen("tcp", "127.0.0.1:8080")\n' + "ln,\n" * 20_000 + "}\n"),
    ("leaked-environment", "a_test.go", 'import "os"\nfunc TestA(t *testing.T) {\n' + '\tos.Setenv("A", "x")\n' * 5_000 + "}\n"),
    ("leaked-environment", "test_a.py", "import os\n" + 'def test_a():\n    os.environ["A"] = "x"\n' * 2_000),
    ("unordered-comparison", "test_a.py", "def test_a():\n    x = f()\n    assert x == y\n" + "#" + "aB" * 2_000 + "\n" + "x\n" * 20_000),
]  # fmt: skip


@pytest.mark.parametrize(("name", "path", "text"), HOSTILE)
def test_hostile_files_cost_little(name, path, text):
    excerpt = PERMUTED_PY + "EADDRINUSE" if name in ("unordered-comparison", "fixed-port") else ""
    began = time.process_time()
    RULES[name].rewrite(spot(path, text, excerpt))
    assert time.process_time() - began < 5
