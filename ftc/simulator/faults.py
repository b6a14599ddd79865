"""Faults to order: which request, and what goes wrong with it.

Rule: a fault says exactly whether the request was carried out; "cut: after" is the lost answer to a done write.
"""

import copy
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from ftc.core.errors import UsageError
from ftc.simulator.http import DOCUMENTATION_URL, Request, Response
from ftc.simulator.world import World


class ConnectionCut(Exception):
    """The connection ends without an answer; the transport turns it into what its client would see."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """Matches by method and path (a regular expression searched in path and query), then by count, from 1.

    ``nth``: only that match; ``first``: the first n; ``every``: each n-th; none of them: always.
    """

    method: str = "*"
    path: str = ""
    nth: int | None = None
    first: int | None = None
    every: int | None = None
    status: int | None = None
    message: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    cut: str | None = None
    stale: bool = False
    partial: int | None = None
    seen: int = 0
    then: World | None = None

    @classmethod
    def parse(cls, values: object) -> "Fault":
        """From one entry of a scenario's ``faults`` or the admin endpoint; what cannot be is refused by key."""
        if not isinstance(values, Mapping):
            raise UsageError(f"scenario: a fault must be a mapping, not {values!r}")
        known = {entry.name for entry in fields(cls)} - {"seen", "then"}
        for key in values:
            if key not in known:
                raise UsageError(f"scenario: fault: unknown key {key!r}; known: {', '.join(sorted(known))}")
        made = cls(**values)
        made.check()
        return made

    def check(self) -> None:
        """Refuse values no fault can have."""
        if self.cut not in (None, "before", "after"):
            raise UsageError(f"scenario: fault: cut must be before or after, not {self.cut!r}")
        for name in ("nth", "first", "every", "status", "partial"):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
                raise UsageError(f"scenario: fault: {name} must be a whole number, not {value!r}")
        shapes = {"method": str, "path": str, "headers": dict, "delay": int | float, "stale": bool}
        for name, shape in shapes.items():
            if not isinstance(getattr(self, name), shape):
                raise UsageError(f"scenario: fault: {name} cannot be {getattr(self, name)!r}")
        try:
            re.compile(self.path)
        except re.error as error:
            raise UsageError(f"scenario: fault: path is no regular expression: {error}") from error

    def arm(self, world: World) -> None:
        """Remember the world as it stands, for listings that will lag behind it."""
        if self.stale:
            self.then = snapshot(world)

    def hits(self, request: Request, target: str) -> bool:
        """Whether this request is one that goes wrong; counts it if it matches at all."""
        if self.method not in ("*", request.method) or not re.search(self.path, target):
            return False
        self.seen += 1
        if self.nth is not None:
            return self.seen == self.nth
        if self.first is not None:
            return self.seen <= self.first
        return self.every is None or self.seen % max(1, self.every) == 0

    def refusal(self) -> Response:
        """The answer of a status fault; the request is not carried out."""
        assert self.status is not None, "only status faults refuse"
        body = {"message": self.message or f"Simulated {self.status}", "documentation_url": DOCUMENTATION_URL}
        return Response.of_json(body | {"status": str(self.status)}, status=self.status, headers=self.headers)

    def cut_short(self, response: Response) -> Response:
        """A listing that ends after ``partial`` entries and does not say so."""
        if self.partial is None or response.status != 200 or "json" not in response.headers.get("content-type", ""):
            return response
        value = _shortened(json.loads(response.body), self.partial)
        headers = {name: text for name, text in response.headers.items() if name not in ("link", "etag")}
        return Response.of_json(value, headers=headers)


def _shortened(value: Any, count: int) -> Any:
    if isinstance(value, list):
        return value[:count]
    if isinstance(value, dict) and "total_count" in value:
        return {key: entry[:count] if isinstance(entry, list) else entry for key, entry in value.items()}
    return value


def snapshot(world: World) -> World:
    """A copy of the world's records that shares its clock and its git repositories."""
    shared: dict[int, Any] = {id(world.clock): world.clock}
    shared |= {id(repository.git): repository.git for repository in world.repositories.values()}
    return copy.deepcopy(world, shared)
