"""The fast gate against runs that say what the table says: what is held against a change, and what is not."""

from dataclasses import replace

import pytest

from ftc.agent.fast_gate import fast_gate, whole_gate
from ftc.agent.stress_run import Tree, run_once
from ftc.clients.shell import Result
from ftc.core.errors import CommandFailed
from ftc.core.fix import Amplifier
from tests.proving import FILE
from tests.stressing import bench, copied, test_id

pytestmark = pytest.mark.slow

FINE = {"test_lock": "", "test_total": ""}
BAD = {"test_lock": "", "test_total": "wrong"}
WORSE = {"test_lock": "", "test_total": "dreadful"}
TARGET = {"test_lock": "locked", "test_total": ""}
GONE = {"test_lock": ""}
MORE = {**FINE, "test_new": ""}


def report(cases):
    inner = ""
    for name, message in cases.items():
        text = f"E       AssertionError: {message}\n\n{FILE}:9: AssertionError"
        failure = f'<failure message="AssertionError: {message}">{text}</failure>' if message else ""
        inner += f'<testcase classname="tests.test_cart" name="{name}">{failure}</testcase>'
    return f'<testsuites><testsuite name="pytest">{inner}</testsuite></testsuites>'


def scripted(tmp_path, *, before, after, alone=FINE):
    """A bench whose runs of the whole file say these in turn on either side; ``alone`` is for the test alone."""
    root = copied("prove-shop", tmp_path / "tree")
    scratch = tmp_path / "scratch"
    made = bench(root, test_id("python", FILE, "test_lock"), test_file=FILE, scratch=scratch, fingerprints=())
    trees = Tree(side="before", root=root), Tree(side="after", root=copied("prove-shop", tmp_path / "after"))
    turns = {"before": list(before), "after": list(after)}

    def run(argv, *, cwd, env, timeout):
        side = "before" if cwd == root else "after"
        whole = not argv[-1].endswith("::test_lock")
        said = (
            (turns[side].pop(0) if turns[side][1:] else turns[side][0]) if whole else {"test_lock": alone["test_lock"]}
        )
        if said is None:
            raise CommandFailed("python could not be started")
        (scratch / side / "report").write_text(report(said))
        return Result(code=int(any(said.values())), stdout=b"", stderr=b"")

    return replace(made, run=run), *trees


NEIGHBOURS = {
    "all as before": ([FINE], [FINE], True, "2 tests of its file, class or package run as before"),
    "one more is no fault": ([FINE], [MORE], True, "run as before"),
    "it was broken before": ([BAD], [BAD], True, "run as before"),
    "a neighbour flakes once": ([FINE], [BAD, FINE], True, "in 2 runs, since one failed in a new way"),
    "twice in two ways": ([FINE], [BAD, WORSE], True, "in 2 runs"),
    "always": ([FINE], [BAD, BAD, BAD], False, "in 3 of 3 runs: test_total: AssertionError: wrong"),
    "always, and otherwise than before": ([WORSE], [BAD, BAD, BAD], False, "wrong"),
    "one is gone": ([FINE], [GONE, GONE, GONE], False, "tests that ran before do not run any more: test_total"),
    "one is gone when another crashed": ([FINE], [GONE, FINE], True, "run as before"),
    "beside them it fails as before": ([FINE], [TARGET] * 3, False, "beside its neighbours the test fails as"),
    "it cannot be started": ([FINE], [None], False, "could not be started"),
}


@pytest.mark.parametrize(("before", "after", "passed", "words"), NEIGHBOURS.values(), ids=NEIGHBOURS)
def test_neighbours(before, after, passed, words, tmp_path):
    made, one, other = scripted(tmp_path, before=before, after=after)
    gates = fast_gate(made, one, other, known=frozenset()).gates
    assert gates[-1].passed is passed
    assert words in gates[-1].detail
    assert all(gate.passed for gate in gates[:-1])


NEW = {"test_lock": "jammed", "test_total": ""}
BOTH = {"test_lock": "jammed", "test_total": "wrong"}
ITS_OWN = {
    "it fails as the issue says": ([FINE], [], TARGET, (Amplifier.PLAIN, 0, 1, 1, 0)),
    "it fails in a new way": ([FINE], [], NEW, (Amplifier.PLAIN, 0, 1, 0, 1)),
    "beside the others, as the issue says": ([FINE], [TARGET] * 3, FINE, (Amplifier.NEIGHBOURS, 1, 3, 3, 0)),
    "beside the others, in a new way": ([FINE], [NEW] * 3, FINE, (Amplifier.NEIGHBOURS, 1, 3, 0, 1)),
    "another one fails": ([FINE], [BAD] * 3, FINE, None),
    "another one fails, too": ([FINE], [BOTH] * 3, FINE, None),
    "another one fails once": ([FINE], [BOTH, NEW, NEW], FINE, (Amplifier.NEIGHBOURS, 1, 3, 0, 2)),
    "another one is gone": ([FINE], [{"test_lock": "jammed"}] * 3, FINE, None),
    "everything is fine": ([FINE], [FINE], FINE, None),
}


@pytest.mark.parametrize(("before", "after", "alone", "counts"), ITS_OWN.values(), ids=ITS_OWN)
def test_whether_nothing_but_the_test_itself_failed(before, after, alone, counts, tmp_path):
    """The counts are: amplifier, runs before, runs after, and failures after in the known way and in others."""
    made, one, other = scripted(tmp_path, before=before, after=after, alone=alone)
    known = replace(made, fingerprints=frozenset({_way(made, other, tmp_path)}))
    own = fast_gate(known, one, other, known=frozenset()).own
    seen = own and (own.amplifier, own.before.runs, own.after.runs, own.after.target, len(own.after.others))
    assert seen == counts


def _way(made, tree, tmp_path):
    """The signature by which the issue knows the test."""
    (tmp_path / "known").mkdir()
    told, _, there = scripted(tmp_path / "known", before=[], after=[], alone=TARGET)
    (way,) = run_once(replace(told, fingerprints=frozenset({"v1:another"})), there, Amplifier.PLAIN, seed=1).own
    return way


@pytest.mark.parametrize(
    ("known", "passed", "words"), [(False, False, "as the issue says"), (True, True, "the test passes")]
)
def test_the_test_itself(known, passed, words, tmp_path):
    made, one, other = scripted(tmp_path, before=[FINE], after=[FINE], alone=FINE if known else TARGET)
    gate = next(gate for gate in fast_gate(made, one, other, known=frozenset()).gates if gate.name == "test")
    assert gate.passed is passed
    assert words in gate.detail


def test_what_the_base_is_known_to_fail_with_is_no_fault_of_a_change(tmp_path):
    made, one, other = scripted(tmp_path, before=[FINE], after=[FINE], alone=TARGET)
    stranger = replace(made, fingerprints=frozenset({"v1:another"}))
    (*_, gate) = fast_gate(stranger, one, other, known=frozenset()).gates
    assert (gate.name, gate.passed) == ("test", False)
    assert "in a new way: test_lock: AssertionError: locked" in gate.detail
    made, one, other = scripted(tmp_path / "again", before=[FINE], after=[FINE], alone=TARGET)
    stranger = replace(made, fingerprints=frozenset({"v1:another"}))
    seen = frozenset({"v1:another"}) | _others(stranger, other)
    assert fast_gate(stranger, one, other, known=seen).gates[1].passed


def _others(made, tree):

    return run_once(made, tree, Amplifier.PLAIN, seed=1).others


@pytest.mark.parametrize(
    ("before", "after", "passed", "words"),
    [
        (FINE, MORE, True, "3 tests ran"),
        (FINE, BAD, False, "wrong"),
        (BAD, BAD, True, "2 tests ran"),
        (FINE, GONE, False, "do not run any more"),
        (FINE, {}, False, "no test ran"),
    ],
)
def test_a_change_without_a_test_of_its_own(before, after, passed, words, tmp_path):
    made, one, other = scripted(tmp_path, before=[before], after=[after])
    stranger = replace(made, fingerprints=frozenset({"v1:another"}))
    gate = whole_gate(stranger, one, other, where=FILE)
    assert (gate.name, gate.passed) == (f"tests: {FILE}", passed)
    assert words in gate.detail
