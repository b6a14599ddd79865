"""Mechanical fixes on a workspace: the test's file is read, rewritten by a rule, and put through the agent's gates.

The rule it keeps: what the policy, the parser or the search for masking refuses is no candidate, whoever proposes it.
"""

from collections.abc import Iterator, Sequence
from posixpath import dirname

from ftc.agent.leaving import Leaving, Refused, Submitted
from ftc.agent.tools import Toolset, Workspace
from ftc.core.dialogue import ToolCall
from ftc.core.fix import Candidate, Reproduction, Task, TaskKind
from ftc.core.mechanical import RULES, Spot
from ftc.core.mechanical.doubts import BY_RULE
from ftc.core.mechanical.rewrite import go_version
from ftc.core.snippets import places


def mechanical(task: Task, reproduction: Reproduction, space: Workspace, *, names: Sequence[str]) -> Candidate | None:
    """The candidate of the first rule of these names that applies; None for none. The draft is left at the base."""
    if task.kind is not TaskKind.FIX or not task.tests:
        return None
    spots = list(_spots(task, reproduction, space)) if names else []
    for name in (name for name in RULES if name in names):
        for spot in spots:
            after = RULES[name].rewrite(spot)
            if after is not None and after != spot.text and (found := _handed_in(name, spot, after, space)):
                return found
    return None


def _spots(task: Task, reproduction: Reproduction, space: Workspace) -> Iterator[Spot]:
    """The file of the test, where it is known, else the likeliest one."""
    files = space.draft.paths()
    known = [path for path in task.test_files[:1] if path in files]
    for path, text in space.draft.texts(known or places.candidates(task.tests[0], files)[:1]):
        yield Spot(path=path, text=text, excerpt=reproduction.excerpt, go_version=_go_version(path, space))


def _go_version(path: str, space: Workspace) -> tuple[int, int]:
    """From the nearest ``go.mod`` above a Go file."""
    folder = dirname(path)
    while path.endswith(".go"):
        for _, text in space.draft.texts([f"{folder}/go.mod" if folder else "go.mod"]):
            return go_version(text)
        if not folder:
            break
        folder = dirname(folder)
    return (0, 0)


def _handed_in(name: str, spot: Spot, after: str, space: Workspace) -> Candidate | None:
    """The rewritten file through the gates of every change."""
    rule = RULES[name]
    tools = Toolset(workspace=space, by=f"{BY_RULE}{name}", hypothesis=rule.hypothesis)
    try:
        space.draft.edit(spot.path, spot.text, after)
        tools.perform(ToolCall(id="", name="finish", arguments={"summary": rule.summary}))
    except Submitted as found:
        return found.candidate
    except (Refused, Leaving):
        pass
    finally:
        space.draft.reset()
    return None
