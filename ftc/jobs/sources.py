"""The code of the repository under watch, for whoever explains a failure of it.

Rule: an analysis never fails because the code could not be read; then it says so and goes on without.
"""

from pathlib import Path

from ftc.agent.context import gather
from ftc.agent.workspace import mirror
from ftc.core.analysis import Sources
from ftc.core.errors import FtcError
from ftc.core.model import Flake
from ftc.jobs.context import Context


def sources_for(ctx: Context, flake: Flake, *, last_pass_sha: str = "") -> Sources:
    """Snippets and suspects for a flake; an expected failure becomes empty sources with the problem in words."""
    if not ctx.server_url:
        return Sources(problems=("the code was not read: nobody said where its git server is",))
    url = f"{ctx.server_url}/{ctx.config.repo}.git"
    root = Path(ctx.config.workspace).expanduser() if ctx.config.workspace else None
    try:
        with mirror(url, ctx.read_token, root) as copy:
            return gather(flake, copy, sanitizer=ctx.sanitizer, last_pass_sha=last_pass_sha)
    except FtcError as error:
        return Sources(problems=(ctx.sanitizer.clean(f"the code was not read: {error}"),))
