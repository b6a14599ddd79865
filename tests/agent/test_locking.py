"""Removing a tree that is hard to remove, and what lies around it, which may be a person's own folder."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ftc.agent.locking import remove_tree

ROOT = Path(__file__).parents[2]
OWN = 0o2775
"""Rights of a folder that a person shares with a group."""


def a_file(tree):
    tree.write_text("x")


def a_link(tree):
    tree.symlink_to(tree.parent)


def without_rights(tree):
    (tree / "inner").mkdir(parents=True)
    (tree / "inner/file").write_text("x")
    for path in (tree / "inner/file", tree / "inner", tree):
        path.chmod(0)


@pytest.mark.parametrize("made", [a_file, a_link, without_rights])
def test_it_goes_and_the_folder_around_it_stays_as_it_is(tmp_path, made):
    """Removing a tree fails at first where there is a file or a link instead of one."""
    root = tmp_path / "workspace"
    root.mkdir()
    root.chmod(OWN)
    made(root / "tree")
    remove_tree(root / "tree")
    assert list(root.iterdir()) == []
    assert stat.S_IMODE(root.stat().st_mode) == OWN


RACING = """
import os, sys
from pathlib import Path
from ftc.agent.locking import remove_tree
tree = Path(sys.argv[1])

def step(event, arguments):
    if event == "os.rmdir" and str(arguments[0]) == str(tree) and tree.exists():
        tree.rename(sys.argv[2])

sys.addaudithook(step)
remove_tree(tree)
"""


def test_nor_does_it_change_when_another_process_was_the_first(tmp_path):
    root = tmp_path / "workspace"
    (root / "tree/inner").mkdir(parents=True)
    root.chmod(OWN)
    subprocess.run([sys.executable, "-c", RACING, str(root / "tree"), str(tmp_path / "taken")], cwd=ROOT, check=True)
    assert (tmp_path / "taken").is_dir(), "it was there until the last step"
    assert stat.S_IMODE(root.stat().st_mode) == OWN
