"""Issues, comments, reactions and timeline events as JSON."""

from ftc.simulator.shapes.milestones import milestone
from ftc.simulator.shapes.repository import label as label_shape
from ftc.simulator.shapes.view import JSON, View, node_id, stamp
from ftc.simulator.world import Comment, Issue, Reaction, Repository, Text, TimelineEvent

REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")
_PEOPLE = ("assignee", "assigner", "review_requester", "requested_reviewer")


def association(repository: Repository, login: str) -> str:
    """``author_association``: owner, collaborator or nobody in particular."""
    if login.lower() == repository.owner.lower():
        return "OWNER"
    return "COLLABORATOR" if login.lower() in repository.collaborators else "NONE"


def issue(view: View, repository: Repository, value: Issue) -> JSON:
    """An ``issue``; a pull request carries its ``pull_request`` links, as in GitHub's issue list."""
    url = view.repo(repository, f"/issues/{value.number}")
    kind = "pull" if value.pull else "issues"
    shown: JSON = {
        "url": url,
        "repository_url": view.repo(repository),
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "timeline_url": f"{url}/timeline",
        "html_url": view.page(repository, f"/{kind}/{value.number}"),
        "id": value.id,
        "node_id": node_id("PR" if value.pull else "I", value.id),
        "number": value.number,
        "title": value.title,
        "user": view.user(value.author),
        "labels": labels(view, repository, value),
        "state": value.state,
        "state_reason": value.state_reason,
        "locked": value.locked,
        "active_lock_reason": value.lock_reason,
        "assignee": view.user(value.assignees[0]) if value.assignees else None,
        "assignees": [view.user(login) for login in value.assignees],
        "milestone": milestone(view, repository, value.milestone),
        "comments": len(value.comments),
        "created_at": stamp(value.created_at),
        "updated_at": stamp(value.updated_at),
        "closed_at": stamp(value.closed_at),
        "closed_by": view.maybe_user(value.closed_by),
        "author_association": association(repository, value.author),
        "body": value.body or None,
        "reactions": rollup(value, url),
        "performed_via_github_app": None,
    }
    if value.pull is not None:
        shown |= {"draft": value.pull.draft, "pull_request": _pull_links(view, repository, value)}
    return shown


def _pull_links(view: View, repository: Repository, value: Issue) -> JSON:
    page = view.page(repository, f"/pull/{value.number}")
    merged = value.pull.merged_at if value.pull else None
    return {
        "url": view.repo(repository, f"/pulls/{value.number}"),
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "merged_at": stamp(merged),
    }


def labels(view: View, repository: Repository, value: Issue) -> list[JSON]:
    """The labels of an issue that still exist in the repository."""
    found = (repository.label(name) for name in value.labels)
    return [label_shape(view, repository, entry) for entry in found if entry is not None]


def comment(view: View, repository: Repository, parent: Issue, *, value: Comment) -> JSON:
    """An ``issue-comment``."""
    url = view.repo(repository, f"/issues/comments/{value.id}")
    kind = "pull" if parent.pull else "issues"
    return {
        "url": url,
        "html_url": view.page(repository, f"/{kind}/{parent.number}#issuecomment-{value.id}"),
        "issue_url": view.repo(repository, f"/issues/{parent.number}"),
        "id": value.id,
        "node_id": node_id("IC", value.id),
        "user": view.user(value.author),
        "created_at": stamp(value.created_at),
        "updated_at": stamp(value.updated_at),
        "body": value.body,
        "author_association": association(repository, value.author),
        "reactions": rollup(value, url),
        "performed_via_github_app": None,
    }


def rollup(value: Text, url: str) -> JSON:
    """A ``reaction-rollup``."""
    counts = {name: sum(entry.content == name for entry in value.reactions) for name in REACTIONS}
    return {"url": f"{url}/reactions", "total_count": len(value.reactions), **counts}


def reaction(view: View, value: Reaction) -> JSON:
    """A ``reaction``."""
    return {
        "id": value.id,
        "node_id": node_id("REA", value.id),
        "user": view.user(value.user),
        "content": value.content,
        "created_at": stamp(value.created_at),
    }


def event(view: View, repository: Repository, value: TimelineEvent) -> JSON:
    """An ``issue-event`` with the fields of its kind (label, assignee, rename, lock_reason, commit)."""
    commit = value.data.get("commit_id")
    shown: JSON = {
        "id": value.id,
        "node_id": node_id("EV", value.id),
        "url": view.repo(repository, f"/issues/events/{value.id}"),
        "actor": view.user(value.actor),
        "event": value.event,
        "commit_id": commit,
        "commit_url": view.repo(repository, f"/commits/{commit}") if commit else None,
        "created_at": stamp(value.created_at),
        "performed_via_github_app": None,
    }
    return shown | _details(view, value)


def _details(view: View, value: TimelineEvent) -> JSON:
    data = {name: entry for name, entry in value.data.items() if name not in ("commit_id", "source")}
    return {name: view.user(entry) if name in _PEOPLE else entry for name, entry in data.items()}


def timeline_entry(view: View, repository: Repository, value: TimelineEvent) -> JSON:
    """An event as the timeline shows it: cross references carry the issue they come from."""
    if value.event != "cross-referenced":
        shown = event(view, repository, value)
        shown.pop("assigner", None)  # only the event lists say who assigned
        return shown
    full_name, number = value.data["source"]
    origin = view.world.repository(full_name)
    source = origin.issues.get(number) if origin else None
    return {
        "event": "cross-referenced",
        "actor": view.user(value.actor),
        "created_at": stamp(value.created_at),
        "updated_at": stamp(value.created_at),
        "source": {"type": "issue", **({"issue": issue(view, origin, source)} if origin and source else {})},
    }


def timeline_comment(view: View, repository: Repository, parent: Issue, *, value: Comment) -> JSON:
    """A comment as the timeline shows it."""
    shown = comment(view, repository, parent, value=value)
    return shown | {"event": "commented", "actor": shown["user"]}
