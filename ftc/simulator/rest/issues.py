"""Issues (pull requests among them): list, read, open, edit, lock, assign.

Rule: what a caller without push rights may not set (labels, assignees) is dropped silently, as on GitHub.
"""

from ftc.simulator.access import Need, reads, writes
from ftc.simulator.http import ApiError, Response, invalid
from ftc.simulator.pushes import close, cross_reference
from ftc.simulator.rest.call import BODY_LIMIT, TITLE_LIMIT, Call, endpoint, parse_time, text_field
from ftc.simulator.rest.listing import ordered, page
from ftc.simulator.shapes.issues import issue as issue_shape
from ftc.simulator.shapes.view import JSON
from ftc.simulator.world import Issue, Label

THREADS = ("issues", "pull_requests")
# Labels and assignees want triage; GitHub drops them silently below that.
_TRIAGE = Need(permissions=THREADS, level="write", role="triage", signed_in=True)
ASSIGNEES_LIMIT = 10


@endpoint("GET", "/issues", reads(*THREADS))
def list_issues(call: Call) -> Response:
    """Open issues and pull requests unless ``state`` says otherwise, newest first."""
    wanted = [issue for issue in call.repo.issues.values() if _wanted(call, issue)]
    keys = {
        "created": lambda issue: (issue.created_at, issue.number),
        "updated": lambda issue: (issue.updated_at, issue.number),
        "comments": lambda issue: (len(issue.comments), issue.number),
    }
    listed = ordered(call, wanted, keys, default="created")
    return page(call, listed, lambda issue: issue_shape(call.view, call.repo, issue))


def _wanted(call: Call, issue: Issue) -> bool:
    query = call.request.query
    if issue.deleted or query.get("state", "open") not in ("all", issue.state):
        return False
    names = {name.strip().lower() for name in query.get("labels", "").split(",") if name.strip()}
    if not names <= {label.lower() for label in issue.labels}:
        return False
    since = query.get("since")
    if since and issue.updated_at < parse_time(since):
        return False
    return _people_match(query, issue)


def _people_match(query: dict[str, str], issue: Issue) -> bool:
    creator, assignee = query.get("creator"), query.get("assignee")
    if creator and creator.lower() != issue.author.lower():
        return False
    if not assignee or (assignee == "*" and issue.assignees):
        return True
    if assignee == "none":
        return not issue.assignees
    return assignee.lower() in [login.lower() for login in issue.assignees]


@endpoint("GET", "/issues/{issue_number}", reads(*THREADS))
def get_issue(call: Call) -> Response:
    """One issue or pull request; deleted ones are gone (410)."""
    return _answer(call, call.issue())


def _answer(call: Call, issue: Issue, *, status: int = 200) -> Response:
    return Response.of_json(issue_shape(call.view, call.repo, issue), status=status)


@endpoint("POST", "/issues", writes("issues", role="read"))
def create_issue(call: Call) -> Response:
    """Open an issue; anybody who reads may, but only with triage do labels and assignees count."""
    if not call.repo.has_issues:
        raise ApiError(410, "Issues are disabled for this repo")
    fields = call.fields()
    title = text_field(_titled(fields), "title", resource="Issue", limit=TITLE_LIMIT)
    if not title or not title.strip():
        raise invalid("Issue", "title", "missing_field")
    issue = _new(call, title=title, body=text_field(fields, "body", resource="Issue", limit=BODY_LIMIT) or "")
    if call.may(_TRIAGE):
        set_labels(call, issue, label_names(fields.get("labels") or []))
        set_assignees(call, issue, _logins(fields))
    cross_reference(call.world, call.repo, issue, text=issue.body, actor=issue.author)
    return _answer(call, issue, status=201)


def _titled(fields: JSON) -> JSON:
    return fields | {"title": str(fields["title"])} if isinstance(fields.get("title"), int) else fields


def _new(call: Call, *, title: str, body: str) -> Issue:
    now, number = call.world.now(), call.repo.next_number
    issue = Issue(
        id=call.world.next_id(),
        number=number,
        title=title,
        body=body,
        author=call.user.login,
        created_at=now,
        updated_at=now,
    )
    call.repo.issues[number] = issue
    call.repo.next_number += 1
    return issue


@endpoint("PATCH", "/issues/{issue_number}", writes(*THREADS, role="read"))
def update_issue(call: Call) -> Response:
    """Edit title, body, state, labels, assignees; the author may, and everybody with triage."""
    issue, fields = call.issue(), call.fields()
    if issue.author != call.user.login or call.actor.is_job:
        call.require(_TRIAGE)
    title = text_field(_titled(fields), "title", resource="Issue", limit=TITLE_LIMIT)
    body = text_field(fields, "body", resource="Issue", limit=BODY_LIMIT) or ""
    state = _state(fields)
    edit_thread(call, issue, title=title, body=body if "body" in fields else None)
    _change_state(call, issue, state=state, reason=fields.get("state_reason"))
    if call.may(_TRIAGE):
        if isinstance(fields.get("labels"), list):
            set_labels(call, issue, label_names(fields["labels"]))
        if fields.get("assignees") is not None or fields.get("assignee"):
            set_assignees(call, issue, _logins(fields))
    return _answer(call, issue)


def _state(fields: JSON) -> str | None:
    state = fields.get("state")
    if state not in (None, "open", "closed"):
        raise invalid("Issue", "state", "invalid")
    return state


def edit_thread(call: Call, issue: Issue, *, title: str | None, body: str | None) -> None:
    """Change title or body, with the rename event and the edit history that belong to them."""
    if title is not None and title != issue.title:
        call.record(issue, "renamed", rename={"from": issue.title, "to": title})
        issue.title = title
    if body is not None and body != issue.body:
        issue.rewrite(body, editor=call.user.login, now=call.world.now(), edit_id=call.world.next_id())
        cross_reference(call.world, call.repo, issue, text=body, actor=call.user.login)


def _change_state(call: Call, issue: Issue, *, state: str | None, reason: str | None) -> None:
    if state is None or state == issue.state:
        if reason and issue.state == "closed":
            issue.state_reason = reason
        return
    if state == "closed":
        close(call.world, issue, actor=call.user.login, reason=reason)
        return
    reopen(call, issue)


def reopen(call: Call, issue: Issue) -> None:
    """Open a closed issue or pull request again; a merged one stays closed."""
    if issue.pull is not None and issue.pull.merged_at is not None:
        raise invalid("PullRequest", "state", "invalid", "state cannot be changed. The pull request was merged.")
    issue.state, issue.closed_at, issue.closed_by = "open", None, None
    issue.state_reason = None if issue.pull else "reopened"
    call.record(issue, "reopened")


def label_names(values: object) -> list[str]:
    """Names out of ``["a", {"name": "b"}]``; anything else is answered as 422."""
    names = []
    for value in values if isinstance(values, list) else [None]:
        name = value.get("name") if isinstance(value, dict) else value
        if not isinstance(name, str) or not name.strip():
            raise invalid("Label", "name", "invalid")
        names.append(name.strip())
    return names


def set_labels(call: Call, issue: Issue, names: list[str]) -> None:
    """Make exactly these the labels of an issue, with one event for each that came or went."""
    for name in [old for old in issue.labels if old.lower() not in [new.lower() for new in names]]:
        remove_label(call, issue, name)
    add_labels(call, issue, names)


def add_labels(call: Call, issue: Issue, names: list[str]) -> None:
    """Add labels; one the repository does not know is created, as GitHub does it."""
    for name in names:
        label = call.repo.label(name) or _created(call, name)
        if label.name not in issue.labels:
            issue.labels.append(label.name)
            call.record(issue, "labeled", label={"name": label.name, "color": label.color})


def _created(call: Call, name: str) -> Label:
    label = Label(id=call.world.next_id(), name=name)
    call.repo.labels.append(label)
    return label


def remove_label(call: Call, issue: Issue, name: str) -> None:
    """Take one label off an issue."""
    label = call.repo.label(name)
    issue.labels = [old for old in issue.labels if old.lower() != name.lower()]
    call.record(issue, "unlabeled", label={"name": name, "color": label.color if label else "ededed"})


def _logins(fields: JSON) -> list[str]:
    values = fields.get("assignees") or ([fields["assignee"]] if fields.get("assignee") else [])
    return [str(value) for value in values][:ASSIGNEES_LIMIT]


def set_assignees(call: Call, issue: Issue, logins: list[str]) -> None:
    """Make exactly these the assignees; people without a role in the repository are refused."""
    for login in logins:
        if call.repo.role(login) == "none" or login.lower() not in call.world.users:
            raise invalid("Issue", "assignees", "invalid")
    for login in [old for old in issue.assignees if old not in logins]:
        unassign(call, issue, login)
    assign(call, issue, logins)


def assign(call: Call, issue: Issue, logins: list[str]) -> None:
    """Add assignees."""
    for login in logins:
        if login not in issue.assignees:
            issue.assignees.append(login)
            call.record(issue, "assigned", assignee=login, assigner=call.user.login)


def unassign(call: Call, issue: Issue, login: str) -> None:
    """Remove an assignee."""
    issue.assignees.remove(login)
    call.record(issue, "unassigned", assignee=login, assigner=call.user.login)


@endpoint("POST", "/issues/{issue_number}/assignees", writes(*THREADS, role="triage"))
def add_assignees(call: Call) -> Response:
    """Assign people; unknown logins are dropped silently here, as on GitHub."""
    issue = call.issue()
    assign(call, issue, [login for login in _logins(call.fields()) if login.lower() in call.world.users])
    return _answer(call, issue, status=201)


@endpoint("DELETE", "/issues/{issue_number}/assignees", writes(*THREADS, role="triage"))
def remove_assignees(call: Call) -> Response:
    """Unassign people."""
    issue = call.issue()
    for login in [login for login in _logins(call.fields()) if login in issue.assignees]:
        unassign(call, issue, login)
    return _answer(call, issue)


@endpoint("PUT", "/issues/{issue_number}/lock", writes(*THREADS, role="triage"))
def lock(call: Call) -> Response:
    """Lock a conversation, with an optional reason."""
    issue, reason = call.issue(), call.fields().get("lock_reason")
    if reason not in (None, "off-topic", "too heated", "resolved", "spam"):
        raise invalid("Issue", "lock_reason", "invalid")
    issue.locked, issue.lock_reason = True, reason
    call.record(issue, "locked", lock_reason=reason)
    return Response.empty()


@endpoint("DELETE", "/issues/{issue_number}/lock", writes(*THREADS, role="triage"))
def unlock(call: Call) -> Response:
    """Unlock a conversation."""
    issue = call.issue()
    issue.locked, issue.lock_reason = False, None
    call.record(issue, "unlocked", lock_reason=None)
    return Response.empty()
