"""The rates as a drawing: a row for each model, a dot for each checker, on a logarithmic scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, floor, log10
from statistics import median
from xml.sax.saxutils import escape

from .results import Measurement, Results

TOOLS = ("hotswap", "SPIN", "rumur", "TLC")
LEFT, RIGHT, TOP, ROW, WIDTH = 170, 50, 56, 34, 760


@dataclass(frozen=True)
class Scheme:
    """Colours on a light or a dark page; they differ in brightness too, and each checker has a shape of its own."""

    paper: str
    ink: str
    line: str
    tools: Mapping[str, str]


SCHEMES = {
    "light": Scheme(
        "#ffffff", "#1f2328", "#d0d7de", {"hotswap": "#0550ae", "SPIN": "#bc4c00", "rumur": "#57606a", "TLC": "#8250df"}
    ),
    "dark": Scheme(
        "#0d1117", "#e6edf3", "#30363d", {"hotswap": "#79c0ff", "SPIN": "#ffa657", "rumur": "#8b949e", "TLC": "#d2a8ff"}
    ),
}


def svg(results: Results, scheme: str) -> str:
    """The drawing."""
    colours = SCHEMES[scheme]
    tools = [tool for tool in TOOLS if any(f"{tool} 1" in model.ways for model in results.models)]
    rates = [rate(model, tool) for model in results.models for tool in tools if f"{tool} 1" in model.ways]
    low, high = floor(log10(min(rates))), ceil(log10(max(rates)))
    bottom = TOP + ROW * len(results.models)
    height = bottom + 44

    def across(found: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (log10(found) - low) / (high - low)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'font-family="system-ui, sans-serif" font-size="13" fill="{colours.ink}">',
        "<title>Transitions a second on one core</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="{colours.paper}"/>',
    ]
    for place, tool in enumerate(tools):
        parts += [mark(tool, LEFT + 110 * place, 22, colours), words(LEFT + 12 + 110 * place, 26, tool)]
    for power in range(low, high + 1):
        x = across(10**power)
        parts += [
            f'<line x1="{x:.1f}" y1="{TOP - 12}" x2="{x:.1f}" y2="{bottom - 8}" stroke="{colours.line}"/>',
            words(x, bottom + 10, named(power), "middle"),
        ]
    parts.append(words((LEFT + WIDTH - RIGHT) / 2, bottom + 32, "transitions a second, logarithmic", "middle"))
    for place, model in enumerate(results.models):
        y = TOP + ROW * place + 6
        parts.append(words(LEFT - 16, y + 4, model.title, "end"))
        parts += [
            mark(tool, across(rate(model, tool)), y, colours) for tool in reversed(tools) if f"{tool} 1" in model.ways
        ]
    return "\n".join([*parts, "</svg>\n"])


def rate(model: Measurement, tool: str) -> float:
    """Transitions a second on one core."""
    return median(model.rates(f"{tool} 1"))


def named(power: int) -> str:
    """A power of ten as people say it."""
    if power >= 6:
        return f"{10 ** (power - 6)} million"
    return f"{10**power:,}"


def words(x: float, y: float, text: str, anchor: str = "start") -> str:
    """A text."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def mark(tool: str, x: float, y: float, colours: Scheme) -> str:
    """A checker's dot, square, diamond or triangle."""
    fill = f'fill="{colours.tools[tool]}"'
    if tool == "hotswap":
        return f'<circle cx="{x:.1f}" cy="{y}" r="6.5" {fill}/>'
    if tool == "SPIN":
        return f'<rect x="{x - 5:.1f}" y="{y - 5}" width="10" height="10" {fill}/>'
    corners = {"rumur": ((0, -7), (7, 0), (0, 7), (-7, 0)), "TLC": ((0, -7), (7, 5), (-7, 5))}[tool]
    return f'<polygon points="{" ".join(f"{x + dx:.1f},{y + dy}" for dx, dy in corners)}" {fill}/>'
