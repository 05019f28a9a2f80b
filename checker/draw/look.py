"""How pictures look: colours that everybody can tell apart (after Okabe and Ito), and the same ones in the dark."""

from __future__ import annotations

FONT = "Helvetica"
"""By whose widths Graphviz lays text out: Arial and Liberation Sans have the same."""
FONTS = "Helvetica, Arial, Liberation Sans, sans-serif"
SIZE, SMALL = 14, 11
ROOM = 1.2
"""So much wider than these is the widest font that a page may have in their place (DejaVu Sans, a bold one): Graphviz
lays text out in letters that are larger by that, and what is in the file are the sizes above."""

PAPER, INK, FAINT = "#ffffff", "#1f2328", "#656d76"
WAITS = "#fff1d6"
"""Of what has to be ended by somebody else."""
WRONG = "#b42318"
"""Of what is broken, and of pointers that dangle."""
THREADS = ("#005f9e", "#00734f", "#8f4a78", "#a34700", "#3d5a66", "#6b5b00")
"""Of threads, in the order in which they are met."""

IN_THE_DARK = {
    PAPER: "#0d1117",
    INK: "#e6edf3",
    FAINT: "#9198a1",
    WAITS: "#4a3812",
    WRONG: "#ff8a7a",
    **dict(zip(THREADS, ("#56b4e9", "#35c79a", "#e39bc5", "#ff9d5c", "#9fc3d1", "#e0cf5a"), strict=True)),
}


def laid_out(size: int) -> str:
    """The size of letters in a Graphviz source."""
    return f"{size * ROOM:.1f}"


def variables() -> str:
    """The colours by their names, for the style sheet of a page."""
    names = {"paper": PAPER, "ink": INK, "faint": FAINT, "waits": WAITS, "wrong": WRONG, "accent": THREADS[0]}
    light, dark = (
        "".join(f"--{name}:{shade(colour)};" for name, colour in names.items())
        for shade in (str, IN_THE_DARK.__getitem__)
    )
    return f":root{{{light}}}\n@media (prefers-color-scheme: dark){{:root{{{dark}}}}}\n"


def style() -> str:
    """The style sheet of a picture: in the dark each colour is another one."""
    rules = (
        f'[{part}="{light}"]{{{part}:{dark}}}' for light, dark in IN_THE_DARK.items() for part in ("fill", "stroke")
    )
    return f"@media (prefers-color-scheme: dark){{{''.join(rules)}}}"
