"""The files that a settled run leaves for programs."""

import json
from dataclasses import replace

import pytest
from run_texts import a_conclusion, a_fix_task, a_publication, a_verification
from small import NOW

from ftc.core.endings import Papers
from ftc.jobs.fix.folder import folder_of
from ftc.jobs.fix.results import write_results


@pytest.fixture
def folder(tmp_path):
    return folder_of(a_fix_task().id, artifacts=tmp_path)


def test_a_published_fix_leaves_status_text_and_patch(folder):
    conclusion = a_conclusion()
    conclusion = replace(conclusion, judged=replace(conclusion.judged, diff="--- a/x\r\n+++ b/x\n"))
    papers = Papers(
        task=a_fix_task(),
        verifications=(a_verification(),),
        conclusion=conclusion,
        publication=a_publication(),
    )
    code = write_results(folder, papers, finished=NOW)
    status = json.loads((folder.path / "status.json").read_text())
    assert (status["id"], status["verdict"]) == (a_fix_task().id, a_conclusion().proof.verdict.value)
    assert {"before", "after", "p_value", "upper_bound", "base_sha", "cost"} <= set(status)
    assert (folder.path / "patch").read_bytes() == b"--- a/x\r\n+++ b/x\n", "line ends are part of it"
    assert code in (0, 2)


def test_a_run_that_delivered_nothing_says_so(folder):
    assert write_results(folder, Papers(task=a_fix_task()), finished=NOW) == 1
    assert json.loads((folder.path / "status.json").read_text())["pr_url"] in ("", None)
    assert not (folder.path / "patch").exists()


def test_without_a_task_there_is_nothing_to_write(folder):
    assert write_results(folder, Papers(), finished=NOW) == 1
    assert not folder.path.exists()
