"""The GraphQL subset: what clients read there, and errors as GitHub words them."""

import pytest

QUERY = 'query($n: Int!) { repository(owner: "acme", name: "shop") { %s } }'


@pytest.fixture
def ask(call):
    """Posts a query; gives data and errors."""

    def post(query, token="alice", **variables):
        answer = call("POST", "/graphql", {"query": query, "variables": variables}, token=token)
        assert answer.status == 200
        body = answer.json()
        return body.get("data"), body.get("errors", [])

    return post


def test_what_a_scan_asks_first(ask):
    data, errors = ask(
        "query($o: String!, $r: String!) { viewer { login } repository(owner: $o, name: $r) { viewerPermission "
        "defaultBranchRef { name target { ... on Commit { oid } } } "
        'object(expression: "HEAD:go.mod") { ... on Blob { text isBinary } } } }',
        token="all",
        o="acme",
        r="shop",
    )
    assert errors == []
    assert data["viewer"] == {"login": "github-actions[bot]"}
    assert data["repository"]["viewerPermission"] == "WRITE"
    assert data["repository"]["defaultBranchRef"]["name"] == "main"
    assert data["repository"]["object"] == {"text": "module example.com/shop\n", "isBinary": False}


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("HEAD:nothing", None),
        ("HEAD:cart", {"__typename": "Tree"}),
        ("main:a.txt", {"__typename": "Blob"}),
        ("main", {"__typename": "Commit"}),
        ("nowhere:a.txt", None),
    ],
)
def test_objects(ask, expression, shown):
    data, errors = ask(
        'query($e: String!) { repository(owner: "acme", name: "shop") { object(expression: $e) { __typename } } }',
        e=expression,
    )
    assert (data["repository"]["object"], errors) == (shown, [])


def test_edits_come_newest_first_with_whole_texts(ask, call):
    made = call("POST", "/repos/acme/shop/issues", {"title": "t", "body": "one"}, token="job").json()
    call("PATCH", f"/repos/acme/shop/issues/{made['number']}", {"body": "two"}, token="bob")
    fields = (
        "issue(number: $n) { databaseId author { login __typename } editor { login } lastEditedAt "
        "includesCreatedEdit userContentEdits(first: 5) { totalCount nodes { editor { login } diff } } }"
    )
    data, errors = ask(QUERY % fields, n=made["number"])
    issue = data["repository"]["issue"]
    assert errors == []
    assert issue["databaseId"] == made["id"]
    assert issue["author"] == {"login": "github-actions", "__typename": "Bot"}  # no [bot] here, as on GitHub
    assert issue["editor"] == {"login": "bob"}
    assert [(edit["editor"]["login"], edit["diff"]) for edit in issue["userContentEdits"]["nodes"]] == [
        ("bob", "two"),
        ("github-actions", "one"),
    ]


def test_an_unedited_body_has_no_editor(ask):
    fields = "issue(number: $n) { editor { login } lastEditedAt userContentEdits(first: 5) { totalCount } }"
    data, _ = ask(QUERY % fields, n=10)
    assert data["repository"]["issue"] == {"editor": None, "lastEditedAt": None, "userContentEdits": {"totalCount": 0}}


def test_connections_page_by_cursor(ask, call):
    for number in range(5):
        call("POST", "/repos/acme/shop/issues", {"title": f"t{number}", "labels": ["bug"]})
    query = (
        'query($after: String) { repository(owner: "acme", name: "shop") { issues(first: 2, after: $after, '
        'labels: ["bug"], states: [OPEN]) { totalCount pageInfo { hasNextPage endCursor } nodes { title } } } }'
    )
    titles, after = [], None
    while True:
        issues = ask(query, after=after)[0]["repository"]["issues"]
        titles += [node["title"] for node in issues["nodes"]]
        after = issues["pageInfo"]["endCursor"]
        if not issues["pageInfo"]["hasNextPage"]:
            break
    assert (titles, issues["totalCount"]) == (["t0", "t1", "t2", "t3", "t4"], 5)


@pytest.mark.parametrize(
    ("query", "token", "kind", "message"),
    [
        (
            '{ repository(owner: "acme", name: "none") { id } }',
            "alice",
            "NOT_FOUND",
            "Could not resolve to a Repository with the name 'acme/none'.",
        ),
        ('{ repository(owner: "acme", name: "secret") { id } }', "job", "NOT_FOUND", None),
        (
            '{ repository(owner: "acme", name: "shop") { issue(number: 99) { id } } }',
            "alice",
            "NOT_FOUND",
            "Could not resolve to an Issue with the number of 99.",
        ),
        (
            '{ repository(owner: "acme", name: "shop") { pullRequest(number: 1) { id } } }',
            "job",
            "FORBIDDEN",
            "Resource not accessible by integration",
        ),
        (
            '{ repository(owner: "acme", name: "shop") { issues { totalCount } } }',
            "alice",
            "MISSING_PAGINATION_BOUNDARIES",
            None,
        ),
        (
            '{ repository(owner: "acme", name: "shop") { issues(first: 101) { totalCount } } }',
            "alice",
            "EXCESSIVE_PAGINATION",
            None,
        ),
    ],
)
def test_errors_are_typed(ask, query, token, kind, message):
    _, (error,) = ask(query, token=token)
    assert error["type"] == kind
    assert error["path"][0] == "repository"
    assert error["locations"][0]["line"] == 1
    if message:
        assert error["message"] == message


def test_a_field_github_does_not_have(ask):
    data, (error,) = ask("{ viewer { shoeSize } }")
    assert data is None
    assert error["message"] == "Field 'shoeSize' doesn't exist on type 'User'"
    assert error["extensions"] == {"code": "undefinedField", "typeName": "User", "fieldName": "shoeSize"}


def test_nobody_asks_graphql(call):
    assert call("POST", "/graphql", {"query": "{ viewer { login } }"}, token=None).status == 401


@pytest.mark.parametrize(
    ("permissions", "resolved"),
    [
        ({"pull_requests": "write", "contents": "write"}, True),
        ({"pull_requests": "write"}, False),  # the trap: threads want contents too
    ],
)
def test_resolving_a_thread(simulator, ask, call, permissions, resolved):
    comment = {"path": "cart/cart.go", "line": 1, "body": "why?", "side": "RIGHT"}
    head = call.json("/repos/acme/shop/pulls/1")["head"]["sha"]
    assert call("POST", "/repos/acme/shop/pulls/1/comments", {**comment, "commit_id": head}).status == 201
    simulator.world.tokens["job"].permissions = permissions
    comments = "comments(first: 5) { nodes { body } }"
    fields = f"pullRequest(number: $n) {{ reviewThreads(first: 5) {{ nodes {{ id isResolved {comments} }} }} }}"
    (thread,) = ask(QUERY % fields, n=1)[0]["repository"]["pullRequest"]["reviewThreads"]["nodes"]
    assert (thread["isResolved"], thread["comments"]["nodes"]) == (False, [{"body": "why?"}])
    mutation = "mutation($t: ID!) { resolveReviewThread(input: {threadId: $t}) { thread { isResolved } } }"
    data, errors = ask(mutation, token="job", t=thread["id"])
    if resolved:
        assert data == {"resolveReviewThread": {"thread": {"isResolved": True}}}
    else:
        assert errors[0]["type"] == "FORBIDDEN"
