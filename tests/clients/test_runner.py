"""The Actions runtime: what reaches the log, the summary and the outputs, and what cannot become a command."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftc.clients.runner import MAX_ANNOTATIONS, MAX_SUMMARY_BYTES, Level, Runner, harmless


def a_runner(**environ):
    lines = []
    return Runner(environ=environ, say=lines.append), lines


def test_off_a_runner_there_are_no_commands(tmp_path):
    runner, lines = a_runner()
    runner.mask(["sesame"])
    runner.annotate(Level.WARNING, "::error::boo")
    runner.add_summary("# Report")
    runner.set_outputs({"opened": 3})
    assert runner.write_report("{}") is None
    assert lines == ["warning: ::error::boo"]  # in the middle of a line it is no command


def test_masks_every_line_of_a_secret():
    runner, lines = a_runner(GITHUB_ACTIONS="true")
    runner.mask(["one\ntwo", "", " "])
    assert sorted(lines) == ["::add-mask::one", "::add-mask::two"]


def test_annotations_are_escaped_and_limited():
    runner, lines = a_runner(GITHUB_ACTIONS="true")
    for _ in range(MAX_ANNOTATIONS + 1):
        runner.annotate(Level.WARNING, "100 %\n::error::boo", title="a:b,c")
    runner.annotate(Level.ERROR, "another level has its own limit")
    assert lines[0] == "::warning title=a%3Ab%2Cc::100 %25%0A::error::boo"
    assert lines[MAX_ANNOTATIONS] == "warning: 100 %\n: :error::boo"
    assert lines[-1] == "::error title=flaky-test-cleaner::another level has its own limit"


def test_summary_is_appended_and_cut_between_lines(tmp_path):
    path = tmp_path / "summary"
    runner, _ = a_runner(GITHUB_STEP_SUMMARY=str(path))
    runner.add_summary("first")
    runner.add_summary("é" * 60 + "\n" + "x" * MAX_SUMMARY_BYTES)
    assert path.read_text() == "first\n" + "é" * 60 + "\n"


def test_outputs(tmp_path):
    path = tmp_path / "outputs"
    runner, _ = a_runner(GITHUB_OUTPUT=str(path))
    runner.set_outputs({"opened": 3, "report": "/tmp/report.json"})
    assert path.read_text() == "opened=3\nreport=/tmp/report.json\n"


@pytest.mark.parametrize("value", ["1\nreport=/etc/passwd", "1\r\nx=1", "1\x0bx=1", "1\u2028x=1"])
def test_an_output_cannot_set_another(value, tmp_path):
    runner, _ = a_runner(GITHUB_OUTPUT=str(tmp_path / "outputs"))
    with pytest.raises(ValueError, match="one line"):
        runner.set_outputs({"opened": value})


def test_report_lies_below_runner_temp(tmp_path):
    runner, _ = a_runner(RUNNER_TEMP=str(tmp_path))
    path = runner.write_report('{"schema": 1}')
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
