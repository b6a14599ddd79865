"""What a fix run costs beside its test runs and its model, and what sharing a proof among jobs saves, by the clock.

python benchmarks/fix_run.py [ROUNDS]; run by ``make bench``. Every job is a process against the simulator over HTTP, as
in the workflow, on a small project with a real flake; the model is a script. The runs of the test that the documents
count are the work; all else is overhead: starting processes, reading, git, sandboxes, the fast gate, coverage, writing.

The legs of a proof run at the same time, each as a process with folders of its own. On a machine with fewer cores than
legs that shows what they gain only where tests wait and do not compute. So the tests of this project wait first, as do
those that talk to a service.
"""

import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from math import ceil
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from fix_loop import Loop, as_log, ci, failing, files_of, plan_for, script, world  # noqa: E402 - found through the above
from flake_projects import FlakeProject, git, project_named  # noqa: E402

from ftc.agent.context_pack import EXECUTED_CHARS, PIECE_CHARS  # noqa: E402
from ftc.core.concluding import conclude  # noqa: E402
from ftc.core.config import Masking  # noqa: E402
from ftc.core.fix import Fix, Reproduction, Task  # noqa: E402
from ftc.core.stress import Verdict, pair_size, share_needed  # noqa: E402
from ftc.jobs.fix.folder import Folder, folder_of  # noqa: E402
from ftc.simulator.server import serving  # noqa: E402
from ftc.simulator.simulator import Simulator  # noqa: E402

PROJECT = "python-vouchers"
QUIET_TEST = "test_redeem_takes_the_discount_off"
"""One of its tests that never fails: its proof ends when the quota has run out, as that of a rare flake does."""
WAIT = 0.6
"""Seconds that each test waits first; a run without it takes some 0.25 s of one core."""
WAITS = f"""import time

import pytest


@pytest.fixture(autouse=True)
def service():
    time.sleep({WAIT})
"""
LEGS = (1, 2, 4)
QUIET_RUNS = 20
"""Runs on either side that all legs share where nothing fails."""
BARE_RUNS = 12
TOKEN_CHARS = 4
"""Characters of a token, as a rule of thumb for English and code."""
MOST_REQUESTS = 120
"""Requests of all jobs of one run, those of git included, before this benchmark fails."""
MOST_TOKENS = 6_000
"""Tokens of the first message of a project as small as this one, before this benchmark fails."""
DRAWS = 20_000


@dataclass(frozen=True, kw_only=True)
class Spent:
    """One job of a run: seconds in all and in counted runs of the test, and requests."""

    job: str
    seconds: float
    requests: int
    git: int
    """Of the requests, those of git."""
    tests: float = 0.0
    runs: int = 0

    @property
    def overhead(self) -> float:
        return self.seconds - self.tests


# --- one run


def begun(project: FlakeProject, url: str, simulator: Simulator, folder: Path) -> Loop:
    """The project's issue, analysed and with a plan, and a model that knows the right change."""
    (folder / "temp").mkdir()
    (folder / "answers.json").write_text(json.dumps(script(project.right)))
    config = {"analysis": False, "product-code": True, "fix-legs": 1, "model": f"script:{folder / 'answers.json'}"}
    loop = Loop(simulator=simulator, url=url, folder=folder, config=config).filed()
    plan_for(loop.page, project)
    return loop


def environment() -> dict[str, str]:
    """That of a shell in which this Python's own programs come first."""
    return os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}


def simulated(project: FlakeProject, folder: Path) -> Simulator:
    """A repository of the project whose CI failed for real."""
    root = project.make_repository(folder)
    (root / "tests/conftest.py").write_text(WAITS)
    with (root / "pyproject.toml").open("a") as file:  # the last table of it is that of pytest
        file.write(f"addopts = {json.dumps(without_plugins())}\n")
    git(root, "add", "--all")
    said = failing(ci(project), root=root, env=environment(), until=project.expected_text)
    return Simulator.load(world(files_of(root), as_log(said)))


def without_plugins() -> str:
    """Leaves out the plugins that lie beside this program: a project would pay for its own, not for ours."""
    return " ".join(f"-p no:{item.name}" for item in entry_points(group="pytest11"))


def one(loop: Loop, job: str, *, label: str = "", **choices: object) -> tuple[Spent, dict[str, str]]:
    """Run one job; what it took, and its outputs."""
    before = len(loop.simulator.requests)
    done = loop.job(job, loop.task, **choices)
    assert done.code == 0, f"{job}: {done.err}"
    made = loop.simulator.requests[before:]
    git = sum(".git/" in entry.path for entry in made)
    return Spent(job=label or job, seconds=loop.seconds[f"fix {job}"], requests=len(made), git=git), done.outputs


def whole_run(loop: Loop) -> list[Spent]:
    """All jobs of one run in the order of the workflow, with one leg."""
    [entry] = loop.approved()
    loop.task = entry["task"]
    gate, given = one(loop, "gate")
    assert given["go"] == "true", given
    source = loop.checkout(given["base-sha"])
    jobs = [gate, counted(loop, one(loop, "reproduce", source=source)[0], "reproduce")]
    jobs += [one(loop, "tell", label="tell, twice", phase="reproduced")[0], one(loop, "generate")[0]]
    jobs[2] = both(jobs[2], one(loop, "tell", phase="generated")[0])
    jobs += [counted(loop, one(loop, "verify", source=source, leg="1")[0], "verify-1")]
    return [*jobs, one(loop, "publish")[0], one(loop, "settle")[0]]


def both(first: Spent, second: Spent) -> Spent:
    """Two jobs as one line of the table."""
    sums = {name: getattr(first, name) + getattr(second, name) for name in ("seconds", "requests", "git")}
    return replace(first, **sums)


def counted(loop: Loop, spent: Spent, job: str) -> Spent:
    """The same with the runs of the test that the job's evidence counts."""
    seconds = tuple(run_seconds(parts(loop), job))
    return replace(spent, tests=sum(seconds), runs=len(seconds))


def parts(loop: Loop) -> Folder:
    return folder_of(loop.task, artifacts=loop.folder / "artifacts")


def run_seconds(folder: Folder, job: str) -> Iterator[float]:
    """Seconds of every run in the journals of one job."""
    for journal in sorted((folder.part(job) / "evidence").glob("*.jsonl")):
        for line in map(json.loads, journal.read_text().splitlines()):
            yield from (run["seconds"] for run in line.get("runs", ()))


def sent_first(loop: Loop) -> str:
    """The message with the task and its pack of context that opened the dialogue."""
    lines = (parts(loop).part("generate") / "transcript.jsonl").read_text().splitlines()
    return next(entry["user"] for entry in map(json.loads, lines) if entry["kind"] == "begin")


def in_the_sandbox(loop: Loop) -> tuple[float, float]:
    """Mean seconds of a run of the test at the base: as reproduce ran it, and by the same command in a shell."""
    reproduction = parts(loop).need(Reproduction, of="reproduce")
    trial = next(item for item in reproduction.trials if item.amplifier is reproduction.chosen)
    argv, root = ["sh", "-c", trial.command], loop.folder / "source"
    started = time.perf_counter()
    for _ in range(BARE_RUNS):
        subprocess.run(argv, cwd=root, env=environment(), capture_output=True, check=False)
    return trial.seconds / trial.runs, (time.perf_counter() - started) / BARE_RUNS


# --- the fan-out


@dataclass(frozen=True, kw_only=True)
class Proof:
    """One proof shared by so many legs at the same time."""

    seconds: float
    """From the start of the first leg to the end of the last one."""
    runs: tuple[int, ...]
    """Runs of the test of each leg."""


def proven(loop: Loop, legs: int, place: Path, *, quiet: bool) -> Proof:
    """Prove the run's candidate with so many legs at once; with ``quiet`` for a test that does not fail."""
    given = parts(loop)
    task = replace(given.need(Task, of="gate"), legs=tuple(str(number + 1) for number in range(legs)))
    if quiet:
        tests = tuple(replace(test, name=QUIET_TEST) for test in task.tests)
        task = replace(task, tests=tests, quota=replace(task.quota, runs=QUIET_RUNS))
    documents = (task, given.need(Reproduction, of="reproduce"), given.need(Fix, of="generate"))
    shared = [beside(loop, place / leg, documents) for leg in task.legs]

    def prove(leg: str, own: Loop) -> None:
        one(own, "verify", source=loop.folder / "source", leg=leg)

    started = time.perf_counter()
    with ThreadPoolExecutor(legs) as pool:
        list(pool.map(prove, task.legs, shared))
    seconds = time.perf_counter() - started
    return Proof(seconds=seconds, runs=gathered(task, shared, Verdict.NOT_REPRODUCED if quiet else Verdict.VERIFIED))


def beside(loop: Loop, place: Path, documents: Sequence[Task | Reproduction | Fix]) -> Loop:
    """The same on a machine of its own, with what earlier jobs handed on."""
    shutil.copytree(loop.folder / "temp", place / "temp")
    own = replace(loop, folder=place, expect={}, seconds={})
    folder = parts(own)
    for document in documents:
        folder.write(document)
    own.expect["all"] = folder.digests()
    return own


def gathered(task: Task, legs: Sequence[Loop], verdict: Verdict) -> tuple[int, ...]:
    """Runs of each leg, once all of them together came to the verdict that they must come to."""
    read = [parts(own).verifications([leg]) for leg, own in zip(task.legs, legs, strict=True)]
    assert not any(damaged for _, damaged in read), read
    found = [item for items, _ in read for item in items]
    concluded = conclude(task, found, masking=Masking.REFUSE, pull_on=tuple(Verdict))
    assert concluded.proof is not None, concluded
    assert concluded.proof.verdict is verdict, concluded
    return tuple(len(tuple(run_seconds(parts(own), f"verify-{leg}"))) for leg, own in zip(task.legs, legs, strict=True))


def fan_out(loop: Loop, rounds: int, *, quiet: bool) -> dict[int, list[Proof]]:
    """So many proofs for each number of legs, in turns."""
    found: dict[int, list[Proof]] = {legs: [] for legs in LEGS}
    for number in range(rounds):
        for legs in LEGS:
            place = loop.folder / f"{'quiet' if quiet else 'proof'}-{number}-{legs}"
            proof = proven(loop, legs, place, quiet=quiet)
            found[legs].append(proof)
            print(f"legs: {legs}, {proof.seconds:.1f} s, runs of each: {', '.join(map(str, proof.runs))}", flush=True)
    return found


def slowest_runs(rate: float, legs: int) -> float:
    """Mean runs on either side of the leg that needs most, by the rule alone, of a test that fails at this rate."""
    draw = random.Random(legs)
    return statistics.mean(max(_leg_runs(draw, rate, legs) for _ in range(legs)) for _ in range(DRAWS))


def _leg_runs(draw: random.Random, rate: float, legs: int) -> int:
    runs = failures = 0
    while failures < share_needed(1, legs):
        size = pair_size(runs)
        failures += sum(draw.random() < rate for _ in range(size))
        runs += size
    return runs


# --- the table


def tell_jobs(jobs: Sequence[Spent]) -> None:
    whole = sum(job.seconds for job in jobs)
    print(
        f"{'job':12} {'seconds':>8} {'tests':>8} {'runs':>5} {'overhead':>9} {'of the run':>10} {'API':>4} {'git':>4}"
    )
    for job in jobs:
        print(
            f"{job.job:12} {job.seconds:8.2f} {job.tests:8.2f} {job.runs:5} {job.overhead:9.2f} "
            f"{job.overhead / whole:10.1%} {job.requests - job.git:4} {job.git:4}"
        )


def tell_overhead(jobs: Sequence[Spent], sandboxed: float, bare: float) -> None:
    """The overhead of the run, of a job that runs tests for each run, and of the sandbox."""
    whole, tests = sum(job.seconds for job in jobs), sum(job.tests for job in jobs)
    runs, requests = sum(job.runs for job in jobs), sum(job.requests for job in jobs)
    beside_them = sum(job.overhead for job in jobs if job.runs)
    print(
        f"overhead of the run: {whole - tests:.1f} s beside {tests:.1f} s of {runs} runs of the test, "
        f"{1 - tests / whole:.0%} of the whole"
    )
    print(f"of reproduce and verify beside their runs: {beside_them:.1f} s, {beside_them / runs:.2f} s for each run")
    print(f"a run in the sandbox takes {sandboxed:.2f} s, and {bare:.2f} s by the bare command")
    print(f"requests: {requests}, of them {sum(job.git for job in jobs)} of git")


def tell_fan_out(found: dict[int, list[Proof]]) -> None:
    """The time of each number of legs against that of one, for the whole proof and for a run of the test."""
    alone = mean_seconds(found[1])
    alone_each = alone / mean_runs(found[1])
    for legs, proofs in found.items():
        seconds, runs = mean_seconds(proofs), mean_runs(proofs)
        print(
            f"legs: {legs}, timed: {seconds:.1f} s, {seconds / alone:.2f} of one leg's ({len(proofs)} of each); "
            f"{runs:.0f} runs in all, {seconds / runs / alone_each:.2f} of one leg's time for each"
        )


def mean_seconds(proofs: Sequence[Proof]) -> float:
    return statistics.mean(proof.seconds for proof in proofs)


def mean_runs(proofs: Sequence[Proof]) -> float:
    return statistics.mean(sum(proof.runs) for proof in proofs)


def tell_rule(rate: float) -> None:
    """What the rule alone allows, without the chance that is in one proof: runs of the leg that needs most."""
    alone = slowest_runs(rate, 1)
    told = ", ".join(f"{legs}: {slowest_runs(rate, legs) / alone:.2f}" for legs in LEGS)
    print(f"runs of the slowest leg against one leg's, by the rule alone (computed, {DRAWS} draws): {told}")


def main() -> int:
    """Measure and print; 1 when a run asks for more, or sends more, than it may."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    project = project_named(PROJECT)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        simulator = simulated(project, folder)
        with serving(simulator) as url:
            loop = begun(project, url, simulator, folder)
            jobs = whole_run(loop)
            assert loop.page.flake.progress.runs[0].verdict == Verdict.VERIFIED
            tell_jobs(jobs)
            tell_overhead(jobs, *in_the_sandbox(loop))
            tokens = ceil(len(sent_first(loop)) / TOKEN_CHARS)
            most = (PIECE_CHARS + EXECUTED_CHARS) / TOKEN_CHARS
            print(f"first message with its context pack: {tokens} tokens; the code of a large one may have {most:.0f}")
            print("the proof shared among legs, which run at the same time:")
            tell_fan_out(fan_out(loop, rounds, quiet=False))
            tell_rule(project.rate())
            print(f"the same where nothing fails, so that the quota of {QUIET_RUNS} runs on either side runs out:")
            tell_fan_out(fan_out(loop, rounds, quiet=True))
    return int(tokens > MOST_TOKENS or sum(job.requests for job in jobs) > MOST_REQUESTS)


if __name__ == "__main__":
    sys.exit(main())
