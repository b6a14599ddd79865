"""What a fix run asks of GitHub before it begins: the base, what is proposed already, and which runners there are."""

from collections.abc import Mapping
from typing import Any

from ftc.clients.pull_payloads import Proposed, proposed_of
from ftc.clients.repository_api import RepositoryApi
from ftc.clients.transport import segment
from ftc.core.errors import Forbidden, NotFound
from ftc.core.runner_choice import Runner


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

    def proposal(self, number: int) -> Proposed | None:
        """A pull request, open or not; None for a number that is none."""
        try:
            return proposed_of(self.transport.get(f"{self._base}/pulls/{number}"))
        except NotFound:
            return None

    def runners(self) -> tuple[Runner, ...] | None:
        """The repository's own runners; None where this token may not list them, as a job's never may."""
        try:
            pages = list(self.transport.pages(f"{self._base}/actions/runners"))
        except (Forbidden, NotFound):
            return None
        return tuple(runner_of(item) for page in pages for item in page["runners"])


def runner_of(item: Mapping[str, Any]) -> Runner:
    """A runner from its JSON."""
    return Runner(
        name=item["name"],
        online=item.get("status") == "online",
        busy=bool(item.get("busy")),
        labels=frozenset(label["name"].lower() for label in item.get("labels") or ()),
    )
