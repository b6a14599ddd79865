"""Why an order does not count any more though nobody took back its approval, with words for people.

Rule: each says the way out.
"""

CHANGED, UNSAID, MOVED_ON, NOT_AWAITED = "changed", "unsaid", "moved-on", "not-awaited"
FLAWS = {
    CHANGED: "Title or text of the issue are not what they were when this was ordered. Please read them and order it "
    "again.",
    UNSAID: "The comment that ordered this is gone or asks for something else. Please order it again.",
    MOVED_ON: "This was ordered for the head as it was before the last push. Where no proof of the new head is "
    "ordered, somebody who may write can order it here.",
    NOT_AWAITED: "The issue does not wait for GitHub's coding agent any more. Somebody who may write can order this "
    "here.",
}
"""Flaws of an order that is no approval of a plan, with words for people."""
SUPERSEDED = (MOVED_ON, NOT_AWAITED)
"""Those by which an order has ended, though nobody took it back."""
