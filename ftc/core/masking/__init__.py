"""Changes that hide a flake instead of mending it, found in a diff by language (spec, section 9)."""

from ftc.core.masking.finding import DOUBTFUL, Finding, Masking, refusable
from ftc.core.masking.search import masking

__all__ = ["DOUBTFUL", "Finding", "Masking", "masking", "refusable"]
