"""Issues, comments, labels and people of one repository (https://docs.github.com/rest/issues)."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime

from ftc.clients.payloads import (
    Comment,
    Edit,
    Event,
    Issue,
    Permission,
    comment_of,
    edit_of,
    event_of,
    issue_of,
    permission_of,
)
from ftc.clients.repository_api import RepositoryApi, stamp
from ftc.clients.transport import segment
from ftc.core.errors import NotFound

EDITS_ASKED = 20
"""Edits that one request gives, the newest."""
EDITORS = """
query ($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    issue(number: $number) {
      userContentEdits(first: 20) { nodes { editedAt editor { __typename login } diff } }
    }
  }
}
"""


COMMENT_EDITORS = """
query ($id: ID!) {
  node(id: $id) {
    ... on IssueComment {
      userContentEdits(first: 20) { nodes { editedAt editor { __typename login } diff } }
    }
  }
}
"""


class IssueApi(RepositoryApi):
    """What people and the bot say."""

    def issues(self, label: str) -> tuple[Issue, ...]:
        """Every issue with a label, open or closed, lowest number first; pull requests left out."""
        return tuple(issue for issue in self.labelled(label) if not issue.is_pull)

    def labelled(self, label: str) -> tuple[Issue, ...]:
        """The same with pull requests, which GitHub lists as issues."""
        pages = self.transport.pages(f"{self._base}/issues", labels=label, state="all", sort="created", direction="asc")
        return tuple(issue_of(item) for page in pages for item in page)

    def issue(self, number: int) -> Issue:
        """One issue; raises NotFound for a deleted one."""
        return issue_of(self.transport.get(f"{self._base}/issues/{number}"))

    def open_issues(self, *, updated_since: datetime | None = None) -> Iterator[Issue]:
        """Open issues, newest activity first, a page at a time as far as they are asked for; no pull requests."""
        since = {"since": stamp(updated_since)} if updated_since else {}
        for page in self.transport.pages(f"{self._base}/issues", state="open", sort="updated", **since):
            yield from (issue_of(item) for item in page if "pull_request" not in item)

    def edits(self, number: int) -> tuple[Edit, ...]:
        """The edit history of an issue's body, newest first; empty when it was never edited."""
        data = self.transport.graphql(EDITORS, {**self._names, "number": number})
        nodes = (data["repository"]["issue"]["userContentEdits"] or {}).get("nodes") or ()
        return tuple(edit_of(node) for node in nodes)

    def comment_edits(self, comment: Comment) -> tuple[Edit, ...]:
        """The edit history of a comment, newest first; empty when it was never edited."""
        node = self.transport.graphql(COMMENT_EDITORS, {"id": comment.node})["node"] or {}
        nodes = (node.get("userContentEdits") or {}).get("nodes") or ()
        return tuple(edit_of(item) for item in nodes)

    def timeline(self, number: int) -> tuple[Event, ...]:
        """What was done to an issue: labels, closing, references, assignments; oldest first, without comments."""
        pages = self.transport.pages(f"{self._base}/issues/{number}/timeline")
        found = (event_of(item) for page in pages for item in page if item.get("event") not in ("commented", None))
        return tuple(event for event in found if event.id or event.mention)

    def permission(self, login: str) -> Permission:
        """What an account may do here; nothing at all for one that GitHub does not know."""
        try:
            answer = self.transport.get(f"{self._base}/collaborators/{segment(login)}/permission")
        except NotFound:
            return Permission(login=login)
        return permission_of(answer, login=login)

    def comments(self, number: int) -> tuple[Comment, ...]:
        """Every comment of an issue, oldest first."""
        pages = self.transport.pages(f"{self._base}/issues/{number}/comments")
        return tuple(comment_of(item) for page in pages for item in page)

    def comment(self, comment: int) -> Comment:
        """One comment; raises NotFound for a deleted one."""
        return comment_of(self.transport.get(f"{self._base}/issues/comments/{comment}"))

    def delete_comment(self, comment: int) -> None:
        """Delete one of our own comments."""
        self.transport.write("DELETE", f"{self._base}/issues/comments/{comment}")

    def label_names(self) -> tuple[str, ...]:
        """Names of the repository's labels."""
        return tuple(item["name"] for page in self.transport.pages(f"{self._base}/labels") for item in page)

    def create_label(self, *, name: str, color: str, description: str) -> None:
        """Create a label that does not exist yet."""
        self.transport.write("POST", f"{self._base}/labels", {"name": name, "color": color, "description": description})

    def create_issue(self, *, title: str, body: str, labels: tuple[str, ...]) -> Issue:
        """Open an issue."""
        body_json = {"title": title, "body": body, "labels": list(labels)}
        return issue_of(self.transport.write("POST", f"{self._base}/issues", body_json))

    def edit_issue(self, number: int, **fields: str) -> Issue:
        """Change title, body, state or state_reason; labels have their own endpoints, since PATCH replaces them all."""
        return issue_of(self.transport.write("PATCH", f"{self._base}/issues/{number}", fields))

    def add_labels(self, number: int, labels: tuple[str, ...]) -> None:
        """Add labels to an issue."""
        self.transport.write("POST", f"{self._base}/issues/{number}/labels", {"labels": list(labels)})

    def create_comment(self, number: int, body: str) -> Comment:
        """Comment on an issue."""
        return comment_of(self.transport.write("POST", f"{self._base}/issues/{number}/comments", {"body": body}))

    def edit_comment(self, comment: int, body: str) -> Comment:
        """Replace the text of a comment."""
        return comment_of(self.transport.write("PATCH", f"{self._base}/issues/comments/{comment}", {"body": body}))

    def react(self, comment: int, content: str) -> None:
        """React to a comment (``eyes``, ``+1``, ``-1``, ``rocket``, ``confused``); a second time changes nothing."""
        self.transport.write("POST", f"{self._base}/issues/comments/{comment}/reactions", {"content": content})

    def remove_label(self, number: int, label: str) -> None:
        """Take a label off an issue; one that is not on it any more is no error."""
        with suppress(NotFound):
            self.transport.write("DELETE", f"{self._base}/issues/{number}/labels/{segment(label)}")

    def assign(self, number: int, login: str) -> tuple[str, ...]:
        """Assign a person and give who is assigned then: GitHub silently leaves out whom it may not assign."""
        answer = self.transport.write("POST", f"{self._base}/issues/{number}/assignees", {"assignees": [login]})
        return issue_of(answer).assignees

    def unassign(self, number: int, logins: Iterable[str]) -> tuple[str, ...]:
        """Unassign these and give who is assigned then; one that is not assigned is no error."""
        answer = self.transport.write("DELETE", f"{self._base}/issues/{number}/assignees", {"assignees": [*logins]})
        return issue_of(answer).assignees
