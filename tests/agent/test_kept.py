"""Kept mirrors: what goes after its time, what stays whatever its age, and what is left of a process that died."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ftc.agent.kept import Keep, kept_at
from ftc.agent.workspace import mirror
from ftc.core.config import Config
from ftc.core.errors import CommandFailed

ROOT = Path(__file__).parents[2]
DAY = 86_400


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """Three repositories with one commit each: address and sha."""
    folder = tmp_path_factory.mktemp("sources")
    return [source(folder / name) for name in ("one", "two", "three")]


def source(folder):
    folder.mkdir()
    (folder / "f").write_text(folder.name)
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for words in (["init", "-q"], ["config", "uploadpack.allowFilter", "true"], ["add", "f"], ["commit", "-qm", "x"]):
        subprocess.run([*git, *words], check=True)
    sha = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    return folder.as_uri(), sha


def made(source, keep):
    """Make a mirror; its folder."""
    url, sha = source
    with mirror(url, keep=keep) as copy:
        assert copy.have(sha)
        return copy.path.parent


def aged(home, days):
    """As if everything in it had been made so long ago."""
    then = time.time() - days * DAY
    for path in [home, *home.rglob("*")]:
        os.utime(path, (then, then), follow_symlinks=False)
    return home


def running(code, *values):
    """A process that runs this code over ``sys.argv[1:]``; it may print lines."""
    argv = [sys.executable, "-c", code, *map(str, values)]
    return subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def killed(process):
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()


def test_the_keys_say_where_how_many_and_how_long():
    given = {"workspace": "/srv/ftc", "workspace-worktrees": "3", "workspace-days": "30"}
    assert kept_at(Config.load([("file", given)])) == Keep(root=Path("/srv/ftc"), worktrees=3, days=30)
    assert kept_at(Config()) == Keep(root=None, worktrees=2, days=7)


def test_as_many_worktrees_as_the_key_says(sources, tmp_path):
    url, sha = sources[0]
    with mirror(url, keep=Keep(root=tmp_path, worktrees=3)) as copy, contextlib.ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(copy.worktree(sha))
        with pytest.raises(CommandFailed, match="all 3 worktrees"):
            stack.enter_context(copy.worktree(sha))


@pytest.mark.parametrize("part", ["", "fix-verify-2"])
def test_a_mirror_past_its_time_goes_when_another_one_is_opened(sources, tmp_path, part):
    """Also that of another kind of job, for which nobody may ever ask again."""
    keep = Keep(root=tmp_path, days=7)
    old, young = aged(made(sources[0], keep.apart(part)), 8), aged(made(sources[1], keep), 6)
    made(sources[2], keep)
    assert not old.exists()
    assert young.exists()
    assert not list(tmp_path.rglob(".gone-*"))


def test_one_that_was_never_finished_goes_as_well(sources, tmp_path):
    home = made(sources[0], Keep(root=tmp_path))
    (home / "mirror.git/HEAD").unlink()
    aged(home, 8)
    made(sources[1], Keep(root=tmp_path))
    assert not home.exists()


@pytest.mark.parametrize("asked", [0, 1])
def test_worktrees_of_the_dead_go_with_the_next_mirror_that_is_opened(sources, tmp_path, asked):
    """Its own or another one, whether it wants a worktree or not, and though the number has become smaller."""
    home = made(sources[0], Keep(root=tmp_path))
    for name in ("worktree-0", "worktree-5", "scratch-folder-0"):
        (home / name).mkdir()
        (home / name / "big").write_text("x")
    assert made(sources[asked], Keep(root=tmp_path)) == home or asked
    assert sorted(path.name for path in home.iterdir() if path.is_dir()) == ["mirror.git"]


def test_a_worktree_whose_making_was_cut_short_blocks_no_later_one(sources, tmp_path):
    """Git locks one that it is making, and refuses its place for ever when it was killed at that."""
    url, sha = sources[0]
    with mirror(url, keep=Keep(root=tmp_path)) as copy:
        with copy.worktree(sha) as folder:
            (copy.path / "worktrees/worktree-0/locked").write_text("initializing")
        assert not folder.exists()
        with copy.worktree(sha) as again:
            assert again == folder
            assert (again / "f").read_text() == "one"
        assert not (copy.path / "worktrees").exists()


def test_and_what_git_left_of_it_stops_no_worktree_elsewhere(sources, tmp_path):
    """Another slot's notes, of which git wrote none to its end: it reads those of all worktrees."""
    url, sha = sources[0]
    with mirror(url, keep=Keep(root=tmp_path)) as copy:
        half = copy.path / "worktrees/worktree-1"
        half.mkdir(parents=True)
        for name in ("locked", "commondir", "gitdir", "HEAD"):
            (half / name).touch()
        with copy.worktree(sha) as folder:
            assert folder.name == "worktree-0"
            assert not half.exists()


@pytest.mark.parametrize(("seconds", "freed"), [(1_000, True), (0, False)])
def test_a_lock_of_gits_own_that_a_killed_fetch_left(sources, tmp_path, seconds, freed):
    """A young one may belong to a git that outlived its job by a little."""
    url, sha = sources[0]
    with mirror(url, keep=Keep(root=tmp_path)) as copy:
        lock = copy.path / "shallow.lock"
        lock.touch()
        os.utime(lock, (time.time() - seconds,) * 2)
        with contextlib.nullcontext() if freed else pytest.raises(CommandFailed, match=r"shallow\.lock"):
            assert copy.have(sha)


def test_what_is_not_ours_stays(sources, tmp_path):
    """The folder was named by a person, who may have other things there; a link may lead anywhere."""
    elsewhere = made(sources[0], Keep(root=tmp_path / "elsewhere"))
    root = tmp_path / "root"
    named = root / "archive-0123456789ab"
    named.mkdir(parents=True)
    (named / "letters").write_text("of years")
    (root / "notes.txt").write_text("x")
    (root / "worktree-0").mkdir()
    (root / elsewhere.name).symlink_to(elsewhere)
    aged(root, 400)
    aged(elsewhere, 400)
    before = {path: path.lstat().st_mtime for path in [*root.iterdir(), *named.iterdir()]}
    home = made(sources[1], Keep(root=root))
    assert {path: path.lstat().st_mtime for path in [*root.iterdir(), *named.iterdir()] if path != home} == before
    assert (elsewhere / "mirror.git/HEAD").is_file()


def test_what_a_link_leads_to_is_kept_as_its_own_root_says(sources, tmp_path):
    """Two roots, one of which links to the other one, that is kept for longer."""
    elsewhere, root = tmp_path / "elsewhere", tmp_path / "root"
    home = aged(made(sources[0], Keep(root=elsewhere, days=365)), 9)
    root.mkdir()
    (root / "link").symlink_to(elsewhere)
    made(sources[1], Keep(root=root, days=7))
    assert home.exists()


def test_what_is_being_removed_goes_unless_it_is_a_link_or_another_users(sources, tmp_path, monkeypatch):
    link, folder = tmp_path / ".gone-0123456789abcdef", tmp_path / ".gone-fedcba9876543210"
    link.symlink_to(tmp_path / "nowhere")
    folder.mkdir()
    somebody = os.getuid() + 1
    with monkeypatch.context() as other:
        other.setattr(os, "getuid", lambda: somebody)
        made(sources[0], Keep(root=tmp_path))
    assert folder.exists()
    made(sources[1], Keep(root=tmp_path))
    assert not folder.exists()
    assert link.is_symlink()


HOLDER = """
import sys, time
from pathlib import Path
from ftc.agent.kept import Keep
from ftc.agent.workspace import mirror
url, sha, root = sys.argv[1:]
with mirror(url, keep=Keep(root=Path(root))) as copy, copy.worktree(sha) as folder:
    print(folder, flush=True)
    time.sleep(120)
"""


def test_what_a_living_process_holds_stays_and_goes_when_it_is_killed(sources, tmp_path):
    keep = Keep(root=tmp_path)
    holder = running(HOLDER, *sources[0], tmp_path)
    worktree = Path(holder.stdout.readline().strip())
    (worktree / "its own").write_text("x")
    home = aged(worktree.parent, 60)
    made(sources[1], keep)
    made(sources[0], keep)
    assert (worktree / "f").read_text() == "one"
    assert (worktree / "its own").exists()
    assert (home / "mirror.git/HEAD").stat().st_mtime < time.time() - 59 * DAY
    killed(holder)
    made(sources[1], keep)
    assert not home.exists()


LOOPING = """
import sys
from pathlib import Path
from ftc.agent.kept import Keep
from ftc.agent.workspace import mirror
root, rounds, pairs = Path(sys.argv[1]), int(sys.argv[2]), list(zip(sys.argv[3::2], sys.argv[4::2]))
for number in range(rounds):
    url, sha = pairs[number % len(pairs)]
    with mirror(url, keep=Keep(root=root, days=0, worktrees=16)) as copy, copy.worktree(sha) as folder:
        assert url.endswith((folder / "f").read_text()), folder
        assert (copy.path / "HEAD").is_file()
"""


@pytest.mark.slow
def test_processes_that_sweep_all_the_time_never_take_what_another_one_holds(sources, tmp_path):
    """Nothing is kept at all, so each opening takes away all that is free, in every order that happens."""
    pairs = [[value for pair in order for value in pair] for order in (sources[:2], sources[1::-1], sources[:2])]
    jobs = [running(LOOPING, tmp_path, 8, *order) for order in pairs]
    assert [job.wait(120) for job in jobs] == [0, 0, 0]
    for job in jobs:
        job.stdout.close()


DYING = """
import itertools, os, shutil, signal, sys
from pathlib import Path
from ftc.agent.kept import Keep
from ftc.agent.workspace import mirror
url, sha, template, root = sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4])
STEPS = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "fcntl.flock", "shutil.rmtree", "subprocess.Popen"}
left = 0

def step(event, _arguments):
    global left
    left -= event in STEPS
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)

for number in itertools.count():
    shutil.copytree(template, root, symlinks=True)
    child = os.fork()
    if child == 0:
        left = number
        sys.addaudithook(step)
        with mirror(url, keep=Keep(root=root)):
            os._exit(0)
    status = os.waitpid(child, 0)[1]
    with mirror(url, keep=Keep(root=root)) as copy:
        assert copy.have(sha), number
        (home,) = root.iterdir()
        assert sorted(path.name for path in home.iterdir() if path.is_dir()) == ["mirror.git"], number
    shutil.rmtree(root)
    if status == 0:
        print(number, flush=True)
        break
"""


@pytest.mark.slow
def test_killed_at_any_step_of_removing_it_leaves_what_the_next_one_can_use(sources, tmp_path):
    """An old mirror to be made anew, another one to be removed with its worktree, and one of the dead in a slot."""
    template, keep = tmp_path / "template", Keep(root=tmp_path / "template")
    for number in (0, 1):
        with mirror(sources[number][0], keep=keep) as copy:
            slot = copy.path.parent / "worktree-1"
        slot.mkdir()
        (slot / "big").write_text("x")
        aged(slot.parent, 60)
    steps = running(DYING, *sources[0], template, tmp_path / "root")
    assert int(steps.communicate(timeout=120)[0]) >= 30
