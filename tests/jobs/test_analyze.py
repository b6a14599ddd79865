"""The analysis as a job: written once, edited when it is refreshed, silent when unchanged, whole after any crash."""

from dataclasses import replace
from datetime import timedelta

import pytest
from scans import PACE, Killed, copied, deaths, is_write, kept, killing, writes
from small import NOW, REPO, TOKEN, a_world, dashboards, flake_of, flipped, go_log, issues

from ftc.core.analysis import Reason, Snippet, Sources
from ftc.core.config import Config, Mode
from ftc.core.effects import SaveFlake
from ftc.core.errors import ModelUnavailable
from ftc.core.marks import purpose_of
from ftc.core.model import IssueRef, Status
from ftc.core.plan_block import decode_plan
from ftc.core.progress import Assessment
from ftc.jobs.analyze import analyze, stale
from ftc.jobs.apply import perform
from ftc.jobs.context import open_context
from ftc.jobs.issues import Session
from ftc.jobs.scan import scan
from ftc.jobs.settings import Settings, Tokens
from tests.builders import NOON, a_flake, an_occurrence, days
from tests.fakes import ScriptedModel

RUNS = (flipped(30, go_log("TestAdd")), flipped(20, go_log("TestAdd")))
CODE = "func TestAdd(t *testing.T) {\n    Add()\n    time.Sleep(1)\n    require.True(t, done)\n}"
SNIPPET = Snippet(id="S1", path="cart/cart_test.go", sha="a" * 40, first=19, last=23, text=CODE, reason=Reason.TEST)
READ = Sources(sha="a" * 40, snippets=(SNIPPET,), locatable=True, test_path="cart/cart_test.go")


def gathered(_flake):
    return READ


def context(simulator, *, hours=0, **config):
    settings = Settings(config=Config(repo=REPO, **config), tokens=Tokens(read=TOKEN, issue=TOKEN))
    opened = open_context(settings, {}, now=NOW + timedelta(hours=hours), pace=PACE)
    return replace(opened, say=lambda _: None)


def a_scan(simulator, *, hours=0, gather=gathered, model=None, **config):
    with simulator.activate():
        return scan(context(simulator, hours=hours, **config), gather=gather, model=model)


def analysed(simulator, number, *, hours=0, gather=gathered, model=None, **config):
    """The job alone, on one issue; the lines of what was written."""
    [issue] = [item for item in issues(simulator) if item.number == number]
    with simulator.activate():
        ctx = context(simulator, hours=hours, **config)
        session = Session(ctx=ctx)
        perform(session, analyze(ctx, flake_of(issue), number=number, gather=gather, model=model))
    return session.lines


def analyses(issue):
    return [item for item in issue.comments if purpose_of(item.body) == "analysis"]


def plan_in(issue):
    [comment] = analyses(issue)
    found = decode_plan(comment.body, where=IssueRef(repo=REPO, issue=issue.number))
    assert found is not None
    return found


@pytest.fixture(scope="module")
def scanned():
    simulator = a_world(*RUNS)
    a_scan(simulator)
    return simulator


@pytest.fixture
def world(scanned):
    return copied(scanned)


def test_a_new_issue_is_explained_and_a_person_is_asked(world):
    [issue] = issues(world)
    [comment] = analyses(issue)
    assert "Most likely cause: async wait" in comment.body
    assert f"https://github.com/{REPO}/blob/{'a' * 40}/cart/cart_test.go#L19-L23" in comment.body
    flake = flake_of(issue)
    assert flake.status is Status.WAITING_FOR_SIGNAL
    assert flake.progress.asked == NOW
    known = flake.progress.assessment
    assert (known.root_cause, known.by, known.locatable) == ("async-wait", "rules", True)
    assert (known.sha, known.occurrences, known.at) == ("a" * 40, flake.total, NOW)
    assert known.planned_files == ("cart/cart_test.go",)
    assert [entry.action for entry in flake.audit][-2:] == ["ISSUE_OPEN → TRIAGED", "TRIAGED → WAITING_FOR_SIGNAL"]
    assert {name.rpartition("/")[2] for name in issue.labels} == {"ai-managed", "flaky-test"}
    assert "Likeliest cause: async wait, 90.9% by rules;" in issue.body
    plan, since = plan_in(issue)
    assert since == NOW
    assert (plan.root_cause, plan.planned_files, plan.tests) == ("async-wait", ("cart/cart_test.go",), (flake.test,))
    assert plan.allowed_paths == Config().allowed_paths == known.allowed_paths


def test_the_dashboard_knows_the_issue_as_it_was_left(world):
    before = writes(world)
    a_scan(world, hours=1)
    assert writes(world) == before
    assert "| Waiting for signal | 1 |" in dashboards(world)[0].body


def test_a_scan_with_nothing_new_makes_no_further_requests_for_analyses(world):
    world.requests.clear()
    a_scan(world, hours=40)
    assert not [entry for entry in world.requests if "comments" in entry.path and entry.path != DASHBOARD_COMMENTS]


DASHBOARD_COMMENTS = f"/repos/{REPO}/issues/1/comments"


def test_it_is_refreshed_when_it_is_old_and_failures_followed(world):
    [issue] = issues(world)
    flake = flake_of(issue)
    older = replace(flake.progress.assessment, occurrences=1)
    store(world, issue, replace(flake, progress=replace(flake.progress, assessment=older)))
    [before] = [item.body for item in analyses(issue)]
    world.requests.clear()
    a_scan(world, hours=26)
    again = flake_of(issue).progress.assessment
    assert (again.at, again.occurrences) == (NOW + timedelta(hours=26), flake.total)
    assert [item.body for item in analyses(issue)] == [before], "the same analysis, the same bytes"
    assert not [line for line in writes(world) if "comments" in line]
    assert flake_of(issue).progress.asked == NOW


def store(world, issue, flake):
    with world.activate():
        perform(Session(ctx=context(world)), [SaveFlake(number=issue.number, flake=flake)])


def test_a_changed_view_edits_the_one_comment_and_asks_anew_only_if_the_plan_changed(world):
    [issue] = issues(world)
    other = replace(READ, snippets=(replace(SNIPPET, first=29, last=33),))
    analysed(world, issue.number, hours=2, gather=lambda _: other)
    [comment] = analyses(issue)
    assert "#L29-L33" in comment.body
    assert plan_in(issue)[1] == NOW, "the plan asks for the same, so an approval of it still stands"
    elsewhere = replace(SNIPPET, path="cart/other_test.go")
    moved = replace(READ, snippets=(elsewhere,), test_path=elsewhere.path)
    analysed(world, issue.number, hours=3, gather=lambda _: moved)
    assert len(analyses(issue)) == 1
    assert plan_in(issue)[1] == NOW + timedelta(hours=3)


def test_a_comment_that_somebody_else_edited_is_written_anew_with_a_new_date(world):
    [issue] = issues(world)
    [comment] = analyses(issue)
    forged = comment.body.replace("async wait", "async wait!")
    comment.rewrite(forged, editor="mallory", now=NOW + timedelta(hours=1), edit_id=world.world.next_id())
    analysed(world, issue.number, hours=2)
    assert "async wait!" not in analyses(issue)[0].body
    assert plan_in(issue)[1] == NOW + timedelta(hours=2)


def test_a_model_that_fails_is_told_of_and_charged_for_nothing(world):
    [issue] = issues(world)
    analysed(world, issue.number, hours=2, model=ScriptedModel(ModelUnavailable("503 from <b>@octocat</b>")))
    [comment] = analyses(issue)
    assert "A model was asked, but it did not answer in time; so the rules speak alone." in comment.body
    assert "@octocat" not in comment.body
    flake = flake_of(issue)
    assert flake.progress.assessment.by == "rules"
    assert flake.bills == ()


ANSWER = {
    "causes": [
        {
            "root_cause": "concurrency",
            "probability": 0.8,
            "evidence_for": [{"text": "Add runs beside the check", "cite": "S1"}],
            "evidence_against": [],
        }
    ],
    "plan": {
        "steps": ["wait for Add"],
        "planned_files": ["cart/cart_test.go"],
        "sketch": "",
        "risk": "low",
        "risk_reason": "a test only",
    },
    "checklist": ["does Add return?"],
}


def test_a_model_that_answers_is_named_and_what_it_cost_is_kept(world):
    [issue] = issues(world)
    analysed(world, issue.number, hours=1, model=ScriptedModel(ANSWER, name="some/model"))
    [comment] = analyses(issue)
    assert "Most likely cause: concurrency" in comment.body
    assert "By the model `some/model`" in comment.body
    flake = flake_of(issue)
    assert (flake.progress.assessment.by, flake.progress.assessment.root_cause) == ("some/model", "concurrency")
    assert [bill.model for bill in flake.bills] == ["some/model"]
    assert plan_in(issue)[1] == NOW + timedelta(hours=1), "another cause is another plan"


def test_without_code_it_says_so_and_what_the_log_tells(world):
    [issue] = issues(world)
    analysed(world, issue.number, hours=1, gather=lambda _: Sources(problems=("The code could not be read: timeout",)))
    [comment] = analyses(issue)
    assert "- The code could not be read: timeout" in comment.body
    assert flake_of(issue).progress.assessment.locatable is False
    assert plan_in(issue)[0].planned_files == ()


@pytest.mark.parametrize(
    "change",
    [
        lambda issue: setattr(issue, "state", "closed"),
        lambda issue: issue.labels.remove("flaky-test-cleaner/ai-managed"),
    ],
    ids=["closed", "taken from the bot"],
)
def test_an_issue_that_is_not_ours_any_more_is_left_alone(world, change):
    [issue] = issues(world)
    flake = flake_of(issue)
    change(issue)
    with world.activate():
        assert analyze(context(world), flake, number=issue.number, gather=gathered) == ()


@pytest.mark.parametrize("status", [Status.APPROVED_TO_FIX, Status.FIXING, Status.FIX_FAILED, Status.PR_OPEN])
def test_past_an_approval_the_view_is_renewed_and_the_state_stays(world, status):
    [issue] = issues(world)
    flake = replace(flake_of(issue), status=status)
    with world.activate():
        effects = analyze(context(world, hours=30), flake, number=issue.number, gather=gathered)
    assert effects[-1].flake.status is status
    assert effects[-1].flake.progress.assessment.at == NOW + timedelta(hours=30)


@pytest.mark.parametrize("over", [{"analysis": False}, {"mode": Mode.OBSERVE}, {"dry_run": True}])
def test_nothing_is_said_where_it_is_not_wanted(over):
    simulator = a_world(*RUNS)
    a_scan(simulator, **over)
    assert not [comment for issue in issues(simulator) for comment in analyses(issue)]


def test_issues_without_an_analysis_get_one_and_few_stale_ones_are_renewed():
    names = [f"Test{letter}" for letter in "ABCDEF"]
    pairs = [(hours + number / 10, name) for hours in (20, 30) for number, name in enumerate(names)]
    simulator = a_world(*(flipped(hours, go_log(name)) for hours, name in pairs))
    a_scan(simulator, max_new_issues=6, analysis=False)
    assert len(issues(simulator)) == 6
    a_scan(simulator, hours=1, max_new_issues=4)
    assert sum(len(analyses(issue)) for issue in issues(simulator)) == 4
    a_scan(simulator, hours=2, max_new_issues=4)
    assert sum(len(analyses(issue)) for issue in issues(simulator)) == 6
    for issue in issues(simulator):
        flake = flake_of(issue)
        older = replace(flake.progress.assessment, occurrences=0)
        store(simulator, issue, replace(flake, progress=replace(flake.progress, assessment=older)))
    a_scan(simulator, hours=40, max_new_issues=4)
    renewed = [flake_of(issue).progress.assessment.at == NOW + timedelta(hours=40) for issue in issues(simulator)]
    assert sum(renewed) == 3


def test_a_muted_issue_is_not_spoken_on():
    simulator = a_world(*RUNS)
    a_scan(simulator, analysis=False)
    [issue] = issues(simulator)
    flake = flake_of(issue)
    store(simulator, issue, replace(flake, progress=replace(flake.progress, muted_until=NOW + timedelta(days=3))))
    a_scan(simulator, hours=1)
    assert analyses(issue) == []
    a_scan(simulator, hours=80)
    assert len(analyses(issue)) == 1


def ending(simulator):
    """What must be the same however the scan was interrupted."""
    said = [[comment.body for comment in analyses(issue)] for issue in issues(simulator)]
    return kept(simulator, REPO), said


def test_killed_anywhere_and_run_again_there_is_one_analysis_and_the_right_state():
    simulator = a_world(*RUNS)
    calm = copied(simulator)
    a_scan(calm)
    wanted = ending(calm)
    assert [len(said) for said in wanted[1]] == [1]
    for entry, before in deaths(calm.requests):
        victim = copied(simulator)
        hook = killing(entry.number, before=before)
        victim.on_request, victim.after_request = (hook, None) if before else (None, hook)
        with pytest.raises(Killed):
            a_scan(victim)
        victim.on_request = victim.after_request = None
        a_scan(victim)
        assert ending(victim) == wanted, f"killed {'before' if before else 'after'} {entry.method} {entry.path}"


def test_two_scans_at_once_open_one_issue_and_the_next_look_leaves_one_analysis():
    simulator = a_world(*RUNS)
    calm = copied(simulator)
    a_scan(calm)
    for moment in [entry.number for entry in calm.requests if is_write(entry)]:
        both = copied(simulator)

        def meanwhile(entry, both=both, moment=moment):
            if entry.number == moment:
                a_scan(both)

        both.on_request = meanwhile
        a_scan(both)
        both.on_request = None
        a_scan(both)
        [opened] = [issue for issue in issues(both) if issue.state == "open"]
        assert flake_of(opened).status is Status.WAITING_FOR_SIGNAL
        analysed(both, opened.number, hours=1)
        assert len(analyses(opened)) == 1, f"with another scan before request {moment}"


OLD, NEW = days(-2), NOON - timedelta(hours=2)


@pytest.mark.parametrize(
    ("at", "occurrences", "status", "expected"),
    [
        (None, 0, Status.ISSUE_OPEN, True),  # nobody has looked yet
        (OLD, 1, Status.WAITING_FOR_SIGNAL, True),  # old, and failures followed
        (OLD, 2, Status.WAITING_FOR_SIGNAL, False),  # old, but nothing is new
        (NEW, 1, Status.WAITING_FOR_SIGNAL, False),  # failures followed within the day
        (OLD, 2, Status.APPROVED_TO_FIX, True),  # a fix needs a fresh view
        (NEW, 2, Status.APPROVED_TO_FIX, False),
    ],
)
def test_stale(at, occurrences, status, expected):
    flake = a_flake(an_occurrence(run="1"), an_occurrence(run="2"), status=status)
    if at:
        known = Assessment(at=at, root_cause="async-wait", confidence=0.5, occurrences=occurrences)
        flake = replace(flake, progress=replace(flake.progress, assessment=known))
    assert stale(flake, NOON) is expected
