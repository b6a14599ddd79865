"""How one test is run, from the table of runners: which runner, under which names, and the commands of one amplifier.

The rule it keeps: names are hostile. A command is a list of arguments; a name that a program could take for a flag, for
its own pattern language or, behind make, for a line of a shell is refused with the reason.
"""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from posixpath import basename, dirname

from ftc.core import nextest
from ftc.core.errors import ConfigError, FtcError
from ftc.core.fix import Amplifier
from ftc.core.languages import language_of
from ftc.core.model import TestId
from ftc.core.recipe_table import AUTOMATIC, RECIPES, RECIPES_BY_NAME, Extra, Recipe, Results, Words

A = Amplifier
NAME_LIMIT = 1_000
"""Characters of a name; extraction keeps no more."""
DEEPEST = 10
"""Titles around a test that are told apart."""
ORDER = (A.PLAIN, A.RACE, A.HASH_SEED, A.ONE_CPU, A.LOAD, A.NEIGHBOURS, A.SHUFFLE, A.REPEAT)
"""Amplifiers, cheapest first."""
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_SAFE = re.compile(r"[\w./:@%+=,-]*", re.ASCII)
"""Letters that neither make nor a shell gives a meaning."""
_JAVA = r"[\w$]+(?:\.[\w$]+)*"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class NotRunnable(FtcError):
    """This test cannot be handed to its runner; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The test to run, in the forms in which runners want it named."""

    id: str
    """``file::name``, as pytest wants it."""
    name: str
    pattern: str
    """A regular expression for the name, as Go wants it: anchored, part by part."""
    exact: str
    """A regular expression for the whole name, as CMake understands it."""
    title: str
    """A regular expression for the end of the title, as jest and vitest want it: a report may leave out what is
    around it."""
    around: str
    """A regular expression for its title and those of all that is around it, each alone and with what is before it, as
    Node wants it: a test in a test runs only where both match, and whether the whole title counts depends on Node."""
    file: str
    """Its file, relative to where the runner runs; ``.`` when unknown."""
    folder: str
    package: str
    class_name: str
    method: str
    filterset: str
    """Which test it is, in the words of nextest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a run happens: ``home`` relative to the repository, ``out`` and ``report`` absolute and outside of it."""

    home: str = ""
    out: str = "./stress-build"
    report: str = "./stress-report"


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """What to execute for one amplifier; ``prepare`` is empty where nothing has to be built first."""

    prepare: tuple[Words, ...]
    run: Words
    env: Mapping[str, str]
    folder: str
    """Where, relative to the root of the repository."""
    results: Results
    report: str
    """A file, or a pattern relative to ``folder``."""

    @property
    def argv(self) -> Words:
        """The run as it is started; what is read in the order of a log comes in one stream, or that order is lost.

        So Go's frame and its runtime's reports; and a Rust test, and cargo's word of which binary it is in.
        """
        logged = self.results in (Results.GO, Results.LIBTEST)
        return ("sh", "-c", 'exec "$@" 2>&1', "sh", *self.run) if logged else self.run

    def shown(self) -> str:
        """The commands as a person would type them."""
        words = [f"{name}={shlex.quote(value)}" for name, value in sorted(self.env.items())]
        lines = [f"cd {shlex.quote(self.folder)}"] if self.folder not in ("", ".") else []
        lines += [" ".join([*words, shlex.join(line)]) for line in (*self.prepare, self.run)]
        return " && ".join(lines)


def recipe_for(
    test: TestId, *, files: Sequence[str], test_file: str, runner: str = AUTOMATIC, command: str = ""
) -> Recipe | None:
    """The runner of a test: the configured one, else the one that told of it, else the first of its language that a
    marker at or above it speaks for.

    ``files`` are all paths of the repository; ``runner`` and ``command`` are ``test-runner`` and ``test-command``.
    """
    found = RECIPES_BY_NAME.get(runner) or _detected(test, files=files, test_file=test_file)
    if found is None and command:
        raise ConfigError("test-command: set test-runner, too, since the files do not tell which runner it is.")
    if found is None or command:
        return overridden(found, command) if found is not None else None
    return _wrapped(found, home(found, files=files, test_file=test_file), frozenset(files))


def _wrapped(recipe: Recipe, folder: str, files: frozenset[str]) -> Recipe:
    """The recipe, started by the wrapper that the repository has for it, if there is one at or above the folder."""
    place = _nearest((recipe.wrapper,), files, f"{folder}/x" if folder else "") if recipe.wrapper else None
    if place is None:
        return recipe
    inside = folder.removeprefix(place).strip("/")
    program = ("../" * len(inside.split("/")) if inside else "./") + recipe.wrapper
    prepare = tuple((program, *line[1:]) for line in recipe.prepare)
    run, run_whole = ((program, *line[1:]) for line in (recipe.run, recipe.run_whole))
    return replace(recipe, prepare=prepare, run=run, run_whole=run_whole)


def _detected(test: TestId, *, files: Sequence[str], test_file: str) -> Recipe | None:
    language, there = language_of(test, (test_file,)), frozenset(files)
    candidates = [recipe for recipe in RECIPES if recipe.language == language]
    told = next((recipe for recipe in candidates if test.ecosystem in recipe.ecosystems), None)
    if told is not None:
        return told
    marked = (recipe for recipe in candidates if _nearest(recipe.markers, there, test_file) is not None)
    return next(marked, next((recipe for recipe in candidates if recipe.anywhere), None))


def home(recipe: Recipe, *, files: Sequence[str], test_file: str) -> str:
    """The folder where the runner runs: of its marker, the nearest one above the test; the root where there is none."""
    there = frozenset(files)
    order = (recipe.homes, recipe.markers) if recipe.homes_first else (recipe.markers, recipe.homes)
    places = (_nearest(names, there, test_file) for names in order)
    return next((place for place in places if place is not None), "")


def _nearest(names: Sequence[str], files: frozenset[str], test_file: str) -> str | None:
    folder = dirname(test_file)
    while True:
        if any((f"{folder}/{name}" if folder else name) in files for name in names):
            return folder
        if not folder:
            return None
        folder = dirname(folder)


def overridden(recipe: Recipe, command: str) -> Recipe:
    """The recipe with a configured command, as ``make gotest GOTEST_ARGS='./{folder} -run {name} -v {extra}'``.

    It is cut into arguments once, as a shell would, and never seen by one. Where the program itself reads an argument
    again, as make does, names that hold more than plain letters are refused when the command is made.
    """
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise ConfigError(f"test-command: {command[:80]!r} cannot be cut into arguments: {error}.") from None
    known = {item.name for item in fields(Target)} | {"seed", "seconds", "report", "extra", "out"}
    unknown = sorted({name for word in words for name in _PLACEHOLDER.findall(word)} - known)
    if not words or unknown:
        raise ConfigError(f"test-command: unknown placeholders {unknown}; known are {', '.join(sorted(known))}.")
    return replace(
        recipe,
        prepare=(),
        run=words,
        run_whole=words,
        in_folder=False,
        read_again=not _plain(words),
        names="",
        amplifiers={name: extra for name, extra in recipe.amplifiers.items() if not extra.instead},
    )


_READERS = re.compile(r"(?:.*/)?(?:g?make|just|task|(?:ba|da|z|fi)?sh|npm|pnpm|yarn|tox|nox|docker|env|xargs|ssh)")
"""Programs that hand their arguments to a shell, or may."""


def _plain(words: Words) -> bool:
    """Whether every name arrives as an argument of its own and nobody reads it as a command again."""
    filled = [word for word in words[1:] if _PLACEHOLDER.search(word)]
    return _READERS.fullmatch(words[0]) is None and not any(re.search(r"\s", word) for word in filled)


def target_of(test: TestId, *, test_file: str, home_folder: str) -> Target:
    """The names of a test, for every runner; ``NotRunnable`` for one that no runner could be trusted with."""
    inside = (test_file.removeprefix(f"{home_folder}/") if home_folder else test_file) or "."
    for text in (test.name, test.suite, inside):
        if text.startswith("-") or _CONTROL.search(text) or len(text) > NAME_LIMIT:
            raise NotRunnable(f"{text[:60]!r} is no name that can be handed to a test runner; nothing was run.")
    plain = re.sub(r"[\[({].*$", "", test.name)
    class_name, _, method = plain.rpartition(".") if "." in plain else (test.suite, "", plain)
    title = " ".join(re.split(r" [>›] ", test.name))
    folder = dirname(inside) or "."
    return Target(
        id=f"{inside}::{test.name}",
        name=test.name,
        pattern="/".join(f"^{_escaped(part)}$" for part in test.name.split("/")),
        exact=f"^{_escaped(test.name)}$",
        title=f"(^| ){re.escape(title)}$".replace(r"\ ", " "),
        around=_around(re.split(r" [>›] ", test.name, maxsplit=DEEPEST)),
        file=inside,
        folder=folder,
        package=test.suite or f"./{folder}",
        class_name=class_name or basename(inside).partition(".")[0],
        method=method,
        filterset=nextest.where_known(test),
    )


def _around(parts: Sequence[str]) -> str:
    """``a > b`` as ``^(?:a|a b|b)$``; an arrow between two parts may also be a word of a title."""
    titles = [re.escape(part).replace(r"\ ", " ") for part in parts]
    between = "(?: [>›] | )"
    outer = [between.join(titles[:end]) for end in range(1, len(titles) + 1)]
    inner = [between.join(titles[start:]) for start in range(1, len(titles))]
    return f"^(?:{'|'.join(dict.fromkeys((*outer, *titles[1:-1], *inner)))})$"


def _escaped(part: str) -> str:
    """Quoted for Go and CMake, which know no escape of a plain letter."""
    return re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", part)


def commands(
    recipe: Recipe, target: Target, *, amplifier: Amplifier, seed: int, seconds: int, place: Place
) -> Commands:
    """The commands of one run of at most ``seconds``; ``NotRunnable`` where the name is none for this runner."""
    extra = recipe.amplifiers.get(amplifier, Extra())
    words = extra.instead or (recipe.run_whole if extra.whole else recipe.run)
    _check(recipe, target, words)
    values = {item.name: str(getattr(target, item.name)) for item in fields(Target)}
    values |= {"seed": str(seed), "seconds": str(seconds), "out": place.out, "report": place.report}
    run_extra = extra.run if recipe.prepare else (*extra.prepare, *extra.run)
    folder = place.home
    if recipe.in_folder and target.folder != ".":
        folder = f"{place.home}/{target.folder}" if place.home else target.folder
    return Commands(
        prepare=tuple(_filled(line, values, extra.prepare) for line in recipe.prepare),
        run=(*extra.wrap, *_filled(words, values, run_extra)),
        env={name: _fill(value, values) for name, value in (*recipe.env, *extra.env)},
        folder=folder or ".",
        results=recipe.results,
        report=recipe.report or place.report,
    )


def _check(recipe: Recipe, target: Target, words: Words) -> None:
    """Refuse names that the program at the end would read as more than a name."""
    used = {name for word in words for name in _PLACEHOLDER.findall(word)} & {item.name for item in fields(Target)}
    values = {name: str(getattr(target, name)) for name in used}
    shapes = {"class_name": _JAVA, "method": recipe.methods}
    bad = [name for name, shape in shapes.items() if name in values and not re.fullmatch(shape, values[name])]
    if "name" in values and recipe.names and not re.fullmatch(recipe.names, values["name"], re.ASCII):
        bad.append("name")
    if recipe.read_again:
        bad += [name for name, value in values.items() if not _SAFE.fullmatch(value)]
    if bad:
        shown = ", ".join(f"{name} {values[name][:60]!r}" for name in sorted(set(bad)))
        raise NotRunnable(f"{shown}: {recipe.name} would read this as more than a name; nothing was run.")


def _filled(words: Words, values: Mapping[str, str], extra: Words) -> Words:
    """The arguments with their values; ``{extra}`` alone becomes several, inside of a word a list with blanks."""
    spread = [part for word in words for part in (extra if word == "{extra}" else (word,))]
    joined = shlex.join(extra)
    return tuple(_fill(word, {**values, "extra": _fill(joined, values)}) for word in spread)


def _fill(word: str, values: Mapping[str, str]) -> str:
    """One pass, so that a name that holds a placeholder is a name."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), word)


def possible(recipe: Recipe) -> tuple[Amplifier, ...]:
    """The amplifiers to try, cheapest first; load is laid on from outside and works with every runner."""
    return tuple(item for item in ORDER if item in (A.PLAIN, A.LOAD) or _has(recipe, item))


def _has(recipe: Recipe, amplifier: Amplifier) -> bool:
    """Whether the recipe, as configured, has a place for what the amplifier adds."""
    extra = recipe.amplifiers.get(amplifier)
    if extra is None or extra.instead:
        return extra is not None
    words = recipe.run_whole if extra.whole else recipe.run
    said = any("{extra}" in word for line in (*recipe.prepare, words) for word in line)
    differs = not extra.whole or recipe.run != recipe.run_whole or bool(extra.run)
    return differs and (said or not (extra.prepare or extra.run))
