"""An issue with people on it, for tests of answering: they comment, edit and click, and the job is run after that.

The rule they keep: people act through the world's records, as GitHub would have kept what they did; the bot acts
through its token alone, so that its grants are tested with everything else.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from scans import PACE, copied
from small import NOW, REPO, TOKEN, a_scan, a_world, dashboards, flake_of, flipped, go_log, issues

from ftc.core.approval import Plan
from ftc.core.config import Config, Mode
from ftc.core.effects import SaveFlake
from ftc.core.marks import marked, purpose_of
from ftc.core.model import Flake, IssueRef
from ftc.core.plan_block import encode_plan
from ftc.core.progress import Assessment
from ftc.jobs.apply import perform
from ftc.jobs.context import Context, open_context
from ftc.jobs.desk import Partners
from ftc.jobs.issues import Session
from ftc.jobs.respond import RespondReport, respond_to
from ftc.jobs.settings import Settings, Tokens
from ftc.render.issue import issue_body
from ftc.simulator.simulator import Simulator
from ftc.simulator.world import Comment, Issue, Label, TimelineEvent

BOT = "github-actions[bot]"
ROLES = {"tim": "triage", "bea": "write", "max": "maintain", "amy": "admin", "ro": "read"}
PREFIX = "flaky-test-cleaner/"
APPROVED = f"{PREFIX}ai-fix-approved"
RUNS = (flipped(30, go_log("TestTotal")), flipped(20, go_log("TestTotal")))
FILES = ("cart/cart_test.go",)
ALLOWED = ("**/*_test.go",)
READY = {"mode": Mode.FIX, "model": "acme/large"}
"""Configuration with which a task can be started."""


@dataclass
class Page:
    """One issue in a simulated repository; each act of a person takes a minute."""

    simulator: Simulator
    number: int
    config: dict[str, Any] = field(default_factory=dict)
    partners: Partners = field(default_factory=Partners)

    @property
    def issue(self) -> Issue:
        repository = self.simulator.world.repository(REPO)
        assert repository is not None
        return repository.issues[self.number]

    @property
    def flake(self) -> Flake:
        return flake_of(self.issue)

    @property
    def now(self) -> datetime:
        return self.simulator.world.now()

    def copy(self) -> "Page":
        return replace(self, simulator=copied(self.simulator))

    def at(self, number: int) -> "Page":
        """Another issue of the same world."""
        return replace(self, number=number)

    def wait(self, **time: float) -> "Page":
        self.simulator.world.clock.advance(timedelta(**time).total_seconds())
        return self

    def comment(self, login: str, body: str) -> int:
        """Somebody comments; the id of the comment."""
        self.wait(minutes=1)
        world = self.simulator.world
        author = world.user(login).login
        made = Comment(id=world.next_id(), author=author, body=body, created_at=self.now, updated_at=self.now)
        self.issue.comments.append(made)
        return made.id

    def edit(self, comment: int, body: str, *, by: str, seconds: float = 60) -> None:
        self.wait(seconds=seconds)
        [found] = [item for item in self.issue.comments if item.id == comment]
        found.rewrite(body, editor=by, now=self.now, edit_id=self.simulator.world.next_id())

    def event(self, login: str, name: str, **data: Any) -> int:
        self.wait(minutes=1)
        world = self.simulator.world
        actor = world.user(login).login
        made = TimelineEvent(id=world.next_id(), event=name, actor=actor, created_at=self.now, data=data)
        self.issue.events.append(made)
        return made.id

    def label(self, login: str, name: str = APPROVED) -> int:
        """Somebody puts a label on."""
        repository = self.simulator.world.repository(REPO)
        assert repository is not None
        if repository.label(name) is None:
            repository.labels.append(Label(id=self.simulator.world.next_id(), name=name))
        self.issue.labels.append(name)
        return self.event(login, "labeled", label={"name": name, "color": "0e8a16"})

    def unlabel(self, login: str, name: str = APPROVED) -> int:
        self.issue.labels.remove(name)
        return self.event(login, "unlabeled", label={"name": name, "color": "0e8a16"})

    def close(self, login: str) -> int:
        self.issue.state = "closed"
        return self.event(login, "closed", commit_id=None)

    def reopen(self, login: str) -> int:
        self.issue.state = "open"
        return self.event(login, "reopened")

    def context(self, **config: Any) -> Context:
        settings = Settings(config=Config(repo=REPO, **self.config, **config), tokens=Tokens(read=TOKEN, issue=TOKEN))
        environ = {
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": REPO,
            "GITHUB_RUN_ID": "77",
        }
        return replace(open_context(settings, environ, now=self.now, pace=PACE), say=lambda _: None)

    def respond(self, *, minutes: float = 1, **config: Any) -> RespondReport:
        """The job, a minute later."""
        self.wait(minutes=minutes)
        with self.simulator.activate():
            return respond_to(self.context(**config), self.number, partners=self.partners)

    def save(self, flake: Flake) -> None:
        """The bot saves a state."""
        with self.simulator.activate():
            perform(Session(ctx=self.context()), [SaveFlake(number=self.number, flake=flake)])

    def save_exactly(self, flake: Flake) -> None:
        """The bot's state replaced as it never happens, without merging."""
        body = issue_body(flake, previous="", prefix=PREFIX.rstrip("/"))
        self.issue.rewrite(body, editor=BOT, now=self.now, edit_id=self.simulator.world.next_id())

    def said(self) -> dict[str, str]:
        """The bot's comments by their purpose."""
        own = [item for item in self.issue.comments if item.author == BOT and purpose_of(item.body)]
        purposes = [purpose_of(item.body) for item in own]
        assert len(set(purposes)) == len(purposes), "two comments for one purpose"
        return {purpose: item.body for purpose, item in zip(purposes, own, strict=True)}

    def answer(self, key: int | str) -> str:
        """The one answer to a comment, or to ``event-N``; empty where there is none."""
        return self.said().get(f"answer:{key}", "")

    def receipts(self, comment: int) -> list[str]:
        [found] = [item for item in self.issue.comments if item.id == comment]
        return [item.content for item in found.reactions if item.user == BOT]

    def analysed(self, *, locatable: bool = True, **plan: Any) -> "Page":
        """The bot posts an analysis with a plan, and its state knows of it."""
        self.wait(minutes=1)
        body = a_plan_comment(self, **plan)
        world, flake = self.simulator.world, self.flake
        made = Comment(id=world.next_id(), author=BOT, body=body, created_at=self.now, updated_at=self.now)
        self.issue.comments.append(made)
        assessment = Assessment(
            at=self.now,
            root_cause="async-wait",
            confidence=0.8,
            occurrences=flake.total,
            comment=made.id,
            locatable=locatable,
            planned_files=FILES,
            allowed_paths=ALLOWED,
        )
        self.save(replace(flake, progress=replace(flake.progress, assessment=assessment)))
        return self


def a_plan(page: Page, **over: Any) -> Plan:
    values = {"root_cause": "async-wait", "tests": (page.flake.test,), "allowed_paths": ALLOWED, "planned_files": FILES}
    return Plan(**{**values, **over})


def a_plan_comment(page: Page, *, issue: int = 0, since: datetime | None = None, **over: Any) -> str:
    where = IssueRef(repo=REPO, issue=issue or page.number)
    block = encode_plan(a_plan(page, **over), since or page.now, where=where)
    return marked(f"Most likely it does not wait.\n\n{block}", "analysis")


def a_page(*runs: Mapping[str, Any], **repository: Any) -> Page:
    """A repository in which one flaky test has an issue; ``bea`` and the others have the roles of ROLES."""
    given = {"roles": ROLES, **repository}
    simulator = a_world(*(runs or RUNS), **given)
    a_scan(simulator)
    return Page(simulator=simulator, number=issues(simulator)[0].number)


def dashboard_of(page: Page) -> Page:
    """The page of the dashboard."""
    return page.at(dashboards(page.simulator)[0].number)


def payload(page: Page, comment: int) -> str:
    """The event of a new comment, as far as the program reads it."""
    [found] = [item for item in page.issue.comments if item.id == comment]
    kind = "Bot" if found.author.endswith("[bot]") else "User"
    user = {"login": found.author, "type": kind}
    return json.dumps(
        {
            "action": "created",
            "issue": {"number": page.number},
            "comment": {"id": comment, "body": found.body, "user": user},
            "sender": user,
        }
    )


def words(text: str) -> str:
    """An answer without its mark, on one line."""
    return " ".join(re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL).split())


__all__ = ["NOW", "TOKEN", "Page", "a_page", "a_plan", "a_plan_comment", "dashboard_of", "payload", "words"]
