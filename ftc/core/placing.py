"""Where a flake that deserves an issue goes: to one of its own, to one that a person wrote, to a question there.

The rule it keeps: worst first under the brakes, and whoever is taken over or asked is so once. An adoption and a
question take a place among the new issues, since people hear of one more flake by them as by an issue, and one among
the comments, since that is what they are.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ftc.core.adoption import Certainty, Match, WrittenIssue, match
from ftc.core.config import Adopt, Mode
from ftc.core.judged import Judged, Scan
from ftc.core.model import Flake, TestId, Verdict

ANSWER_WITHIN = timedelta(days=7)
"""How long a flake waits for the answer to a question: people who are away for a week should not find it answered by
silence, and one that is never answered must not keep a flake from its issue."""
BREAKAGE = "possible breakage"
"""Why tests wait that all began to fail at once."""
TELLING = 4
"""Letters from which a word of a test's name is worth looking for in an issue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A flake that deserves an issue and did not get one in this scan."""

    flake: Flake
    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What becomes of each flake that deserves an issue."""

    filed: tuple[Judged, ...] = ()
    adopted: tuple[tuple[Judged, int], ...] = ()
    """With the number of the person's issue."""
    asked: tuple[tuple[Judged, Match], ...] = ()
    waiting: tuple[Waiting, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def comments(self) -> int:
        """Comments that people get for this."""
        return len(self.adopted) + len(self.asked)


@dataclass(slots=True)
class _Places:
    """What was given away so far."""

    quota: int
    comments: int
    filed: list[Judged] = field(default_factory=list)
    adopted: list[tuple[Judged, int]] = field(default_factory=list)
    asked: list[tuple[Judged, Match]] = field(default_factory=list)

    @property
    def full(self) -> bool:
        return len(self.filed) + len(self.adopted) + len(self.asked) >= self.quota

    @property
    def silent(self) -> bool:
        return len(self.adopted) + len(self.asked) >= self.comments


def place(eligible: Sequence[Judged], scan: Scan, *, known: Sequence[TestId] = ()) -> Placed:
    """Where each of them goes, worst first; ``known`` are all tests of the repository that ever failed."""
    notes: list[str] = []
    broken = frozenset(item.flake.key for item in eligible if _is_new(item, scan))
    if len(broken) > scan.thresholds.breakage_threshold:
        notes.append(f"{BREAKAGE}: {len(broken)} tests began to fail at once, so none of them gets an issue")
    else:
        broken = frozenset()
    places = _Places(quota=_quota(scan), comments=scan.thresholds.max_comments - len(scan.answers))
    waiting: list[Waiting] = []
    for item in eligible:
        reason = _held_back(scan) or (BREAKAGE if item.flake.key in broken else "")
        reason = reason or _given_place(item, scan, places, known)
        if reason:
            waiting.append(Waiting(flake=item.flake, verdict=item.verdict, reason=reason))
    return Placed(
        filed=tuple(places.filed),
        adopted=tuple(places.adopted),
        asked=tuple(places.asked),
        waiting=tuple(waiting),
        notes=tuple(notes),
    )


def may_place(scan: Scan) -> bool:
    """Whether anything can get a place in this scan at all."""
    return not _held_back(scan) and _quota(scan) > 0


def answer_due(flake: Flake) -> datetime | None:
    """Until when the flake waits for the answer to a question; None when nobody was asked."""
    asked = flake.progress.question
    return asked.at + ANSWER_WITHIN if asked else None


def _given_place(item: Judged, scan: Scan, places: _Places, known: Sequence[TestId]) -> str:
    """Give it a place, or the reason why it waits."""
    if places.full:
        return f"at most {scan.thresholds.max_new_issues} new issues a scan"
    sure, doubtful = _matches(item.flake.test, scan, places, known)
    due = answer_due(item.flake)
    if sure is None and scan.adopt is not Adopt.OFF and due is not None and scan.now < due:
        asked = item.flake.progress.question
        return f"people were asked on issue {asked.issue if asked else 0} whether it is about this test"
    if sure is None and (doubtful is None or due is not None):
        places.filed.append(item)
    elif places.silent:
        return f"at most {scan.thresholds.max_comments} comments a scan"
    elif sure is not None:
        places.adopted.append((item, sure.issue))
    elif doubtful is not None:
        places.asked.append((item, doubtful))
    return ""


def _matches(test: TestId, scan: Scan, places: _Places, known: Sequence[TestId]) -> tuple[Match | None, Match | None]:
    """The lowest-numbered issue that is surely about the test, and the lowest that people would have to be asked on.

    An issue in which a question waits for its answer gets no second one.
    """
    if scan.adopt is Adopt.OFF or not scan.written:
        return None, None
    used = {number for _, number in places.adopted} | {found.issue for _, found in places.asked}
    pending = {flake.progress.question.issue for flake in scan.watched if flake.progress.question}
    sure: Match | None = None
    doubtful: Match | None = None
    for issue in sorted(scan.written, key=lambda issue: issue.number):
        found = _about(issue, test, known, used)
        if found.certainty is Certainty.CONFIDENT and scan.adopt is Adopt.AUTO:
            sure = sure or found
        elif found.certainty is not Certainty.NONE and issue.number not in pending:
            doubtful = doubtful or found
    return sure, doubtful


def _about(issue: WrittenIssue, test: TestId, known: Sequence[TestId], used: Collection[int]) -> Match:
    if issue.number in used or not _perhaps(issue, test):
        return Match(issue=issue.number, certainty=Certainty.NONE, clues=())
    return match(issue, test, known=known)


def _perhaps(issue: WrittenIssue, test: TestId) -> bool:
    """Whether any word of the test's name stands in the issue: most issues are about something else altogether."""
    words = [word for word in re.split(r"\W+", test.name.lower()) if len(word) >= TELLING]
    text = f"{issue.title}\n{issue.body}".lower()
    return not words or any(word in text for word in words)


def _held_back(scan: Scan) -> str:
    if scan.mode == Mode.OBSERVE:
        return "mode is observe"
    return "" if scan.may_create else "not every existing issue could be seen"


def _is_new(item: Judged, scan: Scan) -> bool:
    """Whether a flake was first seen in the newest hours scanned, by the runs' clock and not by ours."""
    newest = max((attempt.run.created for attempt in scan.attempts), default=scan.now)
    first = item.flake.first_seen
    return first is not None and first > newest - timedelta(hours=scan.thresholds.breakage_hours)


def _quota(scan: Scan) -> int:
    """How many flakes may still get a place.

    An issue that the index does not list was opened by a scan that did not live to write the dashboard. It counts as
    opened by this one, which finishes that scan's work.
    """
    listed = {entry.issue for entry in scan.dashboard.index} | scan.gone
    unfinished = sum(flake.issue is not None and flake.issue.issue not in listed for flake in scan.managed)
    return max(0, scan.thresholds.max_new_issues - unfinished)
