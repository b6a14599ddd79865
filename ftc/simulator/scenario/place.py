"""Where a part of a scenario is being built: the world, the repository, and the folder paths are relative to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ftc.simulator.git_types import GitIdentity
from ftc.simulator.pushes import after_push
from ftc.simulator.scenario.fields import refuse
from ftc.simulator.world import Repository, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The repository under construction."""

    world: World
    repository: Repository
    folder: Path

    def resolve(self, name: str, *, where: str) -> str:
        """A commit by its ``as`` name, branch or sha; an unknown name is refused."""
        known = self.world.aliases.get(f"{self.repository.full_name}:{name}")
        found = known or self.repository.git.resolve(name)
        if found is None:
            raise refuse(where, f"no commit, branch or 'as' name {name!r}")
        return found

    def identity(self, login: str, at: datetime) -> GitIdentity:
        """A user as git knows people."""
        user = self.world.user(login)
        email = user.email or f"{user.login}@users.noreply.github.com"
        return GitIdentity(name=user.name or user.login, email=email, date=at)

    def commit(self, branch: str, *, message: str, author: str, at: datetime, files: Mapping[str, bytes | None]) -> str:
        """A commit on top of a branch (made from the default branch when it is new)."""
        git = self.repository.git
        parent = git.resolve(f"refs/heads/{branch}") or git.resolve(f"refs/heads/{self.repository.default_branch}")
        parents = (parent,) if parent else ()
        sha = git.commit_files(parents=parents, files=files, message=message, author=self.identity(author, at))
        git.set_reference(f"refs/heads/{branch}", sha)
        after_push(self.world, self.repository, actor=author)
        return sha
