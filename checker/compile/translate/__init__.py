"""From a method's syntax tree to the IR; what is outside the language is refused, with what to write instead.

One class in seven layers, each of which knows the constructs below it: `scope`, `fields`, `operators`, `calls`,
`expressions`, `statements`, `method`.
"""

from .method import translate

__all__ = ["translate"]
