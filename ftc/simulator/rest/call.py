"""One authorised API call, and the table of endpoints every resource module adds to.

Rule: a route function gets a ``Call`` that already passed authentication and the route's ``Need``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ftc.simulator.access import Actor, Need, authorise, may
from ftc.simulator.http import ApiError, Request, Response, Router, invalid, not_found
from ftc.simulator.shapes.view import JSON, View
from ftc.simulator.world import Content, Issue, Repository, TimelineEvent, User, World

TITLE_LIMIT = 256  # characters (GitHub)
BODY_LIMIT = 65_536  # characters (GitHub)


@dataclass(slots=True, kw_only=True)
class StoredLink:
    """A short-lived download: bytes made when they are fetched, valid until a moment."""

    content: Content
    content_type: str
    file_name: str
    expires_at: datetime


@dataclass(slots=True, kw_only=True)
class Call:
    """A request with its path parameters, the actor, and the world it acts on."""

    world: World
    request: Request
    params: dict[str, str]
    actor: Actor
    need: Need
    links: dict[str, StoredLink] = field(default_factory=dict)
    storage_url: str = ""

    @property
    def repo(self) -> Repository:
        """The repository named in the path; missing is answered as 404."""
        found = self.world.repository(f"{self.params['owner']}/{self.params['repo']}")
        if found is None:
            raise not_found()
        return found

    @property
    def user(self) -> User:
        """Who asks; only for routes nobody reaches anonymously."""
        if self.actor.login is None:
            raise ApiError(401, "Requires authentication")
        return self.world.user(self.actor.login)

    @property
    def view(self) -> View:
        """What answers to this client are written with."""
        return View(world=self.world, base=self.request.base_url)

    def fields(self) -> JSON:
        """The JSON object in the body."""
        return self.request.fields()

    def number(self, name: str) -> int:
        """A numeric path parameter; anything else is answered as 404."""
        text = self.params[name]
        if not (text.isascii() and text.isdigit()):
            raise not_found()
        return int(text)

    def may(self, need: Need) -> bool:
        """Whether the actor could also do something else."""
        return may(self.actor, self.repo, need)

    def require(self, need: Need) -> None:
        """Refuse unless the actor could do this too."""
        authorise(self.actor, self.repo, need)

    def issue(self, name: str = "issue_number") -> Issue:
        """The issue or pull request of the path: 404 unknown, 410 deleted, 403 if only the other kind is allowed."""
        found = self.repo.issues.get(self.number(name))
        if found is None:
            raise not_found()
        if found.deleted:
            raise ApiError(410, "This issue was deleted")
        if found.pull is None and "issues" in self.need.permissions:
            authorise(self.actor, self.repo, Need(**_narrowed(self.need)))
        return found

    def pull(self) -> Issue:
        """The pull request of the path; a plain issue is answered as 404."""
        found = self.repo.issues.get(self.number("pull_number"))
        if found is None or found.pull is None:
            raise not_found()
        return found

    def record(self, issue: Issue, event: str, **data: Any) -> TimelineEvent:
        """Add an event of the actor to an issue's timeline and touch the issue."""
        entry = TimelineEvent(
            id=self.world.next_id(), event=event, actor=self.user.login, created_at=self.world.now(), data=data
        )
        issue.events.append(entry)
        issue.updated_at = self.world.now()
        return entry


def _narrowed(need: Need) -> JSON:
    """The same need on a plain issue, where ``pull_requests`` does not help."""
    return {"permissions": ("issues",), "level": need.level, "role": need.role, "signed_in": need.signed_in}


Target = Callable[[Call], Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A route's function and what it needs; ``repository`` says whether the path names one."""

    need: Need
    target: Target
    repository: bool


ROUTER: Router[Endpoint] = Router()
REPO = "/repos/{owner}/{repo}"


def endpoint(method: str, template: str, need: Need) -> Callable[[Target], Target]:
    """Add a function to the table; templates below a repository leave out the ``/repos/{owner}/{repo}`` part."""

    def keep(target: Target) -> Target:
        path = template if template.startswith("!") else REPO + template
        ROUTER.add(
            method, path.removeprefix("!"), Endpoint(need=need, target=target, repository=not template.startswith("!"))
        )
        return target

    return keep


def parse_time(text: str) -> datetime:
    """An ISO 8601 time of a query; without a zone it is UTC; garbage is answered as 422."""
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise ApiError(422, f"Invalid time: {text}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def text_field(fields: JSON, name: str, *, resource: str, limit: int) -> str | None:
    """A string of the body; wrong type or over the limit is answered as 422."""
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise ApiError(422, f"Invalid request.\n\nFor 'properties/{name}', {value!r} is not a string.")
    if len(value) > limit:
        message = f"{name} is too long (maximum is {limit} characters)"
        raise invalid(resource, name, "custom", message)
    return value
