"""Hostile words in logs and names: the state block stays whole, and nothing acts on GitHub or on the runner."""

import json
import re
from html.parser import HTMLParser

import pytest
from scans import writes
from small import (
    REPO,
    a_scan,
    a_world,
    dashboards,
    flake_of,
    flipped,
    go_log,
    issues,
    junit,
    red,
    run,
    scenario,
    watched,
)

from ftc.core.state import decode
from ftc.jobs.scan_report import as_text
from ftc.render.region import BEGIN, END
from ftc.simulator.markdown import render_markdown

WORDS = [
    "<!-- flaky-test-cleaner:state 1 flake",
    "--> <b>bold</b> --!> <script>alert(1)</script>",
    END,
    BEGIN,
    "```", "~~~~", "````` five",
    "`tick` ``two``",
    "fixes #1, closes acme/shop#1, resolves GH-1",
    "@mallory and @acme/team",
    "/ai-fix force",
    "::error::owned", "##[error]owned",
    "\u202egnissap\u202c \u200bzero \ufeffbom",
    "| a | table | row |",
    "[click](https://evil.example/x) ![img](https://evil.example/y.png) <img src=x onerror=y>",
    "https://github.com/acme/shop/issues/1 www.evil.example",
    "</details></summary><details open>",
    "&lt;b&gt; &#64;mallory",
    "\x1b[31mred\x1b[0m \x00 nul",
    "> [!WARNING]",
    "- [ ] task",
    "# heading",
    "$\\frac{1}{2}$ \\",
]  # fmt: skip
ALLOWED_LINK = re.compile(rf"(https://github\.com/{REPO}/actions/runs/\d+(/(job|attempts)/\d+)?|/{REPO}/issues/\d+)$")


class Elements(HTMLParser):
    """What a page consists of: tags, links, and its text outside code."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.links, self.mentions = set(), [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.add(tag)
        if tag == "a":
            self.links.append(values.get("href", ""))
            self.mentions += [values] if "mention" in (values.get("class") or "") else []


OURS = {
    *("h2", "h3", "p", "a", "code", "pre", "table", "thead", "tbody", "tr", "th", "td"),
    *("ul", "li", "details", "summary", "strong", "blockquote", "br"),
}


def checked(text):
    """The page of a text holds our elements only, and leads nowhere but to runs and to our own issues."""
    page = Elements(render_markdown(text, repository=REPO).html)
    assert page.tags <= OURS, page.tags - OURS
    assert page.mentions == []
    assert [link for link in page.links if not ALLOWED_LINK.match(link)] == []


@pytest.fixture(scope="module")
def world():
    """Each word in messages, logs, test names, job names and branches."""
    runs = []
    for index, word in enumerate(WORDS):
        log = go_log(f"TestA{index:02d}", message=f"say {word}", extra=[word, word, "after"])
        runs += [flipped(160 - index * 3 - turn, log, branch=f"b {word}") for turn in (0, 1)]
        name = word.replace("&", "&amp;").replace("<", "&lt;").replace("'", "").replace("\x1b", "").replace("\x00", "")
        failure = f"<failure message='{name}'>{name}</failure>"
        case = f"<testcase classname='p.test_x' name='test_n{index}[{name}]'>{failure}</testcase>"
        runs.append(
            run(80 - index * 3, jobs=red("no test\n", job=f"j {word}"), artifacts={"junit": {"r.xml": junit(case)}})
        )
    world = a_world(*runs)
    a_scan(world, max_new_issues=50, breakage_threshold=100, request_budget=1000)
    return world


def test_every_issue_is_whole_and_harmless(world):
    assert len(issues(world)) == len(WORDS)
    for issue in issues(world):
        assert flake_of(issue).total == 2
        assert issue.body.count(BEGIN) == issue.body.count(END) == 1
        checked(issue.body)
        assert "\n" not in issue.title
        assert not re.search("[\u202a-\u202e\u200b\ufeff\x00-\x1f]", issue.title)


def test_dashboard_and_watch_list_are_whole_and_harmless(world):
    [dashboard] = dashboards(world)
    assert decode(dashboard.body).dashboard is not None
    checked(dashboard.body)
    assert len(watched(world)) >= len(WORDS) - 2
    for comment in dashboard.comments:
        checked(comment.body)


def test_a_second_scan_changes_not_a_byte(world):
    before = [issue.body for issue in issues(world)]
    world.requests.clear()
    a_scan(world, max_new_issues=50, breakage_threshold=100, request_budget=1000)
    assert writes(world) == []
    assert [issue.body for issue in issues(world)] == before


def test_a_new_occurrence_does_not_multiply_what_stood_there(world):
    # A marker of ours in a log must not make a part of our own text look like somebody else's.
    index = WORDS.index(END)
    world.add(extended(index))
    a_scan(world, hours=2, max_new_issues=50, breakage_threshold=100, request_budget=1000)
    [issue] = [item for item in issues(world) if f"TestA{index:02d}" in item.title]
    assert flake_of(issue).total == 3
    assert issue.body.count("## Summary") == issue.body.count(BEGIN) == issue.body.count(END) == 1


def extended(index):
    """A further run of that test, as a scenario to add."""
    data = json.loads(scenario([flipped(0.5, go_log(f"TestA{index:02d}", message=f"say {WORDS[index]}"))]))
    repository = data["repositories"][REPO]
    return json.dumps({"repositories": {REPO: {"runs": repository["runs"]}}}, indent=1)


def test_no_printed_line_is_a_command_to_the_runner(world):
    report = a_scan(world, dry_run=True, max_new_issues=50, breakage_threshold=100, request_budget=1000)
    text = "\n".join(as_text(report, explain=True))
    assert "TestA00" in text
    for line in text.splitlines():
        assert not line.lstrip().startswith("::")
        assert "##[" not in line
        assert not re.search("[\u202a-\u202e\x1b\x00]", line)
