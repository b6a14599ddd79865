"""The analysis of one flake: read the code, explain, and say it in the one comment that an approval is bound to.

The rule it keeps: the comment comes first and is found again by its purpose, the state last, so that a job that died in
between says nothing twice; and the plan keeps its date as long as it asks for the same.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from ftc.agent.analyst import charged, explained
from ftc.clients.payloads import Comment, Issue
from ftc.core.analysis import Analysis, Sources
from ftc.core.approval import Plan
from ftc.core.dialogue import Model
from ftc.core.effects import Effect, SaveFlake, Say
from ftc.core.errors import NotFound
from ftc.core.labels import prefixed, projected
from ftc.core.lifecycle import moved
from ftc.core.marks import purpose_of
from ftc.core.model import Flake, IssueRef, Status
from ftc.core.plan_block import decode_plan, encode_plan
from ftc.core.progress import Assessment
from ftc.core.taxonomy.explain import explain
from ftc.jobs.announce import site
from ftc.jobs.context import Context
from ftc.jobs.managed import trusted
from ftc.jobs.sources import sources_for
from ftc.render.analysis import MOST_FILES, analysis_comment

PURPOSE = "analysis"
"""Of the comment, by which it is found again; an approval is bound to the plan in it."""
FRESH = timedelta(days=1)
"""An analysis goes stale in a day: code and failures move on."""

Gather = Callable[[Flake], Sources]
"""From a flake to what could be read of its code."""


def stale(flake: Flake, now: datetime) -> bool:
    """Whether it needs a look: none was taken, or it is a day old and failures followed, or a fix is about to start."""
    known = flake.progress.assessment
    if known is None:
        return True
    changed = flake.total > known.occurrences or flake.status is Status.APPROVED_TO_FIX
    return changed and now - known.at > FRESH


def analyze(
    ctx: Context, flake: Flake, *, number: int, model: Model | None = None, gather: Gather | None = None
) -> tuple[Effect, ...]:
    """What to write about one flake's cause on its issue; nothing for an issue that is closed or not ours any more.

    The code is read from the repository's git unless ``gather`` brings it.
    """
    issue = _ours(ctx, number)
    if issue is None:
        return ()
    sources = gather(flake) if gather else sources_for(ctx, flake)
    analysis = considered(flake, sources, model=model)
    plan = Plan(
        root_cause=analysis.likeliest.root_cause,
        tests=(flake.test,),
        allowed_paths=ctx.config.allowed_paths,
        planned_files=analysis.plan.planned_files,
    )
    after = charged(assessed(ctx, flake, analysis), model)
    return (
        Say(number=number, purpose=PURPOSE, body=_body(ctx, flake, analysis, plan=plan, number=number)),
        *_labels(ctx, issue, after),
        SaveFlake(number=number, flake=after),
    )


def _ours(ctx: Context, number: int) -> Issue | None:
    """The issue, if it is open and nobody took the managed label off it."""
    with suppress(NotFound):
        issue = ctx.write.issue(number)
        if issue.is_open and prefixed("ai-managed", prefix=ctx.config.label_prefix) in issue.labels:
            return issue
    return None


def considered(flake: Flake, sources: Sources, *, model: Model | None) -> Analysis:
    """The model's view, or the rules' with a note where it gave none; never more files than the comment can name."""
    found = explained(flake, sources, explain(flake, sources), model=model)
    return replace(found, plan=replace(found.plan, planned_files=found.plan.planned_files[:MOST_FILES]))


def assessed(ctx: Context, flake: Flake, analysis: Analysis) -> Flake:
    """The flake with its assessment; before an approval it moves on to wait for a person, who is asked once."""
    first = analysis.likeliest
    assessment = Assessment(
        at=ctx.now,
        root_cause=first.root_cause,
        confidence=round(first.probability, 4),
        occurrences=flake.total,
        sha=analysis.sources.sha,
        by=analysis.by,
        locatable=analysis.sources.locatable,
        planned_files=analysis.plan.planned_files,
        allowed_paths=ctx.config.allowed_paths,
    )
    flake = replace(flake, progress=replace(flake.progress, assessment=assessment))
    for source, target in ((Status.ISSUE_OPEN, Status.TRIAGED), (Status.TRIAGED, Status.WAITING_FOR_SIGNAL)):
        if flake.status is source:
            flake = moved(flake, target, at=ctx.now, actor=ctx.login, url=ctx.run_url)
    if flake.status is Status.WAITING_FOR_SIGNAL:
        flake = replace(flake, progress=replace(flake.progress, asked=flake.progress.asked or ctx.now))
    return flake


def _body(ctx: Context, flake: Flake, analysis: Analysis, *, plan: Plan, number: int) -> str:
    where = IssueRef(repo=ctx.write.repo, issue=number)
    text = analysis_comment(analysis, repo=flake.repo, server=site(ctx.config.api_url), language=ctx.config.language)
    since = _since(ctx, plan, where)
    return f"{text}\n{encode_plan(plan, since, where=where, hmac_key=ctx.hmac_key)}\n"


def _since(ctx: Context, plan: Plan, where: IssueRef) -> datetime:
    """Since when this plan can be read: as the comment says, if it asks for the same and only we have edited it."""
    comment = _said(ctx, where.issue)
    known = decode_plan(comment.body, where=where, hmac_key=ctx.hmac_key) if comment else None
    if comment is None or known is None or known[0].scope != plan.scope:
        return ctx.now
    ours = all(trusted(ctx, edit.editor) for edit in ctx.write.comment_edits(comment))
    return known[1] if ours else ctx.now


def _said(ctx: Context, number: int) -> Comment | None:
    """The comment that is edited: of copies the first."""
    own = (item for item in ctx.write.comments(number) if trusted(ctx, item.author))
    return next((item for item in own if purpose_of(item.body) == PURPOSE), None)


def _labels(ctx: Context, issue: Issue, after: Flake) -> tuple[Effect, ...]:
    return projected(issue.number, issue.labels, after, ctx.config.label_prefix)
