"""The text of TLA+, for TLC.

TLA+ has no statements. So a body is an expression here: from a state, which is a record, to the set of its outcomes.
There are several where it chooses, and none where it errs.
"""
