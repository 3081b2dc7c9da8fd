from __future__ import annotations

import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgehead.proxy.client_hello import Incomplete, server_name


def hello(name: str | None, *, oldest: bool = False) -> bytes:
    """A ClientHello as OpenSSL makes it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    if oldest:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def in_records(data: bytes, size: int) -> bytes:
    """The same handshake message in several records: RFC 8446 5.1 allows it."""
    message = data[5:]
    parts = [message[at : at + size] for at in range(0, len(message), size)]
    return b"".join(data[:3] + len(part).to_bytes(2, "big") + part for part in parts)


@pytest.mark.parametrize("oldest", [True, False])
def test_the_name_is_read(oldest: bool) -> None:
    assert server_name(hello("Sharing.Contoso.com", oldest=oldest)) == "sharing.contoso.com"


def test_without_a_name_there_is_none() -> None:
    assert server_name(hello(None)) is None


def test_more_is_needed_until_the_message_is_whole() -> None:
    data = hello("a.test")
    for length in range(len(data)):
        with pytest.raises(Incomplete):
            server_name(data[:length])


@pytest.mark.parametrize("size", [1, 3, 50])
def test_a_message_in_several_records_is_put_together(size: int) -> None:
    assert server_name(in_records(hello("a.test"), size)) == "a.test"


@pytest.mark.parametrize(
    "data",
    [b"GET / HTTP/1.1\r\n", b"\x80\x2e\x01\x00\x02", b"\x16\x02\x00\x00\x05\x01", b"\x15\x03\x01\x00\x02\x02\x28"],
)
def test_what_is_no_client_hello_has_no_name(data: bytes) -> None:
    assert server_name(data) is None


def test_a_message_that_claims_to_be_endless_is_not_waited_for() -> None:
    assert server_name(b"\x16\x03\x01\x40\x00\x01\xff\xff\xff" + b"\0" * 100) is None


@given(st.integers(0, 400), st.integers(0, 255))
def test_a_damaged_hello_has_a_name_or_none_or_is_incomplete(at: int, value: int) -> None:
    data = bytearray(hello("a.test"))
    data[at % len(data)] = value
    try:
        name = server_name(bytes(data))
    except Incomplete:
        return
    assert name is None or isinstance(name, str)
