"""The proof of somebody's pull request counts for its issue, like every candidate of a fix run.

The rule it keeps: it is judged by what was tried until now, not until its gate looked: of several that were ordered at
once, each that is told makes the next one stricter. It is counted after it was told, once however often it is settled.
"""

from collections.abc import Iterator
from dataclasses import replace

from ftc.core.concluding import conclude
from ftc.core.config import Config
from ftc.core.effects import SaveFlake
from ftc.core.endings import Papers
from ftc.core.model import Flake


def judged_now(papers: Papers, flake: Flake | None, *, config: Config) -> Papers:
    """The papers of a proof with the verdict that what was tried meanwhile leaves it; never a milder one."""
    task = papers.task
    if task is None or flake is None or not papers.verifications:
        return papers
    attempt = 1 + flake.progress.tried(beside=task.id)
    if attempt <= task.attempt:
        return papers
    task = replace(task, attempt=attempt)
    said = conclude(task, papers.verifications, masking=config.masking, pull_on=config.pull_on)
    return replace(papers, task=task, conclusion=said)


def counted(papers: Papers, flake: Flake | None) -> Iterator[SaveFlake]:
    """The state of the issue with this proof in it; nothing where nothing was measured, or it is there already."""
    task, said = papers.task, papers.conclusion
    if task is None or flake is None or said is None or said.proof is None:
        return
    progress = flake.progress.with_proof(task.id, at=task.created)
    if progress != flake.progress:
        yield SaveFlake(number=task.issue, flake=replace(flake, progress=progress))
