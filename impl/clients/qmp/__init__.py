"""QEMU's machine protocol: messages, commands, and the monitor that a client talks to."""
