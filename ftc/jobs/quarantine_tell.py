"""What is said about a judged test step: lines for the log, annotations, outputs and the job summary.

The rule it keeps: a tolerated failure is as visible as one that counts; only the colour of the job differs.
"""

import sys
from collections.abc import Iterator, Mapping

from ftc.clients import runner
from ftc.core.tolerance import Tolerance
from ftc.render.environment import render


def told(decision: Tolerance) -> Iterator[str]:
    """Lines for people."""
    for failure, entry in decision.tolerated:
        where = f" (issue {entry.issue})" if entry.issue else ""
        yield f"tolerated until {entry.until:%Y-%m-%d %H:%M} UTC: {failure.test}{where}"
    for failure, lapse in decision.failed:
        yield f"FAILED: {failure.test}" + (f" (its quarantine does not count: {lapse})" if lapse else "")
    for doubt in decision.doubts:
        yield f"not tolerated, because {doubt}"
    tolerated = len(decision.tolerated)
    if decision.passes:
        yield f"Every failure is in quarantine ({tolerated}); the step counts as passed."
    else:
        counted = len(decision.failed)
        yield f"The step counts as failed; failures that are not in quarantine: {counted}, that are: {tolerated}."


def tell_runner(environ: Mapping[str, str], decision: Tolerance) -> None:
    """The page of the run, and later steps; at most ten annotations of each kind, as GitHub shows no more."""
    runner.write_summary(environ, render("quarantine_summary.md.j2", {"decision": decision}))
    runner.write_outputs(
        environ,
        {
            "passes": str(decision.passes).lower(),
            "tolerated": "\n".join(str(failure.test) for failure, _ in decision.tolerated),
            "failed": "\n".join(str(failure.test) for failure, _ in decision.failed),
        },
    )
    warnings = [
        (
            runner.Level.WARNING,
            f"{failure.test} failed and is tolerated until {entry.until:%Y-%m-%d}: {failure.message}",
        )
        for failure, entry in decision.tolerated
    ]
    errors = [(runner.Level.ERROR, f"{failure.test} failed: {failure.message}") for failure, _ in decision.failed]
    errors += [(runner.Level.ERROR, f"Nothing is tolerated, because {doubt}") for doubt in decision.doubts]
    for line in runner.annotations(environ, [*errors, *warnings][: runner.ANNOTATION_LIMIT]):
        print(line, file=sys.stderr)
