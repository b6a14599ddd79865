"""Mechanical fixes: where each applies, to the letter, and where it must not."""

# ruff: noqa: E501 - a row of a table is one line

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ftc.core.diff import parse_file_diff
from ftc.core.fix_agents import MECHANICAL
from ftc.core.masking import masking
from ftc.core.mechanical import RULES, Spot
from ftc.core.mechanical.rewrite import go_version
from ftc.core.syntax import syntax_problem
from ftc.core.unified import diff_of

TAKEN_GO = "listen tcp 127.0.0.1:8080: bind: address already in use"
TAKEN_PY = "OSError: [Errno 98] Address already in use"
TAKEN_JS = "Error: listen EADDRINUSE: address already in use :::3000"


def go(body, imports='"testing"'):
    return f"package a\n\nimport {imports}\n\nfunc TestA(t *testing.T) {{\n{body}\n}}\n"


GO_SERVER = go(
    '\tln, err := net.Listen("tcp", "127.0.0.1:8080")\n'
    "\tif err != nil {\n\t\tt.Fatal(err)\n\t}\n\tgo serve(ln)\n"
    '\tget(t, "http://127.0.0.1:8080/health?x=1")\n\tdial(t, "127.0.0.1:8080")'
)
TESTIFY = '(\n\t"testing"\n\n\t"github.com/stretchr/testify/require"\n)'
PERMUTED_GO = (
    "    a_test.go:11: \n        \tError Trace:\ta_test.go:11\n        \tError:      \tNot equal: \n"
    '        \t            \texpected: []string{"a", "b, c"}\n        \t            \tactual  : []string{"b, c", "a"}\n'
)
POOLS = "from concurrent.futures import ThreadPoolExecutor\nfrom threading import Thread\n\n\n"
PERMUTED_PY = "tests/test_a.py:3: AssertionError\nE       AssertionError: assert ['b', 'a'] == ['a', 'b']\n"
PERMUTED_JS = "AssertionError: expected [ 'b', 'a' ] to deeply equal [ 'a', 'b' ]\n ❯ src/a.test.ts:2:17"

APPLIES = [
    (
        "fixed-port", "a_test.go", GO_SERVER, TAKEN_GO,
        GO_SERVER.replace('"tcp", "127.0.0.1:8080"', '"tcp", "127.0.0.1:0"')
        .replace('"http://127.0.0.1:8080/health?x=1"', '"http://"+ln.Addr().String()+"/health?x=1"')
        .replace('t, "127.0.0.1:8080"', "t, ln.Addr().String()"),
    ),
    (
        "fixed-port", "a_test.go", go('\tln, _ := net.Listen("tcp", ":9090")\n\tuse(ln.Addr())'), "bind: address already in use",
        go('\tln, _ := net.Listen("tcp", ":0")\n\tuse(ln.Addr())'),
    ),
    (
        "fixed-port", "test_a.py", 'def test_a():\n    s = socket()\n    s.bind(("127.0.0.1", 8080))\n    port = s.getsockname()[1]\n',
        TAKEN_PY, 'def test_a():\n    s = socket()\n    s.bind(("127.0.0.1", 0))\n    port = s.getsockname()[1]\n',
    ),
    (
        "fixed-port", "a.test.js", "test('a', async () => {\n  const s = app.listen(3000, ready)\n  get(s.address().port)\n})\n",
        TAKEN_JS, "test('a', async () => {\n  const s = app.listen(0, ready)\n  get(s.address().port)\n})\n",
    ),
    (
        "unordered-comparison", "a_test.go", go('\tx := f()\n\trequire.Equal(t, []string{"a", "b, c"}, x)', TESTIFY), PERMUTED_GO,
        go('\tx := f()\n\trequire.ElementsMatch(t, []string{"a", "b, c"}, x)', TESTIFY),
    ),
    (
        "unordered-comparison", "tests/test_a.py", "def test_a():\n    x = f()\n    assert names(x) == ['a', 'b'], x\n", PERMUTED_PY,
        "def test_a():\n    x = f()\n    assert sorted(names(x)) == sorted(['a', 'b']), x\n",
    ),
    (
        "unordered-comparison", "src/a.test.ts", "test('a', () => {\n  expect(found.names).toEqual(['a', 'b']);\n})\n", PERMUTED_JS,
        "test('a', () => {\n  expect([...found.names].sort()).toEqual(['a', 'b'].sort());\n})\n",
    ),
    (
        "loop-variable", "a_test.go",
        go("\tfor _, tc := range cases {\n\t\tt.Run(tc.name, func(t *testing.T) {\n\t\t\tt.Parallel()\n\t\t\tcheck(t, tc)\n\t\t})\n\t}"), "",
        go("\tfor _, tc := range cases {\n\t\ttc := tc\n\t\tt.Run(tc.name, func(t *testing.T) {\n\t\t\tt.Parallel()\n\t\t\tcheck(t, tc)\n\t\t})\n\t}"),
    ),
    (
        "loop-variable", "test_a.py",
        POOLS + "def test_a():\n    with ThreadPoolExecutor() as pool:\n        for x in xs:\n            Thread(target=lambda: put(x)).start()\n            pool.submit(lambda: put(x))\n", "",
        POOLS + "def test_a():\n    with ThreadPoolExecutor() as pool:\n        for x in xs:\n            Thread(target=lambda x=x: put(x)).start()\n            pool.submit(lambda x=x: put(x))\n",
    ),
    (
        "loop-variable", "a.test.js", "test('a', () => {\n  for (var i = 0; i < 3; i++) {\n    later(() => seen.push(i))\n  }\n})\n", "",
        "test('a', () => {\n  for (let i = 0; i < 3; i++) {\n    later(() => seen.push(i))\n  }\n})\n",
    ),
    (
        "leaked-environment", "a_test.go", go('\tos.Setenv("MODE", "x")\n\trun(t)', '(\n\t"os"\n\t"testing"\n)'), "",
        go('\tt.Setenv("MODE", "x")\n\trun(t)', '(\n\t"testing"\n)'),
    ),
    (
        "leaked-environment", "a_test.go", go('\t_ = os.Setenv("MODE", "x")\n\trun(os.Args)', '(\n\t"os"\n\t"testing"\n)'), "",
        go('\tt.Setenv("MODE", "x")\n\trun(os.Args)', '(\n\t"os"\n\t"testing"\n)'),
    ),
    (
        "leaked-environment", "test_a.py",
        'import os\n\n\n@pytest.mark.slow\ndef test_a(tmp_path):\n    os.environ["MODE"] = str(tmp_path)\n    run()\n', "",
        'import os\n\n\n@pytest.mark.slow\ndef test_a(monkeypatch, tmp_path):\n    monkeypatch.setenv("MODE", str(tmp_path))\n    run()\n',
    ),
    (  # what shares the line with it stays
        "leaked-environment", "test_a.py",
        'import os\n\n\ndef test_a():\n    os.environ["A"] = "x"; assert start() == 3; os.environ["B"] = "y"  # both\n', "",
        'import os\n\n\ndef test_a(monkeypatch):\n    monkeypatch.setenv("A", "x"); assert start() == 3; monkeypatch.setenv("B", "y")  # both\n',
    ),
    (  # an import that is explained
        "leaked-environment", "a_test.go", go('\tos.Setenv("MODE", "x")', '(\n\t"os" // for MODE\n\t"testing"\n)'), "",
        go('\tt.Setenv("MODE", "x")', '(\n\t"testing"\n)'),
    ),
]  # fmt: skip


def test_the_configuration_names_every_rule():
    assert tuple(RULES) == MECHANICAL


def spot(path, text, excerpt, version=(1, 21)):
    return Spot(path=path, text=text, excerpt=excerpt, go_version=version)


@pytest.mark.parametrize(("name", "path", "text", "excerpt", "after"), APPLIES)
def test_a_rule_applies_to_the_letter(name, path, text, excerpt, after):
    got = RULES[name].rewrite(spot(path, text, excerpt))
    assert got == after
    assert syntax_problem(path, got) == ""
    assert masking([parse_file_diff(path, diff_of(path, text, got), text=got)]) == ()


PLAIN_PORT = 'def test_a():\n    s.bind(("127.0.0.1", 8080))\n'
CLOSURE = "\tfor _, tc := range cases {\n{}\t\tt.Run(tc.name, func(t *testing.T) {\n\t\t\tt.Parallel()\n\t\t\tcheck(tc)\n\t\t})\n\t}"
LOOP = CLOSURE.replace("{}", "")

LEFT_ALONE = [
    ("fixed-port", "a_test.go", GO_SERVER, "not equal", "the failure says nothing of a taken port"),
    ("fixed-port", "a_test.go", GO_SERVER, TAKEN_GO.replace("8080", "9999"), "another port was taken"),
    ("fixed-port", "a_test.go", go('\tln, _ := net.Listen("tcp", "127.0.0.1:8080")\n\tserve(ln)'), TAKEN_GO, "nobody asks for the port: the product may count on it"),
    ("fixed-port", "a_test.go", GO_SERVER.replace('dial(t, "127.0.0.1:8080")', "dial(t, 8080)"), TAKEN_GO, "a use that cannot be rewritten"),
    ("fixed-port", "a_test.go", GO_SERVER + "\nconst port = 8080\n", TAKEN_GO, "a use outside of the test"),
    ("fixed-port", "a_test.go", GO_SERVER.replace('"127.0.0.1:8080")\n', '":8080")\n'), TAKEN_GO, "[::]:1234 is no address to call everywhere"),
    ("fixed-port", "a_test.go", GO_SERVER.replace("\tln, err := net", "\t// ln, err := net"), TAKEN_GO, "a comment does not listen"),
    ("fixed-port", "a_test.go", GO_SERVER + GO_SERVER.partition("func")[1] + GO_SERVER.partition("func")[2].replace("TestA", "TestB"), TAKEN_GO, "two listeners: which is it?"),
    ("fixed-port", "test_a.py", PLAIN_PORT, TAKEN_PY, "nobody asks the socket for its port"),
    ("fixed-port", "test_a.py", PLAIN_PORT + "    s.getsockname()\n    get(8080)\n", TAKEN_PY, "the number stands elsewhere"),
    ("fixed-port", "a.test.js", "test('a', () => {\n  app.listen(3000)\n})\n", TAKEN_JS, "nobody asks for the port"),
    ("fixed-port", "a.rb", "TCPServer.new(8080)\n", TAKEN_PY, "a language without a rule"),
    ("unordered-comparison", "a_test.go", go("\tx := f()\n\trequire.Equal(t, want, x)", TESTIFY), PERMUTED_GO.replace('{"b, c", "a"}', '{"b, c", "d"}'), "other elements"),
    ("unordered-comparison", "a_test.go", go("\tx := f()\n\trequire.Equal(t, want, x)", TESTIFY), PERMUTED_GO.replace('{"b, c", "a"}', '{"a", "b, c"}'), "the same order"),
    ("unordered-comparison", "a_test.go", go("\tx := f()\n\trequire.Equal(t, want, x)", TESTIFY), PERMUTED_GO + "a_test.go:9: again", "two failing lines"),
    ("unordered-comparison", "a_test.go", go("\tx := f()\n\trequire.NotEqual(t, want, x)", TESTIFY), PERMUTED_GO, "another assertion"),
    ("unordered-comparison", "tests/test_a.py", "def test_a():\n    x = f()\n    assert x == ['a', 'b'] or y\n", PERMUTED_PY, "no plain comparison"),
    ("unordered-comparison", "tests/test_a.py", "def test_a():\n    x = f()\n    assert sorted(x) == ['a', 'b']\n", PERMUTED_PY, "sorted already: the cause is another"),
    ("unordered-comparison", "tests/test_a.py", "def test_a():\n    x = f()\n    assert x == y\n", PERMUTED_PY.replace("'b'", "None"), "None has no order"),
    ("unordered-comparison", "tests/test_a.py", "def test_a():\n    x = f()\n    assert x == y\n", PERMUTED_PY.replace("['b', 'a']", "__import__('os')"), "only literals are read"),
    ("unordered-comparison", "src/a.test.ts", "test('a', () => {\n  expect(f()).toEqual(['a', 'b'])\n})\n", PERMUTED_JS, "a call may give no array"),
    ("loop-variable", "a_test.go", go(LOOP.replace("{\n", "{\n\t\ttc := tc\n", 1)), "", "copied already"),
    ("loop-variable", "a_test.go", go(LOOP.replace("\t\t\tt.Parallel()\n", "")), "", "nothing runs later"),
    ("loop-variable", "a_test.go", go(LOOP.replace("check(tc)", "tc = next(tc)")), "", "the variable is written to"),
    ("loop-variable", "test_a.py", POOLS + "def test_a():\n    for x in xs:\n        put(lambda: x)\n", "", "whoever takes it may call it with arguments, or at once"),
    ("loop-variable", "test_a.py", POOLS + "def test_a():\n    for x in xs:\n        Thread(target=lambda: f(x), args=(1,))\n", "", "it is given arguments"),
    ("loop-variable", "test_a.py", POOLS + "def test_a():\n    for x in xs:\n        Thread(target=lambda x=x: f(x))\n", "", "bound already"),
    ("loop-variable", "a.test.js", "test('a', () => {\n  for (var i = 0; i < 3; i++) {\n    later(() => i)\n  }\n  done(i)\n})\n", "", "used after the loop"),
    ("loop-variable", "a.test.js", "test('a', () => {\n  for (var i = 0; i < 3; i++) {\n    put(i)\n  }\n})\n", "", "no closure"),
    ("leaked-environment", "a_test.go", go('\tos.Setenv("A", "x")\n\tdefer os.Unsetenv("A")'), "", "it is restored"),
    ("leaked-environment", "a_test.go", go('\tos.Setenv("A", "x")\n\tos.Setenv("A", "y")'), "", "perhaps it is restored"),
    ("leaked-environment", "a_test.go", go('\tt.Parallel()\n\tos.Setenv("A", "x")'), "", "t.Setenv panics in parallel tests"),
    ("leaked-environment", "a_test.go", go('\tif err := os.Setenv("A", "x"); err != nil {\n\t\tt.Fatal(err)\n\t}'), "", "its error is used"),
    ("leaked-environment", "a_test.go", go('\tos.Setenv("A", "x")').replace("TestA(t *testing.T)", "TestMain(m *testing.M)"), "", "for all tests of the package"),
    ("leaked-environment", "test_a.py", 'import os\n\n\nclass TestA(TestCase):\n    def test_a(self):\n        os.environ["A"] = "x"\n', "", "unittest knows no fixtures"),
    ("leaked-environment", "test_a.py", 'import os\n\n\n@patch("a.b")\ndef test_a(b):\n    os.environ["A"] = "x"\n', "", "the decorator adds parameters"),
    ("leaked-environment", "test_a.py", 'import os\n\n\ndef test_a():\n    os.environ["A"] = "x"\n    del os.environ["A"]\n', "", "it is restored"),
    ("leaked-environment", "test_a.py", 'import os\n\n\ndef test_a():\n    with x:\n        os.environ["A"] = "x"\n', "", "inside of something that may restore it"),
    ("leaked-environment", "test_a.py", 'import os\n\n\ndef helper():\n    os.environ["A"] = "x"\n', "", "no test, so no fixtures"),
    ("leaked-environment", "a.test.js", "test('a', () => {\n  process.env.A = 'x'\n})\n", "", "no exact way is known for JavaScript"),
    ("leaked-environment", "test_a.py", "def test_a(:\n", "", "no Python"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "path", "text", "excerpt", "why"), LEFT_ALONE, ids=[f"{row[0]}: {row[-1]}" for row in LEFT_ALONE]
)
def test_a_rule_leaves_alone_what_is_not_exact(name, path, text, excerpt, why):
    assert RULES[name].rewrite(spot(path, text, excerpt)) in (None, text), why


def test_newer_versions_of_go_need_no_copy_and_older_ones_have_no_setenv():
    loop, leak = go(LOOP), go('\tos.Setenv("A", "x")')
    assert RULES["loop-variable"].rewrite(spot("a_test.go", loop, "", (1, 22))) is None
    assert RULES["loop-variable"].rewrite(spot("a_test.go", loop, "", (0, 0))) is None
    assert RULES["loop-variable"].rewrite(spot("a_test.go", loop, "", (1, 9))) is not None
    assert RULES["leaked-environment"].rewrite(spot("a_test.go", leak, "", (1, 16))) is None


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("module x\n\ngo 1.21\n", (1, 21)),
        ("module x\n\ngo 1.22.3\ntoolchain go1.23\n", (1, 22)),
        ("module x\n", (0, 0)),
    ],
)
def test_the_version_of_go_is_read_from_the_module(text, version):
    assert go_version(text) == version


GOFMT = "/usr/local/go/bin/gofmt" if Path("/usr/local/go/bin/gofmt").exists() else shutil.which("gofmt")


@pytest.mark.toolchain
@pytest.mark.skipif(GOFMT is None, reason="gofmt is not installed")
@pytest.mark.parametrize("row", [row for row in APPLIES if row[1] == "a_test.go"])
def test_what_is_made_for_go_is_formatted(row):
    done = subprocess.run([GOFMT], input=row[4], capture_output=True, text=True, check=False)
    assert done.stdout == row[4]


REAL = """package a

import (
	"net"
	"net/http"
	"os"
	"testing"
)

func TestServer(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:8080")
	if err != nil {
		t.Fatal(err)
	}
	go http.Serve(ln, http.NotFoundHandler())
	r, err := http.Get("http://127.0.0.1:8080/health")
	if err != nil || r.StatusCode != 404 {
		t.Fatal(err, r)
	}
}

func TestEnv(t *testing.T) {
	os.Setenv("MODE", "x")
}

func TestLoop(t *testing.T) {
	for i, tc := range []string{"a", "b"} {
		t.Run(tc, func(t *testing.T) {
			t.Parallel()
			if t.Name() != "TestLoop/"+tc {
				t.Fatal("shared", i, t.Name(), tc)
			}
		})
	}
}
"""


@pytest.mark.toolchain
@pytest.mark.skipif(GOFMT is None, reason="Go is not installed")
def test_real_tests_pass_once_they_are_mended(tmp_path):
    (tmp_path / "go.mod").write_text("module x\n\ngo 1.21\n")
    text = REAL
    for name in ("fixed-port", "loop-variable", "leaked-environment"):
        text = RULES[name].rewrite(spot("a_test.go", text, TAKEN_GO))
    (tmp_path / "a_test.go").write_text(text)
    env = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod"}
    go = str(Path(GOFMT).with_name("go"))
    done = subprocess.run(
        [go, "test", "-count=2", "."], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    formatted = subprocess.run([GOFMT, "-l", "."], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert formatted.stdout == ""
