"""Pages of the demo for the documentation: an issue as it was filed, and what was said on it.

The rule it keeps: the same history makes the same text, at an address that stays the same.
"""

import re
from collections.abc import Iterator
from hashlib import sha256

from ftc.core.scan_block import candidates
from ftc.jobs.demo.stage import issues, repository
from ftc.simulator.simulator import Simulator
from ftc.simulator.world import Comment, Issue

ADDRESS = "https://github.example"
"""Stands for the simulator's address, as its port is another one each time."""

_HIDDEN = re.compile(r"<!--.*?-->\n?", re.DOTALL)


def example_issue(simulator: Simulator, *, url: str) -> str:
    """Title, labels and body of the issue that was filed first."""
    issue = _first(simulator)
    labels = ", ".join(f"`{name}`" for name in sorted(issue.labels))
    text = f"# {issue.title}\n\nLabels: {labels}\n\n{issue.body}".replace("\r\n", "\n").replace(url, ADDRESS)
    for block in candidates(text):
        text = text.replace(block.checksum, sha256(block.payload.encode()).hexdigest())
    return text.rstrip() + "\n"


def example_conversation(simulator: Simulator, *, url: str) -> str:
    """The comments on the issue that was filed first, without what they hide for the bot."""
    issue = _first(simulator)
    parts = [f"# What was said on: {issue.title}", *(part for item in issue.comments for part in _spoken(item))]
    return "\n\n".join(parts).replace(url, ADDRESS) + "\n"


def example_pull(simulator: Simulator, *, url: str) -> str:
    """Title and text of the pull request that a fix run opened; its figures are those of this one demo."""
    pulls = [item for item in repository(simulator).issues.values() if item.title.startswith("tests: stabilize")]
    text = "\n\n".join(f"# {pull.title}\n\n{_HIDDEN.sub('', pull.body)}" for pull in pulls)
    return text.replace("\r\n", "\n").replace(url, ADDRESS).rstrip() + "\n"


def _spoken(comment: Comment) -> Iterator[str]:
    yield f"---\n\n**{comment.author}**, {comment.created_at:%Y-%m-%d %H:%M}:"
    yield _HIDDEN.sub("", comment.body.replace("\r\n", "\n")).strip()


def _first(simulator: Simulator) -> Issue:
    return next(issue for issue in issues(simulator).values() if issue.title.startswith("[flaky] "))
