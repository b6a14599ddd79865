"""Records that jobs hand on come back as they were, and nothing else is believed."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftc.core.fix import FIX, REPRODUCTION, Amplifier, Candidate, Fix, Reproduction, Trial
from ftc.core.records import RecordUnreadable, from_text, to_text

texts = st.text(max_size=20)
trials = st.builds(
    Trial,
    amplifier=st.sampled_from(Amplifier),
    runs=st.integers(0, 999),
    target=st.integers(0, 99),
    others=st.frozensets(texts, max_size=3),
    command=texts,
    seconds=st.floats(0, 999),
    executed=st.lists(texts, max_size=3).map(tuple),
    problem=texts,
)
reproductions = st.builds(
    Reproduction,
    task=texts,
    base_sha=texts,
    runner=texts,
    trials=st.lists(trials, max_size=2).map(tuple),
    chosen=st.sampled_from(Amplifier),
    reproduced=st.booleans(),
    covered_files=st.lists(texts, max_size=2).map(tuple),
    excerpt=st.text(st.characters(), max_size=40),
    problems=st.lists(texts, max_size=2).map(tuple),
)


@given(reproductions)
def test_what_is_written_is_read_again(record):
    assert from_text(Reproduction, to_text(record, schema=REPRODUCTION), schema=REPRODUCTION) == record


CANDIDATE = Candidate(number=1, patch="--- a\n", hypothesis="h", summary="s", by="rules")
GOOD = Fix(task="7-ab", base_sha="0" * 40, candidates=(CANDIDATE,), give_up="", usd=0.5, tokens=9, steps=3)


@pytest.mark.parametrize(
    ("over", "problem"),
    [
        ({"schema": "fix-candidates/2"}, "another schema"),
        ({"schema": None}, "another schema"),
        ({"extra": 1}, "unknown: extra"),
        ({"task": 7}, "fix-candidates/1.task: not of type str"),
        ({"steps": True}, "steps: not of type int"),  # a boolean is an int for Python and for nobody else
        ({"usd": "1"}, "usd: not a finite number"),
        ({"candidates": {}}, "candidates: not of type list"),
        ({"candidates": [{"number": 1}]}, r"candidates\[0\]: members missing"),
        ({"candidates": ["x"]}, r"candidates\[0\]: not of type dict"),
    ],
)
def test_anything_else_is_refused_with_its_place(over, problem):
    document = json.loads(to_text(GOOD, schema=FIX)) | over
    with pytest.raises(RecordUnreadable, match=problem):
        from_text(Fix, json.dumps(document), schema=FIX)


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '{"schema": "fix-candidates/1", "usd": NaN}', "[" * 100_000])
def test_what_is_no_document_is_refused(text):
    with pytest.raises(RecordUnreadable):
        from_text(Fix, text, schema=FIX)


def test_numbers_that_json_cannot_say_are_not_written():
    with pytest.raises(ValueError, match="JSON"):
        to_text(replace(GOOD, usd=float("nan")), schema=FIX)


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Small:
    colour: Colour
    at: datetime | None


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({"colour": "blue", "at": None}, "'blue' is none of red"),
        ({"colour": "red", "at": "yesterday"}, "is no time"),
        ({"colour": "red", "at": "2026-11-29T10:00:00"}, "has no zone"),
    ],
)
def test_words_and_times(document, problem):
    assert from_text(Small, '{"schema": "s", "colour": "red", "at": null}', schema="s") == Small(Colour.RED, None)
    at = datetime(2026, 11, 29, tzinfo=UTC)
    assert from_text(Small, to_text(Small(Colour.RED, at), schema="s"), schema="s").at == at
    with pytest.raises(RecordUnreadable, match=problem):
        from_text(Small, json.dumps({"schema": "s", **document}), schema="s")
