"""Record the golden logs and reports of Node's own runner and of Vitest: really run the projects beside this file.

    python tests/data/projects/record_javascript.py --node <a node binary> --vitest <a node_modules with vitest>

Each recording is named after the version that made it, so that several can be made one after another. Paths of the
machine are replaced by those of a GitHub runner.
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
LOGS = HERE.parent / "logs" / "javascript"
REPORTS = HERE.parent / "junit"
WORKSPACE = "/home/runner/work/ledger/ledger"

NODE = {"spec": ["--test-reporter=spec"], "tap": ["--test-reporter=tap"]}
NODE_REPORT = ["--test-reporter=junit"]
VITEST: dict[str, tuple[list[str], dict[str, str]]] = {
    "default": ([], {}),
    "verbose": (["--reporter=verbose"], {}),
    "github-actions": ([], {"GITHUB_ACTIONS": "true"}),
    "colour": ([], {"FORCE_COLOR": "1"}),
}


def scrubbed(text: str, *, workspace: Path) -> str:
    """The text without this machine's paths and name."""
    text = text.replace(str(workspace), WORKSPACE)
    text = re.sub(r"(?:\.\./|/)[^\s:()'\"<>]*?/node_modules/", "node_modules/", text)
    return re.sub(r'hostname="[^"]*"', 'hostname="runner"', text)


def recorded(argv: list[str], *, project: str, modules: Path | None = None, env: dict[str, str] | None = None) -> str:
    """What the command prints in a copy of the project, and how it ended."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder).resolve() / "ledger"
        shutil.copytree(HERE / project, workspace)
        if modules:
            (workspace / "node_modules").symlink_to(modules.resolve())
        kept = {"PATH": os.environ["PATH"], "HOME": folder, "CI": "true"}
        done = subprocess.run(
            argv,
            cwd=workspace,
            env=kept | (env or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=300,
        )
        return scrubbed(done.stdout.decode(), workspace=workspace) + f"##exit {done.returncode}\n"


def as_shown(output: str) -> str:
    """The output as the runner logs it: an annotation is an error of its own, with its lines below it."""
    shown = re.sub(r"^::error [^\n]*?::(.*)$", r"##[error]\1", output, flags=re.MULTILINE)
    return shown.replace("%0A", "\n").replace("%25", "%")


def report(output: str) -> str:
    """The XML in what a reporter printed."""
    return output[output.index("<?xml") : output.index("</testsuites>")] + "</testsuites>\n"


def record_node(node: str) -> None:
    """Node's reporters."""
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    major = version.strip().removeprefix("v").split(".")[0]
    for case, flags in NODE.items():
        output = recorded([node, "--test", *flags], project="node-suite")
        (LOGS / f"node-{major}-{case}.log").write_text(job_log(output, command="node --test"))
    output = recorded([node, "--test", *NODE_REPORT], project="node-suite")
    (REPORTS / f"node-{major}.xml").write_text(report(output))


def record_vitest(modules: Path) -> None:
    """Vitest's reporters."""
    vitest = str(modules.resolve() / ".bin" / "vitest")
    said = subprocess.run([vitest, "--version"], capture_output=True, text=True, check=True).stdout
    major = said.split("/")[1].split(".")[0]
    for case, (flags, env) in VITEST.items():
        output = recorded([vitest, "run", *flags], project="vitest-suite", modules=modules, env=env)
        (LOGS / f"vitest-{major}-{case}.log").write_text(job_log(as_shown(output), command="npx vitest run"))
    output = recorded([vitest, "run", "--reporter=junit"], project="vitest-suite", modules=modules)
    (REPORTS / f"vitest-{major}.xml").write_text(report(output))


def main() -> None:
    """Record whatever tools are given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--node", action="append", default=[], help="a node binary")
    parser.add_argument("--vitest", type=Path, action="append", default=[], help="a node_modules folder with vitest")
    args = parser.parse_args()
    LOGS.mkdir(parents=True, exist_ok=True)
    for node in args.node:
        record_node(node)
    for modules in args.vitest:
        record_vitest(modules)


if __name__ == "__main__":
    main()
