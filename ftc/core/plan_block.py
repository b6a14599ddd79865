"""The plan inside the analysis comment: what an approval is bound to, as a hidden block beside the words for people.

Rule: a block counts only where it was put, in a comment on the issue that it names; one that is damaged, wrongly
signed, moved, doubled or of a newer version is no plan, so that nothing is approved by it. Who wrote and who edited the
comment is for the caller to ask.
"""

from datetime import datetime

from ftc.core.approval import Plan
from ftc.core.documents import Document, from_json, moment_json, text, to_json, to_time
from ftc.core.errors import StateUnreadable
from ftc.core.model import IssueRef, TestId
from ftc.core.sealed_block import lone_block, seal

MARK = "flaky-test-cleaner:plan"
VERSION = 1
"""Of the document; an older program takes a newer block for none."""


def encode_plan(plan: Plan, since: datetime, *, where: IssueRef, hmac_key: bytes | None = None) -> str:
    """The block of a plan that people can read from ``since`` on; it begins a line and holds no line of its own.

    A refreshed analysis whose plan has the same scope keeps the ``since`` of before: an approval of it still stands.
    """
    document: Document = {
        "repo": where.repo,
        "issue": where.issue,
        "since": moment_json(since),
        "cause": plan.root_cause,
        "tests": [[test.ecosystem, test.suite, test.name] for test in plan.tests],
        "allowed": list(plan.allowed_paths),
        "files": list(plan.planned_files),
    }
    payload = f"{VERSION}\n{to_json(document)}"
    return f"<!-- {MARK} {payload}\n{seal(MARK, payload, key=hmac_key)}"


def decode_plan(body: str, *, where: IssueRef, hmac_key: bytes | None = None) -> tuple[Plan, datetime] | None:
    """The plan in a comment on the issue ``where`` and since when it could be read; None when there is none.

    ``where.comment`` is not looked at: the block is written before the comment has a number.
    """
    try:
        block = lone_block(body, MARK, key=hmac_key)
    except StateUnreadable:
        return None
    return _read(block.document, where) if block.version == VERSION else None


def _read(line: str, where: IssueRef) -> tuple[Plan, datetime] | None:
    try:
        document = from_json(line)
        if (text(document["repo"]).lower(), document["issue"]) != (where.repo.lower(), where.issue):
            return None
        tests = tuple(TestId(ecosystem=text(a), suite=text(b), name=text(c)) for a, b, c in document["tests"])
        plan = Plan(
            root_cause=text(document["cause"]),
            tests=tests,
            allowed_paths=tuple(map(text, document["allowed"])),
            planned_files=tuple(map(text, document["files"])),
        )
        return plan, to_time(document["since"])
    except (StateUnreadable, KeyError, TypeError, ValueError, OverflowError):
        return None
