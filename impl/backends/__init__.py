"""The backends, one file for each of QEMU's char-*.c, and what some of them have in common."""
