"""Turns: their order, and which of them wait."""

import pytest

from ftc.core.progress import Cursors
from ftc.core.turns import Turn, TurnKind, in_order, past, waiting
from tests.builders import hours

K = TurnKind


def a_turn(number: int, at: float, kind: TurnKind = K.TALK) -> Turn:
    return Turn(kind=kind, id=number, at=hours(at), login="ann")


ONE, TWO, THREE = (a_turn(10 * number, number) for number in (1, 2, 3))
CLICK = a_turn(5, 2.5, K.CLOSED)
ALL = (THREE, CLICK, ONE, TWO)


def test_oldest_first_whatever_the_ids_say_since_comments_and_events_count_apart() -> None:
    assert in_order(ALL) == (ONE, TWO, CLICK, THREE)
    together = (a_turn(9, 0, K.LABEL), a_turn(8, 0), a_turn(7, 0))
    assert [turn.id for turn in in_order(together)] == [7, 8, 9]


@pytest.mark.parametrize(
    ("cursors", "answered", "left", "why"),
    [
        (Cursors(), (), (ONE, TWO, CLICK, THREE), "nothing was handled"),
        (Cursors(comment=10), (), (TWO, CLICK, THREE), "past the first"),
        (Cursors(comment=30, event=5), (), (), "everything was"),
        (Cursors(comment=30), (), (CLICK,), "an event that came while the comments were handled"),
        (Cursors(), ("10",), (ONE, TWO, CLICK, THREE), "one answer: its state may not have been saved"),
        (Cursors(), ("10", "20"), (TWO, CLICK, THREE), "of two answers, only the last may lack its state"),
        (Cursors(), ("10", "20", "event-5", "30"), (THREE,), "and so for all"),
        (Cursors(comment=20), ("10", "20"), (CLICK, THREE), "cursors never go back"),
        (Cursors(), ("99", "by-machine"), (ONE, TWO, CLICK, THREE), "answers to what is gone say nothing"),
    ],
)
def test_what_waits(cursors: Cursors, answered: tuple[str, ...], left: tuple[Turn, ...], why: str) -> None:
    assert waiting(ALL, cursors, frozenset(answered)) == left, why


def test_a_turn_moves_its_own_cursor_and_only_forwards() -> None:
    assert past(past(Cursors(comment=50), ONE), CLICK) == Cursors(comment=50, event=5)


def test_the_mark_of_an_answer_names_its_turn() -> None:
    assert (ONE.purpose, CLICK.purpose) == ("answer:10", "answer:event-5")
