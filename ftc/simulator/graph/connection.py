"""GraphQL errors as GitHub types them, and its paged connections."""

import base64
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from graphql import GraphQLError

T = TypeVar("T")
MAX_NODES = 100


class Typed(GraphQLError):
    """An error with GitHub's ``type`` beside its message."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def connection(name: str, items: Sequence[T], render: Callable[[T], Any]) -> Callable[..., Any]:
    """The resolver of a connection field: first/after or last/before are demanded, as GitHub demands them."""

    def resolve(_info: Any, *, first: int | None = None, last: int | None = None, **where: Any) -> Any:
        _check(name, first=first, last=last)
        low = _position(where["after"]) + 1 if where.get("after") else 0
        high = _position(where["before"]) if where.get("before") else len(items)
        if first is not None:
            high = min(high, low + first)
        elif last is not None:
            low = max(low, high - last)
        nodes = [render(item) for item in items[low:high]]
        cursors = [_cursor(index) for index in range(low, low + len(nodes))]
        return {
            "totalCount": len(items),
            "nodes": nodes,
            "edges": [{"cursor": cursor, "node": node} for cursor, node in zip(cursors, nodes, strict=True)],
            "pageInfo": {
                "hasNextPage": high < len(items),
                "hasPreviousPage": low > 0,
                "startCursor": cursors[0] if cursors else None,
                "endCursor": cursors[-1] if cursors else None,
            },
        }

    return resolve


def _check(name: str, *, first: int | None, last: int | None) -> None:
    if first is None and last is None:
        message = f"You must provide a `first` or `last` value to properly paginate the `{name}` connection."
        raise Typed("MISSING_PAGINATION_BOUNDARIES", message)
    word, count = ("first", first) if first is not None else ("last", last)
    if count is not None and count > MAX_NODES:
        message = f"Requesting {count} records on the `{name}` connection exceeds the `{word}` limit of 100 records."
        raise Typed("EXCESSIVE_PAGINATION", message)


def _cursor(index: int) -> str:
    return base64.b64encode(f"cursor:{index}".encode()).decode()


def _position(cursor: str) -> int:
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix("cursor:"))
    except ValueError:
        raise Typed("INVALID_CURSOR_ARGUMENTS", f"`{cursor}` does not appear to be a valid cursor.") from None
