"""Turns the schemas of GitHub's description (OpenAPI 3.0) into strict JSON Schema 2020-12.

Rule: an object is closed. GitHub may add a field any day, but a field that only the simulator knows would let code
pass here that fails on GitHub.
"""

from collections.abc import Mapping
from typing import Any

# Where the converted components are found; a `$ref` copied out of one must still point there.
ROOT = "https://contract.test/github"

# Words under which keys are names of parts, not keywords.
_MAPS = frozenset(("properties", "patternProperties"))
_DROPPED = frozenset(("nullable", "x-multi-segment", "readOnly", "writeOnly"))


def json_schema(schema: Any, components: Mapping[str, Any], *, closed: bool = True) -> Any:
    """The equivalent JSON Schema; its `$ref`s point into what `json_components` makes, at ROOT."""
    if not isinstance(schema, dict):
        return schema
    schema = _merged(schema, components)
    converted = {word: _part(word, value, components) for word, value in schema.items() if word not in _DROPPED}
    if "oneOf" in converted:
        # The alternatives overlap (an integer id is also a number), which "exactly one" would refuse.
        converted["anyOf"] = [*converted.get("anyOf", ()), *converted.pop("oneOf")]
    if converted.get("default") == "":  # GitHub sends the default, format or not
        converted.pop("format", None)
    if closed and _is_closable(converted):
        converted["additionalProperties"] = False
    return _nullable(converted) if schema.get("nullable") else converted


def json_components(components: Mapping[str, Any]) -> dict[str, Any]:
    """All named schemas, converted."""
    return {name: json_schema(schema, components) for name, schema in components.items()}


def _part(word: str, value: Any, components: Mapping[str, Any]) -> Any:
    if word == "$ref":
        return ROOT + value
    if word in _MAPS:
        return {name: json_schema(item, components) for name, item in value.items()}
    if word in ("anyOf", "oneOf"):
        return [json_schema(item, components) for item in value]
    if word == "allOf":  # what is left of it could not be merged, so its members must stay open
        return [json_schema(item, components, closed=False) for item in value]
    if word in ("items", "additionalProperties", "not"):
        return json_schema(value, components)
    return value


def _merged(schema: dict[str, Any], components: Mapping[str, Any]) -> dict[str, Any]:
    """`allOf` of plain objects as one object, so that it can be closed as a whole."""
    members = [_resolved(member, components) for member in schema.get("allOf", ())]
    if not members or any("properties" not in member or "anyOf" in member for member in members):
        return schema
    rest = {word: value for word, value in schema.items() if word != "allOf"}
    properties: dict[str, Any] = {}
    for part in (*members, rest):
        properties |= part.get("properties", {})
    required = sorted({name for part in (*members, rest) for name in part.get("required", ())})
    return rest | {"type": "object", "properties": properties} | ({"required": required} if required else {})


def _resolved(schema: dict[str, Any], components: Mapping[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = components[schema["$ref"].rsplit("/", 1)[-1]]
    return _merged(schema, components)


def _is_closable(schema: Mapping[str, Any]) -> bool:
    mixed = any(isinstance(branch, dict) and "properties" in branch for branch in schema.get("anyOf", ()))
    return (
        bool(schema.get("properties")) and "additionalProperties" not in schema and not mixed and "allOf" not in schema
    )


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    kind = schema.get("type")
    if not isinstance(kind, str) or "anyOf" in schema or "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    widened = schema | {"type": [kind, "null"]}
    if "enum" in schema and None not in schema["enum"]:
        widened["enum"] = [*schema["enum"], None]
    return widened
