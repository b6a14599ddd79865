"""signatures"""

from ftc.agent.workspace import Mirror
from ftc.core.analysis import Sources
from ftc.core.model import Flake
from ftc.core.sanitize import Sanitizer


def gather(flake: Flake, mirror: Mirror, *, sanitizer: Sanitizer, last_pass_sha: str = "") -> Sources:
    """What can be read of the code at the failing commit."""
    raise NotImplementedError
