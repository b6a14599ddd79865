"""Which programming language a test is written in, and which files hold tests, as far as names tell.

Rule: the test's own ecosystem comes first, then the endings of the files that its failure named; nothing is guessed.
"""

import re
from collections import Counter
from collections.abc import Iterable
from posixpath import splitext

from ftc.core.model import TestId

GO, PYTHON, JAVASCRIPT, JVM, RUST, RUBY, DOTNET, CPP = (
    "go",
    "python",
    "javascript",
    "jvm",
    "rust",
    "ruby",
    "dotnet",
    "cpp",
)

_BY_ENDING = {
    ".go": GO,
    ".py": PYTHON,
    **dict.fromkeys((".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".mts", ".cts"), JAVASCRIPT),
    **dict.fromkeys((".java", ".kt", ".scala", ".groovy"), JVM),
    ".rs": RUST,
    ".rb": RUBY,
    **dict.fromkeys((".cs", ".fs", ".vb"), DOTNET),
    **dict.fromkeys((".c", ".cc", ".cpp", ".cxx", ".h", ".hpp"), CPP),
}
_BY_ECOSYSTEM = {
    **{name: name for name in (GO, PYTHON, JAVASCRIPT, JVM, RUST, RUBY, DOTNET, CPP)},
    **dict.fromkeys(("node", "jest", "vitest", "mocha", "playwright", "typescript"), JAVASCRIPT),
    **dict.fromkeys(("java", "kotlin", "maven", "surefire", "gradle"), JVM),
    **dict.fromkeys(("cargo", "nextest"), RUST),
    "rspec": RUBY,
    "ctest": CPP,
}
_TEST_FILE = re.compile(
    r"_test\.(?:go|py|rb|cc|cpp|exs)$|(?:^|/)(?:test_[^/]*|conftest)\.py$|_spec\.rb$|[./](?:test|spec|cy)\.[cm]?[jt]sx?$"
    r"|(?:^|/)(?:tests?|__tests__|spec|specs|e2e|cypress)/|Tests?\.(?:java|kt|cs)$"
)


def language_of_path(path: str) -> str:
    """The language of a file by its ending; empty when it is none that we know."""
    return _BY_ENDING.get(splitext(path)[1].lower(), "")


def language_of(test: TestId, paths: Iterable[str] = ()) -> str:
    """The language of a test: by its ecosystem, else the commonest among these files; empty when neither tells."""
    known = _BY_ECOSYSTEM.get(test.ecosystem)
    if known:
        return known
    found = Counter(filter(None, (language_of_path(path) for path in (*paths, test.suite))))
    return max(sorted(found), key=lambda name: found[name], default="")


def is_test_file(path: str) -> bool:
    """Whether a file holds tests, by the habits of the languages we know."""
    return bool(_TEST_FILE.search(path))
