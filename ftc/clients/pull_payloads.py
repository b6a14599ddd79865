"""Pull requests as listed, parsed once into frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPull:
    """An open pull request; ``head_repo`` is empty once the fork it came from is deleted."""

    number: int
    head_repo: str
    head_sha: str
    url: str


def open_pull_of(item: Mapping[str, Any]) -> OpenPull:
    """A pull request from its JSON."""
    head = item["head"]
    return OpenPull(
        number=item["number"],
        head_repo=(head.get("repo") or {}).get("full_name", ""),
        head_sha=head["sha"],
        url=item["html_url"],
    )
