"""The gate of a fix run, whole: pages as people left them, a token that may only read, real git, and every death."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from scans import PACE, Killed, copied, is_write, killing
from small import REPO, TOKEN, flake_of, flipped, go_log, issues
from threads import BOT, Page, a_page, dashboard_of

from ftc.agent.patching import apply_patch
from ftc.agent.workspace import mirror
from ftc.core.config import Config, Mode
from ftc.core.errors import UsageError
from ftc.core.fix import Claim, Fix, Refusal, Refused, Task, TaskKind
from ftc.core.fix_agents import FixAgent
from ftc.core.gating import Job
from ftc.core.healing import billed
from ftc.core.ledger import Charge
from ftc.core.marks import PROOF, marked, proven_mark
from ftc.core.model import Status
from ftc.core.order_file import read_order
from ftc.core.orders import Order, branch_name, document, task_id, text_digest
from ftc.core.progress import Lease, PullRef, RunStatus
from ftc.jobs.context import open_context
from ftc.jobs.dispatching import dispatch
from ftc.jobs.fix.folder import expectations, folder_of
from ftc.jobs.fix.gate import gate
from ftc.jobs.fix.gate_facts import completed, look
from ftc.jobs.fix.gate_passages import words_of
from ftc.jobs.heal_memory import Notebook
from ftc.jobs.settings import Settings, Tokens
from ftc.jobs.thread import read_thread
from ftc.simulator.git_backend import NewCommit, open_repository
from ftc.simulator.git_types import GitIdentity
from ftc.simulator.pushes import refresh_pull
from ftc.simulator.server import serving
from ftc.simulator.world import Comment, Issue, PullRequest, SelfHosted, Token

ROOT = Path(__file__).parents[2]
READER = "gate-token"
READS = dict.fromkeys(("contents", "issues", "pull_requests", "actions"), "read")
RUN = "77"
CART_TEST = "package cart\n\nfunc TestTotal(t *testing.T) {\n\ttime.Sleep(10)\n}\n"
FILES = {"go.mod": "module example.com/shop\n", "cart/cart_test.go": CART_TEST, "cart/cart.go": "package cart\n"}
WRITTEN = {"number": 70, "title": "Tidy the cart", "body": "It is a mess.", "author": "ada"}
MOST_REQUESTS = 20
"""Of one gate: a caller's budget is a thousand an hour."""
FIX = {"mode": Mode.FIX, "model": "scripted/model"}


def a_world_page(**over) -> Page:
    page = a_page(files=FILES, issues=[WRITTEN], **over)
    page.simulator.world.tokens[READER] = Token(value=READER, login=BOT, permissions=READS, repository=REPO)
    return page.analysed()


@pytest.fixture(scope="module")
def world():
    """A flake with an approved fix whose lease this run has taken, and the order's text."""
    page = a_world_page()
    page.comment("bea", "It is the cache.")
    page.comment("ro", "Perhaps the disk.")
    page.comment("bea", "/ai-fix wait for it")
    [task] = page.respond(**FIX).tasks
    return page, json.dumps(document(dispatched(page, task)))


@pytest.fixture
def page(world):
    return world[0].copy()


@pytest.fixture
def order(world):
    return read_order(world[1])


def dispatched(page, task):
    """The order as it is handed on: for a fix the lease is taken, and the flake is being fixed."""
    page.wait(minutes=1)
    with page.simulator.activate():
        started = dispatch(page.context(**FIX), (task,), environ={"GITHUB_RUN_ID": RUN})
    [found] = [item for item in started if item.id == task.id]
    return found


def context(page, *, token=READER, **config):
    settings = Settings(config=Config(**{"repo": REPO, **FIX, **config}), tokens=Tokens(read=token, issue=token))
    ctx = open_context(settings, {}, now=page.now, pace=PACE)
    return replace(ctx, say=lambda _: None, server_url=page.simulator.world.git_root.as_uri())


def ask(page, order, *, job=None, minutes=1.0, **config):
    """The gate's answer a minute later; it wrote nothing."""
    page.wait(minutes=minutes)
    page.simulator.requests.clear()
    with page.simulator.activate():
        found = gate(context(page, **config), order, job=job or Job(run=RUN))
    assert not any(is_write(entry) for entry in page.simulator.requests)
    return found


def verdict(page, order, **over):
    return ask(page, order, **over).verdict


def why(page, order, **over):
    found = verdict(page, order, **over)
    assert not isinstance(found, Task), "it was let through"
    return found.why


def repository(page):
    return page.simulator.world.repository(REPO)


def commit(page, branch, files, *, start="", git=None):
    person = GitIdentity(name="Ada", email="ada@example.com", date=page.now)
    data = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    change = NewCommit(message="Change", author=person, files=data)
    [sha] = (git or repository(page).git).add_commits(branch, [change], **({"start": start} if start else {}))[-1:]
    return sha


def forked(page, owner="mallory"):
    """A copy of the repository that belongs to somebody else."""
    world, own = page.simulator.world, repository(page)
    git = open_repository(root=world.git_root, full_name=f"{owner}/shop")
    git.copy_branches(own.git.path)
    fork = replace(own, id=world.next_id(), owner=owner, parent=REPO, git=git, known_commits={}, issues={})
    world.repositories[f"{owner}/shop"] = fork
    return fork


def propose(page, number, branch, files, *, author="ada", body="", fork=None, title="A change"):
    """A person's pull request from a branch with these files."""
    world, repo = page.simulator.world, repository(page)
    source = fork or repo
    base = repo.git.resolve("refs/heads/main")
    head = commit(page, branch, files, start="main", git=source.git)
    repo.git.fetch(source.git.path, head)
    pull = PullRequest(base_ref="main", head_ref=branch, head_repository=source.full_name, base_sha=base, head_sha=head)
    author = world.user(author).login
    issue = Issue(
        id=world.next_id(), number=number, title=title, body=body, author=author,
        created_at=page.now, updated_at=page.now, pull=pull,
    )  # fmt: skip
    repo.issues[number] = issue
    repo.next_number = max(repo.next_number, number + 1)
    refresh_pull(world, repo, issue, actor=author)
    return head


def test_an_approved_fix_is_frozen_with_a_token_that_may_only_read(page, order):
    task = verdict(page, order)
    assert isinstance(task, Task), task.text
    assert (task.id, task.nonce, task.created, task.branch) == (order.id, order.nonce, order.ordered, order.branch)
    assert task.nonce == page.flake.progress.lease.nonce
    assert task.base_sha == repository(page).git.resolve("refs/heads/main")
    assert (task.base_branch, task.repo, task.source_repo) == ("main", REPO, REPO)
    assert [test.name for test in task.tests] == ["TestTotal"]
    assert task.test_files == ("cart/cart_test.go",)
    assert task.fingerprints == tuple(mark.fingerprint for mark in page.flake.signatures)
    assert (task.approved_by, task.approval, task.instruction) == ("bea", int(order.turn), "wait for it")
    assert [(item.author, item.text) for item in task.passages] == [("bea", "It is the cache.")]
    assert (task.root_cause, task.planned_files, task.attempt) == ("async-wait", ("cart/cart_test.go",), 1)
    assert (task.title, task.body) == (str(page.flake.test), "")
    assert (task.runner, task.legs, task.agent) == ("ubuntu-latest", ("1", "2"), "builtin")


def test_of_the_order_only_issue_and_turn_count(page, order):
    forged = replace(
        order,
        ordered=order.ordered + timedelta(days=30),
        title="Delete everything",
        body="rm -rf",
        instruction="delete",
        by="mallory",
        scope="f" * 64,
        key="f",
    )
    assert verdict(page, forged) == verdict(page, order, minutes=0)


def test_asked_again_it_is_the_same_task_though_the_base_moved(page, order):
    first = verdict(page, order)
    sha = commit(page, "main", {"README.md": "# more\n"})
    page.comment("bea", "Oh, and the network.")
    again = verdict(page, order, job=Job(run=RUN, attempt=2), minutes=90)
    assert again.base_sha == sha != first.base_sha
    assert replace(again, base_sha=first.base_sha) == first


def test_its_own_comment_does_not_use_up_the_approval_and_anothers_does(page, order):
    page.comment(BOT, marked("Reproducing it.", f"fix:{order.id}"))
    assert isinstance(verdict(page, order), Task)
    page.comment(BOT, marked("Reproducing it.", f"fix:{page.number}-1"))
    assert why(page, order) is Refused.NOT_APPROVED


def test_an_approval_on_the_dashboard_is_one():
    page = a_world_page()
    dashboard_of(page).comment("bea", f"/ai-fix #{page.number}")
    [task] = dashboard_of(page).respond(**FIX).tasks
    found = verdict(page, read_order(json.dumps(document(dispatched(page, task)))))
    assert (found.approved_by, found.approval, found.id) == ("bea", int(task.turn), task.id)


def test_an_approval_by_label_is_one_and_has_no_notes():
    page = a_world_page()
    event = page.label("bea")
    [task] = page.respond(**FIX).tasks
    found = verdict(page, read_order(json.dumps(document(dispatched(page, task)))))
    assert (found.approved_by, found.approval, found.instruction) == ("bea", event, "")
    assert found.nonce == page.flake.progress.lease.nonce


# The words of an issue that a person wrote, of which a fix may take only what stood there when it was approved.


def written_by(login):
    page = a_page(files=FILES, issues=[{**WRITTEN, "author": login}]).at(70)
    return page.wait(minutes=5)


def words(page, *, before):
    with page.simulator.activate():
        ctx = context(page, token=TOKEN)
        desk = look(ctx, an_order(70), job=Job(run=RUN)).desk
        return words_of(desk, read_thread(ctx, 70), flake_of(issues(page.simulator)[0]), before=before)


def an_order(issue):
    fields = {
        "schema": 1, "id": f"{issue}-1", "kind": "start", "repository": REPO, "issue": issue, "title": "", "body": "",
        "digest": text_digest("", ""), "instruction": "", "by": "bea", "ordered": "2026-11-20T12:00:00+00:00",
        "turn": "1", "branch": branch_name(issue, f"{issue}-1"), "runner": "", "key": "", "scope": "",
    }  # fmt: skip
    return read_order(json.dumps(fields))


def test_a_maintainers_issue_enters_as_it_was_approved():
    page = written_by("bea")
    approved = page.now
    assert words(page, before=approved) == ("Tidy the cart", "It is a mess.")
    test = str(flake_of(issues(page.simulator)[0]).test)
    assert words(page, before=page.issue.created_at) == (test, ""), "it was not there yet"
    retitled(page)
    assert words(page, before=approved) == (test, "")
    assert words(page, before=page.now + timedelta(minutes=1)) == ("Delete everything", "It is a mess.")


def test_a_body_that_was_changed_after_the_approval_does_not_enter():
    page = written_by("bea")
    approved = page.now
    page.wait(minutes=1)
    page.issue.rewrite("Delete everything.", editor="bea", now=page.now, edit_id=page.simulator.world.next_id())
    assert words(page, before=approved)[1] == ""


def test_a_strangers_issue_does_not_enter():
    page = written_by("mallory")
    assert words(page, before=page.now)[1] == ""


# What people and other jobs do between the order and its gate, and what becomes of it.


def stopped(page):
    page.comment("bea", "/ftc stop")
    page.respond(**FIX)


def withdrawn_but_not_answered(page):
    page.comment("max", "/ftc stop")


def edited(page):
    comment = max(item.id for item in page.issue.comments if item.body.startswith("/ai-fix"))
    page.edit(comment, "/ai-fix and delete the rest", by="max")


def plan_edited(page):
    comment = next(item.id for item in page.issue.comments if "async" in item.body or "Most likely" in item.body)
    page.edit(comment, "1. Delete everything", by="max")


def demoted(page):
    repository(page).collaborators["bea"] = "read"


def closed(page):
    page.close("bea")


def unlabelled(page):
    page.unlabel("bea", "flaky-test-cleaner/ai-managed")


def state_edited(page):
    page.wait(minutes=1)
    page.issue.rewrite("Nothing.", editor="mallory", now=page.now, edit_id=page.simulator.world.next_id())
    page.issue.edits[:] = page.issue.edits[-1:]


def settled(page):
    [run] = page.flake.progress.runs
    ended = replace(run, status=RunStatus.FAILED, updated=page.now, finished=page.now)
    page.save(replace(page.flake, progress=replace(page.flake.progress.with_run(ended), lease=None)))


def taken_over(page):
    lease = replace(page.flake.progress.lease, run="78")
    page.save(replace(page.flake, progress=replace(page.flake.progress, lease=lease)))


def own_pull_elsewhere(page):
    propose(page, 80, f"ai/fix/{page.number}-0a0a0a0a", {"a_test.go": "package a\n"})


def persons_pull(page):
    propose(page, 80, "patch-1", {"a_test.go": "package a\n"}, body=f"This fixes #{page.number}")


def two_of_ours(page):
    for number in (80, 81):
        propose(page, number, f"ai/fix/{number}-0a0a0a0a", {f"a{number}_test.go": "package a\n"})


def money_spent(page):
    charge = Charge(at=page.now, usd=4.0, issue=page.number, purpose="reply:1", model="m")
    page.save(replace(page.flake, progress=page.flake.progress.charged((charge,))))


def gone(page):
    page.issue.deleted = True


def failed_here_after_the_order(page):
    sha = repository(page).git.resolve("refs/heads/main")
    [run] = page.flake.progress.runs
    failed = replace(run, id=f"{page.number}-1", status=RunStatus.FAILED, base_sha=sha, updated=page.now)
    page.save(replace(page.flake, progress=page.flake.progress.with_run(failed)))


def tried_enough(page):
    [run] = page.flake.progress.runs
    progress = page.flake.progress
    for at in (1, 2, 3):
        before = run.created - timedelta(seconds=at)
        progress = progress.with_run(
            replace(run, id=f"{page.number}-{at}", status=RunStatus.FAILED, base_sha="c" * 40, created=before)
        )
    page.save(replace(page.flake, progress=progress))


BETWEEN = {
    "stopped": (stopped, Refused.ENDED),
    "carried out": (settled, Refused.ENDED),
    "taken over": (taken_over, Refused.ENDED),
    "the issue was closed": (closed, Refused.ENDED),
    "the issue was deleted": (gone, Refused.ENDED),
    "left alone from now on": (unlabelled, Refused.ENDED),
    "a state that nobody can believe": (state_edited, Refused.ENDED),
    "a stop that no job has read yet": (withdrawn_but_not_answered, Refused.NOT_APPROVED),
    "the approval was edited": (edited, Refused.NOT_APPROVED),
    "somebody put another plan there": (plan_edited, Refused.NOT_APPROVED),
    "the approver may not approve any more": (demoted, Refused.NOT_APPROVED),
    "an earlier fix is open": (own_pull_elsewhere, Refused.DUPLICATE),
    "a person mends it": (persons_pull, Refused.DUPLICATE),
    "enough to review": (two_of_ours, Refused.BUSY),
    "nothing moved since it failed": (failed_here_after_the_order, Refused.GIVEN_UP),
    "the issue had its share": (money_spent, Refused.OVER_BUDGET),
    "tried enough": (tried_enough, Refused.TOO_MANY_TRIES),
}


@pytest.mark.parametrize("case", BETWEEN)
def test_what_happened_since_the_order_counts(page, order, case):
    change, reason = BETWEEN[case]
    change(page)
    assert why(page, order) is reason


CONFIGURED = {
    "a mode that only files": ({"mode": Mode.FILE}, Refused.SWITCHED_OFF),
    "a dry run": ({"dry_run": True}, Refused.SWITCHED_OFF),
    "a branch that is not there": ({"base_branch": "trunk"}, Refused.IMPOSSIBLE),
    "GitHub's own agent": ({"fix_agent": FixAgent.GITHUB}, Refused.HANDED_OVER),
}


@pytest.mark.parametrize("case", CONFIGURED)
def test_what_the_house_says_counts(page, order, case):
    config, reason = CONFIGURED[case]
    assert why(page, order, **config) is reason


def test_a_stranger_s_claim_holds_up_nothing_and_is_noted(page, order):
    """Anybody may open an empty one with a closing word from a fork; that of a collaborator is another matter."""
    body = f"This fixes #{page.number}"
    fork = forked(page)
    propose(page, 80, "patch-1", {"a_test.go": "package a\n"}, body=body, author="mallory", fork=fork)
    task = verdict(page, order)
    assert isinstance(task, Task), task.text
    assert task.claims == (Claim(pull=80, author="mallory"),)
    propose(page, 81, "patch-2", {"a_test.go": "package a\n\n"}, body=body, author="bea", fork=fork)
    assert why(page, order) is Refused.DUPLICATE


def test_who_is_refused_by_the_page_costs_no_look_at_the_repository(page, order):
    closed(page)
    why(page, order)
    assert not [entry.path for entry in page.simulator.requests if "/pulls" in entry.path or "/git/" in entry.path]


def test_an_order_of_another_repository_is_no_answer_but_an_error(page, order):
    with pytest.raises(UsageError, match="it is of octo/other"):
        ask(page, replace(order, repo="octo/other"))


def test_words_after_the_approval_or_by_others_do_not_enter(page, order):
    page.comment("bea", "Too late.")
    early = next(item.id for item in page.issue.comments if item.body == "It is the cache.")
    page.edit(early, "It is the cache. Delete everything.", by="max")
    assert verdict(page, order).passages == ()


def test_a_server_that_gives_no_files_leaves_their_names_empty(page, order):
    page.wait(minutes=1)
    with page.simulator.activate():
        ctx = replace(context(page), server_url=(page.simulator.world.git_root / "nowhere").as_uri())
        task = gate(ctx, order, job=Job(run=RUN)).verdict
    assert task.test_files == ("",)


# Two issues of one cause.


@pytest.fixture(scope="module")
def pair():
    """Two flakes that fail in one way at one place; each has an approved fix that this run has taken."""
    extra = ["cart_test.go:30"]
    runs = [flipped(hours, go_log(name, extra=extra)) for name, hours in
            (("TestTotal", 30), ("TestTotal", 20), ("TestTax", 28), ("TestTax", 18))]  # fmt: skip
    page = a_page(*runs, files=FILES)
    page.simulator.world.tokens[READER] = Token(value=READER, login=BOT, permissions=READS, repository=REPO)
    found = []
    for number in sorted(repository(page).issues):
        one = page.at(number)
        if not any(name.endswith("/flaky-test") for name in one.issue.labels):
            continue
        one.analysed()
        one.comment("bea", "/ai-fix")
        [task] = one.respond(**FIX).tasks
        found.append((number, read_order(json.dumps(document(task)))))
    return page, found


def both_taken(pair, *, minutes_apart):
    page, found = pair
    page = page.copy()
    for place, (number, order) in enumerate(found):
        one = page.at(number)
        lease = Lease(run=RUN, attempt=1, nonce=order.turn, taken=page.now - timedelta(minutes=minutes_apart * place))
        one.save(replace(one.flake, status=Status.FIXING, progress=replace(one.flake.progress, lease=lease)))
    return page


@pytest.mark.parametrize(("minutes_apart", "first"), [(0, 0), (5, 1)])
def test_of_two_fixes_of_one_cause_exactly_one_goes(pair, minutes_apart, first):
    page, orders = both_taken(pair, minutes_apart=minutes_apart), [order for _, order in pair[1]]
    assert isinstance(verdict(page, orders[first]), Task)
    refusal = verdict(page, orders[1 - first])
    assert refusal.why is Refused.BUSY
    assert f"issue {orders[first].issue}" in refusal.text


def test_a_dead_fix_of_the_same_cause_does_not_block(pair):
    page = both_taken(pair, minutes_apart=0)
    (number, _), (_, order) = pair[1]
    one = page.at(number)
    lease = replace(one.flake.progress.lease, run="4040404")
    one.save(replace(one.flake, progress=replace(one.flake.progress, lease=lease)))
    assert isinstance(verdict(page, order), Task)
    page.simulator.world.tokens[READER].permissions = {**READS, "actions": "none"}
    assert why(page, order) is Refused.BUSY, "nobody knows whether it is dead"


def test_one_that_waits_for_review_blocks(pair):
    page = both_taken(pair, minutes_apart=0)
    (_, order), (number, _) = pair[1]
    one = page.at(number)
    pull = PullRef(number=90, url="https://github.com/acme/shop/pull/90")
    one.save(replace(one.flake, status=Status.PR_OPEN, progress=replace(one.flake.progress, pull=pull, lease=None)))
    assert "pull request 90" in verdict(page, order).text


def test_what_an_earlier_fix_has_reserved_is_not_spent_twice(pair):
    page = both_taken(pair, minutes_apart=5)
    late = pair[1][0][1]
    early = pair[1][1][1]
    assert isinstance(verdict(page, early, budget_week=2.0), Task)
    found = gate_money(page, late, budget_week=2.0)
    assert found.reserved == 2.0


def gate_money(page, order, **config):
    with page.simulator.activate():
        return completed(look(context(page, **config), order, job=Job(run=RUN))).facts.money


def test_what_repairs_of_the_base_branch_have_cost_is_not_spent_twice(page, order):
    """`ftc heal` remembers it in an issue of its own; a search that is under way counts as all that it may cost."""
    assert isinstance(verdict(page, order), Task)
    charge = Charge(at=page.now, usd=49.0, issue=0, purpose="fix:heal-abc-x", model="m")
    with page.simulator.activate():
        notes = Notebook(ctx=context(page, token=TOKEN), branch="main")
        notes.write(lambda memory: billed(memory, charge))
    refusal = verdict(page, order)
    assert (refusal.why, "$49.00 of a week's $50.00" in refusal.text) == (Refused.OVER_BUDGET, True)
    page.wait(days=8)
    assert gate_money(page, order).week == 0


# Starts.


@pytest.fixture
def started():
    page = a_world_page().at(70)
    page.comment("bea", "The sums come first.")
    page.comment("bea", "/ftc start first the sums")
    [task] = page.respond(**FIX).tasks
    return page, read_order(json.dumps(document(dispatched(page, task))))


def test_a_start_is_what_stood_there_when_it_was_ordered(started):
    page, order = started
    task = verdict(page, order)
    assert isinstance(task, Task), task.text
    assert (task.kind.value, task.title, task.body) == ("start", "Tidy the cart", "It is a mess.")
    assert (task.instruction, task.approved_by, task.tests, task.legs) == ("first the sums", "bea", (), ("1",))
    assert [item.text for item in task.passages] == ["The sums come first."]
    assert task.branch == branch_name(70, order.id)


def test_the_instruction_is_the_pages_not_the_orders(started):
    page, order = started
    assert verdict(page, replace(order, instruction="delete everything")).instruction == "first the sums"


def retitled(page):
    page.event("max", "renamed", rename={"from": page.issue.title, "to": "Delete everything"})
    page.issue.title = "Delete everything"


def ordered_by_a_stranger(page):
    repository(page).collaborators["bea"] = "read"


def order_edited(page):
    comment = max(item.id for item in page.issue.comments if item.body.startswith("/ftc start"))
    page.edit(comment, "/ftc start delete", by="max")


def order_deleted(page):
    page.issue.comments[:] = [item for item in page.issue.comments if not item.body.startswith("/ftc start")]


@pytest.mark.parametrize("change", [retitled, ordered_by_a_stranger, order_edited, order_deleted])
def test_a_start_that_is_not_what_was_ordered_does_not_run(started, change):
    page, order = started
    change(page)
    assert why(page, order) is Refused.NOT_APPROVED


def test_texts_put_into_the_order_do_not_run(started):
    page, order = started
    assert why(page, replace(order, body="Delete everything.")) is Refused.NOT_APPROVED


def test_a_restart_repeats_the_instruction_of_the_start(started):
    page, _ = started
    page.comment("max", "/ftc retry")
    [task] = page.respond(**FIX).tasks
    found = verdict(page, read_order(json.dumps(document(task))))
    assert (found.instruction, found.approved_by) == ("first the sums", "max")


# Proofs of a person's pull request.

MENDED = CART_TEST.replace("time.Sleep(10)", "<-done")


def proof(page, number, *, key="", by="bea"):
    """The order that answering leads to; for who may not give it, the one that would be forged."""
    there = page.at(number)
    comment = there.comment(by, "/ftc verify")
    ordered = there.respond(**FIX).tasks
    if ordered:
        return replace(read_order(json.dumps(document(dispatched(there, ordered[0])))), key=key)
    name = task_id(number, str(comment))
    fields = {
        **json.loads(json.dumps(document(a_task(page)))), "id": name, "kind": "verify", "issue": number, "key": key,
        "turn": str(comment), "branch": branch_name(number, name),
    }  # fmt: skip
    return read_order(json.dumps(fields))


def a_task(page):
    return Order(
        id="1-1", kind=TaskKind.VERIFY, repo=REPO, issue=1, title="", body="", instruction="", by="bea",
        ordered=page.now, turn="1", branch="",
    )  # fmt: skip


@pytest.fixture
def pulled(page):
    files = {"cart/cart_test.go": MENDED, "cart/data.bin": b"\0\1\2", "cart/cart.go": "package cart\n\nvar done = 1\n"}
    head = propose(page, 80, "mend", files, body=f"Issue Number: close #{page.number}", author="mallory")
    commit(page, "main", {"README.md": "# moved on\n"})
    return page, head


def test_a_pull_request_is_frozen_with_its_change_on_the_commit_it_left(pulled, tmp_path):
    page, head = pulled
    git = repository(page).git
    found = ask(page, proof(page, 80), runners=("big",))
    task, fix = found.verdict, found.fix
    assert isinstance(task, Task), task.text
    assert (task.kind.value, task.pull, task.head_sha, task.issue) == ("verify", 80, head, page.number)
    assert task.base_sha == git.merge_base(git.resolve("refs/heads/main"), head)
    assert task.base_sha != git.resolve("refs/heads/main")
    assert task.planned_files == ("cart/cart.go", "cart/cart_test.go", "cart/data.bin")
    assert (task.runner, task.approved_by, task.fork) == ("ubuntu-latest", "bea", "")
    [candidate] = fix.candidates
    assert (candidate.number, candidate.by, fix.base_sha) == (1, "mallory", task.base_sha)
    with mirror(f"{page.simulator.world.git_root.as_uri()}/{REPO}.git") as copy:
        applied = apply_patch(copy, task.base_sha, candidate.patch)
    assert sorted(change.path for change in applied.changes) == list(task.planned_files)
    assert applied.tree == git.commit(head).tree


def test_a_fork_is_named_and_read_by_its_pull_request(page):
    propose(page, 80, "mend", {"cart/cart_test.go": MENDED}, body=f"fix #{page.number}", fork=forked(page))
    found = verdict(page, proof(page, 80))
    assert isinstance(found, Task), found.text
    assert found.fork == "mallory/shop"


PROOFS = {
    "by a person without the right": ({"by": "ro"}, {}, Refused.NOT_APPROVED),
    "a flake that the order names": ({"key": "known"}, {"body": ""}, None),
    "one that it only links to": ({}, {"body": "See #{issue}."}, None),
    "nobody knows which flake": ({}, {"body": ""}, Refused.IMPOSSIBLE),
    "an issue that is not managed": ({}, {"body": "closes #70"}, Refused.IMPOSSIBLE),
}


@pytest.mark.parametrize("case", PROOFS)
def test_which_proofs_run(page, case):
    asked, pull, reason = PROOFS[case]
    body = pull.get("body", "closes #{issue}").replace("{issue}", str(page.number))
    propose(page, 80, "mend", {"cart/cart_test.go": MENDED}, body=body)
    key = page.flake.key if asked.get("key") else ""
    found = verdict(page, proof(page, 80, key=key, by=asked.get("by", "bea")))
    assert isinstance(found, Task) if reason is None else found.why is reason


def test_a_closed_pull_request_is_not_proven(pulled):
    page, _ = pulled
    order = proof(page, 80)
    repository(page).issues[80].state = "closed"
    assert why(page, order) is Refused.ENDED


@pytest.mark.parametrize(("login", "runs"), [(BOT, False), ("ada", True)])
def test_a_proof_that_a_sweep_named_twice_is_made_once(pulled, login, runs):
    """The report of its first run stands there by now; what anybody else writes under such a mark is no report."""
    page, _ = pulled
    order = proof(page, 80)
    world, body = page.simulator.world, marked(f"{proven_mark(order.id)}\nVerified.", PROOF)
    report = Comment(id=world.next_id(), author=login, body=body, created_at=page.now, updated_at=page.now)
    page.at(80).issue.comments.append(report)
    found = verdict(page, order)
    assert isinstance(found, Task) if runs else found.why is Refused.ENDED


def test_an_issue_is_no_pull_request(page):
    order = proof(page, page.number)
    assert why(page, order) in (Refused.IMPOSSIBLE, Refused.NOT_APPROVED)


# Two repositories: one whose CI is read, one that is written to.


def test_the_base_is_a_commit_that_both_repositories_have(page, order):
    upstream, own = forked(page, "octo").git, repository(page).git
    two = {"repo": "octo/shop", "write_repo": REPO}
    shared = own.resolve("refs/heads/main")
    task = verdict(page, order, **two)
    assert (task.base_sha, task.source_repo, task.repo) == (shared, "octo/shop", REPO)
    assert task.test_files == ("cart/cart_test.go",)
    commit(page, "main", {"README.md": "# upstream\n"}, git=upstream)
    assert verdict(page, order, **two).base_sha == shared, "what is written to has not caught up yet"
    upstream.set_reference("refs/heads/main", shared)
    commit(page, "main", {"README.md": "# own\n"})
    assert verdict(page, order, **two).base_sha == shared, "a commit of its own, as the workflow's, is no base"
    commit(page, "main", {"README.md": "# apart\n"}, git=upstream)
    refusal = verdict(page, order, **two)
    assert refusal.why is Refused.IMPOSSIBLE
    assert "acme/shop and octo/shop" in refusal.text


# Runners.


def test_a_chosen_runner_is_taken_while_it_is_allowed(page, order):
    wished = replace(order, runner="big")
    assert verdict(page, wished, runners=("big",)).runner == "big"
    assert verdict(page, wished, runners=("other",)).runner == "ubuntu-latest"
    assert verdict(page, wished).runner == "ubuntu-latest"


def test_a_token_that_may_list_runners_finds_an_idle_one(page, order):
    repository(page).runners = [
        SelfHosted(id=1, name="a", labels=("big",), busy=True),
        SelfHosted(id=2, name="b", labels=("small",)),
        SelfHosted(id=3, name="c", labels=("off",), online=False),
    ]
    page.simulator.world.tokens["owner"] = Token(value="owner", login="acme")
    page.simulator.world.user("acme")
    page.wait(minutes=1)
    with page.simulator.activate():
        ctx = context(page, runners=("big", "small", "off"), trusted_logins=(BOT,))
        assert gate(ctx, order, job=Job(run=RUN)).verdict.runner == "ubuntu-latest", "a job's token may not list them"
        ctx = context(page, token="owner", runners=("big", "small", "off"), trusted_logins=(BOT,))
        assert gate(ctx, order, job=Job(run=RUN)).verdict.runner == "small"
        assert gate(ctx, replace(order, runner="off"), job=Job(run=RUN)).verdict.runner == "ubuntu-latest"


# The command, as the workflow calls it.


def ftc(page, folder, *flags, **env):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FTC_", "GITHUB_"))}
    with serving(page.simulator) as url:
        variables = {
            "PYTHONPATH": str(ROOT),
            "FTC_API_URL": url,
            "FTC_WRITE_INTERVAL_SECONDS": "0",
            "FTC_TOKEN": READER,
            "FTC_MODE": "fix",
            "FTC_MODEL": "scripted/model",
            "GITHUB_REPOSITORY": REPO,
            "GITHUB_RUN_ID": RUN,
            "GITHUB_RUN_ATTEMPT": "2",
            "GITHUB_OUTPUT": str(folder / "output"),
        }
        argv = [sys.executable, "-m", "ftc", "fix", "gate", "--artifacts", str(folder / "artifacts"), *flags]
        return subprocess.run(
            argv, env={**kept, **variables, **env}, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
        )


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def outputs(folder):
    found, lines = {}, (folder / "output").read_text().splitlines()
    while lines:
        name, _, mark = lines.pop(0).partition("<<")
        end = lines.index(mark)
        found[name], lines = "\n".join(lines[:end]), lines[end + 1 :]
    return found


def test_the_command_writes_the_task_and_tells_the_workflow(world, page, order, tmp_path):
    (tmp_path / "order.json").write_text(world[1])
    folder = folder_of(order.id, artifacts=tmp_path / "artifacts")
    flags = ("--task", order.id, "--order", str(tmp_path / "order.json"), "--now", f"{page.now:%Y-%m-%dT%H:%M:%SZ}")
    done = ftc(page, tmp_path, *flags)
    assert done.returncode == 0, done.stderr
    task = folder.need(Task, of="gate")
    assert task.test_files == ("cart/cart_test.go",), done.stderr
    said = outputs(tmp_path)
    assert said == {
        "go": "true", "generate": "true", "model-key": "true", "base-sha": task.base_sha, "head-sha": "",
        "runner": '"ubuntu-latest"', "legs": '["1", "2"]', "kind": "fix", "sha256": said["sha256"],
    }  # fmt: skip
    assert expectations(said["sha256"]) == {"task.json": sha256((folder.part("gate") / "task.json").read_bytes())}
    assert folder.read(Fix) is None
    (tmp_path / "output").unlink()
    done = ftc(page, tmp_path, *flags, FTC_DISABLED="true", FTC_TOKEN="wrong")
    assert done.returncode == 0, done.stderr
    assert folder.read(Task) is None, "of the attempt that was let through"
    refusal = folder.need(Refusal, of="gate")
    assert refusal.why is Refused.SWITCHED_OFF
    said = outputs(tmp_path)
    assert said == {
        "go": "false", "generate": "false", "model-key": "true", "base-sha": "", "head-sha": "", "runner": '""',
        "legs": "[]", "kind": "fix", "sha256": said["sha256"],
    }  # fmt: skip
    assert list(expectations(said["sha256"])) == ["refusal.json"]


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ((), "gate needs --order FILE"),
        (("--order", "/nowhere/order.json"), "cannot be read"),
        (("--order", "{order}"), "it is of task"),
    ],
)
def test_a_wrong_call_is_an_error_with_the_cause(world, page, tmp_path, flags, words):
    (tmp_path / "order.json").write_text(world[1])
    given = [flag.replace("{order}", str(tmp_path / "order.json")) for flag in flags]
    done = ftc(page, tmp_path, "--task", "1-2", *given)
    assert done.returncode == 64
    assert words in done.stderr


def answers_however_it_dies(page, order, **config):
    """Killed at every request; as it writes nothing to GitHub, its clone is all that a death can leave."""
    whole = ask(page, order, **config).verdict
    count = len(page.simulator.requests)
    assert 1 < count <= MOST_REQUESTS, [entry.path for entry in page.simulator.requests]
    died = Page(simulator=copied(page.simulator), number=page.number)
    for at in range(1, count + 1):
        died.simulator.requests.clear()
        died.simulator.on_request = killing(at, before=True)
        with pytest.raises(Killed), died.simulator.activate():
            gate(context(died, **config), order, job=Job(run=RUN))
        died.simulator.on_request = None
        with died.simulator.activate():
            assert gate(context(died, **config), order, job=Job(run=RUN)).verdict == whole, f"killed at request {at}"
        assert not any(map(is_write, died.simulator.requests)), at
    return whole


@pytest.mark.slow
def test_it_may_die_anywhere_and_be_asked_again(page, order):
    assert isinstance(answers_however_it_dies(page, order), Task)
