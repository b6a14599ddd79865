"""Pull requests, reviews and review comments as JSON."""

from dataclasses import dataclass

from ftc.simulator.shapes.issues import association, labels, rollup
from ftc.simulator.shapes.repository import plain_repository
from ftc.simulator.shapes.view import JSON, View, node_id, stamp
from ftc.simulator.world import Issue, PullRequest, Repository, Review, ReviewComment


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What a pull request changes, and whether it merges (None: not known yet)."""

    commits: int
    additions: int
    deletions: int
    changed_files: int
    mergeable: bool | None


def pull_simple(view: View, repository: Repository, value: Issue) -> JSON:
    """A ``pull-request-simple``, as lists give it."""
    pull = _pull(value)
    url = view.repo(repository, f"/pulls/{value.number}")
    page = view.page(repository, f"/pull/{value.number}")
    head_repo = view.world.repository(pull.head_repository) or repository
    return {
        "url": url,
        "id": value.id,
        "node_id": node_id("PR", value.id),
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        **_link_fields(view, repository, value),
        "number": value.number,
        "state": value.state,
        "locked": value.locked,
        "active_lock_reason": value.lock_reason,
        "title": value.title,
        "user": view.user(value.author),
        "body": value.body or None,
        "labels": labels(view, repository, value),
        "milestone": None,
        "created_at": stamp(value.created_at),
        "updated_at": stamp(value.updated_at),
        "closed_at": stamp(value.closed_at),
        "merged_at": stamp(pull.merged_at),
        "merge_commit_sha": pull.merge_commit_sha,
        "assignee": view.user(value.assignees[0]) if value.assignees else None,
        "assignees": [view.user(login) for login in value.assignees],
        "requested_reviewers": [view.user(login) for login in pull.requested_reviewers],
        "requested_teams": [],
        "draft": pull.draft,
        "head": _end(view, head_repo, ref=pull.head_ref, sha=pull.head_sha),
        "base": _end(view, repository, ref=pull.base_ref, sha=pull.base_sha),
        "_links": _links(view, repository, value),
        "author_association": association(repository, value.author),
        "auto_merge": None,
    }


def _pull(value: Issue) -> PullRequest:
    assert value.pull is not None, "only pull requests come here"
    return value.pull


def _link_fields(view: View, repository: Repository, value: Issue) -> JSON:
    url = view.repo(repository, f"/pulls/{value.number}")
    return {
        "issue_url": view.repo(repository, f"/issues/{value.number}"),
        "commits_url": f"{url}/commits",
        "review_comments_url": f"{url}/comments",
        "review_comment_url": view.repo(repository, "/pulls/comments{/number}"),
        "comments_url": view.repo(repository, f"/issues/{value.number}/comments"),
        "statuses_url": view.repo(repository, f"/statuses/{_pull(value).head_sha}"),
    }


def _links(view: View, repository: Repository, value: Issue) -> JSON:
    fields = {name.removesuffix("_url"): url for name, url in _link_fields(view, repository, value).items()}
    fields |= {
        "self": view.repo(repository, f"/pulls/{value.number}"),
        "html": view.page(repository, f"/pull/{value.number}"),
    }
    return {name: {"href": url} for name, url in fields.items()}


def _end(view: View, repository: Repository, *, ref: str, sha: str) -> JSON:
    return {
        "label": f"{repository.owner}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": view.user(repository.owner),
        "repo": plain_repository(view, repository),
    }


def pull_full(view: View, repository: Repository, value: Issue, *, size: Size) -> JSON:
    """A ``pull-request``."""
    pull = _pull(value)
    state = {True: "clean", False: "dirty", None: "unknown"}[size.mergeable]
    return pull_simple(view, repository, value) | {
        "merged": pull.merged_at is not None,
        "mergeable": size.mergeable,
        "rebaseable": size.mergeable,
        "mergeable_state": "draft" if pull.draft and size.mergeable else state,
        "merged_by": view.maybe_user(pull.merged_by),
        "comments": len(value.comments),
        "review_comments": len(pull.review_comments),
        "maintainer_can_modify": pull.maintainer_can_modify,
        "commits": size.commits,
        "additions": size.additions,
        "deletions": size.deletions,
        "changed_files": size.changed_files,
    }


def review(view: View, repository: Repository, parent: Issue, *, value: Review) -> JSON:
    """A ``pull-request-review``; a pending one has no ``submitted_at``."""
    page = view.page(repository, f"/pull/{parent.number}#pullrequestreview-{value.id}")
    pull_url = view.repo(repository, f"/pulls/{parent.number}")
    shown: JSON = {
        "id": value.id,
        "node_id": node_id("PRR", value.id),
        "user": view.user(value.author),
        "body": value.body,
        "state": value.state,
        "html_url": page,
        "pull_request_url": pull_url,
        "_links": {"html": {"href": page}, "pull_request": {"href": pull_url}},
        "commit_id": value.commit_id,
        "author_association": association(repository, value.author),
    }
    if value.submitted_at is not None:
        shown["submitted_at"] = stamp(value.submitted_at)
    return shown


def review_comment(view: View, repository: Repository, parent: Issue, *, value: ReviewComment) -> JSON:
    """A ``pull-request-review-comment``."""
    url = view.repo(repository, f"/pulls/comments/{value.id}")
    page = view.page(repository, f"/pull/{parent.number}#discussion_r{value.id}")
    pull_url = view.repo(repository, f"/pulls/{parent.number}")
    shown: JSON = {
        "url": url,
        "pull_request_review_id": value.review_id,
        "id": value.id,
        "node_id": node_id("PRRC", value.id),
        "diff_hunk": value.diff_hunk,
        "path": value.path,
        "position": value.line or 1,
        "original_position": value.line or 1,
        "commit_id": value.commit_id,
        "original_commit_id": value.original_commit_id,
        "user": view.user(value.author),
        "body": value.body,
        "created_at": stamp(value.created_at),
        "updated_at": stamp(value.updated_at),
        "html_url": page,
        "pull_request_url": pull_url,
        "author_association": association(repository, value.author),
        "_links": {"self": {"href": url}, "html": {"href": page}, "pull_request": {"href": pull_url}},
        "reactions": rollup(value, url),
        "start_line": value.start_line,
        "original_start_line": value.start_line,
        "start_side": value.side,
        "side": value.side,
        "subject_type": "line" if value.line else "file",
    }
    if value.line is not None:
        shown |= {"line": value.line, "original_line": value.line}
    if value.in_reply_to is not None:
        shown["in_reply_to_id"] = value.in_reply_to
    return shown
