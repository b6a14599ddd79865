"""A repository that runs our workflows under act in host mode, with the simulator as its GitHub.

What act cannot do is replaced at the outermost edge only: GitHub's own actions are stand-ins from ``data/act``, and
``queue: max``, which act's schema does not know, is taken out of the copied workflows.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
STUBS = ROOT / "tests/data/act"
PROGRAM = ("action.yml", "ftc", "templates", "prompts", "requirements")
EXAMPLE = ROOT / "examples/workflows/flaky-test-cleaner.yml"
FIXES = ROOT / "examples/workflows/flaky-test-cleaner-fixes.yml"
PULLS = ROOT / "examples/workflows/flaky-test-cleaner-pr-answers.yml"
REUSABLE = tuple(
    ROOT / ".github/workflows" / f"{name}.yml" for name in ("watch", "fix", "report-failure", "pr-answers")
)

OWN_PROGRAM = re.compile(r"uses: org/flaky-test-cleaner/(\S+)@v\S+")
PINNED = re.compile(r"uses: (actions/[a-z-]+@[0-9a-f]{40})")
UNKNOWN_TO_ACT = re.compile(r"\n +queue: max\n")


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A repository with a workflow of its own, laid out for act."""

    folder: Path
    act: str

    def add(self, name, text):
        """Put a file into the repository."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def configure_fixes(self, config):
        """Give the fix jobs this configuration, as a user would in the workflow."""
        path = self.folder / ".github/workflows" / FIXES.name
        text = path.read_text()
        assert text.count('config: "mode: fix"') == 1
        path.write_text(text.replace('config: "mode: fix"', f"config: {json.dumps(config)}"))

    def run(self, workflow, *, event="workflow_dispatch", payload=None, inputs=None, env=None, timeout=300):
        """Run one workflow; what act prints is what a person would see in the log."""
        command = [self.act, event, "--workflows", f".github/workflows/{workflow}", "--secret", "GITHUB_TOKEN=ghs_act"]
        command += ["--platform", "ubuntu-latest=-self-hosted", "--no-cache-server", "--no-skip-checkout"]
        command += ["--action-cache-path", str(self.folder.parent / "cache")]
        for action in sorted(pinned_actions()):
            command += ["--local-repository", f"{action}={STUBS / action.split('/')[1].split('@')[0]}"]
        if payload is not None:
            path = self.folder.parent / "event.json"
            path.write_text(json.dumps(payload))
            command += ["--eventpath", str(path)]
        for name, value in (inputs or {}).items():
            command += ["--input", f"{name}={value}"]
        for name, value in (self.variables() | (env or {})).items():
            command += ["--env", f"{name}={value}"]
        commit(self.folder)
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.surroundings(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
        return done.returncode, done.stdout

    def variables(self):
        return {
            "STUB_PYTHON": sys.executable,
            "STUB_PROGRAM": str(self.folder.parent / "program"),
            "STUB_CALLER": str(self.folder),
            "STUB_ARTIFACTS": str(self.artifacts),
            "GITHUB_REPOSITORY": "acme/shop",
        }

    @property
    def artifacts(self):
        return self.folder.parent / "artifacts"

    def surroundings(self):
        """act keeps files of its own below HOME; programs of the test come first on PATH."""
        path = f"{self.folder.parent / 'bin'}:{os.environ['PATH']}"
        return os.environ | {"HOME": str(self.folder.parent / "home"), "PATH": path}


def pinned_actions():
    """Every pinned action the example leads to."""
    return {name for file in (ROOT / "action.yml", *REUSABLE) for name in PINNED.findall(file.read_text())}


def commit(folder):
    """act reads the branch and the commit of the repository it runs in."""
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    if not (folder / ".git").exists():
        subprocess.run(["git", "init", "--quiet", "--initial-branch=main", str(folder)], check=True)
    for arguments in (["add", "."], [*identity, "commit", "--quiet", "--allow-empty", "--message=x"]):
        subprocess.run(["git", "-C", str(folder), *arguments], check=True)


def a_caller(tmp_path, act):
    """A repository that has added the example workflows, and the program beside it."""
    made = Caller(folder=tmp_path / "caller", act=act)
    for name in ("program", "home", "bin"):
        (tmp_path / name).mkdir()
    for name in PROGRAM:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / "program" / name)
    for path in REUSABLE:
        made.add(f".github/workflows/{path.name}", UNKNOWN_TO_ACT.sub("\n", path.read_text()))
    for path in (EXAMPLE, PULLS, FIXES):
        made.add(f".github/workflows/{path.name}", OWN_PROGRAM.sub(r"uses: ./\1", path.read_text()))
    return made


def api(url):
    """No pause between writes: the simulator has no feelings to hurt."""
    return {"GITHUB_API_URL": url, "FTC_WRITE_INTERVAL_SECONDS": "0"}
