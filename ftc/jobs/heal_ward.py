"""What the healing of one base branch works with, for one look at it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ftc.agent.healer import Run
from ftc.agent.workspace import Mirror
from ftc.clients import git_worktree
from ftc.core.dialogue import Model
from ftc.core.errors import CommandFailed
from ftc.jobs.context import Context
from ftc.jobs.heal_memory import Notebook


@dataclass(frozen=True, slots=True, kw_only=True)
class Ward:
    """What the healing of one base branch needs."""

    ctx: Context
    copy: Mirror
    notes: Notebook
    run: Run
    model: Callable[[], Model | None]
    """Opened only where something failed, and where no program of the user's is asked instead."""
    artifacts: Path
    holder: str
    """Who we are to other loops, ``healing.Lease.holder``."""
    turn: str
    clock: Callable[[], float]
    unpaid: set[str]
    """Commits that are known to fail, and for whose repair nobody could be paid; the looks of one process share it."""
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Of this process; a program of the user's is given what ``agent-variables`` names."""

    @property
    def branch(self) -> str:
        """The base branch."""
        return self.ctx.base_branch

    def head(self) -> str:
        """The newest commit of the base branch; ``CommandFailed`` when there is no such branch."""
        found = git_worktree.remote_head(self.copy.repository, self.branch)
        if not found:
            raise CommandFailed(f"there is no branch {self.branch}; set base-branch")
        return found

    def folder(self, sha: str) -> Path:
        """Where what was said about a commit lies."""
        return self.artifacts / f"heal-{sha[:12]}"
