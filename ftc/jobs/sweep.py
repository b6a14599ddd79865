"""``ftc sweep``: keep the house tidy. Close what is silent, prove what was merged, end what has run out.

The rule it keeps: read and ask everything first, decide once, then write issue by issue; whoever stops it anywhere can
start it again.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from ftc.clients import runner
from ftc.core.errors import GitHubError
from ftc.core.model import Dashboard
from ftc.core.returning import otherwise
from ftc.core.sweep_rules import RULES, Chosen, dead_scans, within_brake
from ftc.core.sweeping import Outcome, swept
from ftc.ingest.publishable import one_line
from ftc.jobs.apply import begin, perform
from ftc.jobs.context import Context, moment, open_context
from ftc.jobs.issues import Session
from ftc.jobs.managed import Managed
from ftc.jobs.returns import manner_of
from ftc.jobs.settings import add_config_flags, flag_values, load_settings
from ftc.jobs.snapshot import Snapshot, read_snapshot
from ftc.jobs.sweep_effects import effects_of
from ftc.jobs.sweep_facts import ApprovalOf, Asked, facts_of
from ftc.jobs.sweep_report import Moved, SweepReport, as_json, as_text
from ftc.jobs.swept import note_swept
from ftc.render.environment import render

RespondTo = Callable[[Context, int], object]
"""Does what is due in the conversation of one issue; true when it wrote something."""
HEARTBEAT = timedelta(days=1)
"""A sweep with nothing to do is noted on the dashboard once so much time has passed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of the command beside those of the configuration."""
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--now", metavar="TIME", default="", help="decide as if it were this moment (ISO, UTC)")
    add_config_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Sweep as the configuration says, and report; nothing is written in a dry run."""
    settings = load_settings(environ=os.environ, flags=flag_values(args))
    if settings.config.disabled:
        print("Disabled by configuration (FTC_DISABLED); nothing was read or written.")
        return 0
    report = sweep(open_context(settings, os.environ, now=moment(args.now)))
    # Inside of a JSON string this is the same text; on a runner's console ``##[`` is a command wherever it stands.
    data = json.dumps(as_json(report), indent=2).replace("##[", "##\\u005b")
    print(data if args.json else "\n".join(as_text(report)))
    _tell_runner(report, data)
    return 0


def sweep(ctx: Context, *, respond_to: RespondTo | None = None, approval_of: ApprovalOf | None = None) -> SweepReport:
    """One sweep; without ``respond_to`` and ``approval_of`` conversations and approvals are left alone."""
    ctx.say(f"reading issues of {ctx.write.repo}")
    snapshot = read_snapshot(ctx)
    asked = facts_of(ctx, snapshot.issues, swept=snapshot.dashboard.swept, approval_of=approval_of)
    answered, notes = _answered(ctx, snapshot, respond_to)
    ours = {item.issue.number: item for item in snapshot.issues if item.issue.number not in answered}
    chosen = _decided(ctx, ours, asked)
    session = begin(ctx, snapshot)
    for number, outcome in chosen.now:
        perform(session, effects_of(ctx, ours[number], asked.facts[number], outcome))
    _note(ctx, snapshot, session, something=bool(answered))
    return SweepReport(
        repo=ctx.write.repo,
        dry_run=ctx.config.dry_run,
        issues=len(snapshot.issues),
        requests=ctx.requests,
        moved=tuple(_moved(ours, chosen)),
        answered=answered,
        later=chosen.later,
        done=tuple(session.lines),
        notes=tuple(one_line(note, sanitizer=ctx.sanitizer) for note in (*notes, *_notes(ctx, snapshot, asked))),
    )


def _answered(
    ctx: Context, snapshot: Snapshot, respond_to: RespondTo | None
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Issues touched since the last sweep are handed over, since GitHub may have dropped the event that told of it.

    Those that were answered are left alone until the next sweep: what was read of them is no longer true.
    """
    since = snapshot.dashboard.swept
    if respond_to is None or ctx.config.dry_run:
        return (), ()
    answered: list[int] = []
    notes: list[str] = []
    for item in snapshot.issues:
        if since is not None and item.issue.updated <= since:
            continue
        try:
            if respond_to(ctx, item.issue.number):
                answered.append(item.issue.number)
        except GitHubError as error:
            answered.append(item.issue.number)  # it may have written before it failed
            notes.append(f"issue {item.issue.number} could not be answered: {error}")
    return tuple(answered), tuple(notes)


def _decided(ctx: Context, ours: dict[int, Managed], asked: Asked) -> Chosen:
    manner = manner_of(ctx)
    outcomes: list[tuple[int, Outcome]] = []
    for number, item in ours.items():
        if number in asked.facts:
            outcomes.append((number, swept(item.flake, asked.facts[number], manner, rules=RULES)))
    return within_brake(outcomes, max_comments=ctx.config.max_comments)


def _note(ctx: Context, snapshot: Snapshot, session: Session, *, something: bool) -> None:
    """Note the sweep when it did something, or when the last note is old."""
    dashboard: Dashboard = snapshot.dashboard
    buried = {entry.issue for entry in dashboard.index if entry.gone}
    due = dashboard.swept is None or ctx.now - dashboard.swept >= HEARTBEAT
    if due or something or session.lines or snapshot.gone - buried:
        note_swept(session, snapshot)


def _moved(ours: dict[int, Managed], chosen: Chosen) -> Iterator[Moved]:
    for number, outcome in chosen.now:
        before = ours[number].flake
        if outcome.flake.status is not before.status:
            yield Moved(
                issue=number,
                test=str(before.test),
                source=before.status,
                target=outcome.flake.status,
                told=tuple(telling.what.value for telling in outcome.told),
            )


def _notes(ctx: Context, snapshot: Snapshot, asked: Asked) -> Sequence[str]:
    """What people should look at: dead scans, issues that could not be decided, new ways of failing."""
    dead = dead_scans(snapshot.dashboard, now=ctx.now, window=timedelta(days=ctx.config.window_days))
    return (
        *snapshot.notes,
        *filter(None, (dead,)),
        *(f"issue {number} was left for the next sweep: {why}" for number, why in asked.unanswered.items()),
        *(
            f"issue {item.issue.number} is settled, but its test fails in a way not seen before ({found[0].url})"
            for item in snapshot.issues
            if (found := otherwise(item.flake))
        ),
    )


def _tell_runner(report: SweepReport, data: str) -> None:
    """Hand the report on to the page of the run and to later steps."""
    path = runner.write_report(os.environ, data)
    runner.write_summary(os.environ, render("sweep_summary.md.j2", {"report": report}))
    outputs = {"report": path or "", "updated": len(report.moved), "requests": report.requests}
    runner.write_outputs(os.environ, outputs)
    notes = [(runner.Level.WARNING, note) for note in report.notes]
    for line in runner.annotations(os.environ, notes):
        print(line, file=sys.stderr)
