"""The dashboard's charts in the library that GitHub draws them with: they parse, and they become pictures."""

import html
import re
import subprocess

import pytest
from npm_files import MERMAID, fetched

from tests.boards import managed, watched
from tests.builders import a_flake, an_occurrence
from tests.render.test_dashboard_text import a_body, charts

pytestmark = pytest.mark.toolchain

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--virtual-time-budget=20000",  # milliseconds of the page's own time, for charts to be drawn
)
DRAW = """
mermaid.initialize({startOnLoad: false});
(async () => {
  for (const place of document.querySelectorAll("pre")) {
    try { place.innerHTML = (await mermaid.render("m" + Math.random().toString(16).slice(2), place.textContent)).svg; }
    catch (error) { place.textContent = "refused: " + error; }
  }
  document.body.dataset.done = "yes";
})();
"""


@pytest.fixture(scope="module")
def library(tool, tmp_path_factory):
    return fetched(MERMAID, npm=tool("npm"), folder=tmp_path_factory.mktemp("npm"))


@pytest.fixture
def drawn(tool, tmp_path, library):
    """The page of these charts after Mermaid has drawn them."""
    (tmp_path / "mermaid.js").write_text(library)

    def page(texts):
        blocks = "".join(f"<pre>{html.escape(text)}</pre>" for text in texts)
        scripts = f'<script src="mermaid.js"></script><script>{DRAW}</script>'
        (tmp_path / "page.html").write_text(f'<!doctype html><meta charset="utf-8"><body>{blocks}{scripts}')
        address = (tmp_path / "page.html").as_uri()
        command = [tool("chromium"), *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", address]
        done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=True).stdout
        assert 'data-done="yes"' in done
        return re.findall(r"<pre>(.*?)</pre>", done, re.DOTALL)

    return page


def sources(body):
    return [chart.removeprefix("```mermaid\n").removesuffix("```") for chart in charts(body)]


def test_the_charts_of_a_rich_world_are_drawn(drawn):
    trend, pie = drawn(sources(a_body(entries=watched())))
    assert "refused" not in trend + pie
    assert trend.count("<rect") >= 14, "a bar for each day"
    assert ">02-25<" in trend
    assert ">03-10<" in trend
    assert len(re.findall(r"<path[^>]+stroke-width", trend)) >= 2, "a line for merged, one for failed"
    assert pie.count('class="pieCircle"') == 3
    assert "Likely a regression [1]" in pie


def test_a_single_failure_is_enough_for_both(drawn):
    assert "refused" not in "".join(drawn(sources(a_body([a_flake(an_occurrence(), issue=3)]))))


def test_this_test_would_see_a_chart_that_is_none(drawn):
    [trend, _] = sources(a_body(managed()))
    assert "refused" in drawn([trend.replace("x-axis", "x+axis")])[0]
