"""Expressions match as Python's own engine says, and none of them takes long."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftc.core.linear_regex import MAX_CHARS, BadRegex, RegexProblem, compile_regex

ATOMS = st.sampled_from(["a", "b", ".", r"\d", "[ab]", "[^a]", r"\w", " ", r"\b", "^", r"\.", "1", "[]a]"])
COUNTS = st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{1,}", "*?", "+?", "??"])
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}|{two[1]})"),
        st.tuples(inner, COUNTS).map(lambda two: f"(?:{two[0]}){two[1]}"),
    ),
    max_leaves=12,
)


@settings(max_examples=300)
@given(source=PATTERNS, line=st.text("ab1 ._", max_size=8))
def test_it_finds_what_the_engine_of_python_finds(source: str, line: str) -> None:
    """The two are independent programs, so one is the other's witness."""
    theirs = re.compile(source, re.ASCII)
    if theirs.search(""):
        with pytest.raises(BadRegex, match=RegexProblem.MATCHES_ALL):
            compile_regex(source)
    else:
        assert (compile_regex(source).end(line) >= 0) == bool(theirs.search(line))


@pytest.mark.parametrize(
    ("source", "line", "end", "why"),
    [
        ("refused$", "connection refused", 18, "the edge of a line"),
        (r"\bport\b", "airports", -1, "a word in a word"),
        ("a{2,3}", "caab", 3, "a counted repetition"),
        (r"\[::1\]:\d+", "dial [::1]:80", 12, "brackets of an address, and no more than is needed"),
        ("é!", "caféé!", 6, "places are counted in characters"),
        ("a", "\ud800a", 2, "half of a character, as logs hold"),
    ],
)
def test_where_a_match_ends(source: str, line: str, end: int, why: str) -> None:
    assert compile_regex(source).end(line) == end, why


def test_it_goes_on_behind_what_was_found() -> None:
    pattern = compile_regex("ab")
    assert pattern.end("ab ab", pattern.end("ab ab")) == 5


def test_case_is_ignored_on_demand() -> None:
    assert compile_regex("REFUSED|[x]", ignore_case=True).end("connection Refused") == 18
    assert compile_regex("REFUSED").end("connection Refused") == -1


@pytest.mark.parametrize(
    ("source", "problem", "why"),
    [
        ("(a", RegexProblem.INVALID, "open"),
        ("a)", RegexProblem.INVALID, "closes nothing"),
        ("*a", RegexProblem.INVALID, "repeats nothing"),
        ("a**", RegexProblem.INVALID, "a repetition of a repetition"),
        ("[a", RegexProblem.INVALID, "an open class"),
        ("[b-a]", RegexProblem.INVALID, "a range from behind"),
        ("a\\", RegexProblem.INVALID, "a backslash before nothing"),
        (r"(a)\1", RegexProblem.UNSUPPORTED, "a back-reference"),
        ("(?=a)b", RegexProblem.UNSUPPORTED, "look-around"),
        ("a{1001}", RegexProblem.TOO_LARGE, "a large count"),
        ("((a{50}){50}){50}", RegexProblem.TOO_LARGE, "small counts that multiply"),
        ("a" * (MAX_CHARS + 1), RegexProblem.TOO_LARGE, "long"),
        (".*", RegexProblem.MATCHES_ALL, "everything"),
        ("(a|b)?", RegexProblem.MATCHES_ALL, "perhaps nothing"),
        ("a|", RegexProblem.MATCHES_ALL, "an alternative that is everywhere"),
    ],
)
def test_what_is_refused(source: str, problem: RegexProblem, why: str) -> None:
    with pytest.raises(BadRegex) as bad:
        compile_regex(source)
    assert bad.value.problem is problem, why


@pytest.mark.parametrize("source", ["(a+)+$", "(a|a)+$", "(.*a)*x", ".*.*.*.*.*=.*x", r"(\w+\s?)*!", "(a{1,50}){1,5}x"])
def test_expressions_that_hang_other_engines_do_not_hang_this_one(source: str) -> None:
    pattern = compile_regex(source)
    begun = time.process_time()
    for _ in range(200):
        pattern.end("a" * 500 + "?")
    # 100,000 characters. Python's engine needs years for the first line.
    assert time.process_time() - begun < 10
