"""Diffs that git applies to the letter."""

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftc.core.diff import parse_file_diff
from ftc.core.unified import diff_of, patch_of

LONG = "".join(f"line {number}\n" for number in range(60))

CASES = [
    ("one\n", "two\n"),
    ("one", "one\n"),  # a last line end is put in
    ("one\n", "one"),
    ("one\r\ntwo\r\n", "one\r\n2\r\n"),  # carriage returns are part of the line
    ("a\x0cb\nc\u2028d\n", "a\x0cb\nc\u2028e\n"),  # what Python takes for line ends and git does not
    ("", "new\n"),  # an empty file
    ("old\n", ""),
    (LONG, LONG.replace("line 3\n", "").replace("line 50\n", "x\ny\n")),  # two hunks
    (LONG, LONG.replace("line 10\n", "x\n").replace("line 17\n", "y\n")),  # one, by the context between
    (LONG, "x\n" + LONG + "y\n"),
    ("--- a\n+++ b\n@@ -1 +1 @@\n", "--- a\n+++ c\n@@ -1 +1 @@\n"),  # lines like headers
    ("a\n" * 5_000, "b\n" * 5_000),  # too much to be matched line by line
]


def git_applies(folder, patch):
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    subprocess.run(["git", "add", "-A"], cwd=folder, check=True)
    subprocess.run(["git", "apply", "--index", "-"], cwd=folder, check=True, input=patch.encode())


@pytest.mark.parametrize(("before", "after"), CASES)
def test_git_makes_the_text_after_of_the_text_before(tmp_path, before, after):
    file = tmp_path / "a b.txt"
    file.write_bytes(before.encode())
    patch = diff_of("a b.txt", before, after)
    git_applies(tmp_path, patch)
    assert (file.read_bytes().decode() if file.exists() else "") == after
    parse_file_diff("a b.txt", patch)


def test_several_files_and_new_ones(tmp_path):
    (tmp_path / "a.txt").write_text("a\n")
    patch = patch_of(
        {"a.txt": "a\n", "n/new.txt": None, "same.txt": "x"}, {"a.txt": "b\n", "n/new.txt": "n", "same.txt": "x"}
    )
    git_applies(tmp_path, patch)
    assert (tmp_path / "a.txt").read_text() == "b\n"
    assert (tmp_path / "n/new.txt").read_text() == "n"
    assert "same" not in patch


@pytest.mark.parametrize("path", ['a"b', "a\nb", "a\tb", "a\\b"])
def test_a_name_that_a_patch_cannot_hold_is_refused(path):
    with pytest.raises(ValueError, match="cannot name"):
        diff_of(path, "a", "b")


TEXTS = st.lists(st.sampled_from(["a", "b", "c", "", "x y", "\r"]), max_size=25).map("\n".join)


@settings(max_examples=200, deadline=None)
@given(TEXTS, TEXTS)
def test_the_hunks_hold_exactly_what_changed(before, after):
    found = parse_file_diff("f", diff_of("f", before, after))
    removed, added = (text.split("\n") if text else [] for text in (before, after))
    if before != after:
        assert len(found.added) - len(found.removed) == _lines(after) - _lines(before)
    assert all(line.rstrip("\r") in [item.rstrip("\r") for item in added] for line in found.added)
    assert all(line.rstrip("\r") in [item.rstrip("\r") for item in removed] for line in found.removed)


def _lines(text):
    return text.count("\n") + (not text.endswith("\n") and bool(text))
