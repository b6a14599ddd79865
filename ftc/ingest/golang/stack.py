"""Goroutine dumps: the lines after ``goroutine 7 [running]:`` become goroutines with frames.

Reads what the runtime prints; keeps the crashing goroutine and those that run test functions, drops the rest.
"""

import re
from dataclasses import dataclass, field

from ftc.core.model import Frame

GOROUTINE = re.compile(r"goroutine (\d+) (?:gp=\S+ m=\S+ (?:mp=\S+ )?)?\[([^\]]*)\]:$")
_PLACE = re.compile(r"\s+(\S.*?\.(?:go|s|c|cc)):(\d{1,9})(?: \+0x[0-9a-f]+)?(?: fp=.*)?$")
_CREATED = re.compile(r"created by (\S+?)(?: in goroutine (\d+))?$")
_TEST_FUNCTION = re.compile(
    r"(?:\(?\*?(?P<receiver>\w+)(?:\[[^]]*\])?\)?\.)?(?P<test>(?:Test|Fuzz|Benchmark|Example)(?![a-z])\w*)(?:\.|$|-fm$)"
)
_FRAMEWORK = (
    "runtime.",
    "runtime/",
    "testing.",
    "panic",
    "internal/",
    "reflect.",
    "sync.",
    "time.Sleep",
    "main.main",
    "github.com/stretchr/testify/",
    "go.uber.org/goleak",
)
MAX_FRAMES = 50  # per goroutine: deep recursion repeats itself
MAX_GOROUTINES = 64  # with test functions; dumps of thousands exist


@dataclass(slots=True, kw_only=True)
class Goroutine:
    """One goroutine of a dump; ``frames`` innermost first."""

    id: str
    state: str
    calls: str = ""
    """The innermost function, also where its place was not printed."""
    frames: list[Frame] = field(default_factory=list)
    created_by: str = ""
    parent: str = ""

    def functions(self) -> list[str]:
        """Functions of the stack and then the one that started the goroutine."""
        return [frame.function for frame in self.frames] + ([self.created_by] if self.created_by else [])


class Dump:
    """Collects goroutines line by line."""

    __slots__ = ("_creator", "_function", "_open", "goroutines")

    def __init__(self) -> None:
        self.goroutines: list[Goroutine] = []
        self._open: Goroutine | None = None
        self._function = ""
        self._creator = False

    def feed(self, text: str) -> bool:
        """Take one line; False when it is not part of a dump."""
        if text[:10] == "goroutine " and (match := GOROUTINE.match(text)):
            self._begin(Goroutine(id=match[1], state=match[2]))
            return True
        if self._open is None:
            return False
        if text[:1] in "\t " and text and (match := _PLACE.match(text)):
            self._place(match[1], int(match[2]))
            return True
        return self._call(text)

    def _begin(self, goroutine: Goroutine) -> None:
        previous = self._open
        if previous is not None and len(self.goroutines) > 1 and not _runs_test(previous):
            self.goroutines.pop()
        if len(self.goroutines) < MAX_GOROUTINES:
            self.goroutines.append(goroutine)
        self._open, self._function, self._creator = goroutine, "", False

    def _call(self, text: str) -> bool:
        if self._open is not None and (match := _CREATED.match(text)):
            self._open.created_by, self._open.parent = match[1], match[2] or ""
            self._function, self._creator = match[1], True
        elif self._open is not None and text[-1:] == ")" and "(" in text:
            self._function, self._creator = text[: text.rindex("(")].strip(), False
            self._open.calls = self._open.calls or self._function
        else:
            return not text or text.startswith("...")
        return True

    def _place(self, path: str, line: int) -> None:
        if self._function and not self._creator and self._open is not None and len(self._open.frames) < MAX_FRAMES:
            self._open.frames.append(Frame(path=path, line=line, function=self._function))
        self._function = ""


def _runs_test(goroutine: Goroutine) -> bool:
    return any(test_function(function) for function in goroutine.functions())


@dataclass(frozen=True, slots=True, kw_only=True)
class TestFunction:
    """A test function or suite method as a stack names it."""

    __test__ = False

    package: str
    receiver: str
    name: str


def package_of(function: str) -> str:
    """Import path of a function: ``example.com/a`` of ``example.com/a_test.(*T).Run``; empty when it has none."""
    directory, slash, last = function.rpartition("/")
    package, dot, _ = last.partition(".")
    if not dot:
        return ""
    return (directory + slash + package).replace("%2e", ".").removesuffix("_test")


def test_function(function: str) -> TestFunction | None:
    """The test that ``function`` is or is a closure of; ``TestMain`` is none."""
    rest = function.rpartition("/")[2].partition(".")[2]
    match = _TEST_FUNCTION.match(rest)
    if match is None or match["test"] == "TestMain":
        return None
    package = package_of(function)
    if package in {"testing", "github.com/stretchr/testify/suite"}:
        return None
    return TestFunction(package=package, receiver=match["receiver"] or "", name=match["test"])


def own_frames(frames: list[Frame]) -> tuple[Frame, ...]:
    """Frames without the runtime's and the frameworks' own."""
    return tuple(frame for frame in frames if not frame.function.startswith(_FRAMEWORK))


def frames_in(texts: list[str]) -> tuple[Frame, ...]:
    """Own frames of a stack that was printed as text, whatever its indentation."""
    dump = Dump()
    for text in texts:
        dump.feed(text.strip() if ".go:" not in text else "\t" + text.strip())
    return own_frames(dump.goroutines[0].frames) if dump.goroutines else ()
