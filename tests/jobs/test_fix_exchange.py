"""What a proof rests on, in the verify job for real: both sides are alike, and no failure is exchanged for another."""

from dataclasses import replace

import pytest

from ftc.core.concluding import conclude
from ftc.core.config import Masking
from ftc.core.fix import Quota
from ftc.core.stress import Verdict
from tests.jobs.test_fix_reproduce import alone  # noqa: F401 - a fixture
from tests.proving import FILE, Shop

pytestmark = pytest.mark.slow

QUOTA = Quota(runs=60, minutes=5, usd=0.0, steps=0, candidates=3)
WAITS = """from pathlib import Path


def wait(items):
    if len(items) < 3:
        {gives_up}


def test_lock():
    place = Path("n.txt")
    n = int(place.read_text()) if place.exists() else 0
    place.write_text(str(n + 1))
    items = [1, 2] if n % 2 else [1, 2, 3]
    if n % 10 == 1:
        wait(items)
    assert len(items) == 3, "too few items"
"""
"""It fails every second time, and in one of ten runs in another way: by a time-out, or its process ends."""
TIMES_OUT, ENDS = 'raise TimeoutError("gave up waiting")', '__import__("os")._exit(7)'
NOW_AND_THEN = "    if n % 10 == 1:\n        wait(items)\n"


def ways(shop, fingerprints):
    """What the base shows beside these signatures, and how often it fails by them."""
    shop.ordered(fingerprints=fingerprints, quota=replace(QUOTA, runs=10))
    shop.reproduction()
    shop.proposed(shop.patch(("def wait", "# as before\ndef wait")))
    (stratum,) = shop.verify().judged[0].strata
    return stratum.before.others, stratum.before.target / stratum.before.runs


def judged(shop, *patches):
    """Both conclusions of patches on a task whose target is what the test mostly fails by."""
    found, _ = ways(shop, ("v1:none",))
    way = max(found, key=lambda item: ways(shop, (item,))[1])
    task = shop.ordered(fingerprints=(way,), quota=QUOTA)
    reproduced = shop.reproduce()
    assert reproduced.reproduced
    shop.proposed(*patches)
    return conclude(task, (shop.verify(),), masking=Masking.REFUSE, pull_on=("verified", "supported"))


def test_a_failure_that_became_another_known_one_is_not_mended(tmp_path):
    """It fails as often as before: only the words of it changed."""
    shop = Shop(tmp_path, files={FILE: WAITS.format(gives_up=TIMES_OUT)})
    said = judged(shop, shop.patch((NOW_AND_THEN, "    wait(items)\n")))
    assert (said.candidate, said.proof.verdict) == (0, Verdict.DID_NOT_HOLD)
    assert (said.proof.before.target > 5, said.proof.after.target) == (True, 0)
    assert said.proof.after.other >= said.proof.after.runs // 2 - 1
    assert "in another way in" in said.rejected[0].why


def test_a_failure_that_is_mended_beside_another_that_stays_is_verified(tmp_path):
    shop = Shop(tmp_path, files={FILE: WAITS.format(gives_up=TIMES_OUT)})
    said = judged(shop, shop.patch(("if n % 2 else", "if n % 10 == 1 else")))
    assert (said.candidate, said.proof.verdict) == (1, Verdict.VERIFIED), said
    assert said.proof.after.other > 0
    assert said.proof.before.failed - 2 * said.proof.after.failed >= said.proof.lead_needed == 13
    assert said.proof.upper_bound > said.proof.after.other / said.proof.after.runs


def test_runs_that_vanish_where_they_failed_are_told_and_mend_nothing(tmp_path):
    shop = Shop(tmp_path, files={FILE: WAITS.format(gives_up=ENDS)})
    said = judged(shop, shop.patch((NOW_AND_THEN, "    wait(items)\n")))
    assert said.proof.verdict is Verdict.DID_NOT_HOLD
    assert said.proof.after.silent > said.proof.before.silent > 0
    assert "after vanished without a result" in said.rejected[0].why
    assert "more runs vanished after it than before it" in " ".join(said.problems)


LEAVES = """from pathlib import Path


def test_lock():
    # the test leaves files behind, and two of them collide once there are many
    place = {place}
    count = len(list(place.glob("left-*")))
    (place / f"left-{{count}}").write_text("")
    assert count < 25 or count % 2 == 0
"""


@pytest.mark.parametrize("place", ['Path(".")', "Path.home()"])
def test_every_candidate_has_a_base_that_is_as_unused_as_it_is(place, tmp_path):
    """What fails only where many runs have left something behind would fail before the second one, and not after."""
    text = LEAVES.format(place=place)
    shop = Shop(tmp_path, files={FILE: text})
    task = shop.ordered(quota=Quota(runs=100, minutes=9, usd=0.0, steps=0, candidates=3))
    shop.reproduction()
    line = "    count = len("
    shop.proposed(*(shop.patch((line, f"    # {word}\n{line}")) for word in ("carefully", "more carefully")))
    said = conclude(task, (shop.verify(),), masking=Masking.REFUSE, pull_on=("verified", "supported"))
    assert said.candidate == 0
    assert [item.why.partition(":")[0] for item in said.rejected] == ["did-not-hold"] * 2


SPOILS = """from pathlib import Path


def test_lock():
    place = Path("n.txt")
    n = int(place.read_text()) if place.exists() else 0
    place.write_text(str(n + 1))
    assert not Path("spoilt").exists()
    assert n % 2 == 0
"""


def test_new_tests_on_broken_code_leave_nothing_to_the_comparison(tmp_path):
    """They run on the side with the change alone, and what they leave there is none of the test's."""
    shop = Shop(tmp_path, files={FILE: SPOILS})
    task = shop.ordered(quota=QUOTA)
    shop.reproduction()
    new = "\n\ndef test_new():\n    Path('spoilt').write_text('x')\n    assert Path('spoilt').exists()\n"
    shop.proposed(shop.patch(("    assert n % 2 == 0\n", f"    assert n * 2 % 2 == 0\n{new}")))
    found = shop.verify()
    assert "new tests" in {gate.name for gate in found.judged[0].gates}, "they were looked at"
    said = conclude(task, (found,), masking=Masking.FLAG, pull_on=("verified", "supported"))
    assert said.proof.after.target == 0
    assert said.proof.before.target >= 5
