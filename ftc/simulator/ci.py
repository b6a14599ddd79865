"""Mutable records of the CI side: workflows, runs with attempts, jobs, artifacts, checks, statuses, deployments.

Rule: a re-run adds an attempt and keeps the run's sha, number and creation time, as GitHub does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path


@dataclass(slots=True, kw_only=True)
class Content:
    """Bytes held inline or in a file that is read each time it is asked for."""

    inline: bytes | None = None
    file: Path | None = None

    def read(self) -> bytes:
        """The bytes; a missing file was refused when the scenario was loaded."""
        if self.file is not None:
            return self.file.read_bytes()
        return self.inline or b""


@dataclass(slots=True, kw_only=True)
class WorkflowFile:
    """A workflow of a repository; ``state`` is active or disabled_manually."""

    id: int
    name: str
    path: str
    state: str = "active"
    created_at: datetime


@dataclass(slots=True, kw_only=True)
class Step:
    """One step of a job, numbered from 1."""

    number: int
    name: str
    conclusion: str | None = "success"


@dataclass(slots=True, kw_only=True)
class Job:
    """A job of one attempt; ``log`` None means it never wrote one, ``log_expired`` answers 410."""

    id: int
    name: str
    status: str = "completed"
    conclusion: str | None = "success"
    started_at: datetime
    completed_at: datetime | None = None
    steps: list[Step] = field(default_factory=list)
    labels: tuple[str, ...] = ("ubuntu-latest",)
    log: Content | None = None
    log_expired: bool = False


@dataclass(slots=True, kw_only=True)
class Attempt:
    """One attempt of a run, numbered from 1; only the jobs that really ran in it."""

    number: int
    status: str = "completed"
    conclusion: str | None = "success"
    started_at: datetime
    updated_at: datetime
    actor: str
    jobs: list[Job] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Run:
    """A workflow run; status and conclusion are those of its newest attempt."""

    id: int
    workflow_id: int
    number: int
    event: str
    head_branch: str
    head_sha: str
    head_repository: str
    title: str
    actor: str
    created_at: datetime
    pull_numbers: tuple[int, ...] = ()
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def latest(self) -> Attempt:
        """The newest attempt."""
        return self.attempts[-1]


@dataclass(slots=True, kw_only=True)
class Artifact:
    """An uploaded artifact: path inside the zip to content."""

    id: int
    run_id: int
    name: str
    files: Mapping[str, Content]
    created_at: datetime
    expires_at: datetime
    expired: bool = False


@dataclass(slots=True, kw_only=True)
class CheckRun:
    """A check run on a commit; those of Actions jobs carry the job's id as their own."""

    id: int
    name: str
    head_sha: str
    status: str = "queued"
    conclusion: str | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    details_url: str | None = None
    external_id: str = ""
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[dict[str, object]] = field(default_factory=list)
    app: str = "github-actions"


@dataclass(slots=True, kw_only=True)
class CommitStatus:
    """One status of a commit; the newest of a context counts."""

    id: int
    sha: str
    state: str
    context: str
    description: str | None
    target_url: str | None
    creator: str
    created_at: datetime


@dataclass(slots=True, kw_only=True)
class DeploymentStatus:
    """One state change of a deployment."""

    id: int
    state: str
    creator: str
    created_at: datetime
    description: str = ""
    environment_url: str = ""


@dataclass(slots=True, kw_only=True)
class Deployment:
    """A deployment of one exact commit."""

    id: int
    sha: str
    ref: str
    task: str
    environment: str
    creator: str
    created_at: datetime
    payload: dict[str, object] = field(default_factory=dict)
    description: str | None = None
    statuses: list[DeploymentStatus] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Dispatch:
    """A dispatch that was accepted; nothing runs here, tests and demos look at the list."""

    event: str
    actor: str
    created_at: datetime
    ref: str | None = None
    workflow: str | None = None
    inputs: dict[str, object] = field(default_factory=dict)
