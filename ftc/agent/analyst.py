"""What a model makes of a flake: the analysis of its cause, a reply to a comment, an opinion.

The rule it keeps: a model chooses words, causes from the taxonomy, ids of exhibits and names of files that it was
shown, and nothing else. An answer that rests on nothing shown, or on what does not exist, is no answer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log
from typing import Any

from ftc.agent.asking import ask
from ftc.core.analysis import Analysis, Cause, Clue, FixPlan, Risk, RootCause, Sources
from ftc.core.dialogue import Model
from ftc.core.errors import BudgetExceeded, ModelFailed, ModelMisconfigured, ModelUnavailable
from ftc.core.exhibits import Exhibit, exhibits
from ftc.core.forms import Form, Malformed, Part, choice, flag, items, known, record, share, words
from ftc.core.history import failure_rate
from ftc.core.ledger import Purpose
from ftc.core.model import EvidenceItem, Flake
from ftc.render.prompt import messages

MOST_CAUSES = 4
CLUE_CHARS, STEP_CHARS, REPLY_CHARS = 300, 300, 1_200
SKETCH_CHARS = 4_000
LEAST_SHARE, MOST_SHARE = 0.02, 0.98
"""Limits of an opinion: nobody is surer from one log, and log-odds have no ends."""
FROM_ONE_LOG = "From one log only, this is a model's opinion:"
THREAD_COMMENTS = 10
"""Earlier comments shown to a model: a conversation is about its last few."""


class Unanswered:
    """Why rules answer in a model's place, in words for the comment."""

    BUDGET = "the budget for it is spent"
    ABSENT = "it did not answer in time"
    USELESS = "it gave no usable answer"
    UNSET = "it cannot be asked as it is configured"


def why_not(error: ModelFailed | BudgetExceeded) -> str:
    """Why the model did not answer, without a word of its own or its provider's."""
    if isinstance(error, BudgetExceeded):
        return Unanswered.BUDGET
    if isinstance(error, ModelMisconfigured):
        return Unanswered.UNSET
    return Unanswered.ABSENT if isinstance(error, ModelUnavailable) else Unanswered.USELESS


def charged(flake: Flake, model: Model | None) -> Flake:
    """The flake with what this job has asked of the model for it, also where that came to nothing."""
    if model is None or flake.issue is None:
        return flake
    own = [item for item in model.charges if item.issue == flake.issue.issue]
    return replace(flake, progress=flake.progress.charged(own)) if own else flake


def explained(flake: Flake, sources: Sources, rules: Analysis, *, model: Model | None) -> Analysis:
    """The model's analysis, or the rules' with a note that says why the model gave none."""
    if model is None:
        return rules
    try:
        return explain_with_model(flake, sources, rules, model=model)
    except (ModelFailed, BudgetExceeded) as error:
        return replace(rules, note=why_not(error))


def explain_with_model(flake: Flake, sources: Sources, rules: Analysis, *, model: Model) -> Analysis:
    """The model's analysis; how to reproduce stays the rules'. Raises ``ModelFailed`` or ``BudgetExceeded``."""
    shown = _exhibits(flake, sources)
    files = _files(sources, rules)
    form = _analysis_form(shown, files)
    values = {
        **_facts(flake, shown, form),
        "verdict": flake.verdict,
        "snippets": sources.snippets,
        "suspects": sources.suspects,
        "rules": rules,
        "files": files,
        "most_causes": MOST_CAUSES,
    }
    causes, plan, checklist = ask(
        model, messages("analysis", values), form, purpose=Purpose.ANALYSIS, issue=_number(flake)
    )
    return Analysis(
        causes=causes,
        sources=sources,
        plan=plan,
        reproduction=rules.reproduction,
        checklist=checklist,
        by=model.name,
    )


def _number(flake: Flake) -> int:
    return flake.issue.issue if flake.issue else 0


def _exhibits(flake: Flake, sources: Sources | None = None) -> tuple[Exhibit, ...]:
    """What can be cited; without anything no answer could be used, so that none is paid for."""
    if shown := exhibits(flake, sources):
        return shown
    raise ModelFailed(f"nothing is known about {flake.test} that an answer could rest on")


def _facts(flake: Flake, shown: Sequence[Exhibit], form: Form[Any]) -> dict[str, object]:
    return {
        "flake": flake,
        "rate": failure_rate(flake),
        "exhibits": shown,
        "signatures": tuple(item for item in shown if item.excerpt),
        "form": form.schema,
    }


def _files(sources: Sources, rules: Analysis) -> tuple[str, ...]:
    """Files that are known to exist at the commit: those that were read, and those the rules plan to change."""
    read = (item.path for item in sources.snippets)
    touched = (path for item in sources.suspects for path in item.paths)
    return tuple(
        dict.fromkeys(path for path in (sources.test_path, *read, *touched, *rules.plan.planned_files) if path)
    )


Answered = tuple[tuple[Cause, ...], FixPlan, tuple[str, ...]]


def _analysis_form(shown: Sequence[Exhibit], files: Sequence[str]) -> Form[Answered]:
    by_id = {item.id: item for item in shown}
    clue = record(text=words("one sentence", most=CLUE_CHARS), cite=known("id of what it rests on", by_id))
    cause = record(
        root_cause=choice("class of the cause", RootCause),
        probability=share("how likely it is"),
        evidence_for=items(clue, least=1, most=4),
        evidence_against=items(clue, most=3),
    )
    plan = record(
        steps=items(words("one step", most=STEP_CHARS), least=1, most=6),
        planned_files=items(known("path from the list", files), most=5),
        sketch=words("unified diff, or empty", most=SKETCH_CHARS, lines=True),
        risk=choice("how much it could break", Risk),
        risk_reason=words("why", most=CLUE_CHARS),
    )
    whole = record(
        causes=items(cause, least=1, most=MOST_CAUSES),
        plan=plan,
        checklist=items(words("one thing to check", most=STEP_CHARS), most=5),
    )

    def made(answer: Mapping[str, Any]) -> Answered:
        return _causes(answer["causes"], by_id), FixPlan(**answer["plan"]), answer["checklist"]

    return Form(name="analysis", record=whole, made=made)


def _causes(found: Sequence[Mapping[str, Any]], by_id: Mapping[str, Exhibit]) -> tuple[Cause, ...]:
    """Likeliest first, with probabilities that add up to 1; a cause told twice or shares of nothing are refused."""
    if len({item["root_cause"] for item in found}) < len(found):
        raise Malformed("causes names a class twice")
    total = sum(item["probability"] for item in found)
    if total <= 0:
        raise Malformed("the probabilities of causes are all 0")

    def clues(told: Iterable[Mapping[str, str]]) -> tuple[Clue, ...]:
        return tuple(by_id[item["cite"]].clue(item["text"]) for item in told)

    causes = (
        Cause(
            root_cause=item["root_cause"],
            probability=item["probability"] / total,
            evidence_for=clues(item["evidence_for"]),
            evidence_against=clues(item["evidence_against"]),
        )
        for item in found
    )
    return tuple(sorted(causes, key=lambda item: -item.probability))


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One earlier comment as a model sees it."""

    author: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """What was said on the issue: the comment to answer, earlier ones oldest first, and our own analysis."""

    author: str
    question: str
    earlier: tuple[Said, ...] = ()
    analysis: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A model's reply to a comment; an empty ``text`` is silence."""

    text: str
    cites: tuple[Exhibit, ...] = ()
    new_root_cause: RootCause | None = None
    """The cause it now holds likeliest, where the comment changed its view."""
    confidence: float = 0.0
    """Of that cause."""
    by: str = ""
    """The model's name."""
    needs_person: bool = False


def reply_with_model(flake: Flake, thread: Thread, *, comment: int, model: Model) -> Turn:
    """The model's reply to the comment of this id; raises ``ModelFailed`` or ``BudgetExceeded``."""
    shown = _exhibits(flake)
    form = _reply_form(shown)
    assessment = flake.progress.assessment
    values = {
        **_facts(flake, shown, form),
        "status": flake.status.value,
        "assessment": assessment,
        "planned": assessment.planned_files if assessment else (),
        "analysis": thread.analysis,
        "thread": thread.earlier[-THREAD_COMMENTS:],
        "question": thread.question,
        "author": thread.author,
    }
    turn = ask(model, messages("reply", values), form, purpose=f"{Purpose.REPLY}:{comment}", issue=_number(flake))
    held = assessment.root_cause if assessment else ""
    return replace(turn, by=model.name, new_root_cause=None if turn.new_root_cause == held else turn.new_root_cause)


def _reply_form(shown: Sequence[Exhibit]) -> Form[Turn]:
    by_id = {item.id: item for item in shown}
    whole = record(
        reply=words("the reply, or empty", most=REPLY_CHARS, lines=True),
        cites=items(known("id of what it rests on", by_id), most=4),
        changes_view=flag("whether the comment changes what is likeliest"),
        new_root_cause=choice("the cause that is likeliest now", RootCause),
        confidence=share("how likely that cause is"),
        needs_person=flag("whether a maintainer must decide"),
    )

    def made(answer: Mapping[str, Any]) -> Turn:
        if answer["reply"] and not answer["cites"]:
            raise Malformed("cites is empty, but a reply must rest on something shown")
        changed = answer["changes_view"] and answer["reply"] and answer["new_root_cause"] is not RootCause.UNKNOWN
        return Turn(
            text=answer["reply"],
            cites=tuple(by_id[name] for name in dict.fromkeys(answer["cites"])) if answer["reply"] else (),
            new_root_cause=answer["new_root_cause"] if changed else None,
            confidence=answer["confidence"],
            needs_person=answer["needs_person"],
        )

    return Form(name="reply", record=whole, made=made)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """How likely a model holds a failure to be flaky, and on what that rests."""

    probability: float
    reason: str
    cites: tuple[Exhibit, ...]

    def evidence(self) -> EvidenceItem:
        """The item by which it shifts the odds of an undecided verdict (``classify``)."""
        odds = min(max(self.probability, LEAST_SHARE), MOST_SHARE)
        links = tuple(item.link for item in self.cites if item.link)
        return EvidenceItem(
            rule="opinion", weight=log(odds / (1 - odds)), text=f"{FROM_ONE_LOG} {self.reason}", links=links
        )


def opine(flake: Flake, sources: Sources, *, model: Model) -> Opinion:
    """The model's opinion about an undecided failure; raises ``ModelFailed`` or ``BudgetExceeded``."""
    shown = _exhibits(flake, sources)
    form = _opinion_form(shown)
    values = {**_facts(flake, shown, form), "snippets": sources.snippets}
    return ask(model, messages("opinion", values), form, purpose=f"{Purpose.OPINION}:{flake.key}", issue=_number(flake))


def _opinion_form(shown: Sequence[Exhibit]) -> Form[Opinion]:
    by_id = {item.id: item for item in shown}
    whole: Part[Mapping[str, Any]] = record(
        probability=share("how likely the test is flaky"),
        reason=words("one sentence", most=CLUE_CHARS),
        cites=items(known("id of what it rests on", by_id), least=1, most=4),
    )

    def made(answer: Mapping[str, Any]) -> Opinion:
        return Opinion(
            probability=answer["probability"],
            reason=answer["reason"],
            cites=tuple(by_id[name] for name in dict.fromkeys(answer["cites"])),
        )

    return Form(name="opinion", record=whole, made=made)
