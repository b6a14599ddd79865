"""The simulator's own endpoints beside GitHub's: load more, order faults, move the clock, read the request log.

Rule: everything lies below ``/_simulator``, needs no token and is never logged, counted or limited.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from ftc.core.errors import UsageError
from ftc.simulator.faults import Fault
from ftc.simulator.http import ApiError, Request, Response
from ftc.simulator.limits import LimitRules, Limits
from ftc.simulator.rest.call import parse_time
from ftc.simulator.scenario.load import load
from ftc.simulator.shapes.view import stamp

if TYPE_CHECKING:
    from ftc.simulator.application import Application

PREFIX = "/_simulator/"


def answer(application: "Application", request: Request) -> Response:
    """Do what is asked; a bad scenario or fault is answered as 422 with its cause."""
    actions = {
        ("POST", "load"): _load,
        ("POST", "faults"): _faults,
        ("DELETE", "faults"): _clear_faults,
        ("POST", "limits"): _limits,
        ("GET", "requests"): _requests,
        ("POST", "clock"): _clock,
        ("GET", "clock"): _clock_now,
    }
    action = actions.get((request.method, request.path.removeprefix(PREFIX)))
    try:
        if action is None:
            raise ApiError(404, f"No such endpoint; known: {', '.join(f'{m} {p}' for m, p in actions)}")
        return Response.of_json(action(application, request))
    except ApiError as error:
        return error.response()
    except UsageError as error:
        return ApiError(422, str(error)).response()


def _load(application: "Application", request: Request) -> Any:
    """``{path}`` of a file this machine has, or ``{yaml}`` with the text."""
    fields = request.fields()
    source = fields.get("path") or f"{fields.get('yaml', '')}\n"
    loaded = load(str(source), world=application.world)
    if loaded.limits is not None:
        application.limits = Limits(rules=loaded.limits)
    add_faults(application, loaded.faults)
    return {"repositories": sorted(repo.full_name for repo in application.world.repositories.values())}


def add_faults(application: "Application", faults: list[Fault]) -> None:
    """Arm faults against the world as it stands."""
    for fault in faults:
        fault.arm(application.world)
        application.faults.append(fault)


def _faults(application: "Application", request: Request) -> Any:
    values = request.json()
    add_faults(application, [Fault.parse(value) for value in (values if isinstance(values, list) else [values])])
    return {"faults": len(application.faults)}


def _clear_faults(application: "Application", request: Request) -> Any:
    application.faults.clear()
    return {"faults": 0}


def _limits(application: "Application", request: Request) -> Any:
    application.limits = Limits(rules=LimitRules.parse(request.json()))
    return {}


def _requests(application: "Application", request: Request) -> Any:
    since = int(request.query.get("since", "0") or 0)
    return [
        {
            "number": entry.number,
            "method": entry.method,
            "path": entry.path,
            "query": entry.query,
            "token": entry.token,
            "status": entry.status,
        }
        for entry in application.requests
        if entry.number > since
    ]


def _clock(application: "Application", request: Request) -> Any:
    """``{advance: seconds}`` or ``{now: time}``."""
    fields = request.fields()
    if "now" in fields:
        moment: datetime = parse_time(str(fields["now"]))
        application.world.clock.set(moment)
    if not isinstance(fields.get("advance", 0), int | float):
        raise ApiError(422, "advance must be a number of seconds")
    application.world.clock.advance(fields.get("advance", 0))
    return _clock_now(application, request)


def _clock_now(application: "Application", request: Request) -> Any:
    return {"now": stamp(application.world.now())}
