"""The engines: exhaustive breadth-first search, and what they found as frozen values."""
