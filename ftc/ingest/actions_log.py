"""A job log, as GitHub or ``gh run view --log`` gives it or plain, to cleaned lines with their step.

Rule: what the runner itself wrote (markers, the echoed script of a step, its inputs) is never yielded as output;
what looks like the runner but was printed by a test decides nothing but its own lines.
"""

import re
from collections.abc import Iterable, Iterator

from ftc.ingest.base import Line
from ftc.ingest.checkout import Checkout
from ftc.ingest.job_end import MAY_BE_FATAL, JobEnd
from ftc.ingest.lines import bounded_lines

_TIMESTAMP = re.compile(r"\ufeff?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z(?: |$)")
_TIMESTAMP_LENGTH = 29
"""GitHub writes seven digits of a second: ``2024-05-01T12:00:00.1234567Z`` and a blank."""

_GH_PREFIX = re.compile(r"\ufeff?([^\t]{0,400})\t([^\t]{0,400})\t\ufeff?(?=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z)")
"""``gh run view --log`` puts job and step before each line."""

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)|[()][0-9A-Za-z]|[@-Z\\-_=>])|\x1b")

_SCRIPT_ECHO = "\x1b[36;1m"
"""The runner prints the source of a script step in bold cyan."""

_HEADER_KEYS = ("with:", "env:", "shell: ")
_NOTABLE = MAY_BE_FATAL | frozenset("#")
"""First characters of the lines that the runner may have written, or that may tell how the job ended."""

_RUN = "Run "
_UNKNOWN_STEP = "UNKNOWN STEP"
_MARKER = re.compile(r"##\[(\w+)\]")
_STEP_NAME_LIMIT = 200
_CHECKOUT_LINES = 5_000
"""Lines of a log without steps in which a checkout is looked for; it comes first in any job."""


def clean(text: str) -> str:
    """The line as a terminal would leave it: no ANSI, no line end, only what the last carriage return left."""
    if "\x1b" in text:
        text = _ANSI.sub("", text)
    if "\r" in text:
        text = text.rstrip("\r")
        if "\r" in text:
            text = text[text.rindex("\r") + 1 :]
    return text


class JobLog:
    """One reading of one job log; ``checkout`` and ``end`` are complete once ``lines`` is exhausted."""

    def __init__(self) -> None:
        self.job = ""
        """The job of the line yielded last, in logs that hold several."""
        self.checkout = Checkout()
        self.end = JobEnd()
        self._step = ""
        self._gh: bool | None = None
        self._header = ""
        """Rest of the title of a ``Run`` group whose first line is not seen yet."""
        self._in_header = False
        self._in_checkout = True
        """Whether a line may tell what was checked out: in a checkout step, and at the start of a log without steps."""
        self._attentive = True
        """Whether something read before makes the next line notable, whatever it says."""

    def lines(self, chunks: Iterable[bytes]) -> Iterator[Line]:
        """Output lines of the job, numbered as in the file, without those the runner wrote."""
        for number, raw in enumerate(bounded_lines(chunks), start=1):
            if raw[27:29] == "Z " and raw[10] == "T" and raw[4] == "-":
                text = raw[_TIMESTAMP_LENGTH:]
            elif self._gh is not False or raw[10:11] == "T" or raw[:1] == "\ufeff":
                text = self._strip_prefix(raw)
            else:
                text = raw
            if self._attentive or text[:1] in _NOTABLE or "\x1b" in text or "\r" in text:
                shown = self._read(text, number)
                if shown is None:
                    continue
                text = shown
            yield Line(number, text, self._step)
        self.end.close()

    def _read(self, text: str, number: int) -> str | None:
        """Take a notable line; the output in it, or None if it is all the runner's."""
        shown = self._runner_line(text) if self._header or self._in_header or text[:3] == "##[" else text
        if shown is not None:
            shown = clean(shown)
            self.end.output(shown)
            if self._in_checkout:
                self._read_checkout(shown, number)
        self._attentive = bool(self._header or self._in_header or self._in_checkout or self.end.undecided)
        return shown

    def _read_checkout(self, text: str, number: int) -> None:
        self.checkout.read(text)
        if self.checkout.complete or (not self._step and number > _CHECKOUT_LINES):
            self._in_checkout = False

    def _enter_step(self, title: str) -> None:
        self._step = title[:_STEP_NAME_LIMIT]
        self._in_checkout = not self.checkout.complete and "checkout" in title.lower()
        self._attentive = True

    def _strip_prefix(self, raw: str) -> str:
        """Take off a timestamp of unusual length and, in a ``gh`` log, job and step."""
        if self._gh is not False:
            raw = self._strip_gh(raw)
        if raw[:1] == "\ufeff" or raw[10:11] == "T":
            found = _TIMESTAMP.match(raw)
            return raw[found.end() :] if found else raw.removeprefix("\ufeff")
        return raw

    def _strip_gh(self, raw: str) -> str:
        found = _GH_PREFIX.match(raw)
        if found is None:
            self._gh = self._gh or (None if not raw.strip() else False)
            return raw
        self._gh = True
        job, step = found.group(1), found.group(2)
        if job != self.job:
            self.job = job
            self._step = ""
        if step not in (_UNKNOWN_STEP, self._step):
            self._enter_step(step)
        return raw[found.end() :]

    def _runner_line(self, text: str) -> str | None:
        """The output in a line that the runner may have written, or None if it is all the runner's."""
        found = _MARKER.match(text)
        if found:
            return self._marker(found.group(1), text[found.end() :])
        if self._header:
            title, self._header = self._header, ""
            self._in_header = text.startswith((_SCRIPT_ECHO, *_HEADER_KEYS)) or clean(text) == title
        if not self._in_header:
            return text
        if self._in_checkout:
            self.checkout.read(clean(text))
        return None

    def _marker(self, name: str, rest: str) -> str | None:
        if name == "group":
            self._open_group(clean(rest))
            return None
        if name == "endgroup":
            self._header, self._in_header = "", False
            return None
        if name == "error":
            self.end.error(clean(rest))
            return rest
        return rest if name in ("warning", "notice", "command", "section") else None

    def _open_group(self, title: str) -> None:
        self._in_header, self._header = False, ""
        if title.startswith(_RUN):
            self._header = title[len(_RUN) :] or " "
            self.end.step()
            self._enter_step(title)
        elif not self._step:
            self._step = title[:_STEP_NAME_LIMIT]
