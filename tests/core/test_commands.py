"""Comments as commands: what counts, what gets a hint, what is nothing, and that we never spell a trigger ourselves."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftc.core.command_table import MAX_DAYS, MAX_ISSUES, MUTE_DAYS, QUARANTINE_DAYS
from ftc.core.commands import SPECS, Command, Hint, Name, Place, Right, help_text, parse, spelled

N = Name


def _command(name, **fields):
    return Command(name=name, **fields)


@pytest.mark.parametrize(
    ("body", "expected", "why"),
    [
        ("/ai-fix", _command(N.AI_FIX), "the bare approval"),
        ("/AI-Fix", _command(N.AI_FIX), "phones write capitals"),
        ("/ai-fix \r\n", _command(N.AI_FIX), "mail ends lines with both characters"),
        ("/ai-fix join on the channel", _command(N.AI_FIX, text="join on the channel"), "notes"),
        ("/ai-fix force", _command(N.AI_FIX, force=True), "force alone is force"),
        (
            "/ai-fix force the leader transfer",
            _command(N.AI_FIX, text="force the leader transfer"),
            "but a verb is not",
        ),
        ("/ai-fix force-close it", _command(N.AI_FIX, text="force-close it"), "nor part of a word"),
        ("/ai-fix\nno sleeps, please", _command(N.AI_FIX, text="no sleeps, please"), "notes below the line count"),
        ("/ai-fix force\nseen twice", _command(N.AI_FIX, force=True, text="seen twice"), "force with its reason below"),
        ("/ai-fix a\n> quoted\nb", _command(N.AI_FIX, text="a\nb"), "what the mail quotes is not the writer's"),
        ("/ai-fix <!-- force -->", _command(N.AI_FIX), "a hidden word is none"),
        ("/ai-fix <!--\n-->force", _command(N.AI_FIX), "a comment over lines lends the first none of the second"),
        ("/ai-fix x<!-- y\nz --> w", _command(N.AI_FIX, text="x"), "what hides nobody can have approved"),
        ("/ai-fix #12 looks alike", _command(N.AI_FIX, text="#12 looks alike"), "numbers mean nothing on an issue"),
        ("/ftc", _command(N.HELP), "nothing asked: help"),
        ("/ftc help", _command(N.HELP), ""),
        ("/FTC Help me", _command(N.HELP), "courtesy is allowed"),
        ("/ftc\thelp", _command(N.HELP), "a tab is a space"),
        ("/ftc status", _command(N.STATUS), ""),
        ("/ftc start", _command(N.START), "an instruction is optional"),
        ("/ftc start use the new API\nin v2 only", _command(N.START, text="use the new API\nin v2 only"), "two lines"),
        ("/ftc analyze", _command(N.ANALYZE), ""),
        ("/ftc retry", _command(N.RETRY), ""),
        ("/ftc stop", _command(N.STOP), ""),
        ("/ftc wontfix old code", _command(N.WONTFIX, text="old code"), ""),
        ("/ftc wontfix\nold code", _command(N.WONTFIX, text="old code"), "the reason below is a reason"),
        ("/ftc wontfix 👩‍💻 said so", _command(N.WONTFIX, text="👩💻 said so"), "an emoji's joiner hides nothing"),
        ("/ftc reopen", _command(N.REOPEN), ""),
        ("/ftc mute", _command(N.MUTE, days=MUTE_DAYS), "a default"),
        ("/ftc mute 1", _command(N.MUTE, days=1), "the least"),
        ("/ftc mute 90", _command(N.MUTE, days=90), "the most"),
        ("/ftc mute 3 days", _command(N.MUTE, days=3), "as people say it"),
        ("/ftc mute 3d", _command(N.MUTE, days=3), "as programmers say it"),
        ("/ftc quarantine", _command(N.QUARANTINE, days=QUARANTINE_DAYS), "always with an expiry"),
        ("/ftc quarantine 30", _command(N.QUARANTINE, days=30), ""),
        ("/ftc unquarantine", _command(N.UNQUARANTINE), ""),
        ("/ftc adopt TestA/b_c", _command(N.ADOPT, test="TestA/b_c"), ""),
        ("/ftc adopt `shows a list`", _command(N.ADOPT, test="shows a list"), "names with spaces come in ticks"),
        ("/ftc merge-into #7", _command(N.MERGE_INTO, issues=(7,)), ""),
        ("/ftc split", _command(N.SPLIT), ""),
        ("/ftc assign @a-b", _command(N.ASSIGN, login="a-b"), ""),
        ("/ftc assign a1", _command(N.ASSIGN, login="a1"), "without its sign"),
        ("/ftc runner big.arm-64", _command(N.RUNNER, label="big.arm-64"), ""),
        ("/ftc verify", _command(N.VERIFY), ""),
    ],
)
def test_commands(body, expected, why):
    assert parse(body) == expected, why


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", "nothing at all"),
        ("Thanks! /ai-fix", "within a sentence"),
        ("Please\n/ai-fix", "not in the first line"),
        ("\n/ai-fix", "nor after an empty one: the workflow's filter does not see it either"),
        (" /ai-fix", "one space: the same"),
        ("    /ai-fix", "indented code"),
        ("\t/ai-fix", "indented code by a tab"),
        ("> /ai-fix", "a quotation"),
        (">/ai-fix", "a quotation without a space"),
        ("```\n/ai-fix\n```", "a code block"),
        ("~~~\n/ai-fix\n~~~", "a code block of the other kind"),
        ("`/ai-fix`", "a code span"),
        ("- /ai-fix", "a list"),
        ("**/ai-fix**", "emphasis"),
        ("<!-- /ai-fix -->", "an HTML comment"),
        ("<!-- -->/ai-fix", "behind one"),
        ("<!--\n/ai-fix\n-->", "inside one over lines"),
        ("<b>/ai-fix</b>", "inside HTML"),
        ("\u200b/ai-fix", "behind a zero-width space"),
        ("\ufeff/ai-fix", "behind a byte-order mark"),
        ("\u202e/ai-fix", "behind a bidi override"),
        ("\u2066/ai-fix\u2069", "inside an isolate"),
        ("/\u200bai-fix", "our own way of defusing a command in Markdown"),
        ("／ai-fix", "a full-width slash"),
        ("/аi-fix", "a Cyrillic letter"),
        ("\x1b[0m/ai-fix", "behind a colour code"),
        ("\\/ai-fix", "escaped"),
        ("&#47;ai-fix", "as we spell it"),
        ("@bot /ai-fix", "behind a mention"),
        ("/lgtm", "another bot's command"),
        ("/test all", "another bot's command"),
        ("/retest", "Prow's own retry"),
        ("/fix", "a word of somebody else"),
        ("/ftc/core/model.py has a bug", "a path"),
        ("/ai-fix/notes.md", "a path"),
        ("ai-fix", "no slash"),
    ],
)
def test_no_command_and_no_hint(body, why):
    assert parse(body) is None, why


@pytest.mark.parametrize(
    ("body", "nearest", "problem"),
    [
        ("/ftc analyse", N.ANALYZE, "no such command"),
        ("/ftc quarantain 3", N.QUARANTINE, "no such command"),
        ("/ftc merge #3", N.MERGE_INTO, "no such command"),
        ("/ftc won't-fix x", N.WONTFIX, "no such command"),
        ("/ftc ai-fix", N.AI_FIX, "no such command"),
        ("/ftc make me a sandwich", N.HELP, "no such command"),
        ("/ftc-mute 3", N.MUTE, "no such command"),
        ("/ftchelp", N.HELP, "no such command"),
        ("/ftc: help", N.HELP, "no such command"),
        ("/aifix", N.AI_FIX, "no such command"),
        ("/ai_fix force", N.AI_FIX, "no such command"),
        ("/ai-fix!", N.AI_FIX, "no such command"),
        ("/ftc wontfix", N.WONTFIX, "reason"),
        ("/ftc wontfix <!-- x -->", N.WONTFIX, "reason"),
        ("/ftc wontfix\n> only quoted", N.WONTFIX, "reason"),
        ("/ftc mute 0", N.MUTE, "1 to 90"),
        ("/ftc mute 91", N.MUTE, "1 to 90"),
        ("/ftc mute -1", N.MUTE, "1 to 90"),
        ("/ftc mute 1.5", N.MUTE, "1 to 90"),
        ("/ftc mute ٣", N.MUTE, "1 to 90"),
        ("/ftc mute forever", N.MUTE, "1 to 90"),
        ("/ftc mute 3 weeks", N.MUTE, "1 to 90"),
        ("/ftc mute " + "9" * 5000, N.MUTE, "1 to 90"),
        ("/ftc quarantine 365", N.QUARANTINE, "1 to 90"),
        ("/ftc adopt", N.ADOPT, "missing"),
        ("/ftc adopt " + "x" * 600, N.ADOPT, "longer"),
        ("/ftc merge-into", N.MERGE_INTO, "number"),
        ("/ftc merge-into 7", N.MERGE_INTO, "its #"),
        ("/ftc merge-into #0", N.MERGE_INTO, "number"),
        ("/ftc merge-into #1 #2", N.MERGE_INTO, "one issue"),
        ("/ftc merge-into other/repo#1", N.MERGE_INTO, "number"),
        ("/ftc assign", N.ASSIGN, "login"),
        ("/ftc assign @a @b", N.ASSIGN, "login"),
        ("/ftc assign @org/team", N.ASSIGN, "login"),
        ("/ftc assign -x", N.ASSIGN, "login"),
        ("/ftc runner", N.RUNNER, "label"),
        ("/ftc runner a;b", N.RUNNER, "label"),
        ("/ftc runner ${{x}}", N.RUNNER, "label"),
        ("/ftc \u202epleh", None, "invisible"),
        ("/ai-fix \u202eecrof", None, "invisible"),
        ("/ai-fix\u200b", None, "invisible"),
    ],
)
def test_hints(body, nearest, problem):
    hint = parse(body)
    assert isinstance(hint, Hint), hint
    assert hint.nearest == nearest
    assert problem in hint.problem
    assert len(hint.given) <= 40


@pytest.mark.parametrize(
    ("body", "issues"),
    [
        ("/ai-fix #1 #2", (1, 2)),
        ("/ai-fix #1, #2,#3", (1, 2, 3)),
        ("/ai-fix #2 #1 #2", (2, 1)),
    ],
)
def test_on_the_dashboard_issues_are_named(body, issues):
    assert parse(body, place=Place.DASHBOARD) == Command(name=N.AI_FIX, issues=issues)


@pytest.mark.parametrize("rest", ["", "force", "1", "#1 force", "#0", "#-1", "o/r#1", "all", "#1 #x"])
def test_on_the_dashboard_nothing_else_is_taken(rest):
    hint = parse(f"/ai-fix {rest}", place=Place.DASHBOARD)
    assert isinstance(hint, Hint)
    assert hint.nearest is N.AI_FIX


def test_a_dashboard_comment_names_a_bounded_number_of_issues():
    numbers = [f"#{n}" for n in range(1, MAX_ISSUES + 2)]
    assert isinstance(parse("/ai-fix " + " ".join(numbers), place=Place.DASHBOARD), Hint)
    assert isinstance(parse("/ai-fix " + " ".join(numbers[1:]), place=Place.DASHBOARD), Command)


def test_every_command_has_one_row_and_an_example_above():
    assert [spec.name for spec in SPECS] == list(Name)
    assert all(spec.help and spec.right in Right for spec in SPECS)


def test_the_help_fits_on_a_screen():
    lines = help_text()
    assert len(lines) == len(Name)
    assert len(lines) < 25
    for line, spec in zip(lines, SPECS, strict=True):
        shown = html.unescape(re.sub("<[^>]+>", "", line.usage))
        assert shown == " ".join(filter(None, (spec.trigger, spec.usage)))
        assert len(shown) + len(line.text) <= 100
        assert "/" not in line.text


ARGUMENTS = st.text(max_size=60) | st.sampled_from(["/ai-fix", "\n/ftc stop", "<b>", "`x` | y", "@a #1", "--> &amp;"])


@given(st.sampled_from(Name), ARGUMENTS)
def test_what_we_spell_gives_no_command_and_shows_the_words(name, arguments):
    text = spelled(name, arguments)
    for line in text.split("\n"):
        assert parse(line) is None
    assert "\n" not in text
    assert "/ai-fix" not in text
    assert "/ftc" not in text
    assert not re.search(r"[@`|]|#(?!\d+;)", text)
    assert html.unescape(text.removeprefix("<code>").removesuffix("</code>")).startswith(
        f"/{'' if name == N.AI_FIX else 'ftc '}{name}"
    )


@given(st.text(max_size=200), st.sampled_from(Place))
def test_whatever_comes_first_nothing_but_the_slash_opens_a_command(text, place):
    """Anything but our two words in front makes the rest harmless; and no text makes the parser fail."""
    if not text.lower().startswith(("/ai", "/ftc")):
        assert parse(text + "/ai-fix force", place=place) is None or text == ""
    parse("/ftc " + text, place=place)
    parse("/ai-fix " + text, place=place)


@given(
    st.sampled_from(["/ai-fix ", "/ftc start ", "/ftc wontfix ", "/ftc mute ", "/ftc adopt "]), st.text(max_size=9000)
)
def test_arguments_are_bounded(start, text):
    got = parse(start + text)
    if isinstance(got, Command):
        assert len(got.text) <= 4000
        assert len(got.test) <= 500
        assert 0 <= got.days <= MAX_DAYS
        assert not re.search("[\u200b-\u200f\u202a-\u202e\x00]", got.text + got.test)


def test_a_huge_comment_costs_linear_time():
    assert isinstance(parse("/ai-fix " + "<!--" * 20000 + "\n>" * 20000), Command)
    assert isinstance(parse("/ftc " + "a-" * 30000), Hint)
