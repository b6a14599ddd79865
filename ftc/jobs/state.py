"""``ftc state show``: what the hidden block of an issue says, and what is wrong with one that is broken.

Rule: it only reads. A body from a file or standard input needs neither token nor network; a broken block is exit 1.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, TextIO

from ftc.clients.runner import harmless
from ftc.core.binomial import percent
from ftc.core.errors import StateUnreadable, UsageError
from ftc.core.model import Dashboard, Flake, IssueRef
from ftc.core.sanitize import strip_control
from ftc.core.scan_block import MARK
from ftc.core.state import Block, Recovery, decode, recover
from ftc.jobs.settings import add_config_flags, flag_values, load_settings

STDIN = "-"
MAX_BODY_BYTES = 4_000_000
"""GitHub's bodies end at 65,536 characters; a file far larger is not one."""
SHOWN_OCCURRENCES = 20
"""Newest occurrences printed for people; ``--json`` has them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A text that may hold a block, and the object it was read from; None for a file."""

    text: str
    where: IssueRef | None = None
    hmac_key: bytes | None = None


Fetch = Callable[[argparse.Namespace, int], Source]
"""From an issue number to its text; the only part that needs a network."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("action", choices=("show",), help="show: print the decoded state")
    parser.add_argument(
        "source", metavar="NUMBER|FILE", help="issue number, or a file with a body; - reads it from stdin"
    )
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    add_config_flags(parser)


def run(
    args: argparse.Namespace,
    *,
    stdin: IO[bytes] | None = None,
    stdout: TextIO | None = None,
    environ: Mapping[str, str] | None = None,
    fetch: Fetch | None = None,
) -> int:
    """Print the state; 0 for a sound one, 1 for a broken one; ``UsageError`` for input that cannot be read."""
    environ = os.environ if environ is None else environ
    number = _issue_number(args.source)
    if number:
        source = (fetch or _fetch)(args, number)
    else:
        source = _from_file(args.source, stdin=stdin or sys.stdin.buffer, environ=environ)
    return show(source, as_json=args.json, out=stdout or sys.stdout)


def show(source: Source, *, as_json: bool, out: TextIO) -> int:
    """Decode and print one source; the exit code."""
    try:
        block = decode(source.text, where=source.where, hmac_key=source.hmac_key)
    except StateUnreadable as error:
        recovery = recover(source.text)
        lines = [_json(broken_document(str(error), recovery))] if as_json else broken_lines(str(error), recovery)
        _print(lines, out)
        return StateUnreadable.exit_code
    _print([_json(block_document(block))] if as_json else block_lines(block), out)
    return 0


def _issue_number(text: str) -> int:
    """The number of ``12`` or ``#12``; 0 for a path, also for an existing file with such a name."""
    digits = text.removeprefix("#")
    is_number = digits.isascii() and digits.isdigit() and len(digits) < 12
    return 0 if not is_number or Path(text).exists() else int(digits)


def _from_file(name: str, *, stdin: IO[bytes], environ: Mapping[str, str]) -> Source:
    try:
        data = stdin.read(MAX_BODY_BYTES + 1) if name == STDIN else _read(Path(name))
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"cannot read {name!r}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"cannot read {name!r}: it is not UTF-8 text, so no body of an issue") from error
    if len(data) > MAX_BODY_BYTES:
        raise UsageError(f"cannot read {name!r}: larger than {MAX_BODY_BYTES} bytes, which no body of an issue is")
    key = environ.get("FTC_STATE_KEY", "").strip()
    return Source(text=text, hmac_key=key.encode() or None)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BODY_BYTES + 1)


def _fetch(args: argparse.Namespace, number: int) -> Source:
    """The body of an issue in the write repository; for an adopted issue, the bot's comment with the block."""
    from ftc.clients.github import GitHub  # noqa: PLC0415 - a body from a file must not load the client
    from ftc.clients.transport import Pace, Transport  # noqa: PLC0415

    settings = load_settings(environ=os.environ, flags=flag_values(args))
    config, tokens = settings.config, settings.tokens
    if not config.target:
        raise UsageError("no repository is named; give --repo owner/name or set FTC_REPO")
    if not tokens.issue:
        raise UsageError(
            "no token is given; set FTC_TOKEN or GITHUB_TOKEN to one that may read issues, or give a file with the body"
        )
    pace = Pace(write_interval=config.write_interval_seconds, sleep=time.sleep, clock=time.time)
    transport = Transport(token=tokens.issue, api_url=config.api_url, pace=pace, budget=config.request_budget)
    github = GitHub(repo=config.target, transport=transport)
    body, comment = github.issue(number).body or "", 0
    if MARK not in body:
        body, comment = next(((item.body, item.id) for item in github.comments(number) if MARK in item.body), (body, 0))
    where = IssueRef(repo=config.target, issue=number, comment=comment)
    return Source(text=body, where=where, hmac_key=tokens.state_key.encode() or None)


def block_document(block: Block) -> dict[str, Any]:
    """Everything a block holds, for ``--json``."""
    content = {"flake": block.flake, "dashboard": block.dashboard, "watch": block.flakes}[block.kind]
    plain: Any = [asdict(item) for item in content] if isinstance(content, tuple) else _fields(content)
    where = asdict(block.where) if block.where else None
    head = {"ok": True, "kind": block.kind, "bound": block.bound, "where": where, "digest": block.digest}
    return {**head, "page": block.page, "content": plain} if block.kind == "watch" else {**head, "content": plain}


def _fields(content: Flake | Dashboard | None) -> dict[str, Any]:
    if content is None:
        return {}
    total = {"total": content.total} if isinstance(content, Flake) else {}
    return {**asdict(content), **total}


def broken_document(problem: str, recovery: Recovery) -> dict[str, Any]:
    """What is wrong and what survives, for ``--json``."""
    return {"ok": False, "problem": problem, "recovered": asdict(recovery)}


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, default=_scalar)


def _scalar(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime | date) else str(value)


def _print(lines: Iterator[str] | list[str], out: TextIO) -> None:
    """A name from a log may try to drive the terminal or the runner."""
    for line in lines:
        out.write("\n".join(harmless(strip_control(part)) for part in line.split("\n")) + "\n")


def block_lines(block: Block) -> Iterator[str]:
    """A sound block for people."""
    where = f"{block.where.repo}#{block.where.issue}" if block.where else "no object yet (unbound)"
    comment = f", comment {block.where.comment}" if block.where and block.where.comment else ""
    yield f"State block: {block.kind}, sound, digest {block.digest}, belongs to {where}{comment}"
    if block.flake:
        yield from flake_lines(block.flake)
    if block.dashboard:
        yield from dashboard_lines(block.dashboard)
    if block.kind == "watch":
        yield f"Page {block.page}: {len(block.flakes)} tests on the watch list"
        for flake in block.flakes:
            yield ""
            yield from flake_lines(flake)


def flake_lines(flake: Flake) -> Iterator[str]:
    """One flake for people: identity, counts, signatures, newest occurrences, audit trail."""
    yield f"Test:        {flake.test} ({flake.test.ecosystem}{', ' + flake.framework if flake.framework else ''})"
    yield f"Key:         {flake.key} in {flake.repo}"
    yield f"Status:      {flake.status.value}, revision {flake.revision} (parent {flake.parent})"
    if flake.duplicate_of:
        yield f"Duplicate:   of #{flake.duplicate_of}"
    yield f"Seen:        {_when(flake.first_seen)} to {_when(flake.last_seen)}"
    counted = flake.total - len(flake.occurrences)
    older = f"; {counted} older ones, until {_when(flake.horizon)}, are counters by day" if counted else ""
    yield f"Occurrences: {flake.total}, of which {len(flake.occurrences)} in full{older}"
    yield f"Exposure:    {sum(item.runs for item in flake.exposure)} runs on {len(flake.exposure)} days"
    if flake.verdict:
        verdict = flake.verdict
        yield f"Verdict:     {verdict.failure_class.value}, grade {verdict.grade.value}, {percent(verdict.confidence)}"
        yield from (f"  {item.weight:+.2f} {item.rule}: {item.text}" for item in verdict.evidence)
    for signature in flake.signatures:
        yield f"Signature:   {signature.fingerprint} {signature.kind.value}: {signature.text}"
    for item in flake.occurrences[:SHOWN_OCCURRENCES]:
        place = f"{item.source} run {item.run} attempt {item.attempt} {item.job}"
        yield f"  {_when(item.created)} {item.grade.value:2} {place} {item.sha[:12]} {item.fingerprint}"
    if len(flake.occurrences) > SHOWN_OCCURRENCES:
        yield f"  and {len(flake.occurrences) - SHOWN_OCCURRENCES} more (--json prints all)"
    yield from (f"Audit:       {_when(item.at)} {item.actor} {item.action} {item.result}" for item in flake.audit)


def dashboard_lines(dashboard: Dashboard) -> Iterator[str]:
    """The dashboard's own state for people."""
    gone = sum(item.gone for item in dashboard.index)
    yield f"Repository:  {dashboard.repo}, revision {dashboard.revision} (parent {dashboard.parent})"
    yield f"Cursor:      {_when(dashboard.cursor)}"
    yield f"Ledger:      {len(dashboard.ledger)} run attempts read"
    yield f"Index:       {len(dashboard.index) - gone} managed issues, {gone} tombstones"
    for item in dashboard.index:
        yield f"  #{item.issue} {item.key}{' gone' if item.gone else ''}"
    for scan in dashboard.scans[:SHOWN_OCCURRENCES]:
        counts = f"{scan.runs} runs, {scan.failures} failures, {scan.filed} filed"
        yield f"Scan:        {_when(scan.at)} {counts} {scan.note}"


def broken_lines(problem: str, recovery: Recovery) -> Iterator[str]:
    """A broken block for people: what is wrong, what survives, what is lost."""
    yield f"Broken state: {problem}."
    yield from (f"  - {line}" for line in recovery.problems)
    if recovery.survived:
        yield f"Survives: {', '.join(recovery.survived)}"
    elif recovery.key:
        yield f"Survives: the key {recovery.key}"
    if recovery.lost:
        yield f"Lost: {', '.join(recovery.lost)}"
    yield "Nothing is written over it; the next scan restores it from the edit history where it can."
    if recovery.flake:
        yield ""
        yield from flake_lines(recovery.flake)


def _when(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "never"
