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
