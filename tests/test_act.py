"""The action and the workflow a user adds, run for real by act in host mode, with the simulator as their GitHub.

What act cannot do is replaced at the outermost edge only: three of GitHub's own actions are stand-ins from `data/act`,
and `queue: max`, which act's schema does not know, is taken out of the copied workflow.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from ftc.simulator.server import serving
from ftc.simulator.simulator import Simulator

ROOT = Path(__file__).parent.parent
STUBS = ROOT / "tests/data/act"
PROGRAM = ("action.yml", "ftc", "templates", "prompts", "requirements")
EXAMPLE = ROOT / "examples/workflows/flaky-test-cleaner.yml"
REUSABLE = tuple(ROOT / ".github/workflows" / name for name in ("watch.yml", "report-failure.yml"))
LOG = ROOT / "tests/data/logs/go/panic-after-pass.log"

OWN_PROGRAM = re.compile(r"uses: org/flaky-test-cleaner/(\S+)@v\S+")
PINNED = re.compile(r"uses: (actions/[a-z-]+@[0-9a-f]{40})")
UNKNOWN_TO_ACT = re.compile(r"\n +queue: max\n")

pytestmark = pytest.mark.toolchain


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

    def run(self, workflow, *, event="workflow_dispatch", inputs=None, env=None):
        """Run one workflow; what act prints is what a person would see in the log."""
        command = [self.act, event, "--workflows", f".github/workflows/{workflow}", "--secret", "GITHUB_TOKEN=ghs_act"]
        command += ["--platform", "ubuntu-latest=-self-hosted", "--no-cache-server", "--no-skip-checkout"]
        command += ["--action-cache-path", str(self.folder.parent / "cache")]
        for action in sorted(pinned_actions()):
            command += ["--local-repository", f"{action}={STUBS / action.split('/')[1].split('@')[0]}"]
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
            timeout=300,
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


@pytest.fixture
def caller(tmp_path, tool):
    """A repository that has added the example workflow."""
    made = Caller(folder=tmp_path / "caller", act=tool("act"))
    for name in ("program", "home", "bin"):
        (tmp_path / name).mkdir()
    for name in PROGRAM:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / "program" / name)
    for path in REUSABLE:
        made.add(f".github/workflows/{path.name}", UNKNOWN_TO_ACT.sub("\n", path.read_text()))
    made.add(f".github/workflows/{EXAMPLE.name}", OWN_PROGRAM.sub(r"uses: ./\1", EXAMPLE.read_text()))
    return made


EXTRACT = f"""
on: workflow_dispatch
permissions: {{}}
jobs:
  extract:
    runs-on: ubuntu-latest
    env:
      PYTHONPATH: ${{{{ github.workspace }}}}
    steps:
      - uses: {next(name for name in pinned_actions() if "checkout" in name)}
      - uses: {next(name for name in pinned_actions() if "checkout" in name)}
        with:
          path: .flaky-test-cleaner
      - uses: ./.flaky-test-cleaner
        with:
          command: extract
          arguments: |
            --format
            json
            logs/a job.log
"""


def test_the_action_in_a_hostile_workspace(caller):
    """Modules of the repository must not be imported, wherever Python usually looks for them."""
    caller.add(".github/workflows/extract.yml", EXTRACT)
    caller.add("logs/a job.log", LOG.read_text())
    for name in ("ftc/__init__.py", "ftc/__main__.py", "yaml.py", "sitecustomize.py", "pip.py"):
        caller.add(name, "raise SystemExit('code of the repository was run')")
    code, output = caller.run("extract.yml")
    assert "code of the repository was run" not in output
    assert code == 0, output
    assert '"outcome": "test-failure"' in output


def world(permissions):
    """A repository whose CI failed twice and passed when run again; its job token has exactly these permissions."""
    failed_then_passed = [{"jobs": {"test": {"failure": LOG.read_text()}}}, {"jobs": {"test": "success"}}]
    runs = [{"at": at, "commit": f"Change {at}", "attempts": failed_then_passed} for at in ("-3d", "-1d")]
    return yaml.safe_dump(
        {
            "tokens": {"ghs_act": {"repository": "acme/shop", "permissions": permissions}},
            "repositories": {"acme/shop": {"workflows": ["CI"], "created": "-9d", "runs": runs}},
        }
    )


def granted():
    """What the example grants to the workflow it calls; `test_workflows` checks that no more is asked for."""
    return yaml.safe_load(EXAMPLE.read_text())["jobs"]["watch"]["permissions"]


def test_the_example_workflow_files_issues(caller):
    """Dry, then for real, then once more with nothing new."""
    simulator = Simulator.load(world(granted()))
    issues = simulator.world.repository("acme/shop").issues
    written = []
    with serving(simulator) as url:
        for dry_run in ("true", "false", "false"):
            code, output = caller.run(EXAMPLE.name, inputs={"dry-run": dry_run}, env=api(url))
            assert code == 0, output
            assert "ghs_act" not in output
            written.append(sorted(issue.title for issue in issues.values()))
    assert written[0] == [], "a dry run writes nothing"
    assert written[1] == written[2]
    assert [title for title in written[1] if title.startswith("[flaky] ")] == written[1][-1:], "one issue for the test"
    assert len(written[1]) == 2, "and the dashboard"
    report = json.loads((caller.artifacts / "flaky-test-cleaner-scan-1/report.json").read_text())
    assert report["effects"] == [], "nothing new, nothing written"


def test_nothing_is_written_without_the_permission(caller):
    simulator = Simulator.load(world(granted() | {"issues": "read"}))
    with serving(simulator) as url:
        code, output = caller.run(EXAMPLE.name, inputs={"dry-run": "false"}, env=api(url))
    assert code != 0
    assert "issues" in output, output
    assert simulator.world.repository("acme/shop").issues == {}


def api(url):
    """No pause between writes: the simulator has no feelings to hurt."""
    return {"GITHUB_API_URL": url, "FTC_WRITE_INTERVAL_SECONDS": "0"}


GH = """#!/usr/bin/env bash
printf '%s\\n' "$*" >> "$STUB_ARTIFACTS/gh"
if [[ "$*" == *state=open* ]]; then echo '[]'; fi
"""


def test_a_scheduled_scan_that_fails_is_reported(caller):
    caller.add(".github/flaky-test-cleaner.yml", "windw-days: 3\n")
    caller.artifacts.mkdir()
    fake = caller.folder.parent / "bin/gh"
    fake.write_text(GH)
    fake.chmod(0o755)
    code, output = caller.run(EXAMPLE.name, event="schedule")
    assert code != 0
    assert "did you mean `window-days`?" in output, output
    assert "--method POST repos/acme/shop/issues" in (caller.artifacts / "gh").read_text(), output
