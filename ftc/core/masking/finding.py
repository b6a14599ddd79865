"""What hides a flake: the kinds of masking, and one finding of one of them.

The rule it keeps: a kind is doubtful where code cannot tell it from a mend. What is doubtful is told in a draft and
never called verified, whatever the configuration says of masking; it is refused only where no draft could tell it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ftc.core.markdown import strip_control

LINE_CHARS = 200
"""Characters of a line that are told."""


class Masking(StrEnum):
    """Ways in which a change makes a test silent without making it right."""

    SKIP = "skip"
    RETRY = "retry"
    DELETED_TEST = "deleted-test"
    FEWER_ASSERTIONS = "fewer-assertions"
    LOOSENED_ASSERTION = "loosened-assertion"
    SWALLOWED_ERROR = "swallowed-error"
    LONGER_WAIT = "longer-wait"
    """A longer sleep or time-out as the only change."""
    DROPPED_FLAG = "dropped-flag"
    """No race detector, no parallel run or no shuffled order any more."""
    EARLY_END = "early-end"
    """A test that ends, always or sometimes, before all of it was run."""
    GUARDED = "guarded"
    """An assertion, or the call under test, that is made under a new condition only."""
    ALWAYS_TRUE = "always-true"
    """An assertion that nothing can fail."""
    REPEATED = "repeated"
    """Perhaps a retry, perhaps waiting for an event: the call under test in a loop that it can leave."""
    PASSED_OVER = "passed-over"
    """Perhaps leaving out what fails, perhaps what is not meant: a loop of a test that goes on before its end."""
    JOINED_ASSERTIONS = "joined-assertions"
    """Fewer assertions than before, and the words of each that is gone stand in another one, or in a wait."""
    SET_ASIDE = "set-aside"
    """Perhaps never made, perhaps later: an assertion of a test that is put into a function of it."""
    NEW_TOLERANCE = "new-tolerance"
    """Perhaps looser, perhaps right: about a number with a point, where it was exactly that number."""
    HOOK = "hook"
    """What decides in the runner's place which tests there are, how often they run, or how they ended."""
    RUNNER_CODE = "runner-code"
    """Perhaps a hook, perhaps what sets up or tidies up: what a runner calls before, around or after tests."""
    OTHER_VALUE = "other-value"
    """Perhaps what a failure is put right with: the value under test is made again, or gets another one."""
    SHELTERED = "sheltered"
    """Perhaps what a test needs, perhaps where no race is met: it runs alone, or something is left out of a check."""
    ORDER_DROPPED = "order-dropped"
    """Perhaps a promise given up, perhaps none: lists compared without their order by a mechanical fix."""
    EMPTY_TEST = "empty-test"
    """A new test that claims nothing, or only what holds whatever the code does."""
    FRAGILE_TEST = "fragile-test"
    """A new test that waits for time to pass, or claims how long something took: the next flake."""


DOUBTFUL = frozenset(
    {
        Masking.REPEATED,
        Masking.PASSED_OVER,
        Masking.FRAGILE_TEST,
        Masking.JOINED_ASSERTIONS,
        Masking.SET_ASIDE,
        Masking.NEW_TOLERANCE,
        Masking.RUNNER_CODE,
        Masking.OTHER_VALUE,
        Masking.SHELTERED,
        Masking.ORDER_DROPPED,
    }
)
"""Kinds that may be a mend as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One masking change: where, and the line that shows it (hostile text: a model or a person wrote it)."""

    masking: Masking
    path: str
    line: str

    @property
    def told(self) -> str:
        """As one line, which ``refusable`` can read."""
        line = " ".join(strip_control(self.line).split())
        return f"{self.masking.value}: {self.path}: {line[:LINE_CHARS]}"


def refusable(told: Iterable[str]) -> tuple[str, ...]:
    """Of findings as they are told those that hide a flake for sure."""
    return tuple(item for item in told if item.partition(":")[0] not in DOUBTFUL)
