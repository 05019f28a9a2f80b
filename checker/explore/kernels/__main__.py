"""Compiles kernels for another process: `python -m hotswap.checker.explore.kernels 'search.insert(int64[], ...)' ...`.

What it writes is a pickle of the object files.
"""

from __future__ import annotations

import pickle
import sys

from .lowering import compiled

if __name__ == "__main__":
    pickle.dump([compiled(wanted) for wanted in sys.argv[1:]], sys.stdout.buffer)
