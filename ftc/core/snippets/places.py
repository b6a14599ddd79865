"""Which files of a repository to read: where a test may be defined, and where what it calls may be.

Rule: names alone decide, so nothing has to be fetched for it; the lists are short, however large the repository.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from posixpath import dirname, join, normpath

from ftc.core.model import TestId
from ftc.core.snippets.languages import CPP, GO, JVM, NODE, PYTHON, RUBY, RUST, language_of, suffix
from ftc.core.snippets.outline import Place, Source

CANDIDATES = 40
"""Files looked through for a test's definition; a Go package rarely has more test files."""
RELATED = 30
"""Files looked through for what the test calls."""

_ECOSYSTEMS = {
    "go": GO, "python": PYTHON, "node": NODE, "javascript": NODE, "typescript": NODE, "vitest": NODE,
    "jvm": JVM, "java": JVM, "kotlin": JVM, "dotnet": JVM, "rust": RUST, "cpp": CPP, "ruby": RUBY,
}  # fmt: skip
_TESTLIKE = re.compile(r"test|spec|(?:^|/)(?:features|scenarios)/", re.IGNORECASE)
_SQUASHED = re.compile(r"[\W_]+")
_FOREIGN = re.compile(r"(?:^|/)(?:vendor|node_modules|third_party|dist|build)/|\.min\.js$|\.pb\.go$|_pb2?\.py$")


def candidates(test: TestId, files: Sequence[str], *, stack: Sequence[str] = ()) -> tuple[str, ...]:
    """Files that may define the test, likeliest first: named by its suite, by its words, seen in its stacks."""
    wanted = _ECOSYSTEMS.get(test.ecosystem)
    readable = [path for path in files if (language := language_of(path)) and wanted in (None, language)]
    ranked = sorted(
        (
            (-points, _FOREIGN.search(path) is not None, number, path)
            for number, path in enumerate(readable)
            if (points := _points(path, test, seen=path in stack)) > 0
        )
    )
    chosen = [path for *_, path in ranked[:CANDIDATES]]
    if not chosen and len(tests := [path for path in readable if _TESTLIKE.search(path)]) <= CANDIDATES:
        chosen = tests
    return tuple(chosen)


def _points(path: str, test: TestId, *, seen: bool) -> int:
    testlike = 1 if _TESTLIKE.search(path) else 0
    if suffix(path) == ".go":
        return _go_points(path, test, seen=seen)
    named = _named_by(path, test.suite) or _named_by(path, test.name)
    words = _shared(path, test)
    code_tests = suffix(path) in (".rs", ".cs")  # these languages keep tests beside the code
    close = words if testlike or code_tests else 0
    return (
        (1_000 * named + close + (5 if seen and testlike else 0) + testlike)
        if named or close or (seen and testlike)
        else 0
    )


def _go_points(path: str, test: TestId, *, seen: bool) -> int:
    """A test file in the folder that the import path ends with; the longer the folder, the surer."""
    if not path.endswith("_test.go"):
        return 0
    folder, suite = dirname(path), test.suite.removesuffix("_test")
    same = 1_000 + len(folder) if folder and f"/{suite}".endswith(f"/{folder}") else 0
    # Vanity paths and major versions hide the root's folder: there the import path says nothing.
    root = 10 if not folder and suite.count("/") < 4 else 0
    own = _squash(test.name.split("/")[0].removeprefix("Test"))
    words = 5 if len(own) > 3 and _squash(path.rpartition("/")[2].removesuffix("_test.go")) in own else 0
    return same + root + (100 if seen else 0) + (words if same or root or seen else 0)


def _named_by(path: str, name: str) -> int:
    """1 when the suite is this file, as a path or dotted: ``a/b_test.py``, ``a.b.CartTest$Inner``, ``a.test_x.C``."""
    name = name.partition("::")[0].replace("\\", "/")
    if (suffix(name) and f"/{name}".endswith(f"/{path}")) or f"/{path}".endswith(f"/{name}"):
        return 1
    bare = path[: len(path) - len(suffix(path))]
    dotted = name.partition("$")[0].replace(".", "/")
    parts = dotted.split("/")
    tries = {"/".join(parts[: len(parts) - drop]) for drop in range(min(3, len(parts)))} - {""}
    return int(any(f"/{bare}".endswith(f"/{one}") for one in tries if "/" in one or len(one) > 3))


def _shared(path: str, test: TestId) -> int:
    """Letters of the file's own name, or of its folder, that stand in the test's names."""
    folder, _, name = path.rpartition("/")
    text = _squash(f"{test.suite} {test.name}")
    stem = _squash(name.partition(".")[0])
    core = re.sub(r"^(?:test|spec)|(?:tests?|spec|unittest)$", "", stem)
    if stem in ("mod", "lib", "main", "index", "test", "tests"):
        core = stem = _squash(folder.rpartition("/")[2])
    suite = _squash(test.suite)
    hit = len(stem) if len(stem) > 3 and stem in text else len(core) if len(core) > 3 and core in text else 0
    return max(hit, len(suite) if len(suite) > 3 and suite in stem else 0)


def _squash(text: str) -> str:
    return _SQUASHED.sub("", text[:1_000]).lower()


def conftests(paths: Iterable[str], files: Iterable[str]) -> tuple[str, ...]:
    """The ``conftest.py`` files beside and above some Python files."""
    folders = {folder for path in paths if path.endswith(".py") for folder in _above(dirname(path))}
    return tuple(path for path in files if path.rpartition("/")[2] == "conftest.py" and dirname(path) in folders)


def _above(folder: str) -> Iterator[str]:
    yield folder
    while folder:
        folder = dirname(folder)
        yield folder


_IMPORTS = {
    "go": re.compile(r'^\s*(?:import\s+)?(?:[\w.]+\s+)?"([\w./-]+)"\s*$', re.MULTILINE),
    "python": re.compile(
        r"^[ \t]*(?:from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+([\w, \t(]*)|import[ \t]+([\w.]+))", re.MULTILINE
    ),
    "node": re.compile(r"""(?:\bfrom\s*|\brequire\(\s*|\bimport\s*)['"](\.{1,2}/[^'"\n]{1,200})['"]"""),
    "cpp": re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"\n]{1,200})"', re.MULTILINE),
    "ruby": re.compile(r"""^[ \t]*require(?:_relative)?[ \t(]+['"]([^'"\n]{1,200})['"]""", re.MULTILINE),
    "rust": re.compile(r"^[ \t]*(?:pub[ \t]+)?mod[ \t]+(\w+)[ \t]*;", re.MULTILINE),
}


def related(test: Place, files: Sequence[str]) -> tuple[str, ...]:
    """Files that may define what the test calls: its package, and what its file imports; at most ``RELATED``."""
    language = language_of(test.source.path)
    known = frozenset(files)
    if language is GO:
        found = [*_go_package(test.source, files), *_go_imports(test, files)]
    elif language is JVM:
        found = list(_jvm(test, files))
    elif language is None:
        found = []
    else:
        found = [
            path
            for given in _imported(test.source, language.name)
            for path in _resolved(given, test.source.path, known, files)
        ]
    return tuple(dict.fromkeys(path for path in found if path != test.source.path))[:RELATED]


def _imported(source: Source, language: str) -> Iterator[str]:
    for found in _IMPORTS[language].finditer(source.code.text):
        if language != "python":
            yield found.group(1)
        elif found.group(3):
            yield found.group(3)
        else:
            yield found.group(1)
            yield from (f"{found.group(1)}.{name}" for name in re.findall(r"\w+", found.group(2)))


def _go_package(source: Source, files: Sequence[str]) -> list[str]:
    folder = dirname(source.path)
    own = [path for path in files if dirname(path) == folder and path.endswith(".go")]
    # What a test calls stands in test files more often than not.
    return sorted(own, key=lambda path: not path.endswith("_test.go"))[: RELATED - 10]


def _go_imports(test: Place, files: Sequence[str]) -> Iterator[str]:
    """Packages of this repository whose name is used in the test."""
    text = test.source.code.part(test.block.first, test.block.last)
    used = {
        path for path in _imported(test.source, "go") if re.search(rf"\b{re.escape(path.rpartition('/')[2])}\.", text)
    }
    for path in files:
        folder = dirname(path)
        if (
            path.endswith(".go")
            and not path.endswith("_test.go")
            and folder
            and any(f"/{one}".endswith(f"/{folder}") for one in used)
        ):
            yield path


def _jvm(test: Place, files: Sequence[str]) -> Iterator[str]:
    """Classes named in the test and those its class is built on, by their file names."""
    types = {base for block in test.source.blocks for base in block.uses}
    named = set(re.findall(r"\b[A-Z]\w+", test.source.code.part(test.block.first, test.block.last))) | types
    hits = [path for path in files if language_of(path) is JVM and path.rpartition("/")[2].partition(".")[0] in named]
    yield from sorted(
        hits, key=lambda path: (path.rpartition("/")[2].partition(".")[0] not in types, not _TESTLIKE.search(path))
    )


def _resolved(given: str, source: str, known: frozenset[str], files: Sequence[str]) -> list[str]:
    """Paths of the repository that an import may mean."""
    folder, end = dirname(source), suffix(source)
    if end == ".py":
        dots = len(given) - len(given.lstrip("."))
        base = folder
        for _ in range(dots - 1):
            base = dirname(base)
        bare = given.lstrip(".").replace(".", "/")
        tries = [f"{bare}.py", f"{bare}/__init__.py"] if bare else []
        return _hits(tries, [base] if dots else [*_above(folder), "src"], known)
    if end == ".rs":
        return _hits([f"{given}.rs", f"{given}/mod.rs"], [folder, source.removesuffix(".rs")], known)
    if language_of(source) is CPP:
        bare = given.rpartition(".")[0] or given
        found = _hits([given], [*_above(folder), "include", "src"], known)
        return [
            *found,
            *(
                path
                for path in files
                if language_of(path) is CPP and f"/{path.rpartition('.')[0]}".endswith(f"/{bare}")
            ),
        ]
    tries = [
        given,
        *(given + one for one in (".ts", ".tsx", ".js", ".jsx", ".mjs", ".rb")),
        f"{given}/index.ts",
        f"{given}/index.js",
    ]
    if given.endswith(".js"):
        tries += [given[:-3] + ".ts", given[:-3] + ".tsx"]
    return _hits(tries, [folder, "spec", "test", "lib"], known)


def _hits(tries: Sequence[str], folders: Iterable[str], known: frozenset[str]) -> list[str]:
    """The known files among these names in these folders; nothing outside of the root."""
    paths = (normpath(join(folder, one)) for folder in folders for one in tries)
    return [path for path in paths if path in known]
