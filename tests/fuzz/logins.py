"""Tokens of logins in any order: the target, and the recorded logins that it begins with."""

from __future__ import annotations

from unittest import mock

from spnego._spnego import NegTokenInit, NegTokenResp

from bridgehead.authentication.accounts import Claim
from bridgehead.authentication.handshake import Denied, Handshake, Reply
from tests.authentication.logins import PASSWORD, SERVED, account_file, client, handshake, verdict_of
from tests.authentication.messages import CURL, authenticate, nt_response, pair
from tests.authentication.published_vectors import AUTHENTICATE_MESSAGE

_SOURCE = account_file()
_SCHEMES = ("NTLM", "Negotiate")
_KERBEROS, _NTLM = "1.2.840.113554.1.2.2", "1.3.6.1.4.1.311.2.2.10"


def _server() -> Handshake:
    """Its challenges are always the same, so that a recorded login is one again."""
    return handshake(random_bytes=lambda count: bytes(range(count)))


def logins(data: bytes) -> None:
    """A token is answered or denied, and nobody enters without a response that was made with the password.

    Each token stands behind a byte for its scheme and two for its length.
    """
    server, place = _server(), 0
    while place + 3 <= len(data):
        end = place + 3 + int.from_bytes(data[place + 1 : place + 3], "big")
        token = data[place + 3 : end]
        step = server.take(_SCHEMES[data[place] % 2], token)
        if not isinstance(step, Denied | Reply):
            concluded = server.conclude(verdict_of(_SOURCE, step))
            assert isinstance(concluded, Denied) or any(known in token for known in _RESPONSES), "a proof was forged"
        assert isinstance(step, Reply) == server.under_way
        place = end


def _joined(*legs: tuple[str, bytes]) -> bytes:
    return b"".join(bytes([_SCHEMES.index(scheme)]) + len(token).to_bytes(2, "big") + token for scheme, token in legs)


def _recorded(scheme: str, user: str, password: str, binding: bytes | None) -> tuple[tuple[str, bytes], ...]:
    initiator = client(scheme, user, password, binding=binding)
    first = initiator.step() or b""
    reply = _server().take(scheme, first)
    assert isinstance(reply, Reply)
    return (scheme, first), (scheme, initiator.step(reply.token) or b"")


def _simple(*pairs: bytes) -> tuple[tuple[str, bytes], ...]:
    reply = _server().take("NTLM", CURL)
    assert isinstance(reply, Reply)
    return ("NTLM", CURL), ("NTLM", authenticate(nt_response=nt_response(reply.token, *pairs, password=PASSWORD)))


def _response_in(legs: tuple[tuple[str, bytes], ...]) -> bytes:
    """The response in a login's last token."""
    server = _server()
    steps = [server.take(scheme, token) for scheme, token in legs]
    assert isinstance(steps[-1], Claim)
    return steps[-1].nt_response


def _all_recorded() -> list[tuple[tuple[str, bytes], ...]]:
    users = [
        ("alice", PASSWORD),
        ("CONTOSO\\bob", "Bob-likes-lync-2"),
        ("zoë@contoso.com", "Zoë-mag-Lync-ß4"),
        ("x", ""),
    ]
    logins = [
        _recorded(scheme, user, password, binding)
        for scheme in _SCHEMES
        for user, password in users
        for binding in (None, SERVED)
    ]
    return [*logins, _simple(), _simple(pair(10, bytes(16)))]


def _second_choices() -> list[bytes]:
    first = NegTokenInit([_KERBEROS, _NTLM], mech_token=b"ticket").pack()
    legs = [("Negotiate", first), ("Negotiate", NegTokenResp(response_token=CURL).pack())]
    last = ("Negotiate", NegTokenResp(response_token=_simple()[1][1], mech_list_mic=b"\1" + bytes(15)).pack())
    return [_joined(*legs[:1]), _joined(*legs), _joined(*legs, last)]


# What clients choose at random is chosen once, or an input that was kept would be judged by another password's proof.
with mock.patch("os.urandom", lambda count: bytes(range(100, 100 + count))):
    _RECORDED = _all_recorded()
    _RESPONSES = frozenset(_response_in(legs) for legs in _RECORDED)
    LOGINS = [
        *(_joined(*legs) for legs in _RECORDED),
        *(_joined(*legs, *legs) for legs in _RECORDED),
        *(_joined(legs[1], legs[0]) for legs in _RECORDED),
        *_second_choices(),
        _joined(("NTLM", AUTHENTICATE_MESSAGE)),
    ]
