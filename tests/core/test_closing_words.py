"""Which issues a pull request closes or links to, as GitHub reads its text and as people hide things in it."""

import pytest

from ftc.core.closing_words import closed_by, linked_by

REPO = "tikv/pd"
CASES = {
    "as pd's template has it": ("Issue Number: close #123, ref #9", (123,), (123, 9)),
    "every form of the words": (
        "Closes #1 closed #2 close #3 fix #4 fixes #5 fixed #6 resolve #7 resolves #8 resolved: #9",
        tuple(range(1, 10)), tuple(range(1, 10))),
    "the word belongs to one number only": ("fixes #1, #2 and #3", (1,), (1, 2, 3)),
    "with the repository": ("Fixes TiKV/pd#12", (12,), (12,)),
    "another repository's issue": ("fixes tikv/tikv#12", (), ()),
    "an address": ("resolves https://github.com/tikv/pd/issues/12", (12,), (12,)),
    "an address on another server": ("closes https://ghe.example.com:8443/tikv/pd/issues/12#x", (12,), (12,)),
    "an address of another repository": ("closes https://github.com/tikv/pdx/issues/12", (), ()),
    "part of a word": ("prefixes #12, disclosed #13, pre-fix #14", (), (12, 13, 14)),
    "hidden where nobody sees it": ("<!-- closes #12 -->nothing", (), ()),
    "in code": ("`closes #12` and\n```\nfixes #13\n```\nthen closes #14", (14,), (14,)),
    "a fence that never ends": ("```\nfixes #13", (), ()),
    "a colour and a heading": ("#fff, color #123abc, # 12", (), ()),
    "a number that is none": ("closes #0 and closes #1234567890", (), ()),
    "twice": ("closes #12\n\ncloses #12", (12,), (12,)),
    "nothing": ("", (), ()),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_numbers(case):
    text, closed, linked = CASES[case]
    assert closed_by(text, repo=REPO) == closed
    assert linked_by(text, repo=REPO) == linked


@pytest.mark.parametrize("text", ["closes" + " " * 60_000, "`" * 60_000, "fix fix " * 8_000 + "#1", "```\n" * 15_000])
def test_hostile_texts_cost_little(text):
    assert closed_by(text, repo=REPO) in ((), (1,))
