"""Who may look for a fix; whoever does is judged by the same proof."""

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
