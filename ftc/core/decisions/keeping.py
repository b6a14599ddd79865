"""Commands that change how an issue is kept: mute, quarantine, assign, runner."""

from dataclasses import replace
from datetime import timedelta

from ftc.core.decision import Decision, Situation, audited, reply
from ftc.core.progress import Quarantine


def mute(situation: Situation) -> Decision:
    """No comments of our own accord for some days; answers to commands still come."""
    until = situation.turn.at + timedelta(days=situation.command.days)
    flake = replace(situation.known, progress=replace(situation.known.progress, muted_until=until))
    done = audited(situation, flake, "muted", result=f"until {until:%Y-%m-%d %H:%M} UTC")
    return Decision(flake=done, reply=reply("muted", until=until))


def quarantine(situation: Situation) -> Decision:
    """Let CI tolerate the test for some days; the list that CI obeys is derived from the commands themselves."""
    flake, turn = situation.known, situation.turn
    until = turn.at + timedelta(days=situation.command.days)
    if until <= situation.now:
        return Decision(reply=reply("quarantine_over", until=until))
    taken = sum(_is_quarantined(situation, other.progress.quarantine) for other in situation.others)
    if taken >= situation.house.quarantine_max:
        return Decision(reply=reply("quarantine_full", most=situation.house.quarantine_max))
    entry = Quarantine(until=until, by=turn.login, comment=turn.id)
    changed = replace(flake, progress=replace(flake.progress, quarantine=entry))
    done = audited(situation, changed, "put into quarantine", result=f"until {until:%Y-%m-%d %H:%M} UTC")
    return Decision(flake=done, reply=reply("quarantined", until=until), quarantined=True)


def _is_quarantined(situation: Situation, entry: Quarantine | None) -> bool:
    return entry is not None and entry.until > situation.now


def unquarantine(situation: Situation) -> Decision:
    """End the quarantine now."""
    flake = situation.known
    if not _is_quarantined(situation, flake.progress.quarantine):
        return Decision(reply=reply("no_quarantine"), quarantined=False)
    changed = replace(flake, progress=replace(flake.progress, quarantine=None))
    return Decision(
        flake=audited(situation, changed, "ended the quarantine"), reply=reply("unquarantined"), quarantined=False
    )


def assign(situation: Situation) -> Decision:
    """Assign a person, and say so where GitHub would not take them."""
    login = situation.command.login
    if not situation.assigned:
        return Decision(reply=reply("not_assigned", login=login))
    done = audited(situation, situation.known, "assigned", result=login)
    return Decision(flake=done, reply=reply("assigned", login=login))


def choose_runner(situation: Situation) -> Decision:
    """The runner of the next task, from the list that the configuration allows."""
    label = situation.command.label
    allowed = {name.lower(): name for name in situation.house.runners}
    if label.lower() not in allowed:
        return Decision(reply=reply("runner_refused", label=label, runners=situation.house.runners))
    chosen = allowed[label.lower()]
    flake = replace(situation.known, progress=replace(situation.known.progress, runner=chosen))
    return Decision(
        flake=audited(situation, flake, "chose a runner", result=chosen), reply=reply("runner_chosen", label=chosen)
    )
