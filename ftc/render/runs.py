"""What people read of a fix run: how far it is, how it ended, and the report on a pull request that was proven.

The rule it keeps: figures are those of the proof alone. What a model, a log, a patch or a file name says stands in code
spans and fences, bounded, where it calls, links and commands nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ftc.core.conclusion import known_commands
from ftc.core.endings import Ended, Ending, Papers
from ftc.core.fix import Judged, TaskKind
from ftc.core.marks import UNENDED
from ftc.core.requeue import MAX_AGAIN
from ftc.core.settling import usd
from ftc.render.answer import spelled_markdown
from ftc.render.environment import SHORT_SHA, Markdown, render
from ftc.render.proof import MOST_ITEMS, claim_rows, cut, figures, gate_rows, one_line, rows, trials, whole_commands

REASON_CHARS = 1_500
"""Of the reason of an ending, which names the way out."""
TEXT_CHARS = 40_000
"""Of a pull request's text that the issue holds for a person; a comment has room for 60,000 in all."""
RESTARTABLE = frozenset(
    {
        *(Ending.BRANCH, Ending.DUPLICATE, Ending.UNPUBLISHED, Ending.REJECTED, Ending.GAVE_UP, Ending.REFUSED),
        *(Ending.DIED, Ending.STOPPED),
    }
)
"""Endings after which a person may start it again."""
GOES_ON = frozenset({Ending.AGAIN, Ending.HANDED_OVER})
"""Endings that leave the approval as it is."""


class Phase(StrEnum):
    """What has ended when people are told how far a run is."""

    REPRODUCED = "reproduced"
    GENERATED = "generated"
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Which run a text is about."""

    task: str
    kind: TaskKind
    run_url: str = ""
    language: str = "en"


class Unasked(StrEnum):
    """Whether a proof was ordered by the bot itself, and what that says of a later push."""

    NOT = ""
    AGAIN = "again"
    LAST = "last"


_REACHED = {phase: place for place, phase in enumerate(Phase, start=1)}


def outcome_text(end: Ended, papers: Papers, about: About, *, again: int = 0) -> str:
    """The comment with the outcome; ``again`` counts how often the order went back into the queue, this time too."""
    values = {**_shared(papers, about), **_ending(end, papers)}
    values |= {
        "kind": about.kind.value,
        "again": again,
        "most_again": MAX_AGAIN,
        "restart": end.ending in RESTARTABLE and about.kind is not TaskKind.VERIFY,
        "prove": end.ending in RESTARTABLE and about.kind is TaskKind.VERIFY,
    }
    text = render("runs/outcome.md.j2", values, language=about.language)
    return f"{UNENDED}\n{text}" if end.ending in GOES_ON else text


def progress_text(phase: Phase, papers: Papers, about: About) -> str:
    """The comment while the run works: what is done with its figures, and what is being done."""
    values = {
        **_shared(papers, about),
        "kind": about.kind.value,
        "reached": _REACHED[phase],
        "usd": papers.fix.usd if papers.fix else 0.0,  # no bill yet is no bill: only an outcome assumes the worst
        "proposed": len(papers.fix.candidates) if papers.fix else 0,
    }
    return f"{UNENDED}\n{render('runs/progress.md.j2', values, language=about.language)}"


def report_text(end: Ended, papers: Papers, about: About, *, unasked: Unasked = Unasked.NOT) -> str:
    """The comment on a pull request that was to be proven; also where nothing came of it."""
    if end.ending is not Ending.PROVEN:
        return outcome_text(end, papers, about)
    said = papers.conclusion
    judged = said.judged if said else None
    values = {
        **_shared(papers, about),
        "head": papers.task.head_sha[:SHORT_SHA] if papers.task else "",
        "gates": gate_rows(judged),
        "unasked": unasked.value,
        "failed": next((gate.name for gate in judged.gates if not gate.passed), "") if judged else "",
        "findings": [cut(item) for item in _findings(judged)][:MOST_ITEMS],
        "why": cut("; ".join(item.why for item in said.rejected) if said else "", REASON_CHARS),
        "commands": whole_commands(known_commands(said, papers.reproduction)),
    }
    return render("runs/proven.md.j2", values, language=about.language)


def _shared(papers: Papers, about: About) -> dict[str, object]:
    said, order = papers.conclusion, papers.task
    judged = said.judged if said else None
    return {
        "spelled": spelled_markdown,
        "safe": Markdown,
        "task": about.task,
        "run_url": about.run_url,
        "usd": usd(papers),
        "base": order.base_sha[:SHORT_SHA] if order else "",
        "test": cut(str(order.tests[0])) if order and order.tests else "",
        "proof": figures(said.proof if said else None),
        "rows": rows(judged),
        "trials": trials(papers.reproduction),
        "claims": claim_rows(order),
        "problems": [cut(item) for item in dict.fromkeys(_problems(papers))][:MOST_ITEMS],
    }


def _ending(end: Ended, papers: Papers) -> Mapping[str, Any]:
    publication = papers.publication
    text = publication.text if publication else ""
    return {
        "ending": end.ending.value,
        "end": {
            "reason": cut(end.reason, REASON_CHARS),
            "job": end.job,
            "refused": end.refused is not None,
            "pull": end.pull,
            "url": end.url,
            "spent": end.spent,
        },
        "why": end.refused.value if end.refused else "",
        "cancelled": papers.results.get(end.job) == "cancelled",
        "draft": publication.draft if publication else False,
        "branch": publication.branch if publication else "",
        "compare_url": publication.compare_url if publication else "",
        "text": text if len(text) <= TEXT_CHARS else "",
        "candidates": list(_candidates(papers))[:MOST_ITEMS],
    }


def _candidates(papers: Papers) -> Iterator[Mapping[str, Any]]:
    """Every proposed change that was judged, with what became of it."""
    said = papers.conclusion
    if said is None:
        return
    proposed = {item.number: item for item in papers.fix.candidates} if papers.fix else {}
    why = {item.candidate: item.why for item in said.rejected}
    for number in sorted({*why, *([said.candidate] if said.candidate else [])}):
        known = proposed.get(number)
        yield {
            "number": number,
            "by": cut(known.by) if known else "",
            "summary": cut(one_line(known.summary)) if known else "",
            "why": cut(one_line(why.get(number, "")), REASON_CHARS),
        }


def _problems(papers: Papers) -> Iterator[str]:
    yield from papers.damaged
    if papers.conclusion is not None:
        yield from papers.conclusion.problems
    if papers.reproduction is not None:
        yield from papers.reproduction.problems


def _findings(judged: Judged | None) -> Iterator[str]:
    if judged is not None:
        yield from judged.masking
        yield from (f"{item.rule}: {item.path or 'the patch'}: {item.text}" for item in judged.violations)
