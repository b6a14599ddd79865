"""The change that a pull request proposes, as a patch on the commit where it left its base.

Rule: it is read with git alone and nothing of it is run. What cannot be a candidate, since it is too long or no text,
is said and not cut.
"""

from dataclasses import dataclass

from ftc.agent.patching import PATCH_BYTES
from ftc.agent.temporary import DIFF, temporary
from ftc.agent.workspace import Mirror
from ftc.clients import git
from ftc.core.errors import CommandFailed

_DIFF = ("diff", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color", "--binary", "--full-index")


@dataclass(frozen=True, slots=True, kw_only=True)
class PullPatch:
    """The patch, and the paths that differ, sorted; both untrusted."""

    patch: str
    paths: tuple[str, ...]


def pull_patch(mirror: Mirror, *, base: str, head: str, number: int) -> PullPatch:
    """From ``base`` to ``head``, both full shas; raises ``CommandFailed`` for what cannot be fetched or proven."""
    for sha in (base, head):
        if not mirror.have(sha) and not _have_head(mirror, sha, number):
            raise CommandFailed(f"commit {sha[:40]} of the pull request cannot be fetched (any more); order it again")
    paths = git.diff_names(mirror.repository, base, head)
    for sha in (base, head):
        mirror.fetch_files(sha, paths)
    return PullPatch(patch=_text(_diff(mirror, base=base, head=head)), paths=tuple(sorted(paths)))


def _have_head(mirror: Mirror, sha: str, number: int) -> bool:
    """A server may give a fork's commit under the pull request's own reference alone."""
    return git.fetch(mirror.repository, f"refs/pull/{number}/head", depth=1) and mirror.have(sha)


def _diff(mirror: Mirror, *, base: str, head: str) -> bytes:
    with temporary(DIFF) as folder:
        index = folder / "index"  # never made: two commits are compared
        args = (*_DIFF, base, head, "--")
        done = git.with_index(mirror.repository, index, *args, cap=PATCH_BYTES + 1)
        git.check(mirror.repository, args, done)
    return done.stdout


def _text(data: bytes) -> str:
    if not data:
        raise CommandFailed("the pull request changes nothing against the commit where it left its base")
    if len(data) > PATCH_BYTES:
        raise CommandFailed(f"the change is longer than {PATCH_BYTES:,} bytes, and no fix of a test; propose less")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise CommandFailed("the change is no UTF-8 text, which is not proven here") from None
