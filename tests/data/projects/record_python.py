"""Record the golden logs of pytest and unittest: really run the projects beside this file.

Needs a virtual environment with pytest 9 and the plug-ins xdist, rerunfailures, timeout and cov:

    python tests/data/projects/record_python.py --python <venv>/bin/python [CASE...]

Paths of the machine are replaced by those of a GitHub runner, so a recording says nothing about where it was made.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).parent
LOGS = HERE.parent / "logs" / "python"
REPORTS = HERE.parent / "junit"
WORKSPACE = "/home/runner/work/ledger/ledger"
TOOLCACHE = "/opt/hostedtoolcache/Python/3.11.9/x64"

SUITE, UNITTEST = "python-suite", "python-unittest"
RERUN = ["flaky", "--reruns", "2"]

CASES: dict[str, tuple[str, list[str]]] = {
    "plain": (SUITE, ["pytest"]),
    "verbose": (SUITE, ["pytest", "-v"]),
    "quiet": (SUITE, ["pytest", "-q"]),
    "short-traceback": (SUITE, ["pytest", "--tb=short"]),
    "line-traceback": (SUITE, ["pytest", "--tb=line"]),
    "native-traceback": (SUITE, ["pytest", "--tb=native"]),
    "no-traceback": (SUITE, ["pytest", "--tb=no", "-q"]),
    "no-summary": (SUITE, ["pytest", "-r", "N"]),
    "colour": (SUITE, ["pytest", "--color=yes", "-v"]),
    "xdist": (SUITE, ["pytest", "-n", "2", "tests/test_ledger.py", "tests/test_chained.py"]),
    "xdist-verbose": (SUITE, ["pytest", "-n", "2", "-v", "tests/test_ledger.py"]),
    "no-capture": (SUITE, ["pytest", "-v", "-s", "tests/test_ledger.py"]),
    "rerun-plain": (SUITE, ["pytest", *RERUN]),
    "rerun-summary": (SUITE, ["pytest", "-rR", *RERUN]),
    "rerun-verbose": (SUITE, ["pytest", "-v", *RERUN]),
    "rerun-passes": (SUITE, ["pytest", "-v", *RERUN, "-k", "not always"]),
    "rerun-xdist": (SUITE, ["pytest", "-v", "-n", "2", *RERUN]),
    "timeout-signal": (SUITE, ["pytest", "slow", "--timeout=1"]),
    "timeout-thread": (SUITE, ["pytest", "slow", "--timeout=1", "--timeout-method=thread"]),
    "timeout-thread-verbose": (SUITE, ["pytest", "-v", "slow", "--timeout=1", "--timeout-method=thread"]),
    "timeout-thread-xdist": (SUITE, ["pytest", "-n", "1", "slow", "--timeout=1", "--timeout-method=thread"]),
    "segfault": (SUITE, ["pytest", "crash"]),
    "worker-crash": (SUITE, ["pytest", "-n", "2", "crash"]),
    "collection": (SUITE, ["pytest", "broken"]),
    "collection-continued": (
        SUITE,
        ["pytest", "broken", "slow/test_slow.py::test_quick", "--continue-on-collection-errors"],
    ),
    "missing-file": (SUITE, ["pytest", "nowhere"]),
    "coverage-gate": (SUITE, ["pytest", "cov", "--cov=ledger", "--cov-fail-under=99"]),
    "inner-session": (SUITE, ["pytest", "many"]),
    "native-no-summary": (SUITE, ["pytest", "--tb=native", "-r", "N", "tests/test_chained.py"]),
    "quoted-report": (SUITE, ["pytest", "quoting"]),
    "quoted-report-line": (SUITE, ["pytest", "--tb=line", "quoting"]),
    "quoted-report-all": (SUITE, ["pytest", "-v", "-rA", "quoting"]),
    "doctest": (SUITE, ["pytest", "--doctest-modules", "quoting/examples.py"]),
    "exit-first": (SUITE, ["pytest", "-x", "tests/test_ledger.py"]),
    "passes": (SUITE, ["pytest", "-v", "cov", "slow/test_slow.py::test_quick"]),
    "unittest-plain": (UNITTEST, ["unittest", "discover", "-s", "tests", "-t", "."]),
    "unittest-verbose": (UNITTEST, ["unittest", "discover", "-v", "-s", "tests", "-t", "."]),
    "unittest-import": (UNITTEST, ["unittest", "discover", "-s", "broken", "-t", "."]),
}

TWICE: dict[str, tuple[str, list[str], list[str]]] = {
    "second-try": (SUITE, ["pytest", "-v", "flaky", "-k", "once"], ["pytest", "-v", "flaky", "--lf"]),
    "second-try-quiet": (SUITE, ["pytest", "flaky", "-k", "once"], ["pytest", "flaky", "--lf"]),
}

JUNIT: dict[str, list[str]] = {
    "pytest-xunit2": ["pytest", "-o", "junit_family=xunit2"],
    "pytest-xunit1": ["pytest", "-o", "junit_family=xunit1", "-o", "junit_logging=all"],
    "pytest-rerun": ["pytest", *RERUN],
    "pytest-collection": ["pytest", "broken"],
    "pytest-crash": ["pytest", "-n", "2", "crash"],
}


def scrubbed(text: str, *, workspace: Path) -> str:
    """The text with this machine's paths, names and versions of the kernel replaced by a runner's."""
    for place in {str(workspace.resolve()), str(workspace)}:
        text = text.replace(place, WORKSPACE)
    text = re.sub(r"/[^\s\"']*?/(?=bin/python|lib/python3)", TOOLCACHE + "/", text)
    text = re.sub(r"/tmp/pytest-of-\w+/", "/tmp/pytest-of-runner/", text)
    text = re.sub(r'hostname="[^"]*"', 'hostname="runner"', text)
    return re.sub(r"(?:\.\./)+" + TOOLCACHE.lstrip("/"), TOOLCACHE, text)


def recorded(python: str, *, project: str, commands: list[list[str]], report: bool = False) -> str:
    """Output (or report) of really running the commands, one after the other, in a copy of the project."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "ledger"
        shutil.copytree(HERE / project, workspace, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
        env = {"PATH": os.environ["PATH"], "CI": "true", "COUNTER": str(Path(folder) / "counter"), "HOME": folder}
        output = ""
        for number, argv in enumerate(commands, start=1):
            extra = ["--junitxml", str(workspace / "report.xml")] if report else []
            done = subprocess.run(
                [python, "-m", *argv, *extra],
                cwd=workspace,
                env=env,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=120,
            )
            failed = done.returncode != 0 and number == len(commands)  # the others stand before an ||
            output += done.stdout.decode() + (f"##exit {done.returncode}\n" if failed else "")
        text = (workspace / "report.xml").read_text() if report else output
        return scrubbed(text, workspace=workspace)


def job_log(output: str, *, command: str) -> str:
    """The output as the job log of a pull request run on a hosted runner, as GitHub serves it."""
    started = datetime(2026, 8, 3, 9, 14, 2, 123456, tzinfo=UTC)
    head, base = "5f1d" * 10, "9ab0" * 10
    lines = [
        "##[group]Run actions/checkout@v4",
        "with:",
        "  repository: acme/ledger",
        "  token: ***",
        "##[endgroup]",
        "##[group]Fetching the repository",
        f"[command]/usr/bin/git -c protocol.version=2 fetch --depth=1 origin +{'1c2e' * 10}:refs/remotes/pull/57/merge",
        "##[endgroup]",
        f"HEAD is now at 1c2e1c2 Merge {head} into {base}",
        "##[group]Run echo 'FAILED tests/test_ledger.py::test_from_script - no'",
        "\x1b[36;1mecho 'FAILED tests/test_ledger.py::test_from_script - no'\x1b[0m",
        f"\x1b[36;1m{command} || exit 1\x1b[0m",
        "\x1b[36;1mFAILED tests/test_ledger.py::test_from_script - no\x1b[0m",
        "shell: /usr/bin/bash -e {0}",
        "env:",
        f"  pythonLocation: {TOOLCACHE}",
        "##[endgroup]",
    ]
    for line in output.splitlines():
        code = re.fullmatch(r"##exit (-?\d+)", line)
        lines.append(f"##[error]Process completed with exit code {shell_code(int(code.group(1)))}." if code else line)
    lines += ["Post job cleanup.", "Cleaning up orphan processes"]
    stamps = (started + timedelta(milliseconds=7 * index) for index in range(len(lines)))
    stamped = (f"{at:%Y-%m-%dT%H:%M:%S.%f}7Z {line}" for at, line in zip(stamps, lines, strict=True))
    return "\ufeff" + "\n".join(stamped) + "\n"


def shell_code(code: int) -> int:
    """The exit code a shell shows: a signal is 128 and its number."""
    return code if code >= 0 else 128 - code


def record(case: str, python: str) -> None:
    """Write the log, and where it is one of the cases, the report."""
    if case in JUNIT:
        text = recorded(python, project=SUITE, commands=[JUNIT[case]], report=True)
        (REPORTS / f"{case}.xml").write_text(text)
        return
    project, *commands = TWICE[case] if case in TWICE else CASES[case]
    output = recorded(python, project=project, commands=[list(argv) for argv in commands])
    (LOGS / f"{case}.log").write_text(job_log(output, command="python -m " + " ".join(commands[-1])))


def main() -> None:
    """Record the cases named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable, help="interpreter that has pytest and its plug-ins")
    parser.add_argument("cases", nargs="*", default=[*CASES, *TWICE, *JUNIT])
    args = parser.parse_args()
    LOGS.mkdir(parents=True, exist_ok=True)
    REPORTS.mkdir(parents=True, exist_ok=True)
    for case in args.cases:
        record(case, args.python)


if __name__ == "__main__":
    main()
