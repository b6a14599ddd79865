"""The simulator as tests and demos hold it in their hands.

Rule: a ``Simulator`` is an ``Application`` plus ways in: from a scenario, from Python, through ``responses``.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ftc.simulator.admin import add_faults
from ftc.simulator.application import Application
from ftc.simulator.faults import Fault
from ftc.simulator.in_process import STORAGE_URL, answering
from ftc.simulator.limits import Limits
from ftc.simulator.scenario.load import Source, load
from ftc.simulator.shapes.view import PUBLIC_API


@dataclass(slots=True, kw_only=True)
class Simulator(Application):
    """The application with its scenario."""

    @classmethod
    def load(
        cls, source: Source, *more: Source, now: datetime | None = None, folder: Path | None = None
    ) -> "Simulator":
        """A world from a scenario file, or from its text (anything with a line end); ``more`` is added to it.

        Paths in a text are relative to ``folder``. Raises UsageError naming key and cause.
        """
        first = load(source, now=now, folder=folder)
        made = cls(world=first.world, limits=Limits(rules=first.limits) if first.limits else Limits())
        add_faults(made, first.faults)
        for entry in more:
            made.add(entry, folder=folder)
        return made

    def add(self, source: Source, *, folder: Path | None = None) -> None:
        """Load another scenario into the same world."""
        loaded = load(source, world=self.world, folder=folder)
        if loaded.limits is not None:
            self.limits = Limits(rules=loaded.limits)
        add_faults(self, loaded.faults)

    def fail(self, **fault: Any) -> Fault:
        """Order a fault: ``fail(method="POST", path="/issues$", nth=2, cut="after")``; see ``faults.Fault``."""
        made = Fault.parse(fault)
        add_faults(self, [made])
        return made

    @contextmanager
    def activate(self, base_urls: Sequence[str] = (PUBLIC_API,), *, storage_url: str = STORAGE_URL) -> Iterator[None]:
        """Answer every request ``requests`` makes to these addresses, in this process and without sockets."""
        before, self.storage_url = self.storage_url, storage_url
        try:
            with answering(self, base_urls, storage_url=storage_url):
                yield
        finally:
            self.storage_url = before
