"""What is published, as what, and what near the test may not move."""

from dataclasses import replace

import pytest
from builders import a_flake, a_test
from publishing_facts import a_candidate, a_change, a_conclusion, a_fix, a_judged, a_task, an_evidence

from ftc.core.conclusion import Rejected
from ftc.core.config import Config
from ftc.core.fix import Gate, TaskKind
from ftc.core.model import Status
from ftc.core.patch import Rule, violations
from ftc.core.progress import Lease, Progress, RunRecord, RunStatus
from ftc.core.publishing import (
    CONVENTIONAL_TITLE,
    DEFAULT_TITLE,
    TITLE_CHARS,
    RiskReason,
    is_draft,
    marked_task,
    near,
    not_held,
    policies,
    problem_of,
    pull_mark,
    pull_title,
    risk_of,
    title_form,
)
from ftc.core.risk import Risk
from ftc.core.stress import Verdict
from tests.builders import NOON

CONFIG = Config()


# --- whether


@pytest.mark.parametrize(
    ("over", "config", "said"),
    [
        ({}, {}, ""),
        ({"conclusion": a_conclusion(verdict=Verdict.SUPPORTED)}, {}, ""),
        ({"conclusion": a_conclusion(verdict=Verdict.NOT_REPRODUCED)}, {}, "the verdict is not-reproduced"),
        ({"conclusion": a_conclusion(verdict=Verdict.NOT_REPRODUCED)}, {"pull_on": ("not-reproduced",)}, ""),
        ({"conclusion": a_conclusion(verdict=Verdict.DID_NOT_HOLD)}, {}, "the verdict is did-not-hold"),
        ({"conclusion": a_conclusion(verdict=None)}, {}, "nothing was measured"),
        # Nobody's instruction has a test to be measured by.
        ({"conclusion": a_conclusion(verdict=None), "task": a_task(kind=TaskKind.START)}, {}, ""),
        ({"conclusion": a_conclusion(candidate=0)}, {}, "no candidate was proposed"),
        ({"conclusion": a_conclusion(candidate=0), "fix": a_fix(give_up="no trace")}, {}, "no trace"),
        (
            {"conclusion": a_conclusion(candidate=0, rejected=(Rejected(candidate=1, why="masking: skip"),))},
            {},
            "candidate 1: masking: skip",
        ),
        ({"conclusion": a_conclusion(candidate=2)}, {}, "candidate 2 was chosen"),
        ({"fix": a_fix(task="7-other")}, {}, "belong to another run"),
        ({"fix": a_fix(base_sha="b" * 40)}, {}, "belong to another run"),
    ],
)
def test_why_nothing_is_published(over, config, said):
    found = problem_of(an_evidence(**over), replace(CONFIG, **config))
    assert found.startswith(said) if said.startswith("the ") else said in found
    assert bool(found) == bool(said)


HELD = Progress(lease=Lease(run="77", attempt=1, nonce="abc", taken=NOON))


def stopped(task):
    record = RunRecord(id=task, command="ai-fix", status=RunStatus.STOPPED, created=NOON, updated=NOON)
    return replace(HELD, runs=(record,))


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({}, ""),
        ({"status": Status.APPROVED_TO_FIX}, "APPROVED_TO_FIX by now"),
        ({"progress": Progress()}, "does not hold"),
        ({"progress": replace(HELD, lease=replace(HELD.lease, nonce="other"))}, "does not hold"),
        ({"progress": stopped("7-abc")}, "was stopped"),
        ({"progress": stopped("7-earlier")}, ""),
        ({"test": a_test("TestOther")}, "another test"),
    ],
)
def test_the_issue_must_still_be_held(state, said):
    flake = a_flake(**{"status": Status.FIXING, "progress": HELD, **state})
    found = not_held(a_task(), flake)
    assert said in found
    assert bool(found) == bool(said)


def test_a_task_that_was_widened_on_its_way_widens_nothing():
    change = a_change(path="src/cart.go")
    wide = a_task(allowed_paths=("**",), planned_files=("src/cart.go",), product_code=True)

    def rules(task, **config):
        return {
            item.rule for policy in policies(task, replace(CONFIG, **config)) for item in violations([change], policy)
        }

    assert rules(wide) == {Rule.NOT_ALLOWED}
    assert rules(replace(wide, allowed_paths=CONFIG.allowed_paths)) == {Rule.NOT_ALLOWED}, "product-code is off"
    assert rules(wide, product_code=True) == set(), "planned, and the default branch says that plans count"
    assert rules(replace(wide, planned_files=()), product_code=True) == {Rule.NOT_ALLOWED}
    assert rules(replace(wide, kind=TaskKind.START)) == set(), "an instruction has no plan; its gate froze the paths"


# --- the base


@pytest.mark.parametrize(
    ("moved", "close"),
    [
        ((), ()),
        (("docs/README.md", "ship/ship_test.go"), ()),
        (("cart/cart.go",), ("cart/cart.go",)),  # the package under test
        (("cart/other_test.go",), ("cart/other_test.go",)),
        (("cart/sub/sub.go", "cartwheel/x.go"), ()),  # packages of their own
        (("cart/testdata/deep/a.txt",), ("cart/testdata/deep/a.txt",)),
        (("util/wait_test.go", "util/other.go"), ("util/wait_test.go",)),  # changed by the fix, its neighbour not
    ],
)
def test_what_moved_near_the_test(moved, close):
    assert near(moved, a_task(), ("cart/cart_test.go", "util/wait_test.go")) == close


def test_a_test_whose_file_is_unknown_lies_where_the_change_does():
    unknown = a_task(test_files=("",))
    assert near(("util/other.go", "cart/cart.go"), unknown, ("util/wait_test.go",)) == ("util/other.go",)


def test_a_test_at_the_root_is_no_package_of_everything():
    assert near(("src/a.py", "b.py"), a_task(test_files=("test_a.py",)), ("test_a.py",)) == ("b.py",)


# --- draft, risk, title


@pytest.mark.parametrize(
    ("verdict", "masked", "ready_on", "draft"),
    [
        (Verdict.VERIFIED, False, ("verified",), False),
        (Verdict.VERIFIED, True, ("verified",), True),
        (Verdict.SUPPORTED, False, ("verified",), True),
        (Verdict.SUPPORTED, False, ("verified", "supported"), False),
        (Verdict.VERIFIED, False, (), True),
        (None, False, ("verified", "supported", "not-reproduced"), True),
    ],
)
def test_who_leaves_draft(verdict, masked, ready_on, draft):
    assert is_draft(a_conclusion(verdict=verdict), replace(CONFIG, ready_on=ready_on), masked=masked) is draft


@pytest.mark.parametrize(
    ("conclusion", "changes", "masked", "level", "reasons"),
    [
        ({}, [a_change()], False, Risk.LOW, ()),
        ({}, [a_change(path="src/cart.go")], False, Risk.MEDIUM, ("product-code",)),
        ({}, [a_change(added=60, removed=50)], False, Risk.MEDIUM, ("large",)),
        ({"verdict": Verdict.SUPPORTED}, [a_change()], False, Risk.MEDIUM, ("chance",)),
        ({"missing_legs": ("2",)}, [a_change()], False, Risk.MEDIUM, ("partial",)),
        ({"verdict": Verdict.NOT_REPRODUCED}, [a_change()], False, Risk.HIGH, ("unproven",)),
        ({"verdict": None}, [a_change()], False, Risk.HIGH, ("unproven",)),
        ({}, [a_change()], True, Risk.HIGH, ("masking",)),
        ({"verdict": Verdict.SUPPORTED}, [a_change(path="src/a")], False, Risk.MEDIUM, ("product-code", "chance")),
    ],
)
def test_risk(conclusion, changes, masked, level, reasons):
    assert risk_of(a_conclusion(**conclusion), changes, CONFIG, masked=masked) == (level, reasons)


PD = ("tests: stabilize TestA", "pkg/schedule: fix a race", "*: bump go", "server, api: tidy", "[store] client: wait")
ANGULAR = ("feat(cart): more", "fix: less", "chore!: none", "docs(a,b): x", "Merge the rest")
PLAIN = ("Add a cart", "Tidy up", "Wait for the server", "Say what is true", "fix: one of another kind")


@pytest.mark.parametrize(
    ("titles", "form"),
    [(PD, DEFAULT_TITLE), (ANGULAR, CONVENTIONAL_TITLE), (PLAIN, "Stabilize {test}"), (PLAIN[:3], DEFAULT_TITLE)],
)
def test_a_title_keeps_to_the_habit(titles, form):
    assert title_form(DEFAULT_TITLE, titles) == form
    assert title_form("mine: {test}", titles) == "mine: {test}"


def titled(name="TestTotal", candidate=None, *, form=DEFAULT_TITLE, **task):
    made = a_task(tests=(a_test(name),), **task) if name else a_task(tests=(), **task)
    return pull_title(made, candidate or a_candidate(), replace(CONFIG, pull_title=form), titles=())


def test_titles():
    assert titled() == "tests: stabilize TestTotal"
    assert titled("Test{test}{0}") == "tests: stabilize Test{test}{0}", "a name is no form"
    assert titled(form="fixed") == "fixed"
    assert len(titled("T" * 500)) == TITLE_CHARS
    assert titled("", a_candidate(summary="Tidy the cart\n\nat length"), kind=TaskKind.START) == "Tidy the cart"
    assert titled("", a_candidate(summary=" "), kind=TaskKind.START, title="A mess") == "A mess"


def test_the_mark_names_the_run():
    assert marked_task(f"words\n{pull_mark('7-c15')}\nmore") == "7-c15"
    assert marked_task("words") == ""


def test_a_gate_that_nobody_could_measure_keeps_it_a_draft_and_is_a_risk():
    gate = Gate(name="new tests", passed=True, detail="not measured: no coverage", flagged=True)
    conclusion = a_conclusion(verdict=Verdict.VERIFIED, judged=a_judged(gates=(gate,)))
    assert is_draft(conclusion, CONFIG, masked=False)
    assert risk_of(conclusion, (), CONFIG, masked=False) == (Risk.MEDIUM, (RiskReason.FLAGGED,))
