"""The mirror against real git over HTTP: what it fetches, what it refuses, and what is left when it is over."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ftc.agent import workspace
from ftc.agent.kept import Keep
from ftc.agent.temporary import MIRROR, STALE_SECONDS
from ftc.agent.workspace import mirror
from ftc.clients import git
from ftc.clients.git_environment import Repository, environment
from ftc.core.errors import CommandFailed
from ftc.simulator.git_backend import NewCommit
from ftc.simulator.git_types import GitIdentity
from ftc.simulator.server import serving
from ftc.simulator.simulator import Simulator

ROOT = Path(__file__).parents[2]
TOKEN = "ghs_tokenOfTheJobThatReadsContents0123456789"
SCENARIO = f"""
now: 2026-05-20T12:00:00Z
tokens:
  {TOKEN}: ada
  outsider: mallory
repositories:
  acme/secret:
    private: true
    roles: {{ada: write}}
    created: 2026-01-01T00:00:00Z
    files: {{README.md: "# secret", pkg/a.txt: one, pkg/b.txt: bee}}
    commits:
      - {{message: Old, files: {{pkg/a.txt: two}}, author: ada, at: 2026-03-01T00:00:00Z}}
      - {{message: Pass, as: pass, files: {{pkg/b.txt: buzz}}, author: ada, at: 2026-05-01T00:00:00Z}}
      - {{message: Suspect, files: {{pkg/a.txt: three}}, author: ada, at: 2026-05-10T00:00:00Z}}
      - {{message: Unrelated, files: {{README.md: "# more"}}, author: ada, at: 2026-05-11T00:00:00Z}}
"""
ADA = GitIdentity(name="Ada", email="ada@example.com", date=datetime(2026, 5, 12, tzinfo=UTC))


@pytest.fixture
def simulator():
    return Simulator.load(SCENARIO)


@pytest.fixture
def remote(simulator):
    return simulator.world.repository("acme/secret").git


@pytest.fixture
def url(simulator):
    with serving(simulator) as address:
        yield f"{address}/acme/secret.git"


@pytest.fixture
def copy(url):
    with mirror(url, TOKEN) as opened:
        yield opened


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """Temporary mirrors of this test, where nobody else's lie."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def requests(simulator):
    return [f"{entry.method} {entry.path}" for entry in simulator.requests]


def test_one_commit_without_file_contents(copy, remote, simulator):
    sha = remote.resolve("main")
    assert copy.have(sha)
    assert copy.files(sha) == ("README.md", "pkg/a.txt", "pkg/b.txt")
    assert len(requests(simulator)) == 2, "what the server can do, and the pack"
    assert len(git.missing(Repository(path=copy.path), sha)) == 3, "no file was fetched"
    assert copy.have(sha)
    assert len(requests(simulator)) == 2, "what is here is not asked for"


def test_several_files_are_one_request(copy, remote, simulator):
    sha = remote.resolve("main")
    copy.files(sha)
    before = len(requests(simulator))
    assert copy.read_files(sha, ["pkg/a.txt", "README.md", "gone.txt"]) == {"pkg/a.txt": "three", "README.md": "# more"}
    assert len(requests(simulator)) - before <= 2
    before = len(requests(simulator))
    assert copy.read(sha, "README.md") == "# more"
    assert len(requests(simulator)) == before


def commit_of(remote, files, *, branch="odd"):
    (sha,) = remote.add_commits(branch, [NewCommit(message="m", author=ADA, files=files)])
    return sha


def tree_with(remote, mode, path, content):
    """A commit with one entry of this mode, which no simulator writes."""
    repository = remote.path

    def run(*argv, data=b""):
        env = {**environment(Repository(path=repository)), "GIT_DIR": str(repository)}
        env |= {f"GIT_{who}_{what}": "x@y" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        return subprocess.run(["git", *argv], env=env, input=data, capture_output=True, check=True).stdout.strip()

    oid = run("hash-object", "-w", "--stdin", data=content) if mode != "160000" else b"1" * 40
    kind = b"commit" if mode == "160000" else b"blob"
    tree = run("mktree", "--missing", "-z", data=mode.encode() + b" " + kind + b" " + oid + b"\t" + path + b"\0")
    return run("commit-tree", tree.decode(), "-m", "m").decode()


HOSTILE = [
    ("a symlink to a file of the machine", "120000", b"link", b"/etc/passwd"),
    ("a submodule", "160000", b"sub", b""),
    ("binary", "100644", b"picture.py", b"\x89PNG\0\0"),
    ("larger than anybody writes", "100644", b"huge.py", b"x = 1\n" * 200_000),
    ("a name that is no UTF-8", "100644", b"caf\xe9.py", b"x"),
    ("a name that would start a new line in a log", "100644", b"a\n::set-env::b.py", b"x"),
    ("a name that would turn the text around", "100644", "a\u202eb.py".encode(), b"x"),
]


@pytest.mark.parametrize(("mode", "path", "content"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_what_is_not_read(copy, remote, mode, path, content):
    sha = tree_with(remote, mode, path, content)
    name = path.decode("utf-8", "surrogateescape")
    assert copy.read(sha, name) is None
    assert all(one.isprintable() for one in copy.files(sha))


@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd", "pkg", "", ".", "pkg/../README.md", "--help", "*"])
def test_paths_are_names_and_nothing_else(copy, remote, path):
    assert copy.read(remote.resolve("main"), path) is None


def test_text_that_is_no_utf8_is_read_with_marks(copy, remote):
    sha = commit_of(remote, {"latin.py": b"# caf\xe9\r\nx = 1\r\n"})
    assert copy.read(sha, "latin.py") == "# caf\ufffd\nx = 1\n"


@pytest.mark.parametrize(
    "sha", ["0" * 39 + "1", "", "main", "--upload-pack=touch /tmp/x", "refs/heads/main", "HEAD", "a" * 64]
)
def test_a_commit_that_is_not_there(copy, sha):
    assert copy.have(sha) is False
    with pytest.raises(CommandFailed, match="cannot be fetched"):
        copy.files(sha)


def test_a_merge_commit_and_what_comes_after_it(copy, remote):
    """GitHub makes the merge anew when the base moves; the old one can be had for a while, then no longer."""
    (head,) = remote.add_commits("topic", [NewCommit(message="t", author=ADA, files={"t": b"t"})], start="main")
    base = remote.resolve("main")
    merge = remote.refresh_pull(7, base=base, head=head, author=ADA)
    assert copy.have_merge(7, head=head, base=base) == merge
    assert "t" in copy.files(merge)
    assert copy.have_merge(7, head=head, base=head) == "", "another base"
    assert copy.have_merge(8, head=head, base=base) == "", "no such pull request"


# --- commits


def test_commits_since_the_last_pass(copy, remote):
    history = remote.history("main")
    found = copy.commits(history[2], history[0], ["pkg/a.txt", "pkg/b.txt"])
    assert [(item.title, item.paths) for item in found] == [("Suspect", ("pkg/a.txt",))]
    assert found[0].at == datetime(2026, 5, 10, tzinfo=UTC)
    assert found[0].sha == history[1]


def test_commits_of_two_weeks_when_nobody_knows_the_last_pass(copy, remote):
    found = copy.commits("", remote.resolve("main"), ["pkg/a.txt", "pkg/b.txt"])
    assert [item.title for item in found] == ["Suspect", "Pass"]
    lost = copy.commits("0" * 39 + "1", remote.resolve("main"), ["pkg/a.txt", "pkg/b.txt"])
    assert lost == found, "a commit that is gone is as good as none"


def test_the_end_of_a_shallow_history_is_no_suspect(copy, remote):
    """Its parent is not here, so it seems to have added every file."""
    sha = remote.resolve("main")
    copy.have(sha)
    assert [item.title for item in copy.commits("", sha, ["README.md"])] == ["Unrelated"]
    assert copy.commits("", remote.history("main")[3], ["README.md"]) == ()


def test_a_title_cannot_forge_a_commit(copy, remote):
    title = "x\x01\x1f" + "f" * 40
    (sha,) = remote.add_commits("odd", [NewCommit(message=title, author=ADA, files={"z": b"z"})], start="main")
    (found,) = copy.commits(remote.resolve("main"), sha, ["z"])
    assert found.sha == sha


# --- the token


def wrapper(tmp_path, monkeypatch):
    """A git before git that writes down its arguments and its environment."""
    folder, log = tmp_path / "bin", tmp_path / "calls"
    folder.mkdir()
    log.mkdir()
    script = folder / "git"
    script.write_text(
        f'#!/bin/sh\nf=$(mktemp {log}/XXXXXX)\nprintf "%s\\n" "$@" > "$f.argv"\n'
        f'env > "$f.env"\nexec {shutil.which("git")} "$@"\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return log


def test_the_token_is_in_the_environment_and_nowhere_else(url, remote, tmp_path, monkeypatch):
    log = wrapper(tmp_path, monkeypatch)
    monkeypatch.setenv("OTHER_SECRET", "do-not-hand-on")
    sha, root = remote.resolve("main"), tmp_path / "kept"
    with mirror(url, TOKEN, Keep(root=root)) as opened:
        opened.read(sha, "README.md")
        with opened.worktree(sha):
            pass
    wrapped = subprocess.run(
        ["base64", "-w0"], input=f"x-access-token:{TOKEN}".encode(), capture_output=True, check=True
    )
    secrets = (TOKEN.encode(), wrapped.stdout)
    arguments = b"".join(file.read_bytes() for file in log.glob("*.argv"))
    environments = b"".join(file.read_bytes() for file in log.glob("*.env"))
    disk = b"".join(file.read_bytes() for file in root.rglob("*") if file.is_file())
    assert b"fetch" in arguments
    assert b"worktree" in arguments
    assert secrets[1] in environments
    assert not any(secret in arguments + disk for secret in secrets)
    assert b"do-not-hand-on" not in environments
    assert TOKEN not in repr(opened._repository)


@pytest.mark.parametrize("token", ["outsider", "stolen-token-of-somebody", ""])
def test_errors_do_not_show_the_token(url, remote, token):
    with mirror(url, token) as opened, pytest.raises(CommandFailed) as error:
        opened.have(remote.resolve("main"))
    assert not token or token not in str(error.value)
    assert "git fetch" in str(error.value)


def test_a_server_that_repeats_the_token_is_redacted(tmp_path, monkeypatch):
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "git").write_text('#!/bin/sh\n[ "$1" = fetch ] || exit 0\nenv | grep -i authorization >&2; exit 1\n')
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    with mirror("https://github.example/o/r.git", TOKEN) as opened, pytest.raises(CommandFailed) as error:
        git.fetch(opened._repository, "a" * 40)
    assert "redacted" in str(error.value)
    assert TOKEN not in str(error.value)


def test_the_token_is_for_its_own_host(url):
    env = environment(Repository(path=Path(), url="https://ghe.example.com/o/r.git", token=TOKEN))
    keys = [value for name, value in env.items() if name.startswith("GIT_CONFIG_KEY_")]
    assert "http.https://ghe.example.com/.extraHeader" in keys
    assert "http.extraHeader" not in keys
    assert "protocol.https.allow" in keys
    assert "protocol.http.allow" not in keys


@pytest.mark.parametrize(
    "address",
    [
        "http://github.com/o/r.git",
        "ssh://git@github.com/o/r.git",
        "git@github.com:o/r.git",
        "ext::sh -c id",
        "https://u:p@h/o/r.git",
    ],
)
def test_addresses_that_are_refused(address):
    with pytest.raises(CommandFailed), mirror(address, TOKEN):
        pass


def test_nothing_of_the_machine_or_the_repository_is_run(copy, remote, tmp_path, monkeypatch):
    """Hooks in the mirror, and a user configuration that would run a program for every file."""
    trap = tmp_path / "trap"
    hook = copy.path / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {trap}\n")
    hook.chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(f'[filter "x"]\n\tsmudge = touch {trap}\n[core]\n\tfsmonitor = touch {trap}\n')
    monkeypatch.setenv("HOME", str(home))
    sha = commit_of(remote, {".gitattributes": b"* filter=x\n", "f": b"f"})
    with copy.worktree(sha) as folder:
        assert (folder / "f").read_text() == "f"
    assert not trap.exists()


# --- release


def leftovers(folder):
    return [path.name for path in folder.glob(f"{MIRROR}*")]


def test_a_temporary_mirror_is_gone_afterwards(url, remote, temporary):
    with mirror(url, TOKEN) as opened:
        opened.have(remote.resolve("main"))
        assert leftovers(temporary)
    assert leftovers(temporary) == []


def test_and_after_an_exception(url, remote, temporary):
    with pytest.raises(KeyboardInterrupt), mirror(url, TOKEN) as opened, opened.worktree(remote.resolve("main")):
        raise KeyboardInterrupt
    assert leftovers(temporary) == []


def test_what_a_killed_process_left_is_taken_away_by_the_next(url, remote, temporary):
    code = f"""
import sys, tempfile, time
from ftc.agent.workspace import mirror
tempfile.tempdir = {str(temporary)!r}
with mirror({url!r}, {TOKEN!r}) as opened:
    opened.have({remote.resolve("main")!r})
    print("open", flush=True)
    time.sleep(60)
"""
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT)
    assert child.stdout.readline() == b"open\n"
    (name,) = leftovers(temporary)
    old = time.time() - STALE_SECONDS - 1
    os.utime(temporary / name, (old, old))
    with mirror(url, TOKEN):
        assert name in leftovers(temporary), "a living process keeps its own"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    with mirror(url, TOKEN):
        assert name not in leftovers(temporary)


def test_a_kept_mirror_serves_the_next_job(url, remote, simulator, tmp_path):
    sha = remote.resolve("main")
    with mirror(url, TOKEN, Keep(root=tmp_path / "kept")) as opened:
        opened.read(sha, "README.md")
    before = len(requests(simulator))
    with mirror(url, TOKEN, Keep(root=tmp_path / "kept")) as opened:
        assert opened.read(sha, "README.md") == "# more"
    assert len(requests(simulator)) == before


def test_an_old_one_is_made_anew_unless_it_is_in_use(url, remote, tmp_path):
    sha = remote.resolve("main")
    with mirror(url, TOKEN, Keep(root=tmp_path)) as opened:
        opened.have(sha)
        old = time.time() - (Keep().days + 1) * 86_400
        os.utime(opened.path / "HEAD", (old, old))
        with mirror(url, TOKEN, Keep(root=tmp_path)) as again:
            assert git.has_object(again._repository, sha), "another job holds it"
    with mirror(url, TOKEN, Keep(root=tmp_path)) as anew:
        assert not git.has_object(anew._repository, sha)
        assert anew.have(sha)


def test_a_mirror_whose_making_was_cut_short_is_made_anew(url, remote, tmp_path):
    with mirror(url, TOKEN, Keep(root=tmp_path)) as opened:
        path = opened.path
    (path / "HEAD").unlink()
    with mirror(url, TOKEN, Keep(root=tmp_path)) as again:
        assert again.have(remote.resolve("main"))


@pytest.mark.parametrize("root", ["/proc/nowhere", "/dev/null/x"])
def test_a_workspace_that_cannot_be_had(url, root):
    with pytest.raises(CommandFailed, match="workspace"), mirror(url, TOKEN, Keep(root=Path(root))):
        pass


# --- worktrees


def test_a_worktree_is_the_commit_and_is_released(copy, remote):
    sha = remote.history("main")[1]
    with copy.worktree(sha) as folder:
        assert (folder / "pkg/a.txt").read_text() == "three"
        assert (folder / "README.md").read_text() == "# secret"
        (folder / "made").mkdir()
        (folder / "made" / "by-a-test").write_text("x")
        (folder / "made").chmod(0o500)
    assert not folder.exists()
    with copy.worktree(sha) as folder:
        assert not (folder / "made").exists()


def test_there_are_so_many_worktrees_and_no_more(copy, remote):
    sha = remote.resolve("main")
    with copy.worktree(sha) as one, copy.worktree(sha) as two:
        assert one != two
        with pytest.raises(CommandFailed, match="all 2 worktrees"), copy.worktree(sha):
            pass
    with copy.worktree(sha):
        pass


def test_what_a_dead_process_left_in_a_slot_is_cleared(copy, remote):
    sha = remote.resolve("main")
    left = copy.path.parent / "worktree-0"
    git.add_worktree(copy._repository, left, sha)
    (left / "dirty").write_text("x")
    with copy.worktree(sha) as folder:
        assert folder == left
        assert not (folder / "dirty").exists()


def _checked_out(opened, sha):
    with opened.worktree(sha) as folder:
        return (folder / "pkg/a.txt").read_text() == "three"


# What the network or the server does to one request, and by which of them git is at work then.
BROKEN = {
    "the server is overloaded": {"status": 503},
    "too many requests": {"status": 429},
    "the connection is cut": {"cut": "before"},
    "the answer is lost": {"cut": "after"},
}
WORK = {
    "a fetch of one commit": (lambda opened, sha: opened.have(sha), 1),
    "its pack": (lambda opened, sha: opened.have(sha), 2),
    "file contents": (lambda opened, sha: opened.read_files(sha, ["pkg/a.txt"])["pkg/a.txt"] == "three", 4),
    "a checkout": (_checked_out, 4),
}


@pytest.fixture
def hasty(url, tmp_path):
    """A mirror that does not pause between two tries."""
    repository = Repository(path=tmp_path / "hasty" / "mirror.git", url=url, token=TOKEN, pause=0.0)
    git.init_bare(repository)
    return workspace.Mirror(repository)


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("work", WORK)
def test_what_the_network_broke_is_asked_once_more(hasty, simulator, remote, work, broken):
    done, nth = WORK[work]
    simulator.fail(path=r"\.git/", nth=nth, **BROKEN[broken])
    assert done(hasty, remote.resolve("main"))
    assert [entry.status for entry in simulator.requests].count(200) >= nth


def test_a_network_that_stays_broken_is_asked_twice(hasty, simulator, remote):
    simulator.fail(path=r"\.git/", status=502)
    with pytest.raises(CommandFailed, match="502"):
        hasty.have(remote.resolve("main"))
    assert len(requests(simulator)) == 2


def test_a_no_is_not_asked_again(hasty, simulator, remote):
    refused = workspace.Mirror(replace(hasty.repository, token="outsider"))
    with pytest.raises(CommandFailed):
        refused.have(remote.resolve("main"))
    assert len(requests(simulator)) == 1


def test_a_worktree_of_a_commit_that_is_gone(copy):
    with pytest.raises(CommandFailed, match="cannot be fetched"), copy.worktree("0" * 39 + "1"):
        pass


def test_fetches_of_two_jobs_wait_for_each_other(url, remote, tmp_path):
    with mirror(url, TOKEN, Keep(root=tmp_path)) as opened:
        lock = os.open(opened.path.parent / "fetch.lock", os.O_RDWR)
        fcntl.flock(lock, fcntl.LOCK_EX)
        code = f"""
from pathlib import Path
from ftc.agent.workspace import Mirror
from ftc.clients.git_environment import Repository
repository = Repository(path=Path({str(opened.path)!r}), url={url!r}, token={TOKEN!r})
print(Mirror(repository).have({remote.resolve("main")!r}))
"""
        child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT)
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(1)
        os.close(lock)
        assert child.communicate(timeout=60)[0] == b"True\n"


def test_the_rest_of_git(copy, remote):
    first, last = remote.history("main")[1], remote.resolve("main")
    copy.have(first)
    copy._deepen(last, datetime(2026, 5, 20, tzinfo=UTC) - timedelta(days=30))
    repository = copy._repository
    assert git.is_ancestor(repository, ancestor=first, descendant=last)
    assert not git.is_ancestor(repository, ancestor=last, descendant=first)
    assert git.diff_names(repository, first, last) == ("README.md",)
    assert git.parents(repository, last) == (first,)
    assert git.commit(repository, "0" * 40) is None
