"""Scenario files: what they make, what they refuse, and that more can be added later."""

from datetime import UTC, datetime

import pytest

from ftc.core.errors import UsageError
from ftc.simulator.simulator import Simulator

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SHOP = "repositories:\n  acme/shop:\n"


def shop(text, **kwargs):
    """The one repository of a scenario."""
    return Simulator.load(f"now: 2026-11-20T12:00:00Z\n{SHOP}{text}\n", **kwargs).world.repository("acme/shop")


def only(runs):
    (run,) = runs.values()
    return run


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("repositories: [a]", "scenario.repositories: must be a mapping"),
        ("repository: {}", "unknown key 'repository'; known: now, users"),
        ("a: [", "not YAML"),
        ("- a", "must be a mapping"),
        ("repositories: {shop: {}}", "named owner/name"),
        (f"{SHOP}    colour: red", "acme/shop: unknown key 'colour'"),
        (f"{SHOP}    roles: {{bob: owner}}", "roles.bob: must be one of none, read"),
        (f"{SHOP}    runs: [{{jobs: {{unit: broken}}}}]", r"runs\[0\].jobs.unit.conclusion: must be one of"),
        (
            f"{SHOP}    runs: [{{jobs: {{unit: {{failure: no.log}}}}}}]",
            r"runs\[0\].jobs.unit.log: no such file: no.log",
        ),
        (f"{SHOP}    runs: [{{at: soon}}]", r"runs\[0\].at: must be an ISO 8601 time or a distance"),
        (f"{SHOP}    runs: [{{sha: nowhere}}]", r"runs\[0\].sha: no commit, branch or 'as' name 'nowhere'"),
        (f"{SHOP}    runs: [{{pull: 7}}]", r"runs\[0\].pull: no pull request 7"),
        (f"{SHOP}    runs: [{{times: many}}]", "times: must be a whole number"),
        (f"{SHOP}    runs: [3]", r"runs\[0\]: must be a mapping"),
        (f"{SHOP}    issues: [{{body: x}}]", r"issues\[0\]: needs a title"),
        (f"{SHOP}    issues: [{{title: a, number: 1}}, {{title: b, number: 1}}]", "number 1 is taken"),
        (f"{SHOP}    issues: [{{title: a, state: shut}}]", "state: must be open or closed"),
        (f"{SHOP}    pull_requests: [{{title: a, head: nowhere}}]", "no branch 'nowhere'"),
        (f"{SHOP}    files: nowhere", "files: no such file: nowhere"),
        (f"{SHOP}    runs: [{{attempts: [[[]]]}}]", r"attempts\[0\]: must be a mapping"),
        (f"{SHOP}    files: {{a: {{}}}}", "files.a: not a file: no name"),
        (f"{SHOP}    runs: [{{jobs: {{unit: {{failure: .}}}}}}]", "unit.log: not a file"),
        ("faults: [{path: []}]", r"fault: path cannot be \[\]"),
        ("faults: [{delay: long}]", "fault: delay cannot be 'long'"),
        ("tokens: {t: {permissions: {issues: all}}}", "permissions.issues: must be none, read or write"),
        ("tokens: {t: {permissions: {isues: read}}}", "permissions.isues: unknown permission"),
        ("tokens: {t: {permissions: {issues: read}}}", "must name its repository"),
        ("tokens: {t: {}}", "needs a login"),
        ("limits: {primary: -1}", "limits.primary must be a whole number"),
        ("limits: {speed: 1}", "limits: unknown key 'speed'"),
        ("faults: [{when: 1}]", "fault: unknown key 'when'"),
    ],
)
def test_bad_scenarios_name_place_and_cause(text, cause):
    with pytest.raises(UsageError, match=cause):
        Simulator.load(f"{text}\n")


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot read"):
        Simulator.load(tmp_path / "none.yaml")


def test_paths_are_relative_to_the_file(tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/unit.log").write_text("FAIL\n")
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/a.xml").write_text("<a/>")
    (tmp_path / "src").mkdir()
    (tmp_path / "src/go.mod").write_text("module x\n")
    text = "runs: [{jobs: {unit: {failure: logs/unit.log}}, artifacts: {junit: reports}}]"
    (tmp_path / "world.yaml").write_text(f"{SHOP}    files: src\n    {text}\n")
    repository = Simulator.load(tmp_path / "world.yaml").world.repository("acme/shop")
    (artifact,) = repository.artifacts.values()
    assert only(repository.runs).latest.jobs[0].log.read() == b"FAIL\n"
    assert (list(artifact.files), artifact.files["a.xml"].read()) == (["a.xml"], b"<a/>")
    assert repository.git.read("main", "go.mod") == b"module x\n"


def test_twenty_runs_in_one_line():
    runs = shop(
        "    run_defaults: {took: 1m}\n    runs: [{at: -1d, times: 20, every: 30m, jobs: {unit: success}}]"
    ).runs
    created = [run.created_at for run in runs.values()]
    assert (len(runs), (created[-1] - created[0]).total_seconds()) == (20, 19 * 1800)
    assert [run.number for run in runs.values()] == list(range(1, 21))


def test_a_run_can_make_the_commit_it_tests():
    repository = shop("    runs: [{at: -2h, commit: One}, {at: -1h, commit: Two, files: {a: b}}, {at: -30m}]")
    shas = [run.head_sha for run in repository.runs.values()]
    assert [repository.git.commit(sha).message for sha in shas] == ["One", "Two", "Two"]
    assert shas[1] == shas[2] == repository.git.resolve("main")


@pytest.mark.parametrize(
    ("jobs", "conclusion"),
    [
        ("{a: success, b: failure}", "failure"),
        ("{a: success, b: timed_out}", "failure"),
        ("{a: success, b: cancelled}", "cancelled"),
        ("{a: skipped}", "skipped"),
        ("{a: success, b: skipped}", "success"),
        ("{a: in_progress, b: success}", None),
    ],
)
def test_a_run_concludes_what_its_jobs_say(jobs, conclusion):
    attempt = only(shop(f"    runs: [{{jobs: {jobs}}}]").runs).latest
    assert (attempt.conclusion, attempt.status) == (conclusion, "completed" if conclusion else "in_progress")


def test_runs_of_a_fork_know_no_pull_request():
    world = Simulator.load("""
repositories:
  acme/shop:
    pull_requests: [{title: Theirs, head: patch, from: bob/shop, author: bob, files: {a.txt: "x"}}]
    runs: [{pull: 1, jobs: {unit: success}}]
  bob/shop: {fork_of: acme/shop}
""").world
    run = only(world.repository("acme/shop").runs)
    assert (run.event, run.head_repository, run.pull_numbers) == ("pull_request", "bob/shop", ())


def test_the_same_scenario_makes_the_same_commits():
    text = "    commits: [{message: A, files: {a: b}}]\n    pull_requests: [{title: P, head: p, files: {c: d}}]"
    first, second = shop(text), shop(text)
    assert first.git.references() == second.git.references() != {}


def test_a_merged_pull_request_is_in_the_history_and_closes_what_it_fixes():
    repository = shop(
        "    issues: [{title: A, number: 5}]\n"
        '    pull_requests: [{title: P, head: p, files: {c: d}, merged: true, body: "Fixes #5"}]'
    )
    pull = repository.issues[1].pull
    assert pull.merge_commit_sha == repository.git.resolve("main")
    assert (repository.issues[1].state, pull.merged_by) == ("closed", "acme")


def test_the_clock_stands_still_and_can_be_given():
    simulator = Simulator.load(f"{SHOP}    {{}}\n", now=NOON)
    assert simulator.world.now() == NOON
    simulator.world.clock.advance(90)
    assert (simulator.world.now() - NOON).total_seconds() == 90
    moving = Simulator.load("now: real\n").world
    assert abs((moving.now() - datetime.now(UTC)).total_seconds()) < 5


def test_more_can_be_added_later():
    simulator = Simulator.load(
        f"now: 2026-11-20T12:00:00Z\n{SHOP}    runs: [{{jobs: {{unit: success}}}}]\n    issues: [A]\n"
    )
    simulator.add(f"now: +1d\n{SHOP}    runs: [{{jobs: {{unit: failure}}}}]\n    issues: [B]\n")
    repository = simulator.world.repository("acme/shop")
    assert [run.latest.conclusion for run in repository.runs.values()] == ["success", "failure"]
    assert [issue.title for issue in repository.issues.values()] == ["A", "B"]
    assert simulator.world.now().day == 21
    assert len(repository.git.history("main")) == 1


def test_labels_in_events_count():
    events = "[{event: labeled, label: ok, actor: bob, at: -1h}, {event: unlabeled, label: x}]"
    issue = shop(f"    issues: [{{title: A, labels: [x], events: {events}}}]").issues[1]
    assert issue.labels == ["ok"]
    assert [(event.event, event.actor) for event in issue.events] == [
        ("labeled", "acme"),
        ("labeled", "bob"),
        ("unlabeled", "acme"),
    ]
