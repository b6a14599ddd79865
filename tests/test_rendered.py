"""Hostile text in every place that others can fill, through everything the bot writes, as GitHub would show it.

The matrix: ``hostile_texts`` by the places and texts of ``bot_texts``. ``github_page`` says what is wrong with a page.
"""

import json
import re
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from bot_texts import (
    a_scan_report,
    a_sweep_report,
    a_tolerance,
    an_analysis,
    answers,
    texts,
    the_flake,
    the_test,
)
from builders import LINK, NOON, a_failure, a_signature, an_extraction, days
from github_page import DOES, LINE_COMMAND, is_invisible, line_problems, marks, page_of, problems, shape
from hostile_texts import HOSTILE, LONG, ODD
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ftc.agent.task_batch import commit_message
from ftc.clients.runner import Level, annotations, harmless, harmless_json
from ftc.core.commands import Name, parse, spelled
from ftc.core.markdown import JOINT, fence, plain, sentence, strip_control
from ftc.core.model import Kind, Location, TestId
from ftc.core.notifications import Event, Told
from ftc.core.quarantine import Entry
from ftc.core.quarantine_arguments import DIALECTS, arguments
from ftc.core.reproduce import COMMANDS, commands_for
from ftc.core.sanitize import Sanitizer
from ftc.core.scan_block import candidates, found_keys
from ftc.core.state import decode
from ftc.core.task_batches import Batch
from ftc.core.task_file import parse_task
from ftc.jobs.quarantine_tell import told
from ftc.jobs.scan_report import as_json, as_text
from ftc.jobs.sweep_report import as_json as sweep_json
from ftc.jobs.sweep_report import as_text as sweep_text
from ftc.render.analysis import COMMAND_CHARS, analysis_comment
from ftc.render.environment import environment, link
from ftc.render.extraction import json_pieces, text_lines
from ftc.render.issue import issue_title
from ftc.render.notification import notification
from ftc.render.report import report_files
from ftc.render.report_rows import Filed, Project
from ftc.render.task import pull_title

TEMPLATES = Path(__file__).parents[1] / "templates" / "en"
PLAIN = "word"
NO_COMMAND = "-word"
"""A name that looks like a flag: for such a test, as for one with a line end, no command is shown."""


def filled(text):
    """Every text of the bot with this one in every place."""
    return texts(lambda place: text)


@pytest.fixture(scope="module")
def harmless_pages():
    """What every text looks like with a harmless word in it: with commands for the shell, and without."""
    return {
        word: {name: (shape(text), marks(text)) for name, text in filled(word).items()} for word in (PLAIN, NO_COMMAND)
    }


def expected(text, harmless_pages):
    return harmless_pages[PLAIN if commands_for(the_flake(lambda place: text)) else NO_COMMAND]


def test_harmless_words_have_no_problem():
    assert {name: found for name, text in filled(PLAIN).items() if (found := problems(text))} == {}


@pytest.mark.parametrize("text", [*HOSTILE, *ODD], ids=lambda text: ascii(text)[1:40])
def test_nothing_acts_and_nothing_breaks_out(text, harmless_pages):
    written, plain_pages = filled(text), expected(text, harmless_pages)
    assert {name: found for name, page in written.items() if (found := problems(page))} == {}
    # The same elements in the same order: no cell, fence or fold ends sooner or later than with a harmless word.
    assert {name: shape(page) for name, page in written.items()} == {
        name: one for name, (one, _) in plain_pages.items()
    }
    assert {name: marks(page) for name, page in written.items()} == {
        name: one for name, (_, one) in plain_pages.items()
    }


@pytest.mark.parametrize("text", LONG, ids=lambda text: text[:3])
def test_long_texts_are_cut_where_nothing_breaks(text, harmless_pages):
    written = filled(text)
    assert {name: found for name, page in written.items() if (found := problems(page))} == {}
    assert {name: marks(page) for name, page in written.items()} == {
        name: one for name, (_, one) in expected(text, harmless_pages).items()
    }


@given(st.lists(st.sampled_from([*HOSTILE, *ODD]), min_size=2, max_size=3).map("".join))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
def test_texts_that_are_joined_do_nothing_either(harmless_pages, text):
    written, plain_pages = filled(text), expected(text, harmless_pages)
    assert {name: found for name, page in written.items() if (found := problems(page))} == {}
    assert {name: shape(page) for name, page in written.items()} == {
        name: one for name, (one, _) in plain_pages.items()
    }


def test_every_template_is_in_the_matrix():
    environment.cache_clear()
    filled(PLAIN)
    loaded = {name for _, name in environment("en").cache}
    own = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.j2")}
    others = {"notification.txt.j2", "pull_commit.txt.j2"}
    assert own - loaded == others, "messages to chats and of commits are no Markdown and have tests of their own"
    assert {path.name.partition(".")[0] for path in (TEMPLATES / "answers").iterdir()} - set(answers(str)) == {
        "end",
        "flaw",
        "queue",
    }


def test_every_place_comes_out_somewhere():
    asked = set()

    def says(place):
        asked.add(place)
        return f"zq{place}zq"

    everything = "\n".join(strip_state(text) for text in texts(says).values())
    silent = {place for place in asked if f"zq{place}zq" not in everything}
    assert silent == {"instruction"}, "the words of an order go into the task alone"
    assert len(asked) == 37


def strip_state(text):
    return re.sub(r"<!-- flaky-test-cleaner:(?:state|plan|heal).*?\n-->", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("text", [*HOSTILE, *ODD], ids=lambda text: ascii(text)[1:40])
def test_the_state_is_read_back_whole(text):
    written = filled(text)
    for name in ("issue", "state of an adopted issue"):
        flake = decode(written[name]).flake
        assert flake is not None
        assert len(candidates(written[name])) == 1
        assert found_keys(written[name]) == (flake.key,)
    assert decode(written["dashboard"]).dashboard is not None
    assert len(decode(written["watch page"]).flakes) == 2


@pytest.mark.parametrize("text", [*HOSTILE, *ODD, *LONG], ids=lambda text: ascii(text)[1:40])
def test_a_title_is_one_visible_line(text):
    title = issue_title(the_flake(lambda place: text))
    assert title.startswith("[flaky] ")
    assert len(title) <= 256
    assert "\n" not in title
    assert not any(is_invisible(char) for char in title)


@pytest.mark.parametrize("text", [*HOSTILE, *ODD], ids=lambda text: ascii(text)[1:40])
def test_what_becomes_a_commit_closes_nothing(text):
    # Merging by squash makes the title of a request one; GitHub obeys closing words in the commits of a branch.
    task = parse_task({"id": "a", "objective": "Tidy.", "target": {"include": ["src/**"]}}, origin="task.yaml")
    batch = Batch(number=1, of=2, files=(f"src/{text}.py",))
    said = (
        pull_title(replace(task, objective=f"Tidy {text}")),
        *commit_message(task, batch, text, Sanitizer()).split("\n\n"),
    )
    assert len(said) == 4 or not strip_control(text).strip()
    for line in said:
        assert "\n" not in line.strip()
        assert not any(is_invisible(char) for char in line)
        for what in ("a mention", "a reference", "a closing word", "an address"):
            assert not DOES[what].search(line), what


# The filters one by one: (text, what must not be found in its page, how it still reads).


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("cart.go:100: broken", "cart.go:100: broken"),  # GitHub draws a hundred instead
        ("std::b::c", "std::b::c"),
        ("at 12:00:00 it was", "at 12:00:00 it was"),
        (
            "see 0a1b2c3, deadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
            "see 0a1b2c3, deadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
        ),
        ("abc0123456 0123456789abcdef", "abc0123456 0123456789abcdef"),  # a joint after the third leaves a whole one
        ("run 27182818284 of 1234567", "run 27182818284 of 1234567"),
    ],
)
def test_a_line_of_prose_reads_as_it_was(text, shown):
    assert page_of(plain(text)).words.strip().replace(JOINT, "") == shown
    assert problems(plain(text)) == []


@pytest.mark.parametrize("text", [*HOSTILE, *ODD, *LONG], ids=lambda text: ascii(text)[1:40])
def test_a_sentence_of_ours_is_as_harmless_as_prose_whatever_it_quotes(text):
    for around in (text, f"on 0a1b2c3{text}", f"{text}0a1b2c3 on {text}", f"0a1b2c3 {text} 0a1b2c3"):
        assert problems(sentence(around)) == problems(plain(around)) == []


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("run 1042 attempt 1 on 232ba1f9b5, run 1027 on a3235db206.", ["232ba1f9b5", "a3235db206"]),
        ("deadbeefdeadbeefdeadbeefdeadbeefdeadbeef", ["deadbeefdeadbeefdeadbeefdeadbeefdeadbeef"]),
        ("task 7-1042, branch ai/fix/7-12ab34cd", ["12ab34cd"]),  # a branch can be copied, too
        ("run 27182818284 of 1234567", []),
        ("`0a1b2c3` and ``0a1b2c3``", ["0a1b2c3", "0a1b2c3"]),  # ticks of somebody else
        ("a|0a1b2c3|b \\0a1b2c3\\", ["0a1b2c3", "0a1b2c3"]),
    ],
)
def test_a_commit_in_a_sentence_of_ours_is_code_that_can_be_copied(text, codes):
    page = page_of(sentence(text))
    assert list(page.code) == codes, "to the letter, with no joint in it"
    assert problems(sentence(text)) == []


def test_numbers_and_times_stay_whole_for_copying():
    for text in ("at 12:00:00", "run 27182818284"):
        assert plain(text) == text


def test_an_emoji_is_not_finished_by_a_colon_of_ours():
    assert ":b:" not in plain("std::b") + ":"


@pytest.mark.parametrize("line", ["/close", "  /lgtm cancel", "\t/assign @octocat", "/ai-fix force", "/hold\r"])
def test_a_line_in_a_fence_is_no_command_to_another_bot(line):
    # Prow reads issues and comments line by line and knows no code: https://docs.prow.k8s.io/docs/components/plugins/
    shown = fence(f"before\n{line}\nafter")
    assert not any(LINE_COMMAND.match(one) for one in shown.splitlines())
    assert "".join(page_of(shown).code).replace(JOINT, "") == f"before\n{line.rstrip()}\nafter\n"


@pytest.mark.parametrize(
    "line", ["/usr/lib/go/src/testing.go:1: x", "a /close b", "//comment", "/* comment */", "/1", "x"]
)
def test_a_fence_leaves_other_lines_as_they_are(line):
    assert fence(line) == f"```\n{line}\n```"


@pytest.mark.parametrize(
    "arguments",
    [
        "www.evil.example",
        "WWW.evil.example",
        "a@b.example",
        "mailto:a@b.example",
        "http://evil.example",
        "x*y*|`z`",
        "</code>@x",
    ],
)
def test_a_spelled_command_holds_no_link_and_copies_as_it_was(arguments):
    shown = spelled(Name.ADOPT, arguments)
    page = page_of(shown)
    assert page.links == []
    assert "".join(page.code) == f"/ftc adopt {arguments}"
    assert JOINT not in shown
    assert parse(shown) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "//e.example",
        "HTTPS://x y",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://user@evil.example/",
        "https://evil.example)[x](https://evil.example",
        "https://e.example/\n/ai-fix",
        "https://e.example/ x",
        "https://e.example/<b>",
        "https://e.example/\u202e",
        "https://e.example/`",
        "https://e.example/\\",
        "https://e.example/'",
        'https://e.example/"',
    ],
)
def test_an_address_that_could_break_out_is_no_link(url):
    assert page_of(link("words", url)).links == []


# Commands that people paste into a shell.


def shells(name, tool):
    test = TestId(ecosystem=tool, suite=f"a b/{name[:100]}.py", name=name)
    signature = a_signature(kind=Kind.TIMEOUT, locations=(Location(path=f"c d/{name[:100]}_test.go", line=1),))
    flake = the_flake(lambda place: "x", test=test, framework=tool, signatures=(signature,))
    return commands_for(flake)


PASTED = (
    "x'; evil; '", '"; evil; "', "$(evil)", "`evil`", "x\nevil\n", "x\r evil",
    "x\x1b[' ; evil", "\\'; evil; \\'", "!evil", "x && evil #", "x\u2028evil",
    "$(evil)" + "y" * 950, "`evil`" + "y" * 700, "'$(evil)'" + "y" * 560, "'" * 300 + "$(evil)",
)  # fmt: skip


@pytest.mark.parametrize("tool", COMMANDS)
@pytest.mark.parametrize("name", PASTED, ids=lambda name: ascii(name)[1:30])
def test_pasted_commands_run_what_they_seem_to(name, tool, tmp_path):
    comment = analysis_comment(
        an_analysis(lambda place: "x", reproduction=shells(name, tool)),
        repo="octo/widgets",
        server="https://github.com",
    )
    block = re.search(r"<summary>Reproduce it</summary>\n\n(`+)sh\n(.*?)\n\1\n", comment, re.DOTALL)
    if block is None:
        return  # nothing can be pasted
    # Only this program can be found, so that nothing runs but the shell itself and what a name smuggles in.
    evil = tmp_path / "evil"
    evil.write_text("#!/bin/sh\n: > owned\n")
    evil.chmod(0o755)
    subprocess.run(
        ["/bin/sh"], input=block[2] + "\n", cwd=tmp_path, env={"PATH": str(tmp_path)}, text=True, capture_output=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert not (tmp_path / "owned").exists()


def test_a_command_too_long_to_show_is_left_out_whole():
    whole = shells("y" * 100, "pytest")
    long = f"python -m pytest '{'z' * COMMAND_CHARS}'"
    comment = analysis_comment(
        an_analysis(lambda place: "x", reproduction=(long, *whole)), repo="octo/widgets", server="https://github.com"
    )
    assert "zzz" not in comment
    assert whole[0] in comment


# The runner: lines on its console, annotations, outputs.

RUNS = re.compile(r"\s*::|.*##\[", re.DOTALL)
"""A line that the runner carries out: it trims white space, and looks for the older form everywhere."""


def console(text):
    """Everything that commands print, with this text in every place."""

    def says(place):
        return text

    failure = a_failure(test=the_test(says), message=text, excerpt=text, signature=text)
    found = an_extraction(failure, path=f"{text}.log", problems=(text,))
    entry = Entry(test=the_test(says), until=days(3))
    notes = [note for tool in DIALECTS for note in arguments([entry], framework=tool).notes]
    prose = [*told(a_tolerance(says)), *text_lines([found], excerpts=True), *notes, f"issue 7: {text}"]
    return [
        *as_text(a_scan_report(says), explain=True),
        *sweep_text(a_sweep_report(says)),
        *(harmless(line) for line in prose),
        *annotations({}, [(Level.WARNING, text), (Level.ERROR, text)]),
        *(
            harmless_json(json.dumps(report, indent=2))
            for report in (as_json(a_scan_report(says)), sweep_json(a_sweep_report(says)))
        ),
        *json_pieces([found]),
    ]


@pytest.mark.parametrize("text", [*HOSTILE, *ODD], ids=lambda text: ascii(text)[1:40])
def test_no_printed_line_is_carried_out_by_the_runner(text):
    lines = [line for printed in console(text) for line in re.split(r"\r\n?|\n", printed)]
    assert [line for line in lines if RUNS.match(line)] == []


@pytest.mark.parametrize("text", [*HOSTILE, *ODD], ids=lambda text: ascii(text)[1:40])
def test_an_annotation_is_one_command_and_shows_what_it_says(text):
    for line in annotations({"GITHUB_ACTIONS": "true"}, [(Level.WARNING, text)]):
        assert re.match(r"::warning title=flaky-test-cleaner::", line)
        assert len(re.split(r"[\r\n]", line)) == 1
        assert not any(is_invisible(char) for char in line)


def test_a_report_in_json_keeps_its_words():
    report = as_json(a_scan_report(lambda place: "##[error]owned"))
    assert json.loads(harmless_json(json.dumps(report, indent=2))) == report


# Messages to chats, and the HTML report.


@pytest.mark.parametrize("text", [*HOSTILE, *ODD], ids=lambda text: ascii(text)[1:40])
def test_a_message_to_a_chat_calls_and_links_nobody(text):
    flake = the_flake(lambda place: text)
    title, body = notification(
        [Told(number=7, event=event, flake=flake) for event in Event], repo="octo/widgets", site="https://github.com"
    )
    own = re.sub(r"https://github\.com/octo/widgets/(?:issues|pull)/7", "", f"{title}\n{body}")
    for pattern in (r"@\w", r"://", r"www\.", r"[<>`]", r"\]\("):
        assert not re.search(pattern, own, re.IGNORECASE), pattern
    assert len(body.splitlines()) == 2 * len(Event)
    assert "\n" not in title
    assert not any(is_invisible(char) for char in title + body)


@pytest.mark.parametrize("text", [*HOSTILE, *ODD], ids=lambda text: ascii(text)[1:40])
def test_the_html_report_has_no_element_of_others(text):
    known = {path: Elements(page) for path, page in report(PLAIN).items()}
    for path, page in report(text).items():
        found = Elements(page)
        assert found.names <= known[path].names | {"p", "small"}
        assert found.scripts == known[path].scripts
        assert found.attributes <= known[path].attributes | {"hidden"}
        assert found.schemes <= known[path].schemes
        assert found.open == []


class Elements(HTMLParser):
    """Names of elements and attributes, number of scripts, and schemes of addresses of a page that is balanced."""

    VOID = frozenset(("meta", "link", "input", "br", "wbr", "hr", "img"))

    def __init__(self, page):
        super().__init__()
        self.names, self.attributes, self.schemes, self.scripts, self.open = set(), set(), set(), 0, []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.schemes |= {urlsplit(value).scheme for name, value in attrs if name in ("href", "src", "action")}
        self.scripts += tag == "script"
        self.open += [] if tag in self.VOID else [tag]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def report(text):
    flake = the_flake(lambda place: text)
    filed = Filed(flake=flake, url=f"{LINK}/7", labels=(text,))
    files = report_files([Project(repo="octo/widgets", filed=(filed,), notes=(text,))], now=NOON)
    return {path: page for path, page in files.items() if path.endswith(".html")}


def test_line_problems_would_be_seen():
    assert len(line_problems("ok\n/ai-fix force\n  /close\n/usr/bin/x")) == 3
