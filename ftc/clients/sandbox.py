"""Runs code that is not ours (tests, build scripts, set-up steps) as far apart from everything else as the machine can.

Rule: repository code is run through here and nowhere else. It gets an allow-listed environment, a home of its own, the
folders it is given, and limits; what cannot be kept from it says ``guarantees``. A level that was asked for by name is
never exchanged for a weaker one.
"""

import os
import resource
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ftc.clients import sandbox_engine, shell
from ftc.clients import sandbox_levels as levels
from ftc.clients.sandbox_environment import NETWORK, PLAIN, environment, java_home_of, own_go_modules
from ftc.clients.sandbox_levels import Engine, Job
from ftc.clients.sandbox_view import TMP, Mount, View, temporary, view
from ftc.clients.sandbox_watch import Most, Watch, too_much_memory
from ftc.core.config import Config
from ftc.core.errors import CommandFailed, UsageError
from ftc.core.isolation import Guarantees, Level

PROCESSES = 2_000
"""Processes of one run; a Go test binary has one, a browser suite dozens, a fork bomb as many as it can."""
FILE_BYTES = 4_000_000_000
"""The largest file that may be written; race-enabled test binaries have some 100 MB; a flood would fill the disk."""
OPEN_FILES = 65_536
MEMORY_SHARE = 0.8
PROBE_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """One place in which repository code runs; its runs share home and caches: give each side its own (``beside``)."""

    level: Level
    tmp: Path
    """A folder of ours, as a real path; the home, the caches and the temporary files of the code lie below it."""
    memory_bytes: int = 0
    """Of all processes of a run together; 0 is no limit."""
    processes: int = PROCESSES
    network: bool = False
    """Whether every run may use the network, whatever is asked for."""
    engine: Engine | None = None
    """For the level ``container``."""
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)
    """The job's environment, of which the code gets the allow-listed part."""

    @classmethod
    def of(cls, config: Config, tmp: Path, environ: Mapping[str, str] | None = None) -> "Sandbox":
        """The strongest sandbox that works here, or the one that is configured.

        ``tmp`` is an existing folder that the caller removes. Raises ``UsageError`` with the reason when a level was
        asked for by name and does not work.
        """
        given = dict(os.environ) if environ is None else environ
        memory = config.memory_mb * 1_000_000 or _machine_memory()
        base = cls(
            level=config.sandbox, tmp=tmp.resolve(), memory_bytes=memory, network=config.sandbox_network, environ=given
        )
        problems = []
        for candidate in _candidates(base, config):
            problem = candidate.problem()
            if not problem:
                return candidate
            problems.append(f"{candidate.level}: {problem}")
        raise UsageError(f"no sandbox of the level `{config.sandbox}` works here ({'; '.join(problems)}); see sandbox")

    @property
    def scratch(self) -> Path:
        """The folder that stays from run to run: home and caches."""
        return self.tmp / "scratch"

    @property
    def lasting(self) -> tuple[Path, Path]:
        """All that stays from run to run: the scratch folder, and what is /tmp inside."""
        return (self.scratch, temporary(self.scratch))

    @property
    def reports(self) -> Path:
        """For what runs report: beside the scratch folder, in which code could put a link in its place."""
        return self.tmp / "reports"

    @property
    def guarantees(self) -> Guarantees:
        """What holds for the runs of this sandbox that ask for no network."""
        return self.holding(network=False)

    def holding(self, *, network: bool) -> Guarantees:
        """What holds for runs with or without a network."""
        apart = self.level in (Level.BUBBLEWRAP, Level.NAMESPACES, Level.CONTAINER)
        offline = apart and not (network or self.network)
        return Guarantees(level=self.level, network=offline, files=apart, processes=apart)

    def beside(self, name: str) -> "Sandbox":
        """The same sandbox with a home and caches of its own, so that one side cannot spoil the other's."""
        tmp = self.tmp / "beside" / name
        tmp.mkdir(parents=True, exist_ok=True)
        return replace(self, tmp=tmp)

    @property
    def patience(self) -> float:
        """Seconds that the trial may take; at its first use an image is made ready."""
        return sandbox_engine.PULL_SECONDS if self.level is Level.CONTAINER else PROBE_SECONDS

    def problem(self, *, timeout: float = 0) -> str:
        """Why this level does not work on this machine, found by trying it; empty when it does.

        ``timeout`` is for the trial, in seconds; without one it is ``patience``.
        """
        missing = sandbox_engine.problem(self.engine, self.environ) if self.level is Level.CONTAINER else ""
        if missing:
            return missing
        seconds = timeout or self.patience
        try:
            done = self.run(["true"], cwd=self._places(), timeout=seconds)
        except CommandFailed as error:
            return str(error)
        if done.timed_out:
            return f"it did not end in {seconds:.0f} s"
        return "" if done.ok else f"it ended with {done.code}"

    def run(  # noqa: PLR0913 - each is a right that a caller grants by name
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        timeout: float,
        writable: Sequence[Path] = (),
        readable: Sequence[Path] = (),
        network: bool = False,
        output_cap: int = shell.OUTPUT_CAP,
    ) -> shell.Result:
        """Run a program of the repository to its end; a bad exit code is a result, and so is passing a limit.

        ``env`` is added to the allow-listed variables; ``cwd`` must lie in a folder that is given, ``writable`` or
        ``readable``, or in the scratch folder. Raises ``CommandFailed`` when the program or the sandbox does not
        start, ``UsageError`` for a variable that may hold a secret.
        """
        self._places()
        online = network or self.network
        seen = view(self.environ, scratch=self.scratch, network=online)
        variables = self._environment(env or {}, seen, network=online)
        job = replace(self._job(argv, cwd, seen, network=online), env=variables)
        job = replace(job, mounts=(*self._mounts(readable, writable=False), *self._mounts(writable, writable=True)))
        if self.level is Level.CONTAINER:
            return self._contained(job, timeout=timeout, output_cap=output_cap)
        return self._watched(job, timeout=timeout, output_cap=output_cap)

    def set_up(self, script: str, worktree: Path, *, timeout: float) -> shell.Result:
        """Run the repository's set-up script, by its path, with a network; what it puts in its home stays.

        Raises ``UsageError`` for a path that is no file of the worktree.
        """
        root = worktree.resolve()
        place = (root / script).resolve()
        if not (place.is_file() and place.is_relative_to(root)):
            raise UsageError(f"setup-script: {script[:200]} is no file of the repository; give its path from the root")
        argv = [str(place)] if os.access(place, os.X_OK) else ["sh", str(place)]
        return self.run(argv, cwd=root, timeout=timeout, writable=[root], network=True)

    def _places(self) -> Path:
        for folder in (self.scratch / "home", temporary(self.scratch), self.tmp / "root"):
            folder.mkdir(parents=True, exist_ok=True)
        return self.scratch

    def _environment(self, extra: Mapping[str, str], seen: View, *, network: bool) -> dict[str, str]:
        tmp = TMP
        if self.level is Level.CONTAINER:
            # The image brings its toolchains, and knows where they are.
            ours = {name: self.environ[name] for name in (*PLAIN, *NETWORK) if name in self.environ}
            given = environment(ours, scratch=self.scratch, extra=extra, network=network, path="", tmp=tmp)
            home = self.scratch / "home"
            given = {**java_home_of(home), **own_go_modules(home, network=network), **given}
            return {name: value for name, value in given.items() if name != "PATH" or name in extra}
        path = seen.path
        if self.level is Level.PLAIN:
            tmp, path = temporary(self.scratch), self.environ.get("PATH", "")
        given = environment(self.environ, scratch=self.scratch, extra=extra, network=network, path=path, tmp=tmp)
        # At the plain level the user's own home is there, and what a step before has put into it.
        return given if self.level is Level.PLAIN else {**java_home_of(self.scratch / "home"), **given}

    def _job(self, argv: Sequence[str], cwd: Path, seen: View, *, network: bool) -> Job:
        return Job(
            argv=tuple(argv),
            cwd=cwd.resolve(),
            view=seen,
            mounts=(),
            env={},
            network=network,
            scratch=self.scratch,
            root=self.tmp / "root",
        )

    def _mounts(self, folders: Sequence[Path], *, writable: bool) -> Iterator[Mount]:
        """What a caller adds; what lies in the scratch folder is shown with it, and may be a link by now."""
        for folder in folders:
            if not folder.is_relative_to(self.scratch):
                real = folder.resolve()
                yield Mount(source=real, target=real, writable=writable)

    def _watched(self, job: Job, *, timeout: float, output_cap: int) -> shell.Result:
        """Run it as a descendant of ours."""
        _find(job.argv[0], job.env["PATH"], job.cwd)
        limited = replace(job, argv=tuple(self._limited(job.argv)))
        build = {Level.BUBBLEWRAP: levels.bubblewrap, Level.NAMESPACES: levels.namespaces}.get(self.level, levels.plain)
        given = job.env if self.level is Level.PLAIN else {"PATH": shell.PATH, "LC_ALL": "C"}
        watch = Watch(Most(memory_bytes=self.memory_bytes, processes=self.processes))
        try:
            done = shell.run(
                build(limited), cwd=job.cwd, env=given, timeout=timeout, output_cap=output_cap, began=watch.begin
            )
        finally:
            watch.end()
        _check(self.level, job.argv, done)
        return _noted(done, watch.exceeded)

    def _contained(self, job: Job, *, timeout: float, output_cap: int) -> shell.Result:
        """Run it as a descendant of an engine, which keeps the limits."""
        assert self.engine is not None, "a container needs an engine"
        limits = shell.Limits(
            memory_bytes=self.memory_bytes, processes=self.processes, file_bytes=FILE_BYTES, open_files=_open_files()
        )
        given = sandbox_engine.variables(self.environ)
        with sandbox_engine.container(job, self.engine, self.environ, limits=limits) as (command, name):
            done = shell.run(command, cwd=job.cwd, env=given, timeout=timeout, output_cap=output_cap)
            sandbox_engine.check(self.engine, name, job.argv[0], done, self.environ)
            over = not done.ok and sandbox_engine.out_of_memory(self.engine, name, self.environ)
        return _noted(done, too_much_memory(self.memory_bytes) if over else "")

    def _limited(self, argv: Sequence[str]) -> list[str]:
        """Limits that the kernel keeps; memory and number are watched, since root has no such limits here."""
        if shutil.which(levels.tool("prlimit")) is None:
            return list(argv)
        limited = shell.limited(argv, shell.Limits(file_bytes=FILE_BYTES, open_files=_open_files()))
        return [levels.tool("prlimit"), *limited[1:]]


def _candidates(base: Sandbox, config: Config) -> Iterator[Sandbox]:
    """What is tried, strongest first; an image that somebody named goes before what this machine has installed."""
    if config.sandbox is Level.CONTAINER or (config.sandbox is Level.AUTO and config.container_image):
        for program in sandbox_engine.ENGINES:
            engine = sandbox_engine.engine(program, config.container_image, base.environ)
            yield replace(base, level=Level.CONTAINER, engine=engine)
    if config.sandbox is Level.CONTAINER:
        return
    if config.sandbox is not Level.AUTO:
        yield base
    else:
        for level in (Level.BUBBLEWRAP, Level.NAMESPACES, Level.PLAIN):
            yield replace(base, level=level)


def _find(program: str, path: str, cwd: Path) -> None:
    """Say that a program is missing before a sandbox says it in words of its own."""
    here = cwd / program if "/" in program else None
    if not (here.exists() if here else shutil.which(program, path=path)):
        raise CommandFailed(f"{program} could not be started in {cwd}: it is not there; install it in setup-script")


def _check(level: Level, argv: Sequence[str], done: shell.Result) -> None:
    """An end that is the sandbox's own and not the program's."""
    own = {Level.BUBBLEWRAP: (1, b"bwrap: "), Level.NAMESPACES: (levels.SETUP_FAILED, b"sandbox: ")}
    code, mark = own.get(level, (None, b""))
    if done.code == code and mark in done.stderr:
        said = " ".join(done.err.split())[:300]
        raise CommandFailed(f"{argv[0]} was not started, the sandbox ({level}) failed: {said}; see sandbox")


def _noted(done: shell.Result, exceeded: str) -> shell.Result:
    """The result with the limit that was passed, if one was."""
    note = f"\nended by the sandbox: {exceeded}\n".encode() if exceeded else b""
    return replace(done, stderr=done.stderr + note)


def _open_files() -> int:
    """The limit of open files, or our own where that is lower, which nobody without rights may raise."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)


def _machine_memory() -> int:
    return int(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * MEMORY_SHARE)
