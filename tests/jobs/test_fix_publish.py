"""Publishing a proven change: one commit, one branch, one pull request, and everything that stands in its way."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from github import Auth, Github
from publications import (
    AFTER,
    BEFORE,
    CONVENTIONAL,
    GRANTS,
    PUBLISHER,
    TEST_FILE,
    a_run,
    commit,
    head_of,
    new_file,
    patch,
    published,
    pulls,
    repository,
    the_evidence,
)
from scans import Killed, copied, is_write, killing
from small import REPO, TOKEN
from threads import BOT

from ftc.clients.git_worktree import BOT_MAIL
from ftc.core.config import Config
from ftc.core.errors import UsageError
from ftc.core.fix import Claim, Gate, Publication, TaskKind, Verification
from ftc.core.markdown import JOINT
from ftc.core.model import Status
from ftc.core.progress import Lease, RunRecord, RunStatus
from ftc.core.publishing import marked_task
from ftc.core.records import RecordUnreadable
from ftc.core.stress import Verdict
from ftc.jobs.fix.folder import folder_of
from ftc.jobs.fix.publish import evidence_of
from ftc.simulator.server import serving
from ftc.simulator.world import Token
from tests.jobs.test_fix_gate import forked, propose

pytestmark = pytest.mark.slow

LOW = "flaky-test-cleaner/risk-low"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def page():
    return a_run()


def test_one_commit_one_branch_one_pull_request(page):
    evidence = the_evidence(page)
    done = published(page, evidence)
    [pull] = pulls(page)
    assert (done.problem, done.pull, done.draft, done.moved) == ("", pull.number, False, False)
    assert (done.branch, done.head_sha) == (evidence.task.branch, head_of(page, evidence))
    assert done.risk_labels == (LOW,) == tuple(pull.labels)
    assert (pull.title, pull.pull.draft, pull.pull.base_ref) == ("tests: stabilize TestTotal", False, "main")
    assert pull.body.replace("\r\n", "\n") == done.text
    assert marked_task(pull.body) == evidence.task.id
    assert "Issue Number: Close #2" in pull.body, "the repository's own template, with its place filled"
    assert (pull.author, "CI may not have started by itself" in pull.body) == (BOT, True), "as for all of its token"
    git = repository(page).git
    made = git.commit(done.head_sha)
    assert made.parents == (evidence.task.base_sha,)
    assert (made.author.email, made.author.date, made.committer) == (BOT_MAIL, evidence.task.created, made.author)
    assert made.message.startswith("tests: stabilize TestTotal\n\n")
    assert git.read(done.head_sha, TEST_FILE).decode() == AFTER
    assert [item.path for item in git.diff(evidence.task.base_sha, done.head_sha)] == [TEST_FILE]


def test_a_second_time_is_the_same_and_costs_no_write(page):
    evidence = the_evidence(page)
    first = published(page, evidence)
    before = len(page.simulator.requests)
    again = published(page, evidence)
    assert replace(again, text=first.text) == first
    assert [entry.path for entry in page.simulator.requests[before:] if is_write(entry)] == []
    assert len(pulls(page)) == 1


@pytest.mark.parametrize(
    ("verdict", "masked", "config", "draft", "label"),
    [
        (Verdict.SUPPORTED, False, {}, True, "risk-medium"),
        (Verdict.SUPPORTED, False, {"ready_on": "verified,supported"}, False, "risk-medium"),
        (Verdict.NOT_REPRODUCED, False, {"pull_on": "not-reproduced"}, True, "risk-high"),
        (Verdict.VERIFIED, True, {"masking": "flag"}, True, "risk-high"),
    ],
)
def test_draft_and_risk(page, verdict, masked, config, draft, label):
    skip = patch(after=BEFORE.replace("\tstart()\n", '\tt.Skip("flaky")\n\tstart()\n'))
    done = published(page, the_evidence(page, skip if masked else None, verdict=verdict), **config)
    [pull] = pulls(page)
    assert (done.problem, done.draft, pull.pull.draft) == ("", draft, draft)
    assert pull.labels == [f"flaky-test-cleaner/{label}"]
    assert ("may hide the failure" in pull.body) is masked


def test_a_rule_that_drops_an_order_stays_a_draft(page):
    evidence = the_evidence(page, verdict=Verdict.VERIFIED)
    candidates = tuple(replace(item, by="rule unordered-comparison") for item in evidence.fix.candidates)
    done = published(page, replace(evidence, fix=replace(evidence.fix, candidates=candidates)))
    [pull] = pulls(page)
    assert (done.problem, done.draft) == ("", True)
    assert "order-dropped: " in pull.body


def test_a_start_has_no_verdict_and_is_a_draft(page):
    evidence = the_evidence(page, verdict=None, kind=TaskKind.START, tests=(), test_files=(), root_cause="")
    done = published(page, evidence)
    [pull] = pulls(page)
    assert (pull.title, pull.pull.draft, done.proof) == ("Wait until it is ready.", True, None)
    assert pull.body.startswith("**Not measured.**")


def test_signed_off_and_in_the_habit_of_the_repository():
    page = a_run(commits=[{"author": "ada", "at": "2026-11-18T00:00:00Z", **item} for item in CONVENTIONAL])
    done = published(page, the_evidence(page), sign_off="true")
    assert pulls(page)[0].title == "test: stabilize TestTotal"
    message = repository(page).git.commit(done.head_sha).message
    assert message.splitlines()[-1] == f"Signed-off-by: flaky-test-cleaner <{BOT_MAIL}>"


# --- what is not published: nothing is pushed, and why is said


def nothing_happened(page, evidence):
    return head_of(page, evidence) is None and pulls(page) == []


@pytest.mark.parametrize(
    ("over", "config", "said"),
    [
        ({"verdict": Verdict.NOT_REPRODUCED}, {}, "pull-on names only: verified, supported"),
        ({"verdict": Verdict.DID_NOT_HOLD}, {}, "did-not-hold"),
        ({"over": {"candidate": 0}}, {}, "no candidate"),
        ({"judged": {"diff": "diff --git a/x b/x\n"}}, {}, "not the one that was judged"),
        # Judged by a job without secrets, looked at once more by the one with them.
        ({"text": new_file(".github/workflows/x_test.go", "on: push")}, {}, "never changed"),
        ({"text": new_file("cart/cart.go_", "package cart")}, {}, "neither below the allowed paths"),
        ({"text": patch("cart/cart.go", "package cart\n", "package car\n")}, {}, "neither below"),
        (
            {"text": patch("cart/cart.go", "package cart\n", "package car\n"), "allowed_paths": ("**",)},
            {},
            "neither below",
        ),
        ({"text": new_file("cart/key_test.go", f'const k = "{PUBLISHER}"')}, {}, "looks like a secret"),
        ({"text": new_file("cart/many_test.go", "x\n" * 500)}, {}, "at most 400"),
        ({"text": patch(after=BEFORE.replace("\tstart()\n", "\tt.Skip()\n"))}, {}, "hides failures: skip"),
        ({}, {"mode": "file"}, "mode is file"),
        ({"base_branch": "gone"}, {}, "branch gone is gone"),
    ],
)
def test_what_may_not_be(page, over, config, said):
    evidence = the_evidence(page, **over)
    done = published(page, evidence, **config)
    assert said in done.problem
    assert (done.pull, done.branch, done.moved) == (0, "", False)
    assert nothing_happened(page, evidence)


def test_a_secret_in_the_words_about_a_change_is_not_published(page):
    evidence = the_evidence(page, judged={"gates": (Gate(name="fast gate", passed=True, detail=PUBLISHER),)})
    said = f"It needs {PUBLISHER} and ghp_{'a1B2' * 9}."
    leaky = replace(evidence.fix.candidates[0], summary=said, hypothesis=said)
    done = published(page, replace(evidence, fix=replace(evidence.fix, candidates=(leaky,))))
    message = repository(page).git.commit(done.head_sha).message
    for text in (pulls(page)[0].body, message, done.text):
        words = text.replace(JOINT, "").replace("\\", "")
        assert "It needs" in words
        assert PUBLISHER not in words
        assert "a1B2a1B2" not in words


def test_a_patch_that_applies_no_more_is_not_forced(page):
    evidence = the_evidence(page)
    broken = replace(evidence.fix.candidates[0], patch=patch(before="other\n", after="another\n"))
    done = published(page, replace(evidence, fix=replace(evidence.fix, candidates=(broken,))))
    assert "the patch cannot be published" in done.problem
    assert nothing_happened(page, evidence)


def another(page):
    page.save(
        replace(
            page.flake,
            progress=replace(page.flake.progress, lease=Lease(run="78", attempt=1, nonce="x", taken=page.now)),
        )
    )


def stopped(page):
    record = RunRecord(
        id=f"{page.number}-abc", command="ai-fix", status=RunStatus.STOPPED, created=page.now, updated=page.now
    )
    page.save(replace(page.flake, progress=page.flake.progress.with_run(record)))


@pytest.mark.parametrize(
    ("meanwhile", "said"),
    [
        (another, "does not hold the issue"),
        (stopped, "was stopped"),
        (lambda page: page.save(replace(page.flake, status=Status.TRIAGED)), "TRIAGED by now"),
        (lambda page: page.close("bea"), "was closed"),
        (lambda page: page.unlabel("bea", "flaky-test-cleaner/ai-managed"), "not managed any more"),
    ],
)
def test_what_people_did_meanwhile_counts(page, meanwhile, said):
    evidence = the_evidence(page)
    meanwhile(page)
    assert said in published(page, evidence).problem
    assert nothing_happened(page, evidence)


# --- the base


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"cart/cart.go": "package cart // more\n"}, "moved near the test while it was mended: cart/cart.go"),
        ({"cart/testdata/a.txt": "b\n"}, "cart/testdata/a.txt"),
        ({TEST_FILE: BEFORE + "\n// more\n"}, TEST_FILE),
        ({TEST_FILE: None}, TEST_FILE),
    ],
)
def test_a_base_that_moved_near_the_test_pushes_nothing(page, files, said):
    evidence = the_evidence(page)
    commit(page, files)
    done = published(page, evidence)
    assert done.moved
    assert said in done.problem
    assert nothing_happened(page, evidence)


def test_a_base_that_moved_elsewhere_leaves_the_proof_where_it_was(page):
    evidence = the_evidence(page)
    head = commit(page, {"shipping/shipping.go": "package shipping // more\n"})
    done = published(page, evidence)
    [pull] = pulls(page)
    assert (done.problem, done.moved) == ("", False)
    assert repository(page).git.commit(done.head_sha).parents == (evidence.task.base_sha,)
    assert f"The base branch is at `{head[:7]}` by now" in pull.body
    assert f"at base `{evidence.task.base_sha[:7]}`" in pull.body


def test_a_patch_that_does_not_fit_the_new_head_is_due_again(page):
    # The test lies elsewhere than what is changed, so that only applying it tells.
    evidence = the_evidence(page, test_files=("shipping/shipping_test.go",))
    commit(page, {TEST_FILE: None})
    done = published(page, evidence)
    assert done.moved
    assert nothing_happened(page, evidence)


def test_a_base_whose_history_was_rewritten_is_due_again(page):
    evidence = the_evidence(page)
    git = repository(page).git
    base = git.commit(evidence.task.base_sha)
    orphan = git.commit_tree(base.tree, parents=(), message="New", author=base.author)
    git.set_reference("refs/heads/main", orphan)
    done = published(page, evidence)
    assert done.moved
    assert "was rewritten" in done.problem
    assert nothing_happened(page, evidence)


# --- others


def of_a_person(page, body):
    """Somebody opens a pull request from a branch of the repository."""
    git = repository(page).git
    git.set_reference("refs/heads/theirs", git.resolve("refs/heads/main"))
    commit(page, {"cart/cart_test.go": BEFORE + "// theirs\n"}, branch="theirs")
    page.simulator.world.tokens["bea"] = Token(value="bea", login="bea")
    with page.simulator.activate():
        client = Github(auth=Auth.Token("bea"), seconds_between_requests=0, seconds_between_writes=0, retry=None)
        return client.get_repo(REPO).create_pull(base="main", head="theirs", title="Mine", body=body).number


def test_another_pull_request_that_closes_the_issue_was_opened_meanwhile(page):
    evidence = the_evidence(page)
    number = of_a_person(page, f"Fixes #{page.number}")
    done = published(page, evidence)
    assert done.problem.startswith("duplicate")
    assert (done.pull, done.branch) == (number, "")
    assert head_of(page, evidence) is None


def test_one_about_another_issue_is_no_duplicate(page):
    of_a_person(page, f"Fixes #{page.number}0, see #{page.number}")
    assert published(page, the_evidence(page)).problem == ""


def test_one_of_a_stranger_is_no_duplicate_either(page):
    """It is named in ours, where the gate saw it."""
    body = f"Fixes #{page.number}"
    propose(page, 90, "patch-1", {"a_test.go": "package a\n"}, body=body, author="mallory", fork=forked(page))
    evidence = the_evidence(page, claims=(Claim(pull=90, author="mallory"),))
    done = published(page, evidence)
    assert (done.problem, done.pull > 0) == ("", True)
    [ours] = [pull for pull in pulls(page) if pull.number == done.pull]
    assert "another pull request that claims to close this issue: #90 by `mallory`" in ours.body


def test_one_that_was_a_moment_faster_wins(page):
    """Opened between our last look and our own: the lower number stays, ours is closed."""
    evidence, theirs = the_evidence(page), []

    def meanwhile(entry):
        if entry.method == "POST" and entry.path.endswith("/pulls") and not theirs:
            theirs.append(0)
            theirs[0] = of_a_person(page, f"Fixes #{page.number}")

    page.simulator.on_request = meanwhile
    done = published(page, evidence)
    page.simulator.on_request = None
    assert (done.problem.partition(":")[0], done.pull) == ("duplicate", theirs[0])
    states = {pull.number: pull.state for pull in pulls(page)}
    assert states.pop(theirs[0]) == "open"
    assert list(states.values()) == ["closed"]
    assert published(page, evidence).pull == theirs[0], "and so it stays"


def test_a_branch_of_somebody_else_is_left_alone(page):
    evidence = the_evidence(page)
    git = repository(page).git
    git.set_reference(f"refs/heads/{evidence.task.branch}", evidence.task.base_sha)
    theirs = commit(page, {"x": "y\n"}, branch=evidence.task.branch)
    done = published(page, evidence)
    assert "somebody else" in done.problem
    assert head_of(page, evidence) == theirs
    assert pulls(page) == []


def test_what_a_person_pushed_after_it_was_opened_stays(page):
    evidence = the_evidence(page)
    first = published(page, evidence)
    theirs = commit(page, {"cart/cart_test.go": AFTER + "// better\n"}, branch=evidence.task.branch)
    again = published(page, evidence)
    assert (again.pull, again.head_sha, again.problem) == (first.pull, theirs, "")
    assert head_of(page, evidence) == theirs


def test_a_pull_request_that_was_closed_is_not_opened_again(page):
    evidence = the_evidence(page)
    first = published(page, evidence)
    repository(page).issues[first.pull].state = "closed"
    again = published(page, evidence)
    assert (again.pull, len(pulls(page))) == (first.pull, 1)
    assert "closed already" in again.problem


# --- without a pull request


def test_off_by_configuration_the_branch_stays_with_a_text(page):
    evidence = the_evidence(page)
    done = published(page, evidence, fix_pull_requests="false")
    assert (done.pull, pulls(page)) == (0, [])
    assert (done.branch, done.head_sha) == (evidence.task.branch, head_of(page, evidence))
    assert (
        f"/{REPO}/compare/main...{evidence.task.branch}?expand=1&title=tests%3A%20stabilize%20TestTotal"
        in done.compare_url
    )
    assert done.text.startswith("**Verified:**")
    assert published(page, evidence, fix_pull_requests="false") == done


def test_where_github_refuses_its_own_token_the_branch_stays():
    page = a_run(actions_can_open_pulls=False)
    evidence = the_evidence(page)
    done = published(page, evidence)
    assert "not permitted to create" in done.problem
    assert (done.pull, done.branch, bool(done.compare_url)) == (0, evidence.task.branch, True)
    repository(page).actions_can_approve_pull_requests = True
    assert published(page, evidence).pull == pulls(page)[0].number, "run again once it is allowed"


def test_refused_with_a_422(page):
    page.simulator.fail(method="POST", path="/pulls$", status=422, message="GitHub Actions is not permitted to create")
    done = published(page, the_evidence(page))
    assert ("not permitted" in done.problem, bool(done.compare_url)) == (True, True)


def test_labels_are_not_worth_failing_for(page):
    said = []
    page.simulator.fail(method="POST", path="/issues/\\d+/labels$", status=403, message="Resource not accessible")
    done = published(page, the_evidence(page), said=said)
    assert (done.problem, done.pull) == ("", pulls(page)[0].number)
    assert any("no labels" in line for line in said)


def test_a_dry_run_writes_nothing(page):
    evidence, said = the_evidence(page), []
    before = len(page.simulator.requests)
    done = published(page, evidence, said=said, dry_run="true")
    assert [entry.path for entry in page.simulator.requests[before:] if is_write(entry)] == []
    assert nothing_happened(page, evidence)
    assert (done.branch, done.text.startswith("**Verified:**")) == ("", True)
    assert "dry-run" in done.problem
    assert "would push" in said[-1]


# --- deaths


def test_killed_at_every_request_and_run_again(page):
    """Before each request, git's push included among what lies between them, and after the last one."""
    evidence = the_evidence(page)
    calm = replace(page, simulator=copied(page.simulator))
    before = len(calm.simulator.requests)
    wanted = published(calm, evidence)
    requests = calm.simulator.requests[before:]
    pushed = set()
    for entry, early in [*((entry, True) for entry in requests), (requests[-1], False)]:
        where = f"{'before' if early else 'after'} {entry.method} {entry.path}"
        _forget(page)
        victim = replace(page, simulator=copied(page.simulator))
        hook = killing(entry.number, before=early)
        victim.simulator.on_request, victim.simulator.after_request = (hook, None) if early else (None, hook)
        with pytest.raises(Killed):
            published(victim, evidence)
        pushed.add((head_of(victim, evidence) is not None, len(pulls(victim))))
        victim.simulator.on_request = victim.simulator.after_request = None
        done = published(victim, evidence)
        assert replace(done, text=wanted.text) == wanted, where
        [pull] = pulls(victim)
        assert (pull.labels, pull.state) == ([LOW], "open"), where
        assert head_of(victim, evidence) == wanted.head_sha, where
    assert pushed == {(False, 0), (True, 0), (True, 1)}, "each state that a death can leave was there"


def _forget(page):
    """Copies of a world share its git."""
    git = repository(page).git
    for name in git.references():
        if name.startswith(("refs/heads/ai/", "refs/pull/")):
            git.delete_reference(name)


def test_an_answer_that_was_lost_is_found_again(page):
    evidence = the_evidence(page)
    page.simulator.fail(method="POST", path="/pulls$", cut="after")
    done = published(page, evidence)
    assert (done.problem, done.pull) == ("", pulls(page)[0].number)
    assert len(pulls(page)) == 1


# --- as the workflow calls it


def hand_on(evidence, folder):
    """What gate, generate, reproduce and two legs of verify left."""
    made = folder_of(evidence.task.id, artifacts=folder)
    for record in (evidence.task, evidence.fix, evidence.reproduction):
        made.write(record)
    judged = evidence.conclusion.judged
    for leg in evidence.task.legs:
        share = replace(judged, strata=tuple(item for item in judged.strata if item.leg == leg))
        record = Verification(
            task=evidence.task.id, leg=leg, base_sha=evidence.task.base_sha, judged=(share,),
            commands=evidence.conclusion.commands, problems=(),
        )  # fmt: skip
        made.write(record)
    return made


def ftc(page, folder, evidence, *flags, grants=None, **env):
    """``ftc fix publish`` in a process of its own, against GitHub over HTTP, git included."""
    page.simulator.world.tokens[PUBLISHER].permissions = {
        name.replace("-", "_"): level for name, level in (grants or GRANTS).items()
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FTC_", "GITHUB_"))}
    with serving(page.simulator) as url:
        variables = {
            "PYTHONPATH": str(ROOT),
            "FTC_API_URL": url,
            "FTC_WRITE_INTERVAL_SECONDS": "0",
            "FTC_TOKEN": PUBLISHER,
            "FTC_MODE": "fix",
            "GITHUB_REPOSITORY": REPO,
            "GITHUB_OUTPUT": str(folder / "output"),
        }
        argv = [sys.executable, "-m", "ftc", "fix", "publish", "--task", evidence.task.id, "--artifacts", str(folder)]
        return subprocess.run(
            [*argv, *flags], env={**kept, **variables, **env}, cwd=ROOT, capture_output=True, text=True, timeout=60,
            check=False,
        )  # fmt: skip


def test_the_job_pushes_with_what_it_is_granted(page, tmp_path):
    evidence = the_evidence(page)
    made = hand_on(evidence, tmp_path)
    done = ftc(page, tmp_path, evidence)
    assert (done.returncode, done.stderr) == (0, "")
    [pull] = pulls(page)
    assert (pull.author, pull.labels) == (BOT, [LOW])
    publication = made.read(Publication)
    assert (publication.pull, publication.head_sha) == (pull.number, head_of(page, evidence))
    assert "sha256<<" in (tmp_path / "output").read_text()
    again = ftc(page, tmp_path, evidence)
    assert (again.returncode, made.read(Publication).head_sha) == (0, publication.head_sha)
    assert len(pulls(page)) == 1


@pytest.mark.parametrize(
    ("grants", "code", "branch"),
    [
        ({**GRANTS, "contents": "read"}, 1, False),  # git's push is refused
        ({**GRANTS, "pull-requests": "read"}, 0, True),  # the branch stays, with the text
    ],
)
def test_without_a_grant(page, tmp_path, grants, code, branch):
    evidence = the_evidence(page)
    hand_on(evidence, tmp_path)
    done = ftc(page, tmp_path, evidence, grants=grants)
    assert done.returncode == code, done.stderr
    assert pulls(page) == []
    assert (head_of(page, evidence) is not None) is branch
    assert PUBLISHER not in done.stdout + done.stderr


def test_a_request_under_proof_is_nothing_to_publish(page, tmp_path):
    evidence = the_evidence(page, kind=TaskKind.VERIFY)
    made = hand_on(evidence, tmp_path)
    done = ftc(page, tmp_path, evidence)
    assert (done.returncode, "nothing to publish" in done.stdout) == (0, True)
    assert not (made.part("publish") / "publication.json").exists()


def test_switched_off(page, tmp_path):
    evidence = the_evidence(page)
    hand_on(evidence, tmp_path)
    done = ftc(page, tmp_path, evidence, FTC_DISABLED="true")
    assert (done.returncode, done.stdout.startswith("Disabled")) == (0, True)
    assert nothing_happened(page, evidence)


def test_documents_that_do_not_belong_together(page, tmp_path):
    evidence = the_evidence(page)
    made = hand_on(evidence, tmp_path)
    for wrong in (
        replace(evidence.task, branch="main"),
        replace(evidence.task, id="2-other"),
        replace(evidence.task, issue=9),
    ):
        with pytest.raises(UsageError):
            evidence_of(made, wrong, Config(), name=evidence.task.id)
    (made.part("generate") / "fix.json").unlink()
    with pytest.raises(RecordUnreadable):
        evidence_of(made, evidence.task, Config(), name=evidence.task.id)


def test_a_person_s_token_pushes_where_the_bot_keeps_the_issues(page):
    """``code-token`` starts CI; the issues are still those of the job's own account."""
    page.simulator.world.tokens[PUBLISHER] = Token(value=PUBLISHER, login="bea")
    evidence = the_evidence(page)
    done = published(page, evidence, read=TOKEN)
    [pull] = pulls(page)
    assert (done.problem, pull.author) == ("", "bea")
    assert "CI may not have started" not in pull.body
