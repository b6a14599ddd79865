"""What a scan makes of logs and reports: one occurrence for each job attempt, whatever is missing or broken."""

import io
import zipfile
from dataclasses import replace

import pytest
from scans import PACE, writes
from small import NOW, REPO, TOKEN, a_scan, a_world, go_log, issues, junit, red, run, watched

from ftc.clients.github import GitHub
from ftc.core.config import Config
from ftc.jobs.context import open_context
from ftc.jobs.scan import scan
from ftc.jobs.settings import Settings, Tokens

CASE = "<testcase classname='example.com/shop/cart' name='TestAdd' time='0.1'>{}</testcase>"
FAILED = CASE.format("<failure message='Failed'>    cart_test.go:21: total is 7, want 9\n</failure>")
RETRIED = CASE.format("<flakyFailure message='total is 7, want 9'>cart_test.go:21: total is 7</flakyFailure>")


def artifacts(*cases, name="junit"):
    return {name: {"report.xml": junit(*cases)}}


def occurrences(world):
    return [(flake.test.name, item) for flake in watched(world) for item in flake.occurrences]


def test_log_and_report_of_one_job_are_one_occurrence():
    world = a_world(run(9, jobs=red(go_log("TestAdd", message="see the report")), artifacts=artifacts(FAILED)))
    a_scan(world)
    [(name, seen)] = occurrences(world)
    assert (name, seen.job) == ("TestAdd", "test")
    [flake] = watched(world)
    # The report's fields win, the log adds the excerpt.
    assert "want" in flake.signatures[0].message
    assert "see the report" in flake.signatures[0].excerpt


def test_a_report_of_a_green_jobs_retry_is_an_occurrence_with_proof():
    jobs = {**red(go_log("TestOther"), job="lint"), "test": "success"}
    world = a_world(run(9, jobs=jobs, artifacts=artifacts(RETRIED)))
    a_scan(world)
    found = dict(occurrences(world))
    assert found["TestAdd"].passed_in_run
    assert found["TestAdd"].grade.value == "A+"
    assert not found["TestOther"].passed_in_run


def test_two_failed_jobs_get_the_report_that_names_them():
    jobs = {**red(go_log("TestAdd"), job="unit (linux)"), "unit (mac)": {"failure": go_log("TestAdd")}}
    jobs |= {f"more {number}": "success" for number in range(6)}
    reports = artifacts(FAILED, name="junit unit (linux)")
    world = a_world(run(9, jobs=jobs, artifacts=reports))
    a_scan(world)
    found = occurrences(world)
    assert sorted(seen.job for _, seen in found) == ["unit (linux)", "unit (mac)"]
    assert len({seen.fingerprint for _, seen in found}) == 2, "the report's fields are those of linux alone"


def test_a_pattern_that_fits_no_artifact_downloads_none():
    world = a_world(run(9, jobs=red(go_log("TestAdd")), artifacts=artifacts(FAILED, name="binaries")))
    a_scan(world)
    assert not any(entry.path.endswith("/zip") for entry in world.requests)


def test_an_expired_log_is_infrastructure_and_said_once():
    world = a_world(run(9, jobs=red(go_log("TestAdd"), expired=True)))
    report = a_scan(world)
    assert any("expired" in note for note in report.notes)
    assert report.plan.record.infra == 1
    assert occurrences(world) == []
    world.requests.clear()
    assert a_scan(world, hours=1).notes == ()
    assert writes(world) == []


class Uploads(GitHub):
    """GitHub, but every artifact holds these bytes."""

    data = b""

    def artifact(self, artifact_id):
        yield self.data


def encrypted():
    """A zip file whose member says that it has a password."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("report.xml", junit(FAILED))
    data = bytearray(buffer.getvalue())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + flags] |= 1
    return bytes(data)


BAD_ARTIFACTS = {"empty": b"", "page": b"<html>moved</html>", "encrypted": encrypted(), "cut": encrypted()[:40]}


@pytest.mark.parametrize("data", BAD_ARTIFACTS.values(), ids=BAD_ARTIFACTS)
def test_an_artifact_that_cannot_be_read_costs_its_evidence_only(data):
    world = a_world(run(9, jobs=red(go_log("TestAdd")), artifacts=artifacts(FAILED)))
    settings = Settings(config=Config(repo=REPO), tokens=Tokens(read=TOKEN, issue=TOKEN))
    with world.activate():
        ctx = open_context(settings, {}, now=NOW, pace=PACE)
        reader = Uploads(repo=REPO, transport=ctx.read.transport)
        reader.data = data
        scan(replace(ctx, read=reader, say=lambda _: None))
    assert [name for name, _ in occurrences(world)] == ["TestAdd"]


def test_what_is_not_counted_has_its_reason_in_the_report():
    broken = (
        "2026-11-19T08:00:00.0000000Z cart/cart.go:3:1: undefined: total\nFAIL\texample.com/shop/cart [build failed]\n"
    )
    crowd = go_log("TestA", "TestB", "TestC")
    world = a_world(
        run(9, jobs=red(broken)),
        run(8, jobs=red("2026-11-19T08:00:00.0000000Z ##[error]The runner has received a shutdown signal.\n")),
        run(7, jobs=red(crowd)),
        run(6, jobs={**red(go_log("TestAdd")), "late": "cancelled", "later": "skipped"}),
        run(5, jobs={f"leg {number}": {"failure": go_log(f"TestLeg{number}")} for number in range(4)}),
    )
    report = a_scan(world)
    found = {item.reason.value for item in report.plan.left_out}
    assert {
        "cancelled or skipped",
        "build failure",
        "red job without a failing test",
        "several tests fail in one log",
        "many jobs of this commit fail",
    } <= found
    assert issues(world) == []
    assert [name for name, _ in occurrences(world)] == ["TestAdd"]
