"""What the outcome of a fix run and its pull request print alike: the figures of a proof, its rows, gates and commands.

The rule it keeps: every text is bounded here, and escaped where it is printed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ftc.core.fix import Judged, Reproduction, Task
from ftc.core.markdown import strip_control
from ftc.core.stress import Proof, Stratum
from ftc.render.environment import Markdown

LINE_CHARS = 300
"""Of one reason, path, test or detail; escaped it may have several times as many."""
COMMAND_CHARS = 1_000
MOST_ROWS, MOST_ITEMS, MOST_COMMANDS = 32, 12, 8
"""Strata, which are at most four legs of eight amplifiers; candidates, gates, files and problems; commands."""


def figures(proof: Proof | None) -> Mapping[str, Any] | None:
    """The numbers as they are printed."""
    if proof is None:
        return None
    return {
        "verdict": proof.verdict.value,
        "before": proof.before,
        "after": proof.after,
        "p": proof.p_value,
        "alpha": Markdown(f"{proof.alpha:.2g}"),
        "needed": proof.failures_needed,
        "bound": proof.upper_bound,
        "attempt": proof.attempt,
        "lead": proof.lead_needed,
        "fell": proof.p_value <= proof.alpha,
        "fresh": bool(proof.after.others - proof.before.others),
    }


def rows(judged: Judged | None, chars: int = LINE_CHARS) -> Sequence[Mapping[str, Any]]:
    """One row for each stratum: where, and what was counted before and after."""
    return [_row(item, chars) for item in (judged.strata if judged else ())[:MOST_ROWS]]


def _row(item: Stratum, chars: int) -> Mapping[str, Any]:
    return {
        "leg": cut(item.leg, chars),
        "amplifier": cut(item.amplifier, chars),
        "before": item.before,
        "after": item.after,
        "new": len(item.after.others - item.before.others),
    }


def gate_rows(judged: Judged | None, chars: int = LINE_CHARS) -> Sequence[Mapping[str, Any]]:
    """One row for each gate."""
    found = judged.gates[:MOST_ITEMS] if judged else ()
    return [
        {
            "name": cut(gate.name, chars),
            "passed": gate.passed,
            "flagged": gate.flagged,
            "detail": cut(gate.detail, chars),
        }
        for gate in found
    ]


def claim_rows(task: Task | None) -> Sequence[Mapping[str, Any]]:
    """What strangers offered for the issue before the run began."""
    return [{"pull": item.pull, "author": cut(item.author)} for item in (task.claims if task else ())[:MOST_ITEMS]]


def trials(reproduction: Reproduction | None) -> Sequence[Mapping[str, Any]]:
    """What the test did at the base before anybody looked for a fix."""
    return list(_counted(reproduction))[:MOST_ROWS]


def _counted(reproduction: Reproduction | None) -> Iterator[Mapping[str, Any]]:
    for item in reproduction.trials if reproduction else ():
        if not item.problem and item.runs:
            yield {"amplifier": item.amplifier.value, "runs": item.runs, "target": item.target}


def whole_commands(commands: Iterable[str]) -> str:
    """Commands that are whole: of one that is cut, a quote left open would turn those of the next inside out."""
    lines = [one_line(item) for item in commands]
    return "\n".join([line for line in lines if line and len(line) <= COMMAND_CHARS][:MOST_COMMANDS])


def one_line(text: str) -> str:
    """The words on one line, without control characters."""
    return " ".join(strip_control(text).split())


def cut(text: str, chars: int = LINE_CHARS) -> str:
    """At most so many characters, with an ellipsis where there were more."""
    return text if len(text) <= chars else f"{text[: chars - 1].rstrip()}…"
