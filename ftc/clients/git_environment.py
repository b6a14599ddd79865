"""What a git process may know: one closed environment, which also carries the token.

Rule: the token is handed to git in the configuration of the environment, so it is in no argument, URL or file; nothing
of the machine or of the repository decides what git runs: no system or user configuration, no hooks, no prompts, no
other protocol than the remote's own, no redirect to another host.
"""

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from ftc.clients.git_repeating import PAUSE_SECONDS
from ftc.core.errors import CommandFailed

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
"""The hosts that may be spoken to without TLS."""

_INHERITED = (
    *("PATH", "TMPDIR", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "CURL_CA_BUNDLE"),
)
"""What git may know of the machine: where programs are, and how to get through a company's proxy."""

_SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.quotePath": "false",
    "credential.helper": "",
    "diff.renames": "false",  # finding them would fetch the contents of files
    "fetch.recurseSubmodules": "false",
    "fetch.writeCommitGraph": "false",
    "gc.auto": "0",  # a background process would outlive the job
    "maintenance.auto": "false",
    "http.followRedirects": "false",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "30",
    "protocol.allow": "never",
    "submodule.recurse": "false",
    "transfer.fsckObjects": "true",
    # Old histories have these, and they are harmless; refusing them would refuse the whole repository.
    **{f"fetch.fsck.{name}": "ignore" for name in ("zeroPaddedFilemode", "missingSpaceBeforeDate", "badTimezone")},
    **{f"fetch.fsck.{name}": "ignore" for name in ("missingNameBeforeEmail", "missingSpaceBeforeEmail", "badEmail")},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A bare repository on the disk, and the address it fetches from; the token never shows in a ``repr``."""

    path: Path
    url: str = ""
    token: str = field(default="", repr=False)
    pause: float = PAUSE_SECONDS
    """Seconds before a fetch that the network broke is repeated."""


def environment(repository: Repository) -> dict[str, str]:
    """The whole environment of a git that works for this repository."""
    settings = {**_SETTINGS, **_access(repository)}
    numbered = enumerate(settings.items())
    pairs = [{f"GIT_CONFIG_KEY_{n}": key, f"GIT_CONFIG_VALUE_{n}": value} for n, (key, value) in numbered]
    return {
        **{name: os.environ[name] for name in _INHERITED if name in os.environ},
        "HOME": os.devnull,
        "LC_ALL": "C",
        "TZ": "UTC",
        "GIT_ASKPASS": "",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_CONFIG_COUNT": str(len(settings)),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_LITERAL_PATHSPECS": "1",  # a path is a name, never a pattern
        "GIT_TERMINAL_PROMPT": "0",
        **{name: value for pair in pairs for name, value in pair.items()},
    }


def _access(repository: Repository) -> Mapping[str, str]:
    """The one protocol that is allowed, and the token for the one host."""
    parts = urlsplit(repository.url)
    if not repository.url:
        return {}
    if parts.scheme not in ("https", "http", "file") or (parts.scheme == "http" and parts.hostname not in LOOPBACK):
        raise CommandFailed(f"git: {repository.url[:200]} is no https address; look at api-url")
    if parts.username or parts.password:
        raise CommandFailed("git: the address of the repository holds a password; give the token as a secret instead")
    allowed = {f"protocol.{parts.scheme}.allow": "always"}
    if repository.token and parts.scheme != "file":
        header = f"Authorization: Basic {basic(repository.token)}"
        allowed[f"http.{parts.scheme}://{parts.netloc}/.extraHeader"] = header
    return allowed


def basic(token: str) -> str:
    """The token as HTTP's basic authentication wraps it, which is a secret, too."""
    return base64.b64encode(f"x-access-token:{token}".encode()).decode()
