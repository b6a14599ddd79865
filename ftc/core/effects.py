"""What deciding returns: writes as frozen data, which one interpreter carries out, live or dry.

The rule it keeps: an effect holds everything its write needs, so that a list of effects is the whole difference.
"""

from dataclasses import dataclass

from ftc.core.binomial import percent
from ftc.core.model import Dashboard, Flake


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
class SaveFlake:
    """A managed issue's body gets this state, silently."""

    number: int
    flake: Flake

    def describe(self) -> str:
        """One line for a dry run."""
        return f"update issue {self.number} for {self.flake.test} ({self.flake.total} occurrences)"


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
        return f"write watch page {self.page:x}: {len(self.flakes)} tests"


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveDashboard:
    """The dashboard's own state; the interpreter adds the issues it has just opened to the index."""

    dashboard: Dashboard

    def describe(self) -> str:
        """One line for a dry run."""
        cursor = self.dashboard.cursor.isoformat() if self.dashboard.cursor else "unset"
        return f"write the dashboard: cursor {cursor}, {len(self.dashboard.ledger)} runs read"


Effect = EnsureLabel | OpenDashboard | OpenIssue | SaveFlake | CloseAsDuplicate | SaveWatchPage | SaveDashboard
