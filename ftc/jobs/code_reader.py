"""The code of the read repository for a whole job: one mirror, opened when something is first read from it.

The rule it keeps: code that cannot be had is a problem in the analysis, never the end of the job.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ftc.agent.context import gather
from ftc.agent.workspace import Mirror, mirror
from ftc.core.analysis import Sources
from ftc.core.errors import FtcError
from ftc.core.model import Flake
from ftc.ingest.publishable import one_line
from ftc.jobs.analyze import Gather, web_address
from ftc.jobs.context import Context


@contextmanager
def code_reader(ctx: Context, *, token: str) -> Iterator[Gather]:
    """A function from flakes to their code; after a failure it asks the remote no more in this job."""
    url = f"{web_address(ctx.config.api_url)}/{ctx.read.repo}.git"
    root = Path(ctx.config.workspace) if ctx.config.workspace else None
    problems: list[str] = []
    opened: list[Mirror] = []

    with ExitStack() as stack:

        def read(flake: Flake) -> Sources:
            if problems:
                return Sources(problems=tuple(problems))
            try:
                if not opened:
                    opened.append(stack.enter_context(mirror(url, token, root)))
                return gather(flake, opened[0], sanitizer=ctx.sanitizer)
            except FtcError as error:
                problems.append(one_line(f"The code could not be read: {error}", sanitizer=ctx.sanitizer))
                return Sources(problems=tuple(problems))

        yield read
