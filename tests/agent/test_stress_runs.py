"""Stress runs: verdicts of single runs, rates, interleaving, limits, and going on after a kill.

Single runs are pytest's own; where hundreds are needed, the runner is one of twenty lines that starts faster.
"""

import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ftc.agent.stress import Limits, best
from ftc.agent.stress_journal import Journal
from ftc.agent.stress_run import Ended, Tree, run_once
from ftc.clients.load import load
from ftc.clients.shell import run as shell_run
from ftc.core.fix import Amplifier
from ftc.core.stress import Verdict, judge
from tests.stressing import bench, copied, stress, test_id, verified

pytestmark = pytest.mark.slow

A = Amplifier
FILE = "tests/test_ledger.py"
THIRD = "TestLedger::test_every_third[a b]"
PLENTY = Limits(runs=200, seconds=600)


@pytest.fixture
def project(tmp_path):
    root = copied("stress-pytest", tmp_path / "before")
    return Tree(side="before", root=root)


def made_for(project, name, tmp_path, **values):
    values = {"fingerprints": ["v1:another"], **values}
    return bench(project.root, test_id("python", FILE, name), test_file=FILE, scratch=tmp_path / "scratch", **values)


def known(made, tree, amplifier=A.PLAIN, tries=6):
    """The bench that knows the signatures of the test's failures, as an issue does."""
    stranger = replace(made, fingerprints=frozenset({"v1:another"}))
    seen = frozenset().union(*(run_once(stranger, tree, amplifier, seed=seed).others for seed in range(1, tries + 1)))
    assert seen
    return replace(made, fingerprints=seen)


def test_one_in_three_and_only_the_target(project, tmp_path):
    made = known(made_for(project, THIRD, tmp_path), project)
    runs = [run_once(made, project, A.PLAIN, seed=1) for _ in range(6)]
    assert [run.ended for run in runs] == [Ended.PASSED, Ended.PASSED, Ended.TARGET] * 2
    assert {run.executed for run in runs} == {frozenset({THIRD})}
    assert "the balance is wrong" in runs[2].excerpt
    # Its twin fails alike, with the same signature, and yet it is not the test that is to be fixed.
    twin = replace(made, names=frozenset({"TestLedger::test_every_third[x::y[0]]"}))
    assert [run_once(twin, project, A.PLAIN, seed=1).ended for _ in range(3)][2] is Ended.OTHER


@pytest.mark.parametrize(
    ("name", "ended", "others", "words"),
    [
        ("test_fine", Ended.PASSED, 0, ""),
        ("test_skipped", Ended.BROKEN, 0, "did not run, or was skipped"),  # to skip is not to pass
        ("test_gone", Ended.BROKEN, 0, "not found"),
        ("test_dies", Ended.BROKEN, 0, "the run left no report"),  # nobody knows what was executed
        ("test_hangs", Ended.OTHER, 1, ""),
    ],
)
def test_what_one_run_says(name, ended, others, words, project, tmp_path):
    for count in ("hangs", "dies"):
        (project.root / f"tests/{count}.count").write_text("1")
    made = replace(made_for(project, name, tmp_path, seconds=4 if name == "test_hangs" else 60), grace=1)
    one = run_once(made, project, A.PLAIN, seed=1)
    assert (one.ended, len(one.others)) == (ended, others), one
    assert words in one.problem


def test_a_time_out_can_be_the_target(project, tmp_path):
    (project.root / "tests/hangs.count").write_text("1")
    made = known(replace(made_for(project, "test_hangs", tmp_path, seconds=4), grace=1), project, tries=1)
    (project.root / "tests/hangs.count").write_text("1")
    assert run_once(made, project, A.PLAIN, seed=1).ended is Ended.TARGET


def rates(made, project, *amplifiers):
    """Share of six runs that failed, by amplifier."""
    found = {}
    for amplifier in amplifiers:
        runs = [run_once(made, project, amplifier, seed=seed) for seed in range(1, 7)]
        found[amplifier] = sum(run.ended is Ended.TARGET for run in runs) / 6
    return found


def test_the_same_seeds_tell_the_same_story(project, tmp_path):
    """Python's own hash seed is random without us."""
    made = known(made_for(project, "test_order", tmp_path), project, A.HASH_SEED)
    first = rates(made, project, A.HASH_SEED)
    assert rates(made, project, A.HASH_SEED) == first
    assert 0 < first[A.HASH_SEED] < 1


def test_one_processor_is_one(project, tmp_path):
    if (os.cpu_count() or 1) < 2:
        pytest.skip("needs two processors")
    made = known(made_for(project, "test_one_cpu", tmp_path), project, A.ONE_CPU, tries=1)
    assert rates(made, project, A.PLAIN, A.ONE_CPU) == {A.PLAIN: 0, A.ONE_CPU: 1}


def test_shuffled_tests_of_a_file_take_another_order_for_each_seed(project, tmp_path):
    """One test needs what another leaves behind: in the order of the file it passes, in others it does not."""
    file = "tests/test_opening.py"
    made = bench(
        project.root, test_id("python", file, "test_needs_open"), test_file=file, scratch=tmp_path / "scratch",
        fingerprints=(),
    )  # fmt: skip
    assert run_once(made, project, A.NEIGHBOURS, seed=1).ended is Ended.PASSED
    shuffled = [run_once(made, project, A.SHUFFLE, seed=seed) for seed in range(1, 7)]
    ended = [run.ended for run in shuffled]
    assert set(ended) == {Ended.PASSED, Ended.TARGET}
    assert {run.executed for run in shuffled} == {frozenset({"test_opens", "test_needs_open", "TestShelf::test_fine"})}
    again = [run_once(made, project, A.SHUFFLE, seed=seed).ended for seed in (1, 2, 3)]
    assert again == ended[:3], "a seed tells the same story again"


MINI, TESTS = "test_every_third", "mini_tests.py"


def mini(project, tmp_path, name=MINI):
    """The same bench with the runner in miniature, once for the test alone and once for all."""
    command = "python -I -S mini.py {report} {name} {extra}"
    test = test_id("python", TESTS, name)
    made = bench(project.root, test, test_file=TESTS, scratch=tmp_path / "scratch", command=command)
    whole = tuple("all" if word == "{name}" else word for word in made.recipe.run[:-1])
    return replace(made, recipe=replace(made.recipe, run=made.recipe.run[:-1], run_whole=whole))


def test_trial_finds_the_rate_and_stops_early(project, tmp_path):
    made = known(mini(project, tmp_path), project)
    trials = stress(made, tmp_path).trial(project, PLENTY, amplifiers=(A.PLAIN,))
    assert (trials[0].target, trials[0].runs) == (5, 15), "five failures are enough"
    assert trials[0].executed == (MINI,)
    assert "python -I -S mini.py" in trials[0].command
    assert str(tmp_path) not in trials[0].command
    assert best(trials) == trials[0]


def test_trial_stops_at_once_where_nothing_can_be_more_frequent(project, tmp_path):
    file = project.root / TESTS
    file.write_text(file.read_text().replace('count("mini.count") % 3', "False"))
    made = known(mini(project, tmp_path), project)
    trials = stress(made, tmp_path).trial(project, PLENTY)
    assert [(trial.amplifier, trial.target, trial.runs) for trial in trials] == [(A.PLAIN, 5, 5)]


def test_trial_keeps_to_its_quota_and_names_what_cannot_be_tried(project, tmp_path):
    def no_taskset(argv, **values):
        return shell_run(["no-such-program" if argv[0] == "taskset" else argv[0], *argv[1:]], **values)

    made = replace(mini(project, tmp_path, name="test_fine"), run=no_taskset)
    trials = stress(made, tmp_path).trial(project, Limits(runs=12, seconds=600), amplifiers=(A.ONE_CPU, A.PLAIN))
    assert [trial.runs for trial in trials] == [0, 12]
    assert "no-such-program could not be started" in trials[0].problem
    assert best(trials) is None


def mended(project, tmp_path, *, change=("% 3", "% 3 or True")):
    after = copied("stress-pytest", tmp_path / "after")
    text = (after / TESTS).read_text()
    assert change[0] in text
    (after / TESTS).write_text(text.replace(*change))
    return after


def test_before_and_after_take_turns(project, tmp_path):
    order = []

    def noted(argv, *, cwd, **values):
        order.append(cwd.name)
        return shell_run(argv, cwd=cwd, **values)

    made = replace(known(mini(project, tmp_path), project), run=noted)
    found = stress(made, tmp_path, leg="linux").compare(
        project.root, mended(project, tmp_path), PLENTY, amplifiers=(A.PLAIN,), attempt=1
    )
    turn = ["before", "after", "after", "before"]
    assert order == (turn * 8)[:30], "run by run, and who begins changes each time"
    (stratum,) = found.strata
    assert (stratum.leg, stratum.amplifier) == ("linux", "plain")
    verified(found, runs=15, failed=5)


def test_a_bad_minute_falls_on_both_sides(project, tmp_path):
    """Each fifth batch of runs fails as a whole, whichever side it belongs to; the change changes nothing."""
    after, runs = mended(project, tmp_path, change=("the balance is wrong", "the balance is wrong")), []

    def in_spells(argv, *, cwd, **values):
        runs.append(cwd)
        (cwd / "mini.count").write_text("2" if len(runs) % 25 in range(1, 6) else "0")
        return shell_run(argv, cwd=cwd, **values)

    made = replace(known(mini(project, tmp_path), project), run=in_spells)
    found = stress(made, tmp_path).compare(project.root, after, PLENTY, amplifiers=(A.PLAIN,), attempt=1)
    (stratum,) = found.strata
    assert (stratum.before.target, stratum.after.target) == (3, 2)
    assert judge(found.strata, attempt=1).verdict is Verdict.DID_NOT_HOLD


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (("the balance is wrong", "the balance is wrong"), Verdict.DID_NOT_HOLD),
        (("the balance is wrong", "out of memory"), Verdict.NEW_SIGNATURE),
    ],
    ids=["nothing changed", "another message"],
)
def test_what_does_not_hold(change, verdict, project, tmp_path):
    made = known(mini(project, tmp_path), project)
    after = mended(project, tmp_path, change=change)
    found = stress(made, tmp_path).compare(project.root, after, PLENTY, amplifiers=(A.PLAIN,), attempt=1)
    assert judge(found.strata, attempt=1).verdict is verdict
    assert found.strata[0].after.runs == 5, "one pair is enough"


@pytest.mark.parametrize(
    ("change", "missing", "added"),
    [
        (("def test_fine", "def tested_fine"), ("test_fine",), ()),
        (('return "skip"', "pass"), (), ("test_skipped",)),
        (('assert count("mini.count") % 3, ', "return "), (), ()),
        (('assert count("mini.count") % 3, "the balance is wrong"', 'return "skip"'), (MINI,), ()),
    ],
    ids=["a test is gone", "one more", "the same", "the test is skipped"],
)
def test_the_same_tests_must_run(change, missing, added, project, tmp_path):
    made = known(mini(project, tmp_path), project)
    after = mended(project, tmp_path, change=change)
    found = stress(made, tmp_path).compare(
        project.root, after, Limits(runs=5, seconds=600), amplifiers=(A.NEIGHBOURS,), attempt=1
    )
    assert (found.missing, found.added) == (missing, added)
    assert found.executed_same is not bool(missing or added)


class Killed(BaseException):
    """The runner was taken away."""


@pytest.mark.parametrize("runs_before_death", [0, 3, 7, 12])
def test_a_killed_comparison_goes_on_where_it_stopped(runs_before_death, project, tmp_path):
    made = known(mini(project, tmp_path), project)
    after, calls = mended(project, tmp_path), []

    def dying(argv, **values):
        if len(calls) == runs_before_death:
            raise Killed
        calls.append(values["cwd"].name)
        return shell_run(argv, **values)

    with pytest.raises(Killed):
        stress(replace(made, run=dying), tmp_path).compare(
            project.root, after, PLENTY, amplifiers=(A.PLAIN,), attempt=1
        )
    journal = tmp_path / "journal.jsonl"
    with journal.open("a") as file:
        file.write('{"side":"before","amplif')  # a write that was cut off
    finished = len([line for line in journal.read_text().splitlines() if '"runs"' in line])
    assert finished == 2 * (runs_before_death // 10), "what was whole is there"
    again = []

    def counting(argv, **values):
        again.append(values["cwd"].name)
        return shell_run(argv, **values)

    found = stress(replace(made, run=counting), tmp_path).compare(
        project.root, after, PLENTY, amplifiers=(A.PLAIN,), attempt=1
    )
    (stratum,) = found.strata
    assert stratum.before.runs == stratum.after.runs
    assert len(again) == 2 * stratum.before.runs - 5 * finished
    assert judge(found.strata, attempt=1).verdict is Verdict.VERIFIED
    assert all(json.loads(line) for line in journal.read_text().splitlines())


def test_a_journal_of_something_else_counts_for_nothing(project, tmp_path):
    made = known(mini(project, tmp_path), project)
    stress(made, tmp_path, trees=("a" * 40,)).trial(project, PLENTY, amplifiers=(A.PLAIN,))
    journal = tmp_path / "journal.jsonl"
    assert Journal(journal, owner=json.loads(journal.read_text().splitlines()[0])["owner"]).batches
    stress(made, tmp_path, trees=("b" * 40,))
    assert len(journal.read_text().splitlines()) == 1


def test_a_report_that_is_a_link_is_not_read(project, tmp_path):
    """A test may put a link to any file of the machine where its report belongs."""
    secret = tmp_path / "secret.xml"
    secret.write_text(
        '<testsuites><testsuite name="pytest"><testcase name="test_fine" classname="x"/></testsuite></testsuites>'
    )
    made = made_for(project, "test_fine", tmp_path)

    def linking(argv, **values):
        result = shell_run(["true"], **values)
        Path(made.place("before", A.PLAIN).report).symlink_to(secret)
        return result

    one = run_once(replace(made, run=linking), project, A.PLAIN, seed=1)
    assert one.ended is Ended.BROKEN
    assert not one.executed


def test_what_a_test_leaves_in_the_place_of_the_report_is_removed(project, tmp_path):
    made = mini(project, tmp_path, name="test_fine")
    report = Path(made.place("before", A.PLAIN).report)
    (report / "inside").mkdir(parents=True)
    assert run_once(made, project, A.PLAIN, seed=1).ended is Ended.PASSED

    def folder(argv, **values):
        report.mkdir()
        return shell_run(["true"], **values)

    assert run_once(replace(made, run=folder), project, A.PLAIN, seed=1).ended is Ended.BROKEN


def test_without_a_known_signature_every_failure_of_the_test_counts(project, tmp_path):
    (project.root / "mini.count").write_text("2")
    made = replace(mini(project, tmp_path), fingerprints=frozenset())
    assert run_once(made, project, A.PLAIN, seed=1).ended is Ended.TARGET


def test_a_run_under_load_has_busy_processes_beside_it(project, tmp_path):
    seen = {}

    def looking(argv, *, env, **values):
        wanted = int(env["WANTED"])
        end = time.monotonic() + 20  # a process shows its command line a moment after it was started
        while len(busy()) < wanted and time.monotonic() < end:
            time.sleep(0.02)
        seen[wanted] = len(busy())
        return shell_run(argv, env=env, **values)

    made = mini(project, tmp_path, name="test_fine")
    for amplifier, wanted in ((A.PLAIN, 0), (A.LOAD, made.busy)):
        told = replace(made, run=looking, env={**made.env, "WANTED": f"{wanted}"})
        assert run_once(told, project, amplifier, seed=1).ended is Ended.PASSED
    assert seen == {0: 0, made.busy: made.busy}
    assert busy() == []


def busy():
    """Processes of ours that make load and have had processor time."""
    everybody = [place.name for place in Path("/proc").glob("[0-9]*")]
    loading = [_stat(pid) for pid in everybody if "while os.getppid()" in _proc(pid, "cmdline")]
    return [stat for stat in loading if stat[1:2] == [str(os.getpid())] and sum(map(int, stat[11:13]))]


def _stat(pid):
    """From its state on: the parent is 1, processor time of its own and of its system calls 11 and 12."""
    return _proc(pid, "stat").rpartition(")")[2].split()


def _proc(pid, name):
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except OSError:  # it has ended meanwhile
        return ""


def test_load_ends_with_its_block():
    with load(2) as busy:
        assert all(Path(f"/proc/{pid}").exists() for pid in busy)
    assert len(busy) == 2
    assert not any(Path(f"/proc/{pid}").exists() for pid in busy)
