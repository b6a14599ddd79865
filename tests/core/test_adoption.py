"""Issues that people wrote, against tests: surely about it, perhaps, or not. Every row is a way people do write."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftc.core.adoption import Certainty, Clue, WrittenIssue, match
from ftc.core.model import TestId

SUITE = "example.com/octo/widgets/server/cluster"
FOO = TestId(ecosystem="go", suite=SUITE, name="TestFoo")
LEADER = TestId(ecosystem="go", suite=SUITE, name="TestLeaderTestSuite/TestWatchResumes")
CASE = TestId(ecosystem="go", suite=SUITE, name="TestParse/empty_input")
PY = TestId(ecosystem="python", suite="tests/unit/test_queue.py", name="TestQueue::test_drains_all")
PARAM = TestId(ecosystem="python", suite="tests/unit/test_queue.py", name="test_retry[http-3]")
JS = TestId(ecosystem="node", suite="src/list.test.ts", name="renders an empty list")
SHORT = TestId(ecosystem="node", suite="src/list.test.ts", name="works")
RUST = TestId(ecosystem="rust", suite="store", name="engine::tests::compacts_on_close")
JAVA = TestId(ecosystem="jvm", suite="org.example.PoolTest", name="shouldReturnConnections")


def template(*, flaky="", jobs="", link="", reason="", other=""):
    """The headings of tikv/pd's form, with words of our own."""
    return (
        f"## Flaky Test\n<!-- Please name the test, as in TestFoo -->\n{flaky}\n\n"
        f"### Which jobs are failing\n{jobs}\n\n### CI link\n{link}\n\n"
        f"### Reason for failure (if possible)\n{reason}\n\n### Anything else\n{other}\n"
    )


C, D, N = Certainty.CONFIDENT, Certainty.DOUBTFUL, Certainty.NONE

ROWS = [
    # test, title, body, certainty, clue, why
    (FOO, "TestFoo is unstable", "", C, Clue.TITLE, "the usual title"),
    (FOO, "TestFoo is flaky", template(jobs="unit-1"), C, Clue.TITLE, "the usual title and form"),
    (FOO, "Flaky test: `TestFoo`", "", C, Clue.TITLE, "in ticks"),
    (FOO, "flaky test TestFoo.", "", C, Clue.TITLE, "a full stop is no part of the name"),
    (FOO, "[flaky] TestFoo — expected 3, got 2", "", C, Clue.TITLE, "in brackets, with an error"),
    (FOO, "tests: stabilize TestFoo", "", C, Clue.TITLE, "as fix requests are titled"),
    (FOO, "cluster: TestFoo sometimes fails in CI", "", C, Clue.TITLE, "the package by its last name"),
    (FOO, "server/cluster: TestFoo is unstable", "", C, Clue.TITLE, "a path that fits"),
    (FOO, "cluster.TestFoo intermittently times out", "", C, Clue.TITLE, "qualified by its package"),
    (FOO, "**TestFoo** fails randomly", "", C, Clue.TITLE, "emphasised"),
    (FOO, "TestFoo", template(flaky="TestFoo"), C, Clue.TITLE, "the form says what the title does not"),
    (FOO, "Unstable test in CI", template(flaky="- TestFoo"), C, Clue.SECTION, "only the form names it"),
    (
        FOO,
        "Unstable test",
        template(jobs="```\n--- FAIL: TestFoo (0.03s)\n    a_test.go:12: no\n```"),
        C,
        Clue.SECTION,
        "the failure line in the form's second part",
    ),
    (FOO, "TestFooBar is unstable", "", N, Clue.OTHER_TEST, "a longer name"),
    (FOO, "TestFoo2 is flaky", "", N, Clue.OTHER_TEST, "a numbered sister"),
    (FOO, "MyTestFoo is flaky", "", N, Clue.NO_MENTION, "inside a longer word"),
    (FOO, "TestFoo_Bar is flaky", "", N, Clue.OTHER_TEST, "an underscore belongs to the name"),
    (FOO, "TestBar is unstable", "Maybe the same as TestFoo, which was flaky, too.", N, Clue.OTHER_TEST, "in passing"),
    (
        FOO,
        "TestBar is unstable",
        template(flaky="TestBar", other="TestFoo was flaky in that run"),
        N,
        Clue.OTHER_TEST,
        "in passing, in the form",
    ),
    (FOO, "TestFoo and TestBar are flaky", "", D, Clue.SEVERAL, "two tests in one issue"),
    (FOO, "Unstable tests", template(flaky="- TestFoo\n- TestBar"), D, Clue.SEVERAL, "two in the form"),
    (FOO, "TestFoo/case_a is flaky", "", D, Clue.CHILD, "a case of it"),
    (FOO, "testfoo is flaky", "", D, Clue.SPELLING, "written in a hurry"),
    (FOO, "TestOtherSuite/TestFoo is flaky", "", D, Clue.OTHER_PARENT, "a method of the same name in a suite"),
    (FOO, "client/grpc: TestFoo is flaky", "", D, Clue.OTHER_PACKAGE, "the same name in another package"),
    (FOO, "TestFoo is no longer flaky", "", D, Clue.NEGATED, "says the opposite"),
    (FOO, "TestFoo panics with a nil pointer", "", D, Clue.NOT_FLAKY, "may be a plain bug"),
    (FOO, "Refactor TestFoo", "", N, Clue.OTHER_WORK, "another kind of work"),
    (FOO, "cluster: speed up TestFoo", "", N, Clue.OTHER_WORK, "another kind of work, prefixed"),
    (FOO, "CI is unstable", "Yesterday:\n--- FAIL: TestFoo (1.00s)\n", D, Clue.BODY, "only a failure line says which"),
    (FOO, "CI is unstable", "I saw TestFoo once.", N, Clue.IN_PASSING, "a mention is no failure"),
    (FOO, "Crash on start", "> --- FAIL: TestFoo\nno idea", N, Clue.NO_MENTION, "quoted from somebody"),
    (FOO, "Flaky CI", "<!-- --- FAIL: TestFoo -->", N, Clue.NO_MENTION, "hidden from readers"),
    (FOO, "Unstable test", template(), N, Clue.NO_MENTION, "the form's own example is a comment"),
    (FOO, "Flaky, see https://ci.example/TestFoo", "", N, Clue.NO_MENTION, "part of an address"),
    (FOO, "Add tests to foo", "", N, Clue.NO_MENTION, "nothing in common"),
    (FOO, "", "", N, Clue.NO_MENTION, "nothing at all"),
    (LEADER, "TestWatchResumes is unstable", "", C, Clue.TITLE, "people name the method, not the suite"),
    (LEADER, "TestLeaderTestSuite/TestWatchResumes is flaky", "", C, Clue.TITLE, "the full name"),
    (LEADER, "(*leaderTestSuite).TestWatchResumes is flaky", "", C, Clue.TITLE, "by its receiver, as stacks print it"),
    (
        LEADER,
        "Unstable",
        template(jobs="--- FAIL: TestLeaderTestSuite (9s)\n    --- FAIL: TestLeaderTestSuite/TestWatchResumes"),
        C,
        Clue.SECTION,
        "the suite's own line is no second test",
    ),
    (LEADER, "TestLeaderTestSuite is flaky", template(flaky="TestWatchResumes"), C, Clue.SECTION, "the form is exact"),
    (LEADER, "TestLeaderTestSuite is flaky", "", D, Clue.PARENT, "the suite: perhaps another method of it"),
    (LEADER, "TestLeaderTestSuite/TestOther is flaky", "", N, Clue.OTHER_TEST, "another method of the suite"),
    (LEADER, "TestStoreTestSuite/TestWatchResumes is flaky", "", D, Clue.OTHER_PARENT, "the method of another suite"),
    (CASE, "TestParse/empty_input is flaky", "", C, Clue.TITLE, "a sub-test in full"),
    (CASE, "TestParse is flaky", "", D, Clue.PARENT, "which case is not said"),
    (CASE, "empty_input is flaky", "", N, Clue.NO_MENTION, "a case alone names nothing"),
    (CASE, "TestParse/empty is flaky", "", N, Clue.OTHER_TEST, "a sister whose name ours begins with"),
    (PY, "test_drains_all is flaky", "", C, Clue.TITLE, "a function alone"),
    (PY, "Flaky: tests/unit/test_queue.py::TestQueue::test_drains_all", "", C, Clue.TITLE, "as pytest prints it"),
    (PY, "Flaky: tests/unit/test_stack.py::TestQueue::test_drains_all", "", D, Clue.OTHER_PARENT, "another file"),
    (PY, "test_drains_all_twice is flaky", "", N, Clue.OTHER_TEST, "a longer name"),
    (PARAM, "test_retry[http-3] is flaky", "", C, Clue.TITLE, "with its parameters"),
    (PARAM, "test_retry is flaky", "", D, Clue.PARENT, "without them"),
    (PARAM, "test_retry[http-30] is flaky", "", N, Clue.OTHER_TEST, "other parameters"),
    (JS, 'Flaky: "renders an empty list"', "", C, Clue.TITLE, "a name in prose, whole"),
    (JS, "renders an empty listing: flaky", "", N, Clue.NO_MENTION, "its last word goes on"),
    (SHORT, "CI works but is flaky", "", N, Clue.NO_MENTION, "a word of everyday language is no name"),
    (RUST, "engine::tests::compacts_on_close is flaky", "", C, Clue.TITLE, "a path in Rust"),
    (RUST, "engine is flaky", "", N, Clue.NO_MENTION, "a module is no test"),
    (FOO, "TestFoo is flaky in CI/CD", "", C, Clue.TITLE, "a slash makes no package"),
    (FOO, "TestFoo is unstable (#1234)", "", C, Clue.TITLE, "a reference is no test"),
    (FOO, "DATA RACE in TestFoo", "", D, Clue.NOT_FLAKY, "a race may be a plain bug"),
    (FOO, "[Bug] TestFoo fails on master", template(), C, Clue.TITLE, "failing, but by the flaky form"),
    (FOO, "Rewrite TestFoo, it is flaky", "", C, Clue.TITLE, "work, because it is flaky"),
    (JAVA, "PoolTest.shouldReturnConnections is flaky", "", C, Clue.TITLE, "class and method"),
    (JAVA, "PoolTest#shouldReturnConnections is flaky", "", C, Clue.TITLE, "as Maven writes it"),
]


@pytest.mark.parametrize(("test", "title", "body", "certainty", "clue", "why"), ROWS)
def test_what_an_issue_is_about(test, title, body, certainty, clue, why):
    got = match(WrittenIssue(number=7, title=title, body=body), test)
    assert got.issue == 7
    assert (got.certainty, clue in got.clues) == (certainty, True), (got.clues, why)


def test_a_confident_match_has_one_clue_and_a_doubtful_one_says_what_is_doubtful():
    for test, title, body, *_ in ROWS:
        got = match(WrittenIssue(number=1, title=title, body=body), test)
        assert got.clues
        if got.certainty is C:
            assert got.clues in ((Clue.TITLE,), (Clue.SECTION,))
        if got.certainty is D:
            assert got.clues not in ((Clue.TITLE,), (Clue.SECTION,))


@pytest.mark.parametrize(
    ("change", "clue"),
    [
        ({"open": False}, Clue.CLOSED),
        ({"pull_request": True}, Clue.PULL_REQUEST),
        ({"managed": True}, Clue.MANAGED),
        ({"by_bot": True}, Clue.BY_BOT),
    ],
)
def test_what_is_never_adopted(change, clue):
    issue = replace(WrittenIssue(number=1, title="TestFoo is flaky"), **change)
    assert match(issue, FOO).certainty is N
    assert match(issue, FOO).clues == (clue,)


def test_a_name_that_two_tests_bear_is_asked_about_unless_a_package_tells():
    twin = replace(FOO, suite="example.com/octo/widgets/client/grpc")
    plain = WrittenIssue(number=1, title="TestFoo is flaky")
    told = WrittenIssue(number=1, title="client/grpc: TestFoo is flaky")
    assert match(plain, FOO, known=(FOO, twin)).clues == (Clue.TITLE, Clue.AMBIGUOUS)
    assert match(plain, twin, known=(FOO, twin)).certainty is D
    assert match(told, twin, known=(FOO, twin)).certainty is C
    assert match(told, FOO, known=(FOO, twin)).certainty is D
    assert match(plain, FOO, known=(FOO, replace(FOO, name="TestFooBar"))).certainty is C


@given(
    st.text(max_size=300), st.text(max_size=300), st.sampled_from([FOO, LEADER, CASE, PY, PARAM, JS, SHORT, RUST, JAVA])
)
def test_any_text_is_judged(title, body, test):
    got = match(WrittenIssue(number=1, title=title, body=body), test)
    # Nothing is taken over unless its words are in the issue.
    if got.certainty is C:
        assert test.name.split("/")[-1].split("::")[-1].split()[0] in title + body


@given(
    st.text(st.characters(categories=("Lu", "Ll", "Nd")), min_size=1, max_size=8), st.sampled_from([FOO, LEADER, PY])
)
def test_a_longer_name_is_never_the_test(more, test):
    leaf = test.name.split("/")[-1].split("::")[-1]
    for name in (leaf + more, more + leaf):
        assert match(WrittenIssue(number=1, title=f"{name} is flaky"), test).certainty is not C


@pytest.mark.parametrize(
    "piece", ["#", "# ", " ", "\n", "**", "\n#  ", "<!--", "/", "a/", "[", "--- FAIL: ", "TestFoo ", "\n> "]
)
def test_hostile_bodies_cost_linear_time(piece):
    body = (piece * 65_536)[:65_536]
    match(WrittenIssue(number=1, title="CI is flaky", body=body + "TestFoo"), FOO)
    match(WrittenIssue(number=1, title=piece * 128, body="## Flaky Test\n" + body), FOO)
