"""Requests, responses and the routing table of the simulated API.

Rule: nothing here knows the world; a route is a method, a path template and a function, and the transport
(socket server or ``responses``) only carries ``Request`` in and ``Response`` out.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

DOCUMENTATION_URL = "https://docs.github.com/rest"

F = TypeVar("F")


@dataclass(slots=True, kw_only=True)
class Request:
    """One HTTP request; header names are lower case, ``base_url`` is what links in bodies start with."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    base_url: str = "https://api.github.com"

    @classmethod
    def of(
        cls, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b"", base_url: str = ""
    ) -> "Request":
        """A request for a full URL or a path with query; the base is taken from the URL unless given."""
        parts = urlsplit(url)
        base = base_url or (f"{parts.scheme}://{parts.netloc}" if parts.netloc else "https://api.github.com")
        return cls(
            method=method.upper(),
            path=parts.path,
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in (headers or {}).items()},
            body=body,
            base_url=base,
        )

    def json(self) -> Any:
        """The decoded body, ``{}`` when empty; a body that is no JSON is answered as 400."""
        if not self.body.strip():
            return {}
        try:
            return json.loads(self.body)
        except ValueError:
            raise ApiError(400, "Problems parsing JSON") from None

    def fields(self) -> dict[str, Any]:
        """The body as a JSON object; anything else is answered as 422."""
        value = self.json()
        if not isinstance(value, dict):
            raise ApiError(422, "Invalid request.\n\nFor 'properties/', not an object.")
        return value

    def integer(self, name: str, default: int) -> int:
        """A query parameter as a positive number; garbage counts as the default, as GitHub does it."""
        text = self.query.get(name, "")
        return int(text) if text.isascii() and text.isdigit() and int(text) > 0 else default


@dataclass(slots=True, kw_only=True)
class Response:
    """One HTTP response; header names are lower case; ``delay`` is how many seconds the transport lets it wait."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay: float = 0.0

    def json(self) -> Any:
        """The decoded body, None when empty."""
        return json.loads(self.body) if self.body else None

    @classmethod
    def of_json(cls, value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> "Response":
        """A JSON answer with GitHub's content type."""
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        # A lone surrogate can be in a stored body; JSON escapes are the only form that carries it.
        body = text.encode() if _encodable(text) else json.dumps(value).encode()
        return cls(
            status=status, headers={"content-type": "application/json; charset=utf-8", **(headers or {})}, body=body
        )

    @classmethod
    def empty(cls, status: int = 204, *, headers: Mapping[str, str] | None = None) -> "Response":
        """An answer without a body."""
        return cls(status=status, headers=dict(headers or {}))


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class ApiError(Exception):
    """An error answer, raised anywhere below a route and turned into GitHub's JSON error by the application."""

    def __init__(self, status: int, message: str, *, errors: list[Any] | None = None, headers: Any = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors
        self.headers: dict[str, str] = dict(headers or {})

    def response(self) -> Response:
        """The answer with message, errors, documentation_url and status, as GitHub orders them."""
        body: dict[str, Any] = {"message": self.message}
        if self.errors is not None:
            body["errors"] = self.errors
        body |= {"documentation_url": DOCUMENTATION_URL, "status": str(self.status)}
        return Response.of_json(body, status=self.status, headers=self.headers)


def not_found() -> ApiError:
    """404, also for what the token may not see."""
    return ApiError(404, "Not Found")


def invalid(resource: str, name: str, code: str, message: str | None = None) -> ApiError:
    """422 with one entry in ``errors``; ``code`` is missing, missing_field, invalid, already_exists or custom."""
    entry: dict[str, Any] = {"resource": resource, "field": name, "code": code}
    if message is not None:
        entry["message"] = message
    return ApiError(422, "Validation Failed", errors=[entry])


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Generic[F]):
    """``template`` uses GitHub's own spelling, for example ``/repos/{owner}/{repo}/issues/{issue_number}``."""

    method: str
    template: str
    pattern: re.Pattern[str]
    target: F


class Router(Generic[F]):
    """Of the matching routes the most literal wins, whoever registered first; parameters arrive percent-decoded."""

    def __init__(self) -> None:
        self.routes: list[Route[F]] = []

    def add(self, method: str, template: str, target: F) -> None:
        """Register a target; ``{name*}`` matches slashes too, and at the end of a template gives way to all others."""
        self.routes.append(Route(method=method, template=template, pattern=_compile(template), target=target))
        self.routes.sort(key=_literal, reverse=True)
        self.routes.sort(key=lambda route: route.template.endswith("*}"))

    def find(self, method: str, path: str) -> tuple[Route[F], dict[str, str]] | None:
        """The route of a request and its path parameters."""
        for route in self.routes:
            match = route.pattern.fullmatch(path) if route.method == method else None
            if match:
                return route, {name: unquote(value) for name, value in match.groupdict().items()}
        return None

    def register(self, method: str, template: str) -> Callable[[F], F]:
        """Decorator form of ``add``."""

        def keep(target: F) -> F:
            self.add(method, template, target)
            return target

        return keep


def _literal(route: Route[Any]) -> int:
    """How much of a template is fixed text: `/issues/comments` comes before `/issues/{issue_number}`."""
    return len(re.sub(r"\{\w+\*?\}", "", route.template))


def _compile(template: str) -> re.Pattern[str]:
    pieces = re.split(r"\{(\w+\*?)\}", template)
    text = ""
    for index, piece in enumerate(pieces):
        if index % 2 == 0:
            text += re.escape(piece)
        elif piece.endswith("*"):
            text += f"(?P<{piece[:-1]}>.*)"
        else:
            text += f"(?P<{piece}>[^/]+)"
    return re.compile(text)
