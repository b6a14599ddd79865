"""The static HTML report: a folder of pages that works from a file, without a network and without a server.

The rule it keeps: every value is escaped by the environment, scripts and styles are files of the folder only, and the
same state at the same moment gives the same bytes.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ftc.core.binomial import percent
from ftc.core.markdown import strip_control
from ftc.core.model import Status
from ftc.core.next_step import words
from ftc.render.amounts import dollars, duration, share, span
from ftc.render.environment import SHORT_SHA, template_root
from ftc.render.report_detail import detail, excerpt
from ftc.render.report_rows import Project, groups, options, rows
from ftc.render.report_statistics import statistics

FOLDER = "report"
ASSETS = {
    "assets/report.css": "assets/report.css",
    "assets/report.js": "assets/report.js",
    "assets/charts.js": "assets/charts.js",
    "assets/statistics.js": "assets/statistics.js",
    "assets/uPlot.iife.min.js": "vendor/uplot-1.6.32/uPlot.iife.min.js",
    "assets/uPlot.min.css": "vendor/uplot-1.6.32/uPlot.min.css",
    "assets/uPlot-LICENSE.txt": "vendor/uplot-1.6.32/LICENSE",
}
"""Files of a report that are the same in every one: where they go, and where they lie under the templates."""
SAFE_URL = re.compile(r"https?://[\x21-\x7e]+")


def report_files(projects: Sequence[Project], *, now: datetime) -> Mapping[str, str]:
    """Every file of the report by its path inside the folder; ``now`` is aware UTC."""
    listed = rows(projects, now=now)
    common: dict[str, object] = {"now": now, "root": "", "repos": tuple(project.repo for project in projects)}
    files = {target: _asset(source) for target, source in ASSETS.items()}
    files["index.html"] = _page(
        "index.html.j2",
        common | {"groups": groups(listed), "options": options(listed), "projects": projects},
    )
    files["statistics.html"] = _page("statistics.html.j2", common | {**statistics(projects, now=now)})
    common["root"] = "../"
    files |= {row.page: _page("flake.html.j2", common | {"row": row, "shown": detail(row, now=now)}) for row in listed}
    return files


def _asset(path: str) -> str:
    return (template_root() / FOLDER / path).read_text(encoding="utf-8")


def _page(template: str, values: Mapping[str, object]) -> str:
    return _environment().get_template(template).render(values).strip() + "\n"


@cache
def _environment() -> Environment:
    """HTML with autoescape; hidden and turning-round characters of names and logs are taken out on printing."""
    made = Environment(
        loader=FileSystemLoader(template_root() / FOLDER),
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
    )
    made.filters.update(
        utc=utc,
        span=span,
        share=share,
        duration=duration,
        dollars=dollars,
        percent=percent,
        safe_url=safe_url,
        breakable=breakable,
        short=short,
        excerpt=excerpt,
        words=lambda name: words(Status(name)),
    )
    return made


def _visible(value: object) -> object:
    return strip_control(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def utc(moment: date | None) -> Markup:
    """A ``<time>`` to the minute, or a day."""
    if moment is None:
        return Markup("–")
    text = moment.strftime("%Y-%m-%d %H:%M") if isinstance(moment, datetime) else moment.isoformat()
    return Markup('<time datetime="{}">{}</time>').format(moment.isoformat(), text)


def safe_url(url: str) -> str:
    """The address if it is a plain http one, else nothing; a template links only to what this gives."""
    return url if SAFE_URL.fullmatch(url) and not set(url) & set("\"'<>\\`") else ""


def short(sha: str) -> str:
    """The part of a sha that people read."""
    return sha[:SHORT_SHA]


def breakable(text: str) -> Markup:
    """A name that may wrap after the signs that part it, where a browser alone would not."""
    return Markup("<wbr>").join(re.split(r"(?<=[/.:_\[])(?=[^/.:_\[])", strip_control(text)))
