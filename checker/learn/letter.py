"""The letters: what somebody outside may do, said so that it means the same whatever has happened before."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ...spec.language.errors import SpecError
from ...spec.language.machines import Machine
from ...spec.language.plain import Values
from ...spec.language.types import RefValue
from ..conform.stimulus import Stimulus, read
from ..conform.suspension import Suspension
from ..conform.target import Words

_OF_WHOEVER = re.compile(r"(?P<place>[A-Za-z_]+\d+\.\w+)\.(?P<what>\w+(?:\(.*\))?(?: \[[^]]*\])*)")


@dataclass(frozen=True)
class Letter:
    """A stimulus, as `str` writes one; `Id0.chardev.peer_leaves` is that of whoever is in this field then.

    Objects come and go, and which slot one is in nobody knows outside; what is known is the place where it is.
    """

    text: str

    def stimulus(self, words: Words) -> Stimulus | None:
        """In a state of these words; None where nobody is."""
        found = _OF_WHOEVER.fullmatch(self.text)
        if found is None:
            return read(self.text)
        who = words.get(found["place"], "None")
        return read(f"{who}.{found['what']}") if re.search(r"\d$", who) else None

    def __str__(self) -> str:
        return self.text


def alphabet(suspension: Suspension, initial: Values, wanted: Sequence[str]) -> tuple[Letter, ...]:
    """The letters that are asked for; a row, `Change.find`, stands for all its letters that can come up.

    Raises `SpecError`.
    """
    rows = {row.qualname for row in suspension.rows}
    given = [_read(suspension, text, rows) for text in wanted if text not in rows]
    occurring = _occurring(suspension, initial, rows.intersection(wanted), given)
    found: dict[Letter, None] = {}
    for text in wanted:
        letters = sorted((letter for letter, row in occurring.items() if text in (row, str(letter))), key=str)
        if not letters:
            what = f"`{text}` can never be done with these letters"
            raise SpecError(what, instead="add what it takes, or take another configuration")
        found |= dict.fromkeys(letters)
    return tuple(found)


def _read(suspension: Suspension, text: str, rows: Iterable[str]) -> Letter:
    letter = Letter(text)
    places = {name: value.machine for name, value in suspension.world.positions if isinstance(value, RefValue)}
    try:
        stimulus = letter.stimulus({place: f"{machine.__name__}0" for place, machine in places.items()})
        if stimulus is not None and stimulus.qualname in rows:
            return letter
    except ValueError:
        pass
    close = difflib.get_close_matches(text, rows, 1)
    hint = f"did you mean `{close[0]}`?" if close else f"write a stimulus, or a row: {', '.join(sorted(rows))}"
    raise SpecError(f"there is no letter `{text}`", instead=hint)


def _occurring(suspension: Suspension, initial: Values, rows: set[str], given: Sequence[Letter]) -> dict[Letter, str]:
    """The letters, of those rows and those given, that can be begun after any others of them; each with its row.

    Raises `SpecError` where something waits for a time that nobody outside knows of.
    """
    found: dict[Letter, str] = {}
    seen = {initial}
    waiting = [initial]
    for state in waiting:
        words = suspension.words(state)
        of_rows = [each for each in suspension.stimuli(state) if each.qualname in rows]
        found |= {letter: each.qualname for each in of_rows for letter in _letters(suspension, words, each)}
        others = [(letter, stimulus) for letter in given if (stimulus := letter.stimulus(words)) is not None]
        found |= {letter: "" for letter, stimulus in others if suspension.after(state, stimulus)}
        for stimulus in [*of_rows, *(stimulus for _, stimulus in others)]:
            for answer in suspension.after(state, stimulus):
                if answer.timed:
                    raise SpecError(
                        f"`{answer.timed[0][0]}` takes its time, and who learns does not know when to wait for it",
                        instead="take a configuration without that",
                    )
                if answer.state is not None and answer.state not in seen:
                    seen.add(answer.state)
                    waiting.append(answer.state)
    return found


def _letters(suspension: Suspension, words: Words, stimulus: Stimulus) -> Iterator[Letter]:
    """A stimulus as a letter: of who comes and goes by the place that owns it, if one does that stays."""
    machines = {machine.__name__: machine for machine in suspension.system.machines}
    if not machines[stimulus.machine].dynamic:
        yield Letter(str(stimulus))
        return
    for name, value in suspension.world.positions:
        owns = isinstance(value, RefValue) and value.own and words.get(name) == stimulus.instance
        if owns and _stays(machines.get(re.sub(r"\d+\..*", "", name))):
            yield Letter(name + str(stimulus).removeprefix(stimulus.instance))
            return


def _stays(machine: type[Machine] | None) -> bool:
    return machine is not None and not machine.dynamic and not machine.command
