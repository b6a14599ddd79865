"""Patches out of files in which evil code ran, and patches that are evil themselves, against real git."""

import os
import tempfile
from pathlib import Path

import pytest

from ftc.agent.patching import FILES, PATCH_BYTES, apply_patch, take_patch
from ftc.agent.workspace import mirror
from ftc.core.errors import CommandFailed
from ftc.core.patch import Policy, Rule, violations
from ftc.simulator.server import serving
from ftc.simulator.simulator import Simulator

SCENARIO = """
now: 2026-05-20T12:00:00Z
tokens: {token: ada}
repositories:
  acme/pd:
    roles: {ada: write}
    created: 2026-01-01T00:00:00Z
    files:
      tests/test_a.py: "def test_a():\\n    assert one() == 1\\n\\n\\ndef one():\\n    return 1\\n"
      tests/test_b.py: "b\\n"
      .gitignore: "*.log\\n"
      .gitattributes: "*.txt filter=evil diff=evil\\n*.py diff=evil\\n"
      notes.txt: "notes\\n"
    commits:
      - {message: Move, as: move, files: {tests/test_b.py: "moved\\n"}, author: ada, at: 2026-05-01T00:00:00Z}
"""
POLICY = Policy(allowed=("tests/**",))


@pytest.fixture
def copy(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with serving(Simulator.load(SCENARIO)) as address, mirror(f"{address}/acme/pd.git", "token") as opened:
        yield opened


@pytest.fixture
def base(copy):
    return _head(copy)


@pytest.fixture
def tree(copy, base):
    with copy.worktree(base) as folder:
        yield folder


def _head(copy):
    from ftc.clients import git  # noqa: PLC0415 - as a caller who knows a branch only

    assert git.fetch(copy.repository, "refs/heads/main", depth=2)
    return git.fetched(copy.repository)


def change(tree):
    file = tree / "tests" / "test_a.py"
    file.write_text(file.read_text().replace("return 1", "return 1  # quickly"))


def test_out_and_in_again(copy, base, tree):
    change(tree)
    (tree / "tests" / "new.txt").write_text("new\n")
    (tree / "left.log").write_text("ignored")
    patch = take_patch(copy, base, tree)
    applied = apply_patch(copy, base, patch)
    assert [(item.status, item.path, item.added, item.removed) for item in applied.changes] == [
        ("A", "tests/new.txt", 1, 0),
        ("M", "tests/test_a.py", 1, 1),
    ]
    assert applied.diffs[1].added == ("    return 1  # quickly",)
    assert violations(applied.changes, POLICY) == ()
    assert "+    return 1  # quickly" in applied.text
    again = apply_patch(copy, base, patch)
    assert (again.commit, again.tree) == (applied.commit, applied.tree)
    with copy.worktree(applied.commit) as after:
        assert (after / "tests" / "new.txt").read_text() == "new\n"
        assert "quickly" in (after / "tests" / "test_a.py").read_text()
        assert take_patch(copy, applied.commit, after) == ""
    assert not list(Path(tempfile.gettempdir()).glob("ftc-index-*"))


def test_only_what_the_agent_changed(copy, base, tree):
    """Tests leave files behind, which are no part of a fix; a file that is ignored may be."""
    change(tree)
    (tree / "coverage.out").write_text("left by a test")
    (tree / "tests" / "data.log").write_text("wanted")
    (tree / "tests" / "test_b.py").unlink()
    patch = take_patch(copy, base, tree, ["tests/test_a.py", "tests/data.log", "tests/test_b.py"])
    changes = apply_patch(copy, base, patch).changes
    assert [(item.status, item.path) for item in changes] == [
        ("A", "tests/data.log"),
        ("M", "tests/test_a.py"),
        ("D", "tests/test_b.py"),
    ]
    assert take_patch(copy, base, tree, []) == ""


def evil_program(tree):
    program = tree.parent / "evil.sh"
    program.write_text(f"#!/bin/sh\ntouch {tree.parent}/pwned\ncat\n")
    program.chmod(0o755)
    return program


def hooks(tree, program):
    """The .git of the files is a whole repository now, full of things to run."""
    (tree / ".git").unlink()
    for name in ("pre-commit", "post-index-change", "post-checkout"):
        hook = tree / ".git" / "hooks" / name
        hook.parent.mkdir(parents=True, exist_ok=True)
        hook.write_text(program.read_text())
        hook.chmod(0o755)
    (tree / ".git" / "config").write_text(
        f"[core]\n fsmonitor = {program}\n hooksPath = .git/hooks\n"
        f'[filter "evil"]\n clean = {program}\n smudge = {program}\n'
        f'[diff "evil"]\n external = {program}\n textconv = {program}\n'
    )
    (tree / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (tree / ".git" / "objects").mkdir()
    (tree / ".git" / "refs").mkdir()


def elsewhere(tree, _program):
    (tree / ".git").write_text("gitdir: /nowhere\n")


def linked(tree, _program):
    (tree / ".git").unlink()
    (tree / ".git").symlink_to(tree.parent)


def environment_files(tree, program):
    for name in (".env", ".envrc", ".gitconfig", ".mailmap"):
        (tree / name).write_text(f"GIT_EXTERNAL_DIFF={program}\n[core]\n fsmonitor = {program}\n")
    (tree / ".gitattributes").write_text("* filter=evil diff=evil merge=evil\n")


@pytest.mark.parametrize("plant", [hooks, elsewhere, linked, environment_files])
def test_nothing_planted_is_obeyed(copy, base, tree, plant):
    change(tree)
    plant(tree, evil_program(tree))
    patch = take_patch(copy, base, tree)
    applied = apply_patch(copy, base, patch)
    assert "tests/test_a.py" in [item.path for item in applied.changes]
    assert not (tree.parent / "pwned").exists()
    assert ".git" not in [item.path.split("/")[0] for item in applied.changes]
    if plant is environment_files:
        assert Rule.PROTECTED in [item.rule for item in violations(applied.changes, POLICY)]


def test_a_repository_inside_is_refused(copy, base, tree):
    """Git would run git in it, and that would run what its configuration says."""
    inner = tree / "tests" / "inner"
    (inner / ".git").mkdir(parents=True)
    (inner / "test_c.py").write_text("c")
    with pytest.raises(CommandFailed, match="tests/inner is a repository of its own"):
        take_patch(copy, base, tree)
    with pytest.raises(CommandFailed, match="tests/inner is a repository of its own"):
        take_patch(copy, base, tree, ["tests/inner/test_c.py"])
    change(tree)
    assert take_patch(copy, base, tree, ["tests/test_a.py"])


def test_what_git_would_wait_for_is_refused(copy, base, tree):
    os.mkfifo(tree / "tests" / ".gitattributes")
    with pytest.raises(CommandFailed, match=r"tests/.gitattributes is no ordinary file"):
        take_patch(copy, base, tree)


@pytest.mark.parametrize("path", ["../outside.txt", "/etc/passwd", "linked/passwd", "nothing.py"])
def test_a_path_outside_is_no_part_of_a_patch(copy, base, tree, path):
    (tree.parent / "outside.txt").write_text("outside")
    (tree / "linked").symlink_to("/etc")
    with pytest.raises(CommandFailed):
        take_patch(copy, base, tree, [path])


def test_what_is_too_long_or_in_another_encoding_is_refused(copy, base, tree):
    (tree / "tests" / "latin.py").write_bytes(b"caf\xe9\n")
    with pytest.raises(CommandFailed, match="no UTF-8"):
        take_patch(copy, base, tree)
    (tree / "tests" / "latin.py").write_text("x\n" * PATCH_BYTES)
    with pytest.raises(CommandFailed, match="longer than"):
        take_patch(copy, base, tree)
    with pytest.raises(CommandFailed, match="longer than"):
        apply_patch(copy, base, "x" * (PATCH_BYTES + 1))


LINK = """diff --git a/tests/{name} b/tests/{name}
new file mode 120000
--- /dev/null
+++ b/tests/{name}
@@ -0,0 +1 @@
+/etc/passwd
\\ No newline at end of file
"""
NEW = """diff --git a/{name} b/{name}
new file mode {mode}
--- /dev/null
+++ b/{name}
@@ -0,0 +1 @@
+evil
"""
SUBMODULE = """diff --git a/tests/sub b/tests/sub
new file mode 160000
--- /dev/null
+++ b/tests/sub
@@ -0,0 +1 @@
+Subproject commit 0123456789012345678901234567890123456789
"""
RENAME = """diff --git a/tests/test_b.py b/.github/workflows/ci.yml
similarity index 100%
rename from tests/test_b.py
rename to .github/workflows/ci.yml
"""
# The header speaks of a test; what is applied is another file.
TWO_NAMES = """diff --git a/tests/test_b.py b/tests/test_b.py
--- a/go.mod
+++ b/go.mod
@@ -0,0 +1 @@
+evil
"""
JUDGED = [
    (LINK.format(name="link"), Rule.SYMLINK),
    (NEW.format(name=".github/workflows/ci.yml", mode="100644"), Rule.PROTECTED),
    (NEW.format(name="tests/.env", mode="100644"), Rule.PROTECTED),
    (NEW.format(name="tests/run.sh", mode="100755"), Rule.MODE),
    (NEW.format(name="src/a.py", mode="100644"), Rule.NOT_ALLOWED),
    (SUBMODULE, Rule.SUBMODULE),
    (RENAME, Rule.PROTECTED),
]


@pytest.mark.parametrize(("patch", "rule"), JUDGED)
def test_an_evil_patch_is_judged_by_what_it_does(copy, base, patch, rule):
    applied = apply_patch(copy, base, patch)
    assert rule in [item.rule for item in violations(applied.changes, POLICY)]


REFUSED = [
    NEW.format(name="../outside.txt", mode="100644"),
    NEW.format(name=".git/hooks/pre-commit", mode="100755"),
    NEW.format(name="tests/.git/config", mode="100644"),
    NEW.format(name="tests/test_b.py", mode="100644"),  # it is there already
    LINK.format(name="dir") + NEW.format(name="tests/dir/x", mode="100644"),  # through its own link
    TWO_NAMES,
    "no patch at all",
    "",
    NEW.format(name="tests/x", mode="100644").replace("@@ -0,0 +1 @@", "@@ -0,0 +1,9 @@"),
]


@pytest.mark.parametrize("patch", REFUSED)
def test_an_evil_patch_does_not_apply(copy, base, patch):
    with pytest.raises(CommandFailed, match="does not apply"):
        apply_patch(copy, base, patch)
    assert not (copy.path.parent / "outside.txt").exists()


def test_a_base_that_moved_is_a_conflict_and_no_merge(copy, base, tree):
    (tree / "tests" / "test_b.py").write_text("mended\n")
    patch = take_patch(copy, base, tree, ["tests/test_b.py"])
    parent = copy.commit(base).parents[0]
    with pytest.raises(CommandFailed, match=rf"does not apply to {parent[:12]}.*tests/test_b.py"):
        apply_patch(copy, parent, patch)
    with pytest.raises(CommandFailed, match="cannot be fetched"):
        apply_patch(copy, "0" * 40, patch)


def test_a_patch_of_too_many_files_is_refused(copy, base):
    patch = "".join(NEW.format(name=f"tests/f{number}.txt", mode="100644") for number in range(FILES + 1))
    with pytest.raises(CommandFailed, match=f"changes {FILES + 1} files"):
        apply_patch(copy, base, patch)
