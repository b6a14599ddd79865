"""The other orders from beginning to end: a flake that nobody can mend, and a person's pull request under proof.

Every job is a process of its own with its own token; the runs of the test, git and the requests are real.
"""

import json
from dataclasses import replace

import pytest
from fix_loop import APPROVER, REPO, Loop
from tags_project import MENDED, tags_world

from ftc.core.model import Status
from ftc.core.progress import RunStatus
from ftc.render.environment import SHORT_SHA
from ftc.simulator.server import serving
from ftc.simulator.simulator import Simulator

pytestmark = pytest.mark.slow

PULL = 90
WRONG = MENDED.replace("sorted(", "list(")
"""Only what is compared has another form: it fails as often, in words that nobody saw before."""


@pytest.fixture
def loop(tmp_path):
    """An explained flake, and no model."""
    simulator = Simulator.load(tags_world(tmp_path))
    (tmp_path / "temp").mkdir()
    with serving(simulator) as url:
        yield Loop(simulator=simulator, url=url, folder=tmp_path, config={"fix-legs": 1}).filed()


def test_without_a_model_what_was_measured_is_the_answer(loop):
    done = loop.carried_out()
    assert list(done) == ["gate", "reproduce", "generate", "settle"]
    assert loop.pulls == []
    flake = loop.page.flake
    assert (flake.status, flake.progress.lease) == (Status.FIX_FAILED, None)
    [run] = flake.progress.runs
    assert (run.status, run.pull, run.cost) == (RunStatus.FAILED, 0, 0)
    [said] = [text for purpose, text in loop.page.said().items() if purpose.startswith("fix:")]
    assert "No model is configured" in said
    assert "runs (plain)" in said
    assert "python -m pytest" in said, "the command that shows it"


def proposed(loop, text):
    """A person's pull request with this test file, and somebody who may write asks for its proof."""
    body = f"Closes #{loop.page.number}"
    pull = {"number": PULL, "title": "Look at all tags", "head": "tags", "author": "ada", "body": body,
            "files": {"test_tags.py": text}}  # fmt: skip
    loop.simulator.add({"repositories": {REPO: {"pull_requests": [pull]}}})
    there = loop.page.at(PULL)
    there.comment(APPROVER, "/ftc verify")
    return there


PROOFS = [(MENDED, "**Verified:**", ""), (WRONG, "**It fails in another way:**", "in a new way: test_shows_all_tags: ")]


@pytest.mark.parametrize(("text", "verdict", "excerpt"), PROOFS, ids=["right", "wrong"])
def test_a_persons_pull_request_is_proven_and_told_so(loop, text, verdict, excerpt):
    there, before = proposed(loop, text), loop.page.flake
    [entry] = loop.answered(PULL)
    done = loop.run_task(entry["task"])
    assert list(done) == ["gate", "reproduce", "verify-1", "settle"], "nobody looks for a change, nothing is published"
    assert done["gate"].outputs["runner"] == json.dumps("ubuntu-latest")
    report = there.said()["proof"]
    assert verdict in report
    assert excerpt in report
    assert there.issue.pull.head_sha[:SHORT_SHA] in report
    assert "python -m pytest" in report
    after = loop.page.flake
    assert [proof.task for proof in after.progress.proofs] == [entry["task"]], "it counts for the issue"
    assert replace(after.progress, proofs=()) == before.progress, "a person's pull request is theirs"
    assert (after.status, after.audit) == (before.status, before.audit)
