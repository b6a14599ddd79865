"""Fixes of a flake that were tried before, and what became of them, for whoever tries next.

The rule it keeps: what is said is what the state holds; a failure after a merge is counted and not explained.
"""

from datetime import datetime

from ftc.core.fix import EarlierFix
from ftc.core.handing_over import is_handed_over
from ftc.core.model import Flake
from ftc.core.progress import Fate, RunRecord, RunStatus

UNKNOWN = "was proposed, and not merged as far as is known"
MOST = 5
"""Newest tries that are told; older ones were about other code."""


def earlier_fixes(flake: Flake) -> tuple[EarlierFix, ...]:
    """Ended runs, newest first."""
    ended = [run for run in flake.progress.runs if run.status in (RunStatus.SUCCEEDED, RunStatus.FAILED)]
    ranked = sorted(ended, key=lambda run: run.created, reverse=True)
    return tuple(EarlierFix(what=_what(run), outcome=_outcome(run, flake)) for run in ranked[:MOST])


def _what(run: RunRecord) -> str:
    place = f"pull request #{run.pull}" if run.pull else f"task {run.id}"
    return f"{place} of {run.created:%Y-%m-%d}" + (f": {run.tests}" if run.tests else "")


def _outcome(run: RunRecord, flake: Flake) -> str:
    if run.status is RunStatus.FAILED:
        return f"came to nothing: {run.error}" if run.error else "came to nothing"
    fate, at = run.fate or _fate_of_the_last(run, flake), run.fated or _merged(run, flake)
    if fate is None or at is None:
        return "was handed over to GitHub's coding agent" if is_handed_over(run) else UNKNOWN
    if fate is Fate.DECLINED:
        return f"was proposed, and closed without being merged on {at:%Y-%m-%d}"
    if fate is Fate.RETURNED:
        return f"was merged on {at:%Y-%m-%d} and did not hold: the test failed again in code that contains it"
    if fate is Fate.HELD:
        return f"was merged on {at:%Y-%m-%d} and held for as many runs as its proof needs"
    since = sum(item.created > at for item in flake.occurrences)
    again = f"the test failed {since} times after that, perhaps on older branches" if since else "no failure since"
    return f"was merged on {at:%Y-%m-%d}; {again}"


def _merged(run: RunRecord, flake: Flake) -> datetime | None:
    """When the run's pull request was merged, if it is the last one, in a state that was written without fates."""
    pull = flake.progress.pull
    return pull.merged if pull and run.pull and pull.number == run.pull else None


def _fate_of_the_last(run: RunRecord, flake: Flake) -> Fate | None:
    return Fate.MERGED if _merged(run, flake) else None
