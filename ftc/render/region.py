"""The bot's part of a body that people may add to: replaced whole between two markers, the rest left alone."""

from ftc.core.markdown import JOINT
from ftc.core.scan_block import without_blocks

BEGIN = "<!-- flaky-test-cleaner:begin -->"
END = "<!-- flaky-test-cleaner:end -->"


def splice(body: str, region: str) -> str:
    """``body`` with the bot's part replaced by ``region``; what people wrote before and after it survives.

    A state block among people's words is a copy, beside which ours would not be believed: it goes.
    A part whose markers were damaged cannot be told from people's text any more: then the fresh part comes first and
    what was there follows it, so that nothing anybody wrote is lost.
    """
    fresh = f"{BEGIN}\n{_unmarked(region).strip()}\n{END}"
    before, begin, rest = body.partition(BEGIN)
    _, end, after = rest.partition(END)
    if begin and end:
        return without_blocks(before) + fresh + without_blocks(after)
    kept = without_blocks(body).replace(BEGIN, "").replace(END, "").strip()
    return f"{fresh}\n\n{kept}\n" if kept else f"{fresh}\n"


def outside(body: str) -> str:
    """What people wrote around the bot's part."""
    before, _, rest = body.partition(BEGIN)
    _, end, after = rest.partition(END)
    return before + after if end else body


def _unmarked(region: str) -> str:
    """The region with markers that a log or a name quotes broken up, so that only ours are found the next time."""
    for mark in (BEGIN, END):
        region = region.replace(mark, mark.replace(":", f":{JOINT}"))
    return region
