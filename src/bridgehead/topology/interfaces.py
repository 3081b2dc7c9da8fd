"""The IP addresses of this machine's network interfaces, asked of the Linux kernel."""

from __future__ import annotations

import ipaddress
import socket
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# rtnetlink(7): message and attribute types, and the lay-out of struct nlmsghdr, ifaddrmsg and rtattr.
_RTM_NEWADDR, _RTM_GETADDR, _NLMSG_DONE, _NLMSG_ERROR = 20, 22, 3, 2
_NLM_F_REQUEST_DUMP = 0x301
_IFA_ADDRESS, _IFA_LOCAL = 1, 2
_HEADER, _ADDRESS_MESSAGE, _ATTRIBUTE = struct.Struct("=IHHII"), struct.Struct("=BBBBI"), struct.Struct("=HH")


def machine_addresses() -> dict[str, tuple[str, ...]]:
    """IP addresses by interface name, `{"lo": ("127.0.0.1", "::1"), "eth0": (...)}`; empty where it cannot be asked.

    Link-local IPv6 addresses are left out: they mean nothing without their interface.
    """
    if not hasattr(socket, "AF_NETLINK"):
        return {}
    found: dict[str, list[str]] = {}
    for index, address in _addresses():
        if not address.is_link_local:
            found.setdefault(socket.if_indextoname(index), []).append(str(address))
    return {name: tuple(addresses) for name, addresses in found.items()}


def _addresses() -> Iterator[tuple[int, ipaddress.IPv4Address | ipaddress.IPv6Address]]:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        request = _ADDRESS_MESSAGE.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
        header = _HEADER.pack(_HEADER.size + len(request), _RTM_GETADDR, _NLM_F_REQUEST_DUMP, 1, 0)
        netlink.sendto(header + request, (0, 0))
        while True:
            answer = netlink.recv(65536)
            for kind, message in _messages(answer):
                if kind in {_NLMSG_DONE, _NLMSG_ERROR}:
                    return
                if kind == _RTM_NEWADDR:
                    yield from _address(message)


def _messages(answer: bytes) -> Iterator[tuple[int, bytes]]:
    while len(answer) >= _HEADER.size:
        length, kind, *_ = _HEADER.unpack_from(answer)
        yield kind, answer[_HEADER.size : length]
        answer = answer[(length + 3) & ~3 :]


def _address(message: bytes) -> Iterator[tuple[int, ipaddress.IPv4Address | ipaddress.IPv6Address]]:
    _, _, _, _, index = _ADDRESS_MESSAGE.unpack_from(message)
    attributes: dict[int, bytes] = {}
    rest = message[_ADDRESS_MESSAGE.size :]
    while len(rest) >= _ATTRIBUTE.size:
        length, kind = _ATTRIBUTE.unpack_from(rest)
        attributes[kind] = rest[_ATTRIBUTE.size : length]
        rest = rest[(length + 3) & ~3 :]
    # On a point-to-point link IFA_ADDRESS is the other end; IFA_LOCAL, where there is one, is always ours.
    packed = attributes.get(_IFA_LOCAL) or attributes.get(_IFA_ADDRESS)
    if packed:
        yield index, ipaddress.ip_address(packed)
