"""Logs and reports of JavaScript's test runners, Vitest and Node's own, to failed tests.

Rule: log and report of one run tell of the same tests in the same words: both are read by the same functions.
"""

from ftc.ingest.javascript.spec import NodeSpecParser
from ftc.ingest.javascript.tap import NodeTapParser
from ftc.ingest.javascript.vitest import VitestParser

__all__ = ["NodeSpecParser", "NodeTapParser", "VitestParser"]
