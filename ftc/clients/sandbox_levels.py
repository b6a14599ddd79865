"""The command lines that run a program apart: one function for each level, from the same view of the machine.

Rule: what is named in a ``Job`` is all that the program gets, at every level that can keep it from the rest.
"""

import csv
import io
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ftc.clients import shell
from ftc.clients.sandbox_view import TMP, Mount, View, temporary

SETUP_FAILED = 125
"""Exit code of our script, and of docker and podman, when the program was not even started; also one of ``timeout``."""
NOT_INVOKED = (126, 127)
"""Exit codes of docker and podman when the program is not there, or may not be started; shells end so, too."""
_SETTINGS = ("/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs", "/proc/acpi")
"""Settings of the machine: they have no namespace, and a job that runs as root could write to them as their owner.

By ``kernel.core_pattern`` alone it would run any program outside.
"""
_PROXIES = frozenset(f"{kind}_PROXY" for kind in ("HTTP", "HTTPS", "FTP", "NO", "ALL"))
_PROXIES |= {name.lower() for name in _PROXIES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One program to run, and what it gets."""

    argv: tuple[str, ...]
    cwd: Path
    view: View
    mounts: tuple[Mount, ...]
    """What the caller adds, in the order in which it is mounted."""
    env: Mapping[str, str]
    """The program's whole environment."""
    network: bool
    scratch: Path
    root: Path
    """An empty folder on which a root can be mounted; the program does not see it."""

    @property
    def own(self) -> tuple[Mount, ...]:
        """What a container is given besides: a scratch folder, and a /tmp in it."""
        tmp = Mount(source=temporary(self.scratch), target=TMP, writable=True)
        return (Mount(source=self.scratch, target=self.scratch, writable=True), tmp)


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What runs containers, ``docker`` or ``podman``, and the image to run; the image must be there."""

    program: str
    image: str
    podman: bool = False
    """Whether it is podman, by whatever name."""
    rootless: bool = False
    """Whether it runs as an ordinary user, so that users inside are not those outside."""
    limits: tuple[str, ...] = ("memory", "pids")
    """The controllers of control groups by which it can limit; asked for another, it may refuse to run at all."""


def tool(name: str) -> str:
    """Where one of the machine's programs is, by which we run others: the system's own, before anything on PATH.

    The program's environment is for the program alone: in its PATH something of the repository may lie.
    """
    return shutil.which(name, path=shell.PATH) or shutil.which(name) or name


def bubblewrap(job: Job) -> list[str]:
    """The command behind ``bwrap``: every namespace of its own, no privilege, no terminal of ours."""
    flags = ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "sandbox"]
    flags += ["--share-net"] if job.network else []
    for link, target in job.view.links:
        flags += ["--symlink", target, str(link)]
    flags += ["--proc", "/proc", "--dev", "/dev"]
    for place in _SETTINGS:
        flags += ["--ro-bind-try", place, place]
    for mount in (*job.view.mounts, *job.mounts):
        flags += ["--bind" if mount.writable else "--ro-bind", str(mount.source), str(mount.target)]
    for name, value in job.env.items():
        flags += ["--setenv", name, value]
    return [tool("bwrap"), "--clearenv", *flags, "--chdir", str(job.cwd), "--", *job.argv]


def namespaces(job: Job) -> list[str]:
    """The same with ``unshare`` and a shell script that mounts what is shown and leaves the old root behind."""
    flags = ["--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child", "--ipc", "--uts", "--cgroup"]
    flags += [] if job.network else ["--net"]
    network = "shared" if job.network else "own"
    given = [sys.executable, network, str(os.getuid()), str(os.getgid()), str(job.root), str(job.cwd), _prepared(job)]
    script = [tool("sh"), "-c", _SCRIPT, "sandbox", *given, _table(job), _finished(job)]
    inner = [tool("env"), "-i", *(f"{name}={value}" for name, value in job.env.items()), *job.argv]
    return [tool("setpriv"), "--pdeathsig", "KILL", tool("unshare"), *flags, "--", *script, *inner]


def _prepared(job: Job) -> str:
    """Shell commands that make links, and the files on which others are mounted; folders are made by ``mount``."""
    lines = [shlex.join(["ln", "-s", target, f"{job.root}{link}"]) for link, target in job.view.links]
    files = [f"{job.root}{mount.target}" for mount in (*job.view.mounts, *job.mounts) if mount.source.is_file()]
    files += [f"{job.root}/dev/{name}" for name in _DEVICES]
    folders = sorted({os.path.dirname(file) for file in files} | {f"{job.root}/.old"})
    lines += [shlex.join(["mkdir", "-p", *folders])]
    lines += [f": >{shlex.quote(file)}" for file in files]
    return " && ".join(lines)


def _table(job: Job) -> str:
    """What is mounted, in the form of fstab(5), so that one process mounts it all."""
    rows = []
    for mount in (*job.view.mounts, *job.mounts):
        options = "rbind" + ("" if mount.writable else ",ro") + (",X-mount.mkdir" if mount.source.is_dir() else "")
        rows.append((str(mount.source), f"{job.root}{mount.target}", "none", options))
    rows += [(f"/dev/{name}", f"{job.root}/dev/{name}", "none", "bind") for name in _DEVICES]
    rows.append(("shm", f"{job.root}/dev/shm", "tmpfs", "mode=1777,nosuid,nodev,X-mount.mkdir"))  # noqa: S108 - its own
    rows.append(("devpts", f"{job.root}/dev/pts", "devpts", "newinstance,ptmxmode=0666,mode=620,X-mount.mkdir"))
    rows.append(("proc", f"{job.root}/proc", "proc", "nosuid,nodev,noexec,X-mount.mkdir"))
    rows += [(f"{job.root}{name}",) * 2 + ("none", "bind,ro") for name in _SETTINGS if os.path.exists(name)]
    return "".join(" ".join(map(_escaped, row)) + " 0 0\n" for row in rows)


def _finished(job: Job) -> str:
    """Shell commands that make what lies mounted below a place to read as unwritable as the place itself."""
    commands = ["true"]
    for below in _mounted_below((*job.view.mounts, *job.mounts)):
        commands.append(shlex.join(["mount", "-o", "remount,bind,ro", f"{job.root}{below.target}"]))
    return " && ".join(commands)


def _mounted_below(mounts: Sequence[Mount]) -> Iterator[Mount]:
    """What of the machine lies mounted below places to read: who shows the place shows it, too, but writable."""
    try:
        lines = Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return
    points = [_ESCAPE.sub(lambda match: chr(int(match[1], 8)), line.split()[4]) for line in lines]
    for mount in mounts:
        for point in points:
            if not mount.writable and point.startswith(f"{mount.source}/"):
                yield Mount(source=Path(point), target=mount.target / Path(point).relative_to(mount.source))


def _escaped(field: str) -> str:
    """White space, backslash and hash as fstab(5) wants them."""
    return "".join(f"\\{ord(char):03o}" if char in " \t\n\\#" else char for char in field)


_ESCAPE = re.compile(r"\\([0-7]{3})")
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_SCRIPT = r"""
set -u
fail() { echo "sandbox: $*" >&2; exit 125; }
python=$1 network=$2 uid=$3 gid=$4 root=$5 cwd=$6 prepared=$7 table=$8 finished=$9
shift 9
if [ "$network" = own ]; then
  # SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP: the loopback device of the new network, without needing iproute2.
  "$python" -I -S -c '
import fcntl, socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
r = struct.pack("16sh22x", b"lo", 0)
f = struct.unpack("16sh22x", fcntl.ioctl(s, 0x8913, r))[1]
fcntl.ioctl(s, 0x8914, struct.pack("16sh22x", b"lo", f | 1))
' || fail "no loopback device"
fi
hostname sandbox 2>/dev/null
mount -t tmpfs -o mode=755,size=16m sandbox "$root" || fail "no root"
eval "$prepared" || fail "no places to mount on"
printf %s "$table" >"$root/.table"
mount --all --fstab "$root/.table" >&2 || fail "not everything could be mounted"
eval "$finished" || fail "not everything could be mounted to read"
rm "$root/.table"
ln -s /proc/self/fd "$root/dev/fd"; ln -s fd/0 "$root/dev/stdin"; ln -s fd/1 "$root/dev/stdout"
ln -s fd/2 "$root/dev/stderr"; ln -s pts/ptmx "$root/dev/ptmx"
cd "$root" && pivot_root . .old && cd / && umount -l /.old && rmdir /.old || fail "no root of its own"
mount -o remount,bind,ro / || fail "no root to read"
cd "$cwd" || fail "no $cwd"
# In a user namespace below this one what is mounted here can neither be taken off nor be made writable.
exec unshare --user --map-user="$uid" --map-group="$gid" -- \
  setpriv --no-new-privs --bounding-set=-all --inh-caps=-all -- "$@"
"""


def container(job: Job, engine: Engine, *, name: str, limits: Sequence[str]) -> list[str]:
    """The command behind ``docker run`` or ``podman run``, in a container that is read-only but for what it was given.

    The image brings the programs, so of the view only what the caller added and the scratch folder are mounted. What
    the program says is kept by us; in a log of the engine's it would fill the machine's disk.
    """
    flags = ["--init", "--name", name, "--read-only", "--cap-drop", "ALL", "--ipc", "private", "--log-driver", "none"]
    flags += ["--security-opt", "no-new-privileges", *([] if job.network else ["--network", "none"])]
    flags += [*_user(engine), "--workdir", str(job.cwd), *limits]
    # Else it waits ten seconds at a removal; that it does not is said here, since `rm` knows no such option before 4.0.
    flags += ["--stop-timeout", "0"] if engine.podman else []
    for mount in (*job.own, *job.mounts, *_mounted_below(job.mounts)):
        flags += ["--mount", _field(mount)]
    # Without a value they are taken away: docker's client adds those of its settings, in which passwords may be.
    flags += [part for key in sorted(_PROXIES - job.env.keys()) for part in ("--env", key)]
    for key, value in sorted(job.env.items()):
        flags += ["--env", f"{key}={value}"]
    return _mortal(["run", *flags, "--entrypoint", job.argv[0], engine.image, *job.argv[1:]], engine.program)


def _user(engine: Engine) -> list[str]:
    """Who the program is: whatever it writes must be the job's, outside.

    A rootless podman maps the job's user to itself if told so, a rootless docker maps it to root and knows no other
    way; a daemon of root may have been set up to map users, and its mapping is then not used.
    """
    job = f"{os.getuid()}:{os.getgid()}"
    if engine.podman:
        return ["--userns", "keep-id" if engine.rootless else "host", "--user", job]
    return ["--user", "0:0"] if engine.rootless else ["--userns", "host", "--user", job]


def _field(mount: Mount) -> str:
    """A mount as the engines read it, which is a line of CSV."""
    fields = ["type=bind", f"source={mount.source}", f"target={mount.target}"]
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([*fields, *([] if mount.writable else ["readonly"])])
    return line.getvalue().removesuffix("\r\n")


def _mortal(args: Sequence[str], program: str) -> list[str]:
    """The client, which dies with us where the tool for it is there."""
    found = shutil.which(tool("setpriv"))
    return [*([found, "--pdeathsig", "KILL", "--"] if found else []), program, *args]


def plain(job: Job) -> list[str]:
    """The command itself, which dies with us and gains no privilege where the tool for it is there."""
    found = shutil.which(tool("setpriv"))
    return [*([found, "--pdeathsig", "KILL", "--no-new-privs", "--"] if found else []), *job.argv]
