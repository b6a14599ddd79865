"""A flake as a JSON document of the current schema, and back.

Rule: what this module writes it reads again exactly, whatever the texts contain; members come most precious first.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from ftc.core.columns import Json, pack_numbers, pack_table, unpack_numbers, unpack_table
from ftc.core.documents import (
    EPOCH,
    EPOCH_DAY,
    Document,
    members,
    moment_json,
    number,
    ref_json,
    split_moment,
    text,
    to_day,
    to_moment,
    to_ref,
    to_time,
    whole,
    word,
)
from ftc.core.model import (
    AuditEntry,
    DayCount,
    DayRuns,
    EvidenceItem,
    FailureClass,
    Flake,
    Grade,
    Kind,
    Location,
    Occurrence,
    Signature,
    Status,
    TestId,
    Verdict,
)
from ftc.core.progress_document import progress_document, to_progress

# --- occurrences: links and trees mostly repeat the ids beside them, so those are written as marks


def _marked(link: str, occurrence: Occurrence) -> str:
    """The text with job id, run id and sha replaced by control characters, if that can be undone."""
    if not link:
        return ""
    short = link
    for mark, value in _marks(occurrence.run, occurrence.job_id, occurrence.sha):
        short = short.replace(value, mark)
    undone = _unmarked(short, occurrence.run, occurrence.job_id, occurrence.sha) == link
    return short if undone and not link.startswith("\x04") else "\x04" + link


def _unmarked(link: str, run: str, job_id: str, sha: str) -> str:
    if link.startswith("\x04"):
        return link[1:]
    for mark, value in reversed(_marks(run, job_id, sha)):
        link = link.replace(mark, value)
    return link


def _marks(run: str, job_id: str, sha: str) -> list[tuple[str, str]]:
    return [(mark, value) for mark, value in (("\x03", sha), ("\x02", job_id), ("\x01", run)) if len(value) > 3]


def _occurrence_row(item: Occurrence) -> tuple[str, ...]:
    seconds, fraction = split_moment(item.created)
    pull = "" if item.pull_request is None else str(item.pull_request)
    links = tuple(_marked(link, item) for link in (item.tree, item.url, item.proof))
    ids = (item.source, item.run, str(item.attempt), item.job, item.job_id, str(seconds), str(fraction))
    place = (item.workflow, item.event, item.branch, item.sha, item.fingerprint, item.kind.value, pull)
    return (
        *ids,
        *place,
        item.author,
        item.os,
        "1" if item.passed_in_run else "0",
        item.grade.value,
        *links,
        str(item.seconds),
    )


def _to_occurrence(row: tuple[str, ...]) -> Occurrence:
    source, run, attempt, job, job_id, seconds, micros, workflow, event, branch, sha, mark, kind, pull, *rest = row
    author, system, passed, grade, *links, seconds_run = rest
    tree, url, proof = (_unmarked(link, run, job_id, sha) for link in links)
    return Occurrence(
        source=source, run=run, attempt=int(attempt), job=job, job_id=job_id,
        created=EPOCH + timedelta(seconds=int(seconds), microseconds=int(micros)),
        workflow=workflow, event=event, branch=branch, sha=sha, tree=tree, fingerprint=mark, kind=word(Kind, kind),
        url=url, pull_request=int(pull) if pull else None, author=author, os=system, passed_in_run=passed == "1",
        grade=word(Grade, grade), proof=proof, seconds=int(seconds_run),
    )  # fmt: skip


def _sealed_row(item: DayCount) -> tuple[str, ...]:
    steps = [b - a for a, b in zip((0, *item.keys), item.keys, strict=False)]
    keys = pack_numbers(steps) if steps else ""
    day = item.day.toordinal() - EPOCH_DAY
    return (item.source, str(day), item.fingerprint, str(item.count), str(len(steps)), keys)


def _to_sealed(row: tuple[str, ...]) -> DayCount:
    source, day, mark, count, size, packed = row
    keys: list[int] = []
    for step in unpack_numbers(packed, int(size)):
        keys.append((keys[-1] if keys else 0) + step)
    return DayCount(source=source, day=to_day(day), fingerprint=mark, count=int(count), keys=tuple(keys))


# --- the parts of a flake


def _signature(item: Signature) -> Json:
    places: list[Json] = [[place.path, place.line] for place in item.locations]
    texts: list[Json] = [item.fingerprint, item.text, item.kind.value, item.message, item.excerpt, item.excerpt_url]
    return [*texts, moment_json(item.excerpt_at), places]


def _to_signature(value: Any) -> Signature:
    *texts, at, places = value
    mark, title, kind, message, excerpt, url = map(text, texts)
    return Signature(
        fingerprint=mark, text=title, kind=word(Kind, kind), message=message, excerpt=excerpt, excerpt_url=url,
        excerpt_at=to_moment(at), locations=tuple(Location(path=text(path), line=whole(line)) for path, line in places),
    )  # fmt: skip


def verdict_document(verdict: Verdict | None) -> Json:
    """A verdict with its evidence, item by item."""
    if verdict is None:
        return None
    evidence: list[Json] = [[item.rule, item.weight, item.text, list(item.links)] for item in verdict.evidence]
    head: list[Json] = [verdict.failure_class.value, verdict.grade.value, verdict.confidence]
    return [*head, evidence, list(verdict.surer), verdict.suspect]


def _to_verdict(value: Any) -> Verdict | None:
    if value is None:
        return None
    kind, grade, confidence, evidence, surer, suspect = value
    items = tuple(
        EvidenceItem(rule=text(rule), weight=number(weight), text=text(reason), links=tuple(map(text, links)))
        for rule, weight, reason, links in evidence
    )
    return Verdict(
        failure_class=word(FailureClass, kind), grade=word(Grade, grade), confidence=number(confidence), evidence=items,
        surer=tuple(map(text, surer)), suspect=text(suspect),
    )  # fmt: skip


def flake_document(flake: Flake) -> Document:
    """Most precious members first: a truncated block loses its end. Owners and progress only where there are any."""
    progress = progress_document(flake.progress)
    return {
        "key": flake.key,
        "repo": flake.repo,
        "test": [flake.test.ecosystem, flake.test.suite, flake.test.name],
        "issue": ref_json(flake.issue),
        **({"owners": list(flake.owners)} if flake.owners else {}),
        "framework": flake.framework,
        "status": flake.status.value,
        "revision": [flake.revision, flake.parent],
        "seen": [moment_json(flake.first_seen), moment_json(flake.last_seen), moment_json(flake.horizon)],
        "duplicate_of": flake.duplicate_of,
        **({"progress": progress} if progress else {}),
        "sealed": pack_table([_sealed_row(item) for item in flake.sealed]),
        "occurrences": pack_table([_occurrence_row(item) for item in flake.occurrences]),
        "exposure": pack_table(
            [(item.source, str(item.day.toordinal() - EPOCH_DAY), str(item.runs)) for item in flake.exposure]
        ),
        "verdict": verdict_document(flake.verdict),
        "signatures": [_signature(item) for item in flake.signatures],
        "audit": [[moment_json(item.at), item.actor, item.action, item.result, item.url] for item in flake.audit],
    }


_FLAKE_READERS: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "key": lambda value: {"key": text(value)},
    "repo": lambda value: {"repo": text(value)},
    "test": lambda value: {"test": TestId(ecosystem=text(value[0]), suite=text(value[1]), name=text(value[2]))},
    "issue": lambda value: {"issue": to_ref(value)},
    "owners": lambda value: {"owners": tuple(map(text, value))},
    "framework": lambda value: {"framework": text(value)},
    "status": lambda value: {"status": word(Status, value)},
    "revision": lambda value: {"revision": whole(value[0]), "parent": whole(value[1])},
    "seen": lambda value: dict(zip(("first_seen", "last_seen", "horizon"), map(to_moment, value), strict=True)),
    "duplicate_of": lambda value: {"duplicate_of": whole(value)},
    "progress": lambda value: {"progress": to_progress(value)},
    "sealed": lambda value: {"sealed": tuple(map(_to_sealed, unpack_table(value)))},
    "occurrences": lambda value: {"occurrences": tuple(map(_to_occurrence, unpack_table(value)))},
    "exposure": lambda value: {
        "exposure": tuple(DayRuns(source=s, day=to_day(d), runs=int(n)) for s, d, n in unpack_table(value))
    },
    "verdict": lambda value: {"verdict": _to_verdict(value)},
    "signatures": lambda value: {"signatures": tuple(map(_to_signature, value))},
    "audit": lambda value: {
        "audit": tuple(
            AuditEntry(at=to_time(at), actor=actor, action=action, result=result, url=url)
            for at, actor, action, result, url in ((item[0], *map(text, item[1:])) for item in value)
        )
    },
}


_REQUIRED = tuple(name for name in _FLAKE_READERS if name not in ("owners", "progress"))
"""What blocks of the first builds do not have, and of later ones only those with something to say."""


def to_flake(document: Document) -> Flake:
    """The flake of a whole document."""
    return Flake(**members(document, _FLAKE_READERS, required=_REQUIRED))


def to_partial_flake(document: Document) -> Flake:
    """The flake of what survives of a document; key, repository and test must be there."""
    return Flake(**members(document, _FLAKE_READERS, required=("key", "repo", "test")))
