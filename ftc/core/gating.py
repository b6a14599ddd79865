"""Whether an ordered fix may run now, and everything that its jobs are then told: facts in, a task or a refusal out.

The rule it keeps: every fact was read anew from the page and the repository. Of the order only what the page cannot
tell counts, and the first row of ``core.gating_rules.RULES`` that objects decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ftc.core.approval import Plan
from ftc.core.config import Config
from ftc.core.dispatch import nonce_of, slot_of
from ftc.core.earlier import earlier_fixes
from ftc.core.fix import Claim, Passage, Quota, Refusal, Refused, Task, TaskKind
from ftc.core.fix_agents import FixAgent
from ftc.core.model import Flake, TestId
from ftc.core.orders import Order
from ftc.core.progress import RunRecord

MOST_CLAIMS = 5
"""Pull requests of strangers that are named; who opens more of them wants something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The workflow run that asks: who the lease must name."""

    run: str
    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Who ordered this, and by which comment or event, as the page says now."""

    by: str
    event: int
    at: datetime
    text: str = ""
    """Notes or instruction; what a person wrote, so hostile to Markdown."""
    forced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """Another fix of the same cause that is at work, or waits for review."""

    issue: int
    pull: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPull:
    """An open pull request that may be about the same."""

    number: int
    branch: str
    """Empty for a branch of another repository, whose name says nothing."""
    closes: tuple[int, ...] = ()
    author: str = ""
    stranger: bool = False
    """Whether it is by nobody of this repository; anybody may open one, and write any closing word into it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """US dollars of the week: what was paid for the issue and in all, and what running fixes may still cost."""

    issue: float = 0.0
    week: float = 0.0
    reserved: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The commit that is built on; ``problem`` says why there is none."""

    branch: str
    sha: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """For ``verify``: the pull request that is to be proven; ``problem`` says why it cannot be."""

    number: int = 0
    head_sha: str = ""
    fork: str = ""
    """Repository of its head; empty for the one that is written to."""
    author: str = ""
    paths: tuple[str, ...] = ()
    problem: str = ""
    reported: bool = False
    """Whether the report of this order, or of a newer one, stands on its page already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that is looked at."""

    order: Order
    job: Job
    config: Config
    repo: str
    source_repo: str
    is_open: bool = True
    """Of the issue, or for ``verify`` of the pull request."""
    flake: Flake | None = None
    lost: str = ""
    """Why there is no flake whose state is believed."""
    approval: Approval | None = None
    flaw: str = ""
    """Why nothing approves it: a value of ``approval.Flaw`` or ``authority.Reason``, or one of ``order_flaws``."""
    plan: Plan | None = None
    steps: tuple[str, ...] = ()
    title: str = ""
    body: str = ""
    passages: tuple[Passage, ...] = ()
    fingerprints: tuple[str, ...] = ()
    test_files: tuple[str, ...] = ()
    base: Base = Base(branch="")
    pulls: tuple[OpenPull, ...] = ()
    rivals: tuple[Rival, ...] = ()
    money: Money = Money()
    runner: str = ""
    proposed: Claimed = Claimed()

    @property
    def record(self) -> RunRecord | None:
        """What the state holds of this order."""
        runs = self.flake.progress.runs if self.flake else ()
        return next((run for run in runs if run.id == self.order.id), None)

    @property
    def ordered(self) -> datetime:
        """When the wish was made known, by the state or by the page; the order's own word is the last resort."""
        if self.record is not None:
            return self.record.created
        return self.approval.at if self.approval else self.order.ordered

    @property
    def nonces(self) -> frozenset[str]:
        """Names that a lease of this order may have: the order's own, or the one of its start in this workflow run.

        A run that is started again as a whole finds the files of both attempts.
        """
        lease = self.flake.progress.lease if self.flake else None
        if lease is None:
            return frozenset({self.order.nonce})
        derived = nonce_of(self.order.id, run=self.job.run, attempt=lease.attempt, slot=slot_of(lease))
        return frozenset({self.order.nonce, derived})

    @property
    def earlier(self) -> tuple[RunRecord, ...]:
        """The other runs of the issue."""
        runs = self.flake.progress.runs if self.flake else ()
        return tuple(run for run in runs if run.id != self.order.id)

    @property
    def pays(self) -> bool:
        """Whether somebody who costs money is to look for a change."""
        if self.order.kind is TaskKind.VERIFY or self.config.fix_agent is FixAgent.GITHUB:
            return False
        return bool(self.config.model) or self.config.fix_agent is FixAgent.COMMAND


def refused(order: Order, why: Refused, text: str, *, pull: int = 0) -> Refusal:
    """A refusal of this order."""
    return Refusal(task=order.id, kind=order.kind, issue=order.issue, why=why, text=text, pull=pull)


def frozen(facts: Facts) -> Task:
    """The task of an order that nothing speaks against."""
    order, config, approval = facts.order, facts.config, facts.approval
    if approval is None:
        raise AssertionError(f"nobody approved task {order.id}")
    tests = tests_of(facts)
    return Task(
        id=order.id,
        kind=order.kind,
        issue=_issue(facts),
        repo=facts.repo,
        source_repo=facts.source_repo,
        base_branch=facts.base.branch,
        base_sha=facts.base.sha,
        branch=order.branch,
        attempt=1 + (facts.flake.progress.tried() if facts.flake else 0),
        tests=tests,
        test_files=facts.test_files if len(facts.test_files) == len(tests) else ("",) * len(tests),
        fingerprints=facts.fingerprints,
        root_cause=facts.plan.root_cause if facts.plan else "",
        plan=facts.steps,
        allowed_paths=_allowed(facts),
        planned_files=_planned(facts),
        # Whoever proposed a change to be proven answers for where it falls; see docs/fix-runs.md.
        product_code=config.product_code or order.kind is TaskKind.VERIFY,
        title=facts.title,
        body=facts.body,
        passages=facts.passages,
        instruction=approval.text,
        model=config.model,
        runner=facts.runner,
        legs=_legs(facts),
        quota=_quota(facts),
        nonce=_nonce(facts),
        approved_by=approval.by,
        approval=approval.event,
        head_sha=facts.proposed.head_sha,
        pull=facts.proposed.number,
        created=facts.ordered,
        earlier=earlier_fixes(facts.flake) if facts.flake else (),
        agent=config.fix_agent.value,
        fork=facts.proposed.fork,
        claims=() if order.kind is TaskKind.VERIFY else claims_of(facts.pulls, issue=_issue(facts)),
    )


def claims_of(pulls: Iterable[OpenPull], *, issue: int) -> tuple[Claim, ...]:
    """The first of those that strangers offer for an issue."""
    found = [Claim(pull=item.number, author=item.author) for item in pulls if item.stranger and issue in item.closes]
    return tuple(sorted(found, key=lambda claim: claim.pull)[:MOST_CLAIMS])


def signatures_of(flakes: Iterable[Flake]) -> tuple[str, ...]:
    """Signatures by which failures are recognised; none where a test failed in another wording each time.

    What prints the contents of a set or a random value has no signature that could return: any failure of the test
    counts then, which is as strict for the side after the change as for the side before it.
    """
    known = tuple(flakes)
    for flake in known:
        seen = [item.fingerprint for item in flake.occurrences]
        if len(seen) > 1 and len(set(seen)) == len(seen):
            return ()
    return tuple(dict.fromkeys(mark.fingerprint for flake in known for mark in flake.signatures))


def _nonce(facts: Facts) -> str:
    """The lease's own, which later jobs compare; of an order without a lease its own."""
    lease = facts.flake.progress.lease if facts.flake else None
    return lease.nonce if lease and facts.order.kind is TaskKind.FIX else facts.order.nonce


def _issue(facts: Facts) -> int:
    """The issue it is about: of a pull request to be proven, the flake's."""
    where = facts.flake.issue if facts.flake else None
    return where.issue if where and facts.order.kind is TaskKind.VERIFY else facts.order.issue


def tests_of(facts: Facts) -> tuple[TestId, ...]:
    """The flake's own test first; others as far as the plan that was approved names them."""
    if facts.flake is None or facts.order.kind is TaskKind.START:
        return ()
    planned = facts.plan.tests if facts.plan else ()
    return tuple(dict.fromkeys((facts.flake.test, *planned)))


def _allowed(facts: Facts) -> tuple[str, ...]:
    planned = facts.plan.allowed_paths if facts.plan else ()
    return planned or facts.config.allowed_paths


def _planned(facts: Facts) -> tuple[str, ...]:
    if facts.order.kind is TaskKind.VERIFY:
        return facts.proposed.paths
    return facts.plan.planned_files if facts.plan else ()


def _legs(facts: Facts) -> tuple[str, ...]:
    """Names of the jobs of the proof; where there is no test to run many times one is enough."""
    count = facts.config.fix_legs if tests_of(facts) else 1
    return tuple(str(number) for number in range(1, count + 1))


def _quota(facts: Facts) -> Quota:
    config = facts.config
    return Quota(
        runs=config.fix_runs,
        minutes=config.fix_minutes,
        usd=config.budget_fix if facts.pays else 0.0,
        steps=config.fix_steps,
        candidates=config.fix_candidates,
    )
