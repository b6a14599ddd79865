"""The GraphQL requests among the exchanges: a wide query, a mutation, and what GitHub refuses."""

from typing import Any

from contract.asking import REPO, Ask


def graphql(query: str, **variables: Any) -> dict[str, Any]:
    """The body of a GraphQL request."""
    return {"query": query, "variables": variables}


THREAD_QUERY = """
query ($number: Int!) {
  viewer { login }
  rateLimit { cost remaining resetAt }
  repository(owner: "acme", name: "widgets") {
    nameWithOwner
    viewerPermission
    defaultBranchRef { name target { oid __typename ... on Commit { message } } }
    pullRequest(number: $number) {
      id state isDraft headRefOid author { login __typename ... on User { databaseId } }
      userContentEdits(first: 5) { totalCount nodes { id diff editedAt editor { login } } }
      reviewThreads(first: 5) {
        nodes { id isResolved comments(first: 5) { nodes { fullDatabaseId body path line } pageInfo { hasNextPage } } }
      }
      comments(first: 1) { edges { cursor node { body } } }
    }
    issues(first: 2, states: [OPEN], orderBy: {field: CREATED_AT, direction: ASC}) {
      nodes { number title stateReason labels(first: 5) { nodes { name color } } }
    }
  }
}
"""
RESOLVE = (
    "mutation ($t: ID!) { resolveReviewThread(input: {threadId: $t}) { thread { isResolved resolvedBy { login } } } }"
)
THREAD = "data.repository.pullRequest.reviewThreads.nodes.0.id"
GRAPHQL = (
    Ask(
        "POST",
        f"{REPO}/pulls/{{p}}/comments",
        {"body": "again", "commit_id": "{fix}", "path": "pkg/a_test.go", "line": 1},
        status=201,
    ),
    Ask("POST", "/graphql", graphql(THREAD_QUERY, number="{p}"), keep={"thread": THREAD}),
    Ask("POST", "/graphql", graphql(RESOLVE, t="{thread}")),
    Ask("POST", "/graphql", graphql("{ viewer { shoe_size } }")),
    Ask("POST", "/graphql", graphql('{ repository(owner: "acme", name: "none") { id } }')),
)
