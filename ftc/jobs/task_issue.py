"""The issue of a task that goes beyond the tests: its plan, whether people approved it, and how the task ended.

The rule it keeps: one issue for one task, found again by its mark; an approval is a person's label, put on after the
plan could be read, and counts for exactly that plan of exactly that task. Nothing of it is believed from a text that
somebody else edited.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from ftc.agent.task_ending import Outcome
from ftc.clients.payloads import Event, Issue
from ftc.core.authority import Allowed, Signal, authorised
from ftc.core.labels import BY_NAME, Label, prefixed
from ftc.core.marks import marked, purpose_of
from ftc.core.task_block import TaskRecord, decode_task, encode_task
from ftc.core.task_file import TaskFile
from ftc.core.task_plan import plan_digest
from ftc.core.turns import APPROVAL, Turn, TurnKind
from ftc.jobs.actors import People, house_of
from ftc.jobs.context import Context
from ftc.jobs.labelling import ensure_labels
from ftc.jobs.managed import trusted
from ftc.jobs.task_pulls import MANAGED
from ftc.jobs.task_records import PURPOSE
from ftc.render.task import issue_text

MOST_CHARS = 20_000
"""Of a plan's paths, some hundred; the block of a longer one has no room for them, and it is approved by hand."""
APPROVING = Label(name="task-approved", color="0e8a16", description="The planned files of this task may be changed")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskIssue:
    """A task's issue and what its block says; ``issue`` is None while there is none."""

    issue: Issue | None
    record: TaskRecord | None

    @property
    def declined(self) -> bool:
        """Whether a person closed it as not planned."""
        return self.issue is not None and not self.issue.is_open and self.issue.not_planned


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDesk:
    """Where a task's issue is read and written; ``clock`` tells when something is written."""

    ctx: Context
    task: TaskFile
    clock: Callable[[], datetime]

    def find(self) -> TaskIssue:
        """The task's issue; of copies that two processes opened the first."""
        ctx = self.ctx
        listed = ctx.write.issues(prefixed(MANAGED, prefix=ctx.config.label_prefix))
        own = [issue for issue in listed if trusted(ctx, issue.author) and purpose_of(issue.body) == self._purpose]
        if not own:
            return TaskIssue(issue=None, record=None)
        record = decode_task(own[0].body, hmac_key=ctx.hmac_key)
        return TaskIssue(issue=own[0], record=record if record and record.id == self.task.id else None)

    def approved(self, found: TaskIssue) -> frozenset[str]:
        """The files that people approved by their label; none where anything is in doubt. A refused label goes off."""
        issue, record = found.issue, found.record
        if issue is None or record is None or not record.digest or record.since is None or not issue.is_open:
            return frozenset()
        if record.digest != plan_digest(repr(self.task), record.files) or self._label not in _lower(issue.labels):
            return frozenset()
        if any(not trusted(self.ctx, edit.editor) for edit in self.ctx.write.edits(issue.number)):
            self.ctx.say(f"issue {issue.number} was edited by somebody else, so its plan does not count any more")
            return frozenset()
        event = self._labelled(issue.number)
        if event is None or event.at < max(record.since, issue.created):
            return frozenset()
        if not self._may(event):
            self.ctx.say(f"{event.actor} may not approve task {self.task.id}, so the label is taken off")
            self.ctx.write.remove_label(issue.number, self._label)
            return frozenset()
        return frozenset(record.files)

    def tell(self, found: TaskIssue, outcome: Outcome) -> str:
        """Post or renew the plan and the result; the issue's address, empty where there is none and none is due."""
        record = self._record(found.record, outcome)
        if found.issue is None:
            return self._opened(record, outcome).url if record.digest else ""
        if found.declined:
            return found.issue.url
        number, body = found.issue.number, self._body(record, outcome)
        if record.digest and (found.record is None or record.digest != found.record.digest):
            self.ctx.write.remove_label(number, self._label)  # it approved another plan
            record = replace(record, since=self.clock())
            body = self._body(record, outcome)
        delivered = bool(outcome.status.commits) and not record.digest
        state = "closed" if delivered else "open" if record.digest else ""
        fields = {"body": body} if body != found.issue.body else {}
        if state and found.issue.is_open != (state == "open"):
            fields |= {"state": state, "state_reason": "completed" if delivered else "reopened"}
        if fields:
            self.ctx.write.edit_issue(number, **fields)
        return found.issue.url

    def _record(self, before: TaskRecord | None, outcome: Outcome) -> TaskRecord:
        files = tuple(item.path for item in outcome.planned)
        record = replace(outcome.record, url=outcome.status.pr_url)
        if not files:
            return record
        digest = plan_digest(repr(self.task), files)
        same = before is not None and before.digest == digest and before.since is not None
        since = before.since if same and before is not None else self.clock()
        fits = sum(map(len, files)) <= MOST_CHARS
        return replace(record, digest=digest, files=files if fits else (), since=since)

    def _opened(self, record: TaskRecord, outcome: Outcome) -> Issue:
        write, prefix = self.ctx.write, self.ctx.config.label_prefix
        ensure_labels(write, {prefixed(label.name, prefix=prefix): label for label in (BY_NAME[MANAGED], APPROVING)})
        title = f"[task] {self.task.id}"
        return write.create_issue(
            title=title, body=self._body(record, outcome), labels=(prefixed(MANAGED, prefix=prefix),)
        )

    def _body(self, record: TaskRecord, outcome: Outcome) -> str:
        files = [(item.path, item.reason) for item in outcome.planned]
        text = issue_text(self.task, record, files, label=prefixed(APPROVING.name, prefix=self.ctx.config.label_prefix))
        return marked(f"{text}\n{encode_task(record, hmac_key=self.ctx.hmac_key)}", self._purpose)

    def _labelled(self, number: int) -> Event | None:
        """The last time that the approving label was put on."""
        events = [item for item in self.ctx.write.timeline(number) if item.kind == "labeled"]
        return next((item for item in reversed(events) if item.label.lower() == self._label), None)

    def _may(self, event: Event) -> bool:
        turn = Turn(
            kind=TurnKind.LABEL,
            id=event.id,
            at=event.at,
            login=event.actor,
            type=event.actor_type,
            via_app=event.via_app,
            command=APPROVAL,
        )
        actor = People(ctx=self.ctx).actor(turn, None)
        verdict = authorised(APPROVAL, actor, policy=house_of(self.ctx).policy, signal=Signal.LABEL)
        return isinstance(verdict, Allowed)

    @property
    def _purpose(self) -> str:
        return f"{PURPOSE}{self.task.id}"

    @property
    def _label(self) -> str:
        return prefixed(APPROVING.name, prefix=self.ctx.config.label_prefix).lower()


def _lower(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name.lower() for name in names)
