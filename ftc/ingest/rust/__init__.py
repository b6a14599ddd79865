"""What `cargo test` and `cargo nextest run` print, to failed tests.

Rule: a test has one name and one message, whichever of the two ran it and whether a log, a report or a run of ours
tells of it.
"""

from ftc.ingest.rust.failing import rust_failure
from ftc.ingest.rust.parser import RustParser

__all__ = ["RustParser", "rust_failure"]
