"""The application behind a socket, for command lines, browsers, git and other processes.

Rule: this module only moves bytes; one lock in the application keeps requests one after another, waiting out a
delay happens outside it.
"""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from ftc.core.errors import UsageError
from ftc.simulator.application import Application
from ftc.simulator.faults import ConnectionCut
from ftc.simulator.http import ApiError, Request, Response
from ftc.simulator.simulator import Simulator

HOST = "127.0.0.1"
# Seconds an idle kept-alive connection may hold its thread.
IDLE_TIMEOUT = 30


class Server(ThreadingHTTPServer):
    """A loopback server of one application."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, application: Application, port: int = 0) -> None:
        """Binds at once; port 0 takes a free one."""
        super().__init__((HOST, port), _Connection)
        self.application = application

    @property
    def url(self) -> str:
        """``http://127.0.0.1:PORT``."""
        return f"http://{HOST}:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are no news; anything else is shown as the standard library shows it."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "github.com"
    sys_version = ""
    timeout = IDLE_TIMEOUT
    server: Server

    def _serve(self) -> None:
        request = self._request()
        try:
            response = self.server.application.handle(request)
        except ConnectionCut:
            self._cut()
            return
        except ApiError as error:
            response = error.response()
        if response.delay:
            time.sleep(response.delay)
        self._send(response)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def _request(self) -> Request:
        host = self.headers.get("host") or self.server.url.partition("//")[2]
        headers = {name: value for name, value in self.headers.items() if name.lower() != "transfer-encoding"}
        return Request.of(self.command, self.path, headers=headers, body=self._body(), base_url=f"http://{host}")

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("transfer-encoding", "").lower():
            return b"".join(self._chunks())
        return self.rfile.read(int(self.headers.get("content-length") or 0))

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().partition(b";")[0] or b"0", 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        bodiless = response.status in (204, 304) or response.status < 200
        if not bodiless:
            self.send_header("content-length", str(len(response.body)))
        self.end_headers()
        if not bodiless and self.command != "HEAD":
            self.wfile.write(response.body)

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: the request log is the application's."""


@contextmanager
def serving(application: Application, port: int = 0) -> Iterator[str]:
    """Serve in threads of this process while the block runs; gives the address."""
    server = Server(application, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.url
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def run(*, port: int = 0, load: Sequence[str | Path], now: datetime | None = None) -> int:
    """``ftc simulator``: load the scenarios, print the address on the first line, serve until SIGTERM or SIGINT.

    Raises UsageError for a bad scenario or a port that cannot be had.
    """
    application = Simulator.load(load[0], *load[1:], now=now) if load else Simulator.load("{}\n", now=now)
    try:
        server = Server(application, port)
    except (OSError, OverflowError) as error:
        raise UsageError(f"simulator: cannot listen on port {port}: {error}") from error
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown, daemon=True).start())
    print(server.url, flush=True)
    try:
        server.serve_forever(poll_interval=0.1)
    finally:
        server.server_close()
    return os.EX_OK
