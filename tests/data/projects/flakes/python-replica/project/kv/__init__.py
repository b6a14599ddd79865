"""A small store of keys and values."""
