"""The verify job for real: right, useless, masking, wrong and hostile patches, legs, deaths, and what may be said."""

import shutil
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from ftc.core.concluding import conclude
from ftc.core.config import Masking
from ftc.core.fix import Amplifier, Fix, Quota, TaskKind, Verification
from ftc.core.model import TestId
from ftc.core.patch import Rule
from ftc.core.stress import Verdict
from tests import evil
from tests.jobs.test_fix_reproduce import (  # noqa: F401 - fixtures
    LINUX,
    alone,
    machine,
    until,
)
from tests.proving import FILE, LOCKED, RIGHT, USELESS, Shop, batches, git, killed_at_each_write
from tests.stressing import PROJECTS

pytestmark = pytest.mark.slow

PULL_ON = ("verified", "supported")
TOTAL = "\n\ndef test_total():\n    assert cart.total([1, 2]) == 3\n"


def concluded(shop, task, *, masking=Masking.REFUSE):
    return conclude(task, shop.documents.verifications(task.legs)[0], masking=masking, pull_on=PULL_ON)


def judged(shop, *flags, quick=True):
    """The only candidate."""
    (found,) = shop.verify(*flags, quick=quick).judged
    return found


def gates(found):
    return {gate.name: gate.passed for gate in found.gates}


@pytest.fixture
def shop(tmp_path):
    """A repository whose flake was reproduced."""
    made = Shop(tmp_path)
    made.ordered()
    made.reproduction()
    return made


def test_a_useless_one_does_not_hold_and_the_right_one_is_verified(shop):
    task = shop.ordered()
    shop.proposed(shop.patch(USELESS), shop.patch(RIGHT))
    found = shop.verify()
    useless, right = found.judged
    assert gates(useless) == gates(right) == {"applies": True, "build": True, "test": True}
    (stratum,) = useless.strata
    assert (stratum.leg, stratum.amplifier, stratum.after.runs) == ("1", "plain", 5), "one pair is enough"
    assert stratum.after.target > 0
    (stratum,) = right.strata
    assert (stratum.before.runs, stratum.after.runs) == (15, 15)
    assert stratum.before.target >= 7, "the second candidate needs more"
    assert stratum.after.target == 0
    assert (right.files, right.executed_same, right.violations, right.masking) == ((FILE,), True, (), ())
    assert '+    Path("cart.lock").unlink(missing_ok=True)' in right.diff
    assert found.commands == (
        "PYTHONDONTWRITEBYTECODE=1 python -I -S run.py ./stress-report tests/test_cart.py test_lock",
    )
    said = concluded(shop, task)
    assert (said.candidate, said.proof.verdict) == (2, Verdict.VERIFIED)
    assert said.rejected[0].why.startswith("did-not-hold")


def test_what_follows_a_sure_candidate_is_not_run(shop):
    shop.proposed(shop.patch(RIGHT), shop.patch(USELESS))
    found = shop.verify()
    assert [item.candidate for item in found.judged] == [1]
    assert found.problems == ("not run, since candidate 1 needs no other: 2",)


def test_two_legs_share_the_failures(shop):
    task = shop.ordered(legs=("1", "2"))
    shop.proposed(shop.patch(RIGHT))
    for leg in ("1", "2"):
        (stratum,) = shop.verify(leg=leg).judged[0].strata
        assert (stratum.leg, stratum.before.runs) == (leg, 5), "its share are three failures"
        assert stratum.before.target >= 3
    said = concluded(shop, task)
    assert (said.candidate, said.proof.verdict, said.legs) == (1, Verdict.VERIFIED, ("1", "2"))


def test_a_leg_that_died_lowers_the_verdict(shop):
    task = shop.ordered(legs=("1", "2"))
    shop.proposed(shop.patch(RIGHT))
    shop.verify()
    said = concluded(shop, task)
    assert (said.proof.verdict, said.missing_legs) == (Verdict.SUPPORTED, ("2",))


def test_the_amplifier_that_showed_it_and_plain(shop):
    shop.reproduction(chosen=Amplifier.HASH_SEED)
    shop.proposed(shop.patch(RIGHT))
    found = judged(shop)
    assert [stratum.amplifier for stratum in found.strata] == ["hash-seed", "plain"]
    assert min(stratum.after.runs for stratum in found.strata) >= 5


def test_a_quota_that_ends_before_it_is_sure(shop):
    task = shop.ordered(quota=Quota(runs=6, minutes=5, usd=0.0, steps=0, candidates=1))
    shop.proposed(shop.patch(RIGHT))
    (stratum,) = judged(shop).strata
    assert stratum.before.runs == stratum.after.runs == 6
    assert concluded(shop, task).proof.verdict is Verdict.SUPPORTED


# --- what is not even run


SKIPPED = (("def test_lock", "@pytest.mark.skip\ndef test_lock"), ("from pathlib", "import pytest\nfrom pathlib"))


def test_masking_is_refused_and_not_run(shop):
    task = shop.ordered()
    shop.proposed(shop.patch(*SKIPPED))
    found = judged(shop)
    assert found.masking == ("skip: tests/test_cart.py: @pytest.mark.skip",)
    assert found.strata == ()
    assert gates(found) == {"applies": True}
    assert concluded(shop, task).rejected[0].why.startswith("masking: skip")


ASSERTED = '    assert Path("cart.lock").exists()'
ONLY_WHERE_IT_WORKS = 'if not Path("cart.lock").exists():'
HIDES = {
    "it ends before the call": ((LOCKED, f"return\n    {LOCKED}"), "early-end", "return"),
    "it ends where it would fail": (
        (LOCKED, f'if Path("cart.lock").exists():\n        return\n    {LOCKED}'),
        "early-end",
        "return",
    ),
    "the call only where it works": (
        (LOCKED, f"{ONLY_WHERE_IT_WORKS}\n        {LOCKED}"),
        "guarded",
        ONLY_WHERE_IT_WORKS,
    ),
    "call and assertion": (
        (f"{LOCKED}\n{ASSERTED}", f"{ONLY_WHERE_IT_WORKS}\n        {LOCKED}\n    {ASSERTED}"),
        "guarded",
        ONLY_WHERE_IT_WORKS,
    ),
    "the error is forgiven": (
        (LOCKED, f"try:\n        {LOCKED}\n    except cart.Locked:\n        pass"),
        "swallowed-error",
        "except cart.Locked:",
    ),
    "it is tried again": (
        (
            LOCKED,
            f"for _ in range(2):\n        try:\n            {LOCKED}\n            break\n"
            "        except cart.Locked:\n            pass",
        ),
        "retry",
        "for _ in range(2):",
    ),
}


@pytest.mark.parametrize(("edit", "kind", "line"), HIDES.values(), ids=HIDES)
def test_what_only_hides_the_flake_is_refused_for_what_it_is(edit, kind, line, shop):
    """Each of these passes in every run: only reading tells."""
    task = shop.ordered()
    shop.proposed(shop.patch(edit))
    found = judged(shop)
    assert f"{kind}: {FILE}: {line}" in found.masking
    assert found.strata == ()
    assert concluded(shop, task).rejected[0].why.startswith(f"masking: {found.masking[0]}")


def test_what_may_be_a_retry_or_a_wait_is_run_and_never_verified(shop):
    """Whether the lock goes away by itself, no program can know."""
    task = shop.ordered()
    polls = f"""while True:
        try:
            {LOCKED}
            break
        except cart.Locked:
            sleep(0.01)
            Path("cart.lock").unlink(missing_ok=True)"""
    shop.proposed(shop.patch((LOCKED, polls), ("from pathlib", "from time import sleep\nfrom pathlib")))
    found = judged(shop)
    assert found.masking == (f"repeated: {FILE}: while True:",)
    said = concluded(shop, task)
    assert (said.candidate, said.proof.verdict) == (1, Verdict.SUPPORTED)
    assert "it may hide the flake" in said.problems[0]


def test_a_rule_that_drops_an_order_is_run_and_never_verified(shop):
    task = shop.ordered()
    fix = shop.proposed(shop.patch(RIGHT))
    ruled = tuple(replace(item, by="rule unordered-comparison") for item in fix.candidates)
    shop.documents.write(replace(fix, candidates=ruled))
    assert [item.partition(":")[0] for item in judged(shop).masking] == ["order-dropped"]
    said = concluded(shop, task)
    assert (said.candidate, said.proof.verdict) == (1, Verdict.SUPPORTED)


def test_flagged_masking_is_run_and_never_verified(shop):
    task = shop.ordered()
    shop.proposed(
        shop.patch(
            (LOCKED, f"try:\n        {LOCKED}\n    except Exception:\n        pass"),
            ('    assert Path("cart.lock").exists()', ""),
        )
    )
    found = judged(shop, "--masking", "flag")
    assert {item.partition(":")[0] for item in found.masking} == {"swallowed-error", "fewer-assertions"}
    assert found.strata[0].before.target >= 5
    said = concluded(shop, task, masking=Masking.FLAG)
    assert said.proof.verdict is Verdict.SUPPORTED


EVIL_PATCHES = {
    "product code": (("shop/cart.py", [("raise Locked", "return  # raise Locked")]), Rule.NOT_ALLOWED),
    "a workflow": ((".github/workflows/x.yml", [("", "on: push\n")]), Rule.PROTECTED),
    "what git obeys": (("tests/.gitattributes", [("", "* filter=evil\n")]), Rule.PROTECTED),
    "what is installed": (("pyproject.toml", [("pythonpath", "addopts = '-p evil'\npythonpath")]), Rule.PROTECTED),
    "a secret": (
        (
            "tests/test_key.py",
            [("", "KEY = 'AKIA" + "Q3EGRIT5XHVKLMNB'\nTOKEN = 'ghp_" + "0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX'\n")],
        ),
        Rule.SECRET,
    ),
    "too much": (("tests/test_long.py", [("", "x = 1\n" * 500)]), Rule.LINES),
}


@pytest.mark.parametrize(("change", "rule"), EVIL_PATCHES.values(), ids=EVIL_PATCHES)
def test_what_the_policy_forbids_is_not_run(change, rule, shop):
    path, edits = change
    shop.proposed(shop.patch(*edits, path=path))
    found = judged(shop)
    assert rule in {item.rule for item in found.violations}
    assert found.strata == ()
    assert gates(found) == {"applies": True}


@pytest.mark.parametrize(
    "patch",
    [
        "",
        "no patch at all\n",
        "diff --git a/../../x b/../../x\nnew file mode 100644\n--- /dev/null\n+++ b/../../x\n@@ -0,0 +1 @@\n+x\n",
        "diff --git a/gone.py b/gone.py\n--- a/gone.py\n+++ b/gone.py\n@@ -1 +1 @@\n-x\n+y\n",
    ],
    ids=["empty", "prose", "outside", "another base"],
)
def test_what_does_not_apply(patch, shop):
    shop.proposed(patch, shop.patch(RIGHT))
    first, second = shop.verify().judged
    assert not all(gates(first).values()) or first.violations
    assert first.strata == ()
    assert second.strata[0].after.target == 0, "the next one has its turn, and the first share"
    assert second.strata[0].before.runs == 10


def test_no_candidates_at_all(shop):
    shop.proposed()
    found = shop.verify()
    assert (found.judged, found.problems) == ((), ())


# --- the fast gate, with pytest itself


FAST = {
    "it breaks a neighbour": (
        (RIGHT, ("== 3", "== 4")),
        "neighbours",
        "it failed in a new way in 3 of 3 runs: test_total: ",
    ),
    "a neighbour is gone": ((RIGHT, (TOTAL, "\n")), "neighbours", "do not run any more: test_total"),
    "it is no Python": ((("def test_lock():", "def test_lock(:"),), "test", "in a new way: "),
    "it fails at once": (((LOCKED, f"{LOCKED}\n    raise KeyError"),), "test", "the test failed in its first run"),
}


@pytest.mark.parametrize(("edits", "gate", "words"), FAST.values(), ids=FAST)
def test_a_failed_fast_gate_saves_the_runs(edits, gate, words, shop):
    task = shop.ordered()
    shop.proposed(shop.patch(*edits))
    found = judged(shop, "--masking", "flag", quick=False)
    failed = found.gates[-1]
    assert (failed.name, failed.passed) == (gate, False)
    assert words in failed.detail
    assert found.strata == ()
    assert concluded(shop, task, masking=Masking.FLAG).rejected[0].why.startswith(f"{gate}: ")


BROKEN = """def test_lock():
    assert not "always".strip()

def test_total():
    assert 0
"""


def test_neighbours_that_fail_on_the_base_are_no_fault_of_a_change(tmp_path):
    shop = Shop(tmp_path, files={FILE: BROKEN})
    shop.ordered(quota=Quota(runs=2, minutes=5, usd=0.0, steps=0, candidates=1))
    shop.reproduction()
    shop.proposed(shop.patch(('not "always".strip()', '"always".strip()')))
    found = judged(shop, quick=False)
    assert gates(found) == {"applies": True, "build": True, "test": True, "neighbours": True}
    (stratum,) = found.strata
    assert (stratum.before.target, stratum.after.target, stratum.after.runs) == (2, 0, 2)
    assert found.executed_same


# --- other kinds


def test_a_person_s_pull_request_is_told_of_everything_and_run_all_the_same(shop):
    """It changes product code, which nobody allowed, and that is theirs to decide."""
    task = shop.ordered(kind=TaskKind.VERIFY, head_sha="c" * 40, pull=12)
    shop.proposed(shop.patch(("        raise Locked", "        return\n        raise Locked"), path="shop/cart.py"))
    found = judged(shop)
    assert [item.rule for item in found.violations] == [Rule.NOT_ALLOWED]
    assert found.strata[0].after.target > 0, "without the lock the test fails in another way"
    shop.proposed(shop.patch(("raise Locked", "pass  # raise Locked"), ("place.unlink()", ""), path="shop/cart.py"))
    found = judged(shop)
    assert found.violations
    assert concluded(shop, task).proof.verdict is Verdict.VERIFIED


STILL = {
    "it always fails, as before": (((LOCKED, f"{LOCKED}\n    {LOCKED}"),), Verdict.DID_NOT_HOLD),
    "it always fails, in a new way": (((LOCKED, f"raise KeyError\n    {LOCKED}"),), Verdict.NEW_SIGNATURE),
}


def the_way(shop):
    """The signature by which an issue would know the test."""
    quota = Quota(runs=5, minutes=5, usd=0.0, steps=0, candidates=1)
    shop.ordered(fingerprints=("v1:another",), quota=quota)
    shop.proposed(shop.patch(USELESS))
    (stratum,) = judged(shop).strata
    (way,) = stratum.before.others
    return way


@pytest.mark.parametrize(("edits", "verdict"), STILL.values(), ids=STILL)
def test_a_person_s_test_that_still_fails_is_counted_all_the_same(edits, verdict, shop):
    """That it fails in its first run is the finding, and no reason to look no further."""
    task = shop.ordered(kind=TaskKind.VERIFY, head_sha="c" * 40, pull=12, fingerprints=(the_way(shop),))
    shop.proposed(shop.patch(*edits))
    found = judged(shop)
    assert gates(found)["test"] is False
    said = concluded(shop, task)
    assert said.proof.verdict is verdict
    assert said.proof.after.target + len(said.proof.after.others) > 0
    assert said.rejected[0].why.startswith("test: the test failed in its first run, ")
    assert min(said.proof.before.runs, said.proof.after.runs) >= 5
    assert said.candidate == 0


@pytest.mark.parametrize("case", ["it breaks a neighbour", "a neighbour is gone", "it is no Python"])
def test_a_person_s_change_that_breaks_something_else_is_not_stressed(case, shop):
    edits, gate, _ = FAST[case]
    task = shop.ordered(kind=TaskKind.VERIFY, head_sha="c" * 40, pull=12)
    shop.proposed(shop.patch(*edits))
    assert judged(shop, quick=False).strata == ()
    said = concluded(shop, task)
    assert said.proof is None
    assert said.rejected[0].why.startswith(f"{gate}: ")


def test_a_folder_that_a_pull_request_made_a_link_is_not_run_in(tmp_path):
    runner = (PROJECTS / "prove-shop/run.py").read_text()
    shop = Shop(tmp_path, files={"pkg/pytest.ini": "", "pkg/run.py": runner, f"pkg/{FILE}": BROKEN})
    shop.ordered(kind=TaskKind.VERIFY, test_files=(f"pkg/{FILE}",), head_sha="c" * 40, pull=12)
    shop.reproduction()
    shutil.rmtree(shop.source / "pkg")
    (shop.source / "pkg").symlink_to("/etc")
    git(shop.source, "add", "--all")
    patch = git(shop.source, "diff", "--cached", "--no-renames", "--binary")
    git(shop.source, "reset", "--quiet", "--hard")
    shop.proposed(patch)
    found = judged(shop)
    assert Rule.SYMLINK in {item.rule for item in found.violations}
    assert "a link leads from pkg out of the checkout" in found.gates[-1].detail
    assert found.strata == ()


NEW_TEST = "from shop import cart\n\ndef test_nothing():\n    assert cart.total([]) == {}\n"


@pytest.mark.parametrize(("result", "passed"), [(0, True), (1, False)])
def test_an_instruction_runs_the_tests_it_changed(result, passed, shop):
    task = shop.ordered(kind=TaskKind.START, tests=(), test_files=())
    shop.reproduction(trials=(), reproduced=False)
    shop.proposed(shop.patch(("", NEW_TEST.format(result)), path="tests/test_new.py"))
    found = judged(shop, quick=False)
    tried = {"new tests": True} if passed else {}
    assert gates(found) == {"applies": True, "tests: tests/test_new.py": passed, **tried}
    said = concluded(shop, task)
    assert (said.candidate, said.proof) == (int(passed), None)


# --- documents


def test_documents_of_another_run_are_refused(shop, capsys):
    fix = shop.proposed(shop.patch(RIGHT))
    shop.documents.write(replace(fix, base_sha="b" * 40))
    assert shop.run("verify", "--leg", "1") == 1
    assert "fix.json is of another task or base" in capsys.readouterr().err
    assert shop.run("verify", "--leg", "3") == 64
    assert "the task has no leg 3; it has 1" in capsys.readouterr().err


def test_documents_that_are_missing(tmp_path, capsys):
    shop = Shop(tmp_path)
    shop.ordered()
    assert shop.run("verify", "--leg", "1") == 1
    assert "`ftc fix reproduce` has not written reproduction.json" in capsys.readouterr().err
    assert shop.documents.read(Fix) is None


# --- killed


def journal(shop):
    return shop.documents.part("verify-1") / "evidence/candidate-1.jsonl"


def test_it_dies_at_each_write_of_the_journal_and_loses_no_count(shop, monkeypatch):
    shop.proposed(shop.patch(RIGHT))
    one = {"journal": journal(shop), "monkeypatch": monkeypatch, "times": 1}
    deaths = killed_at_each_write(shop, "verify", "--leg", "1", **one)
    assert [len(lines) for lines in deaths] == [2], "a pair is one write"
    (stratum,) = judged(shop).strata
    lines = batches(journal(shop))
    assert lines[:2] == deaths[-1]
    assert 5 * len(lines) == stratum.before.runs + stratum.after.runs
    assert stratum.before.runs == stratum.after.runs


def test_a_process_that_was_killed_leaves_its_counts_and_no_worktree(shop, tmp_path):
    shop.proposed(shop.patch(RIGHT))
    kept = tmp_path / "kept"
    flags = ("--workspace", str(kept))
    argv = [sys.executable, "-m", "ftc", *shop.arguments("verify", "--leg", "1", *flags)]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        until(lambda: batches(journal(shop)))
        process.send_signal(signal.SIGKILL)
    assert len(list(kept.rglob("worktree-*"))) >= 2
    before = batches(journal(shop))
    found = judged(shop, *flags)
    assert found.strata[0].after.target == 0
    assert batches(journal(shop))[: len(before)] == before
    assert [path.name for path in kept.glob("*/*/*") if path.is_dir()] == ["mirror.git"]


def test_a_journal_of_another_patch_counts_for_nothing(shop):
    shop.proposed(shop.patch(RIGHT))
    shop.verify()
    shop.proposed(shop.patch(USELESS))
    (stratum,) = judged(shop).strata
    assert stratum.after.target > 0


# --- a hostile patch


HOSTILE = """{code}
from shop import cart

def test_lock():
    found = gains()
    plant()
    stay()
    flood()
    Path("cart.lock").unlink(missing_ok=True)
    cart.lock(Path("cart.lock"))
    assert Path("cart.lock").exists()
    assert not found, "gained: " + repr(found)

def test_total():
    assert cart.total([1, 2]) == 3
"""


@LINUX
@pytest.mark.toolchain
@pytest.mark.parametrize("level", ["bubblewrap", "namespaces"])
def test_a_hostile_patch_gains_nothing_and_is_judged_by_what_it_does(level, shop, tmp_path, machine, tool):  # noqa: F811
    tool({"bubblewrap": "bwrap", "namespaces": "unshare"}[level])
    task = shop.ordered(kind=TaskKind.VERIFY, head_sha="c" * 40, pull=12)
    text = HOSTILE.format(code=evil.code(machine.places(tmp_path)))
    whole = (shop.source / FILE).read_text()
    shop.proposed(shop.patch((whole, text)))
    found = judged(shop, "--sandbox", level)
    assert all(gates(found).values()), found.gates
    assert found.strata[0].after.target == 0
    assert concluded(shop, task).proof.before.target >= 5, "the base was run as it is"
    assert sorted(path.name for path in machine.outside.iterdir()) == ["output"]
    assert machine.survivors() == []
    assert not any(evil.SECRET in path.read_text() for path in shop.artifacts.rglob("*") if path.is_file())
    assert not (shop.source / ".git/hooks/post-checkout").exists()


# --- another runner


@pytest.mark.toolchain
def test_a_go_fix(tmp_path, tool):
    tool("go")
    shop = Shop(tmp_path, project="prove-go")
    test = TestId(ecosystem="go", suite="example.com/prove/cart", name="TestLock")
    task = shop.ordered(tests=(test,), test_files=("cart/cart_test.go",), allowed_paths=("**/*_test.go",))
    shop.reproduction(runner="go")
    shop.proposed(shop.patch(('Lock("cart.lock")', 'Lock(t.TempDir() + "/cart.lock")'), path="cart/cart_test.go"))
    found = judged(shop, quick=False)
    assert gates(found) == {"applies": True, "build": True, "test": True, "neighbours": True}
    said = concluded(shop, task)
    assert (said.candidate, said.proof.verdict) == (1, Verdict.VERIFIED)
    assert said.commands[0].startswith("cd cart && go test -c -o ./stress-build . && ./stress-build -test.v=test2json")
    assert isinstance(shop.documents.verifications(("1",))[0][0], Verification)
