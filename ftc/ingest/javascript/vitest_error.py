"""An error as Vitest shows it, alike in its log and in its JUnit report, to its message and its places.

Rule: of what one failure printed, only the lines before its first place are its message, and only those without the
comparison that follows some of them.
"""

import re

from ftc.core.model import Frame, Kind

_HEAD = re.compile(r"(?P<name>[A-Za-z_$][\w$.]{0,100}|Unknown Error)(?:: (?P<rest>.*))?")
_PLACE = re.compile(r" ❯ (?:.{0,300} )?(?P<path>\S{1,400}):(?P<line>\d{1,7}):\d{1,7}")
_COMPARED = re.compile(r"(?:[-+] (?:Expected|Received)\b|(?:Expected|Received): )")
"""What stands behind an empty line when an assertion shows both sides."""
_RULER = "⎯⎯⎯⎯"
_CAUSED = "Caused by: "
_TIMEOUT = re.compile(r"(?:Test|Hook) timed out in \d")
_SNAPSHOT = re.compile(r"Snapshot .* mismatched$", re.MULTILINE)
_UNNAMED = ("Error", "Unknown Error")
"""Names that say nothing."""
_MESSAGE_LINES = 40
_LINE_LIMIT = 4_000
_FRAMES = 20


class VitestError:
    """One error, fed line by line."""

    def __init__(self) -> None:
        self._name = ""
        self._message: list[str] = []
        self._frames: list[Frame] = []
        self._begun = self._told = self._over = False

    def add(self, text: str) -> None:
        """Take the next line of it."""
        text = text[:_LINE_LIMIT]
        if self._over:
            return
        if not self._begun:
            self._begin(text)
        elif text.startswith(_CAUSED):
            self._over = True
        elif text.startswith(" ❯ "):
            self._told = True
            found = _PLACE.fullmatch(text)
            if found and len(self._frames) < _FRAMES:
                self._frames.append(Frame(path=found["path"], line=int(found["line"])))
        elif self._shows_sides(text) or text.startswith(_RULER):
            self._told = True
        elif not self._told and len(self._message) < _MESSAGE_LINES:
            self._message.append(text)

    def _begin(self, text: str) -> None:
        if not text.strip():
            return
        self._begun = True
        head = _HEAD.fullmatch(text)
        self._name = head["name"] if head else ""
        self._message = [(head["rest"] or "") if head else text]

    def _shows_sides(self, text: str) -> bool:
        return bool(self._message) and not self._message[-1].strip() and _COMPARED.match(text) is not None

    @property
    def message(self) -> str:
        """The message, after the error's name where that says something."""
        text = "\n".join(self._message).strip("\n ")
        if not text:
            return self._name
        return text if self._name in _UNNAMED or not self._name else f"{self._name}: {text}"

    @property
    def kind(self) -> Kind:
        """What kind of failure that is."""
        text = "\n".join(self._message)
        if _TIMEOUT.match(text):
            return Kind.TIMEOUT
        return Kind.ASSERTION if self._name == "AssertionError" or _SNAPSHOT.match(text) else Kind.ERROR

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The places of the error itself, not of what caused it."""
        return tuple(self._frames)
