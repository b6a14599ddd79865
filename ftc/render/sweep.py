"""The comments of a sweep: one template for each thing it tells, with the numbers as people read them.

The rule it keeps: the same decision gives the same bytes, so that saying it again changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from ftc.core.binomial import percent
from ftc.core.command_table import Name
from ftc.core.commands import spelled
from ftc.core.exposure import AGE, LEAST_RUNS, Proof, Silence
from ftc.core.labels import prefixed
from ftc.core.returning import Settled
from ftc.core.sweeping import Telling, Told
from ftc.render.environment import Markdown, render


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The fix whose proof is told of."""

    pull: int
    age: timedelta


def telling_text(telling: Telling, *, prefix: str, language: str = "en") -> str:
    """The text of one comment, without its mark."""
    more = _MORE.get(telling.what)
    values = {**telling.values, **(more(telling.values, prefix) if more else {})}
    return render(f"sweep/{telling.what}.md.j2", values, language=language)


def _closing(values: Mapping[str, object], prefix: str) -> Mapping[str, object]:
    numbers = values["numbers"]
    assert isinstance(numbers, Silence), "what the rule gives"
    return {
        "chance": Markdown(percent(numbers.chance)),
        "least_runs": LEAST_RUNS,
        "age": AGE,
        "keep_open": prefixed("keep-open", prefix=prefix),
    }


def _proof(values: Mapping[str, object], _prefix: str) -> Mapping[str, object]:
    shown, done = values["proof"], values["done"]
    assert isinstance(shown, Proof), "what the rule gives"
    assert isinstance(done, Settled), "what the rule gives"
    return {
        "chance": Markdown(percent(shown.chance)),
        "rate": Markdown(percent(shown.rate)) if shown.rate else "unknown",
        "done": Merged(pull=done.pull, age=shown.age),
    }


def _after_no(_values: Mapping[str, object], _prefix: str) -> Mapping[str, object]:
    return {"again": Markdown(spelled(Name.AI_FIX)), "never": Markdown(spelled(Name.WONTFIX))}


def _spelling(key: str, command: Name) -> Callable[[Mapping[str, object], str], Mapping[str, object]]:
    return lambda _values, _prefix: {key: Markdown(spelled(command))}


_MORE: Mapping[Told, Callable[[Mapping[str, object], str], Mapping[str, object]]] = {
    Told.CLOSING: _closing,
    Told.UNPROVEN: _proof,
    Told.VERIFIED: _proof,
    Told.QUARANTINE_OVER: _spelling("quarantine", Name.QUARANTINE),
    Told.LEASE_LOST: _spelling("retry", Name.RETRY),
    Told.AGENT_SILENT: _spelling("retry", Name.RETRY),
    Told.PULL_CLOSED: _after_no,
}
