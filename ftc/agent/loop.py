"""The agent's loop: ask, carry out the calls, say back what they gave, until it is left.

The rule it keeps: limits are looked at before each question; every answer is paid for, kept on the disk, and only then
looked at; the dialogue only ever grows at its end, so that providers can keep what they have read. Leaving is an
exception that carries what to say (``leaving``). A run that was killed is played back to where it was.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from ftc.agent.leaving import FormatError, GaveUp, LimitsExceeded, Submitted
from ftc.agent.transcript import Step, Transcript
from ftc.core.dialogue import Assistant, Message, Model, Reply, System, Tool, ToolCall, ToolResult, User
from ftc.core.edit_blocks import BlocksUnreadable, calls_in, edits_in
from ftc.core.errors import BudgetExceeded, ModelFailed, ModelMisconfigured, ModelUnavailable
from ftc.core.fix import Candidate
from ftc.core.fix_limits import Limits, Spent, used_up
from ftc.core.sanitize import Sanitizer
from ftc.render.prompt import prompt

REPEATABLE = frozenset({"run_test"})
"""Calls that may give something else the next time."""
CALLS_AT_ONCE = 8
"""Calls of one answer that are carried out; more were not thought through."""
TEXT_CHARS = 8_000
"""Of what the model says beside its calls, said back."""
CONTEXT_CHARS = 400_000
"""Of the whole dialogue; larger ones are refused by many models, and get dear and vague with the others."""
NOT_DONE = "Not carried out."


class Tools(Protocol):
    """What can be called; ``agent.tools.Toolset`` is one."""

    tools: tuple[Tool, ...]

    @property
    def state(self) -> int:
        """Equal when a call would give the same again."""
        ...

    def perform(self, call: ToolCall) -> str:
        """The result; raises what ``agent.leaving`` declares."""
        ...

    def another(self) -> None:
        """Begin another candidate from the base."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run ended: what was handed in, why it ended, and what it used."""

    candidates: tuple[Candidate, ...]
    ending: str
    spent: Spent


@dataclass(slots=True, kw_only=True)
class Loop:
    """One run. ``clock`` gives seconds that only ever rise; ``purpose`` and ``issue`` are for the bill."""

    model: Model
    tools: Tools
    transcript: Transcript
    limits: Limits
    sanitizer: Sanitizer
    clock: Callable[[], float]
    purpose: str
    issue: int
    texts: bool = False
    """Ask for calls written as text, for models that cannot call tools."""
    spent: Spent = field(default_factory=Spent)
    _messages: list[Message] = field(default_factory=list)
    _candidates: list[Candidate] = field(default_factory=list)
    _seen: Counter[str] = field(default_factory=Counter)
    _ids: set[str] = field(default_factory=set)
    _bad: int = 0
    _problem: str = ""
    _started: float = 0.0

    def run(self, opening: tuple[System, User]) -> Outcome:
        """The whole run. An end for which the model cannot help it is told in ``ending`` and not raised."""
        self._messages = list(opening)
        self._started = self.clock()
        ending = ""
        while not ending:
            try:
                self._step()
            except FormatError as error:
                ending = self._bad_format(str(error))
            except Submitted as found:
                ending = self._submitted(found)
            except (GaveUp, LimitsExceeded) as error:
                ending = str(error)
        return Outcome(candidates=tuple(self._candidates), ending=ending, spent=self.spent)

    def _step(self) -> None:
        reply = self._reply()
        try:
            calls, written = _calls(reply, step=self.spent.steps, used=self._ids)
        except FormatError:
            self._messages.append(Assistant(text=reply.text[:TEXT_CHARS] or "…"))  # an empty one is refused
            raise
        text = reply.text if written else reply.text[:TEXT_CHARS]
        self._messages.append(Assistant(text=text, tool_calls=() if written else calls))
        results: dict[str, str] = {}
        try:
            bad = self._carry_out(calls, results)
        finally:
            self._say_results(calls, results, written=written)
        self._bad = self._bad + 1 if bad == len(calls) else 0
        if self._bad >= self.limits.format_errors:
            raise LimitsExceeded(f"{self._bad} answers in a row held no call that could be read")

    def _carry_out(self, calls: Sequence[ToolCall], results: dict[str, str]) -> int:
        """Carry out the calls in turn, and count those that could not be read."""
        bad = 0
        for call in calls[:CALLS_AT_ONCE]:
            try:
                results[call.id] = self._performed(call)
            except FormatError as error:
                bad += 1
                results[call.id] = f"Not carried out: {error}"
            except Submitted:
                results[call.id] = "Taken."
                raise
            self.transcript.carried_out(call, results[call.id])
        return bad

    def _performed(self, call: ToolCall) -> str:
        same = f"{call.name} {json.dumps(dict(call.arguments), sort_keys=True)} {self.tools.state}"
        if self._seen[same] + 1 >= self.limits.repeats:
            raise LimitsExceeded(f"the model made the same call ({call.name}) {self.limits.repeats} times")
        text = self.tools.perform(call)
        self._seen[same] += call.name not in REPEATABLE
        return text

    def _say_results(self, calls: Sequence[ToolCall], results: Mapping[str, str], *, written: bool) -> None:
        """Every call gets its result, since providers refuse a dialogue in which one has none."""
        told = [(call, results.get(call.id, NOT_DONE)) for call in calls]
        if written:
            self._messages.append(User(text="\n\n".join(f"{call.name}: {text}" for call, text in told)))
        else:
            self._messages += [ToolResult(call=call.id, text=text) for call, text in told]

    def _reply(self) -> Reply:
        """The next answer, played back or asked for; raises ``LimitsExceeded`` where none may be had."""
        earlier = self.transcript.replaying
        step = self._played_back() if earlier else self._asked()
        tokens = step.reply.usage.read + step.reply.usage.written if step.reply else 0
        self.spent = replace(self.spent.plus(steps=1, tokens=tokens, usd=step.usd), seconds=step.seconds)
        if step.reply is not None:
            self.texts, self._problem = step.texts, ""
            return step.reply
        if step.texts and not self.texts:
            self.texts = True
            self._messages.append(User(text=prompt("fix_blocks", {"tools": self.tools.tools})))
            return self._reply()
        if step.final and not earlier:
            raise LimitsExceeded(step.problem)
        if step.final:  # it ended a job before this one; what was missing then may be there now
            return self._reply()
        self._problem = step.problem
        raise FormatError("it was empty or could not be read")

    def _played_back(self) -> Step:
        step = self.transcript.next_step()
        self._started = self.clock() - step.seconds
        return step

    def _asked(self) -> Step:
        self._check_limits()
        step = self._ask()
        self.transcript.asked(step)
        return step

    def _check_limits(self) -> None:
        now = replace(self.spent, seconds=self.clock() - self._started)
        if why := used_up(self.limits, now):
            raise LimitsExceeded(why)
        if sum(len(item.text) for item in self._messages) > CONTEXT_CHARS:
            raise LimitsExceeded(f"the dialogue has grown beyond {CONTEXT_CHARS} characters")

    def _ask(self) -> Step:
        """One question; what it cost is counted also where no answer came."""
        before = len(self.model.charges)
        reply, problem, final, texts = None, "", False, self.texts
        try:
            tools = () if self.texts else self.tools.tools
            found = self.model.complete(self._messages, purpose=self.purpose, issue=self.issue, tools=tools)
            reply = _cleaned(found, self.sanitizer)
        except (BudgetExceeded, ModelUnavailable, ModelMisconfigured) as error:
            problem, final = self.sanitizer.clean(str(error)), True
        except ModelFailed as error:
            # A model or gateway that knows no tools refuses the first question that offers some.
            problem, texts = self.sanitizer.clean(str(error)), texts or self.spent.steps == 0
        return Step(
            reply=reply,
            usd=sum(charge.usd for charge in self.model.charges[before:]) or (reply.usd if reply else 0.0),
            seconds=self.clock() - self._started,
            texts=texts,
            problem=problem,
            final=final,
        )

    def _bad_format(self, text: str) -> str:
        self._bad += 1
        if self._bad >= self.limits.format_errors:
            why = f": {self._problem}" if self._problem else ""
            return f"{self._bad} answers in a row held no call that could be read{why}"
        self._say(prompt("fix_format", {"problem": text, "texts": self.texts}))
        return ""

    def _submitted(self, found: Submitted) -> str:
        self._candidates.append(found.candidate)
        if found.enough:
            return "the test was run with the change and did not fail"
        if len(self._candidates) >= self.limits.candidates:
            return f"{len(self._candidates)} of {self.limits.candidates} changes were handed in"
        self.tools.another()
        self._bad = 0
        self._say(prompt("fix_next", {"left": self.limits.candidates - len(self._candidates)}))
        return ""

    def _say(self, text: str) -> None:
        self.transcript.said(text)
        self._messages.append(User(text=text))


def _calls(reply: Reply, *, step: int, used: set[str]) -> tuple[tuple[ToolCall, ...], bool]:
    """The calls of an answer, each with an id that is unique in the run, and whether they were written as text."""
    if reply.tool_calls:
        return tuple(_named(call, f"s{step}c{at}", used) for at, call in enumerate(reply.tool_calls, 1)), False
    try:
        edits = edits_in(reply.text)
    except BlocksUnreadable as error:
        raise FormatError(str(error)) from None
    blocks = [("edit", {"path": item.path, "search": item.search, "replace": item.replace}, "") for item in edits]
    lines = [(item.name, *_arguments(item.arguments)) for item in calls_in(reply.text)]
    # A hypothesis goes before the edits it explains, and whatever ends the run comes after them.
    ranked = sorted([*blocks, *lines], key=lambda item: (item[0] != "hypothesis", item[0] != "edit"))
    calls = tuple(
        ToolCall(id=f"s{step}c{at}", name=name, arguments=arguments, problem=problem)
        for at, (name, arguments, problem) in enumerate(ranked, 1)
    )
    if not calls:
        raise FormatError("it holds no call")
    return calls, True


def _named(call: ToolCall, fallback: str, used: set[str]) -> ToolCall:
    """The call with the provider's own id, unless that is empty or was given before."""
    name = fallback if not call.id or call.id in used else call.id
    used.add(name)
    return replace(call, id=name)


def _arguments(text: str) -> tuple[dict[str, Any], str]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}, "the arguments are no JSON on one line"
    return (value, "") if isinstance(value, dict) else ({}, "the arguments are no JSON object")


def _cleaned(reply: Reply, sanitizer: Sanitizer) -> Reply:
    """The answer without secrets and as JSON has it, so that it is the same now and when it is played back."""
    calls = tuple(
        replace(
            call,
            id=sanitizer.clean(call.id),
            name=sanitizer.clean(call.name),
            arguments=_clean(json.loads(json.dumps(dict(call.arguments), default=str)), sanitizer),
            raw=sanitizer.clean(call.raw),
            problem=sanitizer.clean(call.problem),
        )
        for call in reply.tool_calls
    )
    return replace(reply, text=sanitizer.clean(reply.text), tool_calls=calls)


def _clean(value: Any, sanitizer: Sanitizer) -> Any:
    if isinstance(value, str):
        return sanitizer.clean(value)
    if isinstance(value, list):
        return [_clean(item, sanitizer) for item in value]
    return {key: _clean(item, sanitizer) for key, item in value.items()} if isinstance(value, dict) else value
