"""``ftc fix settle``: write down how a run ended, whatever became of its other jobs.

The rule it keeps: the comment first, then labels, and the state with lease and money last, so that a death anywhere is
repaired by running it again. A state that this run does not hold any more is not moved; what a person did wins.
"""

import argparse
import os
import sys
from dataclasses import dataclass, field, replace

from ftc.agent.github_agent import Hands
from ftc.clients import runner
from ftc.clients.payloads import Issue
from ftc.core.agent_pulls import may_be_proven
from ftc.core.effects import SaveFlake, Say
from ftc.core.endings import Ended, Ending, Papers, ended
from ftc.core.errors import Forbidden, NotFound
from ftc.core.fix import Publication, TaskKind
from ftc.core.labels import projected
from ftc.core.markdown import strip_control
from ftc.core.marks import PROOF, agent_head, proven_mark, proven_of
from ftc.core.model import Flake
from ftc.core.orders import answers_too, task_turn
from ftc.core.requeue import times_again
from ftc.core.settling import Hand, charged, final, holds, record_of, settled, was_stopped
from ftc.jobs.announce import announce
from ftc.jobs.apply import begin, perform
from ftc.jobs.consents import FIX
from ftc.jobs.context import Context, moment, open_context, with_token
from ftc.jobs.fix.counting import counted, judged_now
from ftc.jobs.fix.folder import open_folder
from ftc.jobs.fix.handing import given
from ftc.jobs.fix.papers import papers_of
from ftc.jobs.fix.results import write_results
from ftc.jobs.issues import Session
from ftc.jobs.managed import trusted
from ftc.jobs.settings import flag_values, load_settings
from ftc.jobs.snapshot import Snapshot, read_snapshot
from ftc.jobs.thread_effects import comments
from ftc.render.runs import About, Unasked, outcome_text, report_text

WAITS = "waits:"
"""Start of the purpose of the comment that says why a started task has to wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """One run to be settled."""

    ctx: Context
    papers: Papers
    task: str
    run: str
    """Id of the workflow run; empty outside of one."""
    hands: Hands
    notes: list[str] = field(default_factory=list)
    """What people should look at, though the rest is done."""

    @property
    def number(self) -> int:
        """The issue or pull request that is spoken on."""
        return int(self.task.partition("-")[0])

    @property
    def hand(self) -> Hand:
        """Whose name the audit trail gets."""
        return Hand(now=self.ctx.now, actor=self.ctx.login, run=self.run, run_url=self.ctx.run_url)

    def about(self, kind: TaskKind) -> About:
        """What the texts say of the run."""
        return About(task=self.task, kind=kind, run_url=self.ctx.run_url, language=self.ctx.config.language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What settling did."""

    ending: str
    lines: tuple[str, ...]
    """One for each write that was made, or in a dry run would be made."""
    notes: tuple[str, ...] = ()
    text: str = ""
    """The comment."""
    papers: Papers
    """What the run left, as it was judged in the end."""


def carry_out(args: argparse.Namespace) -> int:
    """Settle the run whose documents lie in the folder; missing ones are part of the outcome."""
    settings = load_settings(environ=os.environ, flags=flag_values(args))
    folder = open_folder(args)
    ctx = open_context(settings, os.environ, now=moment(args.now))
    results = os.environ.get("FTC_RESULTS", "")
    papers = papers_of(folder, config=settings.config, sanitizer=ctx.sanitizer, results=results)
    token = settings.tokens.agent
    client = with_token(ctx, token) if token else ctx.write
    hands = Hands(assign=client.assign, unassign=client.unassign)
    run = os.environ.get("GITHUB_RUN_ID", "")
    outcome = settle(Settling(ctx=ctx, papers=papers, task=args.task, run=run, hands=hands))
    for line in (f"the run ended: {outcome.ending}", *outcome.lines):
        print(runner.harmless(strip_control(line)))
    code = write_results(folder, outcome.papers, finished=ctx.now)
    print(f"by the scale of tasks: {code} (0 verified and proposed, 2 with a risk or in part, 1 nothing delivered)")
    runner.write_summary(os.environ, outcome.text)
    for line in runner.annotations(os.environ, [(runner.Level.WARNING, note) for note in outcome.notes]):
        print(line, file=sys.stderr)
    return 0


def settle(at: Settling) -> Outcome:
    """The whole job."""
    ctx = at.ctx
    snapshot = read_snapshot(ctx)
    session = begin(ctx, snapshot)
    managed = next((item for item in snapshot.issues if item.issue.number == at.number), None)
    try:
        issue = managed.issue if managed else ctx.write.issue(at.number)
    except NotFound:
        return Outcome(
            ending="nobody is left to tell",
            lines=(),
            notes=(f"issue {at.number} does not exist any more",),
            papers=at.papers,
        )
    kind = kind_of(at.papers, issue, managed.flake if managed else None, task=at.task)
    end = ended(at.papers, kind=kind)
    if kind is TaskKind.START and end.ending is Ending.AGAIN:
        # The sweep names its order again as long as no outcome stands on the page.
        text = outcome_text(end, at.papers, at.about(kind))
        _say(session, at, Say(number=at.number, purpose=WAITS + at.task, body=text))
    elif kind is TaskKind.VERIFY:
        proven = snapshot.by_number.get(at.papers.task.issue) if at.papers.task else None
        at = replace(at, papers=judged_now(at.papers, proven, config=ctx.config))
        text = _reported(session, at, end)
        if text and end.ending is Ending.PROVEN:
            perform(session, counted(at.papers, proven))
    elif managed is None or record_of(managed.flake, at.task) is None:
        text = outcome_text(end, at.papers, at.about(kind))
        _say(session, at, Say(number=at.number, purpose=FIX + at.task, body=text))
    else:
        end, text = _managed(session, at, issue, managed.flake, kind=kind, end=end)
    notes = (*at.notes, *announce(ctx, snapshot.by_number, _written(snapshot, session)))
    return Outcome(ending=end.ending.value, lines=tuple(session.lines), notes=notes, text=text, papers=at.papers)


def _reported(session: Session, at: Settling, end: Ended) -> str:
    """The report on a pull request, unless one of this order or a newer one stands there that says more.

    An order that is named twice may pass both gates; what became of the second run is no news beside the first's.
    """
    own = (item.body for item in comments(session, at.number) if trusted(at.ctx, item.author))
    reported = next((task for body in own if (task := proven_of(body))), "")
    newer = answers_too(reported, at.task) and reported != at.task
    if newer or (reported == at.task and end.ending is not Ending.PROVEN):
        at.notes.append(f"pull request {at.number} has the report of {reported}, which stands")
        return ""
    text = report_text(end, at.papers, at.about(TaskKind.VERIFY), unasked=_unasked(session, at))
    head = at.papers.task.head_sha if at.papers.task and end.ending is Ending.PROVEN else ""
    _say(session, at, Say(number=at.number, purpose=PROOF, body=f"{proven_mark(at.task, head)}\n{text}"))
    return text


def _unasked(session: Session, at: Settling) -> Unasked:
    """What becomes of a later push, where the bot ordered this proof by itself."""
    own = (item for item in comments(session, at.number) if trusted(at.ctx, item.author) and agent_head(item.body))
    if task_turn(at.task) not in {str(item.id) for item in own}:
        return Unasked.NOT
    flake = session.flakes.get(at.papers.task.issue) if at.papers.task else None
    return Unasked.AGAIN if flake is not None and may_be_proven(flake) else Unasked.LAST


def kind_of(papers: Papers, issue: Issue, flake: Flake | None, *, task: str) -> TaskKind:
    """What the run was for, also where its gate left nothing."""
    for document in (papers.task, papers.refusal):
        if document is not None:
            return document.kind
    if issue.is_pull:
        return TaskKind.VERIFY
    record = record_of(flake, task) if flake else None
    return TaskKind.FIX if record and record.command != TaskKind.START.value else TaskKind.START


def _written(snapshot: Snapshot, session: Session) -> dict[int, Flake]:
    """The flakes that this job wrote."""
    before = snapshot.by_number
    return {number: flake for number, flake in session.flakes.items() if flake != before.get(number)}


def _managed(
    session: Session, at: Settling, issue: Issue, flake: Flake, *, kind: TaskKind, end: Ended
) -> tuple[Ended, str]:
    """The outcome on a managed issue whose state knows the task."""
    if holds(flake, at.papers, task=at.task, run=at.run):
        return _ours(session, at, issue, flake, kind=kind, end=end)
    if was_stopped(flake, at.task):
        stopped = Ended(ending=Ending.STOPPED, pull=end.pull, url=end.url)
        text = outcome_text(stopped, at.papers, at.about(kind))
        # Whoever stopped it has an answer already; only a pull request that came of it is news.
        _say(session, at, Say(number=at.number, purpose=FIX + at.task, body=text, silent=not end.pull))
        paid = charged(flake, at.papers, task=at.task, hand=at.hand)
        if paid != flake:
            perform(session, [SaveFlake(number=at.number, flake=paid)])
        return stopped, text
    at.notes.append(f"issue {at.number}: run {at.task} is settled already, or another one has taken it over")
    return end, ""


def _ours(
    session: Session, at: Settling, issue: Issue, flake: Flake, *, kind: TaskKind, end: Ended
) -> tuple[Ended, str]:
    """The outcome of a run that still holds its issue."""
    end = final(flake, end, task=at.task)
    end, papers = _opened(at, flake, end)
    if end.ending is Ending.HANDED_OVER and not at.ctx.config.dry_run:
        problem = given(at.ctx, issue, flake, task=at.task, hands=at.hands)
        end = replace(end, ending=Ending.REFUSED, reason=problem) if problem else end
    record = record_of(flake, at.task)
    again = 1 + times_again(flake, record) if record else 0
    text = outcome_text(end, papers, at.about(kind), again=again)
    _say(session, at, Say(number=at.number, purpose=FIX + at.task, body=text))
    after = settled(flake, end, papers, task=at.task, hand=at.hand)
    labels = projected(issue.number, issue.labels, after, at.ctx.config.label_prefix)
    perform(session, [*labels, SaveFlake(number=at.number, flake=after)])
    return end, text


def _opened(at: Settling, flake: Flake, end: Ended) -> tuple[Ended, Papers]:
    """The pull request of a publish job that died right after it had opened it, whatever else broke before."""
    record = record_of(flake, at.task)
    branch = at.papers.task.branch if at.papers.task else record.branch if record else ""
    if end.ending is not Ending.DIED or at.papers.results.get("publish") == "skipped" or not branch:
        return end, at.papers
    try:
        found = at.ctx.write.pull_of_branch(branch)
    except Forbidden as error:
        at.notes.append(f"whether {branch} has a pull request could not be asked: {error}")
        return end, at.papers
    if found is None:
        return end, at.papers
    said = at.papers.conclusion
    publication = Publication(
        task=at.task,
        proof=said.proof if said else None,
        candidate=said.candidate if said else 0,
        pull=found.number,
        url=found.url,
        branch=branch,
        head_sha=found.head_sha,
        draft=found.draft,
        risk_labels=(),
        text="",
        problem="",
    )
    done = Ended(ending=Ending.PUBLISHED, pull=found.number, url=found.url)
    return done, replace(at.papers, publication=publication)


def _say(session: Session, at: Settling, said: Say) -> None:
    """Say it; a locked conversation must not keep the issue leased."""
    try:
        perform(session, [said])
    except Forbidden as error:
        at.notes.append(f"issue {said.number}: the outcome could not be said there: {error}")
