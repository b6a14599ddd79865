"""``WARNING: DATA RACE`` reports: the two accesses, where they stand, and the test they belong to."""

import re
from dataclasses import dataclass, field

from ftc.core.model import Frame
from ftc.ingest.base import Line
from ftc.ingest.golang.stack import TestFunction, own_frames, test_function

WARNING = "WARNING: DATA RACE"
FENCE = "=================="
_ACCESS = re.compile(r"(?:Previous )?(?:[Aa]tomic )?(?:[Rr]ead|[Ww]rite) (?:at|of) .* by ")
_FUNCTION = re.compile(r" {2}(\S.*)\(.*\)$")
_PLACE = re.compile(r" {6}(\S.*?):(\d{1,9}) \+0x")
MAX_LINES = 120  # of one report; two stacks and where their goroutines began


@dataclass(slots=True, kw_only=True)
class Race:
    """One report while it is read."""

    line: int
    current: str = ""
    after_tests: bool = False
    lines: list[Line] = field(default_factory=list)
    accesses: list[list[Frame]] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)
    _function: str = ""
    _in_access: bool = False

    def feed(self, line: Line) -> bool:
        """Take the next line; False at the fence that ends the report."""
        text = line.text
        if text == FENCE or len(self.lines) >= MAX_LINES:
            return False
        self.lines.append(line)
        if text[:6] != "      ":
            self._heading(text)
        elif self._in_access and self._function and (match := _PLACE.match(text)):
            self.accesses[-1].append(Frame(path=match[1], line=int(match[2]), function=self._function))
        return True

    def _heading(self, text: str) -> None:
        if match := _FUNCTION.match(text):
            self._function = match[1]
            self.functions.append(match[1])
        elif text:
            self._in_access = _ACCESS.match(text) is not None
            if self._in_access:
                self.accesses.append([])

    def _tops(self) -> list[Frame]:
        """Where each access happened, by name: which of two racing accesses is reported first is chance."""
        stacks = [own_frames(stack) for stack in self.accesses]
        return sorted((stack[0] for stack in stacks if stack), key=lambda frame: (frame.function, frame.path))

    @property
    def frames(self) -> tuple[Frame, ...]:
        """Own frames of both accesses, the top of each first."""
        rest = [frame for stack in self.accesses for frame in own_frames(stack)[1:]]
        return tuple(dict.fromkeys([*self._tops(), *rest]))

    @property
    def message(self) -> str:
        """``DATA RACE`` with the functions that touched the memory."""
        names = [frame.function for frame in self._tops()]
        return f"DATA RACE: {' and '.join(names)}" if names else "DATA RACE"

    def tests(self) -> list[TestFunction]:
        """The test functions in any of its stacks, most telling first."""
        return [found for name in self.functions if (found := test_function(name))]
