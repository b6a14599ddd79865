"""The README says what the code says: its tables and pictures are made from the code, and compared here.

`pytest tests/test_readme.py --update-goldens` writes the sections anew.
"""

import re
from pathlib import Path

import pytest

from ftc.agent.coverage import TOOLS
from ftc.cli import COMMANDS
from ftc.core.command_table import SPECS
from ftc.core.config import KEYS, KEYS_BY_NAME
from ftc.core.fix import Amplifier
from ftc.core.labels import LABELS
from ftc.core.lifecycle import mermaid
from ftc.core.markdown import JOINT
from ftc.core.recipe_table import RECIPES
from ftc.core.recipes import possible

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
MAX_LINES = 200
USERS_FILES = (".github/workflows/flaky-tests.yml", ".github/flaky-test-cleaner.yml")


def example():
    """The beginning of the issue that the demo made, quoted without the links that lead into the demo."""
    text = (ROOT / "docs/example-issue.md").read_text().replace(JOINT, "")  # which nobody can see, and copies
    title = re.search(r"^# (.+)$", text, re.MULTILINE)[1]
    verdict = re.search(r"^## Summary\n+(.+)$", text, re.MULTILINE)[1]
    seen = re.findall(r"^\| (Seen|Failure rate) \| (.+) \|$", text, re.MULTILINE)
    why = re.search(r"^## Why we think this is flaky\n+(.+?)\n\n", text, re.MULTILINE | re.DOTALL)[1]
    reasons = re.sub(r"( \[\d+\]\([^)]*\))+", "", why).splitlines()
    facts = [verdict, *(f"{name}: {value}." for name, value in seen)]
    return "\n".join(
        f"> {line}".rstrip() for line in ["**" + title.replace("<", "\\<") + "**", "", " ".join(facts), "", *reasons]
    )


def workflow(name="flaky-test-cleaner.yml"):
    return "```yaml\n" + (ROOT / "examples/workflows" / name).read_text() + "```"


def workflow_with_fixes():
    return workflow("flaky-test-cleaner-fixes.yml")


def commands():
    rows = [f"| `ftc {name}` | {summary} |" for name, (_, summary) in COMMANDS.items()]
    return "\n".join(["| Command | What it does |", "| --- | --- |", *rows])


def states():
    return f"```mermaid\n{mermaid()}\n```"


def labels():
    return ", ".join(f"`{label.name}`" for label in LABELS) + "."


MOST_USED = ("mode", "max-new-issues", "approvers", "model", "adopt", "dry-run")


def configuration():
    return keys([KEYS_BY_NAME[name] for name in MOST_USED])


def all_keys():
    return keys(KEYS)


def keys(shown_keys):
    rows = [f"| `{key.name}` | {shown(key)} | {key.doc} |" for key in shown_keys]
    return "\n".join(["| Key | Values, default | Meaning |", "| --- | --- | --- |", *rows])


def shown(key):
    """Allowed values and default in one cell; a pipe would end it."""
    default = f"`{key.default_text}`" if key.default_text else "empty"
    described = re.sub(r" matching .*", "", key.rule.described)
    return f"{described}; {default}".replace("|", "\\|")


def thread_commands():
    rows = [f"| {shown_command(spec)} | {spec.right} | {spec.help} |" for spec in SPECS]
    return "\n".join(["| Command | Who may | What it does |", "| --- | --- | --- |", *rows])


def shown_command(spec):
    """A pipe would end the cell."""
    return f"`{spec.trigger} {spec.usage}`".replace(" `", "`").replace("|", "\\|")


def runners():
    rows = [f"| {recipe.name} | {amplifiers(recipe)} | {TOOLS.get(recipe.name, 'nothing')} |" for recipe in RECIPES]
    return "\n".join(
        ["| Runner | Amplifiers beside load | What tells the files of one test |", "| --- | --- | --- |", *rows]
    )


def amplifiers(recipe):
    own = [item.value for item in possible(recipe) if item not in (Amplifier.PLAIN, Amplifier.LOAD)]
    return ", ".join(f"`{name}`" for name in own)


FILES = {
    "runners": ROOT / "docs/fix-runs.md",
    "all-keys": ROOT / "docs/configuration.md",
    "thread-commands": ROOT / "docs/conversation.md",
    "workflow-with-fixes": ROOT / "docs/fix-runs.md",
}
"""Where a section stands if it is not in the README."""
SECTIONS = {
    "runners": runners,
    "all-keys": all_keys,
    "thread-commands": thread_commands,
    "example": example,
    "workflow": workflow,
    "workflow-with-fixes": workflow_with_fixes,
    "commands": commands,
    "states": states,
    "labels": labels,
    "configuration": configuration,
}


def section(name):
    return re.compile(rf"(<!-- begin {name} -->\n)(.*?\n?)(<!-- end {name} -->)", re.DOTALL)


@pytest.mark.parametrize("name", SECTIONS)
def test_section_is_what_the_code_says(name, update_goldens):
    file = FILES.get(name, README)
    expected = SECTIONS[name]() + "\n"
    if update_goldens:
        file.write_text(section(name).sub(lambda match: match[1] + expected + match[3], file.read_text()))
    assert section(name).search(file.read_text())[2] == expected


def test_is_short_enough_to_be_read():
    assert len(README.read_text().splitlines()) <= MAX_LINES


def test_links_lead_somewhere():
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", README.read_text())
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


@pytest.mark.parametrize("name", ["README.md", ".github/CONTRIBUTING.md", ".github/SECURITY.md", "tests/README.md"])
def test_named_files_exist(name):
    paths = re.findall(
        r"`((?:ftc|tests|templates|docs|examples|requirements|\.github)/[\w./-]*)`", (ROOT / name).read_text()
    )
    # A placeholder like <ecosystem> is no path; the configuration file is the user's.
    assert [path for path in paths if not (ROOT / path).exists() and path not in USERS_FILES] == []


def test_make_targets_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"^make ([a-z-]+)", README.read_text(), re.MULTILINE)) <= targets
