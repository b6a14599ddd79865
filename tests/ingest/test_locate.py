"""Frames to places in the repository: runners, containers, GOPATH, trimmed paths, and what lies elsewhere."""

import pytest

from ftc.core.model import Frame, Location, TestId
from ftc.ingest.locate import learned_modules, locations, package_directory, repository_path

PYTHON = TestId(ecosystem="python", suite="tests/test_a.py", name="t")
GO = TestId(ecosystem="go", suite="github.com/acme/ledger/v2/server/store", name="TestA")
VANITY = TestId(ecosystem="go", suite="go.acme.io/ledger/pkg/a", name="TestA")
EXAMPLE = TestId(ecosystem="go", suite="example.com/ledger", name="TestA")

PATHS = [
    (PYTHON, "tests/test_a.py", "tests/test_a.py", "pytest prints paths relative to its root"),
    (PYTHON, "/home/runner/work/r/r/tests/test_a.py", "tests/test_a.py", "hosted Linux"),
    (PYTHON, "/Users/runner/work/r/r/tests/test_a.py", "tests/test_a.py", "hosted macOS"),
    (PYTHON, "D:\\a\\r\\r\\tests\\test_a.py", "tests/test_a.py", "hosted Windows"),
    (PYTHON, "/__w/r/r/tests/test_a.py", "tests/test_a.py", "job in a container"),
    (PYTHON, "/github/workspace/tests/test_a.py", "tests/test_a.py", "container action"),
    (PYTHON, "/opt/actions-runner/_work/r/r/tests/test_a.py", "tests/test_a.py", "self-hosted, although under /opt"),
    (PYTHON, "/opt/hostedtoolcache/Python/3.11.9/x64/lib/python3.11/json/decoder.py", "", "tool cache"),
    (
        PYTHON,
        "/home/runner/work/r/r/.venv/lib/python3.11/site-packages/x.py",
        "",
        "a virtual environment in the checkout",
    ),
    (PYTHON, "../../../usr/lib/python3/x.py", "", "outside of the root"),
    (PYTHON, "/home/somebody/project/x.py", "", "nobody knows where this repository begins"),
    (PYTHON, "<frozen importlib._bootstrap>", "", "no file"),
    (PYTHON, "/home/runner/work/r/r/node_modules/jest/x.js", "", "a dependency"),
    (GO, "store_test.go", "server/store/store_test.go", "go test prints bare file names"),
    (GO, "/home/runner/work/ledger/ledger/server/store/store.go", "server/store/store.go", "a stack has full paths"),
    (GO, "github.com/acme/ledger/v2/server/store/store.go", "server/store/store.go", "-trimpath"),
    (GO, "/home/prow/go/src/github.com/acme/ledger/server/x.go", "server/x.go", "GOPATH layout, as in Prow"),
    (GO, "/workspace/source/server/store/store.go", "server/store/store.go", "unknown place, the package's own file"),
    (GO, "/workspace/source/server/x.go", "", "unknown place, another package"),
    (GO, "/home/runner/go/pkg/mod/github.com/stretchr/testify@v1.9.0/suite/suite.go", "", "module cache"),
    (GO, "github.com/stretchr/testify@v1.9.0/suite/suite.go", "", "module cache, trimmed"),
    (GO, "github.com/other/dep/x.go", "", "another module"),
    (GO, "/opt/hostedtoolcache/go/1.24.5/x64/src/testing/testing.go", "", "GOROOT in the tool cache"),
    (GO, "/usr/local/go/src/runtime/panic.go", "", "GOROOT"),
    (GO, "testing/testing.go", "", "GOROOT, trimmed"),
    (GO, "_testmain.go", "", "generated"),
    (GO, "/home/runner/work/ledger/ledger/vendor/github.com/x/y.go", "", "vendored"),
    (VANITY, "a_test.go", "pkg/a/a_test.go", "a vanity path: host and one element"),
    (EXAMPLE, "a_test.go", "a_test.go", "the root package"),
    (TestId(ecosystem="go", suite="ledger", name="T"), "a_test.go", "", "a module without a host tells nothing"),
]


@pytest.mark.parametrize(("test", "path", "expected", "why"), PATHS, ids=[why for *_, why in PATHS])
def test_repository_path(test, path, expected, why):
    assert repository_path(path, test) == expected


def test_full_paths_teach_where_the_module_begins():
    """``example.com/team/ledger`` has one element more than vanity paths have as a rule."""
    test = TestId(ecosystem="go", suite="example.com/team/ledger/pkg/a", name="TestA")
    modules = learned_modules([(test, Frame(path="/home/runner/work/ledger/ledger/pkg/a/a_test.go", line=3))])
    assert modules == {"example.com/team/ledger"}
    assert package_directory("example.com/team/ledger/pkg/b", modules=modules) == "pkg/b"


def test_locations_are_unique_and_in_order():
    frames = [Frame(path=path, line=line) for path, line in (("a.py", 2), ("b.py", 1), ("a.py", 2), ("c.py", 0))]
    assert locations(frames, PYTHON) == (Location(path="a.py", line=2), Location(path="b.py", line=1))
