"""Take secrets out of text before it is published: blocks, edit histories and artifacts cannot be taken back.

Rule: whatever leaves this program for an issue, a log line, an artifact or a prompt went through ``Sanitizer.clean``
first. Every expression here is bounded or possessive, so hostile text costs linear time, and redacting twice changes
nothing. Text for Markdown is made safe in ``core.markdown``.
"""

import base64
import json
import re
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

from ftc.core.errors import ConfigError
from ftc.core.markdown import bound, fence, inline_code, neutral, plain, strip_control, strip_hidden
from ftc.core.redactions import LABELS, RULES, looks_secret, redact_private_keys

__all__ = [
    "Sanitizer",
    "bound",
    "fence",
    "inline_code",
    "looks_secret",
    "neutral",
    "plain",
    "strip_control",
    "strip_hidden",
]

MIN_OWN_VALUE = 4
"""Characters; a shorter value would blank out ordinary words, and no real secret is that short."""

MIN_OWN_LINE = 8
"""Characters; the lines of a multi-line secret are masked one by one from this length on."""

MAX_ROUNDS = 4
"""A redaction may uncover another (a token inside a cookie); two rounds settle every case known to us."""

_PLACEHOLDER = re.compile(r"(\[redacted:(?:" + "|".join(map(re.escape, LABELS)) + r")\])")


@dataclass(frozen=True, slots=True)
class Sanitizer:
    """What to redact beside the known formats: the run's own secret values, configured patterns and host names.

    Raises ``ConfigError`` for a pattern that is not a regular expression.
    """

    extra_values: tuple[str, ...] = field(default=(), repr=False)
    patterns: tuple[str, ...] = ()
    private_hosts: tuple[str, ...] = ()
    _own: tuple[tuple[re.Pattern[str], str], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        rules = [_own_rule(self.extra_values), *map(_custom_rule, self.patterns), *map(_host_rule, self.private_hosts)]
        object.__setattr__(self, "_own", tuple(rule for rule in rules if rule))

    def redact(self, text: str) -> str:
        """Replace every secret by ``[redacted:<what>]``; idempotent, linear in the length of the text."""
        for _ in range(MAX_ROUNDS):
            redacted = self._redact_once(text)
            if redacted == text:
                break
            text = redacted
        return text

    def clean(self, text: str) -> str:
        """Strip control characters, then redact: in this order, since a colour code may split a token."""
        return self.redact(strip_control(text))

    def _redact_once(self, text: str) -> str:
        text = redact_private_keys(text)
        for pattern, label in self._own:
            text = _replace_outside(pattern, label, text)
        for rule in RULES:
            text = rule.apply(text)
        return text


def _replace_outside(pattern: re.Pattern[str], label: str, text: str) -> str:
    """Replace everywhere but inside placeholders, which a value like ``secret`` would take apart."""
    parts = _PLACEHOLDER.split(text)
    parts[::2] = [pattern.sub(f"[redacted:{label}]", part) for part in parts[::2]]
    return "".join(parts)


def _own_rule(values: tuple[str, ...]) -> tuple[re.Pattern[str], str] | None:
    forms = {form for value in values for form in _forms(value) if len(form) >= MIN_OWN_VALUE}
    if not forms:
        return None
    alternatives = "|".join(re.escape(form) for form in sorted(forms, key=lambda form: (-len(form), form)))
    return re.compile(alternatives), "own-secret"


def _forms(value: str) -> set[str]:
    """The value, its lines, and how it looks inside base64, a URL, JSON or hexadecimal."""
    forms = {value, value.strip()} | {line.strip() for line in value.splitlines() if len(line.strip()) >= MIN_OWN_LINE}
    if len(value) < MIN_OWN_VALUE:
        return set()
    data = value.encode("utf-8", "surrogatepass")
    forms |= {
        quote(data, safe=""),
        quote(data),
        quote_plus(data),
        json.dumps(value)[1:-1],
        data.hex(),
        data.hex().upper(),
    }
    return forms | (_base64_forms(data) if len(data) >= MIN_OWN_LINE else set())


def _base64_forms(data: bytes) -> set[str]:
    """The part of a base64 text that depends on the value alone, for each of the three alignments it may have."""
    forms = {base64.b64encode(data).decode()}
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + data)
        settled = (offset + len(data)) * 8 // 6
        forms.add(encoded[(0, 2, 3)[offset] : settled].decode())
    return forms | {form.replace("+", "-").replace("/", "_") for form in forms}


def _custom_rule(pattern: str) -> tuple[re.Pattern[str], str]:
    try:
        return re.compile(pattern), "custom"
    except re.error as error:
        raise ConfigError(f"redaction pattern {pattern!r} is not a regular expression: {error}") from error


def _host_rule(host: str) -> tuple[re.Pattern[str], str] | None:
    """The host and everything below it; a leading ``*.`` is allowed and changes nothing."""
    name = host.strip().removeprefix("*").strip(".")
    if not name:
        return None
    below = r"(?<![\w.-])(?:[\w-]++\.)*?"
    return re.compile(rf"{below}{re.escape(name)}(?![\w-])", re.IGNORECASE), "host"
