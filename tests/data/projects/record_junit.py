"""Record JUnit reports of gotestsum (Go) and jest-junit (JavaScript) by really running the projects beside this file.

    python tests/data/projects/record_junit.py --gotestsum <binary> --node-modules <folder with jest and jest-junit>
"""

import argparse
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
REPORTS = HERE.parent / "junit"
WORKSPACE = "/home/runner/work/ledger/ledger"

GO: dict[str, list[str]] = {
    "gotestsum": ["--", "./account", "./suites", "./crash", "./initpanic", "./brokena", "-timeout=60s"],
    "gotestsum-rerun": ["--rerun-fails=2", "--packages=./flaky", "--", "-count=1"],
    "gotestsum-short-names": ["--junitfile-testsuite-name=full", "--junitfile-testcase-classname=short", "--", "./account"],
    "gotestsum-timeout": ["--", "./hang", "-run=TestStuckInSubtest", "-timeout=2s"],
}


def scrubbed(text: str, *, places: list[str]) -> str:
    """The report without this machine's paths."""
    for place in places:
        text = text.replace(place, WORKSPACE)
    text = re.sub(r"/[^\s:<]*/pkg/mod/", "/home/runner/go/pkg/mod/", text)
    text = text.replace("/usr/local/go/", "/opt/hostedtoolcache/go/1.24.5/x64/")
    text = re.sub(r"go version [^\"]*|go\d\.\d+[\w.]* \w+/\w+", "go1.24.5 linux/amd64", text)
    return re.sub(r'hostname="[^"]*"', 'hostname="runner"', text)


def record_go(case: str, gotestsum: str) -> None:
    """Run gotestsum on a copy of the Go project."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "ledger"
        shutil.copytree(HERE / "go-ledger", workspace)
        report = Path(folder) / "report.xml"
        environment = os.environ | {"COUNTER": f"{folder}/counter", "LEDGER_STATE": folder, "TMPDIR": folder}
        subprocess.run(
            [gotestsum, "--junitfile", str(report), *GO[case]], cwd=workspace, env=environment, check=False, timeout=300,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        text = scrubbed(report.read_text(), places=[str(workspace), folder])
        (REPORTS / f"{case}.xml").write_text(text)


def record_jest(modules: Path) -> None:
    """Run jest on a copy of the JavaScript project."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "ledger"
        shutil.copytree(HERE / "node-jest", workspace)
        (workspace / "package.json").write_text("{}")
        (workspace / "node_modules").symlink_to(modules)
        subprocess.run(
            [str(modules / ".bin" / "jest"), "--reporters=jest-junit", f"--rootDir={workspace}"],
            cwd=workspace, check=False, timeout=120, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=os.environ | {"JEST_JUNIT_OUTPUT_FILE": str(workspace / "report.xml")},
        )
        text = scrubbed((workspace / "report.xml").read_text(), places=[str(workspace), str(modules.parent)])
        (REPORTS / "jest-junit.xml").write_text(text)


def main() -> None:
    """Record whatever tools are given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gotestsum", help="the gotestsum binary")
    parser.add_argument("--node-modules", type=Path, help="a node_modules folder with jest and jest-junit")
    args = parser.parse_args()
    for case in GO if args.gotestsum else ():
        record_go(case, args.gotestsum)
    if args.node_modules:
        record_jest(args.node_modules)


if __name__ == "__main__":
    main()
