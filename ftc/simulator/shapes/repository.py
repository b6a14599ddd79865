"""Repositories, labels and collaborators as JSON."""

from urllib.parse import quote

from ftc.simulator.shapes.view import JSON, View, node_id, simple_user, stamp
from ftc.simulator.world import ROLES, Label, Repository, User

# Link templates below a repository, by the name of their field.
_LINKS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}


def minimal_repository(view: View, repository: Repository) -> JSON:
    """A ``minimal-repository``, as it stands inside runs and checks."""
    return {
        "id": repository.id,
        "node_id": node_id("R", repository.id),
        "name": repository.name,
        "full_name": repository.full_name,
        "private": repository.private,
        "owner": view.user(repository.owner),
        "html_url": view.page(repository),
        "description": repository.description,
        "fork": repository.parent is not None,
        "url": view.repo(repository),
        **{name: view.repo(repository, path) for name, path in _LINKS.items()},
    }


def plain_repository(view: View, repository: Repository) -> JSON:
    """A ``repository``, as it stands inside pull requests."""
    page = view.page(repository)
    open_issues = sum(issue.state == "open" and not issue.deleted for issue in repository.issues.values())
    return minimal_repository(view, repository) | {
        "git_url": f"git:{page.partition(':')[2]}.git",
        "ssh_url": f"git@github.com:{repository.full_name}.git",
        "clone_url": f"{page}.git",
        "svn_url": page,
        "mirror_url": None,
        "homepage": None,
        "language": None,
        "license": None,
        "size": 0,
        "forks": 0,
        "forks_count": 0,
        "stargazers_count": 0,
        "watchers": 0,
        "watchers_count": 0,
        "default_branch": repository.default_branch,
        "open_issues": open_issues,
        "open_issues_count": open_issues,
        "has_issues": repository.has_issues,
        "has_projects": True,
        "has_wiki": True,
        "has_pages": False,
        "has_downloads": True,
        "has_discussions": False,
        "archived": repository.archived,
        "disabled": False,
        "is_template": False,
        "topics": [],
        "visibility": "private" if repository.private else "public",
        "allow_forking": True,
        "web_commit_signoff_required": False,
        "pushed_at": stamp(repository.pushed_at),
        "created_at": stamp(repository.created_at),
        "updated_at": stamp(repository.updated_at),
    }


def full_repository(view: View, repository: Repository, *, role: str | None) -> JSON:
    """A ``full-repository``; ``role`` is the reader's, None for nobody."""
    shown = plain_repository(view, repository) | {
        "subscribers_count": 0,
        "network_count": 0,
        "temp_clone_token": None,
        "allow_squash_merge": True,
        "allow_merge_commit": True,
        "allow_rebase_merge": True,
        "allow_auto_merge": False,
        "delete_branch_on_merge": False,
        "allow_update_branch": False,
        "squash_merge_commit_title": "COMMIT_OR_PR_TITLE",
        "squash_merge_commit_message": "COMMIT_MESSAGES",
        "merge_commit_title": "MERGE_MESSAGE",
        "merge_commit_message": "PR_TITLE",
    }
    if role is not None:
        shown["permissions"] = role_permissions(role)
    parent = view.world.repository(repository.parent) if repository.parent else None
    if parent is not None:
        shown |= {"parent": plain_repository(view, parent), "source": plain_repository(view, parent)}
    return shown


def role_permissions(role: str) -> JSON:
    """The five yes-or-no answers a role stands for."""
    rank = ROLES.index(role)
    names = {"admin": "admin", "maintain": "maintain", "push": "write", "triage": "triage", "pull": "read"}
    return {name: rank >= ROLES.index(least) for name, least in names.items()}


def collaborator(view: View, repository: Repository, user: User) -> JSON:
    """A ``collaborator`` with the real role."""
    role = repository.role(user.login)
    return simple_user(view, user) | {"permissions": role_permissions(role), "role_name": role}


def label(view: View, repository: Repository, value: Label) -> JSON:
    """A ``label``."""
    return {
        "id": value.id,
        "node_id": node_id("LA", value.id),
        "url": view.repo(repository, f"/labels/{quote(value.name, safe='')}"),
        "name": value.name,
        "color": value.color,
        "default": False,
        "description": value.description,
    }
