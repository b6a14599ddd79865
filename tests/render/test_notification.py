"""Messages to chats: short, and nothing in a test's name calls, links or formats."""

from dataclasses import replace

import pytest

from ftc.core.model import Status
from ftc.core.notifications import MOST_TOLD, Event, Told
from ftc.core.progress import Progress, PullRef, Quarantine
from ftc.render.notification import inert, notification
from tests.builders import a_flake, a_test, days

SITE = "https://github.com"


def a_line(number=7, event=Event.FILED, **over):
    return Told(number=number, event=event, flake=replace(a_flake(status=Status.ISSUE_OPEN), **over))


def text(*told):
    return notification(told, repo="acme/shop", site=SITE)


def test_one_piece_of_news_stands_in_the_title():
    title, body = text(a_line())
    assert title == "acme/shop: filed: example.com/octo/widgets/store TestPut"
    assert body.splitlines() == [
        "New flaky test: example.com/octo/widgets/store TestPut",
        "https://github.com/acme/shop/issues/7",
    ]


def test_several_are_one_message():
    title, body = text(*(a_line(number) for number in range(MOST_TOLD + 5)))
    assert title == "acme/shop: 25 news about flaky tests"
    assert body.count("New flaky test") == MOST_TOLD
    assert body.endswith("And 5 more.")


@pytest.mark.parametrize("event", Event)
def test_every_event_has_words(event):
    pull = PullRef(number=9, url="https://github.com/acme/shop/pull/9")
    progress = Progress(pull=pull, quarantine=Quarantine(until=days(3), by="ann"))
    _, body = text(a_line(event=event, progress=progress))
    first, second = body.splitlines()
    assert first.endswith(": example.com/octo/widgets/store TestPut")
    assert second == "https://github.com/acme/shop/pull/9"
    if event is not Event.CLOSED:
        assert not first.startswith("Closed")


@pytest.mark.parametrize(
    "name",
    [
        "<!channel>",
        "<@U123>",
        "@here",
        "@all",
        "<at user_id='all'>",
        "*bold* `code`",
        "https://evil.example/x",
        "www.evil.example",
        "a\nb\u202e",
    ],
)
def test_a_hostile_name_calls_and_links_nobody(name):
    shown = inert(name)
    for sign in ("<", ">", "`", "*", "://", "\n", "\u202e", "www."):
        assert sign not in shown
    assert "@" not in shown.replace("@\u200b", "")
    title, body = text(a_line(test=a_test(name)))
    assert shown in body
    assert "\n" not in title


def test_a_long_name_is_cut():
    assert len(inert("x" * 5_000)) == 200
