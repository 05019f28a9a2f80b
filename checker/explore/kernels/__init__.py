"""The parts of the engine that numba compiles. They know nothing of any spec."""
