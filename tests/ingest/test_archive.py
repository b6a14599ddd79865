"""Zip files: GitHub's double run-log archive, bombs, damage, and what is not worth reading."""

import io
import zipfile

import pytest

from ftc.ingest.archive import Budget, is_readable, members, without_steps


def zipped(files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data


NAMES = {
    "GitHub's run-log archive": (
        ["0_test (3.11).txt", "test (3.11)/1_Set up job.txt", "test (3.11)/2_Run pytest.txt", "test (3.11)/system.txt"],
        ["0_test (3.11).txt"],
    ),
    "steps of a job whose whole log is missing": (["test/1_Set up job.txt"], ["test/1_Set up job.txt"]),
    "the same inside of a folder": (["run/-1_a.txt", "run/a/1_x.txt", "a/1_x.txt"], ["run/-1_a.txt", "a/1_x.txt"]),
    "an artifact": (["reports/junit.xml", "reports/1_notes.txt"], ["reports/junit.xml", "reports/1_notes.txt"]),
}


@pytest.mark.parametrize(("names", "kept"), NAMES.values(), ids=NAMES.keys())
def test_without_steps(names, kept):
    assert without_steps(names) == kept


def test_members_are_sorted_and_readable():
    archive = zipfile.ZipFile(zipped({"b.log": "", "a.xml": "", "picture.png": "", ".hidden.log": "", "folder/": ""}))
    assert [info.filename for info in members(archive)] == ["a.xml", "b.log"]


@pytest.mark.parametrize(
    ("name", "readable"), [("a/build-log", True), ("a.TXT", True), ("a.py", False), ("a/.env", False)]
)
def test_is_readable(name, readable):
    assert is_readable(name) is readable


def test_bomb_is_cut_by_what_was_unpacked():
    archive = zipfile.ZipFile(zipped({"bomb.log": b"\0" * 20_000_000}))
    budget = Budget(member=1_000_000, total=10_000_000)
    assert sum(map(len, budget.chunks(lambda: archive.open("bomb.log")))) == 1_000_000
    assert budget.problem == "cut after 1000000 bytes unpacked"


def test_many_members_share_one_budget():
    archive = zipfile.ZipFile(zipped({f"{number}.log": b"x" * 600 for number in range(3)}))
    budget = Budget(member=1_000, total=1_000)
    sizes = [sum(map(len, budget.chunks(lambda info=info: archive.open(info)))) for info in members(archive)]
    assert sizes == [600, 400, 0]
    assert budget.problem


def test_damaged_member_gives_what_could_be_read_and_a_problem():
    data = zipped({"a.log": bytes(range(256)) * 2_000}).getvalue()
    broken = data[:200] + b"\xff" * 50 + data[250:]
    archive = zipfile.ZipFile(io.BytesIO(broken))
    budget = Budget()
    list(budget.chunks(lambda: archive.open("a.log")))
    assert budget.problem.startswith("damaged")


def test_problem_of_one_member_is_not_that_of_the_next():
    archive = zipfile.ZipFile(zipped({"a.log": b"x" * 100, "b.log": b"x"}))
    budget = Budget(member=50)
    list(budget.chunks(lambda: archive.open("a.log")))
    assert budget.problem
    list(budget.chunks(lambda: archive.open("b.log")))
    assert budget.problem == ""
