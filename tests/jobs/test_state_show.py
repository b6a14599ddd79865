"""``ftc state show``: sound states are printed, broken ones explained, and a file needs neither token nor network."""

import argparse
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from ftc.core.errors import UsageError
from ftc.core.model import IssueRef
from ftc.core.state import decode, encode_flake
from ftc.jobs.state import Source, add_arguments, run

DATA = Path(__file__).parent.parent / "data" / "issues"


def state(*arguments, stdin=b"", environ=None, fetch=None):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    out = io.StringIO()
    args = parser.parse_args(["show", *arguments])
    code = run(args, stdin=io.BytesIO(stdin), stdout=out, environ=environ or {}, fetch=fetch)
    return code, out.getvalue()


def test_sound_flake():
    code, text = state(str(DATA / "v1-flake.md"))
    assert code == 0
    for part in (
        "github.com/tikv/pd/server TestX",
        "WAITING_FOR_SIGNAL",
        "tikv/pd#12",
        "5, of which 3 in full; 2 older ones",
        "A+",
    ):
        assert part in text


def test_stdin_with_windows_line_ends():
    assert state("-", stdin=(DATA / "v1-flake-crlf.md").read_bytes()) == state(str(DATA / "v1-flake.md"))


@pytest.mark.parametrize(("name", "part"), [("v1-dashboard", "1 managed issues, 1 tombstones"), ("v1-watch", "Page 0")])
def test_other_kinds(name, part):
    code, text = state(str(DATA / f"{name}.md"))
    assert code == 0
    assert part in text


@pytest.mark.parametrize("path", sorted(DATA.glob("v*-*.md")), ids=lambda path: path.stem)
def test_json(path):
    code, text = state("--json", str(path))
    document = json.loads(text)
    broken = "-broken-" in path.stem
    assert (code, document["ok"]) == ((1, False) if broken else (0, True))
    if broken:
        assert document["recovered"]["key"] == "0123456789abcdef"
    elif document["kind"] == "flake":
        assert document["content"]["total"] == 5
        assert document["content"]["occurrences"][0]["created"].startswith("2026-03-08T02:00")


@pytest.mark.parametrize(
    ("name", "problem"),
    [("truncated", "truncated"), ("edited", "edited by hand"), ("key-only", "no state block")],
)
def test_broken_states_are_explained(name, problem):
    code, text = state(str(DATA / f"v1-broken-{name}.md"))
    assert code == 1
    assert problem in text
    assert "Survives" in text


def test_signature_is_checked_with_the_key_of_the_environment():
    path = str(DATA / "v1-flake-signed.md")
    assert state(path, environ={"FTC_STATE_KEY": "key"})[0] == 0
    assert "not signed" in state(path, environ={"FTC_STATE_KEY": "other"})[1]


@pytest.mark.parametrize("name", ["missing.md", "."])
def test_unreadable_input_is_wrong_usage(name):
    with pytest.raises(UsageError, match="cannot read"):
        state(name)


def test_binary_and_huge_input_is_wrong_usage():
    with pytest.raises(UsageError, match="UTF-8"):
        state("-", stdin=b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="larger"):
        state("-", stdin=b"x" * 5_000_000)


@pytest.mark.parametrize(("issue", "code"), [(12, 0), (13, 1)])
def test_a_number_is_fetched_and_bound_to_its_issue(issue, code):
    """The body of issue 12, copied into issue 13, does not count there."""
    asked = []

    def fetch(_, number):
        asked.append(number)
        text = (DATA / "v1-flake.md").read_text()
        return Source(text=text, where=IssueRef(repo="tikv/pd", issue=number))

    assert state(f"#{issue}", fetch=fetch)[0] == code
    assert asked == [issue]


def test_output_cannot_drive_terminal_or_runner():
    flake = decode((DATA / "v1-flake.md").read_text()).flake
    evil = replace(flake, framework="\x1b[2J\n::set-output name=x::y")
    _, text = state("-", stdin=encode_flake(evil).encode())
    assert "\x1b" not in text
    assert "\n::" not in text
