"""Sees to it that a task's pull request is there, once, with its labels.

The rule it keeps: a request is found again by its branch. A task that died after opening it edits what it finds.
"""

from dataclasses import dataclass, replace

from ftc.agent.task_delivery import Request
from ftc.clients.github import GitHub
from ftc.clients.pull_payloads import Proposed
from ftc.core.errors import AlreadyExists, Forbidden, GitHubError, NotFound
from ftc.core.labels import BY_NAME, Label, prefixed
from ftc.core.task_block import encode_task
from ftc.jobs.labelling import ensure_labels

RISK_LABELS = (
    Label(name="tests-failed", color="b60205", description="Tests fail with this change"),
    Label(name="potential-bug", color="d93f0b", description="Failing tests were kept: they may have found a bug"),
    Label(name="coverage-risk", color="fbca04", description="Coverage fell below what the task asked for"),
    Label(name="style-fix-needed", color="fef2c0", description="A part was left out for its lint errors"),
    Label(name="type-risk", color="f9d0c4", description="A part was left out for its type errors"),
    Label(name="large-diff", color="c5def5", description="Larger than the task allows; review in parts"),
    Label(name="aborted", color="b60205", description="A part failed too often; the task ended there"),
    Label(
        name="needs-manual-review",
        color="d93f0b",
        description="Something in it is left to people; the request says what",
    ),
    Label(name="partial", color="fbca04", description="A limit was reached; this is what was done until then"),
    Label(name="risk-low", color="0e8a16", description="Estimated by rules from what was measured"),
    Label(name="risk-medium", color="fbca04", description="Wants a second look; the request says why"),
    Label(name="risk-high", color="b60205", description="Wants a careful review; the request says why"),
)
"""Looks of the labels that a task sets itself; those of its file are created without any."""
GREY = "ededed"
MANAGED = "ai-managed"
"""By this label the dashboard finds what it tells, all of it in one listing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullPublisher:
    """Opens and updates pull requests in one repository; a ``Publisher``."""

    github: GitHub
    prefix: str
    own: frozenset[str] = frozenset()
    """Labels of the task's file, which get no prefix."""
    hmac_key: bytes | None = None
    """Signs the block for the dashboard."""

    def __call__(self, request: Request) -> str:
        """See to it that the request is there; its address. Raises ``GitHubError``."""
        if request.record is not None:
            block = encode_task(request.record, hmac_key=self.hmac_key)
            labels = (*request.labels, MANAGED)
            request = replace(request, body=f"{request.body.rstrip()}\n\n{block}\n", labels=labels)
        pull = self.github.pull_of_branch(request.branch)
        pull = self._edited(pull, request) if pull else self._opened(request)
        self._label(pull, request)
        return pull.url

    def _opened(self, request: Request) -> Proposed:
        fields = {"title": request.title, "body": request.body, "head": request.branch, "base": request.base_branch}
        try:
            return self.github.create_pull(**fields, draft=request.draft)
        except (Forbidden, NotFound):
            raise
        except (AlreadyExists, GitHubError):
            # The answer of an earlier try may have been lost, or another process was faster.
            pull = self.github.pull_of_branch(request.branch)
            if pull is None:
                raise
            return self._edited(pull, request)

    def _edited(self, pull: Proposed, request: Request) -> Proposed:
        return self.github.edit_pull(pull.number, title=request.title, body=request.body)

    def _label(self, pull: Proposed, request: Request) -> None:
        """Labels come after the request itself; without them it is still the one that was asked for."""
        looks = {label.name: label for label in (*RISK_LABELS, BY_NAME[MANAGED])}
        plain = Label(name="", color=GREY, description="Set by a task of this repository")
        wanted = {
            name if name in self.own else prefixed(name, prefix=self.prefix): looks.get(name, plain)
            for name in request.labels
        }
        if wanted:
            ensure_labels(self.github, wanted)
            self.github.add_labels(pull.number, tuple(wanted))
