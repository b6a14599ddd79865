"""``ftc sweep``: keep the house tidy. Close what is silent, prove what was merged, end what has run out.

The rule it keeps: read and ask everything first, decide once, then write issue by issue; whoever stops it anywhere can
start it again.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from ftc.clients import runner
from ftc.core.effects import SaveDashboard
from ftc.core.returning import otherwise
from ftc.core.sweep_rules import RULES, Chosen, dead_scans, within_brake
from ftc.core.sweeping import swept
from ftc.ingest.publishable import one_line
from ftc.jobs.announce import announce
from ftc.jobs.apply import begin, perform
from ftc.jobs.context import Context, moment, open_context
from ftc.jobs.dispatching import dispatch
from ftc.jobs.issues import Session
from ftc.jobs.respond import hand_on
from ftc.jobs.returns import manner_of
from ftc.jobs.settings import add_config_flags, flag_values, load_settings
from ftc.jobs.snapshot import Snapshot, read_snapshot
from ftc.jobs.sweep_answers import FIRST_LOOK, Answers, RespondTo, answered, answering, touched
from ftc.jobs.sweep_effects import effects_of
from ftc.jobs.sweep_facts import Cases, cases_of
from ftc.jobs.sweep_report import Moved, SweepReport, as_json, as_text
from ftc.render.environment import render

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
    ctx = open_context(settings, os.environ, now=moment(args.now))
    report = sweep(ctx)
    hand_on(os.environ, dispatch(ctx, report.tasks, environ=os.environ))
    data = runner.harmless_json(json.dumps(as_json(report), indent=2))
    print(data if args.json else "\n".join(as_text(report)))
    _tell_runner(report, data)
    return 0


def sweep(ctx: Context, *, respond: RespondTo = answering) -> SweepReport:
    """One sweep from listing to writing."""
    ctx.say(f"reading issues of {ctx.write.repo}")
    snapshot = read_snapshot(ctx)
    fresh = touched(ctx, snapshot)
    cases = cases_of(ctx, (item for item in snapshot.issues if item.issue.number not in fresh.managed), snapshot)
    answers = answered(ctx, snapshot, fresh, respond)
    cases = cases.joined(cases_of(ctx, answers.issues, snapshot))
    chosen = _decided(ctx, cases, spent=answers.unasked)
    session = begin(ctx, snapshot)
    session.flakes |= {number: case.item.flake for number, case in cases.known.items()}
    for number, outcome in chosen.now:
        case = cases.known[number]
        perform(session, effects_of(ctx, case.item, case.facts, outcome))
    _note(session, snapshot, answers)
    notes = (*_notes(ctx, snapshot, cases, answers), *announce(ctx, snapshot.by_number, session.flakes))
    return SweepReport(
        repo=ctx.write.repo,
        dry_run=ctx.config.dry_run,
        issues=len(snapshot.issues),
        requests=ctx.requests,
        moved=tuple(_moved(cases, chosen)),
        answered=answers.wrote,
        tasks=answers.tasks,
        later=chosen.later,
        done=(*answers.lines, *session.lines),
        notes=tuple(one_line(note, sanitizer=ctx.sanitizer) for note in notes),
    )


def _decided(ctx: Context, cases: Cases, *, spent: int) -> Chosen:
    """What is written now; ``spent`` of the comments that the brake allows were made already."""
    manner = manner_of(ctx)
    outcomes = (
        (number, swept(case.item.flake, case.facts, manner, rules=RULES)) for number, case in cases.known.items()
    )
    return within_brake(outcomes, max_comments=ctx.config.max_comments - spent)


def _note(session: Session, snapshot: Snapshot, answers: Answers) -> None:
    """Note the sweep on the dashboard when it did something, or when the last note is old.

    The old moment stays where an answer failed: what is older than the note is never looked at again.
    """
    dashboard, now = snapshot.dashboard, session.ctx.now
    if session.dashboard is None or snapshot.damaged:
        return  # there is none yet, or the next scan writes it anew from all that it reads
    buried = tuple(replace(entry, gone=entry.gone or entry.issue in snapshot.gone) for entry in dashboard.index)
    due = dashboard.swept is None or now - dashboard.swept >= HEARTBEAT
    until = _looked_until(dashboard.swept, now) if answers.failed else now
    if due or answers.wrote or session.lines or buried != dashboard.index:
        perform(session, [SaveDashboard(dashboard=replace(dashboard, index=buried, swept=until))])


def _looked_until(before: datetime | None, now: datetime) -> datetime | None:
    """Where the next sweep begins after one that left something; what fails for ever is given up in the end."""
    return before and max(before, now - FIRST_LOOK)


def _moved(cases: Cases, chosen: Chosen) -> Iterator[Moved]:
    for number, outcome in chosen.now:
        before = cases.known[number].item.flake
        if outcome.flake.status is not before.status:
            yield Moved(
                issue=number,
                test=str(before.test),
                source=before.status,
                target=outcome.flake.status,
                told=tuple(telling.what.value for telling in outcome.told),
            )


def _notes(ctx: Context, snapshot: Snapshot, cases: Cases, answers: Answers) -> Iterator[str]:
    """What people should look at: dead scans, issues that could not be decided, new ways of failing."""
    yield from snapshot.notes
    dead = dead_scans(snapshot.dashboard, now=ctx.now, window=timedelta(days=ctx.config.window_days))
    yield from filter(None, (dead,))
    yield from answers.notes
    for number, why in cases.unanswered.items():
        yield f"issue {number} was left for the next sweep: {why}"
    for number, case in cases.known.items():
        for failure in otherwise(case.item.flake)[:1]:
            yield f"issue {number} is settled, but its test fails in a way not seen before ({failure.url})"


def _tell_runner(report: SweepReport, data: str) -> None:
    """Hand the report on to the page of the run and to later steps."""
    path = runner.write_report(os.environ, data)
    runner.write_summary(os.environ, render("sweep_summary.md.j2", {"report": report}))
    outputs = {"report": path or "", "updated": len(report.moved), "requests": report.requests}
    runner.write_outputs(os.environ, outputs)
    notes = [(runner.Level.WARNING, note) for note in report.notes]
    for line in runner.annotations(os.environ, notes):
        print(line, file=sys.stderr)
