"""The test runners, as data: how each is called, how it says what it ran, and which amplifiers it has.

The rule it keeps: a recipe is a list of arguments with placeholders, never a line for a shell, so that no test's name
can become a command. Adding a runner, or changing one by configuration, touches no code.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ftc.core.fix import Amplifier
from ftc.core.languages import CPP, GO, JAVASCRIPT, JVM, PYTHON, RUST

A = Amplifier
Words = tuple[str, ...]
"""Arguments of one program, with placeholders."""


class Results(StrEnum):
    """In which form a run says what it executed."""

    GO = "go-verbose"
    JUNIT = "junit"
    JEST = "jest-json"
    LIBTEST = "libtest"
    """Rust's own runner, ``test name ... ok``, or nextest's ``PASS [ 0.1s] crate name``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """What an amplifier adds to a recipe."""

    prepare: Words = ()
    """Where the recipe's prepare says ``{extra}``; without a prepare it goes to the run."""
    run: Words = ()
    env: tuple[tuple[str, str], ...] = ()
    wrap: Words = ()
    """A program that starts the run."""
    whole: bool = False
    """Run everything in the file, class or package, not the test alone."""
    instead: Words = ()
    """A run in the place of the recipe's; none of its own words are in it, so that a configured command has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One test runner. ``prepare`` is run once for a tree and an amplifier, ``run`` for each fresh process.

    Placeholders in braces are fields of ``recipes.Target`` and of the run: ``out`` (a file or folder that prepare may
    write), ``report`` (where results go), ``seed`` (a number), ``seconds`` (the limit of one run), and ``extra``:
    where the amplifier's arguments go.
    """

    name: str
    language: str
    markers: tuple[str, ...]
    """Files, in the folder of the test or above, one of which shows that the runner is used."""
    run: Words
    run_whole: Words
    results: Results
    report: str = ""
    """A pattern of files, relative to where it runs, if the runner writes its results itself to a fixed place."""
    prepare: tuple[Words, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    ecosystems: tuple[str, ...] = ()
    """Of tests whose log or report says that this runner ran them; no marker is needed then."""
    homes: tuple[str, ...] = ()
    """Files that show where it runs if there is no marker, though not that it is used."""
    homes_first: bool = False
    """Run at the nearest of ``homes`` even below a marker, which is of the whole workspace then."""
    wrapper: str = ""
    """A program of the repository, at or above where it runs, that is started in the place of the recipe's own."""
    anywhere: bool = False
    """Whether it is used where no marker is."""
    in_folder: bool = False
    """Run in the folder of the test's file, as Go's binaries want it; else where the marker lies."""
    names: str = ""
    """What a test's name must look like in full, where more would be read as the runner's own language."""
    methods: str = r"[\w$]+"
    """The same for a method of a Java class, without its parameters."""
    amplifiers: Mapping[Amplifier, Extra] = field(default_factory=dict)
    read_again: bool = False
    """Whether a configured program reads its arguments as make or a shell do: then names must mean nothing to those."""


_TASKSET = Extra(wrap=("taskset", "-c", "0"))
"""Part of util-linux, which every Linux distribution has."""
_WHOLE = Extra(whole=True)
_GO_RACE = Extra(prepare=("-race",), env=(("GORACE", "atexit_sleep_ms=100"),))
"""The race runtime sleeps at the end of a run that passes, by default for 1000 ms, so that goroutines which outlive the
tests may still race. 100 ms are ten of the scheduler's time slices: whatever is ready then gets its turn, and only what
itself waits for longer is missed. Before and after run alike, and what was not reproduced is not called fixed. A GORACE
of the user's own reaches no run, since the sandbox does not hand it on."""
_GO_RUN = ("{out}", "-test.v=test2json", "-test.count=1", "-test.timeout={seconds}s", "{extra}")
"""``test2json`` puts a control character before each line of the testing package, so that none can be printed by
accident; Go has it since 1.20."""
_PYTEST = ("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml={report}", "{extra}")
_ORDER = (
    "import random, sys, pytest; r, at = random.Random(int(sys.argv[1])), {}; "
    "key = lambda item: (at.setdefault(item.parent, r.random()), r.random()); "
    "plugin = type('Shuffled', (), {'pytest_collection_modifyitems': lambda self, items: items.sort(key=key)}); "
    "sys.exit(pytest.main(sys.argv[2:], plugins=[plugin()]))"
)
"""pytest has no random order of its own. Tests of one class stay together, as their common fixtures want it."""
_PYTEST_SHUFFLED = ("python", "-c", _ORDER, "{seed}", *_PYTEST[3:], "{file}")
_JEST = ("npx", "--no-install", "jest", "--ci", "--runInBand", "--json", "--outputFile={report}", "{extra}")
_VITEST = ("npx", "--no-install", "vitest", "run", "--retry=0", "--reporter=junit", "--outputFile={report}", "{extra}")
_NODE = ("node", "--test", "--test-reporter=junit", "--test-reporter-destination={report}", "{extra}")
_NEXTEST = ("cargo", "nextest", "run", "--color=never", "--retries=0", "--no-fail-fast", "--status-level=pass",
            "--failure-output=immediate", "{extra}")  # fmt: skip
"""What a test printed, and that it passed, is told whatever the repository's own settings leave out."""
_CARGO = ("cargo", "test", "--color=never", "--no-fail-fast", "--tests", "--")
"""``--tests`` leaves out documentation tests, which are compiled anew for each run."""
_MAVEN = ("mvn", "--batch-mode", "--quiet", "-Dsurefire.rerunFailingTestsCount=0", "-DfailIfNoTests=false",
          "-Dsurefire.failIfNoSpecifiedTests=false", "{extra}")  # fmt: skip
_GRADLE = ("gradle", "--console=plain", "--no-daemon")
_GRADLE_RUN = (*_GRADLE, "--no-build-cache", "cleanTest", "test", "{extra}", "--tests")
"""Without the build cache, which hands out the results of an earlier run that passed, and runs nothing."""
_CTEST = ("ctest", "--test-dir", "{out}", "--no-tests=error", "--output-on-failure", "--output-junit", "{report}",
          "{extra}")  # fmt: skip
_RUST_NAME = r"\w+(?:::\w+)*"
_NODE_ENV = (("CI", "1"),)
_NODE_HOMES = ("package.json",)

RECIPES: tuple[Recipe, ...] = (
    Recipe(
        name="go",
        language=GO,
        markers=("go.mod",),
        # Compiled once, since linking takes longer than most tests; the binary runs where `go test` would run it.
        prepare=(("go", "test", "-c", "-o", "{out}", "{extra}", "."),),
        run=(*_GO_RUN, "-test.run={pattern}"),
        run_whole=_GO_RUN,
        results=Results.GO,
        in_folder=True,
        amplifiers={
            A.RACE: _GO_RACE,
            A.SHUFFLE: Extra(run=("-test.shuffle={seed}",), whole=True),
            A.ONE_CPU: Extra(run=("-test.cpu=1",)),
            A.REPEAT: Extra(run=("-test.count=20",)),
            A.NEIGHBOURS: _WHOLE,
        },
    ),
    Recipe(
        name="pytest",
        language=PYTHON,
        markers=("pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg", "setup.py"),
        anywhere=True,
        run=(*_PYTEST, "{id}"),
        run_whole=(*_PYTEST, "{file}"),
        results=Results.JUNIT,
        env=(("PYTHONDONTWRITEBYTECODE", "1"),),
        amplifiers={
            A.SHUFFLE: Extra(instead=_PYTEST_SHUFFLED),
            A.HASH_SEED: Extra(env=(("PYTHONHASHSEED", "{seed}"),)),
            A.ONE_CPU: _TASKSET,
            A.NEIGHBOURS: _WHOLE,
        },
    ),
    Recipe(
        name="vitest",
        language=JAVASCRIPT,
        markers=tuple(
            f"{stem}.config.{ending}" for stem in ("vitest", "vite") for ending in ("ts", "js", "mts", "mjs")
        ),
        ecosystems=("vitest",),
        homes=_NODE_HOMES,
        run=(*_VITEST, "--testNamePattern={title}", "{file}"),
        run_whole=(*_VITEST, "{file}"),
        results=Results.JUNIT,
        env=_NODE_ENV,
        amplifiers={
            A.SHUFFLE: Extra(run=("--sequence.shuffle.tests", "--sequence.seed={seed}"), whole=True),
            A.ONE_CPU: _TASKSET,
            A.NEIGHBOURS: _WHOLE,
        },
    ),
    Recipe(
        name="jest",
        language=JAVASCRIPT,
        markers=(*(f"jest.config.{ending}" for ending in ("js", "ts", "cjs", "mjs", "json")), "package.json"),
        ecosystems=("jest",),
        run=(*_JEST, "--testNamePattern={title}", "--runTestsByPath", "{file}"),
        run_whole=(*_JEST, "--runTestsByPath", "{file}"),
        results=Results.JEST,
        env=_NODE_ENV,
        amplifiers={
            A.SHUFFLE: Extra(run=("--randomize", "--seed={seed}"), whole=True),
            A.ONE_CPU: _TASKSET,
            A.NEIGHBOURS: _WHOLE,
        },
    ),
    Recipe(
        name="node",
        language=JAVASCRIPT,
        markers=(),  # it has no file of its own: only what it printed tells
        ecosystems=("node",),
        homes=_NODE_HOMES,
        run=(*_NODE, "--test-name-pattern={around}", "{file}"),
        run_whole=(*_NODE, "{file}"),
        results=Results.JUNIT,
        amplifiers={A.ONE_CPU: _TASKSET, A.NEIGHBOURS: _WHOLE},
    ),
    Recipe(
        name="nextest",
        language=RUST,
        markers=(".config/nextest.toml",),
        homes=("Cargo.toml",),
        homes_first=True,
        prepare=(("cargo", "nextest", "run", "--no-run"),),
        # The filter of the repository's default profile may leave out the test, which another profile ran in CI.
        run=(*_NEXTEST, "--ignore-default-filter", "-E", "{filterset}"),
        run_whole=(*_NEXTEST, "--ignore-default-filter", "-E", "default() | ({filterset})"),
        results=Results.LIBTEST,
        env=(("CARGO_TARGET_DIR", "{out}"),),
        amplifiers={A.ONE_CPU: _TASKSET, A.NEIGHBOURS: _WHOLE},
    ),
    Recipe(
        name="cargo",
        language=RUST,
        markers=("Cargo.toml",),
        prepare=(("cargo", "test", "--no-run", "--tests"),),
        run=(*_CARGO, "--exact", "{extra}", "{name}"),
        run_whole=(*_CARGO, "{extra}"),
        results=Results.LIBTEST,
        names=_RUST_NAME,
        env=(("CARGO_TARGET_DIR", "{out}"),),
        amplifiers={A.ONE_CPU: _TASKSET, A.NEIGHBOURS: _WHOLE},
    ),
    Recipe(
        name="maven",
        language=JVM,
        markers=("pom.xml",),
        prepare=(("mvn", "--batch-mode", "--quiet", "test-compile"),),
        run=(*_MAVEN, "-Dtest={class_name}#{method}", "surefire:test"),
        run_whole=(*_MAVEN, "-Dtest={class_name}", "surefire:test"),
        results=Results.JUNIT,
        report="target/surefire-reports/TEST-*.xml",
        amplifiers={
            A.SHUFFLE: Extra(run=("-Dsurefire.runOrder=random", "-Dsurefire.runOrder.random.seed={seed}"), whole=True),
            A.ONE_CPU: _TASKSET,
            A.NEIGHBOURS: _WHOLE,
        },
    ),
    Recipe(
        name="gradle",
        language=JVM,
        markers=("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts"),
        wrapper="gradlew",
        prepare=((*_GRADLE, "testClasses"),),
        # JUnit 4 has parameters in the name of a method, and the first filter does not match those.
        run=(*_GRADLE_RUN, "{class_name}.{method}", "--tests", "{class_name}.{method}[*"),
        run_whole=(*_GRADLE_RUN, "{class_name}"),
        results=Results.JUNIT,
        report="build/test-results/*/TEST-*.xml",
        methods=r"[^*]+",  # Kotlin and Spock name tests by sentences
        amplifiers={A.ONE_CPU: _TASKSET, A.NEIGHBOURS: _WHOLE},
    ),
    Recipe(
        name="ctest",
        language=CPP,
        markers=("CMakeLists.txt",),
        prepare=(("cmake", "-S", ".", "-B", "{out}"), ("cmake", "--build", "{out}")),
        run=(*_CTEST, "--tests-regex", "{exact}"),
        run_whole=_CTEST,
        results=Results.JUNIT,
        amplifiers={
            A.SHUFFLE: Extra(run=("--schedule-random", "--parallel", "2"), whole=True),
            A.ONE_CPU: _TASKSET,
            A.REPEAT: Extra(run=("--repeat", "until-fail:20")),
            A.NEIGHBOURS: Extra(run=("--parallel", "4"), whole=True),
        },
    ),
)
"""Tried in this order: what has a file of its own comes before what shares one."""

RECIPES_BY_NAME = {recipe.name: recipe for recipe in RECIPES}
AUTOMATIC = "auto"
"""The runner is found by the files of the repository."""
