"""What the command line prints when it meets a bug: lines that can be pasted into an issue.

Rule: versions, places and a redacted message; no values of variables, no paths of the machine, no secrets.
"""

import platform
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

from ftc import __version__
from ftc.clients.runner import harmless
from ftc.core.sanitize import Sanitizer

_SECRET_NAMES = ("TOKEN", "SECRET", "PASSWORD", "KEY", "CREDENTIAL", "HMAC", "COOKIE", "AUTH")
"""An environment variable with one of these in its name holds a secret."""


def bug_report(error: BaseException, *, command: Sequence[str], environment: Mapping[str, str]) -> str:
    """What to paste into an issue: versions, the place, the message without secrets; no values of variables."""
    package = Path(__file__).parents[1]
    frames = [
        f"  {_place(frame.filename, package)}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    lines = [
        "ftc: this is a bug in flaky-test-cleaner. Please report it with the lines below:",
        "",
        f"ftc {__version__}, Python {platform.python_version()}, {platform.system()}, command {' '.join(command)}",
        *frames,
        f"{type(error).__name__}: {error}",
    ]
    return tellable("\n".join(lines), environment=environment)


def tellable(text: str, *, environment: Mapping[str, str]) -> str:
    """A text for stderr without secrets, those of the environment included, and without commands to the runner."""
    secrets = tuple(
        value for name, value in environment.items() if any(part in name.upper() for part in _SECRET_NAMES) and value
    )
    return harmless(Sanitizer(extra_values=secrets).clean(text))


def _place(filename: str, package: Path) -> str:
    path = Path(filename)
    return path.relative_to(package.parent).as_posix() if path.is_relative_to(package) else path.name
