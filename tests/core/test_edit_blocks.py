"""Edits by search and replacement, and the text form of calls, as models really write them."""

from contextlib import nullcontext as nothing

import pytest

from ftc.core.edit_blocks import BlocksUnreadable, Edit, EditRefused, calls_in, edits_in, replaced

TEXT = "def a():\n    wait(1)\n\n\ndef b():\n    wait(1)\n    return 2\n"


def test_the_one_place_is_replaced():
    assert replaced(TEXT, "    return 2\n", "    return 3\n") == TEXT.replace("2", "3")
    assert replaced("aXb", "X", "") == "ab"


@pytest.mark.parametrize(
    ("search", "replace", "said"),
    [
        ("    wait(1)\n", "", "2 times, at lines 2, 6"),
        ("aa", "b", "nor anything like it"),
        ("", "x", "the file exists"),
        ("return 2", "return 2", "the same"),
        ("\treturn 2\n", "x", "line 7 is '    return 2'"),  # tabs for spaces
        ("    return 2\n    return 4\n", "x", "or what follows does: line 7"),
        ("    return 22", "x", "nearest is line 7"),
        ("\n \n", "x", "blank lines only"),
    ],
)
def test_anything_else_is_refused_with_what_was_found(search, replace, said):
    with pytest.raises(EditRefused) as refused:
        replaced(TEXT, search, replace)
    assert said in str(refused.value)


def test_places_that_overlap_are_two():
    with pytest.raises(EditRefused, match="2 times"):
        replaced("ababa", "aba", "x")


def block(path, search, replace, *, before="", after="", signs=7):
    return (
        f"{before}{path}\n<{'<' * (signs - 1)} SEARCH\n{search}{'=' * signs}\n{replace}{'>' * signs} REPLACE{after}\n"
    )


BLOCKS = [
    (block("a/b.py", "old\n", "new\n"), [("a/b.py", "old", "new")]),
    (block("### `a/b.py`", "old\n", "new\n"), [("a/b.py", "old", "new")]),  # decorated
    (block("File: a/b.py:", "old\n", "new\n"), [("a/b.py", "old", "new")]),
    ("Words.\n\n" + block("a/b.py", "old\n", "new\n", signs=5), [("a/b.py", "old", "new")]),
    ("a/b.py\n```python\n" + block("", "old\n", "new\n")[1:] + "```\n", [("a/b.py", "old", "new")]),  # fenced
    (block("a/b.py", "", "first\n"), [("a/b.py", "", "first\n")]),  # a new file keeps its last line end
    (block("a/b.py", "old\n", ""), [("a/b.py", "old", "")]),
    (block("a.md", "Title\n=====x\n", "Title\n"), [("a.md", "Title\n=====x", "Title")]),  # an underline in the text
    # Underlines in search and replacement, of another length than the markers.
    (
        block("a.rst", "Title\n=====\nold\n", "Title\n=====\nnew\n"),
        [("a.rst", "Title\n=====\nold", "Title\n=====\nnew")],
    ),
    (block("a.rst", "Heading\n=======\n", "Heads\n=====\n", signs=9), [("a.rst", "Heading\n=======", "Heads\n=====")]),
    (block("a.rst", "", "Heads\n=====\n"), [("a.rst", "", "Heads\n=====\n")]),
    (block("a", "1\n", "2\n") + block("b", "3\n", "4\n"), [("a", "1", "2"), ("b", "3", "4")]),
    ("Nothing here.", []),
]


@pytest.mark.parametrize(("text", "found"), BLOCKS)
def test_blocks_are_read(text, found):
    assert edits_in(text) == tuple(Edit(path=path, search=old, replace=new) for path, old, new in found)


@pytest.mark.parametrize(
    "text",
    [
        "a.py\n<<<<<<< SEARCH\nold\n",  # cut off
        "a.py\n<<<<<<< SEARCH\nold\n=======\nnew\n",
        "<<<<<<< SEARCH\nold\n=======\nnew\n>>>>>>> REPLACE",  # no path
        block("a.py", "1\n", "2\n") + "b.py\n<<<<<<< SEARCH\n",  # one whole, one cut off
        block("a.rst", "Heading\n=======\nold\n", "Heading\n=======\nnew\n"),  # three lines that may part it
        block("a.rst", "", "Heading\n=======\nnew\n"),  # a new file, or the search for the heading
        block("a.py", "<<<<<<< a\n1\n=======\n2\n>>>>>>> b\n", "1\n"),  # what a merge left behind
        "a.rst\n<<<<<<< SEARCH\nTitle\n=====\nold\n>>>>>>> REPLACE\n",  # nothing parts it: this is an underline
        "a.md\n<<<<<<< SEARCH\n1\n=======\n2\n>>>>> REPLACE\n3\n>>>>>>> REPLACE\n",  # which is its end?
    ],
)
def test_half_a_block_or_one_of_two_meanings_is_refused(text):
    with pytest.raises(BlocksUnreadable):
        edits_in(text)


def test_calls_are_lines_outside_of_blocks():
    text = (
        'I look.\nCALL read {"path": "a"}\n  CALL finish\n'
        + block("a.py", 'CALL list {"x": 1}\n', "x\n")
        + "CALLING you\n"
    )
    assert [(item.name, item.arguments) for item in calls_in(text)] == [("read", '{"path": "a"}'), ("finish", "{}")]


def test_hostile_answers_cost_linear_time():
    for text in (
        "a\n<<<<<<< SEARCH\n" * 5_000,
        "a\n<<<<<<< SEARCH\n=======\n" * 5_000,
        "a\n<<<<<<< SEARCH\n" + "=======\n" * 20_000,
        "CALL a {" * 20_000,
    ):
        with pytest.raises(BlocksUnreadable) if "SEARCH" in text else nothing():
            edits_in(text)
        list(calls_in(text))
