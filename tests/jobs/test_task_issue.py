"""The issue of a task: posted once, approved by a person's label for exactly its plan, and told on the dashboard."""

from dataclasses import replace
from datetime import timedelta

import pytest
from bot_texts import a_status
from errands import a_task
from scans import Killed, copied, is_write, killing
from small import NOW, REPO, a_scan, a_world, dashboards
from threads import BOT, PREFIX, ROLES, Page

from ftc.agent.task_ending import Outcome
from ftc.core.task_block import decode_task, encode_task, record_of
from ftc.core.task_plan import PlannedFile
from ftc.jobs.task_issue import TaskDesk

pytestmark = pytest.mark.slow

APPROVED = f"{PREFIX}task-approved"
TASK = a_task()
PLAN = (PlannedFile(path="src/a.py", reason="A needs a <b>name</b> @ada"), PlannedFile(path="src/b.py"))


def an_outcome(*planned, code=2, **over):
    status = replace(a_status(), id="quiet", finished_at="2026-11-20T12:00:00Z", **{"commits": (), **over})
    return Outcome(status=status, code=code, record=record_of(status, (), code=code), planned=planned)


def world(**over):
    return a_world(roles={**ROLES, "rob[bot]": "write"} if over.pop("machine", False) else ROLES, **over)


def desk(simulator, task=TASK, **config):
    page = Page(simulator=simulator, number=0, config=config)
    return TaskDesk(ctx=page.context(), task=task, clock=simulator.world.now)


def tell(simulator, outcome, task=TASK, **config):
    with simulator.activate():
        at = desk(simulator, task, **config)
        return at.tell(at.find(), outcome)


def approved(simulator, task=TASK, **config):
    with simulator.activate():
        at = desk(simulator, task, **config)
        return at.approved(at.find())


def task_issues(simulator):
    return [issue for issue in simulator.world.repository(REPO).issues.values() if issue.title == "[task] quiet"]


def posted(**config):
    simulator = world()
    tell(simulator, an_outcome(*PLAN), **config)
    [issue] = task_issues(simulator)
    return Page(simulator=simulator, number=issue.number, config=config)


def test_a_plan_is_posted_once_with_its_hint():
    page = posted()
    again = tell(page.simulator, an_outcome(*PLAN))
    [issue] = task_issues(page.simulator)
    assert again.endswith(f"/{REPO}/issues/{issue.number}")
    assert issue.author == BOT
    assert "`src/a.py`" in issue.body
    assert "@ada" not in issue.body.replace("`A needs a <b>name</b> @ada`", ""), "words of a generator stand in code"
    assert APPROVED in issue.body
    record = decode_task(issue.body)
    assert (record.files, f"--approve {record.digest}" in issue.body) == (("src/a.py", "src/b.py"), True)


def test_a_plan_of_a_thousand_files_fits_into_its_issue_and_is_approved_by_hand():
    many = [PlannedFile(path=f"src/{'x' * 200}/{number}.py", reason="It prints. " * 50) for number in range(1_000)]
    simulator = world()
    tell(simulator, an_outcome(*many))
    [issue] = task_issues(simulator)
    assert len(issue.body) < 60_000
    assert "950 more follow" in issue.body
    assert "too many to be approved here" in issue.body
    Page(simulator=simulator, number=issue.number).label("bea", APPROVED)
    assert approved(simulator) == frozenset()


def test_a_task_within_the_tests_needs_no_issue():
    simulator = world()
    assert tell(simulator, an_outcome(code=0, commits=("a" * 40,))) == ""
    assert task_issues(simulator) == []
    assert not [entry for entry in simulator.requests if is_write(entry)]


# Who puts the label on, and whether it counts.
LABELS = [("bea", True), ("amy", True), ("tim", False), ("ro", False), (BOT, False)]


@pytest.mark.parametrize(("login", "counts"), LABELS)
def test_the_label_counts_by_whom_it_was_put_on(login, counts):
    page = posted()
    assert approved(page.simulator) == frozenset()
    page.label(login, APPROVED)
    assert approved(page.simulator) == (frozenset({"src/a.py", "src/b.py"}) if counts else frozenset())
    assert (APPROVED in page.issue.labels) == counts, "a label that counts for nothing is taken off"


def test_configured_approvers_decide():
    page = posted(approvers=("maintain",))
    page.label("bea", APPROVED)
    assert approved(page.simulator, approvers=("maintain",)) == frozenset()
    page.label("max", APPROVED)
    assert approved(page.simulator, approvers=("maintain",))


def relabelled(page):
    page.label("bea", APPROVED)
    page.unlabel("bea", APPROVED)


def edited(page):
    page.label("bea", APPROVED)
    body = page.issue.body.replace("src/b.py", "src/c.py")
    page.issue.rewrite(body, editor="max", now=page.now, edit_id=page.simulator.world.next_id())


def forged(page):
    """A person writes a sound block with other files, as nothing is signed."""
    record = decode_task(page.issue.body)
    page.label("bea", APPROVED)
    body = page.issue.body.replace(encode_task(record), encode_task(replace(record, files=("src/a.py",))))
    page.issue.rewrite(body, editor="max", now=page.now, edit_id=page.simulator.world.next_id())


def closed(page):
    page.label("bea", APPROVED)
    page.close("bea")


def replanned(page):
    page.label("bea", APPROVED)
    page.wait(minutes=1)
    tell(page.simulator, an_outcome(*PLAN, PlannedFile(path="src/c.py")))
    assert APPROVED not in page.issue.labels, "it approved another plan"


VOID = [relabelled, edited, forged, closed, replanned]


@pytest.mark.parametrize("void", VOID)
def test_an_approval_is_void(void):
    page = posted()
    void(page)
    assert approved(page.simulator) == frozenset()


def test_an_approval_counts_for_one_text_of_the_task():
    page = posted()
    page.label("bea", APPROVED)
    other = a_task(objective="Say something else.")
    assert approved(page.simulator, other) == frozenset()
    assert approved(page.simulator), "and stands for the one that it was given to"


def test_a_plan_that_was_declined_is_not_brought_up_again():
    page = posted()
    page.close("bea")
    page.issue.state_reason = "not_planned"
    before = page.issue.body
    tell(page.simulator, an_outcome(PlannedFile(path="src/c.py")))
    assert (page.issue.state, page.issue.body) == ("closed", before)


def test_a_task_that_was_delivered_closes_its_issue_and_a_new_plan_opens_it_again():
    page = posted()
    tell(page.simulator, an_outcome(code=0, commits=("a" * 40,), pr_url="https://github.com/acme/shop/pull/9"))
    assert page.issue.state == "closed"
    assert "https://github.com/acme/shop/pull/9" in page.issue.body
    assert approved(page.simulator) == frozenset()
    tell(page.simulator, an_outcome(*PLAN))
    assert page.issue.state == "open"
    assert len(task_issues(page.simulator)) == 1


def test_killed_at_any_request_and_run_again_there_is_one_issue():
    calm = world()
    tell(calm, an_outcome(*PLAN))
    for entry in calm.requests:
        for before in (True, False):
            victim = copied(world())
            hook = killing(entry.number, before=before)
            victim.on_request, victim.after_request = (hook, None) if before else (None, hook)
            with pytest.raises(Killed):
                tell(victim, an_outcome(*PLAN))
            victim.on_request = victim.after_request = None
            tell(victim, an_outcome(*PLAN))
            [issue] = task_issues(victim)
            assert f"{PREFIX}ai-managed" in issue.labels
            assert decode_task(issue.body).digest, f"{before} {entry.method} {entry.path}"


def board(simulator, hours):
    report = a_scan(simulator, hours=hours)
    [issue] = dashboards(simulator)
    return issue.body, report


def test_the_dashboard_tells_of_tasks_and_asks_for_nothing_more():
    without, page = world(), posted()
    (empty, calm), (full, busy) = board(without, 1), board(page.simulator, 1)
    assert "### Tasks" not in empty
    assert "| `quiet` | `2026-11-20T12:00:00Z` | waits for approval | `high` | #" in full
    assert busy.requests == calm.requests
    assert not [note for note in busy.notes if str(page.number) in note], "it is not taken for a flake's issue"
    done = an_outcome(code=0, commits=("a" * 40,), coverage_before=80.0, coverage_after=81.5)
    status = replace(done.status, started_at="2026-11-20T13:18:00Z", finished_at="2026-11-20T13:30:00Z")
    record = replace(record_of(status, (), code=0), batches=4, first_try=3)
    tell(page.simulator, replace(done, status=status, record=record))
    text, _ = board(page.simulator, 2)  # which writes the dashboard for this alone
    assert "| Minutes of a task, median | 12 | under 30 |" in text
    assert "| Batches that passed their gates at the first try | 75% | over 85% |" in text
    assert "| Coverage gained, points | `+1.50` | |" in text
    assert "all gates passed" in text


def test_who_is_not_the_bot_brings_no_task_onto_the_dashboard_and_no_label_hides_a_flake():
    page = posted()
    body = page.issue.body
    page.issue.author = "ro"
    text, _ = board(page.simulator, 1)
    assert "### Tasks" not in text
    assert decode_task(body) == decode_task(body.replace("\n", "\r\n"))
    assert decode_task(f"```\n{body}\n```") is None
    assert decode_task(body, hmac_key=b"key") is None, "where blocks are signed, one that is not is none"
    assert decode_task(f"{body}\n{body}") is None
    assert decode_task(body.replace('"code":2', '"code":0')) is None


def test_commands_on_a_task_s_issue_are_left_alone():
    page = posted()
    page.comment("bea", "/ai-fix")
    assert "is a task's" in page.respond().note
    assert page.said() == {}


def test_the_times_of_a_plan_survive_a_rerun():
    page = posted()
    since = decode_task(page.issue.body).since
    assert since >= NOW
    page.wait(hours=1)
    tell(page.simulator, an_outcome(*PLAN))
    assert decode_task(page.issue.body).since == since
    assert page.now - since >= timedelta(hours=1)
