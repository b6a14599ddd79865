"""The analysis by rules: from a flake and what could be read of its code to causes, plan and checklist.

The rule it keeps: pure and repeatable; every reason names a snippet that was read or a link that the flake holds.
"""

from ftc.core.analysis import Analysis, Cause, FixPlan, Risk, RootCause, Snippet, Sources
from ftc.core.languages import is_test_file
from ftc.core.model import Flake
from ftc.core.reproduce import commands_for
from ftc.core.taxonomy import go, history, javascript, jvm, log, python, rust
from ftc.core.taxonomy.case import Case, Rule, case_of
from ftc.core.taxonomy.fixes import Fix, fix_for
from ftc.core.taxonomy.score import causes, seen

RULES: tuple[Rule, ...] = (
    *go.RULES,
    *python.RULES,
    *javascript.RULES,
    *jvm.RULES,
    *rust.RULES,
    *log.RULES,
    *history.RULES,
)
"""Every rule of the taxonomy."""


def explain(flake: Flake, sources: Sources) -> Analysis:
    """Causes with reasons, likeliest first, and a plan for the first; ``unknown`` alone when nothing speaks."""
    case = case_of(flake, sources)
    ranked = causes(seen(case, RULES))
    fix = fix_for(ranked[0].root_cause, case.language)
    return Analysis(
        causes=ranked,
        sources=sources,
        plan=_plan(case, ranked[0], sources, fix),
        reproduction=commands_for(flake),
        checklist=(*fix.check, f"Nothing of this is in the change: {fix.masking}. That would hide the flake."),
    )


def _plan(case: Case, likeliest: Cause, sources: Sources, fix: Fix) -> FixPlan:
    files = planned_files(likeliest, sources)
    product = tuple(path for path in files if not is_test_file(path) and path != sources.test_path)
    risk, reason = _risk(likeliest, fix, product=bool(product))
    return FixPlan(steps=fix.steps, planned_files=files, risk=risk, risk_reason=reason)


def planned_files(likeliest: Cause, sources: Sources) -> tuple[str, ...]:
    """The test's file, then files that reasons for the likeliest cause point into; none while nothing was read."""
    by_id = {snippet.id: snippet for snippet in sources.snippets}
    cited = [by_id[clue.snippet].path for clue in likeliest.evidence_for if clue.snippet in by_id]
    if likeliest.root_cause is RootCause.PRODUCT_BUG:
        cited += [snippet.path for snippet in sources.snippets if _product_frame(snippet)][:1]
    own = (sources.test_path,) if sources.test_path else ()
    return tuple(dict.fromkeys((*own, *cited)))


def _product_frame(snippet: Snippet) -> bool:
    return snippet.reason.value == "stack location" and not is_test_file(snippet.path)


def _risk(likeliest: Cause, fix: Fix, *, product: bool) -> tuple[Risk, str]:
    if product or likeliest.root_cause is RootCause.PRODUCT_BUG:
        return Risk.HIGH, "The plan touches code that users run."
    if likeliest.root_cause is RootCause.UNKNOWN:
        return fix.risk, "The cause is not known, so nobody can say yet what a fix would touch."
    if fix.risk is not Risk.LOW:
        return fix.risk, "Only tests change, but the fault may lie in the code under test."
    return Risk.LOW, "Only the test changes, and it stays as strict as it is."
