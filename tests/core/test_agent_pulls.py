"""When the pull request of GitHub's agent is proven unasked: finished, each head once, and not for ever."""

from datetime import timedelta

import pytest

from ftc.core.agent_pulls import MOST_PROOFS, QUIET, AgentPull, is_finished, may_be_proven, noted, proof_order
from ftc.core.fix import TaskKind
from ftc.core.handing_over import awaited
from ftc.core.model import AuditEntry, Status
from ftc.core.orders import answers_too
from ftc.core.progress import RunStatus, merge_progress
from ftc.core.progress_document import progress_document, to_progress
from tests.core.test_sweeping import days, failing, handed_over

NOW = days(2)
HEAD, NEXT, THIRD = "a" * 40, "b" * 40, "c" * 40


def pull(**over):
    values = {"title": "Wait for it", "draft": True, "review_requested": True, "updated": NOW}
    return AgentPull(**(values | over))


def flake(progress=None, *, status=Status.APPROVED_TO_FIX):
    return failing(0, 2, runs=(), status=status, progress=progress or handed_over())


@pytest.mark.parametrize(
    ("over", "finished", "why"),
    [
        ({}, True, "it leaves its draft a draft and asks for a review"),
        ({"title": "[WIP] Wait for it"}, False, "as it opens it, within a minute of the assignment"),
        ({"title": " [wip] Wait for it"}, False, "as somebody may have typed it"),
        ({"title": "[WIP] Wait for it", "updated": NOW - QUIET}, False, "it died over its work; a person looks"),
        ({"title": "[WIP] Wait for it", "draft": False}, True, "a person made it ready, whatever its title says"),
        ({"review_requested": False}, False, "reviewed a moment ago, and perhaps at work again"),
        ({"review_requested": False, "updated": NOW - QUIET}, True, "reviewed, and nothing happens any more"),
        ({"review_requested": False, "updated": NOW - QUIET + timedelta(minutes=1)}, False, "not quite"),
        ({"review_requested": False, "draft": False}, True, "ready, and reviewed already"),
        ({"title": "Handle [WIP] in titles"}, True, "a title about it"),
    ],
)
def test_what_the_agent_still_works_at_is_not_proven(over, finished, why):
    assert is_finished(pull(**over), now=NOW) is finished, why


@pytest.mark.parametrize("proofs", [(), (HEAD,), (HEAD, NEXT), (HEAD, NEXT, THIRD)])
def test_so_many_heads_are_proven_unasked(proofs):
    known = flake(handed_over(proofs=proofs))
    assert (may_be_proven(known) is None) is (len(proofs) >= MOST_PROOFS)


@pytest.mark.parametrize(
    ("progress", "status"),
    [
        (handed_over(), Status.WAITING_FOR_SIGNAL),  # the approval was taken back
        (handed_over(), Status.MERGED),
        (handed_over(status=RunStatus.FAILED), Status.APPROVED_TO_FIX),
        (handed_over(pull=7), Status.APPROVED_TO_FIX),  # a fix of the bot's own
        (handed_over(status=RunStatus.QUEUED, finished=None), Status.APPROVED_TO_FIX),
    ],
)
def test_only_an_issue_that_waits_for_the_agent_is_looked_after(progress, status):
    assert may_be_proven(flake(progress, status=status)) is None


def test_what_was_ordered_is_known_and_told_in_the_trail():
    before = flake()
    entry = AuditEntry(at=NOW, actor="bot", action="ordered the proof of pull request 90", result=HEAD[:7])
    after = noted(before, awaited(before), HEAD, at=NOW, entry=entry)
    run = awaited(after)
    assert (run.proofs, run.updated, after.audit[-1]) == ((HEAD,), NOW, entry)
    assert (run.finished, run.status) == (awaited(before).finished, RunStatus.SUCCEEDED), "as long as before"
    again = noted(after, run, NEXT, at=days(3))
    assert (awaited(again).proofs, again.audit) == ((HEAD, NEXT), after.audit), "somebody else had it proven"
    for first, second in ((again, after), (after, again)):
        merged = merge_progress(first.progress, second.progress)
        assert merged.runs[0].proofs == (HEAD, NEXT), "a write merges with what stands there"


@pytest.mark.parametrize("over", [{"proofs": (HEAD, NEXT)}, {"proofs": (HEAD,), "tried": 2, "verdict": "verified"}, {}])
def test_the_state_keeps_them_and_reads_what_it_wrote_before(over):
    progress = handed_over(**over)
    document = progress_document(progress)
    assert to_progress(document) == progress
    assert len(document["runs"][0]) == (23 if "proofs" in over else 18), "an older program reads what has none"


def test_its_order_is_named_by_its_comment_as_a_persons_is():
    order = proof_order(repo="acme/shop", pull=90, comment=881, at=NOW, by="bot")
    assert (order.id, order.turn, order.kind, order.issue) == ("90-881", "881", TaskKind.VERIFY, 90)
    assert answers_too("90-900", order.id)
    assert not answers_too("90-800", order.id)
