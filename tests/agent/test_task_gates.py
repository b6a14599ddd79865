"""Which commands measure a repository, and what is said when a tool is missing."""

import json
import os
import shutil
from dataclasses import replace

import pytest
from errands import TOOLS

from ftc.agent.task_gates import Gauge, commands_for
from ftc.agent.task_walls import Walls
from ftc.clients.sandbox import Sandbox
from ftc.core.isolation import Level
from ftc.core.task_file import QualityGates
from ftc.core.task_judging import GateName

FOLDERS = [
    (
        {"a.py": ""},
        ["coverage run -m pytest -q", "coverage json -q -o -", "ruff check", "mypy --ignore-missing-imports ."],
    ),
    ({"package.json": '{"scripts": {"test": "x", "lint": "y"}}'}, ["npm test", "npm run --silent lint"]),
    ({"package.json": "no json"}, []),
    ({"package.json": "[]"}, []),
]


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "walls" / "scratch" / "home"
    folder.mkdir(parents=True)
    return folder


def gauge_of(home, environ=TOOLS):
    """A gauge at the plain level, whose tools' home is the folder ``home``."""
    sandbox = Sandbox(level=Level.PLAIN, tmp=home.parent.parent.resolve(), environ=environ)
    assert sandbox.scratch / "home" == home
    return Gauge(walls=Walls(sandbox=sandbox))


def in_folder(tmp_path, files):
    folder = tmp_path / "code"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize(("files", "lines"), FOLDERS)
def test_the_commands_of_an_ecosystem(tmp_path, home, files, lines):
    found = commands_for(in_folder(tmp_path, files), QualityGates(), home=home)
    assert [" ".join(step.argv) for step in found.steps] == lines
    # Whether new tests notice broken code is no command's to tell; see `agent.task_noticing`.
    told = {step.gate for step in found.steps} | {gate for gate, _ in found.missing}
    assert told == set(GateName) - {GateName.NEW_TESTS}


def test_go(tmp_path, home):
    found = commands_for(in_folder(tmp_path, {"go.mod": "module m\n"}), QualityGates(), home=home)
    assert [step.argv[:2] for step in found.steps] == [("go", "test"), ("go", "tool"), ("go", "vet"), ("go", "build")]
    assert str(home) in " ".join(found.steps[0].argv), "nothing is written beside the sources"


def test_a_command_of_the_task_replaces_one(tmp_path, home):
    gates = QualityGates(commands=(("test", "make 'all tests'"), ("lint", "flake8")))
    found = commands_for(in_folder(tmp_path, {"a.py": ""}), gates, home=home)
    argv = {step.gate: step.argv for step in found.steps}
    assert argv[GateName.TESTS] == ("make", "all tests")
    assert argv[GateName.LINT] == ("flake8",)
    assert GateName.COVERAGE not in argv, "what the detected report reads is not written any more"
    assert "gives none for coverage" in dict(found.missing)[GateName.COVERAGE]


def test_missing_tools_are_named(tmp_path, home):
    folder = in_folder(tmp_path, {"a.py": ""})
    gauge = gauge_of(home, {"PATH": str(tmp_path)})
    found = gauge.measure(folder, commands_for(folder, QualityGates(), home=home))
    assert (found.tests, found.coverage, found.lint, found.types) == (None, None, None, None)
    assert dict(found.problems) == {
        GateName.TESTS: "coverage is not installed",
        GateName.COVERAGE: "coverage is not installed",
        GateName.LINT: "ruff is not installed",
        GateName.TYPES: "mypy is not installed",
    }


def test_without_coverage_the_tests_still_run(tmp_path, home):
    folder = in_folder(tmp_path, {"test_a.py": "def test_a():\n    assert 1\n"})
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "pytest").symlink_to(shutil.which("pytest", path=TOOLS["PATH"]))
    gauge = gauge_of(home, {"PATH": str(tools)})
    found = gauge.measure(folder, commands_for(folder, QualityGates(), home=home))
    assert (found.tests.passed, found.coverage) == (1, None)
    assert sorted(path.name for path in folder.iterdir()) == ["test_a.py"]


def test_a_command_without_end(tmp_path, home):
    folder = in_folder(tmp_path, {"a.py": ""})
    gauge = replace(gauge_of(home), seconds=0.2)
    gates = QualityGates(commands=(("test", "sleep 60"), ("lint", "true"), ("types", "true")))
    found = gauge.measure(folder, commands_for(folder, gates, home=home))
    assert found.tests is None
    assert "did not end within" in found.problem(GateName.TESTS)


def test_a_command_is_told_without_the_home_that_will_be_gone(tmp_path, home):
    folder = in_folder(tmp_path, {"a.py": ""})
    gates = QualityGates(commands=(("test", f"test -d {home}/x"), ("lint", "true"), ("types", "true")))
    found = gauge_of(home).measure(folder, commands_for(folder, gates, home=home))
    assert found.commands == ("true", "true", "test -d x")


GO_TESTS = """package m

import "testing"

func TestOne(t *testing.T) {
	if One() != 1 {
		t.Fatal()
	}
}

func TestTwo(t *testing.T) {
	t.Fatal("no")
}
"""
GO = {
    "go.mod": "module example.com/m\n\ngo 1.20\n",
    "a.go": "package m\n\nfunc One() int { return 1 }\n\nfunc Two() int { return 2 }\n",
    "a_test.go": GO_TESTS,
}
NODE_TESTS = """const test = require("node:test");
test("adds", () => {});
test("fails", () => { throw new Error("no"); });
"""
LINT = "console.log('a.js:1:1: bad'); process.exit(1)"
NODE = {
    "package.json": json.dumps({"scripts": {"test": "node --test", "lint": "node lint.js"}}),
    "lint.js": LINT,
    "a.test.js": NODE_TESTS,
}


@pytest.mark.toolchain
@pytest.mark.parametrize(("tool", "files", "failed"), [("go", GO, "example.com/m/TestTwo"), ("npm", NODE, "fails")])
def test_other_ecosystems_by_their_real_tools(tmp_path, home, tool, files, failed):
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not installed")
    folder = in_folder(tmp_path, files)
    gauge = gauge_of(home, dict(os.environ))
    found = gauge.measure(folder, commands_for(folder, QualityGates(), home=home))
    assert found.tests.passed == 1
    assert failed in found.tests.failures
    if tool == "go":
        assert (found.coverage, found.lint, found.types) == (50.0, (), ())
    else:
        assert found.lint == ("a.js: bad",)
    assert sorted(path.name for path in folder.iterdir()) == sorted(files), "nothing is written beside the sources"
