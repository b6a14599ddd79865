"""Checks requests and responses against GitHub's published OpenAPI description (see tests/data/openapi/README.md).

Rule: it says what is wrong and never corrects; what is allowed to differ stands in `deviations.py`, not here.
"""

import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema_rs
from contract.schemas import ROOT, json_components, json_schema

DESCRIPTION = Path(__file__).parents[1] / "data" / "openapi" / "github.json.gz"

# Any endpoint may give these, whatever its own list says (GitHub documents them once, for all:
# "Troubleshooting the REST API", "Rate limits for the REST API", conditional requests).
UNIVERSAL_STATUSES = frozenset((304, 401, 403, 404, 429, 500, 502, 503, 504))
# JSON endpoints answer 400 to a body that is no JSON, and 422 to one that is no object.
BODY_STATUSES = frozenset((400, 422))


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path template, with references resolved down to the schemas."""

    method: str
    template: str
    pattern: re.Pattern[str]
    parameters: tuple[dict[str, Any], ...]
    body: dict[str, Any] | None
    body_required: bool
    responses: Mapping[str, dict[str, Any]]


def check_request(method: str, path: str, query: Mapping[str, str], body: bytes) -> list[str]:
    """What is wrong with a request, one line each; empty when it is as described."""
    operation = find_operation(method, path)
    if operation is None:
        return [f"{method} {path}: no such endpoint in GitHub's description"]
    where = f"{operation.method} {operation.template}"
    found = [*_check_path(operation, path), *_check_query(operation, query), *_check_body(operation, body)]
    return [f"{where}: {problem}" for problem in found]


def check_response(method: str, path: str, status: int, headers: Mapping[str, str], body: bytes) -> list[str]:
    """What is wrong with a response, one line each; header names in any case."""
    operation = find_operation(method, path)
    if operation is None:
        return [f"{method} {path}: no such endpoint in GitHub's description"]
    where = f"{operation.method} {operation.template} -> {status}"
    lower = {name.lower(): value for name, value in headers.items()}
    if method.upper() == "HEAD" and not body:
        return []
    return [f"{where}: {problem}" for problem in _check_answer(operation, status, lower, body)]


def find_operation(method: str, path: str) -> Operation | None:
    """The described operation of a request; the template with more literal text wins."""
    wanted = "GET" if method.upper() == "HEAD" else method.upper()
    fitting = (one for one in _operations() if one.method == wanted and one.pattern.fullmatch(path))
    return next(fitting, None)


def described_templates() -> frozenset[tuple[str, str]]:
    """(method, template with unnamed parameters) of everything described."""
    return frozenset((one.method, unnamed(one.template)) for one in _operations())


def unnamed(template: str) -> str:
    """A path template without its parameters' names: two spellings of one path compare equal."""
    return re.sub(r"\{[^}]*\}", "{}", template)


# --- requests


def _check_path(operation: Operation, path: str) -> list[str]:
    matched = operation.pattern.fullmatch(path)
    values = {name: unquote(value) for name, value in matched.groupdict().items()} if matched else {}
    return _check_values(operation, values, place="path")


def _check_query(operation: Operation, query: Mapping[str, str]) -> list[str]:
    known = {parameter["name"] for parameter in operation.parameters if parameter["in"] == "query"}
    found = [f"unknown query parameter {name!r}" for name in sorted(set(query) - known)]
    return found + _check_values(operation, query, place="query")


def _check_values(operation: Operation, values: Mapping[str, str], *, place: str) -> list[str]:
    found = []
    for parameter in operation.parameters:
        name = parameter["name"]
        if parameter["in"] != place:
            continue
        if name not in values:
            found += [f"{place} parameter {name!r} is missing"] if parameter.get("required") else []
            continue
        schema = parameter.get("schema", {})
        problems = _errors(json.dumps(schema, sort_keys=True), _typed(values[name], schema))
        found += [f"{place} parameter {name!r}{problem}" for problem in problems]
    return found


def _typed(text: str, schema: Mapping[str, Any]) -> Any:
    """A query or path value as the JSON value it stands for."""
    branches = schema.get("oneOf") or schema.get("anyOf") or [schema]
    kinds = {branch.get("type") for branch in branches if isinstance(branch, dict)}
    if kinds & {"integer", "number"} and re.fullmatch(r"-?\d+", text):
        return int(text)
    if "boolean" in kinds and text in ("true", "false"):
        return text == "true"
    if "array" in kinds:
        return text.split(",")
    return text


def _check_body(operation: Operation, body: bytes) -> list[str]:
    if not body.strip():
        return ["the body is missing"] if operation.body_required else []
    try:
        value = json.loads(body)
    except ValueError:
        return ["the body is no JSON"]
    if operation.body is None:
        return [] if value in ({}, None) else ["a body where the description has none"]
    return [f"body{problem}" for problem in _errors(json.dumps(operation.body, sort_keys=True), value)]


# --- responses


def _check_answer(operation: Operation, status: int, headers: Mapping[str, str], body: bytes) -> list[str]:
    described = operation.responses.get(str(status))
    if described is None:
        return _check_universal(operation, status, headers, body)
    missing = [
        f"header {name!r} is missing" for name in described.get("headers", {}) if _is_owed(name, status, headers)
    ]
    content = described.get("content", {})
    if not content:
        # GitHub describes 302 and 410 of some endpoints without their (optional) body.
        return missing + ([] if not body or status >= 300 else ["a body where the description has none"])
    kind = headers.get("content-type", "").partition(";")[0].strip()
    if "json" not in kind:
        return missing + ([] if kind in content or not body else [f"content type {kind!r} is not described"])
    media = content.get(kind) or content.get("application/json") or next(iter(content.values()))
    return missing + _check_json(media.get("schema", {}), body)


def _is_owed(name: str, status: int, headers: Mapping[str, str]) -> bool:
    """Link stands only on lists with more than one page; a redirect or creation must say where to."""
    return name.lower() == "location" and status in (201, 301, 302, 307) and "location" not in headers


def _check_universal(operation: Operation, status: int, headers: Mapping[str, str], body: bytes) -> list[str]:
    takes_body = operation.method in ("POST", "PUT", "PATCH", "DELETE")
    if status not in UNIVERSAL_STATUSES and not (takes_body and status in BODY_STATUSES):
        return [f"status {status} is not described (only {', '.join(sorted(operation.responses))})"]
    if "json" not in headers.get("content-type", "") or not body:
        return []
    name = "validation-error" if status == 422 else "basic-error"
    return _check_json({"$ref": f"#/components/schemas/{name}"}, body)


def _check_json(schema: Any, body: bytes) -> list[str]:
    try:
        value = json.loads(body)
    except ValueError:
        return ["the body is no JSON"]
    return [f"body{problem}" for problem in _errors(json.dumps(schema, sort_keys=True), value)]


# --- schemas


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(gzip.decompress(DESCRIPTION.read_bytes()))
    return document


@cache
def _operations() -> tuple[Operation, ...]:
    made = [
        _operation(method, template, raw)
        for template, item in _document()["paths"].items()
        for method, raw in item.items()
    ]
    return tuple(sorted(made, key=lambda one: -len(unnamed(one.template))))


def _operation(method: str, template: str, raw: dict[str, Any]) -> Operation:
    parameters = tuple(_component(parameter) for parameter in raw.get("parameters", ()))
    slashes = {parameter["name"] for parameter in parameters if parameter.get("x-multi-segment")}
    body = _component(raw.get("requestBody", {}))
    return Operation(
        method=method.upper(),
        template=template,
        pattern=_pattern(template, slashes),
        parameters=parameters,
        body=body.get("content", {}).get("application/json", {}).get("schema") if body else None,
        body_required=bool(body.get("required")),
        responses={status: _component(answer) for status, answer in raw["responses"].items()},
    )


def _pattern(template: str, slashes: set[str]) -> re.Pattern[str]:
    pieces = re.split(r"\{([^}]+)\}", template)
    texts = [re.escape(piece) for piece in pieces[::2]]
    names = [f"(?P<{name}>{'.+' if name in slashes else '[^/]+'})" for name in pieces[1::2]]
    return re.compile("".join(text + name for text, name in zip(texts, [*names, ""], strict=True)))


def _component(part: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part:
        _, _, kind, name = part["$ref"].split("/")
        part = _document()["components"][kind][name]
    return part


@cache
def _registry() -> jsonschema_rs.Registry:
    converted = {"components": {"schemas": json_components(_document()["components"]["schemas"])}}
    return jsonschema_rs.Registry([(ROOT, converted)], draft=jsonschema_rs.Draft202012)


@cache
def _validator(schema: str) -> jsonschema_rs.Validator:
    """A compiled schema, by its text; compiling the big ones takes longer than any test."""
    converted = json_schema(json.loads(schema), _document()["components"]["schemas"])
    return jsonschema_rs.Draft202012Validator(converted, validate_formats=True, registry=_registry())


def _errors(schema: str, value: Any) -> list[str]:
    return [problem for error in _validator(schema).iter_errors(value) for problem in _told(error)]


def _told(error: jsonschema_rs.ValidationError) -> list[str]:
    """`.labels[0].color: what is wrong`; of alternatives that all fail, the one that fails least."""
    branches = [branch for branch in getattr(error.kind, "context", None) or () if branch]
    if branches:
        closest = min(branches, key=lambda branch: (len(branch), -max(len(one.instance_path) for one in branch)))
        return [problem for one in closest for problem in _told(one)]
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.instance_path)
    return [f"{place}: {error.message[:200]}"]
