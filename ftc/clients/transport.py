"""Requests to GitHub's API: authentication, pacing, limits, retries and errors, and nothing about what is asked.

The rule it keeps: a read is repeated when the network or GitHub stumbles, a POST never is, since the first one
may have been carried out (https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api).
"""

import json
import logging
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests
from github import Auth, Github

from ftc.core.errors import (
    AlreadyExists,
    BudgetExceeded,
    Forbidden,
    GitHubError,
    NotFound,
    RateLimited,
    Unauthorized,
    Unavailable,
    WriteUncertain,
)

log = logging.getLogger(__name__)

ATTEMPTS = 4
"""Tries of one read; with the back-off below the last one starts some 7 s after the first."""
BACKOFF_SECONDS = 1.0
"""Pause before the second try; doubled before each further one."""
LONGEST_WAIT_SECONDS = 120.0
"""A limit that resets later than this ends the job instead: a paid runner should not sleep."""
TIMEOUT_SECONDS = 30
PAGE_SIZE = 100
CHUNK_BYTES = 1 << 16
IDEMPOTENT = frozenset({"GET", "HEAD", "PATCH", "PUT", "DELETE"})
"""Our PATCHes carry the whole new value, so repeating one is harmless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status, lower-cased headers and decoded JSON of one response."""

    status: int
    headers: Mapping[str, str]
    data: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds between two writes, how to sleep, and what time it is (epoch seconds)."""

    write_interval: float
    sleep: Callable[[float], None]
    clock: Callable[[], float]


def segment(text: str) -> str:
    """One path segment of a URL, with everything escaped that could leave it."""
    return quote(text, safe="")


class Transport:
    """One token at one API address; counts its requests and stops reading when the budget is spent."""

    def __init__(self, *, token: str, api_url: str, pace: Pace, budget: int = 0) -> None:
        """``budget`` is the number of reads allowed; 0 means no bound. Writes are bounded by the brakes instead."""
        self._pace = pace
        self._budget = budget
        self.requests = 0
        self.reads = 0
        self._requester = Github(
            auth=Auth.Token(token) if token else None,
            base_url=api_url.rstrip("/"),
            user_agent="flaky-test-cleaner",
            timeout=TIMEOUT_SECONDS,
            per_page=PAGE_SIZE,
            retry=None,
            seconds_between_requests=None,
            seconds_between_writes=pace.write_interval or None,
        ).requester
        self._download = anonymous_session(secure=api_url.startswith("https://"))

    def lift_budget(self) -> None:
        """From here on reads are bounded by the writes they prepare; stopping between two writes would save nothing."""
        self._budget = 0

    def get(self, path: str, **parameters: str | int) -> Any:
        """The decoded JSON of one GET."""
        return self._request("GET", path, parameters=parameters).data

    def pages(self, path: str, **parameters: str | int) -> Iterator[Any]:
        """Each page of a list, following ``Link: rel=next`` to the end.

        Of such a link PyGithub uses path and query only, so that the token goes to no other host.
        """
        answer = self._request("GET", path, parameters={"per_page": PAGE_SIZE, **parameters})
        followed: set[str] = set()
        while True:
            yield answer.data
            following = next_link(answer.headers.get("link", ""))
            if not following:
                return
            if following in followed:
                raise GitHubError(f"the pages of {path} lead in a circle; look whether api-url is right")
            followed.add(following)
            answer = self._request("GET", following)

    def write(self, verb: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The decoded JSON of one write; a POST without an answer raises ``WriteUncertain``."""
        return self._request(verb, path, body=body or {}).data

    def graphql(self, query: str, variables: Mapping[str, Any], *, optional: Collection[str] = ()) -> Any:
        """The ``data`` of one GraphQL query, which only reads and may therefore be repeated.

        Fields named in ``optional`` are null where the token lacks the permission, as they are where nothing is.
        """
        body = {"query": query, "variables": dict(variables)}
        answer = self._request("POST", self._requester.graphql_url, body=body, idempotent=True)
        errors = [error for error in answer.data.get("errors") or () if not _missed(error, optional)]
        if errors and errors[0].get("type") == "NOT_FOUND":
            said = errors[0].get("message", "not found")
            raise NotFound(f"{said}: check the repository's name and the token's access to it")
        if errors:
            raise GitHubError(f"GitHub's GraphQL API refused the query: {errors[0].get('message', errors[0])}")
        return answer.data["data"]

    def download(self, path: str) -> Iterator[bytes]:
        """Chunks of a log or archive behind a redirect, fetched without the token, which must not leave GitHub."""
        answer = self._request("GET", path)
        url = answer.headers.get("location", "")
        if not url:
            raise GitHubError(f"GitHub gave no download address for {path}")
        self.requests += 1
        try:
            with self._download.get(url, stream=True, timeout=TIMEOUT_SECONDS) as response:
                if response.status_code >= 500:
                    raise Unavailable(f"the download behind {path} answered {response.status_code}")
                if response.status_code >= 400:
                    raise NotFound(f"the download behind {path} answered {response.status_code}; it may have expired")
                yield from response.iter_content(CHUNK_BYTES)
        except requests.RequestException as error:
            raise Unavailable(f"the download behind {path} broke off: {type(error).__name__}") from error

    def _request(
        self,
        verb: str,
        path: str,
        *,
        parameters: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
        idempotent: bool | None = None,
    ) -> Answer:
        repeatable = verb in IDEMPOTENT if idempotent is None else idempotent
        self._charge(reads=verb == "GET" or bool(idempotent))
        for attempt in range(1, ATTEMPTS + 1):
            answer = self._try(verb, path, parameters, body)
            pause = self._pause(answer, attempt=attempt, repeatable=repeatable)
            if pause is None:
                return checked(answer, verb=verb, path=path, repeatable=repeatable)
            log.warning("%s %s: %s; next try in %.0f s", verb, path, answer.status if answer else "no answer", pause)
            self._pace.sleep(pause)
        raise AssertionError("the last attempt never pauses")

    def _charge(self, *, reads: bool) -> None:
        if reads and self._budget and self.reads >= self._budget:
            raise BudgetExceeded(f"the budget of {self._budget} requests is spent; raise request-budget")
        self.reads += reads

    def _try(
        self, verb: str, path: str, parameters: Mapping[str, Any] | None, body: Mapping[str, Any] | None
    ) -> Answer | None:
        """One exchange; None when no answer came back."""
        self.requests += 1
        try:
            status, headers, text = self._requester.requestJson(
                verb, path, dict(parameters or {}), {"Accept": "application/vnd.github+json"}, body
            )
        except requests.RequestException:
            return None
        except RuntimeError as error:  # how PyGithub refuses a redirect to another host, which would get the token
            raise GitHubError(f"{error}; look whether api-url is right") from None
        return Answer(status=status, headers=headers, data=decoded(text))

    def _pause(self, answer: Answer | None, *, attempt: int, repeatable: bool) -> float | None:
        """Seconds until the next try, or None when this answer is the last."""
        if answer is not None and limited(answer):
            wait = limit_wait(answer, now=self._pace.clock())
            return wait if wait <= LONGEST_WAIT_SECONDS and attempt < ATTEMPTS else None
        if repeatable and attempt < ATTEMPTS and (answer is None or answer.status >= 500):
            return BACKOFF_SECONDS * float(2 ** (attempt - 1))
        return None


def anonymous_session(*, secure: bool) -> requests.Session:
    """A session that knows no token and follows no redirect out of https where the API is behind https, too.

    A log's address comes from a server, and what lies there is published: it must not be a service of this network.
    """
    session = requests.Session()
    session.auth = lambda request: request  # else a .netrc file would be asked for a login
    if secure:
        del session.adapters["http://"]
    return session


def decoded(text: str) -> Any:
    """JSON where it is JSON; error pages of proxies are kept as a message."""
    try:
        return json.loads(text) if text else None
    except ValueError:
        return {"message": text[:200]}


def _missed(error: Mapping[str, Any], optional: Collection[str]) -> bool:
    """Whether an error only says that the token may not read one of these fields."""
    path: Sequence[object] = error.get("path") or ()
    missed = error.get("type") == "FORBIDDEN" and bool(path) and path[-1] in optional
    if missed:
        log.info("%s is not readable: %s", path[-1], error.get("message", ""))
    return missed


def next_link(header: str) -> str:
    """The URL of ``rel="next"`` in a Link header, or an empty string."""
    found = re.search(r'<([^<>]+)>;\s*rel="next"', header)
    return found.group(1) if found else ""


def message_of(answer: Answer) -> str:
    """GitHub's own words, with the field errors of a 422."""
    if not isinstance(answer.data, dict):
        return ""
    details = [e.get("message") or e.get("code", "") for e in answer.data.get("errors") or () if isinstance(e, dict)]
    return "; ".join(filter(None, [str(answer.data.get("message", "")), *details]))


def limited(answer: Answer) -> bool:
    """Whether this is a rate limit; GitHub uses 403 and 429 for both kinds of limit."""
    if answer.status not in {403, 429}:
        return False
    exhausted = answer.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in answer.headers
    return answer.status == 429 or exhausted or "rate limit" in message_of(answer).lower()


def limit_wait(answer: Answer, *, now: float) -> float:
    """Seconds GitHub asks us to wait: ``Retry-After``, else the reset time, else a minute as its documentation says."""
    if answer.headers.get("retry-after", "").isdigit():
        return float(answer.headers["retry-after"])
    if answer.headers.get("x-ratelimit-remaining") == "0" and answer.headers.get("x-ratelimit-reset", "").isdigit():
        return max(float(answer.headers["x-ratelimit-reset"]) - now, 0.0) + 1.0
    return 60.0


def checked(answer: Answer | None, *, verb: str, path: str, repeatable: bool) -> Answer:
    """The answer when it is a success; else the matching error with what to do about it."""
    if answer is None or answer.status >= 500:
        if not repeatable:
            raise WriteUncertain(f"{verb} {path} got no answer; the next run looks whether it was carried out")
        raise Unavailable(f"GitHub did not answer {verb} {path} in {ATTEMPTS} tries; run the job again later")
    if answer.status < 400:
        return answer
    said = message_of(answer)
    if answer.status == 401:
        raise Unauthorized(f"GitHub refused the token ({said}): it is wrong, revoked or expired; set FTC_TOKEN anew")
    if limited(answer):
        raise RateLimited(f"GitHub's rate limit is spent ({said}); run again after its reset, or lower request-budget")
    if answer.status == 403:
        raise Forbidden(
            f"the token may not {verb} {path} ({said}): grant the permission in the workflow's `permissions:` block"
        )
    if answer.status in {404, 410}:
        raise NotFound(f"{verb} {path}: {said or 'not found'}; it is missing, deleted, or hidden from this token")
    kind = AlreadyExists if answer.status == 422 and "already_exists" in said else GitHubError
    raise kind(f"{verb} {path} answered {answer.status}: {said}")
