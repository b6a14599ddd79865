"""What people do to issues in a scenario: through the simulator's API, with their own role.

The rule it keeps: a person can do here what GitHub lets that person do; what is refused fails the scenario.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ftc.core.errors import UsageError
from ftc.simulator.http import Request, Response
from ftc.simulator.scenario.fields import Section
from ftc.simulator.simulator import Simulator
from ftc.simulator.world import Issue, Repository, Token

_ACTIONS = (
    "edit",
    "close",
    "reopen",
    "add-label",
    "remove-label",
    "comment",
    "edit-comment",
    "delete-comment",
    "delete",
)
_DEED = ("who", "issue", "now", *_ACTIONS)
_EDIT = ("body", "keep", "replace", "with")
_REASONS = ("completed", "not_planned")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One person's action on one issue; exactly one of the actions is given."""

    where: str
    who: str
    """A login; empty means the owner of the repository."""
    issue: str
    """A number, or a part of the title of exactly one open or closed issue."""
    moment: Section
    """Holds ``now``, to which the world's clock moves before; it stands still where there is none."""
    action: str
    edit: Section
    close: str
    label: str
    comment: str
    """Text of a new comment, or the new text of the newest one."""


class Refused(Exception):
    """The action was not possible: no such issue, or GitHub says no."""


def parse_deed(value: object, where: str) -> Deed:
    """Check one ``person`` step."""
    given = Section(value, where, _DEED)
    actions = [name for name in _ACTIONS if name in given]
    if len(actions) != 1:
        raise UsageError(f"scenario: {where}: needs exactly one of {', '.join(_ACTIONS)}")
    if "issue" not in given:
        raise given.wrong("issue", "a number or a part of a title")
    action = actions[0]
    edit = Section(given.get("edit"), f"{where}.edit", _EDIT)
    _check(given, action, edit)
    return Deed(
        where=where,
        who=given.text("who"),
        issue=given.text("issue"),
        moment=given,
        action=action,
        edit=edit,
        close=given.text("close") if action == "close" else "",
        label=given.text(action) if action.endswith("-label") else "",
        comment=given.text(action) if action in ("comment", "edit-comment") else "",
    )


def _check(given: Section, action: str, edit: Section) -> None:
    if action == "close" and given.text("close") not in _REASONS:
        raise given.wrong("close", f"one of {', '.join(_REASONS)}")
    if action in ("reopen", "delete-comment", "delete") and not given.flag(action):
        raise given.wrong(action, "true")
    if action == "edit" and set(edit.values) not in ({"body"}, {"keep"}, {"replace", "with"}):
        raise UsageError(f"scenario: {edit.where}: needs body, or keep (characters), or replace and with")
    if action == "edit":
        edit.number("keep", 0), edit.text("body"), edit.text("replace"), edit.text("with")


def act(simulator: Simulator, repository: Repository, deed: Deed) -> None:
    """Do it; raises ``Refused`` with the reason when it cannot be done."""
    clock = simulator.world.clock
    clock.set(deed.moment.time("now", now=simulator.world.now()))
    issue = chosen(repository, deed.issue)
    if deed.action == "delete":
        # GitHub deletes issues by GraphQL only, which the simulator does not offer.
        issue.deleted = True
        return
    who = deed.who or repository.owner
    address = f"/repos/{repository.full_name}/issues"
    for method, path, body in _requests(deed, issue, address, who=who):
        answer = _asked(simulator, _token(simulator, who), method=method, path=path, body=body)
        if answer.status >= 400:
            said = (answer.json() or {}).get("message", "")
            raise Refused(f"{who} may not {deed.action} issue {issue.number}: GitHub answered {answer.status} {said}")


def chosen(repository: Repository, named: str) -> Issue:
    """The issue of this number or with this text in its title."""
    issues = [issue for issue in repository.issues.values() if issue.pull is None and not issue.deleted]
    if named.isdecimal():
        found = [issue for issue in issues if issue.number == int(named)]
    else:
        found = [issue for issue in issues if named in issue.title]
    if len(found) != 1:
        titles = "; ".join(f"#{issue.number} {issue.title}" for issue in issues) or "no issue at all"
        raise Refused(f"expected one issue {named!r}, found {len(found)}; there is: {titles}")
    return found[0]


def _requests(
    deed: Deed, issue: Issue, issues: str, *, who: str
) -> Iterator[tuple[str, str, Mapping[str, Any] | None]]:
    address = f"{issues}/{issue.number}"
    match deed.action:
        case "edit":
            yield "PATCH", address, {"body": _edited(deed.edit, issue.body)}
        case "close":
            yield "PATCH", address, {"state": "closed", "state_reason": deed.close}
        case "reopen":
            yield "PATCH", address, {"state": "open"}
        case "comment":
            yield "POST", f"{address}/comments", {"body": deed.comment}
        case "edit-comment":
            yield "PATCH", f"{issues}/comments/{_newest(issue, who)}", {"body": deed.comment}
        case "delete-comment":
            yield "DELETE", f"{issues}/comments/{_newest(issue, who)}", None
        case "add-label":
            yield "POST", f"{address}/labels", {"labels": [deed.label]}
        case "remove-label":
            yield "DELETE", f"{address}/labels/{quote(deed.label, safe='')}", None


def _newest(issue: Issue, who: str) -> int:
    """The id of somebody's own newest comment."""
    own = [comment.id for comment in issue.comments if comment.author.lower() == who.lower()]
    if not own:
        raise Refused(f"expected a comment by {who} on issue {issue.number}, found none")
    return max(own)


def _edited(edit: Section, body: str) -> str:
    if "keep" in edit:
        return body[: edit.number("keep", 0)]
    if "replace" not in edit:
        return edit.text("body")
    if edit.text("replace") not in body:
        raise Refused(f"expected {edit.text('replace')!r} in the body to replace it, found:\n{body}")
    return body.replace(edit.text("replace"), edit.text("with"))


def _token(simulator: Simulator, login: str) -> str:
    value = f"token-of-{login.lower()}"
    simulator.world.tokens.setdefault(value, Token(value=value, login=simulator.world.user(login).login))
    return value


def _asked(simulator: Simulator, token: str, *, method: str, path: str, body: Mapping[str, Any] | None) -> Response:
    headers = {"authorization": f"Bearer {token}", "accept": "application/vnd.github+json"}
    data = b"" if body is None else json.dumps(body).encode()
    return simulator.handle(Request.of(method, path, headers=headers, body=data))
