"""Records the logs and reports of the demo's CI history by really running the tests until they show what is expected.

    python -m examples.demo.record            # what is missing
    python -m examples.demo.record go-02-1    # these again

The rule it keeps: each log comes from the very tree that its run tested, and nothing in it is invented but the
runner's own lines. Needs Go, pytest and pytest-xdist; never needed to run the demo or its tests.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from examples.demo.capture import GO_CACHE, moved, run_step, scrubbed
from examples.demo.expected import GO, LOGS, NIGHTLY_GO, NIGHTLY_PYTHON, TESTS_GO, TESTS_PYTHON, Expected
from examples.demo.runner_log import REPO, Checkout, Ran, job_log
from ftc.simulator.git_objects import list_commits
from ftc.simulator.git_types import GitIdentity
from ftc.simulator.git_writes import NewCommit, merge_trees, write_commit_of_tree
from ftc.simulator.scenario.load import load
from ftc.simulator.world import Job, Repository, Run

HISTORY = Path(__file__).parent / "history"
SCENARIOS = ("first.yaml", "newer.yaml", "later.yaml")

TRIES = 400
"""Runs before giving up: the rarest flake shows in one of about forty."""
REPORT = "report.xml"
NEIGHBOURS = frozenset({f"{GO}/client", f"{GO}/httpapi"})
"""Packages that share a port: they are tested side by side, or not at all."""
QUEUED = timedelta(seconds=8)
"""Time from a run's creation to the start of its job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One ``run:`` step of the demo's workflows; ``broken`` is the environment under which its network is gone."""

    command: str
    folder: str
    env: Mapping[str, str] = field(default_factory=dict)
    broken: Mapping[str, str] = field(default_factory=dict)


_UPLOAD = "curl --fail --silent --show-error --data @{}/nightly.txt https://numbers.example.invalid/nightly"
_INSTALL = Step(
    command="python -m pip install --quiet -r requirements.txt",
    folder="python",
    broken={"PIP_INDEX_URL": "https://packages.example.invalid/simple", "PIP_TARGET": "{empty}"},
)
STEPS = {
    TESTS_GO: (
        Step(
            command="go mod download",
            folder="go",
            broken={"GOPROXY": "https://modules.example.invalid", "GOMODCACHE": "{empty}"},
        ),
        Step(command="go test -race ./...", folder="go"),
    ),
    TESTS_PYTHON: (_INSTALL, Step(command=f"python -m pytest --color=yes --junitxml={REPORT}", folder="python")),
    NIGHTLY_GO: (
        Step(command="bash nightly.sh", folder="go"),
        Step(command=_UPLOAD.format("go"), folder=""),
    ),
    NIGHTLY_PYTHON: (
        _INSTALL,
        Step(command="bash nightly.sh", folder="python"),
        Step(command=_UPLOAD.format("python"), folder=""),
    ),
}
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_GO_FAIL = re.compile(r"^ *--- FAIL: (\S+)", re.MULTILINE)
_GO_PACKAGE = re.compile(r"^FAIL\t(\S+)\t[0-9.]+s$", re.MULTILINE)
_PYTEST_FAIL = re.compile(r"^FAILED [^:]+::(.+?)(?: - .*)?$", re.MULTILINE)


def run_job(expected: Expected, root: Path) -> list[Ran]:
    """The steps of one job in a checkout, up to the first that fails."""
    done: list[Ran] = []
    for step in STEPS[expected.job]:
        broken = expected.outcome == "infrastructure"
        with tempfile.TemporaryDirectory(dir=root.parent) as empty:
            env = {**step.env, **(step.broken if broken else {})}
            env = {name: value.format(empty=empty) for name, value in env.items()}
            done.append(run_step(step.command, root=root, folder=step.folder, env=env))
        if done[-1].exit_code:
            break
    return done


def text_of(steps: Sequence[Ran]) -> str:
    """What all steps printed, without colours."""
    return _ANSI.sub("", "\n".join(line for step in steps for _, line in step.lines))


def red_tests(text: str) -> frozenset[str]:
    """Names of the tests that failed, parents of failed sub-tests left out."""
    names = {*_GO_FAIL.findall(text), *_PYTEST_FAIL.findall(text)}
    return frozenset(name for name in names if not any(other.startswith(f"{name}/") for other in names))


def red_packages(text: str) -> frozenset[str]:
    """Go packages that failed; a race that is found after the last test fails a package without a failing test."""
    return frozenset(_GO_PACKAGE.findall(text))


def shows(steps: Sequence[Ran], expected: Expected) -> bool:
    """Whether a job's run is the one that is wanted: it failed, with exactly the expected tests."""
    if not steps[-1].exit_code or len(steps) != _steps_reached(expected):
        return False
    text = text_of(steps)
    return red_tests(text) == expected.red and red_packages(text) <= expected.red_packages


def _steps_reached(expected: Expected) -> int:
    return 1 if expected.outcome == "infrastructure" else len(STEPS[expected.job])


@dataclass(frozen=True, slots=True, kw_only=True)
class Red:
    """A failed job of the history whose log is to be recorded."""

    name: str
    run: Run
    job: Job

    @property
    def started(self) -> datetime:
        """When the runner began."""
        return self.job.started_at + QUEUED


def red_jobs(repository: Repository) -> Iterator[Red]:
    """The failed jobs of all runs that point to a log."""
    for run in repository.runs.values():
        for attempt in run.attempts:
            for job in attempt.jobs:
                if job.log is not None and job.log.file is not None:
                    yield Red(name=job.log.file.stem, run=run, job=job)


def checkout_of(red: Red, repository: Repository) -> Checkout:
    """What the job tested: the head of its branch, or the merge of a pull request into the main branch of its day."""
    git, head = repository.git.path, red.run.head_sha
    if red.run.event != "pull_request":
        return Checkout(ref=red.run.head_branch, sha=head, subject=red.run.title)
    base = next(commit.sha for commit in list_commits(git, "main") if commit.committer.date <= red.run.created_at)
    tree = merge_trees(git, base, head).tree
    if tree is None:
        raise SystemExit(f"{red.name}: its pull request conflicts with {base}")
    subject = f"Merge {head} into {base}"
    author = GitIdentity(name="GitHub", email="noreply@github.com", date=red.run.created_at)
    sha = write_commit_of_tree(git, tree, NewCommit(message=subject, author=author), parents=(base, head))
    return Checkout(ref=f"pull/{red.run.pull_numbers[0]}/merge", sha=sha, subject=subject)


def check_out(repository: Repository, sha: str, root: Path) -> None:
    """Fill an empty folder with the files of one commit."""
    root.mkdir(parents=True)
    archive = subprocess.run(["git", "-C", repository.git.path, "archive", sha], check=True, capture_output=True)
    subprocess.run(["tar", "-x", "-C", root], check=True, input=archive.stdout)


def record(red: Red, repository: Repository, *, folder: Path) -> str:
    """Run one job until it shows what is expected, write its log and report, and say how long it took.

    ``folder`` is the same for all runs, since Go's build cache lies in it and goes by it.
    """
    expected, checkout = LOGS[red.name], checkout_of(red, repository)
    root = folder / "ledger" / "ledger"
    shutil.rmtree(root, ignore_errors=True)
    check_out(repository, checkout.sha, root)
    if expected.job == TESTS_GO and expected.failing:
        anew = expected.red_packages
        warm(root, without=anew | NEIGHBOURS if anew & NEIGHBOURS else anew)
    for attempt in range(1, TRIES + 1):
        begun = time.time()
        steps = run_job(expected, root)
        if shows(steps, expected):
            write(red, checkout=checkout, steps=steps, report=_report(root))
            return f"{red.name}: run {attempt}"
        print(f"{red.name}: run {attempt} shows {sorted(red_tests(text_of(steps))) or 'nothing'}", file=sys.stderr)
        forget(root, since=begun)
    return f"{red.name}: gave up after {TRIES} runs"


def warm(root: Path, *, without: frozenset[str]) -> None:
    """Fill Go's cache of test results, as set-up actions restore it, so that only some packages are tested anew."""
    run_step("go clean -testcache", root=root, folder="go", env={})
    listed = run_step("go list ./...", root=root, folder="go", env={}).lines
    others = " ".join(sorted({package for _, package in listed} - without))
    for _ in range(TRIES):
        if not run_step(f"go test -race {others}", root=root, folder="go", env={}).exit_code:
            return


def forget(root: Path, *, since: float) -> None:
    """Take what the last run left behind out of the caches, among it the results of tests that passed."""
    shutil.rmtree(root / "python" / ".pytest_cache", ignore_errors=True)
    for path in (root.parent / GO_CACHE).rglob("*"):
        if path.is_file() and path.stat().st_mtime >= since:
            path.unlink()


def _report(root: Path) -> str:
    path = root / "python" / REPORT
    return scrubbed(path.read_text(encoding="utf-8"), root=root) if path.exists() else ""


def write(red: Red, *, checkout: Checkout, steps: Sequence[Ran], report: str) -> None:
    """Put a recording into the history, its dates moved to the day of its run."""
    tool = "go" if "go" in red.job.name or red.job.name == TESTS_GO else "python"
    log = job_log(name=red.job.name, started=red.started, checkout=checkout, tool=tool, steps=steps)
    today = datetime.now(UTC).date()
    for suffix, text in (("log", log), ("xml", report)):
        path = HISTORY / "logs" / f"{red.name}.{suffix}"
        if text and (suffix == "log" or path.exists()):
            path.write_text(moved(text, recorded=today, to=red.started.date()), encoding="utf-8")


def load_history() -> Repository:
    """The repository with its whole history; logs that are still to be recorded are empty."""
    for scenario in SCENARIOS:
        for name in re.findall(r"logs/[a-z0-9-]+\.(?:log|xml)", (HISTORY / scenario).read_text(encoding="utf-8")):
            (HISTORY / name).touch()
    world = load(HISTORY / SCENARIOS[0]).world
    for scenario in SCENARIOS[1:]:
        load(HISTORY / scenario, world=world)
    repository = world.repository(REPO)
    assert repository is not None, "the scenario describes it"
    return repository


def main(names: Sequence[str]) -> None:
    """Record the named logs, or all that are missing."""
    repository = load_history()
    with tempfile.TemporaryDirectory() as folder:
        for red in red_jobs(repository):
            path = HISTORY / "logs" / f"{red.name}.log"
            if red.name in names or (not names and not path.stat().st_size):
                print(record(red, repository, folder=Path(folder)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
