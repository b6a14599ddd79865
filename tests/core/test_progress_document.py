"""Run records as stored: what older programs wrote is read, and what a run judged survives."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ftc.core.progress import Fate, Progress, PullRef, RunRecord, RunStatus, merge_progress
from ftc.core.progress_document import progress_document, to_progress
from ftc.core.proof_refs import MAX_PROOFS, ProofRef

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
RUN = RunRecord(id="7-c1", command="ai-fix", status=RunStatus.FAILED, created=NOON, updated=NOON)


def _stored(run: RunRecord) -> list[object]:
    return json.loads(json.dumps(progress_document(Progress(runs=(run,)))))["runs"][0]


def test_what_a_run_judged_is_read_as_it_was_written():
    run = replace(RUN, tried=2, verdict="did-not-hold", cost=0.25)
    assert to_progress({"runs": [_stored(run)]}).runs == (run,)


def test_a_record_from_before_candidates_were_counted_is_read():
    stored = _stored(RUN)
    assert len(stored) == 18, "the record ended with its times then, and does so still where nothing was judged"
    assert to_progress({"runs": [stored]}).runs == (RUN,)


@pytest.mark.parametrize("judged", [{}, {"tried": 1, "verdict": "verified"}])
def test_what_became_of_it_is_read_as_it_was_written(judged):
    run = replace(RUN, pull=9, fate=Fate.RETURNED, fated=NOON, **judged)
    assert to_progress({"runs": [_stored(run)]}).runs == (run,)


def test_of_two_records_of_one_run_the_later_fate_stays():
    """The record is no younger for it, so that its cost stays in its week."""
    merged, held, back = (Progress(runs=(replace(RUN, fate=fate),)) for fate in (Fate.MERGED, Fate.HELD, Fate.RETURNED))
    for one, two, last in ((Progress(runs=(RUN,)), merged, merged), (held, merged, held), (held, back, back)):
        assert merge_progress(one, two) == merge_progress(two, one) == last


@pytest.mark.parametrize(
    ("pull", "fates"),
    [
        (PullRef(number=9, url="u"), [Fate.HELD, None]),
        (PullRef(number=8, url="u"), [None, None]),  # a person's
        (PullRef(number=0, url="u"), [None, None]),  # a commit without one closed the issue; many runs have none
        (None, [None, None]),
    ],
)
def test_a_fate_is_that_of_the_run_behind_the_pull_request(pull, fates):
    progress = Progress(runs=(replace(RUN, pull=9), replace(RUN, id="7-c0")), pull=pull)
    assert [run.fate for run in progress.fated(Fate.HELD).runs] == fates


def test_proofs_are_counted_once_each_and_survive():
    told = Progress().with_proof("71-5", at=NOON).with_proof("71-6", at=NOON).with_proof("71-5", at=NOON)
    assert told.proofs == (ProofRef(at=NOON, task="71-6"), ProofRef(at=NOON, task="71-5"))
    assert to_progress(json.loads(json.dumps(progress_document(told)))) == told
    other = Progress(runs=(replace(RUN, tried=2),)).with_proof("72-1", at=NOON).with_proof("71-5", at=NOON)
    both = merge_progress(told, other)
    assert both.proofs == merge_progress(other, told).proofs
    assert (both.tried(), both.tried(beside="71-5"), both.tried(beside=RUN.id)) == (5, 4, 3)


def test_so_many_proofs_are_remembered_that_more_would_not_count():
    many = Progress()
    for number in range(MAX_PROOFS + 5):
        many = many.with_proof(f"71-{number}", at=NOON + timedelta(minutes=number))
    assert many.tried() == MAX_PROOFS
    assert many.proofs[0].task == f"71-{MAX_PROOFS + 4}", "the newest, so that settling again finds it"
