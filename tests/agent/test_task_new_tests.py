"""Tasks that add tests, for real: a good one, blind ones that are rolled back, and one that nobody can try."""

import json
import shutil

import pytest
from errands import SHOP, Remote, Requests, Scripted, a_task, carry_out

pytestmark = pytest.mark.slow

# Nothing in it raises: what broken code raises, any call of it would notice.
FEE = '''

def fee(amount: int, count: int) -> int:
    """What a payment costs."""
    if count >= 10 and amount > 100:
        return amount - amount // 10
    return amount
'''
HEAD = "from service.payment import fee\n\n\ndef test_fee():\n"
GOOD = f"{HEAD}    assert fee(200, 10) == 180\n"
BLIND = f"{HEAD}    assert fee(200, 10) or [fee]\n"
CALLS = f"{HEAD}    fee(200, 10)\n"
SAYING = {"coverage": "echo total 80%", "lint": "true", "types": "true"}


@pytest.fixture
def remote(tmp_path):
    made = Remote(tmp_path / "git", SHOP)
    made.commit({"src/service/payment.py": (SHOP / "src/service/payment.py").read_text() + FEE})
    return made


def payment_tests(retries, **gates):
    return a_task(
        target={"include": ["src/service/payment.py"]},
        limits={"max_retries_per_batch": retries},
        quality_gates={"commands": {"test": "pytest -q", **SAYING}, **gates},
    )


def gates_of(body):
    return [line for line in body.splitlines() if line.startswith("| new tests")]


def test_a_blind_test_is_rolled_back_and_the_next_attempt_is_told(remote, tmp_path):
    requests, task = Requests(), payment_tests(2)
    scripted = Scripted(*({"tests/test_payment.py": text} for text in (CALLS, BLIND, GOOD)))
    outcome = carry_out(task, remote, tmp_path / "out", scripted, publisher=requests)
    assert outcome.code == 0, (tmp_path / "out" / task.id / "evidence/trace.txt").read_text()
    assert "empty-test" in scripted.asked[1][1], "what claims nothing is seen in the diff"
    told = scripted.asked[2][1]
    assert told.startswith("new tests: tests/test_payment.py: test_fee: the new test passes although")
    assert "`src/service/payment.py:" in told
    assert gates_of(requests.asked[0].body) == [
        "| new tests | passed | `1 new test fails when the code it covers is broken` |"
    ]
    assert remote.names(task.branch) == ["tests/test_payment.py"], "nothing broken was committed"


def test_a_blind_test_is_delivered_only_by_choice(remote, tmp_path):
    requests, scripted = Requests(), [Scripted({"tests/test_payment.py": BLIND}) for _ in range(2)]
    outcome = carry_out(payment_tests(0), remote, tmp_path / "out", scripted[0], publisher=requests)
    assert (outcome.code, outcome.status.commits) == (1, ())
    assert outcome.status.risk_labels == ("needs-manual-review", "aborted")
    task = payment_tests(0, new_tests_must_fail=False)
    outcome = carry_out(task, remote, tmp_path / "out", scripted[1], publisher=requests)
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


@pytest.mark.toolchain
def test_what_nobody_can_try_is_said_and_is_no_pass(tmp_path):
    if not shutil.which("node"):
        pytest.skip("node is not installed")
    remote, requests = Remote(tmp_path / "git", NODE), Requests()
    for wanted, code, words in ((None, 0, "new tests (not a condition)"), (True, 2, "new tests")):
        gates = {
            "commands": {"test": "npm test", **SAYING},
            **({} if wanted is None else {"new_tests_must_fail": wanted}),
        }
        task = a_task(target={"include": ["src/*.js"]}, limits={"max_retries_per_batch": 0}, quality_gates=gates)
        outcome = carry_out(
            task, remote, tmp_path / "out", Scripted({"tests/total.test.js": NODE_TEST}), publisher=requests
        )
        (row,) = gates_of(requests.asked[-1].body)
        assert row.startswith(f"| {words} | not available | `not measured: tests/total.test.js: adds:"), row
        assert (outcome.code, outcome.status.risk_level) == (code, "medium")
        assert "not available: new tests" in requests.asked[-1].body
