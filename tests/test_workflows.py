"""The workflows: exact pins, no power by default, a reason beside every grant, a caller that grants what is needed."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from events import PULLS, RECEIPT, WATCH
from expressions import evaluate, truth
from fix_loop import POWERS

ROOT = Path(__file__).parent.parent
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
EXAMPLES = sorted((ROOT / "examples/workflows").glob("*.yml"))
ACTION = ROOT / "action.yml"
# Jobs that write issues and may meet each other share one queue; the failure report writes another issue.
ISSUE_GROUP = "flaky-test-cleaner-issues"

PIN = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+\Z")
LEVELS = {"read": 1, "write": 2}


def parsed(path):
    return yaml.safe_load(path.read_text())


def jobs(path):
    return parsed(path)["jobs"].items()


def names(paths):
    return {"argvalues": paths, "ids": [path.name for path in paths]}


def own_program(path, uses):
    """References inside this repository: they run at the commit the caller pinned."""
    return uses.startswith("./") or path in EXAMPLES


@pytest.mark.parametrize("path", **names([*WORKFLOWS, ACTION]))
def test_every_action_is_pinned_with_its_version(path):
    uses = re.findall(r"^\s*(?:- )?uses: (.+)$", path.read_text(), re.MULTILINE)
    assert [line for line in uses if not own_program(path, line) and not PIN.match(line)] == []


def test_one_version_of_each_action():
    pins = {}
    for path in [*WORKFLOWS, ACTION]:
        for name, rest in re.findall(r"uses: (actions/[\w-]+)@(.+)", path.read_text()):
            pins.setdefault(name, set()).add(rest)
    assert {name: rests for name, rests in pins.items() if len(rests) > 1} == {}


@pytest.mark.parametrize("path", **names([*WORKFLOWS, *EXAMPLES]))
def test_no_power_by_default(path):
    assert parsed(path)["permissions"] == {}
    for name, job in jobs(path):
        assert "permissions" in job, f"{name} says nothing about its permissions"


@pytest.mark.parametrize("path", **names([*WORKFLOWS, *EXAMPLES]))
def test_every_grant_has_its_reason(path):
    grants = re.findall(r"^ +(?:[a-z-]+): (?:read|write)\b.*$", path.read_text(), re.MULTILINE)
    assert grants
    assert [line for line in grants if not re.search(r"# \w+", line)] == []


# These end by themselves after `fix-minutes`, which a repository may set up to 300.
LONG = ("reproduce", "generate", "verify")


@pytest.mark.parametrize("path", **names(WORKFLOWS))
def test_every_job_ends(path):
    for name, job in jobs(path):
        assert "uses" in job or 0 < job["timeout-minutes"] <= (330 if name in LONG else 60), name


@pytest.mark.parametrize("path", **names(WORKFLOWS))
def test_no_expression_inside_a_script(path):
    """What an event says would be code there; an environment variable stays a value."""
    for name, job in jobs(path):
        for step in job.get("steps", []):
            assert "${{" not in step.get("run", ""), name


@pytest.mark.parametrize("path", **names(WORKFLOWS))
def test_checkouts_leave_no_token_behind(path):
    for name, job in jobs(path):
        for step in job.get("steps", []):
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False, name


@pytest.mark.parametrize("workflow", ["watch", "fix"])
def test_issue_writers_wait_for_each_other(workflow):
    found = dict(jobs(ROOT / f".github/workflows/{workflow}.yml"))
    # The receipt changes no text, and comes at once because it waits for nobody.
    assert "concurrency" not in found.get("receipt", {})
    writers = {
        name: job for name, job in found.items() if "steps" in job and job["permissions"].get("issues") == "write"
    }
    groups = {name: job["concurrency"] for name, job in writers.items() if name != "receipt"}
    assert groups
    assert groups == {name: {"group": ISSUE_GROUP, "queue": "max", "cancel-in-progress": False} for name in groups}


@pytest.mark.parametrize("path", **names(WORKFLOWS))
def test_the_kill_switch_reaches_every_job(path):
    for name, job in jobs(path):
        for given in used(job):
            assert given["disabled"] == "${{ vars.FTC_DISABLED }}", name


IN_DOCS = {
    f"{path.name}, {number}": found
    for path in sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md"])
    for number, found in enumerate(re.findall(r"^```yaml\n(.*?)^```", path.read_text(), re.MULTILINE | re.DOTALL))
    if "org/flaky-test-cleaner@" in found
}
"""Workflows that people copy, and that call the program themselves."""


def test_the_docs_have_workflows_that_call_the_program():
    assert {name.partition(",")[0] for name in IN_DOCS} >= {"heal.md", "tasks.md"}


@pytest.mark.parametrize("name", IN_DOCS)
def test_the_kill_switch_reaches_what_is_copied_from_the_docs(name):
    steps = [step for job in yaml.safe_load(IN_DOCS[name])["jobs"].values() for step in job["steps"]]
    called = [step["with"] for step in steps if step.get("uses", "").startswith("org/flaky-test-cleaner@")]
    assert called
    assert [given.get("disabled") for given in called] == ["${{ vars.FTC_DISABLED }}"] * len(called)


FIX = ROOT / ".github/workflows/fix.yml"
RUNS_CODE = ("reproduce", "verify")


def used(job):
    """The inputs that the jobs give to the program, step by step."""
    return [step["with"] for step in job.get("steps", ()) if step.get("uses") == "./.flaky-test-cleaner"]


def test_who_runs_code_of_the_repository_holds_nothing():
    found = dict(jobs(FIX))
    for name in RUNS_CODE:
        assert found[name]["permissions"] == {"contents": "read"}, name
        (given,) = used(found[name])
        assert given["token"] == "", f"{name} would be given the job's own token"
        assert "secrets." not in yaml.safe_dump(found[name]), name
        assert "cache" not in yaml.safe_dump(found[name]), name


def test_every_power_has_one_job():
    holders = {}
    for name, job in jobs(FIX):
        for grant, level in job["permissions"].items():
            if level == "write":
                holders.setdefault(grant, set()).add(name)
        for secret in re.findall(r"secrets\.([a-z-]+)", yaml.safe_dump(job)):
            holders.setdefault(secret, set()).add(name)
    assert holders["contents"] == {"publish"}
    assert holders["code-token"] == {"publish"}
    assert holders["model-key"] == {"generate"}
    assert holders["agent-token"] == {"settle"}
    assert holders["issues"] == {"settle", "tell-reproduced", "tell-generated"}
    assert holders["pull-requests"] == {"publish", "settle"}
    assert "model-key" not in yaml.safe_dump(dict(jobs(FIX))["publish"])


@pytest.mark.parametrize(("promised", "given"), [("true", "k3y"), ("false", "")])
def test_the_models_key_is_kept_from_programs_that_were_not_promised_it(promised, given):
    """The gate says who is to look for a change; it alone has read the configuration by then."""
    expression = used(dict(jobs(FIX))["generate"])[0]["model-key"].removeprefix("${{ ").removesuffix(" }}")
    context = {"needs": {"gate": {"outputs": {"model-key": promised}}}, "secrets": {"model-key": "k3y"}}
    assert evaluate(expression, context) == given


def test_whole_loops_in_tests_have_the_powers_of_the_jobs():
    found = {name: job["permissions"] for name, job in jobs(FIX)} | {
        "watch": dict(jobs(ROOT / ".github/workflows/watch.yml"))["watch"]["permissions"],
        "tell": dict(jobs(FIX))["tell-reproduced"]["permissions"],
    }
    assert {name: found[name] for name in POWERS} == POWERS
    assert {name for name, _ in jobs(FIX)} - set(POWERS) == {*RUNS_CODE, "tell-reproduced", "tell-generated"}


def test_settling_comes_last_and_always():
    found = dict(jobs(FIX))
    assert found["settle"]["if"] == "always()"
    assert set(found["settle"]["needs"]) == set(found) - {"settle", "tell-reproduced", "tell-generated"}


def test_what_is_handed_on_is_the_jobs_own_part():
    """Whatever else lies in its folder was written by others, who upload it themselves."""
    for name, job in jobs(FIX):
        handed = [step["with"] for step in job["steps"] if step["name"] == "Hand on"]
        part = f"fix-${{{{ inputs.task }}}}-{name}" + ("-${{ matrix.leg }}" if name == "verify" else "")
        assert [item["name"] for item in handed] == [part] * len(handed), name
        # By a pattern, since the artifact of a plain path would hold the files without their folder.
        paths = [f"${{{{ env.ARTIFACTS }}}}/{part.replace('${{ inputs.task }}', '*')}"] * len(handed)
        assert [item["path"] for item in handed] == paths, name
        assert len(handed) == (name not in ("settle", "tell-reproduced", "tell-generated")), name


def test_what_was_handed_on_keeps_its_folders():
    """A download whose pattern matches one artifact alone makes no folder, so all of them are merged."""
    taken = [
        (name, step["with"]) for name, job in jobs(FIX) for step in job["steps"] if "download-artifact" in step["uses"]
    ]
    assert {name for name, _ in taken} == {name for name, _ in jobs(FIX)}
    assert {name: given["merge-multiple"] for name, given in taken} == {name: True for name, _ in jobs(FIX)}


def test_every_job_is_told_the_digests_of_all_it_may_read():
    """Without one a document counts as forged; only the legs of the proof have none."""
    found = dict(jobs(FIX))
    tellers = {name for name, job in found.items() if "sha256" in job.get("outputs", {})}
    assert tellers == {"gate", "reproduce", "generate", "publish"}
    for name, job in found.items():
        lines = used(job)[0]["arguments"].splitlines()
        needed = [job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", [])
        wanted = [f"${{{{ needs.{other}.outputs.sha256 }}}}" for other in needed if other in tellers]
        assert lines[lines.index("--expect") + 1].split(",") == wanted if wanted else "--expect" not in lines, name


@pytest.mark.parametrize("result", ["success", "failure", "cancelled", "skipped"])
@pytest.mark.parametrize("kind", ["fix", "start", "verify"])
def test_a_leg_that_broke_keeps_nobody_from_publishing(result, kind):
    """It may have run out of time; what the others counted claims less by itself."""
    condition = dict(jobs(FIX))["publish"]["if"].removeprefix("${{ !cancelled() && ").removesuffix(" }}")
    context = {"needs": {"gate": {"outputs": {"kind": kind}}, "verify": {"result": result}}}
    assert truth(evaluate(condition, context)) is (result != "skipped" and kind != "verify")


@pytest.mark.parametrize("step", ["respond", "sweep", ""])
def test_ordered_tasks_are_kept_for_the_jobs_that_carry_them_out(step):
    steps = dict(jobs(ROOT / ".github/workflows/watch.yml"))["watch"]["steps"]
    (keep,) = [item for item in steps if "-tasks-" in item.get("with", {}).get("name", "")]
    context = {"steps": {step: {"outputs": {"tasks": "/tmp/ftc/tasks"}}}}
    assert keep["if"].startswith("always() && ")
    assert truth(evaluate(keep["if"].removeprefix("always() && "), context)) is bool(step)
    assert evaluate(keep["with"]["path"], context) == ("/tmp/ftc/tasks" if step else None)


@pytest.mark.parametrize("path", **names(EXAMPLES))
def test_a_caller_shares_no_group_with_what_it_calls(path):
    """It would wait for itself for ever."""
    assert "concurrency" not in path.read_text()


def union(grants):
    merged = {}
    for grant in grants:
        for name, level in grant.items():
            merged[name] = max(level, merged.get(name, level), key=LEVELS.get)
    return merged


def called_by(job):
    return ROOT / re.fullmatch(r"org/flaky-test-cleaner/(\S+)@v\d+", job["uses"]).group(1)


@pytest.mark.parametrize("path", **names(EXAMPLES))
def test_the_caller_grants_exactly_what_the_jobs_ask_for(path):
    """Less would be refused by GitHub before anything runs; more would be power that nobody needs."""
    for name, job in jobs(path):
        assert job["permissions"] == union(inner["permissions"] for _, inner in jobs(called_by(job))), name


@pytest.mark.parametrize("path", **names(WORKFLOWS))
def test_called_workflows_get_what_they_ask_for(path):
    for name, job in jobs(path):
        if job.get("uses", "").startswith("./"):
            asked = union(inner["permissions"] for _, inner in jobs(ROOT / job["uses"]))
            assert job["permissions"] == asked, name


@pytest.mark.parametrize("path", **names(EXAMPLES))
def test_the_caller_passes_inputs_that_exist(path):
    for name, job in jobs(path):
        # YAML reads the key `on` as true.
        takes = parsed(called_by(job))[True]["workflow_call"]
        assert set(job.get("with", {})) <= set(takes["inputs"]), name
        assert set(job.get("secrets", {})) <= set(takes["secrets"]), name


WATCHERS = [path for path in EXAMPLES if "watch.yml" in path.read_text()]


@pytest.mark.parametrize("path", **names(WATCHERS))
@pytest.mark.parametrize("what", WATCH)
def test_what_starts_the_example(path, what):
    name, payload, runs = WATCH[what]
    job = parsed(path)["jobs"]["watch"]
    assert truth(evaluate(job["if"], {"github": {"event_name": name, "event": payload}})) is runs


@pytest.mark.parametrize("path", **names(WATCHERS))
def test_the_example_hears_of_everything_it_reacts_to(path):
    """And of no edits or deletions: what was edited counts for nothing."""
    heard = parsed(path)[True]
    assert set(heard) == {name for name, _, _ in WATCH.values()}
    assert heard["issue_comment"] == {"types": ["created"]}
    assert set(heard["issues"]["types"]) >= {"labeled", "unlabeled", "closed", "reopened"}


@pytest.mark.parametrize("what", RECEIPT)
def test_what_gets_a_receipt(what):
    name, payload, dry_run, due = RECEIPT[what]
    job = dict(jobs(ROOT / ".github/workflows/watch.yml"))["receipt"]
    context = {"github": {"event_name": name, "event": payload}, "inputs": {"dry-run": dry_run}}
    assert truth(evaluate(job["if"], context)) is due


@pytest.mark.parametrize("what", PULLS)
def test_which_runs_are_answered_on_pull_requests(what):
    payload, runs = PULLS[what]
    (job,) = parsed(ROOT / "examples/workflows/flaky-test-cleaner-pr-answers.yml")["jobs"].values()
    assert truth(evaluate(job["if"], {"github": {"event": payload}})) is runs


def test_answers_on_pull_requests_stand_in_the_docs_as_they_are():
    text = (ROOT / "docs/pr-answers.md").read_text()
    example = (ROOT / "examples/workflows/flaky-test-cleaner-pr-answers.yml").read_text()
    assert f"```yaml\n{example}```" in text


def test_nothing_runs_again_with_the_jobs_own_token():
    (job,) = (job for _, job in jobs(ROOT / ".github/workflows/pr-answers.yml"))
    assert job["permissions"]["actions"] == "read"
    asked = job["steps"][-1]["with"]
    for secret, rerun, token in (("", "false", "job's"), ("app's", "true", "app's")):
        context = {"secrets": {"rerun-token": secret}, "github": {"token": "job's"}}
        assert (evaluate(asked["pr-rerun"], context), evaluate(asked["token"], context)) == (rerun, token)


def test_one_answer_a_pull_request_at_a_time():
    (job,) = (job for _, job in jobs(ROOT / ".github/workflows/pr-answers.yml"))
    assert job["concurrency"]["queue"] == "max"
    assert job["concurrency"]["cancel-in-progress"] is False
    assert job["concurrency"]["group"] != ISSUE_GROUP, "it writes to no issue"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("github.a == 'X' && 'yes' || 'no'", "yes"),  # texts without case, and operands as values
        ("${{ github.missing.deeper }}", None),
        ("github.missing == ''", True),  # null and the empty text are both 0
        ("!github.missing && github.n == 3", True),
        ("contains(github.list.*.name, 'b')", True),
        ("contains(github.list.*.name, 'bb')", False),  # an entry, not a part of one
        ("contains(github.missing.*.name, 'b')", False),
        ("contains('abc', 'B')", True),
        ("startsWith(github.missing, '/')", False),
        ("github.a == 'y' || (github.a == 'x' && github.n != 3)", False),
        ("'it''s'", "it's"),
    ],
)
def test_expressions(expression, value):
    context = {"github": {"a": "x", "n": 3, "list": [{"name": "a"}, {"name": "B"}]}}
    assert evaluate(expression, context) == value


@pytest.mark.parametrize("path", **names([path for path in WORKFLOWS if "schedule:" in path.read_text()]))
def test_scheduled_workflows_do_not_fail_unseen(path):
    job = dict(jobs(path))["report-failure"]
    assert job["uses"] == "./.github/workflows/report-failure.yml"
    assert set(job["needs"]) == {name for name, other in jobs(path) if "if" not in other}


def test_required_checks_need_every_other_job():
    ci = dict(jobs(ROOT / ".github/workflows/ci.yml"))
    assert set(ci["required-checks-pass"]["needs"]) == {name for name, job in ci.items() if "if" not in job}


# The script of report-failure, with `gh` and `jq` as they would be on a runner: gh records what it is asked.

FAKE_GH = """#!/usr/bin/env bash
printf '%s\\0' "$*" >> "$CALLS"
if [[ "$*" == *state=open* ]]; then cat "$ISSUES"; fi
"""
FAKE_JQ = """#!/usr/bin/env python3
import json, sys
title = sys.argv[sys.argv.index("--arg") + 2]
print(min((issue["number"] for issue in json.load(sys.stdin) if issue["title"] == title), default=""))
"""
OPEN = [{"number": 9, "title": "The scan is failing"}, {"number": 5, "title": "The scan is failing"}]


@pytest.mark.parametrize(
    ("issues", "expected"),
    [
        ([], "--method POST repos/acme/shop/issues "),
        ([{"number": 3, "title": "Another is failing"}], "--method POST repos/acme/shop/issues "),
        (OPEN, "--method PATCH repos/acme/shop/issues/5 "),  # two at once converge on the lowest number
    ],
)
def test_a_failure_is_one_issue(tmp_path, issues, expected):
    calls = run_report(tmp_path, issues)
    assert len(calls) == 2
    assert "labels=flaky-test-cleaner/run-failed" in calls[0]
    assert expected in calls[1]
    assert "https://example.com/runs/1" in calls[1]


def run_report(tmp_path, issues):
    """Run the step's script; the arguments of every call of gh."""
    for name, text in (("gh", FAKE_GH), ("jq", FAKE_JQ)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    (tmp_path / "issues.json").write_text(json.dumps(issues))
    (step,) = parsed(ROOT / ".github/workflows/report-failure.yml")["jobs"]["report"]["steps"]
    environ = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "CALLS": str(tmp_path / "calls"),
        "ISSUES": str(tmp_path / "issues.json"),
        "REPO": "acme/shop",
        "WHAT": "The scan",
        "RUN": "https://example.com/runs/1",
        "LABEL": step["env"]["LABEL"],
    }
    subprocess.run(["bash", "-c", step["run"]], env=environ, check=True, capture_output=True)
    return (tmp_path / "calls").read_text().rstrip("\0").split("\0")
