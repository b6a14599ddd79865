"""What a network broke is asked of git once more.

The rule it keeps: only where a moment may mend it: a server that said no, a commit that is gone and a repository that
is too large for the time would be the same again.
"""

import re
import time
from collections.abc import Callable

from ftc.clients import shell

PAUSE_SECONDS = 5.0
"""Before the one repetition; networks fail for moments, and a lost job costs a whole run."""

_NETWORK = re.compile(
    r"could not resolve|failed to connect|couldn't connect|connection (?:was )?(?:refused|reset|timed out|closed)"
    r"|operation (?:timed out|too slow)|early eof|unexpected disconnect|remote end hung up|empty reply from server"
    r"|(?:recv|send) failure|transfer closed|\b(?:ssl|tls)\w{0,30} (?:connect|handshake|recv|read|connection)"
    r"|the requested url returned error: (?:429|5\d\d)",
    re.IGNORECASE,
)
"""What git, and curl below it, say of a network or a server that may be well again in a moment."""


def broken(done: shell.Result) -> bool:
    """Whether git ended for a reason of the network."""
    return not done.ok and not done.timed_out and _NETWORK.search(done.err) is not None


def repeated(run: Callable[[], shell.Result], *, pause: float) -> shell.Result:
    """What a run of git came to; after ``pause`` seconds that of a second one, where a network broke the first."""
    done = run()
    if broken(done):
        time.sleep(pause)
        done = run()
    return done
