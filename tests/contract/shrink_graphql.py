"""Reduces GitHub's published GraphQL schema to what the simulator answers and its neighbourhood.

Rule: a kept type means what it meant; fields that lead to a type outside the list below go, and so does all prose.

To bring the committed file up to date, fetch the npm package `@octokit/graphql-schema`, unpack it, and run
`python tests/contract/shrink_graphql.py package/`.
"""

import gzip
import sys
from collections.abc import Iterator
from pathlib import Path

from graphql import (
    REMOVE,
    DefinitionNode,
    DirectiveDefinitionNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    NamedTypeNode,
    Node,
    ScalarTypeDefinitionNode,
    Visitor,
    build_schema,
    parse,
    print_ast,
    print_schema,
    strip_ignored_characters,
    visit,
)

TARGET = Path(__file__).parents[1] / "data" / "openapi" / "github.graphql.gz"

ROOT_FIELDS = {
    "Query": "id repository node nodes viewer rateLimit user organization resource search",
    "Mutation": "createCommitOnBranch addComment updateIssue updateIssueComment addReaction removeReaction"
    " minimizeComment unminimizeComment resolveReviewThread unresolveReviewThread closeIssue reopenIssue"
    " enablePullRequestAutoMerge disablePullRequestAutoMerge markPullRequestReadyForReview convertPullRequestToDraft"
    " addPullRequestReviewThreadReply pinIssue unpinIssue deleteRef updateRef createRef transferIssue",
}
_TYPES = """
    Query Mutation Actor Node Comment Reactable Updatable UpdatableComment Closable Labelable Assignable Lockable
    Minimizable UniformResourceLocatable RepositoryNode GitObject Deletable RepositoryOwner ProfileOwner
    Repository Issue PullRequest IssueComment User Bot Organization Mannequin Label PageInfo RateLimit
    UserContentEdit UserContentEditConnection UserContentEditEdge IssueConnection PullRequestConnection
    IssueCommentConnection LabelConnection UserConnection ActorConnection IssueOrPullRequest
    PullRequestReview PullRequestReviewConnection PullRequestReviewThread PullRequestReviewThreadConnection
    PullRequestReviewComment PullRequestReviewCommentConnection ReviewRequest ReviewRequestConnection
    Reaction ReactionConnection ReactionGroup Commit CommitConnection CommitHistoryConnection Ref RefConnection
    GitActor PullRequestCommit PullRequestCommitConnection Status StatusContext StatusCheckRollup
    StatusCheckRollupContext StatusCheckRollupContextConnection CheckRun CheckSuite App AutoMergeRequest
    Tree TreeEntry Blob BranchProtectionRule RequirableByPullRequest
    IssueTimelineItems IssueTimelineItemsConnection PullRequestTimelineItems PullRequestTimelineItemsConnection
    LabeledEvent UnlabeledEvent ClosedEvent ReopenedEvent CrossReferencedEvent RenamedTitleEvent AssignedEvent
    UnassignedEvent ReferencedEvent MergedEvent HeadRefForcePushedEvent Closer ReferencedSubject SearchResultItem
    CreateCommitOnBranchPayload AddCommentPayload UpdateIssuePayload UpdateIssueCommentPayload AddReactionPayload
    RemoveReactionPayload MinimizeCommentPayload UnminimizeCommentPayload ResolveReviewThreadPayload
    UnresolveReviewThreadPayload CloseIssuePayload ReopenIssuePayload EnablePullRequestAutoMergePayload
    DisablePullRequestAutoMergePayload MarkPullRequestReadyForReviewPayload ConvertPullRequestToDraftPayload
    AddPullRequestReviewThreadReplyPayload PinIssuePayload UnpinIssuePayload DeleteRefPayload UpdateRefPayload
    CreateRefPayload
"""
_NAMES = _TYPES.split()
KEPT = frozenset((*_NAMES, *(name.replace("Connection", "Edge") for name in _NAMES)))
_LEAVES = (ScalarTypeDefinitionNode, EnumTypeDefinitionNode, InputObjectTypeDefinitionNode)


def shrink(schema: str) -> str:
    """The reduced schema as text without prose."""
    definitions = parse(schema, no_location=True).definitions
    leaves = {node.name.value: node for node in definitions if isinstance(node, _LEAVES)}
    kept = [visit(node, _Reducer(leaves)) for node in definitions if _name(node) in KEPT]
    reached: dict[str, DefinitionNode] = {}
    waiting = [name for node in kept for name in _named(node)]
    while waiting:
        name = waiting.pop()
        if name in leaves and name not in reached:
            reached[name] = visit(leaves[name], _Reducer(leaves))
            waiting.extend(_named(leaves[name]))
    parts = [*kept, *(reached[name] for name in sorted(reached))]
    return strip_ignored_characters(_without_prose("\n".join(print_ast(part) for part in parts)))


def _name(node: DefinitionNode) -> str:
    return "" if isinstance(node, DirectiveDefinitionNode) else node.name.value


class _Reducer(Visitor):
    """Removes prose, directives, and the fields, interfaces and members that lead to nothing kept."""

    def __init__(self, leaves) -> None:
        super().__init__()
        self.known = KEPT | leaves.keys() | _BUILT_IN

    def enter_directive(self, *_):
        return REMOVE

    def enter_field_definition(self, node, _key, _parent, _path, ancestors):
        wanted = ROOT_FIELDS.get(ancestors[0].name.value, node.name.value).split()
        return None if node.name.value in wanted and _leads_to(node) in self.known else REMOVE

    def enter_named_type(self, node, _key, _parent, path, _ancestors):
        is_listed = len(path) >= 2 and path[-2] in ("interfaces", "types")
        return REMOVE if is_listed and node.name.value not in KEPT else None


_BUILT_IN = frozenset(("String", "Int", "Float", "Boolean", "ID"))


def _leads_to(field: FieldDefinitionNode) -> str:
    kind = field.type
    while not isinstance(kind, NamedTypeNode):
        kind = kind.type
    return kind.name.value


def _named(node: Node) -> Iterator[str]:
    """Every type named inside a definition."""
    for key in node.keys:
        value = getattr(node, key, None)
        for part in value if isinstance(value, tuple | list) else (value,):
            if isinstance(part, NamedTypeNode):
                yield part.name.value
            elif isinstance(part, Node):
                yield from _named(part)


def _without_prose(text: str) -> str:
    schema = build_schema(text)
    for kind in schema.type_map.values():
        kind.description = None
        for part in [*getattr(kind, "fields", {}).values(), *getattr(kind, "values", {}).values()]:
            part.description = None
            for argument in getattr(part, "args", {}).values():
                argument.description = None
    return print_schema(schema)


def main(package: Path) -> None:
    """Reads an unpacked npm package and writes the compact file, the same bytes for the same input."""
    text = shrink((package / "schema.graphql").read_text(encoding="utf-8"))
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_bytes(gzip.compress(text.encode(), mtime=0))
    print(f"{TARGET.name}: {len(text)} characters, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
