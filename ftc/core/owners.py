"""Whom a test belongs to: configured routing, else CODEOWNERS, else the root's ``OWNERS`` file.

The rule it keeps: only what has the form of a login or of a team ever becomes a mention, and never more than a few.
Files are read as hostile: a line that GitHub would not take is skipped, and none is too expensive to match.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from posixpath import basename, dirname

from ftc.core.model import Flake, TestId
from ftc.core.path_patterns import PathPattern, path_pattern

MOST_MENTIONED = 3
"""People and teams one new issue notifies; of a longer list nobody feels asked, and a scan opens several issues."""
MAX_CODEOWNERS = 3 * 1024 * 1024
"""Bytes of a CODEOWNERS file from which GitHub ignores it."""
MAX_LISTED = 100
"""Names read from one list of an ``OWNERS`` file; three of them are mentioned, and aliases multiply what is read."""
_LOGIN = r"[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}(?:_[A-Za-z0-9]{1,20})?"
_TEAM = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9_])?"
_OWNER = re.compile(rf"{_LOGIN}(?:/{_TEAM})?")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_LINE_END = re.compile(r"\r\n?|\n")
_WORD = re.compile(r"(?:\\.|\\$|[^ \t\\])+")
_MAJOR_VERSION = re.compile(r"v\d+")

Routing = tuple[tuple[str, tuple[str, ...]], ...]
"""Path patterns in the order written, each with the logins or teams that own such files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerRule:
    """One line of CODEOWNERS; ``owners`` are those that can be mentioned, without the ``@``."""

    pattern: PathPattern
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """Everything that names owners; empty where nothing does."""

    routing: Routing = ()
    codeowners: tuple[OwnerRule, ...] = ()
    owners_file: tuple[str, ...] = ()
    approvers: tuple[str, ...] = ()
    """Those whom the root's ``OWNERS`` file calls so; ``owners_file`` may hold the reviewers instead."""
    reviewers: tuple[str, ...] = ()

    def codeowners_of(self, path: str) -> tuple[str, ...]:
        """Everybody whom CODEOWNERS names for a file: the last pattern that matches decides."""
        return next((rule.owners for rule in reversed(self.codeowners) if rule.pattern.matches(path)), ())

    def of(self, flake: Flake) -> tuple[str, ...]:
        """The owners of the flake's test, by the newest way in which it failed."""
        paths = (path_of_test(flake),)
        return owners_of(paths, codeowners=self.codeowners, owners_file=self.owners_file, routing=self.routing)


def can_be_mentioned(name: str) -> bool:
    """Whether the text is a login or a team, so that an ``@`` before it notifies them and does nothing else."""
    return _OWNER.fullmatch(name) is not None


def owners_of(
    paths: Iterable[str],
    *,
    codeowners: Sequence[OwnerRule] = (),
    owners_file: Sequence[str] = (),
    routing: Routing = (),
) -> tuple[str, ...]:
    """Logins and teams without ``@``, each once, at most ``MOST_MENTIONED``, in the order they are written in.

    For each path the first of the three that knows it decides alone, also when it names nobody: in ``routing`` the
    first pattern that matches counts, in CODEOWNERS the last, and ``OWNERS`` knows every path.
    """
    names = (name.removeprefix("@") for path in paths for name in _owners(path, codeowners, owners_file, routing))
    found = {name.lower(): name for name in reversed([name for name in names if can_be_mentioned(name)])}
    return tuple(reversed(found.values()))[:MOST_MENTIONED]


def _owners(path: str, codeowners: Sequence[OwnerRule], owners_file: Sequence[str], routing: Routing) -> Sequence[str]:
    for text, names in routing:
        pattern = path_pattern(text)
        if pattern is not None and pattern.matches(path):
            return names
    decided = (rule.owners for rule in reversed(codeowners) if rule.pattern.matches(path))
    return next(decided, owners_file)


def parse_codeowners(text: str) -> tuple[OwnerRule, ...]:
    """The rules of a CODEOWNERS file in their order; a file GitHub would not load has none."""
    if len(text.encode("utf-8", "replace")) >= MAX_CODEOWNERS:
        return ()
    lines = _LINE_END.split(text.removeprefix("\ufeff"))
    return tuple(rule for rule in map(_rule, lines) if rule is not None)


def _rule(line: str) -> OwnerRule | None:
    """The rule of one line; None for a comment, and for a line that GitHub reports as an error and skips."""
    words: list[str] = _WORD.findall(line)
    comment = next((at for at, word in enumerate(words) if word.startswith("#")), len(words))
    pattern = path_pattern(words[0]) if comment else None
    names = [word for word in words[1:comment] if not _EMAIL.fullmatch(word)]
    if pattern is None or not all(name.startswith("@") and can_be_mentioned(name[1:]) for name in names):
        return None
    return OwnerRule(pattern=pattern, owners=tuple(name[1:] for name in names))


def parse_owners(document: object, aliases: object = None) -> tuple[str, ...]:
    """The approvers of a parsed Kubernetes ``OWNERS`` file, else its reviewers, with ``OWNERS_ALIASES`` resolved.

    An alias looks like a login and may be some stranger's, so it is never taken for one.
    https://www.kubernetes.dev/docs/guide/owners/
    """
    for source in _sources(document):
        for role in ("approvers", "reviewers"):
            if valid := _people(source, role, aliases):
                return valid
    return ()


def listed_as(role: str, document: object, aliases: object = None) -> tuple[str, ...]:
    """Everybody whom a parsed ``OWNERS`` file lists as ``approvers`` or as ``reviewers``, for all files."""
    return tuple(name for source in _sources(document) for name in _people(source, role, aliases))


def _sources(document: object) -> tuple[object, object]:
    """Where people are listed: at the top, and under the filter that matches every file."""
    return (document, _member(_member(document, "filters"), ".*"))


def _people(source: object, role: str, aliases: object) -> tuple[str, ...]:
    people = _member(aliases, "aliases")
    known = {str(name).lower(): members for name, members in people.items()} if isinstance(people, Mapping) else {}
    listed = _texts(_member(source, role))
    names = [name for item in listed for name in _texts(known.get(item.lower(), [item]))]
    return tuple(name for name in names if can_be_mentioned(name))


def _member(document: object, name: str) -> object:
    return document.get(name) if isinstance(document, Mapping) else None


def _texts(value: object) -> list[str]:
    return [item for item in value[:MAX_LISTED] if isinstance(item, str)] if isinstance(value, list) else []


def path_of_test(flake: Flake) -> str:
    """The test's file from the root of the repository, as far as known.

    A Go package whose file is not known is given as an unnamed test file in its folder. What is no path at all, such
    as a class of a report, counts as a file of that name in the root, so that patterns for everything match it.
    """
    places = [place.path for signature in flake.signatures for place in signature.locations]
    test = flake.test
    if test.ecosystem == "go":
        folder = go_folder(test, flake.repo)
        path = next((path for path in places if path.endswith("_test.go")), "_test.go")
        return path if dirname(path) or not folder else f"{folder}/{path}"
    return test.suite if test.ecosystem == "python" and test.suite else next(iter(places), test.suite or test.name)


def go_folder(test: TestId, repo: str) -> str:
    """The folder of a Go package: its import path behind the repository's name; the whole path when that is not in it.

    The module's own path is not known here: it is taken to be the repository's, as it is but for vanity addresses.
    """
    parts = test.suite.strip("/").split("/")
    names = [part.lower() for part in parts]
    owner, name = dirname(repo).lower(), basename(repo).lower()
    ends = [at for at, part in enumerate(names) if part == name]
    behind = [at for at in ends if at and names[at - 1] == owner] or ends
    if not behind:
        return "/".join(parts)
    rest = parts[behind[0] + 1 :]
    return "/".join(rest[1:] if rest and _MAJOR_VERSION.fullmatch(rest[0]) else rest)
