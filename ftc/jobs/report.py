"""``ftc report``: the issues of one or several repositories as a folder of HTML pages.

The rule it keeps: it reads and never writes to GitHub, and it touches no folder that holds anything but a report.
"""

import argparse
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ftc.core.errors import UsageError
from ftc.jobs.context import Context, moment, open_context
from ftc.jobs.settings import Settings, add_config_flags, flag_values, load_settings
from ftc.jobs.snapshot import read_snapshot
from ftc.render.report import report_files
from ftc.render.report_rows import Filed, Project

MARK = "assets/report.js"
"""A folder that holds this is a report and may be written over."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of the command beside those of the configuration; ``--repo`` takes several here."""
    parser.add_argument("--html", metavar="DIR", required=True, help="folder that gets the pages")
    parser.add_argument("--now", metavar="TIME", default="", help="tell ages as of this moment (ISO, UTC)")
    add_config_flags(parser, listed=("repo",))


def run(args: argparse.Namespace) -> int:
    """Read every repository, then write the folder; it is left alone when any of them cannot be read."""
    folder, now = _usable(Path(args.html)), moment(args.now)
    asked = settings_of(named(args.repo or ()), flags=flag_values(args), environ=os.environ)
    if any(settings.config.disabled for settings in asked):
        print("Disabled by configuration (FTC_DISABLED); nothing was read or written.")
        return 0
    projects = [read_project(open_context(settings, os.environ, now=now)) for settings in asked]
    files = report_files(projects, now=now)
    write_files(folder, files)
    print(f"Wrote {len(files)} files; open {folder / 'index.html'}")
    return 0


def settings_of(
    repos: Sequence[str], *, flags: Mapping[str, object], environ: Mapping[str, str]
) -> tuple[Settings, ...]:
    """The settings for each repository of issues, once each; for the configured one when none is named.

    The issues of a named repository lie in itself, whatever the configuration of the runner's own repository says.
    """
    if not repos:
        return (load_settings(environ=environ, flags={**flags, "repo": None}),)
    found: dict[str, Settings] = {}
    for repo in repos:
        over: dict[str, object] = {"repo": repo, "write-repo": flags.get("write-repo") or repo}
        over |= {"dashboard-issue": "0"} if len(repos) > 1 else {}  # the number of one means nothing in another
        settings = load_settings(environ=environ, flags={**flags, **over})
        found.setdefault(settings.config.target.lower(), settings)
    return tuple(found.values())


def named(given: Iterable[str]) -> tuple[str, ...]:
    """Repositories as named, one flag each or separated by commas, without repeats."""
    names = (name.strip() for text in given for name in text.split(","))
    return tuple({name.lower(): name for name in names if name}.values())


def read_project(ctx: Context) -> Project:
    """Everything the issues of one repository hold."""
    ctx.say(f"reading issues of {ctx.write.repo}")
    snapshot = read_snapshot(ctx)
    return Project(
        repo=ctx.write.repo,
        filed=tuple(Filed(flake=item.flake, url=item.issue.url, labels=item.issue.labels) for item in snapshot.issues),
        watched=snapshot.watched,
        scans=snapshot.dashboard.scans,
        dashboard_url=snapshot.dashboards[0].url if snapshot.dashboards else "",
        notes=snapshot.notes,
        healing=snapshot.healing,
    )


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write the files, the front page last, and take away pages of flakes that are no longer there."""
    for name in sorted(files, key=lambda name: (name == "index.html", name)):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[name], encoding="utf-8", errors="replace", newline="\n")
    for path in (folder / "flakes").glob("*.html"):
        if f"flakes/{path.name}" not in files:
            path.unlink()


def _usable(folder: Path) -> Path:
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / MARK).exists())):
        raise UsageError(f"--html: {folder} holds something that is no report; name a new or an empty folder")
    return folder
