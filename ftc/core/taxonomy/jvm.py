"""Signs in Java and Kotlin code.

Rule: each entry is one sign with its weight; the sentence says what the line does, never what it is sure to cause.
"""

from ftc.core.analysis import RootCause
from ftc.core.languages import JVM
from ftc.core.taxonomy.case import Find, Reads, Rule, followed, on_line, test_lacks

ASSERTS = r"\bassert\w*\(|\bverify\(|\bfail\(|\bshould\w*\b"
_STARTS = r"\b(?:runAsync|supplyAsync)\(|\bexecutor\w*\.(?:submit|execute)\(|\bnew Thread\(|\bGlobalScope\.launch"
_JOINED = r"\.(?:get|join)\(\s?\)|\bawait\w*\(|Awaitility|invokeAll"
_FIXED = r"Clock\.fixed|mockStatic|withFixedClock|MutableClock|TestClock"


def _jvm(id: str, cause: RootCause, weight: float, find: Find, sentence: str) -> Rule:
    return Rule(id=id, cause=cause, weight=weight, reads=Reads.CODE, sentence=sentence, find=find, languages=(JVM,))


C = RootCause
RULES: tuple[Rule, ...] = (
    _jvm(
        "jvm-sleep-assert",
        C.ASYNC_WAIT,
        2.5,
        followed(r"\bThread\.sleep\(|\bTimeUnit\.\w+\.sleep\(|\bdelay\(\s?\d", ASSERTS, within=8),
        "Line {line} sleeps for a fixed time, and what follows asserts that something has happened by then.",
    ),
    _jvm(
        "jvm-unjoined",
        C.ASYNC_WAIT,
        2.5,
        followed(rf"^\s*(?:CompletableFuture\.)?(?:{_STARTS})", ASSERTS, within=10, unless=_JOINED),
        "Line {line} starts work on another thread, and nothing between it and the next assertions waits for it.",
    ),
    _jvm(
        "jvm-verify-at-once",
        C.ASYNC_WAIT,
        1.0,
        on_line(r"\bverify\((?!.{0,60}timeout\()", beside=r"[Aa]sync|publish|submit|execute"),
        "Line {line} verifies a call at once that another thread may make later.",
    ),
    _jvm(
        "jvm-threads-unlocked",
        C.CONCURRENCY,
        2.0,
        on_line(
            _STARTS,
            beside=r"\+\+|\.add\(|\.put\(",
            unless=r"synchronized|Atomic|Concurrent|\bLock\b|CopyOnWrite|Collections\.synchronized",
        ),
        "Line {line} runs code on other threads, which change shared values with no lock in sight.",
    ),
    _jvm(
        "jvm-static-state",
        C.ORDER_DEPENDENCY,
        3.5,
        on_line(
            r"\bstatic\b[^=;(]{0,80}\b\w*(?:List|Map|Set|Queue|Deque|Collection)\b[^=;(]{0,80}="
            r"|^\s*(?:(?:public|private|protected)\s+)?static\s+(?!final|void|class)\w[^=;(]{0,80}[=;]",
            unless=r"@(?:BeforeEach|AfterEach|Before|After)\b",
        ),
        "Line {line} keeps a static value that can change and that all tests share, with nothing that resets it.",
    ),
    _jvm(
        "jvm-system-property",
        C.ORDER_DEPENDENCY,
        3.5,
        on_line(
            r"\bSystem\.setProperty\(|\b(?:Locale|TimeZone)\.setDefault\(",
            unless=r"clearProperty|@After|finally|@SetSystem",
        ),
        "Line {line} changes a value of the whole process and does not take it back.",
    ),
    _jvm(
        "jvm-method-order",
        C.ORDER_DEPENDENCY,
        2.5,
        on_line(r"@(?:TestMethodOrder|FixMethodOrder|Order\(|DirtiesContext)|Lifecycle\.PER_CLASS"),
        "Line {line} gives tests an order or a shared object, as if they depended on each other.",
    ),
    _jvm(
        "jvm-hash-order",
        C.UNORDERED,
        4.5,
        on_line(
            r"^(?!.*\bstatic\b).*\bnew Hash(?:Map|Set)\b|\b(?:Collectors\.toSet|hashSetOf|hashMapOf)\b",
            beside=r"assertEquals\(|isEqualTo\(|shouldBe",
            unless=r"\bsort\w*\(|Tree(?:Map|Set)|Linked|InAnyOrder|containsExactlyInAnyOrder",
        ),
        "Line {line} makes a hash collection, and the test compares a result in a fixed order.",
    ),
    _jvm(
        "jvm-reflection-order",
        C.UNORDERED,
        4.0,
        on_line(r"\.get(?:Declared)?(?:Methods|Fields|Constructors)\(\)|\.listFiles\(", unless=r"sort"),
        "Line {line} takes members or files in an order that is not specified.",
    ),
    _jvm(
        "jvm-now-asserted",
        C.TIME,
        5.0,
        on_line(
            r"assert\w*\(.{0,120}(?:\b(?:LocalDate|LocalDateTime|LocalTime|Instant|ZonedDateTime|OffsetDateTime)\.now\("
            r"|currentTimeMillis\(|nanoTime\(|new Date\(\s?\))",
            unless=_FIXED,
        ),
        "Line {line} compares with the real clock, which moves on between two readings.",
    ),
    _jvm(
        "jvm-now",
        C.TIME,
        3.0,
        on_line(
            r"\b(?:Local\w{4,8}|Instant|ZonedDateTime)\.now\(\s?\)|\bnew Date\(\s?\)|Calendar\.getInstance\(",
            unless=_FIXED,
        ),
        "Line {line} reads the real clock.",
    ),
    _jvm(
        "jvm-short-wait",
        C.TIGHT_TIMEOUT,
        5.0,
        on_line(
            r"\b(?:await|get|poll|tryAcquire|atMost|awaitTermination)\(\s?\d{1,4}\s?,\s?(?:TimeUnit\.)?MILLISECONDS"
            r"|\batMost\(\s?1\s?,\s?(?:TimeUnit\.)?SECONDS|Duration\.ofMillis\(\s?\d{1,3}\s?\)",
        ),
        "Line {line} gives up after seconds or less, which a loaded machine misses.",
    ),
    _jvm(
        "jvm-timeout",
        C.TIGHT_TIMEOUT,
        3.0,
        on_line(r"@Timeout\(\s?\d|@Test\(\s?timeout\s?=|assertTimeout\w*\("),
        "Line {line} sets a limit on the test's own time.",
    ),
    _jvm(
        "jvm-random",
        C.RANDOMNESS,
        5.0,
        on_line(r"\bnew Random\(\s?\)|\bMath\.random\(|ThreadLocalRandom|RandomStringUtils|\bRandom\.next"),
        "Line {line} draws random values without a fixed seed.",
    ),
    _jvm(
        "jvm-fixed-port",
        C.NETWORK,
        3.5,
        on_line(
            r"\b(?:Server)?Socket\(\s?(?:[\"']\w+[\"']\s?,\s?)?[1-9]\d{2,4}\b|\bport\(\s?[1-9]\d{3,4}|localhost:[1-9]\d{2,4}",
            literal=True,
        ),
        "Line {line} names a fixed port, which another test or program may hold.",
    ),
    _jvm(
        "jvm-fixed-file",
        C.IO,
        4.0,
        on_line(r"\"/tmp/\w|new File\(\s?\"[\w.]+\"", literal=True, unless="TempDir|TemporaryFolder"),
        "Line {line} names a file outside of the test's own folder, which other tests and runs may use.",
    ),
    _jvm(
        "jvm-float-equal",
        C.FLOATING_POINT,
        4.0,
        on_line(r"assertEquals\(\s?-?\d+\.\d+[dDfF]?\s?,[^,]{1,80}\)\s?;"),
        "Line {line} compares a computed number with a decimal fraction without a tolerance.",
    ),
    _jvm(
        "jvm-waits-for-nothing",
        C.ASYNC_WAIT,
        -0.7,
        test_lacks(r"sleep\(|[Aa]wait|Future|Thread|[Ee]xecutor|[Aa]sync|suspend|runBlocking|runTest|Latch|\bverify\("),
        "The test's own code, from line {line} on, waits for nothing.",
    ),
)
"""Signs in Java and Kotlin code; weights tuned on tests/core/taxonomy/cases.yaml."""
