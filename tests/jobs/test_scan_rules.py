"""Signature rules in whole scans: whose block counts, where failures go, and what a mistake is answered."""

import json

import pytest
from adopting import BOT, a_world_with, an_issue, guarded, said
from adopting import issue as numbered
from scans import Killed, copied, is_write, kept, killing, writes
from small import REPO, a_scan, a_world, flake_of, flipped, go_log, issues, watched

from ftc.clients import issue_api
from ftc.core.config import GroupBy, Mode
from ftc.core.marks import purpose_of

MESSAGE = "dial tcp 10.0.0.1:5432: connection refused"
BLOCK = "```flaky-rule\n{}\n```"
WIDE = BLOCK.format("match: connection refused\ntests: TestPay")


def write_rule(world, text, *, by="bea", number=0):
    """Somebody puts a block under the text of the first managed issue, in place of an older one."""
    issue = numbered(world, number) if number else issues(world)[0]
    before = issue.body.partition("\nA rule:\n")[0]
    issue.rewrite(f"{before}\nA rule:\n\n{text}\n", editor=by, now=world.world.now(), edit_id=world.world.next_id())
    return issue


def fails(world, name, *, hours, message=MESSAGE):
    """A test fails at this hour after NOW, and passes when its job is run again."""
    run = {**flipped(-hours, go_log(name, message=message)), "id": 900000 + int(hours * 100)}
    world.add(json.dumps({"repositories": {REPO: {"runs": [run]}}}, indent=1))


def answers(issue):
    return [item.body for item in issue.comments if item.author == BOT and purpose_of(item.body).startswith("rule:")]


def settled(world, hours, **over):
    """A further scan writes nothing and asks nobody about the block."""
    world.requests.clear()
    a_scan(world, hours=hours, **over)
    assert writes(world) == []
    asked = [entry.path for entry in world.requests if entry.path.endswith("/permission")]
    assert asked == []
    # As without a rule: two, and a page each of issues, runs and comments (tests/jobs/test_scan_split.py).
    assert len(world.requests) <= 2 + 3


@pytest.fixture(scope="module")
def filed():
    """TestAdd has an issue; TestPay never failed."""
    world = a_world(*(flipped(hours, go_log("TestAdd", message=MESSAGE)) for hours in (30, 20)))
    a_scan(world)
    return world


@pytest.fixture
def world(filed):
    return copied(filed)


def test_a_rule_draws_another_test_into_the_issue(world):
    issue = write_rule(world, BLOCK.format("match: connection refused\ntests: example.com/shop/cart TestPay"))
    fails(world, "TestPay", hours=1)
    a_scan(world, hours=2)
    flake = flake_of(issue)
    assert flake.total == 3
    assert (flake.progress.rule.ok, flake.progress.rule.editor) == (True, "bea")
    assert "| Signature rule | In force, written by `bea` |" in issue.body
    assert "A rule:" in issue.body
    assert (len(issues(world)), watched(world), answers(issue)) == (1, [], [])
    settled(world, 3)
    fails(world, "TestPay", hours=4)
    world.requests.clear()
    a_scan(world, hours=5)
    assert flake_of(issue).total == 4
    assert not [entry for entry in world.requests if entry.path.endswith("/permission")]


def test_a_narrowed_issue_leaves_another_error_to_an_issue_of_its_own(world):
    first = write_rule(world, BLOCK.format("not: database is locked"))
    for hours in (1, 2):
        fails(world, "TestAdd", hours=hours, message="update of cart: database is locked")
    fails(world, "TestAdd", hours=3)
    a_scan(world, hours=4)
    [again, other] = issues(world)
    assert again is first
    assert (flake_of(first).total, flake_of(other).total) == (3, 2)
    assert flake_of(first).test == flake_of(other).test
    assert "database is locked" in other.title
    settled(world, 5)


def test_by_signature_a_rule_keeps_two_ways_of_failing_in_one_issue():
    over = {"group_by": GroupBy.SIGNATURE}
    world = a_world(*(flipped(hours, go_log("TestAdd", message=MESSAGE)) for hours in (30, 20)))
    a_scan(world, **over)
    issue = write_rule(world, BLOCK.format("match: /connection (refused|reset)/"))
    for hours in (1, 2):
        fails(world, "TestAdd", hours=hours, message="read tcp 10.0.0.1:5432: connection reset by peer")
    a_scan(world, hours=3, **over)
    assert [found.number for found in issues(world)] == [issue.number]
    flake = flake_of(issue)
    assert (flake.total, len(flake.signatures)) == (4, 2)
    assert answers(issue) == []
    settled(world, 4, **over)


def test_a_test_that_never_failed_is_remarked_on_and_reached_once_it_fails(world):
    issue = write_rule(world, WIDE)
    a_scan(world, hours=1)
    [answer] = answers(issue)
    assert "counts, but part of it" in answer
    assert "No test `TestPay` ever failed here" in answer
    fails(world, "TestPay", hours=2)
    a_scan(world, hours=3)
    assert flake_of(issue).total == 3
    assert len(answers(issue)) == 1
    settled(world, 4)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (BLOCK.format("match: /(a+/"), "Line 1: `/(a+/` is no regular expression"),
        (BLOCK.format("error: @mallory #1 </details>"), "There is no field `error`. The fields are `match`, `not`"),
        (f"{WIDE}\n\n{WIDE}", "There is more than one `flaky-rule` block"),
        ("```flaky-rule\nmatch: abc", "no closing fence"),
    ],
)
def test_a_mistake_is_answered_once_and_asks_nobody(world, text, words):
    issue = write_rule(world, text)
    fails(world, "TestPay", hours=1)
    world.requests.clear()
    a_scan(world, hours=2)
    [answer] = answers(issue)
    assert "does not count" in answer
    assert words in answer
    assert not [entry for entry in world.requests if entry.path.endswith("/permission")]
    assert flake_of(issue).total == 2
    assert "Signature rule" not in issue.body
    settled(world, 3)


def test_a_corrected_block_counts_and_a_removed_one_is_forgotten(world):
    issue = write_rule(world, BLOCK.format("matches: connection refused"))
    a_scan(world, hours=1)
    assert len(answers(issue)) == 1
    write_rule(world, BLOCK.format("not: database is locked"))
    a_scan(world, hours=2)
    assert flake_of(issue).progress.rule.ok
    assert len(answers(issue)) == 1
    write_rule(world, "Nothing.")
    a_scan(world, hours=3)
    assert flake_of(issue).progress.rule is None
    settled(world, 4)


def test_edits_of_other_words_do_not_change_who_wrote_the_block(world):
    issue = write_rule(world, BLOCK.format("not: database is locked"))
    issue.rewrite(f"{issue.body}\nThanks!\n", editor="mallory", now=world.world.now(), edit_id=world.world.next_id())
    a_scan(world, hours=1)
    assert flake_of(issue).progress.rule.editor == "bea"


def test_nothing_new_is_looked_at_while_the_bot_only_observes(world):
    issue = write_rule(world, BLOCK.format("match: ab"))
    world.requests.clear()
    a_scan(world, hours=1, mode=Mode.OBSERVE)
    assert answers(issue) == []
    assert flake_of(issue).progress.rule is None


def test_no_more_answers_than_comments_may_be_written():
    tests = ("TestAdd", "TestPay", "TestList")
    log = {name: go_log(name, message=f"{name} is late") for name in tests}
    runs = (flipped(30 + 3 * at + more, log[name]) for at, name in enumerate(tests) for more in (0, 1))
    world = a_world(*runs)
    a_scan(world)
    for issue in issues(world):
        write_rule(world, BLOCK.format("match: ab"), number=issue.number)
    a_scan(world, hours=1, max_comments=2)
    assert sum(len(answers(issue)) for issue in issues(world)) == 2
    a_scan(world, hours=2, max_comments=2)
    assert [len(answers(issue)) for issue in issues(world)] == [1, 1, 1]


# --- adopted issues: there somebody without rights can write


def stranger_world(body="It fails.", author="mallory"):
    world = a_world_with(an_issue(title="TestAdd is flaky", body=body, author=author))
    a_scan(world)
    return world


def test_a_strangers_block_is_ignored_and_answered_once():
    world = stranger_world(f"TestAdd is flaky.\n\n{WIDE}")
    fails(world, "TestPay", hours=1, message=MESSAGE)
    a_scan(world, hours=2)
    issue = numbered(world, 1)
    [answer] = answers(issue)
    assert "`mallory` wrote this text and may not write to this repository" in answer
    assert "@mallory" not in answer
    [comment] = said(issue, "state")
    assert "Signature rule" not in comment.body
    assert [flake.test.name for flake in watched(world)] == ["TestPay"]
    settled(world, 3)
    # A person who may write endorses it; the text is another one, and so is its author.
    world.after_request = None
    reviewed = WIDE.replace("\n```", "\n# reviewed\n```")
    issue.rewrite(f"TestAdd.\n\n{reviewed}", editor="bea", now=world.world.now(), edit_id=world.world.next_id())
    guarded(world)
    fails(world, "TestPay", hours=4, message=MESSAGE)
    a_scan(world, hours=5)
    assert "In force, written by `bea`" in said(issue, "state")[0].body
    assert len(answers(issue)) == 1
    settled(world, 6)


def test_a_block_of_an_adopted_issues_author_who_may_write_counts():
    world = stranger_world(f"TestAdd is flaky.\n\n{BLOCK.format('not: database is locked')}", author="bea")
    a_scan(world, hours=1)
    assert "In force, written by `bea`" in said(numbered(world, 1), "state")[0].body


def test_a_block_around_the_bots_part_of_its_comment_counts():
    world = stranger_world()
    [comment] = said(numbered(world, 1), "state")
    body = f"{comment.body}\n{BLOCK.format('not: database is locked')}\n"
    comment.rewrite(body, editor="bea", now=world.world.now(), edit_id=world.world.next_id())
    a_scan(world, hours=1)
    assert "In force, written by `bea`" in said(numbered(world, 1), "state")[0].body
    settled(world, 2)


def test_the_markers_of_the_bot_in_a_strangers_text_hide_nothing():
    text = f"<!-- flaky-test-cleaner:begin -->\n{WIDE}\n<!-- flaky-test-cleaner:end -->"
    world = stranger_world(f"TestAdd is flaky.\n\n{text}")
    issue = numbered(world, 1)
    world.after_request = None
    issue.rewrite(f"{issue.body}\nNoted.", editor="bea", now=world.world.now(), edit_id=world.world.next_id())
    a_scan(world, hours=1)
    assert "`mallory` wrote this text" in answers(issue)[0]


def test_a_history_too_long_to_tell_the_author_is_no_permission():
    world = stranger_world(f"TestAdd is flaky.\n\n{WIDE}")
    issue = numbered(world, 1)
    world.after_request = None
    for turn in range(issue_api.EDITS_ASKED + 1):
        issue.rewrite(f"{issue.body}\n{turn}", editor="bea", now=world.world.now(), edit_id=world.world.next_id())
    a_scan(world, hours=1)
    assert "cannot be told from the history" in answers(issue)[0]


def test_each_question_for_edits_asks_for_as_many():
    for query in (issue_api.EDITORS, issue_api.COMMENT_EDITORS):
        assert f"userContentEdits(first: {issue_api.EDITS_ASKED})" in query


@pytest.mark.parametrize("stranger", [False, True], ids=["in force", "of a stranger"])
def test_killed_at_any_request_and_run_again_ends_the_same(world, stranger):
    if stranger:
        world = stranger_world(f"TestAdd is flaky.\n\n{WIDE}")
    else:
        write_rule(world, WIDE)
    world.after_request = None
    fails(world, "TestPay", hours=1)
    calm = copied(world)
    calm.requests.clear()
    a_scan(calm, hours=2)
    wanted, number = kept(calm, REPO), issues(calm)[0].number
    assert len(answers(numbered(calm, number))) == int(stranger)
    assert sum(map(is_write, calm.requests)) >= 2
    start = len(world.requests)
    for entry in calm.requests:
        for before in (True, False) if is_write(entry) else (True,):
            victim = copied(world)
            hook = killing(entry.number - calm.requests[0].number + 1, before=before)
            victim.on_request, victim.after_request = (hook, None) if before else (None, hook)
            with pytest.raises(Killed):
                a_scan(victim, hours=2)
            victim.on_request = victim.after_request = None
            a_scan(victim, hours=2)
            assert kept(victim, REPO) == wanted, f"killed {'before' if before else 'after'} {entry.path}"
            assert answers(numbered(victim, number)) == answers(numbered(calm, number))
    assert start == len(world.requests)
