"""The plan inside the analysis comment: what an approval is bound to, as a hidden block beside the words for people.

Rule: a block counts only where it was put, in a comment on the issue that it names; one that is damaged, wrongly
signed, moved, doubled or of a newer version is no plan, so that nothing is approved by it. Who wrote and who edited the
comment is for the caller to ask.
"""

import hashlib
import hmac
import re
from datetime import datetime

from ftc.core.approval import Plan
from ftc.core.documents import Document, from_json, moment_json, text, to_json, to_time
from ftc.core.errors import StateUnreadable
from ftc.core.model import IssueRef, TestId
from ftc.core.scan_block import visible_lines

MARK = "flaky-test-cleaner:plan"
VERSION = 1
"""Of the document; an older program takes a newer block for none."""

_BLOCK = re.compile(
    rf"^<!-- {MARK} (?P<version>\d{{1,9}})\n(?P<document>[^\n]*)\nsha256 (?P<sum>[0-9a-f]{{64}})\n"
    r"(?:hmac (?P<signature>[0-9a-f]{64})\n)?-->[ \t]*$",
    re.MULTILINE,
)


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
    signature = f"hmac {_hmac(payload, hmac_key)}\n" if hmac_key else ""
    return f"<!-- {MARK} {payload}\nsha256 {hashlib.sha256(payload.encode()).hexdigest()}\n{signature}-->"


def decode_plan(body: str, *, where: IssueRef, hmac_key: bytes | None = None) -> tuple[Plan, datetime] | None:
    """The plan in a comment on the issue ``where`` and since when it could be read; None when there is none.

    ``where.comment`` is not looked at: the block is written before the comment has a number.
    """
    body = body.replace("\r\n", "\n")
    starts = {start for start, _ in visible_lines(body)}
    found = [match for match in _BLOCK.finditer(body) if match.start() in starts]
    if len(found) != 1 or int(found[0]["version"]) != VERSION:
        return None
    match = found[0]
    payload = f"{VERSION}\n{match['document']}"
    if not hmac.compare_digest(hashlib.sha256(payload.encode()).hexdigest(), match["sum"]):
        return None
    if hmac_key and not hmac.compare_digest(_hmac(payload, hmac_key), match["signature"] or ""):
        return None
    return _read(match["document"], where)


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


def _hmac(payload: str, key: bytes) -> str:
    return hmac.new(key, f"{MARK} {payload}".encode(), hashlib.sha256).hexdigest()
