"""The application registered in the ``responses`` library, so that whole jobs run in process.

Rule: the client sees what sockets would show it: a cut connection is a ConnectionError, a delay beyond its timeout
a ReadTimeout after the request was carried out; a shorter delay moves the world's clock instead of sleeping.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ftc.simulator.faults import ConnectionCut
from ftc.simulator.http import Request, Response

if TYPE_CHECKING:
    from ftc.simulator.application import Application

STORAGE_URL = "https://results.simulator.invalid"
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


@contextmanager
def answering(application: "Application", base_urls: Sequence[str], *, storage_url: str) -> Iterator[None]:
    """Within the block every address below these is the simulator; any other is refused by ``responses``."""
    import responses  # noqa: PLC0415 - a development dependency, needed only here

    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        for url in (*base_urls, storage_url):
            pattern, base = _below(url), url.rstrip("/")
            for method in _METHODS:
                mock.add_callback(method, pattern, callback=_callback(application, base), content_type=None)
        yield


def _below(url: str) -> re.Pattern[str]:
    """Every address below a base; PyGithub writes the port out even where it is the usual one."""
    parts = urlsplit(url.rstrip("/"))
    usual = {"https": r"(?::443)?", "http": r"(?::80)?"}.get(parts.scheme, "")
    return re.compile(re.escape(f"{parts.scheme}://{parts.netloc}") + usual + re.escape(parts.path) + r"(?:[/?].*)?$")


def _callback(application: "Application", base_url: str) -> Any:
    def answer(prepared: Any) -> tuple[int, Mapping[str, str], bytes]:
        response = _carried(application, prepared, base_url)
        return response.status, response.headers, response.body

    return answer


def _carried(application: "Application", prepared: Any, base_url: str) -> Response:
    import requests  # noqa: PLC0415 - comes with responses

    body = prepared.body or b""
    target = urlsplit(prepared.url)
    path = target.path.removeprefix(urlsplit(base_url).path) or "/"
    request = Request.of(
        prepared.method,
        f"{path}?{target.query}",
        headers=prepared.headers,
        body=body.encode() if isinstance(body, str) else bytes(body),
        base_url=base_url,
    )
    try:
        response = application.handle(request)
    except ConnectionCut as error:
        raise requests.exceptions.ConnectionError(str(error), request=prepared) from error
    timeout = read_timeout(prepared.req_kwargs.get("timeout"))
    if response.delay and timeout is not None and response.delay >= timeout:
        raise requests.exceptions.ReadTimeout(f"no answer within {timeout} s", request=prepared)
    if response.delay:
        application.world.clock.advance(response.delay)
    return response


def read_timeout(value: Any) -> float | None:
    """The read half of a ``timeout`` argument of requests."""
    if isinstance(value, tuple):
        value = value[1]
    return None if value is None else float(value)
