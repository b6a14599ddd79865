"""A milestone as JSON; the world knows its title alone."""

from ftc.simulator.shapes.view import JSON, View, node_id, stamp
from ftc.simulator.world import Repository


def milestone(view: View, repository: Repository, title: str | None) -> JSON | None:
    """A ``nullable-milestone``; milestones are numbered in the order in which issues first name them."""
    if title is None:
        return None
    named = [issue for _, issue in sorted(repository.issues.items()) if issue.milestone]
    titles = list(dict.fromkeys(issue.milestone for issue in named))
    mine = [issue for issue in named if issue.milestone == title]
    number = titles.index(title) + 1
    url = view.repo(repository, f"/milestones/{number}")
    return {
        "url": url,
        "html_url": view.page(repository, f"/milestone/{number}"),
        "labels_url": f"{url}/labels",
        "id": repository.id * 1000 + number,
        "node_id": node_id("MI", repository.id * 1000 + number),
        "number": number,
        "title": title,
        "description": None,
        "creator": view.user(repository.owner),
        "open_issues": sum(issue.state == "open" for issue in mine),
        "closed_issues": sum(issue.state == "closed" for issue in mine),
        "state": "open",
        "created_at": stamp(mine[0].created_at),
        "updated_at": stamp(mine[0].created_at),
        "due_on": None,
        "closed_at": None,
    }
