"""pytest's names: node ids, section titles, and the test ids made of them.

Rule: one test has one id, whichever of its spellings the log shows.
"""

import re

from ftc.core.model import TestId

_SUMMARY = re.compile(
    r"(?P<word>FAILED|ERROR|RERUN|PASSED|SUBFAILED|SUBFAIL)(?P<label>\[.*?\])?(?: ?(?P<params>\(.*?\)))? +"
    r"(?P<rest>\S+\.py\b.*)$"
)
_SUBTEST_TITLE = re.compile(
    r"(?P<name>.+?)(?: (?P<label>\[.*\]))?(?: (?P<params>\(.+\)))$|(?P<only>.+?) (?P<msg>\[.*\])$"
)

DOCTEST = "[doctest] "
"""Stands in front of the title of an example's section."""


def split_summary(text: str) -> tuple[str, str, str] | None:
    """Word, node id and message of a line of the short test summary; sub-tests get ``[label params]`` added."""
    found = _SUMMARY.match(text)
    if found is None:
        return None
    node, message = split_message(found["rest"])
    label = subtest_label(found["label"] or "", found["params"] or "")
    return found["word"], node + label, message


def split_message(rest: str) -> tuple[str, str]:
    """Node id and message; a ``" - "`` inside the brackets of a parameter does not divide them."""
    start = 0
    while True:
        at = rest.find(" - ", start)
        if at < 0:
            return rest.rstrip(), ""
        node = rest[:at]
        if "[" not in node or node.endswith("]"):
            return node, rest[at + 3 :]
        start = at + 3


def subtest_label(label: str, params: str) -> str:
    """``[even]`` and ``(number=1)`` as one suffix: ``[even number=1]``."""
    parts = [label.removeprefix("[").removesuffix("]"), params.removeprefix("(").removesuffix(")")]
    joined = " ".join(part for part in parts if part)
    return f"[{joined}]" if joined else ""


def title_of(node: str) -> str:
    """Title of the section that pytest prints for a node id: ``C.test[x::y]`` of ``f.py::C::test[x::y]``."""
    name = node.partition("::")[2]
    head, bracket, rest = name.partition("[")
    return head.replace("::", ".") + bracket + rest


def normal_title(title: str) -> str:
    """A section title without ``[doctest]``, and with a sub-test's label in the form that ``subtest_label`` gives."""
    title = title.removeprefix(DOCTEST)
    if not title.endswith((")", "]")) or " " not in title:
        return title
    if title.endswith("]") and " [" not in title:
        return title
    found = _SUBTEST_TITLE.match(title)
    if found is None:
        return title
    if found["only"]:
        return title if "[" in found["only"] else found["only"] + subtest_label(found["msg"], "")
    return found["name"] + subtest_label(found["label"] or "", found["params"] or "")


def test_id(node: str) -> TestId:
    """``tests/test_x.py::TestC::test[a]`` as suite and name."""
    suite, _, name = node.partition("::")
    return TestId(ecosystem="python", suite=suite.replace("\\", "/"), name=name)


def node_of_title(title: str, *, suite: str) -> str:
    """The node id of a section title, where only the file is known from elsewhere."""
    head, bracket, rest = title.partition("[")
    return f"{suite}::{head.replace('.', '::')}{bracket}{rest}"
