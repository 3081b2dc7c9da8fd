from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgehead.authentication.keytab import NotKeytab, principals_in
from tests.authentication.keytabs import entry, keytab

WEB = ("CONTOSO.COM", "HTTP", "webext.contoso.com")


def test_each_principal_is_told_once_in_its_order() -> None:
    content = keytab(entry(*WEB), entry(*WEB), entry("CONTOSO.COM", "zoë"))
    assert principals_in(content) == ["HTTP/webext.contoso.com@CONTOSO.COM", "zoë@CONTOSO.COM"]


def test_a_hole_where_a_key_was_removed_is_passed_over() -> None:
    hole = (-10).to_bytes(4, "big", signed=True) + bytes(10)
    assert principals_in(keytab(hole, entry(*WEB))) == ["HTTP/webext.contoso.com@CONTOSO.COM"]


def test_a_keytab_without_keys_has_no_principals() -> None:
    assert principals_in(keytab()) == []


@pytest.mark.parametrize("content", [b"", b"\x05", b"\x05\x01", b"-----BEGIN CERTIFICATE-----", b"\x05\x02\0"])
def test_another_file_is_not_taken_for_a_keytab(content: bytes) -> None:
    with pytest.raises(NotKeytab):
        principals_in(content)


@given(st.binary(max_size=100))
def test_any_bytes_are_read_or_refused(rest: bytes) -> None:
    try:
        found = principals_in(b"\x05\x02" + rest)
    except NotKeytab:
        return
    assert all("@" in principal for principal in found)
