"""What deciding returns: writes as frozen data, which one interpreter carries out, live or dry.

The rule it keeps: an effect holds everything its write needs, so that a list of effects is the whole difference.
"""

from dataclasses import dataclass
from datetime import datetime

from ftc.core.adoption import Clue
from ftc.core.binomial import percent
from ftc.core.model import Dashboard, Flake
from ftc.core.notices import Due


@dataclass(frozen=True, slots=True, kw_only=True)
class EnsureLabel:
    """A label must exist; one that does already is left as it is."""

    name: str
    color: str
    description: str

    def describe(self) -> str:
        """One line for a dry run."""
        return f"create label {self.name} if it is missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDashboard:
    """The dashboard issue must exist; its number goes into every later ``SaveWatchPage`` and ``SaveDashboard``."""

    label: str

    def describe(self) -> str:
        """One line for a dry run."""
        return f"open the dashboard issue, labelled {self.label}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIssue:
    """A new issue for a flake; look for its key among existing issues before repeating one that got no answer."""

    flake: Flake
    labels: tuple[str, ...]

    def describe(self) -> str:
        """One line for a dry run."""
        verdict = self.flake.verdict
        why = (
            f"{verdict.failure_class}, grade {verdict.grade}, {percent(verdict.confidence)}"
            if verdict
            else "not judged"
        )
        return f"open an issue for {self.flake.test} ({why}, {self.flake.total} occurrences)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopt:
    """A person's issue becomes the flake's: state in a comment of the bot, labels on it; its own text is never touched.

    Look for that comment before writing one: the job may have died after it.
    """

    number: int
    flake: Flake
    labels: tuple[str, ...]

    def describe(self) -> str:
        """One line for a dry run."""
        return f"adopt issue {self.number} for {self.flake.test} ({self.flake.total} occurrences)"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAdoption:
    """People are asked, once, whether their issue is about the flake's test."""

    number: int
    flake: Flake
    clues: tuple[Clue, ...]
    """What names the test, and what makes it doubtful."""
    until: datetime
    """When the test gets an issue of its own unless somebody said yes."""

    def describe(self) -> str:
        """One line for a dry run."""
        return f"ask on issue {self.number} whether it is about {self.flake.test} ({', '.join(self.clues)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class TellFailures:
    """A comment about new failures of a managed issue; the state that remembers it is saved after it."""

    number: int
    due: Due

    def describe(self) -> str:
        """One line for a dry run."""
        return f"comment on issue {self.number} about {len(self.due.fresh)} new failures of {self.due.flake.test}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveFlake:
    """A managed issue's body gets this state, silently."""

    number: int
    flake: Flake

    def describe(self) -> str:
        """One line for a dry run."""
        return f"update issue {self.number} for {self.flake.test} ({self.flake.total} occurrences)"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkGroups:
    """Issues that share a root cause are linked, silently, now that the new ones have numbers."""

    watched: tuple[Flake, ...]
    """Tests without an issue; they count towards what too many tests have."""

    def describe(self) -> str:
        """One line for a dry run."""
        return "link issues that share a root cause"


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseAsDuplicate:
    """An issue is closed in favour of the lowest-numbered one for its test; ``flake`` is its state from then on."""

    number: int
    of: int
    flake: Flake

    def describe(self) -> str:
        """One line for a dry run."""
        return f"close issue {self.number} as a duplicate of issue {self.of}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveWatchPage:
    """One page of the watch list, whole; ``page`` is the first hex digit of its keys, 0 to 15."""

    page: int
    flakes: tuple[Flake, ...]

    def describe(self) -> str:
        """One line for a dry run."""
        count = len(self.flakes)
        return f"write to the watch list, page {self.page:x}: {count} test{'' if count == 1 else 's'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveDashboard:
    """The dashboard's own state; the interpreter adds the issues it has just opened to the index."""

    dashboard: Dashboard

    def describe(self) -> str:
        """One line for a dry run."""
        cursor = self.dashboard.cursor.isoformat() if self.dashboard.cursor else "unset"
        return f"write the dashboard: cursor {cursor}, {len(self.dashboard.ledger)} runs read"


@dataclass(frozen=True, slots=True, kw_only=True)
class React:
    """A receipt: a reaction to a person's comment; the same one twice is one."""

    comment: int
    content: str
    """GitHub's word: ``eyes``, ``+1``, ``-1``, ``rocket``, ``confused``."""

    def describe(self) -> str:
        """One line for a dry run."""
        return f"react to comment {self.comment} with {self.content}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """The bot's one comment on an issue for one purpose: written if there is none, else edited where it differs."""

    number: int
    purpose: str
    """What it is for, as ``answer:123`` to comment 123; a hidden mark in the comment, by which it is found again."""
    body: str
    silent: bool = False
    """Only edit: without such a comment say nothing."""

    def describe(self) -> str:
        """One line for a dry run."""
        return f"comment on issue {self.number} ({self.purpose})"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLabels:
    """Labels put on an issue and taken off it, by full name; people's own labels are in neither."""

    number: int
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    def describe(self) -> str:
        """One line for a dry run."""
        signs = [*(f"+{name}" for name in self.add), *(f"-{name}" for name in self.remove)]
        return f"labels of issue {self.number}: {' '.join(signs)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOpen:
    """An issue is closed, or opened again; ``completed`` is GitHub's reason for closing, else ``not_planned``."""

    number: int
    is_open: bool
    completed: bool = False

    def describe(self) -> str:
        """One line for a dry run."""
        how = "" if self.is_open else " as completed" if self.completed else " as not planned"
        return f"{'reopen' if self.is_open else 'close'} issue {self.number}{how}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign:
    """An issue is assigned to a person."""

    number: int
    login: str

    def describe(self) -> str:
        """One line for a dry run."""
        return f"assign issue {self.number} to {self.login}"


ThreadEffect = React | Say | SetLabels | SetOpen | Assign | SaveFlake | EnsureLabel
"""What is done on one issue."""

Effect = (
    EnsureLabel
    | OpenDashboard
    | OpenIssue
    | Adopt
    | AskAdoption
    | TellFailures
    | SaveFlake
    | LinkGroups
    | CloseAsDuplicate
    | SaveWatchPage
    | SaveDashboard
    | React
    | Say
    | SetLabels
    | SetOpen
    | Assign
)
