"""From an error message to a stable signature, and from that to ids.

Rule: a signature changes with what went wrong and never with where, when or in which process it did; so everything
that varies between two runs of the same failure is a named placeholder. The text is readable, for people compare it.
``v1:`` fingerprints are stored in issues: a change of these rules is a new version, not an edit.
"""

import hashlib
import re
from collections.abc import Callable

from ftc.core.markdown import strip_control
from ftc.core.model import Kind, TestId

VERSION = "v1"
MAX_SIGNATURE = 160
"""Characters; fits one line of an issue together with its label."""
MAX_INPUT = 8_000
"""Characters of a message that are looked at; 160 characters of signature never need more."""

_SOURCE_FILE = r"(?:go|py|pyx|js|jsx|ts|tsx|mjs|cjs|rs|java|kt|scala|groovy|c|cc|cpp|cxx|h|hpp|rb|cs|fs|vb|s)"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_CLOCK = r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?"
_ZONE = r"(?:\s?(?:Z\b|[+-]\d\d:?\d\d\b|UTC\b|GMT\b|[AP]M\b|C?E?[SD]T\b)){0,3}"
_UNIT = r"(?:ns|us|µs|μs|ms|h|m|s|d)"
_LONG_UNIT = r"(?:nano|micro|milli)?(?:seconds?|secs?)|minutes?|mins?|hours?|hrs?|days?"
_NUMBER = r"\d+(?:[.,]\d+)*(?:[eE][+-]?\d+)?"

_KEPT_WORDS = (
    r"u?int(?:8|16|32|64|128)|float(?:16|32|64)|[iuf](?:8|16|32|64|128)|complex(?:64|128)|sha(?:1|256|512)|md5|utf-?(?:8|16|32)|ipv[46]"
    r"|x86|x86_64|amd64|arm64|aarch64|base64|base32|http[s23]?|win32|e2e|k8s|s3|ec2|i18n|l[12]|p(?:50|90|95|99)|v[1-9]|python[23]"
)
"""Words whose digits are part of the name, not a count."""
_KEPT_NUMBERS = (
    r"(?:status(?:[ _-]?code)?|http(?:/[\d.]+)?|response code)[ :=]{1,3}[1-5]\d\d\b"
    r"|exit(?:ed)?(?:[ _-](?:status|code|with(?: code)?))?[ :=]{1,3}-?\d{1,3}\b"
    r"|errno[ :=]{1,3}\d{1,3}\b|signal[ :=]{1,3}\d{1,2}\b"
)
"""Numbers that name the error: HTTP status, exit code, errno, signal."""


def _rule(pattern: str, replacement: str, *, flags: int = 0) -> tuple[re.Pattern[str], str]:
    return re.compile(pattern, flags), replacement


_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    _rule(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<uuid>", flags=re.IGNORECASE),
    # --- times: the monotonic clock of Go's time.String() is part of one
    _rule(rf"\b\d{{4}}[-/]\d\d[-/]\d\d(?:[T ]{_CLOCK}{_ZONE}(?: m=[+-][\d.]+)?)?(?![\w])", "<time>"),
    _rule(rf"\b(?:[MTWFS][a-z]{{2,8}},? )?\d{{1,2}}[ -]{_MONTH}[ -]\d{{4}}(?: {_CLOCK}{_ZONE})?", "<time>"),
    _rule(
        rf"\b(?:[MTWFS][a-z]{{2,8}} )?{_MONTH} {{1,2}}\d{{1,2}},? (?:{_CLOCK}{_ZONE}(?: \d{{4}})?|\d{{4}}\b)", "<time>"
    ),
    _rule(rf"\b[IWEF]\d{{4}} {_CLOCK} +\d+ ", "<time> "),  # klog
    _rule(rf"(?<![\d:.])\d{{1,2}}:\d\d:\d\d(?:[.,]\d{{1,9}})?{_ZONE}(?![\w:])", "<time>"),
    # --- places: temporary directories vanish whole, sources keep their file name
    _rule(
        r"(?:[A-Za-z]:)?[\\/]{1,2}Users[\\/]{1,2}[^\\/\s]+[\\/]{1,2}AppData[\\/]{1,2}Local[\\/]{1,2}Temp(?:[\\/][^\s\"'`,;:)\]}>]*)?",
        "<tmp>",
    ),
    _rule(r"(?:/private)?/(?:tmp|var/folders|var/tmp|dev/shm|run/user)/[^\s\"'`,;:)\]}>]+", "<tmp>"),
    _rule(
        r"(?:[A-Za-z]:)?(?:[\\/]{1,2}[\w.@+-]+){0,8}[\\/]{1,2}_?te?mp[\\/][^\s\"'`,;:)\]}>]+",
        "<tmp>",
        flags=re.IGNORECASE,
    ),
    _rule(rf"(?<![\w<])(?:[A-Za-z]:)?(?:[\\/][\w.@+-]+){{1,30}}[\\/]([\w.+-]+\.{_SOURCE_FILE})\b", r"\1"),
    _rule(rf"(\.{_SOURCE_FILE})(?::\d+(?::\d+)?|\(\d+(?:,\d+)?\)|\", line \d+)", r"\1:<line>"),
    _rule(r"\b(line|lines|ln|col|column)([ :#]{1,2})\d+(?:-\d+)?", r"\1\2<line>", flags=re.IGNORECASE),
    # --- processes and machines
    _rule(r"\b0[xX][0-9a-fA-F]+\??", "<addr>"),
    _rule(r"\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?(?![\w.])", "<ip>"),
    _rule(r"\[(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?:%\w+)?\](?::\d+)?", "<ip>"),
    _rule(
        r"\b(localhost|[a-z][\w-]{0,62}(?:\.[\w-]{1,63}){1,8})(?<!\.go)(?<!\.py)(?<!\.js)(?<!\.ts)(?<!\.rs):\d{2,5}\b",
        r"\1:<port>",
    ),
    _rule(r"(?<![\w.>)]):\d{2,5}\b", ":<port>"),
    _rule(r"\b(port|pid|tid)([ :=#]{1,2})\d+", r"\1\2<n>", flags=re.IGNORECASE),
    _rule(r"\bgoroutine \d+ \[([^\],]+)[^\]]*\]", r"goroutine <n> [\1]"),
    # --- quantities
    _rule(rf"(?<![\w.]){_NUMBER} ?(?:[KMGTP]i?B|[kKMGT]iB|bytes?|B)\b", "<size>"),
    _rule(rf"(?<![\w.])(?![\dde]{{7,}}\b)(?:{_NUMBER}{_UNIT})+(?![\w])", "<dur>"),  # 12d456d is a short sha
    _rule(rf"(?<![\w.]){_NUMBER} (?:{_LONG_UNIT}|ms|s)\b", "<dur>"),
    _rule(r"\b[0-9a-f]{40}(?:[0-9a-f]{24})?\b", "<sha>"),
    _rule(r"\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,128}\b|\b(?=[A-F]*\d)(?=\d*[A-F])[0-9A-F]{7,128}\b", "<n>"),
    _rule(rf"(?<![\w<.])[-+]?{_NUMBER}(?![\w.]*>)", "<n>"),
    _rule(r"\d+(?:\.\d+)*", "<n>"),
)
_PLACEHOLDER = r"<(?:n|dur|size|time|addr|ip|sha|uuid|tmp)>"
_REPEATED = re.compile(rf"({_PLACEHOLDER})(?:(?:,? |,)\1)+")
_REPEATED_IN_QUOTES = re.compile(rf"((?P<quote>[\"'`]){_PLACEHOLDER}(?P=quote))(?:(?:,? |,)\1)+")
_KEPT = re.compile(rf"\b(?:{_KEPT_NUMBERS}|(?:{_KEPT_WORDS})\b)", re.IGNORECASE)
_PROTECT_BASE = 0xE000
"""Private-use characters stand for digits that stay, while the number rules run; input loses such characters first."""


def normalise(text: str) -> str:
    """The text with placeholders for everything that varies between two runs; idempotent.

    ``<line> <addr> <dur> <port> <uuid> <tmp> <time> <sha> <ip> <size> <n>``; runs of one placeholder become one.
    """
    text = re.sub("[\ue000-\uf8ff]", "\ufffd", strip_control(text[:MAX_INPUT]))
    for index, (pattern, replacement) in enumerate(_RULES):
        if index == _FIRST_NUMBER_RULE:
            text = _KEPT.sub(_shift_digits(_PROTECT_BASE), text)
        text = pattern.sub(replacement, text)
    text = _lists_of_one(text)
    return re.sub("[\ue000-\ue009]", lambda match: str(ord(match[0]) - _PROTECT_BASE), text)


def _lists_of_one(text: str) -> str:
    """The text with lists of one placeholder cut to one element: how many there were varies between two runs."""
    return _REPEATED_IN_QUOTES.sub(r"\1", _REPEATED.sub(r"\1", text))


def _shift_digits(base: int) -> Callable[[re.Match[str]], str]:
    return lambda match: re.sub(r"\d", lambda digit: chr(base + int(digit[0])), match[0])


_FIRST_NUMBER_RULE = next(index for index, (_, replacement) in enumerate(_RULES) if replacement == "<size>")

_KIND_WORD = {
    Kind.PANIC: "panic",
    Kind.TIMEOUT: "timeout",
    Kind.DATA_RACE: "data race",
    Kind.LEAK: "leak",
    Kind.CRASH: "crash",
}
_KIND_SYNONYMS = {Kind.TIMEOUT: ("timed out", "time-out", "deadline"), Kind.LEAK: ("goleak", "leaked")}
_DECORATION = re.compile(
    r"^(?:Error Trace:.*|Test:\s.*|Diff:|--- Expected|\+\+\+ Actual|@@ .*@@.*|Error:\s*$"
    r"|goroutine <n> \[.*\]:|\^+|=+|-{3,})$"
)
_LABEL = re.compile(r"^\s*(?:(?:Error|Messages):\s+|E\s{2,})")
"""testify's labels and the margin of pytest."""


def signature(message: str, kind: Kind) -> str:
    """One readable, normalised line of at most 160 characters that says what went wrong."""
    lines = (_LABEL.sub("", line).strip() for line in normalise(message).split("\n"))
    text = " ".join(" ".join(line for line in lines if line and not _DECORATION.match(line)).split())
    text = _lists_of_one(text)
    word = _KIND_WORD.get(kind, "")
    if not text:
        return f"{word or kind.value} without a message"
    if word and not any(form in text.lower() for form in (word, *_KIND_SYNONYMS.get(kind, ()))):
        text = f"{word}: {text}"
    return _cut(text)


def _cut(text: str) -> str:
    """At most 160 characters, never through a placeholder."""
    if len(text) <= MAX_SIGNATURE:
        return text
    return re.sub(r"<[a-z]{0,4}$", "", text[: MAX_SIGNATURE - 1]).rstrip() + "…"


def fingerprint(signature_text: str, top_frame: str) -> str:
    """``v1:`` and 16 hex digits for one error at one place; line numbers in the frame do not count."""
    return f"{VERSION}:{_hash('signature', normalise(signature_text), normalise(top_frame))}"


def issue_key(repo: str, test: TestId, fingerprint: str = "") -> str:
    """16 hex digits for one test of one repository, whose name GitHub compares without case.

    With a fingerprint, the key is that of one way in which the test fails (``group-by: signature``).
    """
    way = (fingerprint,) if fingerprint else ()
    return _hash("issue", repo.lower(), test.ecosystem, test.suite, test.name, *way)


def _hash(*parts: str) -> str:
    """The parts are length-prefixed, so that no two lists of parts can look alike."""
    data = b"".join(b"%d:%s" % (len(raw), raw) for raw in (part.encode("utf-8", "surrogatepass") for part in parts))
    return hashlib.sha256(data).hexdigest()[:16]
