"""All parsers; a new ecosystem is one line here.

Rule: each is created anew for each file and sees every line of it.
"""

from collections.abc import Callable

from ftc.ingest.base import Parser
from ftc.ingest.golang import GoParser
from ftc.ingest.javascript import NodeSpecParser, NodeTapParser, VitestParser
from ftc.ingest.python import PytestParser
from ftc.ingest.rust import RustParser
from ftc.ingest.unittest_log import UnittestParser

PARSERS: tuple[Callable[[], Parser], ...] = (
    GoParser,
    PytestParser,
    UnittestParser,
    VitestParser,
    NodeSpecParser,
    NodeTapParser,
    RustParser,
)
