"""The Actions runtime: step outputs, the job summary, and text that the runner must not take for a command.

The rule it keeps: nothing printed by us is executed; see
https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands.
"""

from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

SUMMARY_LIMIT = 1_000_000
"""Bytes; GitHub drops a step's summary of more than 1 MiB."""


def write_outputs(environ: Mapping[str, str], values: Mapping[str, object]) -> None:
    """Hand values to later steps; nothing happens outside of a runner.

    The delimiter is random, so that no value can end its own block and set another output.
    """
    if path := environ.get("GITHUB_OUTPUT"):
        mark = f"ftc_{uuid4().hex}"
        text = "".join(f"{name}<<{mark}\n{value}\n{mark}\n" for name, value in values.items())
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)


def write_summary(environ: Mapping[str, str], markdown: str) -> None:
    """Append to the job summary, cut to GitHub's limit; nothing happens outside of a runner."""
    if path := environ.get("GITHUB_STEP_SUMMARY"):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(markdown.encode()[:SUMMARY_LIMIT].decode(errors="ignore"))
