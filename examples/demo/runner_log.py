"""What a GitHub runner writes around the output of a job's steps.

The rule it keeps: only the runner's own lines are made here; what a step printed is passed on as it was recorded.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

REPO = "demo-org/ledger"
WORKSPACE = "/home/runner/work/ledger/ledger"
SETUP_SECONDS = 2.0
"""Time that the runner needs before the first step, and that each action of GitHub's own takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """What the job's checkout step fetched: ``ref`` in short, the commit it leads to, and that commit's subject."""

    ref: str
    sha: str
    subject: str

    @property
    def is_merge(self) -> bool:
        """Whether the job tested a pull request's merge commit."""
        return self.ref.startswith("pull/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One ``run:`` step: its command, environment, each line with its seconds since the start, its exit code."""

    command: str
    env: tuple[str, ...]
    lines: tuple[tuple[float, str], ...]
    seconds: float
    exit_code: int


def job_log(*, name: str, started: datetime, checkout: Checkout, tool: str, steps: Sequence[Ran]) -> str:
    """The whole log of one job, as the log's download gives it; ``tool`` is the set-up action, such as ``go``."""
    timed = _timed(name=name, checkout=checkout, tool=tool, steps=steps)
    return "".join(f"{_stamp(started, seconds)} {text}\n" for seconds, text in timed)


def _stamp(started: datetime, seconds: float) -> str:
    moment = started + timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}0Z"


def _timed(*, name: str, checkout: Checkout, tool: str, steps: Sequence[Ran]) -> Iterator[tuple[float, str]]:
    clock = 0.0
    for lines in (_preparation(name), _checkout(checkout), _setup(tool)):
        for text in lines:
            yield clock, text
            clock += 0.0021
        clock += SETUP_SECONDS
    for step in steps:
        for text in _announcement(step):
            yield clock, text
        for seconds, text in step.lines:
            yield clock + seconds, text
        clock += step.seconds
        if step.exit_code:
            yield clock, f"##[error]Process completed with exit code {step.exit_code}."
    for text in _farewell():
        yield clock + 0.2, text


def _preparation(name: str) -> list[str]:
    return [
        "Current runner version: '2.330.0'",
        *_group("Operating System", "Ubuntu", "24.04.3", "LTS"),
        *_group("GITHUB_TOKEN Permissions", "Contents: read", "Metadata: read"),
        "Secret source: Actions",
        "Prepare workflow directory",
        "Prepare all required actions",
        f"Complete job name: {name}",
    ]


def _checkout(checkout: Checkout) -> list[str]:
    git = "[command]/usr/bin/git"
    remote = f"refs/remotes/{checkout.ref if checkout.is_merge else 'origin/' + checkout.ref}"
    switch = f"{git} checkout --progress --force {remote}"
    switched = [f"Note: switching to '{remote}'.", "", f"HEAD is now at {checkout.sha[:7]} {checkout.subject}"]
    if not checkout.is_merge:
        switch = f"{git} checkout --progress --force -B {checkout.ref} {remote}"
        switched = [f"Switched to a new branch '{checkout.ref}'"]
    return [
        *_group("Run actions/checkout@v6", "with:", f"  repository: {REPO}", "  token: ***", "  fetch-depth: 1"),
        f"Syncing repository: {REPO}",
        *_group("Getting Git version info", f"Working directory is '{WORKSPACE}'", f"{git} version"),
        *_group(
            "Fetching the repository",
            f"{git} -c protocol.version=2 fetch --no-tags --prune --no-recurse-submodules --depth=1 origin "
            f"+{checkout.sha}:{remote}",
        ),
        *_group("Checking out the ref", switch, *switched),
        f"{git} log -1 --format=%H",
        checkout.sha,
    ]


def _setup(tool: str) -> list[str]:
    return _group(f"Run actions/setup-{tool}@v6", "with:", "  check-latest: false", "  token: ***")


def _announcement(step: Ran) -> list[str]:
    env = ["env:", *(f"  {pair}" for pair in step.env)] if step.env else []
    return _group(f"Run {step.command}", f"\x1b[36;1m{step.command}\x1b[0m", "shell: /usr/bin/bash -e {0}", *env)


def _group(title: str, *lines: str) -> list[str]:
    return [f"##[group]{title}", *lines, "##[endgroup]"]


def _farewell() -> list[str]:
    return ["Post job cleanup.", "Cleaning up orphan processes"]
