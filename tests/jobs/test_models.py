"""Which model a job gets, and what it knows of the week's spending."""

from dataclasses import replace
from datetime import timedelta
from importlib.util import find_spec

import pytest
from builders import a_flake
from scans import PACE
from small import NOW, REPO, TOKEN, a_world

from ftc.agent.analyst import why_not
from ftc.core.config import Config
from ftc.core.dialogue import User
from ftc.core.errors import BudgetExceeded, ModelMisconfigured
from ftc.core.ledger import Charge
from ftc.core.progress import Progress
from ftc.jobs.context import open_context
from ftc.jobs.models import model_of
from ftc.jobs.settings import Settings, Tokens


def opened(bills=(), *, key="", said=None, **config):
    settings = Settings(config=Config(repo=REPO, **config), tokens=Tokens(read=TOKEN, issue=TOKEN, model=key))
    with a_world().activate():
        ctx = open_context(settings, {}, now=NOW, pace=PACE)
    said = [] if said is None else said
    assert key == "" or key not in repr(ctx)
    return model_of(replace(ctx, say=said.append), bills)


def test_without_a_model_there_is_none():
    assert opened(key="secret-key-of-somebody") is None


def test_one_that_cannot_be_asked_stops_no_job_and_says_why():
    said = []
    model = opened(said=said, model="openai/small")
    assert model is not None
    assert said == [
        "the rules answer alone: `model` is set, but no key for it; set FTC_MODEL_KEY, or leave `model` empty for "
        "rules alone"
    ]
    with pytest.raises(ModelMisconfigured) as caught:
        model.complete((User(text="?"),), purpose="reply:1", issue=7)
    assert why_not(caught.value) == "it cannot be asked as it is configured"
    assert (model.name, model.charges) == ("openai/small", ())


@pytest.mark.toolchain
@pytest.mark.skipif(find_spec("litellm") is None, reason="litellm is not installed")
def test_what_other_issues_have_cost_counts():
    charge = Charge(at=NOW - timedelta(days=1), usd=49.9, issue=3, purpose="analysis", model="m")
    model = opened(a_flake(issue=3, progress=Progress(charges=(charge,))).bills, key="k" * 20, model="openai/small")
    with pytest.raises(BudgetExceeded, match="budget-week"):
        model.complete((User(text="?"),), purpose="reply:1", issue=7)
