"""The schema: types, fields and arguments named exactly as in GitHub's public one, and nothing GitHub lacks."""

_PAGING = "after: String, before: String, first: Int, last: Int"


def _connection(name: str) -> str:
    """GitHub's connection, edge and nodes for one type."""
    return f"""
type {name}Connection {{
  edges: [{name}Edge]
  nodes: [{name}]
  pageInfo: PageInfo!
  totalCount: Int!
}}
type {name}Edge {{ cursor: String! node: {name} }}
"""


_COMMENT_FIELDS = """
  author: Actor
  body: String!
  createdAt: DateTime!
  editor: Actor
  id: ID!
  includesCreatedEdit: Boolean!
  lastEditedAt: DateTime
  updatedAt: DateTime!
  url: URI!
  viewerDidAuthor: Boolean!
"""
_EDITS = f"  userContentEdits({_PAGING}): UserContentEditConnection\n"
_TYPES = ("Issue", "IssueComment", "Label", "PullRequestReviewComment", "PullRequestReviewThread", "UserContentEdit")

SCHEMA = f"""
scalar BigInt
scalar DateTime
scalar URI
scalar GitObjectID

enum IssueState {{ CLOSED OPEN }}
enum IssueStateReason {{ COMPLETED DUPLICATE NOT_PLANNED REOPENED }}
enum PullRequestState {{ CLOSED MERGED OPEN }}
enum RepositoryPermission {{ ADMIN MAINTAIN READ TRIAGE WRITE }}
enum IssueOrderField {{ COMMENTS CREATED_AT UPDATED_AT }}
enum OrderDirection {{ ASC DESC }}

input IssueOrder {{ direction: OrderDirection! field: IssueOrderField! }}
input ResolveReviewThreadInput {{ clientMutationId: String threadId: ID! }}
input UnresolveReviewThreadInput {{ clientMutationId: String threadId: ID! }}

interface Node {{ id: ID! }}
interface Actor {{ avatarUrl(size: Int): URI! login: String! url: URI! }}
interface GitObject {{ id: ID! oid: GitObjectID! }}

type PageInfo {{ endCursor: String hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String }}
type RateLimit {{ cost: Int! limit: Int! remaining: Int! resetAt: DateTime! used: Int! }}
type User implements Node & Actor {{
  avatarUrl(size: Int): URI!
  databaseId: Int
  id: ID!
  login: String!
  name: String
  url: URI!
}}
type Bot implements Node & Actor {{ avatarUrl(size: Int): URI! databaseId: Int id: ID! login: String! url: URI! }}
type Blob implements Node & GitObject {{
  byteSize: Int!
  id: ID!
  isBinary: Boolean
  isTruncated: Boolean!
  oid: GitObjectID!
  text: String
}}
type Commit implements Node & GitObject {{ id: ID! message: String! oid: GitObjectID! }}
type Tree implements Node & GitObject {{ id: ID! oid: GitObjectID! }}
type Ref implements Node {{ id: ID! name: String! prefix: String! target: GitObject }}
type Label implements Node {{ color: String! description: String id: ID! name: String! }}
type UserContentEdit implements Node {{
  createdAt: DateTime!
  diff: String
  editedAt: DateTime!
  editor: Actor
  id: ID!
}}
type IssueComment implements Node {{
{_COMMENT_FIELDS}{_EDITS}
  databaseId: Int
  fullDatabaseId: BigInt
}}
type Issue implements Node {{
{_COMMENT_FIELDS}{_EDITS}
  closed: Boolean!
  closedAt: DateTime
  comments({_PAGING}): IssueCommentConnection!
  databaseId: Int
  fullDatabaseId: BigInt
  labels({_PAGING}): LabelConnection
  locked: Boolean!
  number: Int!
  state: IssueState!
  stateReason: IssueStateReason
  title: String!
}}
type PullRequest implements Node {{
{_COMMENT_FIELDS}{_EDITS}
  baseRefName: String!
  baseRefOid: GitObjectID!
  comments({_PAGING}): IssueCommentConnection!
  fullDatabaseId: BigInt
  headRefName: String!
  headRefOid: GitObjectID!
  isDraft: Boolean!
  labels({_PAGING}): LabelConnection
  merged: Boolean!
  number: Int!
  reviewThreads({_PAGING}): PullRequestReviewThreadConnection!
  state: PullRequestState!
  title: String!
}}
type PullRequestReviewThread implements Node {{
  comments({_PAGING}): PullRequestReviewCommentConnection!
  id: ID!
  isOutdated: Boolean!
  isResolved: Boolean!
  line: Int
  path: String!
  resolvedBy: User
  viewerCanResolve: Boolean!
  viewerCanUnresolve: Boolean!
}}
type PullRequestReviewComment implements Node {{
{_COMMENT_FIELDS}{_EDITS}
  fullDatabaseId: BigInt
  line: Int
  path: String!
}}
type Repository implements Node {{
  databaseId: Int
  defaultBranchRef: Ref
  id: ID!
  isArchived: Boolean!
  isFork: Boolean!
  isPrivate: Boolean!
  issue(number: Int!): Issue
  issues({_PAGING}, labels: [String!], orderBy: IssueOrder, states: [IssueState!]): IssueConnection!
  name: String!
  nameWithOwner: String!
  object(expression: String, oid: GitObjectID): GitObject
  pullRequest(number: Int!): PullRequest
  url: URI!
  viewerPermission: RepositoryPermission
}}
type ResolveReviewThreadPayload {{ clientMutationId: String thread: PullRequestReviewThread }}
type UnresolveReviewThreadPayload {{ clientMutationId: String thread: PullRequestReviewThread }}
type Query {{
  node(id: ID!): Node
  rateLimit(dryRun: Boolean = false): RateLimit
  repository(followRenames: Boolean = true, name: String!, owner: String!): Repository
  viewer: User!
}}
type Mutation {{
  resolveReviewThread(input: ResolveReviewThreadInput!): ResolveReviewThreadPayload
  unresolveReviewThread(input: UnresolveReviewThreadInput!): UnresolveReviewThreadPayload
}}
""" + "".join(map(_connection, _TYPES))
