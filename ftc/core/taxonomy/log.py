"""Signs in the log, whatever the language: what runtimes, detectors, networks and databases print.

Rule: a sentence repeats nothing of the log; it says what kind of line stands there and links to it.
"""

from collections.abc import Callable

from ftc.core.analysis import RootCause
from ftc.core.languages import is_test_file
from ftc.core.model import Kind
from ftc.core.taxonomy.case import Case, Find, Reads, Rule, Spot, any_of, failed_as, in_log
from ftc.core.taxonomy.sides import moments, nearly_equal, reordered


def _compared(told: Callable[[str], bool]) -> Find:
    def find(case: Case) -> Spot | None:
        return next((Spot(link=log.link) for log in case.logs if log.link and told(log.text)), None)

    return find


def _product_frame(case: Case) -> Spot | None:
    """The product's own code crashed: a fault of its kind, with the innermost known place outside of the tests."""
    newest = case.newest
    if newest is None or not newest.locations or is_test_file(newest.locations[0].path):
        return None
    return _FAULT(case)


_FAULT = in_log(
    r"nil pointer dereference|index out of range|NullPointerException|IndexOutOfBounds"
    r"|Cannot read propert|on a `None` value|Segmentation fault|SIGSEGV"
)


def _log(id: str, cause: RootCause, weight: float, find: Find, sentence: str) -> Rule:
    return Rule(id=id, cause=cause, weight=weight, reads=Reads.LOG, sentence=sentence, find=find)


C = RootCause
RULES: tuple[Rule, ...] = (
    _log(
        "log-data-race",
        C.CONCURRENCY,
        5.5,
        any_of(failed_as(Kind.DATA_RACE), in_log(r"WARNING: DATA RACE|WARNING: ThreadSanitizer: data race")),
        "The race detector saw two threads use the same memory without order between them.",
    ),
    _log(
        "log-concurrent-use",
        C.CONCURRENCY,
        5.0,
        in_log(
            r"concurrent map (?:writes|read and map write|iteration)|ConcurrentModificationException"
            r"|(?:dictionary|Set) changed size during iteration|RefCell already|already borrowed"
        ),
        "The runtime noticed that one collection was used from two places at once.",
    ),
    _log(
        "log-deadlock",
        C.CONCURRENCY,
        4.5,
        in_log(r"all goroutines are asleep - deadlock|[Dd]eadlock (?:detected|found)|PoisonError"),
        "Threads or transactions waited for each other.",
    ),
    _log(
        "log-locked",
        C.CONCURRENCY,
        3.8,
        in_log(
            r"database (?:table )?is locked|could not obtain lock|[Ll]ock wait timeout"
            r"|could not serialize access|[Ww]rite conflict"
        ),
        "Something else held the lock of the database or file at that moment.",
    ),
    _log(
        "log-never-awaited",
        C.ASYNC_WAIT,
        3.0,
        in_log(r"was never awaited|Task was destroyed but it is pending|PromiseRejectionHandledWarning"),
        "The runtime says that something was started and never awaited.",
    ),
    _log(
        "log-never-satisfied",
        C.ASYNC_WAIT,
        2.0,
        in_log(
            r"Condition never satisfied|ConditionTimeoutException|Unable to find an element|Wanted but not invoked"
            r"|element(?:\(s\))? not found|Timed out retrying|waiting for (?:locator|selector)|StaleElementReference"
        ),
        "What the test waited or looked for had not happened by then.",
    ),
    _log(
        "log-not-ready",
        C.ASYNC_WAIT,
        2.0,
        in_log(
            r"(?i)\bno leader\b|\bnot leader\b|leader (?:is nil|changed)|\bnot (?:yet )?(?:ready|bootstrapped)\b"
            r"|\blost leader|still starting|server is starting|cluster not bootstrapped"
        ),
        "Something was not ready when the test used it: a leader, a server, a watch.",
    ),
    _log(
        "log-after-end",
        C.RESOURCE_LEAK,
        6.0,
        in_log(r"Log in goroutine after|Cannot log after tests are done|after the Jest environment has been torn down"),
        "Something that the test had started was still at work after the test had ended.",
    ),
    _log(
        "log-leak",
        C.RESOURCE_LEAK,
        6.0,
        any_of(
            failed_as(Kind.LEAK),
            in_log(r"found unexpected goroutines|[Ff]ailed to exit gracefully|open handles?|ResourceWarning: unclosed"),
        ),
        "A leak detector found what the test had not closed or stopped.",
    ),
    _log(
        "log-exhausted",
        C.RESOURCE_LEAK,
        5.5,
        in_log(
            r"[Tt]oo many open files|EMFILE|OutOfMemoryError|out of memory|Cannot allocate memory|MemoryError\b"
            r"|unable to create (?:new )?native thread|[Cc]onnection pool (?:exhausted|is full)|too many clients"
        ),
        "A resource of the process or machine was used up.",
    ),
    _log(
        "log-port-taken",
        C.NETWORK,
        6.0,
        in_log(
            r"(?i)address already in use|EADDRINUSE|AddrInUse|only one usage of each socket address"
            r"|port \d{1,5} is (?:already )?in use"
        ),
        "A port was already taken.",
    ),
    _log(
        "log-network",
        C.NETWORK,
        5.5,
        in_log(
            r"(?i)connection (?:refused|reset)|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|no such host"
            r"|name resolution|name or service not known|max retries exceeded|TLS handshake timeout|\bi/o timeout"
            r"|network is unreachable|502 bad gateway|503 service unavailable|broken pipe|UnknownHostException"
        ),
        "A connection failed: a name, a host, or a server that did not answer.",
    ),
    _log(
        "log-disk",
        C.IO,
        6.0,
        in_log(r"No space left on device|ENOSPC|Read-only file system|Input/output error|Disk quota exceeded"),
        "The disk was full or failed.",
    ),
    _log(
        "log-file-missing",
        C.IO,
        3.5,
        in_log(r"No such file or directory|ENOENT|FileNotFound(?:Error|Exception)|NoSuchFileException|kind: NotFound"),
        "A file was not there.",
    ),
    _log(
        "log-file-held",
        C.IO,
        4.5,
        in_log(
            r"being used by another process|EBUSY|Text file busy|Directory not empty|PermissionError: \[WinError 32\]"
        ),
        "A file or folder was still in use.",
    ),
    _log(
        "log-reordered",
        C.UNORDERED,
        6.0,
        _compared(reordered),
        "Expected and actual value hold the same elements in another order.",
    ),
    _log(
        "log-rounding",
        C.FLOATING_POINT,
        6.0,
        _compared(nearly_equal),
        "Expected and actual value differ by rounding alone.",
    ),
    _log(
        "log-moments",
        C.TIME,
        5.0,
        _compared(moments),
        "Expected and actual value are times shortly after one another.",
    ),
    _log(
        "log-run-timeout",
        C.TIGHT_TIMEOUT,
        4.5,
        in_log(
            r"test timed out after|Exceeded timeout of \d+ ?ms|Test timeout of \d+ms exceeded|Timeout >\d+\.?\d*s"
            r"|Timeout of \d+ms exceeded|TimeoutException: .{0,200}timed out after|TestTimedOutException"
        ),
        "The test ran into the time limit of its framework.",
    ),
    _log(
        "log-limit-hides-wait",
        C.ASYNC_WAIT,
        0.8,
        in_log(
            r"test timed out after|Exceeded timeout of \d+ ?ms|Test timeout of \d+ms exceeded|Timeout of \d+ms exceeded"
        ),
        "A time limit also ends a test that waits for something that never comes.",
    ),
    _log(
        "log-deadline",
        C.TIGHT_TIMEOUT,
        3.0,
        in_log(
            r"context deadline exceeded|DeadlineExceeded|deadline has elapsed|TimeoutError\b|asyncio\.\w*\.?Timeout"
        ),
        "A deadline inside of the test passed.",
    ),
    _log(
        "log-product-crash",
        C.PRODUCT_BUG,
        4.8,
        _product_frame,
        "The product's own code crashed, not the test's.",
    ),
)
"""Signs in logs; weights tuned on tests/core/taxonomy/cases.yaml."""
