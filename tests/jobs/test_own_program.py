"""What a program of the user's is given, and where it is not started at all."""

import pytest

from ftc.core.errors import UsageError
from ftc.core.fix_agents import FixAgent, takes_key
from ftc.jobs.own_program import handed_on

KEY = "sk-of-the-model"
GIVEN = {
    "nothing was named, and there is no key": ((), {}, "", {}),
    "what was named, as far as it is set": (("A", "B"), {"A": "1", "C": "2"}, "", {"A": "1"}),
    "the key of the workflow, by its own name": (
        ("FTC_INPUT_MODEL_KEY",),
        {"FTC_INPUT_MODEL_KEY": KEY},
        KEY,
        {"FTC_INPUT_MODEL_KEY": KEY},
    ),
    "the key by the other name that it has with us": (
        ("FTC_MODEL_KEY",),
        {"FTC_INPUT_MODEL_KEY": KEY},
        KEY,
        {"FTC_MODEL_KEY": KEY},
    ),
    "the same key as another tool calls it": (
        ("OPENAI_API_KEY",),
        {"OPENAI_API_KEY": f"{KEY}\n", "FTC_MODEL_KEY": KEY},
        KEY,
        {"OPENAI_API_KEY": f"{KEY}\n"},
    ),
}
REFUSED = {
    "nothing was named": ((), {"FTC_INPUT_MODEL_KEY": KEY}, "FTC_INPUT_MODEL_KEY"),
    "another secret was": (("AGENT_KEY",), {"FTC_MODEL_KEY": KEY, "AGENT_KEY": "other"}, "FTC_MODEL_KEY"),
    "a variable was named that is not set in this job": (("AGENT_KEY",), {"FTC_MODEL_KEY": KEY}, "FTC_MODEL_KEY"),
}


@pytest.mark.parametrize("what", GIVEN)
def test_what_a_program_is_given(what):
    names, environ, key, given = GIVEN[what]
    assert handed_on(environ, names, key=key) == given


@pytest.mark.parametrize("what", REFUSED)
def test_beside_a_key_that_it_was_not_promised_it_is_not_started(what):
    names, environ, there = REFUSED[what]
    with pytest.raises(UsageError, match=rf"\({there}\).*name {there} in agent-variables") as refused:
        handed_on(environ, names, key=KEY)
    assert KEY not in str(refused.value)


@pytest.mark.parametrize(
    ("agent", "variables", "takes"),
    [
        (FixAgent.BUILTIN, (), True),
        (FixAgent.GITHUB, (), True),
        (FixAgent.COMMAND, (), False),
        (FixAgent.COMMAND, ("AGENT_KEY",), False),
        (FixAgent.COMMAND, ("AGENT_KEY", "FTC_INPUT_MODEL_KEY"), True),
    ],
)
def test_the_workflow_hands_the_key_to_whom_it_was_promised(agent, variables, takes):
    assert takes_key(agent, variables) is takes
