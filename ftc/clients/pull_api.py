"""Pull requests of one repository (https://docs.github.com/rest/pulls)."""

from collections.abc import Iterator

from ftc.clients.pull_payloads import Proposed, proposed_of
from ftc.clients.repository_api import RepositoryApi

TITLES = 30
"""Commits looked at for the habit of their titles."""


class PullApi(RepositoryApi):
    """What is proposed, and the habits of who proposes here."""

    def pull_files(self, number: int) -> tuple[str, ...]:
        """Paths changed by a pull request."""
        pages = self.transport.pages(f"{self._base}/pulls/{number}/files")
        return tuple(item["filename"] for page in pages for item in page)

    def open_pulls(self, *, sort: str = "created") -> Iterator[Proposed]:
        """Open pull requests, newest first, a page at a time as far as they are asked for.

        With ``sort="updated"`` the newest activity comes first, and one that moves up between two pages is missed.
        """
        for page in self.transport.pages(f"{self._base}/pulls", state="open", sort=sort, direction="desc"):
            yield from map(proposed_of, page)

    def pulls_from(self, branch: str, *, state: str = "all") -> tuple[Proposed, ...]:
        """Pull requests from a branch of this repository, newest first; ``state`` may be ``open``."""
        owner = self.repo.partition("/")[0]
        pages = self.transport.pages(f"{self._base}/pulls", state=state, head=f"{owner}:{branch}")
        found = [proposed_of(item) for page in pages for item in page]
        own = [item for item in found if item.branch == branch and item.head_repo.lower() == self.repo.lower()]
        return tuple(sorted(own, key=lambda item: item.number, reverse=True))

    def pull_of_branch(self, branch: str) -> Proposed | None:
        """The open pull request from a branch of this repository; None when there is none."""
        return next(iter(self.pulls_from(branch, state="open")), None)

    def create_pull(self, *, title: str, body: str, head: str, base: str, draft: bool) -> Proposed:
        """Open a pull request from a branch of this repository."""
        fields = {"title": title, "body": body, "head": head, "base": base, "draft": draft}
        return proposed_of(self.transport.write("POST", f"{self._base}/pulls", fields))

    def edit_pull(self, number: int, **fields: str) -> Proposed:
        """Change title, body, state or base of a pull request."""
        return proposed_of(self.transport.write("PATCH", f"{self._base}/pulls/{number}", fields))

    def commit_titles(self, sha: str) -> tuple[str, ...]:
        """First lines of the newest ``TITLES`` commits up to one, without merges."""
        items = self.transport.get(f"{self._base}/commits", sha=sha, per_page=TITLES)
        single = (item["commit"]["message"] for item in items if len(item.get("parents") or ()) < 2)
        return tuple(message.partition("\n")[0] for message in single)
