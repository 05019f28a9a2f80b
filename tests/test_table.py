"""The visited set finds what was put there, and nothing else, however often it has grown."""

from __future__ import annotations

import math
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from hotswap.checker.explore.cells import control as cells
from hotswap.checker.explore.cells.table import ENTRIES, LEAST_SPARE, spare_bits
from hotswap.checker.explore.doubling import Crowded, Entries, Part, double
from hotswap.checker.explore.engine import direct, search, table
from hotswap.checker.explore.store import LOAD, LOADS, Store

COUNT = 20_000

BITS = {"by number": 0, "as they are": 63, "compact": 33, "compact at last": 40}
"""How many bits a state has in tables of each kind."""

KINDS = pytest.mark.parametrize("kind", BITS)


def filled(kind: str) -> tuple[Store, np.ndarray[tuple[int, int], np.dtype[np.uint64]]]:
    """A store that grew as it took different states, and the states: three words each where it knows numbers."""
    random, bits = np.random.default_rng(7), BITS[kind]
    states = random.integers(1 << (bits or 8), size=(COUNT, 1 if bits else 3), dtype=np.uint64)
    states = np.unique(states, axis=0)
    random.shuffle(states)
    store = Store(len(states[0]), bits or 64, 0)
    for count in range(0, len(states), 500):
        store.make_room(count, 500)
        some = states[count : count + 500]
        assert taken(store, some, count) == count + len(some)
        assert taken(store, some[::9], count + len(some)) == count + len(some)  # the second time it is known
    return store, states


def taken(store: Store, states: np.ndarray[tuple[int, int], np.dtype[np.uint64]], count: int) -> int:
    """Have a store of so many states take others; how many it has then."""
    control = np.zeros(cells.CELLS, np.int64)
    control[cells.BITS], control[cells.STATES] = store.bits, count
    for state in states:
        search.insert(control, store.table, store.size, store.base, store.beside, store.words, address_of(state))
    assert not control[cells.CROWDED]
    return int(control[cells.STATES])


def entries(store: Store) -> int:
    """How many there are in its table."""
    table = store._table[: store.size]
    return int(np.count_nonzero(table.view(np.uint32) if is_compact(store) else table))


def is_compact(store: Store) -> bool:
    """Whether the lines of its table are."""
    return spare_bits(store.bits, store.size.bit_length() - ENTRIES.bit_length()) > 0


def address_of(state: np.ndarray[tuple[int], np.dtype[np.uint64]]) -> np.uint64:
    """Where a kernel reads it."""
    return np.uint64(state.ctypes.data)


def number_of(store: Store, state: np.ndarray[tuple[int], np.dtype[np.uint64]]) -> int:
    """The number of a state; -1 if it is not known."""
    address, shift = address_of(state), np.uint64(table.shift_of(store.size))
    h = np.int64(table.hash_(address, store.words)).astype(np.uint64)
    return int(table.find(store.table, shift, store.base, store.words, address, h))


@KINDS
def test_a_table_that_has_grown_knows_every_state_by_its_number(kind: str) -> None:
    """Each state has the number in whose order it came; one that did not come has none."""
    store, states = filled(kind)
    assert is_compact(store) == kind.startswith("compact")
    store.number(len(states))

    assert [number_of(store, state) for state in states[::97]] == list(range(0, len(states), 97))
    assert number_of(store, np.full(store.words, 1 << 63, np.uint64)) == -1


@KINDS
def test_a_table_doubles_by_several_threads(kind: str) -> None:
    """It has as many entries as before, and knows every state; so it does when one has made it grow."""
    store, states = filled(kind)
    with ThreadPoolExecutor(3) as pool:
        for _ in range(3):
            store._take_words(2 * store.size)
            double(store.table, store.size // 2, store.bits, pool.map, 3)

    assert entries(store) == len(states)
    assert taken(store, states, len(states)) == len(states)


@KINDS
def test_a_table_knows_no_state_that_it_did_not_take(kind: str) -> None:
    """What is one bit away from a state that it has is new, unless it has that, too."""
    store, states = filled(kind)
    others = np.unique(np.concatenate([states, states[:5000] ^ np.uint64(1)]), axis=0)
    store.make_room(len(states), 5000)

    assert taken(store, states[:5000] ^ np.uint64(1), len(states)) == len(others)


@pytest.mark.parametrize("bits", [32, 33, 47, 63])
def test_no_two_states_have_one_hash(bits: int) -> None:
    """A hash of so many bits has a state of so many bits each, or a compact entry would stand for two."""
    states = np.concatenate([np.arange(2048, dtype=np.uint64) << np.uint64(shift) for shift in range(0, bits - 10, 5)])
    hashes = [int(direct.scattered(state, bits)) & (1 << 64) - 1 for state in states]

    assert all(h % (1 << (64 - bits)) == 0 for h in hashes)
    assert len(set(hashes)) == len(set(states.tolist()))


@pytest.mark.parametrize("spare", range(LEAST_SPARE, 9))
def test_a_table_is_hardly_ever_crowded(spare: int) -> None:
    """At its fullest, so many full lines in a row that an entry can't say how far it is have less than 2^-32 a line.

    How many entries a line hands on to the next is a Markov chain, with as many that come as Poisson has it.
    """
    room, most = 2 * ENTRIES, 600
    arrivals = room * LOADS.get(spare, LOAD)
    chances = np.exp([n * math.log(arrivals) - arrivals - math.lgamma(n + 1) for n in range(most)])
    full = np.zeros((most, most))
    for handed in range(most):
        for after in range(most):
            if 0 <= (come := after + room - handed) < most:
                full[handed, after] = chances[come]
    step = full.copy()
    step[:, 0] += 1 - full.sum(axis=1)  # the line is not full
    anywhere = np.linalg.matrix_power(step, 1 << 14)[0]

    in_a_row = anywhere @ np.linalg.matrix_power(full, (1 << spare) - 1)
    assert abs(anywhere.sum() - 1) < 1e-9 and anywhere[-1] < 2**-60
    assert 0 < in_a_row.sum() < 2**-32


def test_a_crowded_table_says_so() -> None:
    """States that belong so near each other that their entries have too few bits to say how near are not lost."""
    store = Store(1, 38, 0)
    control = np.zeros(cells.CELLS, np.int64)
    control[cells.BITS] = store.bits
    states = np.arange(1 << 19, dtype=np.uint64)
    same = states[scattered(states, 38) >> np.uint64(54) == 5][:300]
    assert int(direct.scattered(int(same[0]), 38)) >> 54 & 1023 == 5
    for state in same:
        words = np.array([state], np.uint64)
        search.insert(control, store.table, store.size, store.base, store.beside, 1, address_of(words))

    assert spare_bits(store.bits, 10) == 4  # so that a line and the fourteen behind it have room
    assert control[cells.CROWDED] == 1
    assert control[cells.STATES] == 15 * 2 * ENTRIES


def test_a_table_that_gets_compact_may_be_crowded() -> None:
    """What found room far from its line, and has none in the compact table that is twice as large, is not lost.

    The line behind the last that it may be in is full, too.
    """
    states = np.arange(1 << 21, dtype=np.uint64)
    lines = scattered(states, 40) >> np.uint64(52)
    same = np.concatenate([states[lines == 3000][:300], states[lines == 3000 + 15][: 2 * ENTRIES]])[:, np.newaxis]
    store = Store(1, 40, 0)
    while not spare_bits(store.bits, (2 * store.size).bit_length() - ENTRIES.bit_length()):
        store.grow_table()
    assert taken(store, same, 0) == len(same) == 316

    with pytest.raises(Crowded):
        store.grow_table()


def scattered(states: np.ndarray[tuple[int], np.dtype[np.uint64]], bits: int) -> Any:
    """The hashes of states of so many bits."""
    mask, half = np.uint64((1 << bits) - 1), np.uint64((bits + 1) // 2)
    for factor in (0xD6E8FEB86659FD93, 0x9E3779B97F4A7C15):
        states = ((states ^ (states >> half)) * np.uint64(factor)) & mask
    return (states ^ (states >> half)) << np.uint64(64 - bits)


def test_ctrl_c_is_heard_when_the_table_is_whole() -> None:
    """Whatever comes while a table doubles, it has doubled before anybody looks at it again."""
    store, states = filled("by number")

    def interrupted(spread: Callable[[Part], Entries], parts: Iterable[Part]) -> Iterator[Entries]:
        for part in parts:
            yield spread(part)
            if part == (store.size // 4, store.size // 2):  # the first half
                os.kill(os.getpid(), signal.SIGINT)

    store.each_part = interrupted
    with pytest.raises(KeyboardInterrupt):
        store.grow_table()

    assert [number_of(store, state) for state in states[::97]] == list(range(0, len(states), 97))


def test_a_state_takes_a_spare_number() -> None:
    """The state with the last number gets the spare one, its parent goes with it, and it is found there."""
    store, states = filled("by number")
    last = len(states) - 1
    store.parents[last] = 5

    table.renumber(store.table, store.size, store.base, store.beside, 3, False, last, 17)

    assert number_of(store, states[last]) == 17
    assert (store.state(17), store.parent(17)) == ([int(word) for word in states[last]], 4)
