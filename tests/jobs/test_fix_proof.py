"""Real flakes from their order to the verdict: right, wrong and masking changes through both jobs to one conclusion."""

import pytest

from ftc.core.concluding import conclude
from ftc.core.config import Masking
from ftc.core.fix import Quota
from ftc.core.stress import Verdict
from tests.flake_projects import projects
from tests.jobs.test_fix_reproduce import alone  # noqa: F401 - a fixture
from tests.proving import Shop

pytestmark = pytest.mark.toolchain  # hundreds of real runs
QUOTA = Quota(runs=300, minutes=30, usd=0.0, steps=0, candidates=3)
NAMES = ("python-parcels", "go-ratecache", "node-reconnect", "rust-ledger")
"""One whose amplifier is the seed of hashes, one that only the race detector shows, and two other languages."""
PROJECTS = [pytest.param(project, id=project.name) for project in projects() if project.name in NAMES]


@pytest.mark.parametrize("project", PROJECTS)
def test_only_the_right_change_is_verified(project, tmp_path, tool):
    tool(project.tool)
    shop = Shop.of(project, tmp_path)
    task = shop.ordered(
        tests=(project.test,),
        test_files=(project.file,),
        fingerprints=project.fingerprints,
        allowed_paths=project.allowed_paths,
        quota=QUOTA,
    )
    flags = ["--test-runner", project.runner, "--test-command", project.command] if project.runner else []
    found = shop.reproduce(*flags, quick=False)
    assert found.reproduced, found
    assert project.expected_text in found.excerpt
    # The masking one is not run, so the right one is the second that uses up a share of what chance may do.
    shop.proposed(project.masking, project.wrong, project.right)
    said = conclude(task, (shop.verify(*flags, quick=False),), masking=Masking.REFUSE, pull_on=("verified",))
    why = {item.candidate: item.why for item in said.rejected}
    assert why[1].startswith(f"masking: {project.masks}")
    assert why[2].startswith(("did-not-hold", "new-signature", "test:", "neighbours:")), why
    assert (said.candidate, said.proof.verdict) == (3, Verdict.VERIFIED)
    assert (said.proof.after.target, said.proof.after.others) == (0, frozenset())
    assert said.proof.before.target >= said.proof.failures_needed
