"""Commands that only tell: help, status, verify, and the hint for what is no command."""

from ftc.core.commands import help_text
from ftc.core.decision import Decision, Situation, reply
from ftc.core.decisions.consenting import queueing
from ftc.core.decisions.starting import order_digest
from ftc.core.dispatch import waiting_run
from ftc.core.fix import TaskKind
from ftc.core.lifecycle import WORDS
from ftc.core.next_step import NEXT_STEPS, words
from ftc.core.orders import Order, branch_name, task_id


def give_help(_: Situation) -> Decision:
    """Every command on one screen."""
    return Decision(reply=reply("help", lines=help_text()))


def give_status(situation: Situation) -> Decision:
    """Where the flake stands and whose move it is."""
    flake = situation.flake
    if flake is None:
        return Decision(reply=reply("unmanaged"))
    progress = flake.progress
    muted = progress.muted_until if progress.muted_until and progress.muted_until > situation.now else None
    facts = {
        "status": flake.status,
        "words": words(flake.status),
        "dispatch": WORDS[flake.status].dispatch,
        "step": NEXT_STEPS[flake.status],
        "flake": flake,
        "run": next(iter(progress.runs), None),
        "pull": progress.pull,
        "assessment": progress.assessment,
        "muted_until": muted,
        "quarantine": situation.quarantine,
        "queue": queueing(situation, flake) if waiting_run(flake) else None,
    }
    return Decision(reply=reply("status", **facts))


def verify(situation: Situation) -> Decision:
    """The wish to have a pull request proven; the comment that answers it is its only record."""
    if not situation.is_pull:
        return Decision(reply=reply("verify_issue", pull=situation.flake.progress.pull if situation.flake else None))
    house = situation.house
    task = _proof(situation) if house.fixes else None
    return Decision(reply=reply("verify", task=task), task=task)


def waiting_proof(situation: Situation, *, digest: str) -> Order | None:
    """The proof that an earlier turn ordered, as it was ordered; None where it may not begin any more.

    ``digest`` is that of what was ordered.
    """
    task = _proof(situation)
    able = situation.house.fixes and situation.is_pull
    return task if able and order_digest(task) == digest else None


def _proof(situation: Situation) -> Order:
    """The order of a proof; nothing of the pull request is taken along, since the run freezes its head itself."""
    turn = situation.turn
    name = task_id(situation.number, turn.key)
    return Order(
        id=name,
        kind=TaskKind.VERIFY,
        repo=situation.house.repo,
        issue=situation.number,
        title="",
        body="",
        instruction="",
        by=turn.login,
        ordered=turn.at,
        turn=turn.key,
        branch=branch_name(situation.number, name),
    )


def hinted(situation: Situation) -> Decision:
    """What was probably meant by a line that is no command."""
    hint = situation.turn.hint
    if hint is None:
        raise AssertionError(f"turn {situation.turn.key} has no hint")
    return Decision(reply=reply("hint", hint=hint))
