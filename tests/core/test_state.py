"""Blocks: any content survives the round trip, nothing forged or broken is believed, newer versions are left alone."""

import contextlib
import hashlib
import random
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftc.core.documents import upgrade
from ftc.core.errors import SchemaTooNew, StateUnreadable
from ftc.core.model import Dashboard, Flake, IndexEntry, IssueRef, Status, TestId
from ftc.core.state import (
    SCHEMA,
    WATCH_PAGES,
    decode,
    digest,
    encode_dashboard,
    encode_flake,
    encode_watch_page,
    recover,
    watch_page,
)
from tests.core.state_strategies import BASE, KEY, TEST, flake, occurrence, texts, wild_dashboards, wild_flakes

HERE = IssueRef(repo="tikv/pd", issue=12)
FLAKE = flake(occurrence(1), occurrence(2), issue=HERE, status=Status.ISSUE_OPEN, revision=3, parent=2)
BLOCK = encode_flake(FLAKE)


@settings(deadline=None, max_examples=150)
@given(wild_flakes, texts, st.booleans())
def test_any_flake_round_trips(value, around, crlf):
    """Also inside other text, and after GitHub turned the line ends."""
    block = encode_flake(value)
    assert block.isascii()
    assert block.count("-->") == block.count("\n-->") + block.count(f"{KEY} -->")
    body = f"Some words\n{block}\nmore words"
    assert decode(body.replace("\n", "\r\n") if crlf else body).flake == value


@settings(deadline=None)
@given(wild_dashboards)
def test_any_dashboard_round_trips(value):
    assert decode(encode_dashboard(value)).dashboard == value


@settings(deadline=None, max_examples=40)
@given(st.lists(wild_flakes, max_size=3), st.integers(0, WATCH_PAGES - 1))
def test_any_watch_page_round_trips(flakes, page):
    block = decode(encode_watch_page(page, flakes, where=IssueRef(repo="o/r", issue=1, comment=5)))
    assert (block.page, block.flakes) == (page, tuple(flakes))
    assert block.where == IssueRef(repo="o/r", issue=1, comment=5)


@pytest.mark.parametrize(
    "name", ["a" * 100_000, "-->" * 33_000, "🙂\r\n\0" * 25_000, "\ud83d\ude00" * 1000, "--!>", ""]
)
def test_monstrous_names_round_trip(name):
    value = replace(FLAKE, test=TestId(ecosystem="go", suite=name, name=name))
    assert decode(encode_flake(value)).flake == value


def test_owners_are_a_member_only_where_there_are_any():
    """Blocks of the first versions have none, and stay what they are."""
    assert '"owners"' not in BLOCK
    owned = replace(FLAKE, owners=("ada", "org/team"))
    assert decode(encode_flake(owned)).flake == owned
    assert recover(encode_flake(owned)[:-200]).flake.owners == owned.owners
    with pytest.raises(StateUnreadable):
        decode(resigned(encode_flake(owned), '["ada"', '[["ada"]'))


def test_encoding_is_stable():
    """The same state gives the same bytes, else a scan with nothing new would write."""
    assert encode_flake(decode(BLOCK).flake) == BLOCK
    assert digest(BLOCK) == decode(BLOCK).digest
    assert digest("nothing") == ""


def test_a_block_mentions_and_hides_nothing():
    value = replace(FLAKE, framework="@octocat <b> & -- --> \x7f")
    document = encode_flake(value).split("\n")[2]
    for char in "@<>&\x7f":
        assert char not in document
    assert "--" not in document


def test_unbound_block():
    """An issue's number is not known when its body is first written."""
    block = decode(encode_flake(replace(FLAKE, issue=None)), where=HERE)
    assert not block.bound
    assert block.flake == replace(FLAKE, issue=None)


@pytest.mark.parametrize(
    ("where", "accepted"),
    [
        (HERE, True),
        (IssueRef(repo="TiKV/PD", issue=12), True),  # GitHub compares names without case
        (None, True),
        (IssueRef(repo="tikv/pd", issue=13), False),  # copied into another issue
        (IssueRef(repo="evil/pd", issue=12), False),
        (IssueRef(repo="tikv/pd", issue=12, comment=9), False),  # quoted in a comment of the same issue
    ],
)
def test_a_block_counts_only_where_it_belongs(where, accepted):
    if accepted:
        assert decode(BLOCK, where=where).flake == FLAKE
    else:
        with pytest.raises(StateUnreadable, match="belongs to"):
            decode(BLOCK, where=where)


def edited(old, new):
    assert old in BLOCK
    return BLOCK.replace(old, new, 1)


BROKEN = [
    ("", "no state block"),
    ("just words", "no state block"),
    (BLOCK[:-4], "truncated"),
    (BLOCK[: len(BLOCK) // 2], "truncated"),
    (BLOCK + "\n" + BLOCK.replace("ISSUE_OPEN", "TRIAGED"), None),  # a damaged copy beside a sound one changes nothing
    (edited("ISSUE_OPEN", "VERIFIED"), "edited by hand"),
    (edited("sha256 ", "sha256 0"), "truncated"),
    (re.sub("sha256 [0-9a-f]{64}", "sha256 " + "0" * 64, BLOCK), "edited by hand"),
    ("```\n" + BLOCK + "\n```", "inside code"),
    ("~~~~ text\n```\n" + BLOCK + "\n~~~~", "inside code"),  # the ticks do not close the tildes
    ("> " + BLOCK.replace("\n", "\n> "), "inside code or a quote"),
    ("    " + BLOCK.replace("\n", "\n    "), "inside code"),  # indented code
    (" x " + BLOCK.split("\n", 1)[1], "inside code"),  # not at the start of a line
    (BLOCK + "\n" + encode_flake(replace(FLAKE, revision=9)), "different state blocks"),
    (BLOCK + "\n" + BLOCK, None),  # the very same twice, by a sloppy copy
    ("```\n" + encode_flake(replace(FLAKE, revision=9)) + "\n```\n" + BLOCK, None),  # a forged one in a log excerpt
    (encode_flake(replace(FLAKE, issue=IssueRef(repo="o/r", issue=1))) + "\n" + BLOCK, None),  # of another issue
    (encode_flake(replace(FLAKE, issue=None, revision=9)) + "\n" + BLOCK, None),  # the bound one is older and ours
    ("``` not `a fence\n" + BLOCK, None),  # ticks in the info string: no fence at all
]


@pytest.mark.parametrize(("body", "problem"), BROKEN)
def test_broken_and_forged_blocks(body, problem):
    if problem is None:
        assert decode(body, where=HERE).flake == FLAKE
        return
    with pytest.raises(StateUnreadable, match=problem):
        decode(body, where=HERE)


def resigned(block, old, new):
    """What a forger, or a newer version, would write: changed, with a matching checksum."""
    head, tail = block.split("sha256 ")
    head = head.replace(old, new, 1)
    payload = head[head.index("state ") + len("state ") :].rstrip("\n")
    return head + "sha256 " + hashlib.sha256(payload.encode()).hexdigest() + tail[64:]


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        (f"state {SCHEMA} flake", f"state {SCHEMA + 1} flake", f"schema {SCHEMA + 1}"),
        (f"state {SCHEMA} flake", f"state {SCHEMA} novel", "novel"),
        ("ISSUE_OPEN", "TELEPORTED", "TELEPORTED"),
        ('"framework"', '"someday":1,"framework"', "someday"),
        ("assertion", "sabotage", "sabotage"),
    ],
)
def test_newer_versions_are_left_alone(old, new, error):
    block = resigned(BLOCK, old, new)
    with pytest.raises(SchemaTooNew, match=error):
        decode(block, where=HERE)
    if f"state {SCHEMA + 1}" in new:
        with pytest.raises(SchemaTooNew):
            decode(block + "\n" + BLOCK, where=HERE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f'"key":"{KEY}"', '"key":5'),
        ('"duplicate_of":0', '"duplicate_of":"x"'),
        ('"revision":[3,2]', '"revision":[]'),
        ('"occurrences":[2', '"occurrences":[999999999999'),  # must not fill the memory
        ('"occurrences":[2', '"occurrences":[3'),
        (',"repo":"tikv/pd"', ""),
        ('"test":[', '"test":[[],'),
        ('"audit":[]', '"audit":[[1]]'),
    ],
)
def test_misshapen_documents_are_refused(old, new):
    assert old in BLOCK
    with pytest.raises(StateUnreadable):
        decode(resigned(BLOCK, old, new), where=HERE)


@settings(deadline=None)
@given(st.integers(0, len(BLOCK) - 1), st.sampled_from(["", "x", "\n", '"', "-->", "0"]))
def test_no_damage_is_believed(at, change):
    body = BLOCK[:at] + change + BLOCK[at + 1 :]
    recover(body)
    with contextlib.suppress(StateUnreadable):
        assert decode(body, where=HERE).flake == FLAKE  # only where the block itself was not hit


def test_signature():
    key = b"k" * 32
    signed = encode_flake(FLAKE, hmac_key=key)
    assert decode(signed, where=HERE, hmac_key=key).flake == FLAKE
    assert decode(signed, where=HERE).flake == FLAKE
    for body, other in ((BLOCK, key), (signed, b"other"), (re.sub("hmac .*", "hmac " + "0" * 64, signed), key)):
        with pytest.raises(StateUnreadable, match="signed"):
            decode(body, where=HERE, hmac_key=other)
    assert decode(BLOCK + "\n" + signed, where=HERE, hmac_key=key).flake == FLAKE


def test_migrations_run_one_step_at_a_time():
    steps = {1: lambda kind, doc: {**doc, "two": kind}, 2: lambda kind, doc: {**doc, "three": doc["two"]}}
    assert upgrade({"one": 1}, "flake", schema=1, steps=steps, target=3) == {"one": 1, "two": "flake", "three": "flake"}
    with pytest.raises(SchemaTooNew):
        upgrade({}, "flake", schema=SCHEMA + 1)


@pytest.mark.parametrize("share", [0.15, 0.3, 0.6, 0.9, 0.99])
def test_a_truncated_block_gives_back_what_is_whole(share):
    found = recover(BLOCK[: int(len(BLOCK) * share)])
    assert found.key == KEY
    assert found.problems
    if share >= 0.3:
        assert (found.repo, found.test) == ("tikv/pd", TEST)
        assert found.flake.key == KEY
    if share < 0.9:
        assert "audit" in found.lost
    assert set(found.survived).isdisjoint(found.lost)


def test_recovery_of_an_edited_block_and_of_the_key_alone():
    found = recover(edited("ISSUE_OPEN", "VERIFIED"))
    assert found.flake.status is Status.VERIFIED
    assert found.flake.occurrences == FLAKE.occurrences
    assert "edited" in found.problems[0]
    alone = recover(f"words\n<!-- flaky-test-cleaner:key {KEY} -->\nwords")
    assert (alone.key, alone.flake) == (KEY, None)
    assert recover("words").key == ""
    assert recover(f"```\n{BLOCK}\n```").key == ""
    damaged = recover(edited('"status":"ISSUE_OPEN"', '"status":"NONSENSE"'))
    assert "status" in damaged.lost
    assert damaged.flake.occurrences == FLAKE.occurrences


@given(st.text(max_size=300), texts)
@settings(deadline=None)
def test_recovery_never_raises(text, more):
    recover(text + more + BLOCK[:300] + text)
    recover(f"<!-- flaky-test-cleaner:state {SCHEMA} flake\n{{{text}\n-->")


def test_watch_page_is_the_first_digit():
    assert [watch_page(digit + KEY[1:]) for digit in "0af"] == [0, 10, 15]
    with pytest.raises(ValueError, match="page"):
        encode_watch_page(16, ())


def test_size_of_many_occurrences():
    """2,500 occurrences of a busy week, as they are stored once details of older ones were given up."""
    rng = random.Random(7)
    moments = sorted(rng.sample(range(7 * 86_400), 2500))
    found = [
        occurrence(
            at * 40 + rng.randrange(40), created=BASE + timedelta(seconds=at), job=f"unit ({rng.randrange(10)})",
            job_id="", sha="", tree="", url="", event="", branch="", author=f"dev{rng.randrange(40)}",
            pull_request=5000 + at // 3000,
        )
        for at in moments
    ]  # fmt: skip
    assert len(encode_flake(flake(*reversed(found)))) < 30_000


DATA = Path(__file__).parent.parent / "data" / "issues"


@pytest.mark.parametrize("path", sorted(DATA.glob("v*-*.md")), ids=lambda path: path.stem)
def test_bodies_of_every_schema_stay_readable(path):
    """Bodies as they were shipped: files here are added, never edited."""
    body = path.read_bytes().decode()
    if "-broken-" in path.stem:
        with pytest.raises(StateUnreadable):
            decode(body)
        assert recover(body).key == KEY
        return
    block = decode(body)
    assert {"flake": Flake, "dashboard": Dashboard, "watch": tuple}[block.kind] in map(
        type, (block.flake, block.dashboard, block.flakes)
    )
    if block.flake:
        assert (block.flake.key, block.flake.test, block.flake.total) == (KEY, TEST, 5)
    if block.dashboard:
        assert block.dashboard.index[0] == IndexEntry(issue=12, key=KEY, digest="00112233aabbccdd")


@pytest.mark.parametrize("schema", range(1, SCHEMA + 1))
def test_there_are_bodies_of_every_schema(schema):
    assert len(list(DATA.glob(f"v{schema}-*.md"))) >= 6


def stored(name):
    """The block of one of those bodies."""
    return decode((DATA / f"{name}.md").read_bytes().decode())


def without_times(flake):
    return replace(flake, occurrences=tuple(replace(item, seconds=0) for item in flake.occurrences))


@pytest.mark.parametrize("name", ["flake", "flake-crlf", "flake-signed"])
def test_schema_1_did_not_know_how_long_jobs_ran(name):
    first, second = stored(f"v1-{name}").flake, stored(f"v2-{name}").flake
    assert [item.seconds for item in second.occurrences] == [61, 661, 1261]
    assert first == without_times(second)


def test_schema_1_did_not_know_on_watch_pages_either_nor_why_tests_wait():
    first, second = stored("v1-watch").flakes, stored("v2-watch").flakes
    assert first == tuple(map(without_times, second)) != second
    [scan] = stored("v2-dashboard").dashboard.scans
    assert scan.why == "at most 3 new issues a scan"
    assert scan.url == "https://github.com/tikv/pd/actions/runs/9"
    assert stored("v1-dashboard").dashboard.scans == (replace(scan, why="", url=""),)


def test_a_damaged_body_of_schema_1_gives_back_its_occurrences():
    found = recover((DATA / "v1-broken-edited.md").read_text())
    assert found.flake.occurrences == stored("v1-flake").flake.occurrences


@pytest.mark.parametrize(
    "document",
    [{}, {"occurrences": 1}, {"occurrences": [0]}, {"flakes": [1, {}]}, {"flakes": {}}, {"scans": "x"}],
    ids=str,
)
@pytest.mark.parametrize("kind", ["flake", "watch", "dashboard", "novel"])
def test_migrating_leaves_what_is_misshapen_to_the_reader(kind, document):
    assert upgrade(document, kind, schema=1) == document


def test_no_version_wrote_schema_0():
    with pytest.raises(StateUnreadable, match="schema 0"):
        decode(resigned(BLOCK, f"state {SCHEMA} flake", "state 0 flake"))
    assert recover(BLOCK.replace(f"state {SCHEMA} flake", "state 0 flake")).flake is None
