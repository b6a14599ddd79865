"""``ftc task``: carry out task files, one or a folder of them, and list them with how they ended.

The rule it keeps: every task of a folder is a process of its own that shares nothing with the others; what they came to
is read from the files they left.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ftc.clients import shell
from ftc.core.errors import ConfigError, UsageError
from ftc.core.task_file import TaskFile, parse_task
from ftc.core.task_report import NOTHING_DELIVERED
from ftc.core.task_totals import Finished, together, totals, totals_text
from ftc.jobs.settings import add_config_flags, flag_values, parse_yaml
from ftc.jobs.task_run import run_file

FOLDER = "tasks"
"""Where task files lie in a repository."""
ARTIFACTS = "artifacts"
MOST_PARALLEL = 8
SLACK_SECONDS = 900.0
"""Beyond a task's own limit, for its base, the rebase and the requests, before its process is ended."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``run`` and ``list``, and the flags of both."""
    parser.add_argument("action", choices=("run", "list"), help="carry tasks out, or list them with their last result")
    parser.add_argument("path", nargs="?", default=FOLDER, metavar="FILE|DIR", help="a task file or a folder of them")
    parser.add_argument("--parallel", type=int, default=1, metavar="N", help="tasks of a folder at a time; default: 1")
    parser.add_argument("--no-pr", action="store_true", help="push nothing and open nothing; leave patch and texts")
    parser.add_argument("--artifacts", default=ARTIFACTS, metavar="DIR", help="where each task's folder lies")
    parser.add_argument("--local", default="", metavar="DIR", help="work on this clone instead of GitHub's; no request")
    parser.add_argument(
        "--base", default="", metavar="BRANCH", help="branch to start from; default: the default branch"
    )
    parser.add_argument("--agent", default="", metavar="COMMAND", help="command that edits, instead of the model")
    parser.add_argument("--agent-env", action="append", default=[], metavar="NAME", help="variable the command may see")
    parser.add_argument("--approve", default="", metavar="DIGEST", help="approve the plan that a task has posted")
    add_config_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Carry out or list."""
    files = task_files(Path(args.path))
    tasks = read_tasks(files)
    artifacts = Path(args.artifacts)
    if args.action == "list":
        print("\n".join(_listed(task, artifacts) for task in tasks) or f"There is no task in {args.path}.")
        return 0
    if not 1 <= args.parallel <= MOST_PARALLEL:
        raise UsageError(f"--parallel takes 1 to {MOST_PARALLEL}, not {args.parallel}")
    if len(files) == 1 and not Path(args.path).is_dir():
        code = run_file(tasks[0], args)
        print(_listed(tasks[0], artifacts))
        return code
    if args.approve:
        raise UsageError("--approve is for one task; name its file")
    with ThreadPoolExecutor(args.parallel) as pool:
        codes = list(pool.map(_child, [arguments_for(file, args) for file in files], tasks))
    return _gathered(tasks, codes, artifacts)


def task_files(path: Path) -> tuple[Path, ...]:
    """The file, or the YAML files of the folder, by name; ``UsageError`` when there is none."""
    if path.is_file():
        return (path,)
    listed = path.glob("*") if path.is_dir() else ()
    found = tuple(sorted(item for item in listed if item.suffix in (".yaml", ".yml")))
    if not found:
        raise UsageError(f"{path}: no task file and no folder of them (*.yaml)")
    return found


def read_tasks(files: Sequence[Path]) -> tuple[TaskFile, ...]:
    """The tasks of these files; ``ConfigError`` when two of them would share a folder or a branch."""
    tasks = []
    for file in files:
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{file}: cannot be read: {error}") from None
        tasks.append(parse_task(parse_yaml(text, str(file)), origin=str(file)))
    for kind in ("id", "branch"):
        names = [getattr(task, kind) for task in tasks]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ConfigError(f"two tasks have the {kind} {twice[0]}; tasks share nothing, so give one another {kind}")
    return tuple(tasks)


def _child(argv: Sequence[str], task: TaskFile) -> int:
    """Run one task of several in a process of its own."""
    timeout = task.limits.max_runtime_minutes * 60 + SLACK_SECONDS
    done = shell.run([sys.executable, "-m", "ftc", *argv], cwd=Path.cwd(), env=dict(os.environ), timeout=timeout)
    sys.stderr.write("".join(f"[{task.id}] {line}\n" for line in done.err.splitlines()))
    return done.code if not done.timed_out else NOTHING_DELIVERED


def arguments_for(file: Path, args: argparse.Namespace) -> list[str]:
    """The command line that carries out one file as this one was told to carry out its folder."""
    given: dict[str, object] = {"artifacts": args.artifacts, "local": args.local, "base": args.base}
    given |= {"agent": args.agent, **flag_values(args)}
    flags = [f"--{name}={value}" for name, value in given.items() if value not in (None, "")]
    flags += [f"--agent-env={name}" for name in args.agent_env] + (["--no-pr"] if args.no_pr else [])
    return ["task", "run", str(file), *flags]


def _gathered(tasks: Sequence[TaskFile], codes: Sequence[int], artifacts: Path) -> int:
    """Write ``tasks.json`` over all that ended, print a line for each, and give one exit code."""
    finished = [found for task, code in zip(tasks, codes, strict=True) if (found := _finished(task, code, artifacts))]
    artifacts.mkdir(parents=True, exist_ok=True)
    (artifacts / "tasks.json").write_text(totals_text(totals(finished), finished), encoding="utf-8")
    print("\n".join(_listed(task, artifacts) for task in tasks))
    return together(codes)


def _finished(task: TaskFile, code: int, artifacts: Path) -> Finished | None:
    status = _json(artifacts / task.id / "status.json")
    if status is None:
        return None
    evidence = _json(artifacts / task.id / "evidence" / "gates.json") or {}
    tried, first = (int(evidence.get(name, 0)) for name in ("tried", "first_try"))
    return Finished(status=status, code=code, batches=tried, first_try=first)


def _json(file: Path) -> Mapping[str, Any] | None:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _listed(task: TaskFile, artifacts: Path) -> str:
    """One line: the task, and how it ended when it last did."""
    status = _json(artifacts / task.id / "status.json")
    if status is None:
        return f"{task.id}: not run yet; {task.objective.strip().splitlines()[0]}"
    account = artifacts / task.id / "FAILURE.md"
    if account.exists():
        return f"{task.id}: failed; see {account}"
    commits, labels = status.get("commits") or [], status.get("risk_labels") or []
    risk = f"risk {status.get('risk_level')}" + (f" ({', '.join(map(str, labels))})" if labels else "")
    where = status.get("pr_url") or str(artifacts / task.id)
    return f"{task.id}: {len(commits)} commit{'' if len(commits) == 1 else 's'}, {risk}; {where}"
