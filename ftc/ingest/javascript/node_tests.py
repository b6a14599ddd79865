"""Failed tests of Node's own runner, whichever reporter told of them.

Rule: a test is named by its file and by its titles from the outside in; a suite that failed because of what is in it is
none, and neither is a file.
"""

import re
from dataclasses import dataclass, field

from ftc.core.model import Exclusion, Frame, TestId
from ftc.ingest.base import Findings, RawFailure
from ftc.ingest.bounded import NAME_LIMIT, joined
from ftc.ingest.javascript.frames import JOINER, file_of, plain_path
from ftc.ingest.javascript.node_error import FILE_FAILED, NOT_RUN, NodeError
from ftc.ingest.pytest_session import FIXTURE_CASCADE

ECOSYSTEM = "node"
FRAMEWORK = "node-test"
FAILURE_LIMIT = 10_000
_INSIDE = re.compile(r"[( ]node:[\w/]{1,100}:\d{1,7}:\d{1,7}\)?$")
"""A line of a stack that lies inside of Node; each error has six of them."""
_LINE_LIMIT = 1_000
DEPTH = 50
"""Titles around a test; nobody writes more."""


@dataclass(slots=True)
class NodeTests:
    """What one log said so far."""

    failures: dict[TestId, RawFailure] = field(default_factory=dict)
    excluded: dict[Exclusion, None] = field(default_factory=dict)
    builds: dict[str, None] = field(default_factory=dict)

    def take(self, titles: tuple[str, ...], error: NodeError, *, path: str, line: int, lines: tuple[str, ...]) -> None:
        """Note a failed test that is defined in the file ``path``; ``line`` is that of the log."""
        test = node_id(titles, path=path)
        if max(len(self.excluded), len(self.builds), len(self.failures)) >= FAILURE_LIMIT:
            return
        if error.message == NOT_RUN:
            self.excluded[Exclusion(suite=test.suite, name=test.name, reason=FIXTURE_CASCADE)] = None
        elif is_file(test, error=error):
            self.builds[f"{test.suite}: ended with an error outside of its tests"] = None
        else:
            self.failures.setdefault(test, node_failure(test, error, line=line, lines=lines))

    def findings(self) -> Findings:
        """All of it."""
        return Findings(
            failures=tuple(self.failures.values()),
            excluded=tuple(self.excluded),
            build_failures=tuple(self.builds),
        )


def node_id(titles: tuple[str, ...], *, path: str) -> TestId:
    """The test with these titles in this file; an empty path where a report does not tell it."""
    suite = file_of(path[:NAME_LIMIT]) if path else ""
    return TestId(ecosystem=ECOSYSTEM, suite=suite, name=joined(titles, by=JOINER))


def is_file(test: TestId, *, error: NodeError) -> bool:
    """Whether the runner told of a file as if it were a test, as it does where a process ended badly."""
    name = plain_path(test.name).replace("\\", "/")
    return error.message == FILE_FAILED and (name == test.suite or name.endswith(f"/{test.suite}") or not test.suite)


def node_failure(test: TestId, error: NodeError, *, line: int, lines: tuple[str, ...]) -> RawFailure:
    """The failure, in the form that all reporters share."""
    place = tuple(map(_shown, error.frames[:1]))
    return RawFailure(
        test=test,
        framework=FRAMEWORK,
        kind=error.kind,
        message=error.message,
        line=line,
        frames=error.frames,
        lines=tuple(text for text in lines if not _INSIDE.search(text[:_LINE_LIMIT])),
        key_lines=(*error.message.splitlines(), *place),
    )


def _shown(frame: Frame) -> str:
    return f"{frame.path}:{frame.line}"
