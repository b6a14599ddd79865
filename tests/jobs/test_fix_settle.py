"""Settling fix runs: each outcome once, in comment, labels and state, wherever the job dies; and telling on the way."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from run_texts import (
    a_conclusion,
    a_fix,
    a_fix_task,
    a_judged,
    a_publication,
    a_reproduction,
    a_verification,
    strata,
)
from scans import Killed, deaths, is_write, killing
from small import REPO, run
from test_cli_respond import ftc
from threads import APPROVED, BOT, RUNS, Page, a_page

from ftc.agent.github_agent import AGENT_LOGIN, Hands
from ftc.core.concluding import conclude
from ftc.core.config import Masking, Mode
from ftc.core.endings import Papers
from ftc.core.fix import Gate, Refusal, Refused, Task, TaskKind, Verification
from ftc.core.marks import is_unended
from ftc.core.model import Status
from ftc.core.progress import RunRecord, RunStatus
from ftc.core.stress import Stratum, Tally, Verdict
from ftc.jobs.dispatching import dispatch
from ftc.jobs.fix.folder import folder_of
from ftc.jobs.fix.settle import Outcome, Settling, settle
from ftc.jobs.fix.tell import tell
from ftc.jobs.sweep import sweep
from ftc.render.runs import Phase
from ftc.simulator.pushes import cross_reference

pytestmark = pytest.mark.slow

S = Status
PROGRESS = "flaky-test-cleaner/fix-in-progress"
FAILED = "flaky-test-cleaner/fix-failed"
RUN_ID = "77"
FIX_MODE = {"mode": Mode.FIX}


@pytest.fixture(scope="module")
def world() -> Page:
    """An approved fix under the lease of a run that is at work."""
    pull = {"number": 71, "title": "Wait", "head": "wait", "author": "ada", "files": {"a.txt": "a"}}
    note = {"number": 70, "title": "Tidy the cart", "body": "It is a mess.\n", "author": "ada"}
    page = a_page(*RUNS, run(1, id=77, status="in_progress"), pull_requests=[pull], issues=[note]).analysed()
    page.config = FIX_MODE
    page.comment("bea", "/ai-fix")
    ordered = page.respond().tasks
    with page.simulator.activate():
        assert len(dispatch(page.context(), ordered, environ={"GITHUB_RUN_ID": RUN_ID})) == 1
    return page


@pytest.fixture
def page(world: Page) -> Page:
    return world.copy()


def the_run(page: Page) -> RunRecord:
    return page.flake.progress.runs[0]


def task_of(page: Page, **over: object):
    lease = page.flake.progress.lease
    run = the_run(page)
    values = {"id": run.id, "issue": page.number, "branch": run.branch, "nonce": lease.nonce if lease else "gone"}
    return a_fix_task(**(values | over))


def no(**parts: object) -> dict[str, object]:
    """Everything up to a proof, without these parts or with others."""
    return {
        "reproduction": a_reproduction(),
        "fix": a_fix(),
        "verifications": (a_verification(judged=(a_judged(candidate=1), a_judged(candidate=2))),),
        "conclusion": a_conclusion(),
        **parts,
    }


def papers(page: Page, **parts: object) -> Papers:
    return Papers(**{"task": task_of(page), **parts})


def refusal(page: Page, why: Refused) -> Refusal:
    return Refusal(task=the_run(page).id, kind=TaskKind.FIX, issue=page.number, why=why, text="Because of it.", pull=0)


def settled(page: Page, left: Papers, *, task: str = "", assign=None, unassign=None) -> Outcome:
    page.wait(minutes=1)
    with page.simulator.activate():
        ctx = page.context()
        at = Settling(
            ctx=ctx,
            papers=left,
            task=task or the_run(page).id,
            run=RUN_ID,
            hands=Hands(assign=assign or ctx.write.assign, unassign=unassign or ctx.write.unassign),
        )
        return settle(at)


def comment(page: Page) -> str:
    return page.said().get(f"fix:{the_run(page).id}", "")


Left = Callable[[Page], Papers]

PUBLISHED: Left = lambda page: papers(page, **no(publication=a_publication()))  # noqa: E731
BRANCH: Left = lambda page: papers(page, **no(publication=a_publication(pull=0, problem="not allowed")))  # noqa: E731
OUTCOMES: dict[str, tuple[Left, Status, RunStatus, str]] = {
    "published": (PUBLISHED, S.PR_OPEN, RunStatus.SUCCEEDED, "Pull request 12"),
    "a branch alone": (BRANCH, S.FIX_FAILED, RunStatus.FAILED, "a person has to open its pull request"),
    "another pull request": (
        lambda page: papers(page, **no(publication=a_publication(problem="duplicate: pull request 12 closes it"))),
        S.FIX_FAILED,
        RunStatus.FAILED,
        "was there first",
    ),
    "moved": (
        lambda page: papers(page, **no(publication=a_publication(pull=0, compare_url="", moved=True, problem="moved"))),
        S.APPROVED_TO_FIX,
        RunStatus.QUEUED,
        "Queued once more** (1 of 2)",
    ),
    "busy": (
        lambda page: papers(page, task=None, refusal=refusal(page, Refused.BUSY)),
        S.APPROVED_TO_FIX,
        RunStatus.QUEUED,
        "it is not its turn yet",
    ),
    "gave up": (
        lambda page: papers(page, reproduction=a_reproduction(), fix=a_fix(candidates=(), give_up="No trace.")),
        S.FIX_FAILED,
        RunStatus.FAILED,
        "`No trace.`",
    ),
    "all rejected": (
        lambda page: papers(page, **no(conclusion=a_conclusion(chosen=0, counts=strata(9, 2)))),
        S.FIX_FAILED,
        RunStatus.FAILED,
        "It did not hold",
    ),
    "not published": (
        lambda page: papers(
            page, **no(publication=a_publication(pull=0, compare_url="", problem="the issue was closed"))
        ),
        S.FIX_FAILED,
        RunStatus.FAILED,
        "`the issue was closed`",
    ),
    "gate died": (lambda _page: Papers(), S.FIX_FAILED, RunStatus.FAILED, "its job `gate` failed"),
    "verify was cancelled": (
        lambda page: papers(page, reproduction=a_reproduction(), fix=a_fix(), results={"verify": "cancelled"}),
        S.FIX_FAILED,
        RunStatus.FAILED,
        "its job `verify` was cancelled",
    ),
    **{
        f"refused: {why}": (
            lambda page, why=why: papers(page, task=None, refusal=refusal(page, why)),
            S.FIX_FAILED,
            RunStatus.FAILED,
            "This did not start",
        )
        for why in Refused
        if why not in (Refused.BUSY, Refused.HANDED_OVER)
    },
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_each_outcome_is_said_once_and_frees_the_issue(page: Page, name: str) -> None:
    left, status, of_run, words = OUTCOMES[name]
    found = settled(page, left(page))
    assert not found.notes
    flake, record = page.flake, the_run(page)
    assert (flake.status, record.status, flake.progress.lease) == (status, of_run, None)
    assert words in comment(page)
    assert is_unended(comment(page)) is (status is S.APPROVED_TO_FIX), "an approval is used up by an outcome alone"
    assert ("&#47;ftc retry" in comment(page)) is (status is S.FIX_FAILED)
    assert PROGRESS not in page.issue.labels
    assert (FAILED in page.issue.labels, APPROVED in page.issue.labels) == (
        status is S.FIX_FAILED,
        status is S.APPROVED_TO_FIX,
    )
    assert flake.audit[-1].url == "https://github.com/acme/shop/actions/runs/77"


@pytest.mark.parametrize("name", ["published", "moved", "gave up", "gate died", "refused: given-up"])
def test_killed_at_any_request_and_run_again_it_ends_the_same(page: Page, name: str) -> None:
    left = OUTCOMES[name][0](page)
    task = the_run(page).id
    calm = page.copy()
    calm.simulator.requests.clear()
    settled(calm, left)
    for entry, before in deaths(list(calm.simulator.requests)):
        victim = page.copy()
        victim.simulator.requests.clear()
        hook = killing(entry.number, before=before)
        victim.simulator.on_request, victim.simulator.after_request = (hook, None) if before else (None, hook)
        with pytest.raises(Killed):
            settled(victim, left, task=task)
        victim.simulator.on_request = victim.simulator.after_request = None
        settled(victim, left, task=task)
        where = f"killed {'before' if before else 'after'} {entry.method} {entry.path}"
        assert ending(victim) == ending(calm), where


def ending(page: Page) -> tuple[object, ...]:
    """State, labels and comments, without the times."""
    flake = page.flake
    runs = tuple(replace(item, updated=item.created, finished=None, started=None) for item in flake.progress.runs)
    pull = flake.progress.pull
    moves = [(entry.action, entry.result) for entry in flake.audit]
    said = tuple(sorted(page.said().items()))
    return (
        flake.status,
        flake.progress.lease,
        runs,
        pull and replace(pull, opened=None),
        moves,
        said,
        page.issue.labels,
    )


def test_a_second_settling_writes_nothing_and_pays_nothing(page: Page) -> None:
    left, task = PUBLISHED(page), the_run(page).id
    settled(page, left)
    assert the_run(page).cost == pytest.approx(0.31)
    before = len(page.simulator.requests)
    again = settled(page, left, task=task)
    assert "settled already" in again.notes[0]
    assert not [entry for entry in page.simulator.requests[before:] if is_write(entry)]
    assert the_run(page).cost == pytest.approx(0.31)


def test_the_record_holds_what_the_run_came_to(page: Page) -> None:
    settled(page, PUBLISHED(page))
    record, pull = the_run(page), page.flake.progress.pull
    assert (record.pull, record.tried, record.verdict, record.files_changed) == (12, 2, "verified", 1)
    assert record.tests == "failed in 18 of 80 runs before, in 0 of 80 after"
    assert record.base_sha == "a" * 40
    assert record.started is not None
    assert record.finished is not None
    assert pull is not None
    assert (pull.number, pull.head_sha, pull.by_person) == (12, "c" * 40, False)


@pytest.mark.parametrize(
    ("parts", "results", "cost", "why"),
    [
        ({"reproduction": a_reproduction()}, {"generate": "failure"}, 2.0, "it asked, and left no bill: all it might"),
        ({"reproduction": a_reproduction()}, {}, 2.0, "nobody knows whether it asked"),
        ({"reproduction": a_reproduction()}, {"reproduce": "failure", "generate": "skipped"}, 0.0, "it never asked"),
        ({}, {}, 0.0, "nothing came so far"),
        ({"fix": a_fix(usd=0.07)}, {"verify": "failure"}, 0.07, "the bill"),
    ],
)
def test_money_of_which_no_bill_is_there_counts_as_all_that_was_allowed(page, parts, results, cost, why) -> None:
    settled(page, papers(page, results=results, **parts))
    assert the_run(page).cost == pytest.approx(cost), why


def test_the_third_time_it_is_not_queued_again(page: Page) -> None:
    seen = []
    for number in (1, 2, 3):
        settled(page, OUTCOMES["moved"][0](page))
        seen.append((page.flake.status, the_run(page).status, f"({number} of 2)" in comment(page)))
        if page.flake.status is S.APPROVED_TO_FIX:
            page.wait(minutes=5)
            with page.simulator.activate():
                [task] = dispatch(
                    page.context(), (), environ={"GITHUB_RUN_ID": RUN_ID, "GITHUB_RUN_ATTEMPT": str(number + 1)}
                )
            assert task.id == the_run(page).id, "the approval is not used up by a run that published nothing"
    assert seen == [
        (S.APPROVED_TO_FIX, RunStatus.QUEUED, True),
        (S.APPROVED_TO_FIX, RunStatus.QUEUED, True),
        (S.FIX_FAILED, RunStatus.FAILED, False),
    ]
    assert "as often as it may be" in comment(page)
    assert the_run(page).cost == pytest.approx(3 * 0.31), "each time was paid for"
    assert the_run(page).tried == 6, "each candidate took its share of what may be claimed"


def test_a_person_who_stopped_it_wins(page: Page) -> None:
    left, task = PUBLISHED(page), the_run(page).id
    page.comment("bea", "/ftc stop")
    page.respond()
    assert settled(page, left, task=task).ending == "stopped"
    assert page.flake.status is S.FIX_FAILED
    assert the_run(page).status is RunStatus.STOPPED
    assert "Stopped by a person" in comment(page)
    assert "Pull request 12" not in comment(page)
    assert "pull request 12" in comment(page), "it is open already, and somebody has to close it"
    assert the_run(page).cost == pytest.approx(0.31), "spent is spent"
    before = page.flake.revision
    settled(page, left, task=task)
    assert page.flake.revision == before


def test_a_stop_that_left_nothing_is_not_told_twice(page: Page) -> None:
    left, task = OUTCOMES["gate died"][0](page), the_run(page).id
    page.comment("bea", "/ftc stop")
    page.respond()
    settled(page, left, task=task)
    assert comment(page) == "", "whoever stopped it has an answer"


def test_another_lease_is_left_alone(page: Page) -> None:
    left = papers(page, task=task_of(page, nonce="0-ffffffffffffffff"), fix=a_fix())
    before = page.flake
    found = settled(page, left)
    assert page.flake == before
    assert comment(page) == ""
    assert "another one has taken it over" in found.notes[0]


def test_an_outcome_uses_up_the_approval(page: Page) -> None:
    settled(page, OUTCOMES["gave up"][0](page))
    page.save(replace(page.flake, status=S.APPROVED_TO_FIX))
    page.wait(days=1)
    with page.simulator.activate():
        sweep(page.context())
    assert page.flake.status is S.WAITING_FOR_SIGNAL


@pytest.mark.parametrize("verify", ["success", "failure", "cancelled"])
def test_a_publish_job_that_died_after_opening_is_found_by_its_branch(page: Page, verify: str) -> None:
    """Also where a leg of the proof broke before: the others had given their answer."""
    branch = the_run(page).branch
    added = {"number": 80, "title": "Stabilize", "head": branch, "author": "ada", "files": {"b.txt": "b"}}
    page.simulator.add({"repositories": {REPO: {"pull_requests": [{**added, "draft": True}]}}})
    settled(page, papers(page, **no(results={"verify": verify, "publish": "failure"})))
    assert page.flake.status is S.PR_OPEN
    pull = page.flake.progress.pull
    assert pull is not None
    assert (pull.number, pull.branch) == (80, branch)
    assert "a draft, is to mend this" in comment(page)


@pytest.mark.parametrize(
    ("results", "job"),
    [
        ({"verify": "failure", "publish": "failure"}, "publish"),  # one leg broke, and that was not the end
        ({"verify": "cancelled", "publish": "skipped"}, "verify"),
        ({"verify": "success", "publish": "cancelled"}, "publish"),
        ({}, "publish"),
    ],
)
def test_the_job_that_broke_is_named(page: Page, results: dict[str, str], job: str) -> None:
    settled(page, papers(page, **no(results=results)))
    assert f"its job `{job}` " in comment(page)
    assert page.flake.status is S.FIX_FAILED


def test_a_candidate_that_nobody_believes_uses_up_no_share(page: Page) -> None:
    """A number of a document that does not count would keep the issue from ever being proven."""
    forged = (a_verification(judged=(a_judged(candidate=10**6),)),)
    settled(page, papers(page, **no(verifications=forged, conclusion=a_conclusion(chosen=0))))
    assert the_run(page).tried == 2


@pytest.mark.parametrize(("takes", "status"), [(True, S.APPROVED_TO_FIX), (False, S.FIX_FAILED)])
def test_an_issue_is_handed_over_only_when_github_says_so(page: Page, takes: bool, status: Status) -> None:
    asked = []

    def assign(number: int, login: str) -> tuple[str, ...]:
        asked.append(number)
        return ("Copilot",) if takes else ()

    settled(page, papers(page, refusal=refusal(page, Refused.HANDED_OVER)), assign=assign)
    assert asked == [page.number]
    assert page.flake.status is status
    assert ("Handed over" in comment(page)) is takes
    with page.simulator.activate():
        assert dispatch(page.context(), (), environ={"GITHUB_RUN_ID": RUN_ID}) == (), "nothing waits any more"
        sweep(page.wait(days=1).context())
    assert page.flake.status is status, "the approval stands until its pull request is merged"


def test_a_dry_run_hands_nothing_over(page: Page) -> None:
    page.config = {**FIX_MODE, "dry_run": True}
    asked: list[int] = []
    left, before = papers(page, refusal=refusal(page, Refused.HANDED_OVER)), len(page.simulator.requests)
    found = settled(page, left, assign=lambda number, _logins: asked.append(number) or ("Copilot",))
    assert asked == []
    assert [entry.path for entry in page.simulator.requests[before:] if is_write(entry)] == []
    assert (page.flake.status, comment(page)) == (S.FIXING, "")
    assert "Handed over" in found.text, "what it would say"


def with_githubs_agent(page: Page) -> Page:
    """The issue after it was handed over to GitHub's agent."""
    settled(page, papers(page, refusal=refusal(page, Refused.HANDED_OVER)), assign=lambda *_: ("Copilot",))
    return page


def proposed_by(page: Page, author: str, state: str) -> None:
    """A pull request that says that it fixes the issue."""
    world = page.simulator
    pull = {"number": 90, "title": "Wait", "head": "copilot/wait", "author": author, "body": f"Fixes #{page.number}"}
    world.add({"users": {author: {"type": "Bot" if author == "Copilot" else "User"}}})
    world.add({"repositories": {REPO: {"pull_requests": [{**pull, "files": {"a.txt": "a"}}]}}})
    mine = world.world.repository(REPO)
    cross_reference(world.world, mine, mine.issues[90], text=f"#{page.number}", actor=author)
    merged = state.startswith("merged")
    mine.issues[90].state = "closed" if merged else state
    if merged:
        ago = timedelta(days=0 if state == "merged" else 30)
        pull = mine.issues[90].pull
        assert pull is not None
        pull.merged_at, pull.merged_by = page.now - ago, "ada"


@pytest.mark.parametrize(
    ("author", "state", "status"),
    [
        ("", "", S.FIX_FAILED),
        ("Copilot", "open", S.APPROVED_TO_FIX),
        ("Copilot", "closed", S.FIX_FAILED),
        ("Copilot", "merged", S.APPROVED_TO_FIX),  # and the issue was left open
        ("Copilot", "merged long before", S.FIX_FAILED),
        ("ada", "open", S.FIX_FAILED),
    ],
)
def test_an_agent_that_never_delivers_does_not_keep_the_issue(
    page: Page, author: str, state: str, status: Status
) -> None:
    page = with_githubs_agent(page.copy())
    if author:
        proposed_by(page, author, state)
    with page.simulator.activate():
        sweep(page.wait(days=6.9).context())
        assert page.flake.status is S.APPROVED_TO_FIX
        sweep(page.wait(days=0.2).context())
        assert page.flake.status is status
        told = [body for purpose, body in page.said().items() if purpose.startswith("agent-silent:")]
        assert len(told) == (status is S.FIX_FAILED)
        assert all("counts as failed" in body for body in told)
        assert (the_run(page).status is RunStatus.FAILED) is bool(told)
        assert ("has no open pull request" in the_run(page).error) is bool(told)
        sweep(page.wait(days=1).context())
        assert len([purpose for purpose in page.said() if purpose.startswith("agent-silent:")]) == len(told), "once"


def test_a_sweep_that_died_over_it_says_it_once(page: Page) -> None:
    page = with_githubs_agent(page.copy())
    page.wait(days=8)
    whole = page.copy()
    whole.simulator.requests.clear()
    with whole.simulator.activate():
        sweep(whole.context())
    for entry, before in deaths(whole.simulator.requests):
        died = page.copy()
        died.simulator.requests.clear()
        died.simulator.on_request = died.simulator.after_request = None
        hook = killing(entry.number, before=before)
        setattr(died.simulator, "on_request" if before else "after_request", hook)
        with died.simulator.activate():
            with pytest.raises(Killed):
                sweep(died.context())
            died.simulator.on_request = died.simulator.after_request = None
            sweep(died.context())
        assert died.flake.status is S.FIX_FAILED, (entry, before)
        assert "agent-silent:" + the_run(died).id in died.said()  # which fails for two of one purpose


@pytest.fixture(scope="module")
def ordered_anew(world: Page) -> Page:
    """GitHub's agent never came, is assigned still, and a fix was ordered once more."""
    page = world.copy()
    page.simulator.add({"users": {AGENT_LOGIN: {"type": "Bot"}}})
    settled(page, papers(page, refusal=refusal(page, Refused.HANDED_OVER)))
    with page.simulator.activate():
        sweep(page.wait(days=8).context())
    assert page.flake.status is S.FIX_FAILED
    page.comment("bea", "/ai-fix")
    ordered = page.respond().tasks
    with page.simulator.activate():
        assert len(dispatch(page.context(), ordered, environ={"GITHUB_RUN_ID": RUN_ID})) == 1
    assert assignments(page) == ["assigned"]
    return page


def assignments(page: Page) -> list[str]:
    """What was done to the agent's assignment, oldest first."""
    return [event.event for event in page.issue.events if event.event in ("assigned", "unassigned")]


def test_an_agent_that_is_assigned_since_an_earlier_try_is_assigned_anew(ordered_anew: Page) -> None:
    """An assignment that stands starts nothing, though the page would say that it was handed over."""
    page = ordered_anew.copy()
    settled(page, papers(page, refusal=refusal(page, Refused.HANDED_OVER)))
    assert assignments(page) == ["assigned", "unassigned", "assigned"]
    assert (page.flake.status, page.issue.assignees) == (S.APPROVED_TO_FIX, [AGENT_LOGIN])
    assert "Handed over" in comment(page)


def test_a_settling_that_died_over_it_starts_the_agent_once(ordered_anew: Page) -> None:
    whole, left = ordered_anew.copy(), papers(ordered_anew, refusal=refusal(ordered_anew, Refused.HANDED_OVER))
    whole.simulator.requests.clear()
    settled(whole, left)
    for entry, before in deaths(whole.simulator.requests):
        died = ordered_anew.copy()
        died.simulator.requests.clear()
        setattr(died.simulator, "on_request" if before else "after_request", killing(entry.number, before=before))
        with pytest.raises(Killed):
            settled(died, left)
        died.simulator.on_request = died.simulator.after_request = None
        settled(died, left)
        assert assignments(died) == ["assigned", "unassigned", "assigned"], (entry, before)
        assert died.flake.status is S.APPROVED_TO_FIX, (entry, before)


def test_an_agent_that_stays_assigned_was_not_handed_anything(ordered_anew: Page) -> None:
    page = ordered_anew.copy()
    left = papers(page, refusal=refusal(page, Refused.HANDED_OVER))
    settled(page, left, unassign=lambda *_: ("Copilot",))
    assert assignments(page) == ["assigned"]
    assert page.flake.status is S.FIX_FAILED
    assert "Unassign it by hand" in comment(page)


def test_an_agent_that_people_assigned_themselves_is_at_work(page: Page) -> None:
    page.simulator.add({"users": {AGENT_LOGIN: {"type": "Bot"}}})
    page.issue.assignees.append(AGENT_LOGIN)
    settled(page, papers(page, refusal=refusal(page, Refused.HANDED_OVER)))
    assert (page.flake.status, assignments(page)) == (S.APPROVED_TO_FIX, [])


def test_a_task_on_an_issue_of_a_person_is_a_comment_and_no_more(page: Page) -> None:
    there = page.at(70)
    left = Papers(task=a_fix_task(id="70-5", issue=70, kind=TaskKind.START, tests=(), test_files=()), fix=a_fix())
    settled(there, replace(left, publication=a_publication(task="70-5")), task="70-5")
    assert "Pull request 12" in there.said()["fix:70-5"]
    assert there.issue.labels == []
    assert there.issue.body == "It is a mess.\n"


def test_a_task_beside_a_flake_moves_nothing_but_its_own_record(page: Page) -> None:
    page = page.copy()
    page.comment("bea", "/ftc stop")
    page.respond()
    page.comment("bea", "/ftc start tidy up")
    [order] = page.respond(model="acme/large").tasks
    status = page.flake.status
    left = Papers(task=a_fix_task(id=order.id, issue=page.number, kind=TaskKind.START, nonce=order.turn), fix=a_fix())
    settled(page, replace(left, publication=a_publication(task=order.id)), task=order.id)
    [record] = [item for item in page.flake.progress.runs if item.id == order.id]
    assert (page.flake.status, record.status, record.pull) == (status, RunStatus.SUCCEEDED, 12)
    assert page.flake.progress.pull is None


def test_a_task_that_has_to_wait_says_so_and_keeps_its_order(page: Page) -> None:
    page.comment("bea", "/ftc stop")
    page.respond()
    page.comment("bea", "/ftc start tidy up")
    [order] = page.respond(model="acme/large").tasks
    busy = Refusal(
        task=order.id, kind=TaskKind.START, issue=page.number, why=Refused.BUSY, text="One is at work.", pull=0
    )
    settled(page, Papers(refusal=busy), task=order.id)
    settled(page, Papers(refusal=busy), task=order.id)
    assert "`One is at work.`" in page.said()[f"waits:{order.id}"]
    assert f"fix:{order.id}" not in page.said(), "no outcome, so that the sweep names the order again"
    [record] = [item for item in page.flake.progress.runs if item.id == order.id]
    assert record.status is RunStatus.QUEUED


def test_a_proof_is_one_comment_on_the_pull_request(page: Page) -> None:
    there, before = page.at(71), page.flake.progress
    task = a_fix_task(id="71-5", kind=TaskKind.VERIFY, issue=page.number, pull=71)
    settled(there, Papers(task=task, conclusion=a_conclusion()), task="71-5")
    assert "failed in 18 of 80 runs" in there.said()["proof"]
    settled(there, Papers(task=replace(task, id="71-6"), results={"verify": "failure"}), task="71-6")
    assert "its job `verify` failed" in there.said()["proof"], "the newest is the one that counts"
    assert "To have it proven again" in there.said()["proof"]
    refused = Refusal(task="71-7", kind=TaskKind.VERIFY, issue=71, why=Refused.IMPOSSIBLE, text="No test.", pull=0)
    settled(there, Papers(refusal=refused), task="71-7")
    assert "`No test.`" in there.said()["proof"]
    told = page.flake.progress
    assert [proof.task for proof in told.proofs] == ["71-5"], "what was measured counts for the issue"
    assert replace(told, proofs=()) == before
    assert "fix:" not in "".join(there.said())


def test_every_proof_that_is_told_makes_the_next_one_stricter(page: Page) -> None:
    """Ten orders, one after the other, are ten looks at the same coin."""
    there = page.at(71)
    said = []
    for number in (5, 6, 7, 8):
        name = f"71-{number}"
        task = a_fix_task(id=name, kind=TaskKind.VERIFY, issue=page.number, pull=71)
        of = {"task": name, "base_sha": task.base_sha}
        legs = tuple(a_verification(leg=leg, judged=(half_judged(leg),), **of) for leg in ("1", "2"))
        left = Papers(task=task, verifications=legs, conclusion=concluded(task, legs))
        assert left.conclusion.proof.verdict is Verdict.VERIFIED, "as its gate saw it, when nothing was tried yet"
        outcome = settled(there, left, task=name)
        said.append(there.said()["proof"])
        assert outcome.papers.conclusion.proof.attempt == number - 4
        settled(there, left, task=name)
        assert there.said()["proof"] == said[-1], "settled twice it counts once"
    assert ["**Verified:**" in text for text in said] == [True, False, False, False]
    assert "Before this 3 changes were judged for the same issue." in said[-1]
    assert "needs 9 failures before it and none after" in said[-1]
    assert page.flake.progress.tried() == 4


def half_judged(leg: str):
    """One of two legs that saw three failures each, which is enough for a first proof."""
    sides = {"before": Tally(runs=40, target=3), "after": Tally(runs=40)}
    passed = (Gate(name="test", passed=True, detail=""),)
    return a_judged(violations=(), masking=(), gates=passed, strata=(Stratum(leg=leg, amplifier="plain", **sides),))


def concluded(task: Task, legs: tuple[Verification, ...]):
    return conclude(task, legs, masking=Masking.REFUSE, pull_on=("verified",))


def test_a_proof_that_is_reported_may_die_anywhere(page: Page) -> None:
    there = page.at(71)
    task = a_fix_task(id="71-5", kind=TaskKind.VERIFY, issue=page.number, pull=71)
    left = Papers(task=task, conclusion=a_conclusion())
    calm = there.copy()
    calm.simulator.requests.clear()
    settled(calm, left, task="71-5")
    for entry, before in deaths(list(calm.simulator.requests)):
        victim = there.copy()
        victim.simulator.requests.clear()
        hook = killing(entry.number, before=before)
        victim.simulator.on_request, victim.simulator.after_request = (hook, None) if before else (None, hook)
        with pytest.raises(Killed):
            settled(victim, left, task="71-5")
        victim.simulator.on_request = victim.simulator.after_request = None
        settled(victim, left, task="71-5")
        assert victim.said() == calm.said(), "one report, the same"


# --- telling


def told(page: Page, left: Papers, phase: Phase, **config: object) -> str:
    with page.simulator.activate():
        return tell(page.context(**config), left, task=the_run(page).id, phase=phase)


def test_one_comment_is_edited_at_each_phase_and_becomes_the_outcome(page: Page) -> None:
    left = papers(page, reproduction=a_reproduction())
    told(page, left, Phase.REPRODUCED)
    assert "in 9 of 40 runs (race-detector)" in comment(page)
    assert "Look for a change. This is being done now." in comment(page)
    told(page, replace(left, fix=a_fix()), Phase.GENERATED)
    assert "2 proposed" in comment(page)
    assert is_unended(comment(page))
    settled(page, PUBLISHED(page))
    assert "Pull request 12" in comment(page)
    assert told(page, left, Phase.GENERATED) == "the run has its outcome already"
    assert "Pull request 12" in comment(page)
    own = [item for item in page.issue.comments if item.author == BOT and "fix:" in item.body.splitlines()[0]]
    assert len(own) == 1


def test_what_was_not_paid_yet_is_not_told(page: Page) -> None:
    told(page, papers(page, reproduction=a_reproduction()), Phase.REPRODUCED)
    assert "\\$" not in comment(page), "2 dollars are reserved, and nobody was asked yet"


def test_telling_says_nothing_new_where_comments_are_capped(page: Page) -> None:
    told(page, papers(page, reproduction=a_reproduction()), Phase.REPRODUCED, max_comments=0)
    assert comment(page) == ""


def test_the_command_reads_what_is_there_and_says_what_is_damaged(page: Page, tmp_path) -> None:
    task = the_run(page).id
    folder = folder_of(task, artifacts=tmp_path / "artifacts")
    folder.write(task_of(page))
    folder.write(replace(a_fix(), task=task))
    folder.write(replace(a_reproduction(), task="8-1"))
    (folder.part("publish") / "publication.json").write_text("{")
    results = json.dumps({"gate": {"result": "success"}, "publish": {"result": "failure"}})
    common = ("--task", task, "--artifacts", str(tmp_path / "artifacts"), "--now", f"{page.now:%Y-%m-%dT%H:%M:%SZ}")
    done = ftc(page, tmp_path, "fix", "tell", *common, "--phase", "generated")
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 proposed" in comment(page)
    done = ftc(page, tmp_path, "fix", "settle", *common, FTC_RESULTS=results, GITHUB_RUN_ID=RUN_ID)
    assert done.returncode == 0, done.stderr
    assert "the run ended: died" in done.stdout
    assert page.flake.status is S.FIX_FAILED
    assert "its job `publish` failed" in comment(page)
    assert "not readable as JSON" in comment(page)
    assert "is about task '8-1'" in comment(page)
    assert ftc(page, tmp_path, "fix", "tell", *common, "--phase", "sideways").returncode == 64
