"""The files of one commit as the agent sees them, and its changes laid over them in memory.

The rule it keeps: nothing is read but ordinary files of the pinned commit, out of git's own objects, so that no path
leads anywhere else; nothing is written but texts in memory, and only below the allowed paths.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

from ftc.agent.leaving import Refused
from ftc.agent.workspace import Mirror
from ftc.core.diff import FileDiff, parse_file_diff
from ftc.core.edit_blocks import EditRefused, replaced
from ftc.core.patch import Change, Policy, violations
from ftc.core.unified import diff_of, patch_of

FILE_CHARS = 400_000
"""Characters of a file that is read or made; a larger one is data or was generated."""
LONGEST_PATH = 300
READ_AT_ONCE = 200
"""Files of one request when many are searched."""

Gate = Callable[[str, str | None, str], str]
"""What an edit broke, of a path, the text before (None: no file) and the text after; empty for nothing."""


class Files(Protocol):
    """Ordinary text files, by their paths from the root; ``read`` leaves out what is missing, binary or overlong."""

    def paths(self) -> tuple[str, ...]:
        """All of them, sorted."""
        ...

    def closed(self) -> frozenset[str]:
        """Paths at and below which nothing can be made: links and submodules."""
        ...

    def read(self, paths: Sequence[str]) -> dict[str, str]:
        """The exact texts of those that can be read."""
        ...


@dataclass(frozen=True, slots=True)
class MirrorFiles:
    """The files of one commit of a mirror; a ``Files``."""

    mirror: Mirror
    sha: str

    def paths(self) -> tuple[str, ...]:
        """All ordinary files."""
        return self.mirror.files(self.sha)

    def closed(self) -> frozenset[str]:
        """Links and submodules."""
        return self.mirror.others(self.sha)

    def read(self, paths: Sequence[str]) -> dict[str, str]:
        """The texts with their own line ends."""
        return self.mirror.read_files(self.sha, paths, exact=True)


def history_of(mirror: Mirror, sha: str) -> Callable[[str], tuple[str, ...]]:
    """The recent commits of a path up to a commit, as lines: a ``tools.History``."""

    def history(path: str) -> tuple[str, ...]:
        return tuple(f"{item.at:%Y-%m-%d} {item.sha[:12]} {item.title}" for item in mirror.commits("", sha, [path]))

    return history


class Draft:
    """The files with the changes of one candidate laid over them."""

    def __init__(self, files: Files, *, policy: Policy, gate: Gate) -> None:
        self._files = files
        self._paths = frozenset(files.paths())
        self._policy = policy
        self._gate = gate
        self._base: dict[str, str | None] = {}
        self._changed: dict[str, str] = {}
        self.version = 0
        """Counts the edits, so that an equal version means equal files."""

    @property
    def changed(self) -> dict[str, str]:
        """The whole new text of every file that differs from the base."""
        return {path: text for path, text in self._changed.items() if text != self._base[path]}

    def paths(self) -> tuple[str, ...]:
        """All paths, those of new files too, sorted."""
        return tuple(sorted(self._paths | self._changed.keys()))

    def read(self, path: str) -> str:
        """The text now, with line ends ``\\n``; raises ``Refused`` for what is no text file of the repository."""
        if path not in self._paths and path not in self._changed:
            raise Refused(f"there is no file {path[:LONGEST_PATH]!r}; paths are from the root of the repository")
        text = self._changed.get(path, self._original(path))
        if text is None:
            raise Refused(f"{path} is binary or too large to read")
        return text.replace("\r\n", "\n")

    def texts(self, paths: Sequence[str]) -> Iterator[tuple[str, str]]:
        """The texts of those of the paths that can be read, ``READ_AT_ONCE`` in one request."""
        for start in range(0, len(paths), READ_AT_ONCE):
            part = paths[start : start + READ_AT_ONCE]
            self._learn(part)
            for path in part:
                # One that is not known by now is binary, or more than one request gives: it is passed over.
                if path in self._changed or self._base.get(path) is not None:
                    yield path, self.read(path)

    def edit(self, path: str, search: str, replace: str) -> None:
        """Replace the one place of a text, or make a file; raises ``Refused`` and then changes nothing."""
        self._may_change(path)
        now = self.read(path) if path in self._paths or path in self._changed else None
        if now is None and search:
            raise Refused(f"there is no file {path!r} to search in; an empty search text makes a new file")
        if now is not None and "\ufffd" in now:
            raise Refused(f"{path} is not UTF-8 throughout and cannot be edited without harm")
        try:
            after = replace if now is None else replaced(now, search, replace)
        except EditRefused as error:
            raise Refused(f"{path}: {error}") from None
        if len(after) > FILE_CHARS:
            raise Refused(f"{path} would become larger than {FILE_CHARS} characters")
        if broken := self._gate(path, now, after):
            raise Refused(f"the edit was not made: {path} could not be parsed after it, {broken}")
        self._changed[path] = self._ended(path, after)
        self.version += 1

    def diffs(self) -> tuple[FileDiff, ...]:
        """The changes file by file."""
        changed = self.changed
        return tuple(
            parse_file_diff(path, diff_of(path, self._base[path], changed[path]), text=changed[path])
            for path in sorted(changed)
        )

    def patch(self) -> str:
        """All changes as one patch for ``git apply``; empty for none."""
        return patch_of(self._base, self.changed)

    def changes(self) -> tuple[Change, ...]:
        """The changes with their sizes, for the policy."""
        return tuple(
            _change(item.path, new=self._base[item.path] is None, added=len(item.added), removed=len(item.removed))
            for item in self.diffs()
        )

    def reset(self) -> None:
        """Back to the base, for another candidate."""
        self._changed.clear()
        self.version += 1

    def _original(self, path: str) -> str | None:
        self._learn([path])
        return self._base.setdefault(path, None)

    def _learn(self, paths: Sequence[str]) -> None:
        fresh = [path for path in paths if path not in self._base]
        known = self._files.read([path for path in fresh if path in self._paths]) if fresh else {}
        self._base.update({path: text if len(text) <= FILE_CHARS else None for path, text in known.items()})

    def _may_change(self, path: str) -> None:
        if len(path) > LONGEST_PATH or not path.isprintable() or '"' in path:
            raise Refused("this is no path that a patch can name")
        new = path not in self._paths
        if self._files.closed() & {path, *map(str, PurePosixPath(path).parents)}:
            raise Refused(f"{path} may not be changed: a link or a submodule is in the way")
        if path.lower() in {known.lower() for known in self._paths} and new:
            raise Refused(f"there is a file whose name differs from {path!r} only in case")
        if offences := violations((_change(path, new=new, added=1, removed=0),), self._policy):
            raise Refused(f"{path} may not be changed: {offences[0].text}")
        self._original(path)

    def _ended(self, path: str, text: str) -> str:
        """The text with the line ends of the file's base, where those are all of one kind."""
        base = self._base[path] or ""
        windows = "\r\n" in base and base.count("\r\n") == base.count("\n")
        if not windows and "\r\n" in base:
            raise Refused(f"{path} mixes line ends and cannot be edited without harm")
        return text.replace("\n", "\r\n") if windows else text


def _change(path: str, *, new: bool, added: int, removed: int) -> Change:
    return Change(
        path=path,
        status="A" if new else "M",
        old_mode="000000" if new else "100644",
        new_mode="100644",
        added=added,
        removed=removed,
    )
