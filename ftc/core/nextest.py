"""A test in the words of nextest's filtersets (https://nexte.st/docs/filtersets).

The rule it keeps: a name is one matcher and never an operator. nextest refuses an escape that it does not know, and
the id of a binary that is not there, with an error before any test runs.
"""

import re

from ftc.core.model import TestId

_TARGET = re.compile(r"[\w-]+::[\w-]+(?:/[\w-]+)?", re.ASCII)
"""The id of every binary but the library's, which is the bare name of its package."""


def matcher(text: str) -> str:
    """A text for the ``=`` matcher, which ends at the next comma or closing bracket."""
    return re.sub(r"[\\),]", lambda match: "\\" + match[0], text)


def in_binary(test: TestId) -> str:
    """The test in the binary that its suite is the id of."""
    return f"binary_id(={matcher(test.suite)}) & {anywhere(test)}"


def anywhere(test: TestId) -> str:
    """The test in every binary that has one of this name."""
    return f"test(={matcher(test.name)})"


def where_known(test: TestId) -> str:
    """In its own binary, where nobody but nextest can have named the suite so; else in every one of the package."""
    return in_binary(test) if _TARGET.fullmatch(test.suite) else anywhere(test)
