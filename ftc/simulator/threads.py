"""Mutable records of the conversation side: issues, comments, pull requests, reviews, timelines.

Rule: a body is changed only through ``Text.rewrite``, so that its edit history is always whole.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(slots=True, kw_only=True)
class BodyEdit:
    """One revision of a body: the text after it, who wrote it and when (GitHub's ``UserContentEdit``)."""

    id: int
    editor: str
    edited_at: datetime
    text: str


@dataclass(slots=True, kw_only=True)
class Reaction:
    """``content`` is one of +1, -1, laugh, confused, heart, hooray, rocket, eyes."""

    id: int
    user: str
    content: str
    created_at: datetime


@dataclass(slots=True, kw_only=True)
class Text:
    """Anything people write: author (a login), body, edits, reactions."""

    id: int
    author: str
    body: str = ""
    created_at: datetime
    updated_at: datetime
    edits: list[BodyEdit] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)

    def rewrite(self, body: str, *, editor: str, now: datetime, edit_id: int) -> None:
        """Replace the body; the author stays, the first edit also keeps the original as a revision."""
        if body == self.body:
            return
        if not self.edits:
            original = BodyEdit(id=edit_id * 10, editor=self.author, edited_at=self.created_at, text=self.body)
            self.edits.append(original)
        self.edits.append(BodyEdit(id=edit_id * 10 + 1, editor=editor, edited_at=now, text=body))
        self.body = body
        self.updated_at = now


@dataclass(slots=True, kw_only=True)
class Comment(Text):
    """A comment on an issue or pull request."""


@dataclass(slots=True, kw_only=True)
class TimelineEvent:
    """An issue event; ``data`` holds its own fields (label, assignee, rename, source, commit_id, comment id)."""

    id: int
    event: str
    actor: str
    created_at: datetime
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class ReviewComment(Text):
    """A line comment of a review; the id of its thread is that of its first comment."""

    review_id: int
    path: str
    commit_id: str
    original_commit_id: str
    diff_hunk: str = ""
    line: int | None = None
    start_line: int | None = None
    side: str = "RIGHT"
    in_reply_to: int | None = None
    resolved_by: str | None = None


@dataclass(slots=True, kw_only=True)
class Review(Text):
    """``state`` is PENDING, COMMENTED, APPROVED, CHANGES_REQUESTED or DISMISSED."""

    state: str
    commit_id: str
    submitted_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class PullRequest:
    """The pull request half of an issue; refs are branch names, repositories full names, shas as last seen."""

    base_ref: str
    head_ref: str
    head_repository: str
    base_sha: str
    head_sha: str
    draft: bool = False
    merged_at: datetime | None = None
    merged_by: str | None = None
    merge_commit_sha: str | None = None
    requested_reviewers: list[str] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    review_comments: list[ReviewComment] = field(default_factory=list)
    maintainer_can_modify: bool = False


@dataclass(slots=True, kw_only=True)
class Issue(Text):
    """An issue, or a pull request when ``pull`` is set; labels by name in the order they were added."""

    number: int
    title: str
    state: str = "open"
    state_reason: str | None = None
    labels: list[str] = field(default_factory=list)
    assignees: list[str] = field(default_factory=list)
    milestone: str | None = None
    locked: bool = False
    lock_reason: str | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    deleted: bool = False
    comments: list[Comment] = field(default_factory=list)
    events: list[TimelineEvent] = field(default_factory=list)
    pull: PullRequest | None = None
