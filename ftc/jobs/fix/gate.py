"""``ftc fix gate``: whether an ordered fix may run now, and everything that its jobs may rely on, frozen.

The rule it keeps: it reads, decides, and writes one document into the run's folder; no code of the repository is run
and nothing is written to GitHub. The same order on the same page gives the same task, however often it is asked.
"""

import argparse
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ftc.clients import runner
from ftc.core.config import Config
from ftc.core.errors import UsageError
from ftc.core.fix import Fix, Refusal, Refused, Task, TaskKind
from ftc.core.fix_agents import takes_key
from ftc.core.gating import Job, refused
from ftc.core.gating_rules import gated, objection, switched_off
from ftc.core.markdown import strip_control
from ftc.core.order_file import OrderUnreadable, read_order
from ftc.core.orders import Order
from ftc.jobs.context import Context, moment, open_context
from ftc.jobs.fix.folder import MAX_BYTES, Folder, open_folder
from ftc.jobs.fix.gate_facts import completed, look
from ftc.jobs.settings import flag_values, load_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Gated:
    """What the gate hands on; ``fix`` is the one candidate of somebody's pull request that is to be proven."""

    verdict: Task | Refusal
    fix: Fix | None = None


def carry_out(args: argparse.Namespace) -> int:
    """Decide about one order; a refusal is an answer, too."""
    settings = load_settings(environ=os.environ, flags=flag_values(args))
    folder = open_folder(args)
    order = _order(args.order, task=args.task)
    if settings.config.disabled:
        # The kill switch: nothing is read either.
        found = Gated(verdict=refused(order, Refused.SWITCHED_OFF, switched_off(settings.config)))
    else:
        ctx = open_context(settings, os.environ, now=moment(args.now))
        found = gate(ctx, order, job=job_of(os.environ))
    hand_on(folder, found, config=settings.config, environ=os.environ)
    print(runner.harmless(strip_control(_said(found.verdict))))
    return 0


def gate(ctx: Context, order: Order, *, job: Job) -> Gated:
    """The task or the refusal; what costs requests is asked only while the page does not object."""
    if order.repo.lower() != ctx.write.repo.lower():
        raise UsageError(f"--order: it is of {order.repo[:100]}, and this job writes to {ctx.write.repo}")
    seen = look(ctx, order, job=job)
    no = objection(seen.facts, page_only=True)
    if no is not None:
        return Gated(verdict=no)
    whole = completed(seen)
    verdict = gated(whole.facts)
    candidates = (whole.candidate,) if whole.candidate else ()
    fix = Fix(task=order.id, base_sha=whole.facts.base.sha, candidates=candidates, give_up="", usd=0, tokens=0, steps=0)
    return Gated(verdict=verdict, fix=fix if candidates and isinstance(verdict, Task) else None)


def job_of(environ: Mapping[str, str]) -> Job:
    """The workflow run that this process belongs to; off a runner it is none."""
    attempt = environ.get("GITHUB_RUN_ATTEMPT", "")
    return Job(run=environ.get("GITHUB_RUN_ID", ""), attempt=int(attempt) if attempt.isdecimal() else 1)


def hand_on(folder: Folder, found: Gated, *, config: Config, environ: Mapping[str, str]) -> None:
    """Write the documents, and tell the workflow which jobs are to run and where."""
    for old in folder.part().glob("*.json"):  # of an earlier attempt that decided otherwise
        old.unlink()
    folder.write(found.verdict)
    if found.fix is not None:
        folder.write(found.fix)
    runner.write_outputs(environ, {**outputs_of(found.verdict, config), "sha256": folder.digests()})


def outputs_of(verdict: Task | Refusal, config: Config) -> dict[str, object]:
    """The step's outputs; a refusal has the same names, so that no expression of the workflow meets an unset one."""
    task = verdict if isinstance(verdict, Task) else None
    return {
        "go": str(task is not None).lower(),
        "generate": str(task is not None and task.kind is not TaskKind.VERIFY).lower(),
        "model-key": str(takes_key(config.fix_agent, config.agent_variables)).lower(),
        "base-sha": task.base_sha if task else "",
        "head-sha": task.head_sha if task else "",
        "runner": json.dumps(task.runner if task else ""),
        "legs": json.dumps(task.legs if task else ()),
        "kind": verdict.kind.value,
    }


def _order(name: str, *, task: str) -> Order:
    """The order that was handed on to this very task."""
    if not name:
        raise UsageError("gate needs --order FILE, the task.json that was handed on with the matrix of fixes")
    try:
        with Path(name).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"--order: {name} cannot be read: {error.strerror}") from None
    order = read_order(data.decode("utf-8", "replace"))
    if order.id != task:
        raise OrderUnreadable(f"--order: it is of task {order.id[:80]}, not of {task}")
    return order


def _said(verdict: Task | Refusal) -> str:
    if isinstance(verdict, Refusal):
        return f"task {verdict.task} does not run ({verdict.why.value}): {verdict.text}"
    return f"task {verdict.id} runs on {verdict.runner} at {verdict.base_sha}, {len(verdict.legs)} jobs for the proof"
