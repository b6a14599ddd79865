"""``ftc pr-answers`` against the simulator: one comment a pull request, silence where there is nothing to say."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from scans import PACE, Killed, copied, is_write, killing
from small import NOW, REPO, TOKEN, a_scan, a_world, flipped, go_log, issues, red

from ftc.core.config import Config
from ftc.core.errors import UsageError
from ftc.core.marks import purpose_of
from ftc.jobs.context import open_context
from ftc.jobs.pr_answers import pr_answers, run_of_event
from ftc.jobs.settings import Settings, Tokens

FORK = "mallory/shop"
OTHER = {"cart/cart.go": "package cart\n", "README.md": "Shop\n"}
WRITER = "job-that-writes"
TOUCHING = {"cart/x.go": "package cart\n"}
LATER = NOW + timedelta(hours=1)


def a_red_world(*logs, files=None, pulls=1, author="mallory", more=(), **job):
    """TestAdd is a known flake; then a pull request from a fork has a red run for each log."""
    world = a_world(flipped(30, go_log("TestAdd")), flipped(20, go_log("TestAdd")), files=OTHER)
    a_scan(world)
    world.world.tokens[WRITER] = replace(
        world.world.tokens[TOKEN],
        value=WRITER,
        permissions={"actions": "write", "contents": "read", "issues": "write", "pull_requests": "write"},
    )
    requests = [
        {
            "title": f"Change {number}",
            "author": author,
            "head": f"change-{number}",
            "from": FORK,
            "files": files or {f"docs/{number}.md": "words\n"},
        }
        for number in range(pulls)
    ]
    extra = {
        "users": {"dependabot[bot]": {"type": "Bot", "email": "dependabot@example.com"}},
        "repositories": {
            FORK: {"fork_of": REPO},
            REPO: {"pull_requests": requests},
        },
    }
    add(world, extra)
    numbers = sorted(issue.number for issue in world.world.repository(REPO).issues.values() if issue.pull)
    runs = [
        {"at": f"2026-11-20T11:0{at}:00Z", "pull": number, "workflow": workflow, "jobs": red(log, **job)}
        for number in numbers
        for at, (workflow, log) in enumerate(zip(("CI", "Nightly"), logs, strict=False))
    ]
    add(world, {"repositories": {REPO: {"runs": [*runs, *({**item, "pull": numbers[0]} for item in more)]}}})
    world.requests.clear()
    return world


def add(world, data):
    world.add(json.dumps(data, indent=1))


def answer(world, *, token=WRITER, hours=1, run_id="", **config):
    settings = Settings(config=Config(repo=REPO, pr_answers=True, **config), tokens=Tokens(read=token, issue=token))
    with world.activate():
        ctx = replace(open_context(settings, {}, now=NOW + timedelta(hours=hours), pace=PACE), say=lambda _: None)
        return pr_answers(ctx, run_id=run_id).lines


def pull_of(world):
    return next(issue for issue in world.world.repository(REPO).issues.values() if issue.pull)


def comments(world, thread=None):
    return [item.body for item in (thread or pull_of(world)).comments if purpose_of(item.body) == "pr-answer"]


def runs_of(world):
    head = pull_of(world).pull.head_sha
    return [item for item in world.world.repository(REPO).runs.values() if item.head_sha == head]


def rows(body):
    return [line.strip("| ").split(" | ") for line in body.splitlines() if line.startswith("| `")]


def test_a_known_flake_is_not_the_authors_fault():
    world = a_red_world(go_log("TestAdd"))
    [flake] = issues(world)
    answer(world)
    [body] = comments(world)
    [[test, job, said]] = rows(body)
    assert test == "`example.com/shop/cart TestAdd`"
    assert job.startswith("[test](https://github.com/acme/shop/actions/runs/")
    assert (
        said
        == f"a known flake, [{flake.number}](https://redirect.github.com/{REPO}/issues/{flake.number}); not your change"
    )
    assert "@" not in body


@pytest.mark.parametrize(
    ("log", "files", "said", "why"),
    [
        (go_log("TestAdd", "TestNew"), None, ["unknown", "not your change"], "one of each: the doubtful one first"),
        (
            go_log("TestNew"),
            TOUCHING,
            ["your change touches its package"],
            "the author's package",
        ),
        (
            go_log("TestAdd"),
            TOUCHING,
            ["but your change touches its package"],
            "known, and touched",
        ),
        (
            go_log("TestAdd", "TestNew", message="index out of range"),
            TOUCHING,
            ["it failed in another way before", "your change touches its package"],
            "a known test that fails in a new way is no excuse",
        ),
    ],
)
def test_what_is_said_of_each_test(log, files, said, why):
    world = a_red_world(log, files=files)
    answer(world)
    [body] = comments(world)
    assert [part in row[2] for row, part in zip(rows(body), said, strict=True)] == [True] * len(said), (why, body)


@pytest.mark.parametrize(
    "log",
    [go_log("TestNew"), go_log("TestAdd", message="index out of range"), "make: *** no such target\n"],
    ids=["an unknown test alone", "a known one that fails in another way", "no test at all"],
)
def test_where_nothing_can_be_told_apart_nothing_is_said(log):
    world = a_red_world(log)
    answer(world)
    assert comments(world) == []
    assert [entry for entry in world.requests if is_write(entry)] == []


def test_the_same_again_writes_nothing():
    world = a_red_world(go_log("TestAdd"))
    answer(world)
    world.requests.clear()
    answer(world, hours=2)
    assert [entry for entry in world.requests if is_write(entry)] == []


def test_it_collapses_to_one_line_when_green_and_opens_again_when_red():
    world = a_red_world(go_log("TestAdd"))
    answer(world)
    [number] = [item.number for item in [pull_of(world)]]
    green = {"at": "2026-11-20T12:30:00Z", "pull": number, "workflow": "CI", "jobs": {"test": "success"}}
    add(world, {"repositories": {REPO: {"runs": [green]}}})
    answer(world)
    [body] = comments(world)
    assert body.splitlines()[1:] == [f"The checks of `{pull_of(world).pull.head_sha[:7]}` passed."]
    again = {"at": "2026-11-20T12:40:00Z", "pull": number, "workflow": "CI", "jobs": red(go_log("TestAdd"))}
    add(world, {"repositories": {REPO: {"runs": [again]}}})
    answer(world)
    [body] = comments(world)
    assert "Is it my fault?" in body


def test_green_from_the_start_is_silence():
    world = a_red_world()
    [number] = [pull_of(world).number]
    green = {"at": "2026-11-20T11:30:00Z", "pull": number, "jobs": {"test": "success"}}
    add(world, {"repositories": {REPO: {"runs": [green]}}})
    answer(world)
    assert comments(world) == []


def test_one_event_looks_at_one_pull_request():
    world = a_red_world(go_log("TestAdd"), pulls=2)
    first, second = [issue for issue in world.world.repository(REPO).issues.values() if issue.pull]
    [wanted] = [item for item in world.world.repository(REPO).runs.values() if item.head_sha == second.pull.head_sha]
    answer(world, run_id=str(wanted.id))
    assert (len(comments(world, first)), len(comments(world, second))) == (0, 1)
    answer(world)
    assert (len(comments(world, first)), len(comments(world, second))) == (1, 1)


def test_a_bots_pull_request_is_answered_and_nobody_mentioned():
    world = a_red_world(go_log("TestAdd"), author="dependabot[bot]")
    answer(world)
    [body] = comments(world)
    assert "@" not in body


def test_a_hostile_name_stays_a_name():
    name = "TestOther/`</td>|@ann_#1_/ai-fix_<!--"
    world = a_red_world(go_log("TestAdd", name))
    answer(world)
    [body] = comments(world)
    assert purpose_of(body) == "pr-answer"
    assert len(rows(body)) == 2


def test_another_failing_workflow_keeps_it_from_being_green():
    world = a_red_world(go_log("TestAdd"), go_log("TestNew"))
    answer(world, workflows=("Nightly",))
    assert comments(world) == [], "the red run of CI is not read, and it is no green one either"


def test_a_repository_that_is_only_read_is_left_alone():
    world = a_red_world(go_log("TestAdd"))
    add(world, {"repositories": {"acme/watch": {}}})
    world.world.tokens[WRITER] = replace(world.world.tokens[WRITER], permissions=None, login="bea")
    with pytest.raises(UsageError, match="only read"):
        answer(world, write_repo="acme/watch")


def attempts(world):
    return {item.id: len(item.attempts) for item in runs_of(world)}


def test_the_one_failed_job_runs_again_once():
    world = a_red_world(go_log("TestAdd"))
    lines = answer(world, pr_rerun=True)
    assert lines[-1] == "run job test again"
    assert list(attempts(world).values()) == [2]
    assert "runs again, once" in comments(world)[0]
    world.requests.clear()
    answer(world, pr_rerun=True)
    [found] = runs_of(world)
    found.latest.status, found.latest.conclusion = "completed", "failure"
    for job in found.latest.jobs:
        job.status, job.conclusion, job.log = "completed", "failure", found.attempts[0].jobs[-1].log
    answer(world, pr_rerun=True)
    assert list(attempts(world).values()) == [2], "never twice"
    assert "This is after a second run." in comments(world)[0]


@pytest.mark.parametrize(
    ("logs", "over", "why"),
    [
        ([go_log("TestAdd")], {}, "it is not asked for"),
        ([go_log("TestAdd", "TestNew")], {"pr_rerun": True}, "another test failed, too"),
        ([go_log("TestAdd"), go_log("TestAdd")], {"pr_rerun": True}, "two jobs failed"),
        ([go_log("TestAdd", message="index out of range")], {"pr_rerun": True}, "a new way to fail"),
        ([go_log("TestAdd")], {"pr_rerun": True, "dry_run": True}, "a dry run"),
    ],
)
def test_when_nothing_runs_again(logs, over, why):
    world = a_red_world(*logs)
    answer(world, **over)
    assert set(attempts(world).values()) == {1}, why


def test_what_touches_the_package_is_not_run_again():
    world = a_red_world(go_log("TestAdd"), files=TOUCHING)
    answer(world, pr_rerun=True)
    assert set(attempts(world).values()) == {1}


def test_the_grants_of_the_workflow_are_enough():
    world = a_red_world(go_log("TestAdd"))
    example = (Path(__file__).parents[2] / ".github/workflows/pr-answers.yml").read_text()
    granted = yaml.safe_load(example)["jobs"]["answer"]["permissions"]
    assert granted == {"actions": "read", "contents": "read", "issues": "read", "pull-requests": "write"}
    least = {name.replace("-", "_"): level for name, level in granted.items()}
    world.world.tokens[WRITER] = replace(world.world.tokens[WRITER], permissions=least)
    answer(world)
    assert len(comments(world)) == 1


def test_a_reopened_pull_request_gets_no_second_chance():
    world = a_red_world(go_log("TestAdd"))
    answer(world, pr_rerun=True)
    [found] = runs_of(world)
    found.latest.status, found.latest.conclusion = "completed", "success"
    anew = {
        "at": "2026-11-20T12:30:00Z",
        "pull": pull_of(world).number,
        "workflow": "CI",
        "jobs": red(go_log("TestAdd")),
    }
    add(world, {"repositories": {REPO: {"runs": [anew]}}})
    answer(world, pr_rerun=True)
    assert sorted(attempts(world).values()) == [1, 2]


def test_without_the_permission_the_answer_stands():
    world = a_red_world(go_log("TestAdd"))
    world.world.tokens[WRITER] = replace(
        world.world.tokens[WRITER], permissions={"actions": "read", "issues": "write", "pull_requests": "write"}
    )
    lines = answer(world, pr_rerun=True)
    assert lines[-1].startswith("could not run job test again")
    assert len(comments(world)) == 1


@pytest.mark.parametrize("rerun", [False, True])
def test_killed_at_any_request_it_ends_the_same(rerun):
    world = a_red_world(go_log("TestAdd"))
    calm = copied(world)
    answer(calm, pr_rerun=rerun)
    wanted = (comments(calm), attempts(calm))
    assert sum(map(is_write, calm.requests)) == 1 + rerun
    for entry in calm.requests:
        for before in (True, False) if is_write(entry) else (True,):
            victim = copied(world)
            hook = killing(entry.number, before=before)
            victim.on_request, victim.after_request = (hook, None) if before else (None, hook)
            with pytest.raises(Killed):
                answer(victim, pr_rerun=rerun)
            victim.on_request = victim.after_request = None
            answer(victim, pr_rerun=rerun)
            assert (comments(victim), attempts(victim)) == wanted, f"{before} {entry.method} {entry.path}"


def test_the_event_names_the_run(tmp_path):
    path = tmp_path / "event.json"
    path.write_text(json.dumps({"workflow_run": {"id": 77, "pull_requests": []}}))
    environ = {"GITHUB_EVENT_NAME": "workflow_run", "GITHUB_EVENT_PATH": str(path)}
    assert run_of_event(environ) == "77"
    assert run_of_event({"GITHUB_EVENT_NAME": "schedule", "GITHUB_EVENT_PATH": str(path)}) == ""
    path.write_text(json.dumps({"workflow_run": {"id": "77/../1"}}))
    with pytest.raises(UsageError, match="--run-id"):
        run_of_event(environ)
