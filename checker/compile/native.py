"""From a world to machine code, kept in a cache: the same spec compiles once on a machine."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Container
from dataclasses import dataclass

import llvmlite
import llvmlite.binding as llvm

from ...spec.language.errors import SpecError
from ...spec.language.plain import PlainWorld, Site
from ...spec.language.rows import Declaration
from . import cache
from .layout import Layout, lay_out
from .memory import KINDS, Unit
from .module import MOST_CHOICES, TOO_MANY_CHOICES, Entry
from .program import build
from .symmetry import symmetry_of

PASSES = {"speed_level": 2, "loop_vectorization": False}
"""The options of LLVM's passes. A pool's loop is short: gathers cost more than they save."""


@dataclass(frozen=True)
class Compiled:
    """Machine code for one world: addresses that an engine can call, and what its records mean."""

    layout: Layout
    unit: Unit
    rows: tuple[Declaration, ...]
    waiters: tuple[tuple[type, int], ...]
    successors: int
    violated: int
    busy: int
    observed: int
    turns: int
    promises: int
    canonical: int
    high: int
    """The address of the numbers of slots ever needed, one for each dynamic pool."""
    covered: int
    """The address of the marks of what ran, one byte for each of the unit's points."""
    text: str
    """What it was before it was machine code."""
    seconds: float
    engine: object
    """Keeps the code in memory."""

    @property
    def key(self) -> str:
        """Stands for exactly this code."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]

    def site(self, code: int, row: Declaration) -> Site:
        """Where a step of `row` with this error code broke. Raises `SpecError` if it did not fit the engine."""
        if code == TOO_MANY_CHOICES:
            raise SpecError(
                f"{row.qualname} makes more than {MOST_CHOICES} choices in one step",
                file=row.file,
                line=row.line,
                instead="split the row",
            )
        return self.unit.describe(code)

    @property
    def most_findings(self) -> int:
        """How many different findings there can be."""
        errors = (len(self.unit.sites) + 1) * KINDS + 1
        return errors + (len(self.rows) + 1) * len(self.unit.system.case_names) + 1


def compile_world(
    world: PlainWorld,
    *,
    optimise: bool = True,
    symmetric: bool = False,
    deadlocks: bool = True,
    liveness: Container[str] | None = None,
) -> Compiled:
    """Translate, generate and compile. `optimise=False` compiles ten times faster, to code a third as fast.

    `symmetric` code leads from representatives to representatives; with `deadlocks` it keeps apart who waits, with
    `liveness` (by default all of it) who is promised something.
    """
    started = time.perf_counter()
    program = build(world.system, world.pools)
    symmetry = symmetry_of(world, program, deadlocks=deadlocks, liveness=liveness) if symmetric else None
    unit = Unit(world.system, program, lay_out(world), symmetry)
    entry = Entry(unit, world)
    entry.build()
    text = str(unit.module)
    engine = machine_code(text, optimise)
    return Compiled(
        unit.layout,
        unit,
        entry.rows,
        tuple(entry.waiters()),
        engine.get_function_address("successors"),
        engine.get_function_address("violated"),
        engine.get_function_address("busy"),
        engine.get_function_address("observed"),
        engine.get_function_address("turns"),
        engine.get_function_address("promises"),
        engine.get_function_address("canonical"),
        engine.get_global_value_address("high"),
        engine.get_global_value_address("covered"),
        text,
        time.perf_counter() - started,
        engine,
    )


def machine_code(text: str, optimise: bool = True) -> llvm.ExecutionEngine:
    """Compile a text for the processor at hand, or recall what it was compiled to."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    cpu, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    target = llvm.Target.from_default_triple()
    level = 2 if optimise else 0
    machine = target.create_target_machine(cpu=cpu, features=features, opt=level, jit=True)
    module = llvm.parse_assembly(text)
    module.triple = llvm.get_default_triple()
    module.data_layout = str(machine.target_data)
    made_by = (text, cpu, features, llvmlite.__version__, str(level), str(PASSES))
    key = hashlib.sha256("\0".join(made_by).encode()).hexdigest()
    known = cache.recall(key)
    if not known and optimise:
        options = llvm.create_pipeline_tuning_options()
        for name, value in PASSES.items():
            setattr(options, name, value)
        passes = llvm.create_pass_builder(machine, options)
        passes.getModulePassManager().run(module, passes)
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.set_object_cache(lambda _, code: cache.keep(key, code), lambda _: known or None)
    engine.finalize_object()
    return engine
