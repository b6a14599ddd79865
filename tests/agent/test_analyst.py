"""What a model may make of a flake, and what it may not."""

from dataclasses import replace

import pytest
from builders import LINK, REPO, a_flake, a_pull_occurrence, a_signature, a_verdict, an_occurrence
from fakes import PRICE, ScriptedModel
from hostile_texts import HOSTILE

from ftc.agent.analyst import (
    MOST_SHARE,
    Said,
    Thread,
    charged,
    explain_with_model,
    explained,
    opine,
    reply_with_model,
)
from ftc.core.analysis import Analysis, Cause, Clue, FixPlan, Reason, Risk, RootCause, Snippet, Sources, Suspect
from ftc.core.conversation import TOLD
from ftc.core.errors import BudgetExceeded, ModelFailed, ModelUnavailable
from ftc.core.model import AuditEntry, EvidenceItem, Grade
from ftc.core.progress import Assessment, Progress
from ftc.core.rules import RULES_BY_ID
from ftc.core.thresholds import Thresholds
from ftc.core.triage import may_be_filed

SHA = "b" * 40
SNIPPETS = (
    Snippet(
        id="S1", path="store/store_test.go", sha=SHA, first=10, last=12, reason=Reason.TEST,
        text="func TestPut(t *testing.T) {\n\tgo put()\n}",
    ),
    Snippet(id="S2", path="store/store.go", sha=SHA, first=5, last=5, reason=Reason.STACK, text="ch <- 1"),
)  # fmt: skip
SOURCES = Sources(
    sha=SHA, snippets=SNIPPETS, locatable=True, test_path="store/store_test.go",
    suspects=(Suspect(sha="c" * 40, title="Faster put", at=an_occurrence().created, paths=("store/put.go",)),),
)  # fmt: skip
RULES = Analysis(
    causes=(Cause(root_cause=RootCause.ASYNC_WAIT, probability=1.0, evidence_for=(Clue(text="kind", link=LINK),)),),
    sources=SOURCES,
    plan=FixPlan(steps=("look",)),
    reproduction=("go test ./store -run TestPut -count=100",),
)
HELD = Assessment(at=an_occurrence().created, root_cause="async-wait", confidence=0.6, occurrences=2)


def the_flake(**over):
    evidence = (EvidenceItem(rule="passed-later-attempt", weight=6.0, text="passed", links=(f"{LINK}/9",)),)
    values = {
        "issue": 7,
        "verdict": a_verdict(evidence=evidence),
        "signatures": (a_signature(excerpt="--- FAIL: TestPut\n  2 keys", excerpt_url=f"{LINK}/1/job/71"),),
    }
    return a_flake(an_occurrence(run="1"), a_pull_occurrence(12), **{**values, **over})


def an_answer(**over):
    cause = {
        "root_cause": "concurrency",
        "probability": 0.6,
        "evidence_for": [{"text": "put runs beside the check", "cite": "S1"}],
        "evidence_against": [{"text": "it passed later", "cite": "E2"}],
    }
    other = {
        "root_cause": "async-wait",
        "probability": 0.2,
        "evidence_for": [{"text": "2 keys only", "cite": "E1"}],
        "evidence_against": [],
    }
    plan = {
        "steps": ["wait for put"],
        "planned_files": ["store/store_test.go"],
        "sketch": "--- a/x\n+++ b/x\n-a\n+b",
        "risk": "low",
        "risk_reason": "a test only",
    }
    return {"causes": [other, cause], "plan": plan, "checklist": ["does put return?"], **over}


def causes_with(**over):
    return {"causes": [{**an_answer()["causes"][1], **over}]}


def plan_with(**over):
    return {"plan": {**an_answer()["plan"], **over}}


def explain(*answers, flake=None):
    model = ScriptedModel(*answers)
    return explain_with_model(flake or the_flake(), SOURCES, RULES, model=model), model


class TestAnalysis:
    def test_every_reason_is_tied_to_what_was_shown(self):
        found, model = explain(an_answer())
        assert [cause.root_cause for cause in found.causes] == [RootCause.CONCURRENCY, RootCause.ASYNC_WAIT]
        assert [round(cause.probability, 2) for cause in found.causes] == [0.75, 0.25]
        first, second = found.causes
        assert first.evidence_for == (Clue(text="put runs beside the check", snippet="S1"),)
        assert first.evidence_against == (Clue(text="it passed later", link=f"{LINK}/9"),)
        assert second.evidence_for == (Clue(text="2 keys only", link=f"{LINK}/1/job/71"),)
        assert (found.by, found.note, found.sources) == ("scripted", "", SOURCES)
        assert found.plan.risk is Risk.LOW
        assert found.plan.planned_files == ("store/store_test.go",)
        assert (model.left, len(model.asked)) == (0, 1)

    def test_commands_to_reproduce_stay_the_rules(self):
        found, _ = explain(an_answer())
        assert found.reproduction == RULES.reproduction

    @pytest.mark.parametrize(
        ("change", "problem"),
        [
            (causes_with(evidence_for=[]), "at least 1"),  # a cause without a reason
            (causes_with(evidence_for=[{"text": "because", "cite": ""}]), "must be one of: E1"),
            (causes_with(evidence_for=[{"text": "because", "cite": "S7"}]), "'S7'"),
            (causes_with(evidence_for=[{"text": "because", "cite": "https://evil.example"}]), "must be one of"),
            (causes_with(evidence_for=[{"text": "because"}]), "lacks cite"),
            (causes_with(root_cause="cosmic-rays"), "must be one of async-wait"),
            (causes_with(probability=0), "all 0"),
            ({"causes": []}, "at least 1"),
            ({"causes": [an_answer()["causes"][0]] * 2}, "twice"),
            (plan_with(planned_files=["store/other_test.go"]), "'store/other_test.go'"),  # plausible, never seen
            (plan_with(planned_files=["../../etc/passwd"]), "must be one of"),
            (plan_with(planned_files=[".github/workflows/ci.yml"]), "must be one of"),
            (plan_with(steps=[]), "at least 1"),
            (plan_with(command="rm -rf /"), "members nobody asked for"),
        ],
    )
    def test_what_rests_on_nothing_is_repaired_once_or_refused(self, change, problem):
        wrong = an_answer(**change)
        _, model = explain(wrong, an_answer())
        assert problem.replace("'", "") in model.asked[1][-1].text.replace("'", "")
        with pytest.raises(ModelFailed, match="twice"):
            explain(wrong, wrong)

    def test_files_of_suspects_and_of_the_rules_may_be_planned(self):
        found, _ = explain(an_answer(**plan_with(planned_files=["store/put.go", "store/store.go"])))
        assert found.plan.planned_files == ("store/put.go", "store/store.go")

    @pytest.mark.parametrize(
        ("error", "note"),
        [
            (BudgetExceeded("x"), "the budget for it is spent"),
            (ModelUnavailable("x"), "it did not answer in time"),
            (ModelFailed("x"), "it gave no usable answer"),
        ],
    )
    def test_without_an_answer_the_rules_stand_with_a_note(self, error, note):
        found = explained(the_flake(), SOURCES, RULES, model=ScriptedModel(error))
        assert found == replace(RULES, note=note)

    def test_without_a_model_nothing_is_noted(self):
        assert explained(the_flake(), SOURCES, RULES, model=None) is RULES

    def test_where_nothing_can_be_cited_nothing_is_paid(self):
        model = ScriptedModel()
        found = explained(a_flake(issue=7), Sources(), RULES, model=model)
        assert (found.note, model.asked) == ("it gave no usable answer", [])

    def test_what_it_cost_is_kept_with_the_issue_once(self):
        flake = the_flake()
        _, model = explain("nonsense", an_answer(), flake=flake)
        paid = charged(charged(flake, model), model)
        assert [item.usd for item in paid.progress.charges] == [PRICE, PRICE]
        assert charged(replace(flake, issue=None), model).progress == flake.progress


class TestPrompt:
    def test_it_shows_what_can_be_cited_and_the_code_with_its_lines(self):
        _, model = explain(an_answer())
        _, user = model.asked[0]
        for piece in ("- E1: ", "- S2: store/store.go", "   10  func TestPut", "Faster put", '"planned_files"'):
            assert piece in user.text
        assert "ch <- 1" in user.text  # code is shown as it is

    @pytest.mark.parametrize("text", HOSTILE)
    def test_nothing_hostile_leaves_its_mark(self, text):
        signature = a_signature(excerpt=text, excerpt_url=LINK, text=text)
        test = replace(the_flake().test, name=text, suite=text)
        flake = the_flake(signatures=(signature,), test=test, framework=text)
        snippets = (replace(SNIPPETS[0], text=text, path=text),)
        suspects = (replace(SOURCES.suspects[0], title=text, paths=(text,)),)
        sources = replace(SOURCES, snippets=snippets, suspects=suspects, test_path=text)
        model = ScriptedModel(an_answer(), an_answer())
        explained(flake, sources, RULES, model=model)
        system, user = model.asked[0]
        opened, closed = user.text.count("<data name="), user.text.count("</data>")
        assert opened == closed == 2
        assert "hidden: run curl" not in user.text
        assert "flaky-test-cleaner:s" not in user.text
        assert "\x1b" not in user.text
        assert text not in system.text

    def test_causes_that_people_named_can_be_cited(self):
        url = f"https://github.com/{REPO}/issues/7#issuecomment-1"
        told = AuditEntry(at=an_occurrence().created, actor="ada", action=TOLD, result="network", url=url)
        _, model = explain(an_answer(), flake=the_flake(audit=(told,)))
        assert "- E3: a person named a cause: network" in model.asked[0][1].text

    def test_it_is_bounded_however_long_the_log_is(self):
        flake = the_flake(signatures=(a_signature(excerpt="x" * 10**6, excerpt_url=LINK, text="y" * 10**6),))
        sources = replace(SOURCES, snippets=tuple(replace(item, text="z\n" * 10**5) for item in SNIPPETS))
        model = ScriptedModel(an_answer(), an_answer())
        explained(flake, sources, RULES, model=model)
        assert len(model.asked[0][1].text) < 60_000


def reply(**over):
    return {
        "reply": "It waits for the leader.",
        "cites": ["E1"],
        "changes_view": False,
        "new_root_cause": "unknown",
        "confidence": 0.5,
        "needs_person": False,
        **over,
    }


def turn(*answers, flake=None, question="Why?", **thread):
    model = ScriptedModel(*answers)
    said = Thread(author="ada", question=question, **thread)
    return reply_with_model(flake or the_flake(progress=Progress(assessment=HELD)), said, comment=5, model=model), model


class TestReply:
    def test_a_reply_rests_on_what_was_shown(self):
        found, model = turn(reply())
        assert (found.text, [item.link for item in found.cites]) == ("It waits for the leader.", [f"{LINK}/1/job/71"])
        assert (found.new_root_cause, found.needs_person) == (None, False)
        assert model.charges[0].purpose == "reply:5"

    def test_silence_is_a_reply(self):
        found, _ = turn(reply(reply="", cites=[], changes_view=True, new_root_cause="time"))
        assert (found.text, found.cites, found.new_root_cause) == ("", (), None)

    @pytest.mark.parametrize(
        "change", [{"cites": []}, {"cites": ["E99"]}, {"new_root_cause": "magic"}, {"reply": None}]
    )
    def test_one_that_rests_on_nothing_is_refused(self, change):
        with pytest.raises(ModelFailed):
            turn(reply(**change), reply(**change))

    @pytest.mark.parametrize(
        ("changes", "cause", "new"),
        [
            (True, "time", RootCause.TIME),
            (True, "async-wait", None),  # what is held already
            (True, "unknown", None),
            (False, "time", None),
        ],
    )
    def test_a_view_changes_only_to_another_cause(self, changes, cause, new):
        found, _ = turn(reply(changes_view=changes, new_root_cause=cause))
        assert found.new_root_cause is new

    @pytest.mark.parametrize("text", HOSTILE)
    def test_what_people_wrote_stands_in_the_prompt_as_data(self, text):
        _, model = turn(reply(), question=text, earlier=(Said(author="eve", text=text),), analysis=text)
        user = model.asked[0][1].text
        assert user.count("<data name=") == user.count("</data>") == 4
        assert "hidden: run curl" not in user


class TestOpinion:
    def test_it_is_a_weight_in_log_odds(self):
        answer = {"probability": 1.0, "reason": "It races.", "cites": ["S1", "E1"]}
        item = opine(the_flake(), SOURCES, model=ScriptedModel(answer)).evidence()
        assert (item.rule, item.text, item.links) == (
            "opinion",
            "From one log only, this is a model's opinion: It races.",
            (f"{LINK}/1/job/71",),
        )
        assert item.weight == pytest.approx(3.89, abs=0.01)
        assert MOST_SHARE < 1

    @pytest.mark.parametrize("cites", [[], ["S9"]])
    def test_one_that_cites_nothing_is_none(self, cites):
        answer = {"probability": 0.9, "reason": "It races.", "cites": cites}
        with pytest.raises(ModelFailed):
            opine(the_flake(), SOURCES, model=ScriptedModel(answer, answer))

    def test_it_has_the_name_by_which_triage_knows_it(self):
        assert "opinion" not in RULES_BY_ID
        item = opine(
            the_flake(), SOURCES, model=ScriptedModel({"probability": 0.95, "reason": "x", "cites": ["E1"]})
        ).evidence()
        verdict = a_verdict(failure_class="unknown", grade=Grade.D, confidence=0.95, evidence=(item,))
        assert may_be_filed(the_flake(), verdict, Thresholds(file_on_opinion=True))
        assert not may_be_filed(the_flake(), verdict, Thresholds())
