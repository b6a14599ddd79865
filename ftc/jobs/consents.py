"""Whether a fix is approved now, derived from the page: the plan that was shown, and who said yes or no to it.

Rule: nothing of it comes from the state, which can only tell that a restart restarted nothing. A
plan counts while nobody but the bot has edited the comment it stands in.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from ftc.clients.payloads import Comment, Event
from ftc.core.approval import APPROVING, WITHDRAWING, LabelGone, Plan, Record, Shown, Void, Wish, missing, standing
from ftc.core.command_table import BY_NAME
from ftc.core.commands import Name, Place, Right
from ftc.core.decision import Consent
from ftc.core.marks import is_unended
from ftc.core.model import Flake, IssueRef
from ftc.core.orders import task_id
from ftc.core.plan_block import decode_plan
from ftc.core.turns import Turn, TurnKind, in_order
from ftc.jobs.actors import People
from ftc.jobs.context import Context
from ftc.jobs.desk import Desk
from ftc.jobs.managed import trusted
from ftc.jobs.thread import Thread, label_kind, of_comment, said_by_us, turns

ANALYSIS = "analysis"
"""Purpose of the comment that holds the plan."""
FIX = "fix:"
"""Start of the purpose of the comment on a fix run; one with an outcome uses up every approval before it."""


def consent(desk: Desk, thread: Thread, *, flake: Flake, until: Turn | None = None, own: str = "") -> Consent:
    """Whether the plan on the page is approved; an approval may also have been given on the dashboard.

    With ``until``, a turn on this issue, as it was when that turn was taken: turns are answered in their order, so that
    it does not matter how many of them a job finds waiting. ``own`` is the task that asks: its own comment does not use
    up what it was ordered by.
    """
    ctx, dashboard = desk.ctx, desk.dashboard_comments()
    plan, shown = plans(ctx, thread)
    lacks = missing(flake, threshold=desk.house.threshold, locatable=_locatable(flake))
    if plan is None or flake.test not in plan.tests:
        return Consent(standing=Void(), plan=None, lacks=lacks)
    said = (*thread.comments, *dashboard)
    here = tuple(turns(ctx, thread))
    ordered = in_order((*here, *_named_on_dashboard(ctx, dashboard, thread.issue.number)))
    if until is not None and until in here:
        ordered = ordered[: ordered.index(until) + 1]
    counting = [turn for turn in ordered if _matters(turn) and (turn == until or not _came_to_nothing(turn, flake))]
    record = Record(
        wishes=tuple(wish_of(ctx, desk.people, turn, flake, said=said) for turn in counting),
        labels_gone=(
            *(LabelGone(at=turn.at, login=turn.login) for turn in ordered if turn.kind is TurnKind.LABEL_GONE),
            *_taken_off_by_us(ctx, thread, flake, until=until if until in here else None),
        ),
        shown=shown,
        spent=_spent(ctx, thread, own=own),
    )
    return Consent(standing=standing(record, plan, policy=desk.house.policy, lacks=lacks), plan=plan, lacks=lacks)


def _taken_off_by_us(ctx: Context, thread: Thread, flake: Flake, *, until: Turn | None) -> Iterator[LabelGone]:
    """Our own removals of the approving label that end its approval, as far as the turn ``until``.

    One made while the label's own turn still waited answers something else, and leaves the label's approval alone.
    """
    said, label = said_by_us(ctx, thread), None
    for event in sorted(thread.events, key=lambda item: (item.at, item.id)):
        kind = label_kind(ctx, event)
        if kind is TurnKind.LABEL:
            label = event
        elif kind is TurnKind.LABEL_GONE and trusted(ctx, event.actor):
            within = until is None or event.at < until.at or (not until.is_comment and event.id < until.id)
            if within and (label is None or _was_decided(ctx, label, flake, said, by=event.at)):
                yield LabelGone(at=event.at, login=event.actor)


def _was_decided(ctx: Context, label: Event, flake: Flake, said: Mapping[str, Comment], *, by: datetime) -> bool:
    """Whether a label was refused, or granted before that time; ours only shows what was decided already."""
    if trusted(ctx, label.actor):
        return True
    turn = Turn(kind=TurnKind.LABEL, id=label.id, at=label.at, login=label.actor)
    answer = said.get(turn.purpose)
    return answer is not None and (answer.created < by or not _ordered_a_fix(turn, flake))


def plans(ctx: Context, thread: Thread) -> tuple[Plan | None, tuple[Shown, ...]]:
    """The plan on the page, and every plan that could be read there with its time."""
    comment = said_by_us(ctx, thread).get(ANALYSIS)
    if comment is None:
        return None, ()
    where = IssueRef(repo=ctx.write.repo, issue=thread.issue.number, comment=comment.id)
    found = decode_plan(comment.body, where=where, hmac_key=ctx.hmac_key)
    edits = ctx.write.comment_edits(comment)
    if found is None or any(not trusted(ctx, edit.editor) for edit in edits):
        return None, ()
    plan, since = found
    shown = [Shown(at=max(since, comment.created), scope=plan.scope)]
    for edit in edits:
        before = decode_plan(edit.text, where=where, hmac_key=ctx.hmac_key)
        # No plan at that time is a plan of no scope, which no approval matches.
        shown.append(Shown(at=edit.at, scope=before[0].scope if before else "none"))
    return plan, tuple(shown)


def wish_of(ctx: Context, people: People, turn: Turn, flake: Flake | None, *, said: Iterable[Comment]) -> Wish:
    """A turn as a wish, with who its author is now; ``said`` holds its comment."""
    if turn.command is None:
        raise AssertionError(f"turn {turn.key} asks for nothing")
    return Wish(
        id=turn.id,
        at=turn.at,
        actor=people.actor(turn, flake),
        command=turn.command,
        signal=turn.signal,
        edited=surely_edited(ctx, turn, said),
    )


def surely_edited(ctx: Context, turn: Turn, comments: Iterable[Comment]) -> bool:
    """Whether the comment was ever edited; times of whole seconds hide an edit within the first, the history does not.

    Only commands that set the machine to work are worth that question.
    """
    if turn.edited or not turn.is_comment or turn.command is None:
        return turn.edited
    if BY_NAME[turn.command.name].right not in (Right.APPROVE, Right.WRITE):
        return False
    comment = next((item for item in comments if item.id == turn.id), None)
    return comment is not None and bool(ctx.write.comment_edits(comment))


def _matters(turn: Turn) -> bool:
    return turn.command is not None and turn.command.name in (*APPROVING, *WITHDRAWING)


def _came_to_nothing(turn: Turn, flake: Flake) -> bool:
    """Whether it is a restart that ordered no fix, so that it must not approve one later."""
    if turn.command is None or turn.command.name is not Name.RETRY:
        return False
    return not _ordered_a_fix(turn, flake)


def _ordered_a_fix(turn: Turn, flake: Flake) -> bool:
    name = task_id(flake.issue.issue, turn.key) if flake.issue else ""
    return any(run.id == name and run.command != Name.START.value for run in flake.progress.runs)


def _named_on_dashboard(ctx: Context, comments: Iterable[Comment], number: int) -> tuple[Turn, ...]:
    """Approvals given on the dashboard, as if they had been given here; an edited one stays edited."""
    found = (of_comment(ctx, comment, place=Place.DASHBOARD) for comment in comments)
    return tuple(
        replace(turn, command=replace(turn.command, issues=()))
        for turn in found
        if turn and turn.command and turn.command.name is Name.AI_FIX and number in turn.command.issues
    )


def _locatable(flake: Flake) -> bool:
    return flake.progress.assessment is not None and flake.progress.assessment.locatable


def _spent(ctx: Context, thread: Thread, *, own: str) -> datetime | None:
    said = ((purpose, item) for purpose, item in said_by_us(ctx, thread).items() if purpose.startswith(FIX))
    ended = (item for purpose, item in said if purpose != FIX + own and not is_unended(item.body))
    return max((item.created for item in ended), default=None)
