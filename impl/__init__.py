"""An executable chardev layer that follows the spec.

`chardev`, `frontend` and `registry` are QEMU's objects of these names, `change` is the hot swap, `backends` and
`devices` are who take part in it. `layer` puts them together; `host` says what they ask of an operating system, and
`context` what they ask of a main loop. `serve` and `console` are processes with a layer, `qmp` and `hmp` are
how one talks to these.
"""
