"""Pages of a listing with GitHub's ``Link`` header.

Rule: every array answer of the API goes through here, so no endpoint forgets to paginate.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from ftc.simulator.http import Request, Response
from ftc.simulator.rest.call import Call

T = TypeVar("T")
DEFAULT_PER_PAGE = 30
MAX_PER_PAGE = 100
FILTERED_RUNS_LIMIT = 1000  # results GitHub gives for one filtered query of runs


def page(
    call: Call, items: Sequence[T], render: Callable[[T], Any], *, key: str | None = None, limit: int | None = None
) -> Response:
    """One page; with ``key`` the array is wrapped beside ``total_count``; ``limit`` hides what lies beyond it."""
    visible = items if limit is None else items[:limit]
    size = min(call.request.integer("per_page", DEFAULT_PER_PAGE), MAX_PER_PAGE)
    number = call.request.integer("page", 1)
    shown = [render(item) for item in visible[(number - 1) * size : number * size]]
    headers = link_header(call.request, number=number, last=max(1, -(-len(visible) // size)))
    return Response.of_json({"total_count": len(items), key: shown} if key else shown, headers=headers)


def link_header(request: Request, *, number: int, last: int) -> dict[str, str]:
    """``prev``, ``next``, ``last`` and ``first`` where they make sense, nothing for a single page."""
    relations = {}
    if number > 1:
        relations["prev"] = min(number - 1, last)
    if number < last:
        relations |= {"next": number + 1, "last": last}
    if number > 1:
        relations["first"] = 1
    if last == 1 and number == 1:
        return {}
    return {"link": ", ".join(f'<{_page_url(request, to)}>; rel="{name}"' for name, to in relations.items())}


def _page_url(request: Request, number: int) -> str:
    return f"{request.base_url}{request.path}?{urlencode({**request.query, 'page': str(number)})}"


def ordered(call: Call, items: Sequence[T], keys: dict[str, Callable[[T], Any]], *, default: str) -> list[T]:
    """Sorted by ``sort`` and ``direction`` of the query (descending unless said otherwise)."""
    key = keys.get(call.request.query.get("sort", ""), keys[default])
    return sorted(items, key=key, reverse=call.request.query.get("direction", "desc") != "asc")
