"""Why there is no fix, in words that stand in a record; the reader renders them as the hostile text they may be.

The rule it keeps: a run that ends without a change still hands on what was measured, and the command that shows it.
"""

from ftc.core.fix import Reproduction, Trial

NO_MODEL = "No model is configured, and no mechanical fix that is allowed applies."
MODES_SHOWN = 4


def measured(reproduction: Reproduction) -> str:
    """What the reproduction showed, likeliest mode first, and how to see it again."""
    tried = [trial for trial in reproduction.trials if trial.runs and not trial.problem]
    if not tried:
        why = "; ".join((*reproduction.problems, *(trial.problem for trial in reproduction.trials if trial.problem)))
        return f"The test could not be run: {why}." if why else "The test was not run."
    ranked = sorted(tried, key=lambda trial: -trial.target / trial.runs)
    counts = ", ".join(_counts(trial) for trial in ranked[:MODES_SHOWN])
    shown = next((trial for trial in ranked if trial.amplifier is reproduction.chosen), ranked[0])
    head = "It failed as the issue says in" if reproduction.reproduced else "It did not fail as the issue says:"
    return f"{head} {counts}. To see it: {shown.command}" if shown.command else f"{head} {counts}."


def _counts(trial: Trial) -> str:
    return f"{trial.target} of {trial.runs} runs ({trial.amplifier.value})"


def without_model(reproduction: Reproduction) -> str:
    """The end of a run in which nobody could be asked."""
    return f"{NO_MODEL} {measured(reproduction)}"
