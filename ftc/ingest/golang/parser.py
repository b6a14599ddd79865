"""The Go parser: sends each line to the reader of JSON events or to the reader of text, and gathers what they found."""

from ftc.ingest.base import Findings, Line
from ftc.ingest.golang.builds import Builds
from ftc.ingest.golang.events import Events
from ftc.ingest.golang.report import Report
from ftc.ingest.golang.text import Text


class GoParser:
    """One parse of one file; lines that mean nothing to Go cost a look at their first character and their end."""

    ecosystem = "go"

    def __init__(self) -> None:
        self._report = Report()
        builds = Builds(self._report)
        self._builds = builds
        self._events = Events(self._report, builds)
        self._text = Text(self._report, builds)
        self._text_feed = self._text.feed

    def feed(self, line: Line) -> None:
        """Take the next line."""
        if line.text[:1] == "{" and self._events.feed(line):
            return
        self._text_feed(line)

    def finish(self) -> Findings:
        """Everything found, also in a log that breaks off."""
        self._events.finish()
        self._text.finish()
        return self._report.findings()
