"""Promela's words and signs."""

from __future__ import annotations

from ..text import Syntax

WORDS = """
    active assert atomic bit bool break byte c_code c_decl c_expr c_state c_track chan d_proctype d_step do else empty
    enabled end eval false fi for full get_priority goto hidden if in init inline int len local ltl mtype nempty never
    nfull notrace np_ od of pc_value pid printf printm priority proctype provided return run select separate
    set_priority short show skip timeout trace true typedef unless unsigned until xr xs _last _nr_pr _pid
"""
C = """
    auto case char const continue default double enum extern float int long main now register signed sizeof static
    struct switch union void volatile while
"""
OWN = """
    None Dangling Hidden world back deep nth started looking unseen failed check call may floor_division
    floor_remainder begin end_step look note seen_before seen_after
"""
VARIABLES = "a b i x n new self mover answer holds routine"

PROMELA = Syntax(
    becomes="=",
    equal="==",
    both="&&",
    either="||",
    comment="/* {} */",
    reserved=frozenset((WORDS + C).split()),
    own=tuple(OWN.split()),
    variables=frozenset(VARIABLES.split()),
)
"""SPIN makes C of its variables, so C's words are no names either."""
