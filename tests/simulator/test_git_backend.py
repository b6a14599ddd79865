"""The git under the simulator: stable ids, pull request merges, comparisons, hostile names."""

from datetime import UTC, datetime, timedelta

import pytest

from ftc.simulator.git_backend import BareRepository, NewCommit, ReferenceMoved, open_repository
from ftc.simulator.git_types import GitIdentity

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ADA = GitIdentity(name="Ada", email="ada@example.com", date=NOON)


@pytest.fixture
def repo(tmp_path):
    return open_repository(root=tmp_path, full_name="acme/widgets")


def commit(message, files, *, minutes=0):
    author = GitIdentity(name="Ada", email="ada@example.com", date=NOON + timedelta(minutes=minutes))
    encoded = {path: text if text is None else text.encode() for path, text in files.items()}
    return NewCommit(message=message, author=author, files=encoded)


def seeded(repo: BareRepository) -> tuple[str, ...]:
    return repo.add_commits(
        "main",
        [
            commit("first", {"README.md": "hello\n", "pkg/a.go": "package pkg\n\nfunc A() {}\n"}),
            commit("second\n\nwith a body", {"pkg/b.go": "package pkg\n", "README.md": None}, minutes=1),
        ],
    )


def test_same_history_has_same_ids_everywhere(tmp_path, monkeypatch):
    """A developer's git identity, time zone and clock must not leak into the ids."""
    first = seeded(open_repository(root=tmp_path / "a", full_name="o/r"))
    for name, value in {"GIT_AUTHOR_NAME": "Mallory", "TZ": "Asia/Tokyo", "GIT_DIR": "/nowhere"}.items():
        monkeypatch.setenv(name, value)
    second = seeded(open_repository(root=tmp_path / "b", full_name="o/r"))
    assert first == second
    assert first == ("06ca327ac8dbf433dce2b2273b15c15e7ac2a3f2", "27867f385a876476427dfce2b071e595420d28db")


def test_reading_files_folders_and_commits(repo):
    first, second = seeded(repo)
    assert repo.references() == {"refs/heads/main": second}
    assert repo.resolve("main") == repo.resolve("refs/heads/main") == repo.resolve(second[:8]) == second
    assert repo.read("main", "pkg/a.go") == b"package pkg\n\nfunc A() {}\n"
    assert repo.read(first, "README.md") == b"hello\n"
    assert repo.read("main", "README.md") is None
    assert [(entry.path, entry.kind, entry.size) for entry in repo.entries("main", "pkg")] == [
        ("pkg/a.go", "file", 25),
        ("pkg/b.go", "file", 12),
    ]
    assert repo.entry("main", "").kind == repo.entry("main", "pkg").kind == "dir"
    assert repo.entries("main", "nowhere") == repo.entries("no-such-branch", "") == ()
    read = repo.commit("main")
    assert (read.sha, read.parents, read.message) == (second, (first,), "second\n\nwith a body")
    assert (read.author.name, read.author.date) == ("Ada", NOON + timedelta(minutes=1))
    assert repo.history("main") == (second, first)
    assert repo.history("main", path="pkg/a.go") == (first,)
    assert repo.history("gone") == ()
    assert repo.blob(second) is None


@pytest.mark.parametrize(
    "revision",
    ["", "--all", "main^", "main~1", "HEAD@{1}", "a..b", ":/second", "main:pkg/a.go", "no such", "f" * 40, "x\ny"],
)
def test_revisions_are_names_not_expressions(repo, revision):
    """A ref in a URL must not reach git's revision language or its options."""
    seeded(repo)
    assert repo.resolve(revision) is None


def test_branch_wins_over_tag_and_short_sha(repo):
    first, second = seeded(repo)
    repo.set_reference("refs/tags/main", first)
    repo.set_reference(f"refs/heads/{first[:7]}", second)
    assert repo.resolve("main") == second
    assert repo.resolve(first[:7]) == second


def test_commit_files_moves_no_reference_and_keeps_the_mode(repo, tmp_path):
    script = tmp_path / "src" / "run.sh"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    (script.parent / "sub").mkdir()
    (script.parent / "sub" / "ünï code.txt").write_text("x")
    tip = repo.import_folder("main", script.parent, message="import", author=ADA)
    sha = repo.commit_files(
        parents=(tip,),
        files={"run.sh": b"#!/bin/bash\n", "sub/ünï code.txt": None, 'odd "name"\\.txt': b"y"},
        message="m",
        author=ADA,
    )
    assert repo.references() == {"refs/heads/main": tip}
    assert [entry.path for entry in repo.entries(sha, recursive=True)] == ['odd "name"\\.txt', "run.sh"]
    assert repo.diff(tip, sha)[1].status == "modified"  # not "changed": the executable bit stayed
    assert repo.entry(tip, "sub/ünï code.txt").size == 1


def test_import_folder_is_the_whole_tree(repo, tmp_path):
    seeded(repo)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "only.txt").write_text("x")
    (tmp_path / "new" / ".git").mkdir()
    (tmp_path / "new" / ".git" / "config").write_text("never")
    sha = repo.import_folder("main", tmp_path / "new", message="replace", author=ADA)
    assert [entry.path for entry in repo.entries(sha, recursive=True)] == ["only.txt"]
    assert len(repo.commit(sha).parents) == 1


def test_references_compare_and_swap(repo):
    first, second = seeded(repo)
    repo.create_reference("refs/heads/topic", first)
    with pytest.raises(ReferenceMoved):
        repo.create_reference("refs/heads/topic", second)
    with pytest.raises(ReferenceMoved):
        repo.set_reference("refs/heads/topic", second, expected=second)
    repo.set_reference("refs/heads/topic", second, expected=first)
    repo.delete_reference("refs/heads/topic")
    repo.delete_reference("refs/heads/topic")
    assert repo.references() == {"refs/heads/main": second}
    with pytest.raises(ReferenceMoved):
        repo.set_reference("refs/heads/../escape", first)


def test_compare_counts_and_shows_files_since_the_merge_base(repo):
    first, second = seeded(repo)
    old = "".join(f"line {n}\n" for n in range(20))
    repo.add_commits("topic", [commit("base", {"old.txt": old})], start=first)
    topic = repo.add_commits(
        "topic",
        [
            commit("work", {"old.txt": None, "new.txt": old + "more\n", "pkg/a.go": None, "logo.png": "\0\1"}),
            commit("tricky", {"t.txt": "diff --git a/x b/x\n@@ -1 +1 @@\n--- a\n"}),
        ],
    )
    compared = repo.compare("main", "topic")
    assert (compared.status, compared.ahead_by, compared.behind_by) == ("diverged", 3, 1)
    assert compared.merge_base == first
    assert [read.message for read in compared.commits] == ["base", "work", "tricky"]
    files = {change.path: change for change in compared.files}
    assert {path: (f.status, f.additions, f.deletions) for path, f in files.items()} == {
        "logo.png": ("added", 0, 0),
        "new.txt": ("added", 21, 0),
        "pkg/a.go": ("removed", 0, 3),
        "t.txt": ("added", 3, 0),
    }
    assert files["logo.png"].patch is None
    # The content looks like a diff header; the patch must still be one file's.
    assert files["t.txt"].patch == "@@ -0,0 +1,3 @@\n+diff --git a/x b/x\n+@@ -1 +1 @@\n+--- a"
    renamed = repo.diff(topic[0] + "^", topic[0])[1]
    assert (renamed.status, renamed.path, renamed.previous_path) == ("renamed", "new.txt", "old.txt")
    assert repo.compare("main", "main").status == "identical"
    assert (repo.compare(second, first).status, repo.compare(first, second).status) == ("behind", "ahead")
    assert repo.between(first, second) == (second,)
    assert repo.contains(descendant=second, ancestor=first)
    assert not repo.contains(descendant=first, ancestor=second)


def test_unrelated_histories_have_no_comparison(repo):
    seeded(repo)
    repo.add_commits("orphan", [commit("alone", {"x": "y"})])
    assert repo.compare("main", "orphan") is None
    assert repo.merge_base("main", "orphan") is None


def test_pull_request_references(repo):
    first, second = seeded(repo)
    (head,) = repo.add_commits("topic", [commit("topic", {"c.txt": "c\n"})], start=first)
    merged = repo.refresh_pull(7, base=second, head=head, author=ADA)
    assert repo.references("refs/pull/") == {"refs/pull/7/head": head, "refs/pull/7/merge": merged}
    read = repo.commit(merged)
    assert (read.parents, read.message) == ((second, head), f"Merge {head} into {second}")
    assert [entry.path for entry in repo.entries(merged)] == ["c.txt", "pkg"]
    assert repo.refresh_pull(7, base=second, head=head, author=ADA) == merged
    (clash,) = repo.add_commits("topic", [commit("clash", {"pkg/b.go": "package other\n"})])
    assert repo.refresh_pull(7, base=second, head=clash, author=ADA) is None
    assert repo.references("refs/pull/") == {"refs/pull/7/head": clash}


def test_merge_and_squash(repo):
    first, second = seeded(repo)
    (head,) = repo.add_commits("topic", [commit("topic", {"c.txt": "c\n"})], start=first)
    merged = repo.merge(base=second, head=head, message="Merge pull request #7", author=ADA)
    squashed = repo.squash(base=second, head=head, message="topic (#7)", author=ADA)
    assert repo.commit(merged).parents == (second, head)
    assert repo.commit(squashed).parents == (second,)
    assert repo.commit(merged).tree == repo.commit(squashed).tree
    assert repo.resolve("main") == second


def test_fork_and_fetch_from_it(repo, tmp_path):
    seeded(repo)
    fork = open_repository(root=tmp_path, full_name="mallory/widgets")
    fork.copy_branches(repo.path)
    (sha,) = fork.add_commits("main", [commit("evil", {"x": "y"})])
    assert repo.resolve(sha) is None
    repo.fetch(fork.path, sha)
    assert repo.resolve(sha) == sha
    assert list(repo.references()) == ["refs/heads/main"]


def test_trees_and_blobs_by_hand(repo):
    """The git data endpoints: blob, tree on a base, commit, then the reference."""
    _, second = seeded(repo)
    blob = repo.write_blob(b"new\n")
    tree = repo.write_tree([("n.txt", "100644", blob), ("pkg/a.go", "100644", None)], base=second)
    sha = repo.commit_tree(tree, parents=(second,), message="by hand", author=ADA)
    assert [entry.path for entry in repo.entries(sha, recursive=True)] == ["n.txt", "pkg", "pkg/b.go"]
    assert not list(repo.path.glob("*.index"))
