"""Commands that run one test again, as a maintainer would type them; test names are quoted, whatever they hold.

Rule: the first command shows the failure most often by itself; those after it add what brings it out: the race
detector, another order, another hash seed, a single processor.
"""

import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from posixpath import dirname

from ftc.core import nextest
from ftc.core.languages import language_of
from ftc.core.markdown import strip_control
from ftc.core.model import Flake, Kind, Location, TestId

REPEATS = 100
"""Runs suggested to a person: a flake of 3 % shows itself in 95 of 100 such series."""
ONE_CPU = "taskset -c 0"
"""Leaves a program one processor; part of util-linux, which every Linux distribution has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is to be run again: the test, how it failed, and the files that its failure named."""

    test: TestId
    kind: Kind
    locations: Sequence[Location]

    def file(self, *endings: str, flag: str = "") -> str:
        """The first file named that ends like this, quoted, after ``flag`` and with a space; empty where none was."""
        named = (*(place.path for place in self.locations), self.test.suite)
        found = next((path for path in named if path.endswith(endings)), "")
        return f"{flag}{shlex.quote(found)} " if found else ""


def reproduction(
    test: TestId, *, kind: Kind, locations: Sequence[Location], framework: str = "", excerpt: str = ""
) -> tuple[str, ...]:
    """Shell commands for the root of the repository, most useful first; none for a runner not known.

    ``framework`` and ``excerpt`` help to tell the runner of a test that a JUnit report named. None either for a test
    that a program would take for a flag: a forged log may name one ``-exec=<program>``; and none where a name holds
    what a page does not show, since the command that people copy would be another one.
    """
    tool = runner_of(test, locations=locations, framework=framework, excerpt=excerpt)
    named = (test.suite, *(place.path for place in locations), *((test.name,) if tool not in _SAFE_NAMES else ()))
    shown = (test.name, test.suite, *(place.path for place in locations))
    refused = any(text.startswith("-") for text in named) or any(not _is_shown(text) for text in shown)
    write = None if refused else COMMANDS.get(tool)
    return write(Target(test=test, kind=kind, locations=locations)) if write else ()


def _is_shown(text: str) -> bool:
    return "\n" not in text and strip_control(text) == text


def commands_for(flake: Flake) -> tuple[str, ...]:
    """The commands for a flake by its newest way of failing; none while there is no such way."""
    if not flake.signatures:
        return ()
    newest = flake.signatures[0]
    return reproduction(
        flake.test, kind=newest.kind, locations=newest.locations, framework=flake.framework, excerpt=newest.excerpt
    )


_SAFE_NAMES = ("go", "python")
"""Runners whose commands never begin an argument with the test's own name."""
_JS = (".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".mts", ".cts")

_BY_TRACE = (
    ("playwright", re.compile(r"@playwright/test|playwright-core|\bTest timeout of \d{1,9}ms exceeded")),
    ("vitest", re.compile(r"node_modules/(?:@vitest|vitest)/")),
    ("jest", re.compile(r"node_modules/jest-|jestjs\.io")),
    ("mocha", re.compile(r"node_modules/mocha/|mochajs\.org")),
    ("nextest", re.compile(r"\bnextest\b")),
    ("gradle", re.compile(r"\bgradle\b|org\.gradle\.", re.IGNORECASE)),
)
"""Runners by what their stack traces show."""
_BY_LANGUAGE = {"rust": "cargo", "jvm": "maven", "ruby": "rspec", "dotnet": "dotnet"}
"""The commonest runner of a language in which the trace names none; JavaScript has no such one."""


def runner_of(test: TestId, *, locations: Sequence[Location] = (), framework: str = "", excerpt: str = "") -> str:
    """Key of ``COMMANDS``: by framework or ecosystem, else by the trace, else by the language; empty when unknown."""
    named = (framework.lower().removesuffix("-test").removesuffix(" test"), test.ecosystem.lower())
    known = next((_SAME.get(name, name) for name in named if _SAME.get(name, name) in COMMANDS), "")
    if known:
        return known
    traced = next((name for name, pattern in _BY_TRACE if pattern.search(excerpt)), "")
    return traced or _BY_LANGUAGE.get(language_of(test, (place.path for place in locations)), "")


_SAME = {
    "pytest": "python",
    "unittest": "python",
    "surefire": "maven",
    "java": "maven",
    "jvm": "maven",
    "rust": "cargo",
    "ruby": "rspec",
    "cpp": "ctest",
    "cargo-nextest": "nextest",
}
"""Other words for runners, as frameworks and ecosystems are called."""


def _repeated(command: str, *, before: str = "") -> str:
    return f"{before}for i in $(seq {REPEATS}); do {command} || break; done"


def _go(target: Target) -> tuple[str, ...]:
    """From the package's own folder, where one is known: a repository may hold its modules in sub-folders."""
    test = target.test
    pattern = "/".join(f"^{re.escape(part)}$" for part in test.name.split("/"))
    found = (place.path for place in target.locations if place.path.endswith("_test.go"))
    folder = next((dirname(path) or "." for path in found), "")
    enter = f"cd {shlex.quote(folder)} && " if folder not in ("", ".") else ""
    package = "." if folder else shlex.quote(test.suite or "./...")
    run = f"-run {shlex.quote(pattern)} -count={REPEATS} -failfast"
    plain, race = f"{enter}go test {package} {run}", f"{enter}go test -race {package} {run}"
    if target.kind is Kind.DATA_RACE:
        return race, f"{race} -cpu=1,2"
    if target.kind is Kind.TIMEOUT:
        return plain, f"{plain} -cpu=1"
    return plain, race, f"{enter}go test {package} -shuffle=on -count=10 -failfast"


def _python(target: Target) -> tuple[str, ...]:
    """The test alone, then its whole file with other hash seeds, which shows order dependence.

    From the folder that the suite's path starts in, where a location shows that this is not the root.
    """
    test = target.test
    ends = (place.path.removesuffix(test.suite) for place in target.locations if place.path.endswith(f"/{test.suite}"))
    folder = next(ends, "") if test.suite else ""
    enter = f"cd {shlex.quote(folder.removesuffix('/'))} && " if folder else ""
    alone = shlex.quote(f"{test.suite}::{test.name}")
    commands = (
        _repeated(f"python -m pytest -q -x {alone}", before=enter),
        _repeated(f"PYTHONHASHSEED=$i python -m pytest -q -x {shlex.quote(test.suite)}", before=enter),
    )
    slow = (_repeated(f"{ONE_CPU} python -m pytest -q -x {alone}", before=enter),)
    return (*commands, *slow) if target.kind is Kind.TIMEOUT else commands


def _exactly(name: str) -> str:
    """The name as a regular expression that JavaScript and Ruby read alike, quoted for the shell."""
    return shlex.quote(re.sub(r"[\\^$.*+?()\[\]{}|/]", r"\\\g<0>", name))


def _jest(target: Target) -> tuple[str, ...]:
    file = target.file(*_JS, flag="--runTestsByPath ")
    run = f"npx jest {file}-t {_exactly(target.test.name)}"
    return _repeated(run), _repeated(f"npx jest {file}--randomize"), _repeated(f"{ONE_CPU} {run}")


def _vitest(target: Target) -> tuple[str, ...]:
    title = " ".join(target.test.name.split(" > "))  # as it is compared
    run = f"npx vitest run {target.file(*_JS)}-t {_exactly(title)}"
    shuffled = f"npx vitest run {target.file(*_JS)}--sequence.shuffle --sequence.seed=$i"
    return _repeated(run), _repeated(shuffled), _repeated(f"{ONE_CPU} {run}")


def _node(target: Target) -> tuple[str, ...]:
    """A test in a test runs only where the outer one matches, too, so each title is a pattern of its own."""
    titles = dict.fromkeys(target.test.name.split(" > "))
    patterns = " ".join(f"--test-name-pattern={_exactly(title)}" for title in titles)
    run = f"node --test {patterns} {target.file(*_JS)}".rstrip()
    return _repeated(run), _repeated(f"node --test {target.file(*_JS)}".rstrip()), _repeated(f"{ONE_CPU} {run}")


def _mocha(target: Target) -> tuple[str, ...]:
    run = f"npx mocha {target.file(*_JS)}--fgrep {shlex.quote(target.test.name)}"
    return _repeated(run), _repeated(f"{ONE_CPU} {run}")


def _playwright(target: Target) -> tuple[str, ...]:
    grep = f"--grep {_exactly(target.test.name)} --repeat-each={REPEATS} --retries=0 --max-failures=1"
    run = f"npx playwright test {target.file(*_JS)}{grep}"
    return run, f"{ONE_CPU} {run} --workers=4"


def _cargo(target: Target) -> tuple[str, ...]:
    name = shlex.quote(target.test.name)
    return (
        _repeated(f"cargo test -- --exact {name}"),
        _repeated("cargo test -- --test-threads=16"),
        _repeated(f"{ONE_CPU} cargo test -- --exact {name}"),
    )


def _nextest(target: Target) -> tuple[str, ...]:
    name = shlex.quote(nextest.anywhere(target.test))
    run = f"cargo nextest run --retries 0 -E {name}"
    return _repeated(run), _repeated(f"{ONE_CPU} {run}")


def _method(target: Target) -> str:
    """The method of a JVM test, without the arguments and numbers that parametrised ones carry."""
    return re.split(r"[\[({]", target.test.name, maxsplit=1)[0].strip()


def _maven(target: Target) -> tuple[str, ...]:
    one = shlex.quote(f"-Dtest={target.test.suite}#{_method(target)}")
    all_of_class = shlex.quote(f"-Dtest={target.test.suite}")
    run = f"mvn -q test {one} -Dsurefire.rerunFailingTestsCount=0"
    shuffled = f"mvn -q test {all_of_class} -Dsurefire.runOrder=random"
    return _repeated(run), _repeated(shuffled), _repeated(f"{ONE_CPU} {run}")


def _gradle(target: Target) -> tuple[str, ...]:
    """Without the build cache, which runs nothing that passed before; JUnit 4 has parameters in names of methods."""
    one = f"{target.test.suite}.{_method(target)}"
    filters = (one, f"{one}[*") if "[" in target.test.name else (one,)
    chosen = " ".join(f"--tests {shlex.quote(text)}" for text in filters)
    run = f"./gradlew --no-build-cache cleanTest test {chosen}"
    return _repeated(run), _repeated(f"{ONE_CPU} {run}")


def _ctest(target: Target) -> tuple[str, ...]:
    name = shlex.quote(f"^{re.escape(target.test.name)}$")
    run = f"ctest --test-dir build -R {name} --output-on-failure --repeat until-fail:{REPEATS}"
    return run, f"ctest --test-dir build --schedule-random -j 4 --output-on-failure --repeat until-fail:{REPEATS}"


def _rspec(target: Target) -> tuple[str, ...]:
    file = target.file(".rb")
    run = f"bundle exec rspec {file}-e {shlex.quote(target.test.name)}"
    return _repeated(run), _repeated(f"bundle exec rspec {file}--order rand:$i")


def _dotnet(target: Target) -> tuple[str, ...]:
    full = ".".join(filter(None, (target.test.suite, _method(target))))
    # Inside of a filter these characters combine conditions; a backslash makes them letters.
    name = re.sub(r"[()&|=!~\\]", r"\\\g<0>", full)
    run = f"dotnet test --filter {shlex.quote(f'FullyQualifiedName~{name}')}"
    return _repeated(run), _repeated(f"{ONE_CPU} {run}")


COMMANDS: dict[str, Callable[[Target], tuple[str, ...]]] = {
    "go": _go,
    "python": _python,
    "jest": _jest,
    "vitest": _vitest,
    "node": _node,
    "mocha": _mocha,
    "playwright": _playwright,
    "cargo": _cargo,
    "nextest": _nextest,
    "maven": _maven,
    "gradle": _gradle,
    "ctest": _ctest,
    "rspec": _rspec,
    "dotnet": _dotnet,
}
"""Runners and how each runs one test again."""
