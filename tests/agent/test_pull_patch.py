"""A pull request's change read with git: whole, exact, and refused where it can be no candidate."""

import pytest
from errands import Remote

from ftc.agent.patching import PATCH_BYTES, apply_patch
from ftc.agent.pull_patch import pull_patch
from ftc.agent.workspace import mirror
from ftc.core.errors import CommandFailed

FILES = {
    "a_test.go": "package a\n",
    "crlf.txt": "one\r\ntwo\r\n",
    "with space.go": "x\n",
    ".gitattributes": "*.go -diff\n",
}


@pytest.fixture
def remote(tmp_path):
    made = Remote(tmp_path, {"README.md": "# a\n"})
    for path, text in FILES.items():
        (made.clone / path).write_bytes(text.encode())
    made.commit({})
    return made


def read(remote, base, head):
    with mirror(remote.bare.as_uri()) as copy:
        return pull_patch(copy, base=base, head=head, number=1)


def test_it_applies_exactly_whatever_the_repository_says_of_its_files(remote):
    base = remote.branches["main"]
    (remote.clone / "crlf.txt").write_bytes(b"one\r\nthree\r\n")
    (remote.clone / "with space.go").unlink()
    (remote.clone / "data.bin").write_bytes(bytes(range(256)))
    head = remote.commit({"a_test.go": "package a\n\n// more", "sub/new.go": "package sub\n"}, branch="mend")
    found = read(remote, base, head)
    assert found.paths == ("a_test.go", "crlf.txt", "data.bin", "sub/new.go", "with space.go")
    with mirror(remote.bare.as_uri()) as copy:
        applied = apply_patch(copy, base, found.patch)
    assert {change.path: change.status for change in applied.changes} == {
        "a_test.go": "M", "crlf.txt": "M", "data.bin": "A", "sub/new.go": "A", "with space.go": "D",
    }  # fmt: skip


def test_no_difference_is_no_candidate(remote):
    base = remote.branches["main"]
    with pytest.raises(CommandFailed, match="changes nothing"):
        read(remote, base, base)


def test_a_change_that_is_no_text_is_refused_and_not_guessed(remote):
    base = remote.branches["main"]
    (remote.clone / "latin.txt").write_bytes("für\n".encode("latin-1"))
    head = remote.commit({}, branch="mend")
    with pytest.raises(CommandFailed, match="no UTF-8"):
        read(remote, base, head)


def test_a_change_that_is_far_too_long_is_refused_and_not_cut(remote):
    base = remote.branches["main"]
    head = remote.commit({"big_test.go": "x = 1\n" * (PATCH_BYTES // 6)}, branch="mend")
    with pytest.raises(CommandFailed, match="longer than"):
        read(remote, base, head)


def test_a_commit_that_is_gone_is_said(remote):
    with pytest.raises(CommandFailed, match="cannot be fetched"):
        read(remote, remote.branches["main"], "f" * 40)
