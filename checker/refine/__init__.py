"""Implementations held to the spec: each step of the spec is done on them, and what they show is compared."""
