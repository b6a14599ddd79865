"""Words to a test runner in files that are in no language we know: settings, scripts, properties.

The rule it keeps: only words that no other program has count, each searched in one line that was cut to a length. A
comment says nothing to a runner, and a manual for people is no file of it.
"""

import re
from collections.abc import Iterator

from ftc.core.diff import FileDiff
from ftc.core.masking.finding import Finding, Masking
from ftc.core.masking.outline import MAX_LINE

_MANUAL = re.compile(r"\.(?:md|markdown|rst|adoc|html?|txt)$")
_COMMENT = re.compile(r"^\s*(?:[#;!]|//|--\s|<!--)")
_ADDED = {
    Masking.RETRY: re.compile(
        r"--(?:only-)?reruns?\b|\breruns\s*[=:]|\brerunFailingTestsCount\b|--retry-failed|--flaky_test_attempts"
        r"|--repeat\s+until-pass|\bretryTimes\b|\btestRetry\b|--test-retr|\bmaxRetries\b|--force-flaky"
        r"|\bnextest\b.{0,200}--retries\b|--retries[ =]\d|^\s*retries\s*=\s*(?:\d|\{)"
    ),
    Masking.SKIP: re.compile(
        r"--deselect\b|--ignore(?:-glob)?=|\bcollect_ignore|\s-skip[ =]|--gtest_filter=.{0,200}-|--exclude-regex"
        r"|--testPathIgnorePatterns|\btestPathIgnorePatterns\b|\bskipTests\b|\bsurefire\.excludes\b"
        r"|\bjunit\.jupiter\.(?:conditions\.deactivate|extensions\.autodetection\.enabled\s*[=:]\s*true)"
    ),
    Masking.DROPPED_FLAG: re.compile(
        r"-p\s?no:(?:randomly|random_order|xdist|threadexception|unraisableexception)\b|\bparallel\.enabled\s*[=:]\s*false\b"
        r"|--(?:runInBand|no-file-parallelism|no-parallel)\b|--test-threads[ =]1\b|--test-concurrency[ =]1\b"
    ),
}
_REMOVED = re.compile(
    r"\s-race\b|\s-shuffle\b|--shuffle\b|--random-order\b|\bparallel\.enabled\s*[=:]\s*true\b|-fsanitize="
    r"|--schedule-random\b"
)
"""What lets a runner find more."""


def orders(diff: FileDiff) -> Iterator[Finding]:
    """Orders that such a file begins, or ceases, to give; none of what the patch only moves within it."""
    if _MANUAL.search(diff.path):
        return
    removed, added = (
        [line[:MAX_LINE].strip() for line in lines if not _COMMENT.match(line)] for lines in (diff.removed, diff.added)
    )
    for kind, pattern in _ADDED.items():
        new = [line for line in added if pattern.search(line) and line not in removed]
        yield from (Finding(masking=kind, path=diff.path, line=line) for line in new)
    gone = [line for line in removed if _REMOVED.search(line)]
    if len(gone) > sum(bool(_REMOVED.search(line)) for line in added):
        yield Finding(masking=Masking.DROPPED_FLAG, path=diff.path, line=gone[0])
