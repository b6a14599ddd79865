"""A whole thread in one question, with who edited each of its texts last (https://docs.github.com/graphql).

The rule it keeps: a text and its last editor come from the same answer, so that nobody can slip in between the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ftc.clients.payloads import Comment, editor_of, known
from ftc.clients.repository_api import RepositoryApi

THREAD = """
query ($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    issue(number: $number) {
      body
      lastEditedAt
      editor { __typename login }
      comments(first: 100, after: $after) {
        nodes {
          fullDatabaseId
          id
          body
          url
          createdAt
          updatedAt
          lastEditedAt
          author { __typename login }
          editor { __typename login }
        }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A comment, and who edited it last; empty where nobody ever did."""

    comment: Comment
    editor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """An issue's body with its last editor, empty where nobody ever edited it, and its comments, oldest first."""

    body: str
    editor: str = ""
    posted: tuple[Posted, ...] = ()


class BoardApi(RepositoryApi):
    """Threads that hold the bot's own memory."""

    def board(self, number: int) -> Board:
        """The thread of an issue, in one request for every hundred comments; raises NotFound for a deleted one."""
        issue = self._thread(number, after=None)
        posted = [posted_of(item, issue=number) for item in issue["comments"]["nodes"] or ()]
        body, editor, page = issue["body"], last_editor(issue), issue["comments"]["pageInfo"]
        while page["hasNextPage"]:
            more = self._thread(number, after=page["endCursor"])["comments"]
            posted += [posted_of(item, issue=number) for item in more["nodes"] or ()]
            page = more["pageInfo"]
        return Board(body=body, editor=editor, posted=tuple(posted))

    def _thread(self, number: int, *, after: str | None) -> Any:
        data = self.transport.graphql(THREAD, {**self._names, "number": number, "after": after})
        return data["repository"]["issue"]


def posted_of(item: Mapping[str, Any], *, issue: int) -> Posted:
    """A comment from its GraphQL JSON; its number fits into no 32 bits, so it comes as a text."""
    author = item.get("author") or {}
    comment = Comment(
        id=int(item["fullDatabaseId"]),
        issue=issue,
        body=item.get("body") or "",
        author=editor_of(author),
        url=item["url"],
        node=item["id"],
        created=known(item["createdAt"]),
        updated=known(item["updatedAt"]),
        author_type=author.get("__typename", "User"),
    )
    return Posted(comment=comment, editor=last_editor(item))


def last_editor(item: Mapping[str, Any]) -> str:
    """Who edited a text last; empty where nobody did. A deleted account's edit is the ghost's."""
    return editor_of(item.get("editor") or {}) if item.get("lastEditedAt") else ""
