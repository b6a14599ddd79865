"""``ftc fix publish``: push the proven change as one commit, and open its one pull request.

The rule it keeps: nothing is published but what the verify job judged, on the base on which it did, while the issue
still says that this run is at work. Run again after any death it ends with the same commit, branch and pull request.
"""

import argparse
import os
from collections.abc import Iterator
from dataclasses import replace

from ftc.agent.workspace import Mirror, mirror
from ftc.clients import runner
from ftc.clients.git_worktree import BOT_MAIL, BOT_NAME
from ftc.clients.payloads import same_login
from ftc.clients.pull_payloads import Proposed
from ftc.core.concluding import conclude
from ftc.core.config import Config, Mode
from ftc.core.errors import UsageError
from ftc.core.fix import Candidate, Fix, Publication, Reproduction, Task, TaskKind
from ftc.core.labels import prefixed
from ftc.core.markdown import strip_control
from ftc.core.orders import branch_name
from ftc.core.publishing import (
    DEFAULT_TITLE,
    Evidence,
    Proposal,
    is_draft,
    not_held,
    problem_of,
    pull_title,
    risk_of,
    without_secrets,
)
from ftc.core.records import RecordUnreadable
from ftc.jobs.context import Context, moment, open_context
from ftc.jobs.fix.branch import Checked, Withheld, checked, commit, moved_to, pull_template, push
from ftc.jobs.fix.folder import Folder, open_folder
from ftc.jobs.fix.proving import belongs
from ftc.jobs.fix.pulls import NotOpened, Opening, compare_url, label_pull, open_pull, other_pull, own_pull
from ftc.jobs.settings import flag_values, load_settings
from ftc.jobs.snapshot import read_snapshot
from ftc.render.pull import commit_message, pull_text

ACTIONS_LOGIN = "github-actions[bot]"
"""Who a workflow's own token is; what it pushes and opens starts no workflows."""


def carry_out(args: argparse.Namespace) -> int:
    """Publish what a run handed on, and write down what was done; for ``verify`` there is nothing to publish."""
    settings = load_settings(environ=os.environ, flags=flag_values(args))
    folder = open_folder(args)
    task = folder.need(Task, of="gate")
    if task.kind is TaskKind.VERIFY:
        print("The change under proof is somebody's pull request already; there is nothing to publish.")
        return 0
    evidence = evidence_of(folder, task, settings.config, name=args.task)
    ctx = open_context(settings, os.environ, now=moment(args.now))
    publication = publish(ctx, evidence, token=settings.tokens.issue)
    folder.write(publication)
    runner.write_outputs(os.environ, {"sha256": folder.digests()})
    for line in said(publication):
        print(runner.harmless(strip_control(line)))
    return 0


def evidence_of(folder: Folder, task: Task, config: Config, *, name: str) -> Evidence:
    """What earlier jobs handed on, and what all legs of the proof say together; ``name`` is the task asked for."""
    if task.id != name or task.branch != branch_name(task.issue, task.id) or not name.startswith(f"{task.issue}-"):
        raise UsageError(f"task.json of {name} is about another task; run `ftc fix gate` again")
    verifications, unread = folder.verifications(task.legs)
    return Evidence(
        task=task,
        fix=folder.need(Fix, of="generate"),
        conclusion=conclude(task, verifications, masking=config.masking, pull_on=config.pull_on, unread=unread),
        reproduction=_reproduction(folder, task),
    )


def _reproduction(folder: Folder, task: Task) -> Reproduction | None:
    """What was seen before anybody looked for a fix; it is shown and proves nothing, so without it all goes on."""
    try:
        found = folder.read(Reproduction)
        if found is not None:
            belongs(found, task)
    except RecordUnreadable as error:
        print(runner.harmless(strip_control(f"what was reproduced is not shown: {error}")))
        return None
    return found


def publish(ctx: Context, evidence: Evidence, *, token: str) -> Publication:
    """The whole job; ``token`` pushes. What may not be published is an outcome and no error."""
    task = evidence.task
    if ctx.write.repo.lower() != task.repo.lower():
        raise UsageError(f"the task is for {task.repo}, and this job writes to {ctx.write.repo}; set write-repo")
    evidence = without_secrets(evidence, ctx.sanitizer)
    blank = _nothing(evidence)
    if problem := problem_of(evidence, ctx.config):
        return replace(blank, problem=problem)
    try:
        with mirror(f"{ctx.server_url}/{task.repo}.git", token) as copy:
            return _published(ctx, copy, evidence, blank)
    except Withheld as error:
        return replace(blank, problem=str(error), moved=error.moved)


def _nothing(evidence: Evidence) -> Publication:
    """What is known before anything was published."""
    return Publication(
        task=evidence.task.id,
        proof=evidence.conclusion.proof,
        candidate=evidence.conclusion.candidate,
        pull=0,
        url="",
        branch="",
        head_sha="",
        draft=False,
        risk_labels=(),
        text="",
        problem="",
    )


def _published(ctx: Context, copy: Mirror, evidence: Evidence, blank: Publication) -> Publication:
    task, candidate = evidence.task, evidence.candidate
    if candidate is None:
        raise AssertionError("without a candidate there is a problem, which was told before")
    known = own_pull(ctx, task)
    if known is None:
        _still_ours(ctx, task)
    if (known is None or not known.is_open) and (other := other_pull(ctx, task)):
        return _duplicate(blank, other)
    if known is not None and not known.is_open:
        return replace(_with_pull(blank, known), problem=f"pull request {known.number} of this run was closed already")
    change = checked(ctx, copy, evidence, candidate)
    head = "" if known else moved_to(ctx, copy, task, change.applied, candidate)
    proposal = _proposal(ctx, evidence, candidate, change, head=head)
    if known is None:
        return _new(ctx, copy, proposal, change, blank)
    if not ctx.config.dry_run:
        _label(ctx, known, proposal)
    return replace(_with_pull(blank, known), risk_labels=_risk_labels(ctx, proposal))


def _still_ours(ctx: Context, task: Task) -> None:
    """Whether the issue still says that this run is at work on it; raises ``Withheld``."""
    if ctx.config.mode is not Mode.FIX:
        raise Withheld(f"mode is {ctx.config.mode.value} by now, which starts no fixes")
    snapshot = read_snapshot(_as_reader(ctx))
    managed = next((item for item in snapshot.issues if item.issue.number == task.issue), None)
    if managed is None and task.kind is not TaskKind.START:
        raise Withheld("the issue is not managed any more")
    issue = managed.issue if managed else ctx.write.issue(task.issue)
    problem = "" if issue.is_open else "the issue was closed meanwhile"
    if managed and not problem:
        problem = not_held(task, managed.flake)
    if problem:
        raise Withheld(problem)


def _as_reader(ctx: Context) -> Context:
    """With the account of the job's own token among the trusted: it keeps the issues, while another one may push."""
    if ctx.read is ctx.write or ctx.config.repo.lower() != ctx.config.target.lower():
        return ctx
    trusted_logins = (*ctx.config.trusted_logins, ctx.read.preflight().login)
    return replace(ctx, config=replace(ctx.config, trusted_logins=trusted_logins))


def _proposal(ctx: Context, evidence: Evidence, candidate: Candidate, change: Checked, *, head: str) -> Proposal:
    config, conclusion, changes = ctx.config, evidence.conclusion, change.applied.changes
    masked = bool(change.masking)
    titles = ctx.write.commit_titles(evidence.task.base_sha) if config.pull_title == DEFAULT_TITLE else ()
    risk, reasons = risk_of(conclusion, changes, config, masked=masked)
    return Proposal(
        evidence=evidence,
        candidate=candidate,
        title=pull_title(evidence.task, candidate, config, titles=titles),
        changes=changes,
        masking=change.masking,
        draft=is_draft(conclusion, config, masked=masked),
        risk=risk,
        reasons=reasons,
        moved_to=head,
        starts_ci=not same_login(ctx.login, ACTIONS_LOGIN),
        run_url=ctx.run_url,
    )


def _new(ctx: Context, copy: Mirror, proposal: Proposal, change: Checked, blank: Publication) -> Publication:
    """Push, open, look once more for another's, label: in this order, each found again by the next try."""
    task = proposal.evidence.task
    sign_off = f"{BOT_NAME} <{BOT_MAIL}>" if ctx.config.sign_off else ""
    sha = commit(copy, task, change.applied, message=commit_message(proposal, sign_off=sign_off))
    body = pull_text(proposal, template=pull_template(copy), language=ctx.config.language)
    labels = _risk_labels(ctx, proposal)
    made = replace(blank, branch=task.branch, head_sha=sha, draft=proposal.draft, risk_labels=labels, text=body)
    if ctx.config.dry_run:
        ctx.say(f"would push {sha} to {task.branch} and open {_kind(proposal)} {proposal.title!r} with {labels[0]}")
        return replace(made, branch="", head_sha="", problem="dry-run: nothing was pushed or opened")
    push(copy, task, sha)
    by_hand = replace(made, compare_url=compare_url(ctx, task, proposal.title))
    if not ctx.config.fix_pull_requests:
        return replace(by_hand, problem="fix-pull-requests is off; the branch is there, and a person may open it")
    try:
        pull = open_pull(ctx, task, Opening(title=proposal.title, body=body, draft=proposal.draft))
    except NotOpened as error:
        return replace(by_hand, problem=f"GitHub did not let this job open a pull request: {error}")
    other = other_pull(ctx, task)
    if other is not None and other.number < pull.number:
        ctx.write.edit_pull(pull.number, state="closed")
        return _duplicate(blank, other)
    _label(ctx, pull, proposal)
    return replace(_with_pull(made, pull), text=body)


def _duplicate(blank: Publication, other: Proposed) -> Publication:
    text = f"duplicate: pull request {other.number} closes this issue already"
    return replace(blank, pull=other.number, url=other.url, problem=text)


def _with_pull(publication: Publication, pull: Proposed) -> Publication:
    return replace(
        publication,
        pull=pull.number,
        url=pull.url,
        branch=pull.branch,
        head_sha=pull.head_sha,
        draft=pull.draft,
        text=pull.body,
    )


def _label(ctx: Context, pull: Proposed, proposal: Proposal) -> None:
    if note := label_pull(ctx, pull, (f"risk-{proposal.risk.word}",)):
        ctx.say(note)


def _risk_labels(ctx: Context, proposal: Proposal) -> tuple[str, ...]:
    return (prefixed(f"risk-{proposal.risk.word}", prefix=ctx.config.label_prefix),)


def _kind(proposal: Proposal) -> str:
    return "the draft" if proposal.draft else "the pull request"


def said(publication: Publication) -> Iterator[str]:
    """What became of it, for the job's log."""
    if publication.pull and not publication.problem:
        yield f"{publication.url} ({'draft, ' if publication.draft else ''}{publication.head_sha})"
    if publication.problem:
        yield f"not published: {publication.problem}"
    if publication.compare_url:
        yield f"open it by hand: {publication.compare_url}"
