"""What the simulator writes into a git repository: histories, single commits, trees, merges.

Dates and people are always given, so the same scenario makes the same commit ids on every machine. Nothing here
moves a reference except `import_commits`, which appends to one branch.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ftc.simulator.git_process import git_text, run_git
from ftc.simulator.git_types import GitIdentity

NULL_SHA = "0" * 40
FILE_MODE = "100644"
EXECUTABLE_MODE = "100755"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCommit:
    """A commit to make: `files` is the change on top of its parent (None removes), `executable` names those to run."""

    message: str
    author: GitIdentity
    files: Mapping[str, bytes | None] = field(default_factory=dict)
    executable: frozenset[str] = frozenset()
    committer: GitIdentity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeMerge:
    """Outcome of merging two commits: the tree, or None and the paths that conflict."""

    tree: str | None
    conflicts: tuple[str, ...]


def import_commits(
    repository: Path, ref: str, commits: Sequence[NewCommit], *, parents: Sequence[str] = ()
) -> tuple[str, ...]:
    """Appends commits to a full reference in one process; the first one gets `parents`. Returns ids, oldest first."""
    stream = b"".join(_stream(ref, commits, parents=parents))
    done = run_git(repository, "fast-import", "--quiet", "--done", stdin=stream + b"done\n")
    return tuple(done.stdout.decode("ascii").split())


def write_loose_commit(repository: Path, commit: NewCommit, *, parents: Sequence[str]) -> str:
    """Stores one commit on top of its first parent's tree, leaving every reference where it is."""
    scratch = f"refs/simulator/{uuid.uuid4().hex}"
    stream = b"".join(_stream(scratch, [commit], parents=parents))
    stream += f"reset {scratch}\nfrom {NULL_SHA}\n\ndone\n".encode()  # fast-import then never writes the reference
    done = run_git(repository, "fast-import", "--quiet", "--done", stdin=stream)
    return done.stdout.decode("ascii").strip()


def _stream(ref: str, commits: Sequence[NewCommit], *, parents: Sequence[str]) -> Iterator[bytes]:
    """The commands `git fast-import` reads: one process makes a whole history."""
    if not parents:
        yield f"reset {ref}\n\n".encode()
    for mark, commit in enumerate(commits, start=1):
        yield f"commit {ref}\nmark :{mark}\n".encode()
        yield f"author {_who(commit.author)}\ncommitter {_who(commit.committer or commit.author)}\n".encode()
        yield _data(commit.message.encode())
        over = parents if mark == 1 else (f":{mark - 1}",)
        for position, parent in enumerate(over):
            yield f"{'merge' if position else 'from'} {parent}\n".encode()
        for path, content in commit.files.items():
            yield from _change(path, content, mode=EXECUTABLE_MODE if path in commit.executable else FILE_MODE)
        yield f"\nget-mark :{mark}\n".encode()


def _change(path: str, content: bytes | None, *, mode: str) -> Iterator[bytes]:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    if content is None:
        yield f'D "{escaped}"\n'.encode()
        return
    yield f'M {mode} inline "{escaped}"\n'.encode()
    yield _data(content)


def _data(content: bytes) -> bytes:
    return b"data %d\n%b\n" % (len(content), content)


def _who(person: GitIdentity) -> str:
    forbidden = {ord("<"): None, ord(">"): None, ord("\n"): " ", ord("\0"): None}
    name, email = person.name.translate(forbidden).strip(), person.email.translate(forbidden).strip()
    return f"{name} <{email}> {int(person.date.timestamp())} +0000"


def executable_paths(repository: Path, revision: str, paths: Sequence[str]) -> frozenset[str]:
    """Which of the paths are executable files in a revision: rewriting a script keeps it runnable."""
    if not paths:
        return frozenset()
    lines = run_git(repository, "ls-tree", "-z", revision, "--", *paths).stdout.decode("utf-8", "replace").split("\0")
    return frozenset(line.partition("\t")[2] for line in lines if line.startswith(EXECUTABLE_MODE))


def write_blob(repository: Path, content: bytes) -> str:
    """Stores a blob; returns its id."""
    return git_text(repository, "hash-object", "-w", "--stdin", stdin=content)


def write_tree(repository: Path, entries: Sequence[tuple[str, str, str | None]], *, base: str | None = None) -> str:
    """Stores a tree of (path, mode, blob id; None removes) on top of a base tree; returns its id."""
    index = repository / f"{uuid.uuid4().hex}.index"
    lines = "".join(f"{mode if sha else '0'} {sha or NULL_SHA}\t{path}\0" for path, mode, sha in entries)
    environment = {"GIT_INDEX_FILE": str(index)}
    try:
        run_git(repository, "read-tree", *([base] if base else ["--empty"]), extra_env=environment)
        run_git(repository, "update-index", "-z", "--index-info", stdin=lines.encode(), extra_env=environment)
        return run_git(repository, "write-tree", extra_env=environment).stdout.decode("ascii").strip()
    finally:
        index.unlink(missing_ok=True)


def write_commit_of_tree(repository: Path, tree: str, commit: NewCommit, *, parents: Sequence[str]) -> str:
    """Stores a commit of a whole tree (`commit.files` does not count); returns its id."""
    committer = commit.committer or commit.author
    identity = {
        "GIT_AUTHOR_NAME": commit.author.name,
        "GIT_AUTHOR_EMAIL": commit.author.email,
        "GIT_AUTHOR_DATE": f"{int(commit.author.date.timestamp())} +0000",
        "GIT_COMMITTER_NAME": committer.name,
        "GIT_COMMITTER_EMAIL": committer.email,
        "GIT_COMMITTER_DATE": f"{int(committer.date.timestamp())} +0000",
    }
    over = [part for parent in parents for part in ("-p", parent)]
    done = run_git(repository, "commit-tree", tree, *over, stdin=commit.message.encode(), extra_env=identity)
    return done.stdout.decode("ascii").strip()


def merge_trees(repository: Path, ours: str, theirs: str) -> TreeMerge:
    """What merging two commits would give (needs git 2.38); stores the tree only."""
    flags = ("--write-tree", "--no-messages", "--name-only", "--allow-unrelated-histories")
    done = run_git(repository, "merge-tree", *flags, ours, theirs, allowed=(0, 1))
    tree, *conflicts = done.stdout.decode("utf-8", "replace").splitlines()
    if done.returncode:
        return TreeMerge(tree=None, conflicts=tuple(sorted(set(conflicts))))
    return TreeMerge(tree=tree, conflicts=())
