from __future__ import annotations

import pytest

from bridgehead.proxy.fields import (
    host_of_authority,
    remove_nominated,
    with_host,
    without_authorization,
    without_challenges,
)

BLOCK = b"\r\nHost: a.test:8080\r\nAuthorization: Bearer x\r\nX-Authorization: y\r\nauthorization:z\r\n\r\n"


def test_the_authorization_goes_and_nothing_else() -> None:
    assert without_authorization(BLOCK) == b"\r\nHost: a.test:8080\r\nX-Authorization: y\r\n\r\n"


def test_every_challenge_goes_and_nothing_else() -> None:
    block = b"\r\nWWW-Authenticate: NTLM\r\nA: 1\r\nwww-authenticate: Negotiate\r\nX-WWW-Authenticate: y\r\n\r\n"
    assert without_challenges(block) == b"\r\nA: 1\r\nX-WWW-Authenticate: y\r\n\r\n"


def test_another_host_stands_where_the_old_one_stood() -> None:
    assert (
        with_host(b"\r\nA: 1\r\nhost:a.test\r\nB: 2\r\n\r\n", "in.test:81")
        == b"\r\nA: 1\r\nHost: in.test:81\r\nB: 2\r\n\r\n"
    )


def test_a_nominated_name_is_a_name_and_no_pattern() -> None:
    assert remove_nominated(b"\r\nA.B: 1\r\nAxB: 2\r\n\r\n", [b"a.b"]) == b"\r\nAxB: 2\r\n\r\n"


@pytest.mark.parametrize("option", [b"host", b"content-length", b"transfer-encoding", b"a b", b"a\xe4"])
def test_an_absurd_nomination_is_none(option: bytes) -> None:
    assert remove_nominated(b"\r\nHost: a\r\n\r\n", [option]) is None


def test_many_nominations_are_one_walk() -> None:
    """A walk for each took half a second for one head: 64 KB from a stranger must not cost that."""
    names = [b"n%d" % number for number in range(10_000)]
    block = b"\r\n" + b"\r\n".join(name + b": x" for name in [*names, b"kept"]) + b"\r\n\r\n"
    assert remove_nominated(block, names) == b"\r\nkept: x\r\n\r\n"


def test_a_host_is_read_without_its_port_and_final_dot() -> None:
    assert host_of_authority(b"WWW.A.test.:443") == "www.a.test"
    assert host_of_authority(b"[FE80::1]:443") == "fe80::1"
    assert host_of_authority(b"a.test:70000") is None


@pytest.mark.parametrize(
    "address", [b"[::1", b"[:::::]", b"[1.2.3.4]", b"1..2", b"...1", b"1.2.3", b"300.1.1.1", b"0x7f.1"]
)
def test_an_address_that_is_none_is_no_host(address: bytes) -> None:
    assert host_of_authority(address) is None


def test_an_address_has_one_spelling() -> None:
    assert host_of_authority(b"[2001:DB8:0:0::1]") == "2001:db8::1"
    assert host_of_authority(b"10.1.2.3:80") == "10.1.2.3"


def test_no_host_is_longer_than_dns_allows() -> None:
    longest = b".".join([b"a" * 63] * 3 + [b"a" * 61])
    assert host_of_authority(longest + b".:65535") == longest.decode()
    assert host_of_authority(b"a" + longest) is None
    assert host_of_authority(b"a" * 60_000) is None
