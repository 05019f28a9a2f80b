"""What an implementation that does what the spec says, says in the conversation in which another one differs."""

from __future__ import annotations

from .conversation import Conversation
from .held import LIMIT, Held
from .suspension import Suspension
from .walks import Start


def says(suspension: Suspension, conversation: Conversation, start: Start, limit: float = LIMIT) -> tuple[str, ...]:
    """Its log, as far as it can be led along; at its end, what has kept it from going on."""
    target = start()
    try:
        held = Held(suspension, target, conversation.initial, limit)
        for stimulus in conversation.stimuli:
            if not held.can(stimulus):
                return (*target.log(), f"# {stimulus} can't be had: {held.drives(stimulus) or 'it has moved on'}")
            held.take(stimulus)
        return tuple(target.log())
    except Exception as error:  # a difference is not lost by what there is beside it
        return (f"# {target.name} can't be had: {error}",)
    finally:
        target.stop()
