"""Mutation of a spec: what a machine can get wrong in every row, and which property notices."""
