"""Tasks in tests: a remote made of a folder, a generator that does as told, and tools that say what a file says.

The rule it keeps: git, processes and worktrees are real; only who edits is scripted.
"""

import itertools
import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import containers

from ftc.agent.task_walls import Walls
from ftc.agent.tasks import Means, run_task
from ftc.clients.sandbox import Sandbox
from ftc.core.config import Config
from ftc.core.isolation import Level
from ftc.core.sanitize import Sanitizer
from ftc.core.task_file import parse_task
from ftc.core.task_work import Edits, FileText, GiveUp
from ftc.jobs.settings import parse_yaml

ROOT = Path(__file__).parent
SHOP = ROOT / "data" / "projects" / "task-shop"
SEED = ROOT / "data" / "tasks" / "add-payment-tests.yaml"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ADA = {"NAME": "Ada", "EMAIL": "ada@example.com"}
ENV = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in ADA.items()}
TOOLS = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

# What a tool says and how it ends is what a file of the repository says: quick, and every edit can change it.
GATE = """#!/bin/sh
grep -v '^exit ' tests/$1.txt
exit $(sed -n 's/^exit //p' tests/$1.txt)
"""
QUIET = {
    "gate.sh": GATE,
    "src/a.py": "A = 1\n",
    "src/b.py": "B = 1\n",
    "src/c/d.py": "D = 1\n",
    "tests/test.txt": "# pass 3\n# fail 0\nexit 0\n",
    "tests/coverage.txt": "total 80.0%\nexit 0\n",
    "tests/lint.txt": "exit 0\n",
    "tests/types.txt": "exit 0\n",
}
COMMANDS = {name: f"sh gate.sh {name}" for name in ("test", "coverage", "lint", "types")}


def git(folder, *args):
    """What git says in a folder; the test ends where it fails."""
    env = {**os.environ, **ENV, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(["git", *args], cwd=folder, env=env, capture_output=True, text=True, check=True)
    return done.stdout.strip()


class Remote:
    """A bare repository and a clone in which a person works."""

    def __init__(self, folder, files):
        self.bare, self.clone = folder / "remote.git", folder / "clone"
        self.bare.mkdir(parents=True)
        git(self.bare, "init", "--quiet", "--bare", "--initial-branch=main")
        git(self.bare, "config", "uploadpack.allowFilter", "true")
        git(self.bare, "config", "uploadpack.allowAnySHA1InWant", "true")
        git(folder, "clone", "--quiet", str(self.bare), str(self.clone))
        git(self.clone, "checkout", "--quiet", "-B", "main")
        if isinstance(files, Path):
            ignored = shutil.ignore_patterns("__pycache__", ".*")
            shutil.copytree(files, self.clone, dirs_exist_ok=True, ignore=ignored)
            files = {}
        self.commit(files)

    def commit(self, files, branch="main"):
        """Commit these files as a person and push them."""
        for path, text in files.items():
            place = self.clone / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        git(self.clone, "add", "--all")
        git(self.clone, "commit", "--quiet", "--message", "By a person")
        git(self.clone, "push", "--quiet", "origin", f"HEAD:{branch}")
        return git(self.clone, "rev-parse", "HEAD")

    @property
    def branches(self):
        listed = git(self.bare, "for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads")
        return dict(line.split() for line in listed.splitlines())

    def text(self, branch, path):
        return git(self.bare, "show", f"{branch}:{path}")

    def names(self, branch, base="main"):
        return git(self.bare, "diff", "--name-only", base, branch).splitlines()

    def log(self, branch, base="main"):
        return git(self.bare, "log", "--format=%s", f"{base}..{branch}").splitlines()


class Scripted:
    """Answers by batch and attempt; ``asked`` holds file names and feedback of every question."""

    def __init__(self, *answers, before=None):
        self.answers, self.asked, self.before = list(answers), [], before

    def __call__(self, batch, workspace, feedback):
        self.asked.append((batch.files, feedback))
        if self.before:
            self.before(len(self.asked))
        answer = self.answers.pop(0) if self.answers else GiveUp(reason="nothing is scripted")
        if isinstance(answer, Exception):
            raise answer
        return edits(answer) if isinstance(answer, dict) else answer


def edits(files, **over):
    return Edits(files=tuple(FileText(path=path, text=text) for path, text in files.items()), **over)


class Requests:
    """A publisher that remembers what it was asked for, by branch."""

    def __init__(self):
        self.asked = []

    def __call__(self, request):
        self.asked.append(request)
        return f"https://github.example/acme/shop/pull/{len(self.asked)}"


def a_task(text="", **over):
    """A quiet task over ``src``; ``over`` are its top-level keys."""
    document = (
        parse_yaml(text, "task.yaml")
        if text
        else {
            "id": "quiet",
            "objective": "Say more in the tests.",
            "target": {"include": ["src/*.py"]},
            "quality_gates": {"commands": COMMANDS, "min_coverage_delta": 0},
        }
    )
    merged = {**document}
    for key, value in over.items():
        merged[key] = {**merged.get(key, {}), **value} if isinstance(value, dict) else value
    return parse_task(merged, origin="task.yaml")


def carry_out(task, remote, folder, generator, **over):
    """One run of a task; its folder is the task's id below ``folder``."""
    moments = itertools.count()
    means = {
        "url": remote.bare.as_uri(),
        "folder": folder / task.id,
        "walls": walls_at,
        "generator": generator,
        "publisher": Requests(),
        "sanitizer": Sanitizer(),
        "now": lambda: NOW + timedelta(seconds=next(moments)),
        "clock": lambda: 0.0,
        "say": lambda line: None,
        **over,
    }
    return run_task(task, Means(**means))


def walls_at(place, level="plain", environ=TOOLS, script=""):
    """Walls of a level, or of an engine of containers, made by a process of such an environment."""
    if level in containers.ENGINES:
        engine, environ = containers.engine(level), {**containers.reached(), **environ}
        sandbox = Sandbox(level=Level.CONTAINER, tmp=place.resolve(), environ=environ, engine=engine)
    else:
        sandbox = Sandbox.of(Config.load([("test", {"sandbox": level})]), place, environ)
    return Walls(sandbox=sandbox, setup_script=script)


def status_of(folder, task):
    return json.loads((folder / task.id / "status.json").read_text())
