"""The six jobs of a fix run, each with powers of its own; see docs/fix-runs.md."""
