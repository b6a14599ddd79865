"""The variables that repository code gets: an allow-list, with a home and caches of its own.

Rule: no secret is ever handed on. A variable that is not named here is not seen, one that a caller adds must not look
like a secret or like the runner's, and an address that holds a password is left out.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from ftc.clients import shell
from ftc.core.errors import UsageError

PLAIN = ("LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "CI", "TERM")
"""Language and time zone, and whether this is CI, which many suites ask."""
TOOLCHAINS = (
    *("GOROOT", "GOTOOLCHAIN", "GOFLAGS", "GOEXPERIMENT", "CGO_ENABLED", "CC", "CXX"),
    *("JAVA_HOME", "MAVEN_HOME", "M2_HOME", "GRADLE_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "NVM_DIR", "NODE_PATH"),
    *("PYENV_ROOT", "PYENV_VERSION", "RBENV_ROOT", "GEM_HOME", "DOTNET_ROOT", "ANDROID_HOME"),
)
"""Where toolchains lie and how they are set; paths and flags."""
NETWORK = (
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    *("GOPROXY", "GOSUMDB", "GONOSUMDB", "GOPRIVATE", "PIP_INDEX_URL", "npm_config_registry"),
)
"""How the network is reached; only where there is one."""

_CREDENTIAL = re.compile(r"://[^/\s,]*@|[?&][^=\s]*(?:token|key|secret|password)[^=\s]*=", re.IGNORECASE)
_FORBIDDEN = re.compile(
    r"(?:GITHUB|ACTIONS|RUNNER|INPUT|FTC|AWS|AZURE|GOOGLE|DOCKER|SSH|KUBE)\w*|LD_(?:PRELOAD|AUDIT)"
    r"|\w*(?:TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY)\w*",
    re.IGNORECASE,
)


def environment(
    environ: Mapping[str, str], *, scratch: Path, extra: Mapping[str, str], network: bool, path: str, tmp: Path
) -> dict[str, str]:
    """The whole environment of repository code: allow-listed variables of ours, then what the caller adds.

    ``path`` is the value of PATH. Raises ``UsageError`` for an added variable that looks like a secret.
    """
    names = (*PLAIN, *TOOLCHAINS, *(NETWORK if network else ()))
    kept = {name: environ[name] for name in names if environ.get(name) and not _CREDENTIAL.search(environ[name])}
    for name, value in extra.items():
        if _FORBIDDEN.fullmatch(name) or _CREDENTIAL.search(value):
            raise UsageError(f"the variable {name} is not handed to repository code: it may be a secret; rename it")
    own = _own_places(scratch / "home", Path(environ.get("HOME") or "/nonexistent"))
    modules = _go_modules(environ, scratch, network=network)
    return {"LANG": "C.UTF-8", **own, **kept, "TMPDIR": str(tmp), **modules, "PATH": path or shell.PATH, **extra}


def java_home_of(home: Path) -> dict[str, str]:
    """Where Maven and Gradle look below the home: Java takes the one that the system has for the user, not ``HOME``.

    Maven's script splits its options at blanks, so that a home with one cannot be told to it.
    """
    maven = {} if re.search(r"\s", str(home)) else {"MAVEN_OPTS": f"-Duser.home={home}"}
    return {"GRADLE_USER_HOME": str(home / ".gradle"), **maven}


def own_go_modules(home: Path, *, network: bool) -> dict[str, str]:
    """Where Go keeps modules in a container: below the home when it can fetch them, or has fetched them before.

    Go's own images set ``GOPATH`` to a place that is to read here; modules that an image brings are used otherwise.
    """
    path = home / "go"
    modules = path / "pkg" / "mod"
    # Go keeps what it knows of checksums below GOPATH, so that the place for modules alone is not enough.
    return {"GOPATH": str(path), "GOMODCACHE": str(modules)} if network or modules.is_dir() else {}


def _own_places(home: Path, outer: Path) -> dict[str, str]:
    """Home and caches below the scratch folder, and where version managers of the outer home keep toolchains."""
    roots = {"RUSTUP_HOME": outer / ".rustup", "PYENV_ROOT": outer / ".pyenv", "RBENV_ROOT": outer / ".rbenv"}
    return {
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "GOCACHE": str(home / ".cache" / "go-build"),
        "CARGO_HOME": str(home / ".cargo"),
        **{name: str(root) for name, root in roots.items() if root.is_dir()},
    }


def go_modules(environ: Mapping[str, str]) -> Path:
    """Where Go keeps modules on this machine; it need not exist."""
    home = environ.get("HOME") or "/nonexistent"
    path = environ.get("GOPATH") or f"{home}/go"
    return Path(environ.get("GOMODCACHE") or Path(path.split(os.pathsep)[0]) / "pkg" / "mod")


def _go_modules(environ: Mapping[str, str], scratch: Path, *, network: bool) -> dict[str, str]:
    """The machine's modules to read, unless there are own ones or the network is there to fetch them.

    Go writes locks into its cache when it fetches, so that a cache to read is of no use then; as a source it is.
    """
    theirs, own = go_modules(environ), scratch / "home" / "go" / "pkg" / "mod"
    if not theirs.is_dir():
        return {}
    if not network:
        return {"GOPROXY": "off", "GOMODCACHE": str(own if own.is_dir() else theirs)}
    beyond = environ.get("GOPROXY", "")
    beyond = "direct" if not beyond or _CREDENTIAL.search(beyond) else beyond
    return {"GOPROXY": f"file://{theirs}/cache/download,{beyond}"}
