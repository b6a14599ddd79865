"""Telling people elsewhere what a job changed: the last thing a job does, when everything else is safe.

The rule it keeps: a message is sent at most once and never fails a job. What could not be sent is a note.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from ftc.clients import notify
from ftc.core.errors import FtcError
from ftc.core.model import Flake
from ftc.core.notifications import told
from ftc.jobs.context import Context
from ftc.render.notification import notification


def announce(ctx: Context, before: Mapping[int, Flake], after: Mapping[int, Flake]) -> tuple[str, ...]:
    """One message about what changed between the two, by issue number; gives notes for the job's report."""
    if not ctx.notify_urls:
        return ()
    news = told(before, after, wanted=ctx.config.notify_on, now=ctx.now)
    if not news or ctx.config.dry_run:
        return ()
    title, body = notification(news, repo=ctx.write.repo, site=site(ctx.config.api_url), language=ctx.config.language)
    try:
        return tuple(notify.send(ctx.notify_urls, title=title, body=body))
    except FtcError as error:
        return (str(error),)


def site(api_url: str) -> str:
    """The address that people see, from that of the API: GitHub Enterprise Server puts it below ``/api/v3``."""
    parts = urlsplit(api_url)
    host = parts.netloc.removeprefix("api.")
    return f"{parts.scheme}://{host}{parts.path.rstrip('/').removesuffix('/api/v3')}"
