"""Murphi's routines and checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..text import Lines, Part, Syntax, block, indented, listed, negated

WORDS = """
    alias array assert assume begin boolean by case clear const cover do else elsif end endalias endexists endfor
    endforall endfunction endif endprocedure endrecord endrule endruleset endstartstate endswitch endwhile enum error
    exists for forall function if invariant isundefined liveness multiset of procedure program put real record return
    rule ruleset scalarset startstate switch then to traceuntil type undefine union var while false true
"""
OWN = """
    None Dangling number within floor_division floor_remainder answers answer blank_all end_step looking hidden
    look look_at Observable Look Seen Sight
"""
VARIABLES = "a after b before element first high i low mover next old other place sight total value x"

MURPHI = Syntax(
    becomes=":=",
    equal="=",
    both="&",
    either="|",
    comment="-- {}",
    reserved=frozenset(WORDS.split()),
    own=tuple(OWN.split()),
    variables=frozenset(VARIABLES.split()),
)
"""The words are those of all its dialects; their case does not matter."""


def routine(
    head: str, variables: Iterable[tuple[str, str]], body: Iterable[str], *, comment: str = "", end: str
) -> Lines:
    """A function or a procedure, with a comment above it."""
    above = [f"-- {comment}"] if comment else []
    declared = [f"{name}: {kind};" for name, kind in variables]
    return [
        *above,
        *listed(head, [], ";"),
        *(["var", *indented(declared)] if declared else []),
        *block("begin", body, f"{end};"),
    ]


def headed(name: str, given: Iterable[tuple[str, str]], result: str, variables: Mapping[str, str], part: Part) -> Lines:
    """A routine with parameters: a procedure, if it has no result."""
    word, returns = ("function", f": {result}") if result else ("procedure", "")
    head = f"{word} {name}({comma(given)}){returns}"
    return routine(head, variables.items(), part.lines, comment=part.comment, end=f"end{word}")


def comma(parts: Iterable[tuple[str, str]]) -> str:
    """Parameters and their types."""
    return "; ".join(f"{name}: {kind}" for name, kind in parts)


def check(holds: str, name: str, give_up: Sequence[str] | None = None) -> Lines:
    """What ends the path of a step unless `holds`.

    With `give_up` it can also be met beside a step, in looking at what is there: then the error is noted, and these
    lines follow.
    """
    if give_up is None:
        return [f'assume "{name}" {holds};']
    return block(f"if {negated(holds)} then", [f'assume "{name}" looking;', "hidden := true;", *give_up], "endif;")
