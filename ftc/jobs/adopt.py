"""Adoption by command: a person says which test an issue is about.

The rule it keeps: it looks at everything afresh before it writes, and whoever asks gets exactly one answer, which
names what was done or why nothing was.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from ftc.clients.payloads import Issue
from ftc.core.effects import Adopt, EnsureLabel
from ftc.core.labels import BY_NAME, labels, prefixed
from ftc.core.lifecycle import moved
from ftc.core.mentions import Relation, mention
from ftc.core.model import Flake, Status
from ftc.core.notices import told_at_filing
from ftc.jobs.apply import perform
from ftc.jobs.issues import Session
from ftc.jobs.snapshot import Snapshot, read_snapshot
from ftc.render.adoption import answer_text

MOST_NAMED = 10
"""Tests that an answer lists when a name is none of one test alone."""


class Outcome(StrEnum):
    """What came of the command."""

    ADOPTED = "adopted"
    ALREADY_HERE = "already-here"
    ELSEWHERE = "elsewhere"
    """The test has another issue."""
    OTHER_TEST = "other-test"
    """The issue keeps another test."""
    SEVERAL = "several"
    TAKEN_AWAY = "taken-away"
    """The test's issue is a tombstone."""
    SENT_AWAY = "sent-away"
    """The issue itself is one: a tombstone is never written again."""
    INCOMPLETE = "incomplete"
    """Not every issue could be seen."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The outcome, the text for people, and the flake as it is kept now; None where nothing is kept here."""

    outcome: Outcome
    text: str
    number: int = 0
    """The test's issue, where it has one."""
    flake: Flake | None = None


def adopt_by_command(session: Session, issue: Issue, name: str, *, by: str = "") -> Answer:
    """Adopt the issue for the test of this name, as ``by`` asked; the caller has checked that they may.

    The bot's own issues are never adopted: they answer that they keep their test already.
    """
    snapshot = read_snapshot(session.ctx)
    found = _named(name, snapshot)
    refused = _on_this_issue(issue, found, snapshot) or _of_this_test(found, snapshot)
    if refused is not None:
        return _answer(session, refused, name)
    return _adopted(session, issue, found[0], name=name, by=by)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    outcome: Outcome
    flakes: tuple[Flake, ...] = ()
    number: int = 0


def _on_this_issue(issue: Issue, found: Sequence[Flake], snapshot: Snapshot) -> _Result | None:
    """What the issue itself has against it: it keeps a test already, or people took it away."""
    here = next((flake for flake in snapshot.managed if flake.issue and flake.issue.issue == issue.number), None)
    if here is None:
        known = {entry.issue for entry in snapshot.dashboard.index} | snapshot.gone
        return _Result(outcome=Outcome.SENT_AWAY) if issue.number in known else None
    same = any(flake.key == here.key for flake in found)
    outcome = Outcome.ALREADY_HERE if same else Outcome.OTHER_TEST
    return _Result(outcome=outcome, flakes=(here,), number=issue.number)


def _of_this_test(found: tuple[Flake, ...], snapshot: Snapshot) -> _Result | None:
    """What the test has against it: it is unknown, not one, or has or had an issue."""
    if len(found) != 1:
        return _Result(outcome=Outcome.SEVERAL if found else Outcome.UNKNOWN, flakes=found[:MOST_NAMED])
    [flake] = found
    entry = next((entry for entry in snapshot.dashboard.index if entry.key == flake.key), None)
    if flake.issue is not None:
        return _Result(outcome=Outcome.ELSEWHERE, flakes=found, number=flake.issue.issue)
    if entry is not None:
        gone = entry.gone or entry.issue in snapshot.gone
        return _Result(outcome=Outcome.TAKEN_AWAY if gone else Outcome.ELSEWHERE, flakes=found, number=entry.issue)
    return None if snapshot.may_create else _Result(outcome=Outcome.INCOMPLETE)


def _adopted(session: Session, issue: Issue, flake: Flake, *, name: str, by: str) -> Answer:
    ctx = session.ctx
    told = told_at_filing(flake, ctx.now)
    filed = moved(told, Status.ISSUE_OPEN, at=ctx.now, actor=by or ctx.login, url=ctx.run_url)
    wanted = labels(filed, ctx.config.label_prefix)
    looks = {prefixed(short, prefix=ctx.config.label_prefix): label for short, label in BY_NAME.items()}
    perform(
        session,
        (
            *(EnsureLabel(name=one, color=looks[one].color, description=looks[one].description) for one in wanted),
            Adopt(number=issue.number, flake=filed, labels=wanted),
        ),
    )
    kept = session.flakes.get(issue.number)
    done = _Result(outcome=Outcome.ADOPTED, flakes=(filed,), number=issue.number)
    return replace(_answer(session, done, name), flake=kept)


def _named(name: str, snapshot: Snapshot) -> tuple[Flake, ...]:
    """The flakes that bear the name: those whose full name it is, else all of which it is a name; worst known first.

    Of a test that has an issue and is still on the watch list as well, the issue counts.
    """
    known: dict[str, Flake] = {}
    for flake in (*(item for item in snapshot.managed if item.status != Status.DUPLICATE), *snapshot.watched):
        known.setdefault(flake.key, flake)
    full = tuple(flake for flake in known.values() if name in (str(flake.test), flake.test.name))
    exact = tuple(flake for flake in full if name == str(flake.test))
    return exact or full or tuple(f for f in known.values() if mention(name, f.test).relation is Relation.EXACT)


def _answer(session: Session, came: _Result, name: str) -> Answer:
    text = answer_text(
        came.outcome.value,
        asked=name,
        tests=[str(flake.test) for flake in came.flakes],
        number=came.number,
        language=session.ctx.config.language,
    )
    return Answer(outcome=came.outcome, text=text, number=came.number)
