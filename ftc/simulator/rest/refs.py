"""The git database through the API: references, commits, trees and blobs."""

import base64
from collections.abc import Callable

from ftc.simulator.access import reads, writes
from ftc.simulator.http import ApiError, Response, not_found
from ftc.simulator.pushes import after_push
from ftc.simulator.rest.call import Call, endpoint
from ftc.simulator.rest.contents import identity_of
from ftc.simulator.rest.listing import page
from ftc.simulator.shapes.commits import git_commit, reference
from ftc.simulator.shapes.view import JSON, node_id


@endpoint("GET", "/git/ref/{ref*}", reads("contents"))
def get_reference(call: Call) -> Response:
    """One reference, named without its leading ``refs/``."""
    name = f"refs/{call.params['ref']}"
    sha = call.repo.git.references(name).get(name)
    if sha is None:
        raise not_found()
    return Response.of_json(reference(call.view, call.repo, name, sha=sha))


@endpoint("GET", "/git/matching-refs/{ref*}", reads("contents"))
def list_matching(call: Call) -> Response:
    """The references that start with a name."""
    prefix = f"refs/{call.params['ref']}"
    found = [entry for entry in call.repo.git.references().items() if entry[0].startswith(prefix)]
    return page(call, found, lambda entry: reference(call.view, call.repo, entry[0], sha=entry[1]))


@endpoint("POST", "/git/refs", writes("contents"))
def create_reference(call: Call) -> Response:
    """A new reference at a known commit; one that exists is answered as 422."""
    fields = call.fields()
    name, sha = str(fields.get("ref", "")), str(fields.get("sha", ""))
    if not name.startswith("refs/") or name.count("/") < 2:
        raise ApiError(422, "Reference name must start with refs/ and have at least two slashes")
    if call.repo.git.resolve(sha) is None:
        raise ApiError(422, "Object does not exist")
    if name in call.repo.git.references(name):
        raise ApiError(422, "Reference already exists")
    _move(call, name, lambda: call.repo.git.set_reference(name, sha))
    return Response.of_json(reference(call.view, call.repo, name, sha=sha), status=201)


@endpoint("PATCH", "/git/refs/{ref*}", writes("contents"))
def update_reference(call: Call) -> Response:
    """Move a reference; without ``force`` only forward."""
    name = f"refs/{call.params['ref']}"
    fields = call.fields()
    sha, old = str(fields.get("sha", "")), call.repo.git.references(name).get(name)
    if old is None:
        raise ApiError(422, "Reference does not exist")
    if call.repo.git.resolve(sha) is None:
        raise ApiError(422, "Object does not exist")
    if not fields.get("force") and not call.repo.git.contains(descendant=sha, ancestor=old):
        raise ApiError(422, "Update is not a fast forward")
    _move(call, name, lambda: call.repo.git.set_reference(name, sha))
    return Response.of_json(reference(call.view, call.repo, name, sha=sha))


@endpoint("DELETE", "/git/refs/{ref*}", writes("contents"))
def delete_reference(call: Call) -> Response:
    """Remove a reference; pull requests from it close."""
    name = f"refs/{call.params['ref']}"
    if name not in call.repo.git.references(name):
        raise ApiError(422, "Reference does not exist")
    _move(call, name, lambda: call.repo.git.delete_reference(name))
    return Response.empty()


def _move(call: Call, name: str, change: Callable[[], object]) -> None:
    if name.startswith("refs/pull/"):
        raise ApiError(422, "Reference cannot be changed")  # GitHub's own, as on GitHub
    change()
    after_push(call.world, call.repo, actor=call.user.login)


@endpoint("GET", "/git/commits/{commit_sha}", reads("contents"))
def get_git_commit(call: Call) -> Response:
    """A commit object by its full sha."""
    found = call.repo.git.commit(call.params["commit_sha"])
    if found is None:
        raise not_found()
    return Response.of_json(git_commit(call.view, call.repo, found))


@endpoint("POST", "/git/commits", writes("contents"))
def create_git_commit(call: Call) -> Response:
    """A commit object of a tree, moving no reference."""
    fields = call.fields()
    parents = tuple(str(parent) for parent in fields.get("parents") or ())
    if any(call.repo.git.resolve(parent) is None for parent in parents):
        raise ApiError(422, "Parent SHA does not exist")
    sha = call.repo.git.commit_tree(
        str(fields.get("tree", "")), parents=parents, message=str(fields.get("message", "")), author=identity_of(call)
    )
    found = call.repo.git.commit(sha)
    assert found is not None, "the commit was just made"
    return Response.of_json(git_commit(call.view, call.repo, found), status=201)


@endpoint("POST", "/git/blobs", writes("contents"))
def create_blob(call: Call) -> Response:
    """Store bytes, given as text or base64."""
    fields = call.fields()
    text = str(fields.get("content", ""))
    data = base64.b64decode(text) if fields.get("encoding") == "base64" else text.encode()
    sha = call.repo.git.write_blob(data)
    return Response.of_json({"sha": sha, "url": call.view.repo(call.repo, f"/git/blobs/{sha}")}, status=201)


@endpoint("GET", "/git/blobs/{file_sha}", reads("contents"))
def get_blob(call: Call) -> Response:
    """A blob in base64."""
    sha = call.params["file_sha"]
    data = call.repo.git.blob(sha)
    if data is None:
        raise not_found()
    shown: JSON = {"sha": sha, "node_id": node_id("B", sha), "size": len(data), "encoding": "base64"}
    shown |= {"url": call.view.repo(call.repo, f"/git/blobs/{sha}"), "content": base64.b64encode(data).decode()}
    return Response.of_json(shown)


@endpoint("POST", "/git/trees", writes("contents"))
def create_tree(call: Call) -> Response:
    """A tree of entries on top of ``base_tree``; ``sha: null`` removes a path."""
    fields = call.fields()
    entries = [_entry(call, entry) for entry in fields.get("tree") or ()]
    sha = call.repo.git.write_tree(entries, base=fields.get("base_tree"))
    return Response.of_json(_tree(call, sha, recursive=False), status=201)


def _entry(call: Call, entry: JSON) -> tuple[str, str, str | None]:
    sha = entry.get("sha")
    if sha is None and "content" in entry:
        sha = call.repo.git.write_blob(str(entry["content"]).encode())
    return str(entry["path"]), str(entry.get("mode", "100644")), sha


@endpoint("GET", "/git/trees/{tree_sha*}", reads("contents"))
def get_tree(call: Call) -> Response:
    """A tree by sha or branch, with ``recursive`` all below it."""
    return Response.of_json(_tree(call, call.params["tree_sha"], recursive=bool(call.request.query.get("recursive"))))


def _tree(call: Call, name: str, *, recursive: bool) -> JSON:
    kinds = {"dir": ("tree", "040000"), "symlink": ("blob", "120000"), "submodule": ("commit", "160000")}
    shown = []
    for entry in call.repo.git.entries(name, "", recursive=recursive):
        kind, mode = kinds.get(entry.kind, ("blob", "100644"))
        item: JSON = {"path": entry.path, "mode": mode, "type": kind, "sha": entry.sha}
        item["url"] = call.view.repo(call.repo, f"/git/{kind}s/{entry.sha}")
        shown.append(item | ({"size": entry.size} if kind == "blob" else {}))
    return {
        "sha": name,
        "url": call.view.repo(call.repo, f"/git/trees/{name}"),
        "tree": shown,
        "truncated": False,
    }
