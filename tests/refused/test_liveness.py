"""Refused of liveness: goals and fairness."""

from __future__ import annotations

from pathlib import Path

from refusing import Mistake, each, refused, spec


@each("""
    A goal is a plain function.
        @leads_to(Device.blink)  # here
        def watch(device: Device) -> bool:
            return device.lit
    refused: `@leads_to` names blink, which is no plain function
    instead: write `@leads_to(goal)`, with `def goal(...) -> bool` above, of the same parameters

    A goal is no property.
        @eventually
        def is_lit(device: Device) -> bool:
            return device.lit

        @leads_to(is_lit)  # here
        def watch(device: Device) -> bool:
            return not device.lit
    refused: `@leads_to` names is-lit, which is no plain function
    instead: write `@leads_to(goal)`, with `def goal(...) -> bool` above, of the same parameters

    A premise and its goal are of the same instances.
        def is_lit(device: Device) -> bool:
            return device.lit

        @leads_to(is_lit)  # here
        def watch(chr: Chardev, count: Small) -> bool:
            return chr.be_open
    refused: watch: its goal is_lit is of (Device), and it of (Chardev, int 0..3)
    instead: give both the same parameters, in order

    A goal is a bool.
        def level(device: Device) -> Small:  # here
            return device.count

        @leads_to(level)
        def watch(device: Device) -> bool:
            return device.lit
    refused: level: a property is a bool, this is int 0..3
    instead: write `-> bool`

    A goal changes nothing.
        def is_lit(device: Device) -> bool:
            device.lit = True  # here
            return True

        @leads_to(is_lit)
        def watch(device: Device) -> bool:
            return device.lit
    refused: is_lit: a property has a part that changes something
    instead: read only, and change it elsewhere

    What comes in the end is stated by a function.
        @eventually  # here
        class Watch:
            pass
    refused: `@eventually` stands on Watch, which is no function
    instead: put it on a plain `def`

    The fairness of a row is one.
        class Extra(Machine):
            lit: bool
            @step(fair=True)  # here
            def light(self) -> None:
                self.lit = True
    refused: `fair=True` is no fairness
    instead: write `WEAK`, `STRONG` or `UNFAIR`

    So is that of a thread.
        KEEPER = Thread("keeper", fair="weak")  # here
    refused: `fair='weak'` is no fairness
    instead: write `WEAK`, `STRONG` or `UNFAIR`
""")
def test_liveness(mistake: Mistake, tmp_path: Path) -> None:
    """Each is refused where it stands, with what to write instead."""
    refused(tmp_path, spec(mistake.text), mistake.message)
