"""The code of the repository under watch, for whoever explains a failure of it.

Rule: an analysis never fails because the code could not be read; then it says so and goes on without.
"""

from ftc.agent.context import gather
from ftc.agent.kept import kept_at
from ftc.agent.workspace import mirror
from ftc.core.analysis import Sources
from ftc.core.errors import BudgetExceeded, FtcError, GitHubError
from ftc.core.model import Flake
from ftc.jobs.context import Context


def sources_for(ctx: Context, flake: Flake) -> Sources:
    """Snippets and suspects for a flake; an expected failure becomes empty sources with the problem in words."""
    if not ctx.server_url:
        return Sources(problems=("the code was not read: nobody said where its git server is",))
    url = f"{ctx.server_url}/{ctx.config.repo}.git"
    try:
        with mirror(url, ctx.read_token, kept_at(ctx.config)) as copy:
            return gather(flake, copy, sanitizer=ctx.sanitizer, last_pass_sha=last_pass(ctx, flake))
    except FtcError as error:
        return Sources(problems=(ctx.sanitizer.clean(f"the code was not read: {error}"),))


def last_pass(ctx: Context, flake: Flake) -> str:
    """The newest commit of the base branch at which the flake's workflow passed before it ever failed; one request.

    Empty where there is none or GitHub does not say: then suspicion starts some days before the first failure.
    """
    first = min(flake.occurrences, key=lambda item: item.created, default=None)
    if first is None or first.source != "actions":
        return ""
    try:
        branch, before = ctx.base_branch, flake.first_seen or first.created
        found = ctx.read.last_success(branch=branch, workflow=first.workflow, before=before)
    except (GitHubError, BudgetExceeded):
        return ""
    return found.sha if found else ""
