"""The hostile world in a real browser: its pages as the simulator serves them, and every text without any protection.

The rule it keeps: the second kind of page has no content security policy, so that nothing but the texts themselves
keeps scripts from running and words from leaving their place.
"""

import html
import json
import re
import struct
import subprocess
from urllib.parse import urlsplit

import pytest
from bot_texts import texts
from hostile_texts import HOSTILE, ODD
from hostile_world import a_hostile_world, bots_words
from npm_files import MERMAID, fetched
from small import REPO, dashboards, issues

from ftc.simulator.markdown import render_markdown
from ftc.simulator.pages import TEMPLATES
from ftc.simulator.server import serving

pytestmark = pytest.mark.toolchain

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--enable-logging=stderr"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--virtual-time-budget=8000",  # milliseconds of the page's own time, for charts to be drawn and timers to fire
)
SECONDS = 180
WIDTH = 1280
INSPECT = """
(async () => {
  const wrong = [];
  if (window.mermaid) {
    mermaid.initialize({startOnLoad: false});
    for (const [index, place] of document.querySelectorAll('pre[lang="mermaid"]').entries()) {
      try { place.innerHTML = (await mermaid.render("m" + index, place.textContent)).svg; }
      catch (error) { wrong.push("mermaid: " + error); }
    }
  }
  for (const after of document.querySelectorAll("hr.after")) {
    const text = after.previousElementSibling;
    if (after.parentElement !== document.body) wrong.push(after.id + " is inside of " + after.parentElement.tagName);
    if (!text || text.className !== "markdown") { wrong.push(after.id + " does not follow its text"); continue; }
    if (text.scrollWidth > text.clientWidth + 1) wrong.push(after.id + " is " + text.scrollWidth + " wide");
    const box = text.getBoundingClientRect();
    for (const one of text.querySelectorAll("*")) {
      const style = getComputedStyle(one), own = one.getBoundingClientRect();
      if (style.position !== "static" && !one.closest("svg")) wrong.push(after.id + ": " + style.position);
      if (own.width && !one.closest("pre, table") && own.right > box.right + 1)
        wrong.push(after.id + ": " + one.tagName + " sticks out: " + one.textContent.slice(0, 40));
      for (const {name} of one.attributes) if (name.startsWith("on")) wrong.push(after.id + ": " + name);
      if (one.protocol && !/^https?:|^file:/.test(one.protocol)) wrong.push(after.id + ": " + one.protocol);
    }
    text.querySelectorAll("details").forEach(fold => { fold.open = true; });
    text.querySelectorAll("a").forEach(link => link.protocol === "javascript:" && link.click());
    if (text.scrollWidth > text.clientWidth + 1) wrong.push(after.id + " is too wide when unfolded");
  }
  document.body.dataset.wrong = JSON.stringify(wrong);
})();
"""
"""Charts drawn, folds opened, script links clicked; what is out of place is told by the number of its text."""


@pytest.fixture(scope="module")
def world():
    return a_hostile_world()


@pytest.fixture
def opened(tool, tmp_path):
    """Opens an address; gives the page as its scripts left it, and fails on any request elsewhere.

    With a height it takes a screenshot as well, for people who look at the folder of the test.
    """
    program = tool("chromium")

    def look(address, name, *, height=0):
        log, shot = tmp_path / f"{name}.net.json", tmp_path / f"{name}.png"
        profile = f"--user-data-dir={tmp_path / 'profile'}"
        command = [program, *FLAGS, profile, f"--window-size={WIDTH},{height or 1600}", f"--log-net-log={log}"]
        ways = [["--dump-dom"], *([[f"--screenshot={shot}"]] if height else [])]
        done = [
            subprocess.run([*command, *way, address], capture_output=True, text=True, timeout=SECONDS, check=True)
            for way in ways
        ]
        assert asked(log) <= {urlsplit(address).netloc, ""}
        assert re.findall(r"CONSOLE.*Uncaught.*", done[0].stderr) == []
        assert not height or drawn(shot) == (WIDTH, height)
        return done[0].stdout

    return look


def asked(log):
    """Hosts that pages asked for; data: and file: have an empty one. What the browser itself asks for is not theirs."""
    found = re.findall(r'"url":"([^"]+)"', log.read_text())
    assert found, "the log tells of requests"
    hosts = {urlsplit(url).netloc for url in found if not url.startswith(("chrome", "devtools", "about"))}
    return {host for host in hosts if not host.endswith((".google.com", ".googleapis.com", ".gstatic.com"))}


def bare_page(folder, bodies, *, repo, scripts=""):
    """A file with these texts one after the other, each rendered as GitHub renders it, and nothing that protects."""
    style = (TEMPLATES / "style.css").read_text()
    parts = [
        f'<div class="markdown">{render_markdown(body, repository=repo).html}</div>'
        f'<hr class="after" id="after-{place}">'
        for place, body in enumerate(bodies)
    ]
    path = folder / "page.html"
    path.write_text(
        f'<!doctype html><meta charset="utf-8"><title>untouched</title><style>{style}</style>'
        f"<body>{''.join(parts)}{scripts}<script>{INSPECT}</script>"
    )
    return path.as_uri()


def wrong_on(dom):
    """What the page's own inspection found; the title tells of scripts that ran."""
    assert "<title>untouched</title>" in dom
    return json.loads(html.unescape(re.search(r'data-wrong="([^"]*)"', dom)[1]))


def test_the_worlds_pages_are_quiet_and_whole(opened, world):
    first = issues(world)[0].number
    with serving(world) as url:
        for name, path in {
            "issue": f"/{REPO}/issues/{first}",
            "person": f"/{REPO}/issues/900",
            "dashboard": f"/{REPO}/issues/{dashboards(world)[0].number}",
            "list": f"/{REPO}/issues",
            "runs": f"/{REPO}/actions",
        }.items():
            dom = opened(url + path, name, height=6000 if name in ("issue", "dashboard") else 0)
            assert "owned</title>" not in dom
            # People may show images, which the page's policy does not fetch; nothing else comes through.
            assert not re.search(r"<(?:script|iframe|svg|object|form|video|link)\b", dom)


def test_every_text_of_the_world_stays_in_its_place(opened, world, tmp_path):
    dom = opened(bare_page(tmp_path, bots_words(world).values(), repo=REPO), "texts", height=6000)
    assert wrong_on(dom) == []


def test_every_text_with_every_hostile_word_stays_in_its_place(opened, tmp_path):
    bodies = list(
        dict.fromkeys(body for text in (*HOSTILE, *ODD) for body in texts(lambda _, text=text: text).values())
    )
    for start in range(0, len(bodies), 1_000):
        dom = opened(bare_page(tmp_path, bodies[start : start + 1_000], repo="octo/widgets"), f"matrix-{start}")
        assert wrong_on(dom) == []


def test_charts_of_the_hostile_dashboard_are_drawn(opened, world, tmp_path, tool):
    library = fetched(MERMAID, npm=tool("npm"), folder=tmp_path)
    (tmp_path / "mermaid.js").write_text(library)
    [board] = dashboards(world)
    page = bare_page(tmp_path, [board.body], repo=REPO, scripts='<script src="mermaid.js"></script>')
    dom = opened(page, "charts", height=3600)
    assert wrong_on(dom) == []
    assert dom.count("<svg") >= 2


def test_the_inspection_would_see_what_is_wrong(opened, tmp_path):
    # Text of others without any filter: the element that moves is kept by the sanitiser out of the page, so it is put
    # in behind it.
    page = bare_page(tmp_path, ["fine"], repo=REPO)
    path = tmp_path / "page.html"
    broken = path.read_text().replace("<p>fine", '<p style="position:fixed" onclick="x()">' + "x" * 3_000, 1)
    path.write_text(broken.replace("</div><hr", "<hr", 1))
    dom = opened(page, "broken")
    found = " ".join(wrong_on(dom))
    assert "after-0" in found


def drawn(shot):
    """Width and height of a screenshot that holds something."""
    data = shot.read_bytes()
    assert len(data) > 20_000, "a picture with letters"
    return struct.unpack(">II", data[16:24])
