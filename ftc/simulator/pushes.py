"""What follows when references of a repository moved, by the API or by a push.

Rule: every path that moves a reference ends here, so open pull requests always show the head they have.
"""

import re
from datetime import datetime

from ftc.core.markdown import strip_hidden
from ftc.core.scan_block import visible_lines
from ftc.simulator.git_types import GitIdentity
from ftc.simulator.world import Issue, PullRequest, Repository, TimelineEvent, World

_CLOSING = re.compile(r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+#(\d+)\b", re.IGNORECASE)
_CODE = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)|<(code|pre)>.*?</\2>", re.DOTALL)
_MENTION = re.compile(r"(?<![\w/&])(?P<repo>[\w.-]+/[\w.-]+)?#(?P<number>\d+)\b")


def after_push(world: World, repository: Repository, *, actor: str) -> None:
    """Note the push and bring the pull requests from and to this repository up to date."""
    repository.pushed_at = world.now()
    for target in world.repositories.values():
        for issue in list(target.pulls()):
            if issue.state == "open" and repository.full_name in (target.full_name, _pull(issue).head_repository):
                refresh_pull(world, target, issue, actor=actor)


def refresh_pull(world: World, repository: Repository, issue: Issue, *, actor: str) -> None:
    """Read head and base of an open pull request again; a head branch that is gone closes it."""
    pull = _pull(issue)
    source = world.repository(pull.head_repository)
    head = source.git.resolve(f"refs/heads/{pull.head_ref}") if source else None
    if source is None or head is None:
        close(world, issue, actor=actor)
        return
    pull.base_sha = repository.git.resolve(f"refs/heads/{pull.base_ref}") or pull.base_sha
    if head != pull.head_sha:
        pull.head_sha = head
        issue.updated_at = world.now()
    repository.git.fetch(source.git.path, head)
    who = GitIdentity(name=issue.author, email=f"{issue.author}@users.noreply.github.com", date=world.now())
    pull.merge_commit_sha = repository.git.refresh_pull(issue.number, base=pull.base_sha, head=head, author=who)


def close(world: World, issue: Issue, *, actor: str, commit: str | None = None, reason: str | None = None) -> None:
    """Close an issue or pull request with its event."""
    now = world.now()
    issue.state, issue.closed_at, issue.closed_by, issue.updated_at = "closed", now, actor, now
    issue.state_reason = None if issue.pull else reason or "completed"
    data = {"commit_id": commit} if commit else {}
    issue.events.append(TimelineEvent(id=world.next_id(), event="closed", actor=actor, created_at=now, data=data))


def close_mentioned(world: World, repository: Repository, text: str, *, actor: str, commit: str) -> None:
    """Close the open issues a merged text says it fixes ("Fixes #7")."""
    for number in dict.fromkeys(int(match) for match in _CLOSING.findall(text)):
        issue = repository.issues.get(number)
        if issue is not None and issue.pull is None and issue.state == "open":
            close(world, issue, actor=actor, commit=commit)


def cross_reference(world: World, repository: Repository, source: Issue, *, text: str, actor: str) -> None:
    """Leave a "mentioned in" event on every issue a text names, once for each source."""
    now: datetime = world.now()
    for match in _MENTION.finditer(_prose(text)):
        target = world.repository(match["repo"]) if match["repo"] else repository
        issue = target.issues.get(int(match["number"])) if target else None
        origin = (repository.full_name, source.number)
        if issue is None or issue is source or any(event.data.get("source") == origin for event in issue.events):
            continue
        event = TimelineEvent(id=world.next_id(), event="cross-referenced", actor=actor, created_at=now)
        event.data["source"] = origin
        issue.events.append(event)


def _prose(text: str) -> str:
    """What of a text is read for references: GitHub leaves out code, and what the page does not show."""
    shown = strip_hidden("\n".join(line for _, line in visible_lines(text)))
    return _CODE.sub(" ", shown)


def _pull(issue: Issue) -> PullRequest:
    assert issue.pull is not None, "only pull requests come here"
    return issue.pull
