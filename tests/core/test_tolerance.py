"""When a failed step may count as passed: every case but one is a way in which it must not."""

import pytest

from ftc.core.model import Exclusion, Kind, Outcome, TestId
from ftc.core.quarantine import Entry, in_force
from ftc.core.tolerance import judged
from tests.builders import NOON, TEST, a_failure, a_test, an_extraction, days

HARMLESS = frozenset({"parent of a failing sub-test"})
LISTED = (Entry(test=TEST, until=days(1), issue=7), Entry(test=a_test("TestOld"), until=NOON, issue=8))
MINE = a_failure()


def excluded(reason, name="TestOther"):
    return Exclusion(suite="example.com/octo/widgets/store", name=name, reason=reason)


def decide(*views, entries=LISTED, most=10):
    return judged(views, in_force(entries, now=NOON, most=most), harmless=HARMLESS)


def python(**over):
    test = TestId(ecosystem="python", suite="tests/test_a.py", name="test_a")
    return a_failure(test=test, framework="pytest", **over), Entry(test=test, until=days(1))


@pytest.mark.parametrize(
    ("views", "passes", "why"),
    [
        ([an_extraction(MINE)], True, "the one failure is in quarantine"),
        ([an_extraction(MINE), an_extraction(MINE, path="junit.xml")], True, "log and report tell of the same one"),
        ([an_extraction(MINE), an_extraction()], True, "another report has no failure"),
        ([an_extraction(MINE, excluded=(excluded("parent of a failing sub-test"),))], True, "its parent fails as well"),
        ([an_extraction(MINE, a_failure(test=a_test("TestX"), flaky_in_run=True))], True, "that one passed on a retry"),
        ([an_extraction(MINE, a_failure(test=a_test("TestGet")))], False, "another test fails, too"),
        ([an_extraction(a_failure(test=a_test("TestPut/case")))], False, "a sub-test is another test"),
        ([an_extraction(a_failure(test=a_test("TestPutAll")))], False, "so is one with a longer name"),
        ([an_extraction(a_failure(test=a_test("TestPut", suite="example.com/other")))], False, "and its namesake"),
        ([an_extraction(a_failure(test=a_test("TestOld")))], False, "expired"),
        ([an_extraction()], False, "no failing test: something else failed"),
        ([], False, "nothing was read"),
        ([an_extraction(MINE, problems=("breaks off",))], False, "a report that breaks off may hide the rest"),
        ([an_extraction(MINE), an_extraction(outcome=Outcome.BUILD_FAILURE)], False, "a package was not built"),
        ([an_extraction(MINE), an_extraction(outcome=Outcome.INFRASTRUCTURE)], False, "red without a failing test"),
        ([an_extraction(MINE, excluded=(excluded("build failed"),))], False, "so does an exclusion say"),
        ([an_extraction(MINE, excluded=(excluded("cascade: an earlier test"),))], False, "a cascade is a failure"),
        ([an_extraction(a_failure(kind=Kind.PANIC))], False, "after a panic the other tests did not run"),
        ([an_extraction(a_failure(kind=Kind.TIMEOUT))], False, "nor after a time-out of the binary"),
        ([an_extraction(MINE), an_extraction(a_failure(kind=Kind.CRASH))], False, "whichever file says so"),
        ([an_extraction(a_failure(kind=Kind.DATA_RACE))], True, "a race fails its test alone"),
    ],
)
def test_a_failed_step_passes_only_when_everything_is_known(views, passes, why):
    assert decide(*views).passes is passes, why


@pytest.mark.parametrize(("kind", "passes"), [(Kind.ERROR, True), (Kind.TIMEOUT, False), (Kind.CRASH, False)])
def test_pytest_may_die_of_one_test(kind, passes):
    failure, entry = python(kind=kind)
    assert decide(an_extraction(failure), entries=(entry,)).passes is passes


@pytest.mark.parametrize("name", ["[redacted:token]", "TestX/" + "x" * 994])
def test_a_name_that_several_tests_may_share_is_not_tolerated(name):
    entry = Entry(test=a_test(name), until=days(1))
    assert not decide(an_extraction(a_failure(test=a_test(name))), entries=(entry,)).passes


def test_over_the_cap_nothing_is_tolerated():
    decision = decide(an_extraction(MINE), most=0)
    assert not decision.passes
    assert [why for _, why in decision.failed] == ["over the cap"]


def test_it_says_what_it_tolerates_and_what_not():
    decision = decide(an_extraction(MINE, a_failure(test=a_test("TestOld")), a_failure(test=a_test("TestNew"))))
    assert [(failure.test.name, entry.issue) for failure, entry in decision.tolerated] == [("TestPut", 7)]
    assert [(failure.test.name, why) for failure, why in decision.failed] == [("TestOld", "expired"), ("TestNew", None)]
