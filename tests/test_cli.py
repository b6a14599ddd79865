"""The command line's edge: commands, exit codes, and what a bug may say."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ftc.cli import COMMANDS, main
from ftc.core.config import KEYS
from ftc.jobs.bug_report import bug_report

ROOT = Path(__file__).parents[1]
WITHOUT_KEYS = ("extract", "simulator", "scenario", "demo")
"""Commands that read no configuration."""


def ftc(*args):
    return subprocess.run([sys.executable, "-m", "ftc", *args], capture_output=True, text=True, cwd=ROOT, check=False)


def test_help_names_every_command():
    done = ftc("--help")
    assert done.returncode == 0
    assert [name for name in COMMANDS if name not in done.stdout] == []


def test_help_imports_nothing_heavy():
    """``ftc --help`` answers in 0.3 s (benchmarks/help_latency.py) because it imports no library."""
    probe = (
        "import sys, ftc.cli\n"
        "try:\n    ftc.cli.main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'yaml', 'requests', 'jinja2', 'github', 'defusedxml', 'litellm', 'asyncio', 'ftc.core.sanitize'}\n"
        "print('heavy:', *sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.stdout.endswith("\nheavy:\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_module(name):
    module, summary = COMMANDS[name]
    assert importlib.util.find_spec(module), f"{name}: no module {module}"
    assert summary[0].islower()
    assert not summary.endswith(".")


@pytest.mark.parametrize("arguments", [["bogus"], ["extract"], ["--bogus"], ["extract", "--bogus", "x"]])
def test_wrong_usage_is_64_on_stderr(arguments, capsys):
    assert main(arguments) == 64
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in WITHOUT_KEYS])
def test_help_of_a_command_lists_its_own_arguments_before_the_keys(name, capsys):
    with pytest.raises(SystemExit):
        main([name, "--help"])
    shown = capsys.readouterr().out
    usage, _, rest = shown.partition("\n\n")
    own, _, keys = rest.partition("\nconfiguration:\n")
    flags = set(re.findall(r"--[a-z-]+", usage))
    assert usage.startswith(f"usage: ftc {name} ")
    assert usage.endswith("[--KEY VALUE ...]")
    assert flags <= set(re.findall(r"^  (?:-h, )?(--[a-z-]+)", own, re.MULTILINE)), "the usage names what is its own"
    assert [f"--{key.name}" for key in KEYS if not re.search(rf"^  --{key.name} ", keys, re.MULTILINE)] == []


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in WITHOUT_KEYS])
def test_a_wrong_flag_is_that_of_its_command(name, capsys):
    required = {"report": ["--html", "x"], "task": ["run"], "state": ["show", "7"], "quarantine": ["list"]}
    fix = ["verify", "--task", "7-9"]
    assert main([name, *required.get(name, fix if name == "fix" else []), "--windw-days", "3"]) == 64
    said = capsys.readouterr().err
    assert "--windw-days" in said
    assert f"usage: ftc {name} [" in said
    assert "--window-days" not in said, "a wall of keys hides the mistake"


def test_a_wrong_flag_before_the_command_is_that_of_the_program(capsys):
    assert main(["--bogus", "scan"]) == 64
    assert "usage: ftc [-h] [--version] COMMAND" in capsys.readouterr().err


def test_no_command_prints_the_help(capsys):
    assert main([]) == 0
    assert "commands:" in capsys.readouterr().out


def test_version():
    assert ftc("--version").stdout.startswith("ftc ")


def raised(error):
    try:
        raise error
    except type(error) as caught:
        return caught


def test_bug_report_can_be_pasted():
    text = bug_report(raised(KeyError("missing")), command=["scan"], environment={})
    assert "this is a bug" in text
    assert "KeyError: 'missing'" in text
    assert "command scan" in text
    assert str(ROOT) not in text


SECRETS = [
    ({"GITHUB_TOKEN": "opaque-value-of-a-token"}, "opaque-value-of-a-token"),
    ({"MY_API_KEY": "k3y-k3y-k3y"}, "k3y-k3y-k3y"),
    ({}, "ghp_" + "a1B2c3D4e5" * 4),
    ({}, "https://user:hunter2@example.com/"),
]


@pytest.mark.parametrize(("environment", "secret"), SECRETS)
def test_bug_report_holds_no_secret(environment, secret):
    text = bug_report(raised(ValueError(f"bad header {secret}")), command=["scan"], environment=environment)
    assert secret not in text
    assert "ValueError" in text


def test_a_bug_ends_in_3_with_a_report(monkeypatch, capsys):
    monkeypatch.setitem(COMMANDS, "broken", ("json", "a command whose module has no add_arguments"))
    assert main(["broken"]) == 3
    assert "AttributeError" in capsys.readouterr().err
