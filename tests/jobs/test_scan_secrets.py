"""Planted secrets never leave a scan: not in a request, not on stdout or stderr, not in report or summary.

The values are made up here at run time, so that this file holds nothing that looks like a secret.
"""

import io
import json
from contextlib import redirect_stderr, redirect_stdout

import pytest
from small import GRANTS, REPO, go_log, junit, red, run, scenario

from ftc.cli import main
from ftc.simulator.server import serving
from ftc.simulator.simulator import Simulator

LETTERS = "aB3dE5gH7jK9mN2pQ4sT6vW8yZ1cF0hJ"
KEY_BODY = "\n".join(f"MIIEow{LETTERS}{LETTERS[::-1]}{number}" for number in range(4))

SECRETS = {
    "github token": "ghp" + "_" + LETTERS + "abcd",
    "aws key": "AKIA" + "Q3EGT7ABCD5FGH2J",
    "slack token": "xoxb" + "-123456789012-" + LETTERS,
    "jwt": ".".join(("eyJ" + LETTERS, "eyJ" + LETTERS[::-1], LETTERS)),
    "google key": "AIza" + LETTERS + "abc",
    "model key": "sk" + "-proj-" + LETTERS,
    "npm token": "npm" + "_" + LETTERS + "abcd",
    "stripe key": "sk" + "_live_" + LETTERS,
    "credentials in a URL": "hunter2" + LETTERS[:9],
    "private key": KEY_BODY.splitlines()[1],
    "the run's own token": "own-job-token-" + LETTERS[:12],
}
SAID = {
    "credentials in a URL": f"https://deploy:{SECRETS['credentials in a URL']}@db.example.com/x",
    "private key": f"-----BEGIN RSA PRIVATE KEY-----\n{KEY_BODY}\n-----END RSA PRIVATE KEY-----",
}
"""How a secret stands in a text, where it is not just itself."""
LINES = [SAID.get(name, value) for name, value in SECRETS.items()]
ONE_LINE = [line for line in LINES if "\n" not in line]


@pytest.fixture
def world():
    """Every secret in logs, reports, and in every name that people choose."""
    log = go_log("TestLeak", message="leaked " + LINES[0], extra=[part for line in LINES for part in line.split("\n")])
    cases = [
        f"<testcase classname='example.com/shop/cart' name='TestReport {index} {secret}'>"
        f"<failure message='{secret}'>    cart_test.go:21: {secret}</failure>"
        f"<system-out>{secret}</system-out></testcase>"
        for index, secret in enumerate(ONE_LINE)
    ]
    runs = [
        run(30, jobs=red(log)),
        run(28, jobs=red(log)),
        run(20, jobs=red(go_log("TestPlain")), artifacts={"junit": {"report.xml": junit(*cases[:2])}}),
        run(19, jobs=red(go_log("TestPlain")), artifacts={"junit": {"report.xml": junit(*cases[2:4])}}),
    ]
    for index, secret in enumerate(ONE_LINE):
        named = red(go_log(f"TestName{index}/{secret}"), job=f"job {secret}", expired=index % 4 == 0)
        runs.append(
            run(
                18 - index, jobs=named, title=f"Use {secret}", branch=f"try-{secret}".replace(":", "").replace("/", ".")
            )
        )
        runs.append(run(5 - index / 4, jobs=red(go_log("TestZip")), artifacts={f"junit {secret}": {"a.xml": "<x\n"}}))
    data = json.loads(scenario(runs))
    data["tokens"] = {SECRETS["the run's own token"]: {"permissions": GRANTS}}
    return Simulator.load(json.dumps(data, indent=1))


def scanned(world, tmp_path, monkeypatch, *flags):
    """Everything one scan lets out, by where it goes."""
    monkeypatch.setenv("FTC_TOKEN", SECRETS["the run's own token"])
    monkeypatch.setenv("RUNNER_TEMP", str(tmp_path))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "outputs"))
    out, err = io.StringIO(), io.StringIO()
    with serving(world) as url, redirect_stdout(out), redirect_stderr(err):
        arguments = ["scan", "--repo", REPO, "--api-url", url, "--now", "2026-11-20T12:00:00Z"]
        code = main([*arguments, "--write-interval-seconds", "0", *flags])
    assert code == 0, err.getvalue()
    sent = [entry.body.decode() for entry in world.requests if entry.body]
    files = [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    return {"stdout": [out.getvalue()], "stderr": [err.getvalue()], "requests": sent, "files": files}


@pytest.mark.parametrize("flags", [(), ("--json",), ("--dry-run",)])
def test_no_planted_secret_leaves_a_scan(world, tmp_path, monkeypatch, flags):
    found = scanned(world, tmp_path, monkeypatch, *flags)
    if "--dry-run" not in flags:
        assert any("TestLeak" in text for text in found["requests"])
    assert any("TestLeak" in text for text in found["files"])
    for place, texts in found.items():
        for name, secret in SECRETS.items():
            for text in texts:
                assert secret not in text, f"{name} in {place}"
                assert secret not in text.replace("\\u002d", "-").replace("\\u0040", "@"), f"{name} in {place}, escaped"
    # Branches lie in the state, job names and notes in the report: they were looked at, and redacted.
    assert any("[redacted:" in text for text in found["stdout"])
