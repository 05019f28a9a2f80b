"""From LLVM's text to an object file, and from that to code in memory."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from dataclasses import dataclass, field

import llvmlite
import llvmlite.binding as llvm

PASSES = {"speed_level": 2, "loop_vectorization": False}
"""The options of LLVM's passes. A pool's loop is short: gathers cost more than they save."""

FUNCTIONS = ("successors", "by_unit", "violated", "busy", "observed", "turns", "promises", "canonical")
"""What a module has for an engine to call."""

DATA = ("high", "covered", "asked")
"""What it has for an engine to read and write."""


OUTSIDE = frozenset({"sched_yield"})
"""What the kernels may call that is not a part of them."""


@dataclass(frozen=True)
class Code:
    """The addresses of what an engine calls, of the numbers of slots ever needed (one for each dynamic pool), of the
    marks of what ran (one byte for each point), and of the mask of the properties that are asked for."""

    successors: int
    by_unit: int
    violated: int
    busy: int
    observed: int
    turns: int
    promises: int
    canonical: int
    high: int
    covered: int
    asked: int
    engine: object = field(repr=False)
    """Keeps the code in memory."""

    def take_over(self, other: Code, pools: int) -> None:
        """Go on with the numbers of slots that `other` code of the same module has needed."""
        ctypes.memmove(self.high, other.high, 8 * pools)

    def ask(self, mask: int) -> None:
        """Judge these properties only; it is all at first."""
        ctypes.c_uint64.from_address(self.asked).value = mask

    def mark(self, points: Iterable[int]) -> None:
        """Note that these points have run."""
        for point in points:
            ctypes.c_uint8.from_address(self.covered + point).value = 1


def made_by(optimise: bool) -> tuple[str, ...]:
    """What an object file depends on, besides the text."""
    host = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten(), llvm.get_default_triple()
    return (*host, llvmlite.__version__, str(PASSES) if optimise else "")


def object_file(text: str, *, optimise: bool, only: str = "") -> bytes:
    """Generate machine code; without `optimise` twenty times faster, to code a third as fast.

    With `only`, nothing but the function of that name is for others to call. Raises `RuntimeError` if it calls what is
    not a part of it.
    """
    machine = _machine(optimise)
    module = llvm.parse_assembly(text)
    for function in module.functions if only else ():
        if not function.is_declaration and function.name != only:
            function.linkage = llvm.Linkage.internal
    module.triple = llvm.get_default_triple()
    module.data_layout = str(machine.target_data)
    if optimise:
        options = llvm.create_pipeline_tuning_options()
        for name, value in PASSES.items():
            setattr(options, name, value)
        passes = llvm.create_pass_builder(machine, options)
        passes.getModulePassManager().run(module, passes)
    for function in module.functions if only else ():
        if function.is_declaration and not function.name.startswith("llvm.") and function.name not in OUTSIDE:
            raise RuntimeError(f"{only} calls {function.name}, which a process may not have")
    made: bytes = machine.emit_object(module)
    return made


def load(made: bytes) -> Code:
    """Put an object file into memory; it has to be a whole one, which LLVM does not look at."""
    engine = opened(made)
    addresses = {name: engine.get_function_address(name) for name in FUNCTIONS}
    data = {name: engine.get_global_value_address(name) for name in DATA}
    return Code(**addresses, **data, engine=engine)


def opened(made: bytes) -> llvm.ExecutionEngine:
    """An object file in memory, as long as this is kept."""
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine(optimise=False))
    engine.add_object_file(llvm.ObjectFileRef.from_data(made))
    engine.finalize_object()
    return engine


def _machine(optimise: bool) -> llvm.TargetMachine:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    cpu, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(cpu=cpu, features=features, opt=2 if optimise else 0, jit=True)
