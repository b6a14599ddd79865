"""Who asks, and whether the world lets them: tokens, roles, and the permission each endpoint needs.

Rule: a job token carries exactly the permissions it was given (``metadata: read`` is implied) and is refused
everything else with 403, even what anybody could read; so a workflow's ``permissions:`` are tested, not believed.
"""

import base64
import binascii
from dataclasses import dataclass

from ftc.simulator.http import ApiError, Request, not_found
from ftc.simulator.world import ROLES, Repository, Token, World

_LEVELS = {"none": 0, "read": 1, "write": 2, "admin": 3}
INTEGRATION_REFUSED = "Resource not accessible by integration"
ROLE_REFUSED = "Must have admin rights to Repository."


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a route asks for: any of ``permissions`` at ``level`` for job tokens, at least ``role`` for people."""

    permissions: tuple[str, ...] = ("metadata",)
    level: str = "read"
    role: str = "read"
    signed_in: bool = False

    @property
    def accepted(self) -> str:
        """The value of GitHub's ``x-accepted-github-permissions`` header."""
        return "; ".join(f"{name}={self.level}" for name in self.permissions)


def reads(*permissions: str, role: str = "read", signed_in: bool = False) -> Need:
    """A reading route."""
    return Need(permissions=permissions, role=role, signed_in=signed_in)


def writes(*permissions: str, role: str = "write") -> Need:
    """A writing route; nobody writes anonymously."""
    return Need(permissions=permissions, level="write", role=role, signed_in=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who asks: nobody (no token), a person, or a job (``token.permissions`` set)."""

    token: Token | None = None

    @property
    def login(self) -> str | None:
        """The login, None for anonymous requests."""
        return self.token.login if self.token else None

    @property
    def is_job(self) -> bool:
        """Whether a job's token asks."""
        return self.token is not None and self.token.permissions is not None

    def owns(self, repository: Repository) -> bool:
        """Whether a job token was issued for this repository."""
        return self.token is not None and (self.token.repository or "").lower() == repository.full_name.lower()

    def has(self, permission: str, level: str) -> bool:
        """Whether a job token was granted a permission."""
        granted = (self.token.permissions or {}) if self.token else {}
        implied = "read" if permission == "metadata" else "none"
        return _LEVELS[granted.get(permission, implied)] >= _LEVELS[level]


def identify(world: World, request: Request) -> Actor:
    """The actor behind the Authorization header; an unknown or revoked token is answered as 401."""
    header = request.headers.get("authorization", "")
    if not header:
        return Actor()
    token = world.tokens.get(_credential(header))
    if token is None or token.revoked:
        raise ApiError(401, "Bad credentials")
    return Actor(token=token)


def _credential(header: str) -> str:
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return value.strip()
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def may(actor: Actor, repository: Repository, need: Need) -> bool:
    """Whether an actor has what is needed, without saying why not."""
    try:
        authorise(actor, repository, need)
    except ApiError:
        return False
    return True


def authorise(actor: Actor, repository: Repository, need: Need) -> None:
    """Answer as GitHub does what the actor may not do: 404 for the hidden, 401 or 403 for the rest."""
    if actor.is_job:
        _authorise_job(actor, repository, need)
        return
    role = repository.role(actor.login) if actor.login else ("none" if repository.private else "read")
    if role == "none":
        raise not_found()
    if actor.login is None and need.level != "read":
        raise ApiError(401, "Requires authentication")
    if (actor.login is None and need.signed_in) or ROLES.index(role) < ROLES.index(need.role):
        raise ApiError(403, ROLE_REFUSED)


def _authorise_job(actor: Actor, repository: Repository, need: Need) -> None:
    headers = {"x-accepted-github-permissions": need.accepted}
    if actor.owns(repository):
        if not any(actor.has(name, need.level) for name in need.permissions):
            raise ApiError(403, INTEGRATION_REFUSED, headers=headers)
        return
    if repository.private:
        raise not_found()
    # Elsewhere a job token is a stranger: public pages yes, logs, artifacts and writes no.
    if need.level != "read" or need.signed_in:
        raise ApiError(403, INTEGRATION_REFUSED, headers=headers)
