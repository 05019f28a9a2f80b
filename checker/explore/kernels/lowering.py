"""From a kernel to machine code, as of a C function that needs numba no more.

It gets words: of an array the address and the shape. So nothing in a kernel may allocate memory, or raise. What it
needs room for is handed to it, or is on the stack.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from numba import cfunc, njit, types
from numba.core import config

from ...compile import code
from ..cells import FUNCTION
from .memory import array_at

config.OPT = config._OptLevel(0)  # numba would optimise every function, and again where it is called

kernel = njit(
    error_model="numpy", forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True, no_rewrites=True, _nrt=False
)
"""Makes a function a kernel, and a part of the kernels that call it."""


def compiled(wanted: str) -> bytes:
    """The object file of a kernel, of what file it is and what it is given: `search.insert(int64[], uint64, ...)`."""
    name, _, given = wanted.rstrip(")").partition("(")
    file, _, name = name.partition(".")
    text = text_of(getattr(import_module(f"{__package__}.{file}"), name), given.split(", "))
    return code.object_file(text, optimise=True, only=FUNCTION)


def text_of(function: Any, given: Sequence[str]) -> str:
    """LLVM's text of a kernel as a C function, to be optimised.

    What it is `given` is a word (`int64` or `uint64`) or an array, as in `uint32[]` and `int64[,]`.
    """
    arguments: list[str] = []
    words: list[Any] = []
    passed = []
    for position, kind in enumerate(given):
        argument, (number, is_array, axes) = f"a{position}", kind.partition("[")
        if is_array:
            shape = [f"{argument}_{axis}" for axis in range(len(axes))]
            arguments += [argument, *shape]
            words += [types.uint64, *[types.int64] * len(shape)]
            passed.append(f"array_at({argument}, ({', '.join(shape)},), {number})")
        else:
            arguments.append(argument)
            words.append(getattr(types, number))
            passed.append(argument)
    written = f"lambda {', '.join(arguments)}: kernel({', '.join(passed)})"
    outside: Callable[..., Any] = eval(written, {**vars(types), "kernel": function, "array_at": array_at})
    back = types.void if function.py_func.__annotations__["return"] == "None" else types.int64
    made = cfunc(back(*words), error_model="numpy", _nrt=False)(outside)
    text: str = made.inspect_llvm()
    return text.replace(made.native_name, FUNCTION)
