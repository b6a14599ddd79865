"""What test files say to a runner, by language: hooks that decide how a test ended, and shelters from a race.

The rule it keeps: as in ``languages``, every expression is searched in one line that was cut to a length, without
nested repetition. What a hook does to an outcome no line may show, so that those that are there for nothing else are
told by their name; those that mostly set up or tidy up are a doubt. A word that other code uses as well counts only
where it stands in a hook.
"""

import re
from dataclasses import dataclass

from ftc.core.masking.finding import Masking

_Pattern = re.Pattern[str]


def _any(*parts: str) -> _Pattern:
    return re.compile("|".join(f"(?:{part})" for part in parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a line says, where it has to stand for that, and what it is then."""

    says: _Pattern
    kind: Masking = Masking.HOOK
    within: _Pattern | None = None
    """The head of something that the line stands in; None wherever it stands."""
    files: _Pattern | None = None
    """The only files, by their paths; None any of the tests."""
    known: bool = False
    """Whether nothing but a runner knows the name of it, or of the head, so that it is a doubt outside of tests too."""


_OUTCOMES = r"runtestloop|runtest_(?:protocol|call|makereport|logreport)|pyfunc_call|report_teststatus|ignore_collect"
"""Hooks of pytest that say which tests are run, how often, and what came of them."""
WRAPPER = re.compile(r"\bhook(?:impl|wrapper)\b.{0,80}\b(?:hook)?wrapper\s*=\s*True")
_ENDS = (
    r"\.outcome\s*=\s*['\"](?:passed|skipped)|\.longrepr\s*=\s*None\b|\bexitstatus\s*=\s*(?:0|\w{0,20}\.?ExitCode\.OK)"
    r"|\.testsfailed\s*=\s*0\b"
)
_LEAVES_OUT = r"(?<![\w.])items\[:\] = (?!(?:list\()?(?:sorted|reversed)\(items\b.{0,200}\)$|items\[::-1\]$)"
_TAKES_OUT = r"(?<![\w.])(?:items\.remove\(|del items\[)"
_PLUGIN = re.compile(r"(?:^|/)(?:conftest|pytest\w{0,40})\.py$")
_OF_UNITTEST = re.compile(r"^class (?=.{0,200}(?:Test|Case|Suite|Runner))\w{1,80}\([^)]")

_PYTHON = (
    Form(says=re.compile(rf"\bdef pytest_(?:{_OUTCOMES})\(|\bspecname\s*=\s*['\"]pytest_(?:{_OUTCOMES})"), known=True),
    Form(says=re.compile(r"\bruntestprotocol\(|\bitem\.runtest\(\)|\bforce_(?:result|exception)\(")),
    Form(
        says=_any(
            _ENDS,
            r"\bitem\.(?:obj|_obj|runtest)\s*=(?!=)",
            r"\b(?:os\._|sys\.)exit\(\s*0?\s*\)|\breturncode\s*=\s*0\b",
        ),
        within=re.compile(r"\bdef pytest_"),
        known=True,
    ),
    Form(
        says=_any(_LEAVES_OUT, _TAKES_OUT, r"(?<![\w.])items\.(?:clear|pop)\("),
        within=re.compile(r"\bdef pytest_collection_modifyitems\("),
        known=True,
    ),
    # Behind such a hook, perhaps.
    Form(
        says=re.compile(_ENDS),
        kind=Masking.RUNNER_CODE,
        within=re.compile(r"^def \w{1,80}\(.{0,200}\b(?:session|rep(?:ort)?s?|result)\b"),
        files=_PLUGIN,
    ),
    Form(
        says=_any(_LEAVES_OUT, _TAKES_OUT),
        kind=Masking.RUNNER_CODE,
        within=re.compile(r"^def \w{1,80}\(.{0,200}\bitems\b"),
        files=_PLUGIN,
    ),
    Form(
        says=_any(
            r"\bdef pytest_(?:runtest_\w{1,40}|exception_interact|sessionfinish|unconfigure|deselected|itemcollected"
            r"|warning_recorded)\(",
            WRAPPER.pattern,
        ),
        kind=Masking.RUNNER_CODE,
        known=True,
    ),
    # Of unittest.
    Form(
        says=re.compile(r"\bdef (?:addFailure|addError|addSubTest|_callTestMethod|wasSuccessful)\("),
        within=_OF_UNITTEST,
    ),
    Form(says=re.compile(r"\bsuper\(\)\.run\(result\b"), within=re.compile(r"^(?:for|while)\b")),
    Form(says=re.compile(r"\bdef run\(self, result\b"), kind=Masking.RUNNER_CODE, within=_OF_UNITTEST),
)

_ENDING = re.compile(r"\bprocess\.(?:on|once|addListener|prependListener)\(\s*['\"](?:beforeExit|exit)['\"]")
_CODE = r"\bprocess\.exitCode\s*=\s*(?:0|undefined)\b"

_JAVASCRIPT = (
    Form(says=re.compile(r"\bhandleTestEvent\b"), known=True),
    Form(
        says=_any(
            r"\b(?:task|test|currentTest)\.result\.(?:state|status)\s*=\s*['\"`](?:pass|skip)",
            r"\b(?:ctx|context|t|test|currentTest)\.(?:task\.)?result\.errors\s*=(?!=)",
            r"\bcurrentTest\.(?:state|err)\s*=(?!=)",
        )
    ),
    Form(
        says=re.compile(
            r"\b(?:task|test|currentTest)\.result\.(?:errors\s*=(?!=)|(?:state|status)\s*=(?!=)\s*[^'\"`\s])"
        ),
        kind=Masking.RUNNER_CODE,
    ),
    Form(says=re.compile(_ENDING.pattern + r".{0,200}" + _CODE)),
    Form(says=re.compile(_CODE), within=_ENDING),
    Form(says=re.compile(_CODE), kind=Masking.RUNNER_CODE),
    Form(
        says=_any(
            r"\bprocess\.on\(\s*['\"](?:uncaughtException|unhandledRejection)['\"],\s*\(?\w{0,20}\)?\s*=>\s*\{\s*\}",
            r"\bCypress\.on\(\s*['\"]uncaught:exception['\"]|\bcy\.on\(\s*['\"](?:fail|uncaught:exception)['\"]",
        ),
        known=True,
    ),
)

_JVM = (
    Form(
        says=_any(
            r"\b(?:handle(?:TestExecution|(?:Before|After)(?:All|Each)Method)\w{0,20}|interceptTest\w{0,40}Method)\(",
            r"(?:\bimplements\b|:).{0,200}\b(?:(?:Test|LifecycleMethod)ExecutionExceptionHandler|InvocationInterceptor"
            r"|IRetryAnalyzer|IHookable|IInvokedMethodListener|TestCaseExtension|TestCaseInterceptor)\b",
            r"\bsetStatus\(\s*(?:ITestResult\.)?SUCCESS",
        ),
        known=True,
    ),
)

_CPP = (
    Form(
        says=_any(r"^\s*(?:\(void\)\s*)?RUN_ALL_TESTS\(\)\s*;", r"\bRUN_ALL_TESTS\(\)\s*(?:\|\||&&|\*\s*0|\?)"),
        known=True,
    ),
)

_SHELTERS = {
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
"""What runs a test alone or with one thread, or leaves something out of a check."""

_HOOKS: dict[str, tuple[Form, ...]] = {"python": _PYTHON, "javascript": _JAVASCRIPT, "jvm": _JVM, "cpp": _CPP}
"""Those of Go are told by ``hooks.decided``; Rust has none."""

HOOK_FORMS = {
    name: (*_HOOKS.get(name, ()), Form(says=says, kind=Masking.SHELTERED)) for name, says in _SHELTERS.items()
}
"""By the name of the language, the surer ones first: a line is told by the first that fits."""

_SET_UP = r"conftest|pytest|setup|jest|vitest|mocha|mocharc|karma|jasmine|cypress|playwright|ava|wdio|e2e|it"
TESTS = re.compile(
    rf"(?:^|[/._-]|(?<=[a-z\d])(?=[A-Z]))(?i:test[a-z]{{0,12}}|specs?|{_SET_UP})(?=[/._-]|[A-Z]|$)|\.config\.\w{{1,8}}$"
)
"""In the path of a file of tests, or of what sets up their runner."""
