"""``ftc receipt``: react to a new command at once, before the job that answers it gets its turn in the queue.

The rule it keeps: one request and no state; what is no command by a person gets nothing.
"""

import argparse
import os
import time
from collections.abc import Mapping
from typing import Any

from ftc.clients import runner
from ftc.clients.github import GitHub
from ftc.clients.transport import Pace, Transport
from ftc.core.authority import Actor
from ftc.core.commands import Command, parse
from ftc.core.errors import UsageError
from ftc.jobs.answering import RECEIPT
from ftc.jobs.context import tell
from ftc.jobs.settings import Settings, add_config_flags, flag_values, load_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Only the configuration's flags: what it is about stands in the event."""
    add_config_flags(parser)


def run(args: argparse.Namespace) -> int:
    """React to the event's comment, if it is a command."""
    settings = load_settings(environ=os.environ, flags=flag_values(args))
    config, tokens = settings.config, settings.tokens
    comment = commanded(runner.event_payload(os.environ))
    if config.disabled or config.dry_run or not comment:
        print("no receipt is due")
        return 0
    if not config.target or not tokens.issue:
        raise UsageError("a receipt needs a repository and a token that writes issues; set FTC_REPO and GITHUB_TOKEN")
    tell(runner.masks(os.environ, tokens.values))
    give(settings, comment)
    print(f"reacted to comment {comment}")
    return 0


def give(settings: Settings, comment: int) -> None:
    """One reaction."""
    config = settings.config
    pace = Pace(write_interval=0, sleep=time.sleep, clock=time.time)
    transport = Transport(token=settings.tokens.issue, api_url=config.api_url, pace=pace, budget=config.request_budget)
    GitHub(repo=config.target, transport=transport).react(comment, RECEIPT)


def commanded(payload: Mapping[str, Any]) -> int:
    """Id of the event's new comment if a person gives a command in it; 0 otherwise."""
    comment = payload.get("comment")
    if payload.get("action") != "created" or not isinstance(comment, Mapping):
        return 0
    author, body, number = comment.get("user"), comment.get("body"), comment.get("id")
    if not isinstance(author, Mapping):
        return 0
    person = Actor(login=str(author.get("login", "")), type=str(author.get("type", ""))).is_person
    if not person or not isinstance(body, str) or not isinstance(number, int):
        return 0
    return number if isinstance(parse(body), Command) else 0
