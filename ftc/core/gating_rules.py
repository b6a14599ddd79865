"""Why an ordered fix does not run now: one row for each reason, in the order in which they count.

The rule it keeps: every refusal names what is missing and the way out, and the first one is the only one that is said.
"""

from collections.abc import Callable

from ftc.core.approval import Flaw
from ftc.core.authority import Reason
from ftc.core.config import Config, Mode
from ftc.core.fix import Refusal, Refused, Task, TaskKind
from ftc.core.fix_agents import FixAgent
from ftc.core.gating import Facts, OpenPull, frozen, refused
from ftc.core.lifecycle import last_move
from ftc.core.model import Status
from ftc.core.order_flaws import FLAWS, SUPERSEDED
from ftc.core.progress import Lease, RunRecord, RunStatus

OWN_BRANCHES = "ai/fix/"
"""Start of the branches that fix runs push; only who may push here can make one of that name."""
ENDED = {
    RunStatus.SUCCEEDED: "was carried out",
    RunStatus.FAILED: "came to its end without a fix",
    RunStatus.STOPPED: "was stopped",
}
_AGAIN = "Order it again if it is still wanted."
_WORDS: dict[str, str] = {
    Flaw.NO_PLAN: "There is no plan that could be approved, or somebody edited the comment it stood in. Ask for a new "
    "analysis, read it, and approve it.",
    Flaw.OTHER_PLAN: "The plan is not the one that was approved. Please read it again and approve what it says now.",
    Flaw.WITHDRAWN: "The approval was taken back. Approve it again if it is to be tried after all.",
    Flaw.SPENT: "A fix was tried on this approval already. A new approval starts another try.",
    Flaw.LACKING: "Something that an approval needs is missing now, as the issue shows. Wait for more failures, or a "
    "maintainer approves it with `force`.",
    Reason.EDITED: "The comment that approved it was edited, so it does not count. Please write it again in a new one.",
    Reason.FORCE: "Only a maintainer may approve with `force`, and whoever did is none now.",
    **FLAWS,
}
_NOBODY = "Nobody who may approve this has approved it, as page and permissions are now. Somebody who may is asked to."


def gated(facts: Facts) -> Task | Refusal:
    """The task, or why there is none."""
    return objection(facts) or frozen(facts)


def objection(facts: Facts, *, page_only: bool = False) -> Refusal | None:
    """The first row that objects; with ``page_only`` those that look at nothing but the page of the issue."""
    for why, words in RULES[: FROM_PAGE if page_only else None]:
        if text := words(facts):
            found = duplicate(facts) if why is Refused.DUPLICATE else None
            return refused(facts.order, why, text, pull=found.number if found else 0)
    return None


def switched_off(config: Config) -> str:
    """Why nothing may be started here at all; asks nobody."""
    if config.disabled:
        return "Everything is switched off (`disabled`, FTC_DISABLED). Switch it on and order it again."
    if config.dry_run:
        return "This is a dry run (`dry-run`), which starts nothing. Take it off and order it again."
    if config.mode is not Mode.FIX:
        return f"Fix runs are switched off (`mode: {config.mode.value}`). Set `mode: fix` and order it again."
    return ""


def _ended(facts: Facts) -> str:
    what = "pull request" if facts.order.kind is TaskKind.VERIFY else "issue"
    if not facts.is_open:
        return f"The {what} was closed meanwhile. Reopen it and order this again if it is still wanted."
    if answered := _answered(facts):
        return answered
    if facts.flake is None:
        return _lost(facts)
    if facts.record is not None and facts.record.status in ENDED:
        return f"This order {ENDED[facts.record.status]}. {_AGAIN}"
    if facts.order.kind is TaskKind.FIX:
        return _not_held(facts)
    lease = facts.flake.progress.lease
    return _not_ours(facts, lease) if lease and lease.nonce in facts.nonces else ""


def _answered(facts: Facts) -> str:
    """Why a proof that was ordered is of no use any more."""
    if facts.proposed.reported:
        return f"The report of this order, or of a newer one, is there already. {_AGAIN}"
    return FLAWS[facts.flaw] if facts.flaw in SUPERSEDED else ""


def _lost(facts: Facts) -> str:
    """A fix without a state; anything else can do without one, or says so later."""
    if facts.order.kind is not TaskKind.FIX:
        return ""
    why = facts.lost or "it is not managed"
    return f"The state of the issue cannot be believed: {why}. Restore it and order this again."


def _not_held(facts: Facts) -> str:
    """Why a fix does not have its flake for itself."""
    flake = facts.flake
    if flake is None or facts.record is None:
        return f"The issue knows nothing of this order any more. {_AGAIN}"
    if flake.progress.lease is None:
        return f"This order was stopped, or given up because its run seemed dead. {_AGAIN}"
    if flake.status is not Status.FIXING:
        return f"The issue has moved on to {flake.status.value}, so this is not wanted any more. {_AGAIN}"
    return _not_ours(facts, flake.progress.lease)


def _not_ours(facts: Facts, lease: Lease) -> str:
    """Why a lease is another job's; a run that is started again has the lease of its first attempt."""
    if lease.run == facts.job.run and lease.nonce in facts.nonces and lease.attempt <= facts.job.attempt:
        return ""
    return f"Another run has taken this over (run {lease.run}, attempt {lease.attempt}); look there for the outcome."


def _not_approved(facts: Facts) -> str:
    return "" if facts.approval else _WORDS.get(facts.flaw, _NOBODY)


def _switched_off(facts: Facts) -> str:
    return switched_off(facts.config)


def _busy(facts: Facts) -> str:
    if facts.order.kind is TaskKind.VERIFY:
        return ""  # it opens no pull request and changes nothing
    lease = facts.flake.progress.lease if facts.flake else None
    if facts.order.kind is TaskKind.START and lease and lease.nonce not in facts.nonces:
        return f"A fix is at work on this issue (run {lease.run}). This starts when that has ended."
    if facts.rivals:
        rival = facts.rivals[0]
        place = f"pull request {rival.pull} of issue {rival.issue}" if rival.pull else f"issue {rival.issue}"
        return f"Another fix of the same cause comes first, that of {place}. This one starts when that has ended."
    return _too_many_pulls(facts)


def _too_many_pulls(facts: Facts) -> str:
    own = [item for item in facts.pulls if item.branch.startswith(OWN_BRANCHES) and item.branch != facts.order.branch]
    most = facts.config.fix_max_pulls
    if len(own) < most:
        return ""
    numbers = ", ".join(str(item.number) for item in sorted(own, key=lambda item: item.number))
    return (
        f"As many pull requests of fix runs are open as `fix-max-pulls` allows ({most}): {numbers}. "
        "This starts when one of them is merged or closed."
    )


def duplicate(facts: Facts) -> OpenPull | None:
    """An open pull request that is to mend the same issue; the one of this very order is its own work.

    One of a stranger keeps nobody from anything: otherwise empty ones would hold up every fix.
    """
    order = facts.order
    if order.kind is TaskKind.VERIFY:
        return None
    others = (item for item in facts.pulls if item.branch != order.branch)
    found = [item for item in others if _is_for(item, order.issue)]
    return min(found, key=lambda item: item.number, default=None)


def _is_for(pull: OpenPull, issue: int) -> bool:
    return pull.branch.startswith(f"{OWN_BRANCHES}{issue}-") or (issue in pull.closes and not pull.stranger)


def _duplicate(facts: Facts) -> str:
    found = duplicate(facts)
    if found is None:
        return ""
    return f"Pull request {found.number} is to mend this already. Merge it, or close it and order this again."


def _given_up(facts: Facts) -> str:
    """Nothing moved since a run gave up; who asked after that wants it tried all the same."""
    if facts.order.kind is not TaskKind.FIX:
        return ""
    for run in facts.earlier:
        ended = run.finished or run.updated
        same = run.status is RunStatus.FAILED and run.base_sha and run.base_sha == facts.base.sha
        if same and ended >= facts.ordered:
            return (
                f"Nothing was committed to `{facts.base.branch}` since task {run.id} found no fix. "
                "A new approval tries it again all the same."
            )
    return ""


def _over_budget(facts: Facts) -> str:
    if not facts.pays:
        return ""
    config, money = facts.config, facts.money
    if config.budget_fix <= 0:
        return "`budget-fix` is 0, so that no model may be asked. Set what one run may cost, in US dollars."
    for name, limit, used in (
        ("budget-issue", config.budget_issue, money.issue),
        ("budget-week", config.budget_week, money.week + money.reserved),
    ):
        if used + config.budget_fix > limit:
            return (
                f"${used:.2f} of a week's ${limit:.2f} (`{name}`) are spent or reserved, and a run may cost another "
                f"${config.budget_fix:.2f} (`budget-fix`). Raise the one or lower the other, or wait some days."
            )
    return ""


def _too_many_tries(facts: Facts) -> str:
    if facts.order.kind is not TaskKind.FIX or facts.flake is None or (facts.approval and facts.approval.forced):
        return ""
    back = last_move(facts.flake, Status.ISSUE_OPEN)  # a flake that came back is another matter
    runs = [run for run in facts.earlier if _was_tried(run) and (back is None or run.created > back.at)]
    if len(runs) < facts.config.fix_tries:
        return ""
    return (
        f"{len(runs)} fix runs of this issue have ended, and `fix-tries` allows {facts.config.fix_tries}; a person is "
        "to look now. A maintainer may approve one more with `force`."
    )


def _was_tried(run: RunRecord) -> bool:
    """Whether a fix run went past its gate; only then it knows its base."""
    return (
        run.status in (RunStatus.FAILED, RunStatus.SUCCEEDED) and run.command != TaskKind.START and bool(run.base_sha)
    )


def _impossible(facts: Facts) -> str:
    kind = facts.order.kind
    if kind is TaskKind.VERIFY and facts.proposed.problem:
        return facts.proposed.problem
    if kind is TaskKind.VERIFY and facts.flake is None:
        return (
            f"It is not known which test this is to mend ({facts.lost or 'no managed issue is named'}). Write "
            "`closes #N` into the text of the pull request, with the number of the flaky test's issue."
        )
    if facts.base.problem or not facts.base.sha:
        return facts.base.problem or f"There is no commit on `{facts.base.branch}` to build on."
    return "" if kind is TaskKind.VERIFY else _nobody_to_look(facts)


def _nobody_to_look(facts: Facts) -> str:
    config = facts.config
    if config.fix_agent is FixAgent.COMMAND and not config.agent_command:
        return "`fix-agent` is `command`, and `agent-command` is empty. Set the command line of your agent."
    # A flake without a model is reproduced all the same: how often it fails, and by which command, is worth a run.
    instructed = facts.order.kind is TaskKind.START
    if instructed and config.fix_agent is FixAgent.BUILTIN and not config.model:
        return "No `model` is configured, so that nobody could carry this out. Set one and order it again."
    return ""


def _handed_over(facts: Facts) -> str:
    if facts.order.kind is TaskKind.VERIFY or facts.config.fix_agent is not FixAgent.GITHUB:
        return ""
    return (
        "GitHub's coding agent is to look for a fix (`fix-agent: github`); its pull request is proven like any other."
    )


RULES: tuple[tuple[Refused, Callable[[Facts], str]], ...] = (
    (Refused.ENDED, _ended),
    (Refused.NOT_APPROVED, _not_approved),
    (Refused.SWITCHED_OFF, _switched_off),
    (Refused.BUSY, _busy),
    (Refused.DUPLICATE, _duplicate),
    (Refused.GIVEN_UP, _given_up),
    (Refused.OVER_BUDGET, _over_budget),
    (Refused.TOO_MANY_TRIES, _too_many_tries),
    (Refused.IMPOSSIBLE, _impossible),
    (Refused.HANDED_OVER, _handed_over),
)
"""Each gives the words of its refusal, or nothing."""
FROM_PAGE = 3
"""How many of them need nothing but the page: whoever is refused by these costs no further request."""
