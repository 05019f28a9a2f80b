"""Refused by Python itself: one line says where, whatever the mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotswap.checker.load import load
from hotswap.spec.language import SpecError
from refusing import HERE, row, spec, step


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (step("self.chr = Chardev.new(be_open=True, be_open=False)  # here"), "keyword argument repeated"),
        (step("x = await self.chr  # here"), "'await' outside"),
        (step("self.lit = = True  # here"), "invalid syntax"),
        (row("@step(source=off)  # here\ndef bad(self) -> None:\n    pass"), "TypeError: step()"),
        (row("@finalizer()  # here\ndef bad(self) -> None:\n    pass"), "TypeError: finalizer()"),
        (spec("class Extra(Machine):\n    off = State(initail=True)  # here"), "TypeError: State.__init__()"),
        (spec("class Other(Table):\n    null = row(True)  # here"), "TypeError: row()"),
        (spec("class Extra(Machine):\n    lit: bool\n\nEXTRA = Extra.neww()  # here"), "AttributeError:"),
    ],
)
def test_what_is_no_python(tmp_path: Path, text: str, kind: str) -> None:
    """A mistake that Python finds first is shown in one line, at its place."""
    file = tmp_path / "spec.py"
    file.write_text(text)
    line = next(number for number, written in enumerate(text.split("\n"), 1) if HERE in written)

    with pytest.raises(SpecError) as caught:
        load(f"{file}:SYSTEM")

    assert str(caught.value).startswith(f"{file}:{line}: {kind}")
    assert "\n" not in str(caught.value)
