"""Recorded logs and reports against what was read in them when somebody last looked: ``pytest --update-goldens``.

The recordings are made by tests/data/projects/record_*.py, which really run the test frameworks.
"""

import json
from pathlib import Path

import jsonschema_rs
import pytest

from ftc.core.sanitize import Sanitizer
from ftc.ingest.extract import extract_stream
from ftc.render.extraction import document

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
RECORDED = sorted([*DATA.glob("logs/*/*.log"), *DATA.glob("junit/*.xml")])
SCHEMA = jsonschema_rs.validator_for(json.loads((ROOT / "docs" / "extract.schema.json").read_text()))


def read(file):
    found = extract_stream([file.read_bytes()], path=file.relative_to(DATA).as_posix(), sanitizer=Sanitizer())
    return document(found)


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.relative_to(DATA).as_posix())
def test_reads_what_was_reviewed(file, update_goldens):
    expected = file.with_suffix(".expected.json")
    found = read(file)
    if update_goldens:
        expected.write_text(json.dumps(found, indent=1, ensure_ascii=True) + "\n")
    assert expected.exists(), f"no golden: run pytest {__file__} --update-goldens and review {expected.name}"
    assert found == json.loads(expected.read_text())


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.relative_to(DATA).as_posix())
def test_output_follows_the_documented_schema(file):
    SCHEMA.validate({"schema": 1, "files": [read(file)]})


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.relative_to(DATA).as_posix())
def test_recordings_say_nothing_of_the_machine_they_were_made_on(file):
    text = file.read_text(errors="replace")
    places = ("/root/", "/tmp/tmp", f"{ROOT}/", "site-packages/pip/_vendor")
    assert [place for place in places if place in text] == []


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.relative_to(DATA).as_posix())
def test_chunks_may_end_anywhere(file):
    """A network hands out pieces of any size: the middle of a line, of a timestamp, of a character."""
    data = file.read_bytes()
    pieces = [data[start : start + 977] for start in range(0, len(data), 977)]
    path = file.relative_to(DATA).as_posix()
    assert document(extract_stream(pieces, path=path, sanitizer=Sanitizer())) == read(file)
