from __future__ import annotations

import base64
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgehead.authentication.pac import NotValidationInfo, read_validation_info

# Of the ticket that Samba 4.17 issued to the administrator of a domain that is no more.
RECORDED = base64.b64decode(
    "ARAIAMzMzMzgAQAAAAAAAAAAAgDKJXuuC3ndAf////////9//////////39+Q22uC3ndAX4D19jUed0BfsPGowya3QEaABoABAACAAAAAAAIAA"
    "IAAAAAAAwAAgAAAAAAEAACAAAAAAAUAAIAAAAAABgAAgADAAAA9AEAAAECAAAGAAAAHAACACAAAAAAAAAAAAAAAAAAAAAAAAAABgAIACAAAgAO"
    "ABAAJAACACgAAgAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAAACwAAgAAAAAAAAAAAAAAAAANAAAAAAAAAA0AAA"
    "BBAGQAbQBpAG4AaQBzAHQAcgBhAHQAbwByAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAABgAAAAECAAAHAAAAAAIAAAcAAAA8AgAABwAAAAYCAAAHAAAABwIAAAcAAAAIAgAABwAAAAQAAAAAAAAAAwAAAEQAQwAxAAAACAAAAA"
    "AAAAAHAAAAQwBPAE4AVABPAFMATwAAAAQAAAABBAAAAAAABRUAAAA1ijMPOyvc+ntAGx8BAAAAMAACAAcAAAABAAAAAQEAAAAAABIBAAAAAAAA"
    "AA=="
)
HOME = "S-1-5-21-255035957-4208732987-521879675"


def test_the_accounts_own_name_and_all_its_groups_are_read() -> None:
    info = read_validation_info(RECORDED)
    assert info.name == "Administrator"
    assert info.identifier == f"{HOME}-500"
    # Its primary group, those of the domain, the authority that proved who it is, and a group local to the domain.
    relative = (513, 512, 518, 519, 520, 572)
    assert info.groups == {*(f"{HOME}-{number}" for number in relative), "S-1-18-1"}


def test_a_group_that_is_not_in_force_is_not_held() -> None:
    enabled, denied = struct.pack("<II", 519, 7), struct.pack("<II", 519, 0x10)
    assert RECORDED.count(enabled) == 1
    info = read_validation_info(RECORDED.replace(enabled, denied))
    assert f"{HOME}-519" not in info.groups
    assert f"{HOME}-520" in info.groups


@pytest.mark.parametrize("length", range(0, len(RECORDED) - 8, 7))
def test_what_is_cut_short_is_refused(length: int) -> None:
    with pytest.raises(NotValidationInfo):
        read_validation_info(RECORDED[:length])


def test_a_count_that_contradicts_another_is_refused() -> None:
    place = 20 + 108  # GroupCount, behind the headers; the array says itself how long it is
    (count,) = struct.unpack_from("<I", RECORDED, place)
    with pytest.raises(NotValidationInfo):
        read_validation_info(RECORDED[:place] + struct.pack("<I", count + 1) + RECORDED[place + 4 :])


@given(st.data())
def test_any_bytes_are_read_or_refused(data: st.DataObject) -> None:
    changed = bytearray(RECORDED)
    for place in data.draw(st.lists(st.integers(0, len(RECORDED) - 1), max_size=8)):
        changed[place] = data.draw(st.integers(0, 255))
    try:
        info = read_validation_info(bytes(changed))
    except NotValidationInfo:
        return
    assert info.identifier.startswith("S-")
