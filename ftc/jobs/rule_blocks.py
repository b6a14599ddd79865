"""Signature rules in the managed issues: which of them count, and the answers to mistakes in them.

The rule it keeps: a block counts if whoever wrote it may write to the repository. That is asked, and a mistake is
answered, once for each text of a block; the state remembers its digest, so that an unchanged block costs no request.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from ftc.clients.issue_api import EDITS_ASKED
from ftc.clients.payloads import Edit
from ftc.core.authority import Role, role
from ftc.core.config import Mode
from ftc.core.effects import Say
from ftc.core.errors import BudgetExceeded, Forbidden, NotFound
from ftc.core.judged import Scan, seen
from ftc.core.model import Status, TestId
from ftc.core.progress import RuleSeen
from ftc.core.rule_block import Mistake, Problem, RawBlock, blocks, digest, rule_of
from ftc.core.signature_rules import InForce, Rule, listed, named
from ftc.jobs.context import Context
from ftc.jobs.managed import Managed, trusted
from ftc.jobs.snapshot import Snapshot
from ftc.render.region import outside
from ftc.render.rule_answer import rule_answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A block, and where it stands."""

    block: RawBlock
    author: str
    """Of the issue or comment."""
    edits: Callable[[], tuple[Edit, ...]]
    """Asks for the history of the text it stands in."""
    of_people: Callable[[str], str]
    """What people wrote in such a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an issue's blocks say; ``seen`` is to be remembered."""

    seen: RuleSeen
    rule: Rule | None = None
    """Given where it counts."""
    mistakes: tuple[Mistake, ...] = ()
    """Found just now, to be answered."""


def with_rules(ctx: Context, snapshot: Snapshot, scan: Scan) -> Scan:
    """The scan with the rules that count, and with answers to new ones that are wrong.

    No more new texts are looked at than comments may be written; the others wait for the next scan.
    """
    left = 0 if scan.mode is Mode.OBSERVE else scan.thresholds.max_comments
    places = [(item, found_in(ctx, item)) for item in snapshot.issues if item.flake.status is not Status.DUPLICATE]
    known = _known_tests(scan) if any(found for _, found in places) else frozenset()
    rules: list[InForce] = []
    remembered: dict[int, RuleSeen | None] = {}
    answers: list[Say] = []
    for item, found in sorted(places, key=lambda place: place[0].issue.number):
        number, reading = item.issue.number, _remembered(item, found)
        if found and reading is None and left > 0:
            reading = _read_anew(ctx, found, known, by_signature=scan.by_signature)
            left -= 1
        if (reading or not found) and (reading.seen if reading else None) != item.flake.progress.rule:
            remembered[number] = reading.seen if reading else None
        if reading and reading.mistakes:
            answers.append(_answer(ctx, number, reading))
        if reading and reading.rule:
            rules.append(_in_force(item, reading.rule, known))
    return replace(scan, rules=tuple(rules), rules_seen=remembered, answers=tuple(answers), requests=ctx.requests)


def found_in(ctx: Context, item: Managed) -> tuple[Found, ...]:
    """The blocks that people wrote: around the bot's part, and on their own issue in its text."""
    issue, place = item.issue, item.place
    found: list[Found] = []
    if place is not None and place.where.comment:
        found += _in_text(issue.body, author=issue.author, edits=partial(ctx.write.edits, issue.number), of_people=str)
    if place is not None:
        found += _in_text(place.text, author=ctx.login, edits=place.edits, of_people=outside)
    return tuple(found)


def _in_text(
    text: str, *, author: str, edits: Callable[[], tuple[Edit, ...]], of_people: Callable[[str], str]
) -> list[Found]:
    return [Found(block=one, author=author, edits=edits, of_people=of_people) for one in blocks(of_people(text))]


def writer_of(found: Found, edits: tuple[Edit, ...]) -> str | None:
    """Who brought the block to what it says now: a later edit of other words is none of it.

    Empty when that cannot be told; None when the text was changed while we looked.
    """
    wanted = digest((found.block,))
    writer = found.author if not edits else ""
    for edit in edits:
        if edit.deleted:
            return ""
        if wanted not in {digest((block,)) for block in blocks(found.of_people(edit.text))}:
            return writer or None
        writer = edit.editor
    return writer if len(edits) < EDITS_ASKED else ""


def _known_tests(scan: Scan) -> frozenset[TestId]:
    stored = (flake.test for flake in (*scan.managed, *scan.watched))
    return frozenset({*stored, *(item.failure.test for item in seen(scan).sightings)})


def _remembered(item: Managed, found: tuple[Found, ...]) -> Reading | None:
    """What is known of exactly this text already."""
    before, raw = item.flake.progress.rule, tuple(one.block for one in found)
    if not found or before is None or before.digest != digest(raw):
        return None
    rule = rule_of(raw) if before.ok else None
    return Reading(seen=before, rule=rule if isinstance(rule, Rule) else None)


def _read_anew(
    ctx: Context, found: tuple[Found, ...], known: frozenset[TestId], *, by_signature: bool
) -> Reading | None:
    """A text that nobody has looked at; None when it could not be asked who wrote it."""
    raw = tuple(one.block for one in found)
    rule, text = rule_of(raw), digest(raw)
    if isinstance(rule, Mistake):
        return Reading(seen=RuleSeen(digest=text, ok=False), mistakes=(rule,))
    with suppress(BudgetExceeded, Forbidden, NotFound):
        writer = writer_of(found[0], found[0].edits())
        if writer is None:
            return None
        wrong = _refused(ctx, writer)
        if wrong is not None:
            return Reading(seen=RuleSeen(digest=text, ok=False, editor=writer), mistakes=(wrong,))
        remarks = tuple(_remarks(rule, known, by_signature=by_signature))
        return Reading(seen=RuleSeen(digest=text, ok=True, editor=writer), rule=rule, mistakes=remarks)
    return None


def _refused(ctx: Context, writer: str) -> Mistake | None:
    """Why a block of this account does not count; what the bot wrote itself is no rule of people."""
    if not writer or trusted(ctx, writer):
        return Mistake(problem=Problem.NOBODY_KNOWN)
    has = ctx.write.permission(writer)
    if role(has.role_name, has.permission).reaches(Role.WRITE):
        return None
    return Mistake(problem=Problem.MAY_NOT_WRITE, about=writer)


def _remarks(rule: Rule, known: frozenset[TestId], *, by_signature: bool) -> Iterator[Mistake]:
    """What people probably did not mean, in a rule that counts all the same."""
    for entry in rule.tests:
        meant = named(entry, known)
        if len(meant) != 1:
            yield Mistake(problem=Problem.SEVERAL_TESTS if meant else Problem.UNKNOWN_TEST, about=entry)
    if not (by_signature or rule.tests or rule.exclude or rule.split):
        yield Mistake(problem=Problem.CHANGES_NOTHING)


def _answer(ctx: Context, number: int, reading: Reading) -> Say:
    body = rule_answer(reading.mistakes, counts=reading.seen.ok, language=ctx.config.language)
    return Say(number=number, purpose=f"rule:{reading.seen.digest}", body=body)


def _in_force(item: Managed, rule: Rule, known: frozenset[TestId]) -> InForce:
    flake = item.flake
    return InForce(issue=item.issue.number, key=flake.key, test=flake.test, rule=rule, listed=listed(rule, known))
