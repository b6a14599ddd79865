"""The demo's recorded history: it loads, and every log says what its run is meant to show."""

import re
from pathlib import Path

import pytest

from examples.demo.expected import LOGS
from ftc.core.sanitize import Sanitizer
from ftc.ingest.extract import extract_stream
from ftc.simulator.git_objects import is_ancestor
from ftc.simulator.simulator import Simulator

HISTORY = Path(__file__).parent.parent.parent / "examples" / "demo" / "history"
MAX_BYTES = 1_000_000
"""The whole history is read by every clone of this repository."""


@pytest.fixture(scope="module")
def repository():
    simulator = Simulator.load(HISTORY / "first.yaml", HISTORY / "newer.yaml", HISTORY / "later.yaml")
    return simulator.world.repository("demo-org/ledger")


def extraction(name, suffix="log"):
    path = HISTORY / "logs" / f"{name}.{suffix}"
    return extract_stream([path.read_bytes()], path=path.name, sanitizer=Sanitizer())


def ids(failures):
    return {(failure.test.suite, failure.test.name) for failure in failures}


def recorded_jobs(repository):
    """(name of the log, run, job) of every job whose log is a file."""
    for run in repository.runs.values():
        for attempt in run.attempts:
            for job in attempt.jobs:
                if job.log is not None and job.log.file is not None:
                    yield job.log.file.stem, run, job


def test_first_load_has_about_forty_runs_and_the_second_adds_ten():
    simulator = Simulator.load(HISTORY / "first.yaml")
    runs = simulator.world.repository("demo-org/ledger").runs
    assert len(runs) == 39
    simulator.add(HISTORY / "newer.yaml")
    assert len(runs) == 49


def test_every_log_is_used_once_and_expected(repository):
    used = [(name, job.name) for name, _, job in recorded_jobs(repository)]
    assert sorted(used) == sorted((name, expected.job) for name, expected in LOGS.items())
    assert {path.stem for path in (HISTORY / "logs").iterdir()} == set(LOGS)


@pytest.mark.parametrize("name", LOGS)
def test_log_shows_what_is_expected(name):
    expected, found = LOGS[name], extraction(name)
    assert found.outcome == expected.outcome
    assert ids(each for each in found.failures if not each.flaky_in_run) == set(expected.failing)
    assert ids(each for each in found.failures if each.flaky_in_run) == set(expected.retried)
    excluded = {(each.suite, each.name): each.reason for each in found.excluded}
    assert set(expected.cascade) <= set(excluded)
    assert found.problems == ()


@pytest.mark.parametrize("name", [path.stem for path in sorted((HISTORY / "logs").glob("*.xml"))])
def test_report_names_the_tests_and_signatures_of_its_log(name):
    log, report = extraction(name), extraction(name, "xml")
    assert {(each.test, each.fingerprint) for each in report.failures} == {
        (each.test, each.fingerprint) for each in log.failures
    }


def test_same_flake_has_one_signature_in_all_its_logs():
    """Hard for a date in the assertion, ports, the order of a set, and the length of a list."""
    prints = {}
    for name in LOGS:
        if len(LOGS[name].failing) > 1:
            continue  # the pull request that breaks three tests at once
        for failure in extraction(name).failures:
            prints.setdefault(failure.test, set()).add(failure.fingerprint)
    # Which five of six categories it prints is another choice each time: no signature of it returns, and a fix run goes
    # by the name of the test (`core.gating.signatures_of`).
    assert [test.name for test, found in prints.items() if len(found) > 1] == ["test_rent_is_always_shown"]


def test_locations_are_files_of_the_tree_that_was_tested(repository):
    """pytest prints paths from its own root, which is `python/` here and not the repository's."""
    for name, run, _ in recorded_jobs(repository):
        for failure in extraction(name).failures:
            assert failure.locations, f"{name}: {failure.test} has no location"
            path = failure.locations[0].path
            paths = [path, f"python/{path}"] if failure.framework == "pytest" else [path]
            found = [each for each in paths if repository.git.entry(run.head_sha, each)]
            assert found, f"{name}: no {path} at {run.head_sha}"


def test_checkout_lines_name_the_commits_of_the_scenario(repository):
    """A change to a file of the history changes its commits; then the logs must be recorded again."""
    for name, run, _ in recorded_jobs(repository):
        found = extraction(name)
        head, _, base = found.tested_tree.partition("+")
        assert head == run.head_sha, name
        assert found.pull_request == (run.pull_numbers[0] if run.pull_numbers else None)
        assert not base or is_ancestor(repository.git.path, base, "main")


def test_times_of_a_log_lie_within_its_job(repository):
    for name, run, job in recorded_jobs(repository):
        first = (HISTORY / "logs" / f"{name}.log").read_text(encoding="utf-8")[:19]
        assert f"{job.started_at:%Y-%m-%dT%H:%M}" <= first <= f"{job.completed_at:%Y-%m-%dT%H:%M:%S}", run.title


def test_history_is_small_and_says_nothing_of_the_machine_that_recorded_it():
    paths = [path for path in HISTORY.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in paths) < MAX_BYTES
    checkout = re.escape(str(HISTORY.parents[2]))
    ours = re.compile(rf"{checkout}/|/root\b|/tmp/|/var/tmp|\.venv|hostname=\"(?!runner\")")
    assert [path.name for path in paths if ours.search(path.read_text(encoding="utf-8"))] == []
