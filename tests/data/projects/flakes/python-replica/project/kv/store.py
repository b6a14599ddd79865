"""Keys and values in memory, with a number for each change."""

import threading


class Store:
    """May be used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[str, str] = {}
        self._changes: list[tuple[str, str]] = []

    def put(self, key: str, value: str) -> int:
        """Keep a value, and say the number of this change, from 1 on."""
        with self._lock:
            self._values[key] = value
            self._changes.append((key, value))
            return len(self._changes)

    def get(self, key: str) -> str | None:
        with self._lock:
            return self._values.get(key)

    def since(self, number: int) -> list[tuple[str, str]]:
        """The changes after the one of this number."""
        with self._lock:
            return self._changes[number:]
