"""Runs the commands of a job's steps for real and keeps what they print, line by line with its time.

The rule it keeps: output is changed in one way only, by taking this machine's paths and names out of it.
"""

import os
import platform
import re
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from examples.demo.runner_log import WORKSPACE, Ran

GO = Path("/usr/local/go/bin/go")
GO_CACHE = "_gocache"
"""Folder of Go's build cache, beside the checkout: a recording removes results from it."""
RUNNER_TEMP = "/home/runner/work/_temp"
TIME_LIMIT = 120.0
"""Seconds for one step; the tests need two, and a first build of the race detector's library some forty."""
_RESOLVER = re.compile(r"(lookup \S+ on )[0-9.]+:53")


def run_step(command: str, *, root: Path, folder: str, env: Mapping[str, str]) -> Ran:
    """One ``run:`` step in ``folder`` of a checkout at ``root``, with the runner's few variables and ``env``."""
    temp = root.parent / "_temp"
    temp.mkdir(exist_ok=True)
    start = time.monotonic()
    child = subprocess.Popen(
        ["/usr/bin/env", "bash", "-e", "-c", command],
        cwd=root / folder,
        env={**_environment(temp), **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    lines: list[tuple[float, str]] = []
    with child:
        assert child.stdout is not None
        for line in child.stdout:
            lines.append((time.monotonic() - start, scrubbed(line.rstrip("\n"), root=root)))
        code = child.wait(timeout=TIME_LIMIT)
    shown = tuple(f"{name}: {value}" for name, value in env.items() if not value.startswith(str(root.parent)))
    return Ran(command=command, env=shown, lines=tuple(lines), seconds=time.monotonic() - start, exit_code=code)


def _environment(temp: Path) -> dict[str, str]:
    """What a step sees of this machine: the tools, the caches, and a temporary folder that can be taken out again."""
    return {
        "PATH": f"{Path(sys.executable).parent}:{GO.parent}:/usr/bin:/bin",
        "HOME": os.environ["HOME"],
        "TMPDIR": str(temp),
        "CI": "true",
        "GOTOOLCHAIN": "local",
        "GOCACHE": str(temp.parent / GO_CACHE),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTEST_ADDOPTS": "-p no:hypothesispytest",  # ours, not the recorded project's
    }


def scrubbed(text: str, *, root: Path) -> str:
    """The text with this machine's folders, name and resolver replaced by those of a hosted runner."""
    for ours, theirs in _folders(root):
        text = text.replace(ours, theirs)
    text = text.replace(f'hostname="{socket.gethostname()}"', 'hostname="runner"')
    return _RESOLVER.sub(r"\g<1>127.0.0.53:53", text)


def _folders(root: Path) -> tuple[tuple[str, str], ...]:
    python = f"/opt/hostedtoolcache/Python/{platform.python_version()}/x64"
    return (
        (str(root.parent / "_temp"), RUNNER_TEMP),
        (str(root), WORKSPACE),
        (f"{os.environ['HOME']}/go/pkg/mod", "/home/runner/go/pkg/mod"),
        (str(GO.parent.parent), "/opt/hostedtoolcache/go/1.26.8/x64"),
        (sys.prefix, python),
        (sysconfig.get_config_var("prefix"), python),
    )


def moved(text: str, *, recorded: date, to: date) -> str:
    """The text with the day of the recording replaced by the day of its run, as the runner's time stamps are."""
    tuples = (f"({day.year}, {day.month}, {day.day}, " for day in (recorded, to))
    return text.replace(*tuples).replace(f"{recorded.isoformat()}T", f"{to.isoformat()}T")
