"""Who may look for a fix; whoever does is judged by the same proof."""

from collections.abc import Collection
from enum import StrEnum


class FixAgent(StrEnum):
    """Who looks for a fix where no mechanical one applies."""

    BUILTIN = "builtin"
    """The configured model, with tools of ours."""
    COMMAND = "command"
    """A program of the user's."""
    GITHUB = "github"
    """GitHub's own coding agent, by assignment."""


MECHANICAL = ("fixed-port", "unordered-comparison", "loop-variable", "leaked-environment")
"""Names of the mechanical fixes, those of ``core.mechanical.RULES``."""

KEY_VARIABLES = ("FTC_INPUT_MODEL_KEY", "FTC_MODEL_KEY")
"""Where a job has the model's key: from the input of the action, as in the workflow, or set by hand."""


def takes_key(agent: FixAgent, variables: Collection[str]) -> bool:
    """Whether the job that looks for a change is to hold the model's key: not beside a program that is not given it."""
    return agent is not FixAgent.COMMAND or any(name in variables for name in KEY_VARIABLES)
