"""Signs in Rust code.

Rule: each entry is one sign with its weight; the sentence says what the line does, never what it is sure to cause.
"""

from ftc.core.analysis import RootCause
from ftc.core.languages import RUST
from ftc.core.taxonomy.case import Find, Reads, Rule, followed, on_line, test_lacks

ASSERTS = r"\bassert\w*!|\bpanic!|\.unwrap\(\)"
_TEMPORARY = r"tempfile|TempDir|tempdir|NamedTempFile"


def _rust(id: str, cause: RootCause, weight: float, find: Find, sentence: str) -> Rule:
    return Rule(id=id, cause=cause, weight=weight, reads=Reads.CODE, sentence=sentence, find=find, languages=(RUST,))


C = RootCause
RULES: tuple[Rule, ...] = (
    _rust(
        "rust-sleep-assert",
        C.ASYNC_WAIT,
        2.5,
        followed(r"\bsleep\(", r"\bassert\w*!", within=8, unless=r"time::pause"),
        "Line {line} sleeps for a fixed time, and what follows asserts that something has happened by then.",
    ),
    _rust(
        "rust-unjoined",
        C.ASYNC_WAIT,
        2.0,
        followed(
            r"^\s*(?:tokio|thread|std::thread|async_std::task|task|smol)::spawn\w*\(",
            ASSERTS,
            within=12,
            unless=r"\.join\(|\.recv\(|notified\(|\bbarrier",
        ),
        "Line {line} starts a thread or task and keeps no handle by which anything could wait for it.",
    ),
    _rust(
        "rust-env",
        C.ORDER_DEPENDENCY,
        3.8,
        on_line(r"\benv::(?:set_var|remove_var|set_current_dir)\(", unless=r"\bserial\b|temp_env|ENV_LOCK"),
        "Line {line} changes environment or folder of the whole process, which the other tests of the binary share.",
    ),
    _rust(
        "rust-static",
        C.ORDER_DEPENDENCY,
        2.5,
        on_line(
            r"\bstatic\s+(?:mut\s+)?[A-Z_]+\s?:.{0,60}(?:Mutex|RwLock|Atomic|OnceCell|Lazy)|\bstatic mut\b|lazy_static!"
        ),
        "Line {line} keeps a static value that all tests of the binary share.",
    ),
    _rust(
        "rust-relaxed",
        C.CONCURRENCY,
        2.5,
        on_line(r"\bOrdering::Relaxed\b|\bunsafe\b.{0,40}static|\btry_lock\("),
        "Line {line} shares a value between threads with weak ordering.",
    ),
    _rust(
        "rust-hash-order",
        C.UNORDERED,
        4.8,
        on_line(
            r"\bHash(?:Map|Set)\b",
            beside=r"\bassert(?:_eq)?!",
            unless=r"\.sort\w*\(|BTree(?:Map|Set)|IndexMap|\.sorted\(|itertools",
        ),
        "Line {line} uses a hash collection, and the test compares a result in a fixed order.",
    ),
    _rust(
        "rust-now",
        C.TIME,
        3.8,
        on_line(r"\b(?:SystemTime|Utc|Local|OffsetDateTime|Instant)::now\w*\(", unless=r"time::pause|start_paused"),
        "Line {line} reads the real clock.",
    ),
    _rust(
        "rust-short-timeout",
        C.TIGHT_TIMEOUT,
        4.0,
        on_line(r"\b(?:timeout|recv_timeout|wait_timeout)\(\s?(?:std::time::)?Duration::from_millis\(\s?\d{1,3}\s?\)"),
        "Line {line} allows less than a second, which a loaded machine misses.",
    ),
    _rust(
        "rust-random",
        C.RANDOMNESS,
        5.0,
        on_line(r"\brand::(?:random|thread_rng|rng)\(|\bthread_rng\(|\.gen_range\(", unless=r"seed_from_u64|from_seed"),
        "Line {line} draws random values without a fixed seed.",
    ),
    _rust(
        "rust-fixed-port",
        C.NETWORK,
        3.5,
        on_line(r"\"(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]):[1-9]\d{2,4}\"", literal=True),
        "Line {line} names a fixed port, which another test or program may hold.",
    ),
    _rust(
        "rust-fixed-file",
        C.IO,
        4.5,
        on_line(r"\"/(?:tmp|var/tmp)/\w", literal=True, unless=_TEMPORARY),
        "Line {line} names a file outside of the test's own folder, which other tests and runs may use.",
    ),
    _rust(
        "rust-float-equal",
        C.FLOATING_POINT,
        4.0,
        on_line(r"\bassert_eq!\(.{0,80},\s?-?\d+\.\d+(?:f32|f64)?\s?\)"),
        "Line {line} compares a computed number with a decimal fraction exactly.",
    ),
    _rust(
        "rust-waits-for-nothing",
        C.ASYNC_WAIT,
        -0.7,
        test_lacks(r"sleep|\basync\b|await|spawn|recv|\bwait|join|timeout"),
        "The test's own code, from line {line} on, waits for nothing.",
    ),
)
"""Signs in Rust code; weights tuned on tests/core/taxonomy/cases.yaml."""
