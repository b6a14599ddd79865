"""Pull requests of one repository (https://docs.github.com/rest/pulls)."""

from ftc.clients.repository_api import RepositoryApi


class PullApi(RepositoryApi):
    """What is proposed."""

    def pull_files(self, number: int) -> tuple[str, ...]:
        """Paths changed by a pull request."""
        pages = self.transport.pages(f"{self._base}/pulls/{number}/files")
        return tuple(item["filename"] for page in pages for item in page)
