"""Fixes of a flake that were tried before, and what became of them, for whoever tries next.

The rule it keeps: what is said is what the state holds; a failure after a merge is counted and not explained.
"""

from ftc.core.fix import EarlierFix
from ftc.core.model import Flake
from ftc.core.progress import RunRecord, RunStatus

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
    pull = flake.progress.pull
    if pull is None or not run.pull or pull.number != run.pull or pull.merged is None:
        return "was proposed, and not merged as far as is known"
    since = sum(item.created > pull.merged for item in flake.occurrences)
    again = f"the test failed {since} times after that, perhaps on older branches" if since else "no failure since"
    return f"was merged on {pull.merged:%Y-%m-%d}; {again}"
