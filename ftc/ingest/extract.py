"""One log or report, as a stream of bytes, to an ``Extraction``: the driver of all parsers.

Rule: whatever the bytes are, the answer is an extraction; what could not be read is one of its problems.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from ftc.core.model import Exclusion, Extraction, Failure, Outcome, TestId
from ftc.core.sanitize import Sanitizer
from ftc.ingest.actions_log import JobLog
from ftc.ingest.base import Findings, Parser, RawFailure
from ftc.ingest.golang import reasons
from ftc.ingest.junit import is_report, read_report
from ftc.ingest.locate import learned_modules
from ftc.ingest.publishable import failure, one_line, safe_exclusion
from ftc.ingest.registry import PARSERS

MAX_FAILURES = 10_000
"""Failures kept of one file; a log with more is a broken environment, not ten thousand flakes."""

MAX_EXCLUDED = 10_000
_PROBE = 4_096
"""Bytes looked at to tell a report from a log."""

_NOT_TELLING = frozenset((reasons.QUOTED, reasons.BUILD_FAILED, reasons.SETUP_FAILED))
"""Reasons of exclusions that do not show a job failed without a failing test; all others do."""


def extract_stream(
    chunks: Iterable[bytes],
    *,
    path: str,
    sanitizer: Sanitizer,
    parsers: Sequence[Callable[[], Parser]] = PARSERS,
) -> Extraction:
    """Read a job log, a JUnit report or ``go test -json`` output, whichever it is.

    ``path`` only names the file in the result. Needs memory for its findings, not for the file.
    """
    head, chunks = _peek(chunks)
    if is_report(head):
        findings = read_report(chunks)
        return _extraction(path, [findings], sanitizer=sanitizer, log=None)
    log = JobLog()
    return _extraction(path, _read_log(log, chunks, parsers), sanitizer=sanitizer, log=log)


def _peek(chunks: Iterable[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes, and all chunks including those."""
    rest = iter(chunks)
    taken: list[bytes] = []
    size = 0
    for chunk in rest:
        taken.append(chunk)
        size += len(chunk)
        if size >= _PROBE:
            break
    return b"".join(taken)[:_PROBE], chain(taken, rest)


def _read_log(log: JobLog, chunks: Iterable[bytes], parsers: Sequence[Callable[[], Parser]]) -> list[Findings]:
    """Feed every line to every parser; a file with several jobs gets fresh parsers for each."""
    findings: list[Findings] = []
    active = [create() for create in parsers]
    feeds = [parser.feed for parser in active]
    job = ""
    for line in log.lines(chunks):
        if log.job != job:
            findings += [parser.finish() for parser in active] if job else []
            active = [create() for create in parsers]
            feeds = [parser.feed for parser in active]
            job = log.job
        for feed in feeds:
            feed(line)
    return findings + [parser.finish() for parser in active]


def _extraction(path: str, findings: Sequence[Findings], *, sanitizer: Sanitizer, log: JobLog | None) -> Extraction:
    raw, quoted = _without_quoted(_unique(item for part in findings for item in part.failures))
    modules = learned_modules((item.test, frame) for item in raw for frame in item.frames)
    failures = tuple(failure(item, sanitizer=sanitizer, modules=modules) for item in raw[:MAX_FAILURES])
    excluded = [*dict.fromkeys(item for part in findings for item in part.excluded), *quoted]
    builds = list(dict.fromkeys(line for part in findings for line in part.build_failures))
    excluded += _build_exclusions(builds, excluded)
    problems = [problem for part in findings for problem in part.problems]
    if len(raw) > MAX_FAILURES:
        problems.append(f"{len(raw)} failing tests; only the first {MAX_FAILURES} are listed")
    return Extraction(
        path=path,
        outcome=_outcome(failures, excluded, builds=builds, signs=log.end.signs if log else []),
        failures=failures,
        excluded=tuple(safe_exclusion(item, sanitizer=sanitizer) for item in excluded[:MAX_EXCLUDED]),
        problems=tuple(one_line(problem, sanitizer=sanitizer) for problem in problems),
        tested_tree=log.checkout.tested_tree if log else "",
        pull_request=log.checkout.pull_request if log else None,
    )


def _unique(raw: Iterable[RawFailure]) -> list[RawFailure]:
    """Each test once; a test that failed for good in one job of the file is not flaky because of another job."""
    first: dict[TestId, RawFailure] = {}
    for item in raw:
        known = first.get(item.test)
        if known is None or (known.flaky_in_run and not item.flaky_in_run):
            first[item.test] = item
    return list(first.values())


def _without_quoted(raw: Sequence[RawFailure]) -> tuple[list[RawFailure], list[Exclusion]]:
    """Failures of no known suite beside those of another ecosystem are words in the output of its tests."""
    placed = {item.test.ecosystem for item in raw if item.test.suite}
    kept: list[RawFailure] = []
    excluded: list[Exclusion] = []
    for item in raw:
        if not item.test.suite and placed - {item.test.ecosystem}:
            excluded.append(Exclusion(suite="", name=item.test.name, reason=reasons.QUOTED))
        else:
            kept.append(item)
    return kept, excluded


def _build_exclusions(builds: Sequence[str], excluded: Sequence[Exclusion]) -> list[Exclusion]:
    """Compile and collection errors as exclusions, without those that only name a package which is one already."""
    named = {item.suite for item in excluded if item.reason in (reasons.BUILD_FAILED, reasons.SETUP_FAILED)}
    told = [line for line in builds if line.partition(": ")[0] not in named]
    return [Exclusion(suite="", name="", reason=f"build failed: {line}") for line in told]


def _outcome(
    failures: Sequence[Failure], excluded: Sequence[Exclusion], *, builds: Sequence[str], signs: Sequence[str]
) -> Outcome:
    """What the file says about its job; failures that passed later do not make it a failed one."""
    if any(not item.flaky_in_run for item in failures):
        return Outcome.TEST_FAILURE
    if builds:
        return Outcome.BUILD_FAILURE
    if failures:
        return Outcome.NO_FAILURE
    if signs or any(item.reason not in _NOT_TELLING for item in excluded):
        return Outcome.INFRASTRUCTURE
    return Outcome.NO_FAILURE
