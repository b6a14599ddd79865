"""The open issues that people wrote, for finding those about a test.

The rule it keeps: a list that was cut short is none. Titles and texts are matched here, never by GitHub's search.
"""

from itertools import islice

from ftc.clients.payloads import Issue
from ftc.core.adoption import WrittenIssue
from ftc.core.errors import BudgetExceeded, GitHubError
from ftc.core.labels import prefixed
from ftc.jobs.context import Context
from ftc.jobs.managed import trusted
from ftc.jobs.snapshot import Snapshot

MOST_LISTED = 1_000
"""Open issues that are looked at, those with the newest activity first: ten requests."""


def written_issues(ctx: Context, snapshot: Snapshot) -> tuple[tuple[WrittenIssue, ...] | None, str]:
    """The issues, or None with the reason for people when not every one of them could be seen."""
    try:
        listed = tuple(islice(ctx.write.open_issues(), MOST_LISTED))
    except (GitHubError, BudgetExceeded) as error:
        return None, f"issues that people wrote could not be listed, so none is adopted in this scan: {error}"
    ours = {item.issue.number for item in snapshot.issues if item.issue.is_open}
    if len(listed) < MOST_LISTED and ours - {issue.number for issue in listed}:
        return None, "the list of open issues came back incomplete, so none that people wrote is adopted in this scan"
    known = {entry.issue for entry in snapshot.dashboard.index} | snapshot.gone
    return tuple(_written(ctx, issue, known) for issue in listed if not issue.is_locked), ""


def _written(ctx: Context, issue: Issue, known: set[int]) -> WrittenIssue:
    """An issue that was ever managed is never adopted: it is, or people took it away from the bot."""
    label = prefixed("ai-managed", prefix=ctx.config.label_prefix).lower()
    return WrittenIssue(
        number=issue.number,
        title=issue.title,
        body=issue.body,
        open=issue.is_open,
        pull_request=issue.is_pull,
        managed=issue.number in known or label in {name.lower() for name in issue.labels},
        by_bot=issue.author_type == "Bot" or trusted(ctx, issue.author),
    )
