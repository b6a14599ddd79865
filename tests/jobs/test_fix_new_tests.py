"""Changes that add tests, proven for real: good ones, blind ones, and sets of tests that differ in another way."""

import shutil

import pytest

from ftc.core.concluding import conclude
from ftc.core.config import Masking
from ftc.core.fix import Amplifier, Quota, TaskKind
from ftc.core.model import TestId
from ftc.core.stress import Verdict
from tests.agent import fix_runs
from tests.proving import RIGHT, Shop, with_python

pytestmark = pytest.mark.slow

PULL_ON = ("verified", "supported")
END = "    assert cart.total([1, 2]) == 3\n"
GOOD = "\n\ndef test_many():\n    assert cart.total([1, 2, 4]) == 7\n"
BLIND = '\n\ndef test_locks(tmp_path):\n    assert cart.lock(tmp_path / "x") is None\n'
NAMED = 'Path("cart.lock").exists()'
CASES = "@pytest.mark.parametrize('price', [1, 2])\ndef test_price(price):\n    assert cart.total([price]) == price\n"
HEAD = "import pytest\nfrom pathlib import Path\n\nfrom shop import cart\n\n\n"
LOCK = 'def test_lock():\n    cart.lock(Path("cart.lock"))\n    assert Path("cart.lock").exists()\n\n\n'
CART = '''from pathlib import Path


class Locked(Exception):
    pass


def lock(place: Path) -> None:
    """Whoever finds the lock of somebody else takes it away and fails."""
    if place.exists():
        place.unlink()
        raise Locked("the cart is locked")
    place.touch()


def total(prices):
    return sum(prices)


def discount(net, count):
    if count >= 10 and net > 100:
        return net - net // 10
    return net
'''
BLIND_DISCOUNT = "\n\ndef test_discount():\n    assert cart.discount(200, 10) or cart.total([1])\n"


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A repository whose flake shows itself beside the other tests of its file."""
    with_python(monkeypatch)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    made = Shop(tmp_path, files={"shop/cart.py": CART, "tests/test_cases.py": f"{HEAD}{LOCK}{CASES}"})
    made.ordered()
    ran = ("test_lock", "test_total")
    trial = fix_runs.trial(Amplifier.NEIGHBOURS, runs=10, target=5, executed=ran)
    made.reproduction(chosen=Amplifier.NEIGHBOURS, trials=(trial,))
    return made


def judged(shop, *flags, **over):
    task = shop.ordered(quota=Quota(runs=40, minutes=8, usd=0.0, steps=0, candidates=3), **over)
    found = shop.verify(*flags, quick=False)
    kept = Masking.FLAG if "flag" in flags else Masking.REFUSE
    said = conclude(task, shop.documents.verifications(task.legs)[0], masking=kept, pull_on=PULL_ON)
    return found.judged[0], said, found


def gate(one):
    return next((item for item in one.gates if item.name == "new tests"), None)


def test_a_good_new_test_is_no_deviation_and_is_tried_on_broken_code(shop):
    shop.proposed(shop.patch(RIGHT, (END, END + GOOD)))
    one, said, _ = judged(shop)
    assert [item.amplifier for item in one.strata] == ["neighbours", "plain"]
    assert (one.executed_same, gate(one).passed, gate(one).flagged) == (True, True, False), gate(one)
    assert gate(one).detail == "1 new test fails when the code it covers is broken"
    assert (said.candidate, said.proof.verdict) == (1, Verdict.VERIFIED), said


def test_a_blind_new_test_is_refused_before_anything_is_counted(shop):
    shop.proposed(shop.patch(RIGHT, (END, END + BLIND_DISCOUNT)))
    one, said, _ = judged(shop)
    assert (gate(one).passed, one.strata, said.candidate) == (False, (), 0)
    assert "test_discount: the new test passes although `shop/cart.py:" in said.rejected[0].why
    assert not list(shop.source.glob("**/*.new")), "nothing is left"


def test_an_empty_new_test_is_not_even_run(shop):
    shop.proposed(shop.patch(RIGHT, (END, END + "\n\ndef test_many():\n    cart.total([1])\n    assert True\n")))
    one, said, _ = judged(shop)
    always, empty = "always-true: tests/test_cart.py: assert True", "empty-test: tests/test_cart.py: def test_many():"
    assert one.masking == (always, empty)
    assert (gate(one), one.strata) == (None, ())
    assert said.rejected[0].why.startswith("masking: always-true")


def test_where_it_forbids_nothing_it_is_told(shop):
    """By configuration, and to a person's own pull request."""
    shop.proposed(shop.patch(RIGHT, (END, END + BLIND_DISCOUNT)))
    one, said, _ = judged(shop, "--masking", "flag")
    assert (gate(one).passed, gate(one).flagged) == (True, True)
    assert (said.candidate, said.proof.verdict) == (1, Verdict.VERIFIED)
    one, _, _ = judged(shop, kind=TaskKind.VERIFY)
    assert (gate(one).passed, gate(one).flagged, bool(one.strata)) == (True, True, True)


def test_a_renamed_target_is_refused(shop):
    shop.proposed(shop.patch(RIGHT, ("def test_lock", "def test_locked")))
    _, said, _ = judged(shop, "--masking", "flag")
    assert said.candidate == 0
    assert said.rejected[0].why.startswith("test: the test did not run")


def test_another_test_that_vanishes_is_refused_though_one_is_added(shop):
    """Renamed, its old name does not run any more, whatever the diff shows beside it."""
    shop.proposed(shop.patch(RIGHT, ("def test_total", "def test_sum")))
    one, said, _ = judged(shop, "--masking", "flag")
    assert said.candidate == 0
    assert "tests that ran before do not run any more: test_total" in said.rejected[0].why, one.gates


def test_a_test_that_is_skipped_at_run_time_is_missed(shop):
    """No word of skipping in any line: a fixture of the suite's decides, by a name that is put together."""
    fixture = (
        "import pytest\n\n\n@pytest.fixture(autouse=True)\ndef quick(request):\n"
        "    leave = getattr(pytest, 'sk' + 'ip')\n    'total' not in request.node.name or leave()\n"
    )
    shop.proposed(shop.patch(RIGHT) + shop.patch(("", fixture), path="tests/conftest.py"))
    one, said, _ = judged(shop)
    assert said.candidate == 0
    assert "tests that ran before do not run any more: test_total" in said.rejected[0].why, one.gates


def test_a_case_from_data_is_refused(shop):
    """Its name is in no definition of the diff: nobody can tell it from one that ran under another name."""
    test = TestId(ecosystem="python", suite="tests/test_cases.py", name="test_lock")
    patch = shop.patch(RIGHT, ("[1, 2]", "[1, 2, 3]"), path="tests/test_cases.py")
    shop.proposed(patch)
    one, said, found = judged(shop, tests=(test,), test_files=("tests/test_cases.py",))
    assert (one.executed_same, said.candidate) == (False, 0)
    assert any("ran only after the change: test_price[3]" in problem for problem in found.problems), found.problems


def test_any_other_order_has_its_new_tests_tried_too(shop):
    order = {"kind": TaskKind.START, "tests": (), "test_files": (), "instruction": "Test the discount."}
    shop.proposed(shop.patch(("", HEAD + BLIND_DISCOUNT.strip() + "\n"), path="tests/test_more.py"))
    one, said, _ = judged(shop, **order)
    assert [item.passed for item in one.gates] == [True, True, False]
    assert said.rejected[0].why.startswith("new tests: tests/test_more.py: test_discount")
    good = BLIND_DISCOUNT.replace("or cart.total([1])", "== 180")
    shop.proposed(shop.patch(("", HEAD + good.strip() + "\n"), path="tests/test_more.py"))
    _, said, _ = judged(shop, **order)
    assert said.candidate == 1


def test_where_it_cannot_be_measured_it_is_flagged(shop):
    """A configured command is not taken apart, so nobody can tell what the new test covers."""
    shop.reproduction()
    shop.proposed(shop.patch(RIGHT, (END, END + GOOD)))
    task = shop.ordered()
    found = shop.verify()
    (one,) = found.judged
    said = conclude(task, [found], masking=Masking.REFUSE, pull_on=PULL_ON)
    assert (gate(one).passed, gate(one).flagged) == (True, True)
    assert gate(one).detail.startswith("not measured: tests/test_cart.py: test_many: coverage: there is no way")
    assert (said.candidate, said.proof.verdict) == (1, Verdict.VERIFIED), "it stays a draft, by `is_draft`"


@pytest.mark.toolchain
def test_new_tests_of_go(tmp_path, monkeypatch):
    if not shutil.which("go"):
        pytest.skip("go is not installed")
    shop = Shop(tmp_path, project="prove-go")
    test, file = TestId(ecosystem="go", suite="example.com/prove/cart", name="TestLock"), "cart/cart_test.go"
    shop.reproduction(runner="go")
    order = {"tests": (test,), "test_files": (file,), "allowed_paths": ("**/*_test.go",)}
    end = "func TestTotal"
    good = "func TestThree(t *testing.T) {\n\tif Total(1, 2, 3) != 6 {\n\t\tt.Fatal()\n\t}\n}\n\n"
    blind = good.replace("Total(1, 2, 3) != 6", 'err := Lock(t.TempDir() + "/x"); Total(1, 2) == 99 && err != nil')
    shop.proposed(shop.patch((end, good + end), path=file), shop.patch((end, blind + end), path=file))
    shop.ordered(quota=Quota(runs=10, minutes=8, usd=0.0, steps=0, candidates=3), **order)
    first, second = shop.verify("--masking", "refuse", quick=False).judged
    assert (gate(first).passed, gate(first).flagged) == (True, False), gate(first)
    assert (gate(second).passed, second.strata) == (False, ()), gate(second)
