"""Answers from a file: which comes next is told by the dialogue, and what is no script is named."""

import json

import pytest

from ftc.clients.llm import open_model
from ftc.core.config import Config
from ftc.core.dialogue import Assistant, System, User
from ftc.core.errors import ModelMisconfigured, ModelUnavailable
from ftc.core.sanitize import Sanitizer
from tests.agent.fix_runs import task

ASKED = (System(text="rules"), User(text="?"))


def opened(tmp_path, script):
    path = tmp_path / "script.json"
    path.write_text(script if isinstance(script, str) else json.dumps(script))
    return open_model(Config(model=f"script:{path}"), key="", sanitizer=Sanitizer(), now=task().created)


def ask(model, messages=ASKED, *, purpose="fix:7-abc", issue=7):
    return model.complete(messages, purpose=purpose, issue=issue)


def test_the_answer_after_those_that_were_given(tmp_path):
    call = {"name": "read", "arguments": {"path": "a"}}
    model = opened(tmp_path, ["first", {"text": "second", "calls": [call, call]}])
    assert ask(model).text == "first"
    assert ask(model).text == "first"  # it remembers nothing: a job that was killed asks again
    second = ask(model, (*ASKED, Assistant(text="first"), User(text="and?")))
    assert [(item.id, item.name, item.arguments) for item in second.tool_calls] == [
        ("call0", "read", {"path": "a"}),
        ("call1", "read", {"path": "a"}),
    ]
    assert (model.name, model.charges, second.usd) == ("script", (), 0.0)


PURPOSES = [
    ("fix:7-abc", 7, "for this turn"),
    ("fix:7-x", 7, "for this issue"),
    ("fix:8-x", 8, "for fixes"),
    ("reply:123", 7, "a reply"),
]


@pytest.mark.parametrize(("purpose", "issue", "text"), PURPOSES)
def test_the_list_that_fits_best(tmp_path, purpose, issue, text):
    lists = {"fix": ["for fixes"], "fix:7": ["for this issue"], "fix:7-abc": ["for this turn"], "reply": ["a reply"]}
    assert ask(opened(tmp_path, lists), purpose=purpose, issue=issue).text == text


@pytest.mark.parametrize("purpose", ["analysis", "fix:7-abc"])
def test_where_the_file_holds_none_the_model_is_not_there(tmp_path, purpose):
    with pytest.raises(ModelUnavailable, match="holds no answer 1"):
        ask(opened(tmp_path, []), purpose=purpose)


NONE = ["", "{", "[" * 100_000, '"text"', "[1]", '[{"text": "a", "x": 1}]', '[{"calls": 1}]', '[{"calls": [{}]}]',
        '{"fix": "a"}', '[{"calls": [{"name": "read", "arguments": "a"}]}]', f"[{'1,' * 1_000_000}1]"]  # fmt: skip


@pytest.mark.parametrize("script", NONE, ids=range(len(NONE)))
def test_what_is_no_script_is_named(tmp_path, script):
    with pytest.raises(ModelMisconfigured, match=r"script\.json"):
        opened(tmp_path, script)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ModelMisconfigured, match="cannot be read"):
        open_model(Config(model=f"script:{tmp_path}"), key="", sanitizer=Sanitizer(), now=task().created)
