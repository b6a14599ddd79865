"""What of a judged change is published, and how: whether at all, as a draft, with which title, label and risk.

The rule it keeps: everything here is computed from the proof, the configuration and git's account of the change; what
who proposed it says about it decides nothing. The base may move, but not near the test or what the change touches.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from posixpath import dirname

from ftc.core.conclusion import Conclusion
from ftc.core.config import KEYS_BY_NAME, Config
from ftc.core.config import Masking as MaskingRule
from ftc.core.fix import Candidate, Fix, Reproduction, Task, TaskKind
from ftc.core.markdown import subject
from ftc.core.model import Flake, Status
from ftc.core.patch import Change, Policy, risky_paths
from ftc.core.progress import RunStatus
from ftc.core.risk import Risk, raised
from ftc.core.sanitize import Sanitizer
from ftc.core.stress import Verdict

TITLE_CHARS = 120
"""GitHub takes 256; lists show about a hundred."""
LARGE_LINES = 100
"""Changed lines from which a change is no small one: most fixes of a flaky test have fewer than thirty."""
DATA_FOLDERS = frozenset({"testdata", "fixtures", "__snapshots__"})
"""Folders beside a test that hold what it reads."""
DEFAULT_TITLE = str(KEYS_BY_NAME["pull-title"].default)
CONVENTIONAL_TITLE, BARE_TITLE = "test: stabilize {test}", "Stabilize {test}"
LEAST_TITLES = 5
"""Commits below which a repository has no habit yet."""
MOST = 0.5
"""A habit is what more than this share of the commits keep to."""

_CONVENTIONAL = re.compile(
    r"(?:build|chore|ci|docs|feat|fix|perf|refactor|style|tests?)(?:\([^()\n]{1,40}\))?!?: \S", re.IGNORECASE
)
"""https://www.conventionalcommits.org"""
_PREFIXED = re.compile(r"(?:\[[^\]\n]{1,40}\] ?)?[\w.*/{},& -]{1,60}: \S")
_MARK = re.compile(r"<!-- flaky-test-cleaner:pull ([0-9]+-[A-Za-z0-9][A-Za-z0-9._-]{0,60}) -->")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that a run handed on to be published."""

    task: Task
    fix: Fix
    conclusion: Conclusion
    reproduction: Reproduction | None = None

    @property
    def candidate(self) -> Candidate | None:
        """The chosen one."""
        wanted = self.conclusion.candidate
        return next((item for item in self.fix.candidates if wanted and item.number == wanted), None)


class RiskReason(StrEnum):
    """Why a change is more than a small one in tests that is proven."""

    MASKING = "masking"
    UNPROVEN = "unproven"
    PRODUCT = "product-code"
    CHANCE = "chance"
    """It may be chance that it did not fail any more."""
    LARGE = "large"
    PARTIAL = "partial"
    """A part of the proof is missing."""
    FLAGGED = "flagged"
    """A gate that nobody could measure, or that found something which forbids nothing."""


_LEVELS = {RiskReason.MASKING: Risk.HIGH, RiskReason.UNPROVEN: Risk.HIGH}
"""All others are medium."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A pull request as it is to be: everything its text says."""

    evidence: Evidence
    candidate: Candidate
    title: str
    changes: tuple[Change, ...]
    masking: tuple[str, ...]
    """Masking that was found in the change as it is pushed; flagged, since it was not refused."""
    draft: bool
    risk: Risk
    reasons: tuple[RiskReason, ...]
    moved_to: str = ""
    """Head of the base branch where it is another one than the base."""
    starts_ci: bool = True
    """Whether a push with our token starts workflows."""
    run_url: str = ""


def without_secrets(evidence: Evidence, sanitizer: Sanitizer) -> Evidence:
    """The same with nothing in its words that would be redacted anywhere else; patch and diff stay as they are.

    It is done before anything is rendered: escaped, a secret would not look like one any more.
    """
    fix, conclusion, judged = evidence.fix, evidence.conclusion, evidence.conclusion.judged
    clean = sanitizer.clean
    candidates = tuple(
        replace(item, summary=clean(item.summary), hypothesis=clean(item.hypothesis)) for item in fix.candidates
    )
    if judged is not None:
        judged = replace(judged, gates=tuple(replace(gate, detail=clean(gate.detail)) for gate in judged.gates))
    told = replace(
        conclusion,
        judged=judged,
        commands=tuple(map(clean, conclusion.commands)),
        problems=tuple(map(clean, conclusion.problems)),
        rejected=tuple(replace(item, why=clean(item.why)) for item in conclusion.rejected),
    )
    given_up = clean(fix.give_up)
    return replace(evidence, fix=replace(fix, candidates=candidates, give_up=given_up), conclusion=told)


def problem_of(evidence: Evidence, config: Config) -> str:
    """Why nothing of this is to be published whatever git and GitHub say; empty when something is."""
    task, fix, conclusion = evidence.task, evidence.fix, evidence.conclusion
    if fix.task != task.id or fix.base_sha != task.base_sha:
        return "the candidates belong to another run; nothing was published"
    if conclusion.candidate == 0:
        return fix.give_up or _rejected(conclusion)
    if evidence.candidate is None or conclusion.judged is None or conclusion.judged.candidate != conclusion.candidate:
        return f"candidate {conclusion.candidate} was chosen, but what it is was not handed on"
    if conclusion.proof is None:
        return "" if task.kind is TaskKind.START else "nothing was measured, so nothing may be claimed"
    verdict = conclusion.proof.verdict
    if verdict.value not in config.pull_on:
        return f"the verdict is {verdict.value}, and pull-on names only: {', '.join(config.pull_on) or 'none'}"
    return ""


def _rejected(conclusion: Conclusion) -> str:
    said = "; ".join(f"candidate {item.candidate}: {item.why}" for item in conclusion.rejected)
    return said or "; ".join(conclusion.problems) or "no candidate was proposed"


def not_held(task: Task, flake: Flake) -> str:
    """Why this run may not publish for the issue any more, by its state; empty while it may."""
    if any(run.id == task.id and run.status is RunStatus.STOPPED for run in flake.progress.runs):
        return "this run was stopped"
    if task.kind is TaskKind.START:
        return ""
    lease = flake.progress.lease
    if lease is None or lease.nonce != task.nonce:
        return "this run does not hold the issue any more: it was stopped, or another one took over"
    if flake.status is not Status.FIXING:
        return f"the issue is {flake.status.value} by now, and not {Status.FIXING.value}"
    return "" if flake.test in task.tests else "the issue is about another test than the task"


def policies(task: Task, config: Config) -> tuple[Policy, ...]:
    """What a change must keep to: the frozen task, and for a fix also what the default branch's configuration says.

    The second look costs nothing, and a task file that somebody altered on the way widens nothing.
    """
    product = task.product_code and config.product_code
    planned = frozenset(task.planned_files)
    frozen = Policy(allowed=task.allowed_paths, planned=planned, product_code=product)
    if task.kind is TaskKind.START:
        return (frozen,)
    return frozen, Policy(allowed=config.allowed_paths, planned=planned, product_code=product)


def refuses_masking(config: Config) -> bool:
    """Whether a change that hides a flake is not published at all."""
    return config.masking is MaskingRule.REFUSE


def near(moved: Iterable[str], task: Task, changed: Sequence[str]) -> tuple[str, ...]:
    """Of the files that moved since the base, those on which the proof may rest, sorted.

    Those are the changed paths, and the test's package: its folder, and the data in it.
    """
    folders = {dirname(path) for path in task.test_files if path} or {dirname(path) for path in changed}
    return tuple(sorted(path for path in moved if path in changed or _packages(path) & folders))


def _packages(path: str) -> set[str]:
    """The folders whose package a file may belong to."""
    parts = dirname(path).split("/") if dirname(path) else []
    data = (at for at, part in enumerate(parts) if part in DATA_FOLDERS)
    return {"/".join(parts), *("/".join(parts[:at]) for at in data)}


def is_draft(conclusion: Conclusion, config: Config, *, masked: bool) -> bool:
    """Only a verdict that ``ready-on`` names leaves draft, and nothing that masks or is flagged ever does."""
    return (
        masked
        or _flagged(conclusion)
        or conclusion.proof is None
        or conclusion.proof.verdict.value not in config.ready_on
    )


def _flagged(conclusion: Conclusion) -> bool:
    return conclusion.judged is not None and any(gate.flagged for gate in conclusion.judged.gates)


def risk_of(
    conclusion: Conclusion, changes: Sequence[Change], config: Config, *, masked: bool
) -> tuple[Risk, tuple[RiskReason, ...]]:
    """How carefully people should look, and why."""
    verdict = conclusion.proof.verdict if conclusion.proof else None
    holds = {
        RiskReason.MASKING: masked,
        RiskReason.UNPROVEN: verdict not in (Verdict.VERIFIED, Verdict.SUPPORTED),
        RiskReason.PRODUCT: bool(risky_paths(changes, config.allowed_paths)),
        RiskReason.CHANCE: verdict is Verdict.SUPPORTED,
        RiskReason.LARGE: sum(change.added + change.removed for change in changes) > LARGE_LINES,
        RiskReason.PARTIAL: bool(conclusion.missing_legs or conclusion.problems),
        RiskReason.FLAGGED: _flagged(conclusion),
    }
    reasons = tuple(reason for reason, held in holds.items() if held)
    return raised(Risk.LOW, [_LEVELS.get(reason, Risk.MEDIUM) for reason in reasons]), reasons


def pull_title(task: Task, candidate: Candidate, config: Config, *, titles: Sequence[str]) -> str:
    """The configured title in the habit of the repository, one harmless line; of a start, what the change is.

    ``titles`` are first lines of the newest commits at the base.
    """
    if task.tests:
        text = title_form(config.pull_title, titles).replace("{test}", task.tests[0].name)
    else:
        text = candidate.summary.strip().partition("\n")[0] or task.title
    text = subject(text)
    return text if len(text) <= TITLE_CHARS else f"{text[: TITLE_CHARS - 1].rstrip()}…"


def title_form(form: str, titles: Sequence[str]) -> str:
    """The form of a title; one that somebody configured stays as it is."""
    if form != DEFAULT_TITLE or len(titles) < LEAST_TITLES:
        return form
    if _share(_CONVENTIONAL, titles) > MOST:
        return CONVENTIONAL_TITLE
    return form if _share(_PREFIXED, titles) > MOST else BARE_TITLE


def _share(pattern: re.Pattern[str], titles: Sequence[str]) -> float:
    return sum(bool(pattern.match(title)) for title in titles) / len(titles)


def pull_mark(task: str) -> str:
    """The hidden mark in our pull request that names the run which opened it."""
    return f"<!-- flaky-test-cleaner:pull {task} -->"


def marked_task(body: str) -> str:
    """The run that a pull request names; empty without a mark. Believed only of what the bot wrote."""
    match = _MARK.search(body)
    return match[1] if match else ""
