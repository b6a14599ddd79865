"""Checks GraphQL requests and answers against GitHub's published schema (see tests/data/openapi/README.md).

Rule: a query is judged by GitHub's schema, an answer by the query: every field asked for, of the type it has there.
"""

import gzip
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    build_schema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_object_type,
    parse,
    validate,
)

SCHEMA = Path(__file__).parents[1] / "data" / "openapi" / "github.graphql.gz"

# Custom scalars travel as strings, except these (GraphQL "Scalars" in GitHub's documentation).
_PYTHON_TYPES = {"Int": int, "Float": (int, float), "Boolean": bool}


def check_graphql(body: Mapping[str, Any], answer: Mapping[str, Any]) -> list[str]:
    """What is wrong with a request body (`query`, `variables`) or with the answer to it, one line each."""
    try:
        document = parse(body.get("query", ""))
    except GraphQLError as error:
        return [] if answer.get("errors") else [f"answered a query that is none: {error.message}"]
    found = [f"query: {error.message}" for error in validate(published_schema(), document)]
    if found:
        return [] if answer.get("errors") else found
    if not isinstance(answer.get("data"), dict):
        return [] if answer.get("errors") else ["neither data nor errors"]
    return list(_Reader(document).problems(answer["data"]))


@cache
def published_schema() -> GraphQLSchema:
    """The reduced schema as GitHub publishes it."""
    return build_schema(gzip.decompress(SCHEMA.read_bytes()).decode(), assume_valid_sdl=True)


class _Reader:
    """Walks an answer along the query that asked for it."""

    def __init__(self, document) -> None:
        definitions = document.definitions
        self.operation = next(one for one in definitions if isinstance(one, OperationDefinitionNode))
        self.fragments = {one.name.value: one for one in definitions if isinstance(one, FragmentDefinitionNode)}

    def problems(self, data: Mapping[str, Any]) -> Iterator[str]:
        schema = published_schema()
        root = schema.mutation_type if self.operation.operation.value == "mutation" else schema.query_type
        return self._object(root, self.operation.selection_set, data, path="data")

    def _object(self, kind, selection: SelectionSetNode, value: Any, *, path: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{path}: not an object"
            return
        kind = published_schema().type_map.get(value.get("__typename", ""), kind)
        if is_abstract_type(kind):
            # Nothing says which type it is: it must look like one of those it can be.
            possible = published_schema().get_possible_types(kind)
            readings = [list(self._object(one, selection, value, path=path)) for one in possible]
            yield from min(readings, key=len, default=[])
            return
        fields = dict(self._fields(kind, selection))
        yield from (f"{path}: {name!r} was not asked for" for name in value if name not in fields)
        for name, (node, wanted) in fields.items():
            if name not in value:
                yield from () if node.directives else (f"{path}: {name!r} is missing",)
            elif wanted is not None:
                yield from self._value(wanted, node.selection_set, value[name], path=f"{path}.{name}")

    def _fields(self, kind, selection: SelectionSetNode) -> Iterator[tuple[str, tuple[FieldNode, Any]]]:
        """(name in the answer, field and its type) of what applies to a type; fragments on other types do not."""
        for node in selection.selections:
            if isinstance(node, FieldNode):
                field = getattr(kind, "fields", {}).get(node.name.value)
                yield (node.alias or node.name).value, (node, field.type if field else None)
                continue
            part = self.fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
            on = part.type_condition.name.value if part.type_condition else kind.name
            if self._applies(kind, on):
                yield from self._fields(
                    kind if is_object_type(kind) else published_schema().type_map[on], part.selection_set
                )

    @staticmethod
    def _applies(kind, on: str) -> bool:
        schema = published_schema()
        wanted = schema.type_map[on]
        return kind is wanted or (not is_object_type(wanted) and schema.is_sub_type(wanted, kind))

    def _value(self, kind, selection: SelectionSetNode | None, value: Any, *, path: str) -> Iterator[str]:
        if isinstance(kind, GraphQLNonNull):
            if value is None:
                yield f"{path}: null where GitHub never gives null"
                return
            kind = kind.of_type
        if value is None:
            return
        if isinstance(kind, GraphQLList):
            for position, item in enumerate(value):
                yield from self._value(kind.of_type, selection, item, path=f"{path}[{position}]")
        elif selection is not None:
            yield from self._object(get_named_type(kind), selection, value, path=path)
        elif is_leaf_type(kind) and not _is_leaf(kind, value):
            yield f"{path}: {value!r} is no {kind.name}"


def _is_leaf(kind, value: Any) -> bool:
    if hasattr(kind, "values"):
        return value in kind.values
    expected = _PYTHON_TYPES.get(kind.name, str)
    return isinstance(value, expected) and (kind.name == "Boolean" or not isinstance(value, bool))
