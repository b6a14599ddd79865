"""Code broken in small ways, to see whether a test notices: what can be broken in a line, and which lines to break."""

from ftc.core.mutants.choose import Covered, chosen
from ftc.core.mutants.rules import Mutant, mutants

__all__ = ["Covered", "Mutant", "chosen", "mutants"]
