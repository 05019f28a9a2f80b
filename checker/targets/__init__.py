"""What is held to the spec: the layer in this process, the same as a process of its own, and a real QEMU."""
