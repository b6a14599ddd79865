"""Handing an issue to GitHub's own coding agent, by assigning it; its pull request is proven like anybody's.

The rule it keeps: GitHub says yes by naming the agent among the assignees, and nothing else counts as one. It takes a
token of a person: neither the workflow's own nor that of an app may assign it
(https://docs.github.com/copilot/how-tos/use-copilot-agents/cloud-agent/use-cloud-agent-via-the-api).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ftc.core.errors import AlreadyExists, Forbidden, NotFound

AGENT_LOGIN = "copilot-swe-agent[bot]"
"""The name by which it is assigned; among the assignees it appears under the second one."""
SHOWN_LOGIN = "Copilot"
NOT_AVAILABLE = (
    "GitHub did not assign its coding agent; it must be enabled for the repository, and the token must be a person's"
)

STILL_ASSIGNED = (
    "GitHub's coding agent is assigned here since an earlier try and could not be unassigned, and an assignment that "
    "stands starts nothing. Unassign it by hand and order it again."
)

Assign = Callable[[int, str], tuple[str, ...]]
"""Assigns a login to an issue and gives who is assigned then, as ``IssueApi.assign``."""
Unassign = Callable[[int, Iterable[str]], tuple[str, ...]]
"""The same the other way round, as ``IssueApi.unassign``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """What changes who is assigned, with a token that may."""

    assign: Assign
    unassign: Unassign


def assigned(logins: Iterable[str]) -> bool:
    """Whether the agent is among these: assigned to an issue it is at work, as an author it has delivered."""
    return any(login.lower().removesuffix("[bot]") in (SHOWN_LOGIN.lower(), "copilot-swe-agent") for login in logins)


def hand_over(issue: int, assign: Assign) -> str:
    """Hand an issue over; empty when the agent took it, else why not."""
    try:
        return "" if assigned(assign(issue, AGENT_LOGIN)) else NOT_AVAILABLE
    except (Forbidden, NotFound, AlreadyExists) as error:
        return f"{NOT_AVAILABLE} ({error})"


def let_go(issue: int, unassign: Unassign) -> str:
    """Unassign the agent, by either name; empty when it is not assigned any more, else what to do."""
    try:
        return STILL_ASSIGNED if assigned(unassign(issue, (SHOWN_LOGIN, AGENT_LOGIN))) else ""
    except (Forbidden, NotFound, AlreadyExists) as error:
        return f"{STILL_ASSIGNED} ({error})"
