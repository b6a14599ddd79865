"""What reading the code of a failure costs against a full clone: seconds, requests and bytes; run by ``make bench``.

The repository has about 2000 files and a history of 200 commits; every request goes through a real git over HTTP.
"""

import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from ftc.agent.context import gather  # noqa: E402 - found through the lines above
from ftc.agent.kept import Keep  # noqa: E402
from ftc.agent.workspace import mirror  # noqa: E402
from ftc.clients import git  # noqa: E402
from ftc.clients.git_environment import Repository  # noqa: E402
from ftc.core.model import Flake, Grade, Kind, Location, Occurrence, Signature, TestId  # noqa: E402
from ftc.core.sanitize import Sanitizer  # noqa: E402
from ftc.simulator.git_backend import NewCommit  # noqa: E402
from ftc.simulator.git_types import GitIdentity  # noqa: E402
from ftc.simulator.server import serving  # noqa: E402
from ftc.simulator.simulator import Simulator  # noqa: E402

PACKAGES, FILES, COMMITS = 100, 20, 200
NOW = datetime(2026, 5, 20, tzinfo=UTC)
MOST_REQUESTS = 20
"""Requests of one reading before this benchmark fails."""
LARGEST_SHARE = 0.5
"""Share of a full clone's bytes that a reading may fetch before this benchmark fails."""


def a_file(package: int, number: int) -> bytes:
    """A Go file of ordinary size, unlike the others."""
    functions = "".join(
        f"func f{package}x{number}x{n}(x int) int {{\n\treturn x*{package * 7919 + number * 104729 + n * 12997}\n}}\n\n"
        for n in range(40)
    )
    test = f"func TestP{package}N{number}(t *testing.T) {{\n\tf{package}x{number}x1(2)\n}}\n" if number % 2 else ""
    return f"package p{package}\n\n{functions}{test}".encode()


def name(package: int, number: int) -> str:
    return f"pkg/p{package}/f{number}{'_test' if number % 2 else ''}.go"


def world() -> tuple[Simulator, str]:
    """A simulator with the repository, and its newest commit."""
    simulator = Simulator.load("now: 2026-05-20T00:00:00Z\nrepositories: {acme/large: {}}\n")
    repository = simulator.world.repository("acme/large")
    assert repository is not None
    files = {name(p, n): a_file(p, n) for p in range(PACKAGES) for n in range(FILES)}
    commits = []
    for number in range(COMMITS):
        author = GitIdentity(name="A", email="a@example.com", date=NOW - timedelta(hours=6 * (COMMITS - number)))
        changed = files if number == 0 else {name(number % 100, 1): a_file(number % 100, 1) + b"// %d\n" % number}
        commits.append(NewCommit(message=f"C{number}", author=author, files=changed))
    return simulator, repository.git.add_commits("main", commits)[-1]


def flake(sha: str) -> Flake:
    """One test of one package that failed at the newest commit."""
    occurrence = Occurrence(
        source="actions", run="1", attempt=1, job="test", job_id="1", created=NOW, workflow="CI", event="push",
        branch="main", sha=sha, tree=sha, fingerprint="f", kind=Kind.ASSERTION, url="", grade=Grade.B,
    )  # fmt: skip
    place = Location(path=name(99, 0), line=10)
    return Flake(
        key="k",
        repo="acme/large",
        test=TestId(ecosystem="go", suite="example.com/large/pkg/p99", name="TestP99N1"),
        occurrences=(occurrence,),
        signatures=(Signature(fingerprint="f", text="", kind=Kind.ASSERTION, locations=(place,)),),
    )


def size(folder: Path) -> int:
    """Bytes of all packs, as they came over the wire."""
    return sum(file.stat().st_size for file in folder.rglob("*.pack"))


def clone(url: str, folder: Path) -> int:
    """Bytes of the whole history with all files."""
    repository = Repository(path=folder, url=url)
    git.init_bare(repository)
    for key in ("remote.origin.promisor", "remote.origin.partialCloneFilter"):
        git._git(repository, "config", "--unset", key)
    git._git(repository, "fetch", "--quiet", "origin", "refs/heads/main", timeout=git.FETCH_SECONDS)
    return size(folder)


def main() -> int:
    """Print one reading from nothing and one with a kept mirror; 1 when they cost more than they may."""
    simulator, sha = world()
    with serving(simulator) as address, tempfile.TemporaryDirectory() as folder:
        url = f"{address}/acme/large.git"
        whole = clone(url, Path(folder) / "clone")
        for title in ("from nothing", "with a kept mirror"):
            simulator.requests.clear()
            started = time.monotonic()
            with mirror(url, keep=Keep(root=Path(folder) / "kept")) as copy:
                found = gather(flake(sha), copy, sanitizer=Sanitizer())
                read = size(copy.path)
            seconds, requests = time.monotonic() - started, len(simulator.requests)
            print(
                f"{title:20} {seconds:6.2f} s, {requests:3} requests, {read / 1000:8.0f} kB of {whole / 1000:8.0f} kB "
                f"({read / whole:.1%}), {len(found.snippets)} snippets, {len(found.suspects)} suspects"
            )
            if not found.locatable or requests > MOST_REQUESTS or read / whole > LARGEST_SHARE:
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
