"""The backends, one file for each of QEMU's char-*.c."""
