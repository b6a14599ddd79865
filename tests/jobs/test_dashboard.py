"""The dashboard's text: what any job would write from the stored states alone."""

from dataclasses import replace

import pytest
from scans import PACE, run_scan
from small import NOW, REPO, TOKEN, a_scan, a_world, dashboards, flipped, go_log, issues, red, run, watched

from ftc.core.config import Config, Mode
from ftc.core.healing import billed
from ftc.core.ledger import Charge
from ftc.jobs.apply import begin, save_dashboard
from ftc.jobs.context import open_context
from ftc.jobs.heal_memory import Notebook
from ftc.jobs.settings import Settings, Tokens
from ftc.jobs.snapshot import read_snapshot
from ftc.jobs.sweep import sweep
from ftc.simulator.simulator import Simulator
from tests.scenarios import busy

FLAKY = (
    flipped(30, go_log("TestAdd")),
    flipped(50, go_log("TestAdd")),
    run(20, attempts=[red(go_log("TestOnce"))]),
)


def saved_again(simulator, *, repo=REPO, token=TOKEN, now=NOW, **config):
    """The dashboard's text after a job that knows nothing but what is stored has written it."""
    settings = Settings(config=Config(repo=repo, **config), tokens=Tokens(read=token, issue=token))
    with simulator.activate():
        ctx = open_context(settings, {}, now=now, pace=PACE)
        snapshot = read_snapshot(ctx)
        session = begin(ctx, snapshot)
        save_dashboard(session, snapshot.dashboard)
    return dashboards(simulator, repo)[0].body


def without_revision(body):
    """The text that people read."""
    return body.partition("<!-- flaky-test-cleaner:state")[0]


@pytest.mark.parametrize("mode", [Mode.FILE, Mode.OBSERVE])
def test_another_job_writes_the_text_that_the_scan_wrote(mode):
    world = a_world(*FLAKY)
    a_scan(world, mode=mode)
    assert (len(issues(world)), len(watched(world))) == ((1, 1) if mode is Mode.FILE else (0, 2))
    before = dashboards(world)[0].body
    assert without_revision(saved_again(world, mode=mode)) == without_revision(before)


@pytest.mark.parametrize("made", [busy.backlog, busy.breakage])
def test_that_is_so_when_many_wait(made):
    where = {"repo": busy.REPO, "token": busy.TOKEN, "now": busy.NOW}
    world = Simulator.load(made())
    run_scan(world, **where)
    before = dashboards(world, busy.REPO)[0].body
    assert "Not opened yet" in before
    assert without_revision(saved_again(world, **where)) == without_revision(before)


def test_a_sweep_writes_the_same_text_and_its_time():
    world = a_world(*FLAKY)
    a_scan(world)
    before = without_revision(dashboards(world)[0].body)
    settings = Settings(config=Config(repo=REPO), tokens=Tokens(read=TOKEN, issue=TOKEN))
    with world.activate():
        sweep(replace(open_context(settings, {}, now=NOW, pace=PACE), say=lambda _: None))
    after = without_revision(dashboards(world)[0].body)
    assert "Last sweep over every issue: 2026-11-20 12:00. " in after
    assert after.replace("Last sweep over every issue: 2026-11-20 12:00. ", "") == before


def test_what_repairs_of_the_base_branch_have_cost_is_among_the_costs():
    world = a_world(*FLAKY)
    a_scan(world, mode=Mode.FILE)
    assert "Models and runs cost" not in saved_again(world, mode=Mode.FILE)
    settings = Settings(config=Config(repo=REPO), tokens=Tokens(read=TOKEN, issue=TOKEN))
    charge = Charge(at=NOW, usd=1.25, issue=0, purpose="fix:heal-abc-x", model="m")
    with world.activate():
        notes = Notebook(ctx=open_context(settings, {}, now=NOW, pace=PACE), branch="main")
        notes.write(lambda memory: billed(memory, charge))
    body = saved_again(world, mode=Mode.FILE)
    assert r"Models and runs cost \$1.25 in the last 7 days, \$1.25 in all" in body
    assert a_scan(world, mode=Mode.FILE).notes == (), "the scan takes the memory for nothing else"
