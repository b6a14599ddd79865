"""Signs in Python code.

Rule: each entry is one sign with its weight; the sentence says what the line does, never what it is sure to cause.
"""

import re

from ftc.core.analysis import RootCause
from ftc.core.languages import PYTHON
from ftc.core.taxonomy.case import Case, Find, Reads, Rule, Spot, at, followed, on_line, test_lacks

ASSERTS = r"^\s*assert\b|\bself\.assert\w+\(|\bpytest\.raises\("
_SET = re.compile(r"\b(\w+)\s?=\s?(?:frozenset|set)\(|\b(\w+)\s?=\s?\{[^:{}]{1,80}\}")
_GLOBAL = re.compile(r"^([A-Za-z_]\w*)\s?(?::[^=]{1,60})?=\s?(?:\[\]|\{\}|set\(\)|dict\(\)|list\(\)|defaultdict\()")
_RESTORED = r"monkeypatch|patch\.(?:dict|object)|\byield\b|\bfinally\b|addCleanup|tearDown"
_FROZEN = r"freeze_time|freezegun|time_machine|monkeypatch"


def _module_state(case: Case) -> Spot | None:
    """A module's list, dict or set, created empty, that functions in the snippet fill."""
    for code in case.code:
        names = {match[1] for line in code.bare if (match := _GLOBAL.match(line))}
        if not names:
            continue
        changed = re.compile(
            rf"^\s+(?:{'|'.join(sorted(names))})(?:\.(?:append|add|update|extend|insert|setdefault|pop|clear)\(|\[.{{0,40}}\]\s?=)"
        )
        for index, line in enumerate(code.bare):
            if changed.match(line):
                return at(code, index)
    return None


def _set_order(case: Case) -> Spot | None:
    """A set whose elements are taken in order beside an assertion, with nothing that sorts."""
    for code in case.code:
        text = "\n".join(code.bare)
        if "sorted(" in text or ".sort(" in text:
            continue
        names = {name for match in _SET.finditer(text) for name in match.groups() if name}
        taken = "|".join([r"(?:frozen)?set\(", *(rf"{name}\b" for name in sorted(names))])
        ordered = re.compile(rf"(?:\b(?:list|tuple|str|repr|next|iter)|\.join)\(\s?(?:{taken})")
        for index, line in enumerate(code.bare):
            if ordered.search(line):
                return at(code, index)
    return None


def _set_ties(case: Case) -> Spot | None:
    """A set that is sorted by a key: what is equal by it keeps the order of the set."""
    for code in case.code:
        text = "\n".join(code.bare)
        names = {name for match in _SET.finditer(text) for name in match.groups() if name}
        taken = "|".join([r"(?:frozen)?set\(", *(rf"{name}\b" for name in sorted(names))])
        by_key = re.compile(rf"\b(?:sorted|min|max|nlargest|nsmallest)\((?:\w+,\s?)?(?:{taken}).{{0,80}}\bkey\s?=")
        for index, line in enumerate(code.bare):
            if by_key.search(line):
                return at(code, index)
    return None


def _py(id: str, cause: RootCause, weight: float, find: Find, sentence: str) -> Rule:
    return Rule(id=id, cause=cause, weight=weight, reads=Reads.CODE, sentence=sentence, find=find, languages=(PYTHON,))


C = RootCause
RULES: tuple[Rule, ...] = (
    _py(
        "py-sleep-assert",
        C.ASYNC_WAIT,
        2.5,
        followed(r"\b(?:time|asyncio|anyio|trio|gevent)?\.?sleep\(", ASSERTS, within=8),
        "Line {line} sleeps for a fixed time, and what follows asserts that something has happened by then.",
    ),
    _py(
        "py-task-dropped",
        C.ASYNC_WAIT,
        2.0,
        on_line(r"^\s+(?:asyncio\.)?(?:create_task|ensure_future|run_coroutine_threadsafe)\(|^\s+loop\.create_task\("),
        "Line {line} starts a task and keeps no handle by which anything could wait for it.",
    ),
    _py(
        "py-thread-unjoined",
        C.ASYNC_WAIT,
        1.5,
        on_line(r"\bThread\(|\bProcess\(|\bTimer\(", unless=r"\.join\(|\.wait\(|\.result\("),
        "Line {line} starts a thread or process that nothing here joins.",
    ),
    _py(
        "py-thread-shared",
        C.CONCURRENCY,
        1.5,
        on_line(
            r"\bThread\(|ThreadPoolExecutor\(|\.submit\(", beside=r"\+=|\.append\(", unless=r"\bLock\(|with .{0,20}lock"
        ),
        "Line {line} runs code in threads, which change shared values with no lock in sight.",
    ),
    _py(
        "py-environ",
        C.ORDER_DEPENDENCY,
        3.5,
        on_line(
            r"\bos\.environ\[.{0,60}\]\s?=(?!=)|\bos\.(?:putenv|chdir)\(|\bos\.environ\.(?:update|setdefault|pop)\(",
            unless=_RESTORED,
        ),
        "Line {line} changes environment or folder of the whole process and does not take it back.",
    ),
    _py(
        "py-module-patched",
        C.ORDER_DEPENDENCY,
        3.0,
        on_line(
            r"^\s+[a-z_]\w*(?:\.[a-z_]\w*){0,3}\.[A-Z][A-Z0-9_]*\s?=(?!=)"
            r"|\bsys\.(?:path|modules)(?:\[|\.(?:append|insert))",
            unless=_RESTORED,
        ),
        "Line {line} changes a value of a module for every test that runs after this one.",
    ),
    _py(
        "py-module-state",
        C.ORDER_DEPENDENCY,
        3.5,
        _module_state,
        "Line {line} fills a value of the module, which tests that run later see.",
    ),
    _py(
        "py-wide-fixture",
        C.ORDER_DEPENDENCY,
        2.8,
        on_line(r"scope\s?=\s?[\"'](?:session|module|package|class)", literal=True),
        "Line {line} gives a fixture to several tests, and what one does to it the next one sees.",
    ),
    _py(
        "py-class-setup",
        C.ORDER_DEPENDENCY,
        1.5,
        on_line(r"def setUpClass\(|def setup_module\(|def setup_class\("),
        "Line {line} sets up once what several tests then share.",
    ),
    _py(
        "py-set-order",
        C.UNORDERED,
        5.0,
        _set_order,
        "Line {line} takes the elements of a set in an order, which changes with the hash seed.",
    ),
    _py(
        "py-set-ties",
        C.UNORDERED,
        4.0,
        _set_ties,
        "Line {line} ranks the elements of a set by a key; which of equal ones comes first changes with the hash seed.",
    ),
    _py(
        "py-listing-order",
        C.UNORDERED,
        3.5,
        on_line(
            r"\b(?:os\.listdir|glob\.glob|os\.scandir)\(|\.(?:iterdir|glob|rglob)\(", beside="assert", unless="sorted"
        ),
        "Line {line} lists a folder, whose order the file system chooses.",
    ),
    _py(
        "py-now-asserted",
        C.TIME,
        5.0,
        on_line(
            r"(?:\bassert\b|assert\w+\().{0,120}(?:\.(?:now|today|utcnow|localtime)\(|\btime\.time\()", unless=_FROZEN
        ),
        "Line {line} compares with the real clock, which moves on between two readings.",
    ),
    _py(
        "py-now",
        C.TIME,
        3.0,
        on_line(r"\b(?:datetime|date|timezone|pendulum|arrow)\.(?:now|today|utcnow)\(", unless=_FROZEN),
        "Line {line} reads the real clock.",
    ),
    _py(
        "py-random",
        C.RANDOMNESS,
        5.0,
        on_line(
            r"\brandom\.(?:random|randint|randrange|choices?|shuffle|sample|uniform|gauss)\("
            r"|\bnp\.random\.(?!seed|default_rng\(\d)\w+\(|\btorch\.rand\w*\(|\bfake(?:r)?\.\w+\(",
            unless=r"\bseed\(|manual_seed|Random\(\d|default_rng\(\d",
        ),
        "Line {line} draws random values without a fixed seed.",
    ),
    _py(
        "py-fixed-file",
        C.IO,
        4.5,
        on_line(r"[\"'](?:/tmp/|/var/tmp/|[A-Z]:\\\\+[Tt]e?mp)\w?", literal=True, unless="tmp_path|tmpdir"),
        "Line {line} names a file outside of the test's own folder, which other tests and runs may use.",
    ),
    _py(
        "py-real-host",
        C.NETWORK,
        3.5,
        on_line(
            r"(?:requests|httpx|urllib\w*|session|client|aiohttp)[\w.]{0,30}\(\s?f?[\"']https?://(?!localhost|127\.|0\.0)",
            literal=True,
            unless=r"responses\.|respx|requests_mock|vcr|httpretty|MockTransport",
        ),
        "Line {line} asks a real host.",
    ),
    _py(
        "py-fixed-port",
        C.NETWORK,
        3.0,
        on_line(
            r"\bbind\(\s?\(.{0,30},\s?[1-9]\d{2,4}\s?\)|\bport\s?=\s?[1-9]\d{3,4}\b|localhost:[1-9]\d{2,4}",
            literal=True,
        ),
        "Line {line} names a fixed port, which another test or program may hold.",
    ),
    _py(
        "py-float-equal",
        C.FLOATING_POINT,
        4.0,
        on_line(
            r"^\s+assert\b.{0,80}\)\s?==\s?-?\d+\.\d+\s*$|assertEqual\(.{0,60},\s?-?\d+\.\d+\s?\)",
            unless="approx|isclose",
        ),
        "Line {line} compares a computed number with a decimal fraction exactly.",
    ),
    _py(
        "py-elapsed",
        C.TIGHT_TIMEOUT,
        4.5,
        on_line(r"assert\b.{0,80}(?:elapsed|duration|took|perf_counter|monotonic|time\.time\(\)\s?-).{0,40}<"),
        "Line {line} demands that something takes less than some time.",
    ),
    _py(
        "py-short-timeout",
        C.TIGHT_TIMEOUT,
        2.5,
        on_line(r"\btimeout\s?=\s?(?:0?\.\d+|[12])\b"),
        "Line {line} allows two seconds or less, which a loaded machine misses.",
    ),
    _py(
        "py-waits-for-nothing",
        C.ASYNC_WAIT,
        -0.7,
        test_lacks(r"\bsleep\(|\bawait\b|\basync\b|\bwait|Thread|Process|poll|\.delay\("),
        "The test's own code, from line {line} on, waits for nothing.",
    ),
    _py(
        "py-starts-nothing",
        C.CONCURRENCY,
        -0.7,
        test_lacks(r"Thread|Process|Pool|\basync\b|\bgather\(|\.submit\(|concurrent"),
        "The test's own code, from line {line} on, starts nothing that runs at the same time.",
    ),
)
"""Signs in Python code; weights tuned on tests/core/taxonomy/cases.yaml."""
