"""The one jinja2 environment: Markdown in, with every value escaped unless a filter has made it safe.

The rule it keeps: a template cannot print hostile text by forgetting a filter. Values are escaped when they are
printed; only ``Markdown``, which the filters below return, goes through as it is.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from html import escape
from math import ceil
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import ftc
from ftc.core.markdown import JOINT, fence, inline_code, plain, sentence, strip_control
from ftc.core.model import EvidenceItem
from ftc.core.next_step import words
from ftc.core.owners import can_be_mentioned
from ftc.render.amounts import dollars, duration, share, span

OPINION = "opinion"
"""The one piece of evidence whose words are a model's."""
LEAST_P = 0.0001
"""Below which a p-value is told to be below it."""
SHORT_SHA = 7
"""Characters of a sha that people read; GitHub shows as many."""

_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d{1,5})?(?:/[A-Za-z0-9._~%/?&=#:+,;!@-]*)?")
"""An address that nothing in Markdown ends or turns into something else, and that names no login before its host."""


class Markdown(str):
    """Text that is safe to print into an issue as it is."""

    __slots__ = ()


def code(text: object) -> Markdown:
    """An inline code span that holds any text."""
    return Markdown(inline_code(str(text)))


def html_code(text: object) -> Markdown:
    """A code span as HTML, for places such as ``<summary>`` in which GitHub reads no Markdown."""
    return Markdown(f"<code>{escape(' '.join(strip_control(str(text)).split()))}</code>")


def block(text: str, info: str = "") -> Markdown:
    """A fenced block that holds any text."""
    return Markdown(fence(text, info))


def utc(moment: date | None) -> Markdown:
    """A time to the minute, or a day."""
    if moment is None:
        return Markdown("–")
    return Markdown(moment.strftime("%Y-%m-%d %H:%M") if isinstance(moment, datetime) else moment.isoformat())


def days(span: timedelta) -> Markdown:
    """A span of time in days, with one decimal below ten."""
    count = span / timedelta(days=1)
    shown = f"{count:.0f}" if count >= 10 or count == int(count) else f"{count:.1f}"
    return Markdown(f"{shown} day" if shown == "1" else f"{shown} days")


def percent(share: float) -> Markdown:
    """A share as a percentage, with one decimal near the ends, so that nothing uncertain reads 0 % or 100 %."""
    return Markdown(f"{share:.0%}" if 0.1 <= share <= 0.9 else f"{share:.1%}")


def at_most(share: float) -> Markdown:
    """An upper bound as a percentage, rounded up to two digits: rounded down it would claim more than was measured."""
    digits = 0 if share >= 0.1 else 1 if share >= 0.01 else 2
    return Markdown(f"{ceil(round(share * 100 * 10**digits, 6)) / 10**digits:.{digits}f}%")


def p_value(chance: float) -> Markdown:
    """A p-value with its sign of comparison, as ``= 0.013``; nobody reads an exponent."""
    return Markdown(f"= {chance:.2g}" if chance >= LEAST_P else f"< {LEAST_P}")


def signed(weight: float) -> Markdown:
    """A weight in log-odds with its sign."""
    return Markdown(f"{weight:+.1f}")


def short(sha: str) -> str:
    """The part of a sha that people read; still to be escaped."""
    return sha[:SHORT_SHA]


def evidence(item: EvidenceItem) -> Markdown:
    """What one rule found, with its commits as code, so that they can be copied; a model's words are not ours."""
    return Markdown(plain(item.text) if item.rule == OPINION else sentence(item.text))


def link(text: str, url: str) -> Markdown:
    """A link to an http address, or just the text when the address could be anything else."""
    return Markdown(f"[{plain(text)}]({url})" if _ADDRESS.fullmatch(url) else plain(text))


def reference(number: int) -> Markdown:
    """A reference to an issue of the same repository."""
    return Markdown(f"#{number:d}")


def mentions(names: Sequence[str]) -> Markdown:
    """Mentions that notify logins and teams; any other text is left out."""
    return Markdown(", ".join(f"@{name}" for name in names if can_be_mentioned(name)))


def cell(text: Markdown | str) -> Markdown:
    """Text for a table cell: one line, with no bar that would open another cell.

    A backslash in front of a bar is parted from it, since some parsers take the two backslashes for one.
    """
    printed = text if isinstance(text, Markdown) else plain(str(text))
    return Markdown(" ".join(printed.splitlines()).replace("\\|", f"\\{JOINT}|").replace("|", "\\|"))


def escaped(value: object) -> str:
    """What a template prints for a value: escaped, unless it is known to be safe."""
    return value if isinstance(value, Markdown) else plain(str(value))


def template_root() -> Path:
    """The folder of templates: beside the package in a checkout, inside it when installed."""
    package = Path(ftc.__file__).parent
    inside = package / "templates"
    return inside if inside.is_dir() else package.parent / "templates"


@cache
def environment(language: str) -> Environment:
    """The environment of one language; an unknown name in a template is an error, never an empty string."""
    made = Environment(
        loader=FileSystemLoader([template_root() / language, template_root()]),
        undefined=StrictUndefined,
        finalize=escaped,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701  # Markdown, not HTML: ``finalize`` escapes for it
    )
    made.filters.update(
        code=code,
        html_code=html_code,
        block=block,
        utc=utc,
        days=days,
        percent=percent,
        at_most=at_most,
        p_value=p_value,
        signed=signed,
        short=short,
        evidence=evidence,
        link=link,
        cell=cell,
        reference=reference,
        mentions=mentions,
        span=span,
        share=share,
        duration=duration,
        dollars=dollars,
        words=words,
    )
    return made


def render(template: str, values: Mapping[str, object], *, language: str = "en") -> str:
    """The text of one template, ending in one line end."""
    return environment(language).get_template(template).render(values).strip() + "\n"
