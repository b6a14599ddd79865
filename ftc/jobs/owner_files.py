"""Whom this job may mention: the configured routing, and the repository's own files that name owners.

The rule it keeps: nobody is mentioned who does not belong to the repository that gets the issues. A fork, and a
repository that follows another one, inherit the files of the original, which name its people; there only the routing
that somebody configured counts.
"""

from collections.abc import Mapping

from ftc.clients.payloads import Repository
from ftc.core.config import Config
from ftc.core.owners import Ownership, listed_as, parse_codeowners, parse_owners
from ftc.jobs.settings import plain_yaml

LOOKED_UP = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""GitHub takes the first of them that exists and reads no other."""


def ownership(config: Config, repository: Repository) -> Ownership:
    """What names owners of tests; ``repository`` is the one read, as the first query showed it."""
    if config.target.lower() != config.repo.lower() or repository.is_fork:
        return Ownership(routing=config.routing)
    files = repository.owner_files
    owners, aliases = _owners(files)
    return Ownership(
        routing=config.routing,
        codeowners=parse_codeowners(next((files[path] for path in LOOKED_UP if path in files), "")),
        owners_file=parse_owners(owners, aliases),
        approvers=listed_as("approvers", owners, aliases),
        reviewers=listed_as("reviewers", owners, aliases),
    )


def _owners(files: Mapping[str, str]) -> tuple[object, object]:
    """``OWNERS`` and its aliases; nothing when these cannot be read, since an alias may be a stranger's login."""
    aliases = plain_yaml(files.get("OWNERS_ALIASES", "{}"))
    return (plain_yaml(files.get("OWNERS", "")), aliases) if isinstance(aliases, Mapping) else (None, None)
