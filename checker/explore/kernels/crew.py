"""What several threads do at the end of a level: whoever is the last begins the next, while the others wait.

They go back to Python only if they have to: a meeting there takes longer than most levels.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..cells.control import (
    BEGAN,
    BITS,
    CALLED,
    DEPTH,
    DIRTY,
    ENDED,
    GIVE,
    GIVEN,
    LEVEL,
    MEET,
    MET,
    NEXT,
    PAUSE,
    STATES,
    WAITING,
    WAITS,
    WIDE,
)
from .lowering import kernel
from .memory import add_to, call, let_others_run, load, seen_now, show, store
from .table import cell, renumber

GO_ON = -1
"""There is more to do."""
PATIENCE = 1 << 10
"""How often to look whether the others are there before they are given the processor."""


@kernel
def work(
    explore: Any,
    successors: Any,
    violated: Any,
    words: Any,
    leader: Any,
    control: Any,
    members: Any,
    table: Any,
    size: Any,
    states: Any,
    parents: Any,
    out: Any,
    hashes: Any,
    steps: Any,
    fired: Any,
    cuts: Any,
    findings: Any,
    plan: Any,
) -> Any:
    """What one of several threads does: the kernel `explore`, one level after the other, until Python is needed."""
    while True:
        reason = call(
            explore,
            successors,
            violated,
            words,
            leader,
            control,
            members,
            table,
            size,
            states,
            parents,
            out,
            hashes,
            steps,
            fired,
            cuts,
            findings,
            plan,
        )
        if reason == ENDED:
            reason = end_level(leader, control, members, table, size, states, parents, words)
            if reason == GO_ON:
                continue
            show(cell(leader, CALLED), 1)
        return reason


@kernel
def end_level(
    leader: Any, control: Any, members: Any, table: Any, size: Any, states: Any, parents: Any, words: Any
) -> Any:
    """The end of a level has come for a thread: go on with the next when all are here. Why not, or `GO_ON`."""
    if control[WAITS] == 0:
        control[WAITS] = 1
        if add_to(cell(leader, WAITING), 1) + 1 == len(members):
            return begin_next(leader, control, members, table, size, states, parents, words)
    looked = 0
    while seen_now(cell(leader, DEPTH)) == control[DEPTH]:
        if seen_now(cell(leader, CALLED)) != 0:
            return PAUSE
        looked += 1
        if looked % PATIENCE == 0:
            let_others_run()
    follow(leader, control)
    return GO_ON


@kernel
def begin_next(
    leader: Any, control: Any, members: Any, table: Any, size: Any, states: Any, parents: Any, words: Any
) -> Any:
    """Begin the next level, while the others wait, unless somebody has to look at it first."""
    close_gaps(leader, members, table, size, states, parents, words)
    broken = False
    for member in members:
        broken = broken or load(member + np.uint64(8 * DIRTY)) != np.uint64(0)
    wide = leader[STATES] - leader[LEVEL]
    if wide == 0 or 2 * wide < leader[WIDE] or leader[MEET] != 0 or (broken and leader[DIRTY] == 0):
        return MET
    leader[BEGAN] = leader[NEXT] = leader[LEVEL]
    leader[LEVEL] = leader[STATES]
    leader[WAITING] = 0
    show(cell(leader, DEPTH), leader[DEPTH] + 1)
    follow(leader, control)
    return GO_ON


@kernel
def follow(leader: Any, control: Any) -> None:
    """Have a thread go on with the leader's level."""
    control[WAITS] = 0
    control[DEPTH], control[LEVEL] = leader[DEPTH], leader[LEVEL]


@kernel
def close_gaps(leader: Any, members: Any, table: Any, size: Any, states: Any, parents: Any, words: Any) -> None:
    """Give the last states the numbers that the members have taken and not given: a level has no gaps."""
    last = leader[STATES]
    count = last
    for member in members:
        count -= np.int64(load(member + np.uint64(8 * GIVEN)) - load(member + np.uint64(8 * GIVE)))
    for member in members:
        gap = np.int64(load(member + np.uint64(8 * GIVE)))
        until = min(count, np.int64(load(member + np.uint64(8 * GIVEN))))
        while gap < until:
            last -= 1
            if not is_gap(members, last):
                renumber(table, size, states, parents, words, leader[BITS] != 0, last, gap)
                gap += 1
    for member in members:
        store(member + np.uint64(8 * GIVE), load(member + np.uint64(8 * GIVEN)))
    leader[STATES] = count


@kernel
def is_gap(members: Any, number: Any) -> Any:
    """Whether a number was taken by a thread and not given."""
    for member in members:
        if load(member + np.uint64(8 * GIVE)) <= np.uint64(number) < load(member + np.uint64(8 * GIVEN)):
            return True
    return False
