"""The pages of the report from made-up states: every state there is, and hostile text in every field there is."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from ftc.core.ledger import Charge
from ftc.core.model import (
    AuditEntry,
    EvidenceItem,
    FailureClass,
    Flake,
    IssueRef,
    Location,
    ScanRecord,
    Status,
    TestId,
)
from ftc.core.next_step import NEXT_STEPS, Turn
from ftc.core.progress import Assessment, Progress, PullRef, Quarantine, RunRecord, RunStatus
from ftc.core.statistics import Share
from ftc.render.report import breakable, report_files, safe_url, share, span
from ftc.render.report_rows import Filed, Project, groups, options, rows
from tests.boards import a_dashboard, managed, watched
from tests.builders import NOON, REPO, a_flake, a_pull_occurrence, a_signature, a_verdict, an_occurrence, days, hours

EVIL = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\" onmouseover=\"alert(1)",
    "' autofocus onfocus='alert(1)",
    "{{ 7*7 }}{% raw %}",
    "]]>--><!--",
    "&lt;b&gt;",
    "\u202egnp\u2066\u200b",
    "\x1b[31mred\x00",
    "\ud800",
)  # fmt: skip
EVIL_URLS = (
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "https://evil.example/\" onclick=\"alert(1)",
    "//evil.example/x",
    "https://evil.example/a b",
    "HTTPS://evil.example",
    "vbscript:x",
    "https://evil.example/\u202e",
)  # fmt: skip
TAGS = {
    *("html", "head", "meta", "link", "title", "script", "body", "a", "header", "div", "nav", "main", "footer", "p"),
    *("h1", "h2", "h3", "ul", "ol", "li", "b", "span", "svg", "path", "circle", "rect", "time", "small", "wbr", "code"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "form", "label", "input", "select", "option"),
    *("button", "output", "noscript", "section", "article", "dl", "dt", "dd", "br", "pre", "details", "summary"),
    *("figure", "figcaption"),
}


class Tags(HTMLParser):
    """Which elements a page has, what attributes they carry, where it leads, and its data blocks."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.links, self.data, self._script = set(), set(), [], [], False
        self.bare = 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name in ("href", "src")]
        self._script = tag == "script" and ("type", "application/json") in attrs
        self.bare += tag == "script" and not dict(attrs).keys() & {"type", "src"}

    def handle_data(self, data):
        self.data += [data] if self._script else []
        self._script = False


def hostile_flake(evil, url="https://github.com/octo/widgets/actions/runs/1"):
    """A flake in which every text is this one."""
    occurrence = an_occurrence(
        **dict.fromkeys(("run", "job", "workflow", "event", "branch", "sha", "fingerprint", "author", "os"), evil),
        url=url,
        proof=url,
    )
    return a_flake(
        occurrence,
        issue=7,
        status=Status.FIX_FAILED,
        test=TestId(ecosystem="python", suite=evil, name=evil),
        framework=evil,
        signatures=(
            a_signature(
                fingerprint=evil,
                text=evil,
                message=evil,
                excerpt=f"x\n{evil}",
                excerpt_url=url,
                locations=(Location(path=evil, line=1),),
            ),
        ),
        verdict=a_verdict(
            evidence=(EvidenceItem(rule=evil, weight=1.0, text=evil, links=(url,)),), surer=(evil,), suspect=evil
        ),
        audit=(AuditEntry(at=NOON, actor=evil, action=evil, result=evil, url=url),),
        progress=hostile_progress(evil, url),
        repo=evil,
    )


def hostile_progress(evil, url):
    """A progress in which every text is this one."""
    return Progress(
        assessment=Assessment(
            at=NOON, root_cause=evil, confidence=0.5, occurrences=1, comment=3, sha=evil, by=evil,
            planned_files=(evil,), allowed_paths=(evil,),
        ),
        runs=tuple(
            RunRecord(
                id=evil, command=evil, status=RunStatus.FAILED, created=NOON, updated=NOON, runner=evil, branch=evil,
                base_sha=evil, merge_sha=evil, tests=evil, excerpt=before + evil, error=evil, url=url,
            )
            for before in ("", "diff --git a/x b/x\n+")
        ),
        quarantine=Quarantine(until=days(1), by=evil),
        pull=PullRef(number=5, url=url, branch=evil, head_sha=evil),
        muted_until=days(1),
    )  # fmt: skip


def a_project(*flakes, watched=(), repo=REPO, **over):
    return Project(
        repo=repo,
        filed=tuple(Filed(flake=item, url=f"https://github.com/{repo}/issues/{item.issue.issue}") for item in flakes),
        watched=watched,
        **over,
    )


@pytest.mark.parametrize("evil", EVIL, ids=ascii)
def test_hostile_text_is_text_on_every_page(evil):
    scan = ScanRecord(at=NOON, runs=1, failed_jobs=1, failures=1, filed=0, waiting=0, infra=0, requests=1, note=evil)
    project = a_project(hostile_flake(evil), scans=(scan,), notes=(evil,), dashboard_url="https://github.com/d")
    project = replace(project, filed=(replace(project.filed[0], labels=(evil, f"{evil}2")),))
    for name, text in report_files([project], now=NOON).items():
        if not name.endswith(".html"):
            continue
        page = Tags(text)
        assert page.tags <= TAGS, name
        assert not page.bare, name
        assert not [item for item in page.attributes if item.startswith("on") or item in ("style", "autofocus")], name
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\x00\x1b]", text), name
        assert "49" not in re.findall(r"<h1[^>]*>(.*?)</h1>", text)[0], "no template in a name is carried out"
        for block in page.data:
            json.loads(block)


@pytest.mark.parametrize("url", EVIL_URLS, ids=ascii)
def test_a_hostile_address_is_no_link(url):
    project = replace(a_project(hostile_flake("x", url)), dashboard_url=url)
    project = replace(project, filed=(replace(project.filed[0], url=url),))
    for name, text in report_files([project], now=NOON).items():
        if name.endswith(".html"):
            inside = re.compile(r"(\.\./)?(assets/|flakes/)?[\w.-]*|#[\w=.-]*|data:,")
            assert [link for link in Tags(text).links if not inside.fullmatch(link)] == [], name


def test_labels_reach_the_filter_as_they_are():
    labels = ('a"b', "<c>", "d,e&f")
    project = a_project(a_flake(an_occurrence(), issue=7))
    project = replace(project, filed=(replace(project.filed[0], labels=labels),))
    [kept] = re.findall(r"data-labels=\"([^\"]*)\"", report_files([project], now=NOON)["index.html"])

    class Attribute(HTMLParser):
        def handle_starttag(self, _tag, attrs):
            self.value = attrs[0][1]

    parser = Attribute()
    parser.feed(f'<p x="{kept}">')
    assert tuple(json.loads(parser.value)) == labels


def test_the_machines_work_is_told_in_full():
    project = a_project(*(flake for flake in managed() if flake.repo == REPO), scans=a_dashboard().scans)
    files = report_files([project], now=NOON)
    review, failed = (files[f"flakes/octo--widgets--{number}.html"] for number in (13, 17))
    for words in (
        "<b>async-wait</b>, 82%",
        "from 3 occurrences",
        "<code>store/<wbr>put_<wbr>test.<wbr>go</code>",
        f'<a href="https://github.com/{REPO}/issues/13#issuecomment-881" rel="noreferrer">The whole analysis',
        f'<a class="button" href="https://github.com/{REPO}/pull/31" rel="noreferrer">Review PR #31 on GitHub</a>',
        "<h3>ai-fix: succeeded</h3>",
        "40 of 40 passed",
        "took 3 h",
        "<dd>$1.25</dd>",
        "<code>flaky/<wbr>31</code>",
        '<span class="removed">-\ttime.Sleep(100 * time.Millisecond)\n</span>',
        '<span class="head">--- a/store/put_test.go\n</span>',
    ):
        assert words in review, words
    for words in ("<h3>ai-fix: failed</h3>", "<dd>39 of 40 passed</dd>", "What it printed last", "<dd>5 min</dd>"):
        assert words in failed, words
    assert "Review PR" not in failed
    assert "Diff preview" not in failed


def test_a_quarantine_and_a_persons_fix_are_said():
    flakes = managed()
    files = report_files([a_project(*flakes)], now=NOON)
    assert "until <time" in files["flakes/octo--widgets--19.html"]
    assert "in quarantine until <time" in files["index.html"]
    assert "by a person" in files["flakes/octo--widgets--15.html"]
    assert "in quarantine until" not in report_files([a_project(*flakes)], now=days(5))["index.html"]


def test_statistics_count_what_has_an_issue():
    """The figures are those of tests/core/test_overview.py; the watch list's two new tests are not flaky yet."""
    text = report_files([a_project(*managed(), watched=watched())], now=NOON)["statistics.html"]
    rows_ = dict(re.findall(r'<tr data-\w+="([^"]+)"><th.*?</th>(.*?)</tr>', text))
    numbers = {name: re.findall(r">([^<]+)</td>", cells) for name, cells in rows_.items()}
    assert numbers["found"] == ["3", "8", "8"]
    assert numbers["merged"] == ["3", "3", "3"]
    assert numbers["automatic"] == ["1", "1", "1"]
    assert numbers["merged failed"] == ["75% (3 of 4)"] * 3
    assert numbers["proven back"] == ["50% (1 of 2)"] * 3
    assert numbers["triage"] == ["no data yet", "12 h", "12 h"]
    assert "Models and runs cost $2.25 in the last 7 days, $4.00 in all" in text


def test_repairs_of_the_base_branch_are_among_the_costs():
    bill = Charge(at=NOON, usd=1.5, issue=9, purpose="fix:heal-abc-x", model="m")
    text = report_files([a_project(*managed(), healing=(bill,))], now=NOON)["statistics.html"]
    assert "Models and runs cost $3.75 in the last 7 days, $5.50 in all" in text


def every_state():
    return [
        a_flake(an_occurrence(created=hours(-number)), issue=number, key=f"{number:016x}", status=status)
        for number, status in enumerate((status for status in Status if status != Status.DISCOVERED), start=1)
    ]


def test_every_state_is_listed_and_people_come_first():
    shown = rows([a_project(*every_state(), watched=(a_flake(an_occurrence(), key="f" * 16),))], now=NOON)
    assert len(shown) == len(Status)
    assert [group.turn for group in groups(shown)] == list(Turn)
    assert all(row.step == NEXT_STEPS[row.flake.status] for row in shown)
    needing = [row.flake.last_seen for row in shown if row.step.turn == Turn.PERSON]
    assert needing == sorted(needing, reverse=True), "newest first"


def test_every_state_has_a_page_with_its_words_elsewhere():
    files = report_files([a_project(*every_state())], now=NOON)
    assert "PENDING_REVIEW" in files["flakes/octo--widgets--6.html"]
    assert "pending merge" in files["flakes/octo--widgets--6.html"]
    assert sum(name.startswith("flakes/") for name in files) == len(Status) - 1


def test_the_pull_request_with_the_fix_comes_from_the_audit_trail():
    url = f"https://github.com/{REPO}/pull/31"
    trail = (
        AuditEntry(at=NOON, actor="bot", action="FIXING → PR_OPEN", url=url),
        AuditEntry(
            at=NOON, actor="bot", action="PR_OPEN → PR_NEEDS_CHANGES", url="https://github.com/x/actions/runs/1"
        ),
    )
    flake = a_flake(a_pull_occurrence(5), issue=7, status=Status.PR_OPEN, audit=trail)
    [row] = rows([a_project(flake)], now=NOON)
    assert (row.pull, row.pull_url) == ("31", url), "not the one in which it failed"
    files = report_files([a_project(flake)], now=NOON)
    assert f'<a class="button" href="{url}" rel="noreferrer">Review PR</a>' in files["index.html"]
    assert "Review PR #31 on GitHub" in files["flakes/octo--widgets--7.html"]


def test_a_test_with_copies_has_one_row():
    """A scan that died may leave a test on two pages of the watch list, or there and in its issue."""
    first, second = (a_flake(an_occurrence(run=run), key="b" * 16) for run in ("1", "2"))
    filed = a_flake(an_occurrence(), issue=7)
    shown = rows([a_project(filed, watched=(first, second, replace(filed, issue=None)))], now=NOON)
    assert [(row.flake.key[0], row.flake.total) for row in shown] == [("a", 1), ("b", 2)]


def test_projects_never_share_a_page():
    made = [a_project(a_flake(an_occurrence(), issue=1), repo=repo) for repo in ("a/b-c", "a-b/c", "a/b--c", "a/b.c")]
    assert len({row.page for row in rows(made, now=NOON)}) == 4


def test_a_key_is_no_path():
    flake = a_flake(an_occurrence(), key="../../etc/passwd")
    [row] = rows([a_project(watched=(flake,))], now=NOON)
    assert row.page == "flakes/octo--widgets--watch-.._.._etc_passwd.html"


def test_an_empty_flake_has_a_page():
    flake = Flake(key="k", repo=REPO, test=TestId(ecosystem="x", suite="", name=""), issue=IssueRef(repo=REPO, issue=3))
    page = report_files([a_project(flake)], now=NOON)["flakes/octo--widgets--3.html"]
    for words in ("Not judged yet", "No evidence is recorded yet", "No signature is recorded", "no runs counted"):
        assert words in page


def test_choices_say_how_many_rows_they_have():
    flakes = [a_flake(an_occurrence(), issue=number, key=f"{number}", framework=framework)
              for number, framework in enumerate(("pytest", "pytest", ""), start=1)]  # fmt: skip
    assert options(rows([a_project(*flakes)], now=NOON))["framework"] == (("pytest", 2), ("unknown", 1))


def test_a_duplicate_is_listed_and_not_counted():
    lead = a_flake(an_occurrence(), issue=1, status=Status.ISSUE_OPEN)
    copy = replace(lead, status=Status.DUPLICATE, issue=IssueRef(repo=REPO, issue=2))
    files = report_files([a_project(lead, copy)], now=NOON)
    assert "flakes/octo--widgets--2.html" in files
    line = re.search(r'<th scope="row">octo/<wbr>widgets</th>(.*?)</tr>', files["statistics.html"])[1]
    assert re.findall(r">(\d+)<", line) == ["1", "0", "0", "0", "0", "1"]


def test_a_verdict_of_each_class_has_words():
    for kind in FailureClass:
        flake = a_flake(an_occurrence(), issue=7, verdict=a_verdict(failure_class=kind))
        assert "Not judged yet" not in report_files([a_project(flake)], now=NOON)["flakes/octo--widgets--7.html"]


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (None, "no data yet"),
        (timedelta(seconds=-5), "0 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=2), "2 d"),
        (days(400) - NOON, "400 d"),
    ],
)
def test_lengths_of_time(length, expected):
    assert span(length) == expected


def test_a_share_of_nothing_is_no_share():
    assert share(Share(part=0, whole=0)) == "no data yet"
    assert share(Share(part=1, whole=4)) == "25% (1 of 4)"


@pytest.mark.parametrize(
    ("url", "kept"), [("https://github.com/a/b?c=d#e", True), ("http://127.0.0.1:8000/a", True), ("", False)]
)
def test_plain_addresses_are_links(url, kept):
    assert safe_url(url) == (url if kept else "")


def test_a_long_name_may_wrap_and_is_still_text():
    assert str(breakable("a/b<c>::d")) == "a/<wbr>b&lt;c&gt;::<wbr>d"
