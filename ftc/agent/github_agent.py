"""Handing an issue to GitHub's own coding agent, by assigning it; its pull request is proven like anybody's.

The rule it keeps: GitHub says yes by naming the agent among the assignees, and nothing else counts as one. It takes a
token of a person: neither the workflow's own nor that of an app may assign it
(https://docs.github.com/copilot/how-tos/use-copilot-agents/cloud-agent/use-cloud-agent-via-the-api).
"""

from collections.abc import Callable, Iterable

from ftc.core.errors import AlreadyExists, Forbidden, NotFound

AGENT_LOGIN = "copilot-swe-agent[bot]"
"""The name by which it is assigned; among the assignees it appears under the second one."""
SHOWN_LOGIN = "copilot"
NOT_AVAILABLE = (
    "GitHub did not assign its coding agent; it must be enabled for the repository, and the token must be a person's"
)

Assign = Callable[[int, str], tuple[str, ...]]
"""Assigns a login to an issue and gives who is assigned then, as ``IssueApi.assign``."""


def assigned(logins: Iterable[str]) -> bool:
    """Whether the agent is among these: assigned to an issue it is at work, as an author it has delivered."""
    return any(login.lower().removesuffix("[bot]") in (SHOWN_LOGIN, "copilot-swe-agent") for login in logins)


def hand_over(issue: int, assign: Assign) -> str:
    """Hand an issue over; empty when the agent took it, else why not."""
    try:
        return "" if assigned(assign(issue, AGENT_LOGIN)) else NOT_AVAILABLE
    except (Forbidden, NotFound, AlreadyExists) as error:
        return f"{NOT_AVAILABLE} ({error})"
