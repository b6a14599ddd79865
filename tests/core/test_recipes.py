"""Runners as data: which one is found, what its commands are, and names that would be more than names."""

import shlex

import pytest

from ftc.core.config import KEYS_BY_NAME
from ftc.core.errors import ConfigError
from ftc.core.fix import Amplifier
from ftc.core.model import TestId
from ftc.core.recipe_table import AUTOMATIC, RECIPES, RECIPES_BY_NAME, Results
from ftc.core.recipes import NotRunnable, Place, commands, home, overridden, possible, recipe_for, target_of

A = Amplifier
PLACE = Place(out="/s/out", report="/s/report")


def test(ecosystem, suite, name):
    return TestId(ecosystem=ecosystem, suite=suite, name=name)


test.__test__ = False


def made(runner, identity, *, file, amplifier=A.PLAIN, command="", home_folder=""):
    recipe = RECIPES_BY_NAME[runner]
    recipe = overridden(recipe, command) if command else recipe
    target = target_of(identity, test_file=file, home_folder=home_folder)
    place = Place(home=home_folder, out=PLACE.out, report=PLACE.report)
    return commands(recipe, target, amplifier=amplifier, seed=7, seconds=60, place=place)


FOUND = [
    # test, its file, files of the repository, runner, its home
    (test("go", "m/pkg/a", "TestA"), "pkg/a/a_test.go", ["go.mod"], "go", ""),
    (test("go", "m/sub/a", "TestA"), "sub/a/a_test.go", ["go.mod", "sub/go.mod"], "go", "sub"),  # the nearest module
    (test("python", "tests/test_x.py", "test_a"), "tests/test_x.py", ["tests/conftest.py"], "pytest", ""),  # no marker
    (test("junit", "x", "ledger › put"), "web/a.test.ts", ["web/package.json"], "jest", "web"),
    (test("junit", "x", "put"), "a.test.ts", ["package.json", "vite.config.ts"], "vitest", ""),  # both are there
    (test("node", "web/a.test.js", "put"), "web/a.test.js", ["jest.config.js", "web/package.json"], "node", "web"),
    (test("vitest", "a.test.js", "put"), "a.test.js", ["package.json"], "vitest", ""),  # its log said so
    (test("vitest", "web/a.test.js", "put"), "web/a.test.js", ["package.json", "web/vite.config.ts"], "vitest", "web"),
    (test("junit", "x", "tests::put"), "src/lib.rs", ["Cargo.toml"], "cargo", ""),
    (test("junit", "x", "tests::put"), "src/lib.rs", ["Cargo.toml", ".config/nextest.toml"], "nextest", ""),
    (test("rust", "x", "put"), "a/src/lib.rs", ["Cargo.toml", "a/Cargo.toml", ".config/nextest.toml"], "nextest", "a"),
    (test("junit", "a.BTest", "put"), "src/test/java/a/BTest.java", ["pom.xml"], "maven", ""),
    (test("junit", "a.BTest", "put"), "app/src/test/kotlin/a/BTest.kt", ["app/build.gradle.kts"], "gradle", "app"),
    (test("ctest", "", "ledger"), "t/ledger.cpp", ["CMakeLists.txt"], "ctest", ""),
]


@pytest.mark.parametrize(("identity", "file", "files", "runner", "folder"), FOUND, ids=[row[3] for row in FOUND])
def test_the_runner_is_found(identity, file, files, runner, folder):
    recipe = recipe_for(identity, files=files, test_file=file)
    assert recipe.name == runner
    assert home(recipe, files=files, test_file=file) == folder


@pytest.mark.parametrize(
    ("file", "files", "program"),
    [
        ("src/test/java/BTest.java", ["gradlew", "build.gradle"], "./gradlew"),
        ("app/src/test/java/BTest.java", ["gradlew", "settings.gradle", "app/build.gradle.kts"], "../gradlew"),
        ("a/b/c/src/BTest.java", ["a/gradlew", "a/b/c/build.gradle"], "../../gradlew"),  # it is not at the root
        ("a/b/src/BTest.java", ["gradlew", "a/gradlew", "a/b/build.gradle"], "../gradlew"),  # the nearest one
        ("app/src/BTest.java", ["other/gradlew", "app/build.gradle"], "gradle"),  # none of its own
    ],
)
def test_the_repositorys_own_wrapper_starts_the_runner(file, files, program):
    recipe = recipe_for(test("junit", "a.BTest", "put"), files=files, test_file=file)
    assert {line[0] for line in (*recipe.prepare, recipe.run, recipe.run_whole)} == {program}
    told = recipe_for(test("junit", "a.BTest", "put"), files=files, test_file=file, command="gradle check {name}")
    assert (told.prepare, told.run) == ((), ("gradle", "check", "{name}"))


def test_no_runner_is_guessed():
    assert recipe_for(test("go", "m", "TestA"), files=["README.md"], test_file="a_test.go") is None
    assert recipe_for(test("junit", "x", "put"), files=["go.mod", "pom.xml"], test_file="") is None
    with pytest.raises(ConfigError, match="set test-runner"):
        recipe_for(test("junit", "x", "put"), files=[], test_file="", command="run {name}")
    named = recipe_for(test("junit", "x", "put"), files=[], test_file="", runner="vitest")
    assert named.name == "vitest"


def test_the_configuration_knows_every_runner():
    assert set(KEYS_BY_NAME["test-runner"].rule.allowed) == {AUTOMATIC, *RECIPES_BY_NAME}


GO = test("go", "m/pkg/a", "TestA/two_words#01")
SHOWN = [
    # runner, test, file, amplifier, what a person would type
    (
        "go", GO, "pkg/a/a_test.go", A.RACE,
        "cd pkg/a && GORACE=atexit_sleep_ms=100 go test -c -o /s/out -race . && "
        "GORACE=atexit_sleep_ms=100 /s/out -test.v=test2json -test.count=1 -test.timeout=60s "
        "'-test.run=^TestA$/^two_words#01$'",
    ),
    (
        "go", GO, "pkg/a/a_test.go", A.SHUFFLE,
        "cd pkg/a && go test -c -o /s/out . && /s/out -test.v=test2json -test.count=1 -test.timeout=60s "
        "-test.shuffle=7",
    ),
    (
        "pytest", test("python", "t/test_x.py", "TestC::test[a b]"), "t/test_x.py", A.HASH_SEED,
        "PYTHONDONTWRITEBYTECODE=1 PYTHONHASHSEED=7 python -m pytest -q -p no:cacheprovider --junitxml=/s/report "
        "'t/test_x.py::TestC::test[a b]'",
    ),
    (
        "pytest", test("python", "t/test_x.py", "test_a"), "t/test_x.py", A.ONE_CPU,
        "PYTHONDONTWRITEBYTECODE=1 taskset -c 0 python -m pytest -q -p no:cacheprovider --junitxml=/s/report "
        "t/test_x.py::test_a",
    ),
    (
        "jest", test("junit", "", "ledger › puts (a) $x"), "a.test.js", A.PLAIN,
        "CI=1 npx --no-install jest --ci --runInBand --json --outputFile=/s/report "
        r"'--testNamePattern=(^| )ledger puts \(a\) \$x$' --runTestsByPath a.test.js",
    ),
    (
        "node", test("node", "a.test.js", "ledger > puts (a) $x"), "a.test.js", A.PLAIN,
        "node --test --test-reporter=junit --test-reporter-destination=/s/report "
        r"'--test-name-pattern=^(?:ledger|ledger(?: [>›] | )puts \(a\) \$x|puts \(a\) \$x)$' a.test.js",
    ),
    (
        "gradle", test("junit", "a.BTest", "puts(int)[1]"), "src/test/java/a/BTest.java", A.PLAIN,
        "gradle --console=plain --no-daemon testClasses && gradle --console=plain --no-daemon --no-build-cache "
        "cleanTest test --tests a.BTest.puts --tests 'a.BTest.puts[*'",
    ),
    (
        "maven", test("junit", "a.BTest", "puts[1.5 {x}]"), "src/test/java/a/BTest.java", A.PLAIN,
        "mvn --batch-mode --quiet test-compile && mvn --batch-mode --quiet -Dsurefire.rerunFailingTestsCount=0 "
        "-DfailIfNoTests=false -Dsurefire.failIfNoSpecifiedTests=false '-Dtest=a.BTest#puts' surefire:test",
    ),
    (
        "nextest", test("junit", "crate", "tests::put"), "src/lib.rs", A.PLAIN,
        "CARGO_TARGET_DIR=/s/out cargo nextest run --no-run && CARGO_TARGET_DIR=/s/out cargo nextest run --color=never "
        "--retries=0 --no-fail-fast --status-level=pass --failure-output=immediate --ignore-default-filter "
        "-E 'test(=tests::put)'",
    ),
    (
        "nextest", test("rust", "crate::bin/tool", r"put), all() \ "), "src/lib.rs", A.NEIGHBOURS,
        "CARGO_TARGET_DIR=/s/out cargo nextest run --no-run && CARGO_TARGET_DIR=/s/out cargo nextest run --color=never "
        "--retries=0 --no-fail-fast --status-level=pass --failure-output=immediate --ignore-default-filter "
        r"-E 'default() | (binary_id(=crate::bin/tool) & test(=put\)\, all(\) \\ ))'",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("runner", "identity", "file", "amplifier", "shown"), SHOWN)
def test_commands(runner, identity, file, amplifier, shown):
    assert made(runner, identity, file=file, amplifier=amplifier).shown() == shown


HOSTILE = [
    # runner, suite, name, file: each would be more than a name to somebody
    ("go", "m", "-exec=/bin/sh", "a_test.go"),
    ("cargo", "", "--list", "src/lib.rs"),
    ("pytest", "-p", "test_a", "t.py"),
    ("pytest", "t.py", "test_a", "--rootdir=/"),
    ("pytest", "t.py", "test\n-p evil", "t.py"),
    ("pytest", "t.py", "test\x00", "t.py"),
    ("pytest", "t.py", "t" * 5_000, "t.py"),
    ("maven", "a.B", "put+get*", "B.java"),  # and so is surefire's
    ("maven", "a.B,a.C", "put", "B.java"),
    ("maven", "%regex[.*]", "put", "B.java"),
    ("gradle", "a.*", "put", "B.java"),
    ("gradle", "a.B", "put*", "B.java"),
    ("maven", "a.B", "puts all", "B.java"),
]


@pytest.mark.parametrize(("runner", "suite", "name", "file"), HOSTILE)
def test_names_that_are_refused(runner, suite, name, file):
    with pytest.raises(NotRunnable, match="nothing was run"):
        made(runner, test(runner, suite, name), file=file)


@pytest.mark.parametrize("name", ["$(touch x)", "`touch x`", "; touch x", "{extra}", "{seed}", "a b", "é", "%s", "\\1"])
@pytest.mark.parametrize("runner", ["go", "pytest", "jest", "vitest", "node", "ctest"])
def test_names_stay_one_argument(runner, name):
    """What a shell or our own placeholders would read stays inside of one argument."""
    plain = made(runner, test(runner, "s", "x"), file="a").run
    odd = made(runner, test(runner, "s", name), file="a").run
    assert len(odd) == len(plain)
    assert shlex.split(made(runner, test(runner, "s", name), file="a").shown())[-len(odd) :] == list(odd)


MAKE = "make gotest GOTEST_ARGS='./{folder} -run {name} -count=1 -v {extra}'"


def test_a_configured_command():
    told = made("go", test("go", "m/pkg/a", "TestA/x"), file="pkg/a/a_test.go", command=MAKE, amplifier=A.RACE)
    assert told.run == ("make", "gotest", "GOTEST_ARGS=./pkg/a -run TestA/x -count=1 -v -race")
    assert (told.prepare, told.folder, told.results) == ((), ".", Results.GO)


@pytest.mark.parametrize("name", ["TestA/$(touch x)", "TestA/x;y", "TestA/a|b", "TestA/'", "TestA$", "TestA/`x`"])
@pytest.mark.parametrize("command", [MAKE, "sh -c 'go test -run {name}'", "./run 'one {name}'"])
def test_a_program_that_reads_names_again_gets_plain_ones_only(name, command):
    with pytest.raises(NotRunnable, match="more than a name"):
        made("go", test("go", "m", name), file="a_test.go", command=command)


def test_a_program_that_takes_arguments_as_they_are_gets_any_name():
    told = made("go", test("go", "m", "TestA/a|b"), file="a_test.go", command="go test -run {pattern} ./{folder}")
    assert told.run == ("go", "test", "-run", r"^TestA$/^a\|b$", "./.")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("go test {nme}", "unknown placeholders ['nme']"),
        ("go test 'x", "cannot be cut"),
        ("   ", "unknown placeholders []"),
    ],
)
def test_commands_that_are_refused(command, words):
    with pytest.raises(ConfigError) as refused:
        overridden(RECIPES_BY_NAME["go"], command)
    assert words in str(refused.value)


def test_amplifiers_without_a_place_in_the_command_are_not_tried():
    assert A.RACE in possible(overridden(RECIPES_BY_NAME["go"], MAKE))
    bare = possible(overridden(RECIPES_BY_NAME["go"], "make gotest GOTEST_ARGS='./{folder} -run {name}'"))
    assert bare == (A.PLAIN, A.LOAD)
    assert possible(RECIPES_BY_NAME["go"])[:2] == (A.PLAIN, A.RACE)
    assert all(A.LOAD in possible(recipe) for recipe in RECIPES)
    # A run that stands in the place of the recipe's would run another command than the configured one.
    assert A.SHUFFLE in possible(RECIPES_BY_NAME["pytest"])
    told = overridden(RECIPES_BY_NAME["pytest"], "uv run pytest --junitxml={report} {extra} {id}")
    assert possible(told) == (A.PLAIN, A.HASH_SEED, A.ONE_CPU, A.LOAD)
