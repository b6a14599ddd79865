"""A small repository with a flake that fails every second time, and the two jobs that run its code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ftc.cli import main
from ftc.core.fix import Amplifier, Candidate, Fix, Quota, Reproduction, Verification
from ftc.core.model import TestId
from ftc.jobs.fix.folder import folder_of
from tests.agent import fix_runs
from tests.stressing import copied

ID = "7-abc"
FILE = "tests/test_cart.py"
TEST = TestId(ecosystem="python", suite=FILE, name="test_lock")
QUICK = ("--test-runner", "pytest", "--test-command", "python -I -S run.py {report} {file} {name}")
"""A runner that starts in a tenth of pytest's time."""
LOCKED = 'cart.lock(Path("cart.lock"))'
RIGHT = (LOCKED, 'Path("cart.lock").unlink(missing_ok=True)\n    cart.lock(Path("cart.lock"))')
USELESS = (LOCKED, f"{LOCKED}  # carefully")


def git(folder, *args):
    """Run git there; its output."""
    env = {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{who}_{what}": "ann@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    done = subprocess.run(["git", *args], cwd=folder, env=env, capture_output=True, text=True, check=True)
    return done.stdout


class Shop:
    """The repository, and the folder in which jobs hand on their documents."""

    def __init__(self, folder: Path, *, project="prove-shop", files=None):
        self.folder = folder
        self.source = copied(project, folder / "source")
        for path, text in (files or {}).items():
            (self.source / path).parent.mkdir(parents=True, exist_ok=True)
            (self.source / path).write_text(text)
        git(self.source, "init", "--quiet", "--initial-branch=main")
        git(self.source, "add", "--all")
        git(self.source, "commit", "--quiet", "--message=Begin")
        self.base = git(self.source, "rev-parse", "HEAD").strip()
        self.artifacts = folder / "artifacts"

    @property
    def documents(self):
        return folder_of(ID, artifacts=self.artifacts)

    @classmethod
    def of(cls, project, folder: Path):
        """One of the flaky projects, with an order to mend its flake."""
        made = cls.__new__(cls)
        made.folder, made.artifacts = folder, folder / "artifacts"
        made.source = project.make_repository(folder)
        made.base = git(made.source, "rev-parse", "HEAD").strip()
        return made

    def patch(self, *edits, path=FILE):
        """The patch of a change: pairs of old and new text in one file, or the whole of a new file."""
        file = self.source / path
        text = file.read_text() if file.exists() else ""
        for old, new in edits:
            assert old in text
            text = text.replace(old, new) if old else new
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        git(self.source, "add", "--all", "--force", "--intent-to-add")
        patch = git(self.source, "diff")
        git(self.source, "reset", "--quiet", "--hard")
        return patch

    def ordered(self, **over):
        """A task as the gate freezes it, of a test that is known to fail with the cart being locked."""
        values = {
            "base_sha": self.base, "tests": (TEST,), "test_files": (FILE,), "fingerprints": (),
            "allowed_paths": ("**/tests/**", "tests/**"), "legs": ("1",),
            "quota": Quota(runs=60, minutes=5, usd=0.0, steps=0, candidates=3),
        }  # fmt: skip
        task = fix_runs.task(**(values | over))
        self.documents.write(task)
        return task

    def reproduction(self, **over):
        """What the first job found, written down as if it had."""
        values = {
            "base_sha": self.base, "runner": "pytest", "chosen": Amplifier.PLAIN, "covered_files": (), "excerpt": "",
            "trials": (fix_runs.trial(Amplifier.PLAIN, runs=10, target=5, executed=("test_lock",)),),
        }  # fmt: skip
        self.documents.write(found := fix_runs.reproduction(**(values | over)))
        return found

    def proposed(self, *patches):
        """Candidates with these patches, in order."""
        candidates = tuple(
            Candidate(number=number, patch=patch, hypothesis="h", summary="s", by="m")
            for number, patch in enumerate(patches, start=1)
        )
        fix = Fix(task=ID, base_sha=self.base, candidates=candidates, give_up="", usd=0.0, tokens=0, steps=0)
        self.documents.write(fix)
        return fix

    def arguments(self, job, *flags, quick=True):
        """The command line of a job."""
        return [
            "fix", job, "--task", ID, "--artifacts", str(self.artifacts), "--source", str(self.source),
            *(QUICK if quick else ()), *flags,
        ]  # fmt: skip

    def run(self, job, *flags, quick=True):
        """Run a job in this process; its exit code."""
        return main(self.arguments(job, *flags, quick=quick))

    def reproduce(self, *flags, quick=True) -> Reproduction:
        assert self.run("reproduce", *flags, quick=quick) == 0
        return self.documents.read(Reproduction)

    def verify(self, *flags, leg="1", quick=True) -> Verification:
        assert self.run("verify", "--leg", leg, *flags, quick=quick) == 0
        return self.documents.verifications((leg,))[0][0]


def with_python(monkeypatch):
    """Put the Python of the tests first, as a set-up action does."""
    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))


class Killed(BaseException):
    """The runner was taken away."""


def batches(journal):
    """The lines of a journal that hold runs."""
    return [line for line in journal.read_text().splitlines() if '"runs"' in line] if journal.exists() else []


def killed_at_each_write(shop, *words, journal, monkeypatch, times=3):
    """Run a job so many times, each until it has written one line more; what the journal held after each death."""
    sync, seen = os.fsync, []

    def dying(descriptor):
        sync(descriptor)
        raise Killed

    for _ in range(times):
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", dying)
            with pytest.raises(Killed):
                shop.run(*words)
        seen.append(batches(journal))
    return seen
