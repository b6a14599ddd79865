"""Sealed blocks: what was sealed is read back, and none that is moved to another kind or sealed otherwise counts."""

import pytest

from ftc.core.errors import StateUnreadable
from ftc.core.sealed_block import lone_block, seal

MARK, OTHER, KEY = "flaky-test-cleaner:one", "flaky-test-cleaner:other", b"k" * 32


def block(mark=MARK, document="[1]", *, version=0, sealed_as=MARK, key=KEY):
    payload = f"{version}\n{document}" if version else document
    return f"<!-- {mark}{' ' if version else chr(10)}{payload}\n{seal(sealed_as, payload, key=key)}"


@pytest.mark.parametrize("version", [0, 3])
def test_what_was_sealed_is_read_back(version):
    found = lone_block(f"words\r\n{block(version=version)}\r\n", MARK, key=KEY)
    assert (found.version, found.document) == (version, "[1]")
    assert lone_block(block(version=version), MARK).document == "[1]"


BROKEN = [
    (block(OTHER), "not exactly one", "it is of another kind"),
    (block(sealed_as=OTHER), "not signed", "a block of another kind under our mark keeps its checksum only"),
    (block(key=None), "not signed", "without any signature"),
    (block(key=b"o" * 32), "not signed", "another's key"),
    (block().replace("[1]", "[2]"), "edited by hand", "a changed document"),
    (block(version=3).replace("one 3", "one 4"), "edited by hand", "a changed version"),
    (f"{block()}\n{block()}", "not exactly one", "two, though they agree"),
    (f"```\n{block()}\n```", "not exactly one", "shown as code"),
    (block()[:-3], "not exactly one", "cut off"),
]


@pytest.mark.parametrize(("body", "problem", "why"), BROKEN, ids=[why for _, _, why in BROKEN])
def test_a_block_that_does_not_hold_is_not_believed(body, problem, why):
    with pytest.raises(StateUnreadable, match=problem):
        lone_block(body, MARK, key=KEY)
