"""What masking looks like in each language: one table a language, read by ``search``.

The rule it keeps: every expression is searched in one line that was cut to a length, and has no nested repetition, so
that hostile code costs linear time. A language is data: adding one touches nothing else.
"""

import re
from dataclasses import dataclass, field

from ftc.core.masking.finding import Masking

_Pattern = re.Pattern[str]


def _any(*parts: str) -> _Pattern:
    return re.compile("|".join(f"(?:{part})" for part in parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """How one language writes tests: its files, comments, assertions from strict to loose, and what masks."""

    name: str
    files: _Pattern
    comment: _Pattern
    test: _Pattern
    """The definition of a test; its first group is the name."""
    assertion: _Pattern
    loose: tuple[_Pattern, ...]
    """Assertions that say less, each looser than all before it; what none matches is strict."""
    added: dict[Masking, _Pattern]
    """Masking by what an added line says."""
    removed: dict[Masking, _Pattern] = field(default_factory=dict)
    """Masking by what a removed line said and no added one says."""


_C_COMMENT = re.compile(r"\s*(?://|/\*|\*)")
_HASH_COMMENT = re.compile(r"\s*#")
_INLINE = r"(?<=[:;])\s*assert\b(?=(?:[^'\"]|\"[^\"]*+\"|'[^']*+')*+$)"
"""An assertion of Python behind something else in its line, and not within a text."""

GO = Language(
    name="go",
    files=re.compile(r"\.go$"),
    comment=_C_COMMENT,
    test=re.compile(r"^func (?:\([^)]{0,80}\) )?((?:Test|Benchmark|Fuzz)\w{0,200})\("),
    assertion=_any(
        r"\b(?:re|require|assert|suite\.Require\(\)|s|suite)\.[A-Z]\w{2,40}\(",
        # Any other receiver, where nobody uses what the call returns.
        r"^\s*\w{1,20}\.(?:(?:Not)?(?:Equal|Nil|Zero|Panics|Contains|Regexp|Same)|Equal(?:Values|Error)|Exactly|No(?:Error|Err)"
        r"|Error(?:Is|As|Contains)|True|False|Len|ElementsMatch|(?:JSON|YAML)Eq|Eventually|Never|InDelta|Subset"
        r"|WithinDuration|(?:Greater|Less)(?:OrEqual)?)f?\((?=[^)])",
        r"^\s*c\.(?:Assert|Check)\(",
        r"\bExpect\(",
        r"\bt\.(?:Error|Fatal)f?\(",
        r"\bt\.Fail",
    ),
    loose=(
        _any(r"\.(?:Contains|Subset|Len|InDelta|WithinDuration|GreaterOrEqual|LessOrEqual|Greater|Less)\("),
        _any(r"\.(?:NotNil|NotEmpty|NotZero|True|False|Nil|Empty|NoError|Error|NotEqual|NotPanics)\("),
    ),
    added={
        Masking.SKIP: _any(r"\.Skip(?:f|Now)?\(", r"\btesting\.Short\(\)", r"^//go:build ", r"^// \+build "),
        Masking.RETRY: _any(r"\bretry\.\w", r"(?i:\bfor\b.{0,60}\b(?:retr(?:y|ies)|attempts?)\b)", r"\bflaky\("),
        Masking.SWALLOWED_ERROR: _any(
            r"^\s*_(?:, _)* = (?:.{0,200}\(|\w{0,40}[eE]rr\w{0,40}$)",
            r"\brecover\(\)",
            r"^\s*if err != nil \{ ?return ?\}",
        ),
    },
    removed={Masking.DROPPED_FLAG: _any(r"\.Parallel\(\)", r"\s-race\b", r"\s-shuffle\b", r"\bgoleak\.Verify\w")},
)

PYTHON = Language(
    name="python",
    files=re.compile(r"\.pyi?$"),
    comment=_HASH_COMMENT,
    test=re.compile(r"^\s*(?:async )?def (test\w{0,200})\("),
    assertion=_any(
        r"^\s*assert\b", _INLINE, r"\bself\.assert\w{2,40}\(", r"\bpytest\.raises\(", r"\.assert_\w{2,40}\("
    ),
    loose=(
        _any(
            r"(?:^|(?<=[:;]))\s*assert .{0,200} (?:in|>=|<=|>|<) ",
            r"approx\(|(?:^|(?<=[:;]))\s*assert len\(",
            r"\bassert(?:In|AlmostEqual|Greater|Less|CountEqual)\w{0,20}\(",
        ),
        _any(
            r"(?:^|(?<=[:;]))\s*assert [\w.()\[\]'\" ]{1,200}$",
            r"(?:^|(?<=[:;]))\s*assert .{0,200} is not None",
            r"(?:^|(?<=[:;]))\s*assert isinstance\(",
            r"\bassert(?:True|IsNotNone|IsInstance|NotEqual)\(",
            r"(?:^|(?<=[:;]))\s*assert .{0,200}!=",
            r"\.assert_called\(",
        ),
        _any(r"(?:^|(?<=[:;]))\s*assert True\b", r"\bassert\b.{0,200} == (?:mock\.)?ANY$"),
    ),
    added={
        Masking.SKIP: _any(
            r"\bmark\.(?:skip|skipif|xfail)\b",
            r"\bpytest\.(?:skip|xfail|importorskip)\(",
            r"\bunittest\.(?:skip|expectedFailure)",
            r"\bself\.skipTest\(",
            r"\bSkipTest\b",
            r"\b__test__ = False",
            r"\bcollect_ignore",
        ),
        Masking.RETRY: _any(
            r"@(?:\w{1,40}\.)*flaky\b",
            r"\breruns?\s*=",
            r"--reruns\b",
            r"@(?:\w{1,40}\.)?retry\b",
            r"\bmark\.flaky\b",
            r"\bfor (?:\w{0,20}(?:attempt|retry)|(?:\w{0,20}_)?tr(?:y|ies))\w{0,20} in range\(",
        ),
        Masking.SWALLOWED_ERROR: _any(
            r"^\s*except(?: (?:Base)?Exception\b.{0,40}| AssertionError\b.{0,40})?:",
            r"^\s*except\b[^:]{0,200}\b(?:AssertionError|(?:Base)?Exception(?:Group)?)\b",
            r"\bsuppress\([^)]{0,200}\b(?:AssertionError|(?:Base)?Exception)\b",
        ),
    },
    removed={Masking.DROPPED_FLAG: _any(r"\s-n\s?(?:auto|\d)", r"\brandom-order\b", r"\bPYTHONHASHSEED\b")},
)

JAVASCRIPT = Language(
    name="javascript",
    files=re.compile(r"\.[cm]?[jt]sx?$"),
    comment=_C_COMMENT,
    test=re.compile(r"^\s*(?:it|test)(?:\.\w{1,20})?\(\s*(['\"`][^'\"`]{1,200})"),
    assertion=_any(
        r"\bexpect\(",
        r"\bassert(?:\.\w{2,40})?\(",
        r"\.should\b",
        r"^\s*(?:await )?(?:(?:not|deep|strict|deepStrict|not(?:Deep)?Strict)?[eE]qual|throws|rejects"
        r"|doesNot(?:Throw|Reject))\(",
        r"\bt\.(?:is|not|true|false|truthy|falsy|ok|notOk|(?:(?:not|deep|strict|notDeep)?[eE]|s?E)qual|like|same|regex"
        r"|(?:notT|t)hrows(?:Async)?|rejects|snapshot|fail|plan|assert)\(",
    ),
    loose=(
        _any(
            r"\.to(?:MatchObject|Contain|ContainEqual|HaveLength|BeCloseTo|Match|BeGreaterThan\w{0,10}|BeLessThan\w{0,10})\(",
            r"expect\.any",
            r"objectContaining",
        ),
        _any(
            r"\.to(?:BeTruthy|BeDefined|BeFalsy|BeNull|BeUndefined|BeInstanceOf|HaveBeenCalled|Throw)\(",
            r"\.not\.to\w",
            r"\bassert\(",
            r"\bt\.(?:truthy|falsy|ok|notOk|not|notEqual|notDeepEqual|notThrows|assert)\(",
            r"\.should\.(?:exist|be\.ok|not)\b",
        ),
    ),
    added={
        Masking.SKIP: _any(
            r"\b(?:it|test|describe|suite|context)\.(?:skip|todo|fixme|only|fails?|skipIf)\b",
            r"\bx(?:it|test|describe)\(",
            r"\b(?:this|t|ctx)\.skip\(",
            r"\b(?:skip|todo):\s*(?:true|['\"])",
        ),
        Masking.RETRY: _any(r"\bretryTimes\(", r"\bretr(?:y|ies)\b\s*[:(]", r"\bflaky\b"),
        Masking.SWALLOWED_ERROR: _any(
            r"\bcatch\s*(?:\([^)]{0,40}\))?\s*\{\s*\}",
            r"\.catch\(\s*(?:\(\w{0,20}\)|\w{1,20})?\s*(?:=>\s*(?:\{?\s*\}?|null|undefined|false|true|void 0))?\s*\)",
            r"\.catch\(\s*\(?\w{0,20}\)?\s*=>\s*\{?\s*console\.",
            r"\bforce:\s*true",
        ),
    },
    removed={
        Masking.DROPPED_FLAG: _any(r"\.concurrent\b", r"\bfullyParallel:\s*true", r"--shuffle\b|sequence\.shuffle")
    },
)

JVM = Language(
    name="jvm",
    files=re.compile(r"\.(?:java|kts?|groovy|scala)$"),
    comment=_C_COMMENT,
    test=re.compile(r"^\s*@(?:Parameterized)?Test\b()"),
    assertion=_any(r"\b(?:assert\w{2,40}|verify|fail)\(", r"\bshould\w{2,40}"),
    loose=(
        _any(
            r"\bassert(?:Iterable|Lines)\w{0,20}\(",
            r"\.contains\w{0,30}\(",
            r"\.isCloseTo\(",
            r"\.is(?:Greater|Less)Than\w{0,20}\(",
            r"\.hasSize\(",
        ),
        _any(r"\bassert(?:NotNull|True|False|NotEquals|DoesNotThrow)\(", r"\.is(?:NotNull|NotEmpty|True|False)\("),
    ),
    added={
        Masking.SKIP: _any(
            r"@(?:Disabled|Ignore)\w{0,20}\b", r"\bassum(?:e|ing)(?:True|False|That)\(", r"\benabled\s*=\s*false"
        ),
        Masking.RETRY: _any(
            r"@(?:Retry\w{0,20}|RepeatedIfExceptions\w{0,10}|Flaky)\b",
            r"rerunFailingTestsCount",
            r"\bretryAnalyzer\b",
            r"\bmaxRetries\b",
        ),
        Masking.SWALLOWED_ERROR: _any(
            r"\bcatch\s*\((?:final )?(?:Exception|Throwable|AssertionError|Error)\b",
            r"\brunCatching\b",
            r"\bcatch\s*\([^)]{1,80}\)\s*\{\s*\}",
        ),
    },
    removed={Masking.DROPPED_FLAG: _any(r"@Execution\(.{0,20}CONCURRENT", r"parallel(?:\.enabled)?\s*=\s*true")},
)

RUST = Language(
    name="rust",
    files=re.compile(r"\.rs$"),
    comment=_C_COMMENT,
    test=re.compile(r"^\s*#\[(?:\w{1,40}::)?test\b()"),
    assertion=_any(r"\b(?:debug_)?assert\w{0,20}!\(", r"\bpanic!\(", r"\.unwrap\(\)", r"\.expect\("),
    loose=(
        _any(r"\bassert!\(.{0,200}(?:contains|>=|<=|>|<)"),
        _any(r"\bassert(?:_ne)?!\(", r"\bassert!\(.{0,200}is_(?:ok|some|err)\("),
    ),
    added={
        Masking.SKIP: _any(r"#\[ignore\b", r"#\[cfg\((?:not|any)\(", r"#\[cfg_attr\(.{0,80}ignore"),
        Masking.RETRY: _any(
            r"\bretries\s*=", r"\bfor _?\w{0,20}(?:attempt|retry)\w{0,20} in ", r"#\[flaky\b", r"\bretry\("
        ),
        Masking.SWALLOWED_ERROR: _any(
            r"^\s*let _ = ", r"\.unwrap_or(?:_default|_else)?\(", r"\.ok\(\);", r"\bcatch_unwind\("
        ),
    },
)

CPP = Language(
    name="cpp",
    files=re.compile(r"\.(?:c|cc|cpp|cxx|h|hh|hpp|hxx)$"),
    comment=_C_COMMENT,
    test=re.compile(r"^\s*(?:TYPED_)?TEST(?:_F|_P|_CASE|_METHOD)?\(\s*([^)]{1,200})"),
    assertion=_any(
        r"\b(?:EXPECT|ASSERT)_[A-Z_]{2,30}\(", r"\b(?:REQUIRE|CHECK)(?:_[A-Z_]{2,30})?\(", r"\bassert\(", r"\bFAIL\("
    ),
    loose=(
        _any(r"_(?:GE|LE|GT|LT|NEAR)\(", r"\b(?:REQUIRE|CHECK|assert)\(.{0,200} (?:>=|<=|>|<) "),
        _any(
            r"_(?:TRUE|FALSE|NE|NO_THROW|ANY_THROW|NOTHROW)\(",
            r"\b(?:REQUIRE|CHECK|assert)\((?:[^=<>]{1,200}\)|.{0,200}!=)",
        ),
    ),
    added={
        Masking.SKIP: _any(
            r"\bGTEST_SKIP\(",
            r"\bSKIP\(",
            r"\bDISABLED_\w",
            r"\[\.\w{0,40}\]",
            r"\[!(?:mayfail|shouldfail)\]",
            r"^\s*#\s*if 0\b",
        ),
        Masking.RETRY: _any(r"(?i:\bfor\b.{0,60}\b(?:retr(?:y|ies)|attempts?)\b)", r"(?i:\bretry\w{0,20}\()"),
        Masking.SWALLOWED_ERROR: _any(
            r"\bcatch\s*\(\s*\.\.\.\s*\)",
            r"\bcatch\s*\([^)]{1,80}\)\s*\{\s*\}",
            r"^\s*(?:\(void\)|static_cast<void>\().{0,200}\(",
        ),
    },
)

LANGUAGES = (GO, PYTHON, JAVASCRIPT, JVM, RUST, CPP)
"""One for each in which a recipe can run tests."""


def language_of(path: str) -> Language | None:
    """The language of a file by its name."""
    return next((language for language in LANGUAGES if language.files.search(path)), None)


WAIT = re.compile(
    r"(?i)sleep|time_?out|deadline|\bwait|eventually|\bdelay|poll|\bbackoff|setTimeout|\bafter\(|atMost|within|interval"
    r"|^\s*\}\s*,\s*\d+\s*\)"  # the last argument of a test of jest or mocha
)
"""A line about waiting, in any language."""
NUMBER = re.compile(r"(?<![\w.])\d[\d_]*(?:\.\d+)?(?:[eE]-?\d+)?")
DURATION = re.compile(
    r"(?:<number> ?\* ?)?(?:time\.|TimeUnit\.|Duration(?:::|\.))?"
    r"(?:(?:Nano|Micro|Milli)?[sS]econds?\b|Minutes?\b|Hours?\b|(?:MILLI|MICRO|NANO)?SECONDS\b|MINUTES\b"
    r"|from_(?:secs|millis|micros|nanos)(?:_f(?:32|64))?\b|of(?:Seconds|Millis|Minutes)\b)(?: ?\* ?<number>)?"
)
"""A unit of time with its number, once numbers read ``<number>``."""
SLEEP = re.compile(
    r"(?i)\b(?:sleep(?:_for|_until|_ms|for|seconds|millis)?|usleep|nanosleep|waitForTimeout|setTimeout|delay)\s*\("
    r"|<-\s*time\.After\(|\bcy\.wait\(\s*\d|\bEvent\(\)\.wait\("
)
"""Waiting for time to pass instead of for something to happen."""
