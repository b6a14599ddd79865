"""The Actions runtime: step outputs, the job summary, and text that the runner must not take for a command.

The rule it keeps: nothing printed by us is executed; see
https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import uuid4

from ftc.core.errors import UsageError
from ftc.core.markdown import strip_control

SUMMARY_LIMIT = 1_000_000
"""Bytes; GitHub drops a step's summary of more than 1 MiB."""

ANNOTATION_LIMIT = 10
"""Of each level and step; GitHub silently drops further ones."""

FOLDER = "flaky-test-cleaner"
"""Below RUNNER_TEMP, which is emptied with every job and lies outside of the workspace."""
REPORT = f"{FOLDER}/report.json"


class Level(StrEnum):
    """The levels of an annotation."""

    NOTICE = "notice"
    WARNING = "warning"
    ERROR = "error"


def masks(environ: Mapping[str, str], secrets: Iterable[str]) -> Iterator[str]:
    """Lines to print before anything else, so that the runner hides these values in every later line."""
    if environ.get("GITHUB_ACTIONS") == "true":
        lines = {line for secret in secrets for line in secret.splitlines() if line.strip()}
        yield from sorted(f"::add-mask::{_escaped(line)}" for line in lines)


def annotations(environ: Mapping[str, str], messages: Iterable[tuple[Level, str]]) -> Iterator[str]:
    """Lines that show messages on the page of the run; beyond the limit, and off a runner, they are plain text."""
    seen: Counter[Level] = Counter()
    for level, message in ((level, strip_control(text)) for level, text in messages):
        seen[level] += 1
        if environ.get("GITHUB_ACTIONS") == "true" and seen[level] <= ANNOTATION_LIMIT:
            yield f"::{level} title=flaky-test-cleaner::{_escaped(message)}"
        else:
            yield harmless(f"{level}: {message}")


def harmless(text: str) -> str:
    """The text with every line that the runner would take for a command broken up visibly.

    Recognised are ``::`` at the beginning of a line, and the older ``##[`` anywhere in it.
    """
    return "\n".join(_harmless_line(line) for line in text.replace("\r", "\n").split("\n"))


def harmless_json(text: str) -> str:
    """The same JSON with nothing in it that the runner takes for a command; inside of a string it is the same text."""
    return text.replace("##[", "##\\u005b")


def _harmless_line(line: str) -> str:
    if line.lstrip().startswith("::"):
        line = line.replace("::", ": :", 1)
    return line.replace("##[", "## [")


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def write_report(environ: Mapping[str, str], text: str) -> Path | None:
    """Write the JSON report outside of the workspace, for upload; ``None`` where there is no RUNNER_TEMP."""
    if not environ.get("RUNNER_TEMP"):
        return None
    path = Path(environ["RUNNER_TEMP"]) / REPORT
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def folder(environ: Mapping[str, str]) -> Path | None:
    """Where files for later jobs are put; ``None`` where there is no RUNNER_TEMP."""
    return Path(environ["RUNNER_TEMP"]) / FOLDER if environ.get("RUNNER_TEMP") else None


def write_file(environ: Mapping[str, str], name: str, text: str) -> Path | None:
    """Write a file for later jobs below RUNNER_TEMP; ``None`` where there is none. ``name`` is never a person's."""
    if (parent := folder(environ)) is None:
        return None
    path = parent / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def event_payload(environ: Mapping[str, str]) -> Mapping[str, Any]:
    """The event that started the workflow, as GitHub sent it and as hostile; empty where there is none."""
    path = Path(environ.get("GITHUB_EVENT_PATH") or "/nonexistent")
    try:
        payload = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UsageError(f"the event in {str(path)!r} cannot be read ({error}); GITHUB_EVENT_PATH names it") from None
    return payload if isinstance(payload, dict) else {}


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
