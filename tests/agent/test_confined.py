"""A model that asks for what it may not have: each row is a path by which a tool has been led outside."""

import os
import stat

import pytest

from ftc.agent.confined import READ_BYTES, WRITE_BYTES, Confined, Refused
from ftc.core.patch import Policy

OUTSIDE = "must not be seen"


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "tree"
    (root / "tests").mkdir(parents=True)
    (root / "src").mkdir()
    (root / ".git").write_text("gitdir: /elsewhere")
    (root / "tests" / "test_a.py").write_text("def test_a(): ...\n")
    (root / "src" / "a.py").write_bytes(b"a = 1\r\n")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_text(OUTSIDE)
    (root / "link.txt").symlink_to(tmp_path / "outside" / "secret.txt")
    (root / "folder").symlink_to(tmp_path / "outside")
    (root / "proc").symlink_to("/proc/self")
    (root / "tests" / "inner").symlink_to("../src")
    return root


@pytest.fixture
def files(tree):
    return Confined(root=tree, policy=Policy(allowed=("**/tests/**", "tests/**")))


LED_ASTRAY = [
    "../outside/secret.txt",
    "tests/../../outside/secret.txt",
    "tests/../src/a.py",  # inside in the end, but no honest path
    "/etc/passwd",
    "//etc/passwd",
    "link.txt",
    "folder/secret.txt",
    "proc/environ",
    "tests/inner/a.py",  # a link that stays inside: who may exchange it decides where it leads
    ".git",
    ".git/config",
    ".GIT/config",
    ".git./config",
    "git~1/config",
    "tests/.git/hooks/pre-commit",
    "tests\\..\\..\\outside",
    "tests/\0",
    "tests/a\nb",
    "",
    ".",
    "tests//test_a.py",
    "tests/./test_a.py",
    "tests/test_a.py/x",
    "x" * 5000,
    "~/.ssh/id_rsa",
    "nothing.txt",
]


@pytest.mark.parametrize("path", LED_ASTRAY)
def test_it_is_not_read(files, path):
    with pytest.raises(Refused):
        files.read(path)
    assert not files.exists(path)


@pytest.mark.parametrize("path", [path for path in LED_ASTRAY if path != "nothing.txt"])
def test_it_is_not_written(tree, path):
    """Even by a policy that allows everything."""
    files = Confined(root=tree, policy=Policy(allowed=("*", "**")))
    with pytest.raises(Refused):
        files.write(path, "evil")
    assert (tree.parent / "outside" / "secret.txt").read_text() == OUTSIDE
    assert (tree / "src" / "a.py").read_bytes() == b"a = 1\r\n"
    assert (tree / ".git").read_text() == "gitdir: /elsewhere"


PROTECTED = [
    ".github/workflows/ci.yml",
    "tests/.env",
    "tests/conftest/.npmrc",
    "go.mod",
    "tests/package.json",
    "CODEOWNERS",
    "AGENTS.md",
    "tests/CLAUDE.md",
    "Makefile",
    "src/a.py",  # product code, which nobody allowed
]


@pytest.mark.parametrize("path", PROTECTED)
def test_what_is_protected_is_not_written(files, tree, path):
    with pytest.raises(Refused, match="is not written"):
        files.write(path, "evil")
    assert not (tree / path).exists() or path == "src/a.py"


def test_reading_and_writing_what_is_allowed(files, tree):
    assert files.read("src/a.py") == "a = 1\r\n"
    (tree / "tests" / "test_a.py").chmod(0o755)
    files.write("tests/test_a.py", "new\r\n")
    assert (tree / "tests" / "test_a.py").read_bytes() == b"new\r\n"
    assert stat.S_IMODE((tree / "tests" / "test_a.py").stat().st_mode) == 0o755
    files.write("tests/deep/er/test_b.py", "b")
    assert files.read("tests/deep/er/test_b.py") == "b"
    assert stat.S_IMODE((tree / "tests/deep/er/test_b.py").stat().st_mode) == 0o644
    assert files.exists("src/a.py")
    assert files.listing() == ("src/", "tests/")
    assert files.listing("tests") == ("deep/", "test_a.py")
    assert not any(name.endswith(".ftc") for name in os.listdir(tree / "tests"))


def test_a_hard_link_is_not_written_through(files, tree):
    os.link(tree.parent / "outside" / "secret.txt", tree / "tests" / "hard.txt")
    files.write("tests/hard.txt", "evil")
    assert (tree.parent / "outside" / "secret.txt").read_text() == OUTSIDE


def test_what_is_no_text_of_a_sane_size(files, tree):
    (tree / "tests" / "large.txt").write_text("x" * (READ_BYTES + 1))
    (tree / "tests" / "binary").write_bytes(b"\x7fELF\0")
    (tree / "tests" / "latin.txt").write_bytes(b"caf\xe9")
    os.mkfifo(tree / "tests" / "fifo")
    for name in ("large.txt", "binary", "latin.txt", "fifo"):
        with pytest.raises(Refused):
            files.read(f"tests/{name}")
    for text in ("a\0b", "\ud800", "x" * (WRITE_BYTES + 1)):
        with pytest.raises(Refused):
            files.write("tests/new.txt", text)
    with pytest.raises(Refused, match="no ordinary file"):
        files.write("tests/fifo", "x")
    assert not (tree / "tests" / "new.txt").exists()
