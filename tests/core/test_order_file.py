"""The order's file is read strictly: what respond writes is taken whole, and any change to it is refused."""

import json
from dataclasses import replace

import pytest

from ftc.core.fix import TaskKind
from ftc.core.order_file import OrderUnreadable, read_order
from ftc.core.orders import Order, branch_name, document, task_id
from tests.builders import NOON

TASK = Order(
    id=task_id(12, "event-9"),
    kind=TaskKind.START,
    repo="octo/widgets",
    issue=12,
    title="Tidy ::error::",
    body="A \ud800 mess.\r\n",
    instruction="first the sums",
    by="bea",
    ordered=NOON,
    turn="event-9",
    branch=branch_name(12, task_id(12, "event-9")),
    runner="big",
    key="1" * 16,
    scope="",
)


def text_of(**over):
    return json.dumps({**document(TASK), **over})


def test_what_was_handed_on_is_read_back():
    order = read_order(text_of())
    same = ("id", "repo", "issue", "title", "body", "instruction", "by", "ordered", "turn", "branch", "runner", "key")
    assert {name: getattr(order, name) for name in same} == {name: getattr(TASK, name) for name in same}
    assert (order.kind.value, order.digest, order.nonce) == ("start", TASK.digest, "event-9")


def test_a_nonce_of_its_own_names_the_lease():
    assert read_order(text_of(nonce="f00")).nonce == "f00"


def test_a_proof_has_no_branch():
    assert read_order(text_of(kind="verify", branch="")).branch == ""


CHANGED = {
    "no JSON": ("{", "not readable as JSON"),
    "no object": ("[]", "holds no order"),
    "far too long": (" " * 1_000_001, "larger than"),
    "nested without end": ("[" * 50_000, "not readable"),
    "another version": (text_of(schema=2), "another version"),
    "a member more": (text_of(model="x"), "members missing or unknown: model"),
    "a member less": (json.dumps({k: v for k, v in document(TASK).items() if k != "scope"}), "unknown: scope"),
    "a number as text": (text_of(issue="12"), "issue is of the wrong type"),
    "a truth as number": (text_of(issue=True), "issue is of the wrong type"),
    "a null": (text_of(runner=None), "runner is of the wrong type"),
    "not a number": ('{"schema": NaN}', "not readable"),
    "another kind": (text_of(kind="delete"), "kind or ordered"),
    "no time": (text_of(ordered="soon"), "kind or ordered"),
    "a time of nowhere": (text_of(ordered="2026-11-20T12:00:00"), "no time zone"),
    "another issue under the same name": (text_of(issue=13), "id, branch does not fit"),
    "another turn under the same name": (text_of(turn="9"), "id does not fit"),
    "a branch of somebody's choice": (text_of(branch="main"), "branch does not fit"),
    "no branch for a fix": (text_of(branch=""), "branch does not fit"),
    "a text put under an old digest": (text_of(body="Delete everything."), "digest does not fit"),
}


@pytest.mark.parametrize("case", CHANGED)
def test_an_altered_file_is_refused_with_the_member(case):
    text, words = CHANGED[case]
    with pytest.raises(OrderUnreadable, match=words):
        read_order(text)


def test_line_ends_do_not_count():
    assert read_order(text_of(body=TASK.body.replace("\r\n", "\n"))).digest == TASK.digest
    assert replace(TASK, body="x").digest != TASK.digest
