"""Plays one scenario: each step in order, in this process, until the end or the first step that fails.

The rule it keeps: the jobs are the real ones with the real client; only GitHub, the clock and the sleeping are
simulated.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

from ftc.clients.transport import Pace
from ftc.core.config import Config
from ftc.core.errors import FtcError, UsageError
from ftc.jobs.context import open_context
from ftc.jobs.respond import RespondReport, respond_to
from ftc.jobs.scan import scan
from ftc.jobs.scan_report import ScanReport
from ftc.jobs.scenario.expectation import Expectation
from ftc.jobs.scenario.file import Kill, Load, Order, Scan, Scenario, Step
from ftc.jobs.scenario.found import Outcome, is_write
from ftc.jobs.scenario.person import Deed, Refused, act, chosen
from ftc.jobs.scenario.verify import mismatches
from ftc.jobs.settings import Settings, Tokens
from ftc.jobs.sweep import sweep
from ftc.jobs.sweep_report import SweepReport
from ftc.simulator.application import LoggedRequest
from ftc.simulator.simulator import Simulator
from ftc.simulator.world import BOT_LOGIN, Repository, Token

SCAN_TOKEN = "scan-token"  # noqa: S105 - opens nothing but the simulator of this process
PERMISSIONS = {"actions": "read", "contents": "read", "issues": "write", "pull_requests": "read", "metadata": "read"}
"""What the jobs ask for in `watch.yml`, and no more."""


Report = ScanReport | SweepReport | RespondReport


class Failed(Exception):
    """A step that did not end as the scenario says; the text names the step, what was expected and what was found."""


class Killed(BaseException):
    """The process of the scan died here; no BaseException of the job may catch it."""


@dataclass(slots=True, kw_only=True)
class Stage:
    """The world a scenario is played in, and what the last scan in it came to."""

    scenario: Scenario
    simulator: Simulator
    outcome: Outcome | None = None
    kill: Kill | None = None

    @property
    def repository(self) -> Repository:
        """The repository that is scanned; raises ``UsageError`` when the scenario leaves it open."""
        world = self.simulator.world
        named = self.scenario.repo or (next(iter(world.repositories)) if len(world.repositories) == 1 else "")
        found = world.repository(named)
        if found is None:
            known = ", ".join(world.repositories) or "none"
            raise UsageError(f"scenario: repo: must name the repository to scan; the world has: {known}")
        return found

    @property
    def target(self) -> Repository:
        """The repository that issues are kept in: the one the last scan wrote to, at first the scanned one."""
        written = self.simulator.world.repository(self.outcome.target) if self.outcome else None
        return written or self.repository


def play(scenario: Scenario) -> None:
    """From an empty world to the end; raises ``Failed``, or ``UsageError`` when the file itself is wrong."""
    folder = scenario.path.parent
    world = folder / scenario.world if isinstance(scenario.world, str) else scenario.world
    stage = Stage(scenario=scenario, simulator=Simulator.load(world, folder=folder))
    for step, following in pairwise((*scenario.steps, None)):
        assert step is not None, "only the last of a pair is None"
        _take(stage, step)
        if isinstance(step, Scan):
            _accept(stage, step, following)


def _take(stage: Stage, step: Step) -> None:
    match step:
        case Scan():
            stage.outcome = _scanned(stage, step)
        case Load():
            folder = stage.scenario.path.parent
            stage.simulator.add(folder / step.world if isinstance(step.world, str) else step.world, folder=folder)
        case Order():
            _order(stage.simulator, step)
        case Kill():
            stage.kill = step
        case Deed():
            _act(stage, step)
        case Expectation():
            _expect(stage, step)


def _order(simulator: Simulator, step: Order) -> None:
    if step.fault:
        simulator.fail(**step.fault)
    else:
        simulator.faults.clear()


def _act(stage: Stage, deed: Deed) -> None:
    try:
        act(stage.simulator, stage.target, deed)
    except Refused as refusal:
        raise Failed(f"{deed.where}: {refusal}") from None


def _expect(stage: Stage, step: Expectation) -> None:
    if stage.outcome is None:
        raise UsageError(f"scenario: {step.where}: nothing was scanned yet")
    wrong = list(mismatches(step, stage.outcome, stage.target, stage.simulator.world))
    if wrong:
        raise Failed("\n".join(wrong))


def _accept(stage: Stage, step: Scan, following: Step | None) -> None:
    """A job that failed is a failure of the scenario, unless the next step says that it had to."""
    outcome = stage.outcome
    assert outcome is not None, "a scan came before"
    if outcome.exit and not (isinstance(following, Expectation) and following.about_failure):
        raise Failed(
            f"{step.where}: expected the {step.job} to succeed, found exit code {outcome.exit}: {outcome.error}"
        )


def _scanned(stage: Stage, step: Scan) -> Outcome:
    simulator = stage.simulator
    first, waits, died = len(simulator.requests), [0.0], False
    simulator.world.clock.set(step.now(simulator.world.now()))
    target, error, code = stage.repository.full_name, "", 0
    report: Report | None = None
    kill, stage.kill = stage.kill, None
    _arm(simulator, kill, first=first)
    try:
        config = Config.load([(step.where, {"repo": target, **step.config})])
        target = config.target
        report = _report(stage, step, config, sleep=_sleeping(simulator, waits))
    except Killed:
        died = True
    except Refused as refusal:
        raise Failed(f"{step.where}: {refusal}") from None
    except FtcError as failure:
        error, code = str(failure), failure.exit_code
    finally:
        simulator.on_request = simulator.after_request = None
    asked = tuple(simulator.requests[first:])
    if kill and not died:
        made = f"{len(asked)} requests, {sum(map(is_write, asked))} of them writes"
        raise Failed(f"{kill.where}: expected the {step.job} to live until then, found that it made {made}")
    return Outcome(
        target=target,
        report=report if isinstance(report, ScanReport) else None,
        notes=_notes(report),
        tasks=0 if report is None or isinstance(report, ScanReport) else len(report.tasks),
        exit=code,
        error=error,
        requests=asked,
        waited=sum(waits),
    )


def _notes(report: Report | None) -> tuple[str, ...]:
    if isinstance(report, RespondReport):
        return (report.note,) if report.note else ()
    return report.notes if report else ()


def _report(stage: Stage, step: Scan, config: Config, *, sleep: Callable[[float], None]) -> Report | None:
    """The job as ``ftc`` runs it; nothing where the configuration switches it off."""
    if config.disabled:
        return None
    world = stage.simulator.world
    token = step.token or _job_token(stage, config)
    settings = Settings(config=config, tokens=Tokens(read=step.read_token or token, issue=token))
    pace = Pace(write_interval=0, sleep=sleep, clock=lambda: world.now().timestamp())
    with stage.simulator.activate():
        ctx = open_context(settings, {}, now=world.now(), pace=pace)
        # git is a process of its own, so it reads the world's repositories where they lie.
        ctx = replace(ctx, say=lambda _: None, server_url=world.git_root.as_uri())
        if step.job == "respond":
            return respond_to(ctx, chosen(stage.target, step.issue).number)
        return sweep(ctx) if step.job == "sweep" else scan(ctx, run_id=step.run_id)


def _job_token(stage: Stage, config: Config) -> str:
    """A workflow job's token of the repository that is written to."""
    stage.simulator.world.tokens[SCAN_TOKEN] = Token(
        value=SCAN_TOKEN, login=BOT_LOGIN, permissions=PERMISSIONS, repository=config.target
    )
    return SCAN_TOKEN


def _sleeping(simulator: Simulator, waits: list[float]) -> Callable[[float], None]:
    """Sleeping moves the world's clock, so that a limit is over when the client has waited for it."""

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        simulator.world.clock.advance(seconds)

    return sleep


def _arm(simulator: Simulator, kill: Kill | None, *, first: int) -> None:
    if kill is None:
        return

    def die(entry: LoggedRequest) -> None:
        asked = simulator.requests[first : entry.number]
        number = sum(map(is_write, asked)) if kill.write else len(asked)
        if number == (kill.write or kill.request) and (kill.request or is_write(entry)):
            raise Killed(f"{entry.method} {entry.path}")

    if kill.before:
        simulator.on_request = die
    else:
        simulator.after_request = die
