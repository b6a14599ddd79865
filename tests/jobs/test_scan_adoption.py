"""Issues that people wrote are adopted or asked about, and nothing they wrote is ever changed."""

import json
from dataclasses import replace

import pytest
from adopting import a_world_with, an_issue, guarded, issue, said, state_of
from scans import Killed, copied, deaths, kept, killing, writes
from small import REPO, a_scan, dashboards, flipped, go_log, issues, watched

from ftc.core.config import Adopt, Mode
from ftc.core.model import Status
from ftc.core.state import decode, encode_flake


def own(world):
    """Numbers of the issues that the bot opened itself, without dashboards."""
    return [item.number for item in issues(world) if item.author == "github-actions[bot]"]


def settled(world, hours=5, **over):
    """A further scan has nothing to do."""
    world.requests.clear()
    report = a_scan(world, hours=hours, **over)
    assert writes(world) == []
    return report


def test_the_issue_a_person_wrote_is_adopted_and_not_doubled():
    world = a_world_with(an_issue())
    report = a_scan(world)
    written = issue(world, 1)
    flake = state_of(written)
    assert own(world) == []
    assert (flake.status, flake.total, flake.issue.issue) == (Status.ISSUE_OPEN, 2, 1)
    assert [name.rpartition("/")[2] for name in written.labels] == ["ai-managed", "flaky-test", "needs-triage"]
    assert "adopt issue 1" in "\n".join(report.done)
    assert watched(world) == []
    [entry] = decode(dashboards(world)[0].body).dashboard.index
    assert (entry.issue, entry.comment) == (1, said(written, "state")[0].id)
    assert "@" not in said(written, "state")[0].body.split("flaky-test-cleaner:state")[0]
    settled(world)


def more(world, name="TestAdd", hours=0.5, **over):
    """The test fails once more, and passes when it is run again."""
    run = {**flipped(hours, go_log(name), **over), "id": 900000 + int(hours * 100)}
    world.add(json.dumps({"repositories": {REPO: {"runs": [run]}}}, indent=1))


def rewritten(world, text, body, *, by):
    """Somebody writes a comment of the bot anew."""
    text.rewrite(body, editor=by, now=world.world.now(), edit_id=world.world.next_id())


@pytest.fixture
def adopted():
    """A world in which issue 1 was adopted."""
    world = a_world_with(an_issue())
    a_scan(world)
    return world


def test_what_is_learnt_later_goes_into_the_comment_silently(adopted):
    [comment] = said(issue(adopted, 1), "state")
    more(adopted)
    adopted.requests.clear()
    a_scan(adopted, hours=1)
    assert state_of(issue(adopted, 1)).total == 3
    assert len(issue(adopted, 1).comments) == 1
    assert not [line for line in writes(adopted) if line.endswith("/issues/1")]
    assert f"PATCH /repos/{REPO}/issues/comments/{comment.id}" in writes(adopted)
    settled(adopted)


def unlisted(world):
    """The scan that adopted died before it wrote the dashboard."""
    [dashboard] = dashboards(world)
    dashboard.body = dashboard.edits[0].text


DAMAGE = {
    "truncated": lambda body: body[: body.index("flaky-test-cleaner:state") + 300],
    "edited by hand": lambda body: body.replace('"ISSUE_OPEN"', '"VERIFIED"', 1),
    "everything deleted": lambda body: "gone",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
@pytest.mark.parametrize("listed", [True, False], ids=["in the index", "not yet in the index"])
def test_a_state_comment_that_a_person_edited_comes_back_from_its_history(adopted, damage, listed):
    if not listed:
        if damage is DAMAGE["everything deleted"]:
            pytest.skip("neither index nor mark leads to it; the label alone is no proof that it was adopted")
        unlisted(adopted)
    [comment] = said(issue(adopted, 1), "state")
    before = state_of(issue(adopted, 1))
    rewritten(adopted, comment, damage(comment.body), by="bea")
    report = a_scan(adopted, hours=1)
    after = state_of(issue(adopted, 1))
    assert (after.occurrences, after.status) == (before.occurrences, before.status)
    assert "state recovered from the edit history" in comment.body
    assert any("recovered" in note for note in report.notes)
    settled(adopted)


@pytest.mark.parametrize("listed", [True, False], ids=["in the index", "not yet in the index"])
def test_a_forged_state_with_a_right_checksum_counts_as_edited(adopted, listed):
    if not listed:
        unlisted(adopted)
    [comment] = said(issue(adopted, 1), "state")
    flake = state_of(issue(adopted, 1))
    forged = encode_flake(replace(flake, occurrences=()))
    rewritten(adopted, comment, f"<!-- flaky-test-cleaner:say state -->\n{forged}\n", by="bea")
    a_scan(adopted, hours=1)
    assert state_of(issue(adopted, 1)).total == 2
    assert "last edited by bea" in comment.body


def test_words_that_people_add_to_the_comment_survive(adopted):
    [comment] = said(issue(adopted, 1), "state")
    rewritten(adopted, comment, comment.body + "\n\nI am on it. Bea", by="bea")
    more(adopted)
    a_scan(adopted, hours=1)
    assert state_of(issue(adopted, 1)).total == 3
    assert comment.body.rstrip().endswith("I am on it. Bea")
    settled(adopted)


@pytest.mark.parametrize("how", ["label removed", "comment deleted", "issue deleted"])
def test_an_adopted_issue_taken_away_is_left_alone_for_good(adopted, how):
    written = issue(adopted, 1)
    if how == "label removed":
        written.labels = [name for name in written.labels if not name.endswith("ai-managed")]
    elif how == "comment deleted":
        written.comments.clear()
    else:
        written.deleted = True
    more(adopted)
    report = a_scan(adopted, hours=1)
    assert any("taken away" in item.reason.value for item in report.plan.left_out)
    assert own(adopted) == []
    assert len(written.comments) == (how != "comment deleted")
    settled(adopted)
    more(adopted, hours=0.6)
    a_scan(adopted, hours=6)
    assert own(adopted) == []


def test_a_block_forged_in_a_persons_body_or_comment_is_not_believed(adopted):
    stolen = said(issue(adopted, 1), "state")[0].body
    forged = {
        "title": "TestOther is unstable",
        "body": stolen + "\n",
        "author": "mallory",
        "labels": ["flaky-test-cleaner/ai-managed"],
        "comments": [{"author": "mallory", "body": stolen + "\n"}],
    }
    adopted.add(json.dumps({"repositories": {REPO: {"issues": [forged]}}}, indent=1))
    adopted.requests.clear()
    report = a_scan(adopted, hours=1)
    assert any("was opened by mallory" in note for note in report.notes)
    assert writes(adopted) == []


def test_a_forged_comment_below_a_persons_issue_is_not_taken_for_ours():
    donor = a_world_with(an_issue())
    a_scan(donor)
    stolen = said(issue(donor, 1), "state")[0].body
    world = a_world_with(
        an_issue(comments=[{"author": "mallory", "body": stolen.replace('"ISSUE_OPEN"', '"VERIFIED"')}])
    )
    a_scan(world)
    flake = state_of(issue(world, 1))
    assert (flake.status, flake.total) == (Status.ISSUE_OPEN, 2)
    assert [item.author for item in issue(world, 1).comments] == ["mallory", "github-actions[bot]"]
    settled(world)


DOUBTFUL = an_issue("CI is flaky", "Since Monday:\n\n--- FAIL: TestAdd (0.02s)\n")


def test_a_doubtful_issue_is_asked_about_once_and_the_flake_waits():
    world = a_world_with(DOUBTFUL)
    report = a_scan(world)
    [question] = said(issue(world, 1), "adopt-question")
    assert "the test is named in the text only" in question.body
    assert "/ftc" not in question.body
    assert "2026-11-27" in question.body
    assert own(world) == []
    [flake] = watched(world)
    assert flake.progress.question.issue == 1
    assert "ask on issue 1" in "\n".join(report.done)
    more(world)
    again = a_scan(world, hours=24)
    assert [item.reason for item in again.plan.waiting] == [
        "people were asked on issue 1 whether it is about this test"
    ]
    assert len(issue(world, 1).comments) == 1
    settled(world, hours=30)


def test_without_an_answer_the_flake_gets_an_issue_that_links_the_other():
    world = a_world_with(DOUBTFUL)
    a_scan(world)
    for days in (3, 6):
        a_scan(world, hours=24 * days)
    assert own(world) == []
    a_scan(world, hours=24 * 7)
    [number] = own(world)
    assert "#1" in issue(world, number).body.split("flaky-test-cleaner:state")[0]
    assert len(issue(world, 1).comments) == 1
    settled(world, hours=24 * 7 + 1)


def test_a_title_made_clear_is_an_answer():
    world = a_world_with(DOUBTFUL)
    a_scan(world)
    issue(world, 1).title = "TestAdd is flaky"
    guarded(world)
    a_scan(world, hours=24)
    assert state_of(issue(world, 1)).total == 2
    assert own(world) == []
    settled(world, hours=30)


def test_ask_always_asks_and_off_never_looks():
    world = a_world_with(an_issue())
    a_scan(world, adopt=Adopt.ASK)
    assert [len(said(issue(world, 1), what)) for what in ("adopt-question", "state")] == [1, 0]
    world = a_world_with(an_issue())
    a_scan(world, adopt=Adopt.OFF)
    assert issue(world, 1).comments == []
    assert len(own(world)) == 1
    assert not [entry for entry in world.requests if "state=open" in entry.query]


@pytest.mark.parametrize(
    ("over", "config", "why"),
    [
        ({"state": "closed"}, {}, "nobody waits there any more"),
        ({"author": "dependabot[bot]"}, {}, "what a bot wrote is no person's report"),
        ({"locked": True}, {}, "people said that enough was said"),
        ({"title": "TestAddAll is unstable", "body": ""}, {}, "another test"),
        ({"title": "Speed up CI", "body": "TestAdd takes a minute"}, {}, "in passing"),
    ],
)
def test_what_is_not_adopted_gets_an_issue_of_its_own(over, config, why):
    world = a_world_with(an_issue(**over))
    a_scan(world, **config)
    assert issue(world, 1).comments == [], why
    assert len(own(world)) == 1


@pytest.mark.parametrize(
    "config", [{"mode": Mode.OBSERVE}, {"dry_run": True}, {"max_comments": 0}, {"max_new_issues": 0}]
)
def test_where_nothing_may_be_said_nothing_is(config):
    world = a_world_with(an_issue())
    a_scan(world, **config)
    assert issue(world, 1).comments == []
    assert own(world) == []


@pytest.mark.parametrize("fault", [{"status": 502}, {"partial": 0}])
def test_a_list_that_failed_or_was_cut_adopts_nothing_and_files_as_before(fault):
    known = [flipped(hours, go_log("TestOld")) for hours in (60, 50)]
    world = a_world_with(an_issue(), runs=tuple(known))
    a_scan(world, hours=-40)
    for hours in (3, 2):
        more(world, hours=hours)
    world.fail(path=r"/issues\?.*state=open", **fault)
    report = a_scan(world)
    assert issue(world, 1).comments == []
    assert len(own(world)) == 2
    assert any("so none" in note for note in report.notes)


def test_of_several_issues_about_one_test_the_first_is_adopted():
    world = a_world_with(an_issue(), an_issue(title="TestAdd is flaky again"))
    a_scan(world)
    assert state_of(issue(world, 1)).total == 2
    assert issue(world, 2).comments == []


def test_no_issue_keeps_two_tests():
    runs = tuple(flipped(hours, go_log(name)) for name in ("TestAdd", "TestPut") for hours in (30, 20))
    runs = tuple({**run, "sha": f"{place:040x}"} for place, run in enumerate(runs, start=1))
    world = a_world_with(an_issue("TestAdd and TestPut are unstable", ""), runs=runs)
    a_scan(world)
    assert len(said(issue(world, 1), "adopt-question")) == 1
    assert len(own(world)) == 1
    settled(world)


def test_adoptions_take_places_and_comments():
    names = [f"Test{letter}" for letter in "ABCDE"]
    runs = tuple(flipped(30 - place - extra / 2, go_log(name)) for place, name in enumerate(names) for extra in (0, 1))
    world = a_world_with(*(an_issue(f"{name} is unstable", "") for name in names), runs=runs)
    report = a_scan(world)
    assert sum(len(issue(world, number).comments) for number in range(1, 6)) == 3
    assert {item.reason for item in report.plan.waiting} == {"at most 3 new issues a scan"}
    a_scan(world, hours=1)
    assert [len(issue(world, number).comments) for number in range(1, 6)] == [1] * 5
    assert own(world) == []


def a_busy_world():
    """One issue to adopt, one to ask about, one test to be filed, and an adopted one with news."""
    names = ("TestOld", "TestAdd", "TestAsk", "TestNew")
    old = tuple(flipped(hours, go_log("TestOld")) for hours in (90, 80))
    written = (
        an_issue("TestOld is flaky", ""),
        an_issue(),
        an_issue("CI is flaky", "--- FAIL: TestAsk (0.02s)\n"),
    )
    world = a_world_with(*written, runs=old)
    a_scan(world, hours=-75)
    for place, name in enumerate(names):
        for extra in (1, 2):
            more(world, name, hours=place * 3 + extra, sha=f"{place * 10 + extra:040x}")
    world.requests.clear()
    return world


def ends(world):
    """What must be the same however the scan was interrupted."""
    comments = {
        number: sorted(item.body.split("\n")[0] for item in issue(world, number).comments) for number in (1, 2, 3)
    }
    return kept(world, REPO), comments, own(world)


def test_killed_at_any_request_and_run_again_ends_the_same():
    world = a_busy_world()
    calm = copied(world)
    a_scan(calm)
    wanted = ends(calm)
    assert wanted[1] == {
        1: ["<!-- flaky-test-cleaner:say notice:20261117 -->", "<!-- flaky-test-cleaner:say state -->"],
        2: ["<!-- flaky-test-cleaner:say state -->"],
        3: [f"<!-- flaky-test-cleaner:say adopt-question:{flake.key} -->" for flake in watched(calm)],
    }
    assert len(wanted[2]) == 1
    for entry, before in deaths(calm.requests):
        victim = copied(world)
        guard = victim.after_request
        hook = killing(entry.number, before=before)
        victim.on_request, victim.after_request = (hook, guard) if before else (None, hook)
        with pytest.raises(Killed):
            a_scan(victim)
        victim.on_request, victim.after_request = None, guard
        a_scan(victim)
        told = f"killed {'before' if before else 'after'} {entry.method} {entry.path}"
        assert ends(victim) == wanted, told
        settled(victim)
