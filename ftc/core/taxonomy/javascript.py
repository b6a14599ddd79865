"""Signs in JavaScript and TypeScript code.

Rule: each entry is one sign with its weight; the sentence says what the line does, never what it is sure to cause.
"""

from ftc.core.analysis import RootCause
from ftc.core.languages import JAVASCRIPT
from ftc.core.taxonomy.case import Find, Reads, Rule, followed, on_line, test_lacks

ASSERTS = r"\bexpect\(|\bassert\b|\.should\("
_RESET = r"\bafter(?:Each|All)\(|\bcleanup\(|restoreAllMocks|\bfinally\b"
_FAKE = r"useFakeTimers|setSystemTime|MockDate|timekeeper|sinon\.useFakeTimers"


def _js(id: str, cause: RootCause, weight: float, find: Find, sentence: str) -> Rule:
    return Rule(
        id=id, cause=cause, weight=weight, reads=Reads.CODE, sentence=sentence, find=find, languages=(JAVASCRIPT,)
    )


C = RootCause
RULES: tuple[Rule, ...] = (
    _js(
        "js-sleep-assert",
        C.ASYNC_WAIT,
        2.5,
        followed(
            r"\bsetTimeout\(\s?\w+\s?,|\bwaitForTimeout\(|\bcy\.wait\(\s?\d|\b(?:sleep|delay|pause|setTimeout)\(\s?\d",
            rf"{ASSERTS}|\bcy\.",
            within=8,
        ),
        "Line {line} waits for a fixed time, and what follows asserts that something has happened by then.",
    ),
    _js(
        "js-promise-not-awaited",
        C.ASYNC_WAIT,
        3.0,
        on_line(r"^\s*expect\(.{0,160}\.(?:resolves|rejects)\b"),
        "Line {line} asserts on a promise and does not await the assertion.",
    ),
    _js(
        "js-event-not-awaited",
        C.ASYNC_WAIT,
        2.0,
        on_line(r"^\s*(?:userEvent|user|page|locator|browser|driver)\.\w+\("),
        "Line {line} starts an action that is not awaited.",
    ),
    _js(
        "js-browser-snapshot",
        C.ASYNC_WAIT,
        1.5,
        on_line(r"\bexpect\(\s?await\s+(?:page|\w+)\.(?:textContent|innerText|isVisible|count|getAttribute|\$)\w*\("),
        "Line {line} reads the page once, where an assertion on the locator would wait.",
    ),
    _js(
        "js-fake-timers",
        C.ORDER_DEPENDENCY,
        4.5,
        on_line(r"\b(?:jest|vi|sinon)\.useFakeTimers\(", unless=r"useRealTimers|\.restore\("),
        "Line {line} installs fake timers, and nothing here takes them off again.",
    ),
    _js(
        "js-shared-dom",
        C.ORDER_DEPENDENCY,
        3.5,
        on_line(r"\bdocument\.(?:body|head)\.(?:innerHTML\s?=|append\w*\()", unless=_RESET),
        "Line {line} writes into the document that all tests of the file share.",
    ),
    _js(
        "js-global-state",
        C.ORDER_DEPENDENCY,
        3.0,
        on_line(
            r"\b(?:global|globalThis|window|process\.env)\.\w+\s?=(?!=)|\b(?:local|session)Storage\.setItem\(",
            unless=_RESET,
        ),
        "Line {line} changes a global value and does not take it back.",
    ),
    _js(
        "js-module-state",
        C.ORDER_DEPENDENCY,
        1.8,
        on_line(r"^(?:let|var)\s+\w+\s?(?:=\s?(?:\[\]|\{\}|0|new\s|null)|;)", unless=r"\bbeforeEach\("),
        "Line {line} declares a variable that the tests of the file share, and nothing sets it anew before each.",
    ),
    _js(
        "js-now-asserted",
        C.TIME,
        5.0,
        on_line(r"\bexpect\(.{0,160}(?:\bDate\.now\(|\bnew Date\(\s?\)|performance\.now\()", unless=_FAKE),
        "Line {line} compares with the real clock, which moves on between two readings.",
    ),
    _js(
        "js-now",
        C.TIME,
        3.0,
        on_line(r"\bDate\.now\(|\bnew Date\(\s?\)|\b(?:dayjs|moment)\(\s?\)", unless=_FAKE),
        "Line {line} reads the real clock.",
    ),
    _js(
        "js-random",
        C.RANDOMNESS,
        5.0,
        on_line(r"\bMath\.random\(|\bfaker\.\w+", unless=r"faker\.seed|mockReturnValue|seedrandom"),
        "Line {line} draws random values without a fixed seed.",
    ),
    _js(
        "js-fixed-port",
        C.NETWORK,
        3.0,
        on_line(r"\.listen\(\s?[1-9]\d{2,4}\b|(?:localhost|127\.0\.0\.1):[1-9]\d{2,4}", literal=True),
        "Line {line} names a fixed port, which another test or program may hold.",
    ),
    _js(
        "js-real-host",
        C.NETWORK,
        3.0,
        on_line(
            r"\b(?:fetch|axios(?:\.\w+)?|got|request)\(\s?[\"'`]https?://(?!localhost|127\.)",
            literal=True,
            unless=r"\bnock\(|\bmsw\b|setupServer|mockResolvedValue",
        ),
        "Line {line} asks a real host.",
    ),
    _js(
        "js-server-open",
        C.RESOURCE_LEAK,
        2.5,
        on_line(r"\.listen\(|\bsetInterval\(|createServer\(", unless=r"\.close\(|clearInterval|\bafter(?:Each|All)\("),
        "Line {line} opens a server or timer that nothing here closes.",
    ),
    _js(
        "js-float-equal",
        C.FLOATING_POINT,
        4.0,
        on_line(r"\.to(?:Be|Equal|StrictEqual)\(\s?-?\d+\.\d+\s?\)"),
        "Line {line} compares a computed number with a decimal fraction exactly.",
    ),
    _js(
        "js-fixed-file",
        C.IO,
        4.0,
        on_line(r"[\"'`]/tmp/\w", literal=True),
        "Line {line} names a file outside of the test's own folder, which other tests and runs may use.",
    ),
    _js(
        "js-short-timeout",
        C.TIGHT_TIMEOUT,
        2.5,
        on_line(r"\btimeout:\s?\d{1,3}\b|\bsetTimeout\(\s?\d{1,3}\s?\)|\.timeout\(\s?\d{1,3}\s?\)"),
        "Line {line} allows less than a second, which a loaded machine misses.",
    ),
    _js(
        "js-waits-for-nothing",
        C.ASYNC_WAIT,
        -0.7,
        test_lacks(r"\basync\b|\bawait\b|\bPromise\b|\bthen\(|setTimeout|\bdone\(|userEvent|cy\.|resolves|rejects"),
        "The test's own code, from line {line} on, waits for nothing.",
    ),
)
"""Signs in JavaScript and TypeScript code; weights tuned on tests/core/taxonomy/cases.yaml."""
