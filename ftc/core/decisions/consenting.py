"""Yes and no to a fix: approve, restart, stop, and an approval that no longer holds.

Rule: whether an approval stands is derived from the page each time; a state that says so is only shown.
"""

from dataclasses import replace

from ftc.core.approval import Flaw, Valid, Void
from ftc.core.decision import Decision, Situation, approved, audited, audited_once, reply, stepped
from ftc.core.decisions.starting import in_queue, restarted, waiting_fixes
from ftc.core.dispatch import line_up
from ftc.core.fix import TaskKind
from ftc.core.lifecycle import BEFORE_APPROVAL, PULL_OPEN
from ftc.core.model import Flake, Status
from ftc.core.orders import Order, branch_name, task_id, task_turn
from ftc.core.patch import Policy, permitted
from ftc.core.progress import RunRecord, RunStatus

RESTARTABLE = (Status.FIX_FAILED, Status.CLOSED_WONTFIX)
FIXABLE = (*BEFORE_APPROVAL, *RESTARTABLE)
"""States in which an approval leads to a fix."""
UNFINISHED = (RunStatus.QUEUED, RunStatus.RUNNING)
INTERRUPTED = {Status.FIXING: Status.FIX_FAILED, Status.PR_UPDATING: Status.PR_NEEDS_CHANGES}
"""Where a stopped run leaves the flake: as one whose lease was lost."""


def approve(situation: Situation) -> Decision:
    """An approval by comment or label, or what it still lacks."""
    flake, consent = situation.known, situation.consent
    if consent is None:
        raise AssertionError(f"nobody derived whether issue {situation.number} is approved")
    known = next((run for run in flake.progress.runs if run.id == task_id(situation.number, situation.turn.key)), None)
    if flake.status is Status.APPROVED_TO_FIX and not known:
        return Decision(reply=reply("approved_already", **queueing(situation, flake)))
    if flake.status not in FIXABLE and not known:
        return Decision(reply=reply("not_now", status=flake.status, pull=flake.progress.pull, of=flake.duplicate_of))
    if isinstance(consent.standing, Void):
        return _not_yet(situation, consent.standing)
    return _granted(situation, consent.standing, known)


def _granted(situation: Situation, valid: Valid, known: RunRecord | None) -> Decision:
    """Approved and queued; an order that was queued by an interrupted try is the same one."""
    flake = situation.known
    run = known or _ordered(situation)
    if known is None:
        flake = approved(situation, replace(flake, progress=flake.progress.with_run(run)))
        flake = audited(situation, flake, "approved a fix", result=f"plan {valid.scope[:12]}, branch {run.branch}")
    said = reply(
        "approved",
        branch=run.branch,
        **queueing(situation, flake),
        forced=valid.wish.command.force,
        **_files(situation),
    )
    return Decision(flake=flake, reply=said, task=fix_task(situation, run, valid=valid), is_open=True)


def _files(situation: Situation) -> dict[str, object]:
    """The files of the approved plan, by whether the fix may change them."""
    plan = situation.consent.plan if situation.consent else None
    if plan is None:
        return {"files": (), "barred": ()}
    product = situation.house.product_code
    policy = Policy(allowed=plan.allowed_paths, planned=frozenset(plan.planned_files), product_code=product)
    free = tuple(path for path in plan.planned_files if permitted(path, policy))
    return {"files": free, "barred": tuple(path for path in plan.planned_files if path not in free)}


def queueing(situation: Situation, flake: Flake) -> dict[str, object]:
    """Where the approved fix of this flake stands: place 0 is one that starts at once."""
    house = situation.house
    if not house.fixes:
        return {"place": in_queue(situation), "fixes": False, "caps": house.caps}
    queue = line_up((flake, *situation.others), caps=house.caps)
    return {"place": queue.places.get(situation.number, 0), "fixes": True, "caps": house.caps}


def _ordered(situation: Situation) -> RunRecord:
    """The record of the run that this turn orders."""
    turn = situation.turn
    name = task_id(situation.number, turn.key)
    return RunRecord(
        id=name,
        command=situation.command.name.value if turn.is_comment else "label",
        status=RunStatus.QUEUED,
        created=turn.at,
        updated=turn.at,
        runner=situation.known.progress.runner,
        branch=branch_name(situation.number, name),
        url=situation.house.run_url,
    )


def fix_task(situation: Situation, run: RunRecord, *, valid: Valid) -> Order:
    """The task of an approved fix, as its run record has it."""
    return Order(
        id=run.id,
        kind=TaskKind.FIX,
        repo=situation.house.repo,
        issue=situation.number,
        title=situation.title,
        body="",  # ours; the fix reads the state, the analysis and the comments that may enter it
        instruction=valid.wish.command.text,
        by=valid.wish.actor.login,
        ordered=run.created,
        turn=task_turn(run.id),
        branch=run.branch,
        runner=run.runner,
        key=situation.known.key,
        scope=valid.scope,
    )


def waiting_task(situation: Situation) -> Order | None:
    """The task of an approved flake that nobody has taken yet; None when there is none, or the approval is void."""
    progress = situation.known.progress
    run = next(iter(waiting_fixes(situation.known)), None)
    if run is None or progress.lease is not None or situation.consent is None:
        return None
    standing = situation.consent.standing
    return fix_task(situation, run, valid=standing) if isinstance(standing, Valid) else None


def _not_yet(situation: Situation, void: Void) -> Decision:
    """What this approval lacks; the label, where one was put on, comes off by projection."""
    own = next((flaw for wish, flaw in void.flaws if wish.id == situation.turn.id), Flaw.NO_PLAN)
    lacks = situation.consent.lacks if situation.consent else ()
    why = f"not approved: {own.value}"
    flake = audited_once(situation, situation.known, "asked for a fix", result=why, at=situation.turn.at)
    said = reply(
        "not_approved", flaw=own.value, lacks=[item.value for item in lacks], threshold=situation.house.threshold
    )
    return Decision(flake=flake, reply=said)


def retry(situation: Situation) -> Decision:
    """Start again what failed or was stopped: a fix by a new approval, another task as it was ordered."""
    flake = situation.flake
    ended = flake is not None and flake.status in RESTARTABLE
    repeated = task_id(situation.number, situation.turn.key)
    if flake is not None and (ended or any(run.id == repeated for run in flake.progress.runs)):
        return approve(situation)
    if situation.earlier is not None:
        return restarted(situation)
    return Decision(reply=reply("nothing_to_retry"))


def stop(situation: Situation) -> Decision:
    """Stop what runs and withdraw what was approved."""
    flake = situation.known
    stopped = released(without_runs(situation, flake))
    if flake.status is Status.APPROVED_TO_FIX:
        stopped = stepped(situation, stopped, Status.WAITING_FOR_SIGNAL)
    elif flake.status in INTERRUPTED:
        stopped = stepped(situation, stopped, INTERRUPTED[flake.status])
    elif stopped.progress == flake.progress:
        return Decision(reply=reply("nothing_to_stop", open_pull=flake.status in PULL_OPEN))
    ended = bool(flake.progress.quarantine)
    said = reply("stopped", was=flake.status, quarantine=ended)
    return Decision(flake=audited(situation, stopped, "stopped"), reply=said, quarantined=False if ended else None)


def without_runs(situation: Situation, flake: Flake) -> Flake:
    """The flake with nothing under way: no lease, so that a run at work publishes nothing, and no order waiting."""
    progress = replace(flake.progress, lease=None)
    for run in progress.runs:
        if run.status in UNFINISHED:
            ended = replace(run, status=RunStatus.STOPPED, updated=situation.now, finished=situation.now)
            progress = progress.with_run(ended)
    return replace(flake, progress=progress)


def released(flake: Flake) -> Flake:
    """The flake out of quarantine: whoever stops or declines everything wants its failures seen again."""
    return replace(flake, progress=replace(flake.progress, quarantine=None))


def label_gone(situation: Situation) -> Decision:
    """The approving label was taken off: the approval ends."""
    flake = situation.known
    if flake.status is not Status.APPROVED_TO_FIX:
        return Decision()
    return Decision(flake=_void(situation, flake, "took the approval back"), reply=reply("taken_back"))


def recheck(situation: Situation) -> Decision:
    """Whether an approved flake is still approved; asked whenever somebody looks, since an edit is no turn."""
    flake, consent = situation.known, situation.consent
    if flake.status is not Status.APPROVED_TO_FIX or consent is None or isinstance(consent.standing, Valid):
        return Decision()
    flaws = [flaw for _, flaw in consent.standing.flaws]
    why = flaws[0].value if flaws else "gone"
    return Decision(flake=_void(situation, flake, f"approval void: {why}"), reply=reply("approval_void", flaw=why))


def _void(situation: Situation, flake: Flake, why: str) -> Flake:
    ended = stepped(situation, without_runs(situation, flake), Status.WAITING_FOR_SIGNAL)
    return audited(situation, ended, why)
