"""Reading one repository and writing another: the read one is never touched and never mentioned."""

import json
import re
from dataclasses import replace

import pytest
from scans import PACE, is_write, writes
from small import NOW, flake_of, flipped, go_log, issues, run, scenario

from ftc.core.config import Config
from ftc.jobs.context import open_context
from ftc.jobs.scan import scan
from ftc.jobs.settings import Settings, Tokens
from ftc.simulator.simulator import Simulator

UPSTREAM, OWN = "upstream/shop", "fork/shop"
READ, WRITE = "reads-upstream", "writes-fork"


@pytest.fixture
def world():
    runs = [flipped(30, go_log("TestAdd")), flipped(20, go_log("TestAdd")), run(2, jobs={"test": "success"})]
    data = json.loads(scenario(runs, repo=UPSTREAM))
    data["repositories"][UPSTREAM]["default_branch"] = "trunk"
    data["repositories"][UPSTREAM]["run_defaults"] = {"branch": "trunk"}
    data["repositories"][OWN] = {"fork_of": UPSTREAM}
    data["tokens"] = {
        READ: {"permissions": {"actions": "read", "pull-requests": "read"}, "repository": UPSTREAM},
        WRITE: {"permissions": {"issues": "write"}, "repository": OWN},
    }
    return Simulator.load(json.dumps(data, indent=1))


def split_scan(world, **over):
    config = Config(repo=UPSTREAM, write_repo=OWN, **over)
    settings = Settings(config=config, tokens=Tokens(read=READ, issue=WRITE))
    with world.activate():
        return scan(replace(open_context(settings, {}, now=NOW, pace=PACE), say=lambda _: None))


def test_everything_is_written_to_the_one_and_nothing_to_the_other(world):
    split_scan(world)
    [issue] = issues(world, OWN)
    assert flake_of(issue).repo == UPSTREAM
    assert world.world.repository(UPSTREAM).issues == {}
    for entry in world.requests:
        if entry.path == "/graphql":
            assert b"mutation" not in entry.body
        elif entry.token == READ or UPSTREAM in entry.path:
            assert entry.method == "GET", entry
            assert entry.token == READ
        elif is_write(entry):
            assert entry.path.startswith(f"/repos/{OWN}/")
            assert entry.token == WRITE


def test_the_read_repository_is_not_mentioned(world):
    # GitHub leaves "mentioned" on issues, pull requests and commits that are linked; not on runs and jobs.
    split_scan(world)
    for issue in world.world.repository(OWN).issues.values():
        texts = [issue.title, issue.body, *(comment.body for comment in issue.comments)]
        for text in texts:
            assert not re.search(rf"{UPSTREAM}(#\d|@[0-9a-f]{{7}})", text)
            assert not re.search(rf"{UPSTREAM}/(issues|pull|commit|discussions)/", text)


def test_a_quiet_second_scan_keeps_to_the_bound(world):
    split_scan(world)
    world.requests.clear()
    split_scan(world)
    assert writes(world) == []
    # Two, and a page each of managed issues, of runs, of comments (issue A).
    assert len(world.requests) <= 2 + 3


def test_the_base_branch_is_the_read_repositorys(world):
    split_scan(world)
    [issue] = issues(world, OWN)
    assert any(item.rule == "on-base-branch" for item in flake_of(issue).verdict.evidence)
