"""A rich world for the texts and pages that people look at: every state, fixes that held and that did not, money, time.

The rule it keeps: everything is counted out, so that a test can name each figure and say where it comes from.
"""

from dataclasses import replace
from datetime import timedelta

from ftc.core.ledger import Charge
from ftc.core.lifecycle import moved
from ftc.core.model import Dashboard, FailureClass, Grade, IssueRef, ScanRecord, Status
from ftc.core.progress import Assessment, Progress, PullRef, Quarantine, RunRecord, RunStatus
from tests.builders import NOON, REPO, a_flake, a_test, a_verdict, an_occurrence, days

S = Status
OTHER = "octo/gears"


def seen(run, *, ago, minutes=0, **over):
    """A failure that many days before noon whose job ran so many minutes."""
    return an_occurrence(run=str(run), created=days(-ago), seconds=60 * minutes, **over)


def took(flake, *steps):
    """The flake after these moves, each so many days before noon."""
    for status, ago in steps:
        flake = moved(flake, status, at=days(-ago), actor="github-actions[bot]", url=f"{LINK}/{status.value}")
    return flake


LINK = "https://github.com/octo/widgets/actions/runs/500"
TO_PULL = ((S.TRIAGED, 9.5), (S.WAITING_FOR_SIGNAL, 9.4), (S.APPROVED_TO_FIX, 9), (S.FIXING, 8.9), (S.PR_OPEN, 8.8))


def pull(number, *, by_person=False):
    url = f"https://github.com/{REPO}/pull/{number}"
    return PullRef(number=number, url=url, branch=f"flaky/{number}", by_person=by_person, opened=days(-8.8))


def a_story(number, *occurrences, name, progress=None, steps=(), **over):
    """A managed issue, filed ten days before noon."""
    flake = a_flake(
        *occurrences,
        key=f"{number:016x}",
        issue=number,
        test=a_test(name),
        verdict=a_verdict(),
        progress=progress or Progress(),
        **over,
    )
    return took(flake, (S.ISSUE_OPEN, 10), *steps)


def analysed():
    return Assessment(
        at=days(-9.5),
        root_cause="async-wait",
        confidence=0.82,
        occurrences=3,
        comment=881,
        sha="c" * 40,
        by="example/model",
        locatable=True,
        planned_files=("store/put_test.go",),
        allowed_paths=("store/put_test.go", "store/testutil/*.go"),
    )


def a_record(ident, status, **over):
    values = {
        "command": "ai-fix",
        "created": days(-9),
        "updated": days(-8.8),
        "started": days(-8.95),
        "finished": days(-8.8),
        "runner": "ubuntu-24.04",
        "branch": f"flaky/{ident}",
        "base_sha": "d" * 40,
        "tests": "40 of 40 passed",
        "files_changed": 2,
        "cost": 1.25,
        "url": f"{LINK}/runs/{ident}",
    }
    return RunRecord(id=ident, status=status, **{**values, **over})


DIFF = """diff --git a/store/put_test.go b/store/put_test.go
--- a/store/put_test.go
+++ b/store/put_test.go
@@ -10,4 +10,4 @@ func TestPut(t *testing.T) {
-\ttime.Sleep(100 * time.Millisecond)
+\trequire.Eventually(t, func() bool { return s.Len() == 3 }, 5*time.Second, 10*time.Millisecond)
 \trequire.Equal(t, 3, s.Len())
"""


def managed():
    """Nine issues. Failures of the last seven days: #11 three, #12 two (one job with #11's), #13 and #19 one each."""
    open_ = a_story(
        11, seen(1, ago=1, minutes=30), seen(2, ago=2, minutes=30), seen(3, ago=3, minutes=30), name="TestPut"
    )
    shared = seen(1, ago=1, minutes=30)
    waits = a_story(
        12,
        shared,
        seen(4, ago=4, minutes=100, workflow="Nightly"),
        seen(5, ago=9, minutes=50),
        name="TestGet",
        steps=TO_PULL[:2],
        progress=Progress(
            assessment=analysed(),
            charges=(Charge(at=days(-9.5), usd=0.5, issue=12, purpose="analysis", model="m"),
                     Charge(at=days(-1), usd=0.25, issue=12, purpose="reply:1", model="m")),
        ),
    )  # fmt: skip
    review = a_story(
        13,
        seen(6, ago=6),
        name="TestDelete",
        steps=TO_PULL,
        progress=Progress(
            assessment=analysed(), pull=pull(31), runs=(a_record("t13", RunStatus.SUCCEEDED, excerpt=DIFF),)
        ),
    )
    merged = a_story(
        14, seen(7, ago=12), name="TestMerged", steps=(*TO_PULL, (S.MERGED, 4.8)), progress=Progress(pull=pull(32))
    )
    held = a_story(
        15,
        seen(8, ago=12),
        name="TestHeld",
        steps=((S.MERGED, 6), (S.VERIFIED, 1)),
        progress=Progress(pull=pull(33, by_person=True)),
    )
    back = a_story(
        16,
        seen(9, ago=20),
        name="TestCameBack",
        steps=((S.MERGED, 6), (S.ISSUE_OPEN, 2)),
        progress=Progress(pull=pull(34, by_person=True)),
    )
    failed = a_story(
        17,
        seen(10, ago=8, minutes=5),
        name="TestGaveUp",
        steps=(*TO_PULL[:4], (S.FIX_FAILED, 3)),
        progress=Progress(
            assessment=analysed(),
            runs=(
                a_record(
                    "t17",
                    RunStatus.FAILED,
                    error="39 of 40 passed",
                    excerpt="--- FAIL: TestGaveUp (0.02s)",
                    updated=days(-3),
                    cost=2.0,
                ),
            ),
        ),
    )
    copy = replace(open_, key="e" * 16, status=S.DUPLICATE, duplicate_of=11, issue=IssueRef(repo=REPO, issue=18))
    elsewhere = a_story(
        19,
        seen(12, ago=5, minutes=7),
        name="test_gears[a|b]",
        repo=OTHER,
        progress=Progress(quarantine=Quarantine(until=days(4), by="ada", comment=5)),
    )
    return (open_, waits, review, merged, held, back, failed, copy, elsewhere)


def watched():
    """Three entries: one that waits for a place, a regression, and one on which nobody has an opinion."""
    ready = a_flake(
        seen(20, ago=1, grade=Grade.A_PLUS), seen(21, ago=2, grade=Grade.A_PLUS),
        key="1" * 16, test=a_test("TestWaits"), verdict=a_verdict(),
    )  # fmt: skip
    broken = a_flake(
        seen(22, ago=1), key="2" * 16, test=a_test("TestBroken"),
        verdict=a_verdict(failure_class=FailureClass.LIKELY_REGRESSION, grade=Grade.D),
    )  # fmt: skip
    return (ready, broken, a_flake(seen(23, ago=2), key="3" * 16, test=a_test("TestOnce")))


def a_scan(ago, **over):
    values = {"runs": 60, "failed_jobs": 7, "failures": 5, "filed": 1, "waiting": 1, "infra": 2, "requests": 140}
    return ScanRecord(at=days(-ago), **{"url": f"{LINK}{int(ago)}", **values, **over})


def a_dashboard():
    scans = (a_scan(0.1, why="at most 3 new issues a scan", note="issue 40 was edited by hand"), a_scan(3), a_scan(6))
    return Dashboard(
        repo=REPO, issue=IssueRef(repo=REPO, issue=1), cursor=NOON - timedelta(days=7), scans=scans, swept=days(-1)
    )
