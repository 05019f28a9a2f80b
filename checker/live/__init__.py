"""A page on the live model: where a path leads, what can come next there, and what is asked of it."""
