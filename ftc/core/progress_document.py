"""Progress as a JSON document of the current schema, and back.

Rule: a part about which nothing has happened is no member, so that an issue nobody has touched costs no room.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ftc.core.columns import Json
from ftc.core.documents import Document, members, moment_json, number, text, to_moment, to_time, whole, word
from ftc.core.ledger import Charge
from ftc.core.progress import (
    Assessment,
    Cursors,
    Fate,
    Lease,
    Notice,
    Progress,
    PullRef,
    Quarantine,
    Question,
    RuleSeen,
    RunRecord,
    RunStatus,
)
from ftc.core.proof_refs import ProofRef


def progress_document(progress: Progress) -> Document:
    """Only what differs from the default; most precious first."""
    cursors, notice = progress.cursors, progress.notice
    parts: dict[str, Json] = {
        "cursors": [cursors.comment, cursors.event] if cursors != Cursors() else None,
        "assessment": _assessment(progress.assessment),
        "asked": moment_json(progress.asked),
        "muted": moment_json(progress.muted_until),
        "silent": moment_json(progress.silent_since),
        "lease": _lease(progress.lease),
        "pull": _pull(progress.pull),
        "quarantine": _quarantine(progress.quarantine),
        "runner": progress.runner or None,
        "lead": progress.lead or None,
        "question": _question(progress.question),
        "rule": _rule(progress.rule),
        "notice": [moment_json(notice.at), list(notice.links)] if notice != Notice() else None,
        "runs": [_run(item) for item in progress.runs] or None,
        "proofs": [[moment_json(item.at), item.task] for item in progress.proofs] or None,
        "charges": [[moment_json(c.at), c.usd, c.issue, c.purpose, c.model] for c in progress.charges] or None,
    }
    return {name: value for name, value in parts.items() if value is not None}


def to_progress(value: Any) -> Progress:
    """The progress of a member; strict, as all reading of state is."""
    if not isinstance(value, dict):
        raise TypeError("progress is no object")
    return Progress(**members(value, _READERS, required=()))


def _assessment(item: Assessment | None) -> Json:
    if item is None:
        return None
    head: list[Json] = [moment_json(item.at), item.root_cause, item.confidence, item.occurrences, item.comment]
    return [*head, item.sha, item.by, item.locatable, list(item.planned_files), list(item.allowed_paths)]


def _to_assessment(value: Any) -> Assessment:
    at, cause, confidence, occurrences, comment, sha, by, locatable, planned, allowed = value
    return Assessment(
        at=to_time(at), root_cause=text(cause), confidence=number(confidence), occurrences=whole(occurrences),
        comment=whole(comment), sha=text(sha), by=text(by), locatable=locatable is True,
        planned_files=tuple(map(text, planned)), allowed_paths=tuple(map(text, allowed)),
    )  # fmt: skip


def _lease(item: Lease | None) -> Json:
    return None if item is None else [item.run, item.attempt, item.nonce, moment_json(item.taken)]


def _to_lease(value: Any) -> Lease:
    run, attempt, nonce, taken = value
    return Lease(run=text(run), attempt=whole(attempt), nonce=text(nonce), taken=to_time(taken))


def _quarantine(item: Quarantine | None) -> Json:
    return None if item is None else [moment_json(item.until), item.by, item.comment]


def _to_quarantine(value: Any) -> Quarantine:
    until, by, comment = value
    return Quarantine(until=to_time(until), by=text(by), comment=whole(comment))


def _question(item: Question | None) -> Json:
    return None if item is None else [item.issue, moment_json(item.at)]


def _to_question(value: Any) -> Question:
    issue, at = value
    return Question(issue=whole(issue), at=to_time(at))


def _rule(item: RuleSeen | None) -> Json:
    return None if item is None else [item.digest, item.ok, item.editor]


def _to_rule(value: Any) -> RuleSeen:
    digest, ok, editor = value
    return RuleSeen(digest=text(digest), ok=ok is True, editor=text(editor))


def _pull(item: PullRef | None) -> Json:
    if item is None:
        return None
    times: list[Json] = [moment_json(at) for at in (item.opened, item.closed, item.merged)]
    return [item.number, item.url, item.branch, item.head_sha, item.by_person, *times, item.merge_sha]


def _to_pull(value: Any) -> PullRef:
    count, url, branch, head, by_person, opened, closed, merged, merge_sha = value
    return PullRef(
        number=whole(count), url=text(url), branch=text(branch), head_sha=text(head), by_person=by_person is True,
        opened=to_moment(opened), closed=to_moment(closed), merged=to_moment(merged), merge_sha=text(merge_sha),
    )  # fmt: skip


def _run(item: RunRecord) -> Json:
    times: list[Json] = [moment_json(at) for at in (item.created, item.updated, item.started, item.finished)]
    texts: list[Json] = [item.id, item.command, item.status.value, item.runner, item.branch, item.base_sha]
    results: list[Json] = [item.merge_sha, item.pull, item.files_changed, item.tests, item.excerpt, item.error]
    proofs: list[Json] = [list(item.proofs)] if item.proofs else []
    fate = item.fate.value if item.fate else None
    ended: list[Json] = [fate, moment_json(item.fated)] if item.fate or proofs else []
    judged: list[Json] = [item.tried, item.verdict] if item.tried or item.verdict or ended else []
    return [*texts, *results, item.cost, item.url, *times, *judged, *ended, *proofs]


def _to_run(value: Any) -> RunRecord:
    task, command, status, runner, branch, base, merge, pull, files, tests, excerpt, error, cost, url, *times = value
    created, updated, started, finished, *judged = times
    tried, verdict, *ended = judged or (0, "")  # records of runs that judged nothing end before them
    fate, fated, *handed = ended or (None, None)  # those without a pull request that came to an end before these
    proofs = handed[0] if handed else ()  # and those that were not handed to GitHub's agent before this
    return RunRecord(
        id=text(task), command=text(command), status=word(RunStatus, status), runner=text(runner), branch=text(branch),
        base_sha=text(base), merge_sha=text(merge), pull=whole(pull), files_changed=whole(files), tests=text(tests),
        excerpt=text(excerpt), error=text(error), cost=number(cost), url=text(url), created=to_time(created),
        updated=to_time(updated), started=to_moment(started), finished=to_moment(finished), tried=whole(tried),
        verdict=text(verdict), fate=None if fate is None else word(Fate, fate), fated=to_moment(fated),
        proofs=tuple(map(text, proofs)),
    )  # fmt: skip


def _to_charge(value: Any) -> Charge:
    at, usd, issue, purpose, model = value
    return Charge(at=to_time(at), usd=number(usd), issue=whole(issue), purpose=text(purpose), model=text(model))


def _to_notice(value: Any) -> Notice:
    at, links = value
    return Notice(at=to_moment(at), links=tuple(map(text, links)))


def _moment(name: str) -> Callable[[Any], dict[str, datetime | None]]:
    return lambda value: {name: to_moment(value)}


_READERS: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "cursors": lambda value: {"cursors": Cursors(comment=whole(value[0]), event=whole(value[1]))},
    "assessment": lambda value: {"assessment": _to_assessment(value)},
    "asked": _moment("asked"),
    "muted": _moment("muted_until"),
    "silent": _moment("silent_since"),
    "lease": lambda value: {"lease": _to_lease(value)},
    "pull": lambda value: {"pull": _to_pull(value)},
    "quarantine": lambda value: {"quarantine": _to_quarantine(value)},
    "runner": lambda value: {"runner": text(value)},
    "lead": lambda value: {"lead": whole(value)},
    "question": lambda value: {"question": _to_question(value)},
    "rule": lambda value: {"rule": _to_rule(value)},
    "notice": lambda value: {"notice": _to_notice(value)},
    "runs": lambda value: {"runs": tuple(map(_to_run, value))},
    "proofs": lambda value: {"proofs": tuple(ProofRef(at=to_time(at), task=text(task)) for at, task in value)},
    "charges": lambda value: {"charges": tuple(map(_to_charge, value))},
}
