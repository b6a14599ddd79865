"""Commands and clicks that end an issue or take it up again: wontfix, reopen, merge into another, split.

Rule: history is never lost by any of them; what moves to another issue stays where it was as well.
"""

from dataclasses import replace

from ftc.core.decision import Decision, Situation, audited, reply, stepped
from ftc.core.decisions.consenting import released, without_runs
from ftc.core.effects import OpenIssue, SaveFlake
from ftc.core.fingerprint import issue_key
from ftc.core.labels import ensured, labels
from ftc.core.lifecycle import OPEN, allowed, moved
from ftc.core.merging import canonical, merge_flakes
from ftc.core.model import AuditEntry, Flake, Status
from ftc.core.progress import NOTHING_YET

MOST_SPLIT = 5
"""Issues that one split may open; more ways of failing than that are one cause with many faces."""
REASON_SHOWN = 200
"""Characters of a reason kept in the audit trail; the whole of it stands in the comment."""


def wontfix(situation: Situation) -> Decision:
    """Close for a reason; no further attempt."""
    flake = situation.known
    if flake.status is Status.CLOSED_WONTFIX:
        return Decision(reply=reply("declined_already"), is_open=False)
    if flake.status not in OPEN:
        return Decision(reply=reply("settled", status=flake.status, of=flake.duplicate_of))
    done = stepped(situation, released(without_runs(situation, flake)), Status.CLOSED_WONTFIX)
    reason = " ".join(situation.command.text.split())[:REASON_SHOWN]
    return Decision(
        flake=audited(situation, done, "declined a fix", result=reason),
        reply=reply("wontfix"),
        is_open=False,
        quarantined=False if flake.progress.quarantine else None,
    )


def reopen(situation: Situation) -> Decision:
    """Open again; what was declined stays so until somebody approves a fix."""
    flake = situation.known
    if flake.status is Status.DUPLICATE:
        return Decision(reply=reply("settled", status=flake.status, of=flake.duplicate_of))
    done = _taken_up(situation, flake)
    return Decision(flake=done, reply=reply("reopened", declined=done.status is Status.CLOSED_WONTFIX), is_open=True)


def reopened_by_hand(situation: Situation) -> Decision:
    """The same by a click: the state follows, and nobody needs to be told."""
    flake = situation.known
    if flake.status is Status.DUPLICATE:
        return Decision()
    return Decision(flake=_taken_up(situation, flake))


def _taken_up(situation: Situation, flake: Flake) -> Flake:
    if allowed(flake.status, Status.ISSUE_OPEN):
        flake = stepped(situation, flake, Status.ISSUE_OPEN)
    return audited(situation, flake, "opened again")


def closed_by_hand(situation: Situation) -> Decision:
    """A click on Close takes an approval back; why it was closed is for the sweep to find out."""
    flake = situation.known
    if flake.status is not Status.APPROVED_TO_FIX:
        return Decision(flake=audited(situation, flake, "closed the issue"))
    ended = stepped(situation, without_runs(situation, flake), Status.WAITING_FOR_SIGNAL)
    return Decision(flake=audited(situation, ended, "closed the issue"))


def merge_into(situation: Situation) -> Decision:
    """Close as a duplicate of another managed issue, which gets the history."""
    flake, (number,) = situation.known, situation.command.issues
    if flake.status is Status.DUPLICATE and flake.duplicate_of == number:
        return Decision(reply=reply("merged_into", number=number), is_open=False)
    lead = next((other for other in situation.others if other.issue and other.issue.issue == number), None)
    if lead is None or number == situation.number or lead.status is Status.DUPLICATE:
        return Decision(reply=reply("no_target", number=number, itself=number == situation.number))
    if flake.status not in OPEN:
        return Decision(reply=reply("settled", status=flake.status, of=flake.duplicate_of))
    done = stepped(situation, released(without_runs(situation, flake)), Status.DUPLICATE)
    return Decision(
        flake=replace(audited(situation, done, "merged", result=f"into issue {number}"), duplicate_of=number),
        reply=reply("merged_into", number=number),
        before=(SaveFlake(number=number, flake=_with_history(situation, lead, flake)),),
        is_open=False,
        quarantined=False if flake.progress.quarantine else None,
    )


def _with_history(situation: Situation, lead: Flake, flake: Flake) -> Flake:
    """The lead with everything that was seen of the other; of both, the lead's own words stay."""
    seen = replace(
        flake,
        key=lead.key,
        test=lead.test,
        repo=lead.repo,
        issue=lead.issue,
        framework=lead.framework,
        status=lead.status,
        verdict=lead.verdict,
        duplicate_of=lead.duplicate_of,
        owners=lead.owners,
        audit=(),
        progress=NOTHING_YET,
        revision=-1,
        parent=-1,
    )
    both = replace(merge_flakes(lead, seen), progress=lead.progress, revision=lead.revision, parent=lead.parent)
    # The turn's own time: made twice, after an interruption, it is the same entry.
    turn = situation.turn
    entry = AuditEntry(at=turn.at, actor=turn.login, action="took over history", result=f"of issue {situation.number}")
    return replace(both, audit=(*both.audit, entry))


def split(situation: Situation) -> Decision:
    """An issue of its own for each way of failing but the one that was seen last, which stays here."""
    flake = situation.known
    parts = tuple(_part(flake, signature.fingerprint) for signature in flake.signatures[1:])
    if not parts:
        return Decision(reply=reply("nothing_to_split"))
    if len(parts) > MOST_SPLIT:
        return Decision(reply=reply("too_many_parts", count=len(parts), most=MOST_SPLIT))
    have = {other.key for other in situation.others}
    fresh = tuple(_opened(situation, part) for part in parts if part.key not in have)
    done = audited(situation, flake, "split", result=f"{len(parts)} ways of failing got issues of their own")
    names = {name for part in fresh for name in labels(part, situation.house.prefix)}
    opened = (OpenIssue(flake=part, labels=labels(part, situation.house.prefix)) for part in fresh)
    said = reply("split", texts=[part.signatures[0].text for part in parts])
    return Decision(flake=done, reply=said, before=(*ensured(names, situation.house.prefix), *opened))


def _part(flake: Flake, fingerprint: str) -> Flake:
    """What is known of one way of failing, as a flake that has no issue yet."""
    return canonical(
        Flake(
            key=issue_key(flake.repo, flake.test, fingerprint),
            repo=flake.repo,
            test=flake.test,
            framework=flake.framework,
            occurrences=tuple(item for item in flake.occurrences if item.fingerprint == fingerprint),
            horizon=flake.horizon,
            sealed=tuple(item for item in flake.sealed if item.fingerprint == fingerprint),
            exposure=flake.exposure,
            signatures=tuple(item for item in flake.signatures if item.fingerprint == fingerprint),
            verdict=flake.verdict,
        )
    )


def _opened(situation: Situation, part: Flake) -> Flake:
    house = situation.house
    return moved(part, Status.ISSUE_OPEN, at=situation.now, actor=situation.turn.login, url=house.run_url)
