"""The issue in which the healing loop remembers: found by its label, believed only where the bot wrote last.

The rule it keeps: what is there is read again right before it is written over. A memory that cannot be believed is
taken from the newest text of the bot's own in the edit history, else it begins anew; that costs a second look at a
commit, and nothing else.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from ftc.clients.payloads import Issue
from ftc.core.errors import StateUnreadable
from ftc.core.healing import Memory, decode
from ftc.core.labels import BY_NAME, prefixed
from ftc.core.marks import marked, purpose_of
from ftc.jobs.context import Context
from ftc.jobs.heal_records import HEAL, remembered
from ftc.jobs.labelling import ensure_labels
from ftc.jobs.managed import trusted
from ftc.render.heal import ISSUE_TITLE, issue_text

MANAGED = "ai-managed"
"""By this label scans and fix runs find what was spent here, in the one listing that they make anyhow."""
Change = Callable[[Memory], Memory]


@dataclass(slots=True, kw_only=True)
class Notebook:
    """The memory of one base branch; in a dry run it is only read, and says what it would write."""

    ctx: Context
    branch: str
    _number: int = field(default=0)
    """Of the issue that this job opened, since the list of issues may lag behind."""

    @property
    def number(self) -> int:
        """Number of the issue as far as it was looked for; 0 for none."""
        return self._number

    @property
    def label(self) -> str:
        """The full name of the issue's label."""
        return prefixed(HEAL.name, prefix=self.ctx.config.label_prefix)

    @property
    def managed(self) -> str:
        """The full name of the label by which others count the costs."""
        return prefixed(MANAGED, prefix=self.ctx.config.label_prefix)

    def read(self) -> Memory:
        """What is remembered now."""
        issue = self._issue()
        return self._believed(issue) if issue else Memory(branch=self.branch)

    def write(self, change: Change) -> Memory:
        """Change what is remembered now, and write it."""
        issue = self._issue()
        memory = change(self._believed(issue) if issue else Memory(branch=self.branch))
        text = issue_text(memory, key=self.ctx.hmac_key, language=self.ctx.config.language)
        if self.ctx.config.dry_run:
            self.ctx.say(f"dry run: would write the issue labelled {self.label}")
        elif issue is None:
            ensure_labels(self.ctx.write, {self.label: HEAL, self.managed: BY_NAME[MANAGED]})
            labels = (self.label, self.managed)
            self._number = self.ctx.write.create_issue(title=ISSUE_TITLE, body=text, labels=labels).number
        elif text != issue.body:
            self._count(issue)
            self.ctx.write.edit_issue(issue.number, body=text)
        return memory

    def comment(self, purpose: str, text: str) -> None:
        """Say something on the issue, once; it is found again by its hidden mark."""
        issue = self._issue()
        if self.ctx.config.dry_run or issue is None:
            self.ctx.say(f"dry run: would comment on the issue labelled {self.label}")
            return
        said = self.ctx.write.comments(issue.number)
        if not any(trusted(self.ctx, item.author) and purpose_of(item.body) == purpose for item in said):
            self.ctx.write.create_comment(issue.number, marked(text, purpose))

    def _count(self, issue: Issue) -> None:
        """Put the label back on by which others count the costs, where an older version or a person left it off."""
        if self.managed.lower() not in (name.lower() for name in issue.labels):
            ensure_labels(self.ctx.write, {self.managed: BY_NAME[MANAGED]})
            self.ctx.write.add_labels(issue.number, (self.managed,))

    def _issue(self) -> Issue | None:
        """The bot's own issue of this branch, the oldest of several."""
        if self._number:
            return self.ctx.write.issue(self._number)
        own = [item for item in self.ctx.write.issues(self.label) if trusted(self.ctx, item.author)]
        branches = [self._branch(item) for item in own]
        # One that cannot be read may be ours; it is taken, so that no second one is opened beside it.
        at = next((branches.index(name) for name in (self.branch, "") if name in branches), None)
        found = None if at is None else own[at]
        self._number = found.number if found else 0
        return found

    def _branch(self, issue: Issue) -> str:
        """The branch that it is about; empty when it cannot be read."""
        with suppress(StateUnreadable):
            return decode(issue.body, key=self.ctx.hmac_key).branch
        return ""

    def _believed(self, issue: Issue) -> Memory:
        """The memory in the issue, or a new one."""
        if (found := remembered(self.ctx, issue, branch=self.branch)) is not None:
            return found
        self.ctx.say(f"the memory in issue {issue.number} cannot be believed, so it begins anew")
        return Memory(branch=self.branch)
