"""Signs in Go code.

Rule: each entry is one sign with its weight; the sentence says what the line does, never what it is sure to cause.
"""

import re

from ftc.core.analysis import RootCause
from ftc.core.languages import GO
from ftc.core.taxonomy.case import Case, Find, Reads, Rule, Spot, at, followed, in_block, on_line, test_lacks
from ftc.core.taxonomy.code import Code

ASSERTS = (
    r"(?:\b\w+|\))\.(?:Equal|NotEqual|True|False|Len|Empty|NotEmpty|Nil|NotNil|NoError|Error|Contains|Greater|Less"
    r"|ElementsMatch|InDelta|Zero|Panics|JSONEq|Subset|Exactly|ErrorIs)\w*\(|\bt\.(?:Fatal|Fail)\w*\("
)
CHANGES = (
    r"\.(?:Add|Put|Set|Create|Delete|Remove|Update|Start|Stop|Transfer|Resign|Write|Send|Insert|Publish|Submit|Append"
    r"|Close|Restart|Campaign|Split|Merge)\w*\("
)
_POLL = r"\bEventually\w*\(.*func\(\)|\bWaitUntil\w*\(.*func\(\)"
_LOCKED = r"\b(?:Lock|RLock|atomic\.|Store|CompareAndSwap|Once)\b|<-"
_WRITE = re.compile(r"^\s+([A-Za-z_]\w*)(?:\[[^\]]*\])?\s*(?:\+\+|--|[-+|]?=(?!=))")
_LOCALS = re.compile(r"\b([A-Za-z_]\w*(?:,\s?[A-Za-z_]\w*){0,5})\s?:=|^\s+var\s+(\w+)")
_MAP = re.compile(r"\b(\w+)\s?:?=\s?(?:map\[|make\(map\[)|\bvar\s+(\w+)\s+map\[|\b(\w+)\s+map\[")
_FILLED = re.compile(r"\bappend\(|\bFprint\w*\(|\.Write(?:String|Byte|Rune)?\(|\w\s\+=")
_COMPARED = re.compile(r"\b(?:Equal|DeepEqual|EqualValues|Exactly)\w*\(|\s[!=]=\s")
_RANGE = re.compile(r"\brange\s+(?:map\[|(\w+)\s*\{)")
_SORTED = re.compile(r"\bsort\.|\bslices\.Sort|ElementsMatch|InAnyOrder|maps\.Keys.{0,40}Sort|slices\.Sorted")


def _parallel_write(case: Case) -> Spot | None:
    """A parallel test that assigns to a name which nothing in the snippet declares inside of a function."""
    for code in case.code:
        start = next((index for index, line in enumerate(code.bare) if "t.Parallel()" in line), None)
        if start is None:
            continue
        declared = _declared(code)
        for index in range(start + 1, len(code.bare)):
            match = _WRITE.match(code.bare[index])
            if match and match[1] not in declared:
                return at(code, index, match[1])
    return None


def _declared(code: Code) -> set[str]:
    names = {"_"}
    for line in code.bare:
        for match in _LOCALS.finditer(line):
            names |= {name.strip() for name in (match[1] or match[2]).split(",")}
        if line.lstrip().startswith("func"):
            names |= set(re.findall(r"[(,]\s?(\w+)", line))
    return names


def _map_order(case: Case) -> Spot | None:
    """A loop over a map that fills a list or text, where something is compared and nothing sorts."""
    compared = any(_COMPARED.search(line) for code in case.code for line in code.bare)
    for code in case.code if compared else ():
        text = "\n".join(code.bare)
        if not _FILLED.search(text) or _SORTED.search(text):
            continue
        maps = {name for match in _MAP.finditer(text) for name in match.groups() if name}
        for index, line in enumerate(code.bare):
            match = _RANGE.search(line)
            if match and (match[1] is None or match[1] in maps):
                return at(code, index)
    return None


def _go(id: str, cause: RootCause, weight: float, find: Find, sentence: str) -> Rule:
    return Rule(id=id, cause=cause, weight=weight, reads=Reads.CODE, sentence=sentence, find=find, languages=(GO,))


C = RootCause
RULES: tuple[Rule, ...] = (
    _go(
        "go-sleep-assert",
        C.ASYNC_WAIT,
        2.5,
        followed(r"\btime\.Sleep\(", ASSERTS, within=8),
        "Line {line} sleeps for a fixed time, and what follows asserts that something has happened by then.",
    ),
    _go(
        "go-poll-changes",
        C.ASYNC_WAIT,
        2.5,
        in_block(_POLL, CHANGES),
        "Line {line} changes state inside of the polled condition, so that every poll changes what is polled.",
    ),
    _go(
        "go-poll-asserts",
        C.ASYNC_WAIT,
        2.2,
        in_block(
            _POLL, r"\b(?:re|require|assert|s|suite|req)\.\w{1,40}\(|\bt\.(?:Fatal|Error|Fail)", unless="CollectT"
        ),
        "Line {line} asserts inside of the polled condition with the outer test, so that the first poll ends it.",
    ),
    _go(
        "go-select-after",
        C.ASYNC_WAIT,
        1.5,
        on_line(r"<-\s?time\.After\("),
        "Line {line} gives up waiting after a fixed time.",
    ),
    _go(
        "go-goroutine-unjoined",
        C.ASYNC_WAIT,
        1.0,
        followed(r"^\s*go\s+(?:func\b|\w)", ASSERTS, within=12, unless=r"\.Wait\(\)|<-|errgroup"),
        "Line {line} starts a goroutine, and nothing between it and the next assertions waits for it.",
    ),
    _go(
        "go-goroutine-unlocked",
        C.CONCURRENCY,
        3.0,
        in_block(r"^\s*go\s+func\(", r"^\s+\w[\w.]*(?:\+\+|--|\s[-+]=|\s=\s(?:append\())", unless=_LOCKED),
        "Line {line} changes a variable of the surrounding function inside of a goroutine, with no lock in sight.",
    ),
    _go(
        "go-parallel-write",
        C.CONCURRENCY,
        3.0,
        _parallel_write,
        "Line {line} writes {word}, which is declared outside of this test, after t.Parallel().",
    ),
    _go(
        "go-failpoint-left",
        C.ORDER_DEPENDENCY,
        3.0,
        on_line(r"\bfailpoint\.Enable\(", unless=r"\bdefer\b.{0,60}failpoint\.Disable|\bdefer\s+func|\bCleanup\("),
        "Line {line} enables a failpoint, and nothing disables it when the test ends early.",
    ),
    _go(
        "go-global-env",
        C.ORDER_DEPENDENCY,
        3.0,
        on_line(r"\bos\.(?:Setenv|Chdir|Unsetenv)\(", unless=r"\b(?:defer|Cleanup)\b"),
        "Line {line} changes environment or folder of the whole process and does not take it back.",
    ),
    _go(
        "go-fixed-port",
        C.NETWORK,
        3.0,
        on_line(
            r"[\"`](?:[A-Za-z+]{0,10}://)?(?:localhost|127\.0\.0\.1|0\.0\.0\.0|)?:[1-9]\d{2,4}[\"`/]", literal=True
        ),
        "Line {line} names a fixed port, which another test or program may hold.",
    ),
    _go(
        "go-lease-clock",
        C.TIME,
        4.2,
        on_line(r"\b\w*(?:[Ll]ease|TTL|ttl)\w*\.(?:IsExpired|Expire|expire|KeepAlive|Remaining)\w*|\bexpireTime\b"),
        "Line {line} looks at a lease or a time to live against the real clock.",
    ),
    _go(
        "go-now-compared",
        C.TIME,
        4.0,
        on_line(r"(?:Equal|True|False|Less|Greater|InDelta|WithinDuration)\w*\(.{0,80}\btime\.(?:Now|Since)\("),
        "Line {line} compares with the real clock.",
    ),
    _go(
        "go-map-order",
        C.UNORDERED,
        5.0,
        _map_order,
        "Line {line} loops over a map, and the result is compared in a fixed order.",
    ),
    _go(
        "go-short-deadline",
        C.TIGHT_TIMEOUT,
        3.0,
        on_line(r"\bWith(?:Timeout|Deadline)\(.{0,80}(?:\b\d{1,3}\s?\*\s?time\.Millisecond|,\s?time\.Second\))"),
        "Line {line} sets a deadline of at most a second, which a loaded machine misses.",
    ),
    _go(
        "go-short-wait",
        C.TIGHT_TIMEOUT,
        2.5,
        on_line(r"\btime\.After\(\s?\d{1,3}\s?\*\s?time\.Millisecond"),
        "Line {line} waits for less than a second, which a loaded machine misses.",
    ),
    _go(
        "go-random",
        C.RANDOMNESS,
        4.5,
        on_line(
            r"\brand\.(?:Int|Intn|Int63|Int31|Float|Perm|Shuffle|N)\w{0,4}\(", unless=r"rand\.(?:Seed|NewSource|NewPCG)"
        ),
        "Line {line} draws random numbers without a fixed seed.",
    ),
    _go(
        "go-fixed-file",
        C.IO,
        4.0,
        on_line(r"[\"`]/(?:tmp|var/tmp)/\w", literal=True),
        "Line {line} names a file outside of the test's own folder.",
    ),
    _go(
        "go-starts-nothing",
        C.CONCURRENCY,
        -0.7,
        test_lacks(r"^\s*go\s|\.Parallel\(\)|\b(?:sync|atomic|errgroup)\.|\bchan\b|<-"),
        "The test's own code, from line {line} on, starts no goroutine and is not parallel.",
    ),
    _go(
        "go-waits-for-nothing",
        C.ASYNC_WAIT,
        -0.7,
        test_lacks(r"\bSleep\(|Eventually|WaitUntil|<-|^\s*go\s|\bTick|\bWait\("),
        "The test's own code, from line {line} on, waits for nothing.",
    ),
)
"""Signs in Go code (field notes of the Go ecosystem; weights tuned on tests/core/taxonomy/cases.yaml)."""
