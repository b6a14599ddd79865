"""Models through the real litellm, against a gateway on the loopback address."""

import io
import os
import subprocess
import sys
import traceback
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest
from model_server import call, drips, gateway, hangs_up, of_anthropic, raw, refuses, says

from ftc.agent.asking import ask
from ftc.clients.llm import MOST_WRITTEN, open_model
from ftc.clients.llm_wire import messages_of
from ftc.core.config import Config
from ftc.core.dialogue import Assistant, System, Tool, ToolResult, User
from ftc.core.errors import BudgetExceeded, FtcError, ModelFailed, ModelMisconfigured, ModelUnavailable
from ftc.core.forms import Form, flag, record, verbatim, words
from ftc.core.ledger import Charge
from ftc.core.sanitize import Sanitizer

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEY = "sk-test-0123456789abcdefghij"
ASKED = (System(text="You judge."), User(text="Is it?"))
FORM = Form(name="verdict", record=record(flaky=flag("is it"), why=words("why", most=50)), made=dict)
TOOL = Tool(
    name="edit",
    description="Change a file",
    form=Form(name="edit", record=record(path=words("p", most=9), text=verbatim("t", most=20)), made=dict),
)
GOOD = '{"flaky": true, "why": "it waits"}'
PRICES = {"model_input_price": 2.0, "model_output_price": 10.0}
MARK = {"cache_control": {"type": "ephemeral"}}
COST = 1000 * 2 / 1e6 + 100 * 10 / 1e6

needs_litellm = [
    pytest.mark.toolchain,
    pytest.mark.skipif(find_spec("litellm") is None, reason="litellm is not installed"),
]


def a_model(url, *, key=KEY, charges=(), pauses=None, model="openai/small", **config):
    config = Config(model=model, model_api_base=url, **{"model_timeout_seconds": 20, **config})
    pauses = [] if pauses is None else pauses
    made = open_model(config, key=key, sanitizer=Sanitizer(), now=NOW, charges=charges, sleep=pauses.append)
    assert made is not None
    return made


def complete(model, **over):
    return model.complete(ASKED, **{"purpose": "reply:1", "issue": 7, **over})


class TestOpening:
    def test_without_a_model_there_is_none(self):
        assert open_model(Config(), key="", sanitizer=Sanitizer(), now=NOW) is None

    def test_without_a_key_the_way_out_is_said(self):
        with pytest.raises(ModelMisconfigured, match="FTC_MODEL_KEY"):
            open_model(Config(model="openai/small"), key="", sanitizer=Sanitizer(), now=NOW)

    def test_without_litellm_the_way_out_is_said(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "litellm", None)  # as Python itself marks what must not be found
        with pytest.raises(ModelMisconfigured, match=r"pip install --require-hashes -r requirements/llm.txt"):
            open_model(Config(model="openai/small"), key=KEY, sanitizer=Sanitizer(), now=NOW)

    def test_jobs_load_without_litellm(self):
        program = "import sys; import ftc.jobs.respond, ftc.jobs.scan; print('litellm' in sys.modules)"
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
        )
        assert done.stdout.split() == ["False"]


class TestAnswers:
    pytestmark = needs_litellm

    def test_an_answer_costs_what_the_prices_say(self):
        with gateway(says("hello")) as there:
            model = a_model(there.url, **PRICES)
            reply = complete(model)
        assert (reply.text, reply.usage.read, reply.usage.written) == ("hello", 1000, 100)
        assert reply.usd == pytest.approx(COST)
        assert model.charges == (Charge(at=NOW, usd=reply.usd, issue=7, purpose="reply:1", model="openai/small"),)
        request = there.asked[0]
        assert there.keys == [f"Bearer {KEY}"]
        assert request["model"] == "small"
        assert "temperature" not in request
        assert [item["role"] for item in request["messages"]] == ["system", "user"]

    def test_the_price_table_is_asked_where_no_price_is_configured(self):
        with gateway(says("hello")) as there:
            reply = complete(a_model(there.url, model="openai/gpt-4o"))
        assert 0 < reply.usd < 0.02

    def test_an_unknown_price_counts_as_the_cap(self):
        with gateway(says("hello")) as there:
            assert complete(a_model(there.url, budget_call=0.25)).usd == 0.25

    def test_unknown_usage_counts_as_the_cap(self):
        with gateway(says("hello", read=0)) as there:
            assert complete(a_model(there.url, budget_call=0.25, **PRICES)).usd == 0.25

    def test_the_form_is_asked_for_and_left_out_where_a_gateway_refuses_it(self):
        with gateway(refuses(400, "response_format is not supported"), says(GOOD), says(GOOD)) as there:
            model = a_model(there.url, **PRICES)
            assert ask(model, ASKED, FORM, purpose="reply:1", issue=7) == {"flaky": True, "why": "it waits"}
            ask(model, ASKED, FORM, purpose="reply:2", issue=7)
        assert there.asked[0]["response_format"]["json_schema"]["schema"]["required"] == ["flaky", "why"]
        assert ["response_format" in item for item in there.asked] == [True, False, False]

    def test_a_question_is_shortened_by_nothing_and_its_answer_by_its_price(self):
        with gateway(says("a"), says("b")) as there:
            complete(a_model(there.url))
            complete(a_model(there.url, budget_call=0.05, **PRICES))
        first, second = (item.get("max_tokens") or item["max_completion_tokens"] for item in there.asked)
        assert first == MOST_WRITTEN
        assert second == pytest.approx(5_000, rel=0.01)  # 5 cents at 10 dollars a million

    def test_secrets_do_not_reach_the_model(self):
        token = "ghp_" + "a1B2" * 9
        with gateway(says("ok")) as there:
            a_model(there.url).complete((User(text=f"it prints {token} and {KEY}"),), purpose="reply:1", issue=7)
        sent = there.asked[0]["messages"][0]["content"]
        assert token not in sent
        assert KEY not in sent
        assert "[redacted:" in sent

    @pytest.mark.parametrize(
        ("name", "marked"),
        [
            ("openai/claude-sonnet-4-5", True),  # a gateway that speaks OpenAI's protocol for it
            ("anthropic/claude-sonnet-4-5", True),  # the provider's own protocol
            ("openai/small", False),  # caches by itself, and some gateways refuse members that they do not know
        ],
    )
    def test_what_arrives_is_marked_where_the_provider_wants_it(self, name, marked):
        answer = of_anthropic("hello") if name.startswith("anthropic/") else says("hello")
        with gateway(answer) as there:
            assert complete(a_model(there.url, model=name)).text == "hello"
        sent = there.asked[0]
        rules = sent.get("system") or next(item["content"] for item in sent["messages"] if item["role"] == "system")
        assert rules == ([{"type": "text", "text": "You judge.", **MARK}] if marked else "You judge.")
        assert str(sent).count("cache_control") == marked

    def test_a_claude_model_is_told_what_to_cache(self):
        wire = messages_of(ASKED, cached=True)
        assert wire[0]["content"][0]["cache_control"] == {"type": "ephemeral"}
        assert isinstance(wire[1]["content"], str)

    def test_in_a_dialogue_what_was_said_so_far_is_cached_as_well(self):
        wire = messages_of((*ASKED, Assistant(text="Hm."), User(text="Well?")), cached=True)
        assert [isinstance(item["content"], list) for item in wire] == [True, True, False, True]
        results = messages_of((*ASKED, Assistant(text="Hm."), ToolResult(call="c1", text="r")), cached=True)
        assert results[-1]["cache_control"] == {"type": "ephemeral"}
        assert wire[1] == {
            "role": "user",
            "content": [{"type": "text", "text": ASKED[1].text, "cache_control": {"type": "ephemeral"}}],
        }
        plain = messages_of((*ASKED, Assistant(text="Hm."), User(text="Well?")), cached=False)
        assert all(isinstance(item["content"], str) for item in plain)


class TestRepair:
    pytestmark = needs_litellm

    def test_garbage_is_repaired_once_and_billed_twice(self):
        with gateway(says("It is flaky."), says(f"```json\n{GOOD}\n```")) as there:
            model = a_model(there.url, **PRICES)
            assert ask(model, ASKED, FORM, purpose="reply:1", issue=7)["flaky"] is True
        assert [item["role"] for item in there.asked[1]["messages"]] == ["system", "user", "assistant", "user"]
        assert "the answer is no JSON object" in there.asked[1]["messages"][3]["content"]
        assert sum(item.usd for item in model.charges) == pytest.approx(2 * COST)
        assert len(set(model.charges)) == 2

    def test_garbage_twice_is_no_answer(self):
        with gateway(says('{"flaky": "maybe"}'), says("{}")) as there:
            model = a_model(there.url, **PRICES)
            with pytest.raises(ModelFailed, match="twice"):
                ask(model, ASKED, FORM, purpose="reply:1", issue=7)
        assert len(there.asked) == 2
        assert len(model.charges) == 2


class TestTools:
    pytestmark = needs_litellm

    @pytest.mark.parametrize(
        ("name", "arguments", "problem"),
        [
            ("edit", '{"path": "a.go", "text": "x"}', ""),
            ("edit", '{"path": "a.go", "text": "x', "cut off"),  # the answer ended in the middle
            ("edit", '{"path": "a.go"}', "lacks text"),
            ("edit", '{"path": "a.go", "text": "x", "mode": "w"}', "members nobody asked for"),
            ("edit", '{"path": "a.go", "text": "' + "x" * 30 + '"}', "at most 20"),  # never cut: half of it is another
            ("edit", "[]", "must be an object"),
            ("edit", "", "lacks path, text"),
            ("shell", "{}", "no such tool"),
        ],
    )
    def test_arguments_are_taken_whole_or_not_at_all(self, name, arguments, problem):
        with gateway(says(None, calls=[call(name, arguments)])) as there:
            reply = complete(a_model(there.url), tools=(TOOL,))
        (found,) = reply.tool_calls
        assert problem in found.problem
        assert bool(found.problem) == bool(problem)
        assert found.arguments == ({} if problem else {"path": "a.go", "text": "x"})
        assert there.asked[0]["tools"][0]["function"]["name"] == "edit"

    def test_calls_are_said_back_with_their_results(self):
        with gateway(says(None, calls=[call("edit", '{"path": "a", ')]), says("done")) as there:
            model = a_model(there.url)
            first = complete(model, tools=(TOOL,))
            said = Assistant(text="", tool_calls=first.tool_calls)
            result = ToolResult(call=first.tool_calls[0].id, text="the arguments were cut off")
            assert model.complete((*ASKED, said, result), purpose="fix", issue=7, tools=(TOOL,)).text == "done"
        *_, told, answer = there.asked[1]["messages"]
        assert told["tool_calls"][0]["function"]["arguments"] == "{}"
        assert (answer["role"], answer["tool_call_id"]) == ("tool", "call_1")


class TestFailures:
    pytestmark = needs_litellm

    @pytest.mark.parametrize("first", [refuses(500), refuses(503), refuses(429)])
    def test_what_passes_is_repeated_once_and_not_billed(self, first):
        pauses = []
        with gateway(first, says("hello")) as there:
            model = a_model(there.url, pauses=pauses, **PRICES)
            assert complete(model).usd == pytest.approx(COST)
        assert (len(there.asked), len(pauses)) == (2, 1)

    def test_what_does_not_pass_is_given_up_after_one_repetition(self):
        with gateway(refuses(502), refuses(502)) as there:
            model = a_model(there.url)
            with pytest.raises(ModelUnavailable, match="could not be reached"):
                complete(model)
        assert (len(there.asked), model.charges) == (2, ())

    def test_a_gateway_that_is_not_there_costs_nothing(self):
        with gateway() as there:
            pass
        model = a_model(there.url)
        with pytest.raises(ModelUnavailable):
            complete(model)
        assert model.charges == ()

    def test_a_broken_connection_is_repeated_and_billed(self):
        with gateway(hangs_up, says("hello")) as there:
            model = a_model(there.url, budget_call=0.1, **PRICES)
            assert complete(model).usd == pytest.approx(0.1 + COST)

    def test_the_whole_answer_has_a_time_out(self):
        with gateway(drips) as there:
            model = a_model(there.url, model_timeout_seconds=1, budget_call=0.1)
            with pytest.raises(ModelUnavailable, match=r"within 1 s .`model-timeout-seconds`"):
                complete(model)
        assert len(there.asked) == 1
        assert [item.usd for item in model.charges] == [0.1]

    @pytest.mark.parametrize(
        "body", ["<html>", "{}", '{"choices": []}', "[]", '"x"', '{"choices": [{"message": {}}]}', ""]
    )
    def test_an_answer_that_cannot_be_read_is_billed(self, body):
        with gateway(raw(200, body)) as there:
            model = a_model(there.url, budget_call=0.1)
            with pytest.raises(ModelFailed):
                complete(model)
        assert len(there.asked) == 1
        assert [item.usd for item in model.charges] == [0.1]

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_refused_key_is_named_by_its_secret(self, status):
        with gateway(refuses(status, f"Incorrect key {KEY[:12]}***{KEY[-4:]}")) as there:
            model = a_model(there.url)
            with pytest.raises(ModelFailed, match="FTC_MODEL_KEY") as caught:
                complete(model)
        assert KEY[-4:] not in str(caught.value)

    @pytest.mark.parametrize("status", [400, 404, 413, 422])
    def test_a_refused_request_is_not_repeated(self, status):
        with gateway(refuses(status, "no such model")) as there:
            model = a_model(there.url)
            with pytest.raises(ModelFailed, match="no such model"):
                complete(model)
        assert len(there.asked) == 1


class TestBudget:
    pytestmark = needs_litellm

    @pytest.mark.parametrize(
        ("charges", "config", "why"),
        [
            ([(7, 4.8, 0)], {}, "budget-issue"),
            ([(8, 49.8, 0)], {}, "budget-week"),
            ([], {"budget_call": 0}, "budget-call"),
            ([], {"budget_call": 0.01, **PRICES}, "budget-call"),  # the shortest answer could cost more
            ([(7, 4.8, 8)], {}, ""),  # more than a week ago
        ],
    )
    def test_it_is_asked_before_anything_is_sent(self, charges, config, why):
        known = [
            Charge(at=NOW - timedelta(days=days), usd=usd, issue=issue, purpose="analysis", model="m")
            for issue, usd, days in charges
        ]
        with gateway(says("hello")) as there:
            model = a_model(there.url, charges=known, **config)
            if not why:
                complete(model)
                return
            with pytest.raises(BudgetExceeded, match=why):
                complete(model)
        assert there.asked == []
        assert model.charges == ()

    def test_what_this_job_has_spent_counts(self):
        with gateway(says("a"), says("b"), says("c")) as there:
            model = a_model(there.url, budget_call=1.0, budget_issue=2.5)
            complete(model)
            complete(model)
            with pytest.raises(BudgetExceeded):
                complete(model)
        assert len(there.asked) == 2

    def test_a_repetition_is_asked_for_as_well(self):
        with gateway(hangs_up, says("hello")) as there:
            model = a_model(there.url, budget_call=1.0, budget_issue=1.5)
            with pytest.raises(BudgetExceeded):
                complete(model)
        assert len(there.asked) == 1
        assert [item.usd for item in model.charges] == [1.0]


class TestTheKey:
    pytestmark = needs_litellm

    @pytest.mark.parametrize("answer", [refuses(500, KEY), refuses(400, f"bad key {KEY}"), raw(200, KEY), hangs_up])
    def test_it_is_in_no_output_and_no_traceback(self, answer):
        out, err = io.StringIO(), io.StringIO()
        with gateway(answer, answer) as there, redirect_stdout(out), redirect_stderr(err):
            model = a_model(there.url)
            try:
                complete(model, form=FORM)
            except FtcError as error:
                told = "".join(traceback.format_exception(error)) + repr(error) + repr(model)
        assert KEY not in told + out.getvalue() + err.getvalue()
        assert out.getvalue() == ""

    def test_a_checkout_cannot_redirect_it(self, tmp_path):
        """litellm reads ``.env`` of the folder it runs in unless told not to; here in a process of its own."""
        program = (
            "import sys; sys.path.insert(0, sys.argv[2]); from ftc.clients.llm import _litellm; _litellm(); import os;"
            "print(os.environ.get('OPENAI_BASE_URL'))"
        )
        (tmp_path / ".env").write_text("OPENAI_BASE_URL=https://evil.example/v1\n")
        argv = [sys.executable, "-c", program, "", str(ROOT)]
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("LITELLM_", "OPENAI_"))}
        done = subprocess.run(argv, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=120, check=True)
        assert done.stdout.split() == ["None"]
