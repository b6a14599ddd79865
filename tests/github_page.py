"""What GitHub would make of a text: its elements, and everything in it that would call, link, close or command.

The rule it keeps: it judges by itself. What counts as a mention, a reference or a link is written here once more, as
GitHub's own filters see it and rather stricter, so that a gap in the program's filters is not a gap in the tests.
"""

import re
import unicodedata
from functools import lru_cache
from html.parser import HTMLParser

from ftc.core.commands import parse
from ftc.core.markdown import JOINT
from ftc.core.scan_block import visible_lines
from ftc.simulator.markdown import render_markdown

REPO = "octo/widgets"
ELEMENTS = {
    *("h2", "h3", "p", "a", "br", "strong", "code", "pre", "blockquote", "ul", "ol", "li", "input", "details"),
    *("summary", "table", "thead", "tbody", "tr", "th", "td"),
}
VOID = {"br", "input"}
NUMBERS = (7,)


def ours(repo, numbers):
    """Where our texts lead: runs, code at a commit, and the issues that they are about."""
    number = rf"(?:{'|'.join(map(str, numbers))})"
    host = r"(?:https://(?:redirect\.)?github\.com|http://127\.0\.0\.1:\d+)"
    return re.compile(
        rf"{host}/{repo}/actions/runs(/[A-Za-z0-9]+(/(job|attempts)/\w+)?)?"
        rf"|{host}/{repo}/blob/[0-9a-f]{{40}}/[A-Za-z0-9%/._~-]+#L\d+-L\d+"
        rf"|{host}/{repo}/(issues|pull)/{number}(#issuecomment-\d+)?"
        rf"|/{repo}/issues/{number}"
    )


_KEYWORD = r"(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?|duplicate of)"
_TARGET = r"(?:[\w.-]+/[\w.-]+)?#\d|GH-\d|https?://"
DOES = {
    "a mention": re.compile(r"@[A-Za-z0-9_-]"),
    "a reference": re.compile(r"#\d+|\bGH-\d+", re.IGNORECASE),
    "a commit": re.compile(r"(?<!\w)(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{7,40}(?!\w)"),
    "an address": re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]*://|\bwww\.", re.IGNORECASE),
    "an emoji": re.compile(r":(?!\d\d:)[A-Za-z0-9_+-]+:"),
    "a closing word": re.compile(rf"\b{_KEYWORD}:?\s+(?:{_TARGET})", re.IGNORECASE),
}
"""What GitHub finds in the text of a page outside of links and code, and acts upon or draws otherwise."""
LINE_COMMAND = re.compile(r"[ \t]*/[A-Za-z][\w-]*(?=\s|$)")
"""A line that Prow and its kin obey, wherever in an issue or comment it stands, in code as well; a path is none."""
SEEN = {"\n", "\t", JOINT, *"\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"}
"""Format characters with a look of their own (Unicode's Prepended_Concatenation_Mark)."""
MARK = "<!-- flaky-test-cleaner:"


class Page(HTMLParser):
    """The elements of a rendered text in their order, where it leads, and its words outside and inside of code."""

    def __init__(self, text, *, repo=REPO):
        super().__init__()
        rendered = render_markdown(text, repository=repo)
        assert rendered.complete, "comrak and nh3 are installed"
        self.elements, self.open, self.links, self.prose, self.code, self.tables = [], [], [], [], [], []
        self.broken = []
        self.feed(rendered.html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.elements.append(f"<{tag}>")
        if tag not in VOID:
            self.open.append(tag)
        if tag == "a":
            self.links.append(values.get("href", ""))
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append(0)
        if tag in ("td", "th"):
            self.tables[-1][-1] += 1
        self.broken += [f"{name} on {tag}" for name in values if name.startswith("on") or name == "style"]
        self.prose.append(" ")

    def handle_endtag(self, tag):
        self.elements.append(f"</{tag}>")
        if not self.open or self.open.pop() != tag:
            self.broken.append(f"{tag} ends what it did not begin")

    def handle_data(self, data):
        inside = {"code", "pre"} & set(self.open)
        (self.code if inside else self.prose).append(data if "a" not in self.open else "link")

    @property
    def words(self):
        return "".join(self.prose)


@lru_cache(maxsize=512)
def page_of(text, repo=REPO):
    """The page of a text; the same texts come back with every hostile word that they do not hold."""
    return Page(text, repo=repo)


@lru_cache(maxsize=512)
def problems(text, *, repo=REPO, numbers=NUMBERS):
    """What is wrong with a text that the bot writes about these issues."""
    page, leads = page_of(text, repo), ours(repo, numbers)
    found = [f"element {tag}" for tag in sorted({tag.strip("</>") for tag in page.elements} - ELEMENTS)]
    found += [f"link to {link!r}" for link in page.links if not leads.fullmatch(link)]
    found += page.broken
    for what, pattern in DOES.items():
        ours_too = {form for number in numbers for form in (f"#{number}", f"Close #{number}")}
        acts = (match for match in pattern.finditer(page.words) if match[0] not in ours_too)
        found += [f"{what}: {_around(page.words, match)}" for match in acts]
    found += [f"a table with rows of {set(rows)} cells" for rows in page.tables if len(set(rows)) != 1]
    shown = page.words + "".join(page.code)
    found += [f"invisible U+{ord(char):04X}" for char in sorted(set(shown)) if is_invisible(char)]
    return found + line_problems(text)


def line_problems(text):
    """Lines of the source that somebody would take for a command."""
    found = []
    for line in text.splitlines():
        if parse(line) is not None or parse(line.strip()) is not None:
            found.append(f"command to us: {line[:60]!r}")
        if LINE_COMMAND.match(line):
            found.append(f"command to other bots: {line[:60]!r}")
    return found


def marks(text):
    """The hidden marks of ours that a reader of the state would look at, by their first words."""
    lines = [line for _, line in visible_lines(text) if line.lstrip().startswith(MARK)]
    return [" ".join(line.split()[:2]) for line in lines]


def shape(text):
    """The elements of the page in their order; paragraphs that follow each other are one, since words may be many."""
    return re.sub(r"(?:<p></p>)+", "<p></p>", "".join(page_of(text).elements))


def is_invisible(char):
    """Whether a reader does not see that the character is there; our joint, and Arabic and Syriac signs, are fine."""
    return char not in SEEN and unicodedata.category(char) in {"Cc", "Cf", "Cs"}


def _around(text, match):
    return repr(text[max(0, match.start() - 20) : match.end() + 20])
