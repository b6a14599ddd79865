"""The answer to a signature rule: a sentence for every problem, and nothing that hostile text could do in it."""

import re

import pytest

from ftc.core.rule_block import Mistake, Problem, blocks
from ftc.render.rule_answer import rule_answer
from tests.hostile_texts import HOSTILE


@pytest.mark.parametrize("problem", Problem)
def test_every_problem_has_a_sentence(problem: Problem) -> None:
    said = rule_answer([Mistake(problem=problem, about="abc", line=3)], counts=False)
    [item] = [line for line in said.split("\n") if line.startswith("- ")]
    assert re.fullmatch(r"- Line 3: \S.{20,}\.", item)


def test_whether_it_counts_is_said_first() -> None:
    mistakes = [Mistake(problem=Problem.UNKNOWN_TEST, about="TestA"), Mistake(problem=Problem.SEVERAL_TESTS, about="B")]
    said = rule_answer(mistakes, counts=True)
    assert said.startswith("**The signature rule in this issue counts, but")
    assert "- No test `TestA` ever failed here." in said
    assert "- `B` may mean several tests" in said


def test_the_answer_holds_no_rule_itself() -> None:
    assert blocks(rule_answer([Mistake(problem=Problem.NOT_CLOSED)], counts=False)) == ()


@pytest.mark.parametrize("about", HOSTILE)
def test_peoples_text_stays_in_one_code_span(about: str) -> None:
    said = rule_answer([Mistake(problem=Problem.NO_FIELD, about=about * 9)], counts=False)
    [item] = [line for line in said.split("\n") if line.startswith("- ")]
    span = re.match(r"- (`+) ?.*? ?\1 is neither", item)
    assert span, item
    assert len(item) < 400
