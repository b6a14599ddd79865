"""Scenario files: how people, demos and tests describe a world (format: docs/scenario-format.md)."""
