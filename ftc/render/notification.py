"""The message that goes to chats and mail: plain text in which nothing of a test's name can call or link anybody.

The rule it keeps: every chat has a Markdown of its own, so names lose the characters that begin a mention or a link
in any of them, instead of being escaped for one.
"""

import re
from collections.abc import Sequence

from ftc.core.markdown import JOINT, strip_control
from ftc.core.notifications import MOST_TOLD, Told
from ftc.render.environment import Markdown, render

NAME = 200
"""Characters of a test's name; a chat shows two lines of it."""
_ANGLE = str.maketrans({"<": "‹", ">": "›", "`": "'", "*": "∗"})


def notification(told: Sequence[Told], *, repo: str, site: str, language: str = "en") -> tuple[str, str]:
    """Title and text of one message; ``site`` is the address of the GitHub that people see."""
    lines = [
        {
            "event": item.event.value,
            "test": inert(str(item.flake.test)),
            "url": Markdown(f"{site}/{repo}/issues/{item.number}"),
            "pull": Markdown(item.flake.progress.pull.url) if item.flake.progress.pull else "",
            "until": item.flake.progress.quarantine.until if item.flake.progress.quarantine else None,
        }
        for item in told[:MOST_TOLD]
    ]
    values = {"lines": lines, "more": len(told) - len(lines), "repo": inert(repo), "count": len(told)}
    title, _, body = render("notification.txt.j2", values, language=language).partition("\n")
    return title.strip(), body.strip()


def inert(text: str) -> Markdown:
    """One line that no chat takes for a mention, a link or formatting."""
    flat = " ".join(strip_control(text).split()).translate(_ANGLE)
    flat = flat if len(flat) <= NAME else flat[: NAME - 1] + "…"
    flat = re.sub(r"@(?=\S)|](?=[(\[])", lambda match: match[0] + JOINT, flat)
    flat = re.sub(r"(?<=[A-Za-z]):(?=//)", ":" + JOINT, flat)
    return Markdown(re.sub(r"\bwww(?=\.)", "www" + JOINT, flat, flags=re.IGNORECASE))
