"""Who is asked for the repair of a commit, and the money for it.

The rule it keeps: nothing is asked before all that it may cost stands in the memory, where scans and fix runs count it;
afterwards what it did cost takes that place. A loop that died in between has paid all of it, unless it goes on where it
was. Of two that reserve at the same moment at least one sees the other, since each writes before it looks.
"""

import re
from dataclasses import dataclass, replace

from ftc.agent.heal_search import Ground, ModelSeeker, ProgramSeeker, Seeker
from ftc.agent.healer import Healer, Repair
from ftc.clients.llm import open_model
from ftc.core.dialogue import Model
from ftc.core.errors import FtcError, ModelMisconfigured
from ftc.core.fix_agents import FixAgent
from ftc.core.gates import Shown
from ftc.core.healing import Memory, billed
from ftc.core.ledger import Charge, Purpose, spent
from ftc.core.model import Flake, Status
from ftc.jobs.context import Context
from ftc.jobs.heal_ward import Ward
from ftc.jobs.models import Unusable
from ftc.jobs.own_program import handed_on
from ftc.jobs.snapshot import read_snapshot

BILL = "bill"
"""Name of the file that says by which bill the transcripts beside it were paid."""
AGENT = "agent-command"
"""As what a program of the user's stands in a bill, in the place of a model."""


def model_of(ctx: Context) -> Model | None:
    """The configured model; what it may cost in all is what is reserved for one commit."""
    config = replace(ctx.config, budget_issue=ctx.config.budget_fix, budget_week=ctx.config.budget_fix)
    try:
        return open_model(config, key=ctx.model_key, sanitizer=ctx.sanitizer, now=ctx.now)
    except ModelMisconfigured as error:
        ctx.say(str(error))
        return Unusable(name=config.model, error=error)


def seeker_of(ward: Ward, ground: Ground) -> Seeker | None:
    """Who is to look for a repair, None for nobody."""
    config, folder = ward.ctx.config, ward.folder(ground.sha)
    if config.fix_agent is FixAgent.COMMAND:
        given = handed_on(ward.environ, config.agent_variables, key=ward.ctx.model_key)
        return ProgramSeeker(
            ground=ground,
            command=config.agent_command,
            env=given,
            folder=folder,
            fast=config.heal_fast,
            slow=config.heal_slow,
        )
    model = ward.model()
    return ModelSeeker(ground=ground, model=model, folder=folder, clock=ward.clock) if model else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Nobody was asked, for want of money."""

    why: str


def searched(ward: Ward, healer: Healer, shown: Shown, memory: Memory) -> Repair | Refused:
    """The search, with its money put down before and after; ``memory`` is what was known before."""
    if healer.seeker is None:
        return healer.repair(shown)
    purpose = _purpose(ward, healer.sha)
    before = next((bill.usd for bill in memory.bills if bill.purpose == purpose), 0.0)
    _put_down(ward, purpose, max(before, ward.ctx.config.budget_fix))
    if why := _too_dear(ward, purpose):
        _put_down(ward, purpose, before)
        return Refused(why=why)
    try:
        repair = healer.repair(shown)
    except FtcError:  # a search that goes on may break before it has told again what was paid for it
        _put_down(ward, purpose, max(before, healer.spent.usd))
        raise
    _put_down(ward, purpose, repair.spent.usd)
    return repair


def still_unpaid(ward: Ward, sha: str) -> str:
    """Why there is still no money for the repair of a commit that failed; empty when there may be, or it is not known.

    Nothing is put down for this, so that it allows nothing: ``searched`` looks again.
    """
    return _too_dear(ward, _purpose(ward, sha)) if sha in ward.unpaid else ""


def _purpose(ward: Ward, sha: str) -> str:
    """The bill of this search. One that goes on where transcripts end has that by which they were begun."""
    name, place = ward.turn, ward.folder(sha) / BILL
    if ward.ctx.config.fix_agent is not FixAgent.COMMAND:  # a program begins anew each time
        found = place.read_text("utf-8") if place.is_file() else ""
        name = found if re.fullmatch(r"[\w-]{1,40}", found) else name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(name, "utf-8")
    return f"{Purpose.FIX}:heal-{sha[:12]}-{name}"


def _put_down(ward: Ward, purpose: str, usd: float) -> Memory:
    """Make a bill say this."""
    config = ward.ctx.config
    model = AGENT if config.fix_agent is FixAgent.COMMAND else config.model
    charge = Charge(at=ward.ctx.now, usd=usd, issue=0, purpose=purpose, model=model)
    return ward.notes.write(lambda memory: billed(memory, charge))


def _too_dear(ward: Ward, purpose: str) -> str:
    """Why the money of the week does not allow this search; empty when it does. Looked at after it was put down."""
    config, now = ward.ctx.config, ward.ctx.now
    if config.budget_fix <= 0:
        return "`budget-fix` is 0, so that nobody may be asked"
    snapshot, own = read_snapshot(ward.ctx), ward.notes.read()
    bills = [bill for bill in snapshot.bills if bill.issue != ward.notes.number]
    bills += [bill for bill in own.bills if bill.purpose != purpose]
    used = spent(bills, now=now) + sum(map(_runs, snapshot.managed)) * config.budget_fix
    if used + config.budget_fix <= config.budget_week:
        return ""
    return (
        f"${used:.2f} of a week's ${config.budget_week:.2f} (`budget-week`) are spent or reserved, and a repair may "
        f"cost another ${config.budget_fix:.2f} (`budget-fix`)"
    )


def _runs(flake: Flake) -> bool:
    """Whether a fix run has its money reserved."""
    return flake.status is Status.FIXING and flake.progress.lease is not None
