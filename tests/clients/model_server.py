"""A gateway on the loopback address that answers as it is told, in OpenAI's protocol unless told otherwise."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Gateway:
    """What was asked of it, and what it will answer, in order."""

    answers: list[Answer]
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    url: str = ""


def says(
    text: str | None, *, read: int = 1000, written: int = 100, calls: list[dict[str, Any]] | None = None
) -> Answer:
    """An ordinary answer; ``read`` of 0 leaves the usage out."""
    message = {"role": "assistant", "content": text, **({"tool_calls": calls} if calls else {})}
    body: dict[str, Any] = {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
    }
    if read:
        body["usage"] = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
    return raw(200, json.dumps(body))


def of_anthropic(text: str) -> Answer:
    """An ordinary answer in Anthropic's protocol."""
    body = {
        "id": "x",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 1000, "output_tokens": 100},
    }
    return raw(200, json.dumps(body))


def call(name: str, arguments: str) -> dict[str, Any]:
    return {"id": "call_1", "type": "function", "function": {"name": name, "arguments": arguments}}


def refuses(status: int, message: str = "no") -> Answer:
    return raw(status, json.dumps({"error": {"message": message, "type": "error"}}))


def raw(status: int, body: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        data = body.encode()
        request.send_response(status)
        request.send_header("content-type", "application/json")
        request.send_header("content-length", str(len(data)))
        request.end_headers()
        request.wfile.write(data)

    return answer


def hangs_up(request: BaseHTTPRequestHandler) -> None:
    """The connection ends without an answer."""
    request.close_connection = True


def drips(request: BaseHTTPRequestHandler) -> None:
    """A byte now and then, as gateways do to keep a connection; no time-out between two bytes ever ends this."""
    request.send_response(200)
    request.send_header("content-type", "application/json")
    request.end_headers()
    with suppress(OSError):
        for _ in range(100):
            request.wfile.write(b" ")
            request.wfile.flush()
            time.sleep(0.1)


@contextmanager
def gateway(*answers: Answer) -> Iterator[Gateway]:
    """A running one; a request beyond the answers is refused with 418, which nobody repeats."""
    told = Gateway(answers=list(answers))

    class Request(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def do_POST(self) -> None:
            size = int(self.headers["content-length"])
            told.asked.append(json.loads(self.rfile.read(size)))
            told.keys.append(self.headers.get("authorization", ""))
            (told.answers.pop(0) if told.answers else refuses(418))(self)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Request)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
