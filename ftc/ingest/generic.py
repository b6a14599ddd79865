"""Messages that name no error.

Rule: a text that every failure of its reporter carries says nothing, whoever wrote it; whatever else was told of the
failure speaks instead.
"""

import re

UNTOLD = "failed without a message"
"""What stands for the message of a test that gave none."""

_COMMON_PLACE = re.compile(
    r"(?:the )?(?:tests? |assertion |step |case |unknown )?(?:fail(?:ed|ure|s)?|errors?)"
    rf"|{UNTOLD}|no (?:error )?message(?: (?:given|available|provided))?|null|none|undefined|unknown"
    r"|(?:java\.lang\.)?Assertion(?:Failed)?Error|Exception"
    r"|(?:process |command |test )?(?:exit(?:ed)?|failed)(?: with)? (?:exit |error )?(?:status|code)[ :=]*-?\d{1,5}"
    r"|(?:contains )?\d+ (?:failed )?sub-?tests?(?: failed)?"
    r"|--- FAIL: \S+ \([\d.]+s\)",
    re.IGNORECASE,
)
_LENGTH = 300
"""Characters of the longest such text, with a test's name in it."""


def says_nothing(message: str) -> bool:
    """Whether a message is empty or could stand under any failure."""
    text = message.strip().rstrip(".!:").rstrip()
    return not text or (len(text) <= _LENGTH and _COMMON_PLACE.fullmatch(text) is not None)


def telling(message: str) -> str:
    """The message if it says something, else nothing."""
    return "" if says_nothing(message) else message
