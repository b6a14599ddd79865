"""Whole sweeps: what is closed, opened, proven and ended in issues as people see them, and what it costs."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from scans import copied, writes
from small import REPO, TOKEN, a_world, dashboards, go_log, red, run
from sweeps import (
    a_scan,
    a_sweep,
    connected,
    day,
    filed,
    issue_of,
    labelled,
    number_of,
    put,
    ran,
    repository_of,
    said,
    state,
)
from threads import a_page, dashboard_of

from ftc.cli import main
from ftc.core.errors import BudgetExceeded, Forbidden
from ftc.core.model import Status
from ftc.core.progress import Lease, Progress, PullRef, Quarantine
from ftc.core.state import decode
from ftc.jobs.respond import RespondReport
from ftc.jobs.sweep import sweep
from ftc.simulator.pushes import close, cross_reference
from ftc.simulator.world import Comment

S = Status
PREFIX = "flaky-test-cleaner"


def silent(*, runs=40, on=120, **repository):
    """A world with one issue, about a test that has been silent since, over so many runs on that day."""
    world = filed("TestPay", **repository)
    number = number_of(world, "TestPay")
    put(world, number, exposure=(*state(world, number).exposure, *ran((on, runs))))
    return world, number


def closed(world, number):
    issue = issue_of(world, number)
    return issue.state, issue.state_reason, state(world, number).status


def test_an_issue_is_closed_at_exactly_the_exposure_that_proves_it_gone():
    """Two failures a day apart: (1/(1+s))^1 < 0.01 for a silence s of more than 99 days; but 90 days decide before.

    So a third failure, put in by hand: (2/(2+s))^2 < 0.01 for more than 18 days, and the gap before was one.
    """
    world = filed("TestPay")
    number = number_of(world, "TestPay")
    flake = state(world, number)
    third = replace(flake.occurrences[-1], run="900", created=flake.first_seen - timedelta(days=1))
    put(world, number, occurrences=(*flake.occurrences, third), exposure=(*flake.exposure, *ran((17, 40))))
    a_sweep(world, days=30)
    assert closed(world, number) == ("open", None, S.ISSUE_OPEN), "watched for 17.8 days"
    put(world, number, exposure=(*state(world, number).exposure, *ran((18, 1))))
    report = a_sweep(world, days=30)
    assert closed(world, number) == ("closed", "not_planned", S.CLOSED_SILENT), "watched for 18.8 days"
    assert [(item.source, item.target) for item in report.moved] == [(S.ISSUE_OPEN, S.CLOSED_SILENT)]
    (comment,) = issue_of(world, number).comments
    for words in ("No failure of this test was seen for 19 days in 41 runs", "| 3 over 2 days;", "| 0.9% |", "| 41 |"):
        assert words in comment.body
    assert f"{PREFIX}/needs-triage" not in issue_of(world, number).labels


def test_silence_without_runs_closes_nothing():
    world = filed("TestPay")
    number = number_of(world, "TestPay")
    a_sweep(world, days=1000)
    assert closed(world, number) == ("open", None, S.ISSUE_OPEN)
    assert not said(world, number)


def hold(world, number, how):
    issue = issue_of(world, number)
    if how == "label":
        labelled(world, number, f"{PREFIX}/keep-open")
    elif how == "assigned":
        issue.assignees.append("bea")
    else:
        issue.milestone = "v1"


@pytest.mark.parametrize("how", ["label", "assigned", "milestone"])
def test_what_people_hold_stays_open(how):
    world, number = silent()
    hold(world, number, how)
    a_sweep(world, days=130)
    assert closed(world, number) == ("open", None, S.ISSUE_OPEN)


def test_closing_is_a_choice():
    world, number = silent()
    a_sweep(world, days=130, close_silent=False)
    assert closed(world, number) == ("open", None, S.ISSUE_OPEN)


def test_the_brake_on_comments_leaves_the_rest_to_the_next_sweep():
    world = filed("TestA", "TestB", "TestC")
    numbers = [number_of(world, name) for name in ("TestA", "TestB", "TestC")]
    for number in numbers:
        put(world, number, exposure=ran((120, 40)))
    first = a_sweep(world, days=130, max_comments=2)
    assert [item.test.split()[-1] for item in first.moved] == ["TestC", "TestB"], "silent longest first"
    assert first.later == (number_of(world, "TestA"),)
    second = a_sweep(world, days=131, max_comments=2)
    assert [item.issue for item in second.moved] == [number_of(world, "TestA")]


def test_what_answering_said_unasked_counts_for_the_brake():
    names = ("TestA", "TestB", "TestC")
    world = filed(*names)
    left = []

    def respond(ctx, number, *, snapshot):
        left.append(ctx.config.max_comments)
        return RespondReport(issue=number, unasked=1)

    a_sweep(world, days=1)
    for name in names:
        put(world, number_of(world, name), exposure=ran((120, 40)))
    for name in names[:2]:
        commented(world, number_of(world, name), "Is it the cart?", at=129)
    report = a_sweep(world, days=130, max_comments=3, respond=respond)
    assert left == [3, 2]
    assert (len(report.moved), len(report.later)) == (1, 2)


def test_a_second_sweep_writes_nothing_and_asks_nothing_it_need_not():
    world, _ = silent()
    a_sweep(world, days=130)
    world.requests.clear()
    report = a_sweep(world, days=130.5)
    assert writes(world) == []
    assert report.done == ()
    # Who we are, the issues, the dashboard's comments; who commented and did something since (our own writes did).
    assert len(world.requests) == 3 + 2
    a_sweep(world, days=131.5)
    world.requests.clear()
    a_sweep(world, days=132)
    assert len(world.requests) == 3 + 2, "half a day later nobody has touched anything"


def test_the_sweep_is_noted_once_a_day_at_least():
    world = filed("TestPay")
    a_sweep(world, days=2)
    first = decode(dashboards(world)[0].body).dashboard
    assert first.swept == day(2)
    assert f"Last sweep over every issue: {day(2):%Y-%m-%d %H:%M}." in dashboards(world)[0].body
    a_sweep(world, days=2.9)
    assert decode(dashboards(world)[0].body).dashboard.swept == day(2)
    a_sweep(world, days=3)
    again = decode(dashboards(world)[0].body).dashboard
    assert (again.swept, again.index, again.scans) == (day(3), first.index, first.scans)


def test_a_dry_run_says_what_would_be_done_and_writes_nothing():
    world, number = silent()
    report = a_sweep(world, days=130, dry_run=True)
    assert writes(world) == []
    assert f"close issue {number} as not planned" in report.done
    assert report.moved[0].target is S.CLOSED_SILENT


def test_a_label_that_was_taken_away_is_a_tombstone():
    world, number = silent()
    issue_of(world, number).labels.remove(f"{PREFIX}/ai-managed")
    before = issue_of(world, number).body
    a_sweep(world, days=130)
    assert (issue_of(world, number).state, issue_of(world, number).body) == ("open", before)
    (entry,) = [item for item in decode(dashboards(world)[0].body).dashboard.index if item.issue == number]
    assert entry.gone
    labelled(world, number, f"{PREFIX}/ai-managed")
    a_sweep(world, days=131)
    assert issue_of(world, number).state == "open", "it stays one"


def test_labels_follow_the_state():
    world = filed("TestPay")
    number = number_of(world, "TestPay")
    put(world, number, status=S.PR_OPEN)
    labelled(world, number, f"{PREFIX}/fix-in-progress")
    labelled(world, number, "area/cart")
    a_sweep(world, days=1)
    found = set(issue_of(world, number).labels)
    assert found == {f"{PREFIX}/ai-managed", f"{PREFIX}/flaky-test", f"{PREFIX}/ai-pr-open", "area/cart"}


def test_the_approving_label_is_a_wish_and_is_left_to_whoever_answers_it():
    world = filed("TestPay")
    number = number_of(world, "TestPay")
    labelled(world, number, f"{PREFIX}/ai-fix-approved")
    a_sweep(world, days=1)
    assert f"{PREFIX}/ai-fix-approved" in issue_of(world, number).labels


# --- back again ------------------------------------------------------------------------------------------------------


def fails_again(world, at, *, message='state is "starting", want "ready"', number=900, **over):
    """The test fails once more, so many days after NOW."""
    again = run(-24 * at, id=number, jobs=red(go_log("TestPay", message=message)), **over)
    world.add({"repositories": {REPO: {"runs": [again]}}})


def test_a_scan_opens_what_came_back_with_one_comment():
    world, number = silent()
    a_sweep(world, days=130)
    fails_again(world, 131)
    a_scan(world, days=132)
    assert closed(world, number) == ("open", "reopened", S.ISSUE_OPEN)
    assert said(world, number) == ["closing", "returned"]
    body = issue_of(world, number).comments[-1].body
    assert "**It is back.**" in body
    assert "/actions/runs/900" in body
    assert f"{PREFIX}/fix-did-not-hold" not in issue_of(world, number).labels
    assert f"{PREFIX}/needs-triage" in issue_of(world, number).labels
    fails_again(world, 132.5, number=901)
    a_scan(world, days=133)
    a_sweep(world, days=134)
    assert said(world, number) == ["closing", "returned"], "once is enough"
    assert state(world, number).total == 4


def test_a_failure_found_late_that_is_older_than_the_closing_opens_it_too():
    world, number = silent()
    a_sweep(world, days=130)
    fails_again(world, 129)
    a_scan(world, days=132)
    assert closed(world, number)[0] == "open"


def test_another_way_of_failing_is_no_return_but_people_are_told():
    world, number = silent()
    a_sweep(world, days=130)
    fails_again(world, 131, message="cannot connect: connection refused")
    a_scan(world, days=132)
    report = a_sweep(world, days=133)
    assert closed(world, number) == ("closed", "not_planned", S.CLOSED_SILENT)
    assert any(
        f"issue {number} is settled, but its test fails in a way not seen before" in note for note in report.notes
    )


def test_an_issue_that_came_back_is_closed_again_with_a_comment_of_its_own():
    world, number = silent()
    a_sweep(world, days=130)
    fails_again(world, 131)
    a_scan(world, days=132)
    put(world, number, exposure=(*state(world, number).exposure, *ran((300, 40))))
    a_sweep(world, days=301)
    assert closed(world, number) == ("closed", "not_planned", S.CLOSED_SILENT)
    assert said(world, number) == ["closing", "returned", "closing"]


COMMITS = [
    {"message": "First", "as": "first", "at": "2026-11-01T00:00:00Z"},
    {"message": "Fix the cart", "as": "fix", "at": "2026-11-21T00:00:00Z"},
    {"message": "Later", "as": "later", "at": "2026-11-25T00:00:00Z"},
    {"message": "Old", "as": "old", "branch": "topic", "start": "first", "at": "2026-11-25T00:00:00Z"},
]


def merged(*, runs=400):
    """A flake whose fix was merged a day after NOW, with so many silent runs on the days after."""
    world = filed("TestPay", commits=COMMITS)
    number = number_of(world, "TestPay")
    flake = state(world, number)
    fix = world.world.aliases[f"{REPO}:fix"]
    pull = PullRef(number=0, url="", merged=day(1), merge_sha=fix, by_person=True)
    exposure = (*flake.exposure, *ran((10, runs)))
    put(world, number, status=S.MERGED, exposure=exposure, progress=Progress(pull=pull))
    return world, number


def test_a_merged_fix_is_verified_by_runs_and_time():
    world, number = merged()
    a_sweep(world, days=14.9)
    assert closed(world, number) == ("open", None, S.MERGED)
    a_sweep(world, days=15)
    assert closed(world, number) == ("closed", "completed", S.VERIFIED)
    assert said(world, number) == ["verified"]
    assert "**Verified.** 400 runs passed" in issue_of(world, number).comments[0].body
    assert f"{PREFIX}/verified" in issue_of(world, number).labels


def test_a_merged_fix_with_too_few_runs_is_closed_unproven():
    world, number = merged(runs=1)
    a_sweep(world, days=90.9)
    assert closed(world, number) == ("open", None, S.MERGED)
    a_sweep(world, days=91)
    assert closed(world, number) == ("closed", "not_planned", S.CLOSED_SILENT)
    assert "silent, unproven" in issue_of(world, number).comments[0].body


@pytest.mark.parametrize("by", ["scan", "sweep"])
@pytest.mark.parametrize("verified", [True, False])
def test_a_fix_that_did_not_hold_is_opened_again(by, verified):
    world, number = merged()
    if verified:
        a_sweep(world, days=15)
    fails_again(world, 15.5, sha="later")
    if by == "scan":
        a_scan(world, days=16)
    else:
        flake = state(world, number)
        later = world.world.aliases[f"{REPO}:later"]
        seen = replace(flake.occurrences[0], run="900", created=day(15.5), sha=later, tree=later)
        put(world, number, occurrences=(seen, *flake.occurrences))
        a_sweep(world, days=16)
    assert closed(world, number)[::2] == ("open", S.ISSUE_OPEN)
    assert said(world, number) == (["verified", "returned"] if verified else ["returned"])
    assert "**The fix did not hold.**" in issue_of(world, number).comments[-1].body
    assert f"{PREFIX}/fix-did-not-hold" in issue_of(world, number).labels
    assert any(entry.action == "fix did not hold" for entry in state(world, number).audit)
    a_scan(world, days=17)
    a_sweep(world, days=17)
    assert said(world, number)[-2:].count("returned") == 1


def test_an_old_branch_that_fails_opens_nothing():
    world, number = merged()
    a_sweep(world, days=15)
    fails_again(world, 15.5, sha="old", branch="topic")
    a_scan(world, days=16)
    a_sweep(world, days=16)
    assert closed(world, number) == ("closed", "completed", S.VERIFIED)
    assert said(world, number) == ["verified"]
    assert state(world, number).total == 3, "it is counted all the same"


def test_a_commit_that_is_gone_does_not_contain_the_fix():
    world, number = merged()
    fails_again(world, 15.5, sha="9" * 40)
    a_scan(world, days=16)
    assert state(world, number).status is S.MERGED


# --- people ----------------------------------------------------------------------------------------------------------


def shut(world, number, *, at, actor="bea", reason="completed", commit=None):
    world.world.clock.set(day(at))
    close(world.world, issue_of(world, number), actor=actor, reason=reason, commit=commit)


def test_closed_as_not_planned_by_a_person():
    world = filed("TestPay")
    number = number_of(world, "TestPay")
    shut(world, number, at=1, reason="not_planned")
    a_sweep(world, days=2)
    assert closed(world, number) == ("closed", "not_planned", S.CLOSED_WONTFIX)
    assert ("bea", "ISSUE_OPEN → CLOSED_WONTFIX") in [(e.actor, e.action) for e in state(world, number).audit]
    assert not said(world, number)
    fails_again(world, 3)
    a_scan(world, days=4)
    a_sweep(world, days=4)
    assert closed(world, number) == ("closed", "not_planned", S.CLOSED_WONTFIX), "their word stands"


def pull_request(world, number, *, at, body):
    """A person's pull request that was merged so many days after NOW."""
    given = {
        "number": 50, "title": "Wait for the cart", "body": body, "author": "bea", "head": "fix-cart",
        "files": {"cart.go": "package cart\n"}, "merged": True, "merged_by": "bea",
    }  # fmt: skip
    world.world.clock.set(day(at))
    world.add({"repositories": {REPO: {"pull_requests": [given]}}})
    return repository_of(world).issues[50].pull.merge_commit_sha


@pytest.mark.parametrize("how", ["closing words", "reference", "commit"])
def test_closed_by_a_persons_pull_request(how):
    world = filed("TestPay", commits=COMMITS)
    number = number_of(world, "TestPay")
    if how == "closing words":
        sha = pull_request(world, number, at=1, body=f"Fixes #{number}")
    else:
        sha = pull_request(world, number, at=1, body="")
        repository = repository_of(world)
        cross_reference(world.world, repository, repository.issues[50], text=f"#{number}", actor="bea")
        shut(world, number, at=1, commit=sha if how == "commit" else None)
    a_sweep(world, days=2)
    assert closed(world, number) == ("closed", "completed", S.MERGED)
    pull = state(world, number).progress.pull
    assert (pull.number, pull.merge_sha, pull.by_person, pull.merged) == (50, sha, True, day(1))
    assert not said(world, number)


@pytest.mark.parametrize("how", ["closing words", "reference"])
def test_closed_by_a_pull_request_that_the_token_may_not_read(how):
    """The workflow's own token reads contents and issues; what the timeline says must do."""
    world = filed("TestPay", commits=COMMITS)
    number = number_of(world, "TestPay")
    sha = pull_request(world, number, at=6, body=f"Fixes #{number}" if how == "closing words" else "")
    if how == "reference":
        repository = repository_of(world)
        cross_reference(world.world, repository, repository.issues[50], text=f"#{number}", actor="bea")
        shut(world, number, at=6)
    token = world.world.tokens[TOKEN]
    token.permissions = {name: level for name, level in token.permissions.items() if "pull" not in name}
    report = a_sweep(world, days=7)
    assert report.notes == ()
    pull = state(world, number).progress.pull
    assert (state(world, number).status, pull.merge_sha, pull.merged) == (S.MERGED, sha, day(6))
    assert pull.number == (50 if how == "reference" else 0)


def test_closed_by_a_commit_that_no_pull_request_brought():
    world = filed("TestPay", commits=COMMITS)
    number = number_of(world, "TestPay")
    fix = world.world.aliases[f"{REPO}:fix"]
    shut(world, number, at=2, commit=fix)
    a_sweep(world, days=3)
    pull = state(world, number).progress.pull
    assert (state(world, number).status, pull.number, pull.merge_sha) == (S.MERGED, 0, fix)
    fails_again(world, 4, sha="later")
    a_scan(world, days=5)
    assert closed(world, number)[::2] == ("open", S.ISSUE_OPEN)


def test_opened_again_by_a_person():
    world, number = silent()
    a_sweep(world, days=130)
    with connected(world, days=131):
        issue = issue_of(world, number)
        issue.state, issue.closed_at, issue.closed_by, issue.state_reason = "open", None, None, "reopened"
        issue.events.append(replace(issue.events[-1], id=10**6, event="reopened", actor="bea", created_at=day(131)))
    a_sweep(world, days=132)
    assert closed(world, number) == ("open", "reopened", S.ISSUE_OPEN)
    assert state(world, number).audit[-1].actor == "bea"
    a_sweep(world, days=140)
    assert closed(world, number)[0] == "open", "the old silence does not close it again"
    put(world, number, exposure=(*state(world, number).exposure, *ran((240, 40))))
    a_sweep(world, days=241)
    assert closed(world, number) == ("closed", "not_planned", S.CLOSED_SILENT)
    assert said(world, number) == ["closing", "closing"], "people are told anew"


# --- what runs out ---------------------------------------------------------------------------------------------------


def test_a_quarantine_that_is_over():
    world = filed("TestPay")
    number = number_of(world, "TestPay")
    put(world, number, progress=Progress(quarantine=Quarantine(until=day(3), by="bea")))
    labelled(world, number, f"{PREFIX}/quarantined")
    a_sweep(world, days=2)
    assert f"{PREFIX}/quarantined" in issue_of(world, number).labels
    a_sweep(world, days=3)
    assert f"{PREFIX}/quarantined" not in issue_of(world, number).labels
    assert said(world, number) == ["quarantine-over"]
    assert state(world, number).progress.quarantine is None


@pytest.mark.parametrize(
    ("run_status", "target"), [("completed", S.FIX_FAILED), ("in_progress", S.FIXING), ("", S.FIX_FAILED)]
)
def test_a_lease_lives_as_long_as_github_says_its_run_works(run_status, target):
    """A deleted run is over as well."""
    world = filed("TestPay")
    number = number_of(world, "TestPay")
    if run_status:
        works = run(-24, id=700, jobs={"test": {"status": run_status} if run_status != "completed" else "success"})
        world.add({"repositories": {REPO: {"runs": [works]}}})
    lease = Lease(run="700", attempt=1, nonce="n", taken=day(1))
    put(world, number, status=S.FIXING, progress=Progress(lease=lease))
    a_sweep(world, days=2)
    assert state(world, number).status is target
    assert said(world, number) == (["lease-lost"] if target is S.FIX_FAILED else [])


def test_an_approval_that_stands_no_more_is_taken_back_although_nobody_touched_the_issue():
    """No plan stands on the page, so that nothing can be approved; the answering job says why, once."""
    world = filed("TestPay")
    number = number_of(world, "TestPay")
    a_sweep(world, days=0.1)
    put(world, number, status=S.APPROVED_TO_FIX)
    a_sweep(world, days=1)
    assert state(world, number).status is S.WAITING_FOR_SIGNAL
    assert said(world, number) == ["void"]
    a_sweep(world, days=2)
    assert said(world, number) == ["void"]


# --- dropped events, budgets ----------------------------------------------------------------------------------


def answering(asked, *, done=()):
    """A stand-in for the job that answers: it notes who was asked, and claims to have done these things."""

    def respond(_ctx, number, *, snapshot):
        assert any(item.issue.number == number for item in snapshot.issues)
        asked.append(number)
        return RespondReport(issue=number, done=done)

    return respond


def test_what_people_touched_since_the_last_sweep_is_handed_over():
    names = ("TestA", "TestB", "TestC", "TestD")
    world = filed(*names)
    numbers = sorted(number_of(world, name) for name in names)
    asked = []
    a_sweep(world, days=1, respond=answering(asked))
    assert asked == [], "only the bot was here"
    for number in numbers:
        issue_of(world, number).updated_at = day(2.5)  # the bot's own writes touch them, too
    commented(world, numbers[1], "Is it the cart?", at=2.5)
    shut(world, numbers[2], at=2.5, reason="not_planned")
    report = a_sweep(world, days=3, respond=answering(asked, done=("comment",)))
    assert asked == numbers[1:3]
    assert report.answered == tuple(numbers[1:3])


def commented(world, number, body, *, at, author="bea"):
    world.world.clock.set(day(at))
    made = Comment(id=world.world.next_id(), author=author, body=body, created_at=day(at), updated_at=day(at))
    issue_of(world, number).comments.append(made)
    issue_of(world, number).updated_at = day(at)


def test_a_command_whose_event_was_dropped_is_obeyed():
    world, number = silent()
    a_sweep(world, days=1)
    commented(world, number, "/ftc mute 60", at=129)
    report = a_sweep(world, days=130)
    assert report.answered == (number,)
    assert state(world, number).progress.muted_until == day(189) or state(world, number).progress.muted_until == day(
        190
    )
    assert closed(world, number)[0] == "open", "and counts at once: nothing is closed while it is muted"


def test_a_command_on_the_dashboard_whose_event_was_dropped_is_obeyed():
    page = a_page().analysed()
    overview = dashboard_of(page)
    with page.simulator.activate():
        sweep(page.context())
    overview.comment("bea", f"/ai-fix #{page.number}")
    page.issue.updated_at = page.now - timedelta(days=9)
    page.wait(hours=1)
    with page.simulator.activate():
        report = sweep(page.context())
    assert report.answered == (overview.number,)
    assert page.flake.status is S.APPROVED_TO_FIX
    assert [task.issue for task in report.tasks] == [page.number]


def test_a_command_on_any_other_issue_whose_event_was_dropped_is_answered_once():
    world = filed("TestPay")
    world.add({"repositories": {REPO: {"issues": [{"number": 40, "title": "Slow", "body": "x", "author": "bea"}]}}})
    a_sweep(world, days=1)
    commented(world, 40, "Hm.", at=1.1)
    assert a_sweep(world, days=1.2).answered == ()
    commented(world, 40, "/ftc status", at=1.5)
    assert a_sweep(world, days=2).answered == (40,)
    (answer,) = [item for item in issue_of(world, 40).comments if item.author not in ("bea",)]
    assert "answer:" in answer.body
    asked = []
    a_sweep(world, days=1.9, respond=answering(asked))
    assert asked == [], "what has its answer is not even read"


def test_many_commands_elsewhere_are_answered_over_several_sweeps():
    world = filed("TestPay")
    others = [{"number": number, "title": "Slow", "body": "x", "author": "bea"} for number in range(40, 63)]
    world.add({"repositories": {REPO: {"issues": others}}})
    a_sweep(world, days=1)
    for other in others:
        commented(world, other["number"], "/ftc status", at=1.5 + other["number"] / 1000)
    first = a_sweep(world, days=2)
    assert first.answered == tuple(range(62, 42, -1))
    assert "commands elsewhere wait for the next sweep" in first.notes
    assert a_sweep(world, days=2.1).answered == (42, 41, 40)


def test_an_answer_that_fails_stops_nothing_else():
    world = filed("TestA", "TestB")
    for name in ("TestA", "TestB"):
        put(world, number_of(world, name), exposure=ran((120, 40)))
        commented(world, number_of(world, name), "Hm.", at=129)

    def refuse(_ctx, number, *, snapshot):
        if number == number_of(world, "TestA"):
            raise Forbidden("no")
        return RespondReport(issue=number)

    report = a_sweep(world, days=130, respond=refuse)
    assert [item.issue for item in report.moved] == [number_of(world, "TestB")]
    assert any("could not be answered: no" in note for note in report.notes)


@pytest.mark.parametrize("error", [Forbidden("no"), BudgetExceeded("spent")])
def test_what_could_not_be_answered_is_looked_at_again_in_the_next_sweep(error):
    world, number = silent()
    a_sweep(world, days=127)
    commented(world, number, "/ftc mute 60", at=128)

    def refuse(_ctx, _number, *, snapshot):
        raise error

    a_sweep(world, days=129, respond=refuse)
    assert decode(dashboards(world)[0].body).dashboard.swept == day(127)
    assert a_sweep(world, days=130).answered == (number,)
    assert decode(dashboards(world)[0].body).dashboard.swept == day(130)


def test_what_fails_for_ever_is_given_up_in_the_end():
    world, number = silent()
    a_sweep(world, days=90, close_silent=False)
    commented(world, number, "Hm.", at=91)

    def refuse(_ctx, _number, *, snapshot):
        raise Forbidden("no")

    a_sweep(world, days=130, respond=refuse)
    assert decode(dashboards(world)[0].body).dashboard.swept == day(100)


def test_a_spent_budget_leaves_questions_and_nothing_else():
    """Eleven issues are closed by hand, and each asks for its timeline; the budget allows fewer."""
    names = [f"Test{letter}" for letter in "ABCDEFGHIJK"]
    world = filed(*names, "TestQuiet")
    quiet = number_of(world, "TestQuiet")
    put(world, quiet, exposure=ran((120, 40)))
    for name in names:
        shut(world, number_of(world, name), at=129, reason="not_planned")
    report = a_sweep(world, days=130, request_budget=10, respond=answering([]))
    assert closed(world, quiet)[0] == "closed"
    left = [note for note in report.notes if "was left for the next sweep" in note]
    assert 0 < len(left) < 11
    a_sweep(world, days=131)
    assert {state(world, number_of(world, name)).status for name in names} == {S.CLOSED_WONTFIX}


def test_dead_scans_are_told_of():
    world = filed("TestPay")
    assert not a_sweep(world, days=8).notes
    assert "the last recorded scan is 9 days old" in a_sweep(world, days=9).notes[0]


def test_before_the_first_scan_there_is_nothing_to_do():
    world = a_world()
    report = a_sweep(world)
    assert writes(world) == []
    assert report.notes == ("no scan was ever recorded; without scans nothing is found and nothing is closed",)


def test_a_damaged_state_is_repaired_on_the_way():
    world, number = silent()
    with connected(world, days=1):
        issue = issue_of(world, number)
        issue.rewrite(issue.body[:2000], editor="bea", now=day(1), edit_id=world.world.next_id())
    a_sweep(world, days=2)
    assert any("recovered" in entry.action for entry in state(world, number).audit)


def test_the_command(monkeypatch, capsys, tmp_path):
    world, number = silent()
    for name, value in {"FTC_REPO": REPO, "FTC_TOKEN": TOKEN, "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}.items():
        monkeypatch.setenv(name, value)
    world.world.clock.set(day(130))
    args = ["sweep", "--now", f"{day(130):%Y-%m-%dT%H:%M:%SZ}"]
    dry = copied(world)
    with dry.activate():
        assert main([*args, "--dry-run"]) == 0
    assert "Would write:" in capsys.readouterr().out
    assert writes(dry) == []
    with world.activate():
        assert main([*args, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    moved = {"issue": number, "test": "example.com/shop/cart TestPay", "from": "ISSUE_OPEN", "to": "CLOSED_SILENT"}
    assert data["moved"] == [{**moved, "told": ["closing"]}]
    assert "`CLOSED_SILENT`" in (tmp_path / "summary").read_text()
