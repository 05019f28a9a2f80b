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
        graph_attr={"bgcolor": look.PAPER, **attributes},
        node_attr={"shape": "box", "style": "rounded", "fontsize": look.SIZE, **words},
        edge_attr={"fontsize": look.SMALL, **words},
    )


def svg(picture: Picture, drawn: str) -> str:
    """What a renderer has drawn, with the picture's words and colours, and with nothing that only the renderer says."""
    body = drawn[drawn.index("<svg") :]
    body = re.sub(r"<!--.*?-->\n?", "", body, flags=re.DOTALL)
    body = re.sub(r'(<svg [^>]*?)width="[\d.]+pt" height="[\d.]+pt"', r"\1", body, count=1)
    body = re.sub(r'font-family="Helvetica[^"]*"', f'font-family="{look.FONTS}"', body)
    words = (
        f'<title id="title">{escape(picture.title)}</title>\n'
        f'<desc id="description">{escape(picture.description)}</desc>\n'
        f"<style>{look.style()}</style>\n"
    )
    head, rest = body.split(">", 1)
    width = re.search(r'viewBox="[\d.]+ [\d.]+ ([\d.]+) ([\d.]+)"', head)
    size = f' width="{float(width[1]):.0f}" height="{float(width[2]):.0f}"' if width else ""
    return f'{head}{size} role="img" aria-labelledby="title description">\n{words}{rest.lstrip()}'
