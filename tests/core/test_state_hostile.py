"""Hostile state: forged and mutated bodies raise only what the callers expect, and never cost more than moments."""

import hashlib
import json
import time
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ftc.core.errors import StateUnreadable
from ftc.core.flake_document import flake_document
from ftc.core.model import Dashboard, IssueRef
from ftc.core.scan_block import MARK, without_blocks
from ftc.core.state import decode, digest, encode_dashboard, encode_flake, encode_watch_page, recover
from tests.builders import NOON, REPO, a_flake, a_verdict, an_occurrence, graded, hours
from tests.core.state_strategies import texts

FLAKE = a_flake(
    an_occurrence(run="1"),
    graded(an_occurrence(run="2", created=hours(3)), a_verdict().grade),
    issue=12,
    verdict=a_verdict(),
)
BLOCKS = {
    "flake": encode_flake(FLAKE),
    "dashboard": encode_dashboard(Dashboard(repo=REPO, issue=IssueRef(repo=REPO, issue=1), cursor=NOON)),
    "watch": encode_watch_page(10, [FLAKE]),
}
SECONDS = 5.0
"""Far above what the slowest case takes on a busy machine, far below what an unbounded one would."""


def forged(document: object, kind: str = "flake", *, raw: str = "") -> str:
    """A block with a right checksum, as anybody can make one who may edit the issue."""
    payload = f"1 {kind}\n{raw or json.dumps(document)}"
    return f"<!-- {MARK} {payload}\nsha256 {hashlib.sha256(payload.encode()).hexdigest()}\n-->"


def everything(body: str) -> None:
    """All that reads a body; only the expected errors may come out."""
    with suppress(StateUnreadable):
        decode(body)
    recover(body)
    digest(body)
    without_blocks(body)


cuts = st.lists(
    st.tuples(
        st.floats(0, 1), st.integers(0, 40), st.sampled_from(["", "\n", "-->", "9" * 20, '"', "]", "null", "~~~"])
    ),
    min_size=1,
    max_size=4,
)


def mutated(block: str, changes: list[tuple[float, int, str]]) -> str:
    for place, length, new in changes:
        at = int(place * len(block))
        block = block[:at] + new + block[at + length :]
    return block


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(BLOCKS)), cuts, texts)
def test_a_mutated_body_is_refused_or_says_the_same(kind: str, changes, around: str) -> None:
    body = mutated(BLOCKS[kind], changes) + "\n" + around
    everything(body)
    with suppress(StateUnreadable):
        found, sound = decode(body), decode(BLOCKS[kind])
        assert (found.flake, found.dashboard, found.flakes) == (sound.flake, sound.dashboard, sound.flakes)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("9" * 30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["~", "t", "i", "r", "x"]), inner),
    max_leaves=8,
)
MEMBERS = flake_document(FLAKE)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(MEMBERS)), values)
@example("verdict", ["flaky-test", "A", float("nan"), [], [], ""])
@example("verdict", ["flaky-test", "A", 0.9, [["x", float("inf"), "y", []]], [], ""])
@example("framework", {"~": 5})
@example("seen", [10**30, 0, 0])
@example("exposure", [1, "actions", "99999999999", "1"])
@example("sealed", [1, "actions", "1", "v1:a", "1", "999999999999", "0"])
def test_a_forged_member_is_refused_or_read(member: str, value) -> None:
    everything(forged({**MEMBERS, member: value}))
    everything(forged({"page": 1, "issue": None, "flakes": [{**MEMBERS, member: value}]}, "watch"))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["page", "issue", "flakes"]), values)
@example("page", float("inf"))
@example("page", 16)
def test_a_forged_watch_page_is_refused_or_read(member: str, value) -> None:
    body = forged({"page": 1, "issue": None, "flakes": [], member: value}, "watch")
    everything(body)
    with suppress(StateUnreadable):
        assert 0 <= decode(body).page < 16


@pytest.mark.parametrize(
    "body",
    [
        forged(None, raw="[" * 50_000),
        forged(None, raw='{"a":' * 50_000),
        forged(None, raw="9" * 50_000),
        forged({**MEMBERS, "revision": [1, 10**400]}),
        forged({**MEMBERS, "verdict": ["flaky-test", "A", float("nan"), [], [], ""]}),
        forged(
            None, raw=json.dumps({**MEMBERS, "verdict": ["flaky-test", "A", 1, [], [], ""]}).replace(" 1,", " 1e999,")
        ),
        forged({**MEMBERS, "occurrences": [10**9, *["x"] * 21]}),
        forged({**MEMBERS, "exposure": [999_999, "actions", "1", "1"]}),
    ],
    ids=["deep", "deeper", "digits", "revision", "nan", "infinite", "rows", "equal-rows"],
)
def test_monstrous_documents_are_refused_at_once(body: str) -> None:
    begun = time.process_time()
    everything(body)
    if "[1, 1000" not in body:
        with pytest.raises(StateUnreadable):
            decode(body)
    assert time.process_time() - begun < SECONDS


@pytest.mark.parametrize(
    "body",
    [
        f"<!-- {MARK} 1 flake\n" * 40_000,
        f"<!-- {MARK} 1 flake\n{{}}\n-->\n" * 2_000,
        f"<!-- {MARK}\n" * 2_000,
        "<!-- flaky-test-cleaner:key aaaaaaaaaaaaaaaa -->\n" * 1_000,
        "```\n" * 15_000 + BLOCKS["flake"],
        (forged({**MEMBERS, "exposure": [1000, "actions", "1", "1"]}) + "\n") * 40,
    ],
    ids=["open", "closed", "bare", "keys", "fences", "rows"],
)
def test_bodies_of_a_thousand_markers_are_read_in_moments(body: str) -> None:
    begun = time.process_time()
    everything(body)
    assert time.process_time() - begun < SECONDS
