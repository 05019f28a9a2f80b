"""Pictures of a spec: what its machines are, and what happens in it."""
