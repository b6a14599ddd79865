"""Comments as people write them on issues of flaky tests, those of tikv/pd among them, and what they mean to us."""

import time

import pytest

from ftc.core.analysis import RootCause
from ftc.core.conversation import Intent, Source, is_thanks, own_words, remark

REPO = "tikv/pd"
LOGIN = "flaky-test-cleaner[bot]"
RUN = "https://github.com/tikv/pd/actions/runs/8123456789/job/22222222"
PROW = "https://prow.tidb.net/view/gs/prow-tidb-logs/pr-logs/pull/tikv_pd/9123/pull-unit-test-next-gen-1/1912345678901234567"

Q, C = Intent, RootCause

# Comment, what it asks, which causes it tells, and how many of our runs it links. A word on why where it is hard.
COMMENTS = [
    # Questions.
    ("How often does this fail?", [Q.RATE], [], 0),
    ("what's the failure rate now", [Q.RATE], [], 0),  # no question mark
    ("Do we know how flaky it is?", [Q.RATE], [], 0),
    ("Why is this test flaky?", [Q.CAUSE], [], 0),
    ("Do you know the root cause?", [Q.CAUSE], [], 0),
    ("any idea why this fails", [Q.CAUSE], [], 0),
    ("What's the reason for failure here?", [Q.CAUSE], [], 0),  # the heading of tikv/pd's template as a question
    ("How can I reproduce it locally?", [Q.REPRODUCE], [], 0),
    ("is there a repro?", [Q.REPRODUCE], [], 0),
    ("I can't reproduce this on my machine. How do I run it?", [Q.REPRODUCE], [], 0),
    ("Since when does it fail?", [Q.SINCE], [], 0),
    ("Which commit introduced this?", [Q.SINCE], [], 0),
    ("When did this start failing? Is there a suspect?", [Q.SINCE], [], 0),
    ("Is it fixed?", [Q.FIXED], [], 0),
    ("is this still happening on master?", [Q.FIXED], [], 0),
    ("Has it been fixed by #9001?", [Q.FIXED], [], 0),
    ("Can we close this issue?", [Q.FIXED], [], 0),
    ("Any failures since the fix was merged?", [Q.FIXED], [], 0),
    ("Who owns this test?", [Q.OWNERS], [], 0),
    ("who can take a look at this?", [Q.OWNERS], [], 0),
    ("What's next?", [Q.NEXT], [], 0),
    ("Can you fix it?", [Q.NEXT], [], 0),
    ("Any update on this?", [Q.NEXT], [], 0),
    ("what is the status here?", [Q.NEXT], [], 0),
    ("Is it my PR?", [Q.MY_PULL], [], 0),
    ("Did my change break this test?", [Q.MY_PULL], [], 0),
    ("Is this related to my PR #9123?", [Q.MY_PULL], [], 0),
    ("Could it be my change in #13?", [Q.MY_PULL], [], 0),
    ("Might this come from our branch?", [Q.MY_PULL], [], 0),
    ("Could it be an old change?", [], [], 0),  # nobody's in particular
    ("How often does it fail, and who owns it?", [Q.RATE, Q.OWNERS], [], 0),  # two at once, answered in one reply
    ("@flaky-test-cleaner why is this flaky?", [Q.CAUSE], [], 0),
    (
        "@flaky-test-cleaner[bot] reproduction steps please",
        [Q.REPRODUCE],
        [],
        0,
    ),  # a request is a question when put to us
    ("How often does this fail?\n\n/cc @rleungx", [Q.RATE], [], 0),  # telling somebody is not asking them
    # Put to somebody else: theirs to answer.
    ("@rleungx do you know why this is flaky?", [], [], 0),
    ("@lhy1024 can you fix it?", [], [], 0),
    # New failures, tikv/pd's practice: a comment with a link.
    (RUN, [], [], 1),
    (f"Failed again: {RUN}", [], [], 1),
    (f"https://github.com/tikv/pd/actions/runs/8123456789/attempts/2\n{RUN}.", [], [], 2),
    (PROW, [], [], 1),
    (f"meet again in {PROW} /cc @okJiang", [], [], 1),
    (f"{RUN} {RUN}", [], [], 1),  # once is enough
    ("https://github.com/tikv/tikv/actions/runs/8123456789", [], [], 0),  # another repository's
    ("https://github.com/evil/pd/actions/runs/1#tikv/pd/actions/runs/2", [], [], 0),
    ("https://github.com/tikv/pd/pull/9123", [], [], 0),
    # Causes told.
    ("This is the leader transfer again.", [], [C.ASYNC_WAIT], 0),
    ("I think it's a data race between the watcher and Close().", [], [C.CONCURRENCY], 0),
    ("Probably the timeout is too short on slow runners", [], [C.TIGHT_TIMEOUT, C.PLATFORM], 0),
    ("It fails because the port is already in use", [], [C.NETWORK], 0),
    ("looks like a goroutine leak in the etcd client", [], [C.RESOURCE_LEAK], 0),
    ("root cause: map iteration order", [], [C.UNORDERED], 0),
    ("It's because another test leaves the global config modified.", [], [C.ORDER_DEPENDENCY], 0),
    ("This is a real bug in the scheduler.", [], [C.PRODUCT_BUG], 0),
    # Talk among people: silence.
    ("Let me take a look.", [], [], 0),
    ("I will fix it in the next sprint", [], [], 0),
    ("The tests were moved to another package.", [], [], 0),
    ("/assign", [], [], 0),
    ("/cc @nolouch @rleungx", [], [], 0),
    ("ping", [], [], 0),
    # Not the writer's own words.
    ("> Why is this test flaky?\n\nsee above", [], [], 0),
    ("```\nwhy is this test flaky?\n```", [], [], 0),
    ("```\nunclosed\nwhy is this test flaky?", [], [], 0),
    ("<!-- why is this test flaky? -->", [], [], 0),
    ("The log says `why is this flaky?` and stops.", [], [], 0),
    ("<details><summary>log</summary>\nwhy did it fail?\n</details>", [], [], 0),
    ("On Tue, Nov 3, 2026 at 10:00 Bot wrote:\n> how often does it fail?", [], [], 0),
    ("    why is this test flaky?\n", [], [], 0),  # an indented block is code
]


@pytest.mark.parametrize(("body", "intents", "causes", "links"), COMMENTS)
def test_what_a_comment_means(body, intents, causes, links):
    found = remark(body, repo=REPO, login=LOGIN)
    assert (list(found.intents), list(found.causes), len(found.links)) == (intents, causes, links)


@pytest.mark.parametrize(("body", "intents", "causes", "links"), COMMENTS)
def test_a_carriage_return_or_capitals_change_nothing(body, intents, causes, links):
    found = remark(body.replace("\n", "\r\n"), repo=REPO, login=LOGIN)
    assert (list(found.intents), list(found.causes), len(found.links)) == (intents, causes, links)
    if "http" not in body:
        assert list(remark(body.upper(), repo=REPO, login=LOGIN).intents) == intents


@pytest.mark.parametrize(
    ("body", "addressed", "asks"),
    [
        ("@flaky-test-cleaner hello", True, False),
        ("@Flaky-Test-Cleaner[bot]: what can you do?", True, True),
        ("Hey bot, anything new?", True, True),
        ("@rleungx is the watcher closed here?", False, False),  # somebody else is asked
        ("Could the etcd watch be dropped here?", False, True),  # for a model, no rule knows it
        ("mail me at a@flaky-test-cleaner", False, False),
        ("The bottom line is clear.", False, False),
        ("The robot arm test is odd.", False, False),
    ],
)
def test_who_is_spoken_to(body, addressed, asks):
    found = remark(body, repo=REPO, login=LOGIN)
    assert (found.addressed, found.asks) == (addressed, asks)


def test_a_link_names_its_run_as_closely_as_it_can():
    actions, prow = remark(f"{RUN} and {PROW}", repo=REPO, login=LOGIN).links
    assert (actions.source, actions.run, actions.attempt, actions.job) == (Source.ACTIONS, "8123456789", 0, "22222222")
    assert (prow.source, prow.run) == (Source.PROW, "1912345678901234567")
    attempt = remark("https://github.com/tikv/pd/actions/runs/5/attempts/3", repo=REPO, login=LOGIN).links[0]
    assert (attempt.run, attempt.attempt) == ("5", 3)


def test_pull_requests_are_numbered_however_they_are_written():
    found = remark("Is it PR 12, #34 or https://github.com/tikv/pd/pull/56?", repo=REPO, login=LOGIN)
    assert found.pulls == (12, 34, 56)


@pytest.mark.parametrize("body", ["Thanks!", "thank you so much", "LGTM", "+1", "👍", "Nice catch, thanks", "ok"])
def test_politeness_is_recognised(body):
    assert is_thanks(body)


@pytest.mark.parametrize("body", ["Thanks, but why is it flaky?", "ok, who owns it", "I agree that it is a race"])
def test_what_is_more_than_politeness_is_not_taken_for_it(body):
    assert not is_thanks(body)


@pytest.mark.parametrize(
    "body",
    [
        "`" * 20_000,
        "".join("`" * count + " " for count in range(1, 200)),
        "how likely " * 2_000,
        "did the fix " * 2_000 + "?",
        "@a" * 10_000,
        "<details>" * 3_000,
        "```\n" * 5_000,
        "thanks " * 4_000 + "x",
        "https://github.com/tikv/pd/actions/runs/" * 500,
        "https://x/view/" + "pull/a_b/1/" * 2_000,
        "my pr " * 4_000,
        "hey " * 5_000,
        "\n" * 20_000,
        "cc @a, " * 3_000,
        "another test " * 1_500,
    ],
)
def test_hostile_length_costs_little_time(body):
    started = time.perf_counter()
    found = remark(body, repo=REPO, login=LOGIN)
    is_thanks(found.text)
    assert time.perf_counter() - started < 2


def test_own_words_keep_what_stands_around_quotes_and_code():
    body = "Hi.\n> quoted\n\n```go\nfunc main() {}\n```\nIt failed `x` today."
    assert own_words(body).split() == ["Hi.", "It", "failed", "today."]
