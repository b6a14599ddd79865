"""The healing loop against real git and the simulator: verdicts, repairs, moving bases, leases, and kills."""

import json
import os
import shutil
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from agent.fix_runs import calls
from heal_world import ADA, FINISH, GIVE_UP, GREEN, HYPOTHESIS, LABEL, NOW, RED, REPAIR, REPO, TOKEN, Place, change
from scans import PACE, Killed, deaths, killing, writes

from ftc.agent.locking import alone
from ftc.clients import shell
from ftc.clients.sandbox import Sandbox
from ftc.core.config import Config
from ftc.core.errors import FtcError, ModelMisconfigured, ModelUnavailable, Unavailable, UsageError
from ftc.core.healing import Attempt, Lease, Memory, Outcome, branch_of, decode
from ftc.core.isolation import may_run_beside_secret
from ftc.core.ledger import Charge
from ftc.core.marks import purpose_of
from ftc.jobs.context import open_context
from ftc.jobs.heal import AGAIN_SECONDS, gate_run, holder_of, watch
from ftc.jobs.heal_asking import model_of
from ftc.jobs.heal_commit import GAVE_UP, PARTIAL, WELL
from ftc.jobs.models import Unusable
from ftc.jobs.settings import Settings, Tokens
from ftc.render.heal import issue_text
from ftc.simulator.git_backend import NewCommit
from ftc.simulator.server import serving

pytestmark = pytest.mark.slow


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


# --- verdicts


def test_a_healthy_commit_gets_each_gate_once_ever(tmp_path):
    place = Place(tmp_path, fast=GREEN)
    assert [place.heal(), place.heal()] == [WELL, WELL]
    assert place.ran == ["fast", "slow"]
    assert (place.memory.verified, place.memory.lease) == (place.base, None)
    assert "Last commit that passed" in place.issues[0].body
    assert place.comments == []


def test_without_a_slow_gate_the_fast_one_decides(tmp_path):
    place = Place(tmp_path, fast=GREEN)
    assert place.heal(heal_slow="") == WELL
    assert place.ran == ["fast"]


def test_what_passes_the_second_time_is_no_reason_to_repair(place):
    flaky = f"test -f {place.folder}/once || {{ touch {place.folder}/once; exit 1; }}"
    assert place.heal(heal_fast=flaky) == WELL
    assert any("passed when it was run again" in line for line in place.said)


# --- repairs


def test_a_repair_becomes_one_draft_pull_request(place):
    assert place.heal(*REPAIR) == WELL
    assert place.ran == ["fast", "fast", "fast", "slow"]
    [pull] = place.pulls
    assert (pull.pull.draft, set(pull.labels)) == (True, {LABEL})
    assert place.git.resolve(f"refs/heads/{branch_of(place.base)}") == pull.pull.head_sha
    assert place.memory.of(place.base).pull == pull.number
    assert place.memory.of(place.base).usd == pytest.approx(0.03)
    assert place.memory.lease is None
    message = place.git.commit(pull.pull.head_sha).message
    assert "`Counts them all; fixes #1 @ada.`" in pull.body, "in a code span it closes and mentions nothing"
    assert "fixes #1" not in message
    assert "@ada" not in message
    assert "want 3, got 2" in pull.body
    assert place.heal() == WELL
    assert len(place.ran) == 4, "a commit that was repaired is not judged again"


def test_the_fast_gate_runs_after_every_round_and_its_words_come_back(place):
    worse = RED.replace("got 2", "got 1")
    code = place.heal(HYPOTHESIS, change(RED, worse), FINISH, *REPAIR)
    assert code == WELL
    assert place.ran == ["fast", "fast", "fast", "fast", "slow"]
    second = place.model.asked[3][1].text
    assert "got 1" in second
    assert "+cart_test: want 3, got 1" in second


LOOP = "def test_cart():\n    for case in CASES:\n        assert total(case) == 3\n"


def test_what_may_hide_the_failure_and_may_mend_it_is_told_in_the_draft(place):
    """Code cannot tell a case that is not meant from one that is left out since it fails; a person can."""
    place.move({"tests/test_cart.py": LOOP})
    passed = change("CASES:\n", "CASES:\n        if case.removed:\n            continue\n", "tests/test_cart.py")
    assert place.heal(HYPOTHESIS, passed, change(RED, GREEN), FINISH) == WELL
    [pull] = place.pulls
    assert "**This change may hide the failure instead of mending it:**" in pull.body
    assert "- `passed-over: tests/test_cart.py: " in pull.body
    assert place.ran == ["fast", "fast", "fast", "slow"]


def test_a_failing_slow_gate_is_repaired_too(tmp_path):
    place = Place(tmp_path, fast=GREEN, slow=RED)
    assert place.heal(HYPOTHESIS, change(RED, GREEN, "tests/slow.txt"), FINISH) == WELL
    assert place.ran == ["fast", "slow", "fast", "slow"]
    assert "slow: `sh gate.sh slow` | failed | passed" in place.pulls[0].body


def test_what_passes_the_fast_gate_alone_is_not_delivered(tmp_path):
    place = Place(tmp_path, slow=RED)
    assert place.heal(*REPAIR) == GAVE_UP
    assert place.pulls == []
    assert "the slow one does not" in place.memory.attempts[0].why


GAVE_UPS = [
    ((GIVE_UP,), {}, "The cause is elsewhere."),
    ((), {}, "Nobody is there to look for a repair: set `model`"),
    ((HYPOTHESIS, change(RED, RED + "# more\n"), FINISH), {"fix_candidates": 1}, "the fast gate failed with each"),
    ((calls(("shell", {"command": "rm -rf /"})),) * 9, {}, "3 answers in a row held no call"),
    ((HYPOTHESIS,) * 9, {"fix_steps": 2}, "all 2 steps are used"),
]


@pytest.mark.parametrize(("answers", "config", "why"), GAVE_UPS)
def test_giving_up_is_remembered_with_the_failure_and_not_tried_again(place, answers, config, why):
    assert place.heal(*answers, **config) == GAVE_UP
    asked, ran = len(place.model.asked) if place.model else 0, len(place.ran)
    assert place.heal(*answers, **config) == GAVE_UP
    assert (len(place.model.asked) if place.model else 0, len(place.ran)) == (0, ran)
    assert asked or not answers
    [attempt] = place.memory.attempts
    assert (attempt.outcome, attempt.sha) == (Outcome.GAVE_UP, place.base)
    assert why in attempt.why
    [comment] = place.comments
    assert purpose_of(comment.body) == f"heal:{place.base[:12]}"
    assert "want 3, got 2" in comment.body
    moved = place.move({"tests/fast.txt": GREEN})
    assert place.heal() == WELL
    assert place.memory.verified == moved


def test_the_last_200_lines_without_secrets_or_commands(tmp_path):
    lines = [f"line {number} ghp_{'a' * 36}" for number in range(900)] + [
        "@ada /ai-fix",
        "::error::boom",
        "```",
        "x" * 9_000,
    ]
    place = Place(tmp_path, fast="\n".join([*lines, "exit 1"]) + "\n")
    assert place.heal(GIVE_UP) == GAVE_UP
    [comment] = place.comments
    assert "line 899" in comment.body
    assert "line 600 " not in comment.body
    assert "ghp_aaa" not in comment.body + place.model.asked[0][1].text
    assert len(comment.body) < 65_536


EVIL = [
    ("gate.sh", "exit", "exit 0; exit", "product code"),
    (".github/workflows/x.yml", "", "on: push\n", "a workflow"),
    ("../x", "", "x", "outside"),
    ("Makefile", "", "all:\n", "a protected name"),
]


@pytest.mark.parametrize(("path", "before", "after", "what"), EVIL)
def test_a_model_cannot_change_what_it_may_not(place, path, before, after, what):
    assert place.heal(HYPOTHESIS, change(before, after, path), GIVE_UP) == GAVE_UP, what
    assert "Refused: " in place.model.asked[2][-1].text
    assert place.pulls == []


def test_product_code_is_changed_only_where_it_is_allowed(tmp_path):
    place = Place(tmp_path, fast=GREEN)
    fix = (HYPOTHESIS, change("TOTAL = 2", "TOTAL = 3", "src/cart.py"), FINISH)
    fast = "grep -q 'TOTAL = 3' src/cart.py"
    assert place.heal(*fix, heal_fast=fast, product_code=True) == WELL
    [pull] = place.pulls
    assert place.git.read(pull.pull.head_sha, "src/cart.py") == b"TOTAL = 3\n"


def test_a_model_that_is_out_leaves_the_commit_for_the_next_run(place):
    assert place.heal(ModelUnavailable("it is down")) == PARTIAL
    assert (place.memory.attempts, place.memory.lease, place.comments) == ((), None, [])
    assert place.heal(*REPAIR) == WELL


def test_while_an_earlier_repair_is_open_no_other_is_made(place):
    assert place.heal(*REPAIR) == WELL
    place.move({"src/more.py": "A = 1\n"})
    assert place.heal(*REPAIR) == PARTIAL
    assert place.model.asked == []
    place.pulls[0].state = "closed"
    assert place.heal(*REPAIR) == WELL
    assert len(place.pulls) == 2


def test_where_github_refuses_the_request_the_branch_stays(tmp_path):
    place = Place(tmp_path, pulls=False)
    assert place.heal(*REPAIR) == PARTIAL
    assert place.git.resolve(f"refs/heads/{branch_of(place.base)}")
    assert "no pull request could be opened" in place.issues[0].body


def test_a_branch_with_commits_of_somebody_else_is_left_alone(place):
    place.git.add_commits(
        branch_of(place.base), [NewCommit(message="Mine", files={"a": b"a"}, author=ADA)], start=place.base
    )
    theirs = place.git.resolve(f"refs/heads/{branch_of(place.base)}")
    with pytest.raises(FtcError, match="somebody else"):
        place.heal(*REPAIR)
    assert place.git.resolve(f"refs/heads/{branch_of(place.base)}") == theirs
    assert place.memory.lease is None


# --- a base that moves


def mover(place, moves):
    """A gate that is overtaken: while the slow one runs, somebody pushes."""
    left = list(moves)

    def run(line, *, cwd, timeout):
        done = place.run(line, cwd=cwd, timeout=timeout)
        if "slow" in line and left:
            place.move(left.pop(0))
        return done

    return run


def test_nothing_is_delivered_that_was_tested_on_another_base(place):
    run = mover(place, [{"src/more.py": "A = 1\n"}])
    assert place.heal(*REPAIR, *REPAIR, run=run) == WELL
    [pull] = place.pulls
    assert place.memory.attempts[0].sha == place.head != place.base
    assert pull.pull.head_ref == branch_of(place.head)
    outcomes = [(item.outcome, item.usd) for item in place.memory.attempts]
    assert outcomes == [(Outcome.DELIVERED, pytest.approx(0.03)), (Outcome.OVERTAKEN, pytest.approx(0.03))]


def test_a_base_that_never_rests_is_followed_twice(place):
    run = mover(place, [{f"src/more{number}.py": "A = 1\n"} for number in range(9)])
    assert place.heal(*REPAIR, *REPAIR, *REPAIR, run=run) == PARTIAL
    assert place.model.left == 0
    assert {item.outcome for item in place.memory.attempts} == {Outcome.OVERTAKEN}
    assert (place.pulls, place.comments, place.memory.lease) == ([], [], None)


def test_an_old_commit_that_was_named_is_never_delivered(place):
    old = place.base
    place.move({"tests/fast.txt": GREEN})
    assert place.heal(*REPAIR, sha=old) == WELL
    assert place.pulls == []
    assert place.memory.verified == place.head


def test_a_commit_that_is_not_there_is_named(place):
    with pytest.raises(FtcError, match="--base-sha"):
        place.heal(sha="f" * 40)
    assert place.memory.lease is None


# --- one loop at a time


def put(place, **over):
    """A memory that some other loop left."""
    lease = Lease(**{"holder": "host:there", "turn": "x", "sha": place.base, "until": NOW + timedelta(hours=1), **over})
    place.heal(heal_fast="true", heal_slow="", sha=place.move({"a": "a"}))
    place.issues[0].body = issue_text(Memory(branch="main", lease=lease))


LEASES = [
    ({}, PARTIAL, "it works elsewhere"),
    ({"until": NOW - timedelta(seconds=1)}, GAVE_UP, "its time is over"),
    ({"holder": "host:here"}, GAVE_UP, "it is our own, of a loop that died"),
    ({"holder": "run:999:1"}, GAVE_UP, "a run that GitHub does not know"),
]


@pytest.mark.parametrize(("lease", "code", "why"), LEASES)
def test_a_lease_keeps_others_out_while_it_lives(place, lease, code, why):
    put(place, **lease)
    ran = len(place.ran)
    assert place.heal() == code, why
    assert (len(place.ran) == ran) == (code == PARTIAL)


def test_of_two_that_take_it_at_once_the_later_has_it(place):
    """Another loop writes its lease right after ours; ours sees it and does nothing."""
    theirs = Memory(
        branch="main", lease=Lease(holder="host:there", turn="x", sha=place.base, until=NOW + timedelta(hours=1))
    )

    def hook(entry):
        if entry.method == "POST" and entry.path.endswith("/issues"):
            place.issues[0].body = issue_text(theirs)

    place.simulator.after_request = hook
    assert place.heal(*REPAIR) == PARTIAL
    assert place.ran == []
    assert place.memory == theirs


def test_on_one_machine_one_loop_works_and_a_dead_one_holds_nothing(tmp_path):
    with alone(tmp_path / "lock") as first, alone(tmp_path / "lock") as second:
        assert (first, second) == (True, False)
    with alone(tmp_path / "lock") as third:
        assert third


def test_who_holds_a_lease():
    assert holder_of({"GITHUB_RUN_ID": "12", "GITHUB_RUN_ATTEMPT": "3"}) == "run:12:3"
    assert holder_of({}).startswith("host:")
    assert holder_of({"GITHUB_RUN_ID": "x:y"}).startswith("host:")


# --- what is believed


def test_a_memory_that_somebody_edited_is_taken_from_what_the_bot_wrote(place):
    assert place.heal(GIVE_UP) == GAVE_UP
    forged = issue_text(Memory(branch="main", verified=place.head))
    with place.simulator.activate():
        ada = open_context(
            Settings(config=Config(repo=REPO), tokens=Tokens(read="ada", issue="ada")), {}, now=NOW, pace=PACE
        )
        ada.write.edit_issue(place.issues[0].number, body=forged)
    ran = len(place.ran)
    assert place.heal() == GAVE_UP, "what the bot wrote last before counts"
    assert len(place.ran) == ran


def test_an_issue_of_somebody_else_is_no_memory(place):
    with place.simulator.activate():
        ada = open_context(
            Settings(config=Config(repo=REPO), tokens=Tokens(read="ada", issue="ada")), {}, now=NOW, pace=PACE
        )
        forged = issue_text(Memory(branch="main", verified=place.head))
        ada.write.create_issue(title="Memory", body=forged, labels=(LABEL,))
    assert place.heal(GIVE_UP) == GAVE_UP
    assert [item.author for item in place.issues] == ["ada", place.issues[1].author]


def test_each_branch_has_an_issue_of_its_own(place):
    """The other one is older and was damaged."""
    assert place.heal(GIVE_UP) == GAVE_UP
    place.issues[0].body = issue_text(Memory(branch="release-1"))
    assert place.heal(GIVE_UP) == GAVE_UP
    other, own = place.issues
    other.body = "damaged"
    ran = len(place.ran)
    assert place.heal() == GAVE_UP
    assert (decode(own.body).branch, other.body, len(place.ran)) == ("main", "damaged", ran)


def test_signed_memories_need_our_key(place):
    assert place.heal(GIVE_UP, key="k" * 32) == GAVE_UP
    assert "\nhmac " in place.issues[0].body
    assert place.heal(GIVE_UP, key="other" * 8) == GAVE_UP
    assert len(place.ran) == 4, "another key believes nothing, so it looks again"
    assert len(place.comments) == 1, "what was said is found by its mark"


# --- dry runs, kills


def test_a_dry_run_writes_nothing(place):
    assert place.heal(*REPAIR, dry_run=True) == WELL
    assert (writes(place.simulator), place.issues) == ([], [])
    assert list(place.git.references("refs/heads/")) == ["refs/heads/main"]
    assert any(line.startswith(f"dry run: would push {branch_of(place.base)}") for line in place.said)


@pytest.mark.parametrize(("answers", "code"), [(REPAIR, WELL), ((GIVE_UP,), GAVE_UP)], ids=["delivered", "gave-up"])
def test_killed_at_any_write_and_run_again_it_ends_the_same(tmp_path, answers, code):
    """The transcript is there, so that nothing is asked that was answered."""
    (tmp_path / "calm").mkdir()
    calm = Place(tmp_path / "calm")
    assert calm.heal(*answers) == code
    for number, (entry, before) in enumerate(deaths(calm.simulator.requests)):
        folder = tmp_path / str(number)
        folder.mkdir()
        place = Place(folder)
        hook = killing(entry.number, before=before)
        place.simulator.on_request, place.simulator.after_request = (hook, None) if before else (None, hook)
        with pytest.raises(Killed):
            place.heal(*answers)
        place.simulator.on_request = place.simulator.after_request = None
        assert place.heal(*answers) == code
        same(place, code, f"{'before' if before else 'after'} {entry.method} {entry.path}")


def same(place, code, where):
    assert len(place.issues) == 1, where
    assert len(place.pulls) == (code == WELL), where
    assert len(place.comments) == (code == GAVE_UP), where
    memory = place.memory
    assert ([item.sha for item in memory.attempts], memory.lease) == ([place.base], None), where
    assert len({label.name for label in place.repository.labels}) == len(place.repository.labels), where
    heads = list(place.git.references("refs/heads/ai/"))
    assert len(heads) == (code == WELL), where


# --- the watch, and wrong usage


class Enough(Exception):
    """The test has seen enough."""


def watched(heads, codes):
    """The looks of a watch over these heads, a minute apart."""
    looked, said, time = [], [], [0.0]
    heads, codes = iter(heads), iter(codes)

    def head():
        found = next(heads, None)
        if found is None:
            raise Enough
        if isinstance(found, FtcError):
            raise found
        return found

    def look(sha):
        looked.append(sha)
        return next(codes)

    def sleep(seconds):
        time[0] += seconds

    with pytest.raises(Enough):
        watch(head, look, seconds=60, say=said.append, sleep=sleep, clock=lambda: time[0])
    return looked, said


def test_each_new_commit_is_looked_at_once():
    assert watched(["a", "a", "b", "b", "a"], [0, 1, 0])[0] == ["a", "b", "a"]


def test_what_was_not_finished_is_looked_at_again_later():
    minutes = int(AGAIN_SECONDS // 60)
    assert watched(["a"] * minutes, [PARTIAL])[0] == ["a"]
    assert watched(["a"] * (minutes + 2), [PARTIAL, 0])[0] == ["a", "a"]


def test_a_server_that_does_not_answer_ends_no_watch():
    looked, said = watched(["a", Unavailable("no answer"), "b"], [0, 0])
    assert (looked, said) == (["a", "b"], ["no answer"])


USAGES = [
    ([], "set heal-fast"),
    (["--heal-fast=true", "--base-sha=abc"], "all 40 digits"),
    (["--heal-fast=true", "--watch=5"], "at least 10"),
    (["--heal-fast=true", "--watch=60", f"--base-sha={'a' * 40}"], "--base-sha or --watch"),
    (["--heal-fast=true", "--sandbox=plain"], "cannot keep from it"),
]


@pytest.mark.parametrize(("flags", "said"), USAGES)
def test_wrong_usage_is_named(tmp_path, flags, said):
    line = [sys.executable, "-m", "ftc", "heal", f"--repo={REPO}", *flags]
    env = {"PATH": os.environ["PATH"], "FTC_TOKEN": "x"}
    done = shell.run(line, cwd=Path(__file__).parents[2], env=env, timeout=60)
    assert (done.code, said in done.err) == (UsageError.exit_code, True), done.err


def test_a_disabled_loop_does_nothing():
    line = [sys.executable, "-m", "ftc", "heal", "--disabled"]
    done = shell.run(line, cwd=Path(__file__).parents[2], env={"PATH": os.environ["PATH"]}, timeout=60)
    assert (done.code, "Disabled" in done.out) == (0, True)


def test_the_newest_fifty_are_remembered(place):
    many = tuple(
        Attempt(sha=f"{n:040x}", at=NOW, outcome=Outcome.GAVE_UP, why="w" * 600, branch="", pull=0, usd=0.0)
        for n in range(50)
    )
    put(place)
    bills = tuple(
        Charge(at=NOW, usd=0.01, issue=0, purpose=f"fix:heal-{n:012x}-{n:012x}", model="m" * 60) for n in range(60)
    )
    place.issues[0].body = issue_text(Memory(branch="main", attempts=many, bills=bills))
    assert place.heal(GIVE_UP) == GAVE_UP
    assert len(place.memory.attempts) == 50
    assert place.memory.attempts[0].sha == place.head
    assert len(place.issues[0].body) < 65_536


@pytest.mark.toolchain
def test_each_gate_has_a_home_of_its_own_and_no_secret_or_network(tmp_path, monkeypatch):
    monkeypatch.setenv("FTC_TOKEN", "secret-of-the-job")
    sandbox = Sandbox.of(Config(), tmp_path, os.environ)
    if not may_run_beside_secret(sandbox.guarantees):
        pytest.skip(f"no sandbox here keeps a secret ({sandbox.guarantees.text})")
    run, tree = gate_run(sandbox), tmp_path / "tree"
    tree.mkdir()
    planted = run("echo x > $HOME/planted; echo y > made; echo to-err >&2; env; exit 3", cwd=tree, timeout=30)
    assert (planted.code, (tree / "made").read_text()) == (3, "y\n")
    assert "to-err" in planted.out
    assert "secret-of-the-job" not in planted.out
    assert run("test ! -e $HOME/planted", cwd=tree, timeout=30).ok
    assert not run(
        "python3 -c \"import socket; socket.create_connection(('192.0.2.1', 9), 2)\"", cwd=tree, timeout=30
    ).ok


def test_on_another_machine_a_loop_that_died_after_its_request_ends_with_one(tmp_path):
    """No transcript is there: the model is asked again and says something else."""
    place = Place(tmp_path)

    def hook(entry):
        if entry.method == "POST" and entry.path.endswith("/pulls"):
            raise Killed

    place.simulator.after_request = hook
    with pytest.raises(Killed):
        place.heal(*REPAIR)
    place.simulator.after_request = None
    shutil.rmtree(tmp_path / "artifacts")
    assert place.heal(HYPOTHESIS, change(RED, GREEN.replace("ok", "fine")), FINISH) == WELL
    [pull] = place.pulls
    assert place.git.read(f"refs/heads/{branch_of(place.base)}", "tests/fast.txt") == b"fine\nexit 0\n"
    assert place.memory.of(place.base).pull == pull.number


def test_which_model_is_asked(place):
    (place.folder / "script.json").write_text("[]")
    names = {"": None, f"script:{place.folder / 'script.json'}": "script", "openai/small": "openai/small"}
    for model, name in names.items():
        settings = Settings(config=Config(repo=REPO, model=model), tokens=Tokens(read=TOKEN, issue=TOKEN))
        with place.simulator.activate():
            ctx = open_context(settings, {}, now=NOW, pace=PACE)
            found = model_of(replace(ctx, say=place.said.append))
        assert (found and found.name) == name
    assert "no key for it" in place.said[-1]


def test_a_model_that_cannot_be_asked_as_it_is_configured_gives_nothing_up(place):
    error = ModelMisconfigured("`model` is set, but no key for it")
    assert place.heal(model=Unusable(name="openai/small", error=error)) == PARTIAL
    assert (place.memory.attempts, place.comments) == ((), [])


@pytest.mark.toolchain
def test_the_command_itself_from_the_gates_to_the_pull_request(tmp_path):
    """A process, GitHub over HTTP, git pushes, the real sandbox, and a model whose answers stand in a file."""
    sandbox = Sandbox.of(Config(), tmp_path, os.environ)
    if not may_run_beside_secret(sandbox.guarantees):
        pytest.skip(f"no sandbox here keeps a secret ({sandbox.guarantees.text})")
    place = Place(tmp_path)
    script = [
        {"calls": [{"name": item.name, "arguments": dict(item.arguments)} for item in reply.tool_calls]}
        for reply in REPAIR
    ]
    (tmp_path / "script.json").write_text(json.dumps(script))
    gate = 'sh -c "! grep -q want tests/fast.txt"'
    with serving(place.simulator) as address:
        line = [
            sys.executable, "-m", "ftc", "heal", f"--repo={REPO}", f"--api-url={address}", f"--heal-fast={gate}",
            f"--model=script:{tmp_path / 'script.json'}", f"--artifacts={tmp_path / 'artifacts'}",
            "--write-interval-seconds=0",
        ]  # fmt: skip
        env = {"PATH": os.environ["PATH"], "FTC_TOKEN": TOKEN, "TMPDIR": str(tmp_path)}
        done = shell.run(line, cwd=Path(__file__).parents[2], env=env, timeout=120)
        assert done.code == WELL, done.err
        again = shell.run(line, cwd=Path(__file__).parents[2], env=env, timeout=120)
        assert again.code == WELL, again.err
    [pull] = place.pulls
    assert pull.pull.draft
    assert place.git.read(pull.pull.head_sha, "tests/fast.txt") == GREEN.encode()
    assert place.memory.of(place.base).pull == pull.number
    assert "as an earlier run has found" in again.err
