"""What was said in one run of the agent, as JSON lines on the disk: for people to read, and to go on from after a kill.

The rule it keeps: an answer is on the disk before it is acted upon, so that a job that is run again pays for nothing
twice but the one answer that was under way. What is written was cleaned of secrets before it came here.
"""

import json
import os
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftc.core.dialogue import Reply, ToolCall, Usage
from ftc.core.errors import FtcError

SCHEMA = "fix-transcript/1"
LONGEST = 64 * 1024 * 1024
"""Bytes of a transcript that is read; a run of the largest limits writes a tenth of it."""


class TranscriptUnreadable(FtcError):
    """The transcript is damaged or of another task; the text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """How a run began: whose it is, and the two messages that opened it."""

    task: str
    base_sha: str
    system: str
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One question to the model that was paid for; ``reply`` is None where no usable answer came of it."""

    reply: Reply | None
    usd: float
    seconds: float
    """Since the run began, all its jobs together, when the answer had come."""
    texts: bool = False
    """Whether the model was asked without tools, to write its calls as text."""
    problem: str = ""
    """Why there is no answer."""
    final: bool = False
    """Whether no further question can be asked for that reason, in this job."""


class Transcript:
    """The file of one run; what it held when it was opened is played back in order before anything new is asked."""

    def __init__(self, path: Path) -> None:
        """Open or make it; raises ``TranscriptUnreadable``."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._steps: deque[Step] = deque()
        self._runs: deque[Mapping[str, Any]] = deque()
        self._results: set[str] = set()
        self.begun: Begun | None = None
        for entry in _entries(path):
            self._take(entry)

    @property
    def replaying(self) -> bool:
        """Whether there are answers from before that were not played back yet."""
        return bool(self._steps)

    def begin(self, begun: Begun) -> Begun:
        """The beginning: the one on the disk, else this one. Raises ``TranscriptUnreadable`` for another task's."""
        if self.begun is None:
            self._append(
                "begin", task=begun.task, base_sha=begun.base_sha, system=begun.system, user=begun.user, schema=SCHEMA
            )
            self.begun = begun
        elif (self.begun.task, self.begun.base_sha) != (begun.task, begun.base_sha):
            raise TranscriptUnreadable(f"{self._path.name} belongs to task {self.begun.task[:80]}; give another folder")
        return self.begun

    def next_step(self) -> Step:
        """The next one that was paid for earlier."""
        return self._steps.popleft()

    def asked(self, step: Step) -> None:
        """Keep a step, before anything is made of it."""
        told = {name: getattr(step, name) for name in ("usd", "seconds", "texts", "problem", "final")}
        self._append("step", **told, reply=_plain(step.reply))

    def measured(self, run: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
        """What a run gave: the figures of the last time where they were kept, else by running it now."""
        if self._runs:
            return self._runs.popleft()
        found = run()
        self._append("runs", found=dict(found))
        return found

    def carried_out(self, call: ToolCall, text: str) -> None:
        """Keep what a call gave, for readers; it is made anew when played back."""
        if call.id not in self._results:
            self._results.add(call.id)
            self._append("result", call=call.id, tool=call.name, text=text)

    def said(self, text: str) -> None:
        """Keep what was said to the model beside results, for readers; it is made anew when played back."""
        if not self.replaying:
            self._append("said", text=text)

    def _append(self, kind: str, **members: Any) -> None:
        line = json.dumps({"kind": kind, **members}, ensure_ascii=True) + "\n"
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(line.encode("ascii"))
            file.flush()
            os.fsync(file.fileno())

    def _take(self, entry: Mapping[str, Any]) -> None:
        try:
            match entry["kind"]:
                case "begin" if entry["schema"] == SCHEMA:
                    names = ("task", "base_sha", "system", "user")
                    self.begun = Begun(**{name: str(entry[name]) for name in names})
                case "begin":
                    raise TranscriptUnreadable(f"{self._path.name} was written by another version; remove it")
                case "step":
                    self._steps.append(_step(entry))
                case "result":
                    self._results.add(str(entry["call"]))
                case "runs":
                    self._runs.append(_mapping(entry["found"]))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise TranscriptUnreadable(f"{self._path.name} has an entry that cannot be read; remove it") from None


def _entries(path: Path) -> list[Mapping[str, Any]]:
    """Every whole entry; a last line that a kill cut off is taken off the file."""
    if not path.exists():
        return []
    if path.is_symlink() or path.stat().st_size > LONGEST:
        raise TranscriptUnreadable(f"{path.name} is no transcript of ours; remove it")
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        os.truncate(path, len(whole))
    try:
        found = [json.loads(line) for line in whole.splitlines()]
    except ValueError:
        raise TranscriptUnreadable(f"{path.name} is damaged; remove it to begin anew") from None
    return [entry if isinstance(entry, dict) else {} for entry in found]


def _plain(reply: Reply | None) -> Any:
    if reply is None:
        return None
    calls = [
        {"id": c.id, "name": c.name, "arguments": dict(c.arguments), "raw": c.raw, "problem": c.problem}
        for c in reply.tool_calls
    ]
    return {"text": reply.text, "calls": calls, "read": reply.usage.read, "written": reply.usage.written}


def _step(entry: Mapping[str, Any]) -> Step:
    told, usd = entry["reply"], float(entry["usd"])
    reply = None
    if told is not None:
        reply = Reply(
            text=str(told["text"]),
            tool_calls=tuple(
                ToolCall(
                    id=str(call["id"]),
                    name=str(call["name"]),
                    arguments=_mapping(call["arguments"]),
                    raw=str(call["raw"]),
                    problem=str(call["problem"]),
                )
                for call in told["calls"]
            ),
            usage=Usage(read=int(told["read"]), written=int(told["written"])),
            usd=usd,
        )
    return Step(
        reply=reply,
        usd=usd,
        seconds=float(entry["seconds"]),
        texts=bool(entry["texts"]),
        problem=str(entry["problem"]),
        final=bool(entry["final"]),
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("arguments must be an object")
    return value
