"""Mechanical fixes: a source that one applies to, and the one change of it with which the fix would not be exact."""

# ruff: noqa: E501 - a row of a table is one line

import re

import pytest

from ftc.core.mechanical import RULES
from tests.core.test_mechanical import (
    GO_SERVER,
    PERMUTED_GO,
    PERMUTED_JS,
    PERMUTED_PY,
    POOLS,
    TAKEN_GO,
    TAKEN_JS,
    TAKEN_PY,
    TESTIFY,
    go,
    spot,
)

ENV_GO = go('\tos.Setenv("MODE", "x")\n\tcheck(t)', '(\n\t"os"\n\t"testing"\n)')
ENV_PY = 'import os\n\n\ndef test_a(tmp_path):\n    os.environ["MODE"] = "x"\n    assert start() == 3\n'
LOOP_GO = go("\tfor _, tc := range cases {\n\t\tgo func() {\n\t\t\tcheck(t, tc)\n\t\t}()\n\t\tnext()\n\t}")
LOOP_PY = (
    POOLS
    + "def test_a():\n    seen = []\n    pool = ThreadPoolExecutor()\n    for n in [1, 2]:\n        pool.submit(lambda: seen.append(n))\n        wait()\n    assert seen\n"
)
THREAD_PY = POOLS + "def test_a():\n    for n in [1, 2]:\n        Thread(target=lambda: put(n)).start()\n"
LOOP_JS = "test('a', () => {\n  for (var i = 0; i < n; i++) {\n    later(() => seen.push(i))\n    next()\n  }\n  expect(seen).toEqual(all)\n})\n"
PORT_PY = (
    'def test_a():\n    s = socket()\n    s.bind(("127.0.0.1", 8080))\n    port = s.getsockname()[1]\n    get(port)\n'
)
SERVER_PY = 'def test_a():\n    with HTTPServer(("127.0.0.1", 8080), H) as s:\n        get(s.server_port)\n'
PORT_JS = "test('a', async () => {\n  const s = app.listen(3000, ready)\n  get(s.address().port)\n})\n"
SAME_GO = go('\tx := f()\n\trequire.Equal(t, []string{"a", "b, c"}, x)', TESTIFY)
SAME_PY = "def test_a():\n    x = f()\n    assert x == ['a', 'b']\n"
SAME_JS = "test('a', () => {\n  expect(x).toEqual(['a', 'b'])\n})\n"

GO, PY, JS = "a_test.go", "tests/test_a.py", "src/a.test.ts"
PORT, SAME, LOOP, ENV = "fixed-port", "unordered-comparison", "loop-variable", "leaked-environment"

OPENS = '\tln, err := net.Listen("tcp", "127.0.0.1:8080")\n'
CLAIM = '\trequire.Equal(t, []string{"a", "b, c"}, x)\n'

ROWS = [
    # --- the environment
    (ENV, GO, ENV_GO, 'os.Setenv("MODE", "x")\n', 'src := `\nfunc main() {\n\tos.Setenv("MODE", "x")\n}\n`\n\tos.Remove(src)\n', "in the text of a program that the test makes"),
    (ENV, GO, ENV_GO, '\t"os"\n', '\tos "example.com/fake/os"\n', "another package"),
    (ENV, GO, ENV_GO, '\t"os"\n', '\t. "os"\n', "imported otherwise"),
    (ENV, GO, ENV_GO, 'os.Setenv("MODE", "x")\n', 'os := fake()\n\tos.Setenv("MODE", "x")\n', "a variable of that name"),
    (ENV, GO, ENV_GO, 'os.Setenv("MODE", "x")\n', 't := fake(t)\n\tos.Setenv("MODE", "x")\n', "t is another one"),
    (ENV, GO, ENV_GO, 'os.Setenv("MODE", "x")\n', 'defer restore(os.Environ())\n\tos.Setenv("MODE", "x")\n', "perhaps it is restored"),
    (ENV, GO, ENV_GO, 'os.Setenv("MODE", "x")\n', 't.Cleanup(restore)\n\tos.Setenv("MODE", "x")\n', "perhaps it is restored, and the order of cleaning up differs"),
    (ENV, GO, ENV_GO, 'os.Setenv("MODE", "x")\n', 't.Run("b", func(t *testing.T) {\n\tos.Setenv("MODE", "x")\n\t})\n', "for the sub-test alone it is gone after it"),
    (ENV, GO, ENV_GO, 'os.Setenv("MODE", "x")\n', 'os.Setenv("MODE", "x"); os.Setenv("MORE", "y")\n', "two in a line"),
    (ENV, GO, ENV_GO, "func TestA", "func Testify", "no test, but what tests call"),
    (ENV, GO, ENV_GO, "\tcheck(t)\n}\n", '\tcheck(t)\n}\n\nfunc TestB(t *testing.T) {\n\tuse(os.Getenv("MODE"))\n}\n', "another test counts on it"),
    (ENV, GO, ENV_GO, "\tcheck(t)\n}\n", "\tcheck(t)\n}\n\nfunc check(t *testing.T) {\n\tt.Parallel()\n}\n", "t.Setenv panics in a test that a helper makes parallel"),
    (ENV, PY, ENV_PY, "    assert", "    os.environ.clear()\n    assert", "the whole environment is changed"),
    (ENV, PY, ENV_PY, "    assert", "    before = os.environ.copy()\n    assert", "perhaps to restore it"),
    (ENV, PY, ENV_PY, "    assert", "    monkeypatch.undo()\n    assert", "what is set may be taken back before its time"),
    (ENV, PY, ENV_PY, '"x"\n', '"x", "y"\n', "a tuple would become another argument"),
    (ENV, PY, ENV_PY, '["MODE"] =', '["MODE"] = kept =', "two targets"),
    (ENV, PY, ENV_PY, "import os\n", "from fakes import os\n", "another os"),
    (ENV, PY, ENV_PY, "import os\n", "import os\nfrom fakes import *\n", "perhaps another os"),
    (ENV, PY, ENV_PY, "    os.environ[", "    os = fake()\n    os.environ[", "a variable of that name"),
    (ENV, PY, ENV_PY, "def test_a(tmp_path)", "def test_a(tmp_path, x=1)", "no fixture, so perhaps no pytest"),
    (ENV, PY, ENV_PY, "def test_a(tmp_path)", "def test_a(*, tmp_path)", "a header of another form"),
    (ENV, PY, ENV_PY, "== 3\n", "== 3\n\n\ndef test_b():\n    test_a(None)\n", "it is called, without the fixture"),
    (ENV, PY, ENV_PY, "== 3\n", '== 3\n\n\ndef test_b():\n    assert os.environ["MODE"] == "x"\n', "another test counts on it"),
    (ENV, PY, ENV_PY, "== 3\n", "== 3\n\n\n@pytest.fixture\ndef monkeypatch():\n    yield None\n", "another fixture of that name"),
    (ENV, PY, ENV_PY, "    assert", "    monkeypatch = fake()\n    assert", "a variable of that name"),
    # --- the variable of a loop
    (LOOP, GO, LOOP_GO, "next()", "tc  =  next()", "written to"),
    (LOOP, GO, LOOP_GO, "next()", "tc, a, b = next()", "written to, with others"),
    (LOOP, GO, LOOP_GO, "next()", "tc += 1", "written to"),
    (LOOP, GO, LOOP_GO, "next()", "tc++", "written to"),
    (LOOP, GO, LOOP_GO, "next()", "tc &^= 1", "written to"),
    (LOOP, GO, LOOP_GO, "next()", "keep(&tc)", "a pointer to it is another one then"),
    (LOOP, GO, LOOP_GO, "range cases {", "range cases { // all of them", "a comment behind the brace"),
    (LOOP, GO, LOOP_GO, "check(t, tc)", "check(t, x.tc)", "the field of something"),
    (LOOP, GO, LOOP_GO, "go func()", "do(func()", "nobody knows when it is called"),
    (LOOP, PY, LOOP_PY, "wait()", "n = n * 10", "given another value after the lambda was made"),
    (LOOP, PY, LOOP_PY, "wait()", "n += 1", "likewise"),
    (LOOP, PY, LOOP_PY, "wait()", "with x as n: pass", "likewise"),
    (LOOP, PY, LOOP_PY, "wait()", "print(n := 3)", "likewise"),
    (LOOP, PY, LOOP_PY, "wait()", "for n in m: pass", "likewise"),
    (LOOP, PY, LOOP_PY, "    assert seen\n", "    n = 5\n    assert seen\n", "given another value after the loop, which the lambda may be meant to see"),
    (LOOP, PY, LOOP_PY, "    seen = []\n", "    global n\n    seen = []\n", "anybody may write to it"),
    (LOOP, PY, LOOP_PY, "    assert seen\n", "    def later():\n        nonlocal n\n        n = 3\n    assert seen\n", "a function writes to it"),
    (LOOP, PY, LOOP_PY, "pool = ThreadPoolExecutor()", "pool = Form()", "a form, which is submitted otherwise"),
    (LOOP, PY, LOOP_PY, "from concurrent.futures", "from fakes", "another pool"),
    (LOOP, PY, LOOP_PY, "append(n))", "append(n), 1)", "it is given an argument"),
    (LOOP, PY, LOOP_PY, "    pool = ThreadPoolExecutor()\n", "    pool = ThreadPoolExecutor()\n    pool = fake(pool)\n", "perhaps another pool"),
    (LOOP, PY, THREAD_PY, "lambda: put(n)", "lambda: put(n), **more", "perhaps it is given arguments"),
    (LOOP, PY, THREAD_PY, "lambda: put(n)", "lambda: [put(n) for n in m]", "another variable of that name"),
    (LOOP, PY, THREAD_PY, "from threading", "from fakes", "another thread"),
    (LOOP, PY, THREAD_PY, "        Thread(", "        def go(n):\n            Thread(", "the parameter of a function"),
    (LOOP, PY, THREAD_PY, "def test_a():\n", "if True:\n", "a global variable"),
    (LOOP, PY, THREAD_PY, "(target", "(target=1, tärget", "columns count otherwise"),
    (LOOP, JS, LOOP_JS, "var i = 0;", "var i = 0, k = 3;", "the second variable may be used after the loop"),
    (LOOP, JS, LOOP_JS, "var i = 0;", "var i;", "without a first value it keeps the last one"),
    (LOOP, JS, LOOP_JS, "var i = 0;", "var i = i || 0;", "its own value is not there yet"),
    (LOOP, JS, LOOP_JS, "var i = 0;", "var i = get(() => i);", "a closure in the head"),
    (LOOP, JS, LOOP_JS, "seen.push(i)", "{ i++ }", "the closure writes to it"),
    (LOOP, JS, LOOP_JS, "seen.push(i)", "{ i = 3 }", "likewise"),
    (LOOP, JS, LOOP_JS, "seen.push(i)", "{ --i }", "likewise"),
    (LOOP, JS, LOOP_JS, "seen.push(i)", "{ i ??= n }", "likewise"),
    (LOOP, JS, LOOP_JS, "seen.push(i)", "{ [n, i] = [i, n] }", "likewise"),
    (LOOP, JS, LOOP_JS, "seen.push(i)", "{ ({ a: i } = n) }", "likewise"),
    (LOOP, JS, LOOP_JS, "i < n; i++", "later(() => i); i++", "a closure in the head"),
    (LOOP, JS, LOOP_JS, "seen.push(i)", "{ [i, n] = [n, i] }", "likewise"),
    (LOOP, JS, LOOP_JS, "next()", "i += 2", "the loop writes to it"),
    (LOOP, JS, LOOP_JS, "next()", "var i = 5", "twice declared, which let does not allow"),
    (LOOP, JS, LOOP_JS, "() => seen.push(i)", "(i) => seen.push(i)", "a parameter of that name"),
    (LOOP, JS, LOOP_JS, "() => seen.push(i)", "function (i) { seen.push(i) }", "likewise"),
    (LOOP, JS, LOOP_JS, "expect(seen)", "expect(`${i}`)", "used in a template after the loop"),
    (LOOP, JS, LOOP_JS, "next()", "return /{/.test(i)", "a bracket that is none"),
    (LOOP, JS, LOOP_JS, "    next()\n  }\n", "    next() }\n", "the end is not for sure"),
    # --- the port
    (PORT, PY, PORT_PY, "    port = s.getsockname()[1]\n", "    # like .getsockname()\n", "a comment asks nobody"),
    (PORT, PY, PORT_PY, "port = s.getsockname()[1]", 'port = ".getsockname()"', "a text asks nobody"),
    (PORT, PY, PORT_PY, "s.getsockname()[1]", "other.getsockname()[1]", "another socket is asked"),
    (PORT, PY, PORT_PY, "port = s.getsockname()[1]", "print(s.getsockname()[1])", "asked for a log only"),
    (PORT, PY, PORT_PY, "    port = s", "    s = other()\n    port = s", "another socket by then"),
    (PORT, PY, PORT_PY, '    s.bind(("127.0.0.1", 8080))\n', '    with pytest.raises(OSError):\n        s.bind(("127.0.0.1", 8080))\n', "it is meant to be taken"),
    (PORT, PY, PORT_PY, '    s.bind(("127.0.0.1", 8080))\n', '    try:\n        s.bind(("127.0.0.1", 8080))\n    except OSError:\n        return\n', "it may be taken"),
    (PORT, PY, PORT_PY, "    get(port)\n", "    assert second() == errno.EADDRINUSE\n", "the test is about a taken port"),
    (PORT, PY, PORT_PY, 's.bind(("127', 's.send(("127', "no listening"),
    (PORT, PY, SERVER_PY, "get(s.server_port)", "get(t.server_port)", "another server"),
    (PORT, PY, SERVER_PY, " as s:", " as (s, t):", "a name that is not known"),
    (PORT, JS, PORT_JS, "get(s.address().port)", "// s.address().port", "a comment asks nobody"),
    (PORT, JS, PORT_JS, "get(s.address().port)", "get(other.address().port)", "another server is asked"),
    (PORT, JS, PORT_JS, "get(s.address().port)", "console.log(s.address().port)", "asked for a log only"),
    (PORT, JS, PORT_JS, "get(s.address().port)", "all.map(s => s.address().port)", "a parameter of that name"),
    (PORT, JS, PORT_JS, "  get(", "  other.listen(80)\n  get(", "two listen"),
    (PORT, JS, PORT_JS, "  get(", "  s.on('error', (e) => expect(e.code).toBe('EADDRINUSE'))\n  get(", "the test is about a taken port"),
    (PORT, GO, GO_SERVER, OPENS, f"\tif fast {{\n{OPENS}\t}}\n", "a use outside of the listener's block"),
    (PORT, GO, GO_SERVER, "\tgo serve(ln)\n", "\tgo serve(ln)\n\tfor _, ln := range lines {\n\t\tuse(ln)\n\t}\n", "another variable of that name"),
    (PORT, GO, GO_SERVER, "\tgo serve(ln)\n", "\tgo serve(ln)\n\tln = other()\n", "another listener by then"),
    (PORT, GO, GO_SERVER, "\tgo serve(ln)\n", "\tgo func(ln net.Conn) {\n\t}(nil)\n", "a parameter of that name"),
    (PORT, GO, GO_SERVER, '\tdial(t, "127.0.0.1:8080")', '\tconst (\n\t\taddr = "127.0.0.1:8080"\n\t)', "a constant cannot be asked"),
    (PORT, GO, GO_SERVER, '\tdial(t, "127.0.0.1:8080")', '\tconst addr = "127.0.0.1:8080"', "likewise"),
    (PORT, GO, GO_SERVER, '\tdial(t, "127.0.0.1:8080")', '\tvar addr Addr = "127.0.0.1:8080"', "a type of its own takes constants only"),
    (PORT, GO, GO_SERVER, '\tdial(t, "127.0.0.1:8080")', '\tdial(t, "127.0.0.1:8080"[2:])', "a part of it would be a part of something else"),
    (PORT, GO, GO_SERVER, '\tdial(t, "127.0.0.1:8080")', '\tvar b [len("127.0.0.1:8080")]byte', "a constant length"),
    (PORT, GO, GO_SERVER, '\tdial(t, "127.0.0.1:8080")', '\tuse([len("127.0.0.1:8080")]byte{})', "likewise"),
    (PORT, GO, GO_SERVER, '\tdial(t, "127.0.0.1:8080")', '\t// see "127.0.0.1:8080"', "a comment would be rewritten"),
    (PORT, GO, GO_SERVER, '\tdial(t, "127.0.0.1:8080")', '\tuse(`"127.0.0.1:8080"`)', "a text would be rewritten"),
    (PORT, GO, GO_SERVER, '\tdial(t, "127.0.0.1:8080")', '\tdial(t, "localhost:8080")', "a name, by which hosts and cookies are compared"),
    (PORT, GO, GO_SERVER, "\t\tt.Fatal(err)", '\t\tt.Fatal("127.0.0.1:8080", err)', "there is no listener to be asked"),
    (PORT, GO, GO_SERVER, "err != nil {\n\t\tt.Fatal(err)", "err == nil {\n\t\tt.Fatal()", "it is meant to be taken"),
    (PORT, GO, GO_SERVER, "\tgo serve(ln)\n", "\trequire.Error(t, err)\n", "it is meant to be taken"),
    # --- the order
    (SAME, GO, SAME_GO, "func TestA", "func TestSortedByScore", "the order is what is tested"),
    (SAME, GO, SAME_GO, "x)\n", "x) // newest first\n", "likewise"),
    (SAME, GO, SAME_GO, ", x)", ", x.Ranking())", "likewise"),
    (SAME, GO, SAME_GO, "x := f()", "x := f() // in ascending order", "likewise"),
    (SAME, GO, SAME_GO, "testify/require", "other/require", "another package, which may not have it"),
    (SAME, GO, SAME_GO, "\trequire.Equal", "\tx.Equal", "nobody knows whose it is"),
    (SAME, GO, SAME_GO, ", x)\n", ", x); require.Equal(t, 1, 2)\n", "two in a line: which one failed?"),
    (SAME, GO, SAME_GO, CLAIM, f"\tfor _, x := range all() {{\n{CLAIM}\t}}\n", "a table: others lose their order too"),
    (SAME, GO, SAME_GO, CLAIM, f"\tcheck := func(x []string) {{\n{CLAIM}\t}}\n", "a function, perhaps of many calls"),
    (SAME, JS, SAME_JS, "  expect(x).toEqual(['a', 'b'])\n", "  all.forEach((x) => {\n  expect(x).toEqual(['a', 'b'])\n  })\n", "a loop"),
    (SAME, JS, SAME_JS, "  expect(x).toEqual(['a', 'b'])\n", "  waitFor(() => {\n  expect(x).toEqual(['a', 'b'])\n  })\n", "it may be made more than once"),
    (SAME, GO, SAME_GO, "func TestA", "func checkAll", "the function of many tests"),
    (SAME, PY, SAME_PY, "def test_a", "def test_sorted_by_score", "the order is what is tested"),
    (SAME, PY, SAME_PY, "def test_a", "def test_leaderboard", "likewise"),
    (SAME, PY, SAME_PY, "assert x ==", "assert x.events ==", "events come in an order"),
    (SAME, PY, SAME_PY, "x = f()", "x = f()  # oldest to newest", "the order is what is tested"),
    (SAME, PY, SAME_PY, "def test_a", "def check", "the function of many tests"),
    (SAME, PY, SAME_PY, "def test_a", "@pytest.mark.parametrize('x', all)\ndef test_a", "a table: others lose their order too"),
    (SAME, PY, SAME_PY, "    x = f()\n", "    for x in f():\n     ", "a loop"),
    (SAME, PY, SAME_PY, "['a', 'b']\n", "['a', 'b']; assert y == ['a', 'b']\n", "two in a line: which one failed?"),
    (SAME, PY, SAME_PY, "def test_a():\n", "from mine import sorted\ndef test_a():\n", "another function of that name"),
    (SAME, JS, SAME_JS, "test('a'", "test('sorts by date'", "the order is what is tested"),
    (SAME, JS, SAME_JS, "expect(x)", "expect(calls)", "calls come in an order"),
    (SAME, JS, SAME_JS, "['a', 'b'])", "['a', 'b'][0])", "no list"),
    (SAME, JS, SAME_JS, "['a', 'b'])", "['a', 'b']); expect(y).toEqual(['c'])", "two in a line"),
    (SAME, JS, SAME_JS, "test('a', ()", "test.each(rows)('a', (x)", "a table: others lose their order too"),
    (SAME, JS, SAME_JS, "test('a', () => {", "const check = (x) => {", "the function of many tests"),
]  # fmt: skip

EXCERPTS = {
    (PORT, GO): TAKEN_GO, (PORT, PY): TAKEN_PY, (PORT, JS): TAKEN_JS,
    (SAME, GO): PERMUTED_GO, (SAME, PY): PERMUTED_PY, (SAME, JS): PERMUTED_JS,
}  # fmt: skip

COMPARES = {GO: ("Equal(t", 11), PY: ("assert x", 3), JS: ("toEqual(", 2)}


@pytest.mark.parametrize(
    ("name", "path", "text", "old", "new", "why"), ROWS, ids=[f"{row[0]}: {row[1]}: {row[4]!r:.60}" for row in ROWS]
)
def test_one_change_of_what_it_applies_to_silences_a_rule(name, path, text, old, new, why):
    assert RULES[name].rewrite(spot(path, text, failure(name, path, text))) not in (None, text)
    changed = text.replace(old, new, 1)
    assert changed != text
    assert RULES[name].rewrite(spot(path, changed, failure(name, path, changed))) is None, why


def failure(name, path, text):
    """What the failure said: of a comparison with the line in which it stands."""
    excerpt, (mark, line) = EXCERPTS.get((name, path), ""), COMPARES[path]
    number = next((number for number, here in enumerate(text.split("\n"), 1) if mark in here), 0)
    return re.sub(rf":{line}\b", f":{number}", excerpt) if name == SAME else excerpt
