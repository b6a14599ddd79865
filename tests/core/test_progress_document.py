"""Run records as stored: what older programs wrote is read, and what a run judged survives."""

import json
from dataclasses import replace
from datetime import UTC, datetime

from ftc.core.progress import Progress, RunRecord, RunStatus
from ftc.core.progress_document import progress_document, to_progress

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
