"""Owners: CODEOWNERS as GitHub reads it, ``OWNERS`` as Prow does, routing before both; nothing hostile."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftc.core.model import Flake, Location, TestId
from ftc.core.owners import (
    MAX_CODEOWNERS,
    MOST_MENTIONED,
    can_be_mentioned,
    owners_of,
    parse_codeowners,
    parse_owners,
    path_of_test,
)
from ftc.core.path_patterns import path_pattern
from tests.builders import a_flake, a_signature

MATCHING = [
    # pattern, paths it names, paths it does not
    ("*", ["a.go", "x/y/z.go", ".github/x"], []),
    ("**", ["a.go", "x/y/z.go"], []),
    ("/**", ["a.go", "x/y/z.go"], []),
    ("/*", ["a.go"], ["x/a.go"]),  # the root's own files only
    ("*.go", ["a.go", "x/y/a.go"], ["a.go.txt", "go"]),  # no slash: at any depth
    ("/*.go", ["a.go"], ["x/a.go"]),
    ("/docs/", ["docs/a.md", "docs/x/a.md"], ["x/docs/a.md", "docs", "docs2/a.md"]),  # a folder at the root
    ("docs/", ["docs/a.md", "x/docs/a.md", "x/docs/y/a.md"], ["docs", "x/docs"]),  # a trailing slash does not anchor
    ("docs", ["docs", "docs/a.md", "x/docs/y/a.md"], ["docs.md", "mydocs/a.md"]),  # a file or a folder of that name
    ("docs/*", ["docs/a.md"], ["docs/x/a.md", "x/docs/a.md"]),  # GitHub's own example: not the nested ones
    ("docs/**", ["docs/a.md", "docs/x/a.md"], ["x/docs/a.md", "docs"]),
    ("docs/*.md", ["docs/a.md"], ["docs/x/a.md", "x/docs/a.md"]),  # a star does not cross a slash
    ("pkg/core", ["pkg/core/a.go", "pkg/core"], ["x/pkg/core/a.go", "pkg/core2/a.go"]),  # a slash inside anchors
    ("**/logs", ["logs/a", "x/logs/a", "x/y/logs"], ["catalogs/a"]),
    ("**/*", ["a", "x/y"], []),
    ("a/**/b", ["a/b", "a/x/b", "a/x/y/b/c"], ["b", "x/a/b", "ab"]),  # also no folder at all between them
    ("**/**/b", ["b", "x/y/b"], ["c"]),
    ("a**b", ["axb", "x/aQb/c"], ["a/b"]),  # two stars inside a name are one
    ("/x?.go", ["xy.go"], ["x.go", "x/.go"]),
    ("server/*/api", ["server/v1/api/a.go"], ["server/api", "server/v1/v2/api"]),
    ("app/[id]/page.tsx", ["app/[id]/page.tsx"], ["app/i/page.tsx"]),  # no ranges: brackets are themselves
    ("/a[0-9].go", ["a[0-9].go"], ["a1.go"]),
    ("a\\ b/", ["a b/c"], ["a\\ b/c", "a/c"]),
    ("/a\\*b", ["a*b"], ["axb"]),
    ("/Docs/", ["Docs/a"], ["docs/a"]),  # case counts, whatever the file system of the reader
    ("a//b", [], ["a/b"]),
    ("/x/*/", ["x/y/z"], ["x/y"]),
    ("é.go", ["é.go", "x/é.go"], ["e.go"]),
]


@pytest.mark.parametrize(("text", "named", "others"), MATCHING, ids=[case[0] for case in MATCHING])
def test_patterns(text, named, others):
    pattern = path_pattern(text)
    assert [path for path in named if not pattern.matches(path)] == []
    assert [path for path in others if pattern.matches(path)] == []


@pytest.mark.parametrize("text", ["", "/", "//", "!*.go", "\\#file", "x" * 2000])
def test_what_is_no_pattern_on_github(text):
    assert path_pattern(text) is None


CODEOWNERS = [
    # file, path, owners, all with why it is hard
    ("* @all\n/docs/ @docs", "docs/a.md", ("docs",)),  # the last match wins
    ("/docs/ @docs\n* @all", "docs/a.md", ("all",)),  # and not the more precise one
    ("*.js @a @b\n", "x.js", ("a", "b")),
    ("*.js @a # and nobody else @b", "x.js", ("a",)),  # a comment behind the owners
    ("*.js # nobody", "x.js", ()),
    ("/apps/ @a\n/apps/github", "apps/github/x", ()),  # no owner takes the ownership away
    ("/apps/ @a\n/apps/github", "apps/other/x", ("a",)),
    ("* ada@example.com @bea", "x", ("bea",)),  # an e-mail address is an owner who cannot be mentioned
    ("* @all\n*.go ada@example.com", "x.go", ()),  # and still decides
    ("* @org/team-name @org/under_score", "x", ("org/team-name", "org/under_score")),
    ("* @all\n*.go ada", "x.go", ("all",)),  # an owner without @: the line is skipped
    ("* @all\n*.go @-bad-", "x.go", ("all",)),
    ("* @all\n*.go @good @ba/d/x", "x.go", ("all",)),  # one wrong owner spoils its line
    ("* @all\n!*.go @go", "x.go", ("all",)),  # no negation
    ("* @all\n\\#x @x", "#x", ("all",)),
    ("* @all\n#x @x", "#x", ("all",)),
    ("\ufeff* @all", "x", ("all",)),  # an editor's byte order mark
    ("* @all\r\n*.go @go\r\n", "x.go", ("go",)),
    ("*\t@all\t \t@b", "x", ("all", "b")),
    ("   /x   @a", "x", ("a",)),
    ("a\\ b/ @a", "a b/c", ("a",)),  # a space in a path is escaped
    ("a b/ @a", "a b/c", ()),  # else it ends the pattern, and ``b/`` is no owner
    ("* @mona-cat_octo", "x", ("mona-cat_octo",)),  # a managed user with its short code
    ("* @a @A @a", "x", ("a",)),  # logins know no case
    ("* @a @b @c @d @e", "x", ("a", "b", "c")),  # bounded
    ("", "x", ()),
]


@pytest.mark.parametrize(("text", "path", "expected"), CODEOWNERS)
def test_codeowners(text, path, expected):
    assert owners_of([path], codeowners=parse_codeowners(text)) == expected


@pytest.mark.slow
def test_a_file_over_githubs_limit_is_not_loaded():
    line = "* @all\n"
    text = line * (MAX_CODEOWNERS // len(line))
    assert parse_codeowners(text[: -len(line)])
    assert parse_codeowners(text + line) == ()


@pytest.mark.parametrize("pattern", ["*a" * 400 + "b", "**/" * 300 + "b", "*/" * 400, "?*" * 400])
def test_no_pattern_is_expensive(pattern):
    began = time.process_time()
    compiled = path_pattern(pattern)
    assert not any(compiled.matches("/".join(["a" * 50] * 40)) for _ in range(20))
    assert time.process_time() - began < 2


MENTIONABLE = ["a", "ada", "a-b-c", "A1", "org/team", "org/a_b-c", "mona_octo", "a" * 39]
HOSTILE = [
    *("", "@ada", "-a", "a-", "a b", "a\nb", "ada\n", "a@b", "a/b/c", "a/", "/a", "a.b", "ada/../x", "a,b", "ädä"),
    *("a`b", "a<b", "ada-->", "a\u200bb", "github-actions[bot]", "![x](y)", "a/" + "t" * 101),
]


@pytest.mark.parametrize("name", MENTIONABLE)
def test_logins_and_teams(name):
    assert can_be_mentioned(name)


@pytest.mark.parametrize("name", HOSTILE)
def test_anything_else_is_never_mentioned(name):
    assert not can_be_mentioned(name)
    assert owners_of(["x"], routing=(("**", (name, "ok")),)) in [("ok",), (name.removeprefix("@"), "ok")]
    assert owners_of(["x"], owners_file=(name, "ok"))[-1] == "ok"


@given(
    st.text(st.sampled_from("*/@a \t\\#![]?\n\u2028-_."), max_size=60), st.text(st.sampled_from("a/*. "), max_size=9)
)
def test_any_file_gives_a_few_harmless_names(text, path):
    found = owners_of([path], codeowners=parse_codeowners(text))
    assert len(found) <= MOST_MENTIONED
    assert all(can_be_mentioned(name) for name in found)


ALIASES = {"aliases": {"Core-Approvers": ["ann", "ben"], "odd": [1, None, "bad name"]}}
OWNERS = [
    # document, aliases, owners
    ({"approvers": ["ann"], "reviewers": ["ben"]}, None, ("ann",)),
    ({"reviewers": ["ben"]}, None, ("ben",)),
    ({"approvers": [], "reviewers": ["ben"]}, None, ("ben",)),
    ({"approvers": ["core-approvers", "cat"]}, ALIASES, ("ann", "ben", "cat")),  # an alias may be a stranger's login
    ({"approvers": ["odd"], "reviewers": ["ben"]}, ALIASES, ("ben",)),
    ({"filters": {".*": {"approvers": ["ann"]}, "\\.go$": {"approvers": ["gus"]}}}, None, ("ann",)),
    ({"approvers": "ann"}, None, ()),  # no list
    ({"approvers": [["ann"], {"ben": 1}, 7]}, None, ()),
    ({"emeritus_approvers": ["old"]}, None, ()),
    (["ann"], None, ()),
    (None, ["x"], ()),
    ({"approvers": ["ann"]}, {"aliases": ["ann"]}, ("ann",)),
]


@pytest.mark.parametrize(("document", "aliases", "expected"), OWNERS)
def test_owners_file(document, aliases, expected):
    assert parse_owners(document, aliases) == expected


RULES = parse_codeowners("/cart/ @cart\n/free/")
PRECEDENCE = [
    # path, routing, owners
    ("cart/a_test.go", (), ("cart",)),
    ("shop/a_test.go", (), ("root",)),  # no line knows it, so OWNERS does
    ("free/a_test.go", (), ()),  # a line says that nobody does
    ("cart/a_test.go", (("cart/**", ("ana", "@org/qa")), ("**", ("zoe",))), ("ana", "org/qa")),  # the first wins
    ("shop/a_test.go", (("cart/**", ("ana",)),), ("root",)),
    ("cart/a_test.go", (("**", ()),), ()),  # how a repository turns mentions off
]


@pytest.mark.parametrize(("path", "routing", "expected"), PRECEDENCE)
def test_routing_beats_codeowners_beats_owners(path, routing, expected):
    assert owners_of([path], codeowners=RULES, owners_file=("root",), routing=routing) == expected


def flake(suite, *places, ecosystem="go", name="TestX") -> Flake:
    locations = tuple(Location(path=path, line=1) for path in places)
    test = TestId(ecosystem=ecosystem, suite=suite, name=name)
    return a_flake(test=test, repo="tikv/pd", signatures=(a_signature(locations=locations),))


PATHS = [
    # flake, path
    (flake("github.com/tikv/pd/server", "pkg/util/testutil.go", "server/server_test.go"), "server/server_test.go"),
    (flake("github.com/tikv/pd/server"), "server/_test.go"),
    (flake("github.com/tikv/pd"), "_test.go"),  # the root's own package
    (flake("github.com/tikv/pd/v8/server"), "server/_test.go"),  # a major version is no folder
    (flake("github.com/tikv/pd/tools/pd/x"), "tools/pd/x/_test.go"),  # the repository's name again, below
    (flake("example.com/PD/server"), "server/_test.go"),
    (flake("vanity.example.com/server"), "vanity.example.com/server/_test.go"),  # unknown, and so are anchored patterns
    (flake("github.com/tikv/pd/server", "server_test.go"), "server/server_test.go"),  # go test prints the name alone
    (flake("tests/test_a.py", "src/a.py", ecosystem="python"), "tests/test_a.py"),
    (flake("", "tests/test_a.py", ecosystem="python"), "tests/test_a.py"),
    (flake("com.acme.CartTest", ecosystem="junit"), "com.acme.CartTest"),
    (flake("com.acme.CartTest", "src/CartTest.java", ecosystem="junit"), "src/CartTest.java"),
    (flake("", ecosystem="junit"), "TestX"),
]


@pytest.mark.parametrize(("value", "expected"), PATHS)
def test_path_of_a_test(value, expected):
    assert path_of_test(value) == expected
