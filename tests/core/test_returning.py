"""When a flake that was done comes back: which failures count, and which are those of older branches."""

from dataclasses import replace

import pytest

from ftc.core.lifecycle import moved
from ftc.core.model import DayCount, Status
from ftc.core.progress import Progress, PullRef
from ftc.core.returning import MOST_COMPARED, commits, otherwise, questions, recurrences, reopened, returned
from tests.builders import LINK, a_flake, an_occurrence, days

FIX = "f" * 40
HEAD, BASE = "1" * 40, "2" * 40


def failure(day, **over):
    return an_occurrence(run=over.pop("run", f"r{day}"), created=days(day), **over)


def merged(*later, status=Status.MERGED, before=(0, 3), **pull):
    """A flake that failed on days 0 and 3, whose fix was merged on day 10, with these failures besides."""
    fix = PullRef(**{"number": 7, "url": f"{LINK}/7", "merged": days(10), "merge_sha": FIX, **pull})
    flake = a_flake(*map(failure, before), issue=5, status=Status.PR_OPEN, progress=Progress(pull=fix))
    flake = moved(flake, Status.MERGED, at=days(10), actor="ada")
    if status is not Status.MERGED:
        flake = moved(flake, status, at=days(40), actor="bot")
    return replace(flake, occurrences=(*reversed(later), *flake.occurrences), last_seen=days(60))


def silent(*later):
    """A flake that failed on days 0 and 3 and was closed for silence on day 30."""
    flake = a_flake(failure(0), failure(3), issue=5, status=Status.ISSUE_OPEN)
    flake = replace(flake, progress=Progress(silent_since=days(3)))
    flake = moved(flake, Status.CLOSED_SILENT, at=days(30), actor="bot")
    return replace(flake, occurrences=(*reversed(later), *flake.occurrences))


@pytest.mark.parametrize(
    ("flake", "contains", "back", "why"),
    [
        (merged(), {}, None, "nothing failed since"),
        (merged(failure(9.9)), {}, None, "before the merge, although seen after it"),
        (merged(failure(12, sha=HEAD)), {HEAD: True}, (1, 0), "on code that contains the fix"),
        (merged(failure(12, sha=HEAD)), {HEAD: False}, None, "on an older branch"),
        (merged(failure(12, sha=HEAD)), {}, None, "nobody could tell whether it contains the fix"),
        (merged(failure(12, sha=HEAD, fingerprint="v1:bbbb")), {HEAD: True}, None, "it fails in another way"),
        (merged(failure(12, sha=HEAD), failure(13, sha=BASE)), {HEAD: True, BASE: False}, (1, 1), "both; apart"),
        (merged(failure(12, sha=HEAD, tree=f"{HEAD}+{BASE}")), {HEAD: False, BASE: True}, (1, 0), "base has it"),
        (merged(failure(12, sha=HEAD, tree=f"{HEAD}+{BASE}")), {HEAD: False, BASE: False}, None, "neither has"),
        (merged(failure(12, sha=HEAD, tree=f"{HEAD}+{BASE}")), {HEAD: False}, None, "of the base nothing is known"),
        (merged(failure(12, sha=HEAD, tree="")), {HEAD: True}, (1, 0), "the tree is unknown, the commit is not"),
        (merged(failure(12, sha=HEAD, tree="abc123")), {HEAD: True}, (1, 0), "a tree that is no commit id"),
        (merged(failure(45, sha=HEAD), status=Status.VERIFIED), {HEAD: True}, (1, 0), "after it was verified"),
        (merged(failure(45, sha=HEAD), status=Status.DEPLOYED), {HEAD: True}, (1, 0), "after it was deployed"),
        (merged(failure(45, sha=HEAD), status=Status.CLOSED_SILENT), {HEAD: True}, (1, 0), "closed unproven"),
        (merged(failure(45, sha=HEAD), status=Status.CLOSED_SILENT), {HEAD: False}, None, "unproven; older branch"),
        (merged(failure(12, sha=HEAD), merge_sha=""), {}, (1, 0), "no commit is known: the time decides"),
        (merged(failure(12, sha=HEAD), before=()), {HEAD: True}, (1, 0), "how it failed before is lost"),
        (silent(), {}, None, "still silent"),
        (silent(failure(31)), {}, (1, 0), "failed after it was closed"),
        (silent(failure(29)), {}, (1, 0), "failed before, and nobody knew when it was closed"),
        (silent(failure(2)), {}, None, "an old failure that is found late"),
        (silent(failure(31, fingerprint="v1:bbbb")), {}, None, "another way of failing"),
        (silent(failure(31), failure(33)), {}, (2, 0), "two"),
    ],
)
def test_returned(flake, contains, back, why):
    got = returned(flake, contains)
    assert (got and (got.count, got.older)) == back, why


@pytest.mark.parametrize("status", [s for s in Status if s not in ("MERGED", "DEPLOYED", "VERIFIED", "CLOSED_SILENT")])
def test_in_no_other_state_a_failure_moves_anything(status):
    assert returned(replace(silent(failure(31)), status=status), {}) is None


def test_a_way_that_only_a_sealed_day_remembers_is_known():
    flake = silent(failure(31, fingerprint="v1:old"))
    sealed = DayCount(source="actions", day=days(-20).date(), fingerprint="v1:old", count=3)
    assert returned(flake, {}) is None
    assert returned(replace(flake, sealed=(sealed,)), {}) is not None


def test_another_way_of_failing_is_reported():
    other = failure(31, fingerprint="v1:bbbb")
    assert otherwise(silent(other, failure(32))) == (other,)
    assert otherwise(silent(failure(32))) == ()
    assert otherwise(replace(silent(other), status=Status.ISSUE_OPEN)) == ()


def test_the_newest_commits_are_compared_and_no_more():
    later = [failure(11 + n, sha=f"{n:040x}") for n in range(9)]
    asked = questions(merged(*later))
    assert asked == tuple((FIX, f"{n:040x}") for n in (8, 7, 6, 5, 4))
    assert len(asked) == MOST_COMPARED
    assert questions(merged(failure(11, tree=f"{HEAD}+{BASE}"))) == ((FIX, HEAD), (FIX, BASE))
    assert questions(silent(failure(31))) == (), "there is no fix to compare with"


def test_commits_of_a_tree():
    assert commits(an_occurrence(tree=f"{HEAD}+{BASE}")) == (HEAD, BASE)
    assert commits(an_occurrence(sha=HEAD, tree="")) == (HEAD,)


def test_a_fix_that_did_not_hold_is_noted_for_the_next_try():
    flake = merged(failure(12, sha=HEAD, run="99"), status=Status.VERIFIED)
    back = returned(flake, {HEAD: True})
    again = reopened(flake, back, now=days(50), actor="bot", url=f"{LINK}/1")
    assert again.status is Status.ISSUE_OPEN
    moving, noted = again.audit[-2:]
    assert (moving.action, moving.result) == ("VERIFIED → ISSUE_OPEN", "came back or was reopened")
    assert noted.action == "fix did not hold"
    assert noted.result == f"pull request 7, commit {FIX[:12]}; failed in run 99, which contains it"
    assert noted.url == back.occurrence.url
    assert back.occurrence.url in again.progress.notice.links, "the same link is never shown twice"
    assert recurrences(again) == ()


def test_a_return_without_a_fix_leaves_only_its_move():
    flake = silent(failure(31))
    again = reopened(flake, returned(flake, {}), now=days(32), actor="bot")
    assert [entry.action for entry in again.audit] == ["ISSUE_OPEN → CLOSED_SILENT", "CLOSED_SILENT → ISSUE_OPEN"]
    assert again.progress.silent_since is None
