"""The protocol that litellm speaks: our words as its dictionaries, and its answers as our words.

The rule it keeps: calls of tools are read from ``tool_calls``, whatever reason the provider gives for having stopped,
and arguments that are cut off or foreign make a call with a problem, never one with half of its arguments.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ftc.core.dialogue import Assistant, Message, Reply, System, Tool, ToolCall, ToolResult, Usage, User
from ftc.core.errors import ModelFailed
from ftc.core.forms import Form, Malformed

Wire = dict[str, Any]
KEEP = {"type": "ephemeral"}
"""Providers that want it marked keep what stands up to here for some minutes, at four places at most."""


def messages_of(messages: Sequence[Message], *, cached: bool) -> list[Wire]:
    """The messages; ``cached`` marks, for providers that want it marked, what will be sent again.

    That is the rules of all tasks and, in a dialogue, the task that opened it and all that has been said so far.
    """
    kept = {0, 1, len(messages) - 1} if len(messages) > 2 else {0}
    return [_message(item, cached=cached and at in kept) for at, item in enumerate(messages)]


def _message(item: Message, *, cached: bool) -> Wire:
    match item:
        case System(text=text) | User(text=text) if cached:
            part = {"type": "text", "text": text, "cache_control": KEEP}
            return {"role": "system" if isinstance(item, System) else "user", "content": [part]}
        case System(text=text):
            return {"role": "system", "content": text}
        case Assistant(text=text, tool_calls=()):
            return {"role": "assistant", "content": text}
        case Assistant(text=text, tool_calls=calls):
            return {"role": "assistant", "content": text or None, "tool_calls": [_call(call) for call in calls]}
        case ToolResult(call=call, text=text):
            return {"role": "tool", "tool_call_id": call, "content": text} | ({"cache_control": KEEP} if cached else {})
        case _:
            return {"role": "user", "content": item.text}


def _call(call: ToolCall) -> Wire:
    # What could not be read is said back as no arguments: providers refuse to be shown broken JSON.
    arguments = "{}" if call.problem else call.raw
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}


def tools_of(tools: Sequence[Tool]) -> list[Wire]:
    """What the model may call."""
    return [
        {
            "type": "function",
            "function": {"name": tool.name, "description": tool.description, "parameters": dict(tool.form.schema)},
        }
        for tool in tools
    ]


def form_of(form: Form[Any] | None) -> Wire:
    """The argument that asks for an answer in this form."""
    if form is None:
        return {}
    schema = {"name": form.name, "schema": dict(form.schema), "strict": True}
    return {"response_format": {"type": "json_schema", "json_schema": schema}}


def usage_of(response: Any) -> Usage:
    """The tokens that were counted."""
    usage = getattr(response, "usage", None)
    return Usage(read=_count(usage, "prompt_tokens"), written=_count(usage, "completion_tokens"))


def _count(usage: Any, name: str) -> int:
    value = getattr(usage, name, 0)
    return value if isinstance(value, int) and value > 0 else 0


def reply_of(response: Any, tools: Sequence[Tool]) -> Reply:
    """The answer without its price; ``ModelFailed`` for one that says nothing."""
    choice = next(iter(getattr(response, "choices", None) or ()), None)
    message = getattr(choice, "message", None)
    text = getattr(message, "content", None)
    calls = tuple(_tool_call(item, tools) for item in getattr(message, "tool_calls", None) or ())
    if not calls and not (isinstance(text, str) and text.strip()):
        cut = " before its tokens ran out" if getattr(choice, "finish_reason", "") == "length" else ""
        raise ModelFailed(f"the model answered nothing{cut}")
    return Reply(text=text if isinstance(text, str) else "", tool_calls=calls, usage=usage_of(response))


def _tool_call(item: Any, tools: Sequence[Tool]) -> ToolCall:
    name, raw = str(item.function.name or ""), str(item.function.arguments or "")
    arguments, problem = _arguments(name, raw, tools)
    return ToolCall(id=str(item.id or ""), name=name, arguments=arguments, raw=raw, problem=problem)


def _arguments(name: str, raw: str, tools: Sequence[Tool]) -> tuple[Mapping[str, Any], str]:
    tool = next((tool for tool in tools if tool.name == name), None)
    if tool is None:
        return {}, f"there is no such tool; there are: {', '.join(item.name for item in tools) or 'none'}"
    try:
        value = json.loads(raw or "{}")
    except (ValueError, RecursionError):
        return {}, "the arguments are no JSON; they were probably cut off: say less in one call"
    try:
        return tool.form.record.read(value, name), ""
    except Malformed as error:
        return {}, str(error)


REFUSED = "HTTPStatusError"
"""The provider itself answered with an error status; it bills no such answer."""
NEVER_SENT = frozenset({"ConnectError", "ConnectTimeout"})
"""No connection came about, so that nothing can have been billed."""
BROKEN_OFF = frozenset({"RemoteProtocolError", "ReadError", "WriteError"})
"""The connection ended before the answer did; by then the model may have written it."""


def causes(error: BaseException) -> frozenset[str]:
    """Names of the types of an error and of what caused it: litellm makes status 500 of almost everything."""
    names: list[str] = []
    found: BaseException | None = error
    while found is not None and len(names) < 20:
        names.append(type(found).__name__)
        found = found.__cause__ or found.__context__
    return frozenset(names)
