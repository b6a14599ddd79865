"""What keeping house asks of GitHub: is a fix in this commit, who closed this issue and by what.

The rule it keeps: a commit or a pull request that GitHub does not know any more is an answer, not an error.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ftc.clients.payloads import Comment, Event, comment_of, event_of, known, moment
from ftc.clients.repository_api import RepositoryApi, stamp
from ftc.clients.transport import segment
from ftc.core.errors import NotFound
from ftc.core.progress import PullRef

CONTAINED = frozenset({"ahead", "identical"})
"""What a comparison says of a head that holds its base; ``behind`` and ``diverged`` do not."""
MOST_PAGES = 10
"""Pages of a hundred comments or events of a whole repository that are read to find the few about our issues."""
HANDS = frozenset({"closed", "reopened"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """The newest closing or reopening of an issue, and the merged pull requests that spoke of it."""

    event: Event
    merged: Mapping[int, float]
    """Pull request to the seconds between its merge and the event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stirred:
    """What was said and done in a whole repository since some moment, on issues and pull requests."""

    comments: tuple[Comment, ...] = ()
    acted: frozenset[tuple[int, str]] = frozenset()
    """Numbers with who did something there."""

    @property
    def people(self) -> frozenset[tuple[int, str]]:
        """Numbers with who said or did something there."""
        return self.acted | {(item.issue, item.author) for item in self.comments}


class UpkeepApi(RepositoryApi):
    """Questions of the sweep."""

    def contains(self, commit: str, head: str) -> bool:
        """Whether the history of ``head`` holds ``commit``; not, where one of them is unknown here."""
        try:
            found = self.transport.get(f"{self._base}/compare/{segment(commit)}...{segment(head)}", per_page=1)
        except NotFound:
            return False
        return found.get("status") in CONTAINED

    def handled(self, number: int) -> Handled | None:
        """Who last closed or reopened an issue; None when nobody ever did."""
        items = [item for page in self.transport.pages(f"{self._base}/issues/{number}/timeline") for item in page]
        events = [event_of(item) for item in items if item.get("event") in HANDS]
        if not events:
            return None
        last = max(events, key=lambda item: (item.at, item.id))
        return Handled(event=last, merged=dict(filter(None, (self._merged(item, last) for item in items))))

    def _merged(self, item: Mapping[str, Any], last: Event) -> tuple[int, float] | None:
        """A merged pull request of this repository that a cross reference comes from."""
        source = self._source(item) or {}
        merged = moment((source.get("pull_request") or {}).get("merged_at"))
        return (source["number"], abs((last.at - merged).total_seconds())) if merged else None

    def _source(self, item: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The issue or pull request of this repository that a cross reference comes from."""
        source = (item.get("source") or {}).get("issue") or {}
        if item.get("event") != "cross-referenced":
            return None
        here = str(source.get("repository_url")).lower().endswith(f"/repos/{self.repo.lower()}")
        return source if here else None

    def stirred(self, since: datetime) -> Stirred | None:
        """Where somebody said or did something since then.

        None where that was so much that asking issue by issue costs less.
        """
        pages = self.transport.pages(f"{self._base}/issues/comments", since=stamp(since), sort="updated")
        comments: list[Comment] = []
        acted: set[tuple[int, str]] = set()
        for count, page in enumerate(pages, start=1):
            if count > MOST_PAGES:
                return None
            comments += map(comment_of, page)
        for count, page in enumerate(self.transport.pages(f"{self._base}/issues/events"), start=1):
            events = [(item, event_of(item)) for item in page]
            acted |= {(item["issue"]["number"], event.actor) for item, event in events if event.at >= since}
            if any(event.at < since for _, event in events):  # newest first
                break
            if count >= MOST_PAGES:
                return None
        return Stirred(comments=tuple(comments), acted=frozenset(acted))

    def merged_pull(self, number: int) -> PullRef | None:
        """A pull request that was merged; None for one that was not, or is not known."""
        found = self.pull(number)
        return found if found and found.merged else None

    def pull(self, number: int) -> PullRef | None:
        """A pull request as it now stands; None for a number that is none."""
        try:
            return _pull(self.transport.get(f"{self._base}/pulls/{number}"))
        except NotFound:
            return None

    def pull_as_mentioned(self, number: int, *, on: int) -> PullRef | None:
        """A pull request as the page of an issue that it speaks of shows it, to a token that may not read it itself."""
        for page in self.transport.pages(f"{self._base}/issues/{on}/timeline"):
            for source in filter(None, map(self._source, page)):
                if source["number"] == number and source.get("pull_request"):
                    return _pull({**source, "merged_at": source["pull_request"].get("merged_at")})
        return None

    def pulls_on(self, number: int, *, merged_since: datetime) -> tuple[tuple[int, str], ...]:
        """The pull requests of this repository that speak of an issue, with their authors' logins.

        Those that are open, or were merged since then.
        """
        found = {}
        for page in self.transport.pages(f"{self._base}/issues/{number}/timeline"):
            for source in filter(None, map(self._source, page)):
                pull = source.get("pull_request")
                merged = moment((pull or {}).get("merged_at"))
                if pull and (source.get("state") == "open" or (merged and merged >= merged_since)):
                    found[int(source["number"])] = str((source.get("user") or {}).get("login") or "")
        return tuple(found.items())

    def pull_of(self, commit: str) -> PullRef | None:
        """The merged pull request that brought a commit; None for a commit that was pushed."""
        try:
            items = self.transport.get(f"{self._base}/commits/{segment(commit)}/pulls")
        except NotFound:
            return None
        found = [_pull(item) for item in items if item.get("merged_at")]
        return min(found, key=lambda item: item.number, default=None)

    def head_at(self, branch: str, moment: datetime) -> str:
        """The newest commit of a branch at a moment; empty when it had none."""
        path = f"{self._base}/commits"
        found = self.transport.get(path, sha=branch, until=stamp(moment), per_page=1)
        return found[0]["sha"] if found else ""


def _pull(item: Mapping[str, Any]) -> PullRef:
    head = item.get("head") or {}
    return PullRef(
        number=item["number"],
        url=item["html_url"],
        branch=head.get("ref") or "",
        head_sha=head.get("sha") or "",
        opened=known(item.get("created_at")),
        closed=moment(item.get("closed_at")),
        merged=moment(item.get("merged_at")),
        merge_sha=item.get("merge_commit_sha") or "",
    )
