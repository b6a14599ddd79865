"""What counts in a run's folder: on a runner only what its job vouches for, and no damaged part spoils the others."""

import argparse
from pathlib import Path

import pytest
from run_texts import a_fix, a_fix_task, a_publication, a_reproduction, a_verification

from ftc.core.config import Config
from ftc.core.errors import UsageError
from ftc.core.fix import Fix, Publication, Refusal, Refused, Reproduction, Task, TaskKind
from ftc.core.orders import branch_name
from ftc.core.records import RecordUnreadable
from ftc.core.sanitize import Sanitizer
from ftc.jobs.fix.folder import Folder, expectations, folder_of, open_folder
from ftc.jobs.fix.papers import papers_of
from ftc.jobs.fix.publish import evidence_of

RUNNER = {"GITHUB_ACTIONS": "true", "GITHUB_RUN_ATTEMPT": "1"}
TASK = a_fix_task(branch=branch_name(7, "7-9"))
REFUSAL = Refusal(task=TASK.id, kind=TaskKind.FIX, issue=7, why=Refused.HANDED_OVER, text="Take it.")


def opened(place: Path, job: str, *written: Folder, environ=RUNNER, leg: str = "") -> Folder:
    """The folder as a job of the workflow sees it, with the digests that earlier jobs put out."""
    expect = ",".join(folder.digests() for folder in written)
    args = argparse.Namespace(task=TASK.id, artifacts=str(place), job=job, leg=leg, expect=expect)
    return open_folder(args, environ=environ)


def wrote(place: Path, job: str, *records: object) -> Folder:
    made = folder_of(TASK.id, artifacts=place, job=job)
    for record in records:
        made.write(record)
    return made


FORGED = {
    "a hand-over that assigns an agent": (REFUSAL, "gate", Refusal),
    "a pull request that nobody opened": (a_publication(), "publish", Publication),
    "candidates and a bill": (a_fix(), "generate", Fix),
    "what was seen at the base": (a_reproduction(), "reproduce", Reproduction),
}


@pytest.mark.parametrize("what", FORGED)
def test_on_a_runner_a_document_without_a_digest_is_nobodys(tmp_path, what):
    """A job that runs foreign code uploads under the name of a job that died, or that wrote something else."""
    record, job, kind = FORGED[what]
    gate = wrote(tmp_path, "gate", TASK)
    wrote(tmp_path, job, record)
    settle = opened(tmp_path, "settle", gate)
    assert settle.read(Task) == TASK
    with pytest.raises(RecordUnreadable, match="does not count"):
        settle.read(kind)
    left = papers_of(settle, config=Config(), sanitizer=Sanitizer())
    assert (left.task, left.refusal, left.publication, left.fix, left.reproduction) == (TASK, None, None, None, None)
    assert "it died, or it is forged" in left.damaged[0]
    assert opened(tmp_path, "settle", gate, environ={}).read(kind) == record, "on a laptop there is nobody to forge"


def test_without_the_digest_of_the_task_nothing_goes_on(tmp_path):
    wrote(tmp_path, "gate", TASK)
    for job in ("reproduce", "generate", "publish"):
        with pytest.raises(RecordUnreadable, match="does not count"):
            opened(tmp_path, job).need(Task, of="gate")
    left = papers_of(opened(tmp_path, "settle"), config=Config(), sanitizer=Sanitizer())
    assert (left.task, len(left.damaged)) == (None, 1), "whoever settles goes by the state alone"


def test_what_was_told_of_and_is_gone_is_missing(tmp_path):
    gate, generate = wrote(tmp_path, "gate", TASK), wrote(tmp_path, "generate", a_fix())
    (generate.part() / "fix.json").unlink()
    assert opened(tmp_path, "settle", gate, generate).read(Fix) is None
    with pytest.raises(RecordUnreadable, match="has not written"):
        opened(tmp_path, "publish", gate, generate).need(Fix, of="generate")


def test_the_candidate_of_a_pull_request_is_the_gates(tmp_path):
    gate = wrote(tmp_path, "gate", TASK, a_fix())
    verify = opened(tmp_path, "verify", gate, leg="1")
    assert verify.read(Fix) == a_fix()
    wrote(tmp_path, "generate", a_fix(usd=0.0))
    with pytest.raises(RecordUnreadable, match="not what its job wrote"):
        verify.read(Fix)


@pytest.mark.parametrize(
    ("attempt", "environ", "stays"),
    [("1", RUNNER, False), ("2", {**RUNNER, "GITHUB_RUN_ATTEMPT": "2"}, True), ("", {}, True)],
)
def test_in_its_first_attempt_a_job_has_left_nothing(tmp_path, attempt, environ, stays):
    """Not candidates of its own, and no place in which writing would fail."""
    gate = wrote(tmp_path, "gate", TASK)
    part = wrote(tmp_path, "generate", a_fix()).part()
    (part / "fix.json.part").mkdir()
    found = opened(tmp_path, "generate", gate, environ=environ)
    assert (found.read(Fix) is not None) is stays, "a later attempt finds what it wrote"
    assert part.exists() is stays


def test_a_damaged_leg_is_silent_and_the_others_count(tmp_path):
    gate = wrote(tmp_path, "gate", TASK)
    for leg in TASK.legs:
        wrote(tmp_path, "", a_verification(leg=leg))
    place = gate.part("verify-1") / "verification.json"
    for damage in (b"{", b"\xff", b"[" * 100_000, place.read_bytes().replace(b'"leg": "1"', b'"leg": "2"')):
        place.write_bytes(damage)
        found, unread = opened(tmp_path, "publish", gate).verifications(TASK.legs)
        assert [item.leg for item in found] == ["2"]
        assert len(unread) == 1
        assert unread[0].startswith("leg 1: ")
        left = papers_of(opened(tmp_path, "settle", gate), config=Config(), sanitizer=Sanitizer())
        assert (left.conclusion.legs, left.conclusion.missing_legs) == (("2",), ("1",))
        assert unread[0] in left.conclusion.problems
    place.unlink()
    place.mkdir()
    assert len(gate.verifications(TASK.legs)[1]) == 1


def test_parts_of_no_leg_are_not_looked_at(tmp_path):
    gate = wrote(tmp_path, "gate", TASK)
    for name in ("verify-9", "verify-1-x", "verify-..", "verify-"):
        folder = tmp_path / TASK.id / f"fix-{TASK.id}-{name}" / "verification.json"
        folder.parent.mkdir(parents=True)
        folder.write_text("{")
    assert gate.verifications(TASK.legs) == ((), ())
    with pytest.raises(UsageError):
        gate.verifications(("../1",))


def test_a_document_of_another_base_is_none_of_this_run(tmp_path):
    gate = wrote(tmp_path, "gate", TASK)
    wrote(tmp_path, "generate", a_fix(base_sha="b" * 40))
    wrote(tmp_path, "reproduce", a_reproduction(base_sha="b" * 40))
    left = papers_of(gate, config=Config(), sanitizer=Sanitizer())
    assert (left.fix, left.reproduction, len(left.damaged)) == (None, None, 2)


@pytest.mark.parametrize("text", ["{", ""])
def test_what_was_seen_at_the_base_is_shown_and_not_needed(tmp_path, text):
    gate = wrote(tmp_path, "gate", TASK)
    wrote(tmp_path, "generate", a_fix())
    if text:
        (gate.part("reproduce") / "reproduction.json").write_text(text)
    else:
        wrote(tmp_path, "reproduce", a_reproduction(base_sha="b" * 40))
    assert evidence_of(gate, TASK, Config(), name=TASK.id).reproduction is None


def test_digests_of_jobs_that_wrote_nothing_are_passed_over():
    assert expectations(f",task.json={'a' * 64},,") == {"task.json": "a" * 64}
