"""``ftc respond``: answer what people said and did on one issue since it was last looked at.

The rule it keeps: the event only says where to look. Everything after the cursors is handled, once each, oldest first.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ftc.clients import runner
from ftc.clients.payloads import EPOCH
from ftc.core.errors import NotFound, UsageError
from ftc.core.fix import TaskKind
from ftc.core.labels import prefixed
from ftc.core.markdown import strip_control
from ftc.core.model import Flake, Status
from ftc.core.orders import Order, document, matrix_entry
from ftc.core.progress import RunStatus
from ftc.core.turns import waiting
from ftc.jobs.agent_orders import awaiting
from ftc.jobs.agent_proofs import order_proof
from ftc.jobs.announce import announce
from ftc.jobs.answering import attend, look_again
from ftc.jobs.context import Context, moment, open_context
from ftc.jobs.desk import Partners, open_desk
from ftc.jobs.dispatching import dispatch
from ftc.jobs.heal_records import is_of_heal
from ftc.jobs.managed import trusted
from ftc.jobs.overview import attend_overview
from ftc.jobs.partners import everybody
from ftc.jobs.pulls_ended import look_at_pull
from ftc.jobs.reminding import name_again
from ftc.jobs.seat import Seat, leave, seat
from ftc.jobs.settings import add_config_flags, flag_values, load_settings
from ftc.jobs.snapshot import Snapshot, read_snapshot
from ftc.jobs.strangers import attend_stranger, unanswered
from ftc.jobs.task_records import is_of_task
from ftc.jobs.thread import Thread, answered, read_thread, turns

BEFORE_FILING = f"{Status.DISCOVERED} → "
"""How the audit entry begins that says when an issue became the flake's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RespondReport:
    """What answering on one issue did."""

    issue: int
    done: tuple[str, ...] = ()
    """One line for each write that was made, or in a dry run would be made."""
    tasks: tuple[Order, ...] = ()
    """Ordered tasks for the fix workflow."""
    note: str = ""
    """Why nothing was looked at, where that is so."""
    flakes: Mapping[int, Flake] = field(default_factory=dict)
    """What was written of managed issues, as it now stands, by number."""
    notes: tuple[str, ...] = ()
    """What people should look at, though the answers are out."""
    unasked: int = 0
    """Comments that answer nobody, of which ``max-comments`` allows so many."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of the command beside those of the configuration."""
    parser.add_argument("--issue", type=int, metavar="N", default=0, help="look at this issue; default: the event's")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--now", metavar="TIME", default="", help="decide as if it were this moment (ISO, UTC)")
    add_config_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Answer on the issue that was named, by flag or event."""
    settings = load_settings(environ=os.environ, flags=flag_values(args))
    if settings.config.disabled:
        print("Disabled by configuration (FTC_DISABLED); nothing was read or written.")
        return 0
    number = args.issue or named_in(runner.event_payload(os.environ))
    if not number:
        raise UsageError("no issue is named; give --issue N, or run it on an event of an issue")
    ctx = open_context(settings, os.environ, now=moment(args.now))
    report = respond(ctx, number)
    hand_on(os.environ, dispatch(ctx, report.tasks, environ=os.environ))
    for line in runner.annotations(os.environ, [(runner.Level.WARNING, note) for note in report.notes]):
        print(line, file=sys.stderr)
    lines = [*report.done, *([report.note] if report.note else [])] or ["nothing waits for an answer"]
    data = runner.harmless_json(json.dumps(as_json(report), indent=2))
    print(data if args.json else "\n".join(runner.harmless(strip_control(line)) for line in lines))
    return 0


def respond(ctx: Context, number: int) -> RespondReport:
    """The whole job: answer on one issue, then tell people elsewhere what changed."""
    snapshot = read_snapshot(ctx)
    report = respond_to(ctx, number, snapshot=snapshot)
    return replace(report, notes=announce(ctx, snapshot.by_number, report.flakes))


def respond_to(
    ctx: Context,
    number: int,
    *,
    partners: Partners | None = None,
    snapshot: Snapshot | None = None,
    remind: bool = False,
) -> RespondReport:
    """Handle everything on one issue that is not handled yet; ``snapshot`` spares reading it again.

    With ``remind``, a task that was ordered before and still waits is among the report's, too.
    """
    snapshot = snapshot or read_snapshot(ctx)
    desk = open_desk(ctx, snapshot, partners or everybody())
    try:
        thread = read_thread(ctx, number)
    except NotFound:
        return RespondReport(issue=number, note=f"issue {number} does not exist any more")
    if is_of_task(ctx, thread.issue):
        return RespondReport(issue=number, note=f"issue {number} is a task's; its next run looks at it")
    if is_of_heal(ctx, thread.issue):
        return RespondReport(issue=number, note=f"issue {number} is the memory of `ftc heal`; nobody answers there")
    if why := _left_alone(ctx, snapshot, thread):
        return RespondReport(issue=number, note=why)
    if number in {issue.number for issue in snapshot.dashboards}:
        attend_overview(desk, thread)
    elif (flake := desk.flake(number)) is not None:
        _keep(seat(desk, thread, flake), remind=remind)
    else:
        stranger = seat(desk, thread, None, unreadable=_is_ours(ctx, thread))
        attend_stranger(stranger)
        if remind and not stranger.unreadable:
            name_again(stranger)
        elif not remind and (waits := awaiting(desk, thread)):  # a sweep looks at every such issue by itself
            _keep(seat(desk, read_thread(ctx, waits), desk.flake(waits)), remind=False)
    return RespondReport(
        issue=number,
        done=tuple(desk.session.lines),
        tasks=tuple(desk.tasks),
        flakes=dict(desk.session.flakes),
        unasked=len(desk.unasked),
    )


def _keep(at: Seat, *, remind: bool) -> None:
    """A managed issue: everything past its cursors, and whether its approval still stands."""
    ctx, flake = at.desk.ctx, at.flake
    if flake is None:
        raise AssertionError(f"issue {at.number} is not managed")
    # What was said on a person's issue before it was adopted was said to others, but for the command that adopted it.
    filed = min((entry.at for entry in flake.audit if entry.action.startswith(BEFORE_FILING)), default=EPOCH)
    early = unanswered(at)
    said = (turn for turn in turns(ctx, at.thread) if turn.at >= filed or turn in early)
    waits = waiting(said, flake.progress.cursors, answered(ctx, at.thread))
    look_at_pull(at, waits)
    for turn in waits:
        attend(at, turn)
    look_again(at, remind=remind)
    order_proof(at)
    if remind:
        name_again(at)
    leave(at)
    queued = {run.id for run in at.flake.progress.runs if run.status is RunStatus.QUEUED} if at.flake else set()
    at.desk.tasks[:] = [task for task in at.desk.tasks if task.kind is TaskKind.VERIFY or task.id in queued]


def _is_ours(ctx: Context, thread: Thread) -> bool:
    """Whether the bot opened this issue as a managed one."""
    managed = prefixed("ai-managed", prefix=ctx.config.label_prefix)
    return trusted(ctx, thread.issue.author) and managed in thread.issue.labels


def _left_alone(ctx: Context, snapshot: Snapshot, thread: Thread) -> str:
    """Why an issue is none of our business any more: somebody took the managed label off it."""
    managed = prefixed("ai-managed", prefix=ctx.config.label_prefix)
    known = thread.issue.number in {entry.issue for entry in snapshot.dashboard.index}
    if managed not in thread.issue.labels and (known or trusted(ctx, thread.issue.author)):
        return f"issue {thread.issue.number} lost its label {managed}, so it is left alone"
    return ""


def named_in(payload: Mapping[str, Any]) -> int:
    """Number of the issue or pull request that an event is about; 0 for any other event."""
    for name in ("issue", "pull_request"):
        item = payload.get(name)
        number = item.get("number") if isinstance(item, Mapping) else None
        if isinstance(number, int) and number > 0:
            return number
    return 0


def as_json(report: RespondReport) -> dict[str, object]:
    """The report as data."""
    return {
        "issue": report.issue,
        "done": list(report.done),
        "note": report.note,
        "notes": list(report.notes),
        "tasks": [matrix_entry(task) for task in report.tasks],
    }


def hand_on(environ: Mapping[str, str], tasks: Sequence[Order]) -> None:
    """Give the ordered tasks to later jobs: one file for each, and the matrix of their names."""
    for task in tasks:
        runner.write_file(environ, f"tasks/{task.id}/task.json", json.dumps(document(task), indent=2) + "\n")
    folder = runner.folder(environ)
    outputs = {
        "fixes": json.dumps([matrix_entry(task) for task in tasks]),
        "tasks": f"{folder}/tasks" if folder and tasks else "",
    }
    runner.write_outputs(environ, outputs)
