"""How the agent's loop is left, or a step of it fails: exceptions that carry what is to be said.

Leaving              the loop, or a candidate, ends
├── Submitted        a change is handed in
├── GaveUp           there is none, and why
└── LimitsExceeded   something is used up
FormatError          an answer without a readable call; the model is told and asked again
Refused              a call that cannot be carried out; its text is the call's result
"""

from ftc.core.fix import Candidate


class Leaving(Exception):
    """An end of the loop; its text says why."""


class Submitted(Leaving):
    """A change was handed in."""

    def __init__(self, candidate: Candidate, *, enough: bool = False) -> None:
        super().__init__(candidate.summary)
        self.candidate = candidate
        self.enough = enough
        """Whether no further candidate is needed: this one was seen to hold."""


class GaveUp(Leaving):
    """The model says that it cannot mend the test, and what is missing."""


class LimitsExceeded(Leaving):
    """A limit forbids the next step."""


class FormatError(Exception):
    """An answer that holds no readable call; its text is said back."""


class Refused(Exception):
    """A call that cannot be carried out; its text says why and what to do instead."""
