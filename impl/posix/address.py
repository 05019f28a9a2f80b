"""What an address stands for, and a connection to it."""

from __future__ import annotations

import concurrent.futures
import errno
import os
import socket
import threading
from dataclasses import dataclass
from typing import Any

from ..host import Address, NoSuchHost, NotBound, Path, Port

MOST_UNIX = 107
"""How many bytes of a unix socket's path Python passes on."""
ANY = Port("", 0)
"""What is bound if nothing was said."""


def checked(path: str, most: int = 4095) -> str:
    """What no path can be, Python says in another way than the system. Raises `OSError`."""
    if not path:
        raise OSError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    try:
        size = len(os.fsencode(path))
    except UnicodeEncodeError:
        size = 0
    if "\0" in path or not size:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), path)
    if size > most:
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), path)
    return path


def port_of(where: Any, *, listens: bool = False) -> Port:
    """What `getsockname(2)` says of a port; of one that listens, whether it is of IPv4 or of IPv6."""
    host, number, *more = where
    return Port(host, number, ipv4=not more or None, ipv6=bool(more) or None) if listens else Port(host, number)


@dataclass(frozen=True)
class Where:
    """A socket's address, and the arguments of `socket(2)` for it."""

    kind: tuple[int, int, int]
    address: Any


def looked_up(address: Port) -> concurrent.futures.Future[Where]:
    """In a thread of its own, which nobody has to wait for: who is asked for a name may not answer."""
    found: concurrent.futures.Future[Where] = concurrent.futures.Future()
    found.set_running_or_notify_cancel()

    def look() -> None:
        try:
            found.set_result(at(address))
        except OSError as error:
            found.set_exception(error)

    threading.Thread(target=look, daemon=True).start()
    return found


def at(
    address: Address,
    kind: int = socket.SOCK_STREAM,
    flags: int = socket.AI_V4MAPPED,
    family: int | None = None,
) -> Where:
    """The first that a name stands for. Raises `NoSuchHost`, and `OSError` for a path that can't be one."""
    if isinstance(address, Path):
        return Where((socket.AF_UNIX, kind, 0), checked(address.path, MOST_UNIX))
    family = _family(address) if family is None else family
    try:
        found = socket.getaddrinfo(address.host or None, address.port, family=family, type=kind, flags=flags)
    except UnicodeError:
        raise NoSuchHost(socket.EAI_NONAME, "Name or service not known", str(address)) from None
    except socket.gaierror as error:
        raise NoSuchHost(error.errno, error.strerror, str(address)) from None
    family, kind, protocol, _, where = found[0]
    return Where((family, kind, protocol), where)


def _family(address: Port) -> int:
    """`inet_ai_family_from_address`: no name and both means a socket of IPv6 that takes IPv4 as well."""
    if address.ipv4 and address.ipv6:
        return socket.AF_UNSPEC if address.host else socket.AF_INET6
    if address.ipv6 or address.ipv4 is False:
        return socket.AF_INET6
    if address.ipv4 or address.ipv6 is False:
        return socket.AF_INET
    return socket.AF_UNSPEC


def made_for(address: Address, where: Where) -> socket.socket:
    """A socket of the kind that the address needs, with what was said of it."""
    made = socket.socket(*where.kind)
    if isinstance(address, Port) and address.keep_alive:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return made


def connected(address: Address) -> socket.socket:
    """Connect, and wait for it. Raises `OSError`."""
    where = at(address)
    made = made_for(address, where)
    try:
        made.connect(where.address)
    except BaseException:
        made.close()
        raise
    return made


def connected_for_datagrams(address: Port, local: Port | None) -> socket.socket:
    """`inet_dgram_saddr`: bound to its own end, and connected, so that it hears nobody else. Raises `OSError`."""
    there = at(address, socket.SOCK_DGRAM)
    family, *_ = there.kind
    here = at(local or ANY, socket.SOCK_DGRAM, socket.AI_PASSIVE, family)
    made = socket.socket(*there.kind)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _bind(made, here)
        made.connect(there.address)
    except BaseException:
        made.close()
        raise
    return made


def _bind(made: socket.socket, here: Where) -> None:
    try:
        made.bind(here.address)
    except OSError as error:
        raise NotBound(error.errno, error.strerror) from None
