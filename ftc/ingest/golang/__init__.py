"""Go: plain, ``-v`` and ``-json`` output of ``go test``, testify, gotestsum and runners that call test binaries.

Only leaves become failures; whatever else says FAIL leaves with a reason from ``reasons``.
"""

from ftc.ingest.golang.parser import GoParser

__all__ = ["GoParser"]
