"""Folders of dead processes are taken away, those of living ones and everybody else's are left alone."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from ftc.agent.temporary import DIFF, GENERATE, HEAL, INDEX, MIRROR, PREFIXES, STALE_SECONDS, temporary
from ftc.core.errors import CommandFailed

ROOT = Path(__file__).parents[2]
JOB = """
import sys, tempfile, time
from ftc.agent.temporary import temporary
tempfile.tempdir = sys.argv[1]
with temporary(sys.argv[2]) as folder:
    (folder / "home").mkdir()
    (folder / "home").chmod(0o500)
    print(folder.name, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def aged(folder):
    old = time.time() - STALE_SECONDS - 1
    os.utime(folder, (old, old))


def test_every_kind_is_known_to_the_next_one():
    assert {MIRROR, GENERATE, HEAL, INDEX, DIFF} == set(PREFIXES)


@pytest.mark.parametrize("prefix", [GENERATE, HEAL])
def test_what_a_killed_job_left_is_taken_away_by_the_next(place, prefix):
    argv = [sys.executable, "-c", JOB, str(place), prefix]
    job = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    left = place / job.stdout.readline().strip()
    aged(left)
    with temporary(MIRROR):
        assert left.exists(), "a living process keeps its own"
    job.send_signal(signal.SIGKILL)
    job.wait()
    job.stdout.close()
    with temporary(MIRROR):
        assert not left.exists()
    assert list(place.iterdir()) == []


def test_what_is_not_ours_or_too_young_stays(place):
    names = ("other-1", "ftc-heal-0-abc.lock", f"{GENERATE}young", f"{GENERATE}link")
    for name in names[::2]:
        (place / name).mkdir()
    (place / names[1]).write_text("")
    (place / names[3]).symlink_to(place / names[0])
    for name in names[:2]:
        aged(place / name)
    with temporary(HEAL):
        pass
    assert sorted(item.name for item in place.iterdir()) == sorted(names)


def test_a_folder_that_cannot_be_made_is_an_error_with_its_cause(monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere/at/all")
    with pytest.raises(CommandFailed, match=r"no temporary folder.*TMPDIR"), temporary(MIRROR):
        pass
