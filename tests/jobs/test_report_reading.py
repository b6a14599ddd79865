"""The report as people use it in a browser: a range of days of their own, and nothing that axe-core objects to."""

import json
import re
import shutil
import subprocess

import pytest
from npm_files import AXE, fetched

from ftc.core.statistics import counted, daily, summed
from ftc.jobs.report import write_files
from ftc.render.amounts import share, span
from ftc.render.report import report_files
from ftc.render.report_rows import Filed, Project
from tests.boards import OTHER, a_dashboard, managed, watched
from tests.builders import NOON, REPO, days
from tests.jobs.test_report_browser import DARK, FLAGS, SECONDS

pytestmark = pytest.mark.toolchain

PAGES = ("index.html", "statistics.html", "flakes/octo--widgets--13.html", "flakes/octo--widgets--17.html")
CHECK = """
axe.run(document, {resultTypes: ["violations"], preload: false}).then((found) => {
  const told = found.violations.map((item) => ({id: item.id, impact: item.impact, nodes: item.nodes.map((node) => [node.html, node.failureSummary])}));
  const place = document.createElement("script");
  place.type = "application/json";
  place.id = "axe";
  place.textContent = JSON.stringify({passes: found.passes.length, told});
  document.body.append(place);
});
"""  # noqa: E501


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A report about the rich world, its two projects apart."""
    made = tmp_path_factory.mktemp("report")
    projects = [
        Project(
            repo=repo,
            filed=tuple(
                Filed(
                    flake=flake,
                    url=f"https://github.com/{repo}/issues/{flake.issue.issue}",
                    labels=("flaky-test-cleaner/flaky-test",),
                )
                for flake in managed()
                if flake.repo == repo
            ),
            watched=watched() if repo == REPO else (),
            scans=a_dashboard().scans,
            dashboard_url=f"https://github.com/{repo}/issues/1",
            notes=("issue 40 was edited by hand",),
        )
        for repo in (REPO, OTHER)
    ]
    write_files(made, report_files(projects, now=NOON))
    return made


@pytest.fixture
def dom(tool, tmp_path):
    """A page as its scripts have left it."""

    def opened(address, *flags):
        command = [tool("chromium"), *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", *flags, "--dump-dom", address]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)
        assert re.findall(r".*CONSOLE.*", done.stderr) == []
        return done.stdout

    return opened


def chosen(html):
    """The column of the chosen range, by the name of its row."""
    found = re.findall(r'<tr data-\w+="([^"]+)"><th.*?</th><td class="number chosen">([^<]*)</td>', html)
    assert len(found) == 10
    return dict(found)


RANGES = [
    ("", 0, 30, "thirty days unless asked otherwise"),
    ("#from=2026-03-01&to=2026-03-05", 5, 5, "in the middle"),
    ("#from=2026-03-10&to=2026-03-10", 0, 1, "a single quiet day"),
    ("#from=2026-03-05&to=2026-03-01", 5, 5, "ends exchanged"),
    ("#from=1999-01-01&to=nonsense", 0, 30, "no day of ours"),
    ("#from=2025-03-11&to=2026-03-10", 0, 365, "everything"),
]


@pytest.mark.parametrize(("asked", "ago", "length", "why"), RANGES, ids=[item[3] for item in RANGES])
def test_a_chosen_range_says_what_the_program_would(folder, dom, asked, ago, length, why):
    html = dom(f"{folder.as_uri()}/statistics.html{asked}")
    expected = summed(daily(counted(managed()), until=days(-ago).date(), days=length))
    assert chosen(html) == {
        **{name: str(getattr(expected, name)) for name in ("found", "failures", "merged", "automatic", "failed")},
        "merged failed": share(expected.success),
        "proven back": share(expected.hold),
        "triage": span(expected.triage),
        "fix": span(expected.fix),
        "merge": span(expected.merge),
    }, why
    assert f"{length} days, " in html
    assert html.count('aria-pressed="true"') == (1 if ago == 0 and length in (7, 30, 90, 365) else 0)


def test_projects_are_split_in_the_chosen_range_too(folder, dom):
    html = dom(f"{folder.as_uri()}/statistics.html#from=2026-03-01&to=2026-03-05")
    rows = dict(re.findall(r'<tr data-project="([^"]+)">(.*?)</tr>', html))
    numbers = {name: re.findall(r'chosen">(\d+)<', cells) for name, cells in rows.items()}
    assert numbers == {REPO: ["3", "3", "0"], OTHER: ["1", "0", "0"]}, "found, fixed, failed"


@pytest.fixture(scope="module")
def examined(folder, tool, tmp_path_factory):
    """The same report with axe-core in every page; the pages' policy allows files."""
    library = fetched(AXE, npm=tool("npm"), folder=tmp_path_factory.mktemp("npm"))
    copy = tmp_path_factory.mktemp("examined") / "report"
    shutil.copytree(folder, copy)
    (copy / "axe.js").write_text(library)
    (copy / "check.js").write_text(CHECK)
    for page in PAGES:
        root = "../" * page.count("/")
        scripts = f'<script src="{root}axe.js"></script><script src="{root}check.js"></script>'
        text = (copy / page).read_text()
        (copy / page).write_text(text.replace("</body>", f"{scripts}</body>"))
    return copy


@pytest.mark.parametrize("flags", [(), (DARK,), ("--window-size=500,900",)], ids=["light", "dark", "narrow"])
@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing_to_object_to(examined, dom, page, flags):
    html = dom(f"{examined.as_uri()}/{page}", *flags)
    found = json.loads(re.search(r'<script type="application/json" id="axe">(.*?)</script>', html, re.DOTALL)[1])
    assert found["passes"] > 20, "it has looked"
    assert found["told"] == []
