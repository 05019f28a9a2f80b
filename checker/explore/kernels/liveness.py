"""Where a run can wait for ever: the states that are reached without the goal, and which of them hold a fair cycle.

The states in which a promise is open are *nodes*, numbered in the order in which they are found; their steps to each
other are kept as arrays, each with the fair row that it is a turn of, and for each node the fair rows that are enabled.
Tarjan's algorithm (R. Tarjan, "Depth-first search and linear graph algorithms", 1972) finds the strongly connected
components, without recursion, and so that it can come back in between.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...compile.record import HEADER
from ..cells.control import RECORDS, ROOM
from ..cells.liveness import (
    ABLE,
    CALLS,
    COMPONENTS,
    COUNTER,
    EXPANDED,
    LOOKED,
    MEMBERS,
    MORE_RECORDS,
    MORE_ROOM,
    NODES,
    OPEN,
    OPENED,
    PROMISED,
    ROOT,
    STEPS,
    UNFAIR,
)
from .lowering import kernel
from .memory import expand, load
from .table import find, hash_, shift_of, state_at


@kernel
def ask(promises: Any, words: Any, states: Any, known: Any, choice: Any, said: Any, first: Any, last: Any) -> Any:
    """Ask the states from `first` to `last` of one promise; returns how many make it."""
    count = 0
    for index in range(first, last):
        bits = expand(promises, state_at(states, words, index), known, choice)
        said[index] = bits
        count += bits & PROMISED
    return count


@kernel
def follow(
    successors: Any,
    turns: Any,
    words: Any,
    control: Any,
    table: Any,
    slots: Any,
    states: Any,
    out: Any,
    counts: Any,
    fair: Any,
    said: Any,
    node_of: Any,
    nodes: Any,
    starts: Any,
    targets: Any,
    takes: Any,
    able_starts: Any,
    able: Any,
    progress: Any,
    most: Any,
) -> Any:
    """Expand up to `most` nodes: keep their steps to states in which the promise is open, which become nodes, too.

    `fair` says which rows are; their firings come in the order in which `turns` counts them.
    """
    shift = shift_of(slots)
    size = np.uint64((words + HEADER) * 8)
    out_address, counts_address = np.uint64(out.ctypes.data), np.uint64(counts.ctypes.data)
    while most > 0 and progress[EXPANDED] < progress[NODES]:
        node = progress[EXPANDED]
        source = state_at(states, words, nodes[node])
        count = expand(successors, source, out_address, control[ROOM])
        control[RECORDS] = count
        if count > control[ROOM]:
            return MORE_RECORDS
        classes = expand(turns, source, counts_address, np.int64(0))
        reached, step, row = progress[NODES], progress[STEPS], progress[ABLE]
        full = step + count > targets.shape[0] or row + classes > able.shape[0]
        if full or reached + count > nodes.shape[0] or node + 2 > starts.shape[0]:
            return MORE_ROOM
        for turn in range(classes):
            if counts[turn] > 0:
                able[row] = turn
                row += 1
        turn, left = -1, np.int64(0)
        for position in range(count):
            address = out_address + np.uint64(position) * size
            meta = load(address)
            takes_turn = UNFAIR
            if fair[meta & np.uint64(0xFFFF)]:
                while left == 0:
                    turn += 1
                    left = counts[turn]
                left -= 1
                takes_turn = np.uint16(turn)
            if meta >> np.uint64(16) != np.uint64(0):
                continue  # it ends in an error, or is cut: that is judged as what it is
            target = address + np.uint64(HEADER * 8)
            h = hash_(target, words)
            found = find(table, shift, states, words, target, h)
            if said[found] & OPEN == 0:
                continue
            if node_of[found] == 0:
                nodes[reached] = np.uint32(found)
                reached += 1
                node_of[found] = np.uint32(reached)
            targets[step], takes[step] = node_of[found] - np.uint32(1), takes_turn
            step += 1
        progress[NODES], progress[STEPS], progress[ABLE] = reached, step, row
        progress[EXPANDED] = node + 1
        starts[node + 1], able_starts[node + 1] = step, row
        most -= 1
    return LOOKED


@kernel
def components(
    starts: Any,
    targets: Any,
    region: Any,
    number: Any,
    low: Any,
    calls: Any,
    at: Any,
    opened: Any,
    members: Any,
    bounds: Any,
    cells: Any,
    most: Any,
) -> Any:
    """The strongly connected components within each region: `members`, from each of `bounds` to the next.

    A node of region -1 is left out. Returns whether it is done after `most` steps.
    """
    while True:
        while cells[CALLS] > 0:
            node = calls[cells[CALLS] - 1]
            step = at[node]
            if step < starts[node + 1]:
                most -= 1
                at[node] = step + 1
                target = targets[step]
                if region[target] != region[node]:
                    continue
                if number[target] == 0:
                    _enter(target, starts, number, low, calls, at, opened, cells)
                elif number[target] > 0 and number[target] < low[node]:
                    low[node] = number[target]
            else:
                cells[CALLS] -= 1
                if cells[CALLS] > 0:
                    caller = calls[cells[CALLS] - 1]
                    low[caller] = min(low[caller], low[node])
                if low[node] == number[node]:
                    while True:
                        cells[OPENED] -= 1
                        member = opened[cells[OPENED]]
                        number[member] = -1
                        members[cells[MEMBERS]] = member
                        cells[MEMBERS] += 1
                        if member == node:
                            break
                    cells[COMPONENTS] += 1
                    bounds[cells[COMPONENTS]] = cells[MEMBERS]
            if most <= 0:
                return False
        while cells[ROOT] < region.shape[0] and (region[cells[ROOT]] < 0 or number[cells[ROOT]] != 0):
            cells[ROOT] += 1
        if cells[ROOT] == region.shape[0]:
            return True
        _enter(cells[ROOT], starts, number, low, calls, at, opened, cells)


@kernel
def _enter(node: Any, starts: Any, number: Any, low: Any, calls: Any, at: Any, opened: Any, cells: Any) -> None:
    """Begin with a node."""
    cells[COUNTER] += 1
    number[node] = low[node] = cells[COUNTER]
    at[node] = starts[node]
    calls[cells[CALLS]] = node
    cells[CALLS] += 1
    opened[cells[OPENED]] = node
    cells[OPENED] += 1


@kernel
def judge(
    starts: Any,
    targets: Any,
    takes: Any,
    able_starts: Any,
    able: Any,
    strong: Any,
    region: Any,
    members: Any,
    bounds: Any,
    home: Any,
    first: Any,
    last: Any,
    before: Any,
    often: Any,
    taken: Any,
) -> Any:
    """Which of the components from `first` to `last` hold a fair cycle: these get a `home`, numbered on from `before`.

    All nodes of another leave their region (-1), but where only `strong` rows are at odds: without the nodes in which
    those are enabled, what is left may hold one. It is a region of its own then. Staying where one is counts as a step
    that no row takes. Returns how many regions are to be looked at again. `often` and `taken` are room, for each turn.
    """
    again = 0
    for component in range(first, last):
        begin, end = bounds[component], bounds[component + 1]
        label = np.int32(component + 1)
        often[:], taken[:] = 0, False
        for position in range(begin, end):
            region[members[position]] = -1 - label  # to know its own steps by
        for position in range(begin, end):
            node = members[position]
            for index in range(able_starts[node], able_starts[node + 1]):
                often[able[index]] += 1
            for step in range(starts[node], starts[node + 1]):
                if takes[step] != UNFAIR and region[targets[step]] == -1 - label:
                    taken[takes[step]] = True
        weakly, strongly = True, True
        for turn in range(strong.shape[0]):
            if not taken[turn]:
                if often[turn] == end - begin:
                    weakly = False
                if strong[turn] and often[turn] > 0:
                    strongly = False
        rest = 0
        for position in range(begin, end):
            node = members[position]
            region[node] = -1
            if weakly and strongly:
                home[node] = before + label
            elif weakly:
                odd = False
                for index in range(able_starts[node], able_starts[node + 1]):
                    odd = odd or (strong[able[index]] and not taken[able[index]])
                if not odd:
                    region[node] = label
                    rest += 1
        if rest > 0:
            again += 1
    return again
