"""Reviews and review comments of pull requests."""

from ftc.simulator.access import Need, reads, writes
from ftc.simulator.http import ApiError, Response, invalid, not_found
from ftc.simulator.rest.call import BODY_LIMIT, Call, endpoint, parse_time, text_field
from ftc.simulator.rest.history import add_reaction_routes
from ftc.simulator.rest.listing import page
from ftc.simulator.rest.pulls import BOT_REFUSED, pull_of
from ftc.simulator.shapes.pulls import review as review_shape
from ftc.simulator.shapes.pulls import review_comment as comment_shape
from ftc.simulator.shapes.view import JSON
from ftc.simulator.world import Issue, Review, ReviewComment

_STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}
_WRITE = Need(permissions=("pull_requests",), level="write", role="write", signed_in=True)
PULLS = ("pull_requests",)


@endpoint("GET", "/pulls/{pull_number}/reviews", reads(*PULLS))
def list_reviews(call: Call) -> Response:
    """Reviews, oldest first; pending ones show only to their author."""
    issue = call.pull()
    shown = [entry for entry in pull_of(issue).reviews if entry.state != "PENDING" or entry.author == call.actor.login]
    return page(call, shown, lambda entry: review_shape(call.view, call.repo, issue, value=entry))


def _find(call: Call, issue: Issue) -> Review:
    for review in pull_of(issue).reviews:
        if review.id == call.number("review_id"):
            return review
    raise not_found()


def _answer(call: Call, issue: Issue, review: Review) -> Response:
    return Response.of_json(review_shape(call.view, call.repo, issue, value=review))


@endpoint("POST", "/pulls/{pull_number}/reviews", writes(*PULLS, role="read"))
def create_review(call: Call) -> Response:
    """A review with its line comments; without ``event`` it stays pending."""
    issue, fields, now = call.pull(), call.fields(), call.world.now()
    pull = pull_of(issue)
    review = Review(
        id=call.world.next_id(),
        author=call.user.login,
        body=text_field(fields, "body", resource="PullRequestReview", limit=BODY_LIMIT) or "",
        created_at=now,
        updated_at=now,
        state="PENDING",
        commit_id=str(fields.get("commit_id") or pull.head_sha),
    )
    if fields.get("event"):
        _submit(call, issue, review, event=str(fields["event"]))
    pull.reviews.append(review)
    for entry in fields.get("comments") or ():
        pull.review_comments.append(_comment(call, issue, entry, review=review))
    return _answer(call, issue, review)


def _submit(call: Call, issue: Issue, review: Review, *, event: str) -> None:
    state = _STATES.get(event)
    if state is None:
        raise invalid("PullRequestReview", "event", "invalid")
    if state != "COMMENTED" and issue.author == review.author:
        word = "approve" if state == "APPROVED" else "request changes on"
        raise ApiError(422, "Unprocessable Entity", errors=[f"Can not {word} your own pull request"])
    if state == "APPROVED" and call.actor.is_job and not call.repo.actions_can_approve_pull_requests:
        raise ApiError(422, "Unprocessable Entity", errors=[BOT_REFUSED])
    if state == "CHANGES_REQUESTED" and not review.body:
        raise invalid("PullRequestReview", "body", "missing_field")
    review.state, review.submitted_at = state, call.world.now()
    issue.updated_at = call.world.now()
    pull = pull_of(issue)
    pull.requested_reviewers = [login for login in pull.requested_reviewers if login != review.author]


def _comment(call: Call, issue: Issue, entry: JSON, *, review: Review) -> ReviewComment:
    now, head = call.world.now(), pull_of(issue).head_sha
    return ReviewComment(
        id=call.world.next_id(),
        author=review.author,
        body=text_field(entry, "body", resource="PullRequestReviewComment", limit=BODY_LIMIT) or "",
        created_at=now,
        updated_at=now,
        review_id=review.id,
        path=str(entry.get("path", "")),
        commit_id=head,
        original_commit_id=str(entry.get("commit_id") or head),
        diff_hunk=_hunk(call, issue, str(entry.get("path", ""))),
        line=entry.get("line") or entry.get("position"),
        start_line=entry.get("start_line"),
        side=str(entry.get("side") or "RIGHT"),
        in_reply_to=entry.get("in_reply_to"),
    )


def _hunk(call: Call, issue: Issue, path: str) -> str:
    """The file's diff stands in for the few lines GitHub cuts out of it; a file not in the diff is refused."""
    pull = pull_of(issue)
    base = call.repo.git.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
    for entry in call.repo.git.diff(base, pull.head_sha):
        if entry.path == path:
            return entry.patch or ""
    raise ApiError(422, "Unprocessable Entity", errors=["Path could not be resolved"])


@endpoint("GET", "/pulls/{pull_number}/reviews/{review_id}", reads(*PULLS))
def get_review(call: Call) -> Response:
    """One review."""
    issue = call.pull()
    return _answer(call, issue, _find(call, issue))


@endpoint("PUT", "/pulls/{pull_number}/reviews/{review_id}", writes(*PULLS, role="read"))
def update_review(call: Call) -> Response:
    """Edit the summary of a review."""
    issue = call.pull()
    review = _find(call, issue)
    body = text_field(call.fields(), "body", resource="PullRequestReview", limit=BODY_LIMIT) or ""
    review.rewrite(body, editor=call.user.login, now=call.world.now(), edit_id=call.world.next_id())
    return _answer(call, issue, review)


@endpoint("DELETE", "/pulls/{pull_number}/reviews/{review_id}", writes(*PULLS, role="read"))
def delete_review(call: Call) -> Response:
    """Throw away a pending review."""
    issue = call.pull()
    review = _find(call, issue)
    if review.state != "PENDING":
        raise ApiError(422, "Can not delete a non-pending pull request review")
    pull_of(issue).reviews.remove(review)
    return _answer(call, issue, review)


@endpoint("POST", "/pulls/{pull_number}/reviews/{review_id}/events", writes(*PULLS, role="read"))
def submit_review(call: Call) -> Response:
    """Submit a pending review."""
    issue, fields = call.pull(), call.fields()
    review = _find(call, issue)
    review.body = str(fields.get("body") or review.body)
    _submit(call, issue, review, event=str(fields.get("event")))
    return _answer(call, issue, review)


@endpoint("PUT", "/pulls/{pull_number}/reviews/{review_id}/dismissals", writes(*PULLS))
def dismiss_review(call: Call) -> Response:
    """Dismiss a review with a message."""
    issue = call.pull()
    review = _find(call, issue)
    dismissed = {
        "state": review.state.lower(),
        "review_id": review.id,
        "dismissal_message": call.fields().get("message"),
    }
    review.state = "DISMISSED"
    call.record(issue, "review_dismissed", dismissed_review=dismissed)
    return _answer(call, issue, review)


@endpoint("GET", "/pulls/comments", reads(*PULLS))
def list_all_comments(call: Call) -> Response:
    """All review comments of the repository."""
    pairs = [(issue, entry) for issue in call.repo.pulls() for entry in pull_of(issue).review_comments]
    since = call.request.query.get("since")
    if since:
        pairs = [pair for pair in pairs if pair[1].updated_at >= parse_time(since)]
    return page(call, pairs, lambda pair: comment_shape(call.view, call.repo, pair[0], value=pair[1]))


@endpoint("GET", "/pulls/{pull_number}/comments", reads(*PULLS))
def list_pull_comments(call: Call) -> Response:
    """The review comments of a pull request, oldest first."""
    return _comments_page(call, call.pull(), review=None)


@endpoint("GET", "/pulls/{pull_number}/reviews/{review_id}/comments", reads(*PULLS))
def list_review_comments(call: Call) -> Response:
    """The comments of one review."""
    issue = call.pull()
    return _comments_page(call, issue, review=_find(call, issue))


def _comments_page(call: Call, issue: Issue, *, review: Review | None) -> Response:
    shown = [entry for entry in pull_of(issue).review_comments if review is None or entry.review_id == review.id]
    return page(call, shown, lambda entry: comment_shape(call.view, call.repo, issue, value=entry))


@endpoint("POST", "/pulls/{pull_number}/comments", writes(*PULLS, role="read"))
def create_comment(call: Call) -> Response:
    """A single line comment; it makes a review of its own, as on GitHub. ``in_reply_to`` answers a thread."""
    issue, fields = call.pull(), call.fields()
    if fields.get("in_reply_to"):
        return _reply(call, issue, int(fields["in_reply_to"]))
    if not fields.get("path") or not fields.get("body"):
        raise invalid("PullRequestReviewComment", "body" if fields.get("path") else "path", "missing_field")
    review = _silent_review(call, issue)
    comment = _comment(call, issue, fields, review=review)
    pull_of(issue).review_comments.append(comment)
    return Response.of_json(comment_shape(call.view, call.repo, issue, value=comment), status=201)


def _silent_review(call: Call, issue: Issue) -> Review:
    now = call.world.now()
    review = Review(
        id=call.world.next_id(),
        author=call.user.login,
        created_at=now,
        updated_at=now,
        state="COMMENTED",
        commit_id=pull_of(issue).head_sha,
        submitted_at=now,
    )
    pull_of(issue).reviews.append(review)
    issue.updated_at = now
    return review


@endpoint("POST", "/pulls/{pull_number}/comments/{comment_id}/replies", writes(*PULLS, role="read"))
def reply(call: Call) -> Response:
    """Answer in the thread of a review comment."""
    return _reply(call, call.pull(), call.number("comment_id"))


def _reply(call: Call, issue: Issue, parent_id: int) -> Response:
    parent = next((entry for entry in pull_of(issue).review_comments if entry.id == parent_id), None)
    if parent is None:
        raise not_found()
    fields: JSON = {"body": call.fields().get("body"), "path": parent.path, "line": parent.line, "side": parent.side}
    fields["in_reply_to"] = parent.in_reply_to or parent.id
    comment = _comment(call, issue, fields, review=_silent_review(call, issue))
    pull_of(issue).review_comments.append(comment)
    return Response.of_json(comment_shape(call.view, call.repo, issue, value=comment), status=201)


def find_comment(call: Call) -> tuple[Issue, ReviewComment]:
    """The review comment of the path with its pull request."""
    for issue in call.repo.pulls():
        for entry in pull_of(issue).review_comments:
            if entry.id == call.number("comment_id"):
                return issue, entry
    raise not_found()


@endpoint("GET", "/pulls/comments/{comment_id}", reads(*PULLS))
def get_comment(call: Call) -> Response:
    """One review comment."""
    issue, comment = find_comment(call)
    return Response.of_json(comment_shape(call.view, call.repo, issue, value=comment))


@endpoint("PATCH", "/pulls/comments/{comment_id}", writes(*PULLS, role="read"))
def update_comment(call: Call) -> Response:
    """Edit a review comment."""
    issue, comment = find_comment(call)
    if comment.author != call.user.login:
        call.require(_WRITE)
    body = text_field(call.fields(), "body", resource="PullRequestReviewComment", limit=BODY_LIMIT) or ""
    comment.rewrite(body, editor=call.user.login, now=call.world.now(), edit_id=call.world.next_id())
    return Response.of_json(comment_shape(call.view, call.repo, issue, value=comment))


@endpoint("DELETE", "/pulls/comments/{comment_id}", writes(*PULLS, role="read"))
def delete_comment(call: Call) -> Response:
    """Remove a review comment."""
    issue, comment = find_comment(call)
    if comment.author != call.user.login:
        call.require(_WRITE)
    pull_of(issue).review_comments.remove(comment)
    return Response.empty()


add_reaction_routes("/pulls/comments/{comment_id}", PULLS, lambda call: find_comment(call)[1])
