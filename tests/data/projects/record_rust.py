"""Record the golden logs of cargo test and nextest: really run the project beside this file.

Needs cargo, and cargo-nextest on the PATH for the cases that begin with its name:

    python tests/data/projects/record_rust.py [CASE...]

Paths of the machine are replaced by those of a GitHub runner, so a recording says nothing about where it was made.
"""

import argparse
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from record_python import job_log

HERE = Path(__file__).parent
LOGS = HERE.parent / "logs" / "rust"
REPORTS = HERE.parent / "junit"
WORKSPACE = "/home/runner/work/ledger/ledger"
ALL = ["--workspace", "--no-fail-fast"]
NEXTEST = ["nextest", "run", "--profile", "ci"]
ENDS = ["crash", "exits", "overflow", "segfault"]
TRIES = ["test", *("--features", "flaky"), *("--test", "flaky")]


def only(*names: str) -> list[str]:
    """Arguments that run test binaries which are left out elsewhere."""
    return [word for name in names for word in ("--features", name, "--test", name)]


CASES: dict[str, list[list[str]]] = {
    "cargo": [["test", *ALL]],
    "cargo-backtrace": [["test", *ALL]],
    "cargo-fail-fast": [["test"]],
    "cargo-quiet": [["test", "-q"]],
    "cargo-no-capture": [["test", "--test", "share", "--", "--nocapture"]],
    "cargo-colour": [["test", "--color=always", "--test", "share", "--", "--color=always"]],
    "cargo-ends": [["test", "--no-fail-fast", *only(*ENDS)]],
    "cargo-ends-one-thread": [["test", "--no-fail-fast", *only(*ENDS), "--", "--test-threads=1"]],
    "cargo-broken": [["test", *only("broken")]],
    "cargo-third-try": [[*TRIES, "passes"], [*TRIES, "passes"], [*TRIES, "passes"]],
    "cargo-passes": [["test", "-p", "books", "no_page"]],
    "nextest": [[*NEXTEST, *ALL]],
    "nextest-backtrace": [[*NEXTEST, *ALL]],
    "nextest-fail-fast": [[*NEXTEST, "--test", "share"]],
    "nextest-final": [[*NEXTEST, *ALL, "--failure-output=final"]],
    "nextest-colour": [[*NEXTEST, *ALL, "--color=always"]],
    "nextest-no-capture": [[*NEXTEST, *ALL, "--no-capture"]],
    "nextest-ends": [[*NEXTEST, "--no-fail-fast", *only(*ENDS, "slow")]],
    "nextest-leaks": [[*NEXTEST, "--no-fail-fast", *only("leaks")]],
    "nextest-tries": [[*NEXTEST, "--no-fail-fast", "--retries=1", *only("crash", "leaks", "segfault", "slow")]],
    "nextest-retries": [[*NEXTEST, "--no-fail-fast", "--retries=2", *only("flaky")]],
    "nextest-broken": [[*NEXTEST, *only("broken")]],
}
JUNIT = ("nextest", "nextest-ends", "nextest-leaks", "nextest-retries", "nextest-tries")
"""Whose reports are kept as well."""


def scrubbed(text: str, *, workspace: Path) -> str:
    """The text with this machine's paths and ids replaced by a runner's."""
    for place in {str(workspace.resolve()), str(workspace)}:
        text = text.replace(place, WORKSPACE)
    text = re.sub(r"/[^\s\"'`]*?/(?=\.(?:rustup|cargo)/)", "/home/runner/", text)
    text = re.sub(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "4b9ce0f4-8a4c-4e6e-9f43-1f0c8f6a7d11", text)
    return re.sub(r"(thread '[^']*'|thread &apos;[^&]*&apos;) \(\d+\)", r"\1 (4711)", text)


def recorded(case: str, workspace: Path) -> tuple[str, str]:
    """Output and report of really running the commands of a case, one after the other."""
    for left in (workspace / "target/tmp").glob("*"):
        left.unlink()
    kept = ("PATH", "HOME", "RUSTUP_HOME", "CARGO_HOME")
    env = {name: os.environ[name] for name in kept if name in os.environ} | {"CI": "true"}
    env |= {"RUST_BACKTRACE": "1"} if "backtrace" in case else {}
    output = ""
    for number, argv in enumerate(CASES[case], start=1):
        done = subprocess.run(
            ["cargo", *argv],
            cwd=workspace,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=600,
        )
        failed = done.returncode != 0 and number == len(CASES[case])  # the others stand before an ||
        output += done.stdout.decode() + (f"##exit {done.returncode}\n" if failed else "")
    report = workspace / "target/nextest/ci/junit.xml"
    return output, report.read_text() if case in JUNIT else ""


def main() -> None:
    """Record the cases named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", default=[*CASES])
    args = parser.parse_args()
    LOGS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "ledger"
        shutil.copytree(HERE / "rust-suite", workspace, ignore=shutil.ignore_patterns("target"))
        for case in args.cases:
            output, report = recorded(case, workspace)
            text = job_log(scrubbed(output, workspace=workspace), command="cargo " + " ".join(CASES[case][-1]))
            (LOGS / f"{case}.log").write_text(text)
            if report:
                (REPORTS / f"{case}.xml").write_text(scrubbed(report, workspace=workspace))


if __name__ == "__main__":
    main()
