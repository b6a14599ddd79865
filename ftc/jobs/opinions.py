"""With ``file-on: opinion``: what a model thinks of failures that the rules cannot decide.

The rule it keeps: an opinion moves only what is unknown, never a grade, and is paid for once: it stands until the test
fails again. Where none can be had, the failure stays on the watch list, as it would without a model.
"""

from dataclasses import replace

from ftc.agent.analyst import opine
from ftc.core.analysis import Sources
from ftc.core.config import FileOn
from ftc.core.dialogue import Model
from ftc.core.errors import BudgetExceeded, ModelFailed
from ftc.core.judged import Judged, Judgement, Opined, Scan, judge
from ftc.core.model import EvidenceItem, FailureClass, Flake, Grade
from ftc.jobs.context import Context

OPINIONS_A_SCAN = 5
"""Asked for in one scan, those that failed last first; more issues than three are not opened in one anyway."""


def with_opinions(ctx: Context, scan: Scan, found: Judgement, *, model: Model | None) -> tuple[Scan, Judgement]:
    """The scan and its judgement with the opinions that stand or can be had from the model, if there is one."""
    undecided = [item for item in found.watch if _is_undecided(item)]
    if ctx.config.file_on is not FileOn.OPINION or not undecided:
        return scan, found
    opinions = {item.flake.key: Opined(item=known) for item in undecided if (known := _standing(item))}
    fresh = [item.flake for item in undecided if item.changed]
    for flake in sorted(fresh, key=_newest, reverse=True)[:OPINIONS_A_SCAN]:
        if model is None:
            break
        before = len(model.charges)
        opinion = _opinion(ctx, flake, model)
        opinions[flake.key] = Opined(item=opinion, charges=model.charges[before:])
    scan = replace(scan, opinions=opinions)
    return scan, judge(scan)


def _is_undecided(item: Judged) -> bool:
    return item.verdict.failure_class is FailureClass.UNKNOWN and item.verdict.grade is Grade.D


def _standing(item: Judged) -> EvidenceItem | None:
    """The opinion of an earlier scan, of a flake about which nothing new was learnt since."""
    stored = item.flake.verdict
    if item.changed or stored is None:
        return None
    return next((known for known in stored.evidence if known.rule == "opinion"), None)


def _newest(flake: Flake) -> tuple[str, str]:
    return (flake.last_seen.isoformat() if flake.last_seen else "", flake.key)


def _opinion(ctx: Context, flake: Flake, model: Model) -> EvidenceItem | None:
    try:
        return opine(flake, Sources(), model=model).evidence()
    except (ModelFailed, BudgetExceeded) as error:
        ctx.say(f"no opinion about {flake.test}: {error}")
        return None
