"""What a fix run asks of GitHub before it begins: the base, what is proposed already, and which runners there are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ftc.clients.payloads import known
from ftc.clients.repository_api import RepositoryApi
from ftc.clients.transport import segment
from ftc.core.errors import Forbidden, NotFound
from ftc.core.runner_choice import Runner


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A pull request with what tells whose it is and what it is for; ``title`` and ``body`` are hostile."""

    number: int
    title: str
    body: str
    author: str
    branch: str
    head_repo: str
    """Empty once the fork it came from is deleted."""
    head_sha: str
    base_branch: str
    is_open: bool
    created: datetime
    url: str


class FixApi(RepositoryApi):
    """Questions of the gate."""

    def branch_head(self, branch: str) -> str:
        """The newest commit of a branch; empty for one that does not exist."""
        path = "/".join(segment(part) for part in f"heads/{branch}".split("/"))
        try:
            found = self.transport.get(f"{self._base}/git/ref/{path}")
        except NotFound:
            return ""
        return str(found["object"]["sha"])

    def has_commit(self, sha: str) -> bool:
        """Whether the repository holds this commit."""
        try:
            self.transport.get(f"{self._base}/git/commits/{segment(sha)}")
        except NotFound:
            return False
        return True

    def merge_base(self, base: str, head: str) -> str:
        """The newest commit that both have; empty where they have none, or one of them is unknown here."""
        try:
            found = self.transport.get(f"{self._base}/compare/{segment(base)}...{segment(head)}", per_page=1)
        except NotFound:
            return ""
        return str((found.get("merge_base_commit") or {}).get("sha") or "")

    def proposal(self, number: int) -> Proposal | None:
        """A pull request, open or not; None for a number that is none."""
        try:
            return proposal_of(self.transport.get(f"{self._base}/pulls/{number}"))
        except NotFound:
            return None

    def proposals(self) -> Iterator[Proposal]:
        """Open pull requests, newest activity first, a page at a time as far as they are asked for."""
        for page in self.transport.pages(f"{self._base}/pulls", state="open", sort="updated", direction="desc"):
            yield from map(proposal_of, page)

    def runners(self) -> tuple[Runner, ...] | None:
        """The repository's own runners; None where this token may not list them, as a job's never may."""
        try:
            pages = list(self.transport.pages(f"{self._base}/actions/runners"))
        except (Forbidden, NotFound):
            return None
        return tuple(runner_of(item) for page in pages for item in page["runners"])


def proposal_of(item: Mapping[str, Any]) -> Proposal:
    """A pull request from its JSON."""
    head = item["head"]
    return Proposal(
        number=item["number"],
        title=item.get("title") or "",
        body=item.get("body") or "",
        author=(item.get("user") or {}).get("login", "ghost"),
        branch=head["ref"],
        head_repo=(head.get("repo") or {}).get("full_name", ""),
        head_sha=head["sha"],
        base_branch=item["base"]["ref"],
        is_open=item["state"] == "open",
        created=known(item.get("created_at")),
        url=item["html_url"],
    )


def runner_of(item: Mapping[str, Any]) -> Runner:
    """A runner from its JSON."""
    return Runner(
        name=item["name"],
        online=item.get("status") == "online",
        busy=bool(item.get("busy")),
        labels=frozenset(label["name"].lower() for label in item.get("labels") or ()),
    )
