"""From a task and what was reproduced to candidates for a fix, or to the reason why there are none.

The rule it keeps: whoever proposes, a rule, a model or a program of the user's, gets the same task and is judged by the
same proof; nothing that is claimed here counts as one.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ftc.agent.context_pack import gather_pack
from ftc.agent.edits import broken
from ftc.agent.files import Draft, Files
from ftc.agent.loop import Loop, Outcome
from ftc.agent.mechanical import mechanical
from ftc.agent.tools import History, RunTest, TestRuns, Toolset, Workspace
from ftc.agent.transcript import Begun, Transcript
from ftc.core.analysis import RootCause
from ftc.core.dialogue import Model, System, User
from ftc.core.fix import Amplifier, Candidate, Fix, Reproduction, Task, TaskKind
from ftc.core.fix_limits import Limits
from ftc.core.giving_up import measured, without_model
from ftc.core.languages import language_of
from ftc.core.ledger import Purpose
from ftc.core.patch import Policy
from ftc.core.sanitize import Sanitizer
from ftc.core.stress import silent_runs
from ftc.core.taxonomy import fixes
from ftc.render.prompt import prompt

TRANSCRIPT = "transcript.jsonl"
"""Name of the file in the run's folder."""
BODY_CHARS = 6_000
OFTEN = 0.5
"""A rate above this counts as this: a handful of silent runs is wanted from whatever failed always."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """With what a fix is looked for."""

    transcript: Path
    limits: Limits
    clock: Callable[[], float]
    """Seconds that only rise, as ``time.monotonic``."""
    mechanical: tuple[str, ...] = ()
    """Names of the mechanical fixes that may be tried (``fix-mechanical``)."""
    texts: bool = False
    """Whether the model cannot call tools; one that refuses them is found out without being told."""


def policy_of(task: Task) -> Policy:
    """What a change for this task may touch."""
    return Policy(allowed=task.allowed_paths, planned=frozenset(task.planned_files), product_code=task.product_code)


def workspace_of(
    task: Task,
    files: Files,
    *,
    sanitizer: Sanitizer,
    run_test: RunTest | None = None,
    history: History | None = None,
    refuse_masking: bool = True,
) -> Workspace:
    """The workspace for a task over the files of its base."""
    policy = policy_of(task)
    return Workspace(
        draft=Draft(files, policy=policy, gate=broken),
        policy=policy,
        sanitizer=sanitizer,
        run_test=run_test,
        history=history,
        refuse_masking=refuse_masking,
    )


def propose(task: Task, reproduction: Reproduction, space: Workspace, model: Model | None, *, means: Means) -> Fix:
    """Candidates, or why there are none; run again after a kill it goes on where it was.

    What ``give_up`` and the candidates say comes from a model and from the repository. Raises
    ``TranscriptUnreadable`` when the transcript is another task's, ``CommandFailed`` when git does not answer.
    """
    if found := mechanical(task, reproduction, space, names=means.mechanical):
        return _fix(task, candidates=(found,))
    if model is None:
        return _fix(task, give_up=without_model(reproduction))
    outcome = _with_model(task, reproduction, space, model, means=means)
    shown = f" {measured(reproduction)}" if task.kind is TaskKind.FIX else ""
    give_up = "" if outcome.candidates else f"{outcome.ending.rstrip('.')}.{shown}"
    spent = outcome.spent
    return replace(
        _fix(task, give_up=give_up),
        candidates=outcome.candidates,
        usd=spent.usd,
        tokens=spent.tokens,
        steps=spent.steps,
    )


def _fix(task: Task, *, candidates: tuple[Candidate, ...] = (), give_up: str = "") -> Fix:
    return Fix(task=task.id, base_sha=task.base_sha, candidates=candidates, give_up=give_up, usd=0.0, tokens=0, steps=0)


def _with_model(task: Task, reproduction: Reproduction, space: Workspace, model: Model, *, means: Means) -> Outcome:
    transcript = Transcript(means.transcript)
    begun = transcript.begun or opening(task, reproduction, space, texts=means.texts)
    # What was begun is gone on with as it was begun; for another task's file this raises.
    transcript.begin(replace(begun, task=task.id, base_sha=task.base_sha))
    tools = Toolset(
        workspace=_remembered(space, transcript),
        by=model.name,
        mode=reproduction.chosen,
        enough=_enough(reproduction),
        instructed=task.kind is not TaskKind.FIX,
    )
    loop = Loop(
        model=model,
        tools=tools,
        transcript=transcript,
        limits=means.limits,
        sanitizer=space.sanitizer,
        clock=means.clock,
        purpose=f"{Purpose.FIX}:{task.id}",
        issue=task.issue,
        texts=means.texts,
    )
    return loop.run((System(text=begun.system), User(text=begun.user)))


def opening(
    task: Task,
    reproduction: Reproduction,
    space: Workspace,
    *,
    texts: bool = False,
    rules: str = "fix_rules",
) -> Begun:
    """The two messages that open the dialogue: rules, the same for all tasks, and this task with its pack.

    ``rules`` is the name of their prompt: a program of the user's acts by itself and not through tools.
    """
    values = {
        "task": task,
        "body": task.body[:BODY_CHARS],
        "reproduction": reproduction,
        "measured": measured(reproduction),
        "pack": gather_pack(task, reproduction, space),
        "advice": _advice(task),
        "can_run": space.run_test is not None,
        "texts": texts,
        "own_tools": rules == "fix_rules",
        "tools": Toolset(workspace=space, by="").tools,
    }
    clean = space.sanitizer.clean
    return Begun(
        task=task.id,
        base_sha=task.base_sha,
        system=clean(prompt(rules, {})),
        user=clean(prompt("fix_task", values)),
    )


def _enough(reproduction: Reproduction) -> int:
    """Runs without a failure that exclude, at 95 %, that the test still fails as often as it did; 0 where unknown."""
    trial = next((item for item in reproduction.trials if item.amplifier is reproduction.chosen), None)
    if not reproduction.reproduced or trial is None or not 0 < trial.target <= trial.runs:
        return 0
    return silent_runs(min(trial.target / trial.runs, OFTEN))


def _advice(task: Task) -> fixes.Fix | None:
    if not task.tests or task.root_cause not in tuple(RootCause):
        return None
    return fixes.fix_for(RootCause(task.root_cause), language_of(task.tests[0], task.test_files))


def _remembered(space: Workspace, transcript: Transcript) -> Workspace:
    """The workspace whose runs of the test are kept, so that a restart does not repeat them."""
    run_test = space.run_test
    if run_test is None:
        return space

    def run(changed: Mapping[str, str], mode: Amplifier, runs: int) -> TestRuns:
        found = transcript.measured(lambda: asdict(_cleaned(run_test(changed, mode, runs), space.sanitizer)))
        return TestRuns(**found)

    return replace(space, run_test=run)


def _cleaned(found: TestRuns, sanitizer: Sanitizer) -> TestRuns:
    return replace(found, excerpt=sanitizer.clean(found.excerpt), problem=sanitizer.clean(found.problem))
