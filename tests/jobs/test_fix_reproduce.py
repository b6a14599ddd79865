"""The reproduce job for real: a small repository, a sandbox, documents; no secret, no GitHub, nothing left behind."""

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from ftc.agent.kept import Keep
from ftc.agent.stress_journal import Journal
from ftc.agent.workspace import mirror
from ftc.cli import main
from ftc.core.fix import Amplifier, Quota, Reproduction, TaskKind
from ftc.core.model import TestId
from tests import evil
from tests.proving import FILE, ID, LOCKED, Shop, batches, killed_at_each_write, with_python

pytestmark = pytest.mark.slow

A = Amplifier
ALWAYS = {FILE: "def test_lock():\n    assert not 'always'\n"}
FEW = Quota(runs=20, minutes=5, usd=0.0, steps=0, candidates=1)
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """A temporary folder that must be empty in the end, no network, and a process as it was before."""
    place = tmp_path / "tmp"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    with_python(monkeypatch)

    def refused(*_):
        raise AssertionError("a connection was made")

    with monkeypatch.context() as offline:
        offline.setattr(socket.socket, "connect", refused)
        yield
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
    assert list(place.iterdir()) == []


def test_the_rate_the_amplifier_and_the_command_are_written_down(tmp_path):
    shop = Shop(tmp_path)
    shop.ordered()
    found = shop.reproduce()
    assert found.reproduced
    assert (found.task, found.base_sha, found.runner) == (ID, shop.base, "pytest")
    # It fails every other time, so that no amplifier could save much.
    [plain] = found.trials
    assert (plain.amplifier, found.chosen, plain.runs, plain.target) == (A.PLAIN, A.PLAIN, 10, 5)
    assert plain.executed == ("test_lock",)
    assert plain.command.endswith("python -I -S run.py ./stress-report tests/test_cart.py test_lock")
    assert "Locked: the cart is locked" in found.excerpt
    lines = (shop.documents.part("reproduce") / "evidence/reproduce.jsonl").read_text().splitlines()
    assert sum('"runs"' in line for line in lines) == 2
    assert str(tmp_path) not in (shop.documents.part("reproduce") / "reproduction.json").read_text()


def test_a_sure_failure_is_not_tried_further(tmp_path):
    shop = Shop(tmp_path, files=ALWAYS)
    shop.ordered()
    found = shop.reproduce()
    assert [(trial.runs, trial.target) for trial in found.trials] == [(5, 5)]


def test_other_failures_are_no_reproduction(tmp_path):
    shop = Shop(tmp_path, files=ALWAYS)
    shop.ordered(fingerprints=("v1:0123456789abcdef",), quota=FEW)
    found = shop.reproduce()
    assert not found.reproduced
    assert found.chosen is A.PLAIN
    assert {len(trial.others) for trial in found.trials} == {1}
    assert "it failed in other ways than the issue is about" in found.problems[0]


def test_a_test_that_never_fails(tmp_path):
    shop = Shop(tmp_path, files={FILE: "def test_lock():\n    pass\n"})
    shop.ordered(quota=FEW)
    found = shop.reproduce()
    assert not found.reproduced
    assert sum(trial.runs for trial in found.trials) == 20


def test_an_instruction_has_no_test_to_run(tmp_path):
    shop = Shop(tmp_path)
    shop.ordered(kind=TaskKind.START, tests=(), test_files=())
    found = shop.reproduce()
    assert (found.reproduced, found.trials, found.problems) == (False, (), ())


@pytest.mark.parametrize(
    ("over", "flags", "words"),
    [
        ({"tests": (TestId(ecosystem="cobol", suite="A", name="B"),), "test_files": ("a.cob",)}, (), "no way to run B"),
        ({"tests": (TestId(ecosystem="python", suite=FILE, name="-rf"),)}, (), "no name that can be handed"),
        ({}, ("--setup-script", "gone.sh"), "setup-script: gone.sh is no file"),
        ({}, ("--setup-script", "../../etc/passwd"), "is no file of the repository"),
    ],
)
def test_what_cannot_be_run_is_said_and_handed_on(over, flags, words, tmp_path):
    shop = Shop(tmp_path)
    shop.ordered(**over)
    found = shop.reproduce(*flags, quick=False)
    assert (found.reproduced, found.trials) == (False, ())
    assert words in found.problems[0]


def test_the_file_of_the_test_is_found_where_nobody_told_it(tmp_path):
    shop = Shop(tmp_path, files=ALWAYS)
    shop.ordered(test_files=("",))
    assert shop.reproduce().trials[0].target == 5


SETUP = """#!/bin/sh
echo tried >> "$HOME/tries"
test "$(wc -l < "$HOME/tries")" -ge {tries} || {{ echo 'no such index' >&2; exit 3; }}
echo ready > "$HOME/ready"
"""
NEEDS = """import os
from pathlib import Path

def test_lock():
    assert Path(os.environ["HOME"], "ready").read_text() != "ready\\n"
"""


@pytest.mark.parametrize("tries", [1, 2])
def test_the_set_up_step_runs_first_and_a_second_time_if_it_fails(tries, tmp_path):
    shop = Shop(tmp_path, files={"setup.sh": SETUP.format(tries=tries), FILE: NEEDS})
    shop.ordered()
    found = shop.reproduce("--setup-script", "setup.sh")
    assert found.trials[0].target == 5, "the test fails once the step has run"
    assert "AssertionError" in found.excerpt


def test_a_set_up_step_that_keeps_failing_is_told(tmp_path):
    shop = Shop(tmp_path, files={"setup.sh": SETUP.format(tries=3), FILE: NEEDS})
    shop.ordered()
    found = shop.reproduce("--setup-script", "setup.sh")
    assert found.trials == ()
    assert found.problems == ("setup-script ended with 3 on the side before: no such index",)


# --- what it is given


@pytest.mark.parametrize("job", ["reproduce", "verify"])
@pytest.mark.parametrize(
    "name", ["FTC_TOKEN", "GITHUB_TOKEN", "FTC_INPUT_TOKEN", "FTC_INPUT_MODEL_KEY", "FTC_STATE_KEY", "FTC_NOTIFY_URLS"]
)
def test_on_a_runner_it_refuses_every_secret(job, name, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv(name, "https://example.com/s3cret")
    shop = Shop(tmp_path)
    shop.ordered()
    assert shop.run(job, "--leg", "1") == 64
    assert "must be given no token and no key" in capsys.readouterr().err
    assert shop.documents.read(Reproduction) is None


def test_on_a_machine_of_one_s_own_a_token_may_lie_about(tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", evil.SECRET)
    shop = Shop(tmp_path, files=ALWAYS)
    shop.ordered()
    assert shop.reproduce().reproduced


def test_a_source_that_is_no_clone(tmp_path, capsys):
    shop = Shop(tmp_path)
    shop.ordered()
    arguments = [str(tmp_path) if item == str(shop.source) else item for item in shop.arguments("reproduce")]
    assert main(arguments) == 64
    assert "is no clone of a repository" in capsys.readouterr().err


def test_a_base_that_is_not_there(tmp_path, capsys):
    shop = Shop(tmp_path)
    shop.ordered(base_sha="b" * 40)
    assert shop.run("reproduce") == 1
    assert "cannot be fetched" in capsys.readouterr().err


# --- killed


def journal(shop):
    return shop.documents.part("reproduce") / "evidence/reproduce.jsonl"


def test_it_dies_at_each_write_of_the_journal_and_loses_no_count(tmp_path, monkeypatch):
    shop = Shop(tmp_path)
    shop.ordered(quota=FEW)
    seen = killed_at_each_write(shop, "reproduce", journal=journal(shop), monkeypatch=monkeypatch)
    assert shop.documents.read(Reproduction) is None
    assert [len(lines) for lines in seen] == [1, 2, 3]
    found = shop.reproduce()
    assert batches(journal(shop))[:3] == seen[-1]
    assert sum(trial.runs for trial in found.trials) == 20


def until(condition, *, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.02)


def test_a_process_that_was_killed_leaves_a_journal_and_the_next_one_tidies_up(tmp_path):
    """SIGKILL, on a machine that keeps its mirrors."""
    shop, kept = Shop(tmp_path), tmp_path / "kept"
    shop.ordered(quota=FEW)
    flags = ("--workspace", str(kept))
    argv = [sys.executable, "-m", "ftc", *shop.arguments("reproduce", *flags)]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        until(lambda: len(batches(journal(shop))) >= 2)
        process.send_signal(signal.SIGKILL)
    before = batches(journal(shop))
    assert list(kept.rglob("worktree-0")), "what a dead process could not take away"
    found = shop.reproduce(*flags)
    assert batches(journal(shop))[: len(before)] == before
    assert sum(trial.runs for trial in found.trials) == 20
    left = [path.name for path in kept.glob("*/*/*") if path.is_dir()]
    assert left == ["mirror.git"]
    assert not (next(kept.glob("*/*/mirror.git")) / "worktrees").exists()


def test_two_jobs_on_one_machine_do_not_share_a_checkout(tmp_path):
    shop, kept = Shop(tmp_path, files=ALWAYS), tmp_path / "kept"
    shop.ordered()
    flags = ("--workspace", str(kept))
    with mirror(shop.source.as_uri(), "", Keep(root=kept, part="fix-reproduce")) as copy, copy.scratch() as taken:
        (taken / "theirs").touch()
        assert shop.reproduce(*flags).reproduced
        assert (taken / "theirs").exists()


def test_a_base_that_cannot_be_run_says_why(tmp_path):
    shop = Shop(tmp_path)
    shop.ordered()
    found = shop.reproduce("--test-runner", "pytest", "--test-command", "no-such-tool {name}", quick=False)
    assert {trial.runs for trial in found.trials} == {0}
    assert "no-such-tool could not be started" in found.problems[0]


def test_counts_that_are_there_cost_no_run(tmp_path):
    shop = Shop(tmp_path, files=ALWAYS)
    shop.ordered()
    first = shop.reproduce()
    assert shop.reproduce() == first
    owner = json.loads(journal(shop).read_text().splitlines()[0])["owner"]
    assert len(Journal(journal(shop), owner=owner).batches) == 1


# --- a hostile repository


class Machine:
    """A runner with what must not be found or changed."""

    def __init__(self, folder, monkeypatch):
        self.outside = folder / "outside"
        self.outside.mkdir()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.cookie = f"evil-{os.getpid()}-{time.monotonic_ns()}"
        monkeypatch.setenv("SOME_API_KEY", evil.SECRET)
        monkeypatch.setenv("GITHUB_OUTPUT", str(self.outside / "output"))

    def places(self, folder):
        return {
            "artifacts": str(folder / "artifacts"),
            "source": str(folder / "source"),
            "outside": str(self.outside),
            "port": self.listener.getsockname()[1],
            "pid": os.getpid(),
            "cookie": self.cookie,
        }

    def survivors(self):
        found = []
        for place in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                found += [place] if self.cookie.encode() in place.read_bytes() else []
            except OSError:
                continue
        return found


@pytest.fixture
def machine(tmp_path, monkeypatch):
    made = Machine(tmp_path, monkeypatch)
    yield made
    made.listener.close()


EVIL = """{code}

def test_lock():
    found = gains()
    plant()
    stay()
    flood()
    assert not 'never', 'gained: ' + repr(found)
"""


def hostile(tmp_path, machine, text=EVIL):
    return {FILE: text.format(code=evil.code(machine.places(tmp_path)))}


@LINUX
@pytest.mark.toolchain
@pytest.mark.parametrize("level", ["bubblewrap", "namespaces"])
def test_a_hostile_test_gains_nothing_and_changes_nothing(level, tmp_path, machine, tool):
    tool({"bubblewrap": "bwrap", "namespaces": "unshare"}[level])
    shop = Shop(tmp_path, files=hostile(tmp_path, machine))
    shop.ordered()
    found = shop.reproduce("--sandbox", level)
    assert "gained: []" in found.excerpt
    assert (found.trials[0].runs, found.trials[0].target) == (5, 5)
    assert sorted(path.name for path in machine.outside.iterdir()) == ["output"]
    assert machine.survivors() == []
    texts = [path.read_text() for path in shop.artifacts.rglob("*") if path.is_file()]
    assert not any(evil.SECRET in text for text in texts)
    assert not (shop.source / ".git/hooks/post-checkout").exists()
    assert not [said for said in found.problems if said.startswith("sandbox ")], "nothing is missing"


@LINUX
def test_without_walls_it_is_said_what_is_missing_and_nothing_outlives_the_job(tmp_path, machine):
    shop = Shop(
        tmp_path,
        files=hostile(tmp_path, machine, EVIL.replace("    found = gains()\n    plant()\n", "    found = []\n")),
    )
    shop.ordered()
    found = shop.reproduce("--sandbox", "plain")
    assert found.reproduced
    assert "sandbox plain: it can reach the network" in found.problems[-1]
    assert machine.survivors() == []


# --- coverage, and other runners


SURE = f"""from pathlib import Path

from shop import cart

def test_lock():
    {LOCKED}
    assert not "always"
"""


def test_covered_files_of_a_python_test(tmp_path):
    shop = Shop(tmp_path, files={FILE: SURE})
    shop.ordered()
    found = shop.reproduce(quick=False)
    assert found.covered_files == ("shop/cart.py", FILE)
    assert found.trials[0].command.startswith("PYTHONDONTWRITEBYTECODE=1 python -m pytest")
    assert found.problems == ()


@pytest.mark.toolchain
def test_a_go_test_and_its_files(tmp_path, tool):
    tool("go")
    shop = Shop(tmp_path, project="prove-go")
    test = TestId(ecosystem="go", suite="example.com/prove/cart", name="TestSure")
    shop.ordered(tests=(test,), test_files=("cart/cart_test.go",))
    found = shop.reproduce(quick=False)
    assert found.runner == "go"
    assert (found.trials[0].runs, found.trials[0].target) == (5, 5)
    assert found.trials[0].command.startswith("cd cart && go test -c -o ./stress-build .")
    assert found.covered_files == ("cart/cart.go", "price/price.go")
    assert found.problems == ()
