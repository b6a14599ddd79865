"""Mechanical fixes really run: a source that fails or leaks, and the same one mended, with its language's own tools."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ftc.core.mechanical import RULES
from tests.core.test_mechanical import TAKEN_GO, TAKEN_JS, TAKEN_PY, spot

pytestmark = pytest.mark.toolchain

GO = shutil.which("go") or ("/usr/local/go/bin/go" if Path("/usr/local/go/bin/go").exists() else None)
NODE = shutil.which("node")


def run(folder, *command):
    env = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod", "GOPROXY": "off"}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=60)


PYTHON_TESTS = {
    "fixed-port": (
        TAKEN_PY,
        """import socket
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

taken = socket.socket()
taken.bind(("127.0.0.1", {port}))
taken.listen()


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(204)
        self.end_headers()


def test_a():
    with HTTPServer(("127.0.0.1", 18481), Answer) as server:
        Thread(target=server.handle_request).start()
        assert urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/").status == 204
""".replace("{port}", "18400 + 81"),
    ),
    "unordered-comparison": (
        "tests/test_a.py:6: AssertionError\nE       AssertionError: assert ['b', 'a'] == ['a', 'b']\n",
        "def names():\n    return ['b', 'a']\n\n\ndef test_a():\n    assert (names()) == (['a', 'b']), 'names'\n",
    ),
    "loop-variable": (
        "",
        """from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread


def test_a():
    seen, go = [], Event()
    with ThreadPoolExecutor(9) as pool:
        for x in [1, 2, 3]:
            pool.submit(lambda: go.wait(9) and seen.append(x))
            Thread(target=lambda: go.wait(9) and seen.append(x)).start()
        go.set()
    while len(seen) < 6:
        pass
    assert sorted(seen) == [1, 1, 2, 2, 3, 3]
""",
    ),
    "leaked-environment": (
        "",
        """import os

import pytest


@pytest.fixture
def last():
    yield
    assert os.environ["FTC_MODE" + "_A"] == "x"


def test_a(last):
    os.environ["FTC_MODE_A"] = "x"; os.environ["FTC_MODE_B"] = ("y" "z")  # both
    assert last is None


def test_b():
    assert "FTC_MODE" + "_A" not in dict(__import__("os").environ)
""",
    ),
}


@pytest.mark.parametrize("name", PYTHON_TESTS)
def test_python(name, tmp_path):
    excerpt, text = PYTHON_TESTS[name]
    mended = RULES[name].rewrite(spot("tests/test_a.py", text, excerpt))
    assert mended not in (None, text)
    for folder, source, code in (("before", text, 1), ("after", mended, 0)):
        (tmp_path / folder / "tests").mkdir(parents=True)
        (tmp_path / folder / "tests" / "test_a.py").write_text(source)
        done = run(
            tmp_path / folder,
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:randomly",
            "tests",
        )
        assert done.returncode == code, f"{source}\n{done.stdout}"


NODE_TESTS = {
    "fixed-port": (
        TAKEN_JS.replace("3000", "18482"),
        """const http = require('node:http')
const test = require('node:test')
const other = http.createServer()
other['listen'](18400 + 82)
other.unref()
test('a', (t, done) => {
  const s = http.createServer((_, answer) => answer.end('x'))
  s.listen(18482, () => {
    http.get(`http://127.0.0.1:${s.address().port}/`, (got) => { got.resume(); s.close(); other.close(); done() })
  })
  get(s.address().port)
})
function get() {}
""",
    ),
    "loop-variable": (
        "",
        """const test = require('node:test')
const assert = require('node:assert')
test('a', (t, done) => {
  const seen = []
  for (var turn = 0; turn < 3; turn++) {
    setTimeout(() => seen.push(turn), 1)
  }
  setTimeout(() => { assert.deepEqual(seen, [0, 1, 2]); done() }, 50)
})
""",
    ),
    "unordered-comparison": (
        "AssertionError: expected [ 'b', 'a' ] to deeply equal [ 'a', 'b' ]\n > src/a.test.js:7:1",
        """const test = require('node:test')
const assert = require('node:assert')
const expect = (got) => ({ toEqual: (want) => assert.deepEqual(got, want) })
const found = { names: ['b', 'a'] }
test('a', () => {

  expect(found.names).toEqual(['a', 'b']);
  assert.deepEqual(found.names, ['b', 'a'])
})
""",
    ),
}


@pytest.mark.skipif(NODE is None, reason="Node.js is not installed")
@pytest.mark.parametrize("name", NODE_TESTS)
def test_node(name, tmp_path):
    excerpt, text = NODE_TESTS[name]
    mended = RULES[name].rewrite(spot("src/a.test.js", text, excerpt))
    assert mended not in (None, text)
    for source, passes in ((text, False), (mended, True)):
        (tmp_path / "a.test.js").write_text(source)
        done = run(tmp_path, NODE, "--test", "a.test.js")
        assert (done.returncode == 0) is passes, f"{source}\n{done.stdout}{done.stderr}"


GO_TEST = """package a

import (
	"net"
	"net/http"
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestA(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:18483")
	require.NoError(t, err)
	go http.Serve(ln, http.NotFoundHandler())
	for _, url := range []string{"http://127.0.0.1:18483/health", "http://127.0.0.1:18483"} {
		r, err := http.Get(url)
		require.NoError(t, err)
		require.Equal(t, 404, r.StatusCode)
	}
	c, err := net.Dial("tcp", "127.0.0.1:18483")
	require.NoError(t, err)
	c.Close()
}

func TestB(t *testing.T) {
	x := []string{"b, c", "a"}
	require.Equal(t, []string{"a", "b, c"}, x)
}

func TestC(t *testing.T) {
	var all sync.WaitGroup
	var lock sync.Mutex
	sum := 0
	hold := make(chan bool)
	for i, n := range []int{1, 10, 100} {
		all.Add(1)
		go func() {
			defer all.Done()
			<-hold
			lock.Lock()
			sum += n + i - i
			lock.Unlock()
		}()
	}
	close(hold)
	all.Wait()
	require.Equal(t, 111, sum)
}

func TestD(t *testing.T) {
	os.Setenv("FTC_MODE", "x")
}

func TestE(t *testing.T) {
	require.Equal(t, "", os.Getenv("FTC_"+"MODE"))
}
"""
STUB = """package require

import (
	"reflect"
	"sort"
	"testing"
)

func NoError(t *testing.T, err error) {
	if err != nil {
		t.Fatal(err)
	}
}

func Equal(t *testing.T, want, got any) {
	if !reflect.DeepEqual(want, got) {
		t.Fatal(want, got)
	}
}

func ElementsMatch(t *testing.T, want, got []string) {
	sort.Strings(want)
	sort.Strings(got)
	Equal(t, want, got)
}
"""
PERMUTED = (
    "    a_test.go:29: \n        \tError Trace:\ta_test.go:29\n        \tError:      \tNot equal: \n"
    '        \t            \texpected: []string{"a", "b, c"}\n        \t            \tactual  : []string{"b, c", "a"}\n'
)


@pytest.mark.skipif(GO is None, reason="Go is not installed")
def test_go(tmp_path):
    (tmp_path / "testify" / "require").mkdir(parents=True)
    (tmp_path / "testify" / "go.mod").write_text("module github.com/stretchr/testify\n\ngo 1.21\n")
    (tmp_path / "testify" / "require" / "require.go").write_text(STUB)
    module = "module x\n\ngo 1.21\n\nrequire github.com/stretchr/testify v1.0.0\n\nreplace github.com/stretchr/testify => ./testify\n"  # noqa: E501
    (tmp_path / "go.mod").write_text(module)
    text = GO_TEST
    # Lines move, so the one whose line the failure names goes first.
    for name, excerpt in (
        ("unordered-comparison", PERMUTED),
        ("fixed-port", TAKEN_GO.replace("8080", "18483")),
        ("loop-variable", ""),
        ("leaked-environment", ""),
    ):
        mended = RULES[name].rewrite(spot("a_test.go", text, excerpt))
        assert mended not in (None, text), name
        text = mended
    (tmp_path / "a_test.go").write_text(GO_TEST)
    failed = run(tmp_path, GO, "test", "-count=1", ".")
    assert {f"--- FAIL: Test{name} " in failed.stdout for name in "BCE"} == {True}, failed.stdout + failed.stderr
    (tmp_path / "a_test.go").write_text(text)
    done = run(tmp_path, GO, "test", "-count=2", ".")
    assert done.returncode == 0, text + done.stdout + done.stderr
    gofmt = run(tmp_path, str(Path(GO).with_name("gofmt")), "-l", "a_test.go")
    assert gofmt.stdout == ""
