"""The whole loop around one small project: its CI fails for real, the bot files, explains and, after a yes, fixes.

The rule it keeps: every step is a process of its own, as a job of the workflow runs it, with its own token against a
simulator over HTTP and real git; what the steps hand on goes through files and outputs alone, as in the workflow.
"""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml
from flake_projects import edits
from small import TOKEN
from threads import BOT, Page, a_plan_comment

from ftc.core.fix import Amplifier
from ftc.core.progress import Assessment
from ftc.simulator.simulator import Simulator
from ftc.simulator.world import Comment

REPO = "acme/shop"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
STARTED = "2026-11-20T08:00:00.0000000Z"
APPROVER = "bea"
RUN = "4711"
READS = {"contents": "read", "issues": "read", "pull-requests": "read"}
WATCHES = {"actions": "read", "contents": "read", "issues": "write", "pull-requests": "write"}
# What `.github/workflows/fix.yml` gives to each job; `test_workflows` compares.
POWERS = {
    "watch": WATCHES,
    "gate": READS,
    "generate": {"contents": "read"},
    "publish": {"contents": "write", "issues": "read", "pull-requests": "write"},
    "settle": {"contents": "read", "issues": "write", "pull-requests": "write"},
    "tell": {"contents": "read", "issues": "write"},
}
TIMEOUT = 900
FAILING = 60
"""Most runs until the project's own CI has failed; one fails in five or so."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a job came to."""

    code: int
    out: str
    err: str
    outputs: dict[str, str]


def as_log(output):
    """What a step printed, as the log of a job has it."""
    lines = [
        "##[group]Run the tests",
        "##[endgroup]",
        *output.splitlines(),
        "##[error]Process completed with exit code 1.",
    ]
    return "".join(f"{STARTED} {line}\n" for line in lines)


def world(files, log):
    """A repository of these files whose CI failed twice with this log, and passed each time when run again."""
    attempts = [{"test": {"failure": log}}, {"test": "success"}]
    runs = [{"at": f"-{hours}h", "attempts": attempts} for hours in (30, 20)]
    return yaml.safe_dump(
        {
            "now": f"{NOW:%Y-%m-%dT%H:%M:%SZ}",
            "tokens": {
                **{f"{job}-token": {"repository": REPO, "permissions": powers} for job, powers in POWERS.items()},
                TOKEN: {"repository": REPO, "permissions": WATCHES},  # of what `Page` does in this process
            },
            "repositories": {
                REPO: {
                    "created": "2026-01-01T00:00:00Z",
                    "roles": {APPROVER: "write"},
                    "workflows": ["CI"],
                    "files": files,
                    "runs": runs,
                }
            },
        }
    )


def files_of(root):
    """The text files of a checkout, as a scenario takes them."""
    listed = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=True).stdout.split()
    return {name: (root / name).read_text() for name in listed}


def failing(argv, *, root, env, until):
    """Run a project's tests until they fail with this text; what was printed."""
    for _ in range(FAILING):
        done = subprocess.run(
            argv,
            cwd=root,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,  # in the order in which a runner would see them
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        if done.returncode and until in done.stdout:
            return done.stdout
    raise AssertionError(f"{argv} did not fail in {FAILING} runs")


@dataclass
class Loop:
    """One world, and the jobs that are run in it; a minute passes with each."""

    simulator: Simulator
    url: str
    folder: Path
    config: dict[str, object] = field(default_factory=dict)
    expect: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    task: str = ""
    test: str = ""
    """Name of the flaky test, where CI may show others beside it."""

    @property
    def page(self):
        """The issue of the flake."""
        repository = self.simulator.world.repository(REPO)
        titled = f"[flaky] {self.test}"
        [number] = [issue.number for issue in repository.issues.values() if issue.title.startswith(titled)]
        return Page(simulator=self.simulator, number=number)

    @property
    def pulls(self):
        """Pull requests, by number."""
        return [issue for issue in self.simulator.world.repository(REPO).issues.values() if issue.pull is not None]

    def ftc(self, *words, power):
        """One command as a job of this power runs it."""
        self.simulator.world.clock.advance(timedelta(minutes=1).total_seconds())
        output = self.folder / "output"
        output.write_text("")
        environ = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environ |= {
            "PATH": f"{Path(sys.executable).parent}:{environ['PATH']}",
            "PYTHONPATH": str(Path(__file__).parents[1]),  # the code beside these tests, wherever Python is installed
            "GITHUB_ACTIONS": "true",
            "GITHUB_OUTPUT": str(output),
            "GITHUB_REPOSITORY": REPO,
            "GITHUB_RUN_ID": RUN,
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_SERVER_URL": self.url,
            "RUNNER_TEMP": str(self.folder / "temp"),
            "NO_PROXY": "127.0.0.1,localhost",
            "FTC_INPUT_CONFIG": yaml.safe_dump({"mode": "fix", **self.config}),
            **({"FTC_TOKEN": f"{power}-token"} if power else {}),
        }
        flags = ["--repo", REPO, "--api-url", self.url, "--write-interval-seconds", "0"]
        argv = [sys.executable, "-m", "ftc", *words, *flags, "--now", self.simulator.world.now().isoformat()]
        began = datetime.now(UTC)
        done = subprocess.run(
            argv, cwd=self.folder, env=environ, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
        name = " ".join(words[:2]) if words[0] == "fix" else words[0]
        self.seconds[name] = (datetime.now(UTC) - began).total_seconds()
        found = dict(line.split("=", 1) for line in _unfolded(output.read_text()) if "=" in line)
        return Done(code=done.returncode, out=done.stdout, err=done.stderr, outputs=found)

    def filed(self):
        """The scan opens the issue and explains it."""
        done = self.ftc("scan", power="watch")
        assert done.code == 0, done.err
        return self

    def approved(self):
        """Somebody who may says yes by the label; the task that is to run now."""
        self.page.label(APPROVER)
        return self.answered(self.page.number)

    def answered(self, number):
        """What people did on this page is answered; the tasks that are to run now."""
        done = self.ftc("respond", "--issue", str(number), power="watch")
        assert done.code == 0, done.err
        return json.loads(done.outputs["fixes"])

    def swept(self):
        """The planned run, which nobody started; the tasks that are to run now."""
        done = self.ftc("sweep", power="watch")
        assert done.code == 0, done.err
        return json.loads(done.outputs["fixes"])

    def carried_out(self):
        """All jobs of one task, from the approval on; what each came to."""
        [entry] = self.approved()
        return self.run_task(entry["task"])

    def run_task(self, task):
        """The jobs of a task under the conditions of the workflow and in its order; what each came to."""
        self.task = task
        done = {"gate": self.job("gate", task)}
        given = done["gate"].outputs
        if given["go"] == "true":
            source = self.checkout(given["base-sha"])
            done["reproduce"] = self.job("reproduce", task, source=source)
            if given["generate"] == "true":
                done["generate"] = self.job("generate", task)
            legs = json.loads(given["legs"])
            if given["generate"] == "true" and done["generate"].outputs["candidates"] == "0":
                legs = []
            done |= {f"verify-{leg}": self.job("verify", task, source=source, leg=leg) for leg in legs}
            if legs and given["kind"] != "verify":
                done["publish"] = self.job("publish", task)
        done["settle"] = self.job("settle", task)
        assert {name: item.err for name, item in done.items() if item.code} == {}
        return done

    def job(self, name, task, *, source=None, **flags):
        """One job of the fix workflow; outputs of earlier ones are handed on as the workflow hands them on."""
        words = ["fix", name, "--task", task, "--artifacts", str(self.folder / "artifacts")]
        if name == "gate":
            words += ["--order", str(self.folder / f"temp/flaky-test-cleaner/tasks/{task}/task.json")]
        if source is not None:
            words += ["--source", str(source)]
        for flag, value in flags.items():
            words += [f"--{flag}", value]
        words += ["--expect", ",".join(self.expect.values())]
        power = name if name in POWERS else ""
        done = self.ftc(*words, power=power)
        if done.outputs.get("sha256"):
            self.expect[name] = done.outputs["sha256"]
        return done

    def checkout(self, sha):
        """The code under test as the workflow checks it out: one commit, no token."""
        root = self.folder / "source"
        if not root.exists():
            for argv in (
                ["git", "init", "--quiet", str(root)],
                ["git", "-C", str(root), "fetch", "--quiet", "--depth=1", f"{self.url}/{REPO}.git", sha],
                ["git", "-C", str(root), "checkout", "--quiet", "--detach", "FETCH_HEAD"],
            ):
                subprocess.run(argv, check=True, capture_output=True, timeout=TIMEOUT)
        return root


def _unfolded(text):
    """Lines of a file of outputs, those of the form ``name<<END`` joined."""
    return re.sub(r"^(\w[\w-]*)<<(\S+)\n(.*?)\n\2$", r"\1=\3", text, flags=re.MULTILINE | re.DOTALL).splitlines()


def script(patch):
    """A patch as the answers of a model: a hypothesis, an edit for each hunk, and the end."""
    thought = (
        "hypothesis",
        {"root_cause": "unordered-collections", "text": "The order of a set is another each time."},
    )
    changes = [("edit", {"path": edit.path, "search": edit.search, "replace": edit.replace}) for edit in edits(patch)]
    return [calls(thought, *changes), calls(("finish", {"summary": "It depends on nothing but itself now."}))]


def calls(*named):
    """One answer of a scripted model: pairs of the name of a tool and its arguments."""
    return {"text": "", "calls": [{"name": name, "arguments": given} for name, given in named]}


def ci(project):
    """How the own CI of a project whose logs are read runs its tests."""
    shuffled = ["-shuffle=on"] if project.amplifier is Amplifier.SHUFFLE else []
    race = ["-race"] if project.amplifier is Amplifier.RACE else []
    return {
        "go": ["go", "test", "-count=1", *race, *shuffled, "./..."],
        "python": ["python", "-m", "pytest"],
        "javascript": ["npm", "test", "--silent"],
        "rust": ["cargo", "test", "--no-fail-fast"],
    }[project.language]


def plan_for(page, project):
    """The bot's analysis with the plan that stands in the project's notes."""
    page.wait(minutes=1)
    allowed, planned = project.allowed_paths, project.planned_files or (project.file,)
    plan = {"root_cause": project.cause.value, "allowed_paths": allowed, "planned_files": planned}
    world = page.simulator.world
    body = a_plan_comment(page, **plan)
    made = Comment(id=world.next_id(), author=BOT, body=body, created_at=page.now, updated_at=page.now)
    page.issue.comments.append(made)
    known = page.flake
    assessment = Assessment(
        at=page.now, confidence=0.8, occurrences=known.total, comment=made.id, locatable=True, **plan
    )
    page.save(replace(known, progress=replace(known.progress, assessment=assessment)))
