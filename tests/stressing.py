"""Real projects that fail every now and then, copied and stressed with their real runners."""

import os
import shutil
import sys
from pathlib import Path

from ftc.agent.stress import Stress
from ftc.agent.stress_run import Bench
from ftc.clients.shell import run
from ftc.core.model import TestId
from ftc.core.recipes import home, recipe_for, target_of
from ftc.core.sanitize import Sanitizer
from ftc.core.stress import Verdict, judge

PROJECTS = Path(__file__).parent / "data/projects"


def copied(name, folder):
    """The project, so that nothing is built in the checkout, without the links that temporary folders may have."""
    return Path(shutil.copytree(PROJECTS / name, folder)).resolve()


def environment():
    """What builds and runs see: the tools of this machine, our own Python first."""
    kept = ("HOME", "GOPATH", "GOCACHE", "GOFLAGS", "GOPROXY", "CARGO_HOME", "RUSTUP_HOME", "JAVA_HOME", "LANG")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {
        "PATH": path,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        **{name: os.environ[name] for name in kept if name in os.environ},
    }


def bench(root, test, *, test_file, scratch, fingerprints=("v1:another",), seconds=60, **choices):
    """A bench for one test of the project in ``root``."""
    files = [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]
    recipe = recipe_for(test, files=files, test_file=test_file, **choices)
    folder = home(recipe, files=files, test_file=test_file)
    scratch.mkdir(parents=True, exist_ok=True)
    return Bench(
        recipe=recipe,
        test=test,
        target=target_of(test, test_file=test_file, home_folder=folder),
        names=frozenset({test.name}),
        fingerprints=frozenset(fingerprints),
        run=run,
        env=environment(),
        scratch=scratch,
        sanitizer=Sanitizer(),
        home=folder,
        seconds=seconds,
        busy=4,
    )


def stress(made, folder, **values):
    """A stress run whose journal lies in ``folder``."""
    return Stress(bench=made, journal=folder / "journal.jsonl", **values)


def verified(found, *, runs, failed):
    """A comparison in which the base failed so many times of so many runs, and the change never, is proof enough."""
    (stratum,) = found.strata
    assert (stratum.before.runs, stratum.before.target) == (runs, failed)
    assert (stratum.after.runs, stratum.after.target) == (runs, 0)
    assert judge(found.strata, attempt=1).verdict is Verdict.VERIFIED
    assert found.executed_same
    assert not found.problems


def test_id(ecosystem, suite, name):
    return TestId(ecosystem=ecosystem, suite=suite, name=name)


test_id.__test__ = False
