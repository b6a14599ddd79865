"""Follows a primary."""

import json
import socket

from kv.store import Store


class Replica:
    """A store that has what the primary had when it was last asked."""

    def __init__(self, port: int, *, timeout: float = 5.0) -> None:
        self.store = Store()
        self._port = port
        self._timeout = timeout
        self._seen = 0

    def follow(self) -> int:
        """Take over what is new, and say how many changes that were."""
        with socket.create_connection(("127.0.0.1", self._port), timeout=self._timeout) as connection:
            connection.sendall(f"since {self._seen}\n".encode())
            with connection.makefile() as answer:
                changes = json.loads(answer.readline())
        for key, value in changes:
            self.store.put(key, value)
        self._seen += len(changes)
        return len(changes)
