"""Files through the API: read, write, delete; every write is a real commit."""

import base64
import binascii

from ftc.simulator.access import reads, writes
from ftc.simulator.git_types import GitCommit, GitEntry, GitIdentity
from ftc.simulator.http import ApiError, Response, not_found
from ftc.simulator.pushes import after_push
from ftc.simulator.rest.call import Call, endpoint
from ftc.simulator.shapes.commits import content_entry, content_file, git_commit
from ftc.simulator.shapes.view import JSON

RAW_TYPE = "application/vnd.github.raw"


@endpoint("GET", "/contents/{path*}", reads("contents"))
def get_content(call: Call) -> Response:
    """A file (base64, or raw by the Accept header) or the listing of a folder."""
    ref = call.request.query.get("ref") or call.repo.default_branch
    path = call.params["path"].strip("/")
    if call.repo.git.resolve(ref) is None:
        raise ApiError(404, f"No commit found for the ref {ref}")
    entry = call.repo.git.entry(ref, path)
    if entry is None:
        raise not_found()
    if entry.kind == "dir":
        entries = call.repo.git.entries(ref, path)
        return Response.of_json([content_entry(call.view, call.repo, each, ref=ref) for each in entries])
    return _file(call, entry, ref=ref)


@endpoint("GET", "/contents", reads("contents"))
def get_root(call: Call) -> Response:
    """The listing of the root folder."""
    call.params["path"] = ""
    return get_content(call)


def _file(call: Call, entry: GitEntry, *, ref: str) -> Response:
    data = call.repo.git.blob(entry.sha) or b""
    if RAW_TYPE in call.request.headers.get("accept", "") or "github.v3.raw" in call.request.headers.get("accept", ""):
        return Response(status=200, headers={"content-type": f"{RAW_TYPE}; charset=utf-8"}, body=data)
    return Response.of_json(content_file(content_entry(call.view, call.repo, entry, ref=ref), data))


@endpoint("PUT", "/contents/{path*}", writes("contents"))
def put_content(call: Call) -> Response:
    """Create or replace a file in one commit; replacing needs the sha of what is there."""
    fields = call.fields()
    branch, before = _target(call, fields)
    path = call.params["path"].strip("/")
    old = call.repo.git.entry(before, path) if before else None
    _check_sha(fields, old, path=path)
    sha = _commit(call, branch, before=before, path=path, data=_decoded(fields))
    entry = call.repo.git.entry(sha, path)
    assert entry is not None, "the file was just committed"
    answer = {
        "content": content_entry(call.view, call.repo, entry, ref=branch),
        "commit": git_commit(call.view, call.repo, _known(call, sha)),
    }
    return Response.of_json(answer, status=200 if old else 201)


@endpoint("DELETE", "/contents/{path*}", writes("contents"))
def delete_content(call: Call) -> Response:
    """Remove a file in one commit."""
    fields = call.fields() | call.request.query
    branch, before = _target(call, fields)
    path = call.params["path"].strip("/")
    old = call.repo.git.entry(before, path) if before else None
    if old is None:
        raise not_found()
    _check_sha(fields, old, path=path)
    sha = _commit(call, branch, before=before, path=path, data=None)
    return Response.of_json({"content": None, "commit": git_commit(call.view, call.repo, _known(call, sha))})


def _target(call: Call, fields: JSON) -> tuple[str, str | None]:
    branch = str(fields.get("branch") or call.repo.default_branch)
    head = call.repo.git.resolve(f"refs/heads/{branch}")
    if head is None and branch != call.repo.default_branch:
        raise ApiError(404, f"Branch {branch} not found")
    return branch, head


def _check_sha(fields: JSON, old: GitEntry | None, *, path: str) -> None:
    given = fields.get("sha")
    if old is not None and given is None:
        raise ApiError(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    if old is not None and given != old.sha:
        raise ApiError(409, f"{path} does not match {given}")


def _decoded(fields: JSON) -> bytes:
    if not isinstance(fields.get("content"), str) or not isinstance(fields.get("message"), str):
        raise ApiError(422, 'Invalid request.\n\n"content" and "message" weren\'t supplied.')
    try:
        return base64.b64decode(fields["content"])
    except (binascii.Error, ValueError):
        raise ApiError(422, "content is not valid Base64") from None


def _commit(call: Call, branch: str, *, before: str | None, path: str, data: bytes | None) -> str:
    message = str(call.fields().get("message") or call.request.query.get("message") or f"Update {path}")
    author = identity_of(call)
    parents = (before,) if before else ()
    sha = call.repo.git.commit_files(parents=parents, files={path: data}, message=message, author=author)
    call.repo.git.set_reference(f"refs/heads/{branch}", sha)
    after_push(call.world, call.repo, actor=call.user.login)
    return sha


def identity_of(call: Call) -> GitIdentity:
    """Who a commit made through the API is by: the actor, now."""
    user = call.user
    email = user.email or f"{user.login}@users.noreply.github.com"
    return GitIdentity(name=user.name or user.login, email=email, date=call.world.now())


def _known(call: Call, sha: str) -> GitCommit:
    commit = call.repo.git.commit(sha)
    if commit is None:
        raise not_found()
    return commit
