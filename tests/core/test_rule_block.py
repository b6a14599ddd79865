"""Blocks as people type them: good ones, wrong ones, hidden ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftc.core.linear_regex import LinearRegex
from ftc.core.rule_block import Mistake, Problem, blocks, digest, rule_of
from ftc.core.signature_rules import Rule, Text


def fenced(text: str, fence: str = "```", info: str = "flaky-rule") -> str:
    return f"{fence}{info}\n{text}\n{fence}\n"


def read(text: str) -> Rule | Mistake:
    return rule_of(blocks(fenced(text)))


@pytest.mark.parametrize(
    ("text", "rule", "why"),
    [
        ("match: connection refused", Rule(match=(Text("connection refused"),)), "the shortest"),
        ("Match:  connection   refused ", Rule(match=(Text("connection refused"),)), "as typed in a hurry"),
        ("match: dial tcp: refused", Rule(match=(Text("dial tcp: refused"),)), "a colon in a value"),
        ("match:\n- first\n  - second: one", Rule(match=(Text("first"), Text("second: one"))), "a list, in order"),
        ("# why\n\nnot: disk full\n", Rule(exclude=(Text("disk full"),)), "a note and blank lines"),
        ("match: '/tmp/x/'", Rule(match=(Text("/tmp/x/"),)), "a path in quotes is no expression"),
        ("match: `refused`", Rule(match=(Text("refused"),)), "marked as code"),
        ('match: "a" or "b"', Rule(match=(Text('"a" or "b"'),)), "quotes that are part of the text"),
        ("match: abc\ntests: TestA, TestB", Rule(match=(Text("abc"),), tests=("TestA", "TestB")), "commas"),
        ("match: abc\ntests: `TestA`, `TestB`", Rule(match=(Text("abc"),), tests=("TestA", "TestB")), "as code"),
        ("match: abc\ntests: test_x[a, b]", Rule(match=(Text("abc"),), tests=("test_x[a, b]",)), "a comma of a name"),
        ("match: abc\ntests:\n - pkg TestA, odd", Rule(match=(Text("abc"),), tests=("pkg TestA, odd",)), "a list"),
        ("match: abc\nsplit: Yes", Rule(match=(Text("abc"),), split=True), "split"),
        ("match: abc\r\nnot: def", Rule(match=(Text("abc"),), exclude=(Text("def"),)), "as browsers send it"),
        ("match: ab\u200bc", Rule(match=(Text("abc"),)), "an invisible character, copied along"),
    ],
)
def test_what_people_type(text: str, rule: Rule, why: str) -> None:
    assert read(text) == rule, why


def test_an_expression_between_slashes() -> None:
    rule = read("match: /Dial (tcp|udp) .*: refused$/i")
    assert isinstance(rule, Rule)
    [pattern] = rule.match
    assert isinstance(pattern, LinearRegex)
    assert pattern.end("dial udp 1: REFUSED") == 19


@pytest.mark.parametrize(
    ("text", "problem", "line", "why"),
    [
        ("", Problem.NOTHING_SAID, 0, "an empty block"),
        ("connection refused", Problem.NO_FIELD, 1, "only the error"),
        ("match:\n  refused", Problem.NO_FIELD, 2, "a list without dashes"),
        ("- refused", Problem.NO_FIELD, 1, "a list of nothing"),
        ('{"ErrorMessage": "refused"}', Problem.NO_FIELD, 1, "the block of another bot"),
        ("error: refused", Problem.UNKNOWN_FIELD, 1, "a field that does not exist"),
        ("not: abc\nnot: def", Problem.TWICE, 2, "the second would win, or the first"),
        ("match:", Problem.NO_VALUE, 1, "no value"),
        ("match: ''", Problem.NO_VALUE, 1, "an empty value"),
        ("match: abc\n- def", Problem.NO_VALUE, 1, "a value and a list"),
        ("match: ab", Problem.TOO_SHORT, 1, "found everywhere"),
        ("match:\n" + "- abc\n" * 21, Problem.TOO_MANY, 1, "a long list"),
        ("match: abc\ntests: " + ",".join(f"T{n}" for n in range(21)), Problem.TOO_MANY, 2, "many tests"),
        ("match: " + "a" * 301, Problem.TOO_LONG, 1, "a whole log"),
        ("match: abc\n" + "# long\n" * 1000, Problem.TOO_LONG, 0, "a long block"),
        ("match: abc\nsplit: perhaps", Problem.YES_OR_NO, 2, "neither"),
        ("tests: TestA", Problem.NOTHING_SAID, 0, "everything of another test"),
        ("not: abc\ntests: TestA", Problem.NEEDS_MATCH, 0, "what of the other test?"),
        ("not: abc\nsplit: yes", Problem.NEEDS_MATCH, 0, "nothing is described"),
        ("match: /(a+/", Problem.REGEX_INVALID, 1, "a bracket"),
        (r"match: /(a)\1/", Problem.REGEX_UNSUPPORTED, 1, "a back-reference"),
        ("match: abc\nnot:\n- /.*/", Problem.REGEX_MATCHES_ALL, 3, "everything is kept out"),
        ("match: /((a{50}){50}){50}/", Problem.REGEX_TOO_LARGE, 1, "a bomb"),
    ],
)
def test_mistakes_name_their_line(text: str, problem: Problem, line: int, why: str) -> None:
    found = read(text)
    assert isinstance(found, Mistake), why
    assert (found.problem, found.line) == (problem, line), why


ONE = fenced("match: abc")


@pytest.mark.parametrize(
    ("body", "count", "why"),
    [
        (ONE, 1, "alone"),
        (f"Words.\n\n{ONE}\nMore.", 1, "among words"),
        (fenced("match: abc", fence="~~~~"), 1, "the other fence"),
        (fenced("match: abc", info=" Flaky-Rule  please"), 1, "an info string with more in it"),
        (ONE + ONE, 2, "two"),
        (f"````\n{ONE}````\n", 0, "an example in a longer fence"),
        (f"<!--\n{ONE}-->\n", 0, "hidden from readers"),
        ("\n".join(f"> {line}" for line in ONE.split("\n")), 0, "quoted"),
        ("\n".join(f"    {line}" for line in ONE.split("\n")), 0, "indented code"),
        ("```text\nflaky-rule\nmatch: abc\n```", 0, "another language"),
        ("``` flaky-rule ` x\nmatch: abc", 0, "no fence, by its tick"),
        ("```flaky-rule\nmatch: abc", 1, "never closed"),
        ("flaky-rule\nmatch: abc", 0, "no fence at all"),
    ],
)
def test_which_fences_are_blocks(body: str, count: int, why: str) -> None:
    assert len(blocks(body)) == count, why


def test_two_blocks_and_an_open_one_are_mistakes() -> None:
    assert rule_of(blocks(ONE + ONE)) == Mistake(problem=Problem.SEVERAL_BLOCKS)
    assert rule_of(blocks("```flaky-rule\nmatch: abc")) == Mistake(problem=Problem.NOT_CLOSED)


def test_any_change_is_another_text_and_words_around_it_are_none() -> None:
    assert digest(blocks(ONE)) == digest(blocks(f"Words\r\n\r\n{ONE}".replace("\n", "\r\n").replace("\r\r", "\r")))
    assert digest(blocks(ONE)) != digest(blocks(fenced("match: abc\n# reviewed")))
    assert digest(blocks(ONE)) != digest(blocks(ONE + ONE))


@given(st.text(st.sampled_from("match:not- tesplit\n/\"'#,[]()\\*+?{}0\0\u200b`~")))
def test_anything_is_a_rule_or_a_mistake(text: str) -> None:
    found = blocks(f"```flaky-rule\n{text}")
    assert isinstance(rule_of(found), Rule | Mistake)
