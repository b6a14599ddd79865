"""Forms: the schema a model is told and the reader of its answer agree, and nothing else gets through."""

from enum import StrEnum
from typing import Any

import jsonschema_rs
import pytest

from ftc.core.forms import Form, Malformed, choice, flag, items, json_of, known, record, share, verbatim, words


class Color(StrEnum):
    RED = "red"
    BLUE = "blue"


RECORD = record(
    text=words("a text", most=10),
    part=share("a share"),
    sure=flag("sure"),
    color=choice("a color", Color),
    cites=items(known("an id", ["S1", "E2"]), least=1, most=2),
    inner=items(record(code=verbatim("code", most=5)), most=3),
)
FORM: Form[Any] = Form(name="trial", record=RECORD, made=dict)
GOOD = {"text": "hi", "part": 0.5, "sure": True, "color": "red", "cites": ["S1"], "inner": [{"code": "a\n b"}]}


def test_what_reads_is_valid_by_the_schema_too():
    assert jsonschema_rs.is_valid(dict(FORM.schema), GOOD)
    read = RECORD.read(GOOD, "x")
    assert read == {**GOOD, "color": Color.RED, "cites": ("S1",), "inner": ({"code": "a\n b"},)}


@pytest.mark.parametrize(
    ("change", "place", "in_schema"),
    [
        ({"text": 3}, "text must be a text", False),
        ({"part": 1.5}, "part must be a number", True),  # limits are told in words: providers refuse them in schemas
        ({"part": True}, "part must be a number", False),
        ({"part": "0.5"}, "part must be a number", False),
        ({"sure": "yes"}, "sure must be true or false", False),
        ({"color": "green"}, "color must be one of red, blue", False),
        ({"color": ["red"]}, "color must be one of", False),
        ({"cites": []}, "at least 1 entry", True),
        ({"cites": ["S9"]}, "must be one of: S1, E2", True),
        ({"cites": [{"id": "S1"}]}, "must be one of: S1, E2", False),
        ({"cites": "S1"}, "cites must be a list", False),
        ({"inner": [{}]}, "inner[0] lacks code", False),
        ({"inner": [{"code": "toolong"}]}, "at most 5", True),
        ({"extra": 1}, "members nobody asked for: 'extra'", False),
    ],
)
def test_what_is_not_as_declared_is_refused(change, place, in_schema):
    answer = {**GOOD, **change}
    with pytest.raises(Malformed) as told:
        RECORD.read(answer, "the answer")
    assert place in str(told.value)
    assert jsonschema_rs.is_valid(dict(FORM.schema), answer) == in_schema


def test_a_missing_member_is_named():
    with pytest.raises(Malformed, match="lacks sure, text"):
        RECORD.read({name: value for name, value in GOOD.items() if name not in ("text", "sure")}, "the answer")


def test_texts_and_lists_are_cut_and_cleaned():
    read = RECORD.read({**GOOD, "text": "a\n<!-- x -->\u202e" + "b" * 50, "cites": ["S1", "E2", "S9"]}, "x")
    assert read["text"] == "a bbbbbbb…"
    assert read["cites"] == ("S1", "E2")


@pytest.mark.parametrize(
    "answer",
    [
        '{"a": 1}',
        ' \n{"a": 1}\n',
        '```json\n{"a": 1}\n```',
        'Here it is:\n```\n{"a": 1}\n```\nDone.',
        'Sure: {"a": 1}.',
    ],
)
def test_json_is_found_in_what_models_put_around_it(answer):
    assert json_of(answer) == {"a": 1}


@pytest.mark.parametrize("answer", ["", "no", "{", '{"a": NaN}', '{"a": 1} {"b": 2}', "[" * 100_000, '{"a":' * 50_000])
def test_what_is_no_json_is_refused(answer):
    with pytest.raises(Malformed):
        json_of(answer)
