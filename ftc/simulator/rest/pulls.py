"""Pull requests: list, open, read, edit, merge; heads and merges are real commits."""

from ftc.simulator.access import Need, reads, writes
from ftc.simulator.http import ApiError, Response, invalid
from ftc.simulator.pushes import after_push, close, close_mentioned, cross_reference, refresh_pull
from ftc.simulator.rest.call import BODY_LIMIT, TITLE_LIMIT, Call, endpoint, text_field
from ftc.simulator.rest.contents import identity_of
from ftc.simulator.rest.issues import edit_thread, reopen
from ftc.simulator.rest.listing import ordered, page
from ftc.simulator.shapes.commits import commit as commit_shape
from ftc.simulator.shapes.commits import file_diff
from ftc.simulator.shapes.pulls import Size, pull_full, pull_simple
from ftc.simulator.shapes.view import JSON
from ftc.simulator.world import Issue, PullRequest, Repository

_WRITE = Need(permissions=("pull_requests",), level="write", role="write", signed_in=True)
_PUSH = Need(permissions=("contents",), level="write", role="write", signed_in=True)
BOT_REFUSED = "GitHub Actions is not permitted to create or approve pull requests."


@endpoint("GET", "/pulls", reads("pull_requests"))
def list_pulls(call: Call) -> Response:
    """Open pull requests unless ``state`` says otherwise; ``head`` is ``owner:branch``."""
    wanted = [issue for issue in call.repo.pulls() if _wanted(call, issue)]
    keys = {"created": lambda issue: (issue.created_at, issue.number), "updated": lambda issue: issue.updated_at}
    listed = ordered(call, wanted, keys, default="created")
    return page(call, listed, lambda issue: pull_simple(call.view, call.repo, issue))


def _wanted(call: Call, issue: Issue) -> bool:
    query, pull = call.request.query, pull_of(issue)
    if query.get("state", "open") not in ("all", issue.state):
        return False
    owner = pull.head_repository.partition("/")[0]
    head = query.get("head", "")
    if ":" in head and head != f"{owner}:{pull.head_ref}":
        return False
    return query.get("base", pull.base_ref) == pull.base_ref


def pull_of(issue: Issue) -> PullRequest:
    """The pull request half of an issue that is one."""
    assert issue.pull is not None, "only pull requests come here"
    return issue.pull


def _size(call: Call, issue: Issue) -> Size:
    pull = pull_of(issue)
    base = call.repo.git.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
    files = call.repo.git.diff(base, pull.head_sha)
    return Size(
        commits=len(call.repo.git.between(pull.base_sha, pull.head_sha)),
        additions=sum(entry.additions for entry in files),
        deletions=sum(entry.deletions for entry in files),
        changed_files=len(files),
        mergeable=None if issue.state == "closed" else pull.merge_commit_sha is not None,
    )


def _answer(call: Call, issue: Issue, *, status: int = 200) -> Response:
    return Response.of_json(pull_full(call.view, call.repo, issue, size=_size(call, issue)), status=status)


@endpoint("GET", "/pulls/{pull_number}", reads("pull_requests"))
def get_pull(call: Call) -> Response:
    """One pull request with its size and mergeability."""
    return _answer(call, call.pull())


@endpoint("POST", "/pulls", writes("pull_requests", role="read"))
def create_pull(call: Call) -> Response:
    """Open a pull request from a branch here (needs push) or of a fork (``owner:branch``)."""
    if call.actor.is_job and not call.repo.actions_can_approve_pull_requests:
        raise ApiError(403, BOT_REFUSED)
    fields = call.fields()
    title = text_field(fields, "title", resource="PullRequest", limit=TITLE_LIMIT)
    body = text_field(fields, "body", resource="PullRequest", limit=BODY_LIMIT) or ""
    if not title:
        raise invalid("PullRequest", "title", "missing_field")
    pull = _checked_ends(call, fields)
    now, number = call.world.now(), call.repo.next_number
    issue = Issue(
        id=call.world.next_id(),
        number=number,
        title=title,
        body=body,
        author=call.user.login,
        created_at=now,
        updated_at=now,
        pull=pull,
    )
    call.repo.issues[number] = issue
    call.repo.next_number += 1
    refresh_pull(call.world, call.repo, issue, actor=issue.author)
    cross_reference(call.world, call.repo, issue, text=body, actor=issue.author)
    return _answer(call, issue, status=201)


def _checked_ends(call: Call, fields: JSON) -> PullRequest:
    """Head and base that exist, differ, and have no open pull request yet."""
    source, head_ref = _head(call, fields)
    base_ref = str(fields.get("base") or "")
    head = source.git.resolve(f"refs/heads/{head_ref}")
    base = call.repo.git.resolve(f"refs/heads/{base_ref}")
    if head is None or base is None:
        raise invalid("PullRequest", "base" if base is None else "head", "invalid")
    call.repo.git.fetch(source.git.path, head)
    if not call.repo.git.between(base, head):
        message = f"No commits between {base_ref} and {head_ref}"
        raise ApiError(422, "Validation Failed", errors=[_custom(message)])
    for other in call.repo.pulls():
        old = pull_of(other)
        if other.state == "open" and (old.head_repository, old.head_ref, old.base_ref) == (
            source.full_name,
            head_ref,
            base_ref,
        ):
            message = f"A pull request already exists for {source.owner}:{head_ref}."
            raise ApiError(422, "Validation Failed", errors=[_custom(message)])
    return PullRequest(
        base_ref=base_ref,
        head_ref=head_ref,
        head_repository=source.full_name,
        base_sha=base,
        head_sha=head,
        draft=bool(fields.get("draft")),
        maintainer_can_modify=source is not call.repo and bool(fields.get("maintainer_can_modify", True)),
    )


def _custom(message: str) -> JSON:
    return {"resource": "PullRequest", "code": "custom", "message": message}


def _head(call: Call, fields: JSON) -> tuple[Repository, str]:
    owner, colon, ref = str(fields.get("head") or "").rpartition(":")
    if not colon or owner.lower() == call.repo.owner.lower():
        if not call.actor.is_job:
            call.require(_PUSH)
        return call.repo, ref
    for repository in call.world.repositories.values():
        if repository.owner.lower() == owner.lower() and repository.parent == call.repo.full_name:
            return repository, ref
    raise invalid("PullRequest", "head", "invalid")


@endpoint("PATCH", "/pulls/{pull_number}", writes("pull_requests", role="read"))
def update_pull(call: Call) -> Response:
    """Edit title, body, state or base; the author may, and everybody with write."""
    issue, fields = call.pull(), call.fields()
    if issue.author != call.user.login:
        call.require(_WRITE)
    title = text_field(fields, "title", resource="PullRequest", limit=TITLE_LIMIT)
    body = text_field(fields, "body", resource="PullRequest", limit=BODY_LIMIT) or ""
    edit_thread(call, issue, title=title, body=body if "body" in fields else None)
    if fields.get("base"):
        pull_of(issue).base_ref = str(fields["base"])
        refresh_pull(call.world, call.repo, issue, actor=call.user.login)
    if fields.get("state") == "closed" and issue.state == "open":
        close(call.world, issue, actor=call.user.login)
    elif fields.get("state") == "open" and issue.state == "closed":
        reopen(call, issue)
    return _answer(call, issue)


@endpoint("GET", "/pulls/{pull_number}/files", reads("pull_requests"))
def list_files(call: Call) -> Response:
    """The files changed since the merge base."""
    pull = pull_of(call.pull())
    base = call.repo.git.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
    files = call.repo.git.diff(base, pull.head_sha)
    return page(call, files, lambda entry: file_diff(call.view, call.repo, entry, ref=pull.head_sha))


@endpoint("GET", "/pulls/{pull_number}/commits", reads("pull_requests"))
def list_pull_commits(call: Call) -> Response:
    """The commits only the head has, oldest first."""
    pull = pull_of(call.pull())
    commits = [
        found for found in map(call.repo.git.commit, call.repo.git.between(pull.base_sha, pull.head_sha)) if found
    ]
    return page(call, commits, lambda entry: commit_shape(call.view, call.repo, entry))


@endpoint("GET", "/pulls/{pull_number}/merge", reads("pull_requests"))
def check_merged(call: Call) -> Response:
    """204 when merged, 404 when not."""
    return Response.empty(204 if pull_of(call.pull()).merged_at else 404)


@endpoint("PUT", "/pulls/{pull_number}/merge", writes("contents"))
def merge(call: Call) -> Response:
    """Merge with ``merge``, ``squash`` or ``rebase``; 405 when it cannot, 409 when the head moved."""
    issue, fields = call.pull(), call.fields()
    pull = pull_of(issue)
    if issue.state != "open" or pull.draft:
        raise ApiError(405, "Pull Request is not mergeable")
    if fields.get("sha") not in (None, pull.head_sha):
        raise ApiError(409, "Head branch was modified. Review and try the merge again.")
    sha = _merged(call, issue, fields)
    if sha is None:
        raise ApiError(405, "Pull Request is not mergeable")
    call.repo.git.set_reference(f"refs/heads/{pull.base_ref}", sha)
    pull.merged_at, pull.merged_by, pull.merge_commit_sha = call.world.now(), call.user.login, sha
    call.record(issue, "merged", commit_id=sha)
    close(call.world, issue, actor=call.user.login)
    if pull.base_ref == call.repo.default_branch:
        close_mentioned(call.world, call.repo, f"{issue.title}\n{issue.body}", actor=call.user.login, commit=sha)
    after_push(call.world, call.repo, actor=call.user.login)
    return Response.of_json({"sha": sha, "merged": True, "message": "Pull Request successfully merged"})


def _merged(call: Call, issue: Issue, fields: JSON) -> str | None:
    pull, who = pull_of(issue), identity_of(call)
    method = fields.get("merge_method") or "merge"
    text = "\n\n".join(part for part in (fields.get("commit_title"), fields.get("commit_message")) if part)
    if method == "merge":
        owner = pull.head_repository.partition("/")[0]
        message = text or f"Merge pull request #{issue.number} from {owner}/{pull.head_ref}\n\n{issue.title}"
        return call.repo.git.merge(base=pull.base_sha, head=pull.head_sha, message=message, author=who)
    message = text or f"{issue.title} (#{issue.number})"
    return call.repo.git.squash(base=pull.base_sha, head=pull.head_sha, message=message, author=who)


@endpoint("PUT", "/pulls/{pull_number}/update-branch", writes("pull_requests", "contents"))
def update_branch(call: Call) -> Response:
    """Merge the base into the head branch."""
    issue = call.pull()
    pull = pull_of(issue)
    source = call.world.repository(pull.head_repository) or call.repo
    message = f"Merge branch '{pull.base_ref}' into {pull.head_ref}"
    if call.fields().get("expected_head_sha") not in (None, pull.head_sha):
        raise ApiError(422, "expected head sha didn’t match current head ref.")
    source.git.fetch(call.repo.git.path, pull.base_sha)
    sha = source.git.merge(base=pull.head_sha, head=pull.base_sha, message=message, author=identity_of(call))
    if sha is None:
        raise ApiError(422, "merge conflict between base and head")
    source.git.set_reference(f"refs/heads/{pull.head_ref}", sha)
    after_push(call.world, source, actor=call.user.login)
    return Response.of_json({"message": "Updating pull request branch.", "url": call.view.web("/updates")}, status=202)


@endpoint("GET", "/pulls/{pull_number}/requested_reviewers", reads("pull_requests"))
def list_requested(call: Call) -> Response:
    """Who was asked to review and has not yet."""
    users = [call.view.user(login) for login in pull_of(call.pull()).requested_reviewers]
    return Response.of_json({"users": users, "teams": []})


@endpoint("POST", "/pulls/{pull_number}/requested_reviewers", writes("pull_requests"))
def request_reviewers(call: Call) -> Response:
    """Ask collaborators to review; others are answered as 422."""
    issue, fields = call.pull(), call.fields()
    for login in fields.get("reviewers") or ():
        if call.repo.role(str(login)) == "none" or str(login).lower() not in call.world.users:
            raise ApiError(422, "Reviews may only be requested from collaborators.")
        if login not in pull_of(issue).requested_reviewers:
            pull_of(issue).requested_reviewers.append(str(login))
            call.record(issue, "review_requested", review_requester=call.user.login, requested_reviewer=str(login))
    return Response.of_json(pull_simple(call.view, call.repo, issue), status=201)


@endpoint("DELETE", "/pulls/{pull_number}/requested_reviewers", writes("pull_requests"))
def remove_requested(call: Call) -> Response:
    """Take the request back."""
    issue, gone = call.pull(), call.fields().get("reviewers") or ()
    pull_of(issue).requested_reviewers = [login for login in pull_of(issue).requested_reviewers if login not in gone]
    return Response.of_json(pull_simple(call.view, call.repo, issue))
