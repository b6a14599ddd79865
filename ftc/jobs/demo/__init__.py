"""The demo: the loop on a small repository with real history, against a GitHub of its own."""
