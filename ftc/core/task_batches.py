"""How a task's files are cut into batches, which of its files are tests, and how its commits are cut into requests.

The rule it keeps: the same files give the same batches in the same order, so that a task that died and runs again does
the same work.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from posixpath import dirname

from ftc.core.config import TEST_PATHS
from ftc.core.path_patterns import path_pattern
from ftc.core.task_file import BatchMode, Target

MANIFESTS = (
    *("go.mod", "go.sum", "package.json", "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "Cargo.toml"),
    *("Cargo.lock", "pyproject.toml", "setup.cfg", "requirements*.txt", "constraints*.txt", "Pipfile", "Pipfile.lock"),
    *("poetry.lock", "uv.lock", "pom.xml", "build.gradle", "build.gradle.kts", "Gemfile", "Gemfile.lock", "*.csproj"),
    *("bun.lock", "deno.json", "deno.jsonc", "deno.lock", "pnpm-workspace.yaml", "go.work.sum", "requirements*.in"),
    *("**/requirements/*.txt", "**/requirements/*.in", "pdm.lock", "pixi.toml", "pixi.lock", "environment.y*ml"),
    *("composer.json", "composer.lock", "gradle.lockfile", "*.versions.toml", "build.sbt", "global.json"),
    *("Directory.Packages.props", "packages.config", "packages.lock.json", "paket.dependencies", "paket.lock"),
    *("Package.swift", "Package.resolved", "Podfile", "Podfile.lock", "mix.exs", "mix.lock", "pubspec.yaml"),
    *("pubspec.lock", "rust-toolchain.toml", "conan.lock", "vcpkg.json", "MODULE.bazel", "MODULE.bazel.lock"),
)
"""Protected files that an approved task may change: what a dependency upgrade is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A part of the work that becomes one commit: ``number`` from 1, the files it is about."""

    number: int
    of: int
    files: tuple[str, ...]

    @property
    def name(self) -> str:
        """The one file, or the folder of several, for messages."""
        return self.files[0] if len(self.files) == 1 else f"{dirname(self.files[0]) or '.'} ({len(self.files)} files)"


def targets(files: Iterable[str], target: Target) -> tuple[str, ...]:
    """The files that a task is about, sorted."""
    return tuple(path for path in sorted(files) if matches(path, target.include) and not matches(path, target.exclude))


def batches(files: Sequence[str], mode: BatchMode) -> tuple[Batch, ...]:
    """The files cut as the strategy says."""
    ordered = sorted(files)
    if mode == BatchMode.SINGLE_FILE:
        groups: list[tuple[str, ...]] = [(path,) for path in ordered]
    elif mode == BatchMode.DIRECTORY:
        by_folder = sorted(ordered, key=lambda path: (dirname(path), path))
        groups = [tuple(group) for _, group in groupby(by_folder, key=dirname)]
    else:
        groups = [tuple(ordered)] if ordered else []
    return tuple(Batch(number=at, of=len(groups), files=group) for at, group in enumerate(groups, start=1))


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Whether a path is one that the patterns name."""
    return any(found.matches(path) for text in patterns if (found := path_pattern(text)))


def is_test(path: str) -> bool:
    """Whether a path lies where tests lie in the ecosystems we know."""
    return matches(path, TEST_PATHS)


def beyond_tests(paths: Iterable[str]) -> tuple[str, ...]:
    """Paths that users run, sorted; changing them takes an approval."""
    return tuple(sorted({path for path in paths if not is_test(path)}))


def unprotected(approved: Iterable[str]) -> tuple[str, ...]:
    """Of the approved files the manifests, as anchored patterns, which lift the protection of exactly these."""
    return tuple(f"/{path}" for path in sorted(approved) if matches(path, MANIFESTS))


def parts(sizes: Sequence[int], limit: int) -> tuple[tuple[int, ...], ...]:
    """Commits, by their place, cut into requests of at most ``limit`` changed lines; a larger one stands alone."""
    found: list[list[int]] = []
    room = 0
    for at, size in enumerate(sizes):
        if not found or size > room:
            found.append([])
            room = limit
        found[-1].append(at)
        room -= size
    return tuple(tuple(part) for part in found)


def part_branch(branch: str, number: int) -> str:
    """The branch of the ``number``-th request, from 1."""
    return branch if number == 1 else f"{branch}-{number}"
