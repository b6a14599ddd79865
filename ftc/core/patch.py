"""What a patch changes, as git says after applying it, and whether that is allowed.

The rule it keeps: nothing is believed of a patch's own headers. It was applied to the index of the pinned base, and
what is judged here is git's account of the index (``diff --cached --raw -z`` and ``--numstat -z``), which is what will
be committed. A program that reads a patch otherwise than git does is a hole (field notes, section 5).
"""

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ftc.core.path_patterns import PathPattern, path_pattern
from ftc.core.runner_files import RUNNER_FILES
from ftc.core.sanitize import Sanitizer

MAX_FILES, MAX_LINES = 5, 400
"""Files and changed lines of a fix by default (spec, section 9); what is larger is no fix of one test."""

PROTECTED = (
    ".*",  # .github/, .git*, .circleci/, .env, .npmrc, .cursor/: every name with a dot in front, file or folder
    "CODEOWNERS",
    "OWNERS",
    "OWNERS_ALIASES",
    # Manifests and locks: what is installed and built.
    "go.mod", "go.sum", "go.work", "go.work.sum", "vendor/",
    "package.json", "package.json5", "package.yaml", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock",
    "pnpm-lock.yaml", "pnpm-workspace.yaml", "bun.lock", "bun.lockb", "bunfig.toml", "deno.json*",
    "deno.lock", "jsr.json",
    "Cargo.toml", "Cargo.lock", "build.rs", "rust-toolchain", "rust-toolchain.toml",
    "pyproject.toml", "setup.py", "setup.cfg", "tox.ini", "noxfile.py", "hatch.toml", "pixi.toml", "pixi.lock",
    "requirements*.txt", "requirements*.in", "**/requirements/*.txt", "**/requirements/*.in", "constraints*.txt",
    "Pipfile", "Pipfile.lock", "poetry.lock", "poetry.toml", "uv.lock", "uv.toml", "pdm.lock", "pylock*.toml",
    "environment.yml", "environment.yaml", "conda-lock.yml", "sitecustomize.py", "usercustomize.py", "*.pth",
    "pom.xml", "build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts", "gradle.properties",
    "gradle.lockfile", "gradlew", "gradlew.bat", "mvnw", "mvnw.cmd", "**/gradle/wrapper/", "*.versions.toml",
    "buildSrc/", "build.sbt", "build.sc", "build.xml", "ivy.xml",
    "Gemfile", "Gemfile.*", "gems.rb", "gems.locked", "*.gemspec", "Rakefile", "composer.json", "composer.lock",
    "*.csproj", "*.fsproj", "*.vbproj", "*.vcxproj", "*.sln", "*.slnx", "*.props", "*.targets", "global.json",
    "nuget.config", "packages.config", "packages.lock.json", "paket.*",
    "Package.swift", "Package.resolved", "Podfile", "Podfile.lock", "mix.exs", "mix.lock", "rebar.config", "rebar.lock",
    "pubspec.yaml", "pubspec.lock", "stack.yaml", "stack.yaml.lock", "*.cabal", "cabal.project*",
    "flake.nix", "flake.lock", "default.nix", "shell.nix",
    "CMakeLists.txt", "CMakePresets.json", "*.cmake", "conanfile.*", "conan.lock", "vcpkg.json", "meson.build",
    "meson_options.txt", "configure.ac", "Makefile", "GNUmakefile", "Makefile.*", "*.mk", "justfile", "Taskfile.y*ml",
    "BUILD.bazel", "WORKSPACE.bazel", "WORKSPACE.bzlmod", "MODULE.bazel", "MODULE.bazel.lock", "*.bzl",
    # Pipelines and machines.
    "Jenkinsfile*", "azure-pipelines*.y*ml", "appveyor.yml", "bitbucket-pipelines.yml", "cloudbuild.y*ml",
    "buildspec.yml", "Vagrantfile", "Procfile", "Dockerfile*", "*.dockerfile", "Containerfile*", "docker-bake.*",
    "docker-compose*", "compose.y*ml", "action.yml", "action.yaml",
    # What agents are told.
    "AGENTS.md", "AGENTS.override.md", "AGENT.md", "CLAUDE.md", "CLAUDE.local.md", "GEMINI.md",
    "copilot-instructions.md", "SKILL.md",
)  # fmt: skip
"""Never changed by a fix, wherever they lie (spec, section 9); a task may lift single ones, a fix never."""

PROTECTED_FILES = frozenset({"build", "workspace", "buck"})
"""Likewise, of Bazel and Buck, but as names of files only: folders of these names, in small letters, are everywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One path of the index that differs from the base."""

    path: str
    status: str
    """Git's letter: ``A`` added, ``M`` changed, ``D`` deleted, ``T`` another type; renames are not asked for."""
    old_mode: str
    new_mode: str
    added: int
    removed: int
    binary: bool = False


class Rule(StrEnum):
    """What a patch may offend against."""

    EMPTY = "empty"
    PATH = "path"
    """No path inside of the repository."""
    PROTECTED = "protected"
    NOT_ALLOWED = "not-allowed"
    DELETED = "deleted"
    MODE = "mode"
    SYMLINK = "symlink"
    SUBMODULE = "submodule"
    BINARY = "binary"
    FILES = "files"
    LINES = "lines"
    SECRET = "secret"  # noqa: S105 - a rule's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One offence, with the path it is about (empty where the patch as a whole is) and what would be allowed."""

    rule: Rule
    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a patch may change; ``planned`` are files the approved plan names beyond ``allowed``."""

    allowed: tuple[str, ...]
    planned: frozenset[str] = frozenset()
    product_code: bool = False
    """Whether planned files outside ``allowed`` may be changed at all: opt-in (spec, section 9)."""
    unprotected: tuple[str, ...] = ()
    """Patterns that a task lifts from ``PROTECTED``, such as the manifest of a dependency upgrade."""
    max_files: int = MAX_FILES
    max_lines: int = MAX_LINES
    may_delete: bool = False


class UnreadableDiff(ValueError):
    """Git's output has another form than its documentation says; the patch is refused."""


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Kinds of characters that nobody sees, and that some file systems leave out: controls, joiners, directions."""
_JOINED = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""More of them, by Unicode's property of characters that may be ignored."""
_SHORT = re.compile(r"[^.]{1,6}~[0-9]{1,6}(\.[^.]{0,3})?")
"""Windows' second name of a long one: ``GIT~1``, ``PYPROJ~1.TOM``."""
_MODES = {"000000", "100644", "100755"}
_SYMLINK, _SUBMODULE = "120000", "160000"
_RAW = re.compile(rb":(\d{6}) (\d{6}) [0-9a-f]{4,64} [0-9a-f]{4,64} ([AMDTUX])")
_NUMBERS = re.compile(rb"(-|\d+)\t(-|\d+)\t(.+)", re.DOTALL)


def parse_changes(raw: bytes, numstat: bytes) -> tuple[Change, ...]:
    """The changes of ``git diff --cached --no-renames -z`` with ``--raw`` and with ``--numstat``, by path.

    Raises ``UnreadableDiff``; both must speak of the same paths, and a path must be UTF-8.
    """
    lines = dict(_numbers(numstat))
    found = tuple(_changes(raw, lines))
    if {change.path for change in found} != lines.keys():
        raise UnreadableDiff("git's two accounts of the patch name different paths")
    return found


def _numbers(numstat: bytes) -> Iterator[tuple[str, tuple[int, int, bool]]]:
    for entry in filter(None, numstat.split(b"\0")):
        match = _NUMBERS.fullmatch(entry)
        if not match:
            raise UnreadableDiff("an entry of --numstat cannot be read")
        binary = match[1] == b"-"
        yield _path(match[3]), (0, 0, True) if binary else (int(match[1]), int(match[2]), False)


def _changes(raw: bytes, lines: Mapping[str, tuple[int, int, bool]]) -> Iterator[Change]:
    fields = raw.split(b"\0")
    if fields.pop() or len(fields) % 2:
        raise UnreadableDiff("the output of --raw is cut off")
    for head, name in zip(fields[::2], fields[1::2], strict=True):
        match = _RAW.fullmatch(head)
        if not match:
            raise UnreadableDiff("an entry of --raw cannot be read")
        path = _path(name)
        added, removed, binary = lines.get(path, (0, 0, False))
        yield Change(
            path=path,
            status=match[3].decode(),
            old_mode=match[1].decode(),
            new_mode=match[2].decode(),
            added=added,
            removed=removed,
            binary=binary,
        )


def _path(name: bytes) -> str:
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadableDiff("a path is not UTF-8") from None


def violations(changes: Sequence[Change], policy: Policy) -> tuple[Violation, ...]:
    """Everything about the changes that the policy does not allow; none for a patch that may be judged further."""
    if not changes:
        return (Violation(rule=Rule.EMPTY, path="", text="the patch changes nothing"),)
    found = [item for change in changes for item in _of_change(change, policy)]
    size = sum(change.added + change.removed for change in changes)
    if len(changes) > policy.max_files:
        text = f"it changes {len(changes)} files; at most {policy.max_files} are allowed"
        found.append(Violation(rule=Rule.FILES, path="", text=text))
    if size > policy.max_lines:
        text = f"it changes {size} lines; at most {policy.max_lines} are allowed"
        found.append(Violation(rule=Rule.LINES, path="", text=text))
    return tuple(found)


def path_problem(path: str, policy: Policy) -> str:
    """Why a file of this path may not be written; empty when it may."""
    return next(iter(_of_path(path, policy).values()), "")


def _of_change(change: Change, policy: Policy) -> Iterator[Violation]:
    found = {**_of_path(change.path, policy)}
    if Rule.PATH not in found:
        found |= _of_kind(change, policy)
    yield from (Violation(rule=rule, path=change.path, text=text) for rule, text in found.items())


def _of_path(path: str, policy: Policy) -> dict[Rule, str]:
    if not _inside(path):
        return {Rule.PATH: "this is no path inside of the repository"}
    if _protected(same_file(path)) and not _matches(path, policy.unprotected):
        return {Rule.PROTECTED: "files that decide what is built, installed, run or owned are never changed"}
    if not permitted(path, policy):
        return {Rule.NOT_ALLOWED: "it is neither below the allowed paths nor in the approved plan"}
    return {}


def _of_kind(change: Change, policy: Policy) -> dict[Rule, str]:
    modes = {change.old_mode, change.new_mode}
    changed_mode = change.status == "M" and change.old_mode != change.new_mode
    if _SYMLINK in modes:
        found = {Rule.SYMLINK: "symbolic links are neither made nor changed"}
    elif _SUBMODULE in modes:
        found = {Rule.SUBMODULE: "submodules are neither added nor moved"}
    elif not modes <= _MODES or changed_mode or (change.status == "A" and change.new_mode != "100644"):
        found = {Rule.MODE: "the mode of a file stays as it is, and a new file is not executable"}
    else:
        found = {}
    if change.status == "D" and not policy.may_delete:
        found[Rule.DELETED] = "files are not deleted"
    if change.binary:
        found[Rule.BINARY] = "binary files cannot be reviewed"
    return found


def secrets(added: Mapping[str, str], sanitizer: Sanitizer) -> tuple[Violation, ...]:
    """Files whose added lines hold what would be redacted anywhere else; ``added`` is their text by path."""
    return tuple(
        Violation(rule=Rule.SECRET, path=path, text="an added line looks like a secret")
        for path, text in added.items()
        if sanitizer.redact(text) != text
    )


def _inside(path: str) -> bool:
    """Git refuses such paths itself; this is the second look, with the eyes of the file systems on which it ends."""
    parts = [part for name in path.split("/") for part in same_file(name).split("/")]
    strange = any(part in ("", ".", "..", ".git") or _SHORT.fullmatch(part) for part in parts)
    unseen = any(unicodedata.category(char) in _UNSEEN or _JOINED.match(char) for char in path)
    return bool(path) and not strange and not unseen and not set("\\:") & set(same_file(path))


def same_file(path: str) -> str:
    """The path as file systems compare it that take several spellings for one file; for comparisons only.

    Case does not count there (NTFS, APFS, ext4 with casefold), nor how a character is composed (APFS, HFS+), nor dots
    and blanks at the end of a name (Windows). The compatible forms of letters are looked through as well.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", path).upper().casefold())
    # Dots and folders are names of their own; all others lose what Windows does not write.
    names = folded.split("/")
    return "/".join(name if name in (".", "..") else name.rstrip(". ") for name in names)


def _protected(path: str) -> bool:
    return _matches(path, (*PROTECTED, *RUNNER_FILES)) or path.rpartition("/")[2] in PROTECTED_FILES


def permitted(path: str, policy: Policy) -> bool:
    """Whether a change of that file is allowed: one of the usual paths, or planned where that is opted in to."""
    return _matches(path, policy.allowed) or (policy.product_code and path in policy.planned)


def _matches(path: str, patterns: Iterable[str]) -> bool:
    """Case does not count: on many file systems it makes no other file."""
    compiled = _compiled(tuple(pattern.lower() for pattern in patterns))
    return any(pattern.matches(path.lower()) for pattern in compiled)


@functools.lru_cache(maxsize=32)
def _compiled(patterns: tuple[str, ...]) -> tuple[PathPattern, ...]:
    return tuple(found for pattern in patterns if (found := path_pattern(pattern)))


def risky_paths(changes: Iterable[Change], allowed: Sequence[str]) -> tuple[str, ...]:
    """Changed files outside of the usual paths: product code, by which a risk is at least medium."""
    return tuple(change.path for change in changes if not _matches(change.path, allowed))
