"""What lies beside the API on the same address: git over HTTP, and pages for people.

Rule: git and pages are asked only for what is no API path, and see the world through the same roles and tokens.
"""

from pathlib import Path
from urllib.parse import urlencode

from ftc.simulator.access import Actor, Need, authorise
from ftc.simulator.git_http import GitAccess, GitRequest, answer_git, is_git_path
from ftc.simulator.http import ApiError, Request, Response
from ftc.simulator.pushes import after_push
from ftc.simulator.rest.table import ROUTER
from ftc.simulator.world import World

_FETCH = Need(permissions=("contents",))
_PUSH = Need(permissions=("contents",), level="write", role="write", signed_in=True)


def answer_web(world: World, request: Request) -> Response | None:
    """The answer of git or a page; None when the request is for the API."""
    if is_git_path(request.path):
        return _answer_git(world, request)
    if request.method not in ("GET", "HEAD") or ROUTER.find("GET", request.path) or request.path == "/rate_limit":
        return None
    if "/api/v3" in request.base_url or request.path.startswith(("/repos/", "/users/")):
        return None
    from ftc.simulator.pages import answer_page  # noqa: PLC0415 - jinja2 only when somebody looks

    return answer_page(world, request)


def _answer_git(world: World, request: Request) -> Response:
    asked = GitRequest(
        method=request.method,
        path=request.path,
        query=urlencode(request.query),
        headers=request.headers,
        body=request.body,
    )
    answer = answer_git(
        asked,
        authorise=lambda name, token, push: _access(world, name, token, push=push),
        locate=lambda name: _locate(world, name),
    )
    repository = world.repository(answer.repository) if answer.updates else None
    if repository is not None:
        token = world.tokens.get(answer.token or "")
        after_push(world, repository, actor=token.login if token else repository.owner)
    return Response(status=answer.status, headers=dict(answer.headers), body=answer.body)


def _locate(world: World, name: str) -> Path | None:
    repository = world.repository(name)
    return repository.git.path if repository else None


def _access(world: World, name: str, token: str | None, *, push: bool) -> GitAccess:
    repository = world.repository(name)
    known = world.tokens.get(token) if token else None
    if token and (known is None or known.revoked):
        return GitAccess.WHO_ARE_YOU
    if repository is None:
        return GitAccess.HIDDEN
    if known is None and (push or repository.private):
        return GitAccess.WHO_ARE_YOU
    try:
        authorise(Actor(token=known), repository, _PUSH if push else _FETCH)
    except ApiError as error:
        return GitAccess.HIDDEN if error.status == 404 else GitAccess.FORBIDDEN
    return GitAccess.ALLOWED
