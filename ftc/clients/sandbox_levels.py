"""The command lines that run a program apart: one function for each level, from the same view of the machine.

Rule: what is named in a ``Job`` is all that the program gets, at every level that can keep it from the rest.
"""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ftc.clients.sandbox_view import Mount, View

SETUP_FAILED = 125
"""Exit code of our script, and of docker and podman, when the program was not even started."""


_SETTINGS = ("/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs", "/proc/acpi")
"""Settings of the machine: they have no namespace, and a job that runs as root could write to them as their owner.

By ``kernel.core_pattern`` alone it would run any program outside.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One program to run, and what it gets."""

    argv: tuple[str, ...]
    cwd: Path
    view: View
    mounts: tuple[Mount, ...]
    """What the caller adds, in the order in which it is mounted."""
    network: bool
    scratch: Path
    root: Path
    """An empty folder on which a root can be mounted; the program does not see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What runs containers, ``docker`` or ``podman``, and the image to run; the image must be there."""

    program: str
    image: str


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
    return ["bwrap", *flags, "--chdir", str(job.cwd), "--", *job.argv]


def namespaces(job: Job) -> list[str]:
    """The same with ``unshare`` and a shell script that mounts what is shown and leaves the old root behind."""
    flags = ["--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child", "--ipc", "--uts", "--cgroup"]
    flags += [] if job.network else ["--net"]
    network = "shared" if job.network else "own"
    plan = [*_plan(job), "--"]
    settings = " ".join(_SETTINGS)
    given = [sys.executable, settings, network, str(os.getuid()), str(os.getgid()), str(job.root), str(job.cwd), *plan]
    return [
        "setpriv",
        "--pdeathsig",
        "KILL",
        "unshare",
        *flags,
        "--",
        "sh",
        "-c",
        _SCRIPT,
        "sandbox",
        *given,
        *job.argv,
    ]


def _plan(job: Job) -> Iterator[str]:
    for link, target in job.view.links:
        yield from ("link", target, str(link))
    for mount in (*job.view.mounts, *job.mounts):
        yield from ("rw" if mount.writable else "ro", str(mount.source), str(mount.target))


_SCRIPT = r"""
set -u
fail() { echo "sandbox: $*" >&2; exit 125; }
python=$1 settings=$2 network=$3 uid=$4 gid=$5 root=$6 cwd=$7
shift 7
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
while [ "$1" != -- ]; do
  kind=$1 source=$2 target=$root$3
  shift 3
  if [ "$kind" = link ]; then
    ln -s "$source" "$target" || fail "no $target"
    continue
  fi
  if [ -e "$target" ]; then
    :
  elif [ -d "$source" ]; then
    mkdir -p "$target" || fail "no $target"
  else
    [ -d "${target%/*}" ] || mkdir -p "${target%/*}"
    : >"$target" || fail "no $target"
  fi
  if [ "$kind" = rw ]; then
    mount --rbind "$source" "$target" || fail "no $target"
    continue
  fi
  mount -o rbind,ro "$source" "$target" || fail "no $target"
  # What is mounted below it came along, and is still writable.
  while read -r _ _ _ _ point _; do
    case "$point" in "$target"/*) mount -o remount,bind,ro "$point" || fail "no $point" ;; esac
  done </proc/self/mountinfo
done
shift
mkdir -p "$root/proc" "$root/dev/shm" "$root/dev/pts" "$root/.old" || fail "no /proc"
for device in null zero full random urandom tty; do
  : >"$root/dev/$device" && mount --bind "/dev/$device" "$root/dev/$device" || fail "no /dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"; ln -s fd/0 "$root/dev/stdin"; ln -s fd/1 "$root/dev/stdout"
ln -s fd/2 "$root/dev/stderr"; ln -s pts/ptmx "$root/dev/ptmx"
mount -t tmpfs -o mode=1777 shm "$root/dev/shm" || fail "no /dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts" || fail "no /dev/pts"
mount -t proc -o nosuid,nodev,noexec proc "$root/proc" || fail "no /proc"
for place in $settings; do
  [ -e "$root$place" ] || continue
  mount --bind "$root$place" "$root$place" && mount -o remount,bind,ro "$root$place" || fail "no $place to read"
done
cd "$root" && pivot_root . .old && cd / && umount -l /.old && rmdir /.old || fail "no root of its own"
mount -o remount,ro,mode=755 / || fail "no root to read"
cd "$cwd" || fail "no $cwd"
# In a user namespace below this one what is mounted here can neither be taken off nor be made writable.
exec unshare --user --map-user="$uid" --map-group="$gid" -- \
  setpriv --no-new-privs --bounding-set=-all --inh-caps=-all -- "$@"
"""


def container(job: Job, engine: Engine, *, name: str, env: Mapping[str, str], limits: Sequence[str]) -> list[str]:
    """The command behind ``docker run`` or ``podman run``, in a container that is read-only but for what it was given.

    The image brings the programs, so of the view only what the caller added and the scratch folder are mounted.
    """
    flags = ["--rm", "--init", "--name", name, "--read-only", "--cap-drop", "ALL", "--ipc", "private"]
    flags += ["--security-opt", "no-new-privileges", "--network", "bridge" if job.network else "none"]
    flags += ["--userns", "keep-id"] if engine.program == "podman" else []
    flags += ["--user", f"{os.getuid()}:{os.getgid()}", "--workdir", str(job.cwd), *limits]
    own = [
        Mount(source=job.scratch, target=job.scratch, writable=True),
        Mount(source=job.scratch / "tmp", target=Path("/tmp"), writable=True),  # noqa: S108 - the container's
    ]
    for mount in (*own, *job.mounts):
        mode = "" if mount.writable else ",readonly"
        flags += ["--mount", f"type=bind,source={mount.source},target={mount.target}{mode}"]
    for key, value in sorted(env.items()):
        flags += ["--env", f"{key}={value}"]
    return [engine.program, "run", *flags, "--entrypoint", job.argv[0], engine.image, *job.argv[1:]]


def plain(job: Job) -> list[str]:
    """The command itself, which dies with us and gains no privilege where the tool for it is there."""
    return [*(["setpriv", "--pdeathsig", "KILL", "--no-new-privs", "--"] if shutil.which("setpriv") else []), *job.argv]
