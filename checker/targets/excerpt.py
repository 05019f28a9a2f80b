"""Of a Python module, the definitions that some code needs, and nothing else."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """A definition of a module, or a method."""

    name: str
    """A method's with a dot before it."""
    owner: str
    """The class of a method."""
    text: str
    mentions: frozenset[str]
    """The names in it; of attributes with a dot before them."""

    @property
    def gap(self) -> int:
        """How many empty lines are before it."""
        return 1 if self.owner else 2 if "\n" in self.text else 0


def excerpt(source: str, code: str) -> str:
    """The definitions that some code needs, as they are in the source of a module, and the imports that these need."""
    module = ast.parse(source)
    parts = list(_parts(source, module))
    mentioned: frozenset[str] = frozenset()
    grown = _mentions(ast.parse(code))
    while grown != mentioned:
        mentioned = grown
        kept = [part for part in parts if part.name in mentioned and (not part.owner or part.owner in mentioned)]
        grown = mentioned.union(*(part.mentions for part in kept))
    return "\n".join(_imports(module, mentioned)) + "\n" + _joined(kept)


def _joined(parts: Sequence[Part]) -> str:
    """As a formatter would have them."""
    text, above = "", 0
    for part in parts:
        text += "\n" * (1 + (part.gap if part.owner else max(part.gap, above))) + part.text
        above = 2 if part.gap else 0
    return text


def _parts(source: str, module: ast.Module) -> Iterator[Part]:
    lines = source.splitlines()
    for node in module.body:
        if isinstance(node, ast.FunctionDef):
            yield Part(node.name, "", _text(lines, node, node), _mentions(node))
        elif isinstance(node, ast.ClassDef):
            yield from _class(lines, node)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            assert isinstance(target, ast.Name)
            yield Part(target.id, "", _text(lines, node, node), _mentions(node) - {target.id})


def _class(lines: Sequence[str], node: ast.ClassDef) -> Iterator[Part]:
    """What it is, and each of its methods."""
    methods = [each for each in node.body if isinstance(each, ast.FunctionDef)]
    head = [each for each in node.body if not isinstance(each, ast.FunctionDef)]
    mentions = frozenset[str]().union(*map(_mentions, (*node.bases, *head)))
    yield Part(node.name, "", _text(lines, node, head[-1]), mentions)
    for method in methods:
        name = node.name if method.name.startswith("__") else f".{method.name}"
        yield Part(name, node.name, _text(lines, method, method), _mentions(method))


def _text(lines: Sequence[str], first: ast.FunctionDef | ast.ClassDef | ast.stmt, last: ast.stmt) -> str:
    decorators = first.decorator_list if isinstance(first, ast.FunctionDef | ast.ClassDef) else []
    begin = min([first.lineno, *(each.lineno for each in decorators)])
    return "\n".join(lines[begin - 1 : last.end_lineno])


def _mentions(node: ast.AST) -> frozenset[str]:
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    return frozenset(names | {f".{each.attr}" for each in ast.walk(node) if isinstance(each, ast.Attribute)})


def _imports(module: ast.Module, mentioned: frozenset[str]) -> Iterator[str]:
    for node in module.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            always = isinstance(node, ast.ImportFrom) and node.module == "__future__"
            names = [each.name for each in node.names if always or each.name in mentioned]
            if names:
                yield (
                    f"from {node.module} import {', '.join(names)}"
                    if isinstance(node, ast.ImportFrom)
                    else ast.unparse(node)
                )
            if always:
                yield ""
