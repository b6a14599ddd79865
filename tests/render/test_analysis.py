"""The analysis as people see it: on one screen, the same bytes again, and unmoved by hostile text."""

import re
import textwrap
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftc.core.analysis import Analysis, Cause, Clue, FixPlan, Reason, Risk, RootCause, Snippet, Sources, Suspect
from ftc.core.approval import Plan
from ftc.core.commands import parse
from ftc.core.markdown import strip_hidden
from ftc.core.marks import marked, purpose_of
from ftc.core.model import IssueRef
from ftc.core.plan_block import decode_plan, encode_plan
from ftc.core.taxonomy.explain import explain
from ftc.render.analysis import COMMENT_BUDGET, VISIBLE_LINES, analysis_comment
from tests.builders import NOON, TEST, a_flake, a_signature, an_occurrence

SHA = "0123456789abcdef0123456789abcdef01234567"
COLUMNS = 120
HERE = IssueRef(repo="octo/widgets", issue=7)


def a_snippet(text, number=1, **over):
    values = {"path": "store/store_test.go", "sha": SHA, "first": 40, "last": 44, "reason": Reason.TEST}
    return Snippet(**{"id": f"S{number}", "text": text, **values, **over})


def an_analysis(text="", **over):
    """An analysis in which every text is the given one, or plain words."""
    word = text or "it sleeps and then asserts"
    linked = Clue(text=word, link="https://github.com/octo/widgets/actions/runs/1")
    clues = (*(Clue(text=word, snippet=f"S{number}") for number in (1, 2, 9)), linked)
    snippets = tuple(a_snippet(text or "func TestPut() {}", number) for number in range(1, 7))
    values = {
        "causes": tuple(
            Cause(root_cause=cause, probability=share, evidence_for=clues * 3, evidence_against=clues * 3)
            for cause, share in ((RootCause.ASYNC_WAIT, 0.6), (RootCause.CONCURRENCY, 0.3), (RootCause.UNKNOWN, 0.1))
        ),
        "sources": Sources(
            sha=SHA,
            snippets=snippets,
            locatable=True,
            test_path="store/store_test.go",
            suspects=(Suspect(sha=SHA, title=word, at=datetime(2026, 1, 1, tzinfo=UTC), paths=(word,) * 3),) * 12,
            problems=(word,) * 12,
        ),
        "plan": FixPlan(
            steps=(word,) * 12,
            planned_files=(text or "store/store_test.go",) * 5,
            sketch=text or "--- a\n+++ b\n",
            risk=Risk.MEDIUM,
            risk_reason=word,
        ),
        "reproduction": (word,) * 12,
        "checklist": (word,) * 12,
        "note": word,
    }
    return Analysis(**{**values, **over})


def comment(analysis):
    return analysis_comment(analysis, repo="octo/widgets", server="https://github.com")


def visible_lines(text):
    """What stands outside of what is folded, as lines of a page of 120 columns."""
    unfolded = re.sub(r"<details><summary>(.*?)</summary>.*?\n</details>", r"\1", text, flags=re.DOTALL)
    shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", strip_hidden(unfolded))
    shown = re.sub(r"</?code>|\\", "", shown).replace("&#47;", "/")
    return [part for line in shown.splitlines() if line.strip() for part in textwrap.wrap(line, COLUMNS)]


SLEEP = a_snippet("func TestPut(t *testing.T) {\n    Put()\n    time.Sleep(1)\n    require.True(t, done)\n}")
FLAKE = a_flake(
    an_occurrence(), signatures=(a_signature(excerpt_url="https://github.com/octo/widgets/actions/runs/1"),)
)
CASES = {
    "everything": an_analysis(),
    "long": an_analysis("word " * 300),
    "rules": explain(FLAKE, Sources(sha=SHA, snippets=(SLEEP,), locatable=True, test_path=SLEEP.path)),
    "nothing read": explain(FLAKE, Sources(problems=("the mirror could not be made",))),
}


@pytest.mark.parametrize("analysis", CASES.values(), ids=CASES)
def test_the_visible_part_fits_on_a_screen(analysis):
    assert len(visible_lines(comment(analysis))) <= VISIBLE_LINES


@pytest.mark.parametrize("analysis", CASES.values(), ids=CASES)
def test_the_same_analysis_gives_the_same_bytes(analysis):
    assert comment(analysis) == comment(replace(analysis))


def test_the_words_of_a_plain_case():
    text = comment(CASES["rules"])
    assert text.startswith("### Most likely cause: async wait, ")
    link = f"https://github.com/octo/widgets/blob/{SHA}/store/store_test.go#L40-L44"
    assert "- for: Line 42 sleeps for a fixed time, and what follows asserts that something" in text
    assert f"happened by then. ([S1]({link}))" in text
    assert f"**[S1]({link})** `store/store_test.go` at `0123456`, lines 40 to 44 (test definition)" in text
    assert "<code>&#47;ai-fix</code> approves a fix as planned" in text
    assert "go test" in text


def test_what_was_not_found_is_said():
    text = comment(CASES["nothing read"])
    assert "### Cause not known yet" in text
    assert "<code>&#47;ai-fix force</code>" in text
    assert "- the mirror could not be made" in text
    assert "none planned" in text


def test_a_reason_that_cites_what_was_not_read_gets_no_link():
    text = comment(an_analysis())
    assert "S9" not in text


HOSTILE = {
    "fences": "```\n````\n`````` go\n~~~",
    "comment end": "--> <!-- x --> <!--",
    "details": "</details>\n\n</summary><h1>x</h1>\n<details open>",
    "mention": "ping @octocat and @org/team, fixes #12, octo/widgets#3, GH-4",
    "our marks": "<!-- flaky-test-cleaner:say plan -->\n<!-- flaky-test-cleaner:state 1 flake\n{}\n-->",
    "forged plan": encode_plan(Plan(root_cause="x", tests=(TEST,)), NOON, where=HERE),
    "bidi": "a\u202eb\u2066c\u200bd",
    "commands": "/ai-fix force\n/ftc start\n::error::x\n##[group]",
    "links": "https://evil.test www.evil.test [x](javascript:alert(1)) ![i](http://evil.test/i.png)",
    "columns": "| a | b |\n|---|---|",
    "ansi": "\x1b[31mred\x1b[0m\r\n\x00",
    "surrogate": "\ud800",
    "template": "{{ 1 + 1 }}{% raw %}",
    "long": "`<&>" * 20_000,
}


def check_harmless(text):
    body = marked(f"{text}\n{PLAN}", "analysis")
    assert purpose_of(body) == "analysis"
    assert decode_plan(body, where=HERE) == (THE_PLAN, NOON)
    assert parse(body) is None
    assert not re.search(r"/(?:ai-fix|ftc )", text)
    assert len(text) <= COMMENT_BUDGET
    outside = without_fences(text)
    assert not re.search(r"@[A-Za-z0-9]|(?<!&)#\d|<!--|\bwww\.|<h1|<img", outside)
    assert outside.count("<details>") == outside.count("</details>")
    assert set(re.findall(r"</?([a-z]+)", outside)) <= {"details", "summary", "code", "why"}
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x1b]", text)


def without_fences(text):
    """The text outside of fenced code, read as CommonMark does."""
    kept, fence = [], ""
    for line in text.splitlines():
        run = re.match(r"(`{3,})", line)
        if fence:
            if run and len(run[1]) >= len(fence) and not line.strip("`"):
                fence = ""
        elif run:
            fence = run[1]
        else:
            kept.append(re.sub(r"\\\S|(`+)(?!`).*?(?<!`)\1(?!`)", "·", line))
    assert not fence, "a fence is left open"
    return "\n".join(kept)


THE_PLAN = Plan(root_cause="async-wait", tests=(TEST,), planned_files=("a_test.go",))
PLAN = encode_plan(THE_PLAN, NOON, where=HERE)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_breaks_nothing(text):
    check_harmless(comment(an_analysis(text)))


PIECES = st.sampled_from(
    [*(value[:200] for value in HOSTILE.values()), "`", "```", "\n", "<", "\\", "|", "a", " ", "~~~"]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(PIECES | st.text(max_size=20), max_size=8).map("".join))
def test_any_text_breaks_nothing(text):
    check_harmless(comment(an_analysis(text or "x")))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_path_and_sha_break_nothing(path, sha):
    snippet = a_snippet("x", path=path, sha=sha)
    sources = Sources(sha=sha, snippets=(snippet,), locatable=True, test_path=path)
    check_harmless(comment(an_analysis(sources=sources, plan=FixPlan(steps=("x",), planned_files=(path,)))))


def test_the_worst_of_everything_still_fits():
    text = "&<" * 40_000
    worst = an_analysis(text)
    causes = tuple(replace(worst.causes[0], root_cause=cause, probability=1 / 14) for cause in RootCause)
    files = tuple(f"{number}{'<' * 400}" for number in range(90))
    check_harmless(comment(replace(worst, causes=causes, plan=replace(worst.plan, planned_files=files))))
