"""Tasks that add tests, for real: a good one, blind ones that are rolled back, and one that nobody can try."""

import json
import shutil

import pytest
from errands import SEED, SHOP, Remote, Requests, Scripted, a_task, carry_out, git

pytestmark = pytest.mark.slow

HEAD = "import pytest\n\nfrom service.payment import charge, refund\n\n\n"
GOOD = f"""{HEAD}def test_refund():
    assert refund(4, 10) == 6
    with pytest.raises(ValueError, match="exceeds"):
        refund(11, 10)
"""
BLIND = HEAD + "def test_refund():\n    assert refund(4, 10) or charge\n"
CALLS = HEAD + "def test_refund():\n    refund(4, 10)\n"


def gates_of(body):
    return [line for line in body.splitlines() if line.startswith("| new tests")]


def test_a_blind_test_is_rolled_back_and_the_next_attempt_is_told(tmp_path):
    remote, requests = Remote(tmp_path / "git", SHOP), Requests()
    task = a_task(SEED.read_text(), quality_gates={"min_coverage_delta": -50})
    scripted = Scripted(
        {"tests/test_payment.py": CALLS}, {"tests/test_payment.py": BLIND}, {"tests/test_payment.py": GOOD}
    )
    outcome = carry_out(task, remote, tmp_path / "out", scripted, publisher=requests)
    trace = (tmp_path / "out" / task.id / "evidence/trace.txt").read_text()
    assert outcome.code == 0, trace
    assert "empty-test" in scripted.asked[1][1], "what claims nothing is seen in the diff"
    assert "new tests: tests/test_payment.py: test_refund: the new test passes although" in scripted.asked[2][1]
    assert "`src/service/payment.py:" in scripted.asked[2][1]
    assert gates_of(requests.asked[0].body) == [
        "| new tests | passed | `1 new test fails when the code it covers is broken` |"
    ]
    assert remote.text("auto/add-payment-tests", "src/service/payment.py") == git(
        remote.bare, "show", "main:src/service/payment.py"
    ), "nothing broken was committed"


def test_nothing_but_blind_tests_is_delivered_by_default_and_is_by_choice(tmp_path):
    remote, requests = Remote(tmp_path / "git", SHOP), Requests()
    once = {"limits": {"max_retries_per_batch": 0}}
    task = a_task(SEED.read_text(), quality_gates={"min_coverage_delta": -50}, **once)
    outcome = carry_out(task, remote, tmp_path / "out", Scripted({"tests/test_payment.py": BLIND}), publisher=requests)
    assert (outcome.code, outcome.status.commits) == (1, ())
    assert "needs-manual-review" in outcome.status.risk_labels
    gates = {"min_coverage_delta": -50, "new_tests_must_fail": False}
    task = a_task(SEED.read_text(), quality_gates=gates, **once)
    outcome = carry_out(task, remote, tmp_path / "out", Scripted({"tests/test_payment.py": BLIND}), publisher=requests)
    assert (outcome.code, gates_of(requests.asked[-1].body)) == (0, [])


NODE = {
    "package.json": json.dumps({"scripts": {"test": "node --test tests/"}}),
    "src/total.js": "exports.total = (prices) => prices.reduce((a, b) => a + b, 0);\n",
    "tests/other.test.js": "require('node:test')('other', () => require('node:assert').ok(require('../src/total')));\n",
}
NODE_TEST = """const assert = require('node:assert');
const test = require('node:test');
const { total } = require('../src/total');

test('adds', () => {
  assert.equal(total([1, 2]), 3);
});
"""


SAYING = {"test": "npm test", "coverage": "echo total 80%", "lint": "true", "types": "true"}


@pytest.mark.toolchain
def test_what_nobody_can_try_is_said_and_is_no_pass(tmp_path):
    if not shutil.which("node"):
        pytest.skip("node is not installed")
    remote, requests = Remote(tmp_path / "git", NODE), Requests()
    for wanted, code, words in ((None, 0, "new tests (not a condition)"), (True, 2, "new tests")):
        gates = {"commands": SAYING, **({} if wanted is None else {"new_tests_must_fail": wanted})}
        task = a_task(target={"include": ["src/*.js"]}, limits={"max_retries_per_batch": 0}, quality_gates=gates)
        outcome = carry_out(
            task, remote, tmp_path / "out", Scripted({"tests/total.test.js": NODE_TEST}), publisher=requests
        )
        (row,) = gates_of(requests.asked[-1].body)
        assert row.startswith(f"| {words} | not available | `not measured: tests/total.test.js: adds:"), row
        assert (outcome.code, outcome.status.risk_level) == (code, "medium")
        assert "not available: new tests" in requests.asked[-1].body
