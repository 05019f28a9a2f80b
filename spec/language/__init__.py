"""The vocabulary of a spec: ordinary Python classes and methods, restricted to what can be checked exhaustively.

>>> from hotswap.spec.language import Machine, State, System, require, step
"""

from .bodies import ensure, fail, free, may
from .errors import SpecError
from .interface import Interface, Where
from .machines import Machine
from .properties import (
    Monitor,
    Property,
    action,
    always_eventually,
    eventually,
    invariant,
    leads_to,
    observable,
    on,
    sometimes,
)
from .rows import MAIN, STRONG, UNFAIR, WEAK, Fairness, Lock, State, Thread, finalizer, operation, require, step
from .system import Configuration, Pools, System
from .tables import Table, row
from .types import Capacity, Own, Queue, Range, Raw, Ref, Set
from .variants import Defect, Edit, Profile, Switch

__all__ = [
    "MAIN",
    "STRONG",
    "UNFAIR",
    "WEAK",
    "Capacity",
    "Configuration",
    "Defect",
    "Edit",
    "Fairness",
    "Interface",
    "Lock",
    "Machine",
    "Monitor",
    "Own",
    "Pools",
    "Profile",
    "Property",
    "Queue",
    "Range",
    "Raw",
    "Ref",
    "Set",
    "SpecError",
    "State",
    "Switch",
    "System",
    "Table",
    "Thread",
    "Where",
    "action",
    "always_eventually",
    "ensure",
    "eventually",
    "fail",
    "finalizer",
    "free",
    "invariant",
    "leads_to",
    "may",
    "observable",
    "on",
    "operation",
    "require",
    "row",
    "sometimes",
    "step",
]
