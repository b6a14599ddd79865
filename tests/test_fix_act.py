"""From a maintainer's label to a pull request: the example with fixes, all its jobs run for real by act.

The flake, its failing log, the runs before and after, git and the requests are real; GitHub's own actions, the model's
answers and GitHub itself are stand-ins.
"""

import json
import os
import sys
from pathlib import Path

import pytest
import yaml
from acting import FIXES, a_caller, api
from events import APPROVED, MANAGED, changed
from fix_loop import APPROVER, Loop, script
from tags_project import FILES, RIGHT, tags_world

from ftc.core.model import Status
from ftc.core.progress import RunStatus
from ftc.simulator.server import serving
from ftc.simulator.simulator import Simulator

pytestmark = pytest.mark.toolchain

TOOL = "shelf-of-the-shop"
SET_UP = f"""name: Set up the repository
description: Installs what the tests need
runs:
  using: composite
  steps:
    - shell: bash
      run: |
        mkdir -p "$SHOP_TOOLS"
        printf '#!/bin/sh\\n' >"$SHOP_TOOLS/{TOOL}"
        chmod +x "$SHOP_TOOLS/{TOOL}"
        echo "$SHOP_TOOLS" >>"$GITHUB_PATH"
"""
MORE = {
    ".github/actions/flaky-test-cleaner-setup/action.yml": SET_UP,
    "test_tags.py": f"import subprocess\n\nsubprocess.run(['{TOOL}'], check=True)\n" + FILES["test_tags.py"],
}
"""The test cannot even be collected where the action of the repository has not been run before it."""


@pytest.fixture
def loop(tmp_path):
    """A repository whose CI failed, with an analysed issue; job tokens of act are those that the example grants."""
    (tmp_path / "ci").mkdir()
    (tmp_path / "ci" / TOOL).write_text("#!/bin/sh\n")
    (tmp_path / "ci" / TOOL).chmod(0o755)
    path = {"PATH": f"{tmp_path / 'ci'}:{os.environ['PATH']}"}
    simulator = Simulator.load(tags_world(tmp_path, more=MORE, env=path))
    simulator.add(yaml.safe_dump({"tokens": {"ghs_act": {"repository": "acme/shop", "permissions": granted()}}}))
    (tmp_path / "temp").mkdir()
    with serving(simulator) as url:
        yield Loop(simulator=simulator, url=url, folder=tmp_path).filed()


def granted():
    """All that the example grants; act has one token for all jobs. Which job may what is tested in `jobs/`."""
    found = {}
    for job in yaml.safe_load(FIXES.read_text())["jobs"].values():
        found |= {name: level for name, level in job["permissions"].items() if found.get(name) != "write"}
    return found


def test_from_the_label_to_the_pull_request(loop, tmp_path, tool):
    caller = a_caller(tmp_path, tool("act"))
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps(script(RIGHT)))
    caller.configure_fixes(f'{{mode: fix, model: "script:{answers}", fix-legs: 2}}')
    loop.page.label(APPROVER)
    payload = changed("labeled", MANAGED, APPROVED, label=APPROVED)
    payload["issue"]["number"] = loop.page.number
    # The tests of the repository are run by the Python that is first on PATH, as on a runner.
    env = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "GITHUB_SERVER_URL": loop.url}
    env["SHOP_TOOLS"] = str(tmp_path / "shop-tools")
    code, output = caller.run(FIXES.name, event="issues", payload=payload, env=api(loop.url) | env, timeout=900)
    assert code == 0, output
    assert "ghs_act" not in output
    [pull] = loop.pulls
    assert pull.body.startswith("**Verified"), pull.body[:300]
    assert pull.pull.draft is False
    flake = loop.page.flake
    assert (flake.status, flake.progress.lease) == (Status.PR_OPEN, None)
    [run] = flake.progress.runs
    assert (run.status, run.pull, run.verdict) == (RunStatus.SUCCEEDED, pull.number, "verified")
    [told] = [text for purpose, text in loop.page.said().items() if purpose.startswith("fix:")]
    assert f"{pull.number}" in told
