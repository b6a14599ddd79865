"""All endpoints: importing this module fills the routing table."""

from ftc.simulator.rest import (
    checks,
    comments,
    commits,
    contents,
    deployments,
    downloads,
    history,
    issues,
    labels,
    people,
    pulls,
    refs,
    repos,
    reviews,
    runners,
    runs,
    workflows,
)
from ftc.simulator.rest.call import ROUTER

MODULES = (
    checks,
    comments,
    commits,
    contents,
    deployments,
    downloads,
    history,
    issues,
    labels,
    people,
    pulls,
    refs,
    repos,
    reviews,
    runners,
    runs,
    workflows,
)

__all__ = ["MODULES", "ROUTER"]
