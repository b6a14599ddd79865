"""Watches a folder."""
