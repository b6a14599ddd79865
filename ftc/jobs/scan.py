"""``ftc scan``: read what failed since the last time, decide what is flaky, and keep the issues.

The rule it keeps: read everything first, decide once, then write; whoever stops it anywhere can start it again.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from ftc.clients import runner
from ftc.core.config import Adopt, GroupBy
from ftc.core.dialogue import Model
from ftc.core.judged import Judgement, Scan, judge, questions, seen
from ftc.core.model import Run
from ftc.core.placing import may_place
from ftc.core.readings import readings
from ftc.core.thresholds import Thresholds
from ftc.core.triage import eligible, plan
from ftc.ingest.publishable import one_line
from ftc.jobs.analyze import Gather
from ftc.jobs.announce import announce
from ftc.jobs.apply import carry_out, foretold
from ftc.jobs.collect import Collected, collect
from ftc.jobs.context import Context, moment, open_context
from ftc.jobs.evidence import changed_files, with_tested_trees
from ftc.jobs.models import model_of
from ftc.jobs.opinions import with_opinions
from ftc.jobs.returns import with_returns
from ftc.jobs.rule_blocks import with_rules
from ftc.jobs.scan_analysis import with_analyses
from ftc.jobs.scan_report import ScanReport, about, as_json, as_text, summary_values
from ftc.jobs.settings import add_config_flags, flag_values, load_settings
from ftc.jobs.snapshot import Snapshot, read_snapshot
from ftc.jobs.written import written_issues
from ftc.render.environment import render

FARTHEST = timedelta(days=90)
"""GitHub keeps logs for 90 days by default; older runs have nothing left to read."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of the command beside those of the configuration."""
    parser.add_argument("--run-id", metavar="ID", default="", help="explain the decision about one run; writes nothing")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--now", metavar="TIME", default="", help="decide as if it were this moment (ISO, UTC)")
    add_config_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Scan as the configuration says, and report; nothing is written in a dry run."""
    settings = load_settings(environ=os.environ, flags=flag_values(args))
    if settings.config.disabled:
        print("Disabled by configuration (FTC_DISABLED); nothing was read or written.")
        return 0
    ctx = open_context(settings, os.environ, now=moment(args.now))
    report = scan(ctx, run_id=args.run_id)
    data = runner.harmless_json(json.dumps(as_json(report), indent=2))
    lines = as_text(report, explain=report.dry_run)
    print(data if args.json else "\n".join(lines))
    _tell_runner(report, data)
    return 0


def scan(ctx: Context, *, run_id: str = "", gather: Gather | None = None, model: Model | None = None) -> ScanReport:
    """One scan from listing to writing; ``run_id`` looks at that run alone and writes nothing.

    New issues are explained with the code that ``gather`` brings, by default from git, and by the model, by default the
    configured one, which is also asked about undecided failures if that is configured.
    """
    ctx.say(f"reading issues of {ctx.write.repo}")
    snapshot = read_snapshot(ctx)
    since = _since(ctx, snapshot)
    ctx.say(f"reading runs of {ctx.read.repo} since {since:%Y-%m-%d %H:%M} UTC")
    known = readings(snapshot.dashboard.ledger, snapshot.flakes)
    collected = collect(ctx, _runs(ctx, since, run_id), known=known, asked=run_id)
    scanned = _known(ctx, snapshot, collected, since=since)
    model = model or model_of(ctx, snapshot.bills)
    scanned, found = with_opinions(ctx, scanned, judge(scanned), model=model)
    decided = with_returns(ctx, snapshot, plan(_with_written(ctx, snapshot, scanned, found), found))
    live = not (ctx.config.dry_run or run_id)
    following = partial(with_analyses, gather=gather, model=model)
    done = carry_out(ctx, snapshot, decided, following=following) if live else foretold(ctx, snapshot, decided)
    untold = announce(ctx, snapshot.by_number, done.flakes) if live else ()
    report = ScanReport(
        repo=ctx.read.repo,
        write_repo=ctx.write.repo,
        mode=ctx.config.mode.value,
        dry_run=not live,
        plan=decided,
        listed=collected.listed,
        unread=len(collected.unread),
        requests=ctx.requests,
        done=tuple(done.lines),
        drafts=tuple(done.drafts),
        notes=(*decided.notes, *untold),
        dashboard_url=done.dashboard_url,
    )
    return about(report, run_id) if run_id else report


def _runs(ctx: Context, since: datetime, run_id: str) -> Iterator[Run]:
    """The runs to list, with the one asked for: it is judged beside the others, of which nothing is read anew."""
    listed = ctx.read.runs(since)
    if run_id:
        asked = ctx.read.run(run_id)
        yield asked
        yield from (run for run in listed if run.id != asked.id)
    else:
        yield from listed


def _since(ctx: Context, snapshot: Snapshot) -> datetime:
    """Where listing begins: the cursor, which lies a window behind the last scan; a window back on the first scan."""
    window = ctx.now - Thresholds.of(ctx.config).window
    return max(min(snapshot.dashboard.cursor or window, window), ctx.now - FARTHEST)


def _known(ctx: Context, snapshot: Snapshot, collected: Collected, *, since: datetime) -> Scan:
    """Everything the decision may use, with the evidence that costs further requests."""
    thresholds = Thresholds.of(ctx.config)
    window = ctx.now - thresholds.window
    oldest_unread = min((run.created for run in collected.unread), default=window)
    known = Scan(
        repo=ctx.read.repo,
        now=ctx.now,
        dashboard=snapshot.dashboard,
        attempts=collected.attempts,
        read=collected.read,
        cursor=min(window, oldest_unread) if collected.complete else since,
        managed=snapshot.managed,
        watched=snapshot.watched,
        closed=frozenset(item.issue.number for item in snapshot.issues if not item.issue.is_open),
        gone=snapshot.gone,
        thresholds=thresholds,
        base_branches=(ctx.base_branch, *ctx.config.release_branches),
        prefix=ctx.config.label_prefix,
        mode=ctx.config.mode,
        ignored=ctx.config.ignore_tests,
        by_signature=ctx.config.group_by is GroupBy.SIGNATURE,
        ownership=ctx.ownership,
        may_create=snapshot.may_create,
        adopt=ctx.config.adopt,
        actor=ctx.login,
        run_url=ctx.run_url,
        requests=ctx.requests,
        notes=tuple(one_line(note, sanitizer=ctx.sanitizer) for note in (*snapshot.notes, *collected.notes)),
    )
    known = with_rules(ctx, snapshot, known)
    if not collected.read:
        return replace(known, looked_up=False)
    occurrences = (item.occurrence for item in seen(known).sightings)
    known = replace(known, attempts=with_tested_trees(ctx, known.attempts, occurrences))
    return replace(known, touched=changed_files(ctx, questions(known)))


def _with_written(ctx: Context, snapshot: Snapshot, known: Scan, found: Judgement) -> Scan:
    """With the issues that people wrote, which cost requests, only when a flake may get a place in this scan."""
    if known.adopt is Adopt.OFF or not may_place(known) or not eligible(found, known):
        return known
    written, problem = written_issues(ctx, snapshot)
    notes = (one_line(problem, sanitizer=ctx.sanitizer),) if problem else ()
    return replace(known, written=written, notes=(*known.notes, *notes), requests=ctx.requests)


def _tell_runner(report: ScanReport, data: str) -> None:
    """Hand the report on to the page of the run and to later steps."""
    path = runner.write_report(os.environ, data)
    runner.write_summary(os.environ, render("scan_summary.md.j2", summary_values(report)))
    outputs = {
        "report": path or "",
        "opened": report.opened,
        "updated": report.updated,
        "waiting": len(report.plan.waiting),
        "requests": report.requests,
    }
    runner.write_outputs(os.environ, outputs)
    notes = [(runner.Level.WARNING, note) for note in report.notes]
    for line in runner.annotations(os.environ, notes):
        print(line, file=sys.stderr)
