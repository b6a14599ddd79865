"""What every part of the API client shares: one repository through one transport.

The rule it keeps: JSON stops in this package. Callers get complete lists, never pages, and every write is one request.
"""

from datetime import UTC, datetime

from ftc.clients.transport import Transport, segment


class RepositoryApi:
    """One repository through one token."""

    def __init__(self, *, repo: str, transport: Transport) -> None:
        self.repo = repo
        self.transport = transport
        owner, _, name = repo.partition("/")
        self._names = {"owner": owner, "name": name}
        self._base = f"/repos/{segment(owner)}/{segment(name)}"


def stamp(moment: datetime) -> str:
    """A time as GitHub's filters want it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
