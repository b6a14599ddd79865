"""Pull requests of one repository (https://docs.github.com/rest/pulls)."""

from collections.abc import Iterator

from ftc.clients.pull_payloads import OpenPull, open_pull_of
from ftc.clients.repository_api import RepositoryApi


class PullApi(RepositoryApi):
    """What is proposed."""

    def pull_files(self, number: int) -> tuple[str, ...]:
        """Paths changed by a pull request."""
        pages = self.transport.pages(f"{self._base}/pulls/{number}/files")
        return tuple(item["filename"] for page in pages for item in page)

    def open_pulls(self) -> Iterator[OpenPull]:
        """Open pull requests, newest activity first, a page at a time as far as they are asked for."""
        for page in self.transport.pages(f"{self._base}/pulls", state="open", sort="updated", direction="desc"):
            yield from map(open_pull_of, page)

    def pull_of_branch(self, branch: str) -> OpenPull | None:
        """The open pull request from a branch of this repository; None when there is none."""
        owner = self.repo.partition("/")[0]
        for page in self.transport.pages(f"{self._base}/pulls", state="open", head=f"{owner}:{branch}"):
            for item in page:
                if item["head"]["ref"] == branch:
                    return open_pull_of(item)
        return None

    def create_pull(self, *, title: str, body: str, head: str, base: str, draft: bool) -> OpenPull:
        """Open a pull request from a branch of this repository."""
        fields = {"title": title, "body": body, "head": head, "base": base, "draft": draft}
        return open_pull_of(self.transport.write("POST", f"{self._base}/pulls", fields))

    def edit_pull(self, number: int, **fields: str) -> OpenPull:
        """Change title, body, state or base of a pull request."""
        return open_pull_of(self.transport.write("PATCH", f"{self._base}/pulls/{number}", fields))
