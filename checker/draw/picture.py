"""A picture: a Graphviz source, what it is called, and what it says to who can't see it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.sax.saxutils import escape

import graphviz

from . import look


@dataclass(frozen=True)
class Picture:
    """One picture, which can be a file of its own."""

    name: str
    title: str
    description: str
    dot: str


def canvas(name: str, **attributes: str) -> graphviz.Digraph:
    """An empty graph, on which boxes and arrows look as everywhere."""
    words = {"fontname": look.FONT, "color": look.INK, "fontcolor": look.INK}
    return graphviz.Digraph(
        name,
        graph_attr={"bgcolor": look.PAPER, "id": f"{name}-graph", **attributes},
        node_attr={"shape": "box", "style": "rounded", "fontsize": look.laid_out(look.SIZE), **words},
        edge_attr={"fontsize": look.laid_out(look.SMALL), **words},
    )


def svg(picture: Picture, drawn: str) -> str:
    """What a renderer has drawn, with the picture's words and colours, and with nothing that only the renderer says."""
    body = re.sub(r"<!--.*?-->\n?", "", drawn[drawn.index("<svg") :], flags=re.DOTALL)
    body = re.sub(r'font-family="Helvetica[^"]*"', f'font-family="{look.FONTS}"', body)
    body = re.sub(r'font-size="([\d.]+)"', lambda size: f'font-size="{float(size[1]) / look.ROOM:.2f}"', body)
    size = re.search(r'viewBox="[\d.]+ [\d.]+ ([\d.]+) ([\d.]+)"', body)
    assert size is not None
    inside = body.partition(">")[2].rpartition("</svg>")[0].strip()
    return framed(picture.name, picture.title, picture.description, float(size[1]), float(size[2]), inside)


def framed(name: str, title: str, description: str, width: float, height: float, inside: str) -> str:
    """An SVG file: it says what it shows to who can't see it, and is for light and dark pages.

    Several of them can be in one page: what has a name in it begins with that of the picture.
    """
    box = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {box} '
        f'role="img" aria-labelledby="{name}-title {name}-description">\n'
        f'<title id="{name}-title">{escape(title)}</title>\n'
        f'<desc id="{name}-description">{escape(description)}</desc>\n'
        f"<style>{look.style()}</style>\n{inside}\n</svg>\n"
    )
