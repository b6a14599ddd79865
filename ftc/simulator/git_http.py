"""Clone, fetch and push over HTTP: git's own `http-backend` behind a plain function.

Rule: git sees a request only after `authorise` allowed exactly that (read or push), and never sees the credentials.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from ftc.simulator.git_objects import list_refs
from ftc.simulator.git_process import run_git

_PATH = re.compile(r"/(?P<name>[\w.-]+/[\w.-]+?)(?:\.git)?/(?P<rest>info/refs|git-upload-pack|git-receive-pack)")
_SERVICES = ("git-upload-pack", "git-receive-pack")


class GitAccess(Enum):
    """What the world says to a credential that wants to read from or push to a repository."""

    ALLOWED = "allowed"
    WHO_ARE_YOU = "who are you"  # no valid credential: git asks for one and comes again
    FORBIDDEN = "forbidden"
    HIDDEN = "hidden"  # the repository does not exist for this credential


@dataclass(frozen=True, slots=True, kw_only=True)
class GitRequest:
    """One request; header names are lower case, `query` is the raw query string, a chunked body arrives joined."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefUpdate:
    """One reference a push changed; `before` or `after` is None when it was created or removed."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GitAnswer:
    """The response (lower-case header names), and what a push changed in which repository."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    repository: str = ""
    token: str | None = None
    updates: tuple[RefUpdate, ...] = ()


# (full name, token or None, push?) -> may it?
Authorise = Callable[[str, str | None, bool], GitAccess]
# full name -> bare repository, None when there is none
Locate = Callable[[str], Path | None]


def is_git_path(path: str) -> bool:
    """Whether a path belongs to git's HTTP protocol (`/o/r.git/info/refs` and the two services)."""
    return _PATH.fullmatch(path) is not None


def token_of(authorization: str) -> str | None:
    """The token in an Authorization header: `Bearer T`, `token T`, or Basic with T as password (or as lone user)."""
    scheme, _, value = authorization.strip().partition(" ")
    if scheme.lower() in ("bearer", "token"):
        return value.strip() or None
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(value.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    # "x-oauth-basic" is the password of the old habit of giving the token as the user name.
    return (user if password in ("", "x-oauth-basic") else password) or None


def answer_git(request: GitRequest, *, authorise: Authorise, locate: Locate) -> GitAnswer:
    """Answers one request of git's HTTP protocol; the caller asks `is_git_path` first."""
    matched = _PATH.fullmatch(request.path)
    service = _service(request, matched["rest"]) if matched else None
    if matched is None or service is None:
        return _plain(404, "Not Found")
    name, token = matched["name"], token_of(request.headers.get("authorization", ""))
    repository = locate(name)
    access = authorise(name, token, service == "git-receive-pack")
    if access is GitAccess.WHO_ARE_YOU:
        return _plain(401, "No anonymous write access.", headers={"www-authenticate": 'Basic realm="GitHub"'})
    if access is GitAccess.HIDDEN or repository is None:
        return _plain(404, "Repository not found.")
    if access is GitAccess.FORBIDDEN:
        return _plain(403, f"Permission to {name}.git denied.")
    return _served(request, repository, name=name, token=token)


def _service(request: GitRequest, rest: str) -> str | None:
    """Which of the two services a request is for; None for anything git would not send (dumb clients too)."""
    if rest == "info/refs" and request.method == "GET":
        asked = request.query.removeprefix("service=")
        return asked if asked in _SERVICES else None
    return rest if rest in _SERVICES and request.method == "POST" else None


def _served(request: GitRequest, repository: Path, *, name: str, token: str | None) -> GitAnswer:
    watch = request.path.endswith("/git-receive-pack")
    before = list_refs(repository) if watch else {}
    # It ends with an error, too, where it has told the client why: "not our ref" for a commit that is gone.
    done = run_git(
        repository, "http-backend", stdin=request.body, extra_env=_cgi(request, repository), allowed=(0, 1, 128)
    )
    if not done.stdout:
        return _plain(500, "git could not answer this")
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    fields = [line.partition(":") for line in head.decode("latin-1").split("\r\n")]
    headers = {key.strip().lower(): value.strip() for key, _, value in fields if key}
    status = int(headers.pop("status", "200").split()[0])
    updates = _updates(before, list_refs(repository)) if watch else ()
    return GitAnswer(status=status, headers=headers, body=body, repository=name, token=token, updates=updates)


def _cgi(request: GitRequest, repository: Path) -> dict[str, str]:
    """The CGI variables (RFC 3875) that git-http-backend reads; the Authorization header is not among them."""
    rest = _PATH.fullmatch(request.path)
    assert rest is not None
    return {
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_PROJECT_ROOT": str(repository.parent),
        "PATH_INFO": f"/{repository.name}/{rest['rest']}",
        "REQUEST_METHOD": request.method,
        "QUERY_STRING": request.query,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.body)),
        "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        "REMOTE_USER": "simulator",
        "REMOTE_ADDR": "127.0.0.1",
    }


def _updates(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[RefUpdate, ...]:
    return tuple(
        RefUpdate(name=name, before=before.get(name), after=after.get(name))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    )


def _plain(status: int, text: str, *, headers: Mapping[str, str] | None = None) -> GitAnswer:
    return GitAnswer(
        status=status, headers={"content-type": "text/plain", **(headers or {})}, body=f"{text}\n".encode()
    )
