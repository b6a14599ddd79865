"""Root causes of a flaky test by rules: signs in code, log and history, each an entry of a table.

The rule it keeps: one rule is one entry; adding one touches no other.
"""
