"""Others look for the change: a program of the user's, and GitHub's coding agent; the same proof judges them.

Every job is a process of its own with its own token; the runs of the test, git and the requests are real.
"""

import json
import sys

import pytest
from fix_loop import APPROVER, REPO, Loop
from tags_project import FILES, MENDED, tags_world
from threads import BOT

from ftc.agent.github_agent import AGENT_LOGIN
from ftc.core.fix import Fix
from ftc.core.model import Status
from ftc.core.progress import RunStatus
from ftc.core.stress import Verdict
from ftc.jobs.fix.folder import folder_of
from ftc.render.environment import SHORT_SHA
from ftc.simulator.pushes import cross_reference
from ftc.simulator.server import serving
from ftc.simulator.simulator import Simulator

pytestmark = pytest.mark.slow

MASKED = FILES["test_tags.py"].replace(
    "def test_shows_all_tags", "@pytest.mark.skip\ndef test_shows_all_tags"
).replace("from tags", "import pytest\nfrom tags")  # fmt: skip
AGENT = """
import json, os, pathlib, sys
assert "test_shows_all_tags" in pathlib.Path(os.environ["FTC_PROMPT"]).read_text()
assert not [name for name in os.environ if name == "FTC_TOKEN" or name.startswith("FTC_INPUT")]
pathlib.Path("test_tags.py").write_text(pathlib.Path(sys.argv[1]).read_text())
answer = {"hypothesis": "A set has no order.", "summary": "Looks at all tags.", "give_up": ""}
pathlib.Path(os.environ["FTC_ANSWER"]).write_text(json.dumps(answer))
"""


@pytest.fixture
def loop(tmp_path):
    """An explained flake, and a program of the user's that puts the test's file in place."""
    simulator = Simulator.load(tags_world(tmp_path))
    (tmp_path / "temp").mkdir()
    (tmp_path / "agent.py").write_text(AGENT)
    command = f"{sys.executable} {tmp_path / 'agent.py'} {tmp_path / 'change.py'}"
    config = {"fix-legs": 1, "fix-agent": "command", "agent-command": command}
    with serving(simulator) as url:
        yield Loop(simulator=simulator, url=url, folder=tmp_path, config=config).filed()


def test_the_right_change_of_a_program_is_proven_and_proposed(loop, tmp_path):
    (tmp_path / "change.py").write_text(MENDED)
    done = loop.carried_out()
    assert list(done) == ["gate", "reproduce", "generate", "verify-1", "publish", "settle"]
    assert done["gate"].outputs["model-key"] == "false"
    [pull] = loop.pulls
    assert pull.body.startswith("**Verified"), pull.body[:400]
    assert pull.pull.draft is False
    assert "A set has no order." in pull.body
    flake = loop.page.flake
    assert (flake.status, flake.progress.lease) == (Status.PR_OPEN, None)
    [run] = flake.progress.runs
    assert (run.status, run.pull, run.verdict) == (RunStatus.SUCCEEDED, pull.number, Verdict.VERIFIED)
    [candidate] = folder_of(loop.task, artifacts=tmp_path / "artifacts").need(Fix, of="generate").candidates
    assert candidate.by == f"agent {sys.executable.rpartition('/')[2]}"


def test_a_program_that_hides_the_flake_is_refused(loop, tmp_path):
    """By what its change is, before anything is counted: a skipped test never fails."""
    (tmp_path / "change.py").write_text(MASKED)
    loop.carried_out()
    assert loop.pulls == []
    [verification], _ = folder_of(loop.task, artifacts=tmp_path / "artifacts").verifications(("1",))
    [judged] = verification.judged
    assert "skip" in judged.masking[0]
    assert judged.strata == ()
    flake = loop.page.flake
    assert (flake.status, flake.progress.lease) == (Status.FIX_FAILED, None)
    [run] = flake.progress.runs
    assert (run.status, run.pull) == (RunStatus.FAILED, 0)
    [said] = [text for purpose, text in loop.page.said().items() if purpose.startswith("fix:")]
    assert "masking" in said


def opens_a_draft(loop):
    """What GitHub's agent does once an issue is assigned to it: a draft, marked as being worked at."""
    [branch, number] = ["copilot/fix-flaky-test", 90]
    pull = {"number": number, "title": "[WIP] Fix flaky test", "head": branch, "author": "Copilot", "draft": True,
            "body": f"Fixes #{loop.page.number}", "files": {"test_tags.py": MENDED}}  # fmt: skip
    loop.simulator.add({"users": {"Copilot": {"type": "Bot"}}})
    loop.simulator.add({"repositories": {REPO: {"pull_requests": [pull]}}})
    there, repository = loop.page.at(number), loop.simulator.world.repository(REPO)
    cross_reference(loop.simulator.world, repository, there.issue, text=pull["body"], actor="Copilot")
    return there


def finishes(there):
    """It takes the mark off the title and asks whoever assigned it for a review; a draft it stays."""
    there.issue.title = "Fix flaky test"
    there.issue.pull.requested_reviewers.append(APPROVER)


def test_from_the_approval_to_the_proof_of_what_githubs_agent_made_nobody_says_a_word(loop):
    loop.config |= {"fix-agent": "github", "agent-command": ""}
    loop.simulator.add({"users": {AGENT_LOGIN: {"type": "Bot"}}})
    done = loop.carried_out()
    assert list(done) == ["gate", "settle"], "nobody of ours looks for a change"
    assert loop.page.issue.assignees == [AGENT_LOGIN]
    there = opens_a_draft(loop)
    assert loop.swept() == [], "it is at work"
    finishes(there)
    [entry] = loop.swept()
    assert loop.swept() == [], "ordered once"
    done = loop.run_task(entry["task"])
    assert list(done) == ["gate", "reproduce", "verify-1", "settle"]
    assert done["gate"].outputs["runner"] == json.dumps("ubuntu-latest")
    report = there.said()["proof"]
    assert "**Verified:**" in report
    assert there.issue.pull.head_sha[:SHORT_SHA] in report
    assert "the bot has the next one proven by itself" in report
    assert [item.author for item in there.issue.comments] == [BOT, BOT], "the order and the report"
    assert loop.swept() == []
    flake = loop.page.flake
    assert (flake.status, flake.progress.lease) == (Status.APPROVED_TO_FIX, None), "until it is merged"
    [run] = flake.progress.runs
    assert (run.status, run.proofs) == (RunStatus.SUCCEEDED, (there.issue.pull.head_sha,))
