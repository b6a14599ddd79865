"""The answer on one pull request: read its failed runs, compare with the known flakes, write or edit the comment.

The rule it keeps: the comment comes first and the re-run after it. Should the job die between the two, the next look
finds a first attempt still and runs it again then; after that there is a second attempt, and never a third.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from ftc.clients.pull_payloads import Proposed
from ftc.core.config import GroupBy
from ftc.core.effects import Say
from ftc.core.errors import BudgetExceeded, Forbidden, GitHubError
from ftc.core.lifecycle import OPEN
from ftc.core.model import Attempt, Flake, JobResult, Run
from ftc.core.observe import FAILED, PULL_EVENTS, is_ignored
from ftc.core.pr_answers import Answer, Known, answered
from ftc.core.readings import readings
from ftc.jobs.announce import site
from ftc.jobs.apply import perform
from ftc.jobs.collect import collect
from ftc.jobs.context import Context
from ftc.jobs.issues import Session
from ftc.jobs.snapshot import read_snapshot
from ftc.render.pr_answer import pr_answer

PURPOSE = "pr-answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The comment that is due on a pull request, and the job to run again after it."""

    say: Say
    rerun: JobResult | None


class Answers:
    """The answers of one job; what is known of flakes is read once, and only when something failed."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    @cached_property
    def _flakes(self) -> Mapping[str, Flake]:
        """Open flakes by key."""
        found = read_snapshot(self._ctx).issues
        return {item.flake.key: item.flake for item in found if item.issue.is_open and item.flake.status in OPEN}

    def decide(self, pull: Proposed) -> Decided | None:
        """What is due on a pull request; None where there is nothing to say."""
        ctx = self._ctx
        every = ctx.read.runs_of_commit(pull.head_sha)
        # A pull request that was closed and opened runs anew with the same commit; that is no new chance.
        first = all(run.attempt == 1 for run in every)
        runs = newest(run for run in every if _is_of(run, pull))
        answer = self._answer(pull, runs, rerun=ctx.config.pr_rerun and first)
        if not answer.green and not answer.rows and not answer.others:
            return None
        body = pr_answer(answer, repo=ctx.write.repo, site=site(ctx.config.api_url), language=ctx.config.language)
        say = Say(number=pull.number, purpose=PURPOSE, body=body, silent=not answer.worth_opening)
        return Decided(say=say, rerun=answer.rerun)

    def _answer(self, pull: Proposed, runs: tuple[Run, ...], *, rerun: bool) -> Answer:
        failed = [run for run in runs if run.status == "completed" and run.conclusion in FAILED]
        others = tuple(Attempt(run=run) for run in runs if run not in failed)
        if not failed:
            return answered(pull.head_sha, others, Known(repo=self._ctx.read.repo, flakes={}, paths=None))
        read = collect(self._ctx, failed, known=readings((), ()))
        if read.unread:
            raise BudgetExceeded(read.notes[-1] if read.notes else "its runs could not be read")
        found = {(item.run.id, item.run.attempt): item for item in read.attempts}
        # A run that the configuration does not want read is red all the same.
        attempts = tuple(found.get((run.id, run.attempt), Attempt(run=run)) for run in failed)
        return answered(pull.head_sha, (*others, *attempts), self._known(pull), rerun=rerun)

    def _known(self, pull: Proposed) -> Known:
        ctx = self._ctx
        try:
            paths = ctx.read.pull_files(pull.number)
        except Forbidden:  # a job without ``pull-requests: read`` in a private repository
            paths = None
        return Known(
            repo=ctx.read.repo,
            flakes={
                key: flake for key, flake in self._flakes.items() if not is_ignored(flake.test, ctx.config.ignore_tests)
            },
            paths=paths,
            by_signature=ctx.config.group_by is GroupBy.SIGNATURE,
        )


def carry_out(ctx: Context, decided: Decided) -> tuple[str, ...]:
    """Write the comment, then run the job again; lines for people."""
    session = Session(ctx=ctx)
    perform(session, (decided.say,))
    return (*session.lines, *_run_again(ctx, decided.rerun))


def _run_again(ctx: Context, job: JobResult | None) -> tuple[str, ...]:
    if job is None:
        return ()
    line = f"run job {job.name} again"
    if ctx.config.dry_run:
        return (line,)
    try:
        ctx.write.rerun_job(job.id)
    except GitHubError as error:
        return (f"could not {line}: {error}",)
    return (line,)


def _is_of(run: Run, pull: Proposed) -> bool:
    """Whether a run of the head commit tested this pull request: the same commit may stand on another branch, too."""
    return run.event in PULL_EVENTS and (run.head_repo or run.repo).lower() == pull.head_repo.lower()


def newest(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Of each workflow the newest run: a pull request that was closed and opened has several of one commit."""
    found: dict[str, Run] = {}
    for run in sorted(runs, key=lambda item: (item.created, int(item.id))):
        found[run.workflow_file or run.workflow] = run
    return tuple(found.values())
