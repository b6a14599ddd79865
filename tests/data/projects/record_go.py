"""Records the golden logs of Go by running real tests; machine paths are replaced by those of a hosted runner.

Usage: ``python tests/data/projects/record_go.py [case ...]``; needs the go toolchain, and gotestsum for its own cases.
What a log says about times and addresses changes with every recording; what ``extract`` finds in it must not.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

PROJECTS = Path(__file__).parent
LEDGER = PROJECTS / "go-ledger"
RUNNER = PROJECTS / "go-runner"
LOGS = PROJECTS.parent / "logs" / "go"
JUNIT = PROJECTS.parent / "junit"
CHECKOUT = "/home/runner/work/ledger/ledger"
TOOLCHAIN = "/opt/hostedtoolcache/go/1.26.8/x64"
MODULES = "/home/runner/go/pkg/mod"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One recording: the command, how its log is dressed up, and where it is cut."""

    name: str
    argv: tuple[str, ...]
    github: bool = False
    color: bool = False
    cut: str = ""
    """The log breaks off inside the first line that contains this text."""
    beside: tuple[str, ...] = ()
    """A second command that runs at the same time and writes into the same log."""


def test(name: str, *arguments: str, **options: object) -> Case:
    """A case that runs ``go test``."""
    return Case(name=name, argv=("go", "test", "-count=1", *arguments), **options)  # type: ignore[arg-type]


CASES: Sequence[Case] = (
    test("plain", "./account", "./passing"),
    test("verbose", "-v", "./account", "./passing"),
    test("json", "-json", "./account", "./passing", "./parallel"),
    test("json-github", "-json", "./account", "./parallel", github=True),
    test("verbose-github-ansi", "-v", "./account", "./suites", "./passing", github=True, color=True),
    test("parallel-verbose", "-v", "./parallel"),
    test("parallel-plain", "./parallel"),
    Case(
        name="interleaved-packages",
        argv=("go", "test", "-count=1", "-v", "./slowa"),
        beside=("go", "test", "-count=1", "-v", "./slowb"),
    ),
    test("testify-plain", "-run", "Test(Equal|NoError|Several|Eventually|Through)", "./suites"),
    test("testify-suites-verbose", "-v", "-run", "Suite|Fixture|NoSetup|BadTear", "./suites"),
    test("testify-suites-plain", "-run", "Suite|Fixture|NoSetup|BadTear", "./suites", github=True),
    test("testify-suites-json", "-json", "-run", "Suite|Fixture|NoSetup|BadTear", "./suites"),
    test("panic-plain", "-run", "TestFine|TestNilMap", "./crash", "./passing"),
    test("panic-subtest-verbose", "-v", "-run", "TestFine|TestNilPointer", "./crash"),
    test("panic-subtest-json", "-json", "-run", "TestFine|TestNilPointer", "./crash"),
    test("panic-background-plain", "-run", "TestFine|TestBackground", "./crash"),
    test("panic-background-verbose", "-v", "-run", "TestFine|TestBackground", "./crash", github=True),
    test("panic-background-json", "-json", "-run", "TestFine|TestBackground", "./crash"),
    test("panic-custom-error", "-run", "TestCustomError", "./crash"),
    test("panic-glued", "-v", "-run", "TestFine|TestGluedPanic", "./crash"),
    test("panic-parallel-verbose", "-v", "-run", "TestParallel", "./crash"),
    test("panic-late-log", "-v", "./latelog"),
    test("panic-late-log-plain", "./latelog", "./passing"),
    test("panic-late-log-json", "-json", "./latelog"),
    test("panic-recovered", "-v", "-run", "TestRecovered", "./crash"),
    test("panic-recovered-plain", "-run", "TestRecovered", "./crash"),
    test("panic-recovered-json", "-json", "-run", "TestRecovered", "./crash"),
    test("fatal-concurrent-map", "-run", "TestFine|TestConcurrentMap", "./crash"),
    test("fatal-concurrent-map-json", "-json", "-run", "TestFine|TestConcurrentMap", "./crash"),
    test("exit-in-test", "-v", "-run", "TestFine|TestExit", "./crash", github=True),
    test("exit-in-test-json", "-json", "-run", "TestFine|TestExit", "./crash"),
    test("timeout-channel", "-timeout", "1s", "-run", "Quick|StuckChannel", "./hang"),
    test("timeout-subtest-verbose", "-v", "-timeout", "1s", "-run", "Quick|StuckInSubtest", "./hang"),
    test("timeout-parallel", "-timeout", "3s", "-run", "TestParallel", "./hang", github=True),
    test("timeout-suite-verbose", "-v", "-timeout", "1s", "-run", "StuckSuite", "./hang"),
    test("timeout-json", "-json", "-timeout", "1s", "-run", "Quick|FailsBefore|StuckInSub", "./hang"),
    test("timeout-after-failure", "-v", "-timeout", "1s", "-run", "FailsBefore|StuckSuite", "./hang"),
    test("race-plain", "-race", "-run", "TestRace", "./race"),
    test("race-verbose", "-race", "-v", "-run", "TestRace", "./race", github=True),
    test("race-json", "-race", "-json", "-run", "TestRace", "./race"),
    test("race-beside-pass", "-race", "-v", "-run", "TestLeavesRacer|TestBystander", "./race"),
    test("race-at-exit", "-race", "-v", "./raceexit"),
    test("goleak-in-test", "./leak"),
    test("goleak-in-test-json", "-json", "./leak"),
    test("goleak-in-main", "-v", "./leakmain"),
    test("goleak-in-main-json", "-json", "./leakmain"),
    test("build-failed", "./brokena", "./brokenb", "./passing", github=True),
    test("build-failed-json", "-json", "./brokena", "./brokenb", "./passing"),
    test("build-and-test-failed", "-v", "./brokena", "./account"),
    test("vet-failed", "./vetfail", "./passing"),
    test("setup-failed", "./setupfail", "./passing"),
    test("package-fails-alone", "./initpanic", "./mainexit", "./passing", github=True),
    test("package-fails-alone-json", "-json", "./initpanic", "./mainexit", "./passing"),
    test("panic-after-pass", "-v", "./paniclate"),
    test("noise-verbose", "-v", "./noise"),
    test("noise-plain", "-run", "Etcd|Quotes|Loud", "./noise", github=True),
    test("noise-json", "-json", "./noise"),
    test("noise-passing", "-v", "-run", "Etcd|Quotes|Nested", "./noise", github=True),
    test("odd-names", "-shuffle=7", "./odd"),
    test("odd-verbose", "-v", "./odd", github=True),
    test("odd-json", "-json", "./odd"),
    test("panic-benchmark", "-run", "none", "-bench", ".", "-benchtime", "1x", "./crash"),
    test("race-then-panic", "-race", "-run", "TestRacerPanics", "./crash"),
    test("flaky-count", "-v", "-count=2", "-run", "SecondCall|Steady", "./flaky"),
    test("flaky-count-json", "-json", "-count=2", "-run", "SecondCall|Steady", "./flaky"),
    Case(
        name="gotestsum-rerun-testname",
        argv=("gotestsum", "--format", "testname", "--rerun-fails", "--packages", "./flaky ./passing"),
    ),
    Case(
        name="gotestsum-rerun-verbose",
        argv=("gotestsum", "--format", "standard-verbose", "--rerun-fails", "--packages", "./flaky ./passing"),
        github=True,
    ),
    Case(name="gotestsum-pkgname", argv=("gotestsum", "--", "-count=1", "./account", "./suites", "./crash")),
    Case(
        name="one-test-runner",
        argv=("parunner", "-workers", "4", "-run", "Parse|Transfer|Ledger|Equal|Nil|Background|Stuck|Fine|Opens",
              "-timeout", "2s", "-module", "example.com/ledger", "account", "suites", "crash", "hang"),
        github=True,
    ),
    test("cut-in-test", "-v", "-run", "Test(Equal|NoError|Several)", "./suites", cut="item(s)"),
    test("cut-in-panic", "-v", "-run", "TestFine|TestBackground", "./crash", cut="created by"),
    test("cut-before-package", "./account", cut="FAIL\texample"),
    test("cut-in-running-test", "-v", "-run", "TestFine|TestSlow", "./crash", github=True, cut="PASS: TestSlow"),
)  # fmt: skip


def environment(folder: Path) -> dict[str, str]:
    """What the commands see; ``LEDGER_STATE`` is where flaky tests remember their first run."""
    state = folder / "state"
    state.mkdir(parents=True)
    return {**os.environ, "LEDGER_STATE": str(state), "NO_COLOR": "1", "GOFLAGS": "-buildvcs=false"}


def has_modules() -> bool:
    """Whether the tests can be built without fetching anything."""
    env = {**os.environ, "GOFLAGS": "-mod=readonly", "GOPROXY": "off"}
    argv = ["go", "list", "-deps", "-test", "./suites", "./leak"]
    return subprocess.run(argv, cwd=LEDGER, env=env, capture_output=True, check=False).returncode == 0


def run(case: Case, folder: Path, *, junit: Path) -> tuple[str, bool]:
    """The combined output of a case's commands, in the order in which it was written, and whether one failed."""
    env = environment(folder)
    out = folder / "out"
    argv = case.argv
    if argv[0] == "parunner":
        subprocess.run(["go", "build", "-o", str(folder / "parunner"), "."], cwd=RUNNER, check=True)
        argv = (str(folder / "parunner"), "-junit", str(junit), *argv[1:])
    with out.open("wb") as sink:
        commands = [argv, *([case.beside] if case.beside else [])]
        running = [
            subprocess.Popen(command, cwd=LEDGER, env=env, stdout=sink, stderr=subprocess.STDOUT)
            for command in commands
        ]
        for process in running:
            process.wait(timeout=120)
    return out.read_text(errors="replace"), any(process.returncode for process in running)


def scrub(text: str) -> str:
    """The text as a hosted runner would have printed it."""
    go = subprocess.run(["go", "env", "GOROOT", "GOMODCACHE"], capture_output=True, text=True, check=True)
    root, modules = go.stdout.split()
    for path, instead in ((str(LEDGER), CHECKOUT), (modules, MODULES), (root, TOOLCHAIN)):
        text = text.replace(path, instead)
    return re.sub(r"/tmp/[\w./-]+", "/tmp/go-build", text)


def dressed(case: Case, text: str, *, failed: bool) -> str:
    """The log as GitHub keeps it: steps, time stamps, colours."""
    lines = text.splitlines()
    if case.color:
        lines = [_colored(line) for line in lines]
    command = " ".join(case.argv).replace("-count=1 ", "")
    lines = [
        "##[group]Run actions/checkout@v4",
        "with:",
        "  repository: example/ledger",
        "##[endgroup]",
        "HEAD is now at 1f0c3ab Merge 5d2b7c1e9a4f60718293a4b5c6d7e8f901234567 into "
        "0a1b2c3d4e5f60718293a4b5c6d7e8f9a0b1c2d3",
        f"##[group]Run {command}",
        f"\x1b[36;1m{command} # FAIL early, no timeout\x1b[0m",
        "shell: /usr/bin/bash -e {0}",
        "##[endgroup]",
        *lines,
        *(["##[error]Process completed with exit code 1."] if failed else []),
        "Post job cleanup.",
        "Cleaning up orphan processes",
    ]
    start = datetime(2026, 3, 2, 8, 0, 0, tzinfo=UTC)
    return "\ufeff" + "".join(
        f"{start + timedelta(milliseconds=7 * i):%Y-%m-%dT%H:%M:%S.%f}0Z {line}\n" for i, line in enumerate(lines)
    )


def _colored(line: str) -> str:
    if "--- FAIL" in line or line.startswith("FAIL"):
        return f"\x1b[31m{line}\x1b[0m"
    return f"\x1b[32m{line}\x1b[0m" if "--- PASS" in line or line.startswith("ok ") else line


def cut(case: Case, text: str) -> str:
    """The text up to the middle of the first line that contains the case's cut."""
    if not case.cut:
        return text
    place = text.index(case.cut)
    return text[: place + len(case.cut) // 2]


def record(case: Case, *, junit: Path | None = None) -> str:
    """The finished log of a case; ``junit`` is where a runner's report goes."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "junit.xml"
        text, failed = run(case, Path(folder), junit=report)
        if junit and report.exists():
            junit.write_text(scrub(report.read_text()))
    text = scrub(text)
    return cut(case, dressed(case, text, failed=failed) if case.github else text)


def main(names: Sequence[str]) -> int:
    """Record the named cases, or all."""
    LOGS.mkdir(parents=True, exist_ok=True)
    for case in CASES:
        if names and case.name not in names:
            continue
        if case.argv[0] == "gotestsum" and shutil.which("gotestsum") is None:
            print(f"{case.name}: gotestsum is not on PATH, kept as it was")
            continue
        (LOGS / f"{case.name}.log").write_text(record(case, junit=JUNIT / f"go-{case.name}.xml"))
        print(case.name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
