"""From the IR to the text of other model checkers, so that they can count what the engine counts."""
