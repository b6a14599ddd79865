"""Issues, comments, pull requests and review threads as GraphQL objects.

Rule: a bot's login has no ``[bot]`` here, only in ``viewer`` and in REST, as on GitHub.
"""

from dataclasses import dataclass
from typing import Any

from ftc.simulator.access import Actor, Need, may
from ftc.simulator.graph.connection import connection
from ftc.simulator.shapes.view import JSON, View, node_id, stamp
from ftc.simulator.world import BodyEdit, Comment, Issue, Label, PullRequest, Repository, ReviewComment, Text

# The documentation does not say so, but resolving refuses tokens without contents: write.
RESOLVE = (
    Need(permissions=("pull_requests",), level="write", role="write", signed_in=True),
    Need(permissions=("contents",), level="write", role="write", signed_in=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A repository as seen by somebody."""

    view: View
    repository: Repository
    actor: Actor

    def actor_node(self, login: str | None) -> JSON | None:
        """An ``Actor``."""
        if login is None:
            return None
        user = self.view.world.user(login)
        shown = self.view.user(login)
        return {
            "__typename": "Bot" if user.type == "Bot" else "User",
            "login": user.login.removesuffix("[bot]"),
            "id": shown["node_id"],
            "databaseId": user.id,
            "name": user.name,
            "avatarUrl": lambda _info, size=None: shown["avatar_url"],
            "url": shown["html_url"],
        }

    def _text(self, value: Text, *, kind: str, page: str) -> JSON:
        last = value.edits[-1] if value.edits else None
        edits = list(reversed(value.edits))
        return {
            "__typename": kind,
            "author": self.actor_node(value.author),
            "body": value.body,
            "createdAt": stamp(value.created_at),
            "updatedAt": stamp(value.updated_at),
            "editor": self.actor_node(last.editor) if last else None,
            "lastEditedAt": stamp(last.edited_at) if last else None,
            "includesCreatedEdit": bool(value.edits),
            "url": self.view.page(self.repository, page),
            "viewerDidAuthor": value.author == self.actor.login,
            "fullDatabaseId": str(value.id),
            "databaseId": value.id,
            "userContentEdits": connection("userContentEdits", edits, self._edit),
        }

    def _edit(self, value: BodyEdit) -> JSON:
        return {
            "__typename": "UserContentEdit",
            "id": node_id("UCE", value.id),
            "createdAt": stamp(value.edited_at),
            "editedAt": stamp(value.edited_at),
            "editor": self.actor_node(value.editor),
            "diff": value.text,
        }

    def _thread(self, value: Issue, *, kind: str, path: str) -> JSON:
        labels = [label for label in map(self.repository.label, value.labels) if label]
        return self._text(value, kind=kind, page=f"/{path}/{value.number}") | {
            "number": value.number,
            "title": value.title,
            "locked": value.locked,
            "closed": value.state == "closed",
            "closedAt": stamp(value.closed_at),
            "labels": connection("labels", labels, _label),
            "comments": connection(
                "comments", value.comments, lambda entry: self._comment(entry, page=f"/{path}/{value.number}")
            ),
        }

    def _comment(self, value: Comment, *, page: str) -> JSON:
        shown = self._text(value, kind="IssueComment", page=f"{page}#issuecomment-{value.id}")
        return shown | {"id": node_id("IC", value.id)}

    def comment(self, parent: Issue, value: Comment) -> JSON:
        """An ``IssueComment``."""
        return self._comment(value, page=f"/{'pull' if parent.pull else 'issues'}/{parent.number}")

    def issue(self, value: Issue) -> JSON:
        """An ``Issue``."""
        reason = value.state_reason.upper() if value.state_reason else None
        return self._thread(value, kind="Issue", path="issues") | {
            "id": node_id("I", value.id),
            "state": value.state.upper(),
            "stateReason": reason,
        }

    def pull(self, value: Issue) -> JSON:
        """A ``PullRequest``."""
        pull = value.pull
        assert pull is not None, "only pull requests come here"
        starts = [entry for entry in pull.review_comments if entry.in_reply_to is None]
        return self._thread(value, kind="PullRequest", path="pull") | {
            "id": node_id("PR", value.id),
            "state": "MERGED" if pull.merged_at else value.state.upper(),
            "merged": pull.merged_at is not None,
            "isDraft": pull.draft,
            "baseRefName": pull.base_ref,
            "baseRefOid": pull.base_sha,
            "headRefName": pull.head_ref,
            "headRefOid": pull.head_sha,
            "reviewThreads": connection("reviewThreads", starts, lambda entry: self.review_thread(value, entry)),
        }

    def review_thread(self, parent: Issue, start: ReviewComment) -> JSON:
        """A ``PullRequestReviewThread``, found by its first comment."""
        pull: PullRequest | None = parent.pull
        assert pull is not None, "only pull requests have threads"
        comments = [entry for entry in pull.review_comments if start.id in (entry.id, entry.in_reply_to)]
        can = all(may(self.actor, self.repository, need) for need in RESOLVE)
        return {
            "__typename": "PullRequestReviewThread",
            "id": node_id("PRRT", start.id),
            "path": start.path,
            "line": start.line,
            "isOutdated": start.commit_id != pull.head_sha,
            "isResolved": start.resolved_by is not None,
            "resolvedBy": self.actor_node(start.resolved_by),
            "viewerCanResolve": can and start.resolved_by is None,
            "viewerCanUnresolve": can and start.resolved_by is not None,
            "comments": connection("comments", comments, lambda entry: self._review_comment(parent, entry)),
        }

    def _review_comment(self, parent: Issue, value: ReviewComment) -> JSON:
        page = f"/pull/{parent.number}#discussion_r{value.id}"
        shown: dict[str, Any] = self._text(value, kind="PullRequestReviewComment", page=page)
        return shown | {"id": node_id("PRRC", value.id), "path": value.path, "line": value.line}


def _label(value: Label) -> JSON:
    return {
        "__typename": "Label",
        "id": node_id("LA", value.id),
        "name": value.name,
        "color": value.color,
        "description": value.description,
    }
