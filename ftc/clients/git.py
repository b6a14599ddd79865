"""git as plain functions over one bare repository and the remote it copies.

Rule: what is asked of git by others is a full sha, a reference or a path and never a flag; every error is a
``CommandFailed`` without the token. What git may know and run says ``git_environment``.
"""

import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ftc.clients import shell
from ftc.clients.git_environment import Repository, basic, environment
from ftc.clients.git_repeating import repeated
from ftc.core.errors import CommandFailed
from ftc.core.sanitize import Sanitizer

LOCAL_SECONDS = 60.0
"""For work on the disk, which takes well under a second in any repository of a sane size."""
FETCH_SECONDS = 180.0
"""For what goes over the network; a blob-less fetch of one commit of the largest repositories takes about a minute."""
LISTING_CAP = 50_000_000
"""Bytes of a file list; a repository of half a million files."""
NO_BLOBS = "blob:none"
"""Commits and trees only; file contents are fetched when they are read."""
NOBODY = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "nobody"), ("EMAIL", "nobody@localhost"), ("DATE", "@0 +0000"))
}
"""Who made a commit that never leaves the disk: the same for everybody, so that the same files have the same sha."""

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_GONE = re.compile(r"not our ref|couldn't find remote ref|unadvertised object|no such remote ref|expected old/new/ref")
_NO_COMMITS = re.compile(r"no commits selected for shallow requests|error processing shallow info")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a tree, read recursively: mode as git writes it, object id, path from the root."""

    mode: str
    oid: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit as ``git log`` tells it; ``paths`` are those of the asked-for files that it touched."""

    sha: str
    title: str
    at: datetime
    """Commit date, aware UTC."""
    parents: tuple[str, ...]
    paths: tuple[str, ...] = ()


def is_sha(text: str) -> bool:
    """Whether a text is a full object id and nothing else, a flag least of all."""
    return _SHA.fullmatch(text) is not None


def init_bare(repository: Repository) -> None:
    """Make the repository, empty, with its remote; ``CommandFailed`` when the disk does not let us."""
    try:
        repository.path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandFailed(f"{repository.path} cannot be made: {error.strerror}; look at workspace") from None
    _git(repository, "init", "--quiet", "--bare", "--template=", ".")
    for key, value in (("url", repository.url), ("promisor", "true"), ("partialCloneFilter", NO_BLOBS)):
        _git(repository, "config", f"remote.origin.{key}", value)


def has_object(repository: Repository, sha: str) -> bool:
    """Whether a commit is here; asks nobody."""
    # Without an allowed protocol a missing object is not fetched behind our back.
    alone = Repository(path=repository.path)
    return is_sha(sha) and _run(alone, "cat-file", "-e", f"{sha}^{{commit}}").ok


def fetch(repository: Repository, what: str, *, depth: int = 0, since: datetime | None = None) -> bool:
    """Fetch one commit by its sha, or a full reference, without file contents.

    ``depth`` counts commits, ``since`` asks for all commits after a moment instead. False when the remote does not have
    it or gives none of it; ``CommandFailed`` when it does not answer, asked twice, or does not let us.
    """
    if not is_sha(what) and not re.fullmatch(r"refs/[\w./-]{1,200}", what, re.ASCII):
        return False
    reach = [f"--shallow-since={since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"] if since else []
    reach += [f"--depth={depth}"] if depth else []
    flags = ["--quiet", "--no-tags", "--no-auto-maintenance", f"--filter={NO_BLOBS}", *reach]
    done = _fetching(repository, "fetch", *flags, "origin", what)
    if not done.ok and not done.timed_out and (_GONE.search(done.err) or (since and _NO_COMMITS.search(done.err))):
        return False
    check(repository, ("fetch", what), done)
    return True


def fetch_objects(repository: Repository, oids: Sequence[str]) -> None:
    """Fetch file contents by their ids, all in one request."""
    if not (wanted := [oid for oid in oids if is_sha(oid)]):
        return
    # As git itself fetches what a partial clone lacks.
    flags = ["--quiet", "--no-tags", "--no-auto-maintenance", "--no-write-fetch-head", f"--filter={NO_BLOBS}"]
    argv = ["-c", "fetch.negotiationAlgorithm=noop", "fetch", *flags, "--stdin", "origin"]
    check(repository, argv, _fetching(repository, *argv, stdin=_lines(wanted)))


def fetched(repository: Repository) -> str:
    """The sha that the last ``fetch`` brought, or empty."""
    done = _run(repository, "rev-parse", "--verify", "--quiet", "FETCH_HEAD^{commit}")
    return done.out.strip() if done.ok else ""


def parents(repository: Repository, sha: str) -> tuple[str, ...]:
    """Parents that a commit names, whether they were fetched or not: a shallow end hides them from the log."""
    lines = _git(repository, "cat-file", "commit", sha).out.partition("\n\n")[0].split("\n")
    return tuple(line.removeprefix("parent ") for line in lines if line.startswith("parent "))


def ls_tree(repository: Repository, sha: str) -> tuple[Entry, ...]:
    """Every file, symlink and submodule of a commit; names that are no UTF-8 or hold control characters are left out.

    A list beyond ``LISTING_CAP`` is cut.
    """
    done = _git(repository, "ls-tree", "-r", "-z", "--full-tree", sha, cap=LISTING_CAP)
    return tuple(_entries(done.stdout))


def _entries(listing: bytes) -> Iterator[Entry]:
    for line in listing.split(b"\0")[:-1]:  # the last part is empty, or the list was cut within it
        head, _, name = line.partition(b"\t")
        fields = head.decode("ascii", "replace").split()
        try:
            path = name.decode("utf-8")
        except UnicodeDecodeError:
            continue
        if len(fields) == 3 and path.isprintable():
            yield Entry(mode=fields[0], oid=fields[2], path=path)


def missing(repository: Repository, sha: str) -> frozenset[str]:
    """Ids of the objects below a commit that are not here yet; asks nobody."""
    argv = ("rev-list", "--objects", "--no-object-names", "--no-walk", "--missing=print", sha)
    done = _git(repository, *argv, cap=LISTING_CAP)
    return frozenset(line[1:] for line in done.out.splitlines() if line.startswith("?"))


def cat_files(repository: Repository, oids: Sequence[str], *, cap: int, total: int) -> dict[str, bytes]:
    """The bytes of blobs by their ids, in the order given; without those longer than ``cap``, and until ``total``.

    Fetches what is not here, one by one; call ``fetch_objects`` before.
    """
    asked = [oid for oid in dict.fromkeys(oids) if is_sha(oid)]
    check = ("cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)")
    wanted: list[str] = []
    for line in _git(repository, *check, stdin=_lines(asked), timeout=FETCH_SECONDS).out.splitlines():
        fields = line.split()
        if len(fields) == 3 and fields[1] == "blob" and int(fields[2]) <= min(cap, total):
            wanted.append(fields[0])
            total -= int(fields[2])
    room = sum(100 + cap for _ in wanted)
    return _blobs(_git(repository, "cat-file", "--batch", stdin=_lines(wanted), cap=room).stdout) if wanted else {}


def _lines(oids: Sequence[str]) -> bytes:
    return "".join(f"{oid}\n" for oid in oids).encode("ascii")


def _blobs(batch: bytes) -> dict[str, bytes]:
    """What ``cat-file --batch`` prints: a line with id, type and size, then the bytes and a line end."""
    found: dict[str, bytes] = {}
    at = 0
    while (end := batch.find(b"\n", at)) >= 0:
        oid, _, size = batch[at:end].decode("ascii").split()
        at = end + 1 + int(size)
        found[oid] = batch[end + 1 : at]
        at += 1
    return found


def commit(repository: Repository, sha: str) -> Commit | None:
    """One commit that is here; None for one that is not."""
    return next(iter(log(repository, sha, limit=1)), None) if has_object(repository, sha) else None


def log(
    repository: Repository,
    last: str,
    *,
    first: str = "",
    since: datetime | None = None,
    paths: Sequence[str] = (),
    limit: int = 100,
) -> tuple[Commit, ...]:
    """Commits reachable from ``last`` and not from ``first``, newest first, that touched one of the paths.

    With paths merges are left out, and so are the commits at which a shallow history ends: they seem to add every
    file there is.
    """
    mark, sep = (secrets.token_hex(8) for _ in range(2))  # a commit's title may hold anything but these
    argv = ["log", "-z", "--no-renames", f"--max-count={limit}", f"--format={mark}%H{sep}%P{sep}%ct{sep}%s{sep}"]
    argv += [f"--since={since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"] if since else []
    argv += ["--name-only", "--no-merges"] if paths else ["--no-patch"]
    done = _git(repository, *argv, last, *([f"^{first}"] if first else []), "--", *paths)
    ends = shallow(repository) if paths else frozenset()
    commits = (_commit(part.split(sep), paths) for part in done.out.split(mark)[1:])
    return tuple(found for found in commits if found is not None and found.sha not in ends)


def _commit(fields: Sequence[str], paths: Sequence[str]) -> Commit | None:
    if len(fields) != 5 or not is_sha(fields[0]) or not fields[2].isdigit():
        return None
    touched = {name.strip("\n") for name in fields[4].split("\0")}
    return Commit(
        sha=fields[0],
        parents=tuple(fields[1].split()),
        at=datetime.fromtimestamp(int(fields[2]), UTC),
        title=fields[3],
        paths=tuple(path for path in dict.fromkeys(paths) if path in touched),
    )


def shallow(repository: Repository) -> frozenset[str]:
    """Commits whose parents were not fetched."""
    file = repository.path / "shallow"
    return frozenset(file.read_text("ascii").split()) if file.is_file() else frozenset()


def is_ancestor(repository: Repository, *, ancestor: str, descendant: str) -> bool:
    """Whether one commit is reachable from another, as far as the history is here."""
    return _run(repository, "merge-base", "--is-ancestor", ancestor, descendant).code == 0


def diff_names(repository: Repository, before: str, after: str) -> tuple[str, ...]:
    """Files that differ between two commits that are here."""
    done = _git(repository, "diff", "--name-only", "--no-renames", "-z", before, after, "--", cap=LISTING_CAP)
    return tuple(name for name in done.out.split("\0") if name)


def add_worktree(repository: Repository, place: Path, sha: str) -> None:
    """Check a commit out into a folder that does not exist yet; file contents are fetched in one request."""
    argv = ["worktree", "add", "--quiet", "--force", "--detach", str(place), sha]
    check(repository, argv, _fetching(repository, *argv))  # where it fails, git takes the folder away again


def _git(
    repository: Repository, *args: str, stdin: bytes = b"", cap: int = shell.OUTPUT_CAP, timeout: float = LOCAL_SECONDS
) -> shell.Result:
    done = _run(repository, *args, stdin=stdin, cap=cap, timeout=timeout)
    check(repository, args, done)
    return done


def _run(
    repository: Repository, *args: str, stdin: bytes = b"", cap: int = shell.OUTPUT_CAP, timeout: float = LOCAL_SECONDS
) -> shell.Result:
    env = {**environment(repository), "GIT_DIR": str(repository.path)}
    return shell.run(["git", *args], cwd=repository.path, env=env, timeout=timeout, output_cap=cap, stdin=stdin)


def _fetching(repository: Repository, *args: str, stdin: bytes = b"") -> shell.Result:
    return repeated(lambda: _run(repository, *args, stdin=stdin, timeout=FETCH_SECONDS), pause=repository.pause)


def with_index(
    repository: Repository,
    index: Path,
    *args: str,
    worktree: Path | None = None,
    stdin: bytes = b"",
    cap: int = shell.OUTPUT_CAP,
) -> shell.Result:
    """Run git over an index of the caller's own and, if need be, files that are no worktree of ours; see ``check``.

    Nothing that lies in those files tells git where its repository is or what to run. Objects that are missing are
    fetched.
    """
    env = {**environment(repository), "GIT_DIR": str(repository.path), "GIT_INDEX_FILE": str(index), **NOBODY}
    env |= {"GIT_WORK_TREE": str(worktree)} if worktree else {}
    argv = ["git", *args]
    return shell.run(argv, cwd=worktree or repository.path, env=env, timeout=FETCH_SECONDS, output_cap=cap, stdin=stdin)


def check(repository: Repository, args: Sequence[str], done: shell.Result) -> None:
    """Raise ``CommandFailed`` with what git said, without the token, however git wrapped it."""
    if done.ok:
        return
    said = f"no end after {done.seconds:.0f} s" if done.timed_out else done.err.strip() or f"it ended with {done.code}"
    clean = Sanitizer(extra_values=(repository.token, basic(repository.token)) if repository.token else ()).clean(said)
    words = " ".join(word for word in args if not word.startswith("-"))
    raise CommandFailed(f"git {words[:100]}: {' '.join(clean.split())[:300]}; look at token and address")
