"""Reproducing and verifying in a container for real: an image with Python and pytest, and a flake's counts."""

import containers
import pytest

from ftc.core.concluding import conclude
from ftc.core.config import Masking
from ftc.core.fix import Amplifier
from ftc.core.stress import Verdict
from tests.jobs.test_fix_reproduce import alone  # noqa: F401 - a fixture
from tests.proving import RIGHT, USELESS, Shop

PULL_ON = ("verified", "supported")
pytestmark = [pytest.mark.slow, pytest.mark.toolchain]


@pytest.fixture
def flags():
    return [part for name, value in containers.chosen().items() for part in (f"--{name}", value)]


def test_a_flake_is_counted_by_the_pytest_of_the_image(tmp_path, flags):
    """It fails every other time, by a file that it leaves in its checkout."""
    shop = Shop(tmp_path)
    shop.ordered()
    found = shop.reproduce(*flags, quick=False)
    assert found.reproduced, found.problems
    [plain] = found.trials
    assert (plain.amplifier, plain.runs, plain.target, plain.executed) == (Amplifier.PLAIN, 10, 5, ("test_lock",))
    assert "Locked: the cart is locked" in found.excerpt
    assert found.problems == (), "nothing is lacking"
    assert all(path.stat().st_uid == tmp_path.stat().st_uid for path in tmp_path.rglob("*"))


def test_a_change_that_mends_it_and_one_that_does_not_are_told_apart(tmp_path, flags):
    shop = Shop(tmp_path)
    task = shop.ordered()
    shop.reproduction()
    shop.proposed(shop.patch(USELESS), shop.patch(RIGHT))
    [useless], [right] = (judged.strata for judged in shop.verify(*flags).judged)
    assert useless.after.target > 0
    assert (right.before.runs, right.after.runs) == (15, 15)
    assert right.before.target >= 7
    assert right.after.target == 0
    assert (
        conclude(
            task, shop.documents.verifications(task.legs)[0], masking=Masking.REFUSE, pull_on=PULL_ON
        ).proof.verdict
        is Verdict.VERIFIED
    )
