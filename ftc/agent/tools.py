"""What the agent may do: list, read, search, edit, run the test, look at history, state hypotheses, finish, give up.

The rule it keeps: a tool takes a path of the repository or a word of a fixed set and nothing else; none takes a
command, an address or a pattern. Whatever a tool gives back is bounded and marked as data. This is the one place that
catches everything: a tool that breaks is a result the model can read, not the end of the run.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ftc.agent.files import Draft
from ftc.agent.leaving import FormatError, GaveUp, Leaving, Refused, Submitted
from ftc.core.analysis import RootCause
from ftc.core.dialogue import Tool, ToolCall
from ftc.core.fix import Amplifier, Candidate
from ftc.core.forms import Form, Malformed, Part, choice, count, record, verbatim, words
from ftc.core.masking import DOUBTFUL, masking
from ftc.core.patch import Policy, secrets, violations
from ftc.core.sanitize import Sanitizer
from ftc.render.prompt import data, line, numbered, source

LINES_READ = 200
"""Lines of a file that one call gives; with the rest one asks again."""
PATHS_LISTED = 190
HITS, HIT_CHARS = 40, 200
SEARCHED_FILES = 4_000
"""Files looked through for a text; those of larger repositories are searched folder by folder."""
SEARCHED_CHARS = 40_000_000
MOST_RUNS = 50
"""Runs of the test that one call may ask for."""
EDIT_CHARS = 20_000
REASON_CHARS = 1_200


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRuns:
    """What runs of the test with the candidate's changes showed: counts, and an excerpt of the first failure."""

    __test__ = False  # not a test class, whatever pytest thinks of its name

    runs: int
    target: int
    """Failures with the signature that is to be mended."""
    others: int = 0
    seconds: float = 0.0
    excerpt: str = ""
    problem: str = ""
    """Why it could not be run, or not as often as asked."""


RunTest = Callable[[Mapping[str, str], Amplifier, int], TestRuns]
"""Runs the test on the base with these files laid over it (path to whole new text), so often, under an amplifier.

It must run repository code where neither the model's key nor a network can be reached; where that cannot be had, there
is None in its place.
"""
History = Callable[[str], tuple[str, ...]]
"""Recent commits of a path, newest first, each on one line: date, sha, title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """What an agent works on: the files, what it may change, and what it can ask."""

    draft: Draft
    policy: Policy
    sanitizer: Sanitizer
    run_test: RunTest | None = None
    history: History | None = None
    refuse_masking: bool = True
    """Whether a change that hides the flake is refused here already; verify judges it either way."""


@dataclass(slots=True, kw_only=True)
class Toolset:
    """The tools of one run over one workspace, with what they must remember."""

    workspace: Workspace
    by: str
    """The model's name, for the candidates."""
    mode: Amplifier = Amplifier.PLAIN
    """The amplifier under which it failed most often."""
    enough: int = 0
    """Runs in that mode without a failure that a change must have seen so that no other is looked for; 0 for never."""
    instructed: bool = False
    """Whether a person said what to do, so that no hypothesis is needed."""
    hypothesis: str = ""
    clean: int = 0
    """Runs in that mode without a failure, of the files as they are now."""
    patches: set[str] = field(default_factory=set)
    table: "Table | None" = None
    """What is offered; None for the tools of a fix."""
    tools: tuple[Tool, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.table = TOOLS if self.table is None else self.table
        self.tools = tuple(
            Tool(name=name, description=text, form=Form(name=name, record=part, made=dict))
            for name, (text, part, _) in self.table.items()
        )

    @property
    def state(self) -> int:
        """Equal when a pure call would give the same again."""
        return self.workspace.draft.version

    def perform(self, call: ToolCall) -> str:
        """The result of one call, bounded and cleaned; raises ``Leaving`` to end, ``FormatError`` for a bad call."""
        table = self.table or TOOLS
        if call.name not in table:
            raise FormatError(f"there is no tool {line(call.name)!r}; there are: {', '.join(table)}")
        if call.problem:
            raise FormatError(f"{call.name}: {line(call.problem)}")
        _, part, done = table[call.name]
        try:
            return self.workspace.sanitizer.clean(done(self, part.read(dict(call.arguments), call.name)))
        except Malformed as error:
            raise FormatError(line(str(error))) from None
        except Leaving:
            raise
        except Refused as error:
            return f"Refused: {line(self.workspace.sanitizer.clean(str(error)))}"
        except Exception as error:  # noqa: BLE001 - the model may try another way; what broke is named, not what it said
            return f"The tool {call.name} failed ({type(error).__name__}); try another way."

    def another(self) -> None:
        """Begin another candidate from the base."""
        self.workspace.draft.reset()
        self.hypothesis = ""
        self.clean = 0


Done = Callable[[Any, Mapping[str, Any]], str]
"""Carries a call out on the ``Toolset`` (or a kind of it that the table is for), given its arguments as read."""
Table = Mapping[str, tuple[str, Part[Mapping[str, Any]], Done]]
"""Name to what it is for, the form of its arguments, and what it does."""


def _list(tools: Toolset, given: Mapping[str, Any]) -> str:
    folder = given["folder"].strip("/").removeprefix(".").strip("/")
    inside = [path for path in tools.workspace.draft.paths() if not folder or path.startswith(f"{folder}/")]
    if not inside:
        raise Refused(f"there is no folder {folder!r}")
    start = len(folder) + 1 if folder else 0
    names = dict.fromkeys(path[start:].partition("/")[0] + ("/" if "/" in path[start:] else "") for path in inside)
    shown = list(names)[:PATHS_LISTED]
    more = f"\n… and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    return data("\n".join(shown) + more, f"files in {folder or 'the root'}")


def _read(tools: Toolset, given: Mapping[str, Any]) -> str:
    lines = tools.workspace.draft.read(given["path"]).split("\n")
    first = given["first"]
    if first > len(lines):
        raise Refused(f"{given['path']} has {len(lines)} lines")
    last = min(given["last"] if given["last"] >= first else first, first + LINES_READ - 1, len(lines))
    text = numbered("\n".join(lines[first - 1 : last]), first)
    return source(text, f"{given['path']} lines {first} to {last} of {len(lines)}")


def _search(tools: Toolset, given: Mapping[str, Any]) -> str:
    draft, wanted, folder = tools.workspace.draft, given["text"], given["folder"].strip("/")
    if len(wanted.strip()) < 2:
        raise Refused("search for at least two characters")
    hits: list[str] = []
    size = 0
    paths = [path for path in draft.paths() if not folder or f"{path}/".startswith(f"{folder}/")]
    for path, text in draft.texts(paths[:SEARCHED_FILES]):
        size += len(text)
        if wanted in text:
            lines = enumerate(text.split("\n"), 1)
            hits += [f"{path}:{number}: {one.strip()[:HIT_CHARS]}" for number, one in lines if wanted in one]
        if len(hits) > HITS or size > SEARCHED_CHARS:
            break
    if not hits:
        return "Nothing found. The text is searched to the letter, not as a pattern."
    cut = f"\n… only the first {HITS} are shown" if len(hits) > HITS else ""
    return source("\n".join(hits[:HITS]) + cut, "found")


def _history(tools: Toolset, given: Mapping[str, Any]) -> str:
    if tools.workspace.history is None:
        raise Refused("no history can be read in this job")
    tools.workspace.draft.read(given["path"])  # a path of the repository, or refused
    return data("\n".join(tools.workspace.history(given["path"])) or "none in the last weeks", "commits, newest first")


def _hypothesis(tools: Toolset, given: Mapping[str, Any]) -> str:
    tools.hypothesis = f"{given['root_cause'].value}: {given['text']}"
    return "Noted. Now look for what contradicts it; edit only if nothing does."


def _edit(tools: Toolset, given: Mapping[str, Any]) -> str:
    if not tools.hypothesis and not tools.instructed:
        raise Refused("no edit before a hypothesis: say with `hypothesis` why the test is flaky")
    tools.workspace.draft.edit(given["path"], given["search"], given["replace"])
    tools.clean = 0
    return f"Done: {line(given['path'])} is changed and still parses."


def _run_test(tools: Toolset, given: Mapping[str, Any]) -> str:
    draft, mode = tools.workspace.draft, given["mode"]
    if tools.workspace.run_test is None:
        raise Refused("tests cannot be run in this job, since it holds a key; judge by the code, another job runs them")
    found = tools.workspace.run_test(draft.changed, mode, given["runs"])
    if mode is tools.mode:
        tools.clean = tools.clean + found.runs if not found.target and not found.others else 0
    counts = f"{found.runs} runs in mode {mode.value}, {found.seconds:.0f} s: {found.target} failed as the issue says"
    others = f", {found.others} in another way" if found.others else ""
    problem = f"\nProblem: {line(found.problem)}" if found.problem else ""
    return f"{counts}{others}.{problem}" + (f"\n{data(found.excerpt, 'first failure')}" if found.excerpt else "")


def _finish(tools: Toolset, given: Mapping[str, Any]) -> str:
    raise Submitted(candidate_of(tools, given["summary"]), enough=0 < tools.enough <= tools.clean)


def candidate_of(tools: Toolset, summary: str) -> Candidate:
    """The files as they are now, handed in; ``Refused`` for what may not be changed, hides failures, or came before."""
    space, draft = tools.workspace, tools.workspace.draft
    diffs = draft.diffs()
    offences = violations(draft.changes(), space.policy)
    added = {item.path: "\n".join(item.added) for item in diffs}
    if found := [*offences, *secrets(added, space.sanitizer)]:
        raise Refused("; ".join(f"{item.path}: {item.text}" if item.path else item.text for item in found[:5]))
    if space.refuse_masking and (hidden := [item for item in masking(diffs) if item.masking not in DOUBTFUL]):
        told = "; ".join(item.told for item in hidden[:3])
        raise Refused(f"this hides the flake and does not mend it ({told}); find the cause, or give up")
    patch = draft.patch()
    if patch in tools.patches:
        raise Refused("this change was handed in already; make another one, or give up")
    tools.patches.add(patch)
    number = len(tools.patches)
    return Candidate(number=number, patch=patch, hypothesis=tools.hypothesis, summary=summary, by=tools.by)


def _give_up(tools: Toolset, given: Mapping[str, Any]) -> str:
    missing = f" Missing: {given['missing']}" if given["missing"] else ""
    raise GaveUp(f"{given['reason']}{missing}")


_PATH = words("path from the root of the repository", most=300)
_FOLDER = words("folder from the root of the repository; empty for all of it", most=300)
TOOLS: Table = {
    "list": ("Files and folders of one folder.", record(folder=_FOLDER), _list),
    "read": (
        f"Lines of a file, with numbers that are not part of it; at most {LINES_READ} at once.",
        record(
            path=_PATH,
            first=count("first line", lowest=1, highest=1_000_000),
            last=count("last line", lowest=1, highest=1_000_000),
        ),
        _read,
    ),
    "search": (
        "Lines that hold a text, to the letter.",
        record(text=verbatim("what to look for", most=200), folder=_FOLDER),
        _search,
    ),
    "history": ("Recent commits that touched a file.", record(path=_PATH), _history),
    "hypothesis": (
        "Say why the test is flaky; needed before any edit.",
        record(
            root_cause=choice("class of the cause", RootCause),
            text=words("the chain of events that makes it fail, with the lines it rests on", most=REASON_CHARS),
        ),
        _hypothesis,
    ),
    "edit": (
        "Replace one piece of a file. The search text must stand in it exactly once; an empty one makes a new file.",
        record(
            path=_PATH,
            search=verbatim("lines as they are, without line numbers", most=EDIT_CHARS),
            replace=verbatim("lines as they shall be", most=EDIT_CHARS),
        ),
        _edit,
    ),
    "run_test": (
        "Run the flaky test several times with your changes.",
        record(mode=choice("amplifier", Amplifier), runs=count("how often", lowest=1, highest=MOST_RUNS)),
        _run_test,
    ),
    "finish": (
        "Hand in the change as it is now.",
        record(summary=words("what was wrong, what the change does, why it holds", most=REASON_CHARS, lines=True)),
        _finish,
    ),
    "give_up": (
        "End without a (further) change.",
        record(
            reason=words("why the test cannot be mended here", most=REASON_CHARS),
            missing=words("evidence that would be needed; or empty", most=REASON_CHARS),
        ),
        _give_up,
    ),
}
"""The tools of a fix."""
