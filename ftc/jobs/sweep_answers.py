"""Conversations that a sweep takes up: whatever was said or done on an issue that no job has answered yet.

The rule it keeps: GitHub may drop any event, so that every issue touched since the last sweep is looked at; what
answering wrote is read again before anything is decided about the issue.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from ftc.clients.payloads import Comment
from ftc.core.commands import Place
from ftc.core.decisions.starting import waiting_starts
from ftc.core.errors import BudgetExceeded, GitHubError, NotFound
from ftc.core.marks import purpose_of
from ftc.core.model import Flake, Status
from ftc.core.orders import Order
from ftc.core.turns import TurnKind
from ftc.jobs.context import Context
from ftc.jobs.managed import Managed, believed, trusted
from ftc.jobs.reminding import PROOF_PATIENCE, orders_waiting
from ftc.jobs.respond import RespondReport, respond_to
from ftc.jobs.snapshot import Snapshot
from ftc.jobs.strangers import FRESH
from ftc.jobs.thread import of_comment


class RespondTo(Protocol):
    """Does what is due in the conversation of one issue."""

    def __call__(self, ctx: Context, number: int, *, snapshot: Snapshot) -> RespondReport:
        """Answer; ``snapshot`` is what this job has read already."""


def answering(ctx: Context, number: int, *, snapshot: Snapshot) -> RespondReport:
    """Answer as ``ftc respond`` does, and name the task that waits, too: whoever was told of it may have died."""
    return respond_to(ctx, number, snapshot=snapshot, remind=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What came of it, and the issues as they now stand."""

    issues: tuple[Managed, ...] = ()
    wrote: tuple[int, ...] = ()
    """Issues in which something was due."""
    tasks: tuple[Order, ...] = ()
    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unasked: int = 0
    """Comments among it that answer nobody."""
    failed: bool = False
    """Whether something that waits was left, so that the next sweep has to look as far back as this one."""

    def joined(self, report: RespondReport) -> "Answers":
        """These, and what was done on one more issue; a task that two pages tell of is named once."""
        named = {task.id for task in self.tasks}
        return replace(
            self,
            wrote=(*self.wrote, *((report.issue,) if report.done else ())),
            tasks=(*self.tasks, *(task for task in report.tasks if task.id not in named)),
            lines=(*self.lines, *report.done),
            unasked=self.unasked + report.unasked,
        )


FIRST_LOOK = timedelta(days=30)
"""How far back the first sweep looks for what nobody answered; older words are past answering."""


UNCERTAIN = PROOF_PATIENCE + timedelta(days=1)
"""How long an order that waits is looked at again though it could not be named: it may be too young for that, or its
author's right and the pull request come and go within a day."""
MOST_ELSEWHERE = 20
"""Issues and pull requests beside the managed ones that one sweep answers on; the others wait for the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """Where somebody may wait for an answer."""

    managed: frozenset[int]
    elsewhere: tuple[int, ...] = ()
    """The dashboard, and issues and pull requests that are not managed, where a command has no answer."""
    left: bool = False
    """Whether there are more of them than one sweep answers on."""
    ordered: Mapping[int, datetime] = field(default_factory=dict)
    """Where elsewhere a task was ordered that no fix run has taken, with the newest such answer: only the page tells of
    it, so that the next sweep has to look there, too."""


def touched(ctx: Context, snapshot: Snapshot) -> Touched:
    """Issues in which people did something since the last sweep, and approved ones, whose approval is derived anew.

    Looking at one costs three requests and most were touched by the bot's own writes, so that it is asked first, in two
    requests or a few, who did something where.
    """
    since = snapshot.dashboard.swept or ctx.now - FIRST_LOOK
    approved = {item.issue.number for item in snapshot.issues if _holds_order(item.flake)}
    fresh = {item.issue.number for item in snapshot.issues if item.issue.updated >= since}
    if not fresh and not snapshot.dashboards:
        return Touched(managed=frozenset(approved))  # nothing was ever scanned here
    stirred = ctx.write.stirred(since)
    if stirred is None:
        # Too much to tell where commands wait, but for the one place that is known.
        overview = tuple(issue.number for issue in snapshot.dashboards)
        return Touched(managed=frozenset(fresh | approved), elsewhere=overview)
    fresh &= {number for number, login in stirred.people if not trusted(ctx, login)}
    ordered: dict[int, datetime] = {}
    for item in orders_waiting(ctx, stirred.comments):
        if item.issue not in snapshot.by_number:
            ordered[item.issue] = max(item.created, ordered.get(item.issue, item.created))
    waits = _elsewhere(ctx, snapshot, stirred.comments, ordered)
    return Touched(
        managed=frozenset(fresh | approved),
        elsewhere=waits[:MOST_ELSEWHERE],
        left=len(waits) > MOST_ELSEWHERE,
        ordered=ordered,
    )


def _holds_order(flake: Flake) -> bool:
    """Whether an approval or a task is kept here that nobody may have been told of."""
    return flake.status is Status.APPROVED_TO_FIX or waiting_starts(flake)


def _elsewhere(
    ctx: Context, snapshot: Snapshot, comments: Sequence[Comment], ordered: Mapping[int, datetime]
) -> tuple[int, ...]:
    """Where fresh commands without an answer stand outside the managed issues, or orders that wait; newest first."""
    dashboards = {issue.number for issue in snapshot.dashboards}
    done = {purpose_of(comment.body) for comment in comments if trusted(ctx, comment.author)}
    newest = dict(ordered)
    for comment in comments:
        place = Place.DASHBOARD if comment.issue in dashboards else Place.ISSUE
        turn = of_comment(ctx, comment, place=place)
        if turn is None or turn.kind is TurnKind.TALK or turn.purpose in done or turn.at <= ctx.now - FRESH:
            continue
        if comment.issue not in snapshot.by_number:
            newest[comment.issue] = max(turn.at, newest.get(comment.issue, turn.at))
    return tuple(sorted(newest, key=lambda number: (newest[number], number), reverse=True))


def answered(ctx: Context, snapshot: Snapshot, at: Touched, respond: RespondTo) -> Answers:
    """Answer on each of these issues, one after another; a failure stops only its own issue.

    The managed ones come first, so that a command on the dashboard finds them as they now stand.
    """
    issues: dict[int, Managed] = {item.issue.number: item for item in snapshot.issues}
    known: dict[int, Managed] = {}
    answers = Answers()
    for number in (*(number for number in issues if number in at.managed), *at.elsewhere):
        try:
            braked = _braked(ctx, answers.unasked)
            report = respond(braked, number, snapshot=replace(snapshot, issues=tuple(issues.values())))
            changed = {number, *report.flakes} & set(issues)
            for other in changed:
                again = report.done and not ctx.config.dry_run
                found = _read_again(ctx, issues[other], snapshot) if again else issues[other]
                known.pop(other, None)
                if found is not None:
                    issues[other] = known[other] = found
        except (GitHubError, BudgetExceeded) as error:
            # It may have written before it failed, so what is known of the issue may be wrong.
            note = f"issue {number} could not be answered: {error}"
            answers = replace(answers, notes=(*answers.notes, note), failed=True)
            continue
        answers = replace(answers.joined(report), failed=answers.failed or _waits(ctx, at, number, report))
    left = ("commands elsewhere wait for the next sweep",) if at.left else ()
    return replace(
        answers,
        issues=tuple(known.values()),
        notes=(*answers.notes, *left),
        failed=answers.failed or at.left,
    )


def _braked(ctx: Context, made: int) -> Context:
    """The job with what the brake on comments leaves of it."""
    return replace(ctx, config=replace(ctx.config, max_comments=max(0, ctx.config.max_comments - made)))


def _waits(ctx: Context, at: Touched, number: int, report: RespondReport) -> bool:
    """Whether a task that was ordered there, outside the managed issues, has to be looked at by the next sweep again.

    One that may not begin any more is looked for no longer than it takes to be sure of that: every sweep would read all
    that was said since, and in a busy repository soon too much to find any command.
    """
    ordered = at.ordered.get(number)
    return ordered is not None and (bool(report.tasks) or ordered > ctx.now - UNCERTAIN)


def _read_again(ctx: Context, item: Managed, snapshot: Snapshot) -> Managed | None:
    """The issue as answering left it; nothing for one that is gone or not believed any more."""
    try:
        found = believed(ctx, ctx.write.issue(item.issue.number), snapshot.dashboard)
    except NotFound:
        return None
    return found if isinstance(found, Managed) else None
