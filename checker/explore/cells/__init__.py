"""What the kernels and those who call them agree on: the cells of arrays, sizes, and why a kernel comes back."""

FUNCTION = "kernel"
"""The name that a kernel has in its object file."""
