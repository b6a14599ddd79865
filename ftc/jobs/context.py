"""What every job is given: configuration, clients, clock and secrets, all as values that a test can choose."""

import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from ftc.clients import runner
from ftc.clients.github import GitHub
from ftc.clients.transport import Pace, Transport
from ftc.core.config import Config
from ftc.core.errors import UsageError
from ftc.core.markdown import strip_control
from ftc.core.owners import Ownership
from ftc.core.sanitize import Sanitizer
from ftc.jobs.owner_files import ownership
from ftc.jobs.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One job's surroundings; ``read`` and ``write`` are the same client where one repository serves both."""

    config: Config
    read: GitHub
    write: GitHub
    login: str
    """Who the bot is in the write repository."""
    base_branch: str
    now: datetime
    """Aware UTC; fixed for the whole job, so that it decides about one moment."""
    sanitizer: Sanitizer
    say: Callable[[str], None]
    """Takes one line of progress for people."""
    run_url: str = ""
    """Page of the workflow run that this job is, for the audit trail."""
    hmac_key: bytes | None = None
    read_token: str = field(default="", repr=False)
    """Reads the code of the repository under watch through git."""
    server_url: str = ""
    """Where its git is: ``https://github.com``; empty where there is none."""
    model_key: str = field(default="", repr=False)
    """Opens the model's gateway."""
    notify_urls: tuple[str, ...] = field(default=(), repr=False)
    """Secret addresses of notifications."""
    ownership: Ownership = field(default_factory=Ownership)

    @property
    def requests(self) -> int:
        """Requests made so far."""
        clients = {id(client.transport): client.transport for client in (self.read, self.write)}
        return sum(transport.requests for transport in clients.values())

    @property
    def trusted(self) -> frozenset[str]:
        """Logins whose state blocks count."""
        return frozenset({self.login, *self.config.trusted_logins})


def open_context(settings: Settings, environ: Mapping[str, str], *, now: datetime, pace: Pace | None = None) -> Context:
    """Connect to both repositories and ask who we are; raises before anything is read when the settings cannot work."""
    config, tokens = settings.config, settings.tokens
    if not config.repo:
        raise UsageError("no repository is named; give --repo owner/name or set FTC_REPO")
    if not tokens.read or not tokens.issue:
        raise UsageError(
            "no token is given; set FTC_TOKEN or GITHUB_TOKEN to one that may read actions, and write issues "
            "unless it is a dry run"
        )
    tell(runner.masks(environ, tokens.values))
    pace = pace or Pace(write_interval=config.write_interval_seconds, sleep=time.sleep, clock=time.time)
    write = _client(config, repo=config.target, token=tokens.issue, pace=pace)
    same = config.target.lower() == config.repo.lower() and tokens.read == tokens.issue
    read = write if same else _client(config, repo=config.repo, token=tokens.read, pace=pace)
    target = write.preflight()
    source = target if same or config.base_branch else read.preflight()
    return Context(
        config=config,
        read=read,
        write=write,
        login=target.login,
        base_branch=config.base_branch or source.default_branch,
        now=now,
        sanitizer=settings.sanitizer,
        say=lambda line: print(runner.harmless(strip_control(line)), file=sys.stderr),
        run_url=_run_url(environ),
        hmac_key=tokens.state_key.encode() or None,
        read_token=tokens.read,
        server_url=server_of(config.api_url),
        model_key=tokens.model,
        notify_urls=tuple(tokens.notify.split()),
        ownership=ownership(config, target if target.owner_files else source),
    )


def with_token(ctx: Context, token: str) -> GitHub:
    """Another client of the write repository, which acts as somebody else."""
    pace = Pace(write_interval=ctx.config.write_interval_seconds, sleep=time.sleep, clock=time.time)
    return _client(ctx.config, repo=ctx.write.repo, token=token, pace=pace)


def tell(lines: Iterable[str]) -> None:
    """Print lines for the runner at once; a mask that comes late masks nothing."""
    for line in lines:
        print(line, flush=True)


def moment(text: str) -> datetime:
    """The moment to decide about: the clock's, or the one asked for in ISO form."""
    if not text:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        asked = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise UsageError(f"--now: {text!r} is no time; write it as 2026-11-20T12:00:00Z") from None
    return asked.replace(tzinfo=asked.tzinfo or UTC).astimezone(UTC)


def server_of(api_url: str) -> str:
    """The address people and git use for the GitHub behind an API: ``https://ghe.example.com`` of ``…/api/v3``."""
    parts = urlsplit(api_url)
    host = parts.netloc.removeprefix("api.") if parts.netloc.endswith((".github.com", ".ghe.com")) else parts.netloc
    return f"{parts.scheme}://{host}"


def _client(config: Config, *, repo: str, token: str, pace: Pace) -> GitHub:
    transport = Transport(token=token, api_url=config.api_url, pace=pace, budget=config.request_budget)
    return GitHub(repo=repo, transport=transport)


def _run_url(environ: Mapping[str, str]) -> str:
    parts = [environ.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")]
    return f"{parts[0]}/{parts[1]}/actions/runs/{parts[2]}" if all(parts) else ""
