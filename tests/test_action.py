"""The action: its inputs are the configuration's keys, they reach bash through the environment only, pins are exact."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from expressions import evaluate

from ftc.core.config import KEYS
from ftc.jobs.settings import INPUT_PREFIX, SECRET_VARIABLES, load_settings, scalar_keys

ROOT = Path(__file__).parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS = ACTION["runs"]["steps"]
RUN = next(step for step in STEPS if step.get("id") == "run")
INSTALL = next(step for step in STEPS if step["name"] == "Install")
OTHER_INPUTS = {
    "command",
    "arguments",
    "token",
    "read-token",
    "issue-token",
    "agent-token",
    "state-key",
    "model-key",
    "notify-urls",
    "config",
    "config-file",
}


def test_inputs_are_the_scalar_keys():
    assert set(ACTION["inputs"]) - OTHER_INPUTS == {key.name for key in scalar_keys()}


def test_inputs_say_what_the_configuration_says():
    documented = {key.name: key.doc for key in scalar_keys()}
    assert {name: ACTION["inputs"][name]["description"] for name in documented} == documented


def test_an_input_not_given_overrides_nothing():
    assert {name: ACTION["inputs"][name]["default"] for name in ACTION["inputs"] if name != "command"} == {
        name: "${{ github.token }}" if name == "token" else "" for name in ACTION["inputs"] if name != "command"
    }


def test_every_input_reaches_the_program():
    handed_on = {name: value for name, value in RUN["env"].items() if name.startswith(INPUT_PREFIX)}
    expected = {name for name in ACTION["inputs"] if name not in ("command", "arguments")}
    assert handed_on == {
        INPUT_PREFIX + name.upper().replace("-", "_"): f"${{{{ inputs.{name} }}}}" for name in expected
    }


def test_secrets_are_inputs():
    assert {INPUT_PREFIX + name.removeprefix("FTC_") for name in SECRET_VARIABLES} <= set(RUN["env"])


@pytest.mark.parametrize("key", scalar_keys(), ids=lambda key: key.name)
def test_the_program_reads_what_the_action_hands_on(key):
    value = {"repo": "a/b", "write-repo": "a/b", "base-branch": "trunk"}.get(key.name) or key.default_text
    environ = {INPUT_PREFIX + key.name.upper().replace("-", "_"): value}
    assert getattr(load_settings(environ=environ).config, key.field) == key.parse(value)


def test_no_expression_inside_a_script():
    assert [step["name"] for step in STEPS if "${{" in step.get("run", "")] == []


def test_nothing_of_the_workspace_is_imported():
    """A repository may hold its own `ftc/` or `pip.py`; -I keeps the working directory off the import path."""
    scripts = "\n".join(step.get("run", "") for step in STEPS)
    assert re.findall(r'python"? (?!-I )\S+|\$PYTHON"? (?!-I )\S+', scripts) == []


def test_installation_is_pinned_and_executes_nothing():
    assert "--require-hashes" in INSTALL["run"]
    assert "--only-binary :all:" in INSTALL["run"]
    assert "${{ runner.temp }}" in str(STEPS[1]["env"]["VENV"])


FAKE_PYTHON = """#!/usr/bin/env bash
printf '%s\\n' "$*" >> "$CALLS"
case "$*" in
  *venv*) mkdir -p "$VENV/bin" && cp "$0" "$VENV/bin/python" ;;
  *purelib*) echo "$VENV" ;;
esac
"""


@pytest.mark.parametrize(
    ("models", "notifications", "files"),
    [
        ("", "", ["core"]),
        ("llm", "", ["core", "llm"]),
        ("", "notify", ["core", "notify"]),
        ("llm", "notify", ["core", "llm", "notify"]),
    ],
)
def test_what_is_installed(tmp_path, models, notifications, files):
    """Once for each set: a second step of the same job finds it there. A secret is an input, or a variable."""
    names = {"model-key": models and "s", "notify-urls": notifications and "s"}
    variables = {f"FTC_{name.upper().replace('-', '_')}": value for name, value in names.items()}
    for context in ({"inputs": names, "env": {}}, {"inputs": {}, "env": variables}):
        asked = [evaluate(INSTALL["env"][name], context) for name in ("MODELS", "NOTIFICATIONS")]
        assert asked == [models, notifications]
    python = tmp_path / "python"
    python.write_text(FAKE_PYTHON)
    python.chmod(0o755)
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHON": str(python),
        "ACTION": "/action",
        "VENV": str(tmp_path / "venv"),
        "CALLS": str(tmp_path / "calls"),
        "MODELS": models,
        "NOTIFICATIONS": notifications,
    }
    for _ in range(2):
        subprocess.run(["bash", "-c", INSTALL["run"]], env=environ, check=True, capture_output=True)
    calls = (tmp_path / "calls").read_text()
    assert re.findall(r"--requirement (\S+)", calls) == [f"/action/requirements/{name}.txt" for name in files]
    assert calls.count(" install ") == 1
    assert (tmp_path / "venv/flaky_test_cleaner.pth").read_text() == "/action\n"


def test_the_files_of_what_is_installed_agree():
    """pip refuses two versions of one package; they are resolved apart."""
    pins = {}
    for name in ("core", "llm", "notify"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text()
        for package, rest in re.findall(r"^([a-z0-9._-]+)==(.+?) \\$", text, re.MULTILINE):
            pins.setdefault(package, set()).add(rest)
    assert len(pins) > 50
    assert {package: found for package, found in pins.items() if len(found) > 1} == {}


def test_outputs_are_those_of_the_run_step():
    assert {name: output["value"] for name, output in ACTION["outputs"].items()} == {
        name: f"${{{{ steps.run.outputs.{name} }}}}" for name in ACTION["outputs"]
    }


def test_keys_that_are_no_inputs_hold_more_than_one_value():
    assert all(isinstance(key.default, tuple) for key in KEYS if key not in scalar_keys())
