"""Approvals: what one is bound to, what is missing for one, and every way in which one ends."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftc.core.approval import (
    Flaw,
    LabelGone,
    Missing,
    Passage,
    Plan,
    Record,
    Shown,
    Valid,
    Void,
    Wish,
    enters_fix,
    missing,
    standing,
)
from ftc.core.authority import Actor, Policy, Reason, Role, Signal
from ftc.core.commands import Command, Name
from ftc.core.model import FailureClass, Grade
from tests.builders import NOON, a_flake, a_test, a_verdict, an_occurrence, hours

ANN = Actor(login="ann", role=Role.WRITE)
EVE = Actor(login="eve", role=Role.READ)
TIM = Actor(login="tim", role=Role.TRIAGE)
MAX = Actor(login="max", role=Role.MAINTAIN)
POLICY = Policy(own=frozenset({"our-app[bot]"}))
PLAN = Plan(
    root_cause="async-wait",
    tests=(a_test("TestA"), a_test("TestB")),
    allowed_paths=("store/**_test.go",),
    planned_files=("store/a_test.go", "store/b_test.go"),
)
SHOWN = (Shown(at=hours(-1), scope=PLAN.scope),)


def a_wish(at=0.0, *, name=Name.AI_FIX, force=False, actor=ANN, text="", **over):
    command = Command(name=name, force=force, text=text)
    return Wish(id=over.pop("id", int(at * 100) + 1000), at=hours(at), actor=actor, command=command, **over)


def a_label(at=0.0, **over):
    return a_wish(at, signal=Signal.LABEL, **over)


def judge(*wishes, plan=PLAN, policy=POLICY, lacks=(), shown=SHOWN, **over):
    return standing(Record(wishes=wishes, shown=shown, **over), plan, policy=policy, lacks=lacks)


def flaws(*wishes, **over):
    got = judge(*wishes, **over)
    return [flaw for _, flaw in got.flaws] if isinstance(got, Void) else got


@pytest.mark.parametrize(
    ("other", "same", "why"),
    [
        (PLAN, True, "itself"),
        (replace(PLAN, tests=PLAN.tests[::-1]), True, "order means nothing"),
        (replace(PLAN, planned_files=PLAN.planned_files * 2), True, "nor does saying it twice"),
        (replace(PLAN, root_cause="concurrency"), False, "another cause"),
        (replace(PLAN, tests=PLAN.tests[:1]), False, "a test fewer"),
        (replace(PLAN, tests=(*PLAN.tests, a_test("TestC"))), False, "a test more"),
        (replace(PLAN, tests=(a_test("TestA", suite="other"), PLAN.tests[1])), False, "its namesake elsewhere"),
        (replace(PLAN, allowed_paths=("store/**",)), False, "wider paths"),
        (replace(PLAN, planned_files=()), False, "no file named"),
        (replace(PLAN, planned_files=(*PLAN.planned_files, "store/put.go")), False, "product code"),
        (
            replace(PLAN, allowed_paths=PLAN.planned_files, planned_files=PLAN.allowed_paths),
            False,
            "parts change places",
        ),
        (
            replace(PLAN, planned_files=("store/a_test.go,store/b_test.go",)),
            False,
            "a name that imitates the separator",
        ),
    ],
)
def test_the_scope_binds_cause_tests_paths_and_files(other, same, why):
    assert (other.scope == PLAN.scope) is same, why


names = st.lists(st.text(st.characters(codec=None), max_size=8), max_size=4).map(tuple)


@given(names, names, st.randoms(use_true_random=False))
def test_any_text_has_a_scope_that_knows_no_order(paths, files, shuffler):
    plan = Plan(root_cause="x", tests=tuple(a_test(name) for name in paths), allowed_paths=paths, planned_files=files)
    mixed = replace(plan, planned_files=tuple(shuffler.sample(files, len(files))), tests=plan.tests[::-1])
    assert mixed.scope == plan.scope
    assert replace(plan, planned_files=(*files, "one more")).scope != plan.scope or "one more" in files


@pytest.mark.parametrize(
    ("flake", "locatable", "expected", "why"),
    [
        ({}, True, (), "all there"),
        ({}, False, (Missing.LOCATION,), "nobody knows where the test is"),
        ({"verdict": a_verdict(confidence=0.79)}, True, (Missing.CONFIDENCE,), "just below"),
        ({"verdict": a_verdict(confidence=0.8)}, True, (), "the threshold itself is enough"),
        ({"verdict": a_verdict(confidence=float("nan"))}, True, (Missing.CONFIDENCE,), "no number is no confidence"),
        ({"verdict": None}, True, (Missing.CONFIDENCE,), "not judged"),
        (
            {"verdict": a_verdict(confidence=0.99, failure_class=FailureClass.LIKELY_REGRESSION)},
            True,
            (Missing.CONFIDENCE,),
            "sure, but of something else",
        ),
        ({"occurrences": (an_occurrence(grade=Grade.D),)}, True, (Missing.OCCURRENCES,), "once, and no proof"),
        (
            {"occurrences": (an_occurrence(grade=Grade.B),)},
            True,
            (Missing.OCCURRENCES,),
            "B compares commits: no proof",
        ),
        ({"occurrences": (an_occurrence(grade=Grade.A),)}, True, (), "once, but the same tree passed"),
        ({"occurrences": (an_occurrence(grade=Grade.A_PLUS),)}, True, (), "once, but its re-run passed"),
        (
            {"occurrences": (), "verdict": None},
            False,
            (Missing.CONFIDENCE, Missing.OCCURRENCES, Missing.LOCATION),
            "nothing known",
        ),
    ],
)
def test_what_is_missing(flake, locatable, expected, why):
    two = (an_occurrence(run="1", grade=Grade.D), an_occurrence(run="2", grade=Grade.D))
    sure = a_verdict(failure_class=FailureClass.FLAKY_TEST, confidence=0.9, grade=Grade.D)
    values = {"occurrences": two, "verdict": sure, **flake}
    if values["verdict"]:
        values["verdict"] = replace(values["verdict"], grade=Grade.D)
    assert missing(a_flake(**values), threshold=0.8, locatable=locatable) == expected, why


@pytest.mark.parametrize("wish", [a_wish(), a_label(), a_wish(name=Name.RETRY), a_wish(text="no sleeps")])
def test_an_approval_stands(wish):
    assert judge(wish) == Valid(wish=wish, scope=PLAN.scope)


def test_nothing_said_is_no_approval():
    assert judge() == Void()
    assert judge(a_wish(name=Name.START), a_wish(name=Name.STATUS)) == Void()


@pytest.mark.parametrize(
    ("wish", "flaw", "why"),
    [
        (a_wish(actor=EVE), Reason.APPROVER, "a stranger"),
        (a_wish(actor=TIM), Reason.APPROVER, "triage may label, not approve"),
        (a_label(actor=TIM), Reason.APPROVER, "by label neither"),
        (a_wish(actor=Actor(login="ann")), Reason.APPROVER, "a right that was lost since, or could not be read"),
        (a_wish(edited=True), Reason.EDITED, "edited, by whomever"),
        (a_wish(actor=MAX, force=True, edited=True), Reason.EDITED, "edited into a forced one"),
        (a_wish(actor=ANN, force=True), Reason.FORCE, "write permission does not force"),
        (a_label(actor=Actor(login="ti-chi-bot", role=Role.WRITE)), Reason.BOT, "a proxy bot"),
        (a_wish(actor=Actor(login="x[bot]", type="Bot", role=Role.ADMIN)), Reason.BOT, "a bot"),
        (a_label(actor=Actor(login="our-app[bot]", type="Bot", role=Role.ADMIN)), Reason.OURSELVES, "our projection"),
        (a_wish(-1), Flaw.NO_PLAN, "in the second of the plan: unread"),
        (a_wish(-2), Flaw.NO_PLAN, "before there was one"),
    ],
)
def test_what_was_never_an_approval(wish, flaw, why):
    assert flaws(wish) == [flaw], why


def test_only_a_change_of_scope_asks_again():
    other = replace(PLAN, planned_files=("store/put.go",))
    assert flaws(a_wish(), plan=other) == [Flaw.OTHER_PLAN]
    refreshed = (*SHOWN, Shown(at=hours(1), scope=other.scope))
    assert flaws(a_wish(), plan=other, shown=refreshed) == [Flaw.OTHER_PLAN]
    again = a_wish(2)
    assert judge(a_wish(), again, plan=other, shown=refreshed) == Valid(wish=again, scope=other.scope)
    back = (*refreshed, Shown(at=hours(3), scope=PLAN.scope))
    assert judge(a_wish(), shown=back).wish == a_wish(), "the plan is again the one that was approved"


def test_what_is_missing_voids_all_but_a_forced_one():
    lacks = (Missing.LOCATION,)
    assert flaws(a_wish(), lacks=lacks) == [Flaw.LACKING]
    forced = a_wish(actor=MAX, force=True)
    assert judge(forced, lacks=lacks) == Valid(wish=forced, scope=PLAN.scope)
    assert flaws(a_wish(-2, actor=MAX, force=True)) == [Flaw.NO_PLAN], "force does not approve what nobody wrote"


@pytest.mark.parametrize(
    ("wish", "later", "void", "why"),
    [
        (a_wish(), a_wish(1, name=Name.STOP), True, "stopped"),
        (a_label(), a_wish(1, name=Name.WONTFIX), True, "declined"),
        (a_wish(), a_wish(1, name=Name.STOP, edited=True), True, "an edited stop still stops"),
        (a_wish(), a_wish(1, name=Name.STOP, actor=EVE), False, "a stranger stops nothing"),
        (a_wish(), a_wish(-0.5, name=Name.STOP), False, "stopped before"),
        (a_wish(id=5), a_wish(name=Name.STOP, id=6), True, "within the second, the later id"),
        (a_wish(id=6), a_wish(name=Name.STOP, id=5), False, "within the second, the earlier id"),
        (a_label(id=6), a_wish(name=Name.STOP, id=5), True, "ids of different kinds tell nothing"),
        (a_wish(), a_wish(1, name=Name.STATUS), False, "a question"),
    ],
)
def test_taken_back_by_word(wish, later, void, why):
    assert flaws(wish, later) == [Flaw.WITHDRAWN] if void else judge(wish, later).wish == wish, why


@pytest.mark.parametrize(
    ("wish", "gone", "void", "why"),
    [
        (a_label(), LabelGone(at=hours(1), login="ann"), True, "taken off"),
        (a_label(), LabelGone(at=hours(1), login="tim"), True, "by anybody who can"),
        (a_label(), LabelGone(at=hours(1), login="our-app[bot]"), True, "by us: the label's approval is over"),
        (a_wish(), LabelGone(at=hours(1), login="Our-App[bot]"), False, "by us: a comment's is not"),
        (a_wish(), LabelGone(at=hours(1), login="tim"), True, "a person's no counts against a comment"),
        (a_label(), LabelGone(at=hours(0), login="ann"), True, "in the same second"),
        (a_label(), LabelGone(at=hours(-0.5), login="ann"), False, "before"),
    ],
)
def test_taken_back_by_label(wish, gone, void, why):
    got = judge(wish, labels_gone=(gone,))
    assert got == (Void(flaws=((wish, Flaw.WITHDRAWN),)) if void else Valid(wish=wish, scope=PLAN.scope)), why


def test_one_approval_powers_one_try():
    assert flaws(a_wish(), spent=hours(1)) == [Flaw.SPENT]
    assert flaws(a_wish(), spent=hours(0)) == [Flaw.SPENT]
    again = a_wish(2, name=Name.RETRY)
    assert judge(a_wish(), again, spent=hours(1)) == Valid(wish=again, scope=PLAN.scope)


def test_a_later_refused_wish_does_not_hide_a_sound_one():
    assert judge(a_wish(), a_wish(1, actor=EVE), a_wish(2, edited=True)).wish == a_wish()
    void = judge(a_wish(0, actor=EVE), a_wish(1, edited=True))
    assert [wish.at for wish, _ in void.flaws] == [hours(1), hours(0)], "newest first"


ANY_WISH = st.builds(
    a_wish,
    st.integers(-3, 3),
    name=st.sampled_from([Name.AI_FIX, Name.RETRY, Name.STOP, Name.WONTFIX, Name.STATUS]),
    force=st.booleans(),
    actor=st.sampled_from([ANN, EVE, TIM, MAX, Actor(login="x[bot]", type="Bot", role=Role.ADMIN)]),
    signal=st.sampled_from(Signal),
    edited=st.booleans(),
    id=st.integers(1, 9),
)


@given(st.lists(ANY_WISH, max_size=6, unique_by=lambda wish: (wish.signal, wish.id)), st.randoms(use_true_random=False))
def test_the_order_of_reading_never_matters_and_only_the_powerful_approve(wishes, shuffler):
    got = judge(*wishes)
    if isinstance(got, Valid):
        assert got.wish.actor in (ANN, MAX)
        assert not (got.wish.edited and got.wish.signal is Signal.COMMENT)
        assert got.wish.at > hours(-1)
    mixed = judge(*shuffler.sample(wishes, len(wishes)))
    assert type(mixed) is type(got)
    without = [wish for wish in wishes if wish.actor not in (ANN, MAX)]
    assert isinstance(judge(*without), Void)


@pytest.mark.parametrize(
    ("passage", "expected", "why"),
    [
        (Passage(author=ANN, created=hours(-1)), True, "written before"),
        (Passage(author=ANN, created=hours(1)), False, "written after"),
        (Passage(author=ANN, created=NOON), False, "in the same second"),
        (Passage(author=ANN, created=hours(-2), edited=hours(-1)), True, "edited before"),
        (Passage(author=ANN, created=hours(-2), edited=hours(1)), False, "edited after"),
        (Passage(author=TIM, created=hours(-1)), False, "triage writes no code"),
        (Passage(author=EVE, created=hours(-1)), False, "a stranger"),
        (Passage(author=Actor(login="x[bot]", type="Bot", role=Role.ADMIN), created=hours(-1)), False, "a bot"),
    ],
)
def test_which_texts_enter_a_fix(passage, expected, why):
    assert enters_fix(passage, NOON) is expected, why


def test_random_is_only_for_shuffling():
    """The order of the wishes of a long thread, shuffled often, gives one answer."""
    wishes = [a_wish(n / 4, actor=actor) for n, actor in enumerate([ANN, EVE, MAX, TIM] * 5)]
    answers = {str(judge(*random.Random(seed).sample(wishes, len(wishes)))) for seed in range(20)}
    assert len(answers) == 1
