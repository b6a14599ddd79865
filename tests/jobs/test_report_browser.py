"""The report in a real browser, from a file and without a network: scripts run, filters filter, charts are drawn.

The browser is asked for the page as its scripts have left it, and for screenshots, of which the colours are counted.
"""

import re
import struct
import subprocess
import zlib
from collections import Counter
from datetime import timedelta

import pytest

from ftc.core.model import Status
from ftc.jobs.report import write_files
from ftc.render.report import report_files
from ftc.render.report_rows import Filed, Project
from tests.builders import NOON, a_flake, a_test, a_verdict, an_occurrence, days

pytestmark = pytest.mark.toolchain

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--enable-logging=stderr"),
    "--virtual-time-budget=3000",  # milliseconds of the page's own time, for charts to be drawn
)
DARK = "--blink-settings=preferredColorScheme=0"
SECONDS = 120
HOSTILE = "Test</script><img src=x onerror=\"document.title='owned'\">"
STATES = (Status.ISSUE_OPEN, Status.TRIAGED, Status.FIXING, Status.PR_OPEN, Status.MERGED, Status.VERIFIED)


def a_story(number, status, repo):
    """A filed flake with a fortnight of failures."""
    occurrences = [
        an_occurrence(run=f"{number}{back}", created=NOON - timedelta(days=back)) for back in range(number, 14, 3)
    ]
    return a_flake(
        *occurrences,
        issue=number,
        key=f"{number:016x}",
        repo=repo,
        status=status,
        test=a_test(HOSTILE if number == 1 else f"TestCase{number}"),
        framework="pytest" if number % 2 else "go-test",
        verdict=a_verdict(),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A report about two projects, six issues each, one test with a hostile name."""
    made = tmp_path_factory.mktemp("report with a space")
    projects = [
        Project(
            repo=repo,
            filed=tuple(
                Filed(
                    flake=a_story(number, status, repo),
                    url=f"https://github.com/{repo}/issues/{number}",
                    labels=(
                        "flaky-test-cleaner/flaky-test",
                        *(["flaky-test-cleaner/keep-open"] if number == 2 else []),
                    ),
                )
                for number, status in enumerate(STATES, start=1)
            ),
        )
        for repo in ("octo/widgets", "octo/gears")
    ]
    write_files(made, report_files(projects, now=days(0)))
    return made


@pytest.fixture
def browser(tool, tmp_path):
    """Opens an address with a profile of its own; gives what it printed, and fails on any complaint of the page's."""
    program = tool("chromium")

    def opened(address, *flags):
        command = [program, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", *flags, address]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)
        assert re.findall(r".*CONSOLE.*", done.stderr) == []
        return done.stdout

    return opened


@pytest.fixture
def dom(browser, folder):
    """A page of the report as its scripts have left it."""
    return lambda page: browser(f"{folder.as_uri()}/{page}", "--dump-dom")


@pytest.fixture
def colors(browser, folder, tmp_path):
    """The colours of a screenshot with how many pixels have them."""

    def shot(page, *flags):
        path = tmp_path / "shot.png"
        browser(f"{folder.as_uri()}/{page}", "--window-size=1000,600", f"--screenshot={path}", *flags)
        return pixels(path.read_bytes())

    return shot


def pixels(png):
    """Counted colours of an image of eight bits a channel; PNG specification, sections 5, 9 and 11.2.2."""
    width, height, depth, kind = struct.unpack(">IIBB", png[16:26])
    assert depth == 8
    size = {2: 3, 6: 4}[kind]
    place, data = 8, b""
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        data += png[place + 8 : place + 8 + length] if png[place + 4 : place + 8] == b"IDAT" else b""
        place += 12 + length
    raw, stride = zlib.decompress(data), width * size
    above, counts = bytearray(stride), Counter()
    for row in range(height):
        start = row * (stride + 1)
        above = unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + stride]), above, size)
        counts.update(bytes(above[at : at + 3]) for at in range(0, stride, size * 4))
    return counts


def unfiltered(kind, line, above, size):
    for at in range(len(line) if kind else 0):
        left, up = (line[at - size] if at >= size else 0), above[at]
        corner = above[at - size] if at >= size else 0
        line[at] = (line[at] + (0, left, up, (left + up) // 2, paeth(left, up, corner))[kind]) & 255
    return line


def paeth(left, up, corner):
    guess = left + up - corner
    return min((left, up, corner), key=lambda value: abs(guess - value))


def shown(html):
    """The tests of the list that are not hidden."""
    rows = re.findall(r"<tr data-row(.*?)</tr>", html, re.DOTALL)
    return [
        re.search(r'href="(flakes/[^"]+)"', row)[1].removeprefix("flakes/octo--").removesuffix(".html")
        for row in rows
        if not re.search(r' hidden=""', row.split(">", 1)[0])
    ]


def test_the_whole_list_shows_without_filters(dom):
    html = dom("index.html")
    assert len(shown(html)) == 12
    assert "12 of 12 shown" in html
    assert re.search(r'<form id="filters"[^>]*>', html)[0].count("hidden") == 0, "scripts show the filters"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("state=PR_OPEN", {"gears--4", "widgets--4"}),
        ("project=octo%2Fgears&framework=pytest", {"gears--1", "gears--3", "gears--5"}),
        ("q=testcase6+OCTO/gears", {"gears--6"}),
        ("label=flaky-test-cleaner%2Fkeep-open", {"gears--2", "widgets--2"}),
        ("q=onerror", {"gears--1", "widgets--1"}),
        ("q=nothing+like+it", set()),
        ("state=NO_SUCH_STATE", {f"{repo}--{number}" for repo in ("gears", "widgets") for number in range(1, 7)}),
    ],
)
def test_an_address_filters_the_list(dom, asked, expected):
    html = dom(f"index.html#{asked}")
    assert set(shown(html)) == expected
    assert f"{len(expected)} of 12 shown" in html
    assert ('<p id="nothing" class="empty" hidden="">' in html) == bool(expected)
    assert html.count('<tbody id="') - len(re.findall(r'<tbody id="\w+" hidden="">', html)) == len(
        {
            re.search(rf'<tbody id="(\w+)"(?:(?!<tbody).)*{re.escape(item)}\.html', html, re.DOTALL)[1]
            for item in expected
        }
    ), "groups without rows are hidden"


def test_a_hostile_name_runs_nothing(dom):
    for page in ("index.html", "flakes/octo--gears--1.html"):
        html = dom(page)
        assert "<title>owned" not in html
        assert "<img" not in html
        assert "&lt;img src=x" in html


@pytest.mark.parametrize("page", ["statistics.html", "flakes/octo--widgets--2.html"])
def test_charts_are_drawn(dom, page):
    html = dom(page)
    assert html.count('<div class="plot"') == len(re.findall(r'<div[^>]+class="uplot', html)) == 1
    assert re.search(r'<canvas width="[1-9]\d+" height="[1-9]\d+"', html)


@pytest.mark.parametrize("page", ["index.html", "statistics.html", "flakes/octo--widgets--2.html"])
def test_both_palettes_are_whole_pictures(colors, page):
    light, dark = colors(page), colors(page, DARK)
    for counts, ground in ((light, (0xF6, 0xF7, 0xF9)), (dark, (0x0F, 0x14, 0x1A))):
        total = counts.total()
        assert counts[bytes(ground)] > total * 0.05, "the ground of this palette"
        assert counts.most_common(1)[0][1] < total * 0.97, "more than one flat colour"
        assert len(counts) > 50, "letters are drawn"
    accents = [(light, (0x0F, 0x76, 0x6E)), (dark, (0x2D, 0xD4, 0xBF))]
    assert all(counts[bytes(accent)] > 20 for counts, accent in accents), "buttons, bars and intervals"
