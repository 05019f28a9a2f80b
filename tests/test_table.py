"""The visited set finds what was put there, and nothing else, however often it has grown."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from hotswap.checker.explore.cells import control as cells
from hotswap.checker.explore.doubling import Entries, Part, double
from hotswap.checker.explore.engine import search, table
from hotswap.checker.explore.store import Store

COUNT = 50_000


def filled(words: int, direct: bool) -> tuple[Store, np.ndarray[tuple[int, int], np.dtype[np.uint64]]]:
    """A store that grew as it took different states, and the states."""
    random = np.random.default_rng(7)
    states = np.unique(random.integers(1 << (62 if direct else 8), size=(COUNT, words), dtype=np.uint64), axis=0)
    random.shuffle(states)
    store = Store(words, 63 if direct else 64, 0)
    control = np.zeros(cells.CELLS, np.int64)
    control[cells.DIRECT] = store.direct
    for state in states:
        while control[cells.STATES] >= store.limit:
            if store.filled <= store.limit:
                store.fill(int(control[cells.STATES]), 1)
            else:
                store.grow_table()
        for _ in range(2):  # the second time it is known
            search.insert(control, store.table, store.slots, store.base, store.beside, words, address_of(state))
    assert control[cells.STATES] == len(states)
    return store, states


def address_of(state: np.ndarray[tuple[int], np.dtype[np.uint64]]) -> np.uint64:
    """Where a kernel reads it."""
    return np.uint64(state.ctypes.data)


def number_of(store: Store, state: np.ndarray[tuple[int], np.dtype[np.uint64]]) -> int:
    """The number of a state; -1 if it is not known."""
    address, shift = address_of(state), np.uint64(table.shift_of(store.slots))
    h = np.int64(table.hash_(address, store.words)).astype(np.uint64)
    return int(table.find(store.table, shift, store.base, store.words, address, h))


@pytest.mark.parametrize(("words", "direct"), [(1, True), (3, False)])
def test_a_table_that_has_grown_knows_every_state_by_its_number(words: int, direct: bool) -> None:
    """Each state has the number in whose order it came; one that did not come has none."""
    store, states = filled(words, direct)
    store.number(len(states))

    assert [number_of(store, state) for state in states[::97]] == list(range(0, len(states), 97))
    assert number_of(store, np.full(words, 1 << 63, np.uint64)) == -1


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize(("words", "direct"), [(1, True), (3, False)])
def test_a_table_doubles_by_any_number_of_threads(words: int, direct: bool, threads: int) -> None:
    """It has the entries that it had, each where it is found."""
    store, states = filled(words, direct)
    control = np.zeros(cells.CELLS, np.int64)
    control[cells.DIRECT], control[cells.STATES] = direct, len(states)
    before = np.sort(store._slots[: store.slots])
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(3):
            store._take_slots(2 * store.slots)
            double(store.table, store.slots // 2, direct, pool.map, threads)

    after = np.sort(store._slots[: store.slots])
    assert np.array_equal(after[after != 0], before[before != 0])
    for state in states:
        search.insert(control, store.table, store.slots, store.base, store.beside, words, address_of(state))
    assert control[cells.STATES] == len(states)  # each was known


def test_ctrl_c_is_heard_when_the_table_is_whole() -> None:
    """Whatever comes while a table doubles, it has doubled before anybody looks at it again."""
    store, states = filled(3, False)

    def interrupted(spread: Callable[[Part], Entries], parts: Iterable[Part]) -> Iterator[Entries]:
        for part in parts:
            yield spread(part)
            if part == (store.slots // 4, store.slots // 2):  # the first half
                os.kill(os.getpid(), signal.SIGINT)

    store.each_part = interrupted
    with pytest.raises(KeyboardInterrupt):
        store.grow_table()

    assert [number_of(store, state) for state in states[::97]] == list(range(0, len(states), 97))


def test_a_state_takes_a_spare_number() -> None:
    """The state with the last number gets the spare one, its parent goes with it, and it is found there."""
    store, states = filled(3, False)
    last = len(states) - 1
    store.parents[last] = 5

    table.renumber(store.table, store.slots, store.base, store.beside, 3, False, last, 17)

    assert number_of(store, states[last]) == 17
    assert (store.state(17), store.parent(17)) == ([int(word) for word in states[last]], 4)
