"""The comment with the analysis: its visible part fits on a screen, everything else is folded.

The rule it keeps: the same analysis gives the same bytes, and the comment stays below the limit whatever it holds.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from posixpath import splitext
from typing import Any
from urllib.parse import quote

from ftc.core.analysis import Analysis, Cause, Clue, RootCause, Snippet, Suspect
from ftc.core.commands import Name, spelled
from ftc.core.markdown import JOINT, bound, strip_control
from ftc.render.environment import Markdown, link, render

VISIBLE_LINES = 25
"""Rendered lines outside of what is folded (spec, section 7)."""
LINE_CHARS = 100
"""Characters of a reason or step in the visible part: with its marks it fits on one line; the whole is folded below."""
SHORT_CHARS = 75
"""Of what has further words on its line."""
SHOWN_FOR, SHOWN_AGAINST, SHOWN_NEXT, SHOWN_STEPS, SHOWN_FILES = 3, 2, 2, 3, 3
FULL_CHARS = 500
"""Characters of one reason, step or check in the folded part; more is an essay."""
FULL_ITEMS, MOST_CAUSES = 5, 4
"""Reasons of one side, steps, checks, suspects and problems in the folded part; and causes."""
COMMENT_BUDGET = 45_000
"""Characters of the comment before its hidden plan; GitHub refuses 65,536 in all."""
SNIPPET_LINES, SNIPPET_CHARS, SKETCH_CHARS, COMMAND_CHARS = 60, 4_000, 6_000, 600
PATH_CHARS, MOST_FILES = 300, 20
"""Of one path, and of paths listed."""
LEAST_CHARS = 40
"""Of a reason or step in the folded part when nothing else is left to give up."""
_OWN = re.compile(r"<!--(?= flaky-test-cleaner:)|/(?=ai-?_?fix|ftc(?:\s|$))", re.IGNORECASE)
"""What must not be found in text of others: hidden marks of ours, and our commands wherever they stand."""
_COMMANDS: Mapping[str, Markdown] = {
    "approve": Markdown(spelled(Name.AI_FIX)),
    "force": Markdown(spelled(Name.AI_FIX, "force")),
    "analyze": Markdown(spelled(Name.ANALYZE)),
    "wontfix": Markdown(spelled(Name.WONTFIX, "<why>")),
}


def words(cause: str) -> str:
    """A root cause as people read it: ``async wait``."""
    return cause.replace("-", " ")


def analysis_comment(analysis: Analysis, *, repo: str, server: str, language: str = "en") -> str:
    """The comment without mark and plan block; ``repo`` is the code's, ``server`` the address of its web pages.

    What is folded is left out, snippets first, until it fits.
    """
    web = _Web(repo=repo, server=server)
    for snippets, chars in ((6, FULL_CHARS), (3, FULL_CHARS), (1, FULL_CHARS), (0, FULL_CHARS), (0, LEAST_CHARS)):
        text = render("analysis.md.j2", _values(analysis, web, snippets=snippets, chars=chars), language=language)
        text = _OWN.sub(lambda match: match[0] + JOINT, text)
        if len(text) <= COMMENT_BUDGET:
            return text
    raise AssertionError("every part is bounded")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Web:
    """Where the code is on the web."""

    repo: str
    server: str

    def permalink(self, snippet: Snippet) -> str:
        """The lines at their commit; a link to code notifies nobody."""
        sha, path = (quote(part[:PATH_CHARS], errors="replace") for part in (snippet.sha, snippet.path))
        return f"{self.server}/{self.repo}/blob/{sha}/{path}#L{snippet.first}-L{snippet.last}"


def _next(analysis: Analysis, ranked: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The causes after the likeliest; that it may be none of them stands in the full list."""
    later = list(zip(analysis.causes, ranked, strict=False))[1:]
    return [shown for cause, shown in later if cause.root_cause is not RootCause.UNKNOWN][:SHOWN_NEXT]


def _values(analysis: Analysis, web: _Web, *, snippets: int, chars: int) -> dict[str, object]:
    urls = {item.id: web.permalink(item) for item in analysis.sources.snippets}
    ranked = [_cause(cause, urls, chars) for cause in analysis.causes[:MOST_CAUSES]]
    plan, sources = analysis.plan, analysis.sources
    return {
        "first": ranked[0],
        "unknown": analysis.likeliest.root_cause is RootCause.UNKNOWN,
        "others": _next(analysis, ranked),
        "causes": ranked if len(ranked) > 1 or ranked[0]["evidence_for"] else (),
        "plan": plan,
        "risk_reason": _cut(plan.risk_reason.rstrip("."), SHORT_CHARS),
        "steps": [_cut(step, LINE_CHARS) for step in plan.steps[:SHOWN_STEPS]],
        "all_steps": _full(plan.steps, chars),
        "files": [_cut(path, LINE_CHARS // SHOWN_FILES) for path in plan.planned_files[:SHOWN_FILES]],
        "all_files": [_cut(path, PATH_CHARS) for path in plan.planned_files[:MOST_FILES]],
        "more_files": max(len(plan.planned_files) - SHOWN_FILES, 0),
        "locatable": sources.locatable,
        "commands": _COMMANDS,
        "checklist": _full(analysis.checklist, chars),
        "sketch": bound(plan.sketch, max_lines=SNIPPET_LINES, max_chars=SKETCH_CHARS),
        # Never cut: a quote left open would turn the quotes of the next command inside out.
        "commands_to_run": [item for item in analysis.reproduction[:FULL_ITEMS] if len(item) <= COMMAND_CHARS],
        "snippets": [_snippet(item, urls[item.id]) for item in sources.snippets[:snippets]],
        "by": analysis.by,
        "note": _cut(analysis.note, chars),
        "sha": sources.sha[:PATH_CHARS],
        "problems": _full(sources.problems, chars),
        "suspects": [_suspect(item) for item in sources.suspects[:FULL_ITEMS]],
    }


def _cause(cause: Cause, urls: Mapping[str, str], chars: int) -> dict[str, Any]:
    sides = (cause.evidence_for, cause.evidence_against)
    favour, against = ([_clue(clue, urls, chars) for clue in side[:FULL_ITEMS]] for side in sides)
    return {
        "words": words(cause.root_cause),
        "unknown": cause.root_cause == RootCause.UNKNOWN,
        "probability": cause.probability,
        "evidence_for": favour,
        "evidence_against": against,
        "shown_for": favour[:SHOWN_FOR],
        "shown_against": against[:SHOWN_AGAINST],
    }


def _clue(clue: Clue, urls: Mapping[str, str], chars: int) -> dict[str, str]:
    """A reason with where to look; one whose snippet was not read keeps its words and gets no link."""
    name, url = (clue.snippet, urls[clue.snippet]) if clue.snippet in urls else ("log", clue.link)
    return {
        "text": _cut(clue.text, chars),
        "short": _cut(clue.text, LINE_CHARS),
        "shortest": _cut(clue.text, SHORT_CHARS),
        "place": Markdown(f" ({link(name, url)})" if url else ""),
    }


def _snippet(item: Snippet, url: str) -> dict[str, object]:
    return {
        "id": item.id,
        "url": url,
        "path": _cut(item.path, PATH_CHARS),
        "sha": item.sha[:PATH_CHARS],
        "first": item.first,
        "last": item.last,
        "reason": item.reason,
        "info": splitext(item.path)[1].removeprefix(".")[:10],
        "text": bound(item.text, max_lines=SNIPPET_LINES, max_chars=SNIPPET_CHARS),
    }


def _suspect(item: Suspect) -> dict[str, object]:
    paths = [_cut(path, LINE_CHARS) for path in item.paths[:SHOWN_FILES]]
    return {"sha": item.sha, "at": item.at, "title": _cut(item.title, LINE_CHARS), "paths": paths}


def _full(items: Sequence[str], chars: int) -> list[str]:
    return [_cut(item, chars) for item in items[:FULL_ITEMS]]


def _one_line(text: str) -> str:
    return " ".join(strip_control(text).split())


def _cut(text: str, limit: int) -> str:
    flat = _one_line(text)
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
