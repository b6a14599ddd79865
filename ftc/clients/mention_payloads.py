"""Who speaks of an issue, as its timeline tells of it, parsed once into frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """The issue or pull request that speaks of another one, as that one's timeline shows it now."""

    repo: str
    number: int
    author: str
    is_pull: bool
    is_open: bool
    text: str
    """Title and body; hostile."""


def mention_of(source: Mapping[str, Any]) -> Mention | None:
    """Where a cross reference comes from; None for any other event, and for what this token may not see."""
    if not source.get("number"):
        return None
    return Mention(
        repo=str(source.get("repository_url")).rpartition("/repos/")[2],
        number=source["number"],
        author=(source.get("user") or {}).get("login", "ghost"),
        is_pull="pull_request" in source,
        is_open=source.get("state") == "open",
        text=f"{source.get('title') or ''}\n{source.get('body') or ''}",
    )
