"""GitHub's rate limits: the primary one with its headers always, the secondary ones when a scenario asks for them.

Rule: what is counted is what GitHub counts (reads 1 point, writes 5); a 304 to a signed-in client is free.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ftc.core.errors import UsageError
from ftc.simulator.access import Actor
from ftc.simulator.http import ApiError, Request
from ftc.simulator.world import World

# Requests an hour (GitHub's documentation).
USER_LIMIT, JOB_LIMIT, ANONYMOUS_LIMIT, GRAPHQL_LIMIT = 5000, 1000, 60, 5000
_SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
_WRITES = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRules:
    """``primary`` requests an hour (None: GitHub's own by kind of token); a secondary limit of None is off."""

    primary: int | None = None
    points_per_minute: int | None = None
    content_per_minute: int | None = None
    content_per_hour: int | None = None
    secondary_status: int = 403
    retry_after: int = 60

    @classmethod
    def parse(cls, values: object) -> "LimitRules":
        """From the ``limits`` of a scenario; unknown keys and values that are no whole numbers are refused."""
        if not isinstance(values, Mapping):
            raise UsageError("scenario: limits must be a mapping")
        known = ("primary", "points_per_minute", "content_per_minute", "content_per_hour")
        for key, value in values.items():
            if key not in (*known, "secondary_status", "retry_after"):
                raise UsageError(f"scenario: limits: unknown key {key!r}")
            if not isinstance(value, int) or isinstance(value, bool) or value < 0:
                raise UsageError(f"scenario: limits.{key} must be a whole number, not {value!r}")
        return cls(**values)


@dataclass(slots=True, kw_only=True)
class Bucket:
    """What one credential used of one resource since its window began."""

    limit: int
    start: datetime
    used: int = 0

    @property
    def reset(self) -> datetime:
        """When the window ends."""
        return self.start + timedelta(hours=1)

    def facts(self) -> dict[str, int]:
        """The four numbers of a ``rate-limit``."""
        remaining = max(0, self.limit - self.used)
        used = min(self.used, self.limit)
        return {"limit": self.limit, "used": used, "remaining": remaining, "reset": int(self.reset.timestamp())}


@dataclass(slots=True, kw_only=True)
class Limits:
    """The counters of a world, by credential."""

    rules: LimitRules = field(default_factory=LimitRules)
    buckets: dict[tuple[str, str], Bucket] = field(default_factory=dict)
    recent: dict[str, deque[tuple[datetime, int, bool]]] = field(default_factory=dict)

    def bucket(self, world: World, actor: Actor, resource: str) -> Bucket:
        """The bucket of a credential; a new hour starts it afresh."""
        key = (_name(actor), resource)
        found = self.buckets.get(key)
        if found is None or world.now() >= found.reset:
            found = Bucket(limit=self._limit(actor, resource), start=world.now())
            self.buckets[key] = found
        return found

    def _limit(self, actor: Actor, resource: str) -> int:
        if self.rules.primary is not None:
            return self.rules.primary
        if resource == "graphql":
            return GRAPHQL_LIMIT if actor.token else 0
        if actor.token is None:
            return ANONYMOUS_LIMIT
        return JOB_LIMIT if actor.is_job else USER_LIMIT

    def admit(self, world: World, actor: Actor, request: Request) -> None:
        """Count a request, or refuse it as GitHub does."""
        bucket = self.bucket(world, actor, resource_of(request))
        if bucket.limit == 0 and self.rules.primary is None:
            return  # nobody has no GraphQL at all, which the endpoint itself says with 401
        if bucket.used >= bucket.limit:
            subject = f"user ID {world.user(actor.login).id}" if actor.login else "127.0.0.1"
            raise ApiError(403, f"API rate limit exceeded for {subject}.", headers=self.headers(world, actor, request))
        self._admit_secondary(world, actor, request)
        bucket.used += 1

    def _admit_secondary(self, world: World, actor: Actor, request: Request) -> None:
        now, write = world.now(), request.method in _WRITES and request.path != "/graphql"
        history = self.recent.setdefault(_name(actor), deque())
        while history and history[0][0] <= now - timedelta(hours=1):
            history.popleft()
        minute = [entry for entry in history if entry[0] > now - timedelta(minutes=1)]
        points = 5 if write else 1
        rules = self.rules
        spent = (
            (rules.points_per_minute, sum(entry[1] for entry in minute) + points),
            (rules.content_per_minute, sum(entry[2] for entry in minute) + 1 if write else 0),
            (rules.content_per_hour, sum(entry[2] for entry in history) + 1 if write else 0),
        )
        if any(limit is not None and count > limit for limit, count in spent):
            headers = self.headers(world, actor, request) | {"retry-after": str(rules.retry_after)}
            raise ApiError(rules.secondary_status, _SECONDARY, headers=headers)
        history.append((now, points, write))

    def refund(self, world: World, actor: Actor, request: Request) -> None:
        """Give back what a 304 cost."""
        if actor.token is not None:
            bucket = self.bucket(world, actor, resource_of(request))
            bucket.used = max(0, bucket.used - 1)

    def headers(self, world: World, actor: Actor, request: Request) -> dict[str, str]:
        """The ``x-ratelimit-*`` headers of an answer."""
        resource = resource_of(request)
        facts = self.bucket(world, actor, resource).facts()
        return {f"x-ratelimit-{name}": str(value) for name, value in facts.items()} | {"x-ratelimit-resource": resource}

    def overview(self, world: World, actor: Actor) -> dict[str, object]:
        """The body of ``/rate_limit``, which itself is free."""
        core = self.bucket(world, actor, "core").facts()
        search = {"limit": 30, "used": 0, "remaining": 30, "reset": core["reset"]}
        graphql = self.bucket(world, actor, "graphql").facts()
        return {"resources": {"core": core, "search": search, "graphql": graphql}, "rate": core}


def resource_of(request: Request) -> str:
    """Which of GitHub's resources a request is charged to."""
    return "graphql" if request.path == "/graphql" else "core"


def _name(actor: Actor) -> str:
    """Whose count it is: people have one each, all jobs of a repository share theirs, and so does everybody else."""
    if actor.token is None:
        return "nobody"
    return f"jobs of {actor.token.repository}" if actor.is_job else f"user {actor.token.login}"
