"""Serves a store: `since N` gives all changes after the N-th, `put KEY VALUE` makes one; one request a connection."""

import json
import socketserver
import threading
from typing import Self

from kv.store import Store


class _Request(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        command, *words = self.rfile.readline().decode().split()
        store = self.server.store
        answer = store.since(int(words[0])) if command == "since" else store.put(*words)
        self.wfile.write(json.dumps(answer).encode() + b"\n")


class Server(socketserver.ThreadingTCPServer):
    """One store on one port of this machine; with port 0 the system chooses a free one, which is then `port`."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, store: Store, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Request)
        self.store = store

    @property
    def port(self) -> int:
        return self.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.shutdown()
        self.server_close()
