"""One job in its log and in its reports: who is counted, and whose words stand."""

from dataclasses import replace

import pytest

from ftc.core.model import Exclusion, Extraction, Failure, Kind, Location, Outcome, TestId
from ftc.core.sanitize import Sanitizer
from ftc.ingest.extract import extract_stream
from ftc.ingest.generic import UNTOLD, says_nothing
from ftc.ingest.golang import reasons
from ftc.ingest.merge import ancestors, belongs, merged

SUITE = "example.com/ledger/store"


def failed(name, message="", *, ecosystem="go", **fields):
    """A failure as one view tells it; signature and fingerprint show whose they are."""
    return Failure(
        test=TestId(ecosystem=ecosystem, suite=SUITE, name=name),
        framework=fields.pop("framework", "go-test"),
        kind=fields.pop("kind", Kind.ASSERTION),
        message=message,
        signature=message,
        fingerprint=fields.pop("fingerprint", f"of {message}"),
        **fields,
    )


def view(*failures, excluded=(), outcome=Outcome.TEST_FAILURE, **fields):
    return Extraction(path="x", outcome=outcome, failures=failures, excluded=excluded, **fields)


def names(found):
    return [item.test.name for item in found.failures]


MESSAGES = [
    ("leader lost", "term 4 ended", "leader lost", "a report's own message wins"),
    ("", "term 4 ended", "term 4 ended", "the report knows no more than that it failed"),
    ("Failed", "term 4 ended", "term 4 ended", "what gotestsum writes for every test"),
    (UNTOLD, "term 4 ended", "term 4 ended", "what the extractor makes of a report without text"),
    ("Test failed.", "term 4 ended", "term 4 ended", "a runner of its own make"),
    ("exit status 1", "term 4 ended", "term 4 ended", "a runner that starts one binary per test"),
    ("AssertionError", "AssertionError: 3 != 4", "AssertionError: 3 != 4", "the class without what it says"),
    ("failed to elect", UNTOLD, "failed to elect", "a message may begin with the common word"),
    ("Failed", UNTOLD, UNTOLD, "neither says anything: as if there were no report"),
    ("leader lost", "", "leader lost", "the log was cut off"),
]


@pytest.mark.parametrize(("report", "log", "message", "why"), MESSAGES, ids=[row[-1] for row in MESSAGES])
def test_whose_message(report, log, message, why):
    found = merged(view(failed("TestPut", log)), [view(failed("TestPut", report))])
    (only,) = found.failures
    assert (only.message, only.signature, only.fingerprint) == (message, message, f"of {message}"), why


def test_log_adds_what_only_it_has():
    place = (Location(path="store/store_test.go", line=7),)
    log = failed("TestPut", "leader lost", excerpt="the log", line=40, locations=place, fingerprint="with place")
    report = failed("TestPut", "leader lost", excerpt="the report", framework="gotestsum", flaky_in_run=True)
    (only,) = merged(view(log), [view(report)]).failures
    assert only == replace(log, framework="gotestsum", flaky_in_run=True)


def test_kind_and_place_of_a_telling_report_stand():
    place = (Location(path="store/store_test.go", line=7),)
    report = failed("TestPut", "panic: leader lost", kind=Kind.PANIC, locations=place)
    (only,) = merged(view(failed("TestPut", "leader lost", line=3)), [view(report)]).failures
    assert only == replace(report, line=3)


TWICE = [
    (["TestPut/a"], ["TestPut"], ["TestPut/a"], "the report knows only the parent"),
    (["TestPut"], ["TestPut/a"], ["TestPut/a"], "the log was cut off before the leaf"),
    (["TestPut/a/b"], ["TestPut"], ["TestPut/a/b"], "two levels between them"),
    (["TestPut/a", "TestPut/b"], ["TestPut"], ["TestPut/a", "TestPut/b"], "two leaves of one parent"),
    (["TestPut"], ["TestPutAll"], ["TestPut", "TestPutAll"], "a common beginning is no kinship"),
    (["TestPut"], ["TestPut"], ["TestPut"], "the same test in both"),
    (["TestPut"], ["TestGet"], ["TestPut", "TestGet"], "two tests"),
]


@pytest.mark.parametrize(("log", "report", "kept", "why"), TWICE, ids=[row[-1] for row in TWICE])
def test_each_test_counts_once(log, report, kept, why):
    found = merged(view(*map(failed, log)), [view(*map(failed, report))])
    assert names(found) == kept, why
    dropped = {*log, *report} - {*kept}
    assert {item.name for item in found.excluded if item.reason == reasons.PARENT} == dropped


def test_parent_and_sub_test_of_pytest():
    """Its report has no name for a sub-test; the log has."""
    sub = failed("TestA::test_even[even number=1]", "1 is odd", ecosystem="python")
    parent = failed("TestA::test_even", "contains 1 failed subtest", ecosystem="python")
    assert names(merged(view(sub), [view(parent)])) == [sub.test.name]


def test_a_parent_that_failed_beside_its_sub_test_in_one_view_stays():
    both = [failed("test_a", "own error", ecosystem="python"), failed("test_a[sub]", "of sub", ecosystem="python")]
    assert names(merged(view(*both), [view(both[0])])) == ["test_a", "test_a[sub]"]


def test_leaf_of_a_parent_that_passed_later_is_flaky():
    (leaf,) = merged(view(failed("TestPut/a", "lost")), [view(failed("TestPut", flaky_in_run=True))]).failures
    assert leaf.flaky_in_run


def test_the_log_knows_a_cascade_that_a_report_cannot_know():
    """A report lists every test that ran when the binary panicked; only the log says which of them did it."""
    bystander = Exclusion(suite=SUITE, name="TestGet", reason=reasons.CRASH_CASCADE)
    log = view(failed("TestPut", "panic: lost", kind=Kind.PANIC), excluded=(bystander,))
    found = merged(log, [view(failed("TestPut", "Failed"), failed("TestGet", "Failed"))])
    assert (names(found), found.excluded) == (["TestPut"], (bystander,))


def test_a_quoted_name_in_the_log_does_not_silence_the_report():
    quoted = Exclusion(suite=SUITE, name="TestGet", reason=reasons.QUOTED)
    found = merged(view(failed("TestPut"), excluded=(quoted,)), [view(failed("TestGet", "lost"))])
    assert names(found) == ["TestPut", "TestGet"]


def test_the_worst_outcome_stands_and_no_report_changes_nothing():
    log = view(outcome=Outcome.INFRASTRUCTURE, problems=("cut off",), pull_request=3)
    assert merged(log, []) is log
    found = merged(log, [view(failed("TestPut"), problems=("not well-formed",))])
    assert (found.outcome, found.problems, found.pull_request) == (
        Outcome.TEST_FAILURE,
        ("cut off", "not well-formed"),
        3,
    )


BELONGS = [
    ("TestPut", "TestPut", True),
    ("TestPut", "TestPut/a", True),
    ("TestPut/a", "TestPut", True),
    ("TestPut/a", "TestPut/b", False),
    ("TestPut", "TestGet", False),
]


@pytest.mark.parametrize(("report", "log", "same"), BELONGS)
def test_report_belongs_to_the_log_that_names_its_tests(report, log, same):
    assert belongs(view(failed(report)), to=view(failed(log))) is same


def test_ancestors():
    assert [item.name for item in ancestors(failed("A/b/c").test)] == ["A", "A/b"]
    assert [item.name for item in ancestors(failed("t[a][b]", ecosystem="python").test)] == ["t", "t[a]"]
    assert list(ancestors(failed("a/b[c]", ecosystem="junit").test)) == []


# --- a real report and a real log of the same job

LOG = f"""=== RUN   TestPut
    store_test.go:9: leader of term 4 not found
--- FAIL: TestPut (0.10s)
FAIL
FAIL\t{SUITE}\t0.2s
"""
REPORTS = [
    ("Failed", "", "leader of term 4 not found", "no word from the report"),
    ("Failed", "--- FAIL: TestPut (0.10s)", "leader of term 4 not found", "its text says no more"),
    ("lost the leader", "", "lost the leader", "a message and no text"),
    ("lost the leader", "2026-08-03 09:14:02 elected\n", "lost the leader", "output without a place"),
    ("Failed", "    store_test.go:9: no leader\n", "no leader", "the text knows more than the message"),
    ("    store_test.go:9: no leader", "", "no leader", "the message holds the output"),
    ("lost the leader", "    store_test.go:9: no leader\n", "no leader", "the text is the test's own"),
]


@pytest.mark.parametrize(("told", "text", "message", "why"), REPORTS, ids=[row[-1] for row in REPORTS])
def test_go_report_and_log(told, text, message, why):
    case = f'<testcase classname="{SUITE}" name="TestPut"><failure message="{told}">{text}</failure></testcase>'
    xml = f'<testsuites><testsuite name="{SUITE}">{case}</testsuite></testsuites>'
    log, report = (extract_stream([data.encode()], path="x", sanitizer=Sanitizer()) for data in (LOG, xml))
    (only,) = merged(log, [report]).failures
    assert only.message == message, why
    assert "store_test.go:9: leader of term 4" in only.excerpt


def test_a_message_for_a_parent_is_not_put_into_its_leaves():
    text = "--- FAIL: TestPut (0.10s)\n    --- FAIL: TestPut/a (0.00s)\n    --- FAIL: TestPut/b (0.00s)\n"
    case = f'<testcase classname="{SUITE}" name="TestPut"><failure message="two of them">{text}</failure></testcase>'
    xml = f'<testsuites><testsuite name="{SUITE}">{case}</testsuite></testsuites>'
    found = extract_stream([xml.encode()], path="x", sanitizer=Sanitizer())
    assert {item.test.name: item.message for item in found.failures} == {"TestPut/a": UNTOLD, "TestPut/b": UNTOLD}


SAYINGS = [
    ("failed: timeout", False),
    ("Failure", True),
    ("1 subtest failed", True),
    ("contains 3 failed subtests", True),
    ("exited with error code 1", True),
    ("exit code 137: killed", False),
    ("", True),
    (" \n", True),
    ("--- FAIL: TestA (0.00s)", True),
    ("nil", False),
    ("error " * 1_000_000, False),
]


@pytest.mark.parametrize(("text", "nothing"), SAYINGS, ids=[text[:40] or "empty" for text, _ in SAYINGS])
def test_says_nothing(text, nothing):
    assert says_nothing(text) is nothing
