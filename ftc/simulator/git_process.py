"""Running git for the simulator: one function, one closed environment.

Nothing of the machine reaches a repository here: no user or system configuration, no hooks, no prompts, no clock
(dates are always given). The same calls make the same object ids on every machine.
"""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

# A git call over the small repositories of a test world takes milliseconds; a minute means that it hangs.
GIT_TIMEOUT_SECONDS = 60

_CONFIG = (
    ("core.hooksPath", os.devnull),
    ("core.fsync", "none"),  # worlds are throw-away: losing one in a power cut costs nothing
    ("core.quotePath", "false"),
    ("diff.renames", "true"),
    ("gc.auto", "0"),  # a background gc would outlive the temporary folder it works in
    ("receive.autogc", "false"),
    ("maintenance.auto", "false"),
    ("safe.directory", "*"),  # CI containers check out as another user than they run as
)


class GitFailed(Exception):
    """A git command ended with an error; carries what it said on stderr."""

    def __init__(self, args: Sequence[str], code: int, stderr: str) -> None:
        super().__init__(f"git {' '.join(args)} ended with {code}: {stderr.strip()}")
        self.code = code
        self.stderr = stderr


def git_environment() -> dict[str, str]:
    """The whole environment a git process of the simulator gets."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.devnull,
        "LC_ALL": "C",
        "TZ": "UTC",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_LITERAL_PATHSPECS": "1",  # paths from requests are names, never patterns
        "GIT_CONFIG_COUNT": str(len(_CONFIG)),
    }
    for position, (key, value) in enumerate(_CONFIG):
        environment[f"GIT_CONFIG_KEY_{position}"] = key
        environment[f"GIT_CONFIG_VALUE_{position}"] = value
    return environment


def run_git(
    repository: Path,
    *args: str,
    stdin: bytes = b"",
    extra_env: Mapping[str, str] | None = None,
    allowed: tuple[int, ...] = (0,),
) -> subprocess.CompletedProcess[bytes]:
    """Runs git in a bare repository; raises GitFailed unless the exit code is one of `allowed`."""
    done = subprocess.run(
        ["git", *args],
        cwd=repository,
        input=stdin,
        env=git_environment() | {"GIT_DIR": str(repository)} | dict(extra_env or {}),
        capture_output=True,
        timeout=GIT_TIMEOUT_SECONDS,
        check=False,
    )
    if done.returncode not in allowed:
        raise GitFailed(args, done.returncode, done.stderr.decode("utf-8", "replace"))
    return done


def git_text(repository: Path, *args: str, stdin: bytes = b"") -> str:
    """What a git command printed, as text without the final line end."""
    return run_git(repository, *args, stdin=stdin).stdout.decode("utf-8", "replace").rstrip("\n")
