"""A world for the healing loop: one repository whose gates say what their files say, and the loop in this process."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime

from agent.fix_runs import calls
from fakes import ScriptedModel
from scans import PACE

from ftc.agent.kept import Keep
from ftc.agent.workspace import mirror
from ftc.clients import shell
from ftc.core.config import Config
from ftc.core.healing import decode
from ftc.jobs.context import open_context
from ftc.jobs.heal_commit import heal
from ftc.jobs.heal_memory import Notebook
from ftc.jobs.heal_ward import Ward
from ftc.jobs.settings import Settings, Tokens
from ftc.simulator.git_backend import NewCommit
from ftc.simulator.git_types import GitIdentity
from ftc.simulator.simulator import Simulator

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
REPO, TOKEN, LABEL = "acme/shop", "healer-token", "flaky-test-cleaner/heal"
ADA = GitIdentity(name="Ada", email="ada@example.com", date=datetime(2026, 11, 19, tzinfo=UTC))
# A gate says what its file says and ends as it says, and notes that it ran.
GATE = 'echo "$1" >> {log}; cat tests/$1.txt; exit $(sed -n "s/^exit //p" tests/$1.txt)\n'
RED, GREEN = "cart_test: want 3, got 2\nexit 1\n", "ok\nexit 0\n"
WORLD = {
    "now": "2026-11-20T12:00:00Z",
    "users": {"ada": {}, "mallory": {}},
    "tokens": {
        TOKEN: {"permissions": {"contents": "write", "pull_requests": "write", "issues": "write", "actions": "read"}},
        "ada": "ada",
    },
}


class Place:
    """A world with one repository, and what the loop needs to work on it."""

    def __init__(self, folder, *, fast=RED, slow=GREEN, now=NOW, pulls=True):
        self.folder, self.now, self.said, self.turns = folder, now, [], 0
        self.log = folder / "gates.log"
        files = {"gate.sh": GATE.replace("{log}", str(self.log)), "tests/fast.txt": fast, "tests/slow.txt": slow}
        files |= {"src/cart.py": "TOTAL = 2\n"}
        repository = {
            "created": "2026-01-01T00:00:00Z", "roles": {"ada": "write"}, "files": files,
            "actions_can_open_pulls": pulls,
        }  # fmt: skip
        self.simulator = Simulator.load(json.dumps({**WORLD, "repositories": {REPO: repository}}, indent=1))
        self.repository = self.simulator.world.repository(REPO)
        self.git = self.repository.git
        self.base = self.git.resolve("refs/heads/main")

    def move(self, files, message="More"):
        """A commit of a person on the base branch."""
        data = {path: text.encode() for path, text in files.items()}
        self.git.add_commits("main", [NewCommit(message=message, files=data, author=ADA)], start=self.head)
        return self.head

    @property
    def head(self):
        return self.git.resolve("refs/heads/main")

    @property
    def ran(self):
        """Which gates ran, in order."""
        return self.log.read_text().split() if self.log.exists() else []

    def run(self, line, *, cwd, timeout):
        env = {"PATH": os.environ["PATH"]}
        return shell.run(["sh", "-c", f"exec 2>&1\n{line}"], cwd=cwd, env=env, timeout=timeout)

    def context(self, *, key="", token=TOKEN, **config):
        """As a job of this configuration has it."""
        given = {"repo": REPO, "heal_fast": "sh gate.sh fast", "heal_slow": "sh gate.sh slow", **config}
        settings = Settings(config=Config(**given), tokens=Tokens(read=token, issue=token, state_key=key))
        ctx = open_context(settings, {}, now=self.now, pace=PACE)
        return replace(ctx, say=self.said.append, server_url=self.simulator.world.git_root.as_uri())

    def heal(
        self, *answers, sha="", model=None, holder="host:here", run=None, key="", environ=None, unpaid=None, **config
    ):
        """One run of the loop; ``answers`` are the model's."""
        self.turns += 1
        self.model = model or (ScriptedModel(*answers) if answers else None)
        with self.simulator.activate():
            ctx = self.context(key=key, **config)
            with mirror(f"{ctx.server_url}/{REPO}.git", "", Keep(root=self.folder / "mirrors")) as copy:
                ward = Ward(
                    ctx=ctx, copy=copy, notes=Notebook(ctx=ctx, branch="main"), run=run or self.run,
                    model=lambda: self.model, artifacts=self.folder / "artifacts", holder=holder,
                    turn=f"turn-{self.turns}", clock=lambda: 0.0, environ=environ or {},
                    unpaid=set() if unpaid is None else unpaid,
                )  # fmt: skip
                return heal(ward, sha or ward.head())

    @property
    def issues(self):
        return [item for item in self.repository.issues.values() if LABEL in item.labels and not item.pull]

    @property
    def memory(self):
        [issue] = self.issues
        return decode(issue.body)

    @property
    def pulls(self):
        return list(self.repository.pulls())

    @property
    def comments(self):
        return [comment for issue in self.issues for comment in issue.comments]


def change(before, after, path="tests/fast.txt"):
    return calls(("edit", {"path": path, "search": before, "replace": after}))


HYPOTHESIS = calls(("hypothesis", {"root_cause": "product-bug", "text": "It was never counted."}))
FINISH = calls(("finish", {"summary": "Counts them all; fixes #1 @ada."}))
GIVE_UP = calls(("give_up", {"reason": "The cause is elsewhere.", "missing": ""}))
REPAIR = (HYPOTHESIS, change(RED, GREEN), FINISH)
