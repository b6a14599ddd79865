"""Owners of a test are mentioned once, when its issue is opened, and only people of the repository that gets it."""

import json
import re
from dataclasses import replace

import pytest
from scans import PACE, copied, writes
from small import NOW, REPO, TOKEN, a_scan, a_world, flake_of, flipped, go_log, issues, scenario

from ftc.core.config import Config
from ftc.jobs.context import open_context
from ftc.jobs.scan import scan
from ftc.jobs.settings import Settings, Tokens, plain_yaml
from ftc.simulator.markdown import render_markdown
from ftc.simulator.simulator import Simulator

RUNS = [flipped(30, go_log("TestAdd")), flipped(20, go_log("TestAdd"))]
OWNED = {"CODEOWNERS": "* @ada\n/cart/ @bea @acme/cart ada@example.com\n"}


def owned_world(files, *runs, **over):
    return a_world(*(runs or RUNS), files={"go.mod": "module example.com/shop\n", **files}, **over)


def opened(files, **over):
    """The owners that the one new issue mentions, as its state has them and as its page shows them."""
    world = owned_world(files)
    a_scan(world, **over)
    return mentioned(world)


def mentioned(world, repo=REPO):
    [issue] = issues(world, repo)
    line = re.findall(r"^Owners: (.+)$", issue.body, re.MULTILINE)
    names = tuple(name.removeprefix("@") for name in line[0].split(", ")) if line else ()
    assert names == flake_of(issue).owners
    assert issue.body.count("@") == len(names)  # nowhere else, also not in the hidden state
    return names


def test_owners_are_named_when_the_issue_is_opened():
    world = owned_world(OWNED)
    a_scan(world)
    assert mentioned(world) == ("bea", "acme/cart")
    [issue] = issues(world)
    page = render_markdown(issue.body, repository=REPO).html
    assert "Owners: " in re.sub("<[^>]+>", "", page)


def test_nobody_is_named_where_no_owner_is_known():
    assert opened({}) == ()
    assert opened({"CODEOWNERS": "/other/ @ada\n"}) == ()


def later(world, files, *runs):
    """The world after a commit on the default branch, with further runs."""
    repository = {"commits": [{"message": "Other owners", "files": files}], "runs": runs}
    world.add(json.dumps({"repositories": {REPO: repository}}, indent=1))
    world.requests.clear()


def test_the_same_is_said_again_and_never_to_anybody_new():
    world = owned_world(OWNED)
    a_scan(world)
    [before] = [issue.body for issue in issues(world)]
    later(world, {"CODEOWNERS": "* @mallory\n"})
    a_scan(world, hours=1)
    assert writes(world) == []
    later(world, {"OWNERS": "approvers: [mallory]\n"}, flipped(-1, go_log("TestAdd")))
    a_scan(world, hours=2, routing=(("**", ("mallory",)),))
    [issue] = issues(world)
    assert mentioned(world) == ("bea", "acme/cart")
    assert flake_of(issue).total == 3
    assert issue.body != before


def test_an_issue_opened_without_owners_gets_none_later():
    world = owned_world({})
    a_scan(world)
    later(world, OWNED, flipped(-1, go_log("TestAdd")))
    a_scan(world, hours=2)
    assert flake_of(issues(world)[0]).total == 3
    assert mentioned(world) == ()


LOOKED_UP = [
    # files, owners: GitHub takes the first of three places
    ({".github/CODEOWNERS": "* @a", "CODEOWNERS": "* @b", "docs/CODEOWNERS": "* @c"}, ("a",)),
    ({"CODEOWNERS": "* @b", "docs/CODEOWNERS": "* @c"}, ("b",)),
    ({"docs/CODEOWNERS": "* @c"}, ("c",)),
    ({".github/CODEOWNERS": "", "CODEOWNERS": "* @b"}, ()),  # also an empty one
    ({".github/CODEOWNERS/readme": "* @a", "CODEOWNERS": "* @b"}, ("b",)),  # but no folder of that name
    ({"pkg/CODEOWNERS": "* @a"}, ()),
    ({"OWNERS": "approvers:\n- ann\n- ben\nreviewers:\n- cat\n"}, ("ann", "ben")),
    ({"OWNERS": "approvers: [core]", "OWNERS_ALIASES": "aliases:\n  core: [ann]\n"}, ("ann",)),
    ({"OWNERS": "approvers: [core]", "OWNERS_ALIASES": "aliases: {core: [ann"}, ()),  # who knows who that is
    ({"CODEOWNERS": "/other/ @a", "OWNERS": "approvers: [ann]"}, ("ann",)),
    ({"CODEOWNERS": "/cart/", "OWNERS": "approvers: [ann]"}, ()),  # a line that says nobody
]


@pytest.mark.parametrize(("files", "owners"), LOOKED_UP)
def test_where_owners_are_looked_up(files, owners):
    assert opened(files) == owners


def test_routing_beats_the_files_and_can_silence_them():
    assert opened(OWNED, routing=(("/cart/", ("acme/qa",)), ("**", ()))) == ("acme/qa",)
    assert opened(OWNED, routing=(("**", ()),)) == ()


HOSTILE = [
    "* @ada/../mallory @mallory<script> @<!-- -->",
    "* @mallory`x` #1 fixes acme/shop#1",
    "* @all\u202emallory",
    "*/" * 5000 + " @mallory",
    "* @mal\x00lory",
    "*" * 4000 + "\\",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_codeowners(text):
    assert opened({"CODEOWNERS": text}) == ()


DEEP = "a: " + "[" * 3000 + "]" * 3000
BOMB = "a: &a [x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join(['*' + last] * 8)}]\n" for last, name in zip("abcdefgh", "bcdefghi", strict=True)
)


HOSTILE_OWNERS = [
    "approvers: {",
    "- ann",
    "ann",
    "approvers: !!python/object/apply:os.system [/x]",
    "approvers: !!timestamp x",  # what a full loader chokes on
    "approvers: ['@ann', 'a b', 'ann-->']",
    "x: " + "y" * 200_000,
    "? [a]\n: b",
    BOMB + "approvers: *i",
    DEEP,
]


@pytest.mark.parametrize("text", HOSTILE_OWNERS, ids=range(len(HOSTILE_OWNERS)))
def test_hostile_owners(text):
    assert opened({"OWNERS": text}) == ()


def test_yaml_of_others_makes_nothing_but_texts():
    assert plain_yaml("a: 2026-13-45\nb: 010\nc: null") == {"a": "2026-13-45", "b": "010", "c": "null"}


def test_the_files_come_with_the_first_request():
    with_files, without = owned_world(OWNED), owned_world({})
    a_scan(with_files)
    a_scan(without)
    assert len(with_files.requests) == len(without.requests)
    assert [entry.path for entry in with_files.requests].count("/graphql") == 1


def test_a_token_that_may_not_read_files_mentions_nobody_and_still_scans():
    data = json.loads(scenario(RUNS, files=OWNED))
    data["tokens"][TOKEN]["permissions"].pop("contents")
    world = Simulator.load(json.dumps(data, indent=1))
    a_scan(world)
    assert mentioned(world) == ()


UPSTREAM, OWN = "upstream/shop", "fork/shop"
GRANTS = {"actions": "read", "contents": "read", "issues": "write", "pull-requests": "read"}


def two_repositories(own, **runs_of):
    """An upstream with owners and a repository of ours; a token each, which may read files, too."""
    data = json.loads(scenario(RUNS, repo=runs_of.get("runs_of", UPSTREAM)))
    [(name, with_runs)] = data["repositories"].items()
    repositories = {UPSTREAM: {"files": {"CODEOWNERS": "* @upstream-dev @upstream/team\n"}}, OWN: own}
    repositories[name] |= with_runs
    tokens = {repo: {"permissions": GRANTS, "repository": repo} for repo in repositories}
    return Simulator.load(json.dumps(data | {"repositories": repositories, "tokens": tokens}, indent=1))


def scan_into_ours(world, *, repo, **over):
    settings = Settings(config=Config(repo=repo, write_repo=OWN, **over), tokens=Tokens(read=repo, issue=OWN))
    with world.activate():
        scan(replace(open_context(settings, {}, now=NOW, pace=PACE), say=lambda _: None))
    return mentioned(world, OWN)


COPIES = {"fork": {"fork_of": UPSTREAM}, "mirror": {"files": {"CODEOWNERS": "* @upstream-dev\n"}}}


@pytest.mark.parametrize("own", COPIES.values(), ids=COPIES)
def test_people_of_another_repository_are_never_mentioned(own):
    """A fork or a mirror holds a copy of the original's file, perhaps an old one, which names the original's people."""
    assert scan_into_ours(two_repositories(own), repo=UPSTREAM) == ()
    # But those are mentioned whom somebody named who runs this.
    assert scan_into_ours(two_repositories(own), repo=UPSTREAM, routing=(("**", ("me",)),)) == ("me",)


def test_a_fork_that_reads_its_own_runs_has_inherited_its_files():
    assert scan_into_ours(two_repositories({"fork_of": UPSTREAM}, runs_of=OWN), repo=OWN) == ()
    assert scan_into_ours(two_repositories({"files": OWNED}, runs_of=OWN), repo=OWN) == ("bea", "acme/cart")


def test_a_dry_run_shows_whom_it_would_mention():
    world = copied(owned_world(OWNED))
    report = a_scan(world, dry_run=True)
    assert "Owners: @bea, @acme/cart" in report.drafts[0].body
    assert writes(world) == []
