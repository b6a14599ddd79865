"""The plan of the house, read from the syntax of every module: who imports whom, who owns which library, how large.

Each rule is a function from a module to its offences, so that the rules themselves are tested, too, on the bad examples
at the end of this file.
"""

import ast
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = ("core", "ingest", "render", "clients", "agent", "jobs", "cli")
PURE = ("core", "ingest")
FUNCTION_LINES = 50
FILE_LINES = 300
# Files that may be longer, each for its reason; one that is short again must be taken off this list.
LONG_FILES = {
    "ftc/core/model.py": "the nouns are one table that is read as a whole",
    "ftc/core/config.py": "the keys are one table that is read as a whole",
}

# Who may start the stand-in GitHub: the command line, the demo, and the scenarios, which lay faults and kill jobs in
# process. Everything else talks to it over HTTP.
SIMULATOR_USERS = ("ftc.cli", "ftc.jobs.demo", "ftc.jobs.scenario")

# One owner for each library: swapping it, or reading how it is used, means reading one place.
OWNERS = {
    "github": ("ftc.clients.",),
    "requests": ("ftc.clients.", "ftc.simulator.in_process"),  # the latter raises what a cut connection would
    "jinja2": ("ftc.render.", "ftc.simulator."),
    "litellm": ("ftc.clients.llm",),
    "apprise": ("ftc.clients.notify",),
    "defusedxml": ("ftc.ingest.",),
    "re2": ("ftc.core.linear_regex",),
    "yaml": ("ftc.jobs.settings", "ftc.simulator."),
    "responses": ("ftc.simulator.",),
    "graphql": ("ftc.simulator.",),
    "comrak": ("ftc.simulator.",),
    "nh3": ("ftc.simulator.",),
    "markupsafe": ("ftc.render.", "ftc.simulator."),
    "subprocess": (
        "ftc.clients.shell",
        "ftc.clients.mortal",
        "ftc.clients.git",
        "ftc.clients.load",
        "ftc.simulator.",
        "ftc.jobs.demo",
    ),
}

# Libraries that are pure functions themselves, and better than what the standard library has.
PURE_LIBRARIES = frozenset({"re2"})

# What would make a pure function depend on more than its arguments.
IMPURE_MODULES = frozenset(
    {
        "asyncio",
        "ctypes",
        "getpass",
        "glob",
        "http",
        "importlib",
        "inspect",
        "logging",
        "multiprocessing",
        "os",
        "pathlib",
        "platform",
        "random",
        "secrets",
        "select",
        "shelve",
        "shutil",
        "signal",
        "socket",
        "sqlite3",
        "subprocess",
        "sys",
        "tempfile",
        "threading",
        "time",
        "urllib.request",
        "uuid",
        "webbrowser",
    }
)
PURE_PATHS = frozenset({"pathlib.PurePath", "pathlib.PurePosixPath"})
"""Names only; they cannot touch a file."""
IMPURE_CALLS = frozenset({"open", "input", "print", "exec", "eval", "breakpoint", "__import__"})
CLOCK_CALLS = frozenset({"datetime.now", "datetime.utcnow", "datetime.today", "date.today"})
CLOCK_OWNERS = ("ftc.cli", "ftc.__main__", "ftc.clients.", "ftc.simulator.", "ftc.jobs.")


@dataclass(frozen=True)
class Module:
    """One source file: its dotted name and its syntax."""

    name: str
    source: str

    @cached_property
    def tree(self):
        return ast.parse(self.source)

    @property
    def layer(self):
        """The part of the house: ``core``, …, ``simulator``; the entry points count as ``cli``."""
        part = [*self.name.split("."), ""][1]
        return "cli" if part in ("__main__", "") or part.startswith("cli_") else part

    @cached_property
    def imports(self):
        """Every imported name, dotted, wherever in the file it stands; `from a import b` gives `a.b`."""
        names = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                names += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names += [f"{node.module}.{alias.name}" for alias in node.names]
        return names

    @cached_property
    def calls(self):
        """Every called name as written, such as `datetime.now`."""
        return [ast.unparse(node.func) for node in ast.walk(self.tree) if isinstance(node, ast.Call)]


def modules():
    for path in sorted((ROOT / "ftc").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield Module(".".join(part for part in parts if part != "__init__"), path.read_text())


def owned_by(module, owners):
    return any(f"{module.name}.".startswith(f"{owner.rstrip('.')}.") for owner in owners)


def imports_to_the_right(module):
    for name in module.imports:
        if not name.startswith("ftc."):
            continue
        target = Module(name, "").layer
        if target == module.layer or name == "ftc.__version__":
            continue
        if target == "simulator":
            if not owned_by(module, SIMULATOR_USERS) and module.layer != "cli":
                yield f"{name}: only {', '.join(SIMULATOR_USERS)} may import the simulator"
        elif module.layer == "simulator":
            if target != "core":
                yield f"{name}: the simulator imports core only, so that it cannot share a client's mistakes"
        elif LAYERS.index(target) > LAYERS.index(module.layer):
            yield f"{name}: imports point left only ({' <- '.join(LAYERS)})"


def unknown_layer(module):
    if module.layer not in (*LAYERS, "simulator"):
        yield f"{module.layer} is no part of the plan: {', '.join(LAYERS)}, simulator"


def relative_imports(module):
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield f"line {node.lineno}: a relative import"


def foreign_library(module):
    for name in module.imports:
        top = name.split(".")[0]
        if top in OWNERS and not owned_by(module, OWNERS[top]):
            yield f"{top} belongs to {', '.join(OWNERS[top])}"
        if top not in sys.stdlib_module_names and top not in OWNERS and top != "ftc":
            yield f"{top} has no owner yet; add it to OWNERS"


def third_party_in_core(module):
    for name in module.imports:
        top = name.split(".")[0]
        if module.layer == "core" and top not in sys.stdlib_module_names | {"ftc", *PURE_LIBRARIES}:
            yield f"{name}: core knows the standard library only"


def impure(module):
    if module.layer not in PURE:
        return
    for name in module.imports:
        prefixes = {".".join(name.split(".")[:count]) for count in (1, 2)}
        if prefixes & IMPURE_MODULES and name not in PURE_PATHS:
            yield f"imports {name}: what a pure function needs is an argument"
    for name in set(module.calls) & IMPURE_CALLS:
        yield f"calls {name}()"


def reads_the_clock(module):
    if owned_by(module, CLOCK_OWNERS) or module.layer == "cli":
        return
    for name in module.calls:
        if ".".join(name.split(".")[-2:]) in CLOCK_CALLS:
            yield f"calls {name}(): time is an argument"


def undocumented(module):
    if not ast.get_docstring(module.tree):
        yield "has no docstring that says what it is"
    for node in module.tree.body:
        public = isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        if public and not ast.get_docstring(node):
            yield f"line {node.lineno}: {node.name} has no docstring"


def long_functions(module):
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = node.end_lineno - node.lineno + 1
            if length > FUNCTION_LINES:
                yield f"line {node.lineno}: {node.name} has {length} lines"


def broad_except(module):
    """Broad handlers belong to the edge of the command line and to the agent's tools, nowhere else."""
    if owned_by(module, ("ftc.agent.tools",)) or module.layer == "cli":
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler) and (
            node.type is None or ast.unparse(node.type) in ("Exception", "BaseException")
        ):
            yield f"line {node.lineno}: catches everything"


def forbidden_names(module):
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef) and node.name.endswith(
            ("Manager", "Handler", "Helper", "Service", "Processor")
        ):
            yield f"line {node.lineno}: {node.name} does not say what it is"
    if module.name.split(".")[-1] in ("utils", "util", "helpers", "misc"):
        yield "a module named for what it is not"


RULES = (
    imports_to_the_right,
    unknown_layer,
    relative_imports,
    foreign_library,
    third_party_in_core,
    impure,
    reads_the_clock,
    undocumented,
    long_functions,
    broad_except,
    forbidden_names,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_module_keeps(rule):
    assert [f"{module.name}: {offence}" for module in modules() for offence in rule(module)] == []


def test_files_stay_short():
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in sorted((ROOT / "ftc").rglob("*.py"))
    }
    assert {name: length for name, length in lengths.items() if length > FILE_LINES and name not in LONG_FILES} == {}
    assert [name for name in LONG_FILES if lengths.get(name, 0) <= FILE_LINES] == [], "no longer long"


# One offence per rule: a rule that cannot fail would keep nothing.
OFFENCES = [
    (imports_to_the_right, "ftc.core.x", "from ftc.render import issue"),
    (imports_to_the_right, "ftc.ingest.x", "def f():\n    import ftc.clients.github"),
    (imports_to_the_right, "ftc.simulator.x", "from ftc.clients import github"),
    (imports_to_the_right, "ftc.jobs.scan", "import ftc.simulator.world"),
    (imports_to_the_right, "ftc.jobs.scan", "from ftc import cli"),
    (imports_to_the_right, "ftc.clients.x", "from ftc.jobs.scan import run"),
    (unknown_layer, "ftc.services.x", ""),
    (relative_imports, "ftc.core.x", "from . import model"),
    (foreign_library, "ftc.jobs.scan", "import requests"),
    (foreign_library, "ftc.clients.github", "import httpx"),
    (third_party_in_core, "ftc.core.x", "import defusedxml"),
    (impure, "ftc.core.x", "import random"),
    (impure, "ftc.core.x", "from os import environ"),
    (impure, "ftc.ingest.x", "from urllib import request"),
    (impure, "ftc.ingest.x", "open('x')"),
    (reads_the_clock, "ftc.core.x", "import datetime\ndatetime.datetime.now()"),
    (reads_the_clock, "ftc.render.x", "from datetime import date\ndate.today()"),
    (undocumented, "ftc.core.x", "x = 1"),
    (undocumented, "ftc.core.x", '"""Doc."""\nclass A: pass'),
    (long_functions, "ftc.core.x", "def f():\n" + "    x = 1\n" * 50),
    (broad_except, "ftc.jobs.scan", "try:\n    pass\nexcept Exception:\n    pass"),
    (broad_except, "ftc.jobs.scan", "try:\n    pass\nexcept:\n    pass"),
    (forbidden_names, "ftc.jobs.scan", "class ScanManager: pass"),
    (forbidden_names, "ftc.core.utils", ""),
]


@pytest.mark.parametrize(("rule", "name", "source"), OFFENCES)
def test_every_rule_can_fail(rule, name, source):
    assert list(rule(Module(name, source)))


def test_every_rule_is_tried():
    assert {rule for rule, _, _ in OFFENCES} == set(RULES)
