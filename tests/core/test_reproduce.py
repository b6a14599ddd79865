"""Commands for people: they must run as they stand, whatever the test is called."""

import shlex

import pytest

from ftc.core.model import Kind, Location, TestId
from ftc.core.reproduce import reproduction

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
