"""The spec as plain Python: its own methods, called on plain objects.

This is the oracle. It reads neither a syntax tree nor the compiler's IR, so that a mistake of those shows. The
semantics that it shares with the native engine are written down here, where they are easiest to read.
"""

from .edges import Call, Choices, Edge, Site, Values
from .judgement import PlainWorld

__all__ = ["Call", "Choices", "Edge", "PlainWorld", "Site", "Values"]
