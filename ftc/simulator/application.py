"""The simulated GitHub as one function from request to response.

Rule: transports only carry; authentication, limits, faults, routing, ETags and the request log happen here, in the
order GitHub shows to the outside.
"""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from ftc.simulator import admin
from ftc.simulator.access import Actor, Need, authorise, identify
from ftc.simulator.faults import ConnectionCut, Fault
from ftc.simulator.http import ApiError, Request, Response, not_found
from ftc.simulator.limits import Limits
from ftc.simulator.rest.call import Call, StoredLink
from ftc.simulator.rest.downloads import STORAGE_PATH, answer_storage
from ftc.simulator.rest.table import ROUTER
from ftc.simulator.web import answer_web
from ftc.simulator.world import World

ENTERPRISE_PREFIX = "/api/v3"


@dataclass(slots=True, kw_only=True)
class LoggedRequest:
    """One request as the log keeps it; ``status`` is None when the connection was cut."""

    number: int
    method: str
    path: str
    query: str
    token: str | None
    body: bytes = b""
    status: int | None = None


Hook = Callable[[LoggedRequest], None]
Observer = Callable[[Request, Response], None]

# Called with every API exchange of every application in this process, before faults spoil the answer. The tests check
# each one against GitHub's description here, so that no simulator anywhere in the suite goes unchecked.
OBSERVERS: list[Observer] = []


@dataclass(slots=True, kw_only=True)
class Application:
    """The world with its limits, faults, links and log; ``handle`` is the only way in."""

    world: World
    limits: Limits = field(default_factory=Limits)
    faults: list[Fault] = field(default_factory=list)
    links: dict[str, StoredLink] = field(default_factory=dict)
    requests: list[LoggedRequest] = field(default_factory=list)
    on_request: Hook | None = None
    after_request: Hook | None = None
    storage_url: str | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)

    def handle(self, request: Request) -> Response:
        """Answer a request; raises ``ConnectionCut`` where a fault says so."""
        with self.lock:
            if request.path.startswith(admin.PREFIX):
                return admin.answer(self, request)
            request = localised(request)
            entry = self._log(request)
            if self.on_request is not None:
                self.on_request(entry)
            response = self._faulty(request)
            entry.status = response.status
            if self.after_request is not None:
                self.after_request(entry)
            return response

    def _log(self, request: Request) -> LoggedRequest:
        entry = LoggedRequest(
            number=len(self.requests) + 1,
            method=request.method,
            path=request.path,
            query=urlencode(request.query),
            token=request.headers.get("authorization", "").rpartition(" ")[2] or None,
            body=request.body,
        )
        self.requests.append(entry)
        return entry

    def _faulty(self, request: Request) -> Response:
        target = f"{request.path}?{urlencode(request.query)}" if request.query else request.path
        fault = next((fault for fault in self.faults if fault.hits(request, target)), None)
        if fault is None:
            return self._answer(request, self.world)
        if fault.cut == "before":
            raise ConnectionCut(f"cut before {request.method} {request.path}")
        if fault.status is not None:
            response = fault.refusal()
        else:
            stale = fault.then if request.method == "GET" else None
            response = fault.cut_short(self._answer(request, stale or self.world))
        if fault.cut == "after":
            raise ConnectionCut(f"cut after {request.method} {request.path}")
        response.delay = fault.delay
        return response

    def _answer(self, request: Request, world: World) -> Response:
        if request.path.startswith(STORAGE_PATH):
            return answer_storage(world, self.links, request)
        elsewhere = answer_web(world, request)
        if elsewhere is not None:
            return elsewhere
        try:
            actor = identify(world, request)
        except ApiError as error:
            return _dressed(error.response(), {})
        response = self._limited(request, world, actor)
        answer = _dressed(response, self.limits.headers(self.world, actor, request) | _scopes(actor))
        for observe in OBSERVERS:
            observe(request, answer)
        return answer

    def _limited(self, request: Request, world: World, actor: Actor) -> Response:
        try:
            if request.path == "/rate_limit":
                return Response.of_json(self.limits.overview(self.world, actor))
            self.limits.admit(self.world, actor, request)
            response = self._routed(request, world, actor)
        except ApiError as error:
            return error.response()
        if _unchanged(request, response):
            self.limits.refund(self.world, actor, request)
            return Response.empty(304, headers={"etag": response.headers["etag"]})
        return response

    def _routed(self, request: Request, world: World, actor: Actor) -> Response:
        call = Call(
            world=world,
            request=request,
            params={},
            actor=actor,
            need=Need(),
            links=self.links,
            storage_url=self.storage_url or _other_host(request.base_url),
        )
        if (request.method, request.path) == ("POST", "/graphql"):
            return _graphql(call, self.limits.bucket(self.world, actor, "graphql").facts())
        found = ROUTER.find("GET" if request.method == "HEAD" else request.method, request.path)
        if found is None:
            raise not_found()
        route, call.params = found
        call.need = route.target.need
        if route.target.repository:
            authorise(actor, call.repo, call.need)
        response = route.target.target(call)
        if response.status == 201:
            response.headers.update(_location(response))
        if response.status == 200 and request.method in ("GET", "HEAD"):
            response.headers["etag"] = f'W/"{hashlib.sha256(response.body).hexdigest()}"'
        return response


def _graphql(call: Call, limits: dict[str, int]) -> Response:
    """graphql-core is a development dependency, imported only when a query comes."""
    try:
        from ftc.simulator.graph.execute import execute  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise ApiError(501, f"The simulator's GraphQL needs the package graphql-core ({error})") from error
    return execute(call, limits)


def localised(request: Request) -> Request:
    """The same request without the prefix of GitHub Enterprise Server, its base telling that it was there."""
    if request.path == "/api/graphql":
        return replace(request, path="/graphql", base_url=f"{request.base_url}{ENTERPRISE_PREFIX}")
    if request.path.startswith(f"{ENTERPRISE_PREFIX}/"):
        base = request.base_url.removesuffix(ENTERPRISE_PREFIX) + ENTERPRISE_PREFIX
        return replace(request, path=request.path.removeprefix(ENTERPRISE_PREFIX), base_url=base)
    return request


def _location(response: Response) -> dict[str, str]:
    """Where a created object lives, as every 201 of GitHub says it."""
    made = response.json()
    return {"location": made["url"]} if isinstance(made, dict) and "url" in made else {}


def _other_host(base_url: str) -> str:
    """The storage's address: the same server under another name, so clients must treat it as another host."""
    host = base_url.removesuffix(ENTERPRISE_PREFIX)
    if "//127.0.0.1" in host:
        return host.replace("//127.0.0.1", "//localhost")
    return host.replace("//localhost", "//127.0.0.1")


def _unchanged(request: Request, response: Response) -> bool:
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    return response.status == 200 and response.headers.get("etag", "-").removeprefix("W/") in known


def _scopes(actor: Actor) -> dict[str, str]:
    return {"x-oauth-scopes": "repo, workflow"} if actor.token and not actor.is_job else {}


def _dressed(response: Response, headers: dict[str, str]) -> Response:
    common = {
        "x-github-media-type": "github.v3; format=json",
        "x-github-request-id": "SIMU:LATE:D000",
        "x-github-api-version-selected": "2022-11-28",
        "cache-control": "private, max-age=60, s-maxage=60",
    }
    response.headers = {**common, **headers, **response.headers}
    return response
