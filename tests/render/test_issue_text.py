"""The texts of issue and watch page: the same bytes again, whole, below the limit, with their sections."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ftc.core.model import DayCount, Grade, Status
from ftc.core.state import decode
from ftc.render.dashboard import watch_page_body
from ftc.render.issue import BODY_LIMIT, TITLE_LIMIT, issue_body, issue_title
from ftc.render.region import BEGIN, END
from tests.builders import NOON, a_flake, a_signature, a_test, a_verdict, an_occurrence

PREFIX = "flaky-test-cleaner"
SECTIONS = ["Summary", "Why we think this is flaky", "Evidence", "Log Excerpts", "Next Actions", "Automation"]


def a_body(flake, previous=""):
    return issue_body(flake, previous=previous, prefix=PREFIX)


def a_filed_flake(count=3, **over):
    seen = [
        an_occurrence(run=str(number), created=NOON - timedelta(minutes=7 * number), grade=Grade.A_PLUS)
        for number in range(count)
    ]
    values = {
        "issue": 7,
        "status": Status.ISSUE_OPEN,
        "verdict": a_verdict(),
        "signatures": (a_signature(excerpt="--- FAIL: TestPut\n    store.go:1: boom", excerpt_url="https://e.test/1"),),
    }
    return a_flake(*seen, **{**values, **over})


LONGEST = 1_000
"""Characters of a name; reading a log or a report cuts longer ones (``ftc.ingest.publishable``)."""

HUGE = {
    "10,000 occurrences": a_filed_flake(10_000),
    "a long name": a_filed_flake(test=a_test("TestX/" + "y" * LONGEST)),
    "ticks": a_filed_flake(test=a_test("`" * LONGEST)),
    "pipes in a name": a_filed_flake(test=a_test("TestX/" + "|" * LONGEST, suite="|" * LONGEST)),
    "everything at once": a_filed_flake(10_000, test=a_test("é<&|" * (LONGEST // 4), suite="<" * LONGEST)),
    "200 signatures with long excerpts": a_filed_flake(
        signatures=tuple(
            a_signature(fingerprint=f"v1:{number:016x}", text="t" * 160, excerpt="line <&>\n" * 600)
            for number in range(200)
        )
    ),
}


def test_each_signature_is_a_code_span_of_its_own():
    several = a_filed_flake(signatures=tuple(a_signature(fingerprint=f"v1:{number}") for number in (1, 2)))
    assert "| Signatures | `v1:1` `v1:2` |" in a_body(several)


def test_owners_are_mentioned_at_the_end_of_the_summary():
    plain, owned = a_body(a_filed_flake()), a_body(a_filed_flake(owners=("ada", "org/team")))
    assert "Owners" not in plain
    assert "(UTC) |\n\nOwners: @ada, @org/team\n\n## Why we think" in owned
    assert a_body(a_filed_flake(owners=("ada", "org/team")), previous=owned) == owned


def test_a_forged_state_mentions_nothing_but_a_few_logins():
    forged = ("x y", "<!-- z", "@ada", "ada\n/ai-fix", "a/b/c", "ok", "b", "c", "d")
    assert "\nOwners: @ok, @b, @c\n" in a_body(a_filed_flake(owners=forged))
    assert "Owners" not in a_body(a_filed_flake(owners=("x y",)))


@pytest.mark.parametrize(
    ("seconds", "over", "row"),
    [
        ((0, 0), {}, None),
        ((90, 3600), {}, "| CI time lost | 1 h 2 min |"),
        (
            (60, 60),
            {"sealed": (DayCount(source="actions", day=NOON.date() - timedelta(days=9), fingerprint="x", count=4),)},
            "| CI time lost | at least 2 min |",
        ),
    ],
    ids=["nobody said", "known", "some are kept as numbers only"],
)
def test_the_time_it_cost(seconds, over, row):
    occurrences = [an_occurrence(run=f"{number}", seconds=lost) for number, lost in enumerate(seconds)]
    body = a_body(a_flake(*occurrences, issue=7, verdict=a_verdict(), **over))
    assert (row in body) if row else ("CI time lost" not in body)


def test_sections_come_in_their_order():
    body = a_body(a_filed_flake())
    assert [line[3:] for line in body.splitlines() if line.startswith("## ")] == SECTIONS
    assert "| Run created (UTC) | Run | Job | OS | Commit | Pull request | Signature | Grade |" in body
    assert body.count("| 2026-03-10 1") == 3
    assert "store.go:1: boom" in body


@pytest.mark.parametrize("flake", HUGE.values(), ids=HUGE)
def test_whatever_it_holds_the_body_is_below_the_limit_and_keeps_its_state(flake):
    body = a_body(flake)
    assert len(body) < BODY_LIMIT
    kept = decode(body, where=flake.issue).flake
    assert kept.total == flake.total
    assert kept.key == flake.key


@pytest.mark.parametrize("flake", [a_filed_flake(), *HUGE.values()], ids=["small", *HUGE])
@pytest.mark.parametrize("around", [("", ""), ("mine\r\n", "\r\nyours\n")])
def test_writing_it_again_changes_no_byte(flake, around):
    body = around[0] + a_body(flake).rstrip("\n") + around[1]
    first = a_body(flake, previous=body)
    assert a_body(flake, previous=first) == first
    assert first.startswith(around[0] + BEGIN)
    assert first.endswith(END + around[1])


@pytest.mark.parametrize("size", [30_000, 55_000])
def test_long_words_of_people_are_kept_and_the_state_stays_readable(size):
    flake = a_filed_flake(500)
    body = a_body(flake, previous=a_body(flake) + "w" * size)
    assert body.endswith("w" * size)
    assert len(body) < 65_536
    assert decode(body, where=flake.issue).flake.total == 500


def test_titles_stay_below_githubs_limit_on_one_line():
    title = issue_title(a_filed_flake(test=a_test("TestX/" + "long" * 100)))
    assert len(title) == TITLE_LIMIT
    assert title.endswith("…")
    odd = a_filed_flake(test=a_test("TestX/a\u202eb\x1b[31m"), signatures=(a_signature(text="s" * 160),))
    assert issue_title(odd).startswith("[flaky] TestX/ab — sss")


def test_a_watch_page_hides_what_is_too_much_and_keeps_its_state():
    flake = a_filed_flake(1, issue=None, signatures=(), verdict=None)
    flakes = tuple(replace(flake, key=f"a{number:015x}", test=a_test(f"Test{number}")) for number in range(70))
    body = watch_page_body(10, flakes, where=None)
    assert len(body) < BODY_LIMIT
    kept = len(decode(body).flakes)
    assert 40 < kept <= 70
    assert f"{kept - 40} more are kept in this page and not shown." in body
    assert "Nothing is on this page" in watch_page_body(3, (), where=None)
