"""One request of the contract world, as the lists of exchanges write it down."""

from dataclasses import dataclass
from typing import Any

from contract.contract_world import TOKEN

REPO = "/repos/acme/widgets"


@dataclass(frozen=True, slots=True)
class Ask:
    """`keep` gives values of the answer a name, each by a path like `0.id`; `body` is sent as JSON."""

    method: str
    path: str
    body: Any = None
    status: int = 200
    keep: dict[str, str] | None = None
    token: str = TOKEN
    accept: str = "application/vnd.github+json"
