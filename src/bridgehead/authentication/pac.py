"""What a domain controller wrote into a Kerberos ticket about its owner: KERB_VALIDATION_INFO (MS-PAC 2.5).

The account's own name, and the security identifiers of the account and of every group that holds it, nested ones
too, as they were when the ticket was issued. winbind's own list would be that of the last login by password on this
machine, however long ago that was.

The structure is marshalled by NDR (C706 chapter 14; MS-RPCE 2.2.6 for the two headers): what pointers point to follows
after the structure, in the order of the pointers.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

_HEADERS = 20
"""Common header, private header, and the pointer to the structure itself."""
_LOGON_TIMES = 48
_GROUP_ENABLED = 0x4
_MOST = 4096
"""Groups, or parts of an identifier. A token of Windows has 1,024 identifiers at most."""


class NotValidationInfo(ValueError):  # noqa: N818 - what was found, not an error of ours
    """The bytes are something else, or cut short."""

    def __init__(self) -> None:
        super().__init__("what a domain controller wrote into the ticket cannot be read")


class ValidationInfo(NamedTuple):
    """What is said of the owner of a ticket."""

    name: str
    """The account's own (sAMAccountName)."""
    identifier: str
    """The account's security identifier, `S-1-5-21-...`."""
    groups: frozenset[str]
    """The identifiers of the groups that hold it."""


class _Reader:
    """Reads NDR in little-endian order, where everything is aligned to its own size."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def skip(self, length: int) -> None:
        self._place += length

    def numbers(self, format_: str) -> tuple[int, ...]:
        """As `struct` reads them; aligned to four bytes, as everything here is but characters."""
        self._place += -self._place % 4
        found = struct.unpack_from(f"<{format_}", self._data, self._place)
        self._place += struct.calcsize(f"<{format_}")
        return found

    def text(self) -> str:
        """A conformant varying array of UTF-16 characters."""
        _, _, length = self.numbers("III")
        begin = self._place
        self._place += 2 * length
        if self._place > len(self._data):
            raise NotValidationInfo
        return self._data[begin : self._place].decode("utf-16-le", "replace")

    def identifier(self) -> str:
        """An RPC_SID, as text (MS-DTYP 2.4.2.1)."""
        self.numbers("I")
        revision, count, high, low = self.numbers("BBHI")
        authority = int.from_bytes(struct.pack("<HI", high, low), "big")
        parts = self.numbers(f"{count}I")
        return "-".join(["S", str(revision), str(authority), *map(str, parts)])

    def pairs(self, expected: int) -> list[tuple[int, int]]:
        """A conformant array of two numbers each."""
        (count,) = self.numbers("I")
        if count != expected or count > _MOST:
            raise NotValidationInfo
        flat = self.numbers(f"{2 * count}I")
        return list(zip(flat[::2], flat[1::2], strict=True))


def read_validation_info(data: bytes) -> ValidationInfo:
    """Raises NotValidationInfo."""
    try:
        return _read(_Reader(data))
    except struct.error as problem:
        raise NotValidationInfo from problem


def _read(reader: _Reader) -> ValidationInfo:
    reader.skip(_HEADERS + _LOGON_TIMES)
    strings = [reader.numbers("HHI")[2] for _ in range(6)]
    reader.skip(4)  # counts of logons and of bad passwords
    user, primary_group, group_count, groups = reader.numbers("IIII")
    reader.skip(20)  # flags and the session key
    more_strings = [reader.numbers("HHI")[2] for _ in range(2)]
    (domain,) = reader.numbers("I")
    reader.skip(40)  # reserved words, account control, the last logons
    extra_count, extra, resource_domain, resource_count, resources = reader.numbers("IIIII")

    names = [reader.text() if pointer else "" for pointer in strings]
    own = reader.pairs(group_count) if groups else []
    for pointer in more_strings:
        _ = reader.text() if pointer else ""
    if not domain:
        raise NotValidationInfo
    home = reader.identifier()
    held = {f"{home}-{primary_group}"}
    held |= {f"{home}-{relative}" for relative, attributes in own if attributes & _GROUP_ENABLED}
    held |= _extra(reader, extra_count) if extra else set()
    held |= _resources(reader, resource_count if resources else None) if resource_domain else set()
    return ValidationInfo(names[0], f"{home}-{user}", frozenset(held))


def _extra(reader: _Reader, count: int) -> set[str]:
    """Identifiers of other domains than the account's, and those that belong to no domain."""
    pointers = reader.pairs(count)
    found = [(reader.identifier(), attributes) for pointer, attributes in pointers if pointer]
    return {identifier for identifier, attributes in found if attributes & _GROUP_ENABLED}


def _resources(reader: _Reader, count: int | None) -> set[str]:
    """Domain-local groups of the domain that this service belongs to."""
    domain = reader.identifier()
    pairs = [] if count is None else reader.pairs(count)
    return {f"{domain}-{relative}" for relative, attributes in pairs if attributes & _GROUP_ENABLED}
