"""A task file: what one self-contained task is to reach, where, within which limits, and what its result must pass.

The rule it keeps: a file is taken whole or refused. An unknown key is refused by its name, a value by its key with what
would be allowed, so that no misspelt gate is ever silently missing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from ftc.core.risk import checked_rule
from ftc.core.task_values import Reader

TASK_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
BRANCH = re.compile(r"(?!.*(?:\.\.|//|\.lock(?:/|$)|/\.))[A-Za-z0-9][A-Za-z0-9._/-]{0,119}(?<![/.])")
"""What git takes as a branch and no shell or address gives a meaning to."""
COMMANDS = ("test", "coverage", "lint", "types")
"""What ``quality_gates.commands`` may replace."""
MAX_OBJECTIVE = 4_000


class BatchMode(StrEnum):
    """How the files of a task are cut into batches, each of which is one commit."""

    SINGLE_FILE = "single_file"
    DIRECTORY = "directory"
    ALL = "all"


class OnTestFailure(StrEnum):
    """What becomes of a batch after which tests fail."""

    ROLLBACK = "rollback"
    KEEP = "keep"
    """The tests may have found a bug: people should see them."""


class OnFailure(StrEnum):
    """What a task leaves that delivered nothing."""

    DRAFT_PR = "draft-pr"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The files a task is about, as path patterns."""

    include: tuple[str, ...]
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """How the work is cut."""

    batch_mode: BatchMode = BatchMode.SINGLE_FILE


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When a task ends with what it has."""

    max_commits: int = 5
    max_runtime_minutes: float = 30
    """The aim for a task (spec, appendix A)."""
    max_cost: float = 5.0
    """US dollars."""
    max_retries_per_batch: int = 2
    network_retries: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityGates:
    """What a batch must pass; a gate that is None is looked at where its tool is there, and is no condition."""

    require_all_tests_pass: bool = True
    on_test_failure: OnTestFailure = OnTestFailure.ROLLBACK
    min_coverage_delta: float | None = None
    """Percentage points; half a point of drift is tolerated."""
    forbid_new_type_errors: bool | None = None
    forbid_new_lint_errors: bool | None = None
    new_tests_must_fail: bool | None = None
    """Whether new tests are run on broken code, and must notice."""
    max_diff_lines: int = 400
    commands: tuple[tuple[str, str], ...] = ()
    """Name out of ``COMMANDS`` and command line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRules:
    """How a pull request looks, and when it counts as risky."""

    title_prefix: str = ""
    labels: tuple[str, ...] = ()
    draft: bool = False
    high_if: tuple[str, ...] = ()
    """Expressions of ``core.risk``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFile:
    """One task."""

    id: str
    branch: str
    objective: str
    target: Target
    strategy: Strategy
    limits: Limits
    gates: QualityGates
    pr: PullRules
    on_failure: OnFailure = OnFailure.NONE


def parse_task(document: Mapping[str, object], *, origin: str) -> TaskFile:
    """The task that a file's mapping declares; ``ConfigError`` names file, key and what is allowed."""
    top = Reader(document, place=origin)
    name = top.text("id", pattern=TASK_ID, allowed="small letters, digits and dashes, at most 60")
    pull = _section(top, "pr", PullRules, _pull)
    task = TaskFile(
        id=name,
        branch=top.text("branch", default=f"auto/{name}", pattern=BRANCH, allowed="the name of a git branch"),
        objective=top.text("objective", longest=MAX_OBJECTIVE),
        target=_target(top.section("target", required=True)),
        strategy=_section(top, "strategy", Strategy, _strategy),
        limits=_section(top, "limits", Limits, _limits),
        gates=_section(top, "quality_gates", QualityGates, _gates),
        pr=pull,
        on_failure=top.choice("on_failure", OnFailure, OnFailure.NONE),
    )
    top.finish()
    return task


def _section(top: Reader, key: str, kind: Any, read: Any) -> Any:
    """One section of the file by its own function, whole; without it the defaults."""
    section = top.section(key)
    found = read(section, {field.name: field.default for field in fields(kind)})
    section.finish()
    return found


def _target(section: Reader) -> Target:
    found = Target(include=section.patterns("include", required=True), exclude=section.patterns("exclude"))
    section.finish()
    return found


def _strategy(section: Reader, usual: Mapping[str, Any]) -> Strategy:
    return Strategy(batch_mode=section.choice("batch_mode", BatchMode, usual["batch_mode"]))


def _limits(section: Reader, usual: Mapping[str, Any]) -> Limits:
    def whole(key: str, lowest: int, highest: int) -> int:
        return int(section.number(key, usual[key], lowest=lowest, highest=highest, whole=True))

    return Limits(
        max_commits=whole("max_commits", 1, 100),
        max_runtime_minutes=section.number(
            "max_runtime_minutes", usual["max_runtime_minutes"], lowest=0.01, highest=600
        ),
        max_cost=section.number("max_cost", usual["max_cost"], lowest=0, highest=1_000),
        max_retries_per_batch=whole("max_retries_per_batch", 0, 10),
        network_retries=whole("network_retries", 0, 5),
    )


def _gates(section: Reader, usual: Mapping[str, Any]) -> QualityGates:
    delta = "min_coverage_delta"
    commands = section.section("commands")
    given = tuple((name, text) for name in COMMANDS if (text := commands.text(name, default="")))
    commands.finish()
    return QualityGates(
        require_all_tests_pass=bool(section.flag("require_all_tests_pass", usual["require_all_tests_pass"])),
        on_test_failure=section.choice("on_test_failure", OnTestFailure, usual["on_test_failure"]),
        min_coverage_delta=section.number(delta, 0, lowest=-100, highest=100) if section.has(delta) else None,
        forbid_new_type_errors=section.flag("forbid_new_type_errors", None),
        forbid_new_lint_errors=section.flag("forbid_new_lint_errors", None),
        new_tests_must_fail=section.flag("new_tests_must_fail", None),
        max_diff_lines=int(
            section.number("max_diff_lines", usual["max_diff_lines"], lowest=1, highest=100_000, whole=True)
        ),
        commands=given,
    )


def _pull(section: Reader, usual: Mapping[str, Any]) -> PullRules:
    rules = section.section("risk_rules")
    high = tuple(checked_rule(rule) for rule in rules.texts("high_if"))
    rules.finish()
    return PullRules(
        title_prefix=section.text("title_prefix", default="", longest=40),
        labels=section.texts("labels"),
        draft=bool(section.flag("draft", usual["draft"])),
        high_if=high,
    )
