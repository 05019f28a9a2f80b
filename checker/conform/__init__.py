"""Implementations held to the spec from outside: what somebody does to them, and what can be seen of them then."""
