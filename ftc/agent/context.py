"""The code behind a failure: snippets and suspect commits at the failing commit, read from a mirror.

Rule: text leaves this module sanitised, and what could not be read is said in ``problems``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ftc.agent.workspace import Mirror
from ftc.core.analysis import Snippet, Sources, Suspect
from ftc.core.errors import CommandFailed
from ftc.core.model import Flake, Occurrence, TestId
from ftc.core.sanitize import Sanitizer
from ftc.core.snippets import choose, places
from ftc.core.snippets.languages import find_test, read_source
from ftc.core.snippets.outline import Found, Source

SUSPECTS = 5
"""Commits named at most; more than that is no suspicion."""
COMMITS_TRIED = 8
"""Occurrences whose commits are tried, newest first; each that is gone costs a request."""
OLDEST_TRIED = 3
"""Oldest occurrences whose commits are tried as the first failure."""
FRAMES = 12
"""Places of stacks looked at, those of the newest signature first."""
KEY_LINES = 120
"""Lines around a snippet that are looked at for the start of a secret; the longest private keys have 100."""
HIDDEN_LINE = "[redacted]"
LINE_CHARS = 300
"""Characters of one line of a snippet; the rest of a longer one is data."""
TITLE_CHARS = 120
"""Characters of a commit's title."""


def gather(flake: Flake, mirror: Mirror, *, sanitizer: Sanitizer, last_pass_sha: str = "") -> Sources:
    """What can be read of the code at the commit of the newest failure, or of an older one where that is gone.

    ``last_pass_sha`` is where suspicion starts; without it, some days before the first failure. Raises
    ``CommandFailed`` when the remote does not answer; what is only missing is a problem in the sources.
    """
    problems: list[str] = []
    sha = _commit_to_read(flake, mirror, problems)
    if not sha:
        return Sources(problems=(*problems, "no commit at which this test failed can be fetched any more"))
    read = _Reading(mirror=mirror, sha=sha)
    frames = list(_frames(flake, read.files))
    found, around = _found(flake.test, read, stack=[path for path, _ in frames])
    spans = _spans(found, around, read, frames)
    if not found:
        problems.append("the test's definition was not found by its name; it may be generated or named by a variable")
    paths = tuple(dict.fromkeys(span.path for span in spans))
    return Sources(
        sha=sha,
        snippets=tuple(_snippet(number, span, read, sanitizer) for number, span in enumerate(spans, 1)),
        locatable=found is not None,
        test_path=sanitizer.clean(found.test.source.path) if found else "",
        suspects=_suspects(flake, mirror, paths, sanitizer=sanitizer, last_pass_sha=last_pass_sha, problems=problems),
        problems=tuple(map(sanitizer.clean, problems)),
    )


def locate(tests: Sequence[TestId], mirror: Mirror, sha: str) -> tuple[str, ...]:
    """File of each test's definition at a commit, in the same order; empty where it was not found by its name.

    Raises ``CommandFailed`` when the remote does not answer, or does not have the commit.
    """
    read = _Reading(mirror=mirror, sha=sha)
    found = (_found(test, read, stack=())[0] for test in tests)
    return tuple(item.test.source.path if item else "" for item in found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """The files of one commit, each read and outlined once."""

    mirror: Mirror
    sha: str
    known: dict[str, Source | None] = field(default_factory=dict)

    @property
    def files(self) -> tuple[str, ...]:
        return self.mirror.files(self.sha)

    def sources(self, paths: Sequence[str]) -> list[Source]:
        """Those of the files that can be read, in this order."""
        fresh = [path for path in paths if path not in self.known]
        texts = self.mirror.read_files(self.sha, fresh) if fresh else {}
        self.known.update({path: read_source(path, texts[path]) if path in texts else None for path in fresh})
        return [source for path in dict.fromkeys(paths) if (source := self.known[path]) is not None]


def _commit_to_read(flake: Flake, mirror: Mirror, problems: list[str]) -> str:
    """The tested commit of the newest failure that can still be had, else the head it was a merge of."""
    tried: set[str] = set()
    for item in _newest(flake)[:COMMITS_TRIED]:
        for sha in _tested(item, mirror):
            if sha in tried:
                continue
            tried.add(sha)
            if mirror.have(sha):
                _say_what_was_read(item, sha, newest=_newest(flake)[0], problems=problems)
                return sha
    return ""


def _newest(flake: Flake) -> list[Occurrence]:
    return sorted(flake.occurrences, key=lambda item: (item.created, item.attempt), reverse=True)


def _tested(item: Occurrence, mirror: Mirror) -> Iterator[str]:
    """Commits to try for one occurrence: the tested merge while GitHub holds it, then the commit of the run."""
    head, plus, base = item.tree.partition("+")
    if plus and item.pull_request:
        merge = mirror.have_merge(item.pull_request, head=head, base=base)
        if merge:
            yield merge
    elif head:
        yield head
    yield item.sha
    if plus:
        yield head


def _say_what_was_read(item: Occurrence, sha: str, *, newest: Occurrence, problems: list[str]) -> None:
    merged = "+" in item.tree and sha in (item.sha, item.tree.partition("+")[0])
    if item is not newest:
        problems.append("the commit of the newest failure cannot be fetched any more; that of an older one was read")
    elif merged:
        problems.append("the tested merge commit cannot be fetched any more; the head of its pull request was read")
    elif item.tree and "+" not in item.tree and sha != item.tree:
        problems.append("the tested commit cannot be fetched any more; the one its run names was read")


def _frames(flake: Flake, files: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Places of the newest signatures' stacks that are files of the commit."""
    known = set(files)
    locations = [place for signature in flake.signatures for place in signature.locations]
    for place in dict.fromkeys(locations[:FRAMES]):
        if place.path in known:
            yield place.path, place.line
            continue
        # A log that knows no root prints a path from somewhere inside; one file that ends like it is meant.
        ends = [path for path in files if path.endswith(f"/{place.path}")]
        if len(ends) == 1:
            yield ends[0], place.line


def _found(test: TestId, read: _Reading, *, stack: Sequence[str]) -> tuple[Found | None, list[Source]]:
    """The test's place, and the files in which to look for what it calls: two requests at most."""
    paths = places.candidates(test, read.files, stack=stack)
    beside = places.conftests(paths[:3], read.files)
    # The places of the stacks are fetched in the same request.
    first = read.sources([*paths, *beside, *stack])
    found = find_test(first, test)
    if found is None:
        return None, first
    near = places.related(found.test, read.files)
    everything = read.sources([*paths, *beside, *near, *stack])
    # Base classes and embedded suites may be among what was read now.
    return find_test(everything, test) or found, read.sources([found.test.source.path, *near])


def _spans(
    found: Found | None, around: Sequence[Source], read: _Reading, frames: Sequence[tuple[str, int]]
) -> tuple[choose.Span, ...]:
    stack = [(source, line) for path, line in frames for source in read.sources([path])]
    own = choose.found_spans(found, around) if found else ()
    return choose.choose([*choose.stack_spans(stack), *own])


def _snippet(number: int, span: choose.Span, read: _Reading, sanitizer: Sanitizer) -> Snippet:
    (source,) = read.sources([span.path])
    lines = _publishable(source.code.text.split("\n"), span, sanitizer)
    short = "\n".join(line if len(line) <= LINE_CHARS else line[:LINE_CHARS] + "…" for line in lines)
    return Snippet(
        id=f"S{number}",
        path=sanitizer.clean(span.path),
        sha=read.sha,
        first=span.first,
        last=span.last,
        text=short,
        reason=span.reason,
    )


def _publishable(lines: Sequence[str], span: choose.Span, sanitizer: Sanitizer) -> list[str]:
    """The lines of a span without secrets, also without the middle of a key that starts above them."""
    around = "\n".join(lines[max(0, span.first - 1 - KEY_LINES) : span.last + KEY_LINES])
    safe = set(sanitizer.clean(around).split("\n"))
    cleaned = sanitizer.clean("\n".join(lines[span.first - 1 : span.last])).split("\n")
    return [line if line in safe else HIDDEN_LINE for line in cleaned]


def _suspects(
    flake: Flake,
    mirror: Mirror,
    paths: Sequence[str],
    *,
    sanitizer: Sanitizer,
    last_pass_sha: str,
    problems: list[str],
) -> tuple[Suspect, ...]:
    """Commits up to the first failure that touched the snippets' files, newest first."""
    try:
        first = next((item.sha for item in _newest(flake)[::-1][:OLDEST_TRIED] if mirror.have(item.sha)), "")
        commits = mirror.commits(last_pass_sha, first, paths) if first and paths else ()
    except CommandFailed as error:
        # A server may refuse a partial history; the snippets are worth having without it.
        problems.append(f"no suspect commits: {error}")
        return ()
    return tuple(
        Suspect(
            sha=commit.sha,
            title=sanitizer.clean(commit.title)[:TITLE_CHARS],
            at=commit.at,
            paths=tuple(map(sanitizer.clean, commit.paths)),
        )
        for commit in commits[:SUSPECTS]
    )
