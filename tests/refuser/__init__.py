"""A frontend that refuses, with QEMU's own chardevs: what `build` makes of QEMU's source, and how it is driven."""
