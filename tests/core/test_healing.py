"""What the healing loop remembers: written, read back, believed only whole; and what a commit is due for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hostile_texts import HOSTILE

from ftc.core.errors import StateUnreadable
from ftc.core.healing import (
    MARK,
    MOST_BILLS,
    Attempt,
    Due,
    Lease,
    Memory,
    Outcome,
    billed,
    branch_of,
    concluded,
    decode,
    due,
    encode,
    leased,
    proven,
    tail,
)
from ftc.core.ledger import Charge, spent

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
A, B, C = ("a" * 40, "b" * 40, "c" * 40)


def attempt(sha=A, outcome=Outcome.GAVE_UP, **over):
    values = {"at": NOW, "why": "no", "branch": "", "pull": 0, "usd": 0.5, **over}
    return Attempt(sha=sha, outcome=outcome, **values)


def lease(**over):
    return Lease(**{"holder": "run:1:1", "turn": "t", "sha": B, "until": NOW + timedelta(hours=1), **over})


MEMORY = Memory(branch="main", lease=lease(), verified=B, verified_at=NOW, attempts=(attempt(),))


@pytest.mark.parametrize("key", [None, b"k" * 32])
def test_what_was_written_is_read_back(key):
    block = encode(MEMORY, key=key)
    assert decode(f"words\n\n{block}\n", key=key) == MEMORY
    assert decode(f"words\n\n{block}\n".replace("\n", "\r\n"), key=key) == MEMORY
    assert decode(encode(Memory(branch="main"), key=key), key=key) == Memory(branch="main")


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[1:30])
def test_no_text_ends_the_comment_or_starts_another(text):
    held = replace(MEMORY, branch=text, attempts=(attempt(why=text),))
    block = encode(held)
    assert block.count("-->") == block.count("<!--") == 1
    assert decode(f"x\n\n{block}") == held


# --- money


def charge(name, usd=1.0, ago=0.0):
    at = NOW - timedelta(days=ago)
    return Charge(at=at, usd=usd, issue=0, purpose=f"fix:heal-{name}", model="m")


def test_a_bill_takes_the_place_of_what_was_said_of_the_same_search():
    memory = billed(billed(Memory(branch="main"), charge("a", 2.0)), charge("b", 2.0))
    assert billed(memory, charge("a", 0.5)).bills == (charge("a", 0.5), charge("b", 2.0))
    assert billed(memory, charge("a", 0.0)).bills == (charge("b", 2.0),), "nothing was spent"
    assert decode(encode(memory)) == memory


def test_of_too_many_bills_no_money_of_the_week_is_forgotten():
    memory = Memory(branch="main")
    for number in reversed(range(MOST_BILLS + 5)):
        memory = billed(memory, charge(number, ago=number / 20))
    assert len(memory.bills) == MOST_BILLS
    assert spent(memory.bills, now=NOW) == MOST_BILLS + 5
    old = tuple(charge(f"old {number}", ago=8) for number in range(MOST_BILLS))
    kept = billed(replace(memory, bills=old), charge("new"))
    assert (len(kept.bills), spent(kept.bills, now=NOW)) == (MOST_BILLS, 1.0)


BLOCK = encode(MEMORY)
BROKEN = [
    ("", "there is none"),
    (BLOCK + "\n" + BLOCK, "two"),
    (BLOCK.replace("main", "other"), "a word was changed"),
    (BLOCK[:-20], "cut off"),
    (f"```\n{BLOCK}\n```", "shown as code"),
    (f"> {BLOCK}", "quoted"),
    (BLOCK.replace("sha256 ", "sha256 0"), "the checksum is none"),
    (f"<!-- {MARK}\n{{}}\nsha256 {'0' * 64}\n-->", "forged without its checksum"),
]


@pytest.mark.parametrize(("body", "why"), BROKEN)
def test_a_block_that_is_not_whole_is_not_believed(body, why):
    with pytest.raises(StateUnreadable):
        decode(body)


def test_a_signature_is_needed_where_there_is_a_key():
    for block in (BLOCK, encode(MEMORY, key=b"other" * 8)):
        with pytest.raises(StateUnreadable, match="signed"):
            decode(block, key=b"k" * 32)


DUES = [
    (Memory(branch="main"), C, Due.LOOK, "nothing is known"),
    (MEMORY, A, Due.GAVE_UP, "given up before"),
    (MEMORY, B, Due.HEALTHY, "proven, whoever is at work"),
    (MEMORY, C, Due.BUSY, "somebody else is at work"),
    (leased(MEMORY, lease(until=NOW)), C, Due.LOOK, "its time is over"),
    (leased(MEMORY, lease(holder="me")), C, Due.LOOK, "our own, of a loop that died"),
    (Memory(branch="main", attempts=(attempt(C, Outcome.OVERTAKEN),)), C, Due.LOOK, "the branch moved on, and back"),
    (concluded(MEMORY, attempt(C, Outcome.DELIVERED)), C, Due.DELIVERED, "there is a pull request"),
]


@pytest.mark.parametrize(("memory", "sha", "expected", "why"), DUES)
def test_what_a_commit_is_due_for(memory, sha, expected, why):
    assert due(memory, sha, holder="me", now=NOW) is expected, why


def test_the_newest_fifty_are_kept_and_none_twice():
    memory = Memory(branch="main")
    for number in range(60):
        memory = concluded(memory, attempt(f"{number:040x}", why="w" * 5_000))
    memory = concluded(memory, attempt(f"{40:040x}", Outcome.DELIVERED))
    assert [item.sha for item in memory.attempts[:2]] == [f"{40:040x}", f"{59:040x}"]
    assert len(memory.attempts) == len({item.sha for item in memory.attempts}) == 50
    assert len(encode(memory)) < 50_000
    assert due(proven(memory, A, at=NOW), A, holder="me", now=NOW) is Due.HEALTHY


def test_the_end_of_a_failure():
    assert tail("") == ""
    lines = tail("\n".join(f"{number} {'x' * 900}" for number in range(500))).split("\n")
    assert (len(lines), lines[0][:4], lines[-1][:4], len(lines[-1])) == (200, "300 ", "499 ", 240)


def test_a_branch_names_its_commit():
    assert branch_of(A) == "ai/heal/aaaaaaaaaaaa"
