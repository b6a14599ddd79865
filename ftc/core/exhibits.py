"""What can be cited about a flake: excerpts, evidence and runs by number, and snippets of code.

The rule it keeps: a model names an exhibit by its id, and the address behind it is ours. So it chooses no link.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ftc.core.analysis import Clue, Sources
from ftc.core.conversation import TOLD
from ftc.core.model import Flake, Signature

EXCERPTS, RUNS = 3, 5
"""Excerpts and single runs that are shown to a model: the newest say as much as all of them."""

TOLD_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """One thing that can be cited; a link or a snippet stands behind it, or only our own count (neither)."""

    id: str
    text: str
    link: str = ""
    snippet: str = ""
    excerpt: str = ""
    """What the log says, sanitised; only of excerpts."""

    def clue(self, text: str) -> Clue:
        """A reason that rests on it."""
        return Clue(text=text, snippet=self.snippet, link=self.link)


def exhibits(flake: Flake, sources: Sources | None = None) -> tuple[Exhibit, ...]:
    """Everything that can be cited: ``E1`` and so on with a link each, then the snippets under their own ids."""
    linked: dict[str, tuple[str, str]] = {}
    for link, text, excerpt in (*_excerpts(flake), *_evidence(flake), *_told(flake), *_runs(flake)):
        if link:
            linked.setdefault(link, (text, excerpt))
    numbered = (
        Exhibit(id=f"E{place}", text=text, link=link, excerpt=excerpt)
        for place, (link, (text, excerpt)) in enumerate(linked.items(), 1)
    )
    snippets = (
        Exhibit(id=item.id, text=f"{item.path}, lines {item.first} to {item.last} ({item.reason})", snippet=item.id)
        for item in (sources.snippets if sources else ())
    )
    return (*numbered, *snippets)


def _excerpts(flake: Flake) -> Iterator[tuple[str, str, str]]:
    kept: Iterable[Signature] = [item for item in flake.signatures if item.excerpt][:EXCERPTS]
    for item in kept:
        yield item.excerpt_url, f"log excerpt ({item.kind}): {item.text}", item.excerpt


def _evidence(flake: Flake) -> Iterator[tuple[str, str, str]]:
    for item in flake.verdict.evidence if flake.verdict else ():
        if item.links:
            yield item.links[0], f"evidence {item.rule}: {item.text}", ""


def _told(flake: Flake) -> Iterator[tuple[str, str, str]]:
    """Causes that people named, by class and without their words."""
    for item in [entry for entry in flake.audit if entry.action == TOLD][-TOLD_SHOWN:]:
        yield item.url, f"a person named a cause: {item.result}", ""


def _runs(flake: Flake) -> Iterator[tuple[str, str, str]]:
    for item in flake.occurrences[:RUNS]:
        where = f"pull request {item.pull_request}" if item.pull_request else f"branch {item.branch}"
        yield item.url, f"failed in job {item.job} on {item.os or 'an unknown system'}, {where}, {item.day}", ""
