"""A conversation as a plain pytest function that has it again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..conform.stimulus import Stimulus
from .adapter import method


@dataclass(frozen=True)
class Replayed:
    """What stands in such a test; `system` and `implementation` are expressions over what is imported."""

    imports: Sequence[tuple[str, str]]
    """Modules, and a name of each."""
    system: str
    implementation: str
    conversation: Sequence[Stimulus]
    profile: str
    configuration: str
    initial: int
    """Which of the initial states of the configuration."""
    says: str
    """The docstring."""
    parameters: str = ""
    """Of the function: what a fixture gives it."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """By the names of rows, what their adapter gets."""

    @property
    def name(self) -> str:
        """The function's name: its last rows."""
        rows = "_then_".join(dict.fromkeys(method(each.qualname) for each in self.conversation[-2:]))
        return f"test_{rows or 'start'}"

    def text(self) -> str:
        """The test, without a newline at its end."""
        return "\n".join(
            [
                "from hotswap.checker.testing import replay",
                *(f"from {module} import {name}" for module, name in self.imports),
                "",
                "",
                f"def {self.name}({self.parameters}) -> None:",
                f'    """{self.says}"""',
                "    replay(",
                f"        {self.system},",
                f"        {self.implementation},",
                *self._stimuli(),
                f'        profile="{self.profile}",',
                f'        configuration="{self.configuration}",',
                *([f"        initial={self.initial},"] if self.initial else []),
                "    )",
            ]
        )

    def _stimuli(self) -> Iterator[str]:
        if not self.conversation:
            yield "        [],"
            return
        yield "        ["
        for each in self.conversation:
            drawn = each.qualname in self.data
            yield f'            ("{each}", {self.data[each.qualname]!r}),' if drawn else f'            "{each}",'
        yield "        ],"
