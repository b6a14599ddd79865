"""signatures"""

from ftc.core.analysis import Sources
from ftc.core.model import Flake
from ftc.jobs.context import Context


def sources_for(ctx: Context, flake: Flake, *, last_pass_sha: str = "") -> Sources:
    """Read the code of a flake's repository; an expected failure becomes empty sources with the problem in words."""
    raise NotImplementedError
