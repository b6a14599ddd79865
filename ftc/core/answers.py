"""What the rules can answer to a remark: facts from the state of the flake, for a template to put into words.

The rule it keeps: only what was counted or decided is told, with the links it rests on. Nothing is guessed, and what
is not known is told as not known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ftc.core.conversation import Intent, Remark, RunLink
from ftc.core.exposure import Silence, silence, watched
from ftc.core.history import Rate, failure_rate
from ftc.core.model import EvidenceItem, Flake, Occurrence, Verdict
from ftc.core.next_step import NEXT_STEPS, NextStep, Turn
from ftc.core.progress import Assessment, PullRef
from ftc.core.reproduce import reproduction

LINKS_SHOWN = 3
"""Runs linked in one answer; the issue itself lists more."""
REASONS_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RateFacts:
    """How often it fails."""

    rate: Rate
    total: int
    first: datetime | None
    last: datetime | None
    newest: tuple[Occurrence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseFacts:
    """Why it fails, as far as an analysis or the verdict tells."""

    assessment: Assessment | None
    verdict: Verdict | None
    reasons: tuple[EvidenceItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SinceFacts:
    """Since when it fails; ``first`` is missing where only the day's count is kept."""

    seen: datetime | None
    first: Occurrence | None
    suspect: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StillFacts:
    """Whether it still fails, and what was done about it."""

    last: datetime | None
    newest: Occurrence | None
    quiet: Silence
    pull: PullRef | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PullFacts:
    """What the failures have to do with the pull requests asked about."""

    asked: tuple[int, ...]
    inside: tuple[Occurrence, ...]
    """Failures in the pull requests asked about."""
    others: tuple[int, ...]
    """Further pull requests in which it failed."""
    on_branches: int
    """Failures outside any pull request."""
    newest_elsewhere: Occurrence | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFacts:
    """What is known about a run that somebody linked: the failures counted in it, none if it was not read yet."""

    link: RunLink
    counted: tuple[Occurrence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyFacts:
    """An answer by rules; what was not asked is None or empty."""

    flake: Flake
    pull: PullFacts | None = None
    still: StillFacts | None = None
    rate: RateFacts | None = None
    cause: CauseFacts | None = None
    since: SinceFacts | None = None
    reproduction: tuple[str, ...] | None = None
    owners: tuple[str, ...] | None = None
    step: NextStep | None = None
    links: tuple[LinkFacts, ...] = ()
    told: tuple[str, ...] = ()
    """Causes that the comment names and that are thanked for."""
    offer: bool = False
    """Whether to say what can be asked: we were spoken to and understood nothing."""

    @property
    def says_nothing(self) -> bool:
        """Whether there is no answer in it."""
        parts = (self.pull, self.still, self.rate, self.cause, self.since, self.reproduction, self.owners, self.step)
        return all(part is None for part in parts) and not (self.links or self.told or self.offer)

    @property
    def needs_person(self) -> bool:
        """Whether what was asked for waits for a person's decision."""
        asked = self.step is not None or self.still is not None
        return asked and NEXT_STEPS[self.flake.status].turn is Turn.PERSON


def answer_by_rules(flake: Flake, remark: Remark, *, author: str, now: datetime, thank: bool = False) -> ReplyFacts:
    """The facts that answer a remark by ``author``; ``thank`` says whether a cause told by them may be thanked for."""
    asked = remark.intents
    told = tuple(cause.value for cause in remark.causes) if thank else ()
    return ReplyFacts(
        flake=flake,
        pull=_pull(flake, remark.pulls, author) if Intent.MY_PULL in asked else None,
        still=_still(flake, now) if Intent.FIXED in asked else None,
        rate=_rate(flake) if Intent.RATE in asked else None,
        cause=_cause(flake) if Intent.CAUSE in asked else None,
        since=_since(flake) if Intent.SINCE in asked else None,
        reproduction=_reproduction(flake) if Intent.REPRODUCE in asked else None,
        owners=flake.owners if Intent.OWNERS in asked else None,
        step=NEXT_STEPS[flake.status] if Intent.NEXT in asked else None,
        links=tuple(LinkFacts(link=link, counted=_in_run(flake, link)) for link in remark.links),
        told=told,
        offer=remark.addressed and not (asked or remark.links or told),
    )


def _rate(flake: Flake) -> RateFacts:
    return RateFacts(
        rate=failure_rate(flake),
        total=flake.total,
        first=flake.first_seen,
        last=flake.last_seen,
        newest=_linked(flake.occurrences),
    )


def _linked(occurrences: Sequence[Occurrence]) -> tuple[Occurrence, ...]:
    return tuple(item for item in occurrences if item.url)[:LINKS_SHOWN]


def _cause(flake: Flake) -> CauseFacts:
    verdict = flake.verdict
    evidence = verdict.evidence if verdict else ()
    reasons = sorted((item for item in evidence if item.weight > 0 and item.links), key=lambda item: -item.weight)
    return CauseFacts(assessment=flake.progress.assessment, verdict=verdict, reasons=tuple(reasons[:REASONS_SHOWN]))


def _since(flake: Flake) -> SinceFacts:
    oldest = flake.occurrences[-1] if flake.occurrences else None
    first = oldest if oldest and oldest.created == flake.first_seen else None
    return SinceFacts(seen=flake.first_seen, first=first, suspect=flake.verdict.suspect if flake.verdict else "")


def _still(flake: Flake, now: datetime) -> StillFacts:
    newest = flake.occurrences[0] if flake.occurrences else None
    quiet = silence(watched(flake, now=now))
    return StillFacts(last=flake.last_seen, newest=newest, quiet=quiet, pull=flake.progress.pull)


def _reproduction(flake: Flake) -> tuple[str, ...]:
    if not flake.signatures:
        return ()
    newest = flake.signatures[0]
    return reproduction(flake.test, kind=newest.kind, locations=newest.locations)


def _pull(flake: Flake, named: Sequence[int], author: str) -> PullFacts:
    """About the pull requests named, else about those of the writer in which it failed."""
    own = (item.pull_request for item in flake.occurrences if item.pull_request and _same(item.author, author))
    asked = tuple(named) or tuple(dict.fromkeys(own))
    elsewhere = tuple(item for item in flake.occurrences if item.pull_request not in asked)
    return PullFacts(
        asked=asked,
        inside=_linked([item for item in flake.occurrences if item.pull_request in asked]),
        others=tuple(sorted({item.pull_request for item in elsewhere if item.pull_request})),
        on_branches=sum(item.pull_request is None for item in elsewhere),
        newest_elsewhere=next((item for item in elsewhere if item.url), None),
    )


def _same(one: str, other: str) -> bool:
    return one.lower() == other.lower()


def _in_run(flake: Flake, link: RunLink) -> tuple[Occurrence, ...]:
    """The failures of this test counted in the run that a link names, as closely as it names one."""
    return tuple(
        item
        for item in flake.occurrences
        if (item.source, item.run) == (link.source.value, link.run)
        and link.attempt in (0, item.attempt)
        and link.job in ("", item.job_id)
    )
