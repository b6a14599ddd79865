"""Web pages that show the simulator's issues and pull requests about as GitHub would, for people to look at.

Rule: read only, and hostile text stays text: templates escape everything but the sanitiser's output, and the content
security policy allows no script, no frame and no request to anywhere.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from ftc.simulator.http import Request, Response
from ftc.simulator.page_threads import Post, badge, labels_of, pull_view, thread
from ftc.simulator.world import Issue, Job, Repository, World

TEMPLATES = Path(__file__).parent / "pages"
_THREAD = re.compile(r"/(?P<name>[^/]+/[^/]+)/(?P<kind>issues|pull)/(?P<number>\d+)/?")
_LIST = re.compile(r"/(?P<name>[^/]+/[^/]+?)(?:/(?P<kind>issues|pulls))?/?")
_RUN = re.compile(r"/(?P<name>[^/]+/[^/]+)/actions(?:/runs/(?P<run>\d+)(?:/attempts/\d+)?(?:/job/(?P<job>\d+))?)?/?")
_COMMIT = re.compile(r"/(?P<name>[^/]+/[^/]+)/commit/(?P<sha>[0-9a-f]{7,40})/?")
# Characters of a job's log that a page shows, from its end: failures stand there, and a browser must stay usable.
LOG_TAIL = 60_000
_HEADERS = {
    "content-type": "text/html; charset=utf-8",
    # Label colours are inline styles; images are data only, so that looking at a page tells nobody.
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


def answer_page(world: World, request: Request) -> Response | None:
    """The page at a path; None when the path is no page (git, API) so that the caller can look further."""
    if request.method not in ("GET", "HEAD"):
        return None
    if request.path == "/":
        return _page("front.html", world, repositories=sorted(world.repositories.values(), key=_name))
    for pattern, answer in _PAGES:
        matched = pattern.fullmatch(request.path)
        repository = world.repository(matched["name"]) if matched else None
        if matched is not None and repository is not None:
            return answer(world, repository, matched, request.query)
    return None


def _list_page(world: World, repository: Repository, path: re.Match[str], query: Mapping[str, str]) -> Response:
    kind = path["kind"] or "issues"
    state, label = query.get("state", "open"), query.get("label", "")
    every = [issue for issue in repository.issues.values() if not issue.deleted and _is_kind(issue, kind)]
    counts = {word: sum(issue.state == word for issue in every) for word in ("open", "closed")}
    shown = [
        issue
        for issue in every
        if state in (issue.state, "all") and (not label or label.lower() in (name.lower() for name in issue.labels))
    ]
    shown.sort(key=lambda issue: -issue.number)
    facts: dict[str, Any] = {"kind": kind, "issues": shown, "counts": counts, "state": state, "label": label}
    return _page("list.html", world, repository=repository, **facts)


def _thread_page(world: World, repository: Repository, path: re.Match[str], _: Mapping[str, str]) -> Response:
    number, kind = int(path["number"]), path["kind"]
    issue = repository.issues.get(number)
    if issue is None or issue.deleted:
        return _page("missing.html", world, status=404, repository=repository, what=f"issue or pull request #{number}")
    right = "pull" if issue.pull else "issues"
    if kind != right:
        return Response.empty(302, headers={"location": f"/{repository.full_name}/{right}/{number}"})
    entries = thread(repository, issue)
    people = list(dict.fromkeys(entry.author for entry in entries if isinstance(entry, Post)))
    pull = pull_view(repository, issue.pull) if issue.pull else None
    return _page("thread.html", world, repository=repository, issue=issue, entries=entries, people=people, pull=pull)


def _run_page(world: World, repository: Repository, path: re.Match[str], _: Mapping[str, str]) -> Response:
    if path["run"] is None:
        runs = sorted(repository.runs.values(), key=lambda run: run.created_at, reverse=True)
        return _page("runs.html", world, repository=repository, runs=runs)
    run = repository.runs.get(int(path["run"]))
    if run is None:
        return _page("missing.html", world, status=404, repository=repository, what=f"workflow run {path['run']}")
    workflow = next((one.name for one in repository.workflows if one.id == run.workflow_id), "")
    chosen = int(path["job"] or 0)
    return _page("run.html", world, repository=repository, run=run, workflow=workflow, chosen=chosen)


def _commit_page(world: World, repository: Repository, path: re.Match[str], _: Mapping[str, str]) -> Response:
    commit = repository.git.commit(path["sha"])
    if commit is None:
        return _page("missing.html", world, status=404, repository=repository, what=f"commit {path['sha']}")
    files = repository.git.diff(commit.parents[0], commit.sha) if commit.parents else ()
    return _page("commit.html", world, repository=repository, commit=commit, files=files)


_PAGES = ((_THREAD, _thread_page), (_RUN, _run_page), (_COMMIT, _commit_page), (_LIST, _list_page))


def _page(template: str, world: World, *, status: int = 200, **facts: Any) -> Response:
    html = _environment().get_template(template).render(now=world.now(), **facts)
    return Response(status=status, headers=dict(_HEADERS), body=html.encode("utf-8", "replace"))


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"badge": badge, "labels_of": labels_of, "is_kind": _is_kind}
    environment.filters |= {"day": _day, "ink": _ink, "hex": _hex, "diff_lines": _diff_lines, "log_tail": _log_tail}
    return environment


def _name(repository: Repository) -> str:
    return repository.full_name.lower()


def _is_kind(issue: Issue, kind: str) -> bool:
    return (issue.pull is not None) == (kind == "pulls")


def _day(moment: datetime) -> str:
    """A time as the pages print it."""
    return moment.strftime("%d %b %Y, %H:%M UTC").lstrip("0")


def _hex(color: str) -> str:
    """A label's colour; anything that is no colour becomes GitHub's grey, so that no style can be smuggled in."""
    return color if re.fullmatch(r"[0-9a-fA-F]{6}", color) else "ededed"


def _ink(color: str) -> str:
    """Black or white text, whichever can be read on a colour (by perceived brightness)."""
    red, green, blue = (int(_hex(color)[start : start + 2], 16) for start in (0, 2, 4))
    return "#000" if red * 0.299 + green * 0.587 + blue * 0.114 > 140 else "#fff"


def _diff_lines(patch: str) -> list[tuple[str, str]]:
    """(CSS class, line) of a patch."""
    kinds = {"+": "added", "-": "removed", "@": "hunk"}
    return [(kinds.get(line[:1], "same"), line) for line in patch.split("\n")]


def _log_tail(job: Job) -> str:
    """The end of a job's log as text."""
    content = job.log.read() if job.log is not None else b""
    return content[-LOG_TAIL:].decode("utf-8", "replace")
