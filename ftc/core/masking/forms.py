"""How languages say what the rules about a test's course look for: bodies, ends, imports, failures.

The rule it keeps: as in ``languages``, every expression is searched in one line that was cut to a length, without
nested repetition. One entry for each language there.
"""

import re
from dataclasses import dataclass

_Pattern = re.Pattern[str]


def _any(*parts: str) -> _Pattern:
    return re.compile("|".join(f"(?:{part})" for part in parts))


def _end(values: str) -> _Pattern:
    """A return of nothing, alone in its line or behind the ``if`` that it belongs to."""
    return re.compile(
        rf"^\s*(?:\}}?\s*(?:else\s+)?if\b.{{1,300}}[\s){{:])?return(?:@\w+)?(?:\s*(?:{values}))?\s*;?\s*\}}?\s*$"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms:
    """What one language writes for the same things."""

    body: _Pattern
    """The head of a test's body."""
    marked: bool
    """Whether a function is a test by the line before it, which then matches ``Language.test``."""
    end: _Pattern
    """Ends the function that it stands in, with a value that no test has a use for."""
    imports: _Pattern
    handler: _Pattern
    """The head of what is done about an error."""


_PARENTHESIS = r"^\s*\)$"

FORMS = {
    "go": Forms(
        body=_any(
            r"^func (?:\([^)]{0,80}\) )?(?:Test|Benchmark|Fuzz)\w{0,200}\(",
            r"\*testing\.[TBF]\b.{0,40}\)\s*\{$",
            r"\b(?:It|Specify)\(.{0,300}func\(",
        ),
        marked=False,
        end=_any(_end("").pattern, r"^\s*(?:os\.Exit\(0\)|runtime\.Goexit\(\))$"),
        imports=_any(r'^\s*(?:import\s+)?(?:[\w.]+\s+)?"[\w./-]+"$', r"^import \($", _PARENTHESIS),
        handler=re.compile(r"^\s*if .{0,200}\berr\w* != nil \{$"),
    ),
    "python": Forms(
        body=re.compile(r"^\s*(?:async )?def test\w{0,200}\("),
        marked=False,
        end=_any(
            _end(r"None|True|False|0|\(\)").pattern,
            r"^\s*(?:if\b.{1,300}: ?)?(?:sys\.exit|os\._exit|exit|quit)\(",
            r"^\s*raise SystemExit\b",
        ),
        imports=re.compile(r"^\s*(?:import\s|from\s+[\w.]+\s+import\b)"),
        handler=re.compile(r"^\s*except\b.{0,200}:"),
    ),
    "javascript": Forms(
        body=re.compile(r"^\s*(?:it|test|specify)\b.{0,400}(?:=>\s*\{|function\b.{0,80}\{)$"),
        marked=False,
        end=_any(
            _end(r"undefined|null|true|false|0|Promise\.resolve\(\)|done\(\)").pattern,
            r"^\s*(?:if ?\(.{1,300}\) ?)?process\.exit\(",
        ),
        imports=_any(r"^\s*import\s", r"^\s*(?:const|let|var)\s.{1,200}=\s*require\(", r"^\s*\}\s*from\s"),
        handler=re.compile(r"^\s*(?:\}\s*)?catch\b.{0,200}\{"),
    ),
    "jvm": Forms(
        body=_any(
            r"\bvoid test\w{0,200}\(",
            r"^\s*(?:should|test|it|scenario)\(.{0,300}\{$",
            r"^\s*@(?:Parameterized)?Test\b.{1,300}\).{0,100}\{$",
            r"^\s*(?:\"[^\"]{1,200}\" (?:in|should .{0,100} in) \{)$",
        ),
        marked=True,
        end=_any(_end(r"null|Unit").pattern, r"^\s*(?:if ?\(.{1,300}\) ?\{? ?)?(?:System\.exit|exitProcess)\("),
        imports=re.compile(r"^\s*import\s"),
        handler=re.compile(r"^\s*(?:\}\s*)?catch\b.{0,200}\{"),
    ),
    "rust": Forms(
        body=re.compile(r"(?!)"),
        marked=True,
        end=_any(
            _end(r"\(\)|Ok\(\(\)\)").pattern,
            r"\belse \{ ?return(?: Ok\(\(\)\))?;? ?\};?$",
            r"^\s*(?:if .{1,300} \{ ?)?(?:std::)?process::exit\(",
        ),
        imports=re.compile(r"^\s*(?:pub )?use\s"),
        handler=re.compile(r"(?:\bErr\(\w{0,40}\) =>|\bif let Err\(.{0,200}) ?\{$"),
    ),
    "cpp": Forms(
        body=re.compile(r"^\s*(?:(?:TYPED_)?TEST(?:_F|_P|_CASE|_METHOD)?|SCENARIO|SECTION|GIVEN|WHEN|THEN)\s*\("),
        marked=False,
        end=_any(_end("").pattern, r"^\s*(?:if ?\(.{1,300}\) ?)?(?:std::)?(?:_|quick_)?exit\("),
        imports=re.compile(r"^\s*(?:#\s*include\b|using\s)"),
        handler=re.compile(r"^\s*(?:\}\s*)?catch\b.{0,200}\{"),
    ),
}
"""By the name of the language."""

CONTROL = re.compile(
    r"^[}\s]*(?:else\s+)?(?:if|elif|else|for|while|loop|do|switch|select|match|case|default|try|catch|except|finally"
    r"|with|async with|async for|unless|unsafe|synchronized|using|when)\b"
    r"|^[}\s]*(?:Some|Ok|Err|None|_)\b[^;]{0,200}=>\s*\{$|^\s*\{$"
)
"""A head of what stands in the same function; any other head begins a function, or nobody knows what."""
GUARD = re.compile(r"^[}\s]*(?:else\s+)?(?:if|elif|else|switch|match|case|default|when|unless)\b")
"""A head of what is run under a condition."""
ALTERNATIVE = re.compile(r"^[}\s]*(?:elif|else|case|default|except|catch|finally)\b")
"""A head of what is run instead of, or after, what stands before it."""
LOOP = re.compile(r"^\s*(?:'\w+:\s*)?(?:async\s+)?(?:for|while|loop|do|repeat)\b")
COUNTED = re.compile(r"\brange\(\s*\d|[<>]=?\s*\d|\d\s*\.\.=?\s*\d|\brepeat\(\s*\d|\(\d+\)\.times|!=\s*\d")
"""The head of a loop that is run so many times."""
LEAVES = re.compile(r"(?:^|[\s{;])(?:break|return)\b")
AWAITS = re.compile(
    r"(?i)sleep|\bwait|\bawait\b|<-|recv|receive|\.get\(\)|\bread|accept|\btick|yield|gosched|\bpoll|setTimeout|delay"
    r"|\bnext\b|deadline|time_?out|elapsed|join|park"
)
"""Something in a loop for which it may honestly wait."""
FAILS = re.compile(
    r"\b(?:t|b|tb|s|suite)\.(?:Fatal|Error|Fail)\w{0,10}\(|\b(?:require|assert|re)\.Fail\w{0,10}\(|\bpytest\.fail\("
    r"|\bself\.fail\(|^\s*raise\b|\bthrow\b|\bpanic!?\(|\b(?:fail|FAIL|ADD_FAILURE|unreachable|Assertions\.fail)!?\("
    r"|^\s*assert False\b|\bassert!\(false|\bdone\(\w|\breject\(|\bexpect\.fail\("
)
"""Ends a test, or counts, as failed."""
CALL = re.compile(r"[\w.:>\-\])]{1,200}\(")
_TIDYING = (
    "close stop shut shutdown cancel kill terminate clean cleanup remove delete unlink rm rmtree reset clear release"
    " dispose free restore mkdir mkdirs makedirs make create touch write set put register install start wait sleep log"
    " print println debug warn info join flush drop rollback unset format str len append add push insert seed"
)
TIDIES = re.compile(
    r"(?:\b|_)(?:"
    + "|".join(f"[{word[0]}{word[0].upper()}]{word[1:]}" for word in _TIDYING.split())
    + r")(?:[A-Z_]\w{0,60})?!?\("
)
"""A call that sets up, waits, says something or tidies up, which may well depend on what there is."""
