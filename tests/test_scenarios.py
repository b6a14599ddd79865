"""Every file of tests/scenarios is played: the product's story, one case a file."""

from pathlib import Path

import pytest

from ftc.jobs.scenario.command import played
from ftc.jobs.scenario.file import read_scenario
from ftc.jobs.scenario.result import Status

FILES = sorted((Path(__file__).parent / "scenarios").glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_scenario(path):
    result = played(read_scenario(path))
    if result.status is Status.SKIPPED:
        pytest.skip(result.message)
    assert result.status is Status.PASSED, result.message


def test_names_are_different():
    names = [read_scenario(path).name for path in FILES]
    assert len(set(names)) == len(names)
    assert len(names) >= 14
