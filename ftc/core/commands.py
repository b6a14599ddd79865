"""What a person may ask of the bot: the first line of a comment as a command, or as a hint, or as nothing.

Rule: a command is what ``startsWith`` in the workflow file sees, too: the slash is the very first character of the
comment, so that nothing quoted, fenced, indented or hidden is one. What we print ourselves comes from ``spelled`` and
cannot be read as a command.
"""

import html
import re
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from ftc.core.command_table import BY_NAME, ISSUE, MAX_ISSUES, SPECS, Command, Name, Right, Spec
from ftc.core.markdown import strip_control, strip_hidden

__all__ = ["SPECS", "Command", "HelpLine", "Hint", "Name", "Place", "Right", "Spec", "help_text", "parse", "spelled"]

MAX_SHOWN = 40
"""Characters of a mistyped word that a hint repeats."""
SLIP = 0.6
"""Similarity, of 1, from which an unknown word is taken for a slip; ``analyse`` reaches 0.86, ``deploy`` nothing."""


class Place(StrEnum):
    """Where a comment was written, since the dashboard has a grammar of its own."""

    ISSUE = "issue"
    DASHBOARD = "dashboard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """A line that was meant for us and is no command: what is wrong, and the command that was probably meant."""

    given: str
    problem: str
    nearest: Name | None = None


_FIRST = re.compile(r"/(?:ai-?_?fix|ftc)(?![A-Za-z0-9_./-]*/)", re.IGNORECASE | re.ASCII)
"""The start of a line that is meant for us; a path like ``/ftc/core/model.py`` is not."""


_LINE_END = re.compile("\r\n?|[\u2028\u2029\u0085]")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2069\u3164\ufeff\uffa0]"
)
"""What makes a line read otherwise than it is; the joiner of emoji is not among them."""


def parse(body: str, *, place: Place = Place.ISSUE) -> Command | Hint | None:
    """The command in the first line of a comment, a hint when the line was meant to be one, else nothing."""
    if not _FIRST.match(body):
        return None
    raw, below = _parts(body)
    if _INVISIBLE.search(raw):
        return Hint(given=_shown(strip_control(raw)), problem="the line holds invisible characters; please type it")
    root, rest = [*strip_control(strip_hidden(raw)).split(maxsplit=1), ""][:2]
    if root.lower() == "/ai-fix":
        return _fix(rest.strip(), below, place)
    if root.lower() != "/ftc":
        return _misspelled_root(root)
    word, line = [*rest.split(maxsplit=1), "", ""][:2]
    name = word.lower() or Name.HELP.value
    if name not in tuple(Name) or name == Name.AI_FIX:
        return _unknown(word)
    return _taken(BY_NAME[Name(name)], line.strip(), below)


def _parts(body: str) -> tuple[str, str]:
    """The first line as written, and the visible lines below it without quotes."""
    raw, _, rest = _LINE_END.sub("\n", body).partition("\n")
    # A comment that the first line leaves open would otherwise lend it words from further down.
    if not strip_hidden(raw + "|").endswith("|"):
        return raw, ""
    lines = strip_control(strip_hidden(rest)).split("\n")
    return raw, "\n".join(line for line in lines if not line.lstrip().startswith(">")).strip()


def _fix(rest: str, below: str, place: Place) -> Command | Hint:
    if place is Place.ISSUE:
        return _taken(BY_NAME[Name.AI_FIX], rest, below)
    words = rest.replace(",", " ").split()
    matches = [ISSUE.fullmatch(word) for word in words]
    numbers = tuple(dict.fromkeys(int(match[1]) for match in matches if match))
    if not words or not all(matches):
        problem = "here the command takes issue numbers only, each written with its #"
    elif len(numbers) > MAX_ISSUES:
        problem = f"at most {MAX_ISSUES} issues at a time"
    else:
        return Command(name=Name.AI_FIX, issues=numbers)
    return Hint(given=_shown(rest), problem=problem, nearest=Name.AI_FIX)


def _taken(spec: Spec, line: str, below: str) -> Command | Hint:
    try:
        return Command(name=spec.name, **spec.take(line, below))
    except ValueError as error:
        return Hint(given=_shown(line), problem=str(error), nearest=spec.name)


def _misspelled_root(root: str) -> Hint:
    """``/ftchelp``, ``/ftc-mute``, ``/aifix``, ``/ai-fix!``: one word where two, or another, were meant."""
    word = root[1:].lower()
    tail = word.removeprefix("ftc").strip("-_:.,!")
    if not word.startswith("ftc"):
        return Hint(given=_shown(word), problem="there is no such command", nearest=Name.AI_FIX)
    return _unknown(tail) if tail else Hint(given=_shown(word), problem="there is no such command", nearest=Name.HELP)


def _unknown(word: str) -> Hint:
    close = get_close_matches(word.lower()[:MAX_SHOWN], [name.value for name in Name], n=1, cutoff=SLIP)
    nearest = Name(close[0]) if close else Name.HELP
    return Hint(given=_shown(word), problem="there is no such command", nearest=nearest)


def _shown(text: str) -> str:
    """A short piece of what was written; one line, but still hostile to Markdown."""
    flat = " ".join(text.split())
    return flat if len(flat) <= MAX_SHOWN else flat[: MAX_SHOWN - 1] + "…"


_ACTIVE = re.compile(r"[*_\[\]|`~\\/@#:$]|(?<=www)\.", re.IGNORECASE)
"""What Markdown acts upon inside of ``<code>``. An e-mail address it finds even behind an entity, hence ``<wbr>``."""


def spelled(name: Name, arguments: str = "") -> str:
    """The command as HTML that shows it and cannot give it, wherever it stands and whoever reads it.

    The slash is an entity, so that the text holds no trigger word; unlike an invisible joint it does not come along
    when a person copies the command from the page. GitHub links neither ``#1`` nor ``@x`` inside ``code``.
    """
    words = BY_NAME[name].trigger.removeprefix("/")
    # Entities, also for what Markdown would take as emphasis, a pipe that ends a table cell, a tick, or an address.
    arguments = html.escape(" ".join(strip_control(arguments).split()), quote=False)
    rest = re.sub(r"(?<=\S)&#64;", "&#64;<wbr>", _ACTIVE.sub(lambda match: f"&#{ord(match[0])};", arguments))
    return f"<code>&#47;{words}{' ' + rest if rest else ''}</code>"


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpLine:
    """One command for the help: its usage as safe HTML, who may give it, and what it does."""

    usage: str
    right: Right
    text: str


def help_text() -> tuple[HelpLine, ...]:
    """The help, one line for each command in the table's order; it fits on a screen."""
    return tuple(HelpLine(usage=spelled(spec.name, spec.usage), right=spec.right, text=spec.help) for spec in SPECS)
