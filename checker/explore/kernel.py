"""The generic engine: breadth-first search over packed states, in machine code by numba.

It knows nothing of any spec: it calls the compiled functions through their addresses, so it is compiled once a
machine. States are stored exactly, in the order of their discovery; that one array is the visited set, the frontier, and (with a parent beside each state) the index of all shortest traces. The hash table holds
a state's number and 32 bits of its hash. A batch of states is expanded before any successor is looked up, and their
table slots are prefetched, because a lookup is a cache miss.

The kernels come back to Python at the latest after a given number of states, so that Ctrl-C, progress and growth are
handled there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

LOW = np.uint64(0xFFFFFFFF)
"""An entry of the table: the upper 32 bits of the state's hash, and below them its number plus 1."""

BATCH = 16
"""How many states are expanded before their successors are looked up."""

HEADER = 2
"""The words of an edge's record before the state; the compiler's `HEADER`."""

CUT = 1 << 40
"""The compiler's `CUT`."""

(NEXT, STATES, EDGES, LIMIT, ROOM, DIRTY, PRUNE, WITNESSES, FINDINGS, BUDGET, RECORDS, DEPTH, LEVEL) = range(13)
CELLS = 13
"""The cells of the control array: the next state to expand; how many states there are, and edges; the size of the
table; how many states fit before something has to grow; how many records the buffer holds; whether any property was
ever broken; whether to stop behind violations; the bits of the `sometimes` properties; how many findings are noted;
how many states to expand before coming back; how many records were needed; how deep the search is, and where its level
ends."""

ERROR, BROKEN, WITNESS = range(3)
"""What a finding is: an error at a site, a property broken by a row, a state in which a `sometimes` holds."""

DONE, GROW, WIDEN, PAUSE, FULL = range(5)
"""Why a kernel came back: no state is left; the store has to grow, or the buffer; the budget is spent; the findings
have no room."""


@intrinsic
def load(typingctx: Any, address: Any) -> Any:
    """The word at an address."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(arguments[0], ir.IntType(64).as_pointer())
        return builder.load(pointer)

    return types.uint64(types.uint64), codegen


@intrinsic
def store(typingctx: Any, address: Any, value: Any) -> Any:
    """Put a word at an address."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(arguments[0], ir.IntType(64).as_pointer())
        builder.store(arguments[1], pointer)
        return context.get_dummy_value()

    return types.void(types.uint64, types.uint64), codegen


@intrinsic
def load_half(typingctx: Any, address: Any) -> Any:
    """The 32 bits at an address."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(arguments[0], ir.IntType(32).as_pointer())
        return builder.load(pointer)

    return types.uint32(types.uint64), codegen


@intrinsic
def store_half(typingctx: Any, address: Any, value: Any) -> Any:
    """Put 32 bits at an address."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(arguments[0], ir.IntType(32).as_pointer())
        builder.store(arguments[1], pointer)
        return context.get_dummy_value()

    return types.void(types.uint64, types.uint32), codegen


@intrinsic
def prefetch(typingctx: Any, address: Any) -> Any:
    """Have the processor fetch the cache line at an address."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        byte, small = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, small, small, small])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        pointer = builder.inttoptr(arguments[0], byte)
        builder.call(function, [pointer, small(0), small(3), small(1)])
        return context.get_dummy_value()

    return types.void(types.uint64), codegen


@intrinsic
def expand(typingctx: Any, function: Any, source: Any, out: Any, room: Any) -> Any:
    """Call the compiled `successors` at an address."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        word = ir.IntType(64)
        kind = ir.FunctionType(word, [word, word, word])
        pointer = builder.inttoptr(arguments[0], kind.as_pointer())
        return builder.call(pointer, arguments[1:])

    return types.int64(types.uint64, types.uint64, types.uint64, types.int64), codegen


@intrinsic
def mask_of(typingctx: Any, function: Any, source: Any) -> Any:
    """Call the compiled `violated` or `busy` at an address."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        word = ir.IntType(64)
        pointer = builder.inttoptr(arguments[0], ir.FunctionType(word, [word]).as_pointer())
        return builder.call(pointer, arguments[1:])

    return types.uint64(types.uint64, types.uint64), codegen


@njit(cache=True, inline="always")
def _state_at(states: Any, words: Any, index: Any) -> Any:
    """The address of a state's words."""
    return states + np.uint64(index) * np.uint64(words) * np.uint64(8)


@njit(cache=True, inline="always")
def _hash(address: Any, words: Any) -> Any:
    """64 well-mixed bits of a state."""
    h = np.uint64(0x9E3779B97F4A7C15)
    for word in range(words):
        h = (h ^ load(address + np.uint64(word) * np.uint64(8))) * np.uint64(0xD6E8FEB86659FD93)
        h = h ^ (h >> np.uint64(32))
    h = h * np.uint64(0xD6E8FEB86659FD93)
    return h ^ (h >> np.uint64(29))


@njit(cache=True, inline="always")
def _shift(table: Any) -> Any:
    """How far to shift a hash so that its upper bits are a slot."""
    shift = 64
    while (1 << (64 - shift)) < table.shape[0]:
        shift -= 1
    return np.uint64(shift)


@njit(cache=True, inline="always")
def _same(one: Any, two: Any, words: Any) -> Any:
    for word in range(words):
        offset = np.uint64(word) * np.uint64(8)
        if load(one + offset) != load(two + offset):
            return False
    return True


@njit(cache=True, inline="always")
def _candidate(table: Any, mask: Any, shift: Any, states: Any, words: Any, h: Any) -> Any:
    """The first slot that may hold a state with this hash, or is free; the state is fetched from memory meanwhile."""
    slot = h >> shift
    tag = h >> np.uint64(32)
    while True:
        entry = table[slot]
        if entry == np.uint64(0):
            return slot
        if entry >> np.uint64(32) == tag:
            prefetch(_state_at(states, words, np.int64(entry & LOW) - 1))
            return slot
        slot = (slot + np.uint64(1)) & mask


@njit(cache=True, inline="always")
def _find(table: Any, mask: Any, states: Any, words: Any, address: Any, h: Any, slot: Any) -> Any:
    """The number of a state plus 1, or minus the free slot that it belongs in, minus 1; looked for from `slot` on."""
    tag = h >> np.uint64(32)
    while True:
        entry = table[slot]
        if entry == np.uint64(0):
            return -np.int64(slot) - 1
        if entry >> np.uint64(32) == tag:
            known = np.int64(entry & LOW) - 1
            if _same(_state_at(states, words, known), address, words):
                return known + 1
        slot = (slot + np.uint64(1)) & mask


@njit(cache=True, nogil=True)
def insert(control: Any, table: Any, states: Any, parents: Any, words: Any, address: Any, parent: Any) -> Any:
    """Add one state unless it is known; returns its number. For initial states."""
    mask = np.uint64(table.shape[0] - 1)
    h = _hash(address, words)
    found = _find(table, mask, states, words, address, h, h >> _shift(table))
    if found > 0:
        return found - 1
    index = control[STATES]
    _append(index, table, states, parents, words, address, h, np.uint64(-found - 1), parent)
    control[STATES] = index + 1
    return index


@njit(cache=True, inline="always")
def _append(
    index: Any, table: Any, states: Any, parents: Any, words: Any, address: Any, h: Any, slot: Any, parent: Any
) -> Any:
    """Keep a state under the next number."""
    target = _state_at(states, words, index)
    for word in range(words):
        offset = np.uint64(word) * np.uint64(8)
        store(target + offset, load(address + offset))
    store_half(parents + np.uint64(index) * np.uint64(4), np.uint32(parent + 1))
    table[slot] = (h & ~LOW) | np.uint64(index + 1)


@njit(cache=True, nogil=True)
def rehash(table: Any, larger: Any) -> None:
    """Move every entry of a table to one of twice the size.

    A slot is the upper bits of the hash, and so are the 32 bits kept in the entry: the new slots follow from the
    entries alone, and lie in the order of the old ones. Nothing is read or written at random.
    """
    mask = np.uint64(larger.shape[0] - 1)
    shift = _shift(larger)
    for position in range(table.shape[0]):
        entry = table[position]
        if entry != np.uint64(0):
            slot = (entry & ~LOW) >> shift
            while larger[slot] != np.uint64(0):
                slot = (slot + np.uint64(1)) & mask
            larger[slot] = entry


@njit(cache=True, inline="always")
def _note(findings: Any, control: Any, kind: Any, what: Any, row: Any, source: Any) -> Any:
    """Note the first finding under its key; false if there is no room."""
    count = control[FINDINGS]
    for position in range(count):
        same = findings[position, 0] == kind and findings[position, 1] == what
        if same and (kind != BROKEN or findings[position, 2] == row):
            return True
    if count == findings.shape[0]:
        return False
    findings[count, 0] = kind
    findings[count, 1] = what
    findings[count, 2] = row
    findings[count, 3] = source
    control[FINDINGS] = count + 1
    return True


@njit(cache=True)
def _note_broken(findings: Any, control: Any, fresh: Any, witnesses: Any, row: Any, source: Any) -> None:
    """Note each property of a mask."""
    for bit in range(64):
        if fresh >> np.uint64(bit) & np.uint64(1):
            kind = BROKEN + np.int64(witnesses >> np.uint64(bit) & np.uint64(1))
            _note(findings, control, kind, bit, row, source)


@njit(cache=True, nogil=True)
def explore(
    successors: Any,
    violated: Any,
    words: Any,
    control: Any,
    table: Any,
    states: Any,
    parents: Any,
    out: Any,
    hashes: Any,
    slots: Any,
    fired: Any,
    cuts: Any,
    findings: Any,
) -> Any:
    """Expand states until none is left, or until Python is needed. See the control array's cells.

    A finding is (what it is, error code or property, row, source). A property counts as broken by the step that leads
    from a state where it holds to one where it does not. As long as nothing was ever broken, only new states are
    judged.
    """
    mask, shift = np.uint64(table.shape[0] - 1), _shift(table)
    record = words + HEADER
    size = np.uint64(record * 8)
    out_address, table_address = np.uint64(out.ctypes.data), np.uint64(table.ctypes.data)
    witnesses = np.uint64(control[WITNESSES])
    budget = control[NEXT] + control[BUDGET]
    prune = control[PRUNE] != 0
    sources = np.empty(BATCH, np.int64)
    counts = np.empty(BATCH, np.int64)
    befores = np.empty(BATCH, np.uint64)
    while control[NEXT] < control[STATES]:
        if control[NEXT] >= budget:
            return PAUSE
        if control[NEXT] == control[LEVEL]:
            control[DEPTH] += 1
            control[LEVEL] = control[STATES]
        first = control[NEXT]
        total = np.int64(0)
        taken = 0
        while taken < BATCH and first + taken < control[LEVEL]:
            index = first + taken
            source = _state_at(states, words, index)
            before = np.uint64(0)
            if control[DIRTY] != 0:
                before = mask_of(violated, source)
            befores[taken] = before
            sources[taken] = index
            counts[taken] = 0
            if not (prune and before & ~witnesses != np.uint64(0)):
                room = control[ROOM] - total
                count = expand(successors, source, out_address + np.uint64(total) * size, room)
                if count > room:
                    if taken == 0:
                        control[RECORDS] = count
                        return WIDEN
                    break
                counts[taken] = count
                total += count
            taken += 1
        if control[STATES] + total > control[LIMIT]:
            return GROW
        if control[FINDINGS] + 64 > findings.shape[0]:
            return FULL
        for position in range(total):
            address = out_address + np.uint64(position) * size
            h = _hash(address + np.uint64(HEADER * 8), words)
            hashes[position] = h
            prefetch(table_address + (h >> shift) * np.uint64(8))
        for position in range(total):
            slots[position] = _candidate(table, mask, shift, states, words, hashes[position])
        position = np.int64(0)
        edges = total
        reached, dirty = control[STATES], control[DIRTY] != 0
        for number in range(taken):
            source_index, before = sources[number], befores[number]
            for _ in range(counts[number]):
                address = out_address + np.uint64(position) * size
                h, slot = hashes[position], np.uint64(slots[position])
                position += 1
                meta = load(address)
                row = np.int64(meta & np.uint64(0xFFFF))
                code = np.int64(meta >> np.uint64(16))
                if code >= CUT:
                    cuts[code - CUT] += 1
                    edges -= 1
                    continue
                fired[row] += 1
                if code != 0:
                    _note(findings, control, ERROR, code, row, source_index)
                    continue
                fresh = load(address + np.uint64(8))
                target = address + np.uint64(HEADER * 8)
                found = _find(table, mask, states, words, target, h, slot)
                if found < 0:
                    if not prune or fresh == np.uint64(0):
                        _append(reached, table, states, parents, words, target, h, np.uint64(-found - 1), source_index)
                        reached += 1
                    fresh |= mask_of(violated, target) & ~before
                elif dirty:
                    fresh |= mask_of(violated, target) & ~before
                if fresh != np.uint64(0):
                    dirty = True
                    _note_broken(findings, control, fresh, witnesses, row, source_index)
        control[STATES], control[DIRTY] = reached, np.int64(dirty)
        control[EDGES] += edges
        control[NEXT] = first + taken
    return DONE


@njit(cache=True, nogil=True)
def stuck_pass(
    successors: Any,
    busy: Any,
    violated: Any,
    words: Any,
    control: Any,
    table: Any,
    states: Any,
    out: Any,
    begins: Any,
    stuck: Any,
    first: Any,
    last: Any,
    initial: Any,
) -> Any:
    """One round over the states from `last` down to `first`: who in them is still not known to come free.

    `stuck[s]` is a mask of slots. A slot comes free in `s` if it does not wait there, or if a step that begins no
    command leads to a state where it comes free; a step that ends in an error or a cut is judged elsewhere and frees
    all. Returns how many masks shrank, or -1 if the buffer is too small (`control[RECORDS]` says what it needs).
    """
    mask, shift = np.uint64(table.shape[0] - 1), _shift(table)
    record = words + HEADER
    size = np.uint64(record * 8)
    out_address = np.uint64(out.ctypes.data)
    changed = np.int64(0)
    for index in range(last - 1, first - 1, -1):
        source = _state_at(states, words, index)
        if initial != 0:
            stuck[index] = mask_of(busy, source)
            if control[PRUNE] != 0 and mask_of(violated, source) & ~np.uint64(control[WITNESSES]) != np.uint64(0):
                stuck[index] = np.uint64(0)
        waiting = stuck[index]
        if waiting == np.uint64(0):
            continue
        count = expand(successors, source, out_address, control[ROOM])
        if count > control[ROOM]:
            control[RECORDS] = count
            return -1
        for position in range(count):
            address = out_address + np.uint64(position) * size
            meta = load(address)
            if meta >> np.uint64(16) != np.uint64(0):
                waiting = np.uint64(0)
                break
            target = address + np.uint64(HEADER * 8)
            if begins[meta & np.uint64(0xFFFF)]:
                continue
            h = _hash(target, words)
            found = _find(table, mask, states, words, target, h, h >> shift)
            if found > 0:
                if initial != 0 and found - 1 < index:
                    waiting &= mask_of(busy, target)  # not looked at yet in this first round
                else:
                    waiting &= stuck[found - 1]
            elif control[PRUNE] != 0:
                waiting = np.uint64(0)
            if waiting == np.uint64(0):
                break
        if waiting != stuck[index]:
            stuck[index] = waiting
            changed += 1
    return changed


@njit(cache=True, nogil=True)
def childless(successors: Any, violated: Any, words: Any, control: Any, states: Any, out: Any, first: Any, last: Any) -> Any:
    """The first state of a range that has no step at all, or -1."""
    out_address = np.uint64(out.ctypes.data)
    for index in range(first, last):
        source = _state_at(states, words, index)
        if expand(successors, source, out_address, control[ROOM]) == 0:
            return np.int64(index)
    return np.int64(-1)


@njit(cache=True, nogil=True)
def walk(
    successors: Any,
    violated: Any,
    words: Any,
    control: Any,
    out: Any,
    path: Any,
    start: Any,
    depth: Any,
    seed: Any,
    fired: Any,
    cuts: Any,
    findings: Any,
) -> Any:
    """One random walk from the state at `start`; `path` takes its states. Returns how many steps it took.

    Every step out of each state that it visits is looked at, one of them is taken. A finding's source is the position
    in the path. The generator is SplitMix64.
    """
    record = words + HEADER
    size = np.uint64(record * 8)
    out_address = np.uint64(out.ctypes.data)
    path_address = np.uint64(path.ctypes.data)
    witnesses = np.uint64(control[WITNESSES])
    for word in range(words):
        store(path_address + np.uint64(word * 8), load(start + np.uint64(word * 8)))
    x = np.uint64(seed)
    for step in range(depth):
        source = path_address + np.uint64(step * words * 8)
        before = mask_of(violated, source)
        count = expand(successors, source, out_address, control[ROOM])
        if count > control[ROOM]:
            control[RECORDS] = count
            return -1
        good = np.int64(0)
        for position in range(count):
            address = out_address + np.uint64(position) * size
            meta = load(address)
            row = np.int64(meta & np.uint64(0xFFFF))
            code = np.int64(meta >> np.uint64(16))
            if code >= CUT:
                cuts[code - CUT] += 1
                continue
            if code != 0:
                _note(findings, control, ERROR, code, row, step)
                continue
            good += 1
            fresh = load(address + np.uint64(8)) | (
                mask_of(violated, address + np.uint64(HEADER * 8)) & ~before
            )
            _note_broken(findings, control, fresh, witnesses, row, step)
        if good == 0:
            return step
        x = x + np.uint64(0x9E3779B97F4A7C15)
        z = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        chosen = np.int64((z ^ (z >> np.uint64(31))) % np.uint64(good))
        for position in range(count):
            address = out_address + np.uint64(position) * size
            meta = load(address)
            if meta >> np.uint64(16) != np.uint64(0):
                continue
            if chosen == 0:
                fired[np.int64(meta & np.uint64(0xFFFF))] += 1
                control[EDGES] += 1
                target = source + np.uint64(words * 8)
                for word in range(words):
                    offset = np.uint64(word * 8)
                    store(target + offset, load(address + np.uint64(HEADER * 8) + offset))
                break
            chosen -= 1
    return np.int64(depth)
