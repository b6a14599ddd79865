"""What a scan found, decided and wrote, as data for ``--json`` and as lines for people.

The rule it keeps: everything a person needs to question a decision is here, and nothing that is secret.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ftc.clients.runner import harmless
from ftc.core.binomial import percent
from ftc.core.classify import summed
from ftc.core.effects import (
    Adopt,
    AskAdoption,
    CloseAsDuplicate,
    Effect,
    OpenIssue,
    SaveFlake,
    SaveWatchPage,
    TellFailures,
)
from ftc.core.history import failure_rate
from ftc.core.judged import Judged
from ftc.core.markdown import strip_control
from ftc.core.model import Flake, Occurrence
from ftc.core.observe import LeftOut
from ftc.core.triage import Plan
from ftc.jobs.issues import Draft
from ftc.render.issue import issue_title

SCHEMA = 1
"""Version of the JSON report; fields are only ever added within one version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanReport:
    """One scan from listing to writing."""

    repo: str
    write_repo: str
    mode: str
    dry_run: bool
    plan: Plan
    listed: int
    unread: int
    requests: int
    done: tuple[str, ...]
    """One line for each write that was made, or in a dry run would be made."""
    notes: tuple[str, ...]
    drafts: tuple[Draft, ...] = ()
    """Issues that a dry run would open, as people would see them."""
    dashboard_url: str = ""

    @property
    def opened(self) -> int:
        """New issues."""
        return sum(isinstance(effect, OpenIssue) for effect in self.plan.effects)

    @property
    def updated(self) -> int:
        """Known issues whose state changed."""
        return sum(isinstance(effect, SaveFlake) for effect in self.plan.effects)


def about(report: ScanReport, run_id: str) -> ScanReport:
    """The report with the verdicts, exclusions and writes that one run has a part in."""
    plan = report.plan
    effects = tuple(effect for effect in plan.effects if any(_saw(flake, run_id) for flake in _flakes(effect)))
    lines = {effect.describe() for effect in effects}
    titles = {issue_title(effect.flake) for effect in effects if isinstance(effect, OpenIssue)}
    return replace(
        report,
        done=tuple(line for line in report.done if line in lines),
        drafts=tuple(draft for draft in report.drafts if draft.title in titles),
        plan=replace(
            plan,
            effects=effects,
            judged=tuple(item for item in plan.judged if _saw(item.flake, run_id)),
            waiting=tuple(item for item in plan.waiting if _saw(item.flake, run_id)),
            left_out=tuple(item for item in plan.left_out if item.run == run_id),
        ),
    )


def _saw(flake: Flake, run_id: str) -> bool:
    return any(seen.run == run_id for seen in flake.occurrences)


def _flakes(effect: Effect) -> tuple[Flake, ...]:
    """The tests an effect writes about; none for labels and the dashboard, which belong to no run."""
    match effect:
        case OpenIssue(flake=flake) | SaveFlake(flake=flake) | CloseAsDuplicate(flake=flake):
            return (flake,)
        case Adopt(flake=flake) | AskAdoption(flake=flake):
            return (flake,)
        case TellFailures(due=due):
            return (due.flake,)
        case SaveWatchPage(flakes=flakes):
            return flakes
        case _:
            return ()


def as_json(report: ScanReport) -> dict[str, Any]:
    """The report as JSON-ready data: schema, counters, verdicts, what was left out and why, and effects."""
    plan = report.plan
    return {
        "schema": SCHEMA,
        "repo": report.repo,
        "write_repo": report.write_repo,
        "mode": report.mode,
        "dry_run": report.dry_run,
        "requests": report.requests,
        "runs": {"listed": report.listed, "counted": plan.record.runs, "unread": report.unread},
        "failed_jobs": plan.record.failed_jobs,
        "failures": plan.record.failures,
        "infrastructure": plan.record.infra,
        "verdicts": [_verdict(item) for item in plan.judged],
        "waiting": [{"test": str(item.flake.test), "reason": item.reason} for item in plan.waiting],
        "excluded": [_left_out(item) for item in plan.left_out],
        "effects": list(report.done),
        "drafts": [{"title": draft.title, "body": draft.body} for draft in report.drafts],
        "notes": list(report.notes),
        "dashboard": report.dashboard_url,
    }


def _verdict(item: Judged) -> dict[str, Any]:
    flake, verdict, rate = item.flake, item.verdict, failure_rate(item.flake)
    return {
        "test": {"ecosystem": flake.test.ecosystem, "suite": flake.test.suite, "name": flake.test.name},
        "key": flake.key,
        "issue": flake.issue.issue if flake.issue else None,
        "status": flake.status.value,
        "class": verdict.failure_class.value,
        "grade": verdict.grade.value,
        "confidence": round(verdict.confidence, 4),
        "suspect": verdict.suspect,
        "occurrences": flake.total,
        "rate": {"failures": rate.failures, "runs": rate.runs, "low": round(rate.low, 4), "high": round(rate.high, 4)},
        "evidence": [
            {"rule": entry.rule, "weight": entry.weight, "text": entry.text, "links": list(entry.links)}
            for entry in verdict.evidence
        ],
        "surer": list(verdict.surer),
        "signatures": [{"fingerprint": entry.fingerprint, "text": entry.text} for entry in flake.signatures],
        "newest": [_occurrence(entry, item) for entry in flake.occurrences[:5]],
    }


def _occurrence(occurrence: Occurrence, item: Judged) -> dict[str, Any]:
    excerpt = next((s.excerpt for s in item.flake.signatures if s.fingerprint == occurrence.fingerprint), "")
    return {
        "run": occurrence.run,
        "attempt": occurrence.attempt,
        "job": occurrence.job,
        "sha": occurrence.sha,
        "url": occurrence.url,
        "fingerprint": occurrence.fingerprint,
        "grade": occurrence.grade.value,
        "excerpt_chars": len(excerpt),
    }


def _left_out(item: LeftOut) -> dict[str, Any]:
    return {
        "reason": item.reason.value,
        "detail": item.detail,
        "run": item.run,
        "attempt": item.attempt,
        "job": item.job,
        "test": item.test,
        "url": item.url,
    }


def as_text(report: ScanReport, *, explain: bool) -> Iterator[str]:
    """The report as lines; ``explain`` adds the evidence item by item. No line can act as a workflow command."""
    for line in _lines(report, explain=explain):
        yield harmless(strip_control(line))


def _lines(report: ScanReport, *, explain: bool) -> Iterator[str]:
    plan = report.plan
    yield (
        f"{report.repo}: {plan.record.runs} runs counted, {plan.record.failed_jobs} failed jobs read, "
        f"{plan.record.failures} failures of tests, {plan.record.infra} red jobs without a failing test, "
        f"{report.requests} requests"
    )
    places = {effect.flake.key: "new issue" for effect in plan.effects if isinstance(effect, OpenIssue)}
    places |= {item.flake.key: f"adopted issue {item.number}" for item in plan.effects if isinstance(item, Adopt)}
    for item in plan.judged:
        where = places.get(item.flake.key, "watch list")
        yield from _verdict_lines(item, where=where, explain=explain)
    if plan.left_out:
        yield ""
        yield "Not counted:"
        yield from (f"  {_reason(item)}" for item in plan.left_out)
    yield from (f"Waiting: {late.flake.test} ({late.reason})" for late in plan.waiting)
    yield ""
    yield ("Would write:" if report.dry_run else "Wrote:") if report.done else "Nothing to write."
    yield from (f"  {line}" for line in report.done)
    for draft in report.drafts:
        yield from ("", f"The issue: {draft.title}", *(f"  | {line}" for line in draft.body.splitlines()))
    yield from (f"Note: {note}" for note in report.notes)
    if report.dashboard_url:
        yield f"Dashboard: {report.dashboard_url}"


def _verdict_lines(item: Judged, *, where: str, explain: bool) -> Iterator[str]:
    flake, verdict = item.flake, item.verdict
    where = f"issue {flake.issue.issue}" if flake.issue else where
    yield ""
    said = f"{verdict.failure_class.value}, {percent(verdict.confidence)}, grade {verdict.grade.value}"
    yield f"{flake.test}"
    yield f"  {said}, seen {flake.total}×, {where}"
    for occurrence in flake.occurrences[: 3 if explain else 1]:
        yield f"  {occurrence.url} attempt {occurrence.attempt}, job {occurrence.job}, commit {occurrence.sha[:7]}"
    for signature in flake.signatures[:3]:
        yield f"  {signature.fingerprint}  {signature.text} (excerpt of {len(signature.excerpt)} characters)"
    if verdict.suspect:
        yield f"  suspect: {verdict.suspect}"
    if explain:
        yield from (f"  {entry.weight:+.1f}  {entry.text}" for entry in verdict.evidence)
        yield f"  sum: {summed(verdict)}"
        yield from (f"  surer with: {wish}" for wish in verdict.surer)


def _reason(item: LeftOut) -> str:
    what = item.test or f"job {item.job}"
    detail = f" ({item.detail})" if item.detail else ""
    return f"{what}: {item.reason.value}{detail}, run {item.run} attempt {item.attempt}"


def summary_values(report: ScanReport) -> Mapping[str, object]:
    """The values of the job summary's template."""
    shown: Sequence[Judged] = report.plan.judged[:50]
    return {
        "report": report,
        "record": report.plan.record,
        "judged": shown,
        "more": len(report.plan.judged) - len(shown),
        "left_out": report.plan.left_out[:50],
    }
