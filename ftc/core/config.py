"""The configuration: every key declared once, with its type, default, allowed values and one line of help.

The name in kebab-case is the only one a key has: ``window-days`` in the file, ``--window-days`` as flag, the input
``window-days`` of the action, ``FTC_WINDOW_DAYS`` in the environment. Reading files and variables is not done here.
"""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, Self

from ftc.core.authority import GRANTING, NAMED, Standing
from ftc.core.config_values import Kind, Rule, parsed
from ftc.core.errors import ConfigError
from ftc.core.fix_agents import MECHANICAL, FixAgent
from ftc.core.isolation import Level
from ftc.core.notifications import Event
from ftc.core.owners import Routing

LABEL_PREFIX_LENGTH = 30
"""Characters; GitHub allows 50 for a label and the longest suffix of ours needs 17."""

SECRET_NAME = re.compile(r"token|secret|password|key", re.IGNORECASE)
"""Names of unknown keys whose value is not repeated in the error."""


class Mode(StrEnum):
    """How far the product may go on its own."""

    OBSERVE = "observe"
    FILE = "file"
    FIX = "fix"


class FileOn(StrEnum):
    """What permits an issue: the grade of the evidence, or also a cited opinion."""

    GRADE = "grade"
    OPINION = "opinion"


class Masking(StrEnum):
    """What happens with a proposed change that hides a flake instead of mending it."""

    REFUSE = "refuse"
    FLAG = "flag"


class OnPrClosed(StrEnum):
    """What it means that people closed the bot's pull request without merging it."""

    WONTFIX = "wontfix"
    FIX_FAILED = "fix-failed"


VERDICTS = "verified|supported|not-reproduced"
"""Verdicts of a proof that a pull request may be opened on; the others say that the change is wrong."""


class GroupBy(StrEnum):
    """What one issue is about."""

    TEST = "test"
    SIGNATURE = "signature"


class Adopt(StrEnum):
    """What happens with an issue that a person wrote about a test."""

    AUTO = "auto"
    ASK = "ask"
    OFF = "off"


TEST_PATHS = (
    "**/*_test.go",
    "**/test_*.py",
    "**/*_test.py",
    "**/conftest.py",
    "**/*.test.*",
    "**/*.spec.*",
    "**/__tests__/**",
    "**/src/test/**",
    "**/tests/**",
)
"""Where tests lie in the ecosystems we know; a fix that stays there cannot break what users run."""

Layer = tuple[str, Mapping[str, object]]
"""Where the values come from, as named in errors, and the values by kebab-case key."""


def _key(kind: Kind, default: object, doc: str, **limits: Any) -> Any:
    """Declare one key of ``Config``; ``limits`` are those of ``config_values.Rule``."""
    return dataclasses.field(default=default, metadata={"rule": Rule(kind=kind, **limits), "doc": doc})


def _choice(default: StrEnum, doc: str) -> Any:
    return _key(Kind.CHOICE, default, doc, allowed=tuple(type(default)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One declared key, for tables, flags and inputs."""

    name: str
    rule: Rule
    default: object
    doc: str

    @property
    def env(self) -> str:
        """The variable that sets it: ``FTC_WINDOW_DAYS``."""
        return "FTC_" + self.name.upper().replace("-", "_")

    @property
    def field(self) -> str:
        """The field of ``Config`` that holds it: ``window_days``."""
        return self.name.replace("-", "_")

    @property
    def default_text(self) -> str:
        """The default as people write it; a list with commas, nothing for an empty value."""
        if isinstance(self.default, bool):
            return str(self.default).lower()
        return ", ".join(self.default) if isinstance(self.default, tuple) else str(self.default)

    def parse(self, value: object) -> object:
        """The value for the field; ``ValueError`` says what is allowed."""
        taken = parsed(self.rule, value)
        # A choice becomes a member of its enum, so that callers compare members and not text.
        return type(self.default)(str(taken)) if isinstance(self.default, StrEnum) else taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The checked configuration of one job; build it with ``load``."""

    mode: Mode = _key(
        Kind.CHOICE,
        Mode.FILE,
        "How far to go: `observe` opens no issue, but keeps those there are up to date; `file` opens issues; `fix` "
        "also starts approved fixes, for which the workflow needs the jobs of `fix.yml`.",
        allowed=tuple(Mode),
    )
    repo: str = _key(
        Kind.REPOSITORY, "", "Repository whose CI runs are read; on a runner the workflow's own by default."
    )
    write_repo: str = _key(
        Kind.REPOSITORY, "", "Repository that gets the issues; on a runner the workflow's own, else `repo`."
    )
    api_url: str = _key(Kind.URL, "https://api.github.com", "Address of the GitHub API.")
    workflows: tuple[str, ...] = _key(Kind.LIST, (), "Workflow names or file names, as globs; empty means all.")
    events: tuple[str, ...] = _key(
        Kind.LIST,
        ("push", "pull_request", "merge_group", "schedule", "workflow_dispatch"),
        "Events whose runs are read; `[push]` restricts the evidence to pushed branches.",
        pattern=r"[a-z_]+",
    )
    base_branch: str = _key(Kind.TEXT, "", "Branch whose health counts; empty means the default branch.")
    release_branches: tuple[str, ...] = _key(Kind.LIST, (), "Further branches, as globs, that count like the base.")
    window_days: int = _key(Kind.INTEGER, 7, "Days of runs looked at again in every scan.", lowest=1, highest=90)
    request_budget: int = _key(Kind.INTEGER, 300, "Requests one scan may make.", lowest=10, highest=5000)
    max_new_issues: int = _key(Kind.INTEGER, 3, "New issues per scan, worst first.", lowest=0, highest=50)
    max_comments: int = _key(Kind.INTEGER, 20, "Comments per job, answers to people apart.", lowest=0, highest=200)
    notice_days: int = _key(
        Kind.INTEGER, 3, "Days between two comments about new failures of one test.", lowest=1, highest=90
    )
    max_replies: int = _key(Kind.INTEGER, 5, "Answers to questions on one issue a day.", lowest=0, highest=50)
    breakage_threshold: int = _key(
        Kind.INTEGER, 10, "More new flakes than this in a day are a breakage: no issue is created.", lowest=1
    )
    environment_failing_tests: int = _key(
        Kind.INTEGER, 3, "A log with so many distinct failing top-level tests is an environment problem.", lowest=2
    )
    environment_failing_share: float = _key(
        Kind.NUMBER, 0.25, "A commit with more than this share of failing jobs is one, too.", lowest=0, highest=1
    )
    file_on: FileOn = _choice(
        FileOn.GRADE, "What permits an issue: the grade, or also a model's opinion about a failure seen once."
    )
    opinion_threshold: float = _key(
        Kind.NUMBER, 0.9, "Probability from which an opinion files an issue.", lowest=0.5, highest=1
    )
    group_by: GroupBy = _choice(GroupBy.TEST, "One issue for each test, or for each way in which it fails.")
    label_prefix: str = _key(
        Kind.TEXT,
        "flaky-test-cleaner",
        "First part of every label; the labels in the `if:` of the calling workflow must be changed with it.",
        # A comma would split the label filter of the list endpoint in two.
        pattern=rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{LABEL_PREFIX_LENGTH - 1}}}",
    )
    dashboard_issue: int = _key(Kind.INTEGER, 0, "Number of the dashboard issue once known; 0 finds it.", lowest=0)
    trusted_logins: tuple[str, ...] = _key(
        Kind.LIST,
        (),
        "Former identities of the bot whose state blocks still count; an app's ends in `[bot]`.",
        pattern=r"[A-Za-z0-9\[\]-]+",
    )
    artifact_pattern: tuple[str, ...] = _key(
        Kind.LIST, ("*junit*", "*test-results*", "*test-report*"), "Artifacts read as test reports, as globs."
    )
    redact: tuple[str, ...] = _key(Kind.PATTERNS, (), "Regular expressions for further secrets to remove.")
    private_hosts: tuple[str, ...] = _key(Kind.LIST, (), "Host names, as globs, that must not be published.")
    ignore_tests: tuple[str, ...] = _key(Kind.LIST, (), "Tests never reported, as globs over `suite name`.")
    routing: Routing = _key(
        Kind.MAPPING,
        (),
        "Path pattern, as in CODEOWNERS, to logins or teams that a new issue mentions; the first match wins, before "
        'CODEOWNERS and `OWNERS`, which do not count in a fork or beside another `repo`. `"**": []`: nobody.',
    )
    adopt: Adopt = _choice(
        Adopt.AUTO,
        "Issues that people wrote about a flaky test: `auto` adopts where it is sure and asks where it is not, `ask` "
        "always asks, `off` leaves them alone.",
    )
    analysis: bool = _key(
        Kind.FLAG, True, "Explain each new issue in a comment, and again when it is a day old and the test failed anew."
    )
    close_silent: bool = _key(Kind.FLAG, True, "Close issues whose tests have been silent for long enough.")
    approvers: tuple[str, ...] = _key(
        Kind.LIST,
        ("write",),
        "Who may approve a fix: roles, people, teams, or who is named for the test's file.",
        allowed=(*GRANTING, *Standing),
        forms=NAMED,
    )
    proxy_bots: tuple[str, ...] = _key(
        Kind.LIST, (), "Bots whose label counts as an approval, since they check for whom they act."
    )
    approval_threshold: float = _key(
        Kind.NUMBER, 0.75, "Confidence that an approval needs unless a maintainer forces it.", lowest=0, highest=1
    )
    allowed_paths: tuple[str, ...] = _key(Kind.LIST, TEST_PATHS, "Files that a fix may change, as path patterns.")
    sandbox: Level = _choice(
        Level.AUTO, "How code of the repository is run: `auto` takes the strongest way that works on the runner."
    )
    sandbox_network: bool = _key(Kind.FLAG, False, "Whether tests that the bot runs may use the network.")
    container_image: str = _key(
        Kind.TEXT,
        "",
        "Image in which code of the repository is run, by docker or podman; with one, `auto` prefers a container.",
        pattern=r"([A-Za-z0-9][A-Za-z0-9./:@_-]*)?",  # never a flag of the engine
    )
    memory_mb: int = _key(
        Kind.INTEGER, 0, "Megabytes that code of the repository may use; 0: four fifths of the machine's.", lowest=0
    )
    setup_script: str = _key(
        Kind.TEXT, "", "Script of the repository, by its path, that is run once with a network before the tests."
    )
    runners: tuple[str, ...] = _key(
        Kind.LIST, (), "Labels of runners that people may choose for a task.", pattern=r"[A-Za-z0-9][A-Za-z0-9._-]*"
    )
    test_runner: str = _key(
        Kind.CHOICE,
        "auto",
        "How a test is run again; `auto` goes by the files of the repository.",
        allowed=("auto", "go", "pytest", "vitest", "jest", "node", "nextest", "cargo", "maven", "gradle", "ctest"),
    )
    test_command: str = _key(
        Kind.TEXT,
        "",
        "Command that runs one test, with `{name}`, `{file}`, `{folder}`, `{extra}`; empty: the runner's.",
    )
    model: str = _key(Kind.TEXT, "", "Model that explains and answers, as litellm names it; empty: rules alone.")
    model_api_base: str = _key(Kind.URL, "", "Address of the model's gateway, if not its provider's.", optional=True)
    model_input_price: float = _key(
        Kind.NUMBER, 0.0, "US dollars for a million tokens read; 0 asks the price table.", lowest=0
    )
    model_output_price: float = _key(
        Kind.NUMBER, 0.0, "US dollars for a million tokens written; 0 asks the price table.", lowest=0
    )
    model_timeout_seconds: int = _key(Kind.INTEGER, 120, "Seconds that one answer may take.", lowest=5, highest=1800)
    budget_call: float = _key(
        Kind.NUMBER, 0.5, "US dollars one answer may cost; an answer of unknown price counts as this.", lowest=0
    )
    budget_issue: float = _key(Kind.NUMBER, 5.0, "US dollars a week for one issue.", lowest=0)
    budget_week: float = _key(Kind.NUMBER, 50.0, "US dollars a week for the repository.", lowest=0)
    fix_agent: FixAgent = _choice(
        FixAgent.BUILTIN,
        "Who looks for a fix: `builtin` asks `model`, `command` runs `agent-command`, `github` assigns the issue to "
        "GitHub's coding agent.",
    )
    agent_command: str = _key(
        Kind.TEXT, "", "Command line of your own agent, with `{prompt}`, `{task}`, `{answer}`, `{worktree}` for paths."
    )
    agent_variables: tuple[str, ...] = _key(
        Kind.LIST, (), "Environment variables that your own agent is given.", pattern=r"[A-Za-z_][A-Za-z0-9_]*"
    )
    fix_mechanical: tuple[str, ...] = _key(
        Kind.LIST, (), f"Mechanical fixes to try first, of: {', '.join(MECHANICAL)}.", pattern="|".join(MECHANICAL)
    )
    product_code: bool = _key(
        Kind.FLAG, False, "Whether a fix may change files beside `allowed-paths` that the approved plan names."
    )
    masking: Masking = _choice(
        Masking.REFUSE, "A change that hides a flake, as a skip or a retry: refuse it, or flag it in a draft."
    )
    fix_runs: int = _key(
        Kind.INTEGER,
        600,
        "Runs of the test on either side that a proof may take, all jobs of it.",
        lowest=20,
        highest=9999,
    )
    fix_legs: int = _key(Kind.INTEGER, 2, "Jobs that share the runs of a proof.", lowest=1, highest=4)
    fix_minutes: int = _key(
        Kind.INTEGER, 45, "Minutes for reproduction, for the search, and for the proof, each.", lowest=1, highest=300
    )
    fix_steps: int = _key(Kind.INTEGER, 40, "Answers of the model in one search for a fix.", lowest=1, highest=200)
    fix_candidates: int = _key(Kind.INTEGER, 3, "Changes that one search may propose.", lowest=1, highest=3)
    fix_tries: int = _key(Kind.INTEGER, 3, "Fix runs of one issue until a person is to look.", lowest=1, highest=9)
    fix_max_parallel: int = _key(Kind.INTEGER, 2, "Fix runs at a time; more approvals wait.", lowest=1, highest=8)
    fix_max_pulls: int = _key(
        Kind.INTEGER, 2, "Open pull requests of the bot; more approvals wait.", lowest=1, highest=20
    )
    budget_fix: float = _key(Kind.NUMBER, 2.0, "US dollars one fix run may cost; reserved when it starts.", lowest=0)
    fix_pull_requests: bool = _key(
        Kind.FLAG,
        True,
        "Whether a fix run opens a pull request; without, its branch stays, and the issue has the text.",
    )
    pull_on: tuple[str, ...] = _key(
        Kind.LIST, ("verified", "supported"), "Verdicts that lead to a pull request.", pattern=VERDICTS
    )
    ready_on: tuple[str, ...] = _key(
        Kind.LIST, ("verified",), "Verdicts whose pull request is no draft.", pattern=VERDICTS
    )
    pull_title: str = _key(
        Kind.TEXT, "tests: stabilize {test}", "Title of pull requests; `{test}` is the test's name.", pattern=r".*\S.*"
    )
    on_pr_closed: OnPrClosed = _choice(
        OnPrClosed.WONTFIX,
        "What it means that the bot's pull request is closed unmerged: `wontfix`, a no to further fixes, or "
        "`fix-failed`, a failed try; a new approval starts again after either.",
    )
    sign_off: bool = _key(Kind.FLAG, False, "Sign commits off, for repositories that require a DCO.")
    heal_fast: str = _key(
        Kind.TEXT, "", "Command that `ftc heal` runs on each new commit of the base branch; empty: it does nothing."
    )
    heal_slow: str = _key(
        Kind.TEXT, "", "Command that it runs once when the fast one has passed, and before it opens a pull request."
    )
    quarantine_max: int = _key(Kind.INTEGER, 10, "Tests that may be in quarantine at once.", lowest=0, highest=100)
    pr_answers: bool = _key(Kind.FLAG, False, "Say on pull requests whether a failure is a known flake.")
    pr_rerun: bool = _key(Kind.FLAG, False, "Run a pull request's one failed job again, once, if it is a known flake.")
    notify_on: tuple[str, ...] = _key(
        Kind.LIST,
        ("filed", "pr-open", "fix-failed", "merged", "verified", "reopened"),
        "Events that are sent to the addresses in the secret `notify-urls`.",
        allowed=tuple(Event),
    )
    workspace: str = _key(Kind.TEXT, "", "Folder for mirrors of repositories; empty: a temporary one for each job.")
    workspace_worktrees: int = _key(
        Kind.INTEGER, 2, "Checkouts of one mirror at a time; a proof needs two.", lowest=2, highest=16
    )
    workspace_days: int = _key(
        Kind.INTEGER, 7, "Days that a mirror is kept in `workspace`; then it is made anew.", lowest=1, highest=365
    )
    language: str = _key(Kind.CHOICE, "en", "Language the bot writes in.", allowed=("en",))
    write_interval_seconds: float = _key(
        Kind.NUMBER, 1.0, "Pause between two writes; GitHub asks for a second.", lowest=0, highest=60
    )
    watch_days: int = _key(
        Kind.INTEGER, 30, "Days a failure that is no issue yet stays on the watch list.", lowest=1, highest=365
    )
    disabled: bool = _key(Kind.FLAG, False, "Kill switch: do nothing and say so.")
    dry_run: bool = _key(Kind.FLAG, False, "Print what would be written and write nothing.")

    @classmethod
    def load(cls, layers: Sequence[Layer]) -> Self:
        """Merge layers, later ones winning; ``ConfigError`` names origin, key, value and what is allowed."""
        values: dict[str, Any] = {}
        for origin, layer in layers:
            values |= _parsed_layer(origin, layer)
        return cls(**values)

    @property
    def target(self) -> str:
        """The repository that is written to."""
        return self.write_repo or self.repo


KEYS = tuple(
    Key(
        name=field.name.replace("_", "-"),
        rule=field.metadata["rule"],
        default=field.default,
        doc=field.metadata["doc"],
    )
    for field in dataclasses.fields(Config)
)
"""Every key in the order of the documentation."""

KEYS_BY_NAME = {key.name: key for key in KEYS}


def nearest(name: str, known: Sequence[str], *, cutoff: float = 0.6) -> str:
    """The known name that ``name`` is probably a slip of, or an empty string; ``cutoff`` is a similarity up to 1."""
    return next(iter(get_close_matches(name, known, n=1, cutoff=cutoff)), "")


def _parsed_layer(origin: str, layer: Mapping[str, object]) -> dict[str, object]:
    values: dict[str, object] = {}
    for name, value in layer.items():
        key = KEYS_BY_NAME.get(name)
        if key is None:
            raise ConfigError(_unknown(origin, str(name), value))
        try:
            values[key.field] = key.parse(value)
        except ValueError as error:
            raise ConfigError(f"{origin}: `{name}` is {value!r}, but must be {error}.") from None
    return values


def _unknown(origin: str, name: str, value: object) -> str:
    close = nearest(name, tuple(KEYS_BY_NAME))
    hint = f"did you mean `{close}`?" if close else "the keys are: " + ", ".join(KEYS_BY_NAME) + "."
    # Somebody who writes a token into the file must not find it in the log as well.
    shown = "" if SECRET_NAME.search(name) else f" (value {value!r})"
    return f"{origin}: there is no key `{name}`{shown}; {hint}"
