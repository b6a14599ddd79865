"""The folder that pytest ran in, as far as its log tells.

Rule: pytest prints paths relative to the folder it was started in but names only its root directory; the two are told
apart by the tests' files, which begin with the root's name where pytest was started above it.
"""

from collections.abc import Iterable

_OTHER_FACTS = (", configfile: ", ", inifile: ", ", testpaths: ")
"""What pytest before 8 puts behind the root directory on the same line."""


def root_directory(header: str) -> str:
    """The path of a ``rootdir: …`` line."""
    path = header.removeprefix("rootdir:")
    for fact in _OTHER_FACTS:
        path = path.partition(fact)[0]
    return path.strip().removesuffix(",")


def started_in(rootdir: str, suites: Iterable[str]) -> str:
    """The folder to which printed paths are relative: the root, or a folder above that all ``suites`` lead from."""
    parts = rootdir.replace("\\", "/").rstrip("/").split("/") if rootdir else []
    files = [suite.split("/") for suite in suites]
    for count in range(len(parts) - 1, 0, -1):
        if files and all(file[:count] == parts[-count:] for file in files):
            return "/".join(parts[:-count])
    return "/".join(parts)
