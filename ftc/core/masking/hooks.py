"""What test files say to a runner: hooks that decide how a test ended, and shelters in which a race is not met.

The rule it keeps: as in ``languages``, every expression is searched in one line that was cut to a length, without
nested repetition. One entry for each language there. A hook is told by its name, since what it does to an outcome no
line shows; a shelter may be just what a test needs, so that it is a doubt.
"""

import re
from collections.abc import Iterator

from ftc.core.diff import FileDiff
from ftc.core.masking.awake import quoted
from ftc.core.masking.finding import Finding, Masking
from ftc.core.masking.languages import Language
from ftc.core.masking.outline import MAX_LINE, is_code
from ftc.core.masking.side import Side

_Pattern = re.Pattern[str]


def _any(*parts: str) -> _Pattern:
    return re.compile("|".join(f"(?:{part})" for part in parts))


HOOKS = {
    "go": re.compile(r"(?!)"),  # told by ``decided``
    "python": _any(
        r"\bdef pytest_(?:runtest_\w{1,40}|pyfunc_call|report_teststatus|exception_interact|sessionfinish|unconfigure"
        r"|deselected|ignore_collect|itemcollected|warning_recorded)\(",
        r"\bhook(?:impl|wrapper)\b.{0,80}\b(?:hook)?wrapper\s*=\s*True",
        r"\bruntestprotocol\(|\bitem\.runtest\(\)",
        r"\.outcome\s*=\s*['\"](?:passed|skipped)|\.longrepr\s*=\s*None\b|\bforce_(?:result|exception)\(",
        r"\bexitstatus\s*=\s*(?:0|\w{0,20}\.?ExitCode\.OK)",
        r"\bitems\[:\] = (?!sorted\()|\bitems\.(?:remove|clear|pop)\(|\bdel items\[",
        # Of unittest.
        r"\bdef (?:addFailure|addError|addSubTest|_callTestMethod|wasSuccessful)\(|\bdef run\(self, result\b",
    ),
    "javascript": _any(
        r"\bhandleTestEvent\b",
        r"\.result\.(?:state|status|errors)\s*=(?!=)|\bcurrentTest\.(?:state|err)\s*=(?!=)",
        r"\bprocess\.exitCode\s*=\s*(?:0|undefined)\b",
        r"\bprocess\.on\(\s*['\"](?:uncaughtException|unhandledRejection)['\"],\s*\(?\w{0,20}\)?\s*=>\s*\{\s*\}",
        r"\bCypress\.on\(\s*['\"]uncaught:exception['\"]|\bcy\.on\(\s*['\"](?:fail|uncaught:exception)['\"]",
    ),
    "jvm": _any(
        r"\b(?:handle(?:TestExecution|(?:Before|After)(?:All|Each)Method)\w{0,20}|interceptTest\w{0,40}Method)\(",
        r"(?:\bimplements\b|:).{0,200}\b(?:(?:Test|LifecycleMethod)ExecutionExceptionHandler|InvocationInterceptor"
        r"|IRetryAnalyzer|IHookable|IInvokedMethodListener|TestCaseExtension|TestCaseInterceptor)\b",
        r"\bsetStatus\(\s*(?:ITestResult\.)?SUCCESS",
    ),
    "rust": re.compile(r"(?!)"),
    "cpp": _any(r"^\s*(?:\(void\)\s*)?RUN_ALL_TESTS\(\)\s*;", r"\bRUN_ALL_TESTS\(\)\s*(?:\|\||&&|\*\s*0|\?)"),
}
"""By the name of the language: what lets a file decide which tests there are, how often they run, or how they ended."""

SHELTERS = {
    "go": _any(
        r"\bruntime\.GOMAXPROCS\(\s*1\s*\)", r"\bdebug\.SetGCPercent\(\s*-1\s*\)", r"\bgoleak\.Ignore\w{1,30}\("
    ),
    "python": _any(
        r"\bmark\.(?:serial|xdist_group|run_serially|no_parallel)\b",
        r"\bgc\.disable\(\)|\bsetswitchinterval\(|\bsched_setaffinity\(",
        r"\bignore::(?:pytest\.)?Pytest\w{0,40}(?:Unhandled|Unraisable)",
    ),
    "javascript": _any(
        r"\b(?:it|test|describe|suite)(?:\.describe)?\.(?:serial|sequential)\b",
        r"\bmode:\s*['\"]serial['\"]",
        r"\b(?:fileParallelism|fullyParallel|concurrent):\s*false\b",
        r"\bmaxWorkers:\s*1\b",
    ),
    "jvm": _any(r"@Execution\(.{0,60}\bSAME_THREAD\b", r"@(?:ResourceLock|Isolated|NotThreadSafe|DoNotParallelize)\b"),
    "rust": _any(
        r"#\[(?:serial_test::)?(?:file_)?serial\b",
        r"\bworker_threads\s*=\s*1\b",
        r"\bflavor\s*=\s*\"current_thread\"",
    ),
    "cpp": _any(r"\bomp_set_num_threads\(\s*1\s*\)", r"\bsched_setaffinity\("),
}
"""By the name of the language: what runs a test alone or with one thread, or leaves something out of a check."""

_RUN = re.compile(r"\bm\.Run\(\)")
_EXIT = re.compile(r"\bos\.Exit\(0\)")
_PASSED = re.compile(r"\bif \w{1,20} == 0\b")
_MAIN = re.compile(r"^func TestMain\(")


def hooks(diff: FileDiff, language: Language) -> Iterator[Finding]:
    """Hooks and shelters that a file gets, unless the patch only moves them within it."""
    kept = {line[:MAX_LINE].strip() for line in diff.removed if is_code(line, language)}
    for line in (line[:MAX_LINE].strip() for line in diff.added if is_code(line, language)):
        for kind, table in ((Masking.HOOK, HOOKS), (Masking.SHELTERED, SHELTERS)):
            found = None if line in kept else table[language.name].search(line)
            if found and not quoted(line, found.start(), language):
                yield Finding(masking=kind, path=diff.path, line=line)


def decided(before: Side, after: Side) -> Iterator[int]:
    """Lines of Go's ``TestMain`` that run all tests once more, or end as if none had failed after they ran."""
    held = before.texts()
    runs = sum(len(_RUN.findall(line.text)) for line in before.outline.lines)
    mains = (at for at, line in enumerate(after.outline.lines) if _MAIN.search(line.text))
    for main in mains if after.language.name == "go" else ():
        ran = 0
        for number in after.outline.within(main):
            text = after.text(number)
            ran += len(_RUN.findall(text))
            again = _RUN.search(text) and ran > max(1, runs)
            changed = after.outline.lines[number].changed and not held[text]
            if changed and (again or (ran and _EXIT.search(text) and not _passed(after, number))):
                yield number


def _passed(side: Side, number: int) -> bool:
    """Whether a line of ``TestMain`` stands where no test has failed."""
    return any(_PASSED.search(side.text(at)) for at in side.outline.above(number))
