"""GitHub's JSON, parsed once into frozen values.

The rule it keeps: a field GitHub may leave out or send as null has a harmless default here, and nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ftc.clients.mention_payloads import Mention, mention_of
from ftc.core.model import JobResult, Run

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """What a job needs to know before it begins: who it is, and the default branch (empty in an empty repository)."""

    login: str
    default_branch: str
    is_fork: bool = False
    owner_files: Mapping[str, str] = field(default_factory=dict)
    """Texts of the default branch's files that name owners, by path; hostile until parsed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """An issue as listed; ``body`` is hostile until a block in it was decoded and checked."""

    number: int
    title: str
    body: str
    author: str
    is_open: bool
    labels: tuple[str, ...]
    url: str
    created: datetime
    updated: datetime = EPOCH
    closed: datetime | None = None
    assignees: tuple[str, ...] = ()
    milestone: bool = False
    author_type: str = "User"
    is_pull: bool = False
    not_planned: bool = False
    """Whether it was closed as not planned."""
    is_locked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment on an issue; ``body`` is hostile."""

    id: int
    issue: int
    body: str
    author: str
    url: str
    node: str = ""
    """Its id in GraphQL."""
    created: datetime = EPOCH
    updated: datetime = EPOCH
    author_type: str = "User"
    via_app: str = ""
    """Slug of an app that wrote in the author's name."""

    @property
    def edited(self) -> bool:
        """Whether anything changed since it was written; GitHub moves ``updated`` for edits alone."""
        return self.updated > self.created


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing done to an issue, as its timeline tells; ``kind`` is GitHub's word, as ``labeled``."""

    id: int
    kind: str
    at: datetime
    actor: str
    actor_type: str = "User"
    via_app: str = ""
    label: str = ""
    assignee: str = ""
    commit: str = ""
    """Of a ``closed`` event: the commit that closed the issue."""
    mention: Mention | None = None
    """Of a ``cross-referenced`` event: where it comes from, as far as GitHub shows that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """What the collaborator endpoint says of an account: its words, not yet a role."""

    login: str
    permission: str = "none"
    role_name: str = "none"
    account_type: str = "User"


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """An uploaded artifact of a run; GitHub does not say which attempt made it."""

    id: int
    name: str
    expired: bool
    bytes: int
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One edit of a body: who, when, and the whole text after it (GitHub calls it ``diff``)."""

    at: datetime
    editor: str
    text: str
    deleted: bool = False
    """Whether somebody took this text out of the history."""


def moment(text: str | None) -> datetime | None:
    """A time as GitHub's answers give it; None for null."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC) if text else None


def known(text: str | None) -> datetime:
    """A time that GitHub always sends; the epoch should it ever be missing."""
    return moment(text) or EPOCH


def repository_of(data: Mapping[str, Any], *, files: Mapping[str, str]) -> Repository:
    """The answer to the first query; ``files`` gives the paths of the files it asked for, by the name of their field.

    A file that GitHub cut is as good as none: its last lines, which are gone, may be those that count.
    """
    item = data["repository"]
    found = {path: item.get(name) or {} for name, path in files.items()}
    return Repository(
        login=data["viewer"]["login"],
        default_branch=(item["defaultBranchRef"] or {}).get("name", ""),
        is_fork=bool(item.get("isFork")),
        owner_files={
            path: "" if blob.get("isTruncated") else blob["text"]
            for path, blob in found.items()
            if blob.get("text") is not None
        },
    )


def run_of(item: Mapping[str, Any], *, repo: str) -> Run:
    """A run from its JSON."""
    return Run(
        repo=repo,
        id=str(item["id"]),
        attempt=item.get("run_attempt") or 1,
        workflow=item.get("name") or item.get("path", ""),
        event=item["event"],
        branch=item.get("head_branch") or "",
        sha=item["head_sha"],
        status=item.get("status") or "",
        conclusion=item.get("conclusion") or "",
        created=known(item["created_at"]),
        updated=known(item.get("updated_at")),
        actor=(item.get("actor") or {}).get("login", ""),
        url=item["html_url"],
        head_repo=(item.get("head_repository") or {}).get("full_name", ""),
        pull_requests=tuple(pull["number"] for pull in item.get("pull_requests") or ()),
        workflow_file=(item.get("path") or "").partition("@")[0],
    )


def job_of(item: Mapping[str, Any]) -> JobResult:
    """A job from its JSON, with the first step that failed."""
    failed = [step["name"] for step in item.get("steps") or () if step.get("conclusion") == "failure"]
    return JobResult(
        id=str(item["id"]),
        name=item["name"],
        conclusion=item.get("conclusion") or "",
        url=item.get("html_url") or "",
        os=next(iter(item.get("labels") or ()), ""),
        step=failed[0] if failed else "",
        started=moment(item.get("started_at")),
        completed=moment(item.get("completed_at")),
    )


def artifact_of(item: Mapping[str, Any]) -> Artifact:
    """An artifact from its JSON."""
    return Artifact(
        id=item["id"],
        name=item["name"],
        expired=bool(item.get("expired")),
        bytes=item.get("size_in_bytes") or 0,
        created=known(item.get("created_at")),
    )


def issue_of(item: Mapping[str, Any]) -> Issue:
    """An issue from its JSON; the author of a deleted account is ``ghost``."""
    return Issue(
        number=item["number"],
        title=item["title"],
        body=item.get("body") or "",
        author=(item.get("user") or {}).get("login", "ghost"),
        is_open=item["state"] == "open",
        labels=tuple(label["name"] if isinstance(label, dict) else label for label in item.get("labels") or ()),
        url=item["html_url"],
        created=known(item.get("created_at")),
        updated=known(item.get("updated_at")),
        closed=moment(item.get("closed_at")),
        assignees=tuple(person["login"] for person in item.get("assignees") or ()),
        milestone=item.get("milestone") is not None,
        author_type=(item.get("user") or {}).get("type", "User"),
        is_pull="pull_request" in item,
        not_planned=item.get("state_reason") == "not_planned",
        is_locked=bool(item.get("locked")),
    )


def comment_of(item: Mapping[str, Any]) -> Comment:
    """A comment from its JSON; its issue is the last part of ``issue_url``."""
    return Comment(
        id=item["id"],
        issue=int(item["issue_url"].rsplit("/", 1)[-1]),
        body=item.get("body") or "",
        author=(item.get("user") or {}).get("login", "ghost"),
        url=item["html_url"],
        node=item.get("node_id") or "",
        created=known(item.get("created_at")),
        updated=known(item.get("updated_at")),
        author_type=(item.get("user") or {}).get("type", "User"),
        via_app=(item.get("performed_via_github_app") or {}).get("slug") or "",
    )


def event_of(item: Mapping[str, Any]) -> Event:
    """A timeline entry from its JSON; one without an id of its own, as a commit, gets 0."""
    actor = item.get("actor") or {}
    return Event(
        id=item.get("id") or 0,
        kind=item.get("event") or "",
        at=known(item.get("created_at")),
        actor=actor.get("login", "ghost"),
        actor_type=actor.get("type", "User"),
        via_app=(item.get("performed_via_github_app") or {}).get("slug") or "",
        label=(item.get("label") or {}).get("name", ""),
        assignee=(item.get("assignee") or {}).get("login", ""),
        commit=item.get("commit_id") or "",
        mention=mention_of((item.get("source") or {}).get("issue") or {}),
    )


def permission_of(item: Mapping[str, Any], *, login: str) -> Permission:
    """What an account may do, from its JSON."""
    return Permission(
        login=login,
        permission=item.get("permission") or "none",
        role_name=item.get("role_name") or item.get("permission") or "none",
        account_type=(item.get("user") or {}).get("type") or "User",
    )


def edit_of(node: Mapping[str, Any]) -> Edit:
    """An edit from its JSON."""
    editor, text = editor_of(node.get("editor") or {}), node.get("diff")
    return Edit(at=known(node["editedAt"]), editor=editor, text=text or "", deleted=text is None)


def editor_of(actor: Mapping[str, Any]) -> str:
    """The login of an account; GraphQL leaves out the ``[bot]`` of a bot's, which is put back here."""
    return str(actor.get("login", "ghost")) + ("[bot]" if actor.get("__typename") == "Bot" else "")


def same_login(left: str, right: str) -> bool:
    """Whether two logins name one account; case never counts, but the ``[bot]`` does.

    The app ``acme[bot]`` does not own the name ``acme``: anybody may have registered it as a person.
    """
    return left.lower() == right.lower()
