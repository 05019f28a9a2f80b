"""QEMU's human monitor protocol: commands that are typed, and the monitor that a client types them to."""
