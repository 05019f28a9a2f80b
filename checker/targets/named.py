"""The targets by their names on the command line."""

from __future__ import annotations

import platform
from collections.abc import Callable

from ...impl.process.words import PROFILES
from ...spec.language.errors import SpecError
from ...spec.language.system import System
from ...spec.language.variants import Profile
from ..conform.target import Unguided

Start = Callable[[], Unguided]


def target(system: System, name: str, profile: str | None, binary: str, limit: float) -> tuple[Profile, Start]:
    """The version that a target is held to, by default its own, and what makes one that was not started.

    A layer behaves as the version that it is held to. Raises `SpecError` if there is no such version, or no such QEMU,
    or if a process can't be watched on this machine.
    """
    if name in ("serve", "qemu"):
        _needs_linux(name)
    if name == "qemu":
        return _qemu(system, profile, binary, limit)
    version = system.profile(profile or next(iter(PROFILES)))
    if version.name not in PROFILES:
        raise SpecError(f"the layer does not behave as {version.name}", instead=f"it does as {', '.join(PROFILES)}")
    return version, _impl(version) if name == "impl" else _serve(version, limit)


def reference(name: str, profile: Profile, limit: float) -> Start | None:
    """Beside a real QEMU: what does as the spec says over the same sockets, if there is such a version of it."""
    return _serve(profile, limit) if name == "qemu" and profile.name in PROFILES else None


def _needs_linux(name: str) -> None:
    """In which system call a process waits is read from Linux's /proc, and only the numbers of x86-64 are known."""
    if (here := (platform.system(), platform.machine())) != ("Linux", "x86_64"):
        raise SpecError(
            f"--target {name} needs Linux on x86-64, and this is {' on '.join(here)}",
            instead="hold the layer to the spec: `--target impl`",
        )


def _impl(version: Profile) -> Start:
    from .in_process import Impl

    return lambda: Impl(version)


def _serve(version: Profile, limit: float) -> Start:
    from .serve import Serve

    return lambda: Serve(version.name, limit)


def _qemu(system: System, profile: str | None, binary: str, limit: float) -> tuple[Profile, Start]:
    try:
        from .process import CannotStart
        from .qemu import Qemu, find
        from .qemu import profile as of
    except ModuleNotFoundError as error:
        raise SpecError(f"there is no {error.name}", instead="pip install 'hotswap[qemu]'") from None
    try:
        program = find(binary, limit)
        version = system.profile(profile or of(program.version, [each.name for each in system.profiles]))
    except (CannotStart, ValueError) as error:
        raise SpecError(
            str(error), instead="name another with `--qemu BINARY`, or a version with `--profile`"
        ) from None
    return version, lambda: Qemu(program, limit)
