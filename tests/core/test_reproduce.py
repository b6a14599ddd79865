"""Commands for people: they must run as they stand, whatever the test is called."""

import shlex

import pytest

from ftc.core.model import Kind, Location, TestId
from ftc.core.reproduce import COMMANDS, ONE_CPU, reproduction

PLACE = (Location(path="go/store/store_test.go", line=7),)


@pytest.mark.parametrize(
    ("test", "kind", "locations", "command"),
    [
        (  # the package's folder, since the module may not be at the root
            TestId(ecosystem="go", suite="github.com/o/r/go/store", name="TestPut"),
            Kind.ASSERTION,
            PLACE,
            "cd go/store && go test . -run '^TestPut$' -count=100 -failfast",
        ),
        (  # each level of a sub-test is a pattern of its own
            TestId(ecosystem="go", suite="github.com/o/r/store", name="TestSuite/TestPut/a+b"),
            Kind.PANIC,
            (),
            r"go test github.com/o/r/store -run '^TestSuite$/^TestPut$/^a\+b$' -count=100 -failfast",
        ),
        (  # a race shows itself only under the detector
            TestId(ecosystem="go", suite="", name="TestPut"),
            Kind.DATA_RACE,
            (),
            "go test -race ./... -run '^TestPut$' -count=100 -failfast",
        ),
        (
            TestId(ecosystem="python", suite="tests/test_a.py", name="TestA::test_b[x y]"),
            Kind.ASSERTION,
            (),
            "for i in $(seq 100); do python -m pytest -q -x 'tests/test_a.py::TestA::test_b[x y]' || break; done",
        ),
        (  # pytest names the file from the folder it ran in, the location from the root of the repository
            TestId(ecosystem="python", suite="tests/test_a.py", name="test_b"),
            Kind.ASSERTION,
            (Location(path="python/src/a.py", line=3), Location(path="python/tests/test_a.py", line=7)),
            "cd python && for i in $(seq 100); do python -m pytest -q -x tests/test_a.py::test_b || break; done",
        ),
        (  # the root itself
            TestId(ecosystem="python", suite="tests/test_a.py", name="test_b"),
            Kind.ASSERTION,
            (Location(path="tests/test_a.py", line=7),),
            "for i in $(seq 100); do python -m pytest -q -x tests/test_a.py::test_b || break; done",
        ),
        (  # another file whose name ends alike is no place of this test
            TestId(ecosystem="python", suite="test_a.py", name="test_b"),
            Kind.ASSERTION,
            (Location(path="python/my_test_a.py", line=7),),
            "for i in $(seq 100); do python -m pytest -q -x test_a.py::test_b || break; done",
        ),
        (  # a report without a file's name
            TestId(ecosystem="python", suite="", name="test_b"),
            Kind.ASSERTION,
            (Location(path="python/", line=7),),
            "for i in $(seq 100); do python -m pytest -q -x ::test_b || break; done",
        ),
    ],
)
def test_first_command(test: TestId, kind: Kind, locations: tuple[Location, ...], command: str) -> None:
    assert reproduction(test, kind=kind, locations=locations)[0] == command


def test_a_hostile_name_stays_one_argument() -> None:
    name = "TestX'; rm -rf / #`$(id)`"
    for command in reproduction(
        TestId(ecosystem="go", suite="p; id", name=name),
        kind=Kind.ERROR,
        locations=(Location(path="a b;id/x_test.go", line=1),),
    ):
        words = shlex.split(command)
        assert words[:3] == ["cd", "a b;id", "&&"]
        assert "id" not in words


def test_every_command_of_pytest_starts_in_its_folder() -> None:
    test = TestId(ecosystem="python", suite="test_a.py", name="test_b")
    places = (Location(path="a b;id/test_a.py", line=1),)
    for command in reproduction(test, kind=Kind.ERROR, locations=places):
        assert shlex.split(command)[:3] == ["cd", "a b;id", "&&"]


def test_an_unknown_ecosystem_has_no_command() -> None:
    assert reproduction(TestId(ecosystem="junit", suite="s", name="n"), kind=Kind.ERROR, locations=()) == ()


@pytest.mark.parametrize("ecosystem", ["go", "python"])
@pytest.mark.parametrize("suite", ["-exec=sh -c id", "-toolexec=./x", "--rootdir=/", "-pevil"])
def test_a_suite_that_is_a_flag_gives_no_command(ecosystem: str, suite: str) -> None:
    # Quoting does not help: `go test '-exec=...'` runs the program, and people paste what the issue shows.
    assert reproduction(TestId(ecosystem=ecosystem, suite=suite, name="n"), kind=Kind.ERROR, locations=()) == ()


JEST_TRACE = (
    "    at callAsyncCircusFn (/home/runner/work/a/a/node_modules/jest-circus/build/jestAdapterInit.js:1774:10)"
)
SPEC = (Location(path="src/[id].test.ts", line=3),)


@pytest.mark.parametrize(
    ("test", "given", "command"),
    [
        (  # jest-junit names no file as suite; a path in brackets would be a pattern for jest
            TestId(ecosystem="junit", suite="cart adds", name="cart adds (a+b)"),
            {"locations": SPEC, "excerpt": JEST_TRACE},
            "npx jest --runTestsByPath 'src/[id].test.ts' -t 'cart adds \\(a\\+b\\)'",
        ),
        (  # no file is known
            TestId(ecosystem="junit", suite="cart adds", name="adds"),
            {"framework": "jest"},
            "npx jest -t adds",
        ),
        (
            TestId(ecosystem="junit", suite="src/a.test.ts", name="adds"),
            {"excerpt": " ❯ node_modules/@vitest/runner/dist/index.js:1:2"},
            "npx vitest run src/a.test.ts -t adds",
        ),
        (  # vitest compares titles with blanks between them
            TestId(ecosystem="vitest", suite="src/a.test.ts", name="cart > adds"),
            {},
            "npx vitest run src/a.test.ts -t 'cart adds'",
        ),
        (
            TestId(ecosystem="node", suite="test/a.test.js", name="cart > adds (a+b)"),
            {},
            "node --test --test-name-pattern=cart --test-name-pattern='adds \\(a\\+b\\)' test/a.test.js",
        ),
        (
            TestId(ecosystem="junit", suite="Queue", name="drains"),
            {"locations": (Location(path="test/q.js", line=1),), "excerpt": "at /x/node_modules/mocha/lib/runner.js:1"},
            "npx mocha test/q.js --fgrep drains",
        ),
        (
            TestId(ecosystem="junit", suite="e2e/cart.spec.ts", name="cart › adds"),
            {"excerpt": "Test timeout of 30000ms exceeded."},
            "npx playwright test e2e/cart.spec.ts --grep 'cart › adds' --repeat-each=100 --retries=0 --max-failures=1",
        ),
        (
            TestId(ecosystem="rust", suite="ledger", name="tests::posts"),
            {},
            "cargo test -- --exact tests::posts",
        ),
        (
            TestId(ecosystem="junit", suite="ledger", name="tests::posts"),
            {"framework": "nextest"},
            "cargo nextest run --retries 0 -E 'test(=tests::posts)'",
        ),
        (  # parametrised: surefire selects by method
            TestId(ecosystem="junit", suite="com.acme.LedgerTest", name="readsFile(Path)[2]"),
            {"locations": (Location(path="src/test/java/com/acme/LedgerTest.java", line=3),)},
            "mvn -q test '-Dtest=com.acme.LedgerTest#readsFile' -Dsurefire.rerunFailingTestsCount=0",
        ),
        (
            TestId(ecosystem="junit", suite="com.acme.LedgerTest", name="reads"),
            {"framework": "gradle"},
            "./gradlew --no-build-cache cleanTest test --tests com.acme.LedgerTest.reads",
        ),
        (
            TestId(ecosystem="junit", suite="com.acme.LedgerTest", name="reads[1.5]"),
            {"framework": "gradle"},
            "./gradlew --no-build-cache cleanTest test --tests com.acme.LedgerTest.reads "
            "--tests 'com.acme.LedgerTest.reads[*'",
        ),
        (  # a comma ends a matcher, and an opening bracket must not be escaped
            TestId(ecosystem="rust", suite="ledger", name="posts (1, 2)"),
            {"framework": "nextest"},
            r"cargo nextest run --retries 0 -E 'test(=posts (1\, 2\))'",
        ),
        (
            TestId(ecosystem="cpp", suite="", name="ledger.posts"),
            {},
            "ctest --test-dir build -R '^ledger\\.posts$' --output-on-failure --repeat until-fail:100",
        ),
        (
            TestId(ecosystem="junit", suite="spec.ledger_spec", name="posts"),
            {"locations": (Location(path="spec/ledger_spec.rb", line=3),)},
            "bundle exec rspec spec/ledger_spec.rb -e posts",
        ),
        (
            TestId(ecosystem="dotnet", suite="Acme.LedgerTests", name="Posts(a: 1)"),
            {},
            "dotnet test --filter 'FullyQualifiedName~Acme.LedgerTests.Posts'",
        ),
    ],
)
def test_other_runners(test, given, command):
    given = {"kind": Kind.ASSERTION, "locations": (), **given}
    first = reproduction(test, **given)[0]
    assert first in (command, f"for i in $(seq 100); do {command} || break; done")


@pytest.mark.parametrize("tool", [name for name in COMMANDS if name not in ("go", "python")])
@pytest.mark.parametrize("name", ["a'; touch x #", "$(id)", "`id`", "a\nid", 'a" && id', "a) or all("])
def test_a_hostile_name_is_one_argument_for_every_runner(tool, name):
    places = (Location(path="b'; touch y #.test.ts", line=1),)
    test = TestId(ecosystem="junit", suite="s'; touch z #", name=name)
    for command in reproduction(test, kind=Kind.TIMEOUT, locations=places, framework=tool):
        words = shlex.split(command, comments=False)
        assert not {"touch", "id", "id;", "x", "y", "z"} & set(words)
        assert "\n" not in command or any("\n" in word for word in words)


@pytest.mark.parametrize("tool", [name for name in COMMANDS if name not in ("go", "python")])
def test_a_name_that_is_a_flag_gives_no_command(tool):
    for suite, name, path in (("s", "--config=x", "a.ts"), ("-s", "n", "a.ts"), ("s", "n", "--a.ts")):
        test = TestId(ecosystem="junit", suite=suite, name=name)
        places = (Location(path="b.ts", line=1), Location(path=path, line=1))
        assert reproduction(test, kind=Kind.ERROR, locations=places, framework=tool) == ()


def test_each_kind_has_what_brings_it_out():
    go = TestId(ecosystem="go", suite="p", name="TestA")
    joined = {kind: " ".join(reproduction(go, kind=kind, locations=())) for kind in Kind}
    assert "-shuffle=on" in joined[Kind.ASSERTION]
    assert "-race" in joined[Kind.DATA_RACE]
    assert "-cpu=1" in joined[Kind.TIMEOUT]
    py = TestId(ecosystem="python", suite="t.py", name="a")
    assert ONE_CPU in " ".join(reproduction(py, kind=Kind.TIMEOUT, locations=()))
