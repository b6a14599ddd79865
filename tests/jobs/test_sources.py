"""Sources for a job: from the world's own git over HTTP, and in words when they cannot be had."""

from dataclasses import replace
from datetime import timedelta

import pytest
from scans import PACE
from small import GRANTS, NOW, REPO, a_world, flipped, go_log, run

from ftc.core.config import Config
from ftc.core.model import Flake, TestId
from ftc.jobs.context import open_context, server_of
from ftc.jobs.settings import Settings, Tokens
from ftc.jobs.sources import last_pass, sources_for
from ftc.simulator.server import serving
from tests.agent.test_context import occurrence

TOKEN = "job-token-of-acme"
FILES = {"cart/cart_test.go": "package cart\n\nfunc TestCart(t *testing.T) {\n}\n"}


@pytest.fixture
def world():
    return a_world(flipped(5, go_log("TestCart")), files=FILES, private=True)


def context(url, *, token=TOKEN, **config):
    settings = Settings(config=Config(repo=REPO, api_url=url, **config), tokens=Tokens(read=token, issue=TOKEN))
    return open_context(settings, {}, now=NOW, pace=PACE)


def flake(sha):
    test = TestId(ecosystem="go", suite="example.com/shop/cart", name="TestCart")
    return Flake(key="k", repo=REPO, test=test, occurrences=(occurrence(sha),))


def test_the_code_is_read_with_the_token_of_the_job(world):
    sha = world.world.repository(REPO).git.resolve("main")
    with serving(world) as url:
        found = sources_for(context(f"{url}/api/v3"), flake(sha))
    assert (found.locatable, found.test_path, found.sha, found.problems) == (True, "cart/cart_test.go", sha, ())
    assert GRANTS["contents"] == "read"


def test_a_mirror_is_kept_where_the_configuration_says(world, tmp_path):
    sha = world.world.repository(REPO).git.resolve("main")
    with serving(world) as url:
        assert sources_for(context(f"{url}/api/v3", workspace=str(tmp_path / "w")), flake(sha)).locatable
    assert list((tmp_path / "w").glob("*/mirror.git/HEAD"))


def test_an_analysis_never_fails_for_it(world):
    sha = world.world.repository(REPO).git.resolve("main")
    with serving(world) as url:
        ctx = context(f"{url}/api/v3")
        wrong = sources_for(replace(ctx, read_token="wrong"), flake(sha))
        nowhere = sources_for(replace(ctx, server_url=""), flake(sha))
        insecure = sources_for(replace(ctx, server_url="http://github.com"), flake(sha))
    gone = sources_for(ctx, flake(sha))
    for found in (wrong, nowhere, insecure, gone):
        assert (found.sha, found.snippets, len(found.problems)) == ("", (), 1)
        assert found.problems[0].startswith("the code was not read: ")
    assert "wrong" not in wrong.problems[0].replace("wrong, revoked", "")


@pytest.mark.parametrize(
    ("api", "server"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://ghe.example.com/api/v3", "https://ghe.example.com"),
        ("https://api.acme.ghe.com", "https://acme.ghe.com"),
        ("http://127.0.0.1:8080/api/v3", "http://127.0.0.1:8080"),
    ],
)
def test_the_server_behind_an_api(api, server):
    assert server_of(api) == server


def test_suspicion_starts_at_the_last_pass_before_the_first_failure():
    def on_main(hours, conclusion, **over):
        return run(hours, attempts=[{"test": conclusion}], event="push", branch="main", **over)

    runs = [
        on_main(90, "success"),
        on_main(80, "success"),  # the one
        on_main(70, "success", workflow="Nightly"),  # says nothing about the tests of CI
        run(60, attempts=[{"test": "success"}], event="push", branch="feature"),
        flipped(50, go_log("TestCart"), event="push", branch="main"),
        on_main(10, "success"),  # a later pass is no start
    ]
    simulator = a_world(*runs)
    stored = simulator.world.repository(REPO).runs.values()
    failed = next(item for item in stored if item.latest.number == 2)
    first = replace(occurrence(failed.head_sha), created=failed.created_at, workflow="CI", source="actions")
    found = replace(flake(failed.head_sha), occurrences=(first,), first_seen=failed.created_at)
    expected = next(item.head_sha for item in stored if item.created_at == NOW - timedelta(hours=80))
    with serving(simulator) as url:
        ctx = context(f"{url}/api/v3")
        assert last_pass(ctx, found) == expected
        before = ctx.requests
        last_pass(ctx, found)
        assert ctx.requests == before + 1
        assert last_pass(ctx, replace(found, occurrences=(replace(first, workflow="Other"),))) == ""
        assert last_pass(ctx, replace(found, occurrences=(replace(first, source="prow"),))) == ""
        simulator.world.tokens[TOKEN] = replace(simulator.world.tokens[TOKEN], revoked=True)
        assert last_pass(ctx, found) == "", "a GitHub that says no costs the start of suspicion only"
