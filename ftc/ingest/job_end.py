"""Signs in a job log that the job failed, whether or not a test did.

Rule: an ``##[error]`` line alone proves nothing, since passing jobs have them too; it counts where it ends its
step, or where its text is one that only a failed step or a lost runner gets.
"""

import re

_FATAL = re.compile(
    r"Process completed with exit code [1-9]"
    r"|The process '[^']{1,300}' failed with exit code"
    r"|The runner has received a shutdown signal"
    r"|The operation was canceled"
    r"|lost communication with the server"
    r"|has exceeded the maximum execution time"
    r"|No space left on device"
    r"|The action '[^']{0,300}' has timed out",
    re.IGNORECASE,
)

MAY_BE_FATAL = frozenset("mfE")
"""First characters of the lines that ``output`` needs to see while no error is undecided."""

_PLAIN_FATAL = re.compile(
    r"make(?:\[\d+\])?: \*\*\* .{1,300} Error \d+$"
    r"|Error: Process completed with exit code [1-9]"
    r"|fatal: unable to access '"
)
"""The same in logs without runner markers: make's last word, a download of the code that failed."""

_CLEANUP = ("Post job cleanup.", "Cleaning up orphan processes")
_SIGN_LIMIT = 20


class JobEnd:
    """How the job's steps ended; ``signs`` holds the texts that show a failure, oldest first."""

    def __init__(self) -> None:
        self.signs: list[str] = []
        self._last_error = ""

    @property
    def undecided(self) -> bool:
        """Whether the last error still waits for what follows it."""
        return bool(self._last_error)

    def error(self, text: str) -> None:
        """Take an ``##[error]`` line; what follows decides about it."""
        if _FATAL.search(text):
            self._add(text)
            self._last_error = ""
        else:
            self._last_error = text

    def output(self, text: str) -> None:
        """Take a line of output: the error before it was not the end of its step."""
        if self._last_error and text and text != self._last_error:
            if text.startswith(_CLEANUP):
                self.step()
            else:
                self._last_error = ""
        elif text[:1] in MAY_BE_FATAL and _PLAIN_FATAL.match(text):
            self._add(text)

    def step(self) -> None:
        """A new step begins: an error that nothing followed was why the last one ended."""
        if self._last_error:
            self._add(self._last_error)
            self._last_error = ""

    def close(self) -> None:
        """The log is over."""
        self.step()

    def _add(self, text: str) -> None:
        if len(self.signs) < _SIGN_LIMIT:
            self.signs.append(text)
