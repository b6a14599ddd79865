"""The GraphQL checker itself: what it accepts, and that it can say no."""

import pytest
from contract.graphql_contract import check_graphql

QUERY = """
query ($number: Int!) {
  repository(owner: "o", name: "r") {
    issue(number: $number) {
      title
      author { __typename login ... on Bot { databaseId } }
      userContentEdits(first: 2) { nodes { diff editedAt } }
    }
  }
}
"""


def answered(**over):
    issue = {
        "title": "t",
        "author": {"__typename": "Bot", "login": "b", "databaseId": 1},
        "userContentEdits": {"nodes": [{"diff": None, "editedAt": "2026-01-01T00:00:00Z"}]},
    }
    return {"data": {"repository": {"issue": issue | over}}}


@pytest.mark.parametrize(
    "answer",
    [
        answered(),
        answered(author=None),
        answered(author={"__typename": "User", "login": "ada"}),  # the fragment on Bot does not apply
        {"data": {"repository": {"issue": None}}, "errors": [{"message": "Could not resolve"}]},
        {"data": None, "errors": [{"message": "no"}]},
    ],
)
def test_good_answers(answer):
    assert check_graphql({"query": QUERY}, answer) == []


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (answered(title=None), "data.repository.issue.title: null where GitHub never gives null"),
        (answered(title=3), "3 is no String"),
        (answered(extra=1), "'extra' was not asked for"),
        (answered(author={"__typename": "Bot", "login": "b"}), "'databaseId' is missing"),
        (answered(userContentEdits={"nodes": [{"diff": None}]}), "nodes[0]: 'editedAt' is missing"),
        ({"data": None}, "neither data nor errors"),
    ],
)
def test_bad_answers(answer, says):
    (problem,) = check_graphql({"query": QUERY}, answer)
    assert says in problem


@pytest.mark.parametrize(
    "query",
    [
        '{ repository(owner: "o", name: "r") { issue(number: 1) { no_such_field } } }',
        '{ repository(owner: "o") { id } }',
        "query { viewer }",
        'mutation { closeIssue(input: {issue: "x"}) { clientMutationId } }',
        "{ viewer {",
    ],
)
def test_an_answer_to_what_github_would_refuse(query):
    assert check_graphql({"query": query}, {"data": {}}) != []
    assert check_graphql({"query": query}, {"errors": [{"message": "no"}]}) == []
