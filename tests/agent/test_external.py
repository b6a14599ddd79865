"""Agents of the user's own, played by small scripts: what they are given, what is taken from them, and what is not."""

# ruff: noqa: E501 - a row of a table is one line

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ftc.agent.external import Program, propose_externally
from ftc.core.errors import UsageError
from ftc.core.fix import TASK, Task
from ftc.core.records import from_text
from ftc.core.sanitize import Sanitizer
from tests.agent.fix_runs import FILES, reproduction, task, workspace

WRITES = """
import json, os, pathlib, sys
test = pathlib.Path("cart/cart_test.go")
test.write_text(test.read_text().replace("time.Sleep(10 * time.Millisecond)", "<-done"))
json.dump({"hypothesis": "too early", "summary": "Waits.", "give_up": ""}, open(os.environ["FTC_ANSWER"], "w"))
"""


def diff(worktree):
    subprocess.run(["git", "add", "-A"], cwd=worktree, check=True)
    return subprocess.run(["git", "diff", "--cached"], cwd=worktree, check=True, capture_output=True, text=True).stdout


def run(tmp_path, script, *, command="{python} {script} {task} {worktree}", timeout=20.0, env=None, sanitizer=None):
    worktree = tmp_path / "tree"
    for path, text in FILES.items():
        (worktree / path).parent.mkdir(parents=True, exist_ok=True)
        (worktree / path).write_text(text)
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    for args in (["init", "-q"], ["add", "-A"], [*identity, "commit", "-qm", "base"]):
        subprocess.run(["git", *args], cwd=worktree, check=True)
    (tmp_path / "agent.py").write_text(script)
    line = command.replace("{python}", sys.executable).replace("{script}", str(tmp_path / "agent.py"))
    program = Program(
        command=line, folder=tmp_path / "run", worktree=worktree, timeout=timeout,
        env={"PATH": os.environ["PATH"], **(env or {})},
    )  # fmt: skip
    space = workspace(sanitizer=sanitizer or Sanitizer())
    return propose_externally(task(), reproduction(), space, program, take_patch=diff)


def test_its_change_is_a_candidate_like_any_other(tmp_path):
    found = run(tmp_path, WRITES)
    (candidate,) = found.candidates
    assert "+\t<-done" in candidate.patch
    assert (candidate.hypothesis, candidate.summary) == ("too early", "Waits.")
    assert candidate.by.startswith("agent python")
    assert found.usd == task().quota.usd  # nobody knows what it cost


def test_it_gets_the_task_and_the_worktree_and_no_other_environment(tmp_path):
    (tmp_path / "seen").mkdir()
    script = f"""
import json, os, sys, shutil
json.dump([sys.argv[1:], dict(os.environ), os.getcwd()], open({str(tmp_path / "seen" / "all.json")!r}, "w"))
"""
    run(tmp_path, script, env={"AGENT_KEY": "k"})
    argv, env, folder = json.loads((tmp_path / "seen" / "all.json").read_text())
    assert from_text(Task, Path(argv[0]).read_text(), schema=TASK) == task()
    assert argv[1] == folder == env["FTC_WORKTREE"]
    assert env["AGENT_KEY"] == "k"
    ours = {"PATH", "AGENT_KEY", "FTC_CHILD", "LC_CTYPE"}
    assert {name for name in env if not name.startswith("FTC_")} <= ours
    text = Path(env["FTC_PROMPT"]).read_text()
    assert "FTC_ANSWER" in text
    assert "cart_test.go" in text
    assert "run_test" not in text  # it has no tools of ours


NOTHING = [
    ("", "The agent changed nothing."),
    ("import sys; print('no licence', file=sys.stderr); sys.exit(3)", "The agent ended with 3: no licence."),
    (WRITES + "\nsys.exit(1)", "The agent ended with 1"),  # a change of one that failed is not taken
    (WRITES.replace('"give_up": ""', '"give_up": "It is the product."'), "It is the product."),
    (WRITES.replace('"summary": "Waits.", ', ""), "answer file cannot be used: the answer lacks summary"),
    (WRITES.replace("json.dump", "print") + "\nopen(os.environ['FTC_ANSWER'], 'w').write('x' * 300_000)", "is larger than"),
    (WRITES + "\nos.unlink(os.environ['FTC_ANSWER']); os.symlink('/etc/passwd', os.environ['FTC_ANSWER'])", "no ordinary file"),
    (WRITES + "\nos.unlink(os.environ['FTC_ANSWER']); os.mkfifo(os.environ['FTC_ANSWER'])", "no ordinary file"),
    (WRITES + "\nos.unlink(os.environ['FTC_ANSWER']); os.mkdir(os.environ['FTC_ANSWER'])", "no ordinary file"),
]  # fmt: skip


@pytest.mark.parametrize(("script", "said"), NOTHING)
def test_what_is_no_answer_ends_with_a_reason(tmp_path, script, said):
    found = run(tmp_path, script)
    assert found.candidates == ()
    assert said in found.give_up
    assert "7 of 40 runs" in found.give_up


def test_it_is_stopped_at_its_time_out_and_what_it_started_as_well(tmp_path):
    script = (
        WRITES
        + f"""
import subprocess, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(4); open({str(tmp_path / "late")!r}, 'w')"], start_new_session=True)
time.sleep(60)
"""
    )
    found = run(tmp_path, script, timeout=1.5)
    assert found.candidates == ()
    assert "stopped after 2 s" in found.give_up
    assert not (tmp_path / "late").exists()


def test_a_change_without_an_answer_is_taken(tmp_path):
    found = run(tmp_path, WRITES.partition("json.dump")[0])
    assert [item.summary for item in found.candidates] == [""]


def test_what_it_says_is_cleaned(tmp_path):
    found = run(
        tmp_path,
        "import sys; sys.exit('token swordfish-9 refused')",
        sanitizer=Sanitizer(extra_values=("swordfish-9",)),
    )
    assert "swordfish" not in found.give_up


def test_a_program_that_is_not_there(tmp_path):
    found = run(tmp_path, "", command="no-such-agent-here {task}")
    assert "could not be started" in found.give_up
    assert found.usd == 0


@pytest.mark.parametrize("command", ["", "   ", "agent 'unclosed"])
def test_a_command_that_cannot_be_read(tmp_path, command):
    with pytest.raises(UsageError, match="agent-command"):
        run(tmp_path, "", command=command)


def test_a_path_with_spaces_stays_one_word(tmp_path):
    root = tmp_path / "a; touch b"
    root.mkdir()
    (tmp_path / "agent.py").write_text("import sys, os; assert os.path.exists(sys.argv[1]); assert len(sys.argv) == 2")
    found = run(root, "", command=f"{sys.executable} {tmp_path / 'agent.py'} {{task}}")
    assert "changed nothing" in found.give_up
