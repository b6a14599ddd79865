"""The whole story of one flake, ready for its page of the report.

The rule it keeps: nothing is left out silently; what is cut or kept as a number only says how much that is.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from ftc.core.markdown import bound
from ftc.core.model import AuditEntry, EvidenceItem, Signature, Status
from ftc.core.progress import Assessment, RunRecord
from ftc.core.reproduce import commands_for
from ftc.core.split import lost_seconds
from ftc.core.statistics import failures_by_day, moves, took
from ftc.render.issue import VERDICT_WORDS
from ftc.render.report_rows import Row

CHART_DAYS = 30
_DIFF = re.compile(r"^(?:diff --git |--- .*\n\+\+\+ )", re.MULTILINE)
EXCERPT_LINES, EXCERPT_CHARS = 200, 20_000
"""More than the state keeps of one excerpt; a bound all the same, as nobody promises that it does."""


class Sign(StrEnum):
    """What a line of a diff is; the value is its class on the page."""

    ADDED = "added"
    REMOVED = "removed"
    HEAD = "head"
    SAME = "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffLine:
    """One line of a diff."""

    sign: Sign
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """What the page shows beside the row."""

    verdict_words: str
    evidence: tuple[EvidenceItem, ...]
    """Heaviest first."""
    odds: float
    """Sum of the weights."""
    signatures: tuple[Signature, ...]
    older: int
    """Occurrences that are kept as numbers only."""
    commands: tuple[str, ...]
    audit: tuple[AuditEntry, ...]
    """Newest first."""
    days: tuple[tuple[date, int], ...]
    """Failures of each of the last days, oldest first."""
    chart: dict[str, object]
    fix_time: timedelta | None
    lost: int
    """Seconds of CI time of the jobs lost by occurrences that are kept one by one."""
    assessment: Assessment | None
    comment_url: str
    """The comment with the whole analysis; empty without one."""
    runs: tuple["RunShown", ...]
    """Newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunShown:
    """One run of the machine with what it printed; ``diff`` are the lines of its change, where that was kept."""

    record: RunRecord
    took: timedelta | None
    output: str
    diff: tuple[DiffLine, ...]


def detail(row: Row, *, now: datetime) -> Detail:
    """The story of one row's flake at this moment."""
    flake, verdict = row.flake, row.flake.verdict
    evidence = verdict.evidence if verdict else ()
    counts = failures_by_day(flake)
    shown = [now.date() - timedelta(days=back) for back in range(CHART_DAYS - 1, -1, -1)]
    spans = [span for _, span in took(moves(flake), begin=Status.ISSUE_OPEN, end=Status.MERGED)]
    return Detail(
        verdict_words=VERDICT_WORDS[verdict.failure_class] if verdict else "Not judged yet",
        evidence=tuple(sorted(evidence, key=lambda item: -item.weight)),
        odds=sum(item.weight for item in evidence),
        signatures=flake.signatures,
        older=flake.total - len(flake.occurrences),
        commands=commands_for(flake),
        audit=tuple(reversed(flake.audit)),
        days=tuple((day, counts[day]) for day in shown),
        chart=chart(shown, Failures=[counts[day] for day in shown]),
        fix_time=spans[-1] if spans else None,
        lost=lost_seconds(flake.occurrences),
        assessment=flake.progress.assessment,
        comment_url=_comment_url(row),
        runs=tuple(map(_run, flake.progress.runs)),
    )


def _comment_url(row: Row) -> str:
    known = row.flake.progress.assessment
    return f"{row.url}#issuecomment-{known.comment}" if known and known.comment and row.url else ""


def _run(record: RunRecord) -> RunShown:
    began, ended = record.started or record.created, record.finished
    text = bound(record.excerpt, max_lines=EXCERPT_LINES, max_chars=EXCERPT_CHARS)
    is_diff = bool(_DIFF.search(text))
    return RunShown(
        record=record,
        took=ended - began if ended and ended >= began else None,
        output="" if is_diff else text,
        diff=diff_lines(text) if is_diff else (),
    )


def diff_lines(text: str) -> tuple[DiffLine, ...]:
    """The lines of a unified diff with what each of them is."""
    return tuple(DiffLine(sign=_sign(line), text=line) for line in text.splitlines())


def _sign(line: str) -> Sign:
    if line.startswith(("diff --git ", "--- ", "+++ ", "@@", "index ", "new file", "deleted file")):
        return Sign.HEAD
    return {"+": Sign.ADDED, "-": Sign.REMOVED}.get(line[:1], Sign.SAME)


def chart(days: list[date], **series: list[int]) -> dict[str, object]:
    """What the chart script reads: days as ISO texts, and the series by name."""
    return {"days": [day.isoformat() for day in days], "series": series}


def excerpt(signature: Signature) -> str:
    """An excerpt that fits a page."""
    return bound(signature.excerpt, max_lines=EXCERPT_LINES, max_chars=EXCERPT_CHARS)
