"""The memories of the healing loop among the issues that bear our label: told from flakes, believed, and added up.

The rule it keeps: only what the bot opened is looked at, and believed only as the bot wrote it last. What cannot be
believed is taken from the newest text of the bot's own in the edit history, else nothing is known.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace

from ftc.clients.payloads import Issue
from ftc.core.errors import NotFound, StateUnreadable
from ftc.core.healing import MARK, Memory, decode
from ftc.core.labels import Label, prefixed
from ftc.core.ledger import Charge
from ftc.core.scan_block import MARK as STATE_MARK
from ftc.jobs.context import Context
from ftc.jobs.managed import trusted

HEAL = Label(name="heal", color="0e8a16", description="The memory of the loop that keeps the base branch healthy")


def is_of_heal(ctx: Context, issue: Issue) -> bool:
    """Whether this is a memory; a flake's state in it says that it is none, whatever label a person put on."""
    if issue.is_pull or not trusted(ctx, issue.author) or f"<!-- {STATE_MARK}" in issue.body:
        return False
    return f"<!-- {MARK}" in issue.body or prefixed(HEAL.name, prefix=ctx.config.label_prefix) in issue.labels


def remembered(ctx: Context, issue: Issue, *, branch: str = "") -> Memory | None:
    """What stands in an issue, of this branch if one is named; the body if the bot wrote it last, else what it wrote.

    One request.
    """
    try:
        edits = ctx.write.edits(issue.number)
    except NotFound:
        edits = ()
    texts = [issue.body] if not edits or trusted(ctx, edits[0].editor) else []
    texts += [edit.text for edit in edits if trusted(ctx, edit.editor)]
    for text in texts:
        with suppress(StateUnreadable):
            found = decode(text, key=ctx.hmac_key)
            if branch in ("", found.branch):
                return found
    return None


def heal_bills(ctx: Context, issues: Iterable[Issue]) -> Iterator[Charge]:
    """What the repairs of each base branch have cost, as costs of the issue that tells it."""
    for issue in issues:
        memory = remembered(ctx, issue)
        for bill in memory.bills if memory else ():
            yield replace(bill, issue=issue.number)
