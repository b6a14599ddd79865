"""How much slower extraction is than reading the same file line by line, in the same run, per kind of log.

    python benchmarks/extract.py [MEGABYTES]

Ratios compare on any machine; seconds do not.
"""

import io
import json
import sys
import time
from collections.abc import Callable

from ftc.core.sanitize import Sanitizer
from ftc.ingest.extract import extract_stream
from ftc.ingest.lines import CHUNK_SIZE

STAMP = "2026-08-03T09:14:02.1234567Z "


def go_verbose(number: int) -> str:
    """A passing test that logs like an embedded etcd: the bulk of a real job log."""
    noise = "".join(
        f'[2026/08/03 09:14:02.{step:03} +00:00] [INFO] [server.go:{step}] ["election-timeout reached"]'
        f' [error="rpc timeout"] [member={number:016x}] [lease-timeout=10s] [config="{{failpoints: []}}"]\n'
        for step in range(20)
    )
    return f"=== RUN   TestNumber{number}\n{noise}--- PASS: TestNumber{number} (0.01s)\n"


def go_json(number: int) -> str:
    """The same as ``go test -json`` events."""
    return "".join(
        json.dumps(
            {"Time": "2026-08-03T09:14:02Z", "Action": "output", "Package": "example.com/a", "Output": line + "\n"}
        )
        + "\n"
        for line in go_verbose(number).splitlines()
    )


def pytest_verbose(number: int) -> str:
    """Verbose progress with some output."""
    return f"tests/test_ledger.py::TestBalance::test_number[{number}] PASSED                       [ 42%]\n" * 20


def timestamped(text: str) -> str:
    """The text as GitHub serves it."""
    return "".join(f"{STAMP}{line}\n" for line in text.splitlines())


KINDS: dict[str, Callable[[int], str]] = {
    "go -v, noisy": lambda number: timestamped(go_verbose(number)),
    "go test -json": go_json,
    "pytest -v": lambda number: timestamped(pytest_verbose(number)),
    "plain text": lambda number: timestamped(f"downloading layer {number}: 42% of 13 MB done, error rate 0\n" * 20),
}
HEAD = {"pytest -v": timestamped("=" * 29 + " test session starts " + "=" * 30 + "\n")}


def generated(kind: str, *, size: int) -> bytes:
    """At least ``size`` bytes of one kind of log."""
    parts, total, number = [HEAD.get(kind, "")], 0, 0
    while total < size:
        parts.append(KINDS[kind](number))
        total += len(parts[-1])
        number += 1
    return "".join(parts).encode()


def read_lines(data: bytes) -> int:
    """The yardstick: every line as text, nothing done with it."""
    return sum(1 for _ in io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", errors="replace"))


def extract(data: bytes) -> object:
    """The work."""
    stream = io.BytesIO(data)
    return extract_stream(iter(lambda: stream.read(CHUNK_SIZE), b""), path="x", sanitizer=Sanitizer())


def seconds(work: Callable[[bytes], object], data: bytes) -> float:
    """Processor time, the best of three: neighbours on the machine do not count."""
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        work(data)
        best = min(best, time.process_time() - started)
    return best


def main() -> None:
    """Print one line for each kind."""
    size = int(sys.argv[1] if len(sys.argv) > 1 else 20) * 1_000_000
    for kind in KINDS:
        data = generated(kind, size=size)
        base, work = seconds(read_lines, data), seconds(extract, data)
        print(f"{kind:16} {work / base:6.1f} times reading it   ({len(data) / work / 1e6:6.1f} MB/s)")


if __name__ == "__main__":
    main()
