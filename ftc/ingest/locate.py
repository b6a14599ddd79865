"""Stack frames as printed to places in the repository.

Rule: a location is only given when the path lies in the repository as far as the log tells; a dependency, the
standard library and the tool cache never do.
"""

import posixpath
import re
from collections.abc import Iterable

from ftc.core.model import Frame, Location, TestId

_CHECKOUTS = re.compile(
    r"(?:/home/runner/work|/Users/runner/work|/__w|/github/home/work|[A-Za-z]:/a|(?:[A-Za-z]:)?/[^\s:]{0,200}?/_work)/[^/]+/[^/]+/"
    r"|/github/workspace/"
)
"""Where runners put the repository: hosted Linux, macOS, container jobs, Windows, self-hosted."""

_GOPATH = re.compile(r"/[^\s:]{0,200}?/src/(?=(?:github\.com|gitlab\.com|bitbucket\.org)/)")
_FOREIGN = re.compile(
    r"(?:^|/)(?:site-packages|dist-packages|node_modules|hostedtoolcache|vendor|\.venv|venv|\.tox|\.nox|\.cargo|\.rustup"
    r"|\.m2|\.gradle|gems)/"
    r"|/pkg/mod/|@v\d|^(?:/usr/|/opt/|/nix/|/rustc/|[A-Za-z]:/(?:hostedtoolcache|Program Files))|/lib/python\d"
    r"|(?:^|/)go/src/(?!(?:github|gitlab|bitbucket)\.)|^(?:node:|<)|_testmain\.go$|\.s$"
)
_KNOWN_HOSTS = ("github.com", "gitlab.com", "bitbucket.org")
_MAJOR_VERSION = re.compile(r"v\d+$")
_DOTTED_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+$")
_PATH_LIMIT = 400
_LOCATION_LIMIT = 20


def locations(
    frames: Iterable[Frame], test: TestId, *, modules: frozenset[str] = frozenset(), folder: str = ""
) -> tuple[Location, ...]:
    """The frames that lie in the repository, in their order, each once; relative paths start from ``folder``."""
    start = _in_checkout(folder)
    found: dict[Location, None] = {}
    for frame in frames:
        path = repository_path(frame.path, test, modules=modules, start=start)
        if path and frame.line > 0:
            found[Location(path=path, line=frame.line)] = None
        if len(found) == _LOCATION_LIMIT:
            break
    return tuple(found)


def _in_checkout(folder: str) -> str:
    """A folder of the runner relative to the root of the repository; empty for one elsewhere."""
    folder = folder.replace("\\", "/") + "/"
    checkout = _CHECKOUTS.match(folder)
    return folder[checkout.end() :] if checkout else ""


def repository_path(path: str, test: TestId, *, modules: frozenset[str] = frozenset(), start: str = "") -> str:
    """Path relative to the root of the repository, or empty for what lies elsewhere.

    ``start`` is the folder of the repository, with a slash behind it, that a relative path starts from.
    """
    path = path.strip().replace("\\", "/")
    if start and not path.startswith(("/", "<")) and path[1:2] != ":":
        path = start + path
    checkout = _CHECKOUTS.match(path)
    if checkout:
        path = path[checkout.end() :]
    if _FOREIGN.search(path) or len(path) > _PATH_LIMIT or "\n" in path:
        return ""
    if not checkout:
        gopath = _GOPATH.match(path)
        path = path[gopath.end() :] if gopath else path
        if path.startswith("/") or path[1:2] == ":":
            return _in_own_package(path, test, modules=modules)
        if test.ecosystem == "go":
            path = _go_path(path, suite=test.suite, modules=modules)
    path = posixpath.normpath(path) if path else ""
    return "" if path.startswith("..") or path == "." else path


def _in_own_package(path: str, test: TestId, *, modules: frozenset[str]) -> str:
    """A checkout in an unknown place: a Go file in a directory that ends like the package under test lies in that."""
    directory = package_directory(test.suite, modules=modules) if test.ecosystem == "go" else None
    own = bool(directory) and posixpath.dirname(path).endswith(f"/{directory}")
    return f"{directory}/{posixpath.basename(path)}" if own else ""


def _go_path(path: str, *, suite: str, modules: frozenset[str]) -> str:
    """A bare file name lies in the package under test; with ``-trimpath`` an import path stands before it."""
    if "/" not in path:
        directory = package_directory(suite, modules=modules)
        return "" if directory is None else posixpath.join(directory, path)
    root = module_root(suite, modules=modules)
    if root and path.startswith(root + "/"):
        return _without_version(path[len(root) + 1 :])
    host = path.split("/", 1)[0]
    return "" if _DOTTED_HOST.match(host) or _is_standard_library(path, suite) else path


def _is_standard_library(path: str, suite: str) -> bool:
    """With ``-trimpath`` its frames look like ``testing/testing.go``; no test of a real module shares that root."""
    return path.split("/", 1)[0] in _STANDARD_LIBRARY and not suite.startswith(path.split("/", 1)[0] + "/")


_STANDARD_LIBRARY = frozenset(
    (
        *("bufio", "bytes", "compress", "container", "context", "crypto", "database", "debug", "encoding", "errors"),
        *("flag", "fmt", "hash", "html", "io", "log", "math", "mime", "net", "os", "reflect", "regexp", "runtime"),
        *("sort", "strings", "sync", "syscall", "testing", "text", "time", "unicode"),
    )
)


def package_directory(suite: str, *, modules: frozenset[str] = frozenset()) -> str | None:
    """Directory of a Go package relative to its repository; None when the import path does not tell."""
    root = module_root(suite, modules=modules)
    if not root:
        return None
    return _without_version(suite[len(root) + 1 :])


def module_root(suite: str, *, modules: frozenset[str] = frozenset()) -> str:
    """The part of an import path that stands for the repository.

    Three elements on hosts that put ``owner/name`` after the host, else a module learned from the log, else host
    and one element, which is how nearly all vanity paths are made.
    """
    for module in modules:
        if suite == module or suite.startswith(module + "/"):
            return module
    parts = suite.removesuffix("_test").split("/")
    if not _DOTTED_HOST.match(parts[0]):
        return ""
    return "/".join(parts[:3] if parts[0] in _KNOWN_HOSTS else parts[:2])


def learned_modules(frames: Iterable[tuple[TestId, Frame]]) -> frozenset[str]:
    """Module paths that full paths give away: suite ``example.com/m/pkg/a`` in ``<checkout>/pkg/a/a_test.go``."""
    found = set()
    for test, frame in frames:
        path = frame.path.replace("\\", "/")
        checkout = _CHECKOUTS.match(path)
        if test.ecosystem != "go" or not checkout or not path.endswith("_test.go"):
            continue
        directory = posixpath.dirname(path[checkout.end() :])
        suite = test.suite.removesuffix("_test")
        if not directory:
            found.add(suite)
        elif suite.endswith("/" + directory):
            found.add(suite[: -len(directory) - 1])
    return frozenset(found)


def _without_version(path: str) -> str:
    head, _, rest = path.partition("/")
    return rest if _MAJOR_VERSION.match(head) else path
