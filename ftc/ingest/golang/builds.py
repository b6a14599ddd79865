"""Compile, vet and set-up errors: what the go command prints under a ``# package`` heading."""

import re

from ftc.ingest.golang import reasons
from ftc.ingest.golang.report import Report

_HEADING = re.compile(r"# (?:\[?[\w./~+-]+\]?)(?: \[[^\]]+\])?$")
_ERROR = re.compile(r"(?:vet: )?\S+\.(?:go|s|c|h):\d+(?::\d+)?: .+")
_NOTE = re.compile(r"\t|go: |package .* is not in|too many errors")
FAILED_PACKAGE = re.compile(r"FAIL\t(\S+)(?: \[[^\]]+\])? \[(build|setup) failed\]$")
MAX_CHARS = 500


class Builds:
    """Reads the errors between a heading and the first line that is none."""

    __slots__ = ("_report", "open")

    def __init__(self, report: Report) -> None:
        self._report = report
        self.open = False

    def feed(self, text: str) -> bool:
        """Take a line; True when it belongs to a build error."""
        if text[:2] == "# " and _HEADING.match(text):
            self.open = True
            return True
        if not self.open:
            return False
        if _ERROR.match(text):
            self._report.build_failure(text[:MAX_CHARS])
            return True
        self.open = _NOTE.match(text) is not None
        return self.open

    def package_failed(self, text: str) -> bool:
        """Take ``FAIL pkg [build failed]``; True when the line is one."""
        match = FAILED_PACKAGE.match(text)
        if match is None:
            return False
        self.open = False
        self.failed(match[1], setup=match[2] == "setup")
        return True

    def failed(self, package: str, *, setup: bool = False) -> None:
        """A package could not be built or set up."""
        reason = reasons.SETUP_FAILED if setup else reasons.BUILD_FAILED
        self._report.package(package)
        self._report.exclude(suite=package, name="", reason=reason)
        if not self._report.has_build_failures:
            self._report.build_failure(f"{package}: {reason}")
