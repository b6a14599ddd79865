"""Notifications to chats, mail and webhooks, through apprise (https://github.com/caronc/apprise), which knows them all.

The rule it keeps: an address is a secret. None is printed, logged or part of an error; an address that fails is known
by its place in the list.
"""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ftc.core.errors import FtcError

if TYPE_CHECKING:
    import apprise

MOST_ADDRESSES = 10
"""Each may wait for seconds, and a job has few minutes to spare."""
PATIENCE = 20.0
"""Seconds for one address, its own retries included."""


class NotifyUnavailable(FtcError):
    """The library that sends notifications is not installed."""


def send(addresses: Sequence[str], *, title: str, body: str) -> tuple[str, ...]:
    """Send one message to each address; what did not work, in words that name no address."""
    try:
        import apprise  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        raise NotifyUnavailable(
            "notify-urls is set, but apprise is not installed; in the checkout of flaky-test-cleaner run "
            ".venv/bin/pip install --require-hashes -r requirements/notify.txt"
        ) from None
    _silence()
    asset = apprise.AppriseAsset(
        app_id="flaky-test-cleaner", app_desc="flaky-test-cleaner", async_mode=False, storage_mode="memory"
    )
    failed: list[str] = []
    for place, address in enumerate(addresses[:MOST_ADDRESSES], start=1):
        which = f"notification address {place} of {len(addresses)}"
        sender = apprise.Apprise(asset=asset)
        if not sender.add(address):
            failed.append(f"{which} is none that apprise knows; see its list of services for the form")
        elif not _sent(sender, title=title, body=body):
            failed.append(f"{which} did not take the message")
    if len(addresses) > MOST_ADDRESSES:
        failed.append(f"only the first {MOST_ADDRESSES} of {len(addresses)} notification addresses are used")
    return tuple(failed)


def _sent(sender: "apprise.Apprise", *, title: str, body: str) -> bool:
    import apprise  # noqa: PLC0415

    try:
        return bool(sender.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT, timeout=PATIENCE))
    except (TypeError, ValueError, OSError):
        return False


def _silence() -> None:
    """What apprise and its connections log names hosts, and with them often the secret part of an address."""
    for name in ("apprise", "urllib3", "requests_oauthlib", "oauthlib"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL + 1)
        logger.propagate = False
