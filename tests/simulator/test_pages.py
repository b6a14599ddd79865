"""The pages: they show what GitHub would show, and hostile text stays text."""

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest

from ftc.simulator.git_backend import NewCommit, open_repository
from ftc.simulator.git_types import GitIdentity
from ftc.simulator.http import Request
from ftc.simulator.markdown import render_markdown
from ftc.simulator.pages import answer_page
from ftc.simulator.world import (
    Attempt,
    CheckRun,
    Clock,
    Comment,
    Content,
    Issue,
    Job,
    Label,
    PullRequest,
    Reaction,
    Repository,
    Review,
    ReviewComment,
    Run,
    Step,
    TimelineEvent,
    World,
)

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ADA = GitIdentity(name="Ada", email="ada@example.com", date=NOON)
EVIL = '"><script>alert(1)</script><img src=x onerror=alert(1)>'

BODY = """<!-- flaky-test-cleaner:state hidden {"rev": 1} -->
## Summary

| Test | Rate |
| --- | --- |
| `TestA` | 5 % |

- [x] seen twice
- [ ] explained

<details><summary>Log</summary>

```go
t.Fatal("<b>x</b>") // #7 @ada
```

</details>

See #7 and ask @ada.
second line
"""


def later(minutes):
    return NOON + timedelta(minutes=minutes)


def an_issue(number, **over):
    facts = {"id": number, "author": "bot[bot]", "created_at": NOON, "updated_at": NOON, "number": number}
    return Issue(**(facts | {"title": f"Issue {number}", "body": BODY} | over))


@pytest.fixture
def world(tmp_path):
    git = open_repository(root=tmp_path, full_name="acme/widgets")
    git.add_commits("main", [NewCommit(message="first", author=ADA, files={"a.go": b"one\n"})])
    git.add_commits("fix", [NewCommit(message="wait for it", author=ADA, files={"a.go": b"two\n"})], start="main")
    made = World(git_root=tmp_path, clock=Clock(NOON))
    repository = Repository(
        id=1, owner="acme", name="widgets", created_at=NOON, updated_at=NOON, pushed_at=NOON, git=git
    )
    made.repositories["acme/widgets"] = repository
    repository.labels = [Label(id=1, name="flaky-test", color="fbca04"), Label(id=2, name="dark", color="000000")]
    return made


@pytest.fixture
def repository(world):
    return world.repositories["acme/widgets"]


def get(world, path, accept="text/html"):
    return answer_page(world, Request.of("GET", f"http://127.0.0.1:1{path}", headers={"Accept": accept}))


def page(world, path):
    answer = get(world, path)
    assert answer.status == 200
    return answer.body.decode()


def visible(html):
    """Text without tags, styles and source views, spaces collapsed."""
    html = re.sub(r"<style>.*?</style>|<details class=\"source\">.*?</article>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


def test_issue_page_reads_like_github(world, repository):
    issue = an_issue(3, labels=["flaky-test"], assignees=["ada"])
    issue.comments = [Comment(id=9, author="ada", body="Looks *right*", created_at=later(2), updated_at=later(2))]
    issue.comments[0].reactions = [Reaction(id=1, user="bot", content="+1", created_at=NOON)]
    data = {"label": {"name": "flaky-test", "color": "fbca04"}}
    issue.events = [TimelineEvent(id=4, event="labeled", actor="bot", created_at=later(1), data=data)]
    issue.events.append(TimelineEvent(id=5, event="closed", actor="ada", created_at=later(3)))
    repository.issues[3] = issue
    html = page(world, "/acme/widgets/issues/3")
    assert "<h2>Summary</h2>" in html
    assert "<td><code>TestA</code></td>" in html
    assert html.count('type="checkbox"') == 2
    assert "<details><summary>Log</summary>" in html
    assert "<em>right</em>" in html
    assert 'style="background:#fbca04;color:#000"' in html
    text = visible(html)
    assert "state hidden" not in text  # comments in the body are for the bot only
    order = ["Issue 3", "Open", "seen twice", "added the label flaky-test", "Looks", "👍 1", "closed this"]
    assert [word for word in order if word not in text] == []
    assert sorted(order, key=text.index) == order


def test_lines_references_and_mentions_link_as_in_issues():
    html = render_markdown(BODY, repository="acme/widgets").html
    assert 'href="/acme/widgets/issues/7"' in html
    assert "<br>" in html.split("See ")[1]
    assert html.count("issues/7") == 1  # the one in the code block stays text
    assert html.count('href="/ada"') == 1


@pytest.mark.parametrize(
    "text", ["a#7", "x@ada.com", "o/r#7x", "https://x.test/#7", "`#7`", "&#7;", "[l #7](http://x.test)"]
)
def test_what_only_looks_like_a_reference(text):
    html = render_markdown(text, repository="acme/widgets").html
    assert "/issues/7" not in html
    assert 'class="mention"' not in html


def test_without_the_markdown_libraries_the_text_is_shown_raw():
    """They are development extras; a page must work in a plain install, and stay as safe."""
    program = (
        "import sys; sys.modules['comrak'] = None;"
        "from ftc.simulator.markdown import render_markdown;"
        "print(render_markdown('<script>**x**', repository='o/r'))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "Rendered(html='<pre>&lt;script&gt;**x**</pre>', complete=False)"


class Dangers(HTMLParser):
    """Collects everything in a page that a browser could run or fetch."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        if tag in ("script", "iframe", "object", "embed", "svg", "math", "form", "base", "link", "video"):
            self.found.append(tag)
        for name, value in attrs:
            if name.startswith("on") or re.match(r"\s*(javascript|data|vbscript):", value or "", re.IGNORECASE):
                self.found.append((tag, name, value))
            if name == "style" and not re.fullmatch(r"background:#\w{6};color:#\w{3}", value):
                self.found.append((tag, name, value))

    handle_startendtag = handle_starttag


HOSTILE = [
    EVIL,
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "[x](javascript:alert(1)) [y](data:text/html;base64,PHNjcmlwdD4=) <a href=' jAvAsCrIpT:alert(1)'>z</a>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    '<math><mtext><table><mglyph><style><img src=x onerror="alert(1)">',
    "<p style='background:url(http://x.test)'>x</p><form action=//x><input name=a></form>",
    "| a |\n|---|\n| <img src=x onerror=alert(1)> |",
    "```html\n</code></pre><script>alert(1)</script>\n```",
    "`</code><script>alert(1)</script>`",
    "<!--><script>alert(1)</script>-->",
    "<!-- --!><script>alert(1)</script>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "@a<img src=x onerror=alert(1)> #7&lt;script&gt;alert(1)&lt;/script&gt;",
    "</textarea></pre></details></article><script>alert(1)</script>",
    "\x00<script\x00>alert(1)</script>",
    "{{ 1234567 * 7 }}{% raw %}",
    "\ud83d lone surrogate",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_runs_nothing(world, repository, text):
    """Every place text can stand in: body, title, comment, author, label, event, branch, path, hunk."""
    issue = an_issue(1, title=text, author=text, body=text, labels=["bad"], assignees=[text], locked=True)
    repository.labels.append(Label(id=3, name="bad", color='red;}"><script>', description=text))
    issue.comments = [Comment(id=9, author=text, body=text, created_at=NOON, updated_at=NOON)]
    issue.comments[0].rewrite(text + "2", editor=text, now=NOON, edit_id=5)
    issue.events = [
        TimelineEvent(id=4, event="renamed", actor=text, created_at=NOON, data={"rename": {"from": text, "to": text}}),
        TimelineEvent(id=5, event=text, actor=text, created_at=NOON, data={"assignee": text}),
        TimelineEvent(id=6, event="labeled", actor=text, created_at=NOON, data={"label": {"name": text}}),
    ]
    pull = PullRequest(
        base_ref=text,
        head_ref=text,
        head_repository=text,
        base_sha=repository.git.resolve("main"),
        head_sha=repository.git.resolve("fix"),
    )
    pull.review_comments = [
        ReviewComment(
            id=1, author=text, body=text, created_at=NOON, updated_at=NOON, review_id=1, path=text, commit_id="x",
            original_commit_id="x", diff_hunk=text, line=1,
        )
    ]  # fmt: skip
    repository.issues = {1: issue, 2: an_issue(2, title=text, author=text, pull=pull)}
    repository.description = text
    for path in ("/", "/acme/widgets/issues", "/acme/widgets/issues/1", "/acme/widgets/pull/2", "/acme/widgets/pulls"):
        answer = get(world, path)
        dangers = Dangers()
        dangers.feed(answer.body.decode())
        assert dangers.found == []
        assert "script" not in answer.headers["content-security-policy"].replace("script-src", "")
        assert b"8641969" not in answer.body


def test_pull_request_page_shows_files_commits_reviews_and_checks(world, repository):
    main, fix = repository.git.resolve("main"), repository.git.resolve("fix")
    pull = PullRequest(
        base_ref="main", head_ref="fix", head_repository="acme/widgets", base_sha=main, head_sha=fix, draft=True
    )
    pull.reviews = [
        Review(
            id=1, author="ada", body="Why?", created_at=NOON, updated_at=NOON, state="CHANGES_REQUESTED", commit_id=fix
        ),
        Review(id=2, author="bob", created_at=later(5), updated_at=later(5), state="APPROVED", commit_id=fix),
    ]
    pull.review_comments = [
        ReviewComment(
            id=3, author="ada", body="here", created_at=later(1), updated_at=later(1), review_id=1, path="a.go",
            commit_id=fix, original_commit_id=fix, diff_hunk="@@ -1 +1 @@\n-one\n+two", line=1, resolved_by="bot",
        )
    ]  # fmt: skip
    repository.issues[4] = an_issue(4, title="Fix it", pull=pull)
    repository.check_runs[1] = CheckRun(
        id=1, name="unit", head_sha=fix, status="completed", conclusion="failure", started_at=NOON
    )
    html = page(world, "/acme/widgets/pull/4")
    text = visible(html)
    for words in (
        "Draft",
        "wants to merge 1 commit into main from fix",
        "requested changes",
        "a.go:1",
        "resolved by bot",
    ):
        assert words in text
    for words in ("bob approved these changes", "unit: failure", "wait for it", "+1 −1"):
        assert words in text
    assert '<span class="removed">-one' in html
    assert '<span class="added">+two' in html


@pytest.mark.parametrize(
    ("over", "pull", "word"),
    [
        ({}, None, "Open"),
        ({"state": "closed", "state_reason": "completed"}, None, "Closed"),
        ({"state": "closed", "state_reason": "not_planned"}, None, "Closed as not planned"),
        ({"state": "closed"}, {"merged_at": NOON}, "Merged"),
        ({"state": "closed"}, {}, "Closed"),
        ({}, {"draft": True}, "Draft"),
    ],
)
def test_state_badges(world, repository, over, pull, word):
    sha = repository.git.resolve("main")
    facts = {"base_ref": "main", "head_ref": "x", "head_repository": "acme/widgets", "base_sha": sha, "head_sha": sha}
    half = None if pull is None else PullRequest(**(facts | pull))
    repository.issues[1] = an_issue(1, pull=half, **over)
    html = page(world, f"/acme/widgets/{'issues' if pull is None else 'pull'}/1")
    assert re.search(r'<span class="state \w+">([^<]+)<', html)[1] == word


def test_lists_filter_by_state_and_label(world, repository):
    repository.issues = {
        1: an_issue(1, title="old one", state="closed"),
        2: an_issue(2, title="with label", labels=["flaky-test"]),
        3: an_issue(3, title="plain one"),
        4: an_issue(4, title="gone one", deleted=True),
    }
    text = visible(page(world, "/acme/widgets/issues"))
    assert text.index("plain one") < text.index("with label")
    assert "2 Open" in text
    assert "1 Closed" in text
    assert "old one" not in text
    assert "gone one" not in text
    assert "old one" in visible(page(world, "/acme/widgets/issues?state=closed"))
    assert "plain one" not in visible(page(world, "/acme/widgets/issues?label=Flaky-Test"))
    assert "acme/widgets" in visible(page(world, "/"))


def test_run_and_commit_pages_that_evidence_links_to(world, repository):
    sha = repository.git.resolve("fix")
    job = Job(id=31, name="unit", conclusion="failure", started_at=NOON, log=Content(inline=b"FAIL <script>\xff"))
    job.steps = [Step(number=1, name="Run tests", conclusion="failure")]
    gone = Job(id=32, name="old", started_at=NOON, log_expired=True)
    attempt = Attempt(number=1, conclusion="failure", started_at=NOON, updated_at=NOON, actor="ada", jobs=[job, gone])
    repository.runs[21] = Run(
        id=21, workflow_id=1, number=5, event="push", head_branch="fix", head_sha=sha, title="wait", actor="ada",
        head_repository="acme/widgets", created_at=NOON, pull_numbers=(4,), attempts=[attempt],
    )  # fmt: skip
    for address in ("", "/attempts/1", "/job/31", "/attempts/1/job/31"):
        html = page(world, f"/acme/widgets/actions/runs/21{address}")
        assert ("<details open>" in html) == ("job" in address)
    assert "FAIL &lt;script&gt;\ufffd" in html
    for words in ("Attempt 1 failure", "Run tests: failure", "The log has expired", "#4"):
        assert words in visible(html)
    assert "#5 push on fix: failure" in visible(page(world, "/acme/widgets/actions"))
    assert '<span class="added">+two' in page(world, f"/acme/widgets/commit/{sha}")
    assert "first" in page(world, f"/acme/widgets/commit/{repository.git.resolve('main')}")
    for address in ("actions/runs/22", f"commit/{'0' * 40}"):
        assert get(world, f"/acme/widgets/{address}").status == 404


def test_other_addresses(world, repository):
    repository.issues[1] = an_issue(1)
    assert get(world, "/acme/widgets/pull/1").headers["location"] == "/acme/widgets/issues/1"
    assert get(world, "/acme/widgets/issues/77").status == 404
    for path in ("/repos/acme/widgets/issues", "/nobody/nothing", "/rate_limit", "/acme/widgets.git/info/refs"):
        assert get(world, path) is None
    assert answer_page(world, Request.of("POST", "http://x/acme/widgets/issues")) is None


def test_edit_history_can_be_read(world, repository):
    issue = an_issue(1, body="first words")
    issue.rewrite("second words", editor="mallory", now=later(1), edit_id=7)
    repository.issues[1] = issue
    html = page(world, "/acme/widgets/issues/1")
    assert "edited 1× (last by mallory)" in html
    assert "first words" in html
