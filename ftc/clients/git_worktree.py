"""git in a worktree that is changed, committed and pushed: one checkout of a bare repository, as plain functions.

Rule: what is committed is the tree that was staged before any code of the repository ran, and what git works on is said
by its environment and never by files of the worktree, which such code may rewrite. Nothing is pushed over a branch that
is not where it was last seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ftc.clients import shell
from ftc.clients.git import FETCH_SECONDS, LISTING_CAP, LOCAL_SECONDS, is_sha
from ftc.clients.git_environment import Repository, basic, environment
from ftc.core.errors import CommandFailed
from ftc.core.patch import Change, parse_changes
from ftc.core.sanitize import Sanitizer

BOT_NAME = "flaky-test-cleaner"
BOT_MAIL = "flaky-test-cleaner@users.noreply.github.com"
"""Who commits; a branch whose head somebody else committed is left alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A worktree: the repository that it belongs to, its folder, and where git keeps its index and HEAD."""

    repository: Repository
    folder: Path
    git_dir: Path


def open_checkout(repository: Repository, folder: Path) -> Checkout:
    """The worktree in a folder, to be opened before anything runs in it; ``CommandFailed`` when it is none."""
    try:
        said = (folder / ".git").read_text("utf-8")
    except OSError:
        raise CommandFailed(f"{folder.name} is no worktree of git") from None
    return Checkout(repository=repository, folder=folder, git_dir=Path(said.removeprefix("gitdir:").strip()))


def stage(checkout: Checkout, paths: Sequence[str] = ()) -> None:
    """Put the state of these files, or of all that are not ignored, into the index."""
    _git(checkout, "add", "--all", "--", *(paths or [":/"]), literal=bool(paths))


def write_tree(checkout: Checkout) -> str:
    """Id of the tree that the index holds."""
    return _git(checkout, "write-tree").out.strip()


def changes(checkout: Checkout, base: str, tree: str) -> tuple[Change, ...]:
    """What a tree changes against a commit; raises ``UnreadableDiff``."""
    flags = ("diff-tree", "-r", "-z", "--no-renames")
    raw = _git(checkout, *flags, "--raw", base, tree, cap=LISTING_CAP).stdout
    return parse_changes(raw, _git(checkout, *flags, "--numstat", base, tree, cap=LISTING_CAP).stdout)


def diff(checkout: Checkout, base: str, tree: str, path: str = "") -> str:
    """The patch between a commit and a tree, of one file or of all."""
    flags = ("--no-renames", "--no-ext-diff", "--no-textconv", "--no-color")
    return _git(checkout, "diff", *flags, base, tree, "--", *([path] if path else [])).out


def commit_tree(checkout: Checkout, tree: str, *, parent: str, message: str, at: datetime) -> str:
    """Make a commit of ours; its sha."""
    done = _git(checkout, "commit-tree", tree, "-p", parent, "-F", "-", stdin=message.encode(), at=at)
    return done.out.strip()


def commit_bare(repository: Repository, tree: str, *, parent: str, message: str, at: datetime) -> str:
    """Make a commit of ours where nothing is checked out; the same values give the same sha."""
    env = {**environment(repository), "GIT_DIR": str(repository.path), **_identity(at)}
    argv = ("commit-tree", tree, "-p", parent, "-F", "-")
    done = shell.run(["git", *argv], cwd=repository.path, env=env, timeout=FETCH_SECONDS, stdin=message.encode())
    _checked(repository, argv[:2], done)
    return done.out.strip()


def reset(checkout: Checkout, sha: str) -> None:
    """Make the worktree what a commit is, without files that nobody knows; ignored ones stay."""
    _git(checkout, "reset", "--quiet", "--hard", sha)
    _git(checkout, "clean", "-ffdq")


def pick(checkout: Checkout, sha: str) -> tuple[str, ...]:
    """Put the changes of a commit into index and worktree; paths in conflict, sorted, which are left unresolved."""
    done = _run(checkout, "cherry-pick", "--no-commit", "--strategy=ort", sha, timeout=FETCH_SECONDS)
    if done.ok:
        return ()
    named = _git(checkout, "diff", "--name-only", "--diff-filter=U", "-z").out
    found = tuple(sorted({name for name in named.split("\0") if name}))
    if not found:
        _check(checkout, ("cherry-pick", sha), done)
    return found


def take_base(checkout: Checkout, base: str, path: str) -> None:
    """Resolve a conflict by the base's version of a file, be it that there is none."""
    _git(checkout, "reset", "--quiet", base, "--", path)
    if _run(checkout, "cat-file", "-e", f"{base}:{path}").ok:
        _git(checkout, "checkout", "--quiet", base, "--", path)
    else:
        (checkout.folder / path).unlink(missing_ok=True)


def remote_head(repository: Repository, branch: str) -> str:
    """Sha of a branch of the remote, empty when there is none; ``CommandFailed`` when it does not answer."""
    done = _run_bare(repository, "ls-remote", "--quiet", "origin", f"refs/heads/{branch}")
    _checked(repository, ("ls-remote", branch), done)
    sha = done.out.partition("\t")[0].strip()
    return sha if is_sha(sha) else ""


def default_branch(repository: Repository) -> str:
    """Name of the branch that the remote's HEAD is."""
    done = _run_bare(repository, "ls-remote", "--quiet", "--symref", "origin", "HEAD")
    _checked(repository, ("ls-remote", "HEAD"), done)
    first = done.out.partition("\t")[0]
    if not first.startswith("ref: refs/heads/"):
        raise CommandFailed("the remote names no default branch; give --base")
    return first.removeprefix("ref: refs/heads/")


def committer(repository: Repository, sha: str) -> str:
    """Address of who committed a commit that is here."""
    done = _run_bare(repository, "show", "--no-patch", "--format=%ce", sha)
    _checked(repository, ("show", sha), done)
    return done.out.strip()


def push(repository: Repository, sha: str, branch: str, *, seen: str) -> None:
    """Make a branch of the remote point to a commit; refused when it is not where it was ``seen`` (empty: nowhere)."""
    ref = f"refs/heads/{branch}"
    done = _run_bare(repository, "push", "--quiet", f"--force-with-lease={ref}:{seen}", "origin", f"{sha}:{ref}")
    _checked(repository, ("push", branch), done)


def _git(
    checkout: Checkout,
    *args: str,
    stdin: bytes = b"",
    cap: int = shell.OUTPUT_CAP,
    at: datetime | None = None,
    literal: bool = True,
) -> shell.Result:
    done = _run(checkout, *args, stdin=stdin, cap=cap, at=at, literal=literal)
    _check(checkout, args, done)
    return done


def _run(
    checkout: Checkout,
    *args: str,
    stdin: bytes = b"",
    cap: int = shell.OUTPUT_CAP,
    timeout: float = LOCAL_SECONDS,
    at: datetime | None = None,
    literal: bool = True,
) -> shell.Result:
    env = {
        **environment(checkout.repository),
        "GIT_DIR": str(checkout.git_dir),
        "GIT_WORK_TREE": str(checkout.folder),
        **_identity(at),
    }
    if not literal:
        del env["GIT_LITERAL_PATHSPECS"]
    return shell.run(["git", *args], cwd=checkout.folder, env=env, timeout=timeout, output_cap=cap, stdin=stdin)


def _identity(at: datetime | None) -> dict[str, str]:
    names = {f"GIT_{who}_NAME": BOT_NAME for who in ("AUTHOR", "COMMITTER")}
    names |= {f"GIT_{who}_EMAIL": BOT_MAIL for who in ("AUTHOR", "COMMITTER")}
    return names | ({f"GIT_{who}_DATE": at.isoformat() for who in ("AUTHOR", "COMMITTER")} if at else {})


def _run_bare(repository: Repository, *args: str) -> shell.Result:
    env = {**environment(repository), "GIT_DIR": str(repository.path)}
    return shell.run(["git", *args], cwd=repository.path, env=env, timeout=FETCH_SECONDS)


def _check(checkout: Checkout, args: Sequence[str], done: shell.Result) -> None:
    _checked(checkout.repository, args, done)


def _checked(repository: Repository, args: Sequence[str], done: shell.Result) -> None:
    """Raise ``CommandFailed`` with what git said, without the token."""
    if done.ok:
        return
    said = f"no end after {done.seconds:.0f} s" if done.timed_out else done.err.strip() or f"it ended with {done.code}"
    clean = Sanitizer(extra_values=(repository.token, basic(repository.token)) if repository.token else ()).clean(said)
    words = " ".join(word for word in args if not word.startswith("-"))
    raise CommandFailed(f"git {words[:100]}: {' '.join(clean.split())[:300]}")
