"""``ftc extract`` as people call it: paths in, text or the JSON contract out, honest exit codes."""

import gzip
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import jsonschema_rs
import pytest

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
LOG = DATA / "logs" / "python" / "exit-first.log"
SCHEMA = jsonschema_rs.validator_for(json.loads((ROOT / "docs" / "extract.schema.json").read_text()))


def ftc(*args, stdin=b"", **options):
    argv = [sys.executable, "-m", "ftc", "extract", *map(str, args)]
    return subprocess.run(argv, input=stdin, capture_output=True, cwd=ROOT, timeout=60, check=False, **options)


def as_json(*args, stdin=b""):
    done = ftc(*args, "--format", "json", stdin=stdin)
    assert (done.returncode, done.stderr) == (0, b"")
    found = json.loads(done.stdout)
    SCHEMA.validate(found)
    return found["files"]


def failed(files):
    return {file["path"]: [item["name"] for item in file["failures"]] for file in files}


def test_json_is_the_contract():
    [file] = as_json(LOG)
    [failure] = file["failures"]
    assert list(file) == ["path", "outcome", "failures", "excluded", "problems"]
    assert list(failure) == [
        *("framework", "suite", "name", "kind", "message", "signature", "fingerprint", "flaky_in_run", "locations"),
        *("line", "excerpt"),
    ]
    assert (file["outcome"], failure["name"], failure["line"]) == ("test-failure", "TestBalance::test_posts[2]", 28)


def test_text_is_for_people():
    done = ftc(LOG, "--excerpts")
    text = done.stdout.decode()
    assert done.returncode == 0
    assert "FAIL tests/test_ledger.py TestBalance::test_posts[2]" in text
    assert "| tests/test_ledger.py:13" in text
    assert text.endswith("1 file, 1 failed test, 0 that failed and then passed\n")


def test_standard_input():
    assert failed(as_json("-", stdin=LOG.read_bytes())) == {"-": ["TestBalance::test_posts[2]"]}


def test_folder_zip_and_gzip(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "job.log.gz").write_bytes(gzip.compress(LOG.read_bytes()))
    (tmp_path / "report.xml").write_bytes((DATA / "junit" / "pytest-rerun.xml").read_bytes())
    (tmp_path / "code.py").write_text("--- FAIL: TestNo (0.00s)")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.log").write_bytes(LOG.read_bytes())
    with zipfile.ZipFile(tmp_path / "run.zip", "w") as archive:
        archive.writestr("0_test.txt", LOG.read_bytes())
        archive.writestr("test/3_Run pytest.txt", LOG.read_bytes())
    assert failed(as_json(tmp_path)) == {
        f"{tmp_path}/report.xml": ["test_always_fails[2]"],
        f"{tmp_path}/run.zip!0_test.txt": ["TestBalance::test_posts[2]"],
        f"{tmp_path}/sub/job.log.gz": ["TestBalance::test_posts[2]"],
    }


def test_a_damaged_archive_in_a_folder_is_told_and_the_rest_is_read(tmp_path):
    (tmp_path / "broken.zip").write_bytes(b"half a download")
    (tmp_path / "job.log").write_bytes(LOG.read_bytes())
    broken, job = as_json(tmp_path)
    assert broken["problems"] == ["cannot be read: File is not a zip file"]
    assert failed([job]) == {f"{tmp_path}/job.log": ["TestBalance::test_posts[2]"]}


def test_unpacked_run_log_folder_counts_each_job_once(tmp_path):
    (tmp_path / "test").mkdir()
    (tmp_path / "0_test.txt").write_bytes(LOG.read_bytes())
    (tmp_path / "test" / "3_Run pytest.txt").write_bytes(LOG.read_bytes())
    assert list(failed(as_json(tmp_path))) == [f"{tmp_path}/0_test.txt"]


def test_empty_folder_is_no_error(tmp_path):
    assert as_json(tmp_path) == []


UNREADABLE = {
    "missing": ("missing.log", b"", "No such file or directory"),
    "no zip": ("x.zip", b"not a zip file", "no zip file"),
    "a zip that breaks off": ("y", b"PK\x03\x04 and nothing more", "no zip file"),
}


@pytest.mark.parametrize(("name", "content", "reason"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_unreadable_input_is_64_and_prints_nothing_else(tmp_path, name, content, reason):
    path = tmp_path / name
    if content:
        path.write_bytes(content)
    done = ftc(LOG, path, "--format", "json")
    assert (done.returncode, done.stdout) == (64, b"")
    assert reason in done.stderr.decode()
    assert str(path) in done.stderr.decode()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_forbidden_file_is_64(tmp_path):
    path = tmp_path / "a.log"
    path.write_text("x")
    path.chmod(0)
    assert ftc(path).returncode == 64


def test_wrong_option_is_64():
    done = ftc(LOG, "--format", "yaml")
    assert (done.returncode, done.stdout) == (64, b"")
    assert "--format" in done.stderr.decode()


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), b"<testsuites", b"{"])
def test_whatever_a_log_says_is_0(content):
    assert ftc("-", stdin=content).returncode == 0


HOSTILE = (
    "=== test session starts ===\n=== short test summary info ===\n"
    "FAILED a.py::test_x[::set-output name=a::b] - ::error::no\n"
    "FAILED a.py::test_y[##[set-env name=PATH]x] - ##[add-path]/evil \u202e \x1b[31m\n"
    "::add-mask::x\n"
    "=== 2 failed in 0.1s ===\n"
)


@pytest.mark.parametrize("options", [(), ("--excerpts",), ("--format", "json")])
def test_output_holds_no_workflow_command(options):
    """A runner reads ``::`` at the beginning of a trimmed line, and ``##[`` anywhere in it."""
    text = ftc("-", *options, stdin=HOSTILE.encode()).stdout.decode()
    assert [line for line in text.splitlines() if line.strip().startswith("::") or "##[" in line] == []
    assert "\u202e" not in text
    assert "\x1b" not in text


def test_json_escapes_a_command_without_changing_it():
    names = [item["name"] for item in as_json("-", stdin=HOSTILE.encode())[0]["failures"]]
    assert names == ["test_x[::set-output name=a::b]", "test_y[##[set-env name=PATH]x]"]


def test_secrets_are_redacted():
    token = "ghp_" + "a1B2c3D4e5" * 4
    done = ftc("-", "--excerpts", stdin=f"--- FAIL: TestA (0.00s)\n    a_test.go:3: token {token}\nFAIL\n".encode())
    assert token not in done.stdout.decode()
    assert "TestA" in done.stdout.decode()


def test_a_reader_that_stops_early_is_no_bug():
    argv = [sys.executable, "-m", "ftc", "extract", str(DATA / "logs")]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdout.close()
        assert b"bug" not in process.stderr.read()


def test_any_terminal_encoding(tmp_path):
    environment = {"PYTHONIOENCODING": "ascii", "PATH": os.environ["PATH"]}
    log = "=== test session starts ===\n=== short test summary info ===\nFAILED a.py::größe - no\n"
    assert ftc("-", stdin=log.encode(), env=environment).returncode == 0


def test_stdin_is_not_read_unless_asked():
    assert io.BytesIO(ftc(LOG, stdin=b"--- FAIL: TestNo (0.00s)\n").stdout).read().count(b"FAIL ") == 1
