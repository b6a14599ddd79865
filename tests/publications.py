"""A fix run that has come as far as publishing: an issue that it holds, a judged patch, and GitHub as it stands.

The rule they keep: git and the patch are real, and the job's token carries just what the publish job is granted.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime
from difflib import unified_diff

import publishing_facts as facts
from scans import PACE
from small import REPO
from threads import Page, a_page

from ftc.agent.patching import apply_patch
from ftc.agent.workspace import mirror
from ftc.core.config import Config
from ftc.core.model import Status
from ftc.core.progress import Lease
from ftc.core.publishing import Evidence
from ftc.core.stress import Verdict
from ftc.jobs.context import open_context
from ftc.jobs.fix.publish import publish
from ftc.jobs.settings import Settings, Tokens
from ftc.simulator.git_backend import NewCommit
from ftc.simulator.git_types import GitIdentity
from ftc.simulator.pushes import after_push

PUBLISHER = "publisher-token-of-acme"
GRANTS = {"contents": "write", "pull-requests": "write", "issues": "read"}
CREATED = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
TEST_FILE = "cart/cart_test.go"
BEFORE = 'package cart\n\nfunc TestTotal(t *testing.T) {\n\tstart()\n\tif state() != "ready" {\n\t\tt.Fatal()\n\t}\n}\n'
AFTER = BEFORE.replace("\tstart()\n", "\tstart()\n\twaitReady()\n")
TEMPLATE = "### What problem does this PR solve?\n\n<!-- close #xxx here -->\nIssue Number: Close #xxx\n"
FILES = {
    TEST_FILE: BEFORE,
    "cart/cart.go": "package cart\n",
    "cart/testdata/a.txt": "a\n",
    "shipping/shipping.go": "package shipping\n",
    ".github/pull_request_template.md": TEMPLATE,
}
CONVENTIONAL = [{"message": f"feat(cart): more of it, {n}", "files": {"NOTES": f"{n}\n"}} for n in range(6)]


def a_run(**repository) -> Page:
    """A page whose issue a fix run holds."""
    page = a_page(files=FILES, **repository)
    token = {"permissions": GRANTS, "repository": REPO}
    page.simulator.add(json.dumps({"tokens": {PUBLISHER: token}}, indent=1))
    held = replace(page.flake.progress, lease=Lease(run="77", attempt=1, nonce="abc", taken=page.now))
    page.save(replace(page.flake, status=Status.FIXING, progress=held))
    return page


def repository(page):
    return page.simulator.world.repository(REPO)


def patch(path=TEST_FILE, before=BEFORE, after=AFTER):
    """A patch as git writes one, of a file that is there."""
    lines = unified_diff(before.splitlines(True), after.splitlines(True), f"a/{path}", f"b/{path}")
    return f"diff --git a/{path} b/{path}\n{''.join(lines)}"


def new_file(path, text):
    """A patch that adds a file."""
    lines = "".join(f"+{line}\n" for line in text.splitlines())
    head = f"diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n"
    return f"{head}@@ -0,0 +1,{len(text.splitlines())} @@\n{lines}"


def a_task(page, **over):
    """The task that the gate froze for the page's issue."""
    name = f"{page.number}-abc"
    base = repository(page).git.resolve("refs/heads/main")
    values = {"id": name, "issue": page.number, "repo": REPO, "source_repo": REPO, "tests": (page.flake.test,)}
    return facts.a_task(**{**values, "base_sha": base, "created": CREATED, **over})


def the_evidence(page, text=None, *, verdict=Verdict.VERIFIED, judged=None, over=None, **task):
    """What was handed on about one patch that verify has judged; ``over`` changes the conclusion."""
    text = patch() if text is None else text
    made = a_task(page, **task)
    diff, files = judged_diff(page, made.base_sha, text)
    found = facts.a_judged(**{"files": files, "diff": diff, **(judged or {})})
    run = {"task": made.id, "base_sha": made.base_sha}
    return Evidence(
        task=made,
        fix=facts.a_fix(facts.a_candidate(patch=text, summary="Wait until it is ready."), **run),
        conclusion=facts.a_conclusion(verdict=verdict, judged=found, **(over or {})),
        reproduction=facts.a_reproduction(**run),
    )


def judged_diff(page, base, text):
    """What verify saw: git's account of the patch on its base."""
    with mirror(f"{page.simulator.world.git_root.as_uri()}/{REPO}.git") as copy:
        applied = apply_patch(copy, base, text)
        return applied.text, tuple(change.path for change in applied.changes)


def context(page, *, read="", said=None, **config):
    """The publish job's surroundings."""
    values = {"repo": REPO, "mode": "fix", **config}
    settings = Settings(
        config=Config.load([("test", {name.replace("_", "-"): value for name, value in values.items()})]),
        tokens=Tokens(read=read or PUBLISHER, issue=PUBLISHER),
    )
    ctx = open_context(settings, {}, now=page.now, pace=PACE)
    say = said.append if said is not None else (lambda _: None)
    return replace(ctx, say=say, server_url=page.simulator.world.git_root.as_uri())


def published(page, evidence, *, said=None, **config):
    """The whole job in this process."""
    with page.simulator.activate():
        return publish(context(page, said=said, **config), evidence, token=PUBLISHER)


def head_of(page, evidence):
    """Where the run's branch is; None where there is none."""
    return repository(page).git.resolve(f"refs/heads/{evidence.task.branch}")


def pulls(page):
    return list(repository(page).pulls())


def commit(page, files, message="Meanwhile", branch="main", author="Ada"):
    """Somebody commits and pushes; the new head."""
    who = GitIdentity(name=author, email=f"{author.lower()}@example.com", date=page.now)
    data = {path: None if text is None else text.encode() for path, text in files.items()}
    git = repository(page).git
    git.add_commits(branch, [NewCommit(message=message, files=data, author=who)])
    after_push(page.simulator.world, repository(page), actor="ada")
    return git.resolve(f"refs/heads/{branch}")
