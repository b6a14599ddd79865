"""One comment, one reply or silence: with a model, without one, and with one that fails or is misled."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import comrak
import pytest
from builders import LINK, a_flake, a_pull_occurrence, a_signature, a_verdict, an_occurrence
from fakes import PRICE, ScriptedModel
from hostile_texts import HOSTILE
from scans import PACE
from small import NOW, REPO, TOKEN, a_world

from ftc.clients.payloads import Comment
from ftc.core.commands import parse
from ftc.core.config import Config
from ftc.core.conversation import TOLD
from ftc.core.errors import BudgetExceeded, ModelFailed, ModelUnavailable
from ftc.core.marks import marked, purpose_of
from ftc.core.model import DayRuns, EvidenceItem, Location, Status
from ftc.core.progress import Assessment, Progress, PullRef
from ftc.jobs.context import open_context
from ftc.jobs.converse import converse
from ftc.jobs.settings import Settings, Tokens

RUNS = f"https://github.com/{REPO}/actions/runs"
HELD = Assessment(at=NOW, root_cause="async-wait", confidence=0.6, occurrences=2, comment=50, by="rules")


@pytest.fixture
def ctx():
    with context() as made:
        yield made


@contextmanager
def context(**config):
    simulator = a_world()
    settings = Settings(config=Config(repo=REPO, **config), tokens=Tokens(read=TOKEN, issue=TOKEN))
    with simulator.activate():
        opened = open_context(settings, {}, now=NOW, pace=PACE)
        yield replace(opened, say=lambda _: None)


def the_flake(**over):
    evidence = (EvidenceItem(rule="passed-later-attempt", weight=6.0, text="It passed.", links=(f"{LINK}/9",)),)
    values = {
        "issue": 7,
        "status": Status.WAITING_FOR_SIGNAL,
        "verdict": a_verdict(evidence=evidence),
        "signatures": (
            a_signature(
                excerpt="--- FAIL: TestPut",
                excerpt_url=f"{RUNS}/1/job/71",
                locations=(Location(path="store/store_test.go", line=3),),
            ),
        ),
        "exposure": (DayRuns(source="actions", day=an_occurrence().day, runs=40),),
        "progress": Progress(assessment=HELD),
        "owners": ("rleungx", "acme/storage"),
    }
    occurrences = (
        an_occurrence(run="1", url=f"{RUNS}/1/job/71"),
        a_pull_occurrence(
            12, run="12", author="ada", url=f"{RUNS}/12/job/712", created=an_occurrence().created + timedelta(hours=2)
        ),
        a_pull_occurrence(
            13, run="13", author="bea", url=f"{RUNS}/13/job/713", created=an_occurrence().created + timedelta(hours=1)
        ),
    )
    return a_flake(*occurrences, **{**values, **over})


def a_comment(body, **over):
    values = {
        "id": 100,
        "issue": 7,
        "body": body,
        "author": "ada",
        "url": f"https://github.com/{REPO}/issues/7#issuecomment-100",
        "created": NOW,
        "updated": NOW,
    }
    return Comment(**{**values, **over})


def the_analysis(ctx):
    url = f"https://github.com/{REPO}/issues/7#issuecomment-50"
    return a_comment(
        marked("It waits for the leader.", "analysis"), id=50, author=ctx.login, author_type="Bot", url=url
    )


def talk(ctx, body, *, model=None, flake=None, before=(), **over):
    comment = a_comment(body, **over)
    everything = (the_analysis(ctx), *before, comment)
    return converse(ctx, flake or the_flake(), number=7, comments=everything, comment=comment, model=model)


class TestByRules:
    @pytest.mark.parametrize(
        ("question", "pieces"),
        [
            (
                "How often does it fail?",
                ["It failed 3 times", "of 40 observed runs", "95% interval", f"{RUNS}/13/job/713"],
            ),
            ("Why is it flaky?", ["`async-wait` (60%, by rules)", "issuecomment-50", f"{LINK}/9"]),
            ("How do I reproduce it?", ["cd store && go test . -run '^TestPut$' -count=100"]),
            ("Since when does it fail?", ["at commit `aaaaaaa`", "on `main`", f"{RUNS}/1/job/71"]),
            ("Is it fixed?", ["**State: Waiting for signal.**", "last failed 2026-03-10 14:00", "has to decide"]),
            ("Who owns it?", ["`rleungx`, `acme/storage`"]),
            ("What's next?", ["waits for a person", "&#47;ai-fix", "&#47;ftc wontfix"]),
            (
                "Is it my PR?",
                ["**Probably not that change.**", f"{RUNS}/12/job/712", "in 1 other pull request and 1 run outside"],
            ),
            (
                "Is it related to my PR #99?",
                ["**Not seen there.**", "pull request 99 was read", "in 2 pull requests and"],
            ),
            (f"again {RUNS}/12", ["is counted here already", "`unit`, attempt 1"]),
            (f"again {RUNS}/77/job/5", ["is not counted here yet. The next scan reads it", "last 7 days"]),
            ("Hey bot, sing a song", ["I did not understand that", "&#47;ftc help"]),
        ],
    )
    def test_what_is_asked_is_answered_with_links(self, ctx, question, pieces):
        found = talk(ctx, question)
        assert found.text
        assert [piece for piece in pieces if piece not in found.text] == []
        assert parse(found.text) is None

    def test_two_questions_get_one_reply(self, ctx):
        text = talk(ctx, "How often does it fail, and who owns it?").text
        assert "It failed 3 times" in text
        assert "Its owners" in text

    def test_a_fix_that_was_merged_is_named(self, ctx):
        pull = PullRef(number=31, url=f"https://github.com/{REPO}/pull/31", merged=NOW)
        text = talk(ctx, "Is it fixed?", flake=the_flake(status=Status.MERGED, progress=Progress(pull=pull))).text
        assert "#31, merged 2026-11-20" in text
        assert "has to decide" not in text

    @pytest.mark.parametrize(
        ("body", "over"),
        [
            ("How often does it fail?", {"author": "dependabot[bot]", "author_type": "Bot"}),
            ("How often does it fail?", {"author": "odd[bot]"}),
            ("How often does it fail?", {"author_type": "Organization"}),
            ("How often does it fail?", {"via_app": "some-assistant"}),
            ("/ftc status", {}),  # a command is answered elsewhere
            ("/ftc statsu", {}),
            ("Thanks!", {}),
            ("I will look at it tomorrow.", {}),
            ("@bea can you fix it?", {}),
            ("> how often does it fail?", {}),
            ("", {}),
        ],
    )
    def test_silence_is_the_normal_answer(self, ctx, body, over):
        model = ScriptedModel()
        found = talk(ctx, body, model=model, **over)
        assert (found.text, found.flake, model.asked) == (None, the_flake(), [])

    def test_the_bot_never_answers_itself(self, ctx):
        assert talk(ctx, "How often does it fail?", author=ctx.login).text is None

    def test_a_cause_that_is_told_is_recorded_and_thanked_for_once(self, ctx):
        first = talk(ctx, "This is the leader transfer again.")
        assert "Thanks, noted: `async-wait`" in first.text
        assert [(item.actor, item.action, item.result) for item in first.flake.audit] == [("ada", TOLD, "async-wait")]
        # The job died before the state was written, or after: the same again.
        assert talk(ctx, "This is the leader transfer again.") == first
        again = talk(ctx, "I think it is a data race.", flake=first.flake, id=101, author="bea")
        assert again.text is None
        assert [item.result for item in again.flake.audit] == ["async-wait", "concurrency"]


def reply(text="It waits for the leader.", **over):
    values = {"cites": ["E1"], "changes_view": False, "new_root_cause": "unknown"}
    values |= {"confidence": 0.5, "needs_person": False}
    return {"reply": text, **values, **over}


class TestByModel:
    def test_its_reply_stands_alone_with_our_links(self, ctx):
        model = ScriptedModel(reply())
        found = talk(ctx, "Why is it flaky?", model=model, before=(a_comment("It is odd.", id=60, author="bea"),))
        assert found.text.startswith("It waits for the leader.\n")
        assert f"]({RUNS}/1/job/71)" in found.text
        assert "rules" not in found.text
        prompt = model.asked[0][1].text
        assert "It is odd." in prompt
        assert "our analysis, already posted" in prompt
        assert [item.usd for item in found.flake.progress.charges] == [PRICE]
        assert found.flake.progress.charges[0].purpose == "reply:100"

    def test_a_question_that_no_rule_knows_goes_to_it(self, ctx):
        assert talk(ctx, "Could the watch be dropped here?", model=ScriptedModel(reply())).text
        assert talk(ctx, "Could the watch be dropped here?").text is None

    def test_it_may_stay_silent(self, ctx):
        found = talk(ctx, "Could the watch be dropped here?", model=ScriptedModel(reply("", cites=[])))
        assert found.text is None
        assert found.flake.progress.charges

    def test_linked_runs_are_counted_by_us_alone(self, ctx):
        model = ScriptedModel()
        assert "is counted here already" in talk(ctx, f"{RUNS}/12", model=model).text
        assert model.asked == []
        text = talk(ctx, f"Why again? {RUNS}/77", model=ScriptedModel(reply())).text
        assert "is not counted here yet" in text
        assert "It waits for the leader." in text

    @pytest.mark.parametrize(
        ("error", "words"),
        [
            (ModelUnavailable("slow"), "it did not answer in time"),
            (BudgetExceeded("spent"), "the budget for it is spent"),
            (ModelFailed("bad"), "it gave no usable answer"),
        ],
    )
    def test_when_it_fails_the_rules_answer_and_say_so(self, ctx, error, words):
        found = talk(ctx, "How often does it fail?", model=ScriptedModel(error))
        assert "It failed 3 times" in found.text
        assert f"a model was asked, but {words}." in found.text
        assert talk(ctx, "Could the watch be dropped here?", model=ScriptedModel(error)).text is None

    def test_nonsense_is_paid_for_and_the_rules_answer(self, ctx):
        found = talk(ctx, "How often does it fail?", model=ScriptedModel("moo", "moo"))
        assert "it gave no usable answer" in found.text
        assert [item.usd for item in found.flake.progress.charges] == [PRICE, PRICE]

    def test_a_fact_changes_its_view_with_the_reason(self, ctx):
        answer = reply("The port is taken.", changes_view=True, new_root_cause="network")
        found = talk(ctx, "It fails because the port is already in use.", model=ScriptedModel(answer), author="bea")
        assert "the likeliest cause is now `network`, before it was `async-wait`." in found.text
        assert "has to decide" in found.text
        assert found.flake.progress.assessment.root_cause == "network"
        assert found.flake.progress.asked == NOW
        assert found.flake.status is Status.WAITING_FOR_SIGNAL
        moves = [entry.action for entry in found.flake.audit]
        assert moves[1:] == [
            "view: async-wait → network", "WAITING_FOR_SIGNAL → TRIAGED", "TRIAGED → WAITING_FOR_SIGNAL",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("over", "flake"),
        [
            ({"author": "mallory"}, {}),  # no write permission
            ({"author": "bea", "updated": NOW + timedelta(hours=1)}, {}),  # edited, by whom nobody knows
            ({"author": "bea"}, {"status": Status.APPROVED_TO_FIX}),  # what was approved stays
            ({"author": "bea"}, {"status": Status.PR_OPEN}),
        ],
    )
    def test_the_plan_is_not_moved_by_everybody(self, ctx, over, flake):
        answer = reply("The port is taken.", changes_view=True, new_root_cause="network")
        started = the_flake(**flake)
        found = talk(ctx, "Is it the port? It fails.", model=ScriptedModel(answer), flake=started, **over)
        assert "The state of this issue keeps the old one" in found.text
        assert found.flake.progress.assessment == HELD
        assert found.flake.status is started.status

    @pytest.mark.parametrize("text", HOSTILE)
    def test_a_misled_model_can_only_speak(self, ctx, text):
        """Whatever it was talked into: no command, mention, reference, link, hidden text or block of ours comes out."""
        found = talk(ctx, "Why is it flaky?", model=ScriptedModel(reply("Well. " + text), reply("Well. " + text)))
        mute = talk(ctx, "Why is it flaky?", model=ScriptedModel(reply(text), reply(text)))
        assert found.text
        for body in (found.text, mute.text or ""):  # of text that is hidden as a whole nothing is left to say
            check_inert(body)
        assert found.flake.status is Status.WAITING_FOR_SIGNAL

    @pytest.mark.parametrize("text", HOSTILE)
    def test_a_misleading_comment_is_not_repeated(self, ctx, text):
        found = talk(ctx, f"Why is it flaky?\n{text}", model=ScriptedModel(reply()))
        if found.text is not None:
            assert "evil" not in found.text
            check_inert(found.text)


def check_inert(body):
    """What GitHub and our own programs would make of a comment."""
    commented = marked(body, "answer:100")
    assert parse(body) is None
    assert all(parse(line) is None for line in body.splitlines())
    assert not any(line.lstrip().startswith("::") for line in body.splitlines())  # a log would obey it
    assert "flaky-test-cleaner:" not in body
    assert body.count("<!--") == 0
    assert purpose_of(commented) == "answer:100"
    rendered = comrak.render_markdown(commented, extension_options=extensions())
    for mark in (
        "@octocat",
        "@everyone",
        "octo/widgets#2",
        "closes #1",
        "GH-12",
        "<img",
        'evil.example/x.png"',
    ):
        assert mark not in rendered
    links = [part.split('"')[0] for part in rendered.split('href="')[1:]]
    assert [url for url in links if not url.startswith(("https://github.com/acme/shop/", LINK))] == []


def extensions():
    options = comrak.ExtensionOptions()
    options.autolink = options.table = options.tasklist = options.strikethrough = True
    return options
