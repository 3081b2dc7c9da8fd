"""One leg after another: what a login needs of HTTP, and how it fails."""

from __future__ import annotations

import base64
import socket
import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from bridgehead.proxy.control import ask
from tests.proxy.preauthentication.logging_in import (
    PASSWORD,
    Client,
    asking,
    binding_to,
    head_of,
    seen_certificate,
    with_field,
)
from tests.proxy.wire import OK, PATIENCE, Peer, answering, body_of, eventually, fields_of, status_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.proxy.preauthentication.conftest import House
    from tests.proxy.wire import Proxy, ScriptedServer

SCHEMES = pytest.mark.parametrize("scheme", ["NTLM", "Negotiate"])
CHALLENGES = [b"Negotiate", b"NTLM"]


def is_alice(peer: Peer) -> bool:
    """Whether the next request on this connection goes inside as hers."""
    return fields_of(body_of(peer.request(asking("told"))), b"X-Forwarded-User") == [b"CONTOSO\\alice"]


# Logins that fail


@pytest.mark.parametrize(
    ("user", "password", "why"),
    [
        ("CONTOSO\\alice", "wrong", "wrong-password"),
        ("CONTOSO\\nobody", PASSWORD, "unknown-user"),
        ("CONTOSO\\carol", PASSWORD, "account-disabled"),
    ],
)
@SCHEMES
def test_who_fails_is_asked_again_on_the_same_connection(
    house: House, scheme: str, user: str, password: str, why: str
) -> None:
    client = Client(house.connect(), user=user, password=password, scheme=scheme)
    before = house.counter(f"login:{why}")
    answer = client.logged_in(asking("told"))
    assert status_of(answer) == 401
    assert fields_of(answer, b"WWW-Authenticate") == CHALLENGES
    assert house.counter(f"login:{why}") == before + 1
    assert status_of(client.peer.request(asking("told"))) == 401
    Client(client.peer, scheme=scheme).logged_in(asking("told"))
    assert is_alice(client.peer)


def test_the_log_says_why_a_login_failed_and_whose_it_was(house: House) -> None:
    Client(house.connect(), user="CONTOSO\\Grace", password="wrong").logged_in(asking("told"))
    line = eventually(lambda: [line for line in house.proxy.lines() if "Grace" in line.get("detail", "")])[0]
    assert line["detail"] == "unknown-user: CONTOSO\\Grace"
    assert line["refused"] == "login-failed"


@pytest.mark.parametrize(
    "token",
    [
        b"NTLM AAAA",
        b"NTLM TlRMTVNTUAABAAAA",
        b"NTLM TlRMTVNTUAADAAAA",
        b"NTLM !!!!",
        b"NTLM " + base64.b64encode(b"NTLMSSP\0\x02\0\0\0" + bytes(60)),
        b"NTLM " + base64.b64encode(b"NTLMSSP\0\x09\0\0\0" + bytes(60)),
        b"Negotiate YIIabc=",
        b"Negotiate " + base64.b64encode(b"\x60\x84\xff\xff\xff\xff"),
        b"Negotiate " + base64.b64encode(bytes(40_000)),
    ],
)
def test_what_is_no_token_ends_the_connection(house: House, token: bytes) -> None:
    client = house.connect()
    answer = client.request(asking("told", b"Authorization: " + token))
    assert status_of(answer) in (400, 401)
    assert fields_of(answer, b"Connection") == [b"close"]
    assert client.ended()


def test_every_cut_of_a_last_token_ends_the_connection_or_fails(house: House) -> None:
    client = Client(house.connect())
    client.first_leg(asking("told"))
    for cut in (9, 12, 40, 63, 64, 80):
        client = Client(house.connect())
        line = client.credential(client.first_leg(asking("told")))
        name, _, text = line.rpartition(b" ")
        token = base64.b64decode(text)[:cut]
        answer = client.peer.request(asking("told", name + b" " + base64.b64encode(token)))
        assert status_of(answer) in (400, 401)
        assert client.peer.ended()


@SCHEMES
def test_a_last_leg_that_came_to_another_connection_ends_it(house: House, scheme: str) -> None:
    """What a careless multiplexer in front produces, or somebody who replays what he has seen."""
    client = Client(house.connect(), scheme=scheme)
    last = with_field(asking("told"), client.credential(client.first_leg(asking("told"))))
    other = house.connect()
    answer = other.request(last)
    assert status_of(answer) in (400, 401)
    assert other.ended()
    client.peer.send(last)
    assert status_of(client.peer.read_message()) == 200
    # Nor does it open anything twice, on its own connection.
    assert status_of(client.peer.request(last)) in (400, 401)
    assert client.peer.ended()


def test_a_first_leg_begins_anew_at_any_time(house: House) -> None:
    peer = house.connect()
    forgotten = Client(peer)
    challenge = forgotten.first_leg(asking("told"))
    assert status_of(Client(peer).logged_in(asking("told"))) == 200
    assert is_alice(peer)
    forgotten.last_leg(challenge, asking("told"))
    assert status_of(peer.read_message()) in (400, 401)
    assert peer.ended()


def test_a_request_between_the_legs_is_a_strangers(house: House) -> None:
    client = Client(house.connect())
    challenge = client.first_leg(asking("told"))
    assert fields_of(client.peer.request(asking("told")), b"WWW-Authenticate") == CHALLENGES
    client.last_leg(challenge, asking("told"))
    assert status_of(client.peer.read_message()) == 200


@pytest.mark.parametrize("scheme", [b"Kerberos", b"Nego2", b"Negotiate"])
def test_a_scheme_that_was_not_offered_is_asked_again(house: House, scheme: bytes) -> None:
    answer = house.connect().request(asking("plain-ntlm", b"Authorization: " + scheme + b" YIIabc="))
    assert status_of(answer) == 401
    assert fields_of(answer, b"WWW-Authenticate") == [b"NTLM"]


def test_a_credential_without_a_token_is_asked_for_one(house: House) -> None:
    client = house.connect()
    answer = client.request(asking("told", b"Authorization: NTLM"))
    assert fields_of(answer, b"WWW-Authenticate") == CHALLENGES
    assert status_of(client.request(asking("told"))) == 401


def test_the_schemes_name_is_read_in_any_case(house: House) -> None:
    client = Client(house.connect())
    challenge = client.peer.request(asking("told", client.credential().replace(b" NTLM ", b" ntlm ")))
    client.peer.send(asking("told", client.credential(challenge).replace(b" NTLM ", b" nTLM ")))
    assert status_of(client.peer.read_message()) == 200


# A login after a login


@SCHEMES
def test_the_same_user_may_log_in_again_and_again(house: House, scheme: str) -> None:
    peer = house.connect()
    for _ in range(3):
        assert status_of(Client(peer, scheme=scheme).logged_in(asking("told"))) == 200
        assert is_alice(peer)


@SCHEMES
def test_another_user_on_the_same_connection_ends_it(house: House, scheme: str) -> None:
    before = house.counter("security:identity-changed")
    client = Client(house.connect(), scheme=scheme)
    client.logged_in(asking("told"))
    second = Client(client.peer, user="bob", scheme=scheme)
    answer = second.logged_in(asking("told"))
    assert status_of(answer) == 403
    assert client.peer.ended()
    assert house.counter("security:identity-changed") == before + 1


@SCHEMES
def test_a_second_login_that_fails_ends_the_first_with_the_connection(house: House, scheme: str) -> None:
    client = Client(house.connect(), scheme=scheme)
    client.logged_in(asking("told"))
    again = Client(client.peer, password="wrong", scheme=scheme)
    challenge = again.first_leg(asking("told"))
    # Pipelined behind it, as the old user: it must not be answered.
    client.peer.send(with_field(asking("told"), again.credential(challenge)) + asking("told"))
    assert status_of(client.peer.read_message()) == 401
    assert client.peer.read_to_end() == b""


# What HTTP does meanwhile


@SCHEMES
def test_a_post_with_an_empty_first_leg_arrives_whole_with_the_last(house: House, scheme: str) -> None:
    request = asking("told", method=b"POST", body=b"x" * 5000)
    client = Client(house.connect(), scheme=scheme)
    client.last_leg(client.first_leg(request), request)
    assert body_of(body_of(client.peer.read_message())) == b"x" * 5000


def test_a_megabyte_comes_with_the_last_leg(house: House) -> None:
    body = bytes(range(256)) * 4096
    request = asking("told", method=b"POST", body=body)
    client = Client(house.connect())
    client.last_leg(client.first_leg(request), request)
    assert body_of(body_of(client.peer.read_message())) == body


def test_chunks_come_with_the_last_leg(house: House) -> None:
    request = asking("told", b"Transfer-Encoding: chunked", method=b"POST") + b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
    client = Client(house.connect())
    challenge = client.peer.request(with_field(head_of(request), client.credential()))
    client.last_leg(challenge, request)
    assert body_of(body_of(client.peer.read_message())) == b"hello world"
    assert is_alice(client.peer)


def test_the_body_of_the_last_leg_may_come_late(house: House) -> None:
    request = asking("told", method=b"POST", body=b"x" * 70_000)
    client = Client(house.connect())
    line = client.credential(client.first_leg(request))
    head, body = with_field(request, line)[:-70_000], b"x" * 70_000
    client.peer.send(head)
    client.peer.send(body[:1])
    client.peer.send(body[1:])
    assert body_of(body_of(client.peer.read_message())) == body


@SCHEMES
def test_head_is_answered_without_a_body_at_every_leg(house: House, scheme: str) -> None:
    request = asking("told", method=b"HEAD")
    client = Client(house.connect(), scheme=scheme)
    client.peer.send(request)
    assert status_of(client.peer.read_head()) == 401
    client.peer.send(with_field(request, client.credential()))
    challenge = client.peer.read_head()
    assert status_of(challenge) == 401
    client.peer.send(with_field(request, client.credential(challenge)))
    assert status_of(client.peer.read_head()) == 200
    assert is_alice(client.peer)


def test_requests_behind_the_last_leg_are_answered_in_order_as_the_users(house: House) -> None:
    client = Client(house.connect())
    challenge = client.first_leg(asking("told"))
    last = with_field(asking("told", b"X-Number: 1"), client.credential(challenge))
    client.peer.send(last + b"".join(asking("told", b"X-Number: %d" % number) for number in range(2, 40)))
    for number in range(1, 40):
        seen = body_of(client.peer.read_message())
        assert fields_of(seen, b"X-Number") == [b"%d" % number]
        assert fields_of(seen, b"X-Forwarded-User") == [b"CONTOSO\\alice"]


def test_requests_behind_a_challenge_are_strangers_too(house: House) -> None:
    client = Client(house.connect())
    client.peer.send(asking("told") + with_field(asking("told"), client.credential()) + asking("told"))
    answers = [client.peer.read_message() for _ in range(3)]
    assert [status_of(answer) for answer in answers] == [401, 401, 401]
    client.last_leg(answers[1], asking("told"))
    assert status_of(client.peer.read_message()) == 200


def test_a_closing_connection_is_asked_and_closed(house: House) -> None:
    client = house.connect()
    answer = client.request(asking("told", b"Connection: close"))
    assert status_of(answer) == 401
    assert fields_of(answer, b"WWW-Authenticate") == CHALLENGES
    assert fields_of(answer, b"Connection") == [b"close"]
    assert client.ended()


def test_a_first_leg_that_closes_is_answered_and_closed(house: House) -> None:
    client = Client(house.connect())
    answer = client.first_leg(asking("told", b"Connection: close"))
    assert client.token_in(answer)
    assert fields_of(answer, b"Connection") == [b"close"]
    assert client.peer.ended()


def test_a_last_leg_that_closes_is_served_and_closed(house: House) -> None:
    client = Client(house.connect())
    client.last_leg(client.first_leg(asking("told")), asking("told", b"Connection: close"))
    answer = client.peer.read_message()
    assert status_of(answer) == 200
    assert fields_of(answer, b"Connection") == [b"close"]
    assert client.peer.ended()


def test_http_1_0_is_asked_and_closed(house: House) -> None:
    client = house.connect()
    client.send(asking("told").replace(b"HTTP/1.1", b"HTTP/1.0"))
    assert status_of(client.read_message()) == 401
    assert client.ended()


def test_a_client_that_sends_its_end_behind_the_last_leg_gets_its_answer(house: House) -> None:
    client = Client(house.connect())
    client.last_leg(client.first_leg(asking("told")), asking("told", method=b"POST", body=b"all of it"))
    client.peer.finish_sending()
    answer = client.peer.read_message()
    assert status_of(answer) == 200
    assert body_of(body_of(answer)) == b"all of it"
    assert client.peer.ended()


@pytest.mark.parametrize("how", ["close", "reset", "finish_sending"])
def test_a_client_that_goes_between_the_legs_leaves_nothing_behind(house: House, how: str) -> None:
    client = Client(house.connect())
    challenge = client.first_leg(asking("told"))
    line = client.credential(challenge)
    getattr(client.peer, how)()
    other = house.connect()
    assert status_of(other.request(with_field(asking("told"), line))) in (400, 401)


# Channel binding


@pytest.mark.parametrize(
    ("site", "bound", "status"),
    [
        ("trusting", "absent", 200),
        ("trusting", "wrong", 200),
        ("trusting", "right", 200),
        ("told", "absent", 200),
        ("told", "wrong", 401),
        ("told", "right", 200),
        ("careful", "absent", 401),
        ("careful", "wrong", 401),
        ("careful", "right", 200),
    ],
)
@SCHEMES
def test_channel_binding_is_judged_as_the_rule_says(
    house: House, site: str, bound: str, status: int, scheme: str
) -> None:
    peer = house.connect_tls(site)
    certificate = seen_certificate(peer) if bound == "right" else other_certificate()
    bindings = None if bound == "absent" else binding_to(certificate)
    client = Client(peer, scheme=scheme, bindings=bindings)
    assert status_of(client.logged_in(asking(site))) == status


@pytest.mark.parametrize("kind", ["RSA", "ECDSA"])
@SCHEMES
def test_each_of_two_certificates_binds_who_has_seen_it(house: House, scheme: str, kind: str) -> None:
    peer = house.connect_tls("careful", f"ECDHE-{kind}-AES128-GCM-SHA256")
    client = Client(peer, scheme=scheme, bindings=binding_to(seen_certificate(peer)))
    assert status_of(client.logged_in(asking("careful"))) == 200


def test_a_binding_to_a_certificate_that_was_replaced_meanwhile_still_holds(
    guarded: Callable[..., Proxy], server: ScriptedServer
) -> None:
    """A connection keeps the certificate that it was opened with."""
    server.script = answering(OK)
    proxy = guarded(server, channel_binding="require")
    peer = proxy.connect_tls()
    bindings = binding_to(seen_certificate(peer))
    (proxy.directory / "spec.json").write_text(proxy.spec().model_dump_json(), "utf-8")  # with a certificate anew
    assert ask(proxy.control, "reload")["ok"]
    assert status_of(Client(peer, bindings=bindings).logged_in()) == 200
    assert status_of(Client(proxy.connect_tls(), bindings=bindings).logged_in()) == 401


def test_who_resumes_a_session_is_bound_to_the_certificate_of_its_first_connection(
    guarded: Callable[..., Proxy], server: ScriptedServer
) -> None:
    server.script = answering(OK)
    proxy = guarded(server, channel_binding="require")
    context = proxy.client_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # whose session is there when the handshake is
    first = proxy.connect_tls(context=context)
    bindings = binding_to(seen_certificate(first))
    assert isinstance(first.sock, ssl.SSLSocket)
    for _ in range(2):
        (proxy.directory / "spec.json").write_text(proxy.spec().model_dump_json(), "utf-8")  # with a certificate anew
        assert ask(proxy.control, "reload")["ok"]
        raw = socket.create_connection((proxy.host, proxy.tls_port), timeout=PATIENCE)
        resumed = context.wrap_socket(raw, server_hostname="site.test", session=first.sock.session)
        assert resumed.session_reused
        assert status_of(Client(Peer(resumed), bindings=bindings).logged_in()) == 200
        resumed.close()


def other_certificate() -> bytes:
    (leaf, *_) = trustme.CA().issue_cert("told.wild.test").cert_chain_pems
    return ssl.PEM_cert_to_DER_cert(leaf.bytes().decode("ascii"))


def test_a_rule_that_requires_a_binding_is_closed_to_plain_http(house: House) -> None:
    assert status_of(Client(house.connect()).logged_in(asking("careful"))) == 401


def test_a_credential_that_is_longer_than_a_head_may_be_ends_the_connection(house: House) -> None:
    client = house.connect()
    client.send(asking("told", b"Authorization: Negotiate " + b"A" * 70_000))
    assert status_of(client.read_message()) == 431
    assert client.ended()
