"""Which issue a failure goes to when people wrote rules."""

from dataclasses import replace

import pytest

from ftc.core.fingerprint import issue_key
from ftc.core.history import fold
from ftc.core.observe import observe
from ftc.core.rule_block import blocks, rule_of
from ftc.core.signature_rules import InForce, Rule, listed, named
from ftc.core.thresholds import Thresholds
from tests.builders import REPO, TEST, a_failure, a_flake, a_job, a_signature, a_test, an_attempt

OTHER, THIRD = a_test("TestGet"), a_test("TestList")


def rule(text: str) -> Rule:
    found = rule_of(blocks(f"```flaky-rule\n{text}\n```"))
    assert isinstance(found, Rule)
    return found


LOG = "starting server\n  dial tcp   10.0.0.1: connection refused\nshutting down"


@pytest.mark.parametrize(
    ("text", "matches", "why"),
    [
        ("match: connection refused", True, "a string in the excerpt"),
        ("match: Connection Refused", False, "in this very case"),
        ("match: dial tcp 10.0.0.1", True, "gaps are one blank"),
        ("match: expected <n> keys", True, "the signature, as the issue shows it"),
        ("match: expected 3 keys", True, "the message"),
        ("match:\n- starting\n- refused", True, "in order, on later lines"),
        ("match:\n- dial\n- refused", True, "in order, on one line"),
        ("match:\n- /dial.*/\n- refused", True, "an expression leaves the rest of its line"),
        ("match:\n- refused\n- starting", False, "the wrong order"),
        ("match:\n- refused\n- refused", False, "one is not two"),
        ("match:\n- expected\n- refused", False, "message and excerpt are two texts"),
        ("match: refused\nnot: shutting down", False, "kept out by another line"),
        ("match: refused\nnot:\n- nowhere\n- shutting", False, "each item of not counts alone"),
        ("match: /^dial .* refused$/", True, "an expression over a line"),
        ("match: /starting.*refused/", False, "never over two lines"),
        ("not: nowhere", False, "without match nothing is drawn in"),
    ],
)
def test_what_a_rule_matches(text: str, matches: bool, why: str) -> None:
    assert rule(text).matches(a_failure(excerpt=LOG)) is matches, why


def test_names_of_tests() -> None:
    twin = a_test(suite="example.com/octo/widgets/cache")
    assert named("TestPut", [TEST, OTHER]) == (TEST,)
    assert len(named("TestPut", [TEST, twin])) == 2
    assert named(str(twin), [TEST, twin]) == (twin,)
    wanted = Rule(tests=("TestPut", str(OTHER), "TestGone"))
    assert listed(wanted, [TEST, twin, OTHER]) == {OTHER}


def key(test, fingerprint: str = "") -> str:
    return issue_key(REPO, test, fingerprint)


def managed(number: int, test=TEST, fingerprint: str = ""):
    return a_flake(key=key(test, fingerprint), test=test, issue=number, signatures=(a_signature(),))


def in_force(flake, text: str, *tests) -> InForce:
    number = flake.issue.issue
    return InForce(issue=number, key=flake.key, test=flake.test, rule=rule(text), listed=frozenset(tests))


REFUSED = {"excerpt": LOG, "fingerprint": "v1:bbbb", "signature": "connection refused", "message": "connection refused"}
A, B = managed(1), managed(2, OTHER)
WAITS = a_flake(key=key(OTHER), test=OTHER)
ONE_WAY = managed(1, fingerprint="v1:aaaa")
SPLIT_OFF = managed(3, fingerprint="v1:bbbb")

CASES = {
    "no rules": ([A], [], {"test": OTHER}, False, key(OTHER)),
    "widened to a listed test": ([A], [(A, "match: refused", OTHER)], {"test": OTHER}, False, A.key),
    "not to one that is not listed": ([A], [(A, "match: refused", OTHER)], {"test": THIRD}, False, key(THIRD)),
    "not to another error": ([A], [(A, "match: refusal", OTHER)], {"test": OTHER}, False, key(OTHER)),
    "the exact key comes first": ([A, B], [(A, "match: refused", OTHER)], {"test": OTHER}, False, B.key),
    "a waiting test is no issue": ([A, WAITS], [(A, "match: refused", OTHER)], {"test": OTHER}, False, A.key),
    "the lowest number of two": (
        [A, B],
        [(B, "match: refused", THIRD), (A, "match: tcp", THIRD)],
        {"test": THIRD},
        False,
        A.key,
    ),
    "narrowed: its own issue by its signature": ([A], [(A, "not: refused")], {}, False, key(TEST, "v1:bbbb")),
    "narrowed, and another takes it": ([A, B], [(A, "not: refused"), (B, "match: tcp", TEST)], {}, False, B.key),
    "narrowed by something else": ([A], [(A, "not: timeout")], {}, False, A.key),
    "split": ([A], [(A, "match: timeout\nsplit: yes")], {}, False, key(TEST, "v1:bbbb")),
    "split, and it stays": ([A], [(A, "match: refused\nsplit: yes")], {}, False, A.key),
    "what was split off has its issue": ([A, SPLIT_OFF], [(A, "match: refused")], {}, False, SPLIT_OFF.key),
    "by signature: two ways in one issue": ([ONE_WAY], [(ONE_WAY, "match: refused")], {}, True, ONE_WAY.key),
    "by signature: the exact way first": (
        [ONE_WAY, SPLIT_OFF],
        [(ONE_WAY, "match: refused")],
        {},
        True,
        SPLIT_OFF.key,
    ),
    "by signature: kept out with nowhere to go": ([SPLIT_OFF], [(SPLIT_OFF, "not: refused")], {}, True, SPLIT_OFF.key),
    "by signature: kept out and taken": (
        [ONE_WAY, SPLIT_OFF],
        [(SPLIT_OFF, "not: refused"), (ONE_WAY, "match: refused")],
        {},
        True,
        ONE_WAY.key,
    ),
}


def folded(flakes, rules, failure, by_signature):
    attempt = an_attempt(a_job(a_failure(**{**REFUSED, **failure})))
    observed = observe([attempt], repo=REPO, thresholds=Thresholds(), by_signature=by_signature)
    return fold(flakes, observed, [in_force(*one) for one in rules])


@pytest.mark.parametrize(("flakes", "rules", "failure", "by_signature", "wanted"), CASES.values(), ids=CASES)
def test_where_a_failure_goes(flakes, rules, failure, by_signature, wanted) -> None:
    after = folded(flakes, rules, failure, by_signature)
    assert [item.key for item in after if item.occurrences] == [wanted]
    again = folded(after, rules, failure, by_signature)
    assert again == after, "read again, it stays where it is"


def test_what_is_counted_stays_when_a_rule_is_written_later() -> None:
    before = folded([A], [], {}, False)
    assert folded(before, [(A, "not: refused")], {}, False) == before


def test_two_listed_tests_in_one_job_are_one_occurrence() -> None:
    job = a_job(a_failure(**{**REFUSED, "test": OTHER}), a_failure(**{**REFUSED, "test": THIRD}))
    observed = observe([an_attempt(job)], repo=REPO, thresholds=Thresholds())
    rules = [in_force(A, "match: refused", OTHER, THIRD)]
    [after] = fold([A], observed, rules)
    assert len(after.occurrences) == 1
    [again] = fold([replace(after, revision=9)], observed, rules)
    assert again.occurrences == after.occurrences
