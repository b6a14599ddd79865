"""The quarantine action run for real by act: a red step passes for a listed failure, and for nothing else."""

import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from acting import PROGRAM, ROOT, Caller, api, pinned_actions
from small import go_log

from ftc.simulator.server import serving
from ftc.simulator.simulator import Simulator

pytestmark = pytest.mark.toolchain

WORKFLOW = f"""
on: workflow_dispatch
permissions: {{}}
jobs:
  test:
    runs-on: ubuntu-latest
    env:
      PYTHONPATH: ${{{{ github.workspace }}}}
    steps:
      - uses: {next(name for name in pinned_actions() if "checkout" in name)}
      - uses: {next(name for name in pinned_actions() if "checkout" in name)}
        with:
          path: .flaky-test-cleaner
      - id: test
        continue-on-error: true
        run: exit "$TEST_EXIT"
      - id: quarantine
        uses: ./.flaky-test-cleaner/quarantine
        with:
          outcome: ${{{{ steps.test.outcome }}}}
          report: |
            reports/*.log
          list: LIST
      - run: echo "tolerated=[${{{{ steps.quarantine.outputs.tolerated }}}}]"
"""
ENTRY = {"ecosystem": "go", "suite": "example.com/shop/cart", "name": "TestAdd", "until": "2999-01-01T00:00:00Z"}


@pytest.fixture
def caller(tmp_path, tool):
    """A repository with a test step and the quarantine action behind it; its own modules must not be imported."""
    made = Caller(folder=tmp_path / "caller", act=tool("act"))
    for name in ("program", "home", "bin"):
        (tmp_path / name).mkdir()
    for name in (*PROGRAM, "quarantine"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / "program" / name)
    for name in ("ftc/__init__.py", "yaml.py", "sitecustomize.py"):
        made.add(name, "raise SystemExit('code of the repository was run')")
    made.add(".github/workflows/test.yml", WORKFLOW.replace("LIST", "quarantine.json"))
    made.add("reports/test.log", go_log("TestAdd"))
    return made


def a_list(until):
    entry = {**ENTRY, "until": until}
    return json.dumps({"schema": 1, "generated": "2026-11-20T12:00:00Z", "repo": "acme/shop", "entries": [entry]})


def soon(days):
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_listed_failure_is_tolerated_and_an_expired_or_further_one_is_not(caller):
    red = {"TEST_EXIT": "1"}
    caller.add("quarantine.json", a_list(soon(3)))
    code, output = caller.run("test.yml", env=red)
    assert code == 0, output
    assert "tolerated=[example.com/shop/cart TestAdd]" in output
    assert "code of the repository was run" not in output
    caller.add("quarantine.json", a_list(soon(-3)))
    code, output = caller.run("test.yml", env=red)
    assert code != 0
    assert "its quarantine does not count: expired" in output
    caller.add("quarantine.json", a_list(soon(3)))
    caller.add("reports/more.log", go_log("TestSum"))
    code, output = caller.run("test.yml", env=red)
    assert code != 0
    assert "FAILED: example.com/shop/cart TestSum" in output


def test_a_green_step_stays_green_whatever_the_list_is(caller):
    caller.add("quarantine.json", "no list at all")
    code, output = caller.run("test.yml", env={"TEST_EXIT": "0"})
    assert code == 0, output


def test_without_an_answer_from_github_red_stays_red(caller):
    caller.add(".github/workflows/test.yml", WORKFLOW.replace("          list: LIST\n", ""))
    world = {
        "tokens": {"ghs_act": {"repository": "acme/shop", "permissions": {"issues": "read"}}},
        "repositories": {"acme/shop": {"workflows": ["CI"], "created": "-9d"}},
    }
    simulator = Simulator.load(yaml.safe_dump(world))
    with serving(simulator) as url:
        code, output = caller.run("test.yml", env={"TEST_EXIT": "1", **api(url)})
        assert code != 0
        assert "FAILED: example.com/shop/cart TestAdd" in output, output
    code, output = caller.run("test.yml", env={"TEST_EXIT": "1", **api(url)})
    assert code != 0
    assert "the list of tests in quarantine is not known" in output, output
