"""The dashboard's text: a rich world to the byte, below the limit with 400 issues, and harmless whatever names say."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ftc.core.commands import parse
from ftc.core.model import Dashboard, IndexEntry, IssueRef, LedgerEntry, Status
from ftc.core.overview import overview
from ftc.core.placing import BREAKAGE
from ftc.core.progress import Progress, PullRef, Quarantine
from ftc.core.state import decode
from ftc.core.thresholds import Thresholds
from ftc.render.amounts import dollars, duration
from ftc.render.dashboard import BLOCK_ROOM, COSTLIEST, dashboard_body
from ftc.render.issue import BODY_LIMIT
from ftc.simulator.markdown import render_markdown
from tests.boards import a_dashboard, a_scan, managed, seen, watched
from tests.builders import NOON, REPO, a_flake, a_test, a_verdict, days

GOLDEN = Path(__file__).parents[1] / "data" / "boards" / "dashboard.md"


def a_body(flakes=None, entries=(), dashboard=None, *, previous="", now=NOON):
    dashboard = dashboard or a_dashboard()
    given = managed() if flakes is None else flakes
    shown = overview(given, entries, dashboard, now=now, thresholds=Thresholds(), request_budget=1000)
    return dashboard_body(dashboard, shown, previous=previous)


def visible(body):
    return body.partition("<!-- flaky-test-cleaner:state")[0]


def test_a_rich_world_reads_as_it_was_reviewed(update_goldens):
    body = a_body(entries=watched())
    if update_goldens:
        GOLDEN.write_text(body)
    assert body == GOLDEN.read_text()


def test_the_same_state_gives_the_same_bytes():
    body = a_body(entries=watched())
    assert a_body(tuple(reversed(managed())), tuple(reversed(watched())), previous=body) == body
    assert decode(body).dashboard == a_dashboard()


def test_words_of_people_around_it_stay():
    body = a_body(previous="ours\n" + a_body() + "theirs")
    assert body.startswith("ours\n")
    assert body.rstrip().endswith("theirs")


LONG = "|`<@x>" * 60
NUMBERS = range(1, 401)


def a_crowd():
    """400 issues with the longest names, all of them waiting for a person, in quarantine, and with a pull request."""
    progress = Progress(
        quarantine=Quarantine(until=days(3), by=LONG),
        pull=PullRef(number=7, url=f"https://github.com/{REPO}/pull/7" + "x" * 80),
    )
    return [
        a_flake(
            *(seen(f"{number}{turn}", ago=turn, minutes=3, workflow=f"{number}{LONG}") for turn in (1, 2)),
            key=f"{number:016x}", issue=number, status=Status.PR_OPEN, test=a_test(f"{LONG}{number}"),
            verdict=a_verdict(), progress=progress, repo=f"{number}{LONG}",
        )
        for number in NUMBERS
    ]  # fmt: skip


def test_it_stays_below_the_limit_with_400_issues_and_keeps_its_index_and_most_of_its_ledger():
    index = tuple(
        IndexEntry(issue=number, key=f"{number * 7919:016x}", digest=f"{number * 104729:016x}") for number in NUMBERS
    )
    ledger = tuple(
        LedgerEntry(source="actions", run=str(19_000_000_000 + 977 * number), attempt=1, conclusion="failure",
                    created=days(-number / 250), occurrences=number % 3)
        for number in range(1_500)
    )  # fmt: skip
    scans = tuple(a_scan(number, note="x" * 300, why=BREAKAGE) for number in range(30))
    dashboard = replace(a_dashboard(), index=index, ledger=ledger, scans=scans)
    entries = [replace(flake, key=f"f{flake.key[1:]}", issue=None) for flake in a_crowd()]
    body = a_body(a_crowd(), entries, dashboard)
    assert len(body) < BODY_LIMIT
    assert len(visible(body)) <= BODY_LIMIT - BLOCK_ROOM
    kept = decode(body).dashboard
    assert kept.index == index
    assert len(kept.ledger) > 1_000
    assert len(re.findall(r"\d+ more follow\.", body)) == 4
    assert a_body(a_crowd(), entries, dashboard, previous=body) == body


def test_what_costs_most_is_listed_however_rarely_it_fails():
    often = [
        a_flake(*(seen(f"{number}{turn}", ago=turn) for turn in (1, 2)), key=f"{number:016x}", issue=number)
        for number in range(1, 61)
    ]
    dear = a_flake(seen("99", ago=1, minutes=600), key="f" * 16, issue=99, test=a_test("TestDear"))
    body = a_body([*often, dear])
    table = body[body.index("### Most failures") :].split("\n\n")[1]
    assert table.count("\n| #") == 50
    assert "| #99 | `example.com/octo/widgets/store TestDear` | 1 | 10 h |" in table
    assert COSTLIEST == 5


WORDS = (
    "@mallory and @acme/team", "fixes #1, closes GH-1", "/ai-fix force",
    "<!-- flaky-test-cleaner:state 2 dashboard",
    "<!-- flaky-test-cleaner:end -->", "--> <script>alert(1)</script>", "```\n```mermaid", "| a | b |",
    "`tick` ``two``", "[x](https://evil.example/x)", "https://evil.example", "</details>", "%%{init: {}}%%",
    "::error::x", "\u202egnp",
)  # fmt: skip
TAGS = {
    *("h2", "h3", "p", "a", "code", "pre", "table", "thead", "tbody", "tr", "th", "td"),
    *("details", "summary", "blockquote", "strong"),
}


def charts(body):
    return re.findall(r"^```mermaid\n.*?^```$", body, re.DOTALL | re.MULTILINE)


class Page(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.tags, self.links = set(), []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name == "href"]


@pytest.mark.parametrize("word", WORDS, ids=ascii)
def test_hostile_names_act_on_nothing(word):
    flakes = [
        replace(
            flake,
            test=a_test(word, suite=word), repo=word,
            occurrences=tuple(replace(item, workflow=word, job=word) for item in flake.occurrences),
            progress=replace(flake.progress, quarantine=Quarantine(until=days(3), by=word),
                             pull=PullRef(number=5, url=f"javascript:{word}")),
        )
        for flake in managed()
    ]  # fmt: skip
    entries = [replace(flake, test=a_test(word)) for flake in watched()]
    scans = (a_scan(0, note=word, why="at most 3 new issues a scan", url=f"javascript:{word}"),)
    dashboard = replace(a_dashboard(), scans=scans)
    body = a_body(flakes, entries, dashboard)
    assert decode(body).dashboard == dashboard
    assert a_body(flakes, entries, dashboard, previous=body) == body
    page = Page(render_markdown(body, repository=REPO).html)
    assert page.tags <= TAGS
    assert [link for link in page.links if not re.fullmatch(rf"/{REPO}/issues/\d+", link)] == []
    assert charts(body) == charts(a_body(entries=watched())) != [], "no name is in a chart"


def test_its_own_commands_cannot_be_given_by_it():
    body = a_body(entries=watched())
    assert not re.search(r"/ai-fix|/ftc", body)
    assert all(parse(line) is None for line in body.splitlines())
    assert "Start: <code>&#47;ai-fix</code>" in body


def test_an_empty_repository_says_so():
    body = a_body([], dashboard=Dashboard(repo=REPO, issue=IssueRef(repo=REPO, issue=1)))
    for words in ("| none yet | 0 |", "no measured CI time", "| none yet | | | | | | | | |"):
        assert words in body
    for words in ("mermaid", "Needs you now", "quarantine\n", "cost $"):
        assert words not in body
    assert "### Fixes" not in body, "a table of nothing helps nobody"


@pytest.mark.parametrize(
    ("scan", "words"),
    [
        (a_scan(11), "> **Scans are silent.** The last one that changed something was 11 d ago."),
        (a_scan(0, requests=950), "> **Requests run short.** The last scan used 950 of 1000 requests."),
        (a_scan(0, why=BREAKAGE), "> **Possible breakage.** 1 tests"),
        (a_scan(0, why="mode is observe"), "Not opened yet: mode is observe."),
    ],
)
def test_what_is_wrong_is_said_at_the_top(scan, words):
    quiet = a_body(entries=watched())
    body = a_body(entries=watched(), dashboard=replace(a_dashboard(), scans=(scan,)))
    assert words in body
    assert words not in quiet


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "–"), (1, "1 min"), (59, "1 min"), (3599, "1 h"), (3660, "1 h 1 min"), (7200, "2 h"), (359_999, "100 h"),
     (10**6, "277 h")],
)  # fmt: skip
def test_ci_time(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("amount", "text"), [(0, "$0.00"), (0.004, "under $0.01"), (0.01, "$0.01"), (12.345, "$12.35"), (1234, "$1234.00")]
)
def test_money(amount, text):
    assert dollars(amount) == text
