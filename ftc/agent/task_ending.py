"""The end of a task: what it leaves in its folder, what it pushes, and its exit code.

The rule it keeps: ``status.json`` is written last and whole, so where it is the task has ended and everything it names
is there.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from ftc.agent.task_delivery import Part, Publisher, Request, cut, failure_commit, push_own
from ftc.agent.task_journal import Journal
from ftc.agent.workspace import Mirror
from ftc.clients import git_worktree
from ftc.clients.git_worktree import Checkout
from ftc.core.errors import GitHubError
from ftc.core.risk import Risk
from ftc.core.task_block import JUDGED, TaskRecord, record_of
from ftc.core.task_ended import Ended, Span, assessed, labels_of, status_of, why_nothing
from ftc.core.task_file import OnFailure, TaskFile
from ftc.core.task_judging import GateResult, Label, judge, worst_of_new_tests
from ftc.core.task_plan import PlannedFile, plan_digest, plan_document
from ftc.core.task_report import (
    Account,
    Assessment,
    Failure,
    Phase,
    Status,
    exit_code,
    status_text,
    trace,
    unmet_gates,
)
from ftc.core.task_work import End
from ftc.render.task import failure_text, plan_text, pull_text, pull_title


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where a task's git is, and who opens its requests; None leaves everything in the task's folder."""

    checkout: Checkout
    mirror: Mirror
    publisher: Publisher | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What every end needs."""

    task: TaskFile
    folder: Path
    journal: Journal
    span: Span
    isolation: str
    """How the commands of the repository were kept apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a task ended; ``code`` is its exit code."""

    status: Status
    code: int
    record: TaskRecord
    """For the issue and the pull request."""
    planned: tuple[PlannedFile, ...] = ()
    failure: Failure | None = None
    urls: tuple[str, ...] = field(default=())
    """Of every pull request, the first of them in the status as well."""


def deliver(ending: Ending, ended: Ended, site: Site) -> Outcome:
    """AGGREGATE, PR and EXIT; raises ``CommandFailed`` when nothing can be pushed."""
    ending.journal.enter(Phase.AGGREGATE)
    if not ended.commits and not ended.planned:
        return fail(ending, why_nothing(ended), ended, site)
    delivered = (result.gates for result in ended.results if result.commit)
    gates = (*judge(ended.base, ended.last, ending.task.gates), *worst_of_new_tests(delivered))
    parts = _cut(ending, ended, site.checkout)
    sizes = [part.lines for part in parts]
    assessment = assessed(ending.task, ended, gates, sizes=sizes, cost=ending.span.cost)
    status = status_of(ending.task, ended, assessment, ending.span)
    account = Account(results=ended.results, gates=gates, commands=ended.last.commands, isolation=ending.isolation)
    _write_patch(ending, ended, site.checkout)
    _write_evidence(ending, ended, gates)
    if ended.planned:
        _write_plan(ending, ended.planned)
    bodies = [pull_text(ending.task, status, assessment, account, part=(part.number, part.of)) for part in parts]
    (ending.folder / "pr.md").write_text("\n".join(bodies), encoding="utf-8")
    ending.journal.enter(Phase.PR)
    waits, unmet = bool(ended.planned), bool(unmet_gates(gates))
    record = record_of(status, ended.results, code=exit_code(status, waits=waits, unmet=unmet))
    urls, refused = _requested(ending, ended, assessment, tuple(zip(parts, bodies, strict=True)), site, record)
    status = replace(status, pr_url=urls[0] if urls else "")
    code = exit_code(status, waits=waits, unmet=unmet or refused)
    record = replace(record, code=code, url=status.pr_url)
    return _left(ending, Outcome(status=status, code=code, record=record, planned=ended.planned, urls=urls))


def fail(ending: Ending, failure: Failure, ended: Ended | None = None, site: Site | None = None) -> Outcome:
    """Nothing is delivered: leave the account of it, and open the failure draft where the task asks for one."""
    ending.journal.say(f"failed in {failure.phase}: {failure.code}: {failure.summary.splitlines()[0]}")
    results = ended.results if ended else ()
    if ended:
        _write_evidence(ending, ended, ())
    base_sha = ended.base_sha if ended else ""
    text = failure_text(ending.task, failure, base_sha=base_sha, results=results)
    (ending.folder / "FAILURE.md").write_text(text, encoding="utf-8")
    (ending.folder / "trace.txt").write_text(trace(ending.journal.text), encoding="utf-8")
    labels = labels_of(ended, (), limit=0) if ended else ()
    nothing = Assessment(
        level=Risk.MEDIUM if labels else Risk.LOW, reasons=(), labels=tuple(label.value for label in labels)
    )
    status = status_of(ending.task, replace(ended, results=()) if ended else None, nothing, ending.span)
    code = exit_code(status, waits=False, unmet=False)
    record = record_of(status, results, code=code)
    url = ""
    if ended and site and site.publisher and ending.task.on_failure == OnFailure.DRAFT_PR:
        url = _failure_draft(ending, ended, site, text, record)
    record, status = replace(record, url=url), replace(status, pr_url=url)
    return _left(ending, Outcome(status=status, code=code, record=record, failure=failure))


def _cut(ending: Ending, ended: Ended, checkout: Checkout) -> tuple[Part, ...]:
    if not ended.commits:
        return ()
    return cut(
        checkout,
        ended.commits,
        base_sha=ended.base_sha,
        branch=ending.task.branch,
        limit=ending.task.gates.max_diff_lines,
        at=ending.span.finished,
    )


def _write_patch(ending: Ending, ended: Ended, checkout: Checkout) -> None:
    head = ended.commits[-1].sha if ended.commits else ended.base_sha
    (ending.folder / "patch").write_text(git_worktree.diff(checkout, ended.base_sha, head), encoding="utf-8")


def _write_evidence(ending: Ending, ended: Ended, gates: Sequence[GateResult]) -> None:
    """What is behind the figures: both measurements, the gates, and each batch."""
    document = {
        "isolation": ending.isolation,
        "base": asdict(ended.base),
        "after": asdict(ended.last),
        "gates": [asdict(gate) for gate in gates],
        "batches": [asdict(result) for result in ended.results],
        "tried": sum(result.end in JUDGED for result in ended.results),
        "first_try": sum(result.end == End.DONE and result.attempts == 1 for result in ended.results),
    }
    text = json.dumps(document, indent=1, default=sorted)
    (ending.folder / "evidence" / "gates.json").write_text(text + "\n", encoding="utf-8")


def _write_plan(ending: Ending, planned: Sequence[PlannedFile]) -> None:
    paths = [item.path for item in planned]
    digest = plan_digest(repr(ending.task), paths)
    text = plan_text(ending.task, [(item.path, item.reason) for item in planned], digest=digest)
    (ending.folder / "plan.md").write_text(text, encoding="utf-8")
    (ending.folder / "plan.json").write_text(plan_document(digest, paths), encoding="utf-8")
    ending.journal.say(f"{len(paths)} files wait for approval; see plan.md, approve with --approve {digest}")


def _requested(
    ending: Ending,
    ended: Ended,
    assessment: Assessment,
    said: Sequence[tuple[Part, str]],
    site: Site,
    record: TaskRecord,
) -> tuple[tuple[str, ...], bool]:
    """Push every part and ask for its pull request; their addresses, and whether GitHub refused one."""
    urls: list[str] = []
    if site.publisher is None:
        return (), False
    for part, body in said:
        push_own(site.mirror, part.sha, part.branch)
        request = Request(
            branch=part.branch,
            head_sha=part.sha,
            base_branch=ended.base_branch,
            title=pull_title(ending.task, number=part.number, of=part.of),
            body=body,
            labels=(*ending.task.pr.labels, *assessment.labels, f"risk-{assessment.level.word}"),
            draft=ending.task.pr.draft or Label.TESTS_FAILED in assessment.labels,
            record=record if part.number == 1 else None,
        )
        try:
            urls.append(site.publisher(request))
        except GitHubError as error:
            ending.journal.say(f"branch {part.branch} is pushed, its pull request could not be opened: {error}")
            return tuple(urls), True
    return tuple(urls), False


def _failure_draft(ending: Ending, ended: Ended, site: Site, text: str, record: TaskRecord) -> str:
    """Push what went wrong to a branch of its own and open it as a draft; its address, empty where GitHub refuses."""
    assert site.publisher is not None
    sha = failure_commit(
        site.checkout, base_sha=ended.base_sha, failure=text, trace=trace(ending.journal.text), at=ending.span.finished
    )
    branch = f"auto/{ending.task.id}-fail"
    push_own(site.mirror, sha, branch)
    request = Request(
        branch=branch,
        head_sha=sha,
        base_branch=ended.base_branch,
        title=f"Failed: {pull_title(ending.task)}",
        body=text,
        labels=ending.task.pr.labels,
        draft=True,
        record=record,
    )
    try:
        return site.publisher(request)
    except GitHubError as error:
        ending.journal.say(f"branch {branch} is pushed, its draft could not be opened: {error}")
        return ""


def _left(ending: Ending, outcome: Outcome) -> Outcome:
    """EXIT: the status, whole and last."""
    ending.journal.enter(Phase.EXIT)
    ending.journal.say(f"exit {outcome.code}, risk {outcome.status.risk_level}")
    place = ending.folder / "status.json"
    new = place.with_suffix(".new")
    new.write_text(status_text(outcome.status), encoding="utf-8")
    os.replace(new, place)
    return outcome
