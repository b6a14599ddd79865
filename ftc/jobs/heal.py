"""``ftc heal``: keep the base branch healthy, one commit at a time.

The rule it keeps: code of the repository is run here beside tokens, so only in a sandbox that keeps everything from it;
where there is none, nothing is run. Of two loops over one branch one works.
"""

import argparse
import hashlib
import os
import platform
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from ftc.agent.external import argv_of
from ftc.agent.healer import Run
from ftc.agent.kept import kept_at
from ftc.agent.locking import alone
from ftc.agent.temporary import HEAL, temporary
from ftc.agent.workspace import mirror
from ftc.clients import git
from ftc.clients.sandbox import Sandbox
from ftc.clients.shell import Result
from ftc.clients.undumpable import become_undumpable
from ftc.core.config import Config
from ftc.core.errors import FtcError, UsageError
from ftc.core.fix_agents import FixAgent
from ftc.core.isolation import may_run_beside_secret
from ftc.jobs.context import open_context
from ftc.jobs.fix.folder import ARTIFACTS
from ftc.jobs.heal_asking import model_of
from ftc.jobs.heal_commit import PARTIAL, heal
from ftc.jobs.heal_memory import Notebook
from ftc.jobs.heal_ward import Ward
from ftc.jobs.own_program import handed_on
from ftc.jobs.settings import Settings, add_config_flags, flag_values, load_settings

LEAST_PAUSE = 10
"""Seconds between two looks; each asks the server for one line."""
AGAIN_SECONDS = 1_800.0
"""Before a commit whose look was not finished is looked at again; a model or a network that is out takes as long."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which commit, or how often to look for a new one."""
    parser.add_argument("--base-sha", default="", metavar="SHA", help="judge this commit; default: the newest")
    parser.add_argument("--watch", type=int, default=0, metavar="SECONDS", help="stay, and look for new commits")
    parser.add_argument("--artifacts", default=ARTIFACTS, metavar="DIR", help="where transcripts lie")
    add_config_flags(parser)


def run(args: argparse.Namespace) -> int:
    """0: healthy, or a repair was delivered; 1: given up; 2: not finished."""
    become_undumpable()
    settings = load_settings(environ=os.environ, flags=flag_values(args))
    if settings.config.disabled:
        print("Disabled by configuration (FTC_DISABLED); nothing was read or written.")
        return 0
    _check(args, settings.config)
    if settings.config.fix_agent is FixAgent.COMMAND:
        argv_of(settings.config.agent_command, {})
        handed_on(os.environ, settings.config.agent_variables, key=settings.tokens.model)
    config = settings.config
    with temporary(HEAL) as tmp, _alone(config) as ours:
        if not ours:
            print(f"another `ftc heal` for {config.target} is at work on this machine")
            return PARTIAL
        gates = gate_run(_sandbox(config, tmp, os.environ))
        with _wards(settings, args, gates) as ward:
            first = ward()
            if not args.watch:
                return heal(first, args.base_sha or first.head())
            watch(first.head, lambda sha: heal(ward(), sha), seconds=args.watch, say=first.ctx.say)
            return PARTIAL


def _check(args: argparse.Namespace, config: Config) -> None:
    if not config.heal_fast.strip():
        raise UsageError("ftc heal: no gate is configured; set heal-fast to the command that must pass, as `make test`")
    if config.fix_agent is FixAgent.GITHUB:
        raise UsageError(
            "ftc heal: GitHub's agent works on issues, not on commits; set fix-agent to builtin or command"
        )
    if args.base_sha and args.watch:
        raise UsageError("ftc heal: give --base-sha or --watch; a single commit is judged once")
    if args.base_sha and not git.is_sha(args.base_sha):
        raise UsageError(f"--base-sha: {args.base_sha[:80]!r} is no commit; give all 40 digits")
    if args.watch and args.watch < LEAST_PAUSE:
        raise UsageError(f"--watch: at least {LEAST_PAUSE} seconds")


def _sandbox(config: Config, tmp: Path, environ: Mapping[str, str]) -> Sandbox:
    found = Sandbox.of(config, tmp, environ)
    if not may_run_beside_secret(found.guarantees):
        raise UsageError(
            f"ftc heal runs code of the repository beside tokens, which this machine cannot keep from it "
            f"({found.guarantees.text}); install bubblewrap or set container-image, see docs/sandbox.md"
        )
    return found


def gate_run(sandbox: Sandbox) -> Run:
    """Runs gates in the sandbox, each with a home and caches of its own, so that none prepares the next one's end."""
    numbers = count()

    def run(command: str, *, cwd: Path, timeout: float) -> Result:
        own = sandbox.beside(f"gate-{next(numbers)}")
        return own.run(["sh", "-c", f"exec 2>&1\n{command}"], cwd=cwd, timeout=timeout, writable=[cwd])

    return run


def _alone(config: Config) -> AbstractContextManager[bool]:
    """One loop for each repository on one machine; a holder that died has lost the lock."""
    name = hashlib.sha256(f"{config.api_url} {config.target}".lower().encode()).hexdigest()[:16]
    return alone(Path(tempfile.gettempdir()) / f"ftc-heal-{os.getuid()}-{name}.lock")


@contextmanager
def _wards(settings: Settings, args: argparse.Namespace, gates: Run) -> Iterator[Callable[[], Ward]]:
    """Makes what each look needs: the mirror stays open, the clock and the budget of requests begin anew."""
    config = settings.config
    first = open_context(settings, os.environ, now=_now())
    unpaid: set[str] = set()
    with mirror(f"{first.server_url}/{config.target}.git", settings.tokens.issue, kept_at(config)) as copy:

        def made() -> Ward:
            ctx = open_context(settings, os.environ, now=_now())
            return Ward(
                ctx=ctx,
                copy=copy,
                notes=Notebook(ctx=ctx, branch=ctx.base_branch),
                run=gates,
                model=lambda: model_of(ctx),
                artifacts=Path(args.artifacts),
                holder=holder_of(os.environ),
                turn=secrets.token_hex(6),
                clock=time.monotonic,
                unpaid=unpaid,
                environ=os.environ,
            )

        yield made


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def holder_of(environ: Mapping[str, str]) -> str:
    """Who we are to other loops: the attempt of a workflow run, else this machine."""
    run_id, attempt = environ.get("GITHUB_RUN_ID", ""), environ.get("GITHUB_RUN_ATTEMPT", "") or "1"
    if run_id.isdigit() and attempt.isdigit():
        return f"run:{run_id}:{attempt}"
    return f"host:{platform.node()[:60]}"


def watch(
    head: Callable[[], str],
    look: Callable[[str], int],
    *,
    seconds: float,
    say: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Look at every new commit, until somebody ends it; what fails for a reason of the network is tried again."""
    seen, again = "", 0.0
    while True:
        sha = ""
        try:
            sha = head()
            if sha != seen or clock() >= again:
                seen, again = sha, float("inf")
                again = clock() + AGAIN_SECONDS if look(sha) == PARTIAL else again
        except FtcError as error:
            say(str(error))
            again = clock() + AGAIN_SECONDS if sha else again
        sleep(seconds)
