"""The commands `serve` and `console`: the layer as a process of its own."""
