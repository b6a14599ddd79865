"""New tests on broken code, for real: good ones, ones that claim nothing, and what says nothing about a test."""

import shutil
import time
from dataclasses import replace

import pytest

from ftc.agent.noticing import Court, noticing
from ftc.agent.stress_run import CannotRun, Tree
from ftc.clients.shell import run as shell_run
from ftc.core.errors import CommandFailed
from ftc.core.fix import Amplifier
from ftc.core.new_tests import new_tests
from ftc.core.noticed import Notice, Noticed, told, whole
from tests.stressing import bench, copied

pytestmark = pytest.mark.slow

PRICES = """RATES = {"de": 19, "fr": 20}


def tax(net, country):
    if net < 0:
        raise ValueError("a price is not negative")
    return net * RATES[country] // 100


def discount(net, count):
    if count >= 10 and net > 100:
        return net - net // 10
    return net


def wait(count):
    while count > 0:
        count = count - 1
    return "done"
"""
HEAD = "import pytest\n\nfrom shop import prices\n\n\n"
GOOD = "def test_new():\n    assert prices.tax(200, 'de') == 38\n"
BLIND = "def test_new():\n    assert prices.discount(200, 10) or prices.RATES\n"
NOT_NONE = "def test_new():\n    assert prices.discount(200, 10) is not None\n"
CALLS = "def test_new():\n    prices.discount(50, 1)\n    prices.discount(200, 10)\n"
TRUE = "def test_new():\n    prices.discount(200, 10)\n    assert True\n"
FAILS = "def test_new():\n    assert prices.tax(200, 'de') == 39\n"
SKIPS = "def test_new():\n    pytest.skip('later')\n    assert prices.tax(200, 'de') == 38\n"
TABLE = (
    "@pytest.mark.parametrize('net', [100, 200])\ndef test_new(net):\n    assert prices.tax(net, 'fr') == net // 5\n"
)
NOTHING = "def test_new():\n    assert sorted([2, 1]) == [1, 2]\n"
METHOD = "class TestPrices:\n    def test_new(self):\n        assert prices.discount(200, 10) == 180\n"
ENDLESS = "def test_new():\n    assert prices.wait(3)\n"

ROWS = {
    "it claims what the code gives": (GOOD, Notice.NOTICED, "fails with `shop/prices.py:"),
    "cases": (TABLE, Notice.NOTICED, "fails with"),
    "a method": (METHOD, Notice.NOTICED, "fails with"),
    "it claims next to nothing": (BLIND, Notice.BLIND, "passes although `shop/prices.py:"),
    "it claims little, and notices that": (NOT_NONE, Notice.NOTICED, "fails with `shop/prices.py:12`"),
    "it calls the code and claims nothing": (CALLS, Notice.BLIND, "was broken in 8 ways"),
    "it claims what always holds": (TRUE, Notice.BLIND, "passes although"),
    "it fails without anything broken": (FAILS, Notice.BLIND, "fails on the code as it is"),
    "it does not run": (SKIPS, Notice.UNTOLD, "it did not run"),
    "it covers nothing": (NOTHING, Notice.UNTOLD, "no code of the repository but tests"),
}


def tried(tmp_path, text, *, run=shell_run, until=600.0, path="tests/test_prices.py", project="prove-shop"):
    root = copied(project, tmp_path / "tree")
    if project == "prove-shop":
        (root / "shop/prices.py").write_text(PRICES)
    before = (root / path).read_text() if (root / path).exists() else None
    after = (before or HEAD) + text
    (root / path).write_text(after)
    files = sorted(str(item.relative_to(root)) for item in root.rglob("*") if item.is_file())
    kept = {item: (root / item).read_bytes() for item in files}

    def bench_of(test, name):
        made = bench(root, test.id, test_file=test.path, scratch=tmp_path / name, fingerprints=())
        return replace(made, run=run)

    began = time.monotonic()
    court = Court(
        tree=Tree(side="after", root=root), files=files, bench=bench_of, clock=time.monotonic, until=began + until
    )
    found = noticing(new_tests(path, before=before, after=after), court)
    assert {item: (root / item).read_bytes() for item in files} == kept, "everything is as it was"
    return found


@pytest.mark.parametrize(("text", "notice", "said"), ROWS.values(), ids=ROWS)
def test_a_new_test_of_python(text, notice, said, tmp_path):
    (found,) = tried(tmp_path, text)
    assert (found.notice, said in found.detail) == (notice, True), found


def test_one_blind_test_among_good_ones_is_named(tmp_path):
    found = tried(tmp_path, GOOD + "\n\n" + BLIND.replace("test_new", "test_blind"))
    assert [item.notice for item in found] == [Notice.NOTICED, Notice.BLIND]
    assert whole(found) is Notice.BLIND
    assert told(found).startswith("tests/test_prices.py: test_blind: the new test passes although")


def test_broken_code_that_never_ends_says_nothing(tmp_path):
    limits = []

    def run(argv, **values):
        if "coverage" not in argv:
            limits.append(values["timeout"])
            values["timeout"] = min(values["timeout"], 12)
        return shell_run(argv, **values)

    (found,) = tried(tmp_path, ENDLESS, run=run)
    assert (found.notice, "in 3 ways" in found.detail) == (Notice.BLIND, True), found
    assert max(limits[1:]) < limits[0] == 90, "a run on broken code has less time"


def test_no_time(tmp_path):
    (found,) = tried(tmp_path, GOOD, until=0.0)
    assert (found.notice, found.detail) == (Notice.UNTOLD, "there was no time left for it")


def test_a_tool_that_is_missing(tmp_path):
    def run(argv, **values):
        if "coverage" in argv:
            raise CommandFailed("coverage could not be started")
        return shell_run(argv, **values)

    (found,) = tried(tmp_path, GOOD, run=run)
    assert (found.notice, found.detail) == (Notice.UNTOLD, "coverage: coverage could not be started")


def test_a_checkout_that_cannot_be_put_right_is_no_ground_for_a_proof(tmp_path):
    """A test that puts a link in the place of the code: nothing is written through it."""
    prize = tmp_path / "prize.py"
    prize.write_text("secret\n")
    root = tmp_path / "tree/shop"

    def run(argv, **values):
        done = shell_run(argv, **values)
        if "coverage" not in argv and (root / "prices.py").read_text() != PRICES:
            shutil.rmtree(root)
            root.symlink_to(tmp_path)
            (tmp_path / "prices.py").symlink_to(prize)
        return done

    with pytest.raises(CannotRun, match="could not be put right"):
        tried(tmp_path, GOOD, run=run)
    assert prize.read_text() == "secret\n"


def test_killed_in_the_middle_the_file_is_put_right(tmp_path):
    calls = []

    def run(argv, **values):
        calls.append(argv)
        if len(calls) == 4:  # the test, coverage twice, and now the first mutant
            assert (tmp_path / "tree/shop/prices.py").read_text() != PRICES
            raise KeyboardInterrupt
        return shell_run(argv, **values)

    with pytest.raises(KeyboardInterrupt):
        tried(tmp_path, GOOD, run=run)
    assert (tmp_path / "tree/shop/prices.py").read_text() == PRICES


GO = "\nfunc TestNew(t *testing.T) {\n\t%s\n}\n"
GO_ROWS = {
    "it claims what the code gives": ("if Total(1, 2) != 3 {\n\t\tt.Fatal()\n\t}", Notice.NOTICED, "price/price.go:8"),
    "in sub-tests": ('t.Run("two", func(t *testing.T) {\n\t\tif Total(1, 2) != 3 {\n\t\t\tt.Fatal()\n\t\t}\n\t})',
                     Notice.NOTICED, "fails with"),
    "it claims what always holds": ("if Lock(t.TempDir()+\"/x\") != nil && Total(1, 2) == 99 {\n\t\tt.Fatal()\n\t}",
                                    Notice.BLIND, "passes although `cart/cart.go:"),
    "one line to break": ("Total(1, 2)", Notice.UNTOLD, "ways to break what it covers could be tried"),
}  # fmt: skip


@pytest.mark.toolchain
@pytest.mark.parametrize(("text", "notice", "said"), GO_ROWS.values(), ids=GO_ROWS)
def test_a_new_test_of_go(text, notice, said, tmp_path):
    if not shutil.which("go"):
        pytest.skip("go is not installed")
    (found,) = tried(tmp_path, GO % text, path="cart/cart_test.go", project="prove-go")
    assert (found.notice, said in found.detail) == (notice, True), found


def test_what_is_told_of_several():
    def one(notice):
        return Noticed(test="test_a", notice=notice, detail="why")

    assert whole([one(Notice.NOTICED), one(Notice.UNTOLD)]) is Notice.UNTOLD
    assert told([one(Notice.NOTICED), one(Notice.UNTOLD)]) == "not measured: test_a: why"
    assert told([one(Notice.BLIND)] * 5) == "; ".join(["test_a: why"] * 3) + "; and 2 more"
    assert told([one(Notice.NOTICED)]) == "1 new test fails when the code it covers is broken"
    assert Amplifier.PLAIN == "plain"
