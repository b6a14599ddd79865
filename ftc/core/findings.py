"""What the rules of evidence look for: one function each, from a case to a sentence with its links, or to nothing.

The rule it keeps: sentences name commits, runs and pull requests by number, and repeat nothing that anybody wrote.
"""

import re
from dataclasses import dataclass, field

from ftc.core.base_branch import Streak
from ftc.core.binomial import percent
from ftc.core.history import failure_rate
from ftc.core.model import Flake, Grade, Kind, Occurrence
from ftc.core.runs import Runs
from ftc.core.thresholds import Thresholds
from ftc.core.unrelated import Base, Touched, base_of, changes_of, touches, unknown_changes

SHOWN = 5
"""Failures, commits or pull requests named in one sentence; more do not convince more."""
RARE = 0.5
"""Upper limit of the failure rate below which a test clearly passes more often than it fails."""
SPREAD_DAYS = 3
"""Days with failures from which they are no passing incident."""

Finding = tuple[str, tuple[str, ...]]
"""A sentence and the links that prove it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One flake with everything the rules may ask about it."""

    flake: Flake
    runs: Runs
    touched: Touched = field(default_factory=dict)
    thresholds: Thresholds = field(default_factory=Thresholds)
    base: Base


def case_of(flake: Flake, runs: Runs, *, touched: Touched, thresholds: Thresholds) -> Case:
    """The case of a flake whose occurrences are at their grades."""
    base = base_of(flake, runs, thresholds=thresholds)
    return Case(flake=flake, runs=runs, touched=touched, thresholds=thresholds, base=base)


def short(sha: str) -> str:
    """A commit as people write it."""
    return sha[:10]


def _several(words: list[str]) -> str:
    rest = len(words) - SHOWN
    return ", ".join(words[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def prior(_case: Case) -> Finding:
    return "Most tests that fail in CI fail because the code or the test is wrong.", ()


def passed_on_retry(case: Case) -> Finding | None:
    hits = [item for item in case.flake.occurrences if item.passed_in_run]
    if not hits:
        return None
    where = _several([f"run {item.run} on {short(item.sha)}" for item in hits])
    return f"Failed and then passed on a retry inside the same job: {where}.", _links(hits[:SHOWN])


def passed_later(case: Case) -> Finding | None:
    hits = [item for item in _proven(case, Grade.A_PLUS) if not item.passed_in_run]
    if not hits:
        return None
    where = _several([f"run {item.run} attempt {item.attempt} on {short(item.sha)}" for item in hits])
    return f"Failed, and the same job passed in a later attempt of the same run: {where}.", _links(hits[:SHOWN])


def passed_same_tree(case: Case) -> Finding | None:
    hits = _proven(case, Grade.A)
    if not hits:
        return None
    where = _several([f"{short(item.sha)} in run {item.run}" for item in hits])
    return f"Failed, while the same job passed in another run of the same code: {where}.", _links(hits[:SHOWN])


def _proven(case: Case, grade: Grade) -> list[Occurrence]:
    return [item for item in case.flake.occurrences if item.grade == grade]


def _links(hits: list[Occurrence]) -> tuple[str, ...]:
    """Failure and proof of each, in turn, each address once."""
    return tuple(dict.fromkeys(url for item in hits for url in (item.url, item.proof) if url))


def unrelated_changes(case: Case) -> Finding | None:
    hits = _proven(case, Grade.B)
    # What comes and goes stops coming and going once the base branch is broken; the grade waits for it to recover.
    if not hits or lasting_failure(case) is not None:
        return None
    base = [item for item in hits if _on_base(case, item)]
    changes = _changes([item for item in hits if item not in base])
    where = f" and on the base branch ({_several(_commits(base))})" if base else ""
    count = f"{len(changes)} unrelated change{'s' if len(changes) != 1 else ''}"
    text = f"Failed the same way in {count} ({_several(changes)}){where}, passing in between."
    return text, _links([*hits[:SHOWN], *base[:1]])


def _changes(hits: list[Occurrence]) -> list[str]:
    """Each change once, by number; one without a number by a commit of it, since branch names are anybody's words."""
    names = changes_of(hits)
    named = {names[item.key]: short(item.sha) for item in hits}
    return [change if change.startswith("PR ") else named[change] for change in sorted(named)]


def _on_base(case: Case, occurrence: Occurrence) -> bool:
    return case.runs.on_base(event=occurrence.event, branch=occurrence.branch)


def _commits(hits: list[Occurrence]) -> list[str]:
    return list(dict.fromkeys(short(item.sha) for item in hits))


def known_issue(case: Case) -> Finding | None:
    issue = case.flake.issue
    return (f"Matches the flaky test that issue {issue.issue} is about.", ()) if issue else None


def fails_rarely(case: Case) -> Finding | None:
    rate = failure_rate(case.flake)
    if not rate.runs or not rate.failures or rate.high >= RARE:
        return None
    return (
        f"Failed in {rate.failures} of {rate.runs} observed runs, at most {percent(rate.high)} at 95 % confidence.",
        (),
    )


def many_days(case: Case) -> Finding | None:
    days = {item.day for item in case.flake.occurrences} | {item.day for item in case.flake.sealed}
    return (f"Failed on {len(days)} different days.", ()) if len(days) >= SPREAD_DAYS else None


def on_base_branch(case: Case) -> Finding | None:
    hits = [item for item in case.flake.occurrences if _on_base(case, item)]
    if not hits:
        return None
    return f"Failed on the base branch, on code that was reviewed and merged: {_several(_commits(hits))}.", _links(
        hits[:1]
    )


TIMING = frozenset({Kind.TIMEOUT, Kind.DATA_RACE, Kind.LEAK})


def timing_kind(case: Case) -> Finding | None:
    hits = [item for item in case.flake.occurrences if item.kind in TIMING]
    kinds = ", ".join(sorted({item.kind.value for item in hits}))
    return (f"Failed as {kinds}, which depends on timing.", _links(hits[:1])) if hits else None


def one_source(case: Case) -> Finding | None:
    hits = [item for item in case.flake.occurrences if not _on_base(case, item)]
    if not hits or len(hits) < len(case.flake.occurrences):
        return None
    changes, authors = _changes(hits), {item.author for item in hits}
    if len(changes) == 1:
        return f"Seen in one change only ({changes[0]}), which may have caused it.", _links(hits[:1])
    return (
        ("Seen in changes of one author only, who may have caused it.", _links(hits[:1])) if len(authors) == 1 else None
    )


def touches_package(case: Case) -> Finding | None:
    flake = case.flake
    numbers = {item.pull_request for item in flake.occurrences if item.pull_request is not None}
    hits = sorted(n for n in numbers if touches(case.touched.get(n, ()), flake.test, flake.repo))
    return (f"Not counted: changes to the test's own package ({_several(_pulls(hits))}).", ()) if hits else None


def _pulls(numbers: list[int]) -> list[str]:
    return [f"PR {number}" for number in numbers]


def changes_unknown(case: Case) -> Finding | None:
    if any(item.grade.rank <= Grade.B.rank for item in case.flake.occurrences):
        return None  # the question is settled without them
    missing = list(unknown_changes(case.flake.occurrences, case.touched))
    return (f"Not known: what was changed in {_several(_pulls(missing))}.", ()) if missing else None


def seen_once(case: Case) -> Finding | None:
    attempts = {item.key[:3] for item in case.flake.occurrences}
    return ("Seen in one run attempt only.", ()) if len(attempts) == 1 and not case.flake.sealed else None


def lasting_failure(case: Case) -> Streak | None:
    """The base branch failing on every commit up to now; it needs more commits where no pass came before.

    Another base branch counts for a test that never failed on the default branch and is not known to be flaky.
    """
    default = case.base.broken.get(case.base.default)
    settled = any(item.grade.rank <= Grade.B.rank for item in case.flake.occurrences)
    found = default[-1:] if default is not None else () if settled else case.base.elsewhere
    lasting = (item for item in found if item.ended is None)
    return next((item for item in lasting if item.after_pass or len(item.shas) >= case.thresholds.base_runs), None)


def fails_since(case: Case) -> Finding | None:
    streak = lasting_failure(case)
    if streak is None:
        return None
    since = f"since {short(streak.shas[0])}, before which it passed" if streak.after_pass else "that is known"
    return f"Fails on every base-branch commit {since}: {len(streak.shas)} so far.", streak.urls[:SHOWN]


INFRASTRUCTURE = re.compile(
    r"no space left on device"
    r"|temporary failure in name resolution|no such host|could not resolve host"
    r"|network is unreachable|tls handshake timeout"
    r"|too many requests|toomanyrequests|rate limit exceeded"
    r"|(?:registry|proxy|mirror)\S* .{0,80}(?:unreachable|timed out|50[234])"
    r"|cannot connect to the docker daemon"
    r"|out of memory: kill|oom-?kill|cannot allocate memory"
    r"|runner has received a shutdown signal|lost communication with the server",
    re.IGNORECASE,
)
"""What machines and networks say when they fail; narrow, since a test may well be about refused connections."""


def infrastructure(case: Case) -> Finding | None:
    seen = {item.fingerprint for item in case.flake.occurrences}
    signatures = [item for item in case.flake.signatures if item.fingerprint in seen]
    proven = any(item.grade in (Grade.A_PLUS, Grade.A) for item in case.flake.occurrences)
    if not proven or not signatures:
        return None
    if not all(INFRASTRUCTURE.search(f"{item.text}\n{item.message}") for item in signatures):
        return None
    urls = tuple(item.excerpt_url for item in signatures if item.excerpt_url)
    return "Every failure is one of the machine or the network, and passed afterwards.", urls[:SHOWN]
