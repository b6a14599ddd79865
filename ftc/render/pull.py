"""The text of a pull request that a fix run opens, and the message of its one commit.

The rule it keeps: the first line is the verdict with its numbers, computed here from the counts of the proof. What a
model, a log or a file name says stands below it as words that call, link, close and command nothing.
"""

import re

from ftc.core.conclusion import known_commands
from ftc.core.markdown import JOINT, bound, strip_control, subject
from ftc.core.publishing import Proposal, pull_mark
from ftc.core.pull_template import filled_template
from ftc.render.environment import SHORT_SHA, Markdown, render
from ftc.render.proof import LINE_CHARS, MOST_ITEMS, claim_rows, cut, figures, gate_rows, rows, trials, whole_commands

BODY_BUDGET = 60_000
"""Characters; GitHub refuses 65,536."""
PROSE_LINES = 20
"""Of what the model says about its change: it is shown, and proves nothing."""
ROOM = ((LINE_CHARS, 2_000), (100, 600), (30, 150))
"""Characters of one line and of the prose; the next smaller where escaping made the text too long."""
SUMMARY_CHARS = 500
"""Of the summary in the commit's message."""
_OWN = re.compile(r"<!--(?= flaky-test-cleaner:)|/(?=ai-?_?fix|ftc(?:\s|$))", re.IGNORECASE)
"""What must not be found in text of others: hidden marks of ours, and our commands wherever they stand."""


def pull_text(proposal: Proposal, *, template: str = "", language: str = "en") -> str:
    """The body: ours, and below it the repository's own template, which goes first when there is no room."""
    task = proposal.evidence.task
    theirs = filled_template(template, number=task.issue)
    for line, prose in ROOM:
        text = render("pull.md.j2", _values(proposal, line=line, prose=prose), language=language)
        ours = _OWN.sub(lambda match: match[0] + JOINT, text) + f"\n{pull_mark(task.id)}\n"
        whole = f"{ours}\n---\n\n{theirs}\n" if theirs else ours
        if len(ours) <= BODY_BUDGET:
            return whole if len(whole) <= BODY_BUDGET else ours
    raise AssertionError("every part is bounded")


def commit_message(proposal: Proposal, *, sign_off: str = "", language: str = "en") -> str:
    """Title, cause and verdict; it names the issue and closes nothing, since branches of commits are copied about.

    ``sign_off`` is ``Name <address>``.
    """
    evidence = proposal.evidence
    values = {
        "title": Markdown(proposal.title),
        "cause": Markdown(subject(_cause(evidence.task.root_cause))),
        "summary": Markdown(cut(subject(proposal.candidate.summary), SUMMARY_CHARS)),
        "proof": figures(evidence.conclusion.proof),
        "issue": evidence.task.issue,
        "sign_off": Markdown(sign_off),
    }
    return render("pull_commit.txt.j2", values, language=language)


def _values(proposal: Proposal, *, line: int, prose: int) -> dict[str, object]:
    evidence = proposal.evidence
    task, conclusion, judged = evidence.task, evidence.conclusion, evidence.conclusion.judged
    return {
        "proof": figures(conclusion.proof),
        "task": task,
        "test": cut(str(task.tests[0]), line) if task.tests else "",
        "others": [cut(str(test), line) for test in task.tests[1 : MOST_ITEMS + 1]],
        "cause": _cause(task.root_cause, line),
        "summary": _prose(proposal.candidate.summary, prose),
        "hypothesis": _prose(proposal.candidate.hypothesis, prose),
        "by": cut(proposal.candidate.by, line),
        "rows": rows(judged, line),
        "gates": gate_rows(judged, line),
        "trials": trials(evidence.reproduction),
        "commands": whole_commands(known_commands(conclusion, evidence.reproduction)),
        "masking": [cut(item, line) for item in proposal.masking[:MOST_ITEMS]],
        "draft": proposal.draft,
        "risk": proposal.risk.word,
        "reasons": [reason.value for reason in proposal.reasons],
        "files": [
            {
                "path": cut(item.path, line),
                "new": item.status == "A",
                "added": item.added,
                "removed": item.removed,
            }
            for item in proposal.changes[:MOST_ITEMS]
        ],
        "more_files": max(len(proposal.changes) - MOST_ITEMS, 0),
        "base": task.base_sha[:SHORT_SHA],
        "moved_to": proposal.moved_to[:SHORT_SHA],
        "missing_legs": [cut(leg, line) for leg in conclusion.missing_legs[:MOST_ITEMS]],
        "problems": [cut(item, line) for item in conclusion.problems[:MOST_ITEMS]],
        "claims": claim_rows(task),
        "starts_ci": proposal.starts_ci,
        "run_url": proposal.run_url,
    }


def _prose(text: str, chars: int) -> list[str]:
    """Its paragraphs, bounded; each is escaped when it is printed."""
    kept = bound(strip_control(text).strip(), max_lines=PROSE_LINES, max_chars=chars)
    return [part for part in re.split(r"\n\s*\n", kept) if part.strip()]


def _cause(root_cause: str, chars: int = LINE_CHARS) -> str:
    """As people read it: ``async wait``."""
    return cut(re.sub(r"(?<=[a-z])-(?=[a-z])", " ", root_cause), chars)
