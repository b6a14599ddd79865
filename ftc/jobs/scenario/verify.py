"""Compares what a scenario expects with what was found, and says every difference in a sentence.

The rule it keeps: a sentence names the place in the file, what was expected and what was found instead.
"""

from collections.abc import Iterator, Sequence

from ftc.core.markdown import strip_hidden
from ftc.jobs.scenario import found
from ftc.jobs.scenario.expectation import IDENTITY, LISTS, Entry, Expectation, Items, Wanted
from ftc.jobs.scenario.found import Fact, Facts, Outcome
from ftc.simulator.application import LoggedRequest
from ftc.simulator.world import Repository, World

_READ = {
    "labels": "labels", "without": "labels", "reactions": "reactions",
    "says": "said", "unsaid": "said", "answer": "answer", "contains": "text", "lacks": "text",
}  # fmt: skip
"""Where the parts of something wanted are looked for."""
_ABSENT = ("lacks", "unsaid", "without")
"""Keys whose parts must not be there."""
SHOWN = 20
"""Entries or lines of something found that a message shows; more would bury what matters."""


def mismatches(wanted: Expectation, outcome: Outcome, target: Repository, world: World) -> Iterator[str]:
    """Every difference; none when all is as expected."""
    yield from _ending(wanted, outcome)
    yield from _figures(wanted, outcome)
    for items in wanted.lists:
        yield from _list(items, _found(items.name, outcome, target, world))
    yield from _dashboard(wanted, found.dashboards(target))
    yield from _notes(wanted, outcome)


def _ending(wanted: Expectation, outcome: Outcome) -> Iterator[str]:
    if wanted.exit is not None and wanted.exit != outcome.exit:
        yield f"{wanted.where}.exit: expected {wanted.exit}, found {outcome.exit} ({outcome.error or 'no error'})"
    for text in wanted.error:
        if text not in outcome.error:
            yield f"{wanted.where}.error: expected {text!r} in it, found {outcome.error!r}"


def _figures(wanted: Expectation, outcome: Outcome) -> Iterator[str]:
    written, asked = _addresses(outcome.writes), _addresses(outcome.requests)
    if wanted.writes is not None and wanted.writes != len(written):
        yield f"{wanted.where}.writes: expected {wanted.writes}, found {len(written)}{_listed(written)}"
    for repo in wanted.untouched:
        there = [address for address in written if f" /repos/{repo}/".lower() in address.lower()]
        if there:
            yield f"{wanted.where}.untouched: expected no write to {repo}, found {len(there)}{_listed(there)}"
    if wanted.requests is not None and wanted.requests < len(asked):
        yield f"{wanted.where}.requests: expected at most {wanted.requests}, found {len(asked)}{_listed(asked)}"
    if wanted.waited is not None and wanted.waited > outcome.waited:
        yield f"{wanted.where}.waited: expected at least {wanted.waited} s, found {outcome.waited:.0f} s"
    if wanted.tasks is not None and wanted.tasks != outcome.tasks:
        yield f"{wanted.where}.tasks: expected {wanted.tasks}, found {outcome.tasks}"


def _addresses(requests: Sequence[LoggedRequest]) -> list[str]:
    return [f"{entry.method} {entry.path}" for entry in requests]


def _found(name: str, outcome: Outcome, target: Repository, world: World) -> Sequence[Facts] | None:
    """The list as it stands; None where only a report could tell and there is none."""
    everywhere = {"issues": found.issues, "closed": found.closed, "watch": found.watched}
    if name in everywhere:
        return everywhere[name](target)
    if outcome.report is None:
        return None
    if name == "verdicts":
        return found.verdicts(outcome.report, world)
    reported = {"waiting": found.waiting, "drafts": found.drafts, "excluded": found.excluded}
    return reported[name](outcome.report)


def _list(items: Items, there: Sequence[Facts] | None) -> Iterator[str]:
    if there is None:
        yield f"{items.where}: expected a report to look into, found that the scan made none"
        return
    names = [_name(facts) for facts in there]
    if items.count is not None:
        if items.count != len(there):
            yield f"{items.where}: expected {items.count}, found {len(there)}{_listed(names)}"
        return
    left = list(there)
    for entry in items.entries:
        same = [
            facts
            for facts in left
            if all(_meets(key, entry.wanted[key], facts) for key in IDENTITY if key in entry.wanted)
        ]
        chosen = next((facts for facts in same if not [*_differences(entry, facts)]), next(iter(same), None))
        if chosen is None:
            yield f"{entry.where}: expected {_said(entry)}, found none such{_listed(names)}"
            continue
        yield from _differences(entry, chosen)
        left.remove(chosen)
    if LISTS[items.name].exact and left:
        yield f"{items.where}: expected no more than these, found also{_listed([_name(facts) for facts in left])}"


def _differences(entry: Entry, facts: Facts) -> Iterator[str]:
    for key, wanted in entry.wanted.items():
        if not _meets(key, wanted, facts):
            wish = _wish(key, _unmet(key, wanted, facts))
            yield f"{entry.where}.{key}: expected {wish}, found {_shown(key, facts)} ({_name(facts)})"


def _meets(key: str, wanted: Wanted, facts: Facts) -> bool:
    if isinstance(wanted, tuple):
        return not _unmet(key, wanted, facts)
    return _fits(key, wanted, facts.get(key))


def _unmet(key: str, wanted: Wanted, facts: Facts) -> Wanted:
    """Of several things wanted those that are not as they should be; a single one as it is."""
    if not isinstance(wanted, tuple):
        return wanted
    found = facts.get(_READ[key])
    there = found if isinstance(found, tuple) else str(found or "")
    return tuple(part for part in wanted if (part in there) == (key in _ABSENT))


def _fits(key: str, wanted: Wanted, there: Fact) -> bool:
    """Whether one fact is as wanted: one of several names, a part of a text, or the same."""
    if isinstance(there, tuple):
        # A test is known with and without its suite, and either may be given.
        return any(name == wanted or name.endswith(f" {wanted}") for name in there)
    if key in ("title", "reason", "detail"):
        return str(wanted) in str(there or "")
    if key == "suspect" and isinstance(there, str) and isinstance(wanted, str):
        return there.startswith(wanted) if wanted else not there
    if key == "confidence":
        return isinstance(there, int | float) and isinstance(wanted, float) and there >= wanted
    return wanted == there


def _wish(key: str, wanted: Wanted) -> str:
    if isinstance(wanted, tuple):
        parts = " and ".join(repr(part) for part in wanted)
        return f"none of {parts}" if key in _ABSENT else parts
    return f"at least {wanted}" if key == "confidence" else repr(wanted)


def _shown(key: str, facts: Facts) -> str:
    found = facts.get(_READ.get(key, key))
    return _quoted(str(found or "")) if key in _READ and not isinstance(found, tuple) else repr(found)


def _quoted(text: str) -> str:
    """A text of several lines, indented below the sentence; hidden blocks are left out, as nobody could read them."""
    return "this:\n" + "\n".join(f"    | {line}" for line in strip_hidden(text).strip().splitlines())


def _said(entry: Entry) -> str:
    return ", ".join(f"{key} {_wish(key, entry.wanted[key])}" for key in IDENTITY if key in entry.wanted)


def _name(facts: Facts) -> str:
    """What a found entry is called in a message."""
    test = facts.get("test")
    who = test[-1] if isinstance(test, tuple) else ""
    parts = [who or (facts.get("job") and f"job {facts['job']}"), facts.get("reason"), facts.get("detail")]
    return ": ".join(str(part) for part in parts if part) or str(facts.get("title", ""))


def _listed(names: Sequence[str]) -> str:
    if not names:
        return "; there is none at all"
    more = [f"and {len(names) - SHOWN} more"] if len(names) > SHOWN else []
    return ":" + "".join(f"\n    - {name}" for name in (*names[:SHOWN], *more))


def _dashboard(wanted: Expectation, bodies: Sequence[str]) -> Iterator[str]:
    where = f"{wanted.where}.dashboard"
    if wanted.no_dashboard and bodies:
        yield f"{where}: expected none, found {len(bodies)}"
    if wanted.dashboard is None:
        return
    if len(bodies) != 1:
        yield f"{where}: expected one, found {len(bodies)}"
    for body in bodies[:1]:
        yield from _differences(wanted.dashboard, {"text": body, "title": "the dashboard issue"})


def _notes(wanted: Expectation, outcome: Outcome) -> Iterator[str]:
    if wanted.notes is None:
        return
    notes = outcome.notes
    if not wanted.notes and notes:
        yield f"{wanted.where}.notes: expected none, found{_listed(notes)}"
    for text in wanted.notes:
        if not any(text in note for note in notes):
            yield f"{wanted.where}.notes: expected {text!r}, found none such{_listed(notes)}"
