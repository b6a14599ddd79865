"""Comments of issues and pull requests: of one issue, or of the whole repository since a moment."""

from ftc.simulator.access import Need, reads, writes
from ftc.simulator.http import ApiError, Response, invalid, not_found
from ftc.simulator.pushes import cross_reference
from ftc.simulator.rest.call import BODY_LIMIT, Call, endpoint, parse_time, text_field
from ftc.simulator.rest.issues import THREADS
from ftc.simulator.rest.listing import page
from ftc.simulator.shapes.issues import comment as comment_shape
from ftc.simulator.world import Comment, Issue

_EDIT_OTHERS = Need(permissions=THREADS, level="write", role="write", signed_in=True)


@endpoint("GET", "/issues/comments", reads(*THREADS))
def list_repository_comments(call: Call) -> Response:
    """All comments of the repository; sorted by creation, oldest first, unless ``sort`` and ``direction`` say."""
    query = call.request.query
    pairs = [(issue, comment) for issue in call.repo.issues.values() for comment in issue.comments]
    if query.get("since"):
        bound = parse_time(query["since"])
        pairs = [pair for pair in pairs if pair[1].updated_at >= bound]
    updated = query.get("sort") == "updated"
    pairs.sort(key=lambda pair: (pair[1].updated_at if updated else pair[1].created_at, pair[1].id))
    if query.get("sort") and query.get("direction", "desc") == "desc":
        pairs.reverse()
    return page(call, pairs, lambda pair: comment_shape(call.view, call.repo, pair[0], value=pair[1]))


@endpoint("GET", "/issues/{issue_number}/comments", reads(*THREADS))
def list_comments(call: Call) -> Response:
    """The comments of one issue, oldest first."""
    issue, since = call.issue(), call.request.query.get("since")
    bound = parse_time(since) if since else None
    found = [comment for comment in issue.comments if bound is None or comment.updated_at >= bound]
    return page(call, found, lambda entry: comment_shape(call.view, call.repo, issue, value=entry))


@endpoint("POST", "/issues/{issue_number}/comments", writes(*THREADS, role="read"))
def create_comment(call: Call) -> Response:
    """Comment; a locked conversation takes comments only from people with write."""
    issue, body = call.issue(), _body(call)
    _may_talk(call, issue)
    if issue.locked and not call.may(_EDIT_OTHERS):
        raise ApiError(403, "Unable to create comment because issue is locked.")
    now = call.world.now()
    comment = Comment(id=call.world.next_id(), author=call.user.login, body=body, created_at=now, updated_at=now)
    issue.comments.append(comment)
    issue.updated_at = now
    cross_reference(call.world, call.repo, issue, text=body, actor=comment.author)
    return Response.of_json(comment_shape(call.view, call.repo, issue, value=comment), status=201)


def _body(call: Call) -> str:
    body = text_field(call.fields(), "body", resource="IssueComment", limit=BODY_LIMIT)
    if not body or not body.strip():
        raise invalid("IssueComment", "body", "missing_field", "Body cannot be blank")
    return body


def find_comment(call: Call) -> tuple[Issue, Comment]:
    """The comment of the path with its issue."""
    number = call.number("comment_id")
    for issue in call.repo.issues.values():
        for comment in issue.comments:
            if comment.id == number and not issue.deleted:
                return issue, comment
    raise not_found()


@endpoint("GET", "/issues/comments/{comment_id}", reads(*THREADS))
def get_comment(call: Call) -> Response:
    """One comment."""
    issue, comment = find_comment(call)
    return Response.of_json(comment_shape(call.view, call.repo, issue, value=comment))


@endpoint("PATCH", "/issues/comments/{comment_id}", writes(*THREADS, role="read"))
def update_comment(call: Call) -> Response:
    """Edit a comment: one's own, or anybody's with write; the author stays."""
    issue, comment = find_comment(call)
    _may_talk(call, issue)
    _may_edit(call, comment)
    comment.rewrite(_body(call), editor=call.user.login, now=call.world.now(), edit_id=call.world.next_id())
    return Response.of_json(comment_shape(call.view, call.repo, issue, value=comment))


@endpoint("DELETE", "/issues/comments/{comment_id}", writes(*THREADS, role="read"))
def delete_comment(call: Call) -> Response:
    """Remove a comment; the timeline keeps that it happened."""
    issue, comment = find_comment(call)
    _may_talk(call, issue)
    _may_edit(call, comment)
    issue.comments.remove(comment)
    call.record(issue, "comment_deleted")
    return Response.empty()


def _may_talk(call: Call, issue: Issue) -> None:
    """Below a pull request a job needs the right to pull requests, whatever its right to issues.

    The documentation calls either enough; GitHub itself answers 403 (github/rest-api-description, issue 6994).
    """
    if issue.pull is not None:
        call.require(Need(permissions=("pull_requests",), level="write", signed_in=True))


def _may_edit(call: Call, comment: Comment) -> None:
    if comment.author != call.user.login:
        call.require(_EDIT_OTHERS)
