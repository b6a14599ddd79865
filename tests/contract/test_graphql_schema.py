"""The simulator's GraphQL schema is a part of the published one: same names, same types, nothing of its own."""

from contract.graphql_contract import published_schema
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLScalarType,
    build_schema,
    is_introspection_type,
    is_required_argument,
    validate_schema,
)

from ftc.simulator.graph.schema import SCHEMA


def differences(own, published):
    """One line for each name or type that GitHub does not have."""
    for name, kind in own.type_map.items():
        if is_introspection_type(kind):
            continue
        theirs = published.type_map.get(name)
        if type(theirs) is not type(kind):
            yield f"{name}: no such type at GitHub"
        elif isinstance(kind, GraphQLEnumType):
            yield from (f"{name}.{value}: no such value" for value in kind.values if value not in theirs.values)
        elif not isinstance(kind, GraphQLScalarType):
            yield from field_differences(kind, theirs)


def field_differences(kind, theirs):
    for interface in getattr(kind, "interfaces", ()):
        if interface.name not in {one.name for one in theirs.interfaces}:
            yield f"{kind.name}: does not implement {interface.name} at GitHub"
    for name, field in kind.fields.items():
        other = theirs.fields.get(name)
        if other is None or str(other.type) != str(field.type):
            yield f"{kind.name}.{name}: {field.type}, at GitHub {other and other.type}"
        elif not isinstance(kind, GraphQLInputObjectType):
            yield from argument_differences(f"{kind.name}.{name}", field.args, other.args)


def argument_differences(place, own, theirs):
    for name, argument in own.items():
        if name not in theirs or str(theirs[name].type) != str(argument.type):
            yield f"{place}({name}): {argument.type}, at GitHub {name in theirs and theirs[name].type}"
    for name, argument in theirs.items():
        if is_required_argument(argument) and name not in own:
            yield f"{place}({name}): required at GitHub"


def test_the_simulator_speaks_a_part_of_githubs_schema():
    assert list(differences(build_schema(SCHEMA), published_schema())) == []


def test_the_published_schema_is_whole():
    """What was cut away left no loose ends."""
    assert validate_schema(published_schema()) == []


def test_differences_are_found():
    text = "type Query { viewer: String! repository(owner: String!): Repo node(id: ID!, at: Int): Node }"
    own = build_schema(text + " interface Node { id: ID } type Repo { id: ID! }")
    assert sorted(line.partition(":")[0] for line in differences(own, published_schema())) == [
        "Node.id",
        "Query.node(at)",
        "Query.repository",
        "Query.viewer",
        "Repo",
    ]
