"""The hidden plan of an analysis: what comes back whole, and everything that makes it no plan."""

from datetime import UTC, datetime, timedelta

import pytest

from ftc.core.approval import Plan
from ftc.core.markdown import fence
from ftc.core.model import IssueRef, TestId
from ftc.core.plan_block import decode_plan, encode_plan

HERE = IssueRef(repo="acme/shop", issue=7)
SINCE = datetime(2026, 11, 20, 12, tzinfo=UTC)
PLAN = Plan(
    root_cause="async-wait",
    tests=(TestId(ecosystem="go", suite="example.com/shop/cart", name="TestTotal/--> <b>"),),
    allowed_paths=("**/*_test.go",),
    planned_files=("cart/total_test.go", "cart/`a b`\n<!-- x --!>_test.go"),
)
BLOCK = encode_plan(PLAN, SINCE, where=HERE)
COMMENT = f"<!-- flaky-test-cleaner:say analysis -->\nLikely a race.\n\n{BLOCK}\n"


@pytest.mark.parametrize(
    "body",
    [COMMENT, BLOCK, COMMENT.replace("\n", "\r\n"), COMMENT.replace("Likely", "Very likely")],
    ids=["in a comment", "alone", "line ends as the browser sends them", "the words around it do not matter"],
)
def test_a_plan_comes_back_as_it_was(body: str) -> None:
    assert decode_plan(body, where=HERE) == (PLAN, SINCE)
    assert decode_plan(body, where=IssueRef(repo="Acme/Shop", issue=7, comment=12)) == (PLAN, SINCE)


def test_nothing_in_it_ends_the_comment_or_mentions_anybody() -> None:
    hostile = Plan(root_cause="-->@bea\n-->", tests=(TestId(ecosystem="go", suite="", name="\ud800 --!> é"),))
    block = encode_plan(hostile, SINCE, where=HERE)
    assert block.isascii()
    assert "@" not in block
    assert block.count("-->") == 1
    assert decode_plan(block, where=HERE) == (hostile, SINCE)


OTHER = encode_plan(PLAN, SINCE + timedelta(seconds=1), where=HERE)


@pytest.mark.parametrize(
    ("why", "body"),
    [
        ("there is none", "Likely a race."),
        ("a file was added by hand", COMMENT.replace("total_test.go", "admin_test.go")),
        ("its end is missing", COMMENT.replace("-->\n", "", 2).removesuffix("-->")),
        ("quoted", "> " + COMMENT.replace("\n", "\n> ")),
        ("of a newer version", COMMENT.replace(":plan 1\n", ":plan 2\n")),
        ("two that disagree", f"{BLOCK}\n{OTHER}"),
        ("indented, as code", "    " + BLOCK.replace("\n", "\n    ")),
        ("moved from another issue", encode_plan(PLAN, SINCE, where=IssueRef(repo="acme/shop", issue=8))),
        ("moved from another repository", encode_plan(PLAN, SINCE, where=IssueRef(repo="acme/till", issue=7))),
    ],
)
def test_what_is_no_plan(why: str, body: str) -> None:
    assert decode_plan(body, where=HERE) is None, why


def test_with_a_key_only_its_own_signature_counts() -> None:
    signed = encode_plan(PLAN, SINCE, where=HERE, hmac_key=b"k1")
    assert decode_plan(signed, where=HERE, hmac_key=b"k1") == (PLAN, SINCE)
    assert decode_plan(signed, where=HERE, hmac_key=b"k2") is None
    assert decode_plan(BLOCK, where=HERE, hmac_key=b"k1") is None, "unsigned"


def test_a_fenced_copy_is_recognised_as_code() -> None:
    """People quote a comment's source when something is wrong with it."""
    assert decode_plan(fence(COMMENT), where=HERE) is None
