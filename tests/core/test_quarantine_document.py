"""The quarantine list as a document: it survives any name, and whatever is odd about one refuses it whole."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftc.core.model import TestId
from ftc.core.quarantine import Entry, QuarantineList
from ftc.core.quarantine_document import ListUnreadable, from_json, to_json
from tests.builders import NOON, a_test, days

ENTRY = {"ecosystem": "go", "suite": "example.com/a", "name": "TestA", "until": "2026-11-20T12:00:00Z"}
DOCUMENT = {"schema": 1, "generated": "2026-11-06T12:00:00Z", "repo": "acme/shop", "entries": [ENTRY]}

texts = st.text(st.characters(codec=None), min_size=1, max_size=20)


@given(st.lists(st.tuples(texts, texts), max_size=4, unique=True), texts)
def test_any_list_reads_as_it_was_written(names, url):
    entries = tuple(
        Entry(
            test=TestId(ecosystem="go", suite=suite, name=name),
            framework="go-test",
            until=days(number),
            issue=number,
            url=url,
        )
        for number, (suite, name) in enumerate(names)
    )
    found = QuarantineList(repo="acme/shop", generated=NOON, entries=entries)
    text = to_json(found)
    assert text.isascii()
    if any(0xD800 <= ord(char) < 0xE000 for pair in (*names, (url,)) for part in pair for char in part):
        return  # JSON joins two lone surrogates to one character; no extraction lets one through
    assert from_json(text) == found


def test_people_need_not_name_an_issue():
    [entry] = from_json(json.dumps(DOCUMENT)).entries
    assert (entry.test, entry.issue, entry.url) == (a_test("TestA", suite="example.com/a"), 0, "")


def over(**members):
    return {**DOCUMENT, "entries": [{**ENTRY, **members}]}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ([], "must be an object"),
        ({**DOCUMENT, "schema": 2}, "schema 2"),
        ({**DOCUMENT, "schema": True}, "schema True"),
        ({**DOCUMENT, "note": "x"}, "unknown member 'note'"),
        ({name: value for name, value in DOCUMENT.items() if name != "repo"}, "lacks 'repo'"),
        ({**DOCUMENT, "entries": {}}, "must be a list"),
        ({**DOCUMENT, "entries": [ENTRY, "x"]}, "entry 2 is str"),
        ({**DOCUMENT, "entries": [ENTRY, {**ENTRY, "until": "2027-01-01T00:00:00Z"}]}, "TestA twice"),
        (over(until="2026-11-20"), "with its zone"),
        (over(until="soon"), "with its zone"),
        (over(until=1_795_000_000), "must be a text"),
        (over(until=None), "must be a text"),
        ({**DOCUMENT, "entries": [{name: ENTRY[name] for name in ("ecosystem", "suite", "name")}]}, "lacks 'until'"),
        (over(name=""), "must name its ecosystem and its test"),
        (over(name=["TestA"]), "must be a text"),
        (over(issue="12"), "must be a whole number"),
        (over(issue=True), "must be a whole number"),
        (over(untill="x"), "unknown member 'untill'"),
        (json.dumps(DOCUMENT).replace('"name"', '"name": "TestB", "name"'), "given twice"),
        (json.dumps(DOCUMENT).replace("1,", "NaN,", 1), "not valid JSON"),
        ("x" * 1_000_001, "longer than"),
    ],
)
def test_what_is_odd_refuses_the_list(document, said):
    with pytest.raises(ListUnreadable, match=said):
        from_json(document if isinstance(document, str) else json.dumps(document))
