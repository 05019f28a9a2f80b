"""The words of the command line: those that mean something here, and those of QEMU that do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ...spec.profiles import QEMU_7_2, QEMU_10_0, REPAIRED

PROFILES = {profile.name: profile for profile in (REPAIRED, QEMU_10_0, QEMU_7_2)}
"""Whose behaviour there is, what is meant if nothing is said first."""
MODES = {"-qmp": "control", "-monitor": "readline"}
"""The words for a monitor on a chardev of its own, and its mode."""
MEANT = ("-chardev", "-device", "-serial", "-mon", *MODES, "-qtest", "-guest", "-S", "--profile", "--anywhere")
IGNORED = frozenset(
    """
    -D -L -M -accel -acpitable -action -add-fd -append -audio -audiodev -bios -blockdev -boot -cdrom -chroot -compat
    -cpu -d -debugcon -dfilter -display -drive -dtb -dump-vmstate -echr -fda -fdb -fsdev -fw_cfg -gdb -global -hda -hdb
    -hdc -hdd -icount -incoming -initrd -iscsi -k -kernel -loadvm -m -machine -mem-path -msg -mtdblock -name -net
    -netdev -nic -numa -object -option-rom -overcommit -parallel -pflash -pidfile -plugin -qtest-log -readconfig -rotate
    -rtc -run-with -runas -sandbox -sd -seed -set -smbios -smp -spice -tpmdev -trace -usbdevice -uuid -vga -virtfs -vnc
    -watchdog-action
    """.split()
)
"""What says nothing about chardevs, with a value."""
FLAGS = frozenset(
    """
    -daemonize -enable-kvm -full-screen -mem-prealloc -no-acpi -no-fd-bootchk -no-hpet -no-reboot -no-shutdown
    -no-user-config -nodefaults -nographic -only-migratable -preconfig -s -singlestep -snapshot -usb -win2k-hack
    """.split()
)
"""The same, without."""


class UsageError(Exception):
    """The command line is wrong."""


@dataclass
class Words:
    """What a command line asks for."""

    command: str = "serve"
    """Which of hotswap's commands asks."""
    profile: str = REPAIRED.name
    chardevs: list[str] = field(default_factory=list)
    devices: list[str] = field(default_factory=list)
    serials: list[str] = field(default_factory=list)
    monitors: list[tuple[str, str]] = field(default_factory=list)
    """The word, and what it says."""
    qtest: list[str] = field(default_factory=list)
    guest: list[str] = field(default_factory=list)
    stopped: bool = False
    listens: bool = False
    """A monitor listens, if nothing is said of that."""
    anywhere: bool = False
    """A monitor may be reached from other machines."""
    ignored: list[str] = field(default_factory=list)


def words(given: Sequence[str], found: Words) -> Words:
    """Read a command line, on top of what is found already. Raises `UsageError`."""
    rest = iter(given)
    lists = {
        "-chardev": found.chardevs,
        "-device": found.devices,
        "-serial": found.serials,
        "-qtest": found.qtest,
        "-guest": found.guest,
    }
    for each in rest:
        word = each.replace("--", "-", 1) if each.startswith("--") else each
        if word in lists:
            lists[word].append(_value(each, rest))
        elif word in ("-mon", *MODES):
            found.monitors.append((word, _value(each, rest)))
        elif word == "-profile":
            found.profile = _value(each, rest)
            if found.profile not in PROFILES:
                raise UsageError(f"no profile {found.profile}; there are {', '.join(PROFILES)}")
        elif word == "-S":
            found.stopped = True
        elif word == "-anywhere":
            found.anywhere = True
        elif word in IGNORED:
            found.ignored.append(f"{each} {_value(each, rest)}")
        elif word in FLAGS:
            found.ignored.append(each)
        else:
            raise UsageError(f"{each}: not one of {', '.join(MEANT)}, nor another word of QEMU's")
    return found


def _value(word: str, rest: Iterator[str]) -> str:
    value = next(rest, None)
    if value is None:
        raise UsageError(f"{word} needs a value")
    return value
