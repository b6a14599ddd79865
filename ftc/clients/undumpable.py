"""Keeps other processes of the same user out of this one's memory and environment (Linux).

Rule: a process that holds a secret calls this before it starts anything that is not ours. Root is let in all the same,
and so is whoever may use sudo, as everybody on a hosted runner may: there only a container keeps a secret.
"""

import ctypes
import sys

_PR_SET_DUMPABLE = 4
_PR_GET_DUMPABLE = 3


def become_undumpable() -> bool:
    """Close ``/proc/self/{environ,mem,…}`` to processes of the same user; whether the system did it."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    done = libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) == 0
    return done and bool(libc.prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0) == 0)
