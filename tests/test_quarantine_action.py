"""The quarantine action: as pinned and as closed as the main one, and what it asks for reaches the program."""

import re
from pathlib import Path

import pytest
import yaml

from ftc.core.config import KEYS_BY_NAME
from ftc.jobs.settings import INPUT_PREFIX

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "quarantine/action.yml").read_text()
ACTION = yaml.safe_load(TEXT)
MAIN = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS = ACTION["runs"]["steps"]
CHECK = next(step for step in STEPS if step.get("id") == "check")
OWN = {"outcome", "report", "list"}
GUARD = "inputs.outcome != 'success' && inputs.outcome != 'skipped'"


def test_every_input_reaches_the_program():
    handed_on = {name: value for name, value in CHECK["env"].items() if "inputs." in value}
    expected = {name.upper(): name for name in OWN}
    expected |= {INPUT_PREFIX + name.upper().replace("-", "_"): name for name in set(ACTION["inputs"]) - OWN}
    assert handed_on == {variable: f"${{{{ inputs.{name} }}}}" for variable, name in expected.items()}


def test_inputs_that_are_keys_are_inputs_of_the_main_action():
    assert set(ACTION["inputs"]) - OWN <= set(MAIN["inputs"])
    assert {name for name in ACTION["inputs"] if name in KEYS_BY_NAME} == {"quarantine-max", "disabled"}


def test_only_outcome_and_report_must_be_given():
    assert {name for name, item in ACTION["inputs"].items() if item.get("required")} == {"outcome", "report"}
    assert ACTION["inputs"]["token"]["default"] == "${{ github.token }}"


def test_no_expression_inside_a_script():
    assert [step["name"] for step in STEPS if "${{" in step.get("run", "")] == []


def test_nothing_of_the_workspace_is_imported():
    scripts = "\n".join(step.get("run", "") for step in STEPS)
    assert re.findall(r'python"? (?!-I )\S+|\$PYTHON"? (?!-I )\S+', scripts) == []


def test_it_is_installed_as_the_main_action_is():
    """With the same pins, isolation and flags; only what models and notifications need is left out."""
    ours, main = (
        next(step["run"] for step in steps if step["name"] == "Install") for steps in (STEPS, MAIN["runs"]["steps"])
    )
    for script in (ours, main):
        assert "-I -m venv --clear" in script
        assert "flaky_test_cleaner.pth" in script
    flags = [set(re.findall(r"(?<=[\s(])--[a-z-]+", script)) for script in (ours, main)]
    assert flags[0] == flags[1] >= {"--only-binary", "--require-hashes"}
    assert re.findall(r"requirements/(\S+)\.txt", ours) == ["core"]
    assert [step["uses"] for step in STEPS if "uses" in step] == [
        step["uses"] for step in MAIN["runs"]["steps"] if "uses" in step
    ]


def test_a_passed_step_costs_nothing():
    assert {step["name"]: step["if"] for step in STEPS} == {step["name"]: GUARD for step in STEPS}


def test_nothing_can_make_it_green_by_failing():
    assert "continue-on-error" not in TEXT.replace("`continue-on-error", "")
    assert "|| true" not in TEXT


def test_outputs_are_those_of_the_check():
    assert {name: item["value"] for name, item in ACTION["outputs"].items()} == {
        name: f"${{{{ steps.check.outputs.{name} }}}}" for name in ("passes", "tolerated", "failed")
    }


@pytest.mark.parametrize("uses", re.findall(r"uses: (.+)", TEXT))
def test_actions_are_pinned(uses):
    assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", uses)


def test_the_example_in_the_docs_is_a_workflow_with_least_privilege():
    [example] = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/quarantine.md").read_text(), re.DOTALL)
    parsed = yaml.safe_load(example)
    assert parsed["permissions"] == {"contents": "read", "issues": "read"}
    test, check = parsed["jobs"]["test"]["steps"][1:]
    assert test["continue-on-error"] is True
    assert check["with"]["outcome"] == f"${{{{ steps.{test['id']}.outcome }}}}"
    assert set(check["with"]) <= set(ACTION["inputs"])
    assert len(example.splitlines()) <= 24
