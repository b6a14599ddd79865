"""The labels: their looks, and which of them a flake's state projects.

The rule it keeps: labels follow the state for people to see; those that people set are signals and are never projected.
"""

from collections.abc import Collection
from dataclasses import dataclass

from ftc.core.effects import EnsureLabel, SetLabels
from ftc.core.model import Flake, Grade, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One label without the prefix; ``color`` is six hex digits, ``description`` at most GitHub's 100 characters."""

    name: str
    color: str
    description: str


LABELS: tuple[Label, ...] = (
    Label(name="ai-managed", color="5319e7", description="Kept by flaky-test-cleaner; remove it to be left alone"),
    Label(name="flaky-test", color="fbca04", description="Fails and passes on the same code"),
    Label(name="needs-triage", color="d4c5f9", description="Waits for a first look by a person or the analysis"),
    Label(name="ai-fix-approved", color="0e8a16", description="A maintainer approved an automatic fix"),
    Label(name="fix-in-progress", color="1d76db", description="A fix run is at work"),
    Label(name="ai-pr-open", color="8250df", description="A pull request with a fix waits for review"),
    Label(name="blocked", color="b60205", description="Cannot go on without a person"),
    Label(name="fix-failed", color="d93f0b", description="The last attempt at a fix failed; it can be restarted"),
    Label(name="fix-did-not-hold", color="e99695", description="A merged fix did not stop the failures"),
    Label(name="quarantined", color="c5def5", description="Failures are tolerated for a limited time"),
    Label(name="keep-open", color="bfdadc", description="Never closed for silence alone"),
    Label(name="verified", color="2da44e", description="The fix is proven by enough silent runs"),
    Label(name="dashboard", color="006b75", description="The overview of flaky-test-cleaner; one open issue"),
)
"""Every label of an issue, created on first use (spec, section 4)."""

BY_NAME = {label.name: label for label in LABELS}

_BY_STATUS: dict[Status, tuple[str, ...]] = {
    Status.ISSUE_OPEN: ("needs-triage",),
    Status.APPROVED_TO_FIX: ("ai-fix-approved",),
    Status.FIXING: ("ai-fix-approved", "fix-in-progress"),
    Status.PR_OPEN: ("ai-pr-open",),
    Status.PR_NEEDS_CHANGES: ("ai-pr-open",),
    Status.PR_UPDATING: ("ai-pr-open", "fix-in-progress"),
    Status.FIX_FAILED: ("fix-failed",),
    Status.VERIFIED: ("verified",),
}

PROJECTED = frozenset({"ai-managed", "flaky-test", *(name for names in _BY_STATUS.values() for name in names)})
"""The only labels that a projection may add or remove; all others belong to people or to other evidence."""


def prefixed(name: str, *, prefix: str) -> str:
    """The label as GitHub knows it: ``flaky-test-cleaner/ai-managed``."""
    return f"{prefix}/{name}"


def labels(flake: Flake, prefix: str) -> tuple[str, ...]:
    """The full names of the labels that the flake's state projects, in the table's order; none before it is filed."""
    if flake.status == Status.DISCOVERED:
        return ()
    names = {"ai-managed", "flaky-test", *_BY_STATUS.get(flake.status, ())}
    # Filed on an opinion: the issue itself asks for a second look until somebody has given it.
    undecided = flake.status in (Status.ISSUE_OPEN, Status.TRIAGED, Status.WAITING_FOR_SIGNAL)
    if undecided and flake.verdict and flake.verdict.grade == Grade.D:
        names.add("needs-triage")
    return tuple(prefixed(label.name, prefix=prefix) for label in LABELS if label.name in names)


def relabelled(number: int, have: Collection[str], flake: Flake, prefix: str) -> SetLabels | None:
    """What must change on an issue for its labels to say what the state says; None when they do.

    Of ``have``, the labels it bears now, only those that a projection may set are ever taken off. ``ai-managed`` is
    never put back: that it is gone is a person's word.
    """
    wanted = labels(flake, prefix)
    own = {prefixed(name, prefix=prefix) for name in PROJECTED} - {prefixed("ai-managed", prefix=prefix)}
    borne = {name.lower() for name in have}
    add = tuple(name for name in wanted if name in own and name.lower() not in borne)
    remove = tuple(sorted(name for name in have if name in own and name not in wanted))
    return SetLabels(number=number, add=add, remove=remove) if add or remove else None


def projected(number: int, have: Collection[str], flake: Flake, prefix: str) -> tuple[EnsureLabel | SetLabels, ...]:
    """The effects by which an issue gets the labels of the state; none when it has them, see ``relabelled``."""
    change = relabelled(number, have, flake, prefix)
    return (*ensured(set(change.add), prefix), change) if change else ()


def ensured(names: set[str], prefix: str) -> tuple[EnsureLabel, ...]:
    """Labels that must exist before they are put on something."""
    looks = [(prefixed(name, prefix=prefix), label) for name, label in BY_NAME.items()]
    return tuple(
        EnsureLabel(name=name, color=label.color, description=label.description)
        for name, label in looks
        if name in names
    )
