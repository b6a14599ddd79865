"""The one pull request of a fix run on GitHub: found, opened, compared with those of others, and labelled.

The rule it keeps: it is looked for before it is opened, by its branch, open or closed, so that a run that died after
opening it finds it again. What a person made of it meanwhile, its words and its labels, stays.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from ftc.clients.pull_payloads import Proposed
from ftc.core.closing_words import closed_by
from ftc.core.errors import AlreadyExists, Forbidden, GitHubError, NotFound, WriteUncertain
from ftc.core.fix import Task
from ftc.core.labels import prefixed
from ftc.jobs.context import Context
from ftc.jobs.labelling import ensure_labels
from ftc.jobs.managed import trusted
from ftc.jobs.task_pulls import RISK_LABELS

BY_NAME = {label.name: label for label in RISK_LABELS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a pull request is opened with."""

    title: str
    body: str
    draft: bool


class NotOpened(Exception):
    """GitHub does not let this token open pull requests here; the text is GitHub's."""


def own_pull(ctx: Context, task: Task) -> Proposed | None:
    """The newest pull request of the run's branch, open or not."""
    return next(iter(ctx.write.pulls_from(task.branch)), None)


def other_pull(ctx: Context, task: Task) -> Proposed | None:
    """The oldest open pull request from elsewhere that closes the issue, by somebody of this repository.

    One of a stranger blocks nothing; the gate has noted it for people.
    """
    own = (item for item in _others(ctx, task) if item.by_insider(task.repo) or trusted(ctx, item.author))
    return min(own, key=lambda item: item.number, default=None)


def _others(ctx: Context, task: Task) -> Iterator[Proposed]:
    for item in ctx.write.open_pulls():
        ours = item.branch == task.branch and item.head_repo.lower() == task.repo.lower()
        if not ours and task.issue in closed_by(f"{item.title}\n{item.body}", repo=task.repo):
            yield item


def open_pull(ctx: Context, task: Task, opening: Opening) -> Proposed:
    """Open it, unless it is there after all; raises ``NotOpened`` when GitHub says no."""
    fields = {"title": opening.title, "body": opening.body, "head": task.branch, "base": task.base_branch}
    refused = ""
    try:
        ctx.write.create_pull(**fields, draft=opening.draft)
    except WriteUncertain:
        if own_pull(ctx, task) is None:
            raise
    except (AlreadyExists, Forbidden, NotFound) as error:
        refused = str(error)
    except GitHubError as error:
        # A 422 has no type of its own: "already exists", "not permitted to create", "drafts are not supported".
        if type(error) is not GitHubError:
            raise
        refused = str(error)
    found = own_pull(ctx, task)
    if found is None:
        raise NotOpened(refused or "GitHub does not show the pull request that it has just opened")
    return found


def label_pull(ctx: Context, pull: Proposed, names: tuple[str, ...]) -> str:
    """Put the labels on that it lacks; why that could not be done, empty when it was.

    The request is there without them, so that a missing permission is no failure.
    """
    prefix = ctx.config.label_prefix
    borne = {name.lower() for name in pull.labels}
    wanted = {prefixed(name, prefix=prefix): name for name in names}
    lacking = [full for full in wanted if full.lower() not in borne]
    if not lacking:
        return ""
    try:
        ensure_labels(ctx.write, {full: BY_NAME[wanted[full]] for full in lacking})
        ctx.write.add_labels(pull.number, tuple(lacking))
    except (Forbidden, NotFound) as error:
        return f"pull request {pull.number} has no labels: {error}"
    return ""


def compare_url(ctx: Context, task: Task, title: str) -> str:
    """Where a person opens the pull request from the branch."""
    ends = f"{quote(task.base_branch, safe='/')}...{quote(task.branch, safe='/')}"
    query = urlencode({"expand": 1, "title": title}, quote_via=quote)
    return f"{ctx.server_url}/{task.repo}/compare/{ends}?{query}"
