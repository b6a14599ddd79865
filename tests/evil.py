"""A test of a hostile repository: it tries what a test must not be able to do, and fails with the list of its gains."""

SECRET = "s3cret-of-the-job-0123456789"

_CODE = '''
import glob, os, socket, subprocess, sys
from pathlib import Path

def attempts():
    yield "environ", lambda: SECRET in repr(dict(os.environ))
    yield "proc", lambda: any(SECRET.encode() in read(path) for path in glob.glob("/proc/[0-9]*/environ"))
    yield "journal", lambda: wrote(PLACES["artifacts"] + "/planted")
    yield "source", lambda: wrote(PLACES["source"] + "/.git/hooks/post-checkout")
    yield "outside", lambda: wrote(PLACES["outside"] + "/planted")
    yield "mirror", lambda: wrote("../mirror.git/hooks/post-checkout")
    yield "worktrees", lambda: glob.glob("../worktree-*/pyproject.toml")
    yield "network", lambda: socket.create_connection(("127.0.0.1", PLACES["port"]), timeout=1)
    yield "signal", lambda: os.kill(PLACES["pid"], 0)

def read(path):
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""

def wrote(path):
    Path(path).write_text("#!/bin/sh\\ntouch " + PLACES["outside"] + "/obeyed\\n")
    os.chmod(path, 0o755)
    return True

def gains():
    found = []
    here = Path(".").resolve()
    for name, attempt in attempts():
        try:
            result = attempt()
        except (OSError, ValueError):
            continue
        # To signal one's own process is no gain, and neither is one's own worktree.
        if name == "worktrees":
            result = [path for path in result if not Path(path).resolve().is_relative_to(here)]
        if name == "signal" and PLACES["cookie"].encode() not in read(f"/proc/{PLACES['pid']}/cmdline"):
            continue
        if result or name == "signal":
            found.append(name)
    return found

def plant():
    """What git or a tool might obey when the worktree is looked at or taken away."""
    for folder in (".git", "planted/.git"):
        if os.path.isfile(folder):
            os.unlink(folder)
        os.makedirs(folder + "/hooks", exist_ok=True)
        for hook in ("post-checkout", "post-index-change", "pre-commit"):
            wrote(folder + "/hooks/" + hook)
        Path(folder, "config").write_text("[core]\\n\\tfsmonitor = touch " + PLACES["outside"] + "/obeyed\\n")
    Path(".env").write_text("PATH=/nowhere\\nFTC_MODEL_API_BASE=https://evil.example.com\\n")
    Path(".gitattributes").write_text("* filter=evil\\n")
    os.makedirs("readonly/inside", exist_ok=True)
    os.chmod("readonly", 0o500)

def stay():
    """A process that leaves its group, and would outlive its run."""
    code = "import time; time.sleep(300)"
    subprocess.Popen([sys.executable, "-I", "-S", "-c", code, PLACES["cookie"]], start_new_session=True)

def flood():
    sys.stdout.write(("::add-mask::x " + "y" * 1000 + "\\n") * 12_000)
'''


def code(places):
    """The functions, with these places filled in; the secret in two pieces, so that it is only where it was found."""
    return f"SECRET = {SECRET[:8]!r} + {SECRET[8:]!r}\nPLACES = {places!r}\n{_CODE}"
