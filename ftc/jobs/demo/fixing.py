"""The fix run of the demo: the jobs of the workflow one after another, and what each handed on, in words.

The rule it keeps: each job is a process with the power that the workflow gives it, and is told only what the workflow
would tell it: outputs and documents of earlier jobs. The figures are those of the runs that were really made.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from ftc.core.fix import Fix, Reproduction
from ftc.jobs.demo.plain import plain
from ftc.jobs.demo.stage import HISTORY, REPO, TOKEN, environment, issues, number_of, process, repository
from ftc.jobs.demo.talk import state_of
from ftc.jobs.fix.folder import Folder, folder_of
from ftc.simulator.simulator import Simulator

ANSWERS = HISTORY.parent / "answers.json"
"""What the scripted model answers; a real one is asked where ``FTC_MODEL`` and ``FTC_MODEL_KEY`` are set."""
LIMIT = 900
"""Seconds after which a job hangs; the longest runs a test some hundred times."""
LEG = "1"
COMMAND = "python -m pytest -q -n 0 -p no:cacheprovider --junitxml={report} {extra} {id}"
"""The repository's own settings start two workers for all tests, which for a single one takes longer than the test."""
_OUTPUT = re.compile(r"^([\w-]+)<<(\S+)\n(.*?)\n\2$", re.MULTILINE | re.DOTALL)
SECONDS = timedelta(minutes=1).total_seconds()


@dataclass(slots=True)
class Run:
    """One fix run in a folder of its own."""

    simulator: Simulator
    url: str
    folder: Path
    task: str = ""
    digests: list[str] = field(default_factory=list)

    @property
    def documents(self) -> Folder:
        """What the jobs have handed on."""
        return folder_of(self.task, artifacts=self.folder / "artifacts")

    def order(self, number: int) -> list[str]:
        """The job that answers an approval and names the task; the lines of what it did."""
        output = self._process(["respond", "--issue", str(number), "--json"], token=True)
        [found] = json.loads(self._outputs()["fixes"])
        self.task = found["task"]
        done: list[str] = json.loads(output)["done"]
        return done

    def job(self, name: str, *words: str) -> dict[str, str]:
        """One job of the workflow; its outputs. Raises ``CommandFailed``."""
        token = name not in ("reproduce", "verify")
        argv = ["fix", name, "--task", self.task, "--artifacts", str(self.folder / "artifacts")]
        argv += [*words, "--expect", ",".join(self.digests)]
        self._process(argv, token=token)
        outputs = self._outputs()
        self.digests += [outputs["sha256"]] if outputs.get("sha256") else []
        return outputs

    def checkout(self, sha: str) -> Path:
        """The code under test, as the workflow checks it out."""
        root = self.folder / "source"
        for argv in (
            ["git", "init", "--quiet", str(root)],
            ["git", "-C", str(root), "fetch", "--quiet", "--depth=1", f"{self.url}/{REPO}.git", sha],
            ["git", "-C", str(root), "checkout", "--quiet", "--detach", "FETCH_HEAD"],
        ):
            subprocess.run(argv, check=True, capture_output=True, env=environment(os.environ), timeout=LIMIT)
        return root

    @property
    def _output(self) -> Path:
        return self.folder / "output"

    def _outputs(self) -> dict[str, str]:
        return {match[1]: match[3] for match in _OUTPUT.finditer(self._output.read_text(encoding="utf-8"))}

    def _process(self, words: Sequence[str], *, token: bool) -> str:
        self.simulator.world.clock.advance(SECONDS)
        self._output.write_text("", encoding="utf-8")
        flags = ["--repo", REPO, "--api-url", self.url, "--write-interval-seconds", "0", "--mode", "fix"]
        flags += ["--now", self.simulator.world.now().isoformat(), "--fix-legs", LEG]
        flags += ["--test-command", COMMAND, *self._model()]
        return process(words, flags, env=self._environment(token=token), timeout=LIMIT)

    def _model(self) -> list[str]:
        real = os.environ.get("FTC_MODEL") if os.environ.get("FTC_MODEL_KEY") else ""
        return ["--model", real or f"script:{ANSWERS}"]

    def _environment(self, *, token: bool) -> dict[str, str]:
        """As on a runner; the Python that runs the demo is the one that has the repository's test framework."""
        ours = environment(os.environ)
        path = f"{Path(sys.executable).parent}{os.pathsep}{ours.get('PATH', '')}"
        key = os.environ.get("FTC_MODEL_KEY", "")
        secrets = {"FTC_TOKEN": TOKEN, **({"FTC_MODEL_KEY": key} if key else {})} if token else {}
        runner = {
            "GITHUB_OUTPUT": str(self._output),
            "GITHUB_RUN_ID": "1",
            "GITHUB_RUN_ATTEMPT": "1",
            "RUNNER_TEMP": str(self.folder / "temp"),
        }
        return {
            **{name: value for name, value in ours.items() if name != "FTC_TOKEN"},
            "PATH": path,
            **runner,
            **secrets,
        }


def fixed(run: Run, test: str) -> Iterator[str]:
    """From the task to the pull request, job by job."""
    order = run.folder / "temp" / "flaky-test-cleaner" / "tasks" / run.task / "task.json"
    frozen = run.job("gate", "--order", str(order))
    yield f"gate        the approval stands; base {frozen['base-sha'][:10]} is frozen, with comments and limits"
    source = str(run.checkout(frozen["base-sha"]))
    run.job("reproduce", "--source", source)
    yield from (f"reproduce   {line}" for line in _reproduced(run.documents))
    run.job("tell", "--phase", "reproduced")
    run.job("generate")
    yield from (f"generate    {line}" for line in _generated(run.documents))
    run.job("tell", "--phase", "generated")
    run.job("verify", "--leg", LEG, "--source", source)
    yield from (f"verify      {line}" for line in _verified(run.documents))
    run.job("publish")
    yield from (f"publish     {line}" for line in _published(run.simulator))
    run.job("settle")
    issue = issues(run.simulator)[number_of(run.simulator, test)]
    yield f"settle      the issue's state: {state_of(issue)}"


def _reproduced(documents: Folder) -> Iterator[str]:
    found = documents.need(Reproduction, of="reproduce")
    for trial in found.trials:
        yield f"failed in {trial.target} of {trial.runs} runs ({trial.amplifier})" if trial.runs else trial.problem


def _generated(documents: Folder) -> Iterator[str]:
    found = documents.need(Fix, of="generate")
    if not found.candidates:
        yield f"no fix: {found.give_up}"
    for candidate in found.candidates:
        yield f"by {candidate.by}, ${found.usd:.2f}: {candidate.hypothesis}"
        changed = [line for line in candidate.patch.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
        yield from (f"  {line}" for line in changed)


def _verified(documents: Folder) -> Iterator[str]:
    verifications, _ = documents.verifications((LEG,))
    for judged in (item for verification in verifications for item in verification.judged):
        gates = ", ".join(f"{gate.name} {'passed' if gate.passed else 'failed'}" for gate in judged.gates)
        yield f"candidate {judged.candidate}: {gates or 'no gate was run'}"
        for item in judged.strata:
            before, after = item.before, item.after
            counts = f"{before.target} of {before.runs} failed before, {after.target} of {after.runs} after"
            yield f"  {item.amplifier}: {counts}"


def _published(simulator: Simulator) -> Iterator[str]:
    pulls = [issue for issue in repository(simulator).issues.values() if issue.title.startswith("tests: stabilize")]
    for pull in pulls:
        yield f"#{pull.number}  {pull.title}"
        yield from (f"  {line}" for line in plain(pull.body)[:3])
    if not pulls:
        yield "no pull request"
