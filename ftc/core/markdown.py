"""Make hostile text harmless in an issue: no mention, reference, command, HTML or fence of ours is broken by it.

Rule: text from logs, names and people enters Markdown only through ``inline_code``, ``fence``, ``plain``, ``sentence``
or ``neutral``. GitHub finds mentions and references in the rendered text, so a backslash or an entity does not stop
them; an invisible joint inside does.
"""

import re

JOINT = "\u200b"
"""Zero-width space: splits ``@name`` and ``#1`` for GitHub's filters while people read the same text."""

_ANSI = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*+[ -/]*+[@-~]"  # CSI: colours, cursor
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*+(?:\x07|\x1b\\|\x9c)"  # OSC and other strings
    r"|\x1b[ -/]++[0-~]|\x1b[0-Z\\^_`-~]"
)
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U00013430-\U00013440\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_LINE_END = re.compile("\r\n?|[\u2028\u2029\u0085]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def strip_control(text: str) -> str:
    """The text without ANSI codes, control and zero-width characters and bidi overrides; line ends become ``\\n``."""
    text = _ANSI.sub("", _LINE_END.sub("\n", text))
    return _SURROGATE.sub("\ufffd", _INVISIBLE.sub("", text))


_LINK_COMMENT = re.compile(r"^[ ]{0,3}\[[^\]\n]{1,100}\]:[ \t]{0,8}(?:#|<>)[ \t].*$", re.MULTILINE)


def strip_hidden(text: str) -> str:
    """The text as a reader of the rendered page sees it: without HTML comments and link-reference comments.

    A comment becomes a space, so that what stood around it cannot join to a new one; an unclosed comment hides the
    rest, as GitHub does.
    """
    parts: list[str] = []
    position = 0
    while (start := text.find("<!--", position)) >= 0:
        parts += [text[position:start], " "]
        short = next((form for form in ("<!-->", "<!--->") if text.startswith(form, start)), "")
        end = start + len(short) if short else _after(text, "-->", start + 4)
        position = end
    return _LINK_COMMENT.sub("", "".join([*parts, text[position:]]))


def _after(text: str, mark: str, position: int) -> int:
    found = text.find(mark, position)
    return len(text) if found < 0 else found + len(mark)


def bound(text: str, *, max_lines: int, max_chars: int) -> str:
    """At most that many lines and characters from the start, with a last line that says how much was left out."""
    lines = text.split("\n")
    if len(lines) <= max_lines and len(text) <= max_chars:
        return text
    kept = lines[: max(0, max_lines - 1)]
    size = sum(len(line) + 1 for line in kept)
    while kept and size + len(_left_out(len(lines) - len(kept))) > max_chars:
        size -= len(kept.pop()) + 1
    notice = _left_out(len(lines) - len(kept))
    if not kept and len(notice) + 80 <= max_chars and max_lines > 1:
        kept = [lines[0][: max_chars - len(notice) - 2] + "…"]
    return "\n".join([*kept, notice])[:max_chars]


def _left_out(count: int) -> str:
    return f"… ({count} more line{'' if count == 1 else 's'})"


_MENTION = re.compile(r"@(?=[A-Za-z0-9_-])")
_REFERENCE = re.compile(r"(#|\bGH-)(?=\d)", re.IGNORECASE)
_URL = re.compile(r"(?<=[A-Za-z]):(?=//)")
_WWW = re.compile(r"\bwww(?=\.)", re.IGNORECASE)
_EMOJI = re.compile(r":(?!\d\d(?::|\Z))(?=[A-Za-z0-9_+-]{1,50}(?::|\Z))")
"""The colon before a name like ``b`` in ``std::b::c`` or ``100`` in ``cart.go:100:``; in ``12:00:00`` there is none.

The end of the text counts as a colon, since one of ours may follow."""
_COMMIT = re.compile(r"(?<!\w)(?=\d*[a-f])[0-9a-f]{7,40}(?!\w)", re.IGNORECASE)
"""What GitHub may link as a commit; without a letter it is a number, as of a run."""
_SIX = re.compile(r".{6}(?=.)")
"""One joint would leave a rest that is a commit again; fewer than seven digits are never one."""
_SLASH_COMMAND = re.compile(r"(^|(?<=\s))/(?=[A-Za-z])", re.MULTILINE)
_WORKFLOW_COMMAND = re.compile(r"^([ \t]*:)(?=:)|##(?=\[)", re.MULTILINE)
_LINE_COMMAND = re.compile(r"^([ \t]*/)(?=[A-Za-z][\w-]*(?:\s|$))", re.MULTILINE)
"""A line that bots such as Prow obey in every issue and comment, in code as well; a path goes on after its word."""
_LONG_FENCE = re.compile(r"`{3,}|~{3,}")
_MARKDOWN = re.compile(r"[\\`*_\[\]~$]")
_BLOCK_START = re.compile(r"^(\d{0,9})([.)#+=-])")


def _unlinked(text: str) -> str:
    """Break everything that GitHub or a runner acts upon: mentions, references, links, commands."""
    text = _WORKFLOW_COMMAND.sub(lambda match: match[0] + JOINT, text)
    text = _SLASH_COMMAND.sub("/" + JOINT, text)
    text = _URL.sub(":" + JOINT, text)
    for pattern in (_MENTION, _REFERENCE, _WWW, _EMOJI):
        text = pattern.sub(lambda match: match[0] + JOINT, text)
    return _COMMIT.sub(lambda match: _SIX.sub(lambda part: part[0] + JOINT, match[0]), text)


def _without_html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def neutral(text: str) -> str:
    """Text of several lines that keeps its Markdown but can mention, close, command or hide nothing."""
    text = _without_html(_unlinked(strip_control(text)))
    return _LONG_FENCE.sub(lambda match: "".join("\\" + char for char in match[0]), text)


def plain(text: str) -> str:
    """One line of prose that renders exactly as it reads: Markdown escaped, nothing linked."""
    return _BLOCK_START.sub(r"\1\\\2", _escaped(" ".join(strip_control(text).split())))


def sentence(text: str) -> str:
    """As ``plain``, with each commit in a code span: GitHub links none there, and it can be copied, without a joint.

    For what the bot says itself; a word that only looks like a commit is shown as code, too.
    """
    text = " ".join(strip_control(text).split())
    parts, position = [], 0
    for match in _COMMIT.finditer(text):
        parts += [_escaped(text[position : match.start()]), inline_code(match[0])]
        position = match.end()
    return _BLOCK_START.sub(r"\1\\\2", "".join([*parts, _escaped(text[position:])]))


def _escaped(text: str) -> str:
    # A bar as an entity: parsers do not agree about what a backslash before one means in a table.
    return _MARKDOWN.sub(r"\\\g<0>", _without_html(_unlinked(text))).replace("|", "&#124;")


def subject(text: str) -> str:
    """One line for the title of a pull request or the message of a commit, where no Markdown is read.

    Merging by squash makes a commit of the title, and GitHub obeys closing words in commits.
    """
    return _unlinked(" ".join(strip_control(text).split()))


def inline_code(text: str) -> str:
    """One code span that shows the text on one line; its ticks outnumber any run inside."""
    text = " ".join(strip_control(text).split())
    if not text:
        return "` `"
    ticks = "`" * _free_run("`", text, at_least=1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def fence(text: str, info: str = "") -> str:
    """A fenced block that shows the text as it is; its fence is longer than any run of ticks inside.

    Only a line that another bot could take for a command gets a joint that nobody sees.
    """
    body = _LINE_COMMAND.sub(lambda match: match[0] + JOINT, strip_control(text).strip("\n"))
    ticks = "`" * _free_run("`", body, at_least=3)
    return f"{ticks}{re.sub('[^A-Za-z0-9+_-]', '', info)}\n{body}\n{ticks}"


def _free_run(char: str, text: str, *, at_least: int) -> int:
    """The smallest length of a run of ``char``, from ``at_least`` on, that exceeds every run in the text."""
    longest = max((len(run) for run in re.findall(re.escape(char) + "+", text)), default=0)
    return max(at_least, longest + 1)
