"""The Actions runtime: what reaches the log, the summary and the outputs, and what cannot become a command."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftc.clients.runner import (
    ANNOTATION_LIMIT,
    SUMMARY_LIMIT,
    Level,
    annotations,
    harmless,
    masks,
    write_outputs,
    write_report,
    write_summary,
)

RUNNER = {"GITHUB_ACTIONS": "true"}


def test_off_a_runner_nothing_is_a_command():
    assert list(masks({}, ["sesame"])) == []
    # In the middle of a line it is no command, at its beginning it would be one.
    assert list(annotations({}, [(Level.WARNING, "::a\n::b")])) == ["warning: ::a\n: :b"]
    write_summary({}, "# Report")
    write_outputs({}, {"opened": 3})
    assert write_report({}, "{}") is None


def test_masks_every_line_of_a_secret():
    assert list(masks(RUNNER, ["one\ntwo", "", " ", "100 %"])) == [
        "::add-mask::100 %25",
        "::add-mask::one",
        "::add-mask::two",
    ]


def test_annotations_are_escaped_and_limited():
    warnings = [(Level.WARNING, "100 %\n::error::boo")] * (ANNOTATION_LIMIT + 1)
    lines = list(annotations(RUNNER, [*warnings, (Level.ERROR, "counts for itself")]))
    assert lines[0] == "::warning title=flaky-test-cleaner::100 %25%0A::error::boo"
    assert lines[ANNOTATION_LIMIT] == "warning: 100 %\n: :error::boo"
    assert lines[-1] == "::error title=flaky-test-cleaner::counts for itself"


def test_summary_is_appended_and_cut(tmp_path):
    path = tmp_path / "summary"
    write_summary({"GITHUB_STEP_SUMMARY": str(path)}, "first\n")
    write_summary({"GITHUB_STEP_SUMMARY": str(path)}, "é" * SUMMARY_LIMIT)
    assert path.read_text().startswith("first\né")
    assert SUMMARY_LIMIT - 10 < path.stat().st_size <= SUMMARY_LIMIT + len("first\n")


@pytest.mark.parametrize("value", ["3", "1\nreport=/etc/passwd", "1\nEOF\nreport<<EOF\n/etc/passwd\nEOF"])
def test_an_output_cannot_set_another(value, tmp_path):
    path = tmp_path / "outputs"
    write_outputs({"GITHUB_OUTPUT": str(path)}, {"opened": value})
    first, *rest, last = path.read_text().splitlines()
    name, mark = first.split("<<")
    assert (name, last) == ("opened", mark)
    assert "\n".join(rest) == value
    assert mark not in rest


def test_report_lies_below_runner_temp(tmp_path):
    path = write_report({"RUNNER_TEMP": str(tmp_path)}, '{"schema": 1}')
    assert path.is_relative_to(tmp_path)
    assert path.read_text() == '{"schema": 1}'


HARMLESS = [
    ("::error::boo", ": :error::boo"),
    ("  ::stop-commands::x", "  : :stop-commands::x"),  # the runner trims before it looks
    ("ok\r::set-output name=x::y", "ok\n: :set-output name=x::y"),  # a bare carriage return starts a line, too
    ("x ##[add-path]/tmp", "x ## [add-path]/tmp"),  # the old syntax counts anywhere in a line
    ("a :: b", "a :: b"),
]


@pytest.mark.parametrize(("text", "expected"), HARMLESS)
def test_harmless(text, expected):
    assert harmless(text) == expected


@given(st.text(alphabet=st.sampled_from("::#[ \r\nab")))
def test_nothing_harmless_is_a_command(text):
    for line in harmless(text).splitlines():
        assert not line.strip().startswith("::")
        assert "##[" not in line
    assert harmless(harmless(text)) == harmless(text)
