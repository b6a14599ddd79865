"""An issue or pull request as the reader of a page meets it: posts and events in the order they happened.

Rule: plain records for the templates; only `Post.html` is HTML, and it comes from the sanitiser.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from markupsafe import Markup

from ftc.simulator.git_types import GitFileDiff
from ftc.simulator.markdown import MISSING, render_markdown
from ftc.simulator.rest.checks import checks_of
from ftc.simulator.world import (
    BodyEdit,
    Issue,
    Label,
    PullRequest,
    Repository,
    Review,
    ReviewComment,
    Text,
    TimelineEvent,
)

_EMOJI = {
    "+1": "👍",
    "-1": "👎",
    "laugh": "😄",
    "hooray": "🎉",
    "confused": "😕",
    "heart": "❤️",
    "rocket": "🚀",
    "eyes": "👀",
}
_REVIEW_WORDS = {
    "APPROVED": "approved these changes",
    "CHANGES_REQUESTED": "requested changes",
    "COMMENTED": "reviewed",
    "DISMISSED": "had a review dismissed",
    "PENDING": "has a pending review",
}
# Events that the thread already shows in another way, or that GitHub's page leaves out.
_SILENT = frozenset(("commented", "reviewed", "subscribed", "unsubscribed", "mentioned", "committed"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A body or comment; `note` says why the text is shown raw, else it is empty."""

    anchor: str
    author: str
    verb: str
    at: datetime
    source: str
    html: Markup
    note: str
    reactions: tuple[tuple[str, int], ...]
    edits: tuple[BodyEdit, ...]
    place: str = ""
    hunk: str = ""
    resolved_by: str | None = None
    kind: str = "post"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """A line between the posts: who did what; at most one of the optional parts is set."""

    actor: str
    at: datetime
    text: str
    label: Label | None = None
    renamed: tuple[str, str] | None = None
    link: tuple[str, str] | None = None
    kind: str = "event"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullView:
    """What only a pull request's page shows; `commits` are (sha, first line, author), `checks` (name, result)."""

    pull: PullRequest
    files: tuple[GitFileDiff, ...]
    commits: tuple[tuple[str, str, str], ...]
    checks: tuple[tuple[str, str], ...]


def badge(issue: Issue) -> tuple[str, str]:
    """(word, CSS class) of the state badge."""
    if issue.pull is not None:
        if issue.pull.merged_at:
            return "Merged", "merged"
        if issue.state == "open":
            return ("Draft", "draft") if issue.pull.draft else ("Open", "open")
        return "Closed", "rejected"
    if issue.state == "open":
        return "Open", "open"
    return ("Closed", "merged") if issue.state_reason in (None, "completed") else ("Closed as not planned", "draft")


def labels_of(repository: Repository, issue: Issue) -> tuple[Label, ...]:
    """The labels of an issue with their colours."""
    found = (repository.label(name) for name in issue.labels)
    return tuple(label for label in found if label is not None)


def thread(repository: Repository, issue: Issue) -> tuple[Post | Happening, ...]:
    """The body first, then everything else by time; labels set in the same second come before the comment."""
    opened = _post(repository, issue, anchor=f"issue-{issue.number}", verb="opened this")
    later = sorted(_later(repository, issue), key=lambda entry: (entry.at, isinstance(entry, Post)))
    return (opened, *later)


def _later(repository: Repository, issue: Issue) -> Iterator[Post | Happening]:
    for comment in issue.comments:
        yield _post(repository, comment, anchor=f"issuecomment-{comment.id}", verb="commented")
    for event in issue.events:
        if event.event not in _SILENT:
            yield _happening(repository, event)
    for review in issue.pull.reviews if issue.pull else ():
        yield _review(repository, review)
    for remark in issue.pull.review_comments if issue.pull else ():
        yield _remark(repository, remark)


def _review(repository: Repository, review: Review) -> Post | Happening:
    word = _REVIEW_WORDS.get(review.state, review.state.lower())
    at = review.submitted_at or review.created_at
    if not review.body:
        return Happening(actor=review.author, at=at, text=word)
    return _post(repository, review, anchor=f"pullrequestreview-{review.id}", verb=word)


def _remark(repository: Repository, remark: ReviewComment) -> Post:
    line = f":{remark.line}" if remark.line is not None else " (outdated)"
    verb = "replied" if remark.in_reply_to else "commented"
    return replace(
        _post(repository, remark, anchor=f"discussion_r{remark.id}", verb=verb),
        place=f"{remark.path}{line}",
        hunk="" if remark.in_reply_to else remark.diff_hunk,
        resolved_by=remark.resolved_by,
    )


def _post(repository: Repository, text: Text, *, anchor: str, verb: str) -> Post:
    rendered = render_markdown(text.body, repository=repository.full_name)
    counts = {content: sum(one.content == content for one in text.reactions) for content in _EMOJI}
    return Post(
        anchor=anchor,
        author=text.author,
        verb=verb,
        at=text.created_at,
        source=text.body,
        html=Markup(rendered.html),  # noqa: S704 the sanitiser's output
        note="" if rendered.complete else MISSING,
        reactions=tuple((_EMOJI[content], count) for content, count in counts.items() if count),
        edits=tuple(text.edits),
    )


def _happening(repository: Repository, event: TimelineEvent) -> Happening:
    label, renamed, link, detail = None, None, None, ""
    if event.event in ("labeled", "unlabeled"):
        name = str(event.data.get("label", {}).get("name", ""))
        label = repository.label(name) or Label(id=0, name=name)
    elif event.event == "renamed":
        rename = event.data.get("rename", {})
        renamed = (str(rename.get("from", "")), str(rename.get("to", "")))
    elif event.event == "cross-referenced":
        full_name, number = event.data["source"]
        link = (f"/{full_name}/issues/{number}", f"{full_name}#{number}")
    elif "assignee" in event.data:
        detail = f" {event.data['assignee']}"
    elif event.data.get("commit_id"):
        detail = f" in {str(event.data['commit_id'])[:7]}"
    words = _WORDS.get(event.event, event.event.replace("_", " "))
    return Happening(
        actor=event.actor, at=event.created_at, text=words + detail, label=label, renamed=renamed, link=link
    )


_WORDS = {
    "labeled": "added the label",
    "unlabeled": "removed the label",
    "renamed": "changed the title",
    "closed": "closed this",
    "reopened": "reopened this",
    "merged": "merged this",
    "cross-referenced": "mentioned this in",
    "referenced": "referenced this",
    "head_ref_force_pushed": "force-pushed the branch",
    "head_ref_deleted": "deleted the branch",
    "head_ref_restored": "restored the branch",
    "ready_for_review": "marked this as ready for review",
    "convert_to_draft": "marked this as a draft",
    "review_requested": "asked for a review",
}


def pull_view(repository: Repository, pull: PullRequest) -> PullView:
    """Files, commits and checks of a pull request, from git and the newest check of each name."""
    common = repository.git.merge_base(pull.base_sha, pull.head_sha)
    base = common or pull.base_sha
    if pull.merged_at and common == pull.head_sha:  # merged by a merge commit: look from before the merge
        base = pull.base_sha
    shas = repository.git.between(base, pull.head_sha)
    read = [(sha, repository.git.commit(sha)) for sha in shas]
    return PullView(
        pull=pull,
        files=repository.git.diff(base, pull.head_sha) if base != pull.head_sha else (),
        commits=tuple((sha, one.message.partition("\n")[0], one.author.name) for sha, one in read if one is not None),
        checks=_checks(repository, pull.head_sha),
    )


def _checks(repository: Repository, sha: str) -> tuple[tuple[str, str], ...]:
    """The newest check run of each name and the newest status of each context."""
    found: dict[str, str] = {}
    for check in checks_of(repository, sha):
        found.setdefault(check.name, check.conclusion or check.status)
    for status in reversed(repository.statuses):
        if status.sha == sha:
            found.setdefault(status.context, status.state)
    return tuple(sorted(found.items()))
