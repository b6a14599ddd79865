"""The mutable store behind the simulated GitHub: people, tokens, repositories, the clock and the id counter.

Rule: the world holds facts only. Who may see or change them is decided in ``auth``, how they look in ``rest``.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ftc.simulator.ci import (
    Artifact,
    Attempt,
    CheckRun,
    CommitStatus,
    Content,
    Deployment,
    DeploymentStatus,
    Dispatch,
    Job,
    Run,
    Step,
    WorkflowFile,
)
from ftc.simulator.git_backend import BareRepository
from ftc.simulator.git_types import GitCommit
from ftc.simulator.threads import (
    BodyEdit,
    Comment,
    Issue,
    PullRequest,
    Reaction,
    Review,
    ReviewComment,
    Text,
    TimelineEvent,
)

__all__ = [
    "ROLES",
    "Artifact",
    "Attempt",
    "BodyEdit",
    "CheckRun",
    "Clock",
    "Comment",
    "CommitStatus",
    "Content",
    "Deployment",
    "DeploymentStatus",
    "Dispatch",
    "Issue",
    "Job",
    "Label",
    "PullRequest",
    "Reaction",
    "Repository",
    "Review",
    "ReviewComment",
    "Run",
    "Step",
    "Text",
    "TimelineEvent",
    "Token",
    "User",
    "WorkflowFile",
    "World",
]

ROLES = ("none", "read", "triage", "write", "maintain", "admin")
BOT_LOGIN = "github-actions[bot]"
FIRST_ID = 1000


class Clock:
    """A clock that stands still until told otherwise; without a start it is the real one plus what was added."""

    def __init__(self, start: datetime | None = None) -> None:
        self._start = start
        self._added = timedelta()

    def now(self) -> datetime:
        """Aware UTC, whole seconds, as GitHub's timestamps are."""
        return ((self._start or datetime.now(UTC)) + self._added).replace(microsecond=0)

    def advance(self, seconds: float) -> None:
        """Move time forward."""
        self._added += timedelta(seconds=seconds)

    def set(self, moment: datetime) -> None:
        """Stand still at a moment from now on."""
        self._start, self._added = moment, timedelta()


@dataclass(slots=True, kw_only=True)
class User:
    """An account; ``type`` is User, Bot or Organization."""

    id: int
    login: str
    type: str = "User"
    name: str | None = None
    email: str | None = None
    created_at: datetime


@dataclass(slots=True, kw_only=True)
class Token:
    """A credential. ``permissions`` None: a user token with all scopes; else a job token of one ``repository``."""

    value: str
    login: str
    permissions: dict[str, str] | None = None
    repository: str | None = None
    revoked: bool = False


@dataclass(slots=True, kw_only=True)
class Label:
    """A label of a repository; ``color`` is six hex digits."""

    id: int
    name: str
    color: str = "ededed"
    description: str | None = None


@dataclass(slots=True, kw_only=True)
class SelfHosted:
    """A runner that was registered at the repository."""

    id: int
    name: str
    labels: tuple[str, ...] = ()
    online: bool = True
    busy: bool = False


@dataclass(slots=True, kw_only=True)
class Repository:
    """A repository and everything in it; ``collaborators`` maps login (lower case) to role."""

    id: int
    owner: str
    name: str
    private: bool = False
    description: str | None = None
    default_branch: str = "main"
    archived: bool = False
    has_issues: bool = True
    parent: str | None = None
    created_at: datetime
    updated_at: datetime
    pushed_at: datetime
    collaborators: dict[str, str] = field(default_factory=dict)
    labels: list[Label] = field(default_factory=list)
    issues: dict[int, Issue] = field(default_factory=dict)
    next_number: int = 1
    workflows: list[WorkflowFile] = field(default_factory=list)
    runs: dict[int, Run] = field(default_factory=dict)
    artifacts: dict[int, Artifact] = field(default_factory=dict)
    check_runs: dict[int, CheckRun] = field(default_factory=dict)
    statuses: list[CommitStatus] = field(default_factory=list)
    deployments: dict[int, Deployment] = field(default_factory=dict)
    dispatches: list[Dispatch] = field(default_factory=list)
    actions_can_approve_pull_requests: bool = True
    runners: list[SelfHosted] = field(default_factory=list)
    git: BareRepository
    known_commits: dict[str, GitCommit] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """``owner/name``."""
        return f"{self.owner}/{self.name}"

    def label(self, name: str) -> Label | None:
        """A label by name; names compare without case, as on GitHub."""
        return next((label for label in self.labels if label.name.lower() == name.lower()), None)

    def pulls(self) -> Iterable[Issue]:
        """The issues that are pull requests."""
        return (issue for issue in self.issues.values() if issue.pull is not None)

    def commit(self, sha: str) -> GitCommit | None:
        """A commit by its full sha, remembered, since commits never change and asking git costs a process."""
        found = self.known_commits.get(sha) or self.git.commit(sha)
        if found is not None and found.sha == sha:
            self.known_commits[sha] = found
        return found

    def role(self, login: str) -> str:
        """The role of a login; everybody may read a public repository, the owner is admin."""
        if login.lower() == self.owner.lower():
            return "admin"
        return self.collaborators.get(login.lower(), "none" if self.private else "read")


@dataclass(slots=True, kw_only=True)
class World:
    """Everything there is. Look-ups ignore case; ``git_root`` is the folder of the bare repositories,
    ``aliases`` the commits a scenario gave a name (``owner/name:alias`` to sha)."""

    git_root: Path
    clock: Clock
    users: dict[str, User] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    repositories: dict[str, Repository] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    last_id: int = FIRST_ID

    def now(self) -> datetime:
        """The world's time."""
        return self.clock.now()

    def next_id(self) -> int:
        """A number never given before."""
        self.last_id += 1
        return self.last_id

    def repository(self, full_name: str) -> Repository | None:
        """A repository by ``owner/name``."""
        return self.repositories.get(full_name.lower())

    def user(self, login: str) -> User:
        """An account; one that was mentioned but never described springs into being (bots end in ``[bot]``)."""
        known = self.users.get(login.lower())
        if known is None:
            kind = "Bot" if login.endswith("[bot]") else "User"
            known = User(id=self.next_id(), login=login, type=kind, created_at=self.now())
            self.users[login.lower()] = known
        return known
