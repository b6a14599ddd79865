"""Issues and pull requests of a scenario, with comments, edits, reactions, events and reviews."""

from datetime import datetime
from typing import Any

from ftc.simulator.pushes import close, close_mentioned, refresh_pull
from ftc.simulator.scenario.fields import Section, refuse
from ftc.simulator.scenario.place import Place
from ftc.simulator.shapes.issues import REACTIONS
from ftc.simulator.world import (
    Comment,
    Issue,
    Label,
    PullRequest,
    Reaction,
    Repository,
    Review,
    ReviewComment,
    Text,
    TimelineEvent,
)

_TEXT = ("author", "body", "at", "edits", "reactions")
_THREAD = (
    *_TEXT, "number", "title", "labels", "assignees", "state", "state_reason", "locked", "deleted", "comments",
    "events", "closed_by", "milestone",
)  # fmt: skip
_PULL = (*_THREAD, "head", "base", "from", "draft", "merged_by", "merged", "files", "reviews", "requested_reviewers")
_STATES = ("PENDING", "COMMENTED", "APPROVED", "CHANGES_REQUESTED", "DISMISSED")


def add_issues(place: Place, given: Section) -> None:
    """The ``issues`` of a repository."""
    for where, value in given.items("issues"):
        _add_thread(place, Section({"title": value} if isinstance(value, str) else value, where, _THREAD))


def add_pulls(place: Place, given: Section) -> None:
    """The ``pull_requests`` of a repository."""
    for where, value in given.items("pull_requests"):
        _add_pull(place, Section(value, where, _PULL))


def _add_thread(place: Place, given: Section, pull: PullRequest | None = None) -> Issue:
    repository, world = place.repository, place.world
    number = given.number("number", repository.next_number)
    if number in repository.issues:
        raise refuse(given.where, f"number {number} is taken")
    if "title" not in given:
        raise refuse(given.where, "needs a title")
    text = _text(place, given)
    issue = Issue(**text, number=number, title=given.text("title"), pull=pull)
    issue.assignees = [world.user(login).login for login in given.names("assignees")]
    issue.milestone = given.maybe_text("milestone")
    issue.locked, issue.deleted = given.flag("locked"), given.flag("deleted")
    repository.issues[number] = issue
    repository.next_number = max(repository.next_number, number + 1)
    _revise(place, issue, given)
    for name in given.names("labels"):
        _label(place, issue, name)
    for where, value in given.items("comments"):
        entry = Section(value, where, _TEXT)
        comment = Comment(**_text(place, entry))
        issue.comments.append(comment)
        _revise(place, comment, entry)
    for where, value in given.items("events"):
        _add_event(place, issue, Section(value, where, ("event", "actor", "at", "label", "assignee", "commit_id")))
    _finish(place, issue, given)
    return issue


def _text(place: Place, given: Section) -> dict[str, Any]:
    at = given.time("at", now=place.world.now())
    author = place.world.user(given.text("author", place.repository.owner)).login
    made = {"id": place.world.next_id(), "author": author, "body": given.text("body")}
    return made | {"created_at": at, "updated_at": at}


def _revise(place: Place, text: Text, given: Section) -> None:
    for where, value in given.items("edits"):
        edit = Section(value, where, ("editor", "body", "at"))
        editor = place.world.user(edit.text("editor", text.author)).login
        at = edit.time("at", now=place.world.now(), default=text.updated_at)
        text.rewrite(edit.text("body"), editor=editor, now=at, edit_id=place.world.next_id())
    for where, content, logins in given.pairs("reactions"):
        if content not in REACTIONS:
            raise refuse(where, f"must be one of {', '.join(REACTIONS)}")
        for login in [logins] if isinstance(logins, str) else logins:
            user = place.world.user(str(login)).login
            text.reactions.append(
                Reaction(id=place.world.next_id(), user=user, content=content, created_at=text.updated_at)
            )


def _label(place: Place, issue: Issue, name: str) -> None:
    label = ensure_label(place, place.repository, name)
    issue.labels.append(label.name)
    data = {"label": {"name": label.name, "color": label.color}}
    _event(place, issue, "labeled", actor=issue.author, at=issue.created_at, data=data)


def ensure_label(place: Place, repository: Repository, name: str) -> Label:
    """The label, made when the repository does not have it."""
    label = repository.label(name)
    if label is None:
        label = Label(id=place.world.next_id(), name=name)
        repository.labels.append(label)
    return label


def _event(place: Place, issue: Issue, event: str, *, actor: str, at: datetime, data: dict[str, Any]) -> None:
    issue.events.append(TimelineEvent(id=place.world.next_id(), event=event, actor=actor, created_at=at, data=data))


def _add_event(place: Place, issue: Issue, given: Section) -> None:
    """An event alone; ``labeled`` and ``unlabeled`` also change the labels, as the event says."""
    name, data = given.text("event"), {}
    if "label" in given:
        label = ensure_label(place, place.repository, given.text("label"))
        data = {"label": {"name": label.name, "color": label.color}}
        if name == "labeled" and label.name not in issue.labels:
            issue.labels.append(label.name)
        if name == "unlabeled":
            issue.labels = [old for old in issue.labels if old != label.name]
    for key in ("assignee", "commit_id"):
        if key in given:
            data[key] = given.get(key)
    actor = place.world.user(given.text("actor", issue.author)).login
    at = given.time("at", now=place.world.now(), default=issue.created_at)
    _event(place, issue, name, actor=actor, at=at, data=data)


def _finish(place: Place, issue: Issue, given: Section) -> None:
    state = given.text("state", "open")
    if state not in ("open", "closed"):
        raise given.wrong("state", "open or closed")
    if state == "closed":
        close(place.world, issue, actor=given.text("closed_by", issue.author), reason=given.maybe_text("state_reason"))
    issue.updated_at = max([issue.updated_at, *(comment.updated_at for comment in issue.comments)])


def _add_pull(place: Place, given: Section) -> None:
    source = place.repository
    if "from" in given:
        found = place.world.repository(given.text("from"))
        if found is None:
            raise refuse(f"{given.where}.from", "no such repository; forks are listed after what they fork")
        source = found
    head, base = given.text("head"), given.text("base", place.repository.default_branch)
    if not head:
        raise refuse(given.where, "needs a head branch")
    author, at = given.text("author", source.owner), given.time("at", now=place.world.now())
    base_sha = place.resolve(base, where=f"{given.where}.base")
    if "files" in given:
        _branch_with(place, source, given, base_sha=base_sha, author=author, at=at)
    head_sha = source.git.resolve(f"refs/heads/{head}")
    if head_sha is None:
        raise refuse(f"{given.where}.head", f"no branch {head!r} in {source.full_name}; give it commits, or files here")
    pull = PullRequest(
        base_ref=base,
        head_ref=head,
        head_repository=source.full_name,
        base_sha=base_sha,
        head_sha=head_sha,
        draft=given.flag("draft"),
        requested_reviewers=[place.world.user(login).login for login in given.names("requested_reviewers")],
    )
    merged = given.flag("merged")
    given.values = {key: value for key, value in given.values.items() if key != "state" or not merged}
    issue = _add_thread(place, given, pull)
    if issue.state == "open":
        refresh_pull(place.world, place.repository, issue, actor=author)
    for where, value in given.items("reviews"):
        _add_review(place, issue, Section(value, where, (*_TEXT, "state", "comments")))
    if merged:
        _merge(place, issue, by=given.text("merged_by", place.repository.owner))


def _branch_with(place: Place, source: Repository, given: Section, *, base_sha: str, author: str, at: datetime) -> None:
    files = {str(name): None if text is None else str(text).encode() for _, name, text in given.pairs("files")}
    source.git.fetch(place.repository.git.path, base_sha)
    parents = (source.git.resolve(f"refs/heads/{given.text('head')}") or base_sha,)
    who = place.identity(author, at)
    sha = source.git.commit_files(parents=parents, files=files, message=given.text("title"), author=who)
    source.git.set_reference(f"refs/heads/{given.text('head')}", sha)


def _merge(place: Place, issue: Issue, *, by: str) -> None:
    pull, git = issue.pull, place.repository.git
    assert pull is not None, "only pull requests are merged"
    message = f"Merge pull request #{issue.number} from {pull.head_ref}"
    author = place.identity(by, issue.created_at)
    sha = git.merge(base=pull.base_sha, head=pull.head_sha, message=message, author=author)
    if sha is None:
        raise refuse(f"pull request {issue.number}", "cannot be merged: its head conflicts with its base")
    git.set_reference(f"refs/heads/{pull.base_ref}", sha)
    pull.merged_at, pull.merged_by, pull.merge_commit_sha = place.world.now(), by, sha
    _event(place, issue, "merged", actor=by, at=place.world.now(), data={"commit_id": sha})
    close(place.world, issue, actor=by)
    close_mentioned(place.world, place.repository, issue.body, actor=by, commit=sha)


def _add_review(place: Place, issue: Issue, given: Section) -> None:
    pull, state = issue.pull, given.text("state", "COMMENTED").upper()
    assert pull is not None, "only pull requests are reviewed"
    if state not in _STATES:
        raise given.wrong("state", f"one of {', '.join(_STATES)}")
    text = _text(place, given)
    submitted = None if state == "PENDING" else text["created_at"]
    review = Review(**text, state=state, commit_id=pull.head_sha, submitted_at=submitted)
    pull.reviews.append(review)
    _revise(place, review, given)
    for where, value in given.items("comments"):
        entry = Section(value, where, (*_TEXT, "path", "line", "in_reply_to"))
        entry.values.setdefault("author", review.author)
        entry.values.setdefault("at", review.created_at)
        comment = ReviewComment(
            **_text(place, entry),
            review_id=review.id,
            path=entry.text("path"),
            commit_id=pull.head_sha,
            original_commit_id=pull.head_sha,
            line=entry.number("line", 1),
            in_reply_to=pull.review_comments[entry.number("in_reply_to", 0)].id if "in_reply_to" in entry else None,
        )
        pull.review_comments.append(comment)
        _revise(place, comment, entry)
