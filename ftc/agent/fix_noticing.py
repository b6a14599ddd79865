"""The new tests of a candidate on broken code, as a gate of the job that proves it.

The rule it keeps: it takes a share of the time that is left, and a test that was not measured, or that forbids nothing
where it was looked at, is flagged and never passed over in silence.
"""

from collections.abc import Sequence
from dataclasses import replace

from ftc.agent.ground import Ground, Side
from ftc.agent.noticing import Court, noticing
from ftc.agent.patching import Applied
from ftc.agent.stress_run import Bench, CannotRun
from ftc.core.config import Masking
from ftc.core.fix import Gate, Task, TaskKind
from ftc.core.new_tests import NewTest, all_new_tests
from ftc.core.noticed import GATE, Notice, told, whole

SHARE = 0.2
"""Of the time that is left, what the new tests may take on broken code; the proof itself needs the rest."""
MOST_SECONDS = 600.0


def news_of(applied: Applied, ground: Ground, *, base: str) -> tuple[NewTest, ...]:
    """The tests that a change adds."""
    paths = [change.path for change in applied.changes if not change.binary]
    there = [diff.path for diff in applied.diffs if diff.path in paths]
    return all_new_tests(ground.mirror.read_files(base, there), ground.mirror.read_files(applied.commit, paths))


def noticed_gates(
    news: Sequence[NewTest], task: Task, ground: Ground, *, commit: str, sides: tuple[Side, Side], name: str
) -> tuple[Gate, ...]:
    """Whether the new tests fail when what they cover is broken; nothing for a change that adds none.

    ``commit`` is the change, checked out at the second of the sides; the names of its folders begin with ``name``.
    """
    if not news:
        return ()

    def bench(test: NewTest, folder: str) -> Bench:
        made = ground.bench(task, *sides, name=f"{name}-{folder}", test=test.id, test_file=test.path)
        return replace(made, names=frozenset({test.name}), fingerprints=frozenset())

    court = Court(
        tree=sides[1].tree,
        files=ground.mirror.files(commit),
        bench=bench,
        clock=ground.clock,
        until=ground.clock() + min(MOST_SECONDS, SHARE * ground.left),
    )
    try:
        found = noticing(news, court)
    except CannotRun as error:
        return (Gate(name=GATE, passed=False, detail=str(error)),)
    notice = whole(found)
    # What forbids nothing to a person's own pull request, or by configuration, is told all the same.
    lenient = task.kind is TaskKind.VERIFY or ground.config.masking is not Masking.REFUSE
    passed = notice is not Notice.BLIND or lenient
    return (Gate(name=GATE, passed=passed, detail=told(found), flagged=notice is not Notice.NOTICED),)
