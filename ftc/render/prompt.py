"""What a model is told, from the files in ``prompts/``.

The rule it keeps: text of others stands in a prompt only as marked data. A value printed bare is cut to one line
without angle brackets; longer ones go through ``data``, inside which nothing can end the mark.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import ftc
from ftc.core.dialogue import System, User
from ftc.core.forms import Schema
from ftc.core.markdown import bound, strip_control, strip_hidden

LINE_CHARS = 300
"""Of a value on one line: a name, a message, a reason."""
DATA_LINES, DATA_CHARS = 200, 12_000
"""Of one piece of data; an excerpt has 120 lines, a snippet fewer."""
SOURCE_LINES = 220
"""Of a piece of a file, as the agent reads them."""

_MARK = re.compile(r"<(?=\s*/?\s*data\b)", re.IGNORECASE)


class Told(str):
    """Text that is safe to print into a prompt as it is."""

    __slots__ = ()


def line(value: object) -> Told:
    """Any value on one line, without anything hidden and without angle brackets."""
    shown = " ".join(strip_hidden(strip_control(str(value))).split()).replace("<", "‹").replace(">", "›")
    return Told(shown if len(shown) <= LINE_CHARS else shown[: LINE_CHARS - 1] + "…")


def data(text: str, name: str) -> Told:
    """A text of several lines as data under a name of ours; what readers of the page cannot see is not in it."""
    shown = bound(strip_hidden(strip_control(text)).strip("\n"), max_lines=DATA_LINES, max_chars=DATA_CHARS)
    return Told(f'<data name="{line(name).replace(chr(34), "")}">\n{_MARK.sub("‹", shown)}\n</data>')


def source(text: str, name: str) -> Told:
    """Source text as data under a name of ours: comments stay, since an edit must name its lines as they are."""
    shown = bound(strip_control(text).strip("\n"), max_lines=SOURCE_LINES, max_chars=DATA_CHARS)
    return Told(f'<data name="{line(name).replace(chr(34), "")}">\n{_MARK.sub("‹", shown)}\n</data>')


def numbered(text: str, first: int) -> str:
    """Source text with its line numbers."""
    return "\n".join(f"{count:>5}  {content}" for count, content in enumerate(text.split("\n"), first))


def schema_of(schema: Schema) -> Told:
    """The form of the answer; made by us alone."""
    return Told(json.dumps(schema, ensure_ascii=False))


def prompt_root() -> Path:
    """The folder of prompts: beside the package in a checkout, inside it when installed."""
    package = Path(ftc.__file__).parent
    inside = package / "prompts"
    return inside if inside.is_dir() else package.parent / "prompts"


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(prompt_root()),
        undefined=StrictUndefined,
        finalize=lambda value: value if isinstance(value, Told) else line(value),
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701  # no HTML: ``finalize`` marks off what is not ours
    )
    made.filters.update(data=data, numbered=numbered, source=source, schema=schema_of)
    return made


def prompt(name: str, values: Mapping[str, object]) -> str:
    """One prompt by the name of its file without ending."""
    return _environment().get_template(f"{name}.md.j2").render(values).strip() + "\n"


def messages(task: str, values: Mapping[str, object]) -> tuple[System, User]:
    """The two messages that open a task: the rules of all tasks, and this one with its data."""
    return System(text=prompt("rules", {})), User(text=prompt(task, values))


def repair_prompt(problem: str) -> str:
    """What is said to a model whose answer did not read."""
    return prompt("repair", {"problem": problem})
