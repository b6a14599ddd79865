"""What there is after a scan, as plain facts that an expectation can be compared with.

The rule it keeps: facts are read from the simulator's world and from the report, never from the job's own memory.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ftc.core.errors import StateUnreadable
from ftc.core.marks import purpose_of
from ftc.core.model import Flake
from ftc.core.state import Block, decode
from ftc.core.turns import ANSWER
from ftc.jobs.managed import STATE_PURPOSE
from ftc.jobs.scan_report import ScanReport, as_json
from ftc.simulator.application import LoggedRequest
from ftc.simulator.world import Issue, Repository, World

WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})
Fact = str | int | float | tuple[str, ...] | None
Facts = Mapping[str, Fact]
"""One thing that was found; the keys are those that an expectation may name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a job came to; there is no report when it died or failed, and none but of a scan."""

    target: str
    """The repository that was written to, ``owner/name``."""
    report: ScanReport | None
    notes: tuple[str, ...]
    tasks: int
    """Tasks that were handed on to be worked on."""
    exit: int
    error: str
    requests: tuple[LoggedRequest, ...]
    waited: float
    """Seconds it slept for limits and between tries."""

    @property
    def writes(self) -> tuple[LoggedRequest, ...]:
        """The requests that could change something."""
        return tuple(entry for entry in self.requests if is_write(entry))


def is_write(entry: LoggedRequest) -> bool:
    """Whether a request could change something; GraphQL is only asked by this program."""
    return entry.method in WRITES and entry.path != "/graphql"


def issues(repository: Repository) -> list[Facts]:
    """The open issues about a test that the bot keeps, in the order of their numbers."""
    return _about_tests(_open(repository))


def closed(repository: Repository) -> list[Facts]:
    """The closed ones."""
    return _about_tests(_in_state(repository, "closed"))


def _about_tests(issues: Iterator[Issue]) -> list[Facts]:
    found: list[Facts] = []
    for issue in issues:
        block = _block(_state_text(issue))
        if block and block.flake:
            found.append(_issue(issue, block.flake))
        elif block is None and issue.title.startswith("[flaky] "):
            found.append(_visible(issue))
    return found


def watched(repository: Repository) -> list[Facts]:
    """The entries of the watch list."""
    pages = [_block(comment.body) for issue in _open(repository) for comment in issue.comments]
    return [_flake(flake) for page in pages if page for flake in page.flakes]


def dashboards(repository: Repository) -> list[str]:
    """The bodies of the open dashboard issues; more than one is a mistake."""
    return [issue.body for issue in _open(repository) if any(name.endswith("/dashboard") for name in issue.labels)]


def verdicts(report: ScanReport, world: World) -> list[Facts]:
    """Every test that the scan judged, with a suspect's sha and the name the scenario gave that commit."""
    names = {sha: alias.rpartition(":")[2] for alias, sha in world.aliases.items()}
    return [
        {
            **_named(verdict["test"]["suite"], verdict["test"]["name"]),
            "class": verdict["class"],
            "grade": verdict["grade"],
            "confidence": verdict["confidence"],
            "occurrences": verdict["occurrences"],
            "suspect": names.get(verdict["suspect"], verdict["suspect"]),
        }
        for verdict in as_json(report)["verdicts"]
    ]


def waiting(report: ScanReport) -> list[Facts]:
    """What deserves an issue and got none, each with the reason."""
    return [{**_flake(item.flake), "reason": item.reason} for item in report.plan.waiting]


def excluded(report: ScanReport) -> list[Facts]:
    """What was left out, each with the reason; ``test`` is empty where it concerns a whole job."""
    return [
        {"reason": item.reason.value, "detail": item.detail, "job": item.job, "test": (item.test,)}
        for item in report.plan.left_out
    ]


def drafts(report: ScanReport) -> list[Facts]:
    """The issues that a dry run would open."""
    return [{"title": draft.title, "text": draft.body} for draft in report.drafts]


def _open(repository: Repository) -> Iterator[Issue]:
    return _in_state(repository, "open")


def _in_state(repository: Repository, state: str) -> Iterator[Issue]:
    for _, issue in sorted(repository.issues.items()):
        if issue.state == state and issue.pull is None and not issue.deleted:
            yield issue


def _state_text(issue: Issue) -> str:
    """What keeps the state: the body, or of an adopted issue the bot's comment."""
    if issue.author.endswith("[bot]"):
        return issue.body
    ours = (comment.body for comment in issue.comments if comment.author.endswith("[bot]"))
    return next((text for text in ours if purpose_of(text) == STATE_PURPOSE), issue.body)


def _block(body: str) -> Block | None:
    try:
        return decode(body)
    except StateUnreadable:
        return None


def _issue(issue: Issue, flake: Flake) -> Facts:
    return {**_flake(flake), **_visible(issue), "status": flake.status.value}


def _visible(issue: Issue) -> Facts:
    """What an issue shows even when its state cannot be read."""
    answers = [comment.body for comment in issue.comments if purpose_of(comment.body).startswith(ANSWER)]
    return {
        "title": issue.title,
        "text": "\n".join([issue.body, *(comment.body for comment in issue.comments)]),
        "number": issue.number,
        "labels": tuple(name.rpartition("/")[2] for name in issue.labels),
        "comments": len(issue.comments),
        "said": "\n".join(comment.body for comment in issue.comments),
        "answers": len(answers),
        "answer": answers[-1] if answers else "",
        "reactions": tuple(_reactions(issue)),
        "closed-as": issue.state_reason if issue.state == "closed" else None,
    }


def _reactions(issue: Issue) -> Iterator[str]:
    """What the bot's reactions say, on the issue and its comments."""
    given = (*issue.reactions, *(reaction for comment in issue.comments for reaction in comment.reactions))
    return (reaction.content for reaction in given if reaction.user.endswith("[bot]"))


def _flake(flake: Flake) -> Facts:
    verdict = flake.verdict
    return {
        **_named(flake.test.suite, flake.test.name),
        "class": verdict.failure_class.value if verdict else None,
        "grade": verdict.grade.value if verdict else None,
        "occurrences": flake.total,
    }


def _named(suite: str, name: str) -> Facts:
    """The names under which an expectation may speak of a test."""
    return {"test": (name, f"{suite} {name}")}
