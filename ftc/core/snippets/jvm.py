"""Java, Kotlin, Groovy and C#: annotated methods in their classes, hooks, and what they call.

Rule: a method is a test by its annotation, or, as JUnit 3 and Kotlin's own runners have it, by its name.
"""

import re
from collections.abc import Iterator

from ftc.core.snippets.code import Code, read_code
from ftc.core.snippets.outline import Block, Role, lead, nested

_CLASS = re.compile(r"\b(?:class|object|interface|record|enum)\s+(?P<name>\w+)(?P<rest>[^{};]{0,400}?)\{")
_METHOD = re.compile(
    r"\bfun\s+(?:<[^<>()]{0,100}>\s*)?(?:\w+\.)?(?P<kotlin>\w+|`[^`\n]+`)\s*\("
    r"|(?<![\w.$])(?:[\w.$]++(?:<[^;{}()]{0,200}?>)?(?:\[\]|\?)*+)[ \t]++(?P<java>\w+)\s*\(",
)
_TEST = re.compile(
    r"@(?:\w+\.)*(?:\w*Test|ParameterizedTest|RepeatedTest|TestFactory|TestTemplate|Property)\b|\[(?:Fact|Theory|Test|TestMethod|TestCase)\b"
)
_HOOK = re.compile(
    r"@(?:\w+\.)*(?:Before|After)(?:Each|All|Class|Method|Suite|Test)?\b|\[(?:SetUp|TearDown|OneTimeSetUp|OneTimeTearDown|TestInitialize|TestCleanup)\]"
)
_HOOK_NAMES = frozenset(
    {"setUp", "tearDown", "setup", "cleanup", "setupSpec", "cleanupSpec", "beforeTest", "afterTest"}
)
_DISPLAY = re.compile(r'@DisplayName\(\s*(?:value\s*=\s*)?"((?:\\.|[^"\\\n])*+)"')
_NO_METHODS = frozenset(
    {
        "if",
        "for",
        "while",
        "switch",
        "catch",
        "return",
        "new",
        "else",
        "throw",
        "synchronized",
        "try",
        "assert",
        "when",
        "do",
    }
)


def outline(text: str) -> tuple[Code, tuple[Block, ...]]:
    """Classes with what they extend, and their methods with annotations."""
    code = read_code(text, "jvm")
    return code, tuple(nested([*_classes(code), *_methods(code)]))


def _classes(code: Code) -> Iterator[Block]:
    for found in _CLASS.finditer(code.masked):
        end = code.pairs.get(found.end() - 1)
        if end is not None:
            bases = tuple(re.findall(r"(?:\bextends\s+|[:,]\s*)([A-Z]\w*)", found["rest"]))
            line = code.line(found.start())
            yield Block(path=(found["name"],), role=Role.TYPE, first=lead(code, line), last=code.line(end), uses=bases)


def _methods(code: Code) -> Iterator[Block]:
    for found in _METHOD.finditer(code.masked):
        # Kotlin's names in backticks may hold quotes; the masked text has them blanked.
        name = (found["kotlin"] or found["java"]).strip("`")
        before = found.group().split()[0]
        closing = code.pairs.get(found.end() - 1)
        if closing is None or name in _NO_METHODS or before in _NO_METHODS:
            continue
        end = _body(code, closing)
        if end is None:
            continue
        line = code.line(found.start())
        first = lead(code, line)
        above = code.text[code.start(first) : found.end()]
        marked = _HOOK.search(above) is not None  # `@BeforeTest` of Kotlin reads like a test
        test = not marked and _TEST.search(above) is not None
        hook = marked or (not test and name in _HOOK_NAMES)
        named = re.match(r"test(?![a-z])", name) is not None
        role = Role.SETUP if hook else Role.TEST if test or named else Role.FUNCTION
        yield Block(path=(name,), role=role, first=first, last=code.line(end), aliases=tuple(_DISPLAY.findall(above)))


_AFTER_PARAMETERS = re.compile(r"\s*(?:throws\s[^{};=]{1,300}|:\s*[^{};=\n]{1,200})?\s*(?P<sign>[{=;])")


def _body(code: Code, closing: int) -> int | None:
    """Offset of the end of the braces, or of the expression that a Kotlin function equals; None without a body."""
    found = _AFTER_PARAMETERS.match(code.masked, closing + 1)
    if found is None or found["sign"] == ";":
        return None
    if found["sign"] == "{":
        return code.pairs.get(found.end() - 1)
    line_end = code.start(code.line(found.end()) + 1)
    brace = code.masked.find("{", found.end(), line_end)
    return code.pairs.get(brace) if brace >= 0 else line_end - 1
