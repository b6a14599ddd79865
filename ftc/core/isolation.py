"""How well code that is not ours is kept apart, level by level, and what may lie beside it.

The rule it keeps: a guarantee is what holds on this machine with this configuration; whatever does not hold is said.
"""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """Ways to run repository code, `auto` standing for the strongest that works here."""

    AUTO = "auto"
    BUBBLEWRAP = "bubblewrap"
    """Namespaces that bubblewrap makes."""
    NAMESPACES = "namespaces"
    """The same namespaces made with the tools of util-linux."""
    CONTAINER = "container"
    """docker or podman, with the configured image."""
    PLAIN = "plain"
    """A process group with limits, as the user of the job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarantees:
    """What holds for repository code at a level; it goes into reports as it is."""

    level: Level
    environment: bool = True
    """It is given the allow-listed variables and nothing else."""
    network: bool = False
    """It reaches no network but its own loopback device, and no socket of the machine."""
    files: bool = False
    """It sees the system's programs, what it was given, and nothing else; it writes to what it was given to write."""
    processes: bool = False
    """It sees and signals its own processes only, gains no privilege, and ends with its run."""

    @property
    def lacks(self) -> tuple[str, ...]:
        """What does not hold, in plain words."""
        words = {
            "environment": "the variables of the job may be seen",
            "network": "it can reach the network",
            "files": "it can read and write whatever the user of the job can",
            "processes": "it can signal the job's processes, and read their environment where the system lets it",
        }
        return tuple(text for name, text in words.items() if not getattr(self, name))

    @property
    def text(self) -> str:
        """One line for reports: the level, and what does not hold."""
        return f"{self.level}: " + ("; ".join(self.lacks) or "isolated, without a network")


def may_run_beside_secret(guarantees: Guarantees) -> bool:
    """Whether repository code may run in a job that holds a secret, such as the key of a model.

    Everything must hold: on hosted runners sudo is free, so that a job whose files or processes can be reached hands
    its secret over, and with a network it hands it on.
    """
    return not guarantees.lacks
