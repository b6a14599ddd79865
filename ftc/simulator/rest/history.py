"""Timelines and events of issues, with their actors, and reactions."""

from collections.abc import Callable
from typing import Any

from ftc.simulator.access import Need, reads, writes
from ftc.simulator.http import Response, invalid, not_found
from ftc.simulator.rest.call import Call, endpoint
from ftc.simulator.rest.comments import find_comment
from ftc.simulator.rest.issues import THREADS
from ftc.simulator.rest.listing import page
from ftc.simulator.shapes.commits import git_commit
from ftc.simulator.shapes.issues import REACTIONS, event, issue, reaction, timeline_comment, timeline_entry
from ftc.simulator.shapes.pulls import review as review_shape
from ftc.simulator.shapes.view import JSON
from ftc.simulator.world import Issue, Reaction, Text

_ADMIN = Need(permissions=THREADS, level="write", role="admin", signed_in=True)


@endpoint("GET", "/issues/{issue_number}/timeline", reads(*THREADS))
def list_timeline(call: Call) -> Response:
    """Commits, comments, reviews and events of an issue, oldest first."""
    found = call.issue()
    entries: list[tuple[Any, JSON]] = [
        (entry.created_at, timeline_entry(call.view, call.repo, entry)) for entry in found.events
    ]
    entries += [
        (entry.created_at, timeline_comment(call.view, call.repo, found, value=entry)) for entry in found.comments
    ]
    entries += _pull_entries(call, found)
    entries.sort(key=lambda pair: (pair[0], pair[1].get("id", 0)))
    return page(call, entries, lambda pair: pair[1])


def _pull_entries(call: Call, found: Issue) -> list[tuple[Any, JSON]]:
    pull = found.pull
    if pull is None:
        return []
    entries: list[tuple[Any, JSON]] = []
    for sha in call.repo.git.between(pull.base_sha, pull.head_sha):
        commit = call.repo.git.commit(sha)
        if commit is not None:
            entries.append((found.created_at, git_commit(call.view, call.repo, commit) | {"event": "committed"}))
    for review in pull.reviews:
        if review.submitted_at is not None:
            shown = review_shape(call.view, call.repo, found, value=review)
            entries.append((review.submitted_at, shown | {"event": "reviewed", "state": review.state.lower()}))
    return entries


@endpoint("GET", "/issues/{issue_number}/events", reads(*THREADS))
def list_issue_events(call: Call) -> Response:
    """The events of an issue, oldest first, without comments and cross references."""
    events = [entry for entry in call.issue().events if entry.event != "cross-referenced"]
    return page(call, events, lambda entry: event(call.view, call.repo, entry))


@endpoint("GET", "/issues/events", reads(*THREADS))
def list_events(call: Call) -> Response:
    """The events of the repository, newest first, each with its issue."""
    pairs = [(found, entry) for found in call.repo.issues.values() for entry in found.events]
    pairs = [pair for pair in pairs if pair[1].event != "cross-referenced"]
    pairs.sort(key=lambda pair: (pair[1].created_at, pair[1].id), reverse=True)
    return page(
        call,
        pairs,
        lambda pair: event(call.view, call.repo, pair[1]) | {"issue": issue(call.view, call.repo, pair[0])},
    )


@endpoint("GET", "/issues/events/{event_id}", reads(*THREADS))
def get_event(call: Call) -> Response:
    """One event with its issue."""
    for found in call.repo.issues.values():
        for entry in found.events:
            if entry.id == call.number("event_id"):
                shown = event(call.view, call.repo, entry)
                return Response.of_json(shown | {"issue": issue(call.view, call.repo, found)})
    raise not_found()


def _list(call: Call, text: Text) -> Response:
    content = call.request.query.get("content")
    found = [entry for entry in text.reactions if not content or entry.content == content]
    return page(call, found, lambda entry: reaction(call.view, entry))


def _react(call: Call, text: Text) -> Response:
    content = call.fields().get("content")
    if content not in REACTIONS:
        raise invalid("Reaction", "content", "invalid")
    for entry in text.reactions:
        if (entry.user, entry.content) == (call.user.login, content):
            return Response.of_json(reaction(call.view, entry))
    entry = Reaction(id=call.world.next_id(), user=call.user.login, content=content, created_at=call.world.now())
    text.reactions.append(entry)
    return Response.of_json(reaction(call.view, entry), status=201)


def _unreact(call: Call, text: Text) -> Response:
    number = call.number("reaction_id")
    for entry in text.reactions:
        if entry.id == number:
            if entry.user != call.user.login:
                call.require(_ADMIN)
            text.reactions.remove(entry)
            return Response.empty()
    raise not_found()


def add_reaction_routes(path: str, permissions: tuple[str, ...], find: Callable[[Call], Text]) -> None:
    """The three reaction endpoints of one kind of text."""
    endpoint("GET", f"{path}/reactions", reads(*permissions))(lambda call: _list(call, find(call)))
    endpoint("POST", f"{path}/reactions", writes(*permissions, role="read"))(lambda call: _react(call, find(call)))
    endpoint("DELETE", f"{path}/reactions/{{reaction_id}}", writes(*permissions, role="read"))(
        lambda call: _unreact(call, find(call))
    )


add_reaction_routes("/issues/{issue_number}", THREADS, lambda call: call.issue())
add_reaction_routes("/issues/comments/{comment_id}", THREADS, lambda call: find_comment(call)[1])
