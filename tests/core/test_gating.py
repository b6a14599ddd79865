"""Whether a fix may run: each row of the policy with the facts that trigger it, and what is frozen when none does."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ftc.core.approval import Flaw, Plan
from ftc.core.authority import Reason
from ftc.core.config import Config, Mode
from ftc.core.dispatch import nonce_of
from ftc.core.fix import Claim, Passage, Refusal, Refused, Task, TaskKind
from ftc.core.fix_agents import FixAgent
from ftc.core.gating import Approval, Base, Claimed, Facts, Job, Money, OpenPull, Rival, signatures_of
from ftc.core.gating_rules import RULES, gated, objection
from ftc.core.lifecycle import moved
from ftc.core.model import Status
from ftc.core.order_flaws import FLAWS, SUPERSEDED
from ftc.core.orders import Order, branch_name
from ftc.core.progress import Lease, Progress, PullRef, RunRecord, RunStatus
from ftc.core.records import from_text, to_text
from tests.builders import NOON, REPO, a_flake, a_signature, a_test, an_occurrence

SHA, OLD = "a" * 40, "b" * 40
ID, TURN = "12-881", "881"
BRANCH = branch_name(12, ID)
LEASE = Lease(run="77", attempt=1, nonce=TURN, taken=NOON)
CONFIG = Config(mode=Mode.FIX, repo=REPO, model="scripted/model")


def an_order(**over):
    values = {
        "id": ID, "kind": TaskKind.FIX, "repo": REPO, "issue": 12, "title": "", "body": "", "instruction": "",
        "by": "bea", "ordered": NOON, "turn": TURN, "branch": BRANCH, "nonce": TURN,
    }  # fmt: skip
    return Order(**{**values, **over})


def a_record(status=RunStatus.QUEUED, *, ident=ID, hours=0.0, **over):
    at = NOON + timedelta(hours=hours)
    return RunRecord(**{"id": ident, "command": "ai-fix", "status": status, "created": at, "updated": at, **over})


def fixing(*others, lease=LEASE, record=None, status=Status.FIXING):
    progress = Progress(lease=lease, runs=(record or a_record(), *others))
    return a_flake(an_occurrence(), key="1" * 16, issue=12, status=status, progress=progress)


def facts(**over):
    flake = over.pop("flake", fixing())
    tests = (flake.test, a_test("TestOther")) if flake else ()
    values = {
        "order": an_order(),
        "job": Job(run="77", attempt=1),
        "config": CONFIG,
        "repo": REPO,
        "source_repo": REPO,
        "flake": flake,
        "approval": Approval(by="bea", event=881, at=NOON, text="wait for it"),
        "plan": Plan(root_cause="async-wait", tests=tests, allowed_paths=("*_test.go",), planned_files=("a_test.go",)),
        "base": Base(branch="main", sha=SHA),
        "runner": "ubuntu-latest",
    }  # fmt: skip
    return Facts(**{**values, **over})


def configured(**over):
    return facts(config=replace(CONFIG, **over))


def start(**over):
    return facts(order=an_order(kind=TaskKind.START), plan=None, **over)


def verify(**over):
    values = {"proposed": Claimed(number=31, head_sha=OLD), "plan": None, **over}
    return facts(order=an_order(kind=TaskKind.VERIFY, branch=""), **values)


def failed(**over):
    return a_record(RunStatus.FAILED, ident="12-400", hours=-5, base_sha=SHA, **over)


def tries(count, **over):
    return tuple(
        a_record(RunStatus.FAILED, ident=f"12-{at}", hours=-at, base_sha=OLD, **over) for at in range(1, count + 1)
    )


OWN_PULLS = (OpenPull(number=41, branch="ai/fix/7-aaaa"), OpenPull(number=40, branch="ai/fix/9-bbbb"))
MERGED_AWAY = replace(fixing(), status=Status.MERGED)

# What is refused, with words that its text must hold, and why the case is there.
ROWS = {
    # It is over, or somebody else's.
    "closed by a person before it began": (facts(is_open=False), Refused.ENDED, "closed meanwhile"),
    "the label was taken off, so its state is nobody's": (
        facts(flake=None, plan=None, lost="it does not bear the label"), Refused.ENDED, "does not bear the label"),
    "carried out by the run that took it before": (
        facts(flake=fixing(record=a_record(RunStatus.SUCCEEDED))), Refused.ENDED, "was carried out"),
    "stopped by a person": (facts(flake=fixing(record=a_record(RunStatus.STOPPED))), Refused.ENDED, "was stopped"),
    "stopped, and the lease with it": (facts(flake=fixing(lease=None)), Refused.ENDED, "stopped, or given up"),
    "another run took it over": (
        facts(flake=fixing(lease=replace(LEASE, run="78"))), Refused.ENDED, "Another run has taken this over (run 78"),
    "another order of the same issue holds it": (
        facts(flake=fixing(lease=replace(LEASE, nonce="900"))), Refused.ENDED, "Another run"),
    "an old attempt that woke up after a newer one": (
        facts(flake=fixing(lease=replace(LEASE, attempt=2))), Refused.ENDED, "attempt 2"),
    "a person's fix was merged meanwhile": (facts(flake=MERGED_AWAY), Refused.ENDED, "moved on to MERGED"),
    "the issue never heard of it": (
        facts(flake=fixing(record=a_record(ident="12-1"))), Refused.ENDED, "knows nothing of this order"),
    "a start that was stopped": (
        start(flake=fixing(lease=None, status=Status.TRIAGED, record=a_record(RunStatus.STOPPED))),
        Refused.ENDED, "was stopped"),
    "a start whose lease went to another run": (
        start(flake=fixing(lease=replace(LEASE, run="9"))), Refused.ENDED, "run 9"),
    "the pull request to prove was closed": (verify(is_open=False), Refused.ENDED, "pull request was closed"),
    # Nobody wants it.
    "nobody approved at all": (facts(approval=None), Refused.NOT_APPROVED, "Nobody who may approve"),
    "an unknown flaw is still a no": (facts(approval=None, flaw="bot"), Refused.NOT_APPROVED, "Nobody who may"),
    # Switched off.
    "a mode that only files": (configured(mode=Mode.FILE), Refused.SWITCHED_OFF, "Set `mode: fix`"),
    "a dry run": (configured(dry_run=True), Refused.SWITCHED_OFF, "dry run"),
    "the kill switch": (configured(disabled=True), Refused.SWITCHED_OFF, "FTC_DISABLED"),
    # Wait.
    "a fix of the same cause is at work": (facts(rivals=(Rival(issue=9),)), Refused.BUSY, "that of issue 9"),
    "one of the same cause waits for review": (
        facts(rivals=(Rival(issue=9, pull=31),)), Refused.BUSY, "pull request 31 of issue 9"),
    "enough to review": (facts(pulls=OWN_PULLS), Refused.BUSY, "`fix-max-pulls` allows (2): 40, 41"),
    "a start beside a running fix": (
        start(flake=fixing(lease=replace(LEASE, nonce="900"))), Refused.BUSY, "A fix is at work on this issue"),
    # There is one.
    "an earlier fix of ours is open": (
        facts(pulls=(OpenPull(number=33, branch="ai/fix/12-cccc"),)), Refused.DUPLICATE, "Pull request 33"),
    "a person's pull request closes it": (
        facts(pulls=(OpenPull(number=34, branch="", closes=(7, 12)),)), Refused.DUPLICATE, "Pull request 34"),
    "somebody closes the issue of a start": (
        start(pulls=(OpenPull(number=34, branch="", closes=(12,)),)), Refused.DUPLICATE, "Merge it, or close it"),
    "an app's pull request from a branch of this repository": (
        facts(pulls=(OpenPull(number=34, branch="copilot/fix", closes=(12,), author="Copilot"),)), Refused.DUPLICATE,
        "Pull request 34"),
    # Nothing moved.
    "the same order on the base it failed on": (
        facts(flake=fixing(failed(finished=NOON + timedelta(hours=1)))), Refused.GIVEN_UP, "since task 12-400"),
    # Money.
    "the issue had its share": (facts(money=Money(issue=3.5)), Refused.OVER_BUDGET, "$5.00 (`budget-issue`)"),
    "the week is spent": (facts(money=Money(week=49)), Refused.OVER_BUDGET, "$50.00 (`budget-week`)"),
    "running fixes have reserved the rest": (
        facts(money=Money(week=45, reserved=4)), Refused.OVER_BUDGET, "$49.00 of a week's $50.00"),
    "nothing may cost anything": (configured(budget_fix=0.0), Refused.OVER_BUDGET, "`budget-fix` is 0"),
    "an agent of the house costs what nobody knows": (
        facts(config=replace(CONFIG, model="", fix_agent=FixAgent.COMMAND, agent_command="x"), money=Money(week=49)),
        Refused.OVER_BUDGET, "budget-week"),
    # Enough.
    "tried often enough": (facts(flake=fixing(*tries(3))), Refused.TOO_MANY_TRIES, "`fix-tries` allows 3"),
    # It cannot be.
    "an empty repository": (facts(base=Base(branch="main")), Refused.IMPOSSIBLE, "no commit on `main`"),
    "two repositories that drifted apart": (
        facts(base=Base(branch="main", problem="bring it up to date")), Refused.IMPOSSIBLE, "bring it up to date"),
    "mechanical fixes mend tests, they start nothing": (
        start(config=replace(CONFIG, model="", fix_mechanical=("fixed-port",))), Refused.IMPOSSIBLE, "No `model`"),
    "an agent without a command": (
        configured(fix_agent=FixAgent.COMMAND), Refused.IMPOSSIBLE, "`agent-command` is empty"),
    "a pull request that names no flake": (
        verify(flake=None, lost="it names no issue of a flaky test"), Refused.IMPOSSIBLE, "closes #N"),
    "a change that cannot be read": (
        verify(proposed=Claimed(problem="The change cannot be read.")), Refused.IMPOSSIBLE, "cannot be read"),
    "a sweep named it again, and its report came after all": (
        verify(proposed=Claimed(number=31, head_sha=OLD, reported=True)), Refused.ENDED, "is there already"),
    # Not ours.
    "GitHub's agent is to do it": (configured(fix_agent=FixAgent.GITHUB), Refused.HANDED_OVER, "`fix-agent: github`"),
}  # fmt: skip


@pytest.mark.parametrize("case", ROWS)
def test_what_is_refused_says_why_and_the_way_out(case):
    given, why, words = ROWS[case]
    found = gated(given)
    assert isinstance(found, Refusal), found
    assert (found.why, found.task, found.issue, found.kind) == (why, ID, 12, given.order.kind)
    assert words in found.text
    assert not {"/ai-fix", "/ftc"} & set(found.text.split()), "it would give itself a command"


def test_every_reason_has_a_row_and_a_case_and_they_count_in_the_order_of_the_nouns():
    assert [why for why, _ in RULES] == list(Refused)
    assert {why for _, why, _ in ROWS.values()} == set(Refused)


def test_a_duplicate_names_its_pull_request_for_the_state():
    two = tuple(OpenPull(number=number, branch="", closes=(12,)) for number in (36, 35))
    assert gated(facts(pulls=two)).pull == 35
    assert gated(facts(is_open=False, pulls=two)).pull == 0


def test_what_strangers_claim_is_named_and_bounded():
    pulls = [OpenPull(number=60 - at, branch="", closes=(12,), author=f"m{at}", stranger=True) for at in range(9)]
    pulls.append(OpenPull(number=30, branch="", closes=(7,), author="x", stranger=True))
    task = gated(facts(pulls=tuple(pulls)))
    assert [claim.pull for claim in task.claims] == [52, 53, 54, 55, 56]
    assert task.claims[0] == Claim(pull=52, author="m8")


@pytest.mark.parametrize("flaw", [*Flaw, Reason.EDITED, Reason.FORCE, *FLAWS])
def test_every_flaw_of_an_approval_has_words_of_its_own(flaw):
    said = gated(facts(approval=None, flaw=str(flaw)))
    assert said.why is (Refused.ENDED if flaw in SUPERSEDED else Refused.NOT_APPROVED)
    assert said.text != gated(facts(approval=None)).text


def test_only_rows_of_the_page_are_asked_before_the_repository_is_read():
    assert objection(facts(base=Base(branch="main"), rivals=(Rival(issue=9),)), page_only=True) is None
    assert objection(facts(approval=None), page_only=True).why is Refused.NOT_APPROVED
    assert objection(configured(mode=Mode.OBSERVE), page_only=True).why is Refused.SWITCHED_OFF


# What looks like a reason and is none.
GRANTED = {
    "a run that is started again": facts(job=Job(run="77", attempt=3)),
    "its own pull request, opened before settle died": facts(pulls=(OpenPull(number=50, branch=BRANCH, closes=(12,)),)),
    "its own pull request is not one too many": facts(pulls=(OWN_PULLS[0], OpenPull(number=50, branch=BRANCH))),
    "a stranger's branch of our name": facts(pulls=(OpenPull(number=50, branch=""), OWN_PULLS[0])),
    "a person asked again after it failed on this base": facts(flake=fixing(failed())),
    "it failed on an older base, after this was ordered": facts(
        flake=fixing(failed(finished=NOON + timedelta(hours=1))), base=Base(branch="main", sha=OLD)
    ),
    "a refused run never saw its base": facts(flake=fixing(*(replace(run, base_sha="") for run in tries(5)))),
    "starts are no tries of a fix": facts(flake=fixing(*tries(5, command="start"))),
    "a maintainer forces one more try": facts(
        flake=fixing(*tries(5)), approval=Approval(by="max", event=881, at=NOON, forced=True)
    ),
    "tries before it came back are about another fix": facts(
        flake=replace(
            moved(
                replace(fixing(*tries(3)), status=Status.VERIFIED),
                Status.ISSUE_OPEN, at=NOON - timedelta(minutes=5), actor="bot",
            ),
            status=Status.FIXING,
        )
    ),
    "a mechanical fix costs nothing": facts(
        config=replace(CONFIG, model="", fix_mechanical=("fixed-port",)), money=Money(week=50)
    ),
    "exactly what is left": facts(money=Money(issue=3, week=48)),
    "a start on an issue that is not managed": start(flake=None),
    "a start beside an approved fix": start(flake=fixing(lease=None, status=Status.APPROVED_TO_FIX)),
    "a proof needs no money and no place": verify(pulls=OWN_PULLS, money=Money(week=90)),
    "a stranger's claim, which anybody may make": facts(
        pulls=(OpenPull(number=34, branch="", closes=(12,), author="mallory", stranger=True),)),
    "a proof of what closes the issue": verify(pulls=(OpenPull(number=31, branch="", closes=(12,)),)),
}  # fmt: skip


@pytest.mark.parametrize("case", GRANTED)
def test_what_is_no_reason_to_refuse(case):
    found = gated(GRANTED[case])
    assert isinstance(found, Task), found.text


def test_everything_a_run_may_rely_on_is_frozen_and_survives_its_file():
    given = facts(
        config=replace(CONFIG, fix_runs=601, fix_minutes=10, fix_steps=7, fix_candidates=2, product_code=True),
        steps=("Wait for the channel.",),
        title="TestPut",
        passages=(Passage(author="bea", text="It is the cache."),),
        fingerprints=("f1", "f2"),
        test_files=("a_test.go", ""),
    )  # fmt: skip
    task = gated(given)
    assert from_text(Task, to_text(task, schema="fix-task/1"), schema="fix-task/1") == task
    assert (task.id, task.nonce, task.created, task.branch) == (ID, TURN, NOON, BRANCH)
    assert (task.tests[0], task.tests[1].name) == (given.flake.test, "TestOther")
    assert (task.test_files, task.fingerprints) == (("a_test.go", ""), ("f1", "f2"))
    assert (task.base_branch, task.base_sha, task.repo, task.source_repo) == ("main", SHA, REPO, REPO)
    assert (task.root_cause, task.plan, task.planned_files) == ("async-wait", given.steps, ("a_test.go",))
    assert (task.approved_by, task.approval, task.instruction) == ("bea", 881, "wait for it")
    assert (task.legs, task.quota.runs, task.quota.usd) == (("1", "2"), 601, 2.0)
    assert (task.quota.minutes, task.quota.steps, task.quota.candidates) == (10, 7, 2)
    assert task.product_code
    assert (task.head_sha, task.pull, task.fork) == ("", 0, "")


def test_candidates_of_earlier_runs_count_for_the_shared_error_probability():
    assert gated(facts(flake=fixing(*tries(2)))).attempt == 1
    assert gated(facts(flake=fixing(failed(tried=2)))).attempt == 3
    again = fixing(failed(tried=2), record=a_record(tried=1))
    assert gated(facts(flake=again)).attempt == 4, "the base moved, and it was queued once more"


def test_a_lease_of_a_later_attempt_is_known_though_an_older_file_was_read():
    nonce = nonce_of(ID, run="77", attempt=2, slot=1)
    lease = Lease(run="77", attempt=2, nonce=nonce, taken=NOON)
    task = gated(facts(flake=fixing(lease=lease), job=Job(run="77", attempt=2)))
    assert task.nonce == nonce
    assert gated(facts(flake=fixing(lease=lease), job=Job(run="77", attempt=1))).why is Refused.ENDED
    other = nonce_of("12-900", run="77", attempt=2, slot=1)
    stolen = fixing(lease=replace(lease, nonce=other))
    assert gated(facts(flake=stolen, job=Job(run="77", attempt=2))).why is Refused.ENDED


def test_files_that_fit_no_tests_are_none():
    assert gated(facts(test_files=("a_test.go",))).test_files == ("", "")


def test_a_proof_is_about_the_flake_and_everything_the_pull_request_changes():
    proposed = Claimed(number=31, head_sha=OLD, fork="mallory/widgets", author="mallory", paths=("src/a.go",))
    order = an_order(kind=TaskKind.VERIFY, issue=31, id="31-881", branch="")
    task = gated(replace(verify(proposed=proposed), order=order))
    assert (task.issue, task.pull, task.head_sha, task.fork) == (12, 31, OLD, "mallory/widgets")
    assert (task.planned_files, task.product_code, task.quota.usd) == (("src/a.go",), True, 0.0)
    assert task.allowed_paths == CONFIG.allowed_paths
    assert [test.name for test in task.tests] == [fixing().test.name]


def test_without_a_model_a_flake_is_reproduced_all_the_same():
    """Its statistics and the command that shows it are an answer, too."""
    assert isinstance(gated(configured(model="")), Task)


def test_a_start_has_no_test_and_one_leg():
    task = gated(start(flake=None, title="Tidy", body="A mess."))
    assert (task.tests, task.legs, task.root_cause, task.title, task.body) == ((), ("1",), "", "Tidy", "A mess.")
    assert (task.quota.runs, task.allowed_paths) == (CONFIG.fix_runs, CONFIG.allowed_paths)


def test_a_pull_request_that_a_person_opened_is_no_state_of_ours():
    flake = replace(fixing(), progress=replace(fixing().progress, pull=PullRef(number=3, url="u")))
    assert isinstance(gated(facts(flake=flake)), Task)


def test_a_test_that_fails_in_another_wording_each_time_is_recognised_by_its_name():
    """As one that prints the members of a set: no signature of it would ever return."""
    marks = [f"v1:{number}" for number in range(3)]
    known = [replace(a_signature(), fingerprint=mark) for mark in marks]
    seen = [an_occurrence(run=str(number), fingerprint=mark) for number, mark in enumerate(marks)]
    assert signatures_of([a_flake(*seen, signatures=tuple(known))]) == ()
    again = an_occurrence(run="9", fingerprint=marks[0])
    assert signatures_of([a_flake(*seen, again, signatures=tuple(known))]) == tuple(marks)
    assert signatures_of([a_flake(seen[0], signatures=tuple(known[:1]))]) == (marks[0],), "one failure is no pattern"
