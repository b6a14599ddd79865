"""``ftc fix tell``: say in the one comment of a run how far it is.

The rule it keeps: it edits and decides nothing, it reads no state and writes none, and it never fails a run. A run that
has its outcome is told of no more; a proof of a pull request is told of by its report alone.
"""

import argparse
import os

from ftc.clients import runner
from ftc.core.effects import Say
from ftc.core.endings import Papers
from ftc.core.errors import FtcError, UsageError
from ftc.core.fix import TaskKind
from ftc.core.markdown import strip_control
from ftc.core.marks import is_unended, purpose_of
from ftc.jobs.apply import perform
from ftc.jobs.consents import FIX
from ftc.jobs.context import Context, moment, open_context
from ftc.jobs.fix.folder import open_folder
from ftc.jobs.fix.papers import papers_of
from ftc.jobs.issues import Session
from ftc.jobs.managed import trusted
from ftc.jobs.settings import flag_values, load_settings
from ftc.jobs.thread_effects import comments
from ftc.render.runs import About, Phase, progress_text


def carry_out(args: argparse.Namespace) -> int:
    """Tell of the phase that has ended; whatever goes wrong is printed and no more."""
    if args.phase not in tuple(Phase):
        raise UsageError(f"tell: --phase is one of {', '.join(Phase)}")
    settings = load_settings(environ=os.environ, flags=flag_values(args))
    folder = open_folder(args)
    try:
        ctx = open_context(settings, os.environ, now=moment(args.now))
        papers = papers_of(folder, config=settings.config, sanitizer=ctx.sanitizer)
        line = tell(ctx, papers, task=args.task, phase=Phase(args.phase))
    except FtcError as error:
        line = f"how far the run is could not be said: {error}"
    print(runner.harmless(strip_control(line)))
    return 0


def tell(ctx: Context, papers: Papers, *, task: str, phase: Phase) -> str:
    """Write or edit the comment; gives one line for the log."""
    order = papers.task
    if order is None or order.kind is TaskKind.VERIFY:
        return "there is nothing to tell before the outcome"
    session, number = Session(ctx=ctx), int(task.partition("-")[0])
    purpose = FIX + task
    said = [item.body for item in comments(session, number) if trusted(ctx, item.author)]
    if any(purpose_of(body) == purpose and not is_unended(body) for body in said):
        return "the run has its outcome already"
    about = About(task=task, kind=order.kind, run_url=ctx.run_url, language=ctx.config.language)
    body = progress_text(phase, papers, about)
    perform(session, [Say(number=number, purpose=purpose, body=body, silent=not ctx.config.max_comments)])
    return "; ".join(session.lines)
