"""Reduces GitHub's published OpenAPI description to the paths the simulator may serve.

Rule: a kept part means what it meant: only prose, examples, vendor extensions and unreachable components go.

To bring the committed file up to date, fetch the npm package `@octokit/openapi` (`npm pack @octokit/openapi`),
unpack it, and run `python tests/contract/shrink.py package/`.
"""

import gzip
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "data" / "openapi" / "github.json.gz"

# Families rather than single paths: an endpoint the simulator learns later finds its description here already.
KEPT_PATHS = re.compile(
    r"""/(rate_limit|meta|user|versions)
    | /users/\{username\}
    | /search/issues
    | /orgs/\{org\}
    | /orgs/\{org\}/teams/\{team_slug\}(/members|/memberships/\{username\})?
    | /repos/\{owner\}/\{repo\}
    | /repos/\{owner\}/\{repo\}/actions/(runs|jobs|artifacts|workflows|runners|permissions)(/.*)?
    | /repos/\{owner\}/\{repo\}/(issues|labels|pulls|comments|commits|compare|contents|git|reactions)(/.*)?
    | /repos/\{owner\}/\{repo\}/(check-runs|check-suites|statuses|deployments|dispatches|collaborators)(/.*)?
    | /repos/\{owner\}/\{repo\}/(merges|forks|tags|readme|assignees|milestones|zipball|tarball|events)(/.*)?
    | /repos/\{owner\}/\{repo\}/branches(/\{branch\}(/protection(/required_status_checks)?)?)?
    | /repos/\{owner\}/\{repo\}/(installation|topics|languages|codeowners/errors|rules/branches/\{branch\})
    """,
    re.VERBOSE,
)
METHODS = ("get", "put", "post", "patch", "delete", "head")
PROSE = frozenset(
    ("description", "summary", "title", "example", "examples", "externalDocs", "tags", "deprecated", "servers")
)
# Says that a path parameter may hold slashes; without it `contents/{path}` could not be matched.
KEPT_EXTENSIONS = frozenset(("x-multi-segment",))
# Below these keys the names are data, so that a property called "description" stays.
NAME_MAPS = frozenset(("properties", "responses", "content", "headers", "schemas", "parameters", "paths"))


def shrink(description: dict[str, Any]) -> dict[str, Any]:
    """The reduced description: kept paths, the components they reach, no prose."""
    paths = {path: _operations(item) for path, item in description["paths"].items() if KEPT_PATHS.fullmatch(path)}
    kept: dict[str, Any] = {"openapi": description["openapi"], "paths": paths, "components": {}}
    waiting = sorted(set(_references(paths)))
    seen = set(waiting)
    while waiting:
        _, _, kind, name = waiting.pop().split("/")
        part = _pruned(description["components"][kind][name])
        kept["components"].setdefault(kind, {})[name] = part
        new = set(_references(part)) - seen
        waiting.extend(sorted(new))
        seen |= new
    return kept


def _operations(item: dict[str, Any]) -> dict[str, Any]:
    return {method: _pruned(operation) for method, operation in item.items() if method in METHODS}


def _pruned(value: Any, *, names: bool = False) -> Any:
    """A copy without prose, examples and extensions; `names` says that the keys are names, not keywords."""
    if isinstance(value, list):
        return [_pruned(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = value if names else {key: item for key, item in value.items() if _is_kept(key)}
    return {key: _pruned(item, names=not names and key in NAME_MAPS) for key, item in kept.items()}


def _is_kept(keyword: str) -> bool:
    return keyword in KEPT_EXTENSIONS or not (keyword in PROSE or keyword.startswith("x-"))


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def main(package: Path) -> None:
    """Reads an unpacked npm package and writes the compact file, the same bytes for the same input."""
    source = json.loads((package / "generated" / "api.github.com.json").read_text(encoding="utf-8"))
    text = json.dumps(shrink(source), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_bytes(gzip.compress(text.encode(), mtime=0))
    version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    print(f"{TARGET.name}: version {version}, {len(text)} characters, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
