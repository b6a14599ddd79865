"""Where the tools of a task's gates run: in a sandbox, in the task's worktree, with a home that is new each time.

The rule it keeps: tests that an agent wrote get no secret, write to nothing but their worktree and a scratch folder of
ours, and leave nothing there by which a later measurement could be fooled.
"""

import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ftc.agent.locking import remove_tree
from ftc.clients import shell
from ftc.clients.sandbox import Sandbox
from ftc.clients.sandbox_view import view
from ftc.core.errors import CommandFailed
from ftc.core.isolation import Level

OUTPUT_CAP = 4_000_000
"""Bytes kept of what a command says."""
SETUP_SECONDS = 900.0
ASK_SECONDS = 20.0
SAID_CHARS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Walls:
    """A sandbox for the gates of one task; ``setup_script`` is the path of a script of the repository, or empty."""

    sandbox: Sandbox
    setup_script: str = ""

    @property
    def text(self) -> str:
        """The level, and what does not hold at it."""
        return self.sandbox.guarantees.text

    @property
    def home(self) -> Path:
        """The tools' home, for caches and reports."""
        return self.sandbox.scratch / "home"

    def set_up(self, worktree: Path) -> None:
        """Run the set-up script, if any; ``CommandFailed`` where it fails, ``UsageError`` where it is missing."""
        if not self.setup_script:
            return
        done = self.sandbox.set_up(self.setup_script, worktree, timeout=SETUP_SECONDS)
        if not done.ok:
            how = "did not end in time" if done.timed_out else f"ended with {done.code}"
            said = (done.err.strip() or done.out.strip())[-SAID_CHARS:]
            raise CommandFailed(f"setup-script {self.setup_script} {how}: {said}")

    def freshen(self) -> None:
        """Take away what earlier runs left in the home; with a set-up script it stays, since the script filled it."""
        if not self.setup_script:
            for place in self.sandbox.lasting:
                remove_tree(place)
        self.home.mkdir(parents=True, exist_ok=True)

    def has(self, program: str, folder: Path) -> bool:
        """Whether a program can be started in there; one of the repository is named by its path."""
        if "/" in program:
            return (folder / program).is_file()
        if self.sandbox.level is Level.CONTAINER:
            return self._in_container(program, folder)
        environ = self.sandbox.environ
        seen = view(environ, scratch=self.sandbox.scratch, network=self.sandbox.network).path
        path = environ.get("PATH", shell.PATH) if self.sandbox.level is Level.PLAIN else seen
        return shutil.which(program, path=path) is not None

    def run(self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], timeout: float) -> shell.Result:
        """Run a command of the gates in a worktree; ``env`` is added to what the sandbox allows.

        A bad exit code is a result. Raises ``CommandFailed`` when it cannot be started.
        """
        return self.sandbox.run(argv, cwd=cwd, env=env, timeout=timeout, writable=[cwd], output_cap=OUTPUT_CAP)

    def _in_container(self, program: str, folder: Path) -> bool:
        """The image alone knows what it has."""
        ask = ["sh", "-c", 'command -v -- "$1"', "sh", program]
        with suppress(CommandFailed):
            return self.run(ask, cwd=folder, env={}, timeout=ASK_SECONDS).ok
        return False
