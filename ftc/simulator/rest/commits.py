"""Commits, comparisons, and what hangs on a commit: pull requests."""

from ftc.simulator.access import reads
from ftc.simulator.git_types import GitCommit
from ftc.simulator.http import ApiError, Response, not_found
from ftc.simulator.rest.call import Call, endpoint, parse_time
from ftc.simulator.rest.listing import page
from ftc.simulator.shapes.commits import commit, file_diff
from ftc.simulator.shapes.pulls import pull_simple
from ftc.simulator.shapes.view import JSON

COMPARE_FILES_LIMIT = 300  # files GitHub shows in one comparison
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def known_commit(call: Call, name: str) -> GitCommit:
    """The commit behind a branch, tag or sha; GitHub answers 422 for a full sha it does not have."""
    found = call.repo.git.commit(call.repo.git.resolve(name) or "")
    if found is None:
        raise ApiError(422, f"No commit found for SHA: {name}")
    return found


@endpoint("GET", "/commits", reads("contents"))
def list_commits(call: Call) -> Response:
    """History of a branch, newest first, filtered by path, author, since and until."""
    query = call.request.query
    start = query.get("sha") or call.repo.default_branch
    if call.repo.git.resolve(start) is None:
        raise not_found() if query.get("sha") else ApiError(409, "Git Repository is empty.")
    shas = call.repo.git.history(start, path=query.get("path") or None)
    commits = [found for found in map(call.repo.git.commit, shas) if found and _wanted(call, found)]
    return page(call, commits, lambda entry: commit(call.view, call.repo, entry))


def _wanted(call: Call, entry: GitCommit) -> bool:
    query = call.request.query
    author = query.get("author", "")
    if author and author not in (entry.author.name, entry.author.email):
        return False
    when = entry.committer.date
    since, until = query.get("since"), query.get("until")
    return not ((since and when < parse_time(since)) or (until and when > parse_time(until)))


@endpoint("GET", "/commits/{commit_sha}/pulls", reads("pull_requests"))
def list_pulls_of_commit(call: Call) -> Response:
    """The pull requests that brought a commit, or have it among their commits."""
    sha = known_commit(call, call.params["commit_sha"]).sha
    found = [issue for issue in call.repo.pulls() if issue.pull and _brings(call, issue.number, sha)]
    return page(call, found, lambda issue: pull_simple(call.view, call.repo, issue))


def _brings(call: Call, number: int, sha: str) -> bool:
    pull = call.repo.issues[number].pull
    assert pull is not None, "only pull requests come here"
    if sha in (pull.head_sha, pull.merge_commit_sha if pull.merged_at else None):
        return True
    return sha in call.repo.git.between(pull.base_sha, pull.head_sha)


@endpoint("GET", "/compare/{basehead*}", reads("contents"))
def compare(call: Call) -> Response:
    """``base...head``: how far apart, the commits (oldest first, paged) and the files since the merge base."""
    base_name, dots, head_name = call.params["basehead"].partition("...")
    names = [name.rpartition(":")[2] for name in (base_name, head_name)]
    shas = [call.repo.git.resolve(name) for name in names]
    if not dots or None in shas:
        raise not_found()
    found = call.repo.git.compare(shas[0] or "", shas[1] or "")
    if found is None:
        raise ApiError(404, f"No common ancestor between {base_name} and {head_name}.")
    listed = page(call, found.commits, lambda entry: commit(call.view, call.repo, entry))
    url = call.view.repo(call.repo, f"/compare/{call.params['basehead']}")
    web = call.view.page(call.repo, f"/compare/{call.params['basehead']}")
    shown = {
        "url": url,
        "html_url": web,
        "permalink_url": call.view.page(call.repo, f"/compare/{shas[0]}...{shas[1]}"),
        "diff_url": f"{web}.diff",
        "patch_url": f"{web}.patch",
        "base_commit": commit(call.view, call.repo, known_commit(call, shas[0] or "")),
        "merge_base_commit": commit(call.view, call.repo, known_commit(call, found.merge_base)),
        "status": found.status,
        "ahead_by": found.ahead_by,
        "behind_by": found.behind_by,
        "total_commits": found.ahead_by,
        "commits": listed.json(),
        "files": [
            file_diff(call.view, call.repo, entry, ref=found.head) for entry in found.files[:COMPARE_FILES_LIMIT]
        ],
    }
    return Response.of_json(shown, headers={key: value for key, value in listed.headers.items() if key == "link"})


@endpoint("GET", "/commits/{ref*}", reads("contents"))
def get_commit(call: Call) -> Response:
    """One commit with its files; ``application/vnd.github.sha`` answers the bare sha."""
    found = known_commit(call, call.params["ref"])
    if "application/vnd.github.sha" in call.request.headers.get("accept", ""):
        return Response(
            status=200, headers={"content-type": "application/vnd.github.sha; charset=utf-8"}, body=found.sha.encode()
        )
    files = call.repo.git.diff(found.parents[0] if found.parents else EMPTY_TREE, found.sha)
    shown: JSON = commit(call.view, call.repo, found)
    added, removed = sum(entry.additions for entry in files), sum(entry.deletions for entry in files)
    shown["stats"] = {"total": added + removed, "additions": added, "deletions": removed}
    shown["files"] = [file_diff(call.view, call.repo, entry, ref=found.sha) for entry in files]
    return Response.of_json(shown)
