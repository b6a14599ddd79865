"""What stays of a run for programs: ``status.json``, ``pr.md`` and ``patch`` in the task's folder (spec, section 9).

The rule it keeps: it tells what the documents say and decides nothing; evidence lies in the parts of the jobs.
"""

from datetime import datetime

from ftc.core.endings import Papers
from ftc.core.fix_status import fix_exit_code, fix_status
from ftc.core.settling import usd
from ftc.core.task_report import NOTHING_DELIVERED, status_text
from ftc.jobs.fix.folder import Folder


def write_results(folder: Folder, papers: Papers, *, finished: datetime) -> int:
    """Write them; the code by the scale of tasks: 0 verified and proposed, 2 with a risk or in part, 1 nothing."""
    task = papers.task
    if task is None:
        return NOTHING_DELIVERED
    proof = papers.conclusion.proof if papers.conclusion else None
    status = fix_status(
        task,
        papers.verifications,
        proof,
        papers.publication,
        cost=usd(papers),
        started=task.created,
        finished=finished,
    )
    judged = papers.conclusion.judged if papers.conclusion else None
    texts = {
        "status.json": status_text(status),
        "pr.md": papers.publication.text if papers.publication else "",
        "patch": judged.diff if judged else "",
    }
    folder.path.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        if text:
            (folder.path / name).write_bytes(text.encode("utf-8", "replace"))  # line ends as they are: it is a patch
    return fix_exit_code(task, status, papers.publication)
