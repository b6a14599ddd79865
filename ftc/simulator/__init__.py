"""A stateful stand-in for GitHub, for tests, the demo and people; it imports core only."""
