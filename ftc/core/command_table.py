"""The table of commands: one row for each, with its arguments, their bounds, the right it asks for and its help.

Rule: a row is all there is to know of a command but what it does; adding one never touches another. Arguments are
checked here, so that a ``Command`` holds nothing out of bounds.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ftc.core.markdown import bound

MAX_DAYS = 90
"""Days; longer than that nobody remembers a mute, and a quarantine becomes a deletion."""
MUTE_DAYS = 7
"""Days of a mute without a number: a week, as a person on holiday would ask for."""
QUARANTINE_DAYS = 14
"""Days of a quarantine without a number: about the time a fix takes from analysis to merge."""
MAX_ISSUES = 20
"""Issues one dashboard comment may name; each is answered by a comment of its own, and 20 is the cap of a scan."""
MAX_TEXT_LINES, MAX_TEXT = 60, 4000
"""Lines and characters of notes: a screen or two, and little enough for any prompt."""
MAX_NAME = 500
"""Characters of a test's name; the longest in our collected logs has about 300."""


class Name(StrEnum):
    """The commands; the value is the word people type."""

    AI_FIX = "ai-fix"
    HELP = "help"
    STATUS = "status"
    START = "start"
    ANALYZE = "analyze"
    RETRY = "retry"
    STOP = "stop"
    WONTFIX = "wontfix"
    REOPEN = "reopen"
    MUTE = "mute"
    QUARANTINE = "quarantine"
    UNQUARANTINE = "unquarantine"
    ADOPT = "adopt"
    MERGE_INTO = "merge-into"
    SPLIT = "split"
    ASSIGN = "assign"
    RUNNER = "runner"
    VERIFY = "verify"


class Right(StrEnum):
    """What a command asks of the person who gives it; who has which right is decided in ``core.authority``."""

    ANYONE = "anyone"
    TRIAGE = "triage"
    """Whatever the triage role may do by hand as well: the role or higher, or an approver."""
    STEER = "write or approver"
    """Spends money, or settles something that can be taken back."""
    APPROVE = "approver"
    """Sets the machine to work on code, or changes what CI accepts."""
    WRITE = "write"
    """The role itself; no configuration widens it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command with its arguments, parsed and bounded; fields that its name does not take keep their defaults."""

    name: Name
    text: str = ""
    """Notes, instruction or reason, without hidden text; still what a person wrote, so hostile to Markdown."""
    force: bool = False
    days: int = 0
    issues: tuple[int, ...] = ()
    """Targets in the order written: one for ``merge-into``, several for ``ai-fix`` on the dashboard."""
    test: str = ""
    login: str = ""
    label: str = ""


Arguments = dict[str, Any]
"""Fields of ``Command`` by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One row of the table: a command, its arguments as people write them, who may give it, and what it does."""

    name: Name
    right: Right
    help: str
    usage: str = ""
    take: Callable[[str, str], Arguments]
    """From the rest of the first line and the lines below to fields of ``Command``; ``ValueError`` says what is
    wrong."""

    @property
    def trigger(self) -> str:
        """The words that start it, with the slash; never print them, print ``spelled``."""
        return f"/{self.name}" if self.name is Name.AI_FIX else f"/ftc {self.name}"


def _nothing(_line: str, _below: str) -> Arguments:
    """Whatever follows is courtesy: ``/ftc stop please``."""
    return {}


def _text(line: str, below: str) -> Arguments:
    return {"text": bound("\n".join(filter(None, (line, below))), max_lines=MAX_TEXT_LINES, max_chars=MAX_TEXT)}


def _reason(line: str, below: str) -> Arguments:
    taken = _text(line, below)
    if not taken["text"]:
        raise ValueError("a reason is missing")
    return taken


def _notes_or_force(line: str, below: str) -> Arguments:
    """``force`` must stand alone: ``force the leader transfer first`` are notes."""
    return {"force": True, **_text("", below)} if line.lower() == "force" else _text(line, below)


_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
ISSUE = re.compile(r"#([1-9][0-9]{0,8})", re.ASCII)
_LOGIN = re.compile(r"@?([A-Za-z0-9](?:[A-Za-z0-9]|-(?=[A-Za-z0-9])){0,38})", re.ASCII)
"""GitHub: letters, digits and single inner hyphens, 39 at most."""
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)


def _days(default: int) -> Callable[[str, str], Arguments]:
    def take(line: str, _below: str) -> Arguments:
        word, _, unit = line.partition(" ")
        if not line:
            return {"days": default}
        short = re.fullmatch(r"([0-9]{1,9})d", word, re.ASCII)
        word = short[1] if short and not unit else word
        known = _NUMBER.fullmatch(word) and unit.strip().lower() in ("", "day", "days")
        if not known or not 1 <= int(word) <= MAX_DAYS:
            raise ValueError(f"days must be a number from 1 to {MAX_DAYS}")
        return {"days": int(word)}

    return take


def _one_issue(line: str, _below: str) -> Arguments:
    match = ISSUE.fullmatch(line)
    if not match:
        raise ValueError("one issue number is needed, written with its #")
    return {"issues": (int(match[1]),)}


def _test(line: str, _below: str) -> Arguments:
    name = line.strip("`").strip()
    if not name:
        raise ValueError("the name of a test is missing")
    if len(name) > MAX_NAME:
        raise ValueError(f"the name of the test is longer than {MAX_NAME} characters")
    return {"test": name}


def _login(line: str, _below: str) -> Arguments:
    match = _LOGIN.fullmatch(line)
    if not match:
        raise ValueError("one login is needed")
    return {"login": match[1]}


def _label(line: str, _below: str) -> Arguments:
    if not _LABEL.fullmatch(line):
        raise ValueError("one runner label is needed: letters, digits, dots, dashes and underscores")
    return {"label": line}


SPECS = (
    Spec(
        name=Name.AI_FIX,
        right=Right.APPROVE,
        usage="[notes|force]",
        take=_notes_or_force,
        help="Approve a fix as planned; notes go to it, force skips what is missing",
    ),
    Spec(name=Name.HELP, right=Right.ANYONE, take=_nothing, help="Show these commands"),
    Spec(name=Name.STATUS, right=Right.ANYONE, take=_nothing, help="Say where this stands and what comes next"),
    Spec(
        name=Name.START,
        right=Right.APPROVE,
        usage="[instruction]",
        take=_text,
        help="Start a task from this issue, whatever it is about",
    ),
    Spec(name=Name.ANALYZE, right=Right.STEER, take=_nothing, help="Look for the cause again, without a fix"),
    Spec(name=Name.RETRY, right=Right.APPROVE, take=_nothing, help="Start again what failed or was stopped"),
    Spec(name=Name.STOP, right=Right.STEER, take=_nothing, help="Stop the running task and withdraw the approval"),
    Spec(
        name=Name.WONTFIX,
        right=Right.STEER,
        usage="<why>",
        take=_reason,
        help="Close this for the reason given; no further attempt",
    ),
    Spec(name=Name.REOPEN, right=Right.TRIAGE, take=_nothing, help="Open this again"),
    Spec(
        name=Name.MUTE,
        right=Right.TRIAGE,
        usage="[days]",
        take=_days(MUTE_DAYS),
        help=f"No comments for some days, 1 to {MAX_DAYS}, else {MUTE_DAYS}",
    ),
    Spec(
        name=Name.QUARANTINE,
        right=Right.APPROVE,
        usage="[days]",
        take=_days(QUARANTINE_DAYS),
        help=f"Let CI tolerate this test for some days, 1 to {MAX_DAYS}, else {QUARANTINE_DAYS}",
    ),
    Spec(name=Name.UNQUARANTINE, right=Right.STEER, take=_nothing, help="End the quarantine now"),
    Spec(name=Name.ADOPT, right=Right.TRIAGE, usage="<test>", take=_test, help="Keep track of this test in this issue"),
    Spec(
        name=Name.MERGE_INTO,
        right=Right.STEER,
        usage="#N",
        take=_one_issue,
        help="Close this as a duplicate; its history moves to the other issue",
    ),
    Spec(name=Name.SPLIT, right=Right.TRIAGE, take=_nothing, help="Give each way of failing an issue of its own"),
    Spec(name=Name.ASSIGN, right=Right.TRIAGE, usage="@x", take=_login, help="Assign this to a person"),
    Spec(
        name=Name.RUNNER,
        right=Right.APPROVE,
        usage="<label>",
        take=_label,
        help="Run the next task on a runner with this label, if it is allowed",
    ),
    Spec(name=Name.VERIFY, right=Right.WRITE, take=_nothing, help="Prove this pull request by running the test often"),
)
"""Every command, in the order of the help."""

BY_NAME = {spec.name: spec for spec in SPECS}
