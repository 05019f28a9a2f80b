"""The text of SPIN's Promela."""
