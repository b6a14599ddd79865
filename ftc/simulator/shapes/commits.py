"""Commits, references, branches, files and comparisons as JSON."""

import base64
from urllib.parse import quote

from ftc.simulator.git_types import GitCommit, GitEntry, GitFileDiff, GitIdentity
from ftc.simulator.shapes.view import JSON, View, node_id, stamp
from ftc.simulator.world import Repository

_UNSIGNED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


def identity(value: GitIdentity) -> JSON:
    """Name, address and date of an author or committer."""
    return {"name": value.name, "email": value.email, "date": stamp(value.date)}


def commit(view: View, repository: Repository, value: GitCommit) -> JSON:
    """A ``commit`` as the commits endpoints give it."""
    return {
        "url": view.repo(repository, f"/commits/{value.sha}"),
        "sha": value.sha,
        "node_id": node_id("C", value.sha),
        "html_url": view.page(repository, f"/commit/{value.sha}"),
        "comments_url": view.repo(repository, f"/commits/{value.sha}/comments"),
        "commit": {
            "url": view.repo(repository, f"/git/commits/{value.sha}"),
            "author": identity(value.author),
            "committer": identity(value.committer),
            "message": value.message,
            "comment_count": 0,
            "tree": _tree(view, repository, value),
            "verification": _UNSIGNED,
        },
        "author": _account(view, value.author),
        "committer": _account(view, value.committer),
        "parents": _parents(view, repository, value),
    }


def _account(view: View, person: GitIdentity) -> JSON:
    """The account behind an address or name; GitHub writes ``null`` or ``{}`` when there is none."""
    for user in view.world.users.values():
        if person.email and person.email in (user.email, f"{user.login}@users.noreply.github.com"):
            return view.user(user.login)
    return view.user(person.name) if person.name.lower() in view.world.users else {}


def _tree(view: View, repository: Repository, value: GitCommit) -> JSON:
    return {"sha": value.tree, "url": view.repo(repository, f"/git/trees/{value.tree}")}


def _parents(view: View, repository: Repository, value: GitCommit, *, path: str = "/commits") -> list[JSON]:
    return [
        {
            "sha": sha,
            "url": view.repo(repository, f"{path}/{sha}"),
            "html_url": view.page(repository, f"/commit/{sha}"),
        }
        for sha in value.parents
    ]


def git_commit(view: View, repository: Repository, value: GitCommit) -> JSON:
    """A ``git-commit`` as the git database gives it."""
    return {
        "sha": value.sha,
        "node_id": node_id("C", value.sha),
        "url": view.repo(repository, f"/git/commits/{value.sha}"),
        "html_url": view.page(repository, f"/commit/{value.sha}"),
        "author": identity(value.author),
        "committer": identity(value.committer),
        "tree": _tree(view, repository, value),
        "message": value.message,
        "parents": _parents(view, repository, value, path="/git/commits"),
        "verification": _UNSIGNED,
    }


def simple_commit(value: GitCommit) -> JSON:
    """A ``simple-commit``, the ``head_commit`` of runs."""
    return {
        "id": value.sha,
        "tree_id": value.tree,
        "message": value.message,
        "timestamp": stamp(value.committer.date),
        "author": {"name": value.author.name, "email": value.author.email},
        "committer": {"name": value.committer.name, "email": value.committer.email},
    }


def reference(view: View, repository: Repository, name: str, *, sha: str) -> JSON:
    """A ``git-ref``."""
    return {
        "ref": name,
        "node_id": node_id("REF", name),
        "url": view.repo(repository, f"/git/{name}"),
        "object": {"sha": sha, "type": "commit", "url": view.repo(repository, f"/git/commits/{sha}")},
    }


def short_branch(view: View, repository: Repository, name: str, *, sha: str) -> JSON:
    """A ``short-branch``."""
    return {
        "name": name,
        "commit": {"sha": sha, "url": view.repo(repository, f"/commits/{sha}")},
        "protected": False,
    }


def branch(view: View, repository: Repository, name: str, *, head: GitCommit) -> JSON:
    """A ``branch-with-protection``; nothing is protected here."""
    url = view.repo(repository, f"/branches/{quote(name)}")
    return {
        "name": name,
        "commit": commit(view, repository, head),
        "_links": {"self": url, "html": view.page(repository, f"/tree/{quote(name)}")},
        "protected": False,
        "protection": {
            "enabled": False,
            "required_status_checks": {"enforcement_level": "off", "contexts": [], "checks": []},
        },
        "protection_url": f"{url}/protection",
    }


def file_diff(view: View, repository: Repository, value: GitFileDiff, *, ref: str) -> JSON:
    """A ``diff-entry``; ``ref`` is the commit the file links point at."""
    path = quote(value.path)
    shown: JSON = {
        "sha": value.sha,
        "filename": value.path,
        "status": value.status,
        "additions": value.additions,
        "deletions": value.deletions,
        "changes": value.additions + value.deletions,
        "blob_url": view.page(repository, f"/blob/{ref}/{path}"),
        "raw_url": view.page(repository, f"/raw/{ref}/{path}"),
        "contents_url": view.repo(repository, f"/contents/{path}?ref={ref}"),
    }
    if value.patch is not None:
        shown["patch"] = value.patch
    if value.previous_path is not None:
        shown["previous_filename"] = value.previous_path
    return shown


def content_entry(view: View, repository: Repository, entry: GitEntry, *, ref: str) -> JSON:
    """One entry of a ``content-directory``."""
    path = quote(entry.path)
    url = view.repo(repository, f"/contents/{path}?ref={quote(ref)}")
    kind = "trees" if entry.kind == "dir" else "blobs"
    html = view.page(repository, f"/{'tree' if entry.kind == 'dir' else 'blob'}/{quote(ref)}/{path}")
    git_url = view.repo(repository, f"/git/{kind}/{entry.sha}")
    return {
        "name": entry.path.rpartition("/")[2],
        "path": entry.path,
        "sha": entry.sha,
        "size": entry.size,
        "url": url,
        "html_url": html,
        "git_url": git_url,
        "download_url": None if entry.kind == "dir" else view.page(repository, f"/raw/{quote(ref)}/{path}"),
        "type": entry.kind,
        "_links": {"self": url, "git": git_url, "html": html},
    }


def content_file(shown: JSON, data: bytes) -> JSON:
    """A ``content-file``: an entry with its bytes in base64, broken in lines of 60 as GitHub does."""
    text = base64.b64encode(data).decode()
    lines = "".join(f"{text[start : start + 60]}\n" for start in range(0, len(text), 60))
    return shown | {"type": "file", "encoding": "base64", "content": lines}
