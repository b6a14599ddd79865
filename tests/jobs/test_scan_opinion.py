"""``file-on: opinion``: a failure that the rules cannot decide is filed when a model is sure and says on what."""

from dataclasses import replace

import pytest
from fakes import PRICE, ScriptedModel
from scans import PACE
from small import NOW, REPO, TOKEN, a_world, go_log, issues, red, run, watched

from ftc.core.config import Config
from ftc.core.errors import BudgetExceeded, ModelUnavailable
from ftc.core.model import FailureClass, Grade
from ftc.jobs.context import open_context
from ftc.jobs.scan import scan
from ftc.jobs.settings import Settings, Tokens

from small import flake_of  # isort: skip

SILENT = ModelUnavailable("x")
"""What it answers when the new issue is to be explained, which is not what these tests are about."""


def an_opinion(probability=1.0, **over):
    return {"probability": probability, "reason": "It reads the state too early. @octocat", "cites": ["E1"], **over}


def a_scan(simulator, model, **config):
    config = {"file_on": "opinion", "opinion_threshold": 0.8, **config}
    settings = Settings(config=Config.load([("test", kebab(config))]), tokens=Tokens(read=TOKEN, issue=TOKEN))
    with simulator.activate():
        ctx = replace(open_context(settings, {}, now=NOW, pace=PACE), say=lambda _: None)
        return scan(ctx, model=model)


def kebab(config):
    return {"repo": REPO, **{name.replace("_", "-"): value for name, value in config.items()}}


def one_failure():
    return a_world(run(20, attempts=[red(go_log("TestTotal"))]))


def test_a_sure_opinion_files_the_issue_and_is_marked_as_one():
    simulator = one_failure()
    a_scan(simulator, ScriptedModel(an_opinion(), SILENT))
    (issue,) = issues(simulator)
    verdict = flake_of(issue).verdict
    assert (verdict.failure_class, verdict.grade) == (FailureClass.UNKNOWN, Grade.D)
    assert "flaky-test-cleaner/needs-triage" in issue.labels
    assert "From one log only, this is a model's opinion: It reads the state too early." in issue.body
    assert "@octocat" not in issue.body
    assert [item.usd for item in flake_of(issue).progress.charges] == [PRICE]


@pytest.mark.parametrize(
    "model",
    [
        ScriptedModel(an_opinion(0.5)),
        ScriptedModel(an_opinion(cites=[]), an_opinion(cites=[])),
        ScriptedModel(ModelUnavailable("x")),
        ScriptedModel(BudgetExceeded("x")),
        None,
    ],
)
def test_without_a_sure_opinion_it_is_watched(model):
    simulator = one_failure()
    a_scan(simulator, model)
    assert issues(simulator) == []
    assert len(watched(simulator)) == 1


def test_an_opinion_is_asked_for_once_until_the_test_fails_again():
    simulator = one_failure()
    first = ScriptedModel(an_opinion(0.6))
    a_scan(simulator, first)
    assert (len(first.asked), [item.usd for item in watched(simulator)[0].progress.charges]) == (1, [PRICE])
    a_scan(simulator, ScriptedModel())
    assert any(item.rule == "opinion" for item in watched(simulator)[0].verdict.evidence)


def test_it_is_not_asked_for_where_grades_alone_count():
    simulator = one_failure()
    a_scan(simulator, ScriptedModel(), file_on="grade")
    assert issues(simulator) == []


def test_a_standing_opinion_files_what_had_to_wait():
    simulator = one_failure()
    a_scan(simulator, ScriptedModel(an_opinion()), max_new_issues=0)
    assert issues(simulator) == []
    a_scan(simulator, ScriptedModel(SILENT))
    assert len(issues(simulator)) == 1
