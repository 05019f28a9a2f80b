"""The syntax tree of a function, found by where its code says that it stands."""

from __future__ import annotations

import ast
import linecache
from types import FunctionType

from ...spec.language.errors import SpecError

_trees: dict[str, tuple[str, dict[int, ast.FunctionDef]]] = {}


def tree(function: FunctionType) -> ast.FunctionDef:
    """The definition of `function`; edited methods have one too, since their source is kept."""
    code = function.__code__
    text = "".join(linecache.getlines(code.co_filename))
    known = _trees.get(code.co_filename)
    if known is None or known[0] != text:
        definitions = {}
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                for first in (node.lineno, *(decorator.lineno for decorator in node.decorator_list)):
                    definitions[first] = node
        known = _trees[code.co_filename] = (text, definitions)
    found = known[1].get(code.co_firstlineno)
    if found is None or found.name != function.__name__:
        raise SpecError(
            f"the source of `{function.__qualname__}` can't be found",
            file=code.co_filename,
            line=code.co_firstlineno,
            instead="write rows as plain `def` in a file, not as lambdas or at a prompt",
        )
    return found
