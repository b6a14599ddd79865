"""The report as a folder: read from the issues of a simulated GitHub, closed in itself, the same each time."""

import json
import re
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag

import pytest
from scans import run_scan, writes
from small import NOW, REPO, TOKEN, a_scan, a_world, flipped, go_log, issues, red, run, scenario

from ftc.cli import main
from ftc.jobs.demo.stage import HISTORY
from ftc.jobs.demo.stage import REPO as DEMO
from ftc.jobs.demo.stage import TOKEN as DEMO_TOKEN
from ftc.jobs.report import named, settings_of
from ftc.simulator.simulator import Simulator

FLAKY = (flipped(30, go_log("TestAdd")), flipped(50, go_log("TestAdd")), run(1, jobs=red(go_log("TestOnce"))))
LOADING = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src", "object": "data"}


class Page(HTMLParser):
    """What a browser would load and follow, and what only a hostile page would hold."""

    def __init__(self, html):
        super().__init__()
        self.loads, self.links, self.ids, self.scripts, self.tables, self.inline = [], [], set(), [], [], []
        self.labels, self.fields = 0, 0
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.ids |= {values["id"]} if "id" in values else set()
        self.loads += [values[LOADING[tag]]] if LOADING.get(tag) in values else []
        self.links += [values["href"]] if tag == "a" else []
        self.inline += [name for name in values if name == "style" or name.startswith("on")]
        self.scripts += [values] if tag == "script" else []
        self.tables += [False] if tag == "table" else []
        if tag == "caption":
            self.tables[-1] = True
        self.labels += tag == "label"
        self.fields += tag in ("input", "select")

    def handle_endtag(self, tag):
        self.text += " " if tag in ("td", "th", "li", "dt", "dd", "h1", "p") else ""

    def handle_data(self, data):
        self.text += data


def report(world, folder, *flags, repo=REPO):
    """The exit code of the command, with the simulator for a GitHub."""
    named_ = ["--repo", repo] if repo else []
    with world.activate():
        return main(["report", "--html", str(folder), "--now", NOW.isoformat(), *named_, *flags])


def pages(folder):
    return {str(path.relative_to(folder)): Page(path.read_text()) for path in sorted(folder.rglob("*.html"))}


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(autouse=True)
def _token(monkeypatch):
    monkeypatch.setenv("FTC_TOKEN", TOKEN)


@pytest.fixture(scope="module")
def demo_world():
    simulator = Simulator.load(HISTORY / "first.yaml", HISTORY / "newer.yaml")
    run_scan(simulator, repo=DEMO, token=DEMO_TOKEN, now=simulator.world.now())
    return simulator


@pytest.fixture
def demo(demo_world, tmp_path, monkeypatch):
    """The folder of a report about the demo's history."""
    monkeypatch.setenv("FTC_TOKEN", DEMO_TOKEN)
    assert report(demo_world, tmp_path / "report", repo=DEMO) == 0
    return tmp_path / "report"


def test_the_list_leads_to_a_page_for_every_flake(demo):
    listed = [link for link in pages(demo)["index.html"].links if link.startswith("flakes/")]
    assert sorted(listed) == sorted(str(path.relative_to(demo)) for path in demo.glob("flakes/*.html"))
    assert len(listed) == 10
    assert len(set(listed)) == 10


def test_every_link_inside_leads_somewhere(demo):
    found = pages(demo)
    for name, page in found.items():
        for link in (*page.links, *page.loads):
            target, fragment = urldefrag(link)
            if target.startswith(("https://", "http://", "data:")):
                continue
            path = (demo / name).parent / unquote(target) if target else demo / name
            assert path.is_file(), f"{name} -> {link}"
            if fragment and "=" not in fragment:
                assert fragment in found[str(path.resolve().relative_to(demo.resolve()))].ids, f"{name} -> {link}"


def test_nothing_is_loaded_from_a_network(demo):
    for name, page in pages(demo).items():
        assert [load for load in page.loads if re.match(r"[a-z]+:|//", load) and load != "data:,"] == [], name
    for path in [*demo.glob("assets/*.css"), *demo.glob("assets/*.js")]:
        text = path.read_text()
        assert not re.search(r"url\(|@import|sourceMappingURL|fetch\(|XMLHttpRequest|WebSocket|import\(", text), path


def test_scripts_lie_in_files_and_the_policy_holds_them_there(demo):
    for name, page in pages(demo).items():
        policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', (demo / name).read_text())[1]
        assert policy.startswith("default-src 'none'; script-src 'self' file:; style-src 'self' file:;")
        assert "unsafe" not in policy
        assert page.inline == []
        assert [item for item in page.scripts if "src" not in item and item.get("type") != "application/json"] == []


def test_pages_can_be_read_without_eyes(demo):
    for name, page in pages(demo).items():
        text = (demo / name).read_text()
        assert all(page.tables), f"{name}: a table without a caption"
        assert page.labels == page.fields, name
        assert page.links[0] == "#main", "the first stop leads past the head"
        assert '<html lang="en">' in text
        assert text.count("<h1") == 1
        for chart in re.findall(r'data-chart="(\w+)"', text):
            assert f'<table id="{chart}">' in text, "a chart needs its numbers as a table"
    assert 'aria-live="polite"' in (demo / "index.html").read_text()


def test_a_page_tells_the_whole_story(demo):
    text = " ".join(pages(demo)["flakes/demo-org--ledger--20.html"].text.split())
    for part in (
        "TestBatchIsSentAfterInterval",
        "Failed, and the same job passed in a later attempt of the same run",
        "passed-later-attempt",
        "batch was not sent",
        "go test . -run '^TestBatchIsSentAfterInterval$'",
        "DISCOVERED → ISSUE_OPEN",
        "repair: NEW",
        "dispatch: pending",
        "3 of 30 observed runs",
    ):
        assert part in text


def test_statistics_say_what_is_unknown(demo):
    text = " ".join(pages(demo)["statistics.html"].text.split())
    found = re.search(r"Flaky tests found (\d+) (\d+) (\d+) Failures (\d+) (\d+) (\d+)", text)
    assert found
    assert found.groups() == ("2", "3", "3", "7", "8", "8"), "tests with an issue, and their failures"
    assert text.count("no data yet") == 15, "five numbers of three ranges"


def test_the_same_state_at_the_same_moment_gives_the_same_bytes_and_writes_nothing(tmp_path):
    world = a_world(*FLAKY)
    a_scan(world)
    before = writes(world)
    assert report(world, tmp_path / "a") == 0
    assert report(world, tmp_path / "b") == 0
    first = contents(tmp_path / "a")
    assert report(world, tmp_path / "a") == 0
    assert contents(tmp_path / "a") == first == contents(tmp_path / "b")
    assert writes(world) == before


BANK = "acme/bank"


def two_repositories():
    """Both scanned by a person, as the token of a job reaches its own repository only."""
    data = json.loads(scenario(FLAKY))
    data["repositories"][BANK] = data["repositories"][REPO]
    data["tokens"] = {"bea": "bea"}
    world = Simulator.load(json.dumps(data, indent=1))
    for repo in (REPO, BANK):
        run_scan(world, repo=repo, token="bea", now=NOW)
    return world


@pytest.mark.parametrize("flags", [("--repo", f"{REPO},{BANK}"), ("--repo", REPO, "--repo", f"{BANK},{REPO}")])
def test_several_repositories_share_one_report(tmp_path, monkeypatch, flags):
    world = two_repositories()
    monkeypatch.setenv("FTC_TOKEN", "bea")
    assert report(world, tmp_path, *flags, repo="") == 0
    text, numbers = (tmp_path / "index.html").read_text(), (tmp_path / "statistics.html").read_text()
    assert text.count("<tr data-row") == 4
    for repo in (REPO, BANK):
        [issue] = issues(world, repo)
        assert (tmp_path / f"flakes/{repo.replace('/', '--')}--{issue.number}.html").is_file()
        assert f'<option value="{repo}">{repo} (2)</option>' in text
        assert f"{repo}: scans that changed something" in numbers


def test_a_token_that_reads_issues_is_enough(tmp_path, monkeypatch):
    data = json.loads(scenario(FLAKY))
    data["tokens"]["reports"] = {"permissions": {"issues": "read"}, "repository": REPO}
    world = Simulator.load(json.dumps(data, indent=1))
    a_scan(world)
    monkeypatch.setenv("FTC_TOKEN", "reports")
    assert report(world, tmp_path) == 0
    assert (tmp_path / "index.html").read_text().count("<tr data-row") == 2


@pytest.mark.parametrize(("flags", "shown"), [((), 0), (("--trusted-logins", "github-actions[bot]"), 2)])
def test_who_is_not_the_bot_names_it(tmp_path, monkeypatch, flags, shown):
    """A person's token reads the issues, but their state counts only for those who wrote it."""
    world = a_world(*FLAKY)
    a_scan(world)
    monkeypatch.setenv("FTC_TOKEN", "bea")
    assert report(world, tmp_path, *flags) == 0
    text = (tmp_path / "index.html").read_text()
    assert text.count("<tr data-row") == shown
    assert ("was opened by github-actions[bot]" in text) == (shown == 0), "the report says why it is empty"


def test_a_repository_without_issues_has_an_empty_report(tmp_path):
    assert report(a_world(), tmp_path) == 0
    assert set(pages(tmp_path)) == {"index.html", "statistics.html"}
    assert "No flaky test is known yet" in (tmp_path / "index.html").read_text()


def test_hostile_names_from_a_log_stay_text(tmp_path):
    name = "TestX/</script><script>alert(1)</script>\"'><img_src=x_onerror=alert(1)>{{7*7}}\u202egnp"
    world = a_world(flipped(30, go_log(name)), flipped(50, go_log(name)))
    a_scan(world)
    assert len(issues(world)) == 1
    assert report(world, tmp_path) == 0
    for path, page in pages(tmp_path).items():
        assert page.inline == [], path
        assert not re.search(r"<script>|<img|\u202e", (tmp_path / path).read_text()), path
    text = pages(tmp_path)["index.html"].text
    assert "<script>alert(1)</script>" in text, "shown as it is"
    assert "{{7*7}}" in text


def test_pages_of_what_is_gone_go_too(tmp_path):
    world = a_world(*FLAKY)
    a_scan(world)
    old = tmp_path / "flakes" / "acme--shop--999.html"
    assert report(world, tmp_path) == 0
    old.write_text("old")
    assert report(world, tmp_path) == 0
    assert not old.exists()


def test_a_folder_of_something_else_is_left_alone(tmp_path, capsys):
    (tmp_path / "thesis.html").write_text("precious")
    assert report(a_world(), tmp_path) == 64
    assert "holds something that is no report" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.html"]


def test_nothing_is_written_when_a_repository_cannot_be_read(tmp_path):
    assert report(a_world(), tmp_path / "new", "--repo", "acme/missing") == 1
    assert not (tmp_path / "new").exists()


def test_the_kill_switch_stops_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FTC_DISABLED", "true")
    assert report(a_world(), tmp_path / "new") == 0
    assert "Disabled" in capsys.readouterr().out
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("given", "expected"),
    [([], ()), (["a/b"], ("a/b",)), (["a/b, c/d", "", "e/f,"], ("a/b", "c/d", "e/f")), (["a/b", "A/B"], ("A/B",))],
)
def test_names_come_by_comma_or_flag(given, expected):
    assert named(given) == expected


RUNNER = {"GITHUB_REPOSITORY": "acme/bot", "FTC_TOKEN": "x"}


@pytest.mark.parametrize(
    ("repos", "flags", "expected"),
    [
        ((), {}, ["acme/bot"]),
        # On a runner everything is written to the runner's own repository; a report about others reads theirs.
        (("acme/shop", "acme/bank"), {}, ["acme/shop", "acme/bank"]),
        (("acme/shop", "acme/bank"), {"write-repo": "acme/bot"}, ["acme/bot"]),
    ],
)
def test_where_the_issues_are_read(repos, flags, expected):
    found = settings_of(repos, flags=flags, environ=RUNNER)
    assert [settings.config.target for settings in found] == expected


def test_the_number_of_one_dashboard_is_not_looked_for_in_two_repositories():
    environ = RUNNER | {"FTC_DASHBOARD_ISSUE": "7"}
    one = settings_of(("acme/shop",), flags={}, environ=environ)
    two = settings_of(("acme/shop", "acme/bank"), flags={}, environ=environ)
    assert [[item.config.dashboard_issue for item in found] for found in (one, two)] == [[7], [0, 0]]
