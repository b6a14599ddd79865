"""Tests that end early, look only sometimes, forgive, try again or let more pass; and mends that look like it.

The rows are files, since they are code: a head with the kind, the path and why it is there, and lines with the signs of
a diff.
"""

import re
from pathlib import Path
from time import monotonic

import pytest

from ftc.core.diff import parse_file_diff
from ftc.core.masking import Masking, masking, refusable
from ftc.core.masking.finding import DOUBTFUL
from ftc.core.masking.languages import LANGUAGES, language_of
from ftc.core.masking.search import MAX_CHANGED
from ftc.core.mechanical.doubts import DOUBTS
from ftc.core.unified import diff_of

M = Masking
FOLDER = Path(__file__).parents[1] / "data/masking"
_HEAD = re.compile(r"^== (?:(\S+) )?(\S+): (.+)\n", re.MULTILINE)


def rows(name):
    """Of a file: kind, path and lines by what each is there for."""
    parts = _HEAD.split((FOLDER / name).read_text())[1:]
    found = {
        f"{path}: {why}": (kind, path, text)
        for kind, path, why, text in zip(*(parts[start::4] for start in range(4)), strict=True)
    }
    assert len(found) == len(parts) // 4, "two rows are there for the same"
    return found


def sides(text):
    """The file before and after, from lines with the signs of a diff; an empty line belongs to both."""
    lines = text.strip("\n").split("\n")
    return ("".join(f"{line[1:]}\n" for line in lines if line[:1] != other) for other in "+-")


def found(path, text):
    """What is found in a change of the whole file, whose diff has three lines of context as git's has."""
    before, after = sides(text)
    return {item.masking for item in masking([parse_file_diff(path, diff_of(path, before, after), text=after)])}


MASKS, SOUND = rows("masks.txt"), rows("sound.txt")


@pytest.mark.parametrize(("kind", "path", "text"), MASKS.values(), ids=MASKS)
def test_masking_is_found(kind, path, text):
    assert kind in found(path, text)


@pytest.mark.parametrize(("kind", "path", "text"), SOUND.values(), ids=SOUND)
def test_a_mend_is_no_masking(kind, path, text):
    assert kind is None
    assert found(path, text) == set()


def test_what_may_be_either_is_told_and_not_refused():
    doubtful = [(path, text, kind) for kind, path, text in MASKS.values() if kind in DOUBTFUL]
    assert {kind for _, _, kind in doubtful} == set(DOUBTFUL) - {*DOUBTS.values()}
    for path, text, kind in doubtful:
        assert found(path, text) == {kind}
        assert refusable([f"{kind}: {path}: line"]) == ()


@pytest.mark.parametrize(
    "kind",
    [
        M.LONGER_WAIT,
        M.EARLY_END,
        M.GUARDED,
        M.LOOSENED_ASSERTION,
        M.ALWAYS_TRUE,
        M.SWALLOWED_ERROR,
        M.RETRY,
        M.OTHER_VALUE,
        M.SHELTERED,
    ],
)
def test_every_language_has_a_row(kind):
    """Where it can show it: an error of Rust is a value."""
    told = {language.name for shown, path, _ in MASKS.values() if shown == kind and (language := language_of(path))}
    assert told >= {item.name for item in LANGUAGES} - ({"rust"} if kind is M.SWALLOWED_ERROR else set())


def test_the_manual_names_every_kind():
    manual = (FOLDER.parents[2] / "docs/fix-runs.md").read_text()
    assert [kind.value for kind in Masking if f"`{kind.value}`" not in manual] == []


LINES = [
    "    if " + "(" * 400 + ": return",
    "    for _ in range(3):",
    "    return",
    "    assert x == 3 or " + "x or " * 90,
    "    assert " + "abs(" * 100 + " < 3",
    "    except " + "(" * 400,
    "LIMIT = " + "3 " * 200,
    "    if x != 3:",
    "    x = run() or x",
    "    if x: x = run()",
    "    a; assert x == 3",
    "    require.Equal(&testing.T{}, x)",
    "    wait(lambda: True)",
    "}",
    "\t" * 400 + "x(",
]


@pytest.mark.parametrize("path", ["a_test.go", "test_a.py", "a.test.js", "ATest.java", "lib.rs", "a_test.cc"])
def test_hostile_changes_end_in_seconds(path):
    """As many lines as are looked at, each of a kind that costs; a fix may change a fifth of them."""
    many = [line for number in range(MAX_CHANGED // 2 // len(LINES)) for line in (f"{line}{number}" for line in LINES)]
    before, after = (f"def test_a():\n{''.join(f'{text}{side}{chr(10)}' for text in many)}" for side in "ab")
    diff = diff_of(path, before, after)
    begun = monotonic()
    masking([parse_file_diff(path, diff, text=after)])
    assert monotonic() - begun < 60
