"""Coverage reports as a hostile test could leave them: only paths that git knows come through, and nothing breaks."""

import json
import os
import subprocess
from dataclasses import replace

import pytest

from ftc.agent.coverage import LINES, TOLD, covered_files, covered_lines, gathered
from ftc.agent.stress_run import Tree
from ftc.clients.shell import Result
from ftc.core.errors import CommandFailed
from tests.proving import FILE
from tests.stressing import bench, copied, test_id

pytestmark = pytest.mark.slow

FILES = ("shop/cart.py", "shop/unused.py", FILE)
EXECUTED = {"executed_lines": [1]}


def covered(tmp_path, leave, *, project="prove-shop", test=None, file=FILE, files=FILES, **choices):
    """What is found when the tool leaves a report: ``leave`` is given its place."""
    root = copied(project, tmp_path / "tree")
    test = test or test_id("python", FILE, "test_lock")
    made = bench(root, test, test_file=file, scratch=tmp_path / "scratch", **choices)
    asked = []

    def run(argv, *, cwd, env, timeout):
        asked.append(argv)
        leave(tmp_path / "scratch/before" / ("cover.out" if project == "prove-go" else "cover.json"), root)
        return Result(code=0, stdout=b"", stderr=b"")

    return covered_files(replace(made, run=run), Tree(side="before", root=root), files=files, seconds=5), asked


def said(**files):
    return lambda place, root: place.write_text(
        json.dumps({"files": {path.replace("__", "/"): value for path, value in files.items()}})
    )


REPORTS = {
    "executed and not": (
        said(**{"shop__cart.py": EXECUTED, "shop__unused.py": {"executed_lines": []}}),
        ("shop/cart.py",),
    ),
    "outside": (said(**{"..__..__etc__passwd": EXECUTED, "__etc__passwd": EXECUTED, FILE: EXECUTED}), (FILE,)),
    "a way round": (said(**{"shop__..__shop__cart.py": EXECUTED}), ("shop/cart.py",)),
    "absolute": (
        lambda place, root: place.write_text(json.dumps({"files": {f"{root}/shop/cart.py": EXECUTED}})),
        ("shop/cart.py",),
    ),
    "no JSON": (lambda place, root: place.write_text("{"), ()),
    "another form": (lambda place, root: place.write_text('{"files": [1, 2]}'), ()),
    "strange entries": (said(**{"shop__cart.py": [1], FILE: "x"}), ()),
    "too deep": (lambda place, root: place.write_text("[" * 100_000), ()),
    "bytes": (lambda place, root: place.write_bytes(b"\xff\xfe\0"), ()),
    "a link": (lambda place, root: place.symlink_to("/etc/passwd"), ()),
    "a pipe": (lambda place, root: os.mkfifo(place), ()),
    "nothing": (lambda place, root: None, ()),
}


@pytest.mark.parametrize(("leave", "expected"), REPORTS.values(), ids=REPORTS)
def test_what_a_report_of_python_may_say(leave, expected, tmp_path):
    def once(place, root):
        if not os.path.lexists(place):
            leave(place, root)

    (found, problem), asked = covered(tmp_path, once)
    assert found == expected
    assert bool(problem) is not bool(expected)
    assert asked[0][:4] == ["python", "-m", "coverage", "run"]
    assert asked[1][:4] == ["python", "-m", "coverage", "json"]


PROFILE = """mode: set
example.com/prove/cart/cart.go:10.2,12.3 2 1
example.com/prove/price/price.go:10.2,12.3 2 0
example.com/other/x.go:1.1,2.2 1 1
example.com/prove/../../etc/passwd:1.1,2.2 1 1
:::: nonsense 1
"""


def test_what_a_profile_of_go_may_say(tmp_path):
    test = test_id("go", "example.com/prove/cart", "TestLock")
    (found, problem), asked = covered(
        tmp_path,
        lambda place, root: place.write_text(PROFILE),
        project="prove-go",
        test=test,
        file="cart/cart_test.go",
        files=("cart/cart.go", "price/price.go", "cart/cart_test.go"),
    )
    assert (found, problem) == (("cart/cart.go",), "")
    assert asked[0][-1] == "./cart"
    assert "-run=^TestLock$" in asked[0]


MAP = {"0": {"start": {"line": 2}, "end": {"line": 3}}, "1": {"start": {"line": 9}, "end": {"line": 9}}}
JEST = {
    "executed": ({"s": {"0": 2, "1": 0}, "statementMap": MAP}, {2, 3}),
    "not executed": ({"s": {"0": 0, "1": 0}, "statementMap": MAP}, None),
    "without a map": ({"s": {"0": 1}}, None),
    "counts alone": ({"s": [1], "statementMap": MAP}, None),
    "strange places": ({"s": {"0": 1}, "statementMap": {"0": {"start": [], "end": "x"}}}, set()),
    "all lines there are": (
        {"s": {"0": 1}, "statementMap": {"0": {"start": {"line": 1}, "end": {"line": 10**9}}}},
        set(),
    ),
}


@pytest.mark.parametrize(("said", "lines"), JEST.values(), ids=JEST)
def test_what_a_report_of_jest_may_say(said, lines, tmp_path):
    root = copied("stress-jest", tmp_path / "tree")
    identity, scratch = test_id("jest", "a.test.js", "adds"), tmp_path / "scratch"
    made = bench(root, identity, test_file="a.test.js", scratch=scratch, runner="jest")

    def run(argv, *, cwd, env, timeout):
        assert "--coverageReporters=json" in argv
        place = scratch / "before/coverage"
        place.mkdir(exist_ok=True)
        (place / "coverage-final.json").write_text(json.dumps({f"{root}/src/a.js": said, "total": 1}))
        return Result(code=0, stdout=b"", stderr=b"")

    tree = Tree(side="before", root=root)
    found, _ = covered_lines(replace(made, run=run), tree, files=("src/a.js",), seconds=5)
    assert found == ({} if lines is None else {"src/a.js": lines})


def test_what_lies_in_the_place_of_the_report_is_removed(tmp_path):
    (tmp_path / "scratch/before/cover.json/inside").mkdir(parents=True)

    def once(place, root):
        if not os.path.lexists(place):
            place.write_text(json.dumps({"files": {FILE: EXECUTED}}))

    assert covered(tmp_path, once)[0] == ((FILE,), "")


def test_a_tool_that_is_missing_is_a_note(tmp_path):
    def missing(place, root):
        raise CommandFailed("python could not be started")

    assert covered(tmp_path, missing)[0] == ((), "coverage: python could not be started")


FULL = """{imports}
const {{ put }} = {load};
test('puts', () => {{ if (put(1) !== 2) throw new Error('the balance is wrong'); }});
test('takes', () => {{ {take} }});
"""
NODE = {
    "jest": {
        "ledger/put.js": "const { add } = require('./add'); exports.put = (n) => add(n, 1);",
        "ledger/add.js": "exports.add = (a, b) => a + b;",
        "ledger/take.js": "exports.take = (n) => n - 1;",
        "ledger/put.test.js": FULL.format(imports="", load="require('./put')", take="require('./take').take(1);"),
    },
    "vitest": {
        "ledger/put.js": "import { add } from './add'; export const put = (n) => add(n, 1);",
        "ledger/add.js": "export const add = (a, b) => a + b;",
        "ledger/take.js": "export const take = (n) => n - 1;",
        "ledger/put.test.js": FULL.format(
            imports="import { test } from 'vitest';", load="await import('./put')", take="return import('./take');"
        ),
    },
}


@pytest.mark.toolchain
@pytest.mark.parametrize("runner", NODE)
def test_what_one_test_of_node_runs_through(runner, tool, tmp_path):
    """Its neighbour in the same file runs through another file; a flaky test may well fail while it is looked at."""
    tool("npm")
    root = copied(f"stress-{runner}", tmp_path / "tree")
    argv = ["npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
    subprocess.run(argv, cwd=root, check=True, capture_output=True, timeout=300)
    (root / "ledger").mkdir()
    (kept := tmp_path / "scratch/before/plain.build").mkdir(parents=True)
    identity, file = test_id(runner, "ledger/put.test.js", "puts"), "ledger/put.test.js"
    made = bench(root, identity, test_file=file, scratch=tmp_path / "scratch", runner=runner)
    for wanted in ("!== 2", "!== 3"):
        for path, text in NODE[runner].items():
            (root / path).write_text(text.replace("!== 2", wanted))
        found, problem = covered_files(made, Tree(side="before", root=root), files=[*NODE[runner]], seconds=60)
        assert (found, problem) == (("ledger/add.js", "ledger/put.js"), ""), wanted
    assert kept.is_dir()


PLACE = {"start": {"line": 1, "column": 0}, "end": {"line": 2, "column": 1}}
REPORT = {
    "ROOT/ledger.js": {"statementMap": {"0": PLACE}, "s": {"0": 3}},
    "ROOT/unused.js": {"statementMap": {"0": PLACE}, "s": {"0": 0}},
    "/etc/passwd": {"statementMap": {"0": PLACE}, "s": {"0": 3}},
    "ROOT/../other.js": {"statementMap": {"0": PLACE}, "s": {"0": 3}},
    "ROOT/strange.js": {"statementMap": [PLACE], "s": [1]},
    "ROOT/stranger.js": 1,
}


@pytest.mark.parametrize("runner", NODE)
def test_what_a_report_of_node_may_say(runner, tmp_path):
    def leave(place, root):
        (place.parent / "coverage").mkdir(exist_ok=True)
        text = json.dumps(REPORT).replace("ROOT", str(root))
        (place.parent / "coverage/coverage-final.json").write_text(text)

    (found, problem), asked = covered(
        tmp_path,
        leave,
        project=f"stress-{runner}",
        test=test_id(runner, "ledger.test.js", "ledger > is fine"),
        file="ledger.test.js",
        files=("ledger.js", "unused.js", "other.js", "strange.js", "stranger.js", "total"),
        runner=runner,
    )
    assert (found, problem) == (("ledger.js",), "")
    assert asked[0][-1] == str(tmp_path / "scratch/before/coverage")


def test_a_runner_without_a_tool_is_a_note(tmp_path):
    test = test_id("rust", "", "tests::every_third")
    (found, problem), asked = covered(
        tmp_path, lambda place, root: None, project="stress-cargo", test=test, file="src/lib.rs"
    )
    assert (found, asked) == ((), [])
    assert "no way for cargo" in problem


def test_a_file_has_so_many_lines_and_no_more():
    """A profile of Go tells of a file line by line, and each of them had a share of its own."""
    found = gathered(("a.go", range(start, start + LINES)) for start in range(0, 10 * LINES, LINES // 2))
    assert found == {"a.go": frozenset(range(LINES))}
    assert gathered([("a.go", [1, 2]), ("b.go", []), ("a.go", [2, 3])]) == {"a.go": {1, 2, 3}, "b.go": set()}


def test_what_is_told_again_and_again_is_not_looked_at_for_ever():
    looked = 0

    def counted():
        nonlocal looked
        for line in range(LINES - 1):
            looked += 1
            yield line

    found = gathered((f"{number % 2}.go", counted()) for number in range(500))
    assert found == {f"{number}.go": frozenset(range(LINES - 1)) for number in (0, 1)}
    assert looked <= TOLD
