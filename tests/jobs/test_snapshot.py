"""What the bot believes of its own issues: damage is repaired and said, forgeries and removals are respected."""

import json
import re
from dataclasses import replace

import pytest
from scans import writes
from small import (
    REPO,
    a_scan,
    a_world,
    dashboards,
    flake_of,
    flipped,
    go_log,
    issues,
    red,
    run,
    watched,
)

from ftc.core.errors import SchemaTooNew, UsageError
from ftc.core.model import Flake
from ftc.core.state import SCHEMA, decode, encode_dashboard, encode_flake, encode_watch_page

RUNS = (flipped(30, go_log("TestAdd")), flipped(20, go_log("TestAdd")), run(10, jobs=red(go_log("TestOnce"))))


@pytest.fixture
def world():
    """After a first scan: a dashboard, one issue, one test on the watch list."""
    world = a_world(*RUNS)
    a_scan(world)
    world.requests.clear()
    return world


def edited(world, text, body, *, by="bea"):
    """Somebody writes an issue or a comment anew."""
    text.rewrite(body, editor=by, now=world.world.now(), edit_id=world.world.next_id())


def newer(world, name="TestAdd", hours=0.5):
    """The test fails once more."""
    more(world, runs=[{**flipped(hours, go_log(name)), "id": 900000 + int(hours * 100)}])


def more(world, **repository):
    """Add to the repository."""
    world.add(json.dumps({"repositories": {REPO: repository}}, indent=1))


def settled(world, hours=5, **over):
    """A further scan has nothing to do."""
    world.requests.clear()
    report = a_scan(world, hours=hours, **over)
    assert writes(world) == []
    return report


DAMAGE = {
    "truncated": lambda body: body[: body.index("flaky-test-cleaner:state") + 300],
    "edited by hand": lambda body: body.replace('"ISSUE_OPEN"', '"VERIFIED"', 1),
    "block deleted": lambda body: re.sub(r"<!-- flaky-test-cleaner:state.*?-->", "", body, flags=re.S),
    "everything deleted": lambda body: "gone",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_block_comes_back_from_the_edit_history(world, damage):
    [issue] = issues(world)
    before = flake_of(issue)
    edited(world, issue, damage(issue.body))
    report = a_scan(world, hours=1)
    after = flake_of(issue)
    assert (after.occurrences, after.status) == (before.occurrences, before.status)
    assert "state recovered from the edit history" in issue.body
    assert any("recovered" in note for note in report.notes)
    assert "recovered" in dashboards(world)[0].body
    settled(world)


def test_a_block_that_a_person_edited_with_a_right_checksum_counts_as_edited(world):
    [issue] = issues(world)
    forged = encode_flake(replace(flake_of(issue), occurrences=()))
    edited(world, issue, DAMAGE["block deleted"](issue.body) + forged + "\n")
    assert flake_of(issue).total == 0
    a_scan(world, hours=1)
    assert flake_of(issue).total == 2
    assert "last edited by bea" in issue.body
    settled(world)


def test_peoples_words_around_the_part_survive_byte_for_byte(world):
    [issue] = issues(world)
    above, below = "My notes\r\n\r\n* one  \r\n", "\r\n\r\n## Later\r\n<!-- mine -->\t \r\nend"
    edited(world, issue, above + issue.body.rstrip("\n").replace("\n", "\r\n") + below)
    newer(world)
    a_scan(world, hours=1)
    assert flake_of(issue).total == 3
    assert issue.body.startswith(above + "<!-- flaky-test-cleaner:begin -->\n")
    assert issue.body.endswith("<!-- flaky-test-cleaner:end -->" + below)
    settled(world)


def test_a_persons_issue_with_the_label_and_a_copied_block_does_not_count(world):
    [issue] = issues(world)
    number = made(world, title="Me too", body=issue.body, labels=issue.labels, author="mallory")
    report = a_scan(world, hours=1)
    assert any(f"issue {number} was opened by mallory" in note for note in report.notes)
    assert writes(world) == []


def made(world, *, title, body, labels, author, created=None):
    """An issue that did not come from a scan."""
    repository = world.world.repository(REPO)
    more(world, issues=[{"title": title, "body": body + "\n", "author": author, "at": created or "-1h"}])
    number = max(repository.issues)
    repository.issues[number].labels = list(labels)
    return number


def test_a_block_that_names_another_issue_is_passed_over(world):
    [issue] = issues(world)
    number = made(world, title="Copy", body=issue.body, labels=issue.labels, author="github-actions[bot]")
    report = a_scan(world, hours=1)
    assert any(f"issue {number}" in note for note in report.notes)
    assert flake_of(issues(world)[0]).total == 2


def test_an_old_unlisted_issue_of_the_bot_does_not_count(world):
    # Any workflow of the repository writes as github-actions[bot].
    [issue] = issues(world)
    block = encode_flake(Flake(key="f" * 16, repo=REPO, test=flake_of(issue).test))
    number = made(
        world,
        title="Old",
        body=block,
        labels=issue.labels,
        author="github-actions[bot]",
        created="2026-11-01T00:00:00Z",
    )
    report = a_scan(world, hours=1)
    assert any(f"issue {number} is not in the index" in note for note in report.notes)


def test_a_signed_state_is_believed_only_with_its_signature():
    world = a_world(*RUNS)
    a_scan(world, key="s3cret-key")
    settled(world, key="s3cret-key")
    [issue] = issues(world)
    edited(world, issue, DAMAGE["edited by hand"](issue.body), by="github-actions[bot]")
    a_scan(world, hours=6, key="s3cret-key")
    assert flake_of(issue).status.value == "ISSUE_OPEN"
    settled(world, hours=7, key="s3cret-key")


@pytest.mark.parametrize("how", ["label removed", "deleted"])
def test_an_issue_taken_away_is_left_alone_for_good(world, how):
    [issue] = issues(world)
    if how == "deleted":
        issue.deleted = True
    else:
        issue.labels = [name for name in issue.labels if not name.endswith("ai-managed")]
    body = issue.body
    newer(world)
    report = a_scan(world, hours=1)
    assert any("taken away" in item.reason.value for item in report.plan.left_out)
    assert issues(world) == []
    assert issue.body == body
    settled(world)


def test_more_removed_issues_than_are_looked_up_at_once_do_not_stop_everything():
    runs = [flipped(hours, go_log(f"Test{index}")) for index in range(12) for hours in (40 - index, 20 - index)]
    world = a_world(*runs)
    a_scan(world, max_new_issues=50, breakage_threshold=100)
    found = issues(world)
    assert len(found) == 12
    for issue in found:
        issue.labels = []
    for hour in (1, 2):
        a_scan(world, hours=hour)
    newer(world, "TestNew", 0.5)
    newer(world, "TestNew", 0.6)
    a_scan(world, hours=3)
    assert [flake_of(issue).test.name for issue in issues(world)] == ["TestNew"]


def test_nothing_is_created_while_the_list_is_partial():
    runs = [flipped(hours, go_log(f"Test{index}")) for index in range(3) for hours in (40 - index, 20 - index)]
    world = a_world(*runs)
    a_scan(world)
    newer(world, "TestNew", 0.5)
    newer(world, "TestNew", 0.6)
    world.fail(path=r"/issues\?", partial=2)
    report = a_scan(world, hours=1)
    assert len(issues(world)) == 3
    assert any("incomplete" in note for note in report.notes)
    assert [item.reason for item in report.plan.waiting] == ["not every existing issue could be seen"]
    world.faults.clear()
    a_scan(world, hours=2)
    assert len(issues(world)) == 4


def test_a_pinned_dashboard_is_used_and_a_missing_one_is_refused(world):
    [dashboard] = dashboards(world)
    settled(world, dashboard_issue=dashboard.number)
    dashboard.labels = []
    with pytest.raises(UsageError, match=f"dashboard-issue: issue {dashboard.number}"):
        a_scan(world, hours=6, dashboard_issue=dashboard.number)
    assert writes(world) == []


def test_a_pinned_dashboard_that_the_list_leaves_out_is_fetched(world):
    [dashboard] = dashboards(world)
    newer(world)
    world.fail(path=r"/issues\?", partial=0)
    a_scan(world, hours=1, dashboard_issue=dashboard.number)
    assert len(dashboards(world)) == len(issues(world)) == 1
    assert flake_of(issues(world)[0]).total == 3


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_destroyed_dashboard_is_recovered_and_says_so(world, damage):
    [dashboard] = dashboards(world)
    index = decode(dashboard.body).dashboard.index
    edited(world, dashboard, damage(dashboard.body).replace('"cursor"', '"coarser"'))
    a_scan(world, hours=1)
    assert {item.issue for item in decode(dashboard.body).dashboard.index} == {item.issue for item in index}
    assert "edit history" in dashboard.body
    settled(world)


def forged(body, block):
    """The body with another state of the same kind, right in every respect but for who wrote it."""
    return DAMAGE["block deleted"](body) + block + "\n"


def test_a_dashboard_that_a_person_wrote_does_not_count_and_says_so(world):
    [dashboard] = dashboards(world)
    held = decode(dashboard.body).dashboard
    [issue] = issues(world)
    # Whoever may do this would take every issue from the bot, and hide what was scanned.
    block = encode_dashboard(replace(held, index=(), ledger=(), cursor=None, revision=held.revision + 1000))
    edited(world, dashboard, forged(dashboard.body, block))
    newer(world)
    report = a_scan(world, hours=1)
    after = decode(dashboard.body).dashboard
    assert [entry.issue for entry in after.index] == [issue.number]
    assert after.revision < 1000
    assert flake_of(issue).total == 3
    said = "the dashboard's state was recovered from its edit history: the state block was last edited by bea"
    assert said in report.notes
    assert "last edited by bea" in dashboard.body
    settled(world)


def test_a_watch_page_that_a_person_wrote_does_not_count_and_says_so(world):
    [dashboard] = dashboards(world)
    [page] = dashboard.comments
    block = decode(page.body)
    edited(world, page, forged(page.body, encode_watch_page(block.page, (), where=block.where)))
    report = a_scan(world, hours=1)
    assert [flake.test.name for flake in watched(world)] == ["TestOnce"]
    assert [comment.id for comment in dashboard.comments] == [page.id], "repaired where it stands"
    assert any("a page of the watch list was recovered" in note and "edited by bea" in note for note in report.notes)
    assert "a page of the watch list was recovered" in dashboard.body
    settled(world)


def test_what_a_person_wrote_into_a_watch_page_opens_no_issue(world):
    [page] = dashboards(world)[0].comments
    block = decode(page.body)
    [flake] = block.flakes
    seen = flake.occurrences[0]
    twice = replace(flake, occurrences=(seen, replace(seen, run=str(int(seen.run) + 1))))
    edited(world, page, forged(page.body, encode_watch_page(block.page, (twice,), where=block.where)))
    newer(world, "TestOnce")
    a_scan(world, hours=1)
    # One failure was seen before, and one is new; the one that was written in by hand is none.
    assert sorted(flake_of(issue).total for issue in issues(world)) == [2, 2]


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_watch_page_comes_back_from_the_edit_history(world, damage):
    [dashboard] = dashboards(world)
    [page] = dashboard.comments
    edited(world, page, damage(page.body).replace("TestOnce", "TestEver"))
    a_scan(world, hours=1)
    assert [flake.test.name for flake in watched(world)] == ["TestOnce"]
    assert [comment.id for comment in dashboard.comments] == [page.id], "repaired where it stands"
    assert "a page of the watch list was recovered" in dashboard.body
    settled(world)


@pytest.mark.parametrize("login", ["ftc-old[bot]", "old-robot"])
def test_what_the_bot_wrote_under_a_former_name_counts(world, login):
    [dashboard] = dashboards(world)
    more_of_it = {"users": {"ftc-old[bot]": {"type": "Bot"}, "old-robot": {}}}
    world.add(json.dumps(more_of_it, indent=1))
    held = decode(dashboard.body).dashboard
    edited(world, dashboard, forged(dashboard.body, encode_dashboard(replace(held, revision=900))), by=login)
    assert settled(world, trusted_logins=(login,)).notes == ()
    assert decode(dashboard.body).dashboard.revision == 900


def test_words_of_a_person_on_the_dashboard_leave_its_state_believed(world):
    [dashboard] = dashboards(world)
    edited(world, dashboard, "Mine.\n\n" + dashboard.body)
    edited(world, dashboard.comments[0], "Mine, too.\n\n" + dashboard.comments[0].body)
    assert settled(world).notes == ()


def test_a_dashboard_is_read_to_its_last_comment(world):
    [dashboard] = dashboards(world)
    [page] = dashboard.comments
    talk = [{"author": "ada", "body": f"Word {number}."} for number in range(205)]
    more(world, issues=[{"title": "x", "comments": talk}])
    carrier = world.world.repository(REPO).issues.pop(max(world.world.repository(REPO).issues))
    dashboard.comments[:0] = carrier.comments
    assert dashboard.comments[-1] is page
    settled(world)
    newer(world, "TestOnce")
    a_scan(world, hours=6)
    assert sorted(flake_of(issue).total for issue in issues(world)) == [2, 2]


def test_a_dashboard_without_any_history_is_built_anew(world):
    [dashboard] = dashboards(world)
    dashboard.body, dashboard.edits = "gone", []
    a_scan(world, hours=1)
    assert decode(dashboard.body).dashboard.cursor is not None
    assert [flake_of(issue).total for issue in issues(world)] == [2]
    assert len(watched(world)) == 1
    settled(world)


def test_a_second_dashboard_is_merged_and_closed(world):
    [first] = dashboards(world)
    other = a_world(*RUNS, run(5, jobs=red(go_log("TestElse"))))
    a_scan(other)
    number = made(
        world,
        title=first.title,
        body=dashboards(other)[0].body.replace(f'"issue":{dashboards(other)[0].number}', '"issue":0'),
        labels=first.labels,
        author="github-actions[bot]",
    )
    a_scan(world, hours=1)
    states = {issue.number: issue.state for issue in dashboards(world)}
    assert states == {first.number: "open", number: "closed"}
    settled(world)


def test_two_comments_for_one_page_become_one(world):
    [dashboard] = dashboards(world)
    page = dashboard.comments[0]
    copy = {"author": "github-actions[bot]", "body": page.body + "\n"}
    more(world, issues=[{"title": "x", "comments": [copy]}])
    repository = world.world.repository(REPO)
    carrier = repository.issues.pop(max(repository.issues))
    dashboard.comments.append(carrier.comments[0])
    a_scan(world, hours=1)
    assert len(dashboard.comments) == 1
    assert [flake.test.name for flake in watched(world)] == ["TestOnce"]
    settled(world)


def test_a_block_in_a_persons_comment_does_not_count(world):
    [dashboard] = dashboards(world)
    page = dashboard.comments[0]
    page.author = "mallory"
    a_scan(world, hours=1)
    # The page is not the bot's, so what it held is read again from the runs.
    assert [comment.author for comment in dashboard.comments] == ["mallory", "github-actions[bot]"]
    settled(world)


@pytest.mark.parametrize("where", ["issue", "dashboard", "watch page"])
def test_a_newer_schema_stops_the_scan_before_any_write(world, where):
    text = {
        "issue": issues(world)[0],
        "dashboard": dashboards(world)[0],
        "watch page": dashboards(world)[0].comments[0],
    }[where]
    text.body = text.body.replace(f"cleaner:state {SCHEMA} ", f"cleaner:state {SCHEMA + 1} ")
    newer(world)
    with pytest.raises(SchemaTooNew, match="newer version"):
        a_scan(world, hours=1)
    assert writes(world) == []
