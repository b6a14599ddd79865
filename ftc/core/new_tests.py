"""The tests that a patch adds, as the texts of its files show them, and which of the tests that ran they are.

The rule it keeps: only what a reader of the diff can see is new: a definition that was not there before. A case that is
generated from data under an old definition is none, since nobody can tell it from one that ran before under another
name; and what vanished is never made up for by what is new.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from posixpath import basename, dirname

from ftc.core.languages import GO, JAVASCRIPT, JVM, PYTHON, RUST, is_test_file, language_of_path
from ftc.core.model import TestId
from ftc.core.snippets.languages import read_source
from ftc.core.snippets.outline import Block, Role

MOST = 20
"""New tests of one patch that are known; a patch of a fix has at most 400 lines."""
_UNPROVEN = re.compile(r"(?:Benchmark|Fuzz|Example)")
"""Of Go: what says by other means whether it holds."""
_CASE = re.compile(r"\[.*$", re.DOTALL)
_ARGUMENTS = re.compile(r"[\[(].*$", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTest:
    """One test that a patch adds."""

    path: str
    parts: tuple[str, ...]
    """Its name from the outside in: class and method, or the titles of nested describes and its own."""
    text: str
    """Its definition."""

    @property
    def language(self) -> str:
        """The language of its file."""
        return language_of_path(self.path)

    @property
    def name(self) -> str:
        """Its name as a runner of its language takes it; empty where a runner does not take it alone."""
        if self.language == PYTHON:
            return "::".join(self.parts)
        if self.language == GO:
            return self.parts[0] if len(self.parts) == 1 and not _UNPROVEN.match(self.parts[0]) else ""
        if self.language == RUST:
            return "::".join((*_modules(self.path), *self.parts))
        return (" " if self.language == JAVASCRIPT else ".").join(self.parts)

    @property
    def label(self) -> str:
        """For people."""
        return f"{self.path}: {self.name or '.'.join(self.parts)}"

    @property
    def id(self) -> TestId:
        """The test as runners are asked for it."""
        suite = f"./{dirname(self.path)}" if self.language == GO else self.path
        return TestId(ecosystem=self.language, suite=suite, name=self.name)

    def ran_as(self, executed: str) -> bool:
        """Whether a test of this name, as a runner said it, is this one, or a case of it.

        Of JavaScript the whole title is compared, or the test's own where a runner leaves the describes out: another
        test may end in the same words.
        """
        if self.language == PYTHON:
            return tuple(_CASE.sub("", executed).split("::")) == self.parts
        if self.language == GO:
            segments = executed.split("/")
            return self.parts == (segments[0],) if len(self.parts) == 1 else self.parts[-1] in segments[1:2]
        if self.language == RUST:
            return tuple(executed.split("::"))[-len(self.parts) :] == self.parts
        if self.language == JAVASCRIPT:
            return _spoken(_inside(executed, self.path)) in (_spoken(" ".join(self.parts)), _spoken(self.parts[-1]))
        plain = _ARGUMENTS.sub("", executed)
        return plain in (self.parts[-1], ".".join(self.parts)) or plain.endswith("." + ".".join(self.parts[-2:]))


def new_tests(path: str, *, before: str | None, after: str) -> tuple[NewTest, ...]:
    """Tests that a file defines now and did not before, in the order of the file."""
    if not is_test_file(path) and language_of_path(path) != RUST:
        return ()
    known = {block.path for block in _tests(path, before or "")}
    source = read_source(path, after)
    found: dict[tuple[str, ...], NewTest] = {}
    for block in _tests(path, after):
        if block.path not in known and source is not None:
            text = source.code.text[source.code.start(block.first) : source.code.start(block.last + 1)]
            found.setdefault(_parts(path, block), NewTest(path=path, parts=_parts(path, block), text=text))
    return tuple(found.values())[:MOST]


def all_new_tests(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[NewTest, ...]:
    """Those of all files of ``after``, by path; what was moved from one file to another, as it is, is not new."""
    moved = {block.path for path, text in before.items() for block in _tests(path, text) if path not in after}
    found = [item for path in sorted(after) for item in new_tests(path, before=before.get(path), after=after[path])]
    return tuple(item for item in found if item.parts not in moved)[:MOST]


def unexpected(added: Sequence[str], news: Sequence[NewTest]) -> tuple[str, ...]:
    """Of tests that ran only after a change, those that the change does not define."""
    return tuple(name for name in added if not any(test.ran_as(name) for test in news))


def _tests(path: str, text: str) -> tuple[Block, ...]:
    source = read_source(path, text)
    return tuple(block for block in source.blocks if block.role is Role.TEST) if source else ()


def _parts(path: str, block: Block) -> tuple[str, ...]:
    """JVM runners name the class by its own name, whatever it lies in."""
    return block.path[-2:] if language_of_path(path) == JVM else block.path


def _modules(path: str) -> tuple[str, ...]:
    """The modules that a file of Rust is in, by where it lies: tests in ``tests/`` are crates of their own."""
    inside = path.rpartition("src/")[2].removesuffix(".rs") if "src/" in path else ""
    parts = tuple(part for part in inside.split("/") if part)
    return parts[:-1] if parts[-1:] in (("mod",), ("lib",), ("main",)) else parts


def _inside(title: str, path: str) -> str:
    """A title without the file, which some runners of JavaScript name in front of what stands in it."""
    first, arrow, rest = title.partition(" > ")
    return rest if arrow and basename(first.replace("\\", "/")) == basename(path) else title


def _spoken(title: str) -> str:
    """A title without the arrows by which reporters join its parts."""
    return " ".join(title.replace(" › ", " ").replace(" > ", " ").split())
