"""What lies in a folder, and what is new in it."""

from pathlib import Path


def listing(folder: Path) -> frozenset[str]:
    """Names of the files in a folder; hidden ones do not count, and neither do half-written ones."""
    names = (path.name for path in folder.iterdir() if path.is_file())
    return frozenset(name for name in names if not name.startswith(".") and not name.endswith(".part"))


def new_files(before: frozenset[str], now: frozenset[str]) -> list[str]:
    """Names that were not there before, sorted."""
    return sorted(now - before)
