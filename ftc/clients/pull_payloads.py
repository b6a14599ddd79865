"""Pull requests as GitHub tells of them, parsed once into frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ftc.clients.payloads import EPOCH, known

INSIDERS = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
"""Of GitHub's ``author_association``."""


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
    association: str = ""
    """What GitHub says its author is to the repository, as ``MEMBER``."""
    review_requested: bool = False
    """Whether somebody, or a team, is asked for a review and has not given it yet."""
    updated: datetime = EPOCH
    """The last thing that happened to it: a push, a comment, another title."""

    def by_insider(self, repo: str) -> bool:
        """Whether it comes from people of this repository: its branch lies there, or GitHub counts its author to them.

        Where an organisation hides who its members are GitHub says so of nobody; those with a fork are strangers then.
        """
        return self.head_repo.lower() == repo.lower() or self.association in INSIDERS


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
        association=item.get("author_association") or "",
        review_requested=bool(item.get("requested_reviewers") or item.get("requested_teams")),
        updated=known(item.get("updated_at")),
    )
