"""Who is asked for a repair, and its money: programs of the user's for real, and bills that scans and fix runs see."""

# ruff: noqa: E501 - a row of a table is one line

import json
import os
import shutil
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from builders import a_flake
from heal_world import ADA, GIVE_UP, GREEN, HYPOTHESIS, LABEL, NOW, RED, REPAIR, REPO, TOKEN, Place
from scans import Killed, deaths, killing, writes
from threads import a_page

from ftc.agent.transcript import TranscriptUnreadable
from ftc.clients import shell
from ftc.clients.sandbox import Sandbox
from ftc.core.config import Config
from ftc.core.errors import FtcError, ModelUnavailable
from ftc.core.fix_agents import FixAgent
from ftc.core.gates import Shown
from ftc.core.heal_task import FAILURE, TASK, HealTask
from ftc.core.healing import Memory, billed, branch_of
from ftc.core.isolation import may_run_beside_secret
from ftc.core.ledger import Charge
from ftc.core.model import IssueRef, Status
from ftc.core.progress import Lease, Progress
from ftc.core.records import from_text
from ftc.jobs.heal_commit import GAVE_UP, PARTIAL, WELL
from ftc.jobs.heal_memory import Notebook
from ftc.jobs.report import read_project
from ftc.jobs.respond import respond_to
from ftc.jobs.snapshot import read_snapshot
from ftc.render.heal import issue_text
from ftc.render.issue import issue_body
from ftc.simulator.git_backend import NewCommit
from ftc.simulator.server import serving

pytestmark = pytest.mark.slow

MANAGED = "flaky-test-cleaner/ai-managed"
BUDGET = Config().budget_fix
MENDS = """
import json, os, pathlib
test = pathlib.Path("tests/fast.txt")
test.write_text(test.read_text().replace("want 3, got 2\\nexit 1", "ok\\nexit 0"))
json.dump({"hypothesis": "miscounted", "summary": "Counts.", "give_up": ""}, open(os.environ["FTC_ANSWER"], "w"))
"""


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def asked(place, script, **over):
    """One run of the loop whose agent is this Python script."""
    (place.folder / "agent.py").write_text(script)
    command = f"{sys.executable} {place.folder / 'agent.py'} {{task}} {{prompt}} {{reproduction}}"
    given = {"fix_agent": FixAgent.COMMAND, "agent_command": command, **over}
    return place.heal(**given)


def paid(place):
    """US dollars of each bill."""
    return [bill.usd for bill in place.memory.bills]


# --- a program of the user's


def test_a_program_repairs_the_branch(place):
    assert asked(place, MENDS) == WELL
    [pull] = place.pulls
    assert (pull.pull.draft, set(pull.labels)) == (True, {LABEL})
    assert place.git.read(pull.pull.head_sha, "tests/fast.txt") == b"cart_test: ok\nexit 0\n"
    assert "`miscounted`" in pull.body
    assert f"`agent {Path(sys.executable).name}`" in pull.body
    assert place.ran == ["fast", "fast", "fast", "slow"], "the gates are those of a model's change"
    assert place.memory.of(place.base).usd == BUDGET, "what it cost is not known"
    assert paid(place) == [BUDGET]
    assert asked(place, "raise SystemExit('it was asked again')") == WELL


def test_it_gets_the_commit_the_failure_and_no_other_environment(place):
    seen = place.folder / "seen.json"
    script = f"""
import json, os, sys
texts = [open(path).read() for path in sys.argv[1:]]
json.dump([texts, dict(os.environ), os.getcwd(), os.listdir()], open({str(seen)!r}, "w"))
"""
    environ = {"AGENT_KEY": "k", "FTC_TOKEN": TOKEN, "HOME": "/root"}
    assert asked(place, script, agent_variables=("AGENT_KEY", "MISSING"), environ=environ) == GAVE_UP
    (task, words, failure), env, folder, there = json.loads(seen.read_text())
    told = from_text(HealTask, task, schema=TASK)
    assert (told.base_sha, told.branch, told.fast, told.round) == (place.base, "main", "sh gate.sh fast", 1)
    shown = from_text(Shown, failure, schema=FAILURE)
    assert (shown.name, shown.passed) == ("fast", False)
    assert "want 3, got 2" in shown.tail
    assert "want 3, got 2" in words
    assert "FTC_ANSWER" in words
    assert "run_test" not in words, "it has no tools of ours"
    assert (folder, "gate.sh" in there) == (env["FTC_WORKTREE"], True)
    assert {name for name in env if not name.startswith("FTC_")} <= {"AGENT_KEY", "LC_CTYPE", "PATH"}
    assert TOKEN not in json.dumps(env)


WORSE = MENDS.replace("ok\\nexit 0", "want 3, got 1\\nexit 1")
CASES = [
    ("", "The agent changed nothing.", "it ends well and did nothing"),
    ("import sys; sys.exit('no licence')", "The agent ended with 1: no licence.", "it failed"),
    (MENDS + "\nraise SystemExit(3)", "The agent ended with 3", "a change of one that failed is not taken"),
    (MENDS.replace('"give_up": ""', '"give_up": "It is the product."'), "It is the product.", "it gives up"),
    (MENDS.replace("tests/fast.txt", "gate.sh").replace("want 3, got 2\\nexit 1", "exit $("), "The change is refused: gate.sh: it is not below `allowed-paths`.", "product code"),
    ("import pathlib; pathlib.Path('tests/x_test.py').write_text('import pytest\\n\\n@pytest.mark.skip\\ndef test_x():\\n    pass\\n')", "The change is refused: ", "it hides the failure"),
    ("import os; os.symlink('/etc/passwd', 'tests/link.txt')", "The change is refused: ", "a link"),
    ("import subprocess; subprocess.run(['git', 'init', '-q', 'tests/inner'], check=True)", "is a repository of its own", "git would run git in it"),
    (WORSE, "3 changes were tried, and the fast gate failed with each.", "each round is told what was tried"),
]  # fmt: skip


@pytest.mark.parametrize(("script", "why", "hard"), CASES, ids=[case[2] for case in CASES])
def test_what_is_no_repair_is_given_up_with_its_reason_and_paid_for(place, script, why, hard):
    assert asked(place, script, agent_variables=("PATH",), environ={"PATH": os.environ["PATH"]}) == GAVE_UP, hard
    assert why in place.memory.attempts[0].why
    assert (place.pulls, paid(place), place.memory.lease) == ([], [BUDGET], None)
    [comment] = place.comments
    assert "want 3, got" in comment.body


def test_a_later_round_knows_the_earlier_ones(place):
    script = f"""
import json, os, pathlib
task = json.load(open(os.environ["FTC_TASK"]))
pathlib.Path({str(place.folder)!r}, f"round-{{task['round']}}").write_text(json.dumps(task["earlier"]) + open(os.environ["FTC_PROMPT"]).read())
test = pathlib.Path("tests/fast.txt")
test.write_text(test.read_text().replace("got 2", "got 1") if task["round"] == 1 else "ok\\nexit 0\\n")
"""
    assert asked(place, script) == WELL
    second = (place.folder / "round-2").read_text()
    assert "+cart_test: want 3, got 1" in second.partition("FTC_ANSWER")[0]
    assert "With it the command said" in second
    assert place.ran == ["fast", "fast", "fast", "fast", "slow"]
    assert paid(place) == [BUDGET], "the rounds of a commit share what was reserved"


def test_what_is_refused_comes_back_and_the_next_round_mends(place):
    """A change that hides the failure is not run; the program is told why, and makes another one."""
    script = f"""
import json, os, pathlib
task = json.load(open(os.environ["FTC_TASK"]))
pathlib.Path({str(place.folder)!r}, f"round-{{task['round']}}").write_text(open(os.environ["FTC_PROMPT"]).read())
if task["round"] == 1:
    pathlib.Path("tests/x_test.py").write_text("import pytest\\n\\n@pytest.mark.skip\\ndef test_x():\\n    pass\\n")
else:
    pathlib.Path("tests/fast.txt").write_text("ok\\nexit 0\\n")
"""
    assert asked(place, script) == WELL
    second = (place.folder / "round-2").read_text()
    assert "It was not tried:" in second
    assert "The change is refused: skip in tests/x_test.py" in second
    assert "With it the command said" not in second
    assert place.ran == ["fast", "fast", "fast", "slow"], "what is refused is never run"
    assert paid(place) == [BUDGET]


def test_the_slow_gate_judges_it_too(tmp_path):
    place = Place(tmp_path, slow=RED)
    assert asked(place, MENDS) == GAVE_UP
    assert "the slow one does not" in place.memory.attempts[0].why


def test_a_program_that_is_not_there_costs_nothing_and_gives_nothing_up(place):
    assert place.heal(fix_agent=FixAgent.COMMAND, agent_command="no-such-agent {task}") == PARTIAL
    assert (place.memory.attempts, place.memory.bills, place.comments) == ((), (), [])


def test_a_program_that_does_not_end_is_stopped(place):
    assert asked(place, MENDS + "\nimport time; time.sleep(99)", fix_minutes=0.05) == GAVE_UP
    assert "The agent was stopped after 3 s" in place.memory.attempts[0].why


USAGES = [
    (["--fix-agent=github"], "works on issues, not on commits"),
    (["--fix-agent=command"], "the agent's command is empty; look at `agent-command`"),
    (["--fix-agent=command", "--agent-command=agent 'x"], "look at `agent-command`"),
    (["--fix-agent=command", "--agent-command=agent"], "would run beside the model's key (FTC_MODEL_KEY)"),
]


@pytest.mark.parametrize(("flags", "said"), USAGES)
def test_who_cannot_be_asked_is_said_before_anything_runs(flags, said):
    """With the model's key at hand, as in a job that is configured for both."""
    line = [sys.executable, "-m", "ftc", "heal", f"--repo={REPO}", "--heal-fast=true", *flags]
    env = {"PATH": os.environ["PATH"], "FTC_TOKEN": "x", "FTC_MODEL_KEY": "k" * 20}
    done = shell.run(line, cwd=Path(__file__).parents[2], env=env, timeout=60)
    assert (done.code, said in done.err) == (64, True), done.err


# --- money


def test_all_that_it_may_cost_is_put_down_before_it_is_asked(place):
    at_work = []

    def run(line, *, cwd, timeout):
        at_work.append(paid(place) if place.issues else [])
        return place.run(line, cwd=cwd, timeout=timeout)

    assert place.heal(*REPAIR, run=run) == WELL
    assert at_work == [[], [], [BUDGET], [BUDGET]], "the gates of the commit itself cost nothing"
    [bill] = place.memory.bills
    assert (bill.usd, bill.at) == (pytest.approx(0.03), NOW)
    assert place.memory.of(place.base).usd == bill.usd


@pytest.mark.parametrize("there", [True, False], ids=["goes on where it was", "on another machine"])
def test_killed_at_any_write_no_money_is_lost(tmp_path, there):
    """What a dead loop asked counts in full until it is known better, which it is where its transcripts lie."""
    (tmp_path / "calm").mkdir()
    calm = Place(tmp_path / "calm")
    assert calm.heal(*REPAIR) == WELL
    for number, (entry, before) in enumerate(deaths(calm.simulator.requests)):
        folder = tmp_path / str(number)
        folder.mkdir()
        place, hook = Place(folder), killing(entry.number, before=before)
        place.simulator.on_request, place.simulator.after_request = (hook, None) if before else (None, hook)
        with pytest.raises(Killed):
            place.heal(*REPAIR)
        place.simulator.on_request = place.simulator.after_request = None
        booked, cost = sum(paid(place)) if place.issues else 0.0, 0.01 * len(place.model.asked)
        where = f"{'before' if before else 'after'} {entry.method} {entry.path}"
        assert booked >= cost - 1e-9, where
        if not there:
            shutil.rmtree(folder / "artifacts", ignore_errors=True)
        assert place.heal(*REPAIR) == WELL, where
        again = 0.01 * len(place.model.asked)
        assert sum(paid(place)) == pytest.approx(0.03 if there else booked + again), where


def test_a_model_that_is_out_is_paid_for_what_it_took_and_no_more(place):
    assert place.heal(HYPOTHESIS, ModelUnavailable("it is down")) == GAVE_UP
    assert paid(place) == [pytest.approx(0.01)]


def test_one_that_never_answered_leaves_no_bill(place):
    assert place.heal(ModelUnavailable("it is down")) == PARTIAL
    assert place.memory.bills == ()


def test_what_fails_after_the_search_leaves_the_bill_at_what_was_spent(place):
    """Somebody else's commit on the branch of the repair: that is seen only when it is to be pushed."""
    theirs = NewCommit(message="Mine", files={"a": b"a"}, author=ADA)
    place.git.add_commits(branch_of(place.base), [theirs], start=place.base)
    with pytest.raises(FtcError, match="somebody else"):
        place.heal(*REPAIR)
    assert (paid(place), place.memory.lease) == ([pytest.approx(0.03)], None)


def test_a_search_that_goes_on_and_breaks_at_once_is_not_paid_for_less(place):
    """The loop died while the change was tried, and its transcript was damaged then: what was asked is not known."""

    def run(line, *, cwd, timeout):
        if len(place.ran) == 2:
            raise Killed
        return place.run(line, cwd=cwd, timeout=timeout)

    with pytest.raises(Killed):
        place.heal(*REPAIR, run=run)
    assert paid(place) == [BUDGET]
    [transcript] = place.folder.glob("artifacts/heal-*/round-1.jsonl")
    transcript.write_text("damaged\n" + transcript.read_text())
    with pytest.raises(TranscriptUnreadable):
        place.heal(*REPAIR)
    assert (paid(place), place.memory.lease) == ([BUDGET], None)


# --- the week


def bill(usd, *, days=1.0, purpose="fix:heal-x"):
    return Charge(at=NOW - timedelta(days=days), usd=usd, issue=0, purpose=purpose, model="m")


def remembers(place, *bills):
    """A memory with these bills, of another commit."""
    with place.simulator.activate():
        notes = Notebook(ctx=place.context(), branch="main")
        for number, item in enumerate(bills):
            notes.write(lambda memory, item=item, n=number: billed(memory, replace(item, purpose=f"fix:heal-{n}")))


WEEKS = [
    ((bill(49.9),), {}, False, "the week is spent"),
    ((bill(48.1),), {}, False, "what is left is less than a repair may cost"),
    ((bill(48.0),), {}, True, "exactly what is left"),
    ((bill(49.9, days=8),), {}, True, "that was another week"),
    ((), {"budget_fix": 0.0}, False, "nothing may be spent"),
    ((bill(3.0),), {"budget_week": 4.0}, False, "a smaller budget"),
]


@pytest.mark.parametrize(("bills", "config", "allowed", "why"), WEEKS, ids=[week[3] for week in WEEKS])
def test_the_budget_of_the_week_holds(place, bills, config, allowed, why):
    remembers(place, *bills)
    code = place.heal(GIVE_UP, **config)
    assert (code, len(place.model.asked)) == ((GAVE_UP, 1) if allowed else (PARTIAL, 0)), why
    if not allowed:
        assert [item.usd for item in place.memory.bills] == [item.usd for item in bills], (
            "what was put down is taken back"
        )
        assert (place.memory.attempts, place.memory.lease) == ((), None), "the commit is not given up"
        assert any("nobody is asked for a repair" in line for line in place.said)


@pytest.mark.parametrize("over", [{}, {"fix_agent": FixAgent.COMMAND, "agent_command": "no-such-agent {task}"}])
def test_while_the_week_is_spent_no_gate_runs_again_on_a_commit_that_failed(place, over):
    """A watch looks every half an hour, for days."""
    remembers(place, bill(49.9))
    unpaid = set()
    assert place.heal(GIVE_UP, unpaid=unpaid, **over) == PARTIAL
    place.simulator.requests.clear()
    assert place.heal(GIVE_UP, unpaid=unpaid, **over) == PARTIAL
    assert place.ran == ["fast", "fast"]
    assert writes(place.simulator) == []
    assert "nobody is asked for a repair: $49.90 of" in place.said[-1]
    place.now += timedelta(days=8)
    place.heal(GIVE_UP, unpaid=unpaid, **over)
    assert place.ran == ["fast"] * 4, "there is money again"
    assert place.said[-1].startswith(f"{place.head[:12]}: no repair: "), "somebody was asked"


def test_a_newer_commit_is_judged_without_money_too(place):
    remembers(place, bill(49.9))
    unpaid = set()
    assert place.heal(GIVE_UP, unpaid=unpaid) == PARTIAL
    place.move({"tests/fast.txt": GREEN})
    assert place.heal(unpaid=unpaid) == WELL


def test_a_program_is_not_run_without_money_either(place):
    remembers(place, bill(49.0))
    assert asked(place, MENDS) == PARTIAL
    assert place.pulls == []


def test_a_dry_run_books_nothing(place):
    assert place.heal(*REPAIR, dry_run=True) == WELL
    assert writes(place.simulator) == []


# --- who else sees it


def shown_to_others(place):
    with place.simulator.activate():
        return read_snapshot(place.context())


def test_scans_and_fix_runs_count_it_with_one_request_more(place):
    place.heal(*REPAIR)
    snapshot = shown_to_others(place)
    [charge] = snapshot.bills
    with place.simulator.activate():
        assert read_project(place.context()).healing == (charge,)
    before = len(place.simulator.requests)
    shown_to_others(place)
    assert (charge.usd, charge.issue) == (pytest.approx(0.03), place.issues[0].number)
    with_it = len(place.simulator.requests) - before
    place.issues[0].labels.remove(MANAGED)
    before = len(place.simulator.requests)
    assert shown_to_others(place).bills == ()
    assert with_it - (len(place.simulator.requests) - before) == 1


def test_an_issue_without_the_label_of_managed_ones_gets_it_before_anything_is_put_down(place):
    """An older version put none on, so that what was spent there was never counted."""
    place.heal(sha=place.move({"tests/fast.txt": GREEN}))
    place.issues[0].labels.remove(MANAGED)
    assert place.heal() == WELL
    assert MANAGED not in place.issues[0].labels, "there was nothing to write"
    place.move({"tests/fast.txt": RED})
    assert place.heal(*REPAIR) == WELL
    assert place.issues[0].labels.count(MANAGED) == 1
    assert [item.usd for item in shown_to_others(place).bills] == [pytest.approx(0.03)]
    labelled = [entry for entry in place.simulator.requests if entry.path.endswith("/issues/1/labels")]
    assert len(labelled) == 1


def test_nobody_pays_for_it_where_it_is_not_used():
    page = a_page()
    page.simulator.requests.clear()
    with page.simulator.activate():
        snapshot = read_snapshot(page.context())
    assert snapshot.healing == ()


def test_what_somebody_else_wrote_into_the_memory_changes_no_bill(place):
    """Taking bills out, and putting some in: the bot's own last text counts."""
    place.heal(*REPAIR)
    for forged in (Memory(branch="main"), billed(Memory(branch="main"), bill(1_000.0))):
        with place.simulator.activate():
            place.context(token="ada").write.edit_issue(place.issues[0].number, body=issue_text(forged))
        assert [item.usd for item in shown_to_others(place).bills] == [pytest.approx(0.03)]


def test_a_label_of_a_person_does_not_hide_a_flake():
    page = a_page()
    page.issue.labels.append(LABEL)
    with page.simulator.activate():
        snapshot = read_snapshot(page.context())
    assert [item.issue.number for item in snapshot.issues] == [page.number]


def test_a_memory_is_no_flake_and_nobody_answers_there(place):
    place.heal(GIVE_UP)
    [issue] = place.issues
    assert MANAGED in issue.labels
    snapshot = shown_to_others(place)
    assert (snapshot.issues, snapshot.notes) == ((), ())
    with place.simulator.activate():
        report = respond_to(place.context(), issue.number)
    assert "the memory of `ftc heal`" in report.note
    issue.body = "damaged"
    assert shown_to_others(place).notes == ()


RIVALS = [(1, True, "48 dollars are spent or reserved, and 2 are left"), (2, False, "all 50 are")]


@pytest.mark.parametrize(("fixes", "allowed", "why"), RIVALS)
def test_what_running_fixes_have_reserved_is_not_spent_twice(place, fixes, allowed, why):
    remembers(place, bill(46.0))
    lease = Lease(run="77", attempt=1, nonce="n", taken=NOW)
    with place.simulator.activate():
        ctx = place.context()
        for number in range(fixes):
            made = ctx.write.create_issue(title="[flaky] Test", body="", labels=(MANAGED,))
            flake = a_flake(
                issue=made.number, key=f"{number:016x}", repo=REPO, status=Status.FIXING, progress=Progress(lease=lease)
            )
            flake = replace(flake, issue=IssueRef(repo=REPO, issue=made.number))
            ctx.write.edit_issue(made.number, body=issue_body(flake, previous="", prefix="flaky-test-cleaner"))
    assert place.heal(GIVE_UP) == (GAVE_UP if allowed else PARTIAL), why


@pytest.mark.toolchain
def test_the_command_itself_with_a_program_of_the_users(tmp_path):
    """A process, GitHub over HTTP, the real sandbox for the gates, and an agent in a checkout that git made."""
    found = Sandbox.of(Config(), tmp_path, os.environ).guarantees
    if not may_run_beside_secret(found):
        pytest.skip(f"no sandbox here keeps a secret ({found.text})")
    place = Place(tmp_path)
    (tmp_path / "agent.py").write_text(MENDS)
    with serving(place.simulator) as address:
        line = [
            sys.executable, "-m", "ftc", "heal", f"--repo={REPO}", f"--api-url={address}", "--write-interval-seconds=0",
            '--heal-fast=sh -c "! grep -q want tests/fast.txt"', "--fix-agent=command",
            f"--agent-command={sys.executable} {tmp_path / 'agent.py'}", f"--artifacts={tmp_path / 'artifacts'}",
        ]  # fmt: skip
        env = {"PATH": os.environ["PATH"], "FTC_TOKEN": TOKEN, "TMPDIR": str(tmp_path)}
        done = shell.run(line, cwd=Path(__file__).parents[2], env=env, timeout=120)
    assert done.code == WELL, done.err
    [pull] = place.pulls
    assert place.git.read(pull.pull.head_sha, "tests/fast.txt") == b"cart_test: ok\nexit 0\n"
    assert paid(place) == [BUDGET]
