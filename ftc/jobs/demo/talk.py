"""What people said and what the bot answered, in the words of the demo."""

import re
from collections.abc import Iterator, Sequence

from ftc.core.errors import CommandFailed
from ftc.core.marks import purpose_of
from ftc.jobs.demo.plain import plain
from ftc.jobs.demo.stage import Report
from ftc.jobs.demo.words import wrote
from ftc.simulator.world import Comment, Issue

_STATE = re.compile(r"^\| State \| `(\w+)` \|", re.MULTILINE)


def answered(issue: Issue, said: Comment, *, done: Sequence[str]) -> Iterator[str]:
    """A comment, the answer to it, the state that the issue shows, and what was written.

    Raises ``CommandFailed`` when there is no answer.
    """
    yield f"{said.author} on #{issue.number}, {issue.title.partition(' — ')[0]}:"
    yield from (f"  > {line}" for line in plain(said.body))
    answer = next((item for item in issue.comments if purpose_of(item.body) == f"answer:{said.id}"), None)
    if answer is None:
        raise CommandFailed(f"nobody answered {said.author} on issue {issue.number}")
    yield "Answer:"
    yield from (f"  {line}" for line in plain(answer.body))
    yield f"The issue's state: {state_of(issue)}"
    yield from wrote(done)


def state_of(issue: Issue) -> str:
    """The state as the page of an issue shows it; empty on another page."""
    match = _STATE.search(issue.body.replace("\r\n", "\n"))
    return match[1] if match else ""


def swept(report: Report) -> Iterator[str]:
    """What a sweep looked at."""
    yield f"Looked at {report['issues']} issues, with {report['requests']} requests."
    for moved in report["moved"]:
        yield f"  #{moved['issue']} {moved['test']}: {moved['from']} → {moved['to']}"
