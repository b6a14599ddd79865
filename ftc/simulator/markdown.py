"""GitHub-flavoured markdown to safe HTML, for the pages that show what the bot wrote.

Rule: whatever the text says, only listed tags and attributes come out; the sanitiser runs after everything else that
reads the text as HTML. The two libraries are development extras: without them the text is shown as it is.
"""

import re
from html import escape
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import quote

MISSING = "install the dev extra (comrak, nh3) to see this as GitHub renders it"

# What GitHub's own sanitiser lets through, as far as issues use it.
_TAGS = frozenset(
    re.findall(
        r"\w+",
        "a b blockquote br code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img input ins kbd li ol p pre q s"
        " samp section small span strike strong sub summary sup table tbody td tfoot th thead tr tt ul var",
    )
)
_ATTRIBUTES = {
    "a": {"href", "title", "id"},
    "img": {"src", "alt", "title", "width", "height"},
    "details": {"open"},
    "ol": {"start"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan"},
    "div": {"align"},
    "p": {"align"},
    "input": {"checked", "disabled"},
    "pre": {"lang"},
}
_CLASSES = {
    "div": {f"markdown-alert{kind}" for kind in ("", "-note", "-tip", "-important", "-warning", "-caution")},
    "p": {"markdown-alert-title"},
    "li": {"task-list-item"},
    "ul": {"contains-task-list"},
    "section": {"footnotes"},
}
# A reference or mention as GitHub links it: not inside a word, a path or an address.
_REFERENCE = re.compile(
    r"(?<![\w/@#&.`-])(?:#(?P<number>\d{1,9})|@(?P<login>[A-Za-z0-9][A-Za-z0-9-]{0,38}))(?![\w@/-])"
)
_NOT_LINKED = frozenset(("a", "code", "pre"))
_VOID = frozenset(("br", "hr", "img", "input"))


class Rendered(NamedTuple):
    """Safe HTML, and whether it is markdown as GitHub shows it (else the raw text in `<pre>`)."""

    html: str
    complete: bool


def render_markdown(text: str, *, repository: str) -> Rendered:
    """Safe HTML of an issue body or comment; `#N` and `@name` become links below `repository` (owner/name)."""
    try:
        import comrak  # noqa: PLC0415
        import nh3  # noqa: PLC0415
    except ImportError:
        return Rendered(f"<pre>{escape(text)}</pre>", complete=False)
    extensions = comrak.ExtensionOptions()
    for name in (
        "table",
        "tasklist",
        "strikethrough",
        "autolink",
        "tagfilter",
        "footnotes",
        "alerts",
        "math_dollars",
        "math_code",
    ):
        setattr(extensions, name, True)
    shape = comrak.RenderOptions()
    shape.unsafe_ = True  # raw HTML is part of GitHub's markdown; the sanitiser below decides what stays
    shape.hardbreaks = True  # issues and comments, unlike files, keep line ends
    shape.tasklist_classes = True
    shape.github_pre_lang = True
    whole = text.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate is legal in JSON, not in UTF-8
    raw = comrak.render_markdown(whole, extension_options=extensions, render_options=shape)
    linked = _linked(nh3.clean(raw, tags=_TAGS, attributes=_ATTRIBUTES, allowed_classes=_CLASSES), repository)
    clean = nh3.clean(
        linked,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        allowed_classes=_CLASSES | {"a": {"reference", "mention"}},
        set_tag_attribute_values={"input": {"type": "checkbox", "disabled": ""}},
        url_schemes={"http", "https", "mailto"},
        id_prefix="user-content-",
    )
    return Rendered(clean, complete=True)


def _linked(html: str, repository: str) -> str:
    """The same HTML with links for references and mentions in its text."""
    linker = _Linker(repository)
    linker.feed(html)
    linker.close()
    return "".join(linker.pieces)


class _Linker(HTMLParser):
    """Copies HTML that is already clean, looking only at text outside links and code."""

    def __init__(self, repository: str) -> None:
        super().__init__(convert_charrefs=True)
        self.repository = repository
        self.pieces: list[str] = []
        self.inside = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside += tag in _NOT_LINKED
        self.pieces.append(self.get_starttag_text() or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.pieces.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            self.inside -= tag in _NOT_LINKED
            self.pieces.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.pieces.append(escape(data, quote=False))
            return
        end = 0
        for match in _REFERENCE.finditer(data):
            self.pieces += [escape(data[end : match.start()], quote=False), self._link(match)]
            end = match.end()
        self.pieces.append(escape(data[end:], quote=False))

    def _link(self, match: re.Match[str]) -> str:
        if match["number"]:
            return f'<a class="reference" href="/{quote(self.repository)}/issues/{match["number"]}">{match[0]}</a>'
        return f'<a class="mention" href="/{match["login"]}">{match[0]}</a>'
