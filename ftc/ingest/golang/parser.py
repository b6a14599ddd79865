"""The Go parser: a reader of text that hands JSON events on to their own reader, and what both found."""

from collections.abc import Callable

from ftc.ingest.base import Findings, Line
from ftc.ingest.golang.builds import Builds
from ftc.ingest.golang.events import Events
from ftc.ingest.golang.report import Report
from ftc.ingest.golang.text import Text


class GoParser:
    """One parse of one file; a line that means nothing to Go costs a look at its first character and its end."""

    ecosystem = "go"

    def __init__(self) -> None:
        self._report = Report()
        builds = Builds(self._report)
        self._events = Events(self._report, builds)
        self._text = Text(self._report, builds, self._events)
        self.feed: Callable[[Line], None] = self._text.feed
        """Take the next line."""

    def finish(self) -> Findings:
        """Everything found, also in a log that breaks off."""
        self._events.finish(among_text=self._text.judged_packages)
        self._text.finish()
        return self._report.findings()
