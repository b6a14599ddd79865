"""Looks into a folder every now and then, in a thread of its own."""

import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

from watch.listing import listing, new_files


class Watcher:
    """Calls `tell` for every new file; `interval` in seconds."""

    def __init__(self, folder: Path, tell: Callable[[str], None], *, interval: float = 1.0) -> None:
        self.looked = threading.Event()
        """Set once the folder has been looked into."""
        self._folder = folder
        self._tell = tell
        self._interval = interval
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"watch {folder.name}")

    def start(self) -> None:
        """Begin to watch; what lies in the folder by now is not new."""
        self._known = listing(self._folder)
        self._thread.start()

    def close(self) -> None:
        """Stop watching."""
        self._closed.set()
        self._thread.join(self._interval)

    def _watch(self) -> None:
        while not self._closed.is_set():
            self._look()
            self.looked.set()
            # Spread, so that the watchers of many folders do not wake up together.
            time.sleep(self._interval * random.uniform(0.25, 1.25))

    def _look(self) -> None:
        now = listing(self._folder)
        for name in new_files(self._known, now):
            self._tell(name)
        self._known = now
