"""When an issue ends or begins again: by people's hands, by a return, by proof of its fix, by silence.

Rule: people's word comes first, then what CI shows; silence alone ends nothing that somebody holds open, and nothing
is closed while it is muted, since a closing without its numbers would convince nobody.
"""

from dataclasses import replace
from datetime import datetime

from ftc.core.exposure import AGE, Before, Ground, Held, Holds, Keep, Proof, closing, proof, watched
from ftc.core.history import failure_rate
from ftc.core.lifecycle import AFTER_MERGE, BEFORE_APPROVAL, OPEN, last_move
from ftc.core.model import Flake, Status
from ftc.core.progress import Fate, PullRef
from ftc.core.returning import RETURNING, Settled, contains_fix, recurrences, reopened, returned, settled
from ftc.core.sweeping import Facts, Manner, Outcome, Told, Who, stamp, went

SILENCING = (*BEFORE_APPROVAL, Status.FIX_FAILED, Status.CLOSED_WONTFIX)
"""States in which nothing is under way that silence could interrupt."""


def closed_by_hand(outcome: Outcome, facts: Facts, manner: Manner) -> Outcome:
    """Somebody closed an open issue: fixed by what was merged, whoever merges here, or not wanted by a person."""
    hand, flake = facts.hand, outcome.flake
    if facts.is_open or hand is None or not hand.closed:
        return outcome
    if hand.fix and not hand.not_planned and flake.status in (*OPEN, Status.CLOSED_WONTFIX):
        progress = replace(flake.progress, pull=_of(flake, hand.fix), lease=None).fated(Fate.MERGED)
        outcome = replace(outcome, flake=replace(flake, progress=progress))
        return went(outcome, Status.MERGED, manner, actor=hand.login, url=hand.url)
    if flake.status in OPEN and hand.who is Who.PERSON:
        outcome = replace(outcome, flake=replace(flake, progress=replace(flake.progress, lease=None)))
        return went(outcome, Status.CLOSED_WONTFIX, manner, actor=hand.login, url=hand.url)
    return outcome


def _of(flake: Flake, fix: PullRef) -> PullRef:
    """The pull request that closed the issue; ours stays ours."""
    ours = flake.progress.pull
    known = ours is not None and ours.number == fix.number and not ours.by_person
    return replace(fix, by_person=not known)


def reopened_by_hand(outcome: Outcome, facts: Facts, manner: Manner) -> Outcome:
    """A person opened what was done: it begins again, whatever the numbers say. A fix that was declined stays so."""
    hand, flake = facts.hand, outcome.flake
    if not _by_a_person(facts) or hand is None or flake.status not in RETURNING:
        return outcome
    move = last_move(flake, flake.status)
    if move is not None and move.at > hand.at:
        return outcome
    progress = replace(flake.progress, silent_since=None, asked=None)
    outcome = replace(outcome, flake=replace(flake, progress=progress))
    return went(outcome, Status.ISSUE_OPEN, manner, actor=hand.login, url=hand.url)


def _by_a_person(facts: Facts) -> bool:
    """Whether the issue is open because a person opened it again."""
    hand = facts.hand
    return facts.is_open and hand is not None and not hand.closed and hand.who is Who.PERSON


def came_back(outcome: Outcome, facts: Facts, manner: Manner) -> Outcome:
    """A failure that counts opens the issue again; with a fix that it contains, that fix did not hold."""
    flake, back = outcome.flake, returned(outcome.flake, facts.contains)
    if back is None:
        return outcome
    verified = flake.status is Status.VERIFIED
    flake = reopened(flake, back, now=manner.now, actor=manner.actor, url=manner.run_url)
    marks = ("fix-did-not-hold",) if back.settled.fix else ()
    outcome = replace(outcome, flake=flake, is_open=True, labels_on=(*outcome.labels_on, *marks))
    return outcome.telling(Told.RETURNED, stamp(back.settled.since), back=back, verified=verified)


def proven(outcome: Outcome, facts: Facts, manner: Manner) -> Outcome:
    """A merged fix is verified by silent runs that contain it, or given up as unproven after 90 days."""
    flake, done = outcome.flake, settled(outcome.flake)
    if flake.status not in AFTER_MERGE or done is None or flake.progress.muted_until is not None:
        return outcome
    older = recurrences(flake)
    if any(contains_fix(item, facts.contains) is None for item in older):
        return outcome  # whether it is silent at all is not known
    shown = shown_by(flake, done, now=manner.now)
    if shown.outcome is Holds.VERIFIED:
        verified = went(outcome, Status.VERIFIED, manner)
        kept = facts.is_open and facts.held.keep_open
        verified = replace(
            verified,
            flake=replace(verified.flake, progress=verified.flake.progress.fated(Fate.HELD)),
            is_open=kept,
            completed=True,
            labels_off=(*outcome.labels_off, "fix-did-not-hold"),
        )
        return verified.telling(Told.VERIFIED, stamp(done.since), proof=shown, done=done, older=len(older))
    if shown.outcome is Holds.UNPROVEN and manner.close_silent and not (facts.is_open and _held(facts.held)):
        ended = went(_silent(outcome), Status.CLOSED_SILENT, manner)
        return replace(ended, is_open=False).telling(
            Told.UNPROVEN, stamp(done.since), proof=shown, done=done, older=len(older)
        )
    return outcome


def shown_by(flake: Flake, done: Settled, *, now: datetime) -> Proof:
    """What the time since a merge has shown: the flake's own rate before it, and the runs on the days after it."""
    day = done.since.date()
    before = replace(
        flake,
        occurrences=tuple(item for item in flake.occurrences if item.created <= done.since),
        sealed=tuple(item for item in flake.sealed if item.day <= day),
        exposure=tuple(item for item in flake.exposure if item.day <= day),
    )
    rate = failure_rate(before)
    # Of what ran on later days, the runs known to lack the fix are those of older branches that failed.
    lacking = {item.key[:3] for item in recurrences(flake) if item.day > day}
    after = sum(item.runs for item in flake.exposure if item.day > day) - len(lacking)
    return proof(Before(failures=rate.failures, runs=rate.runs), runs=max(0, after), merged=done.since, now=now)


def gone_silent(outcome: Outcome, facts: Facts, manner: Manner) -> Outcome:
    """An issue whose test has been silent over enough runs is closed, with the numbers."""
    flake = outcome.flake
    ours = facts.hand is not None and facts.hand.closed and facts.hand.who is Who.OURS
    if not manner.close_silent or flake.status not in SILENCING or not (facts.is_open or ours):
        return outcome
    if flake.progress.muted_until is not None or flake.last_seen is None or _opened_lately(flake, facts, manner):
        return outcome
    found = closing(watched(flake, now=manner.now), facts.held)
    if found.ground is None:
        return outcome
    ended = replace(went(_silent(outcome), Status.CLOSED_SILENT, manner), is_open=False)
    doubts = tuple(keep.value for keep in found.keeps if keep is not Keep.NO_RUNS)
    return ended.telling(
        Told.CLOSING,
        _silence(flake, flake.last_seen),
        numbers=found.numbers,
        by_age=found.ground is Ground.AGE,
        doubts=doubts,
        last_seen=flake.last_seen,
    )


def _silence(flake: Flake, last_seen: datetime) -> str:
    """Which silence it is: that since the last failure, or since it was opened again later without a new one.

    Only the stored trail tells, since what the page says changes with the closing itself.
    """
    move = last_move(flake, Status.ISSUE_OPEN)
    again = move is not None and move.source is not Status.DISCOVERED and move.at > last_seen
    return f"{stamp(last_seen)}-{stamp(move.at)}" if move and again else stamp(last_seen)


def _opened_lately(flake: Flake, facts: Facts, manner: Manner) -> bool:
    """Whether a person opened it again after its last failure: their word stands as long as silence alone would."""
    move = last_move(flake, Status.ISSUE_OPEN)
    by_move = move.at if move and move.actor not in {manner.actor, *manner.own} else None
    by_hand = facts.hand.at if facts.hand and _by_a_person(facts) else None
    opened = max(filter(None, (by_move, by_hand)), default=None)
    return opened is not None and opened > (flake.last_seen or opened) and manner.now - opened < AGE


def _silent(outcome: Outcome) -> Outcome:
    """What is known when it is closed, so that a failure found later is told from the old ones."""
    flake = outcome.flake
    progress = replace(flake.progress, silent_since=flake.last_seen)
    return replace(outcome, flake=replace(flake, progress=progress))


def _held(held: Held) -> bool:
    return held.keep_open or held.assigned or held.milestone


def as_the_state_says(outcome: Outcome, facts: Facts, _manner: Manner) -> Outcome:
    """What a job left half done when it died: closed by us though open, or open though it is a duplicate."""
    hand, status = facts.hand, outcome.flake.status
    if not facts.is_open and hand is not None and hand.who is Who.OURS and status in OPEN:
        return replace(outcome, is_open=True)
    if facts.is_open and status is Status.DUPLICATE and not _by_a_person(facts):
        return replace(outcome, is_open=False)
    return outcome
