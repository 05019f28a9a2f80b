"""The merging of sorted runs."""

ENDED, FULL = -1, -2
"""Why `merge` came back, if not for more rows of a run."""
