"""A process that holds a secret closes its environment to others of the same user; root is let in all the same."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ftc.clients import undumpable

SECRET = "s3cret-of-the-job-0123456789"
# As text, since nobody may not be able to read this checkout.
PARENT = f"""
{Path(undumpable.__file__).read_text()}
import os, subprocess
if sys.argv[1] == "closed": assert become_undumpable()
child = "import os; print(open('/proc/%d/environ' % os.getppid(), 'rb').read())"
print(subprocess.run([sys.executable, "-c", child], capture_output=True, env={{}}).stdout.decode())
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc")


def child_reads(state, *, user=()):
    argv = [*user, "/usr/bin/python3", "-I", "-S", "-c", PARENT, state]
    env = {"PATH": os.environ["PATH"], "API_KEY": SECRET}
    done = subprocess.run(argv, env=env, cwd="/", capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


@pytest.mark.skipif(not Path("/usr/bin/python3").exists(), reason="needs a Python that every user may run")
def test_a_child_of_the_same_user_cannot_read_it(tool):
    user = [tool("setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups"] if os.getuid() == 0 else []
    assert SECRET in child_reads("open", user=user)  # or the other half would prove nothing
    assert SECRET not in child_reads("closed", user=user)


@pytest.mark.skipif(os.getuid() != 0, reason="only root gets in")
def test_root_reads_it_all_the_same():
    assert SECRET in child_reads("closed")
