"""A scenario file as values: name, why, the world it begins in, and what happens step by step.

The rule it keeps: everything that can be wrong in a file is refused with its place before anything is played, except
what only the world can know.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from ftc.core.errors import UsageError
from ftc.jobs.scenario.expectation import Expectation, parse_expectation
from ftc.jobs.scenario.person import Deed, parse_deed
from ftc.jobs.settings import parse_yaml
from ftc.simulator.faults import Fault
from ftc.simulator.scenario.fields import Section

_TOP = ("name", "why", "manual", "repo", "world", "steps")
_SCAN = ("config", "now", "dry-run", "run-id", "token", "read-token")
_SWEEP = ("config", "now", "dry-run", "token", "read-token")
_RESPOND = ("issue", *_SWEEP)
_KILL = ("request", "write", "when")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """Run a job once."""

    where: str
    job: str
    """``scan``, ``sweep`` or ``respond``."""
    issue: str
    """What ``respond`` looks at: a number, or a part of the title of exactly one issue."""
    config: Mapping[str, object]
    """Configuration by key in kebab-case, as in a configuration file."""
    moment: Section
    """Holds ``now``, which may be a distance from the world's clock and so is read when the scan begins."""
    run_id: str
    token: str
    read_token: str

    def now(self, world: datetime) -> datetime:
        """The moment the job decides about."""
        return self.moment.time("now", now=world)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Add to the world; a text is a path beside the scenario file."""

    where: str
    world: Mapping[str, Any] | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Order a fault of the simulator from here on; without values all faults are forgotten."""

    where: str
    fault: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """The next job dies at this request, or at this write, counted from 1."""

    where: str
    request: int
    write: int
    before: bool
    """Whether it dies before the request is carried out or, its answer lost, after."""


Step = Scan | Load | Order | Kill | Deed | Expectation


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scenario:
    """One file."""

    path: Path
    name: str
    why: str
    manual: bool
    repo: str
    """The repository that is scanned; empty means the only one of the world."""
    world: Mapping[str, Any] | str
    steps: tuple[Step, ...]


def read_scenario(path: Path) -> Scenario:
    """Read and check a file; raises ``UsageError`` that names the file, the place in it and the cause."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path.name}: cannot be read: {error}") from error
    top = Section(parse_yaml(text, path.name), path.name, _TOP)
    for key in ("name", "why"):
        if not top.text(key).strip():
            raise top.wrong(key, "a text")
    manual = top.flag("manual")
    if not manual and ("world" not in top or "steps" not in top):
        raise UsageError(f"scenario: {path.name}: needs world and steps, or manual: true")
    return Scenario(
        path=path,
        name=top.text("name"),
        why=" ".join(top.text("why").split()),
        manual=manual,
        repo=top.text("repo"),
        world=_world(top, "world"),
        steps=tuple(_step(where, value) for where, value in top.items("steps")),
    )


def _world(given: Section, key: str) -> Mapping[str, Any] | str:
    value = given.get(key, "")
    if not isinstance(value, Mapping | str):
        raise given.wrong(key, "a world (docs/scenario-format.md) or the path of one")
    return value


def _step(where: str, value: object) -> Step:
    step = Section(value, where, tuple(_STEPS))
    if len(step.values) != 1:
        raise UsageError(f"scenario: {where}: must be one of {', '.join(_STEPS)}, not {list(step.values) or 'nothing'}")
    kind = next(iter(step.values))
    return _STEPS[kind](step, f"{where}.{kind}")


def _job(step: Section, where: str, *, job: str, keys: tuple[str, ...]) -> Scan:
    given = Section(step.get(job), where, keys)
    if "issue" in keys and not given.text("issue"):
        raise given.wrong("issue", "a number or a part of a title")
    config = {str(key): value for _, key, value in given.pairs("config")}
    if given.flag("dry-run"):
        config["dry-run"] = True
    return Scan(
        where=where,
        job=job,
        issue=given.text("issue"),
        config=config,
        moment=given,
        run_id=given.text("run-id"),
        token=given.text("token"),
        read_token=given.text("read-token"),
    )


def _load(step: Section, where: str) -> Load:
    return Load(where=where, world=_world(step, "load"))


def _fault(step: Section, where: str) -> Order:
    value = step.get("fault")
    if value == "none":
        return Order(where=where, fault={})
    try:
        Fault.parse(value)
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from None
    return Order(where=where, fault=value)


def _kill(step: Section, where: str) -> Kill:
    given = Section(step.get("kill"), where, _KILL)
    kill = Kill(
        where=where,
        request=given.number("request", 0),
        write=given.number("write", 0),
        before=given.text("when", "before") == "before",
    )
    if given.text("when", "before") not in ("before", "after"):
        raise given.wrong("when", "before or after")
    if (kill.request > 0) == (kill.write > 0):
        raise UsageError(f"scenario: {where}: needs the number of one request or of one write, from 1")
    return kill


_STEPS: Mapping[str, Callable[[Section, str], Step]] = {
    "scan": partial(_job, job="scan", keys=_SCAN),
    "load": _load,
    "person": lambda step, where: parse_deed(step.get("person"), where),
    "fault": _fault,
    "kill": _kill,
    "expect": lambda step, where: parse_expectation(step.get("expect"), where),
    "sweep": partial(_job, job="sweep", keys=_SWEEP),
    "respond": partial(_job, job="respond", keys=_RESPOND),
}
