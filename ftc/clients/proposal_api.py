"""Pull requests with their words, as somebody needs them who is about to open one (https://docs.github.com/rest/pulls)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ftc.clients.payloads import known
from ftc.clients.repository_api import RepositoryApi

TITLES = 30
"""Commits looked at for the habit of their titles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A pull request, open or not; title and body are hostile."""

    number: int
    url: str
    title: str
    body: str
    author: str
    head_repo: str
    """Empty once the fork it came from is deleted."""
    branch: str
    head_sha: str
    base_branch: str
    is_open: bool
    draft: bool
    created: datetime
    labels: tuple[str, ...] = ()


class ProposalApi(RepositoryApi):
    """What was proposed, in words."""

    def proposals(self) -> Iterator[Proposed]:
        """Open pull requests, newest first, a page at a time as far as they are asked for."""
        for page in self.transport.pages(f"{self._base}/pulls", state="open"):
            yield from map(proposed_of, page)

    def proposals_from(self, branch: str) -> tuple[Proposed, ...]:
        """Every pull request from a branch of this repository, open or not, newest first."""
        owner = self.repo.partition("/")[0]
        pages = self.transport.pages(f"{self._base}/pulls", state="all", head=f"{owner}:{branch}")
        found = [proposed_of(item) for page in pages for item in page]
        own = [item for item in found if item.branch == branch and item.head_repo.lower() == self.repo.lower()]
        return tuple(sorted(own, key=lambda item: item.number, reverse=True))

    def commit_titles(self, sha: str) -> tuple[str, ...]:
        """First lines of the newest ``TITLES`` commits up to one, without merges."""
        items = self.transport.get(f"{self._base}/commits", sha=sha, per_page=TITLES)
        single = (item["commit"]["message"] for item in items if len(item.get("parents") or ()) < 2)
        return tuple(message.partition("\n")[0] for message in single)


def proposed_of(item: Mapping[str, Any]) -> Proposed:
    """A pull request from its JSON."""
    head = item["head"]
    return Proposed(
        number=item["number"],
        url=item["html_url"],
        title=item.get("title") or "",
        body=item.get("body") or "",
        author=(item.get("user") or {}).get("login", "ghost"),
        head_repo=(head.get("repo") or {}).get("full_name", ""),
        branch=head.get("ref") or "",
        head_sha=head["sha"],
        base_branch=item["base"]["ref"],
        is_open=item.get("state") == "open",
        created=known(item.get("created_at")),
        draft=bool(item.get("draft")),
        labels=tuple(label.get("name", "") for label in item.get("labels") or ()),
    )
