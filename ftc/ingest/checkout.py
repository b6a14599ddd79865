"""What the checkout step of a job says was tested.

Rule: a pull request run tests a merge commit that its head sha does not name, so the tree is read from the log;
only lines of a checkout step count, since a test may print anything.
"""

import re

_MERGE = re.compile(r"HEAD is now at [0-9a-f]{7,40} Merge ([0-9a-f]{40}) into ([0-9a-f]{40})$")
_PULL = re.compile(r"refs/(?:remotes/)?pull/(\d{1,9})/merge\b")
_FULL_SHA = re.compile(r"'?([0-9a-f]{40})'?$")
_ASKS_FOR_SHA = re.compile(r"(?:\[command\])?\S*git(?:\.exe)?\"? log -1 --format='?%H'?$")


class Checkout:
    """Tested tree and pull request number, gathered line by line."""

    def __init__(self) -> None:
        self.pull_request: int | None = None
        self._merge = ""
        self._sha = ""
        self._sha_follows = False

    @property
    def complete(self) -> bool:
        """Whether nothing more can be learned; spares the log the look at each line."""
        return bool(self._merge) and self.pull_request is not None

    @property
    def tested_tree(self) -> str:
        """``<head>+<base>`` of a merge, else the commit checked out first, else empty."""
        return self._merge or self._sha

    def read(self, text: str) -> None:
        """Look at one line of a checkout step."""
        if self._sha_follows:
            self._sha_follows = False
            found = _FULL_SHA.match(text.strip())
            self._sha = self._sha or (found.group(1) if found else "")
        elif "git" in text and _ASKS_FOR_SHA.match(text):
            self._sha_follows = True
        if self.pull_request is None and "pull/" in text:
            pull = _PULL.search(text)
            self.pull_request = int(pull.group(1)) if pull else None
        if not self._merge and text.startswith("HEAD is now at "):
            merge = _MERGE.match(text)
            self._merge = f"{merge.group(1)}+{merge.group(2)}" if merge else ""
