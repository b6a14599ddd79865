"""What people read of the healing loop, with every word of others given from outside, for ``bot_texts``."""

from datetime import timedelta

from ftc.core.fix import Candidate
from ftc.core.gates import Shown
from ftc.core.healing import Attempt, Lease, Memory, Outcome
from ftc.core.ledger import Charge
from ftc.core.marks import marked
from ftc.render.heal import gave_up_text, issue_text, pull_text
from tests.builders import NOON

SHAS = tuple(f"{number:040x}" for number in range(0xABC, 0xABC + 30))


def heal_texts(says):
    """Each text of the loop by a name of its own."""
    shown = Shown(name="slow", command=says("command"), passed=False, tail=says("detail"), seconds=3.0)
    unset = Shown(name="slow", command="", passed=True, tail="", seconds=0.0)
    candidate = Candidate(number=1, patch="", hypothesis=says("cause"), summary=says("summary"), by=says("model"))
    pages = {"branch": says("path"), "sha": SHAS[0], "candidate": candidate, "shown": shown}
    gave_up = gave_up_text(branch=says("path"), sha=SHAS[0], shown=shown, why=says("reason"))
    return {
        "memory of healing": issue_text(a_memory(says)),
        "memory that is empty": issue_text(Memory(branch=says("path"))),
        "healing gave up": marked(gave_up, "heal:abc"),
        "repair": pull_text(**pages, gates=(shown, unset)),
        "doubtful repair": pull_text(**pages, gates=(shown, unset), doubts=tuple(says("detail") for _ in range(12))),
    }


def a_memory(says):
    kinds = tuple(Outcome)
    attempts = tuple(
        Attempt(
            sha=sha, at=NOON, outcome=kinds[number % 3], why=says("reason"), branch=says("path"),
            pull=7 * (number % 4 > 1), usd=0.5,
        )
        for number, sha in enumerate(SHAS)
    )  # fmt: skip
    return Memory(
        branch=says("path"),
        lease=Lease(holder="host:here", turn="t", sha=SHAS[1], until=NOON + timedelta(hours=1)),
        verified=SHAS[2],
        verified_at=NOON,
        attempts=attempts,
        bills=(Charge(at=NOON, usd=1.25, issue=0, purpose="fix:heal-abc-t", model=says("model")),),
    )
