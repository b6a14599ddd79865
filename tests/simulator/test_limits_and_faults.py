"""Rate limits as GitHub applies them, and faults as tests order them."""

import pytest

from ftc.core.errors import UsageError
from ftc.simulator.faults import ConnectionCut
from ftc.simulator.limits import LimitRules, Limits

REPO = "/repos/acme/shop"


@pytest.mark.parametrize(("token", "limit"), [("alice", 5000), ("job", 1000), (None, 60)])
def test_the_primary_limit_depends_on_the_token(call, token, limit):
    headers = call("GET", REPO, token=token).headers
    assert headers["x-ratelimit-limit"] == str(limit)
    assert (headers["x-ratelimit-remaining"], headers["x-ratelimit-used"]) == (str(limit - 1), "1")
    assert headers["x-ratelimit-resource"] == "core"


def test_the_jobs_of_a_repository_share_one_limit(call):
    call("GET", REPO, token="job")
    assert call("GET", REPO, token="all").headers["x-ratelimit-used"] == "2"


def test_rate_limit_look_up_is_free(call):
    call("GET", REPO)
    for _ in range(3):
        assert call.json("/rate_limit")["rate"]["used"] == 1
    assert call.json("/rate_limit")["resources"]["graphql"]["limit"] == 5000


def test_a_spent_primary_limit_refuses_until_the_hour_is_over(simulator, call):
    simulator.limits = Limits(rules=LimitRules(primary=2))
    statuses = [call("GET", REPO).status for _ in range(3)]
    refused = call("GET", REPO)
    assert (statuses, refused.headers["x-ratelimit-remaining"]) == ([200, 200, 403], "0")
    assert refused.json()["message"].startswith("API rate limit exceeded for user ID")
    reset = int(refused.headers["x-ratelimit-reset"])
    simulator.world.clock.advance(reset - simulator.world.now().timestamp())
    assert call("GET", REPO).status == 200


@pytest.mark.parametrize(
    ("rules", "status", "allowed"),
    [
        ({"content_per_minute": 3}, 403, 3),
        ({"content_per_hour": 2, "secondary_status": 429}, 429, 2),
        ({"points_per_minute": 12}, 403, 2),  # a write is five points
    ],
)
def test_secondary_limits_say_when_to_come_back(simulator, call, rules, status, allowed):
    simulator.limits = Limits(rules=LimitRules(retry_after=7, **rules))
    answers = [call("POST", f"{REPO}/issues/10/comments", {"body": "x"}) for _ in range(allowed + 1)]
    assert [answer.status for answer in answers] == [201] * allowed + [status]
    assert answers[-1].headers["retry-after"] == "7"
    assert "secondary rate limit" in answers[-1].json()["message"]
    assert len(simulator.world.repository("acme/shop").issues[10].comments) == 1 + allowed


@pytest.mark.parametrize(
    ("when", "statuses"),
    [
        ({"nth": 2}, [200, 502, 200, 200]),
        ({"first": 2}, [502, 502, 200, 200]),
        ({"every": 2}, [200, 502, 200, 502]),
        ({}, [502, 502, 502, 502]),
        ({"method": "POST"}, [200, 200, 200, 200]),
        ({"path": "/labels"}, [200, 200, 200, 200]),
    ],
)
def test_which_requests_fail(simulator, call, when, statuses):
    simulator.fail(status=502, **{"path": "/shop$", **when})
    assert [call("GET", REPO).status for _ in range(4)] == statuses


def test_a_status_fault_does_not_carry_out(simulator, call):
    simulator.fail(path="/issues$", method="POST", status=500, message="boom")
    assert call("POST", f"{REPO}/issues", {"title": "t"}).json()["message"] == "boom"
    assert 12 in simulator.world.repository("acme/shop").issues
    assert max(simulator.world.repository("acme/shop").issues) == 12


@pytest.mark.parametrize(("cut", "made"), [("before", 0), ("after", 1)])
def test_a_cut_connection_says_nothing_about_the_write(simulator, call, cut, made):
    before = len(simulator.world.repository("acme/shop").issues)
    simulator.fail(method="POST", cut=cut)
    with pytest.raises(ConnectionCut):
        call("POST", f"{REPO}/issues", {"title": "t"})
    assert len(simulator.world.repository("acme/shop").issues) - before == made
    assert simulator.requests[-1].status is None


def test_a_stale_list_shows_the_world_of_before(simulator, call):
    simulator.fail(path=r"/issues\?", stale=True, nth=1)
    call("POST", f"{REPO}/issues", {"title": "new", "labels": ["flaky"]})
    call("PATCH", f"{REPO}/issues/10", {"labels": []})
    stale = call.json(f"{REPO}/issues?labels=flaky")
    assert [issue["number"] for issue in stale] == [10]
    assert [issue["title"] for issue in call.json(f"{REPO}/issues?labels=flaky")] == ["new"]


def test_a_partial_list_does_not_tell(simulator, call):
    simulator.fail(path="/labels", partial=1)
    answer = call("GET", f"{REPO}/labels?per_page=1")
    assert (len(answer.json()), "link" in answer.headers) == (1, False)
    runs = call("GET", f"{REPO}/actions/runs").json()
    simulator.fail(path="/runs", partial=1)
    assert (runs["total_count"], len(call.json(f"{REPO}/actions/runs")["workflow_runs"])) == (3, 1)


def test_a_delay_is_left_to_the_transport(simulator, call):
    simulator.fail(path="/labels", delay=2.5)
    assert call("GET", f"{REPO}/labels").delay == 2.5


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ({"when": 1}, "unknown key 'when'"),
        ({"cut": "now"}, "cut must be before or after"),
        ({"nth": "two"}, "nth must be a whole number"),
        ({"path": "("}, "no regular expression"),
    ],
)
def test_impossible_faults_are_refused(simulator, fault, cause):
    with pytest.raises(UsageError, match=cause):
        simulator.fail(**fault)


class Killed(BaseException):
    """Ends the client like a runner that is switched off."""


@pytest.mark.parametrize(("hook", "made"), [("on_request", 0), ("after_request", 1)])
def test_hooks_kill_before_or_after(simulator, call, hook, made):
    def kill(entry):
        if entry.number == 2:
            raise Killed

    before = len(simulator.world.repository("acme/shop").issues)
    setattr(simulator, hook, kill)
    call("GET", REPO)
    with pytest.raises(Killed):
        call("POST", f"{REPO}/issues", {"title": "t"})
    assert len(simulator.world.repository("acme/shop").issues) - before == made
