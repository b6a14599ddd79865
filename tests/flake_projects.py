"""Small projects of our own with one real flake each, and what a model could answer to each: a loader.

They lie below ``data/projects/flakes/<name>/``: ``project/`` is the repository, ``flake.yaml`` says what is known of
its flake, and ``right.patch``, ``masking.patch``, ``wrong.patch`` and ``nonsense.txt`` are four replies. Every failure
rate in ``flake.yaml`` was measured by ``data/projects/measure_flakes.py``.
"""

import shutil
import subprocess
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ftc.core.analysis import RootCause
from ftc.core.edit_blocks import Edit
from ftc.core.fix import Amplifier
from ftc.core.masking import Masking
from ftc.core.model import TestId
from tests.stressing import bench

FLAKES = Path(__file__).parent / "data/projects/flakes"
COMMITTED = "2026-11-02T09:00:00+00:00"
"""When the one commit of a repository was made: its id is the same everywhere."""
SETUP_SECONDS = 600


@dataclass(frozen=True, kw_only=True)
class Measured:
    """So many runs in fresh processes, and how many of them failed; ``patch`` is ``none`` for the project as it is."""

    amplifier: Amplifier
    patch: str
    runs: int
    failures: int
    seconds: float
    """Of one run, on the machine on which it was measured."""
    day: date

    @property
    def rate(self):
        return self.failures / self.runs


@dataclass(frozen=True, kw_only=True)
class FlakeProject:
    """One project, its flake, and the replies to it."""

    name: str
    folder: Path
    language: str
    test: TestId
    file: str
    """Of the test, relative to the root of the repository."""
    cause: RootCause
    amplifier: Amplifier
    """The one under which it fails most often."""
    allowed_paths: tuple[str, ...]
    """Patterns that the right patch needs; the wrong and the masking one keep to them, too."""
    masks: Masking
    """What ``masking`` does."""
    expected_text: str
    """Part of what the failing test prints."""
    fingerprints: tuple[str, ...]
    """Every signature with which it fails."""
    plan: tuple[str, ...]
    """Steps of a plan that the right patch carries out."""
    planned_files: tuple[str, ...]
    """Files beyond tests that the right patch changes."""
    tool: str
    """The program without which it cannot be run."""
    runner: str
    command: str
    """``test-runner`` and ``test-command`` where the files do not tell."""
    setup_script: str
    """A script of the repository that fetches what it depends on (``setup-script``); most depend on nothing."""
    measured: tuple[Measured, ...]
    right: str = field(repr=False)
    masking: str = field(repr=False)
    wrong: str = field(repr=False)
    nonsense: str = field(repr=False)

    def rate(self, *, amplifier=None, patch="none"):
        """The measured rate, under the best amplifier if none is named; None where it was not measured."""
        wanted = (amplifier or self.amplifier, patch)
        return next((item.rate for item in self.measured if (item.amplifier, item.patch) == wanted), None)

    @property
    def product_code(self):
        """Whether the right patch changes more than tests, which the plan must then name."""
        return bool(self.planned_files)

    def make_repository(self, tmp_path):
        """A real git repository with one commit, in a folder of its own below ``tmp_path``."""
        root = Path(shutil.copytree(self.folder / "project", tmp_path / self.name)).resolve()
        git(root, "init", "--quiet", "--initial-branch=main", "--template=")
        for key, value in (("user.name", "Ann"), ("user.email", "ann@example.com"), ("core.autocrlf", "false")):
            git(root, "config", key, value)
        git(root, "add", "--all")
        git(root, "commit", "--quiet", "--no-verify", "--no-gpg-sign", "--message", f"{self.name}, as it is")
        return root

    def install(self, root):
        """Fetch what the project depends on, with a network, as the set-up script says."""
        if self.setup_script:
            argv = ["sh", self.setup_script]
            subprocess.run(argv, cwd=root, check=True, capture_output=True, timeout=SETUP_SECONDS)


def git(root, *args, stdin=""):
    """What git printed."""
    dates = {"GIT_AUTHOR_DATE": COMMITTED, "GIT_COMMITTER_DATE": COMMITTED}
    quiet = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "PATH": _path()}
    done = subprocess.run(
        ["git", *args], cwd=root, env={**quiet, **dates}, input=stdin, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"git {' '.join(args)}: {done.stderr}"
    return done.stdout


def _path():
    return str(Path(shutil.which("git") or "git").parent)


def patched(root, patch):
    """Apply a patch to the files and the index of a repository."""
    git(root, "apply", "--index", "-", stdin=patch)


_SIGNS = {"search": " -", "replace": " +"}


def edits(patch):
    """The edits that a model would make for a patch: each hunk with the lines around it."""
    path, found = "", []
    for line in patch.splitlines(keepends=True):
        if line.startswith("+++ b/"):
            path = line.removeprefix("+++ b/").rstrip("\n")
        elif line.startswith("@@ "):
            found.append({"path": path, "search": "", "replace": ""})
        elif found and found[-1]["path"] == path and line[0] in " +-" and not line.startswith(("--- a/", "+++ b/")):
            for name, signs in _SIGNS.items():
                found[-1][name] += line[1:] if line[0] in signs else ""
    return tuple(Edit(**edit) for edit in found)


def bench_of(project, root, *, scratch, fingerprints=None):
    """A bench that runs the project's test; without ``fingerprints``, with those that are known of it."""
    choices = {"runner": project.runner, "command": project.command} if project.runner else {}
    known = project.fingerprints if fingerprints is None else fingerprints
    return bench(root, project.test, test_file=project.file, scratch=scratch, fingerprints=known, **choices)


@cache
def projects() -> tuple[FlakeProject, ...]:
    """All of them, by name."""
    return tuple(_read(path.parent) for path in sorted(FLAKES.glob("*/flake.yaml")))


def project_named(name):
    """One of them."""
    return _read(FLAKES / name)


def _read(folder: Path) -> FlakeProject:
    """One project; a key that is missing or unknown is an error, as is a value outside of its kind."""
    told: dict[str, Any] = yaml.safe_load((folder / "flake.yaml").read_text())
    texts = {name: (folder / f"{name}.patch").read_text() for name in ("right", "masking", "wrong")}
    kinds = {"test": _test, "cause": RootCause, "amplifier": Amplifier, "masks": Masking, "measured": _measured}
    lists = ("allowed_paths", "fingerprints", "plan", "planned_files")
    values = {name: kinds[name](value) if name in kinds else value for name, value in told.items()}
    values |= {name: tuple(told[name]) for name in lists}
    return FlakeProject(
        **{"runner": "", "command": "", "setup_script": "", **values},
        **texts,
        name=folder.name,
        folder=folder,
        nonsense=(folder / "nonsense.txt").read_text(),
    )


def _test(told: dict[str, str]) -> TestId:
    return TestId(**told)


def _measured(told: list[dict[str, Any]]) -> tuple[Measured, ...]:
    return tuple(Measured(**{**item, "amplifier": Amplifier(item["amplifier"])}) for item in told)
