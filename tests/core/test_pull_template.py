"""The repository's own template: where it lies, and the place it keeps for the issue's number."""

import pytest

from ftc.core.pull_template import MAX_CHARS, filled_template, template_path


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        (("README.md",), ""),
        ((".github/PULL_REQUEST_TEMPLATE.md",), ".github/PULL_REQUEST_TEMPLATE.md"),
        (("docs/Pull_Request_Template.md",), "docs/Pull_Request_Template.md"),
        (("pull_request_template.txt",), "pull_request_template.txt"),
        (("PULL_REQUEST_TEMPLATE",), "PULL_REQUEST_TEMPLATE"),
        (("docs/pull_request_template.md", "pull_request_template.md"), "pull_request_template.md"),
        # A folder of several is chosen from by a person, with a parameter in the address.
        ((".github/PULL_REQUEST_TEMPLATE/fix.md",), ""),
        (("src/pull_request_template.md", "my_pull_request_template.md"), ""),
    ],
)
def test_where_it_lies(paths, found):
    assert template_path(paths) == found


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Issue Number: close #xxx", "Issue Number: close #7"),  # tikv/pd
        ("Issue Number: Close #xxx, ref #xxx", "Issue Number: Close #7, ref #xxx"),
        ("Fixes #\n\nMore", "Fixes #7\n\nMore"),
        ("Closes: #<issue number>", "Closes: #7"),
        ("Resolves #ISSUE_NUMBER.", "Resolves #7."),
        ("fix #0000", "fix #7"),
        # What a comment shows as an example is no place.
        ("<!-- close #xxx -->\nIssue: close #xxx", "<!-- close #xxx -->\nIssue: close #7"),
        # A number that stands there is a person's, whatever it means.
        ("close #12", "close #12"),
        ("a fix # of things", "a fix # of things"),
        ("Nothing", "Nothing"),
        ("prefix #xxx", "prefix #xxx"),
    ],
)
def test_the_number(text, filled):
    assert filled_template(text, number=7) == filled


def test_a_mark_of_ours_is_not_taken_over():
    assert "<!-- flaky-test-cleaner" not in filled_template("<!-- flaky-test-cleaner:pull 8-x -->", number=7)


def test_a_template_that_nobody_fills_in_is_left_out():
    assert filled_template("x" * (MAX_CHARS + 1), number=7) == ""
