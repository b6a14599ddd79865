"""A scan's report in the words of the demo: what was found, why, and what was written.

The rule it keeps: nothing is said that the report or the pages do not say.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ftc.core.marks import purpose_of
from ftc.core.observe import Reason
from ftc.ingest.golang.reasons import BUILD_FAILED
from ftc.jobs.demo.plain import plain
from ftc.simulator.world import Issue

Tell = Callable[[str], None]
"""Takes one line of the story."""
Verdict = Mapping[str, Any]
"""One entry of ``verdicts`` in the scan's JSON report."""
_READ = re.compile(r"`(\S+)` at `(\w+)`, lines (\d+) to (\d+)")
_KIND = re.compile(r"(.+?)(?= for\b| flaky-test-cleaner/| [0-9a-f]+\b| *[,:(]|$)")
"""What comes before the first name or number in the line of an effect."""


def headed(title: str) -> Iterator[str]:
    """The heading of a chapter."""
    yield f"\n{title}"
    yield "─" * len(title)


def scanned(report: Mapping[str, Any], *, issues: Mapping[int, Issue], seen: Mapping[str, int]) -> Iterator[str]:
    """A scan's report in the words of the demo; ``seen`` are the occurrences earlier scans knew, by key."""
    runs, jobs = report["runs"]["listed"], report["failed_jobs"]
    yield f"Listed {runs} runs, read the logs of {jobs} failed jobs, with {report['requests']} requests."
    verdicts = [(_number(verdict, issues), verdict) for verdict in report["verdicts"]]
    changed = [(number, verdict) for number, verdict in verdicts if seen.get(verdict["key"]) != verdict["occurrences"]]
    opened = _opened(verdicts)
    told = [line for number, verdict in opened for line in _issue_lines(verdict, issues[number])]
    yield from _section("New issues", told)
    silent = [(number, verdict) for number, verdict in changed if number and (number, verdict) not in opened]
    yield from _section("Known issues with new failures", [_silent_line(number, verdict) for number, verdict in silent])
    unfiled = [verdict for number, verdict in changed if not number]
    yield from _section("Seen and not filed", _unfiled_lines(unfiled, report["waiting"]))
    yield from _excluded(report["excluded"])
    yield from wrote(report["effects"])


def wrote(effects: Sequence[str]) -> Iterator[str]:
    """How many writes of each kind; ``--dry-run`` of the real command lists them one by one.

    Without labels, which are made once and listed by every command that needs them.
    """
    made = [effect for effect in effects if not effect.startswith("create label")]
    kinds = Counter(match[1] for effect in made if (match := _KIND.match(effect)))
    yield f"Wrote: {', '.join(f'{count} × {kind}' for kind, count in kinds.items())}" if kinds else "Wrote nothing."


def _section(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"\n{title}"
        yield from (f"  {line}" for line in lines)


def _number(verdict: Verdict, issues: Mapping[int, Issue]) -> int:
    """The number of the verdict's issue, 0 without one; new issues had none yet when the report was made."""
    name = verdict["test"]["name"]
    return next((number for number, issue in issues.items() if issue.title.startswith(f"[flaky] {name} ")), 0)


def _opened(verdicts: Sequence[tuple[int, Verdict]]) -> list[tuple[int, Verdict]]:
    """The verdicts whose issue this scan made, in the order of their numbers."""
    return sorted(
        ((number, verdict) for number, verdict in verdicts if number and not verdict["issue"]),
        key=lambda entry: entry[0],
    )


def _issue_lines(verdict: Verdict, issue: Issue) -> list[str]:
    """Which test, how sure, the strongest reason, and what the analysis says below it."""
    reason = max(verdict["evidence"], key=lambda entry: entry["weight"], default={"text": ""})["text"]
    return [
        f"#{issue.number}  {_name(verdict)}",
        f"     {verdict['confidence']:.1%} flaky, grade {verdict['grade']}, seen {_times(verdict)}",
        f"     {reason}",
        *(f"     {line}" for line in _explained(issue)),
    ]


def _explained(issue: Issue) -> Iterator[str]:
    """The likeliest cause, and the code that was read for it."""
    for comment in issue.comments:
        if purpose_of(comment.body) == "analysis":
            yield plain(comment.body)[0]
            first, *more = _READ.findall(comment.body)
            yield "Read: {} at {}, lines {} to {}".format(*first) + (f", and {len(more)} more" if more else "")


def _silent_line(number: int, verdict: Verdict) -> str:
    return f"#{number}  {_name(verdict)}: now seen {_times(verdict)}; the body was rewritten, nobody was notified"


def _unfiled_lines(verdicts: Sequence[Verdict], waiting: Sequence[Mapping[str, str]]) -> list[str]:
    """What was found and not filed, each with why not."""
    reasons = {entry["test"]: entry["reason"] for entry in waiting}
    return [f"{_name(verdict)}: {_why_not(verdict, reasons)}" for verdict in verdicts]


def _why_not(verdict: Verdict, waiting: Mapping[str, str]) -> str:
    if _name(verdict) in waiting:
        return f"grade {verdict['grade']}, waits: {waiting[_name(verdict)]}"
    if verdict["class"] == "likely-regression":
        return f"a regression, broken by {verdict['suspect'][:7]}"
    return f"grade {verdict['grade']}, seen {_times(verdict)}, on the watch list"


def _name(verdict: Verdict) -> str:
    return f"{verdict['test']['suite']} {verdict['test']['name']}"


def _times(verdict: Verdict) -> str:
    return "once" if verdict["occurrences"] == 1 else f"{verdict['occurrences']} times"


def _excluded(excluded: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """How often each reason to leave something out applied; of a detail only what comes before its first colon."""
    words = (entry["detail"].partition(":")[0] if entry["test"] else entry["reason"] for entry in excluded)
    # A job and a package of tests can fail to build; for whoever reads this it is one thing.
    reasons = Counter(BUILD_FAILED if word == Reason.BUILD else word for word in words)
    if reasons:
        yield f"\nNot counted: {', '.join(f'{count} × {reason}' for reason, count in reasons.most_common())}"
