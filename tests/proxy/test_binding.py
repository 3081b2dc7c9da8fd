"""NTLM and Negotiate pass-through, rule by rule: each test fails when its rule is broken.

Tokens here are any bytes: what is proven is which connection carries them. Real tokens are in tests/end_to_end.
"""

from __future__ import annotations

import base64
import select
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bridgehead.spec import Forward, Pool, Rule, Server
from tests.proxy.wire import OK, ScriptedServer, answering, fields_of, status_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.proxy.wire import Peer, Proxy

    Start = Callable[..., Proxy]

GET = b"GET / HTTP/1.1\r\nHost: site.test\r\n\r\n"
CHALLENGE = b"\r\n".join(
    (
        b"HTTP/1.1 401 Unauthorized",
        b"WWW-Authenticate: Negotiate",
        b"WWW-Authenticate: NTLM",
        b"Content-Length: 6",
        b"",
        b"denied",
    )
)
LEG_2 = b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM TlRMTVNTUAACAAAA\r\nContent-Length: 0\r\n\r\n"


def request_with(authorization: bytes, *, path: bytes = b"/", body: bytes | None = None) -> bytes:
    length = b"" if body is None else b"Content-Length: %d\r\n" % len(body)
    method = b"GET" if body is None else b"POST"
    head = method + b" " + path + b" HTTP/1.1\r\nHost: site.test\r\n" + length
    return head + b"Authorization: " + authorization + b"\r\n\r\n" + (body or b"")


def type_3(user: str, domain: str = "CONTOSO") -> bytes:
    """An AUTHENTICATE_MESSAGE with names alone (MS-NLMP 2.2.1.3)."""
    names = [domain.encode("utf-16-le"), user.encode("utf-16-le"), b""]
    message = b"NTLMSSP\0" + (3).to_bytes(4, "little") + bytes(16)
    offset = 64
    for name in names:
        message += len(name).to_bytes(2, "little") * 2 + offset.to_bytes(4, "little")
        offset += len(name)
    message += bytes(8) + (1).to_bytes(4, "little")
    return b"NTLM " + base64.b64encode(message + b"".join(names))


def log_in(client: Peer, server: ScriptedServer) -> Peer:
    """Three legs; gives the server's end of the connection they went over."""
    client.send(GET)
    end = server.accept()
    end.read_message()
    end.send(CHALLENGE)
    client.read_message()
    client.send(request_with(b"NTLM TlRMTVNTUAABAAAA"))
    end.read_message()
    end.send(LEG_2)
    client.read_message()
    client.send(request_with(type_3("alice")))
    end.read_message()
    end.send(OK)
    client.read_message()
    return end


# Rule 1: two triggers


@pytest.mark.parametrize("scheme", [b"NTLM", b"ntlm", b"Negotiate", b"NEGOTIATE", b"Nego2", b"Kerberos"])
@pytest.mark.parametrize("token", [b"", b" YIIabc="])
def test_a_credential_gets_a_connection_of_its_own_before_any_challenge(
    start: Start, server: ScriptedServer, scheme: bytes, token: bytes
) -> None:
    proxy = start(server)
    stranger = proxy.connect()
    stranger.send(GET)
    pooled = server.accept()
    pooled.read_message()
    pooled.send(OK)
    stranger.read_message()

    client = proxy.connect()
    client.send(request_with(scheme + token))
    own = server.accept()  # not the idle connection that is there
    assert b"Authorization: " + scheme + token in own.read_message()
    own.send(OK)
    client.read_message()

    other = proxy.connect()
    other.send(GET)
    assert pooled.read_message().startswith(b"GET / ")  # and a stranger never gets the one that was logged in


@pytest.mark.parametrize("line", [b"NTLM", b"Negotiate", b"negotiate", b"Negotiate, NTLM", b'Basic realm="x", NTLM'])
def test_a_challenge_makes_the_connection_the_clients_own(start: Start, server: ScriptedServer, line: bytes) -> None:
    proxy = start(server)
    client = proxy.connect()
    client.send(GET)
    end = server.accept()
    end.read_message()
    end.send(b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: " + line + b"\r\nContent-Length: 0\r\n\r\n")
    client.read_message()

    stranger = proxy.connect()
    stranger.send(GET)
    assert server.accept() is not end


@pytest.mark.parametrize("credential", [b"Bearer cwt=AAEB", b"Basic YTpi"])
def test_credentials_of_single_requests_use_the_pool(start: Start, server: ScriptedServer, credential: bytes) -> None:
    proxy = start(server)
    first, second = proxy.connect(), proxy.connect()
    first.send(request_with(credential))
    end = server.accept()
    end.read_message()
    end.send(OK)
    first.read_message()
    second.send(GET)
    assert end.read_message()
    assert server.nobody_came()


# Rules 2, 3 and 7: never from the pool, never back to it; the challenger gets the legs; both ends close together


def test_all_legs_go_over_the_connection_that_issued_the_challenge(start: Start, server: ScriptedServer) -> None:
    proxy = start(server)
    client = proxy.connect()
    end = log_in(client, server)
    client.send(GET)
    assert end.read_message()
    assert server.accepted == 1


def test_an_authenticated_connection_never_comes_back_to_the_pool(start: Start, server: ScriptedServer) -> None:
    proxy = start(server)
    client = proxy.connect()
    end = log_in(client, server)
    # Not even when what follows is another scheme, or none.
    for request in (GET, request_with(b"Basic YTpi")):
        client.send(request)
        end.read_message()
        end.send(OK)
        client.read_message()
    for _ in range(3):
        stranger = proxy.connect()
        stranger.send(GET)
        theirs = server.accept()
        theirs.read_message()
        assert theirs is not end


def test_the_server_side_closes_when_the_client_leaves(start: Start, server: ScriptedServer) -> None:
    proxy = start(server)
    client = proxy.connect()
    end = log_in(client, server)
    client.close()
    end.ended()  # fails by time-out where it is kept


def test_the_server_side_closes_when_the_client_breaks_off_an_exchange(start: Start, server: ScriptedServer) -> None:
    proxy = start(server)
    client = proxy.connect()
    end = log_in(client, server)
    client.send(GET)
    end.read_message()
    client.reset()
    assert not end.ended()


def test_two_clients_from_one_address_have_two_connections(start: Start, server: ScriptedServer) -> None:
    proxy = start(server)
    first, second = proxy.connect(), proxy.connect()
    first_end = log_in(first, server)
    second_end = log_in(second, server)
    assert first_end is not second_end
    for client, end in ((first, first_end), (second, second_end)):
        client.send(GET)
        end.read_message()
        end.send(OK)
        client.read_message()


# Rules 4 and 5: for each pool; sticky


def test_one_client_has_one_binding_for_each_pool(start: Start) -> None:
    with ScriptedServer() as one, ScriptedServer() as two:
        pools = tuple(
            Pool(name=name, servers=(Server(host="127.0.0.1", port=server.port),), tls=False)
            for name, server in (("one", one), ("two", two))
        )
        rules = tuple(
            Rule(name=name, listeners=("plain",), hosts=("site.test",), path=f"/{name}/*", action=Forward(pool=name))
            for name in ("one", "two")
        )
        proxy = start(one, pools=pools, rules=rules)
        client = proxy.connect()
        ends = {}
        for name, server in (("one", one), ("two", two)):
            client.send(request_with(b"NTLM TlRM", path=f"/{name}/".encode()))
            ends[name] = server.accept()
            ends[name].read_message()
            ends[name].send(OK)
            client.read_message()
        for name in ("two", "one", "two"):
            client.send(f"GET /{name}/ HTTP/1.1\r\nHost: site.test\r\n\r\n".encode())
            ends[name].read_message()
            ends[name].send(OK)
            client.read_message()
        assert (one.accepted, two.accepted) == (1, 1)


def test_a_bound_client_stays_with_its_server_and_others_are_balanced(start: Start) -> None:
    with ScriptedServer() as one, ScriptedServer() as two:
        proxy = start(one, two)
        client = proxy.connect()
        client.send(request_with(b"NTLM TlRM"))
        mine, other = (one, two) if one.reached_within(1.0) else (two, one)
        end = mine.accept()
        end.read_message()
        end.send(OK)
        client.read_message()
        for _ in range(6):
            client.send(GET)
            end.read_message()
            end.send(OK)
            client.read_message()
        assert mine.accepted == 1
        assert other.accepted == 0
        strangers = [proxy.connect() for _ in range(4)]
        for stranger in strangers:
            stranger.send(GET)
        other.accept()
        mine.accept()


def test_anonymous_requests_are_balanced_one_by_one(start: Start) -> None:
    with ScriptedServer(script=answering(OK)) as one, ScriptedServer(script=answering(OK)) as two:
        proxy = start(one, two)
        client = proxy.connect()
        for _ in range(8):
            client.request(GET)
        lines = proxy.log(8)
        assert sorted(line["server"] for line in lines) == sorted(
            [f"127.0.0.1:{one.port}"] * 4 + [f"127.0.0.1:{two.port}"] * 4
        )


# Rule 6: no eviction; caps refuse the new


def test_a_full_house_refuses_new_logins_and_keeps_the_old(start: Start, server: ScriptedServer) -> None:
    proxy = start(server, limits={"bound_connections": 1})
    first = proxy.connect()
    end = log_in(first, server)
    second = proxy.connect()
    refused = second.request(request_with(b"NTLM TlRM"))
    assert status_of(refused) == 503
    assert fields_of(refused, b"Retry-After")
    third = proxy.connect()
    third.send(GET)
    challenger = server.accept()
    challenger.read_message()
    challenger.send(CHALLENGE)
    assert status_of(third.read_message()) == 503  # a challenge that could not be answered is not passed on
    first.send(GET)
    end.read_message()
    end.send(OK)
    assert status_of(first.read_message()) == 200


def test_an_idle_binding_outlives_the_keep_alive_of_ordinary_clients(start: Start, server: ScriptedServer) -> None:
    proxy = start(server, limits={"idle_seconds": 0.3}, pool={"idle_seconds": 0.3})
    client, stranger = proxy.connect(), proxy.connect()
    end = log_in(client, server)
    stranger.send(GET)
    pooled = server.accept()
    pooled.read_message()
    pooled.send(OK)
    stranger.read_message()
    assert stranger.ended()
    assert pooled.ended()
    client.send(GET)
    end.read_message()
    end.send(OK)
    assert status_of(client.read_message()) == 200


# Rule 8: byte for byte


def test_challenges_pass_as_separate_lines_in_their_order(start: Start, server: ScriptedServer) -> None:
    proxy = start(server)
    client = proxy.connect()
    client.send(GET)
    end = server.accept()
    end.read_message()
    end.send(CHALLENGE)
    assert client.read_message() == CHALLENGE


def test_tokens_pass_byte_for_byte(start: Start, server: ScriptedServer) -> None:
    proxy = start(server)
    client = proxy.connect()
    token = b"Negotiate " + base64.b64encode(bytes(range(256)) * 180)  # 60 KiB, a Kerberos ticket with many groups
    client.send(request_with(token))
    end = server.accept()
    assert b"Authorization: " + token + b"\r\n" in end.read_message()
    answer = b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: " + token + b"\r\nContent-Length: 0\r\n\r\n"
    end.send(answer)
    assert client.read_message() == answer


# Rule 9: type 1 on an empty POST, then the body


def test_an_empty_post_with_type_1_and_the_body_with_type_3(start: Start, server: ScriptedServer) -> None:
    proxy = start(server)
    client = proxy.connect()
    client.send(request_with(b"NTLM TlRMTVNTUAABAAAA", body=b""))
    end = server.accept()
    assert end.read_message().endswith(b"\r\n\r\n")
    end.send(LEG_2)
    client.read_message()
    body = b"x" * 300_000
    client.send(request_with(type_3("alice"), body=body))
    assert end.read_message().endswith(b"\r\n\r\n" + body)
    end.send(OK)
    assert status_of(client.read_message()) == 200


# Rules 10 and 11: a leg is never sent twice


def test_a_server_that_dies_between_the_legs_ends_the_client_connection(start: Start, server: ScriptedServer) -> None:
    proxy = start(server)
    client = proxy.connect()
    client.send(request_with(b"NTLM TlRMTVNTUAABAAAA"))
    end = server.accept()
    end.read_message()
    end.send(LEG_2)
    client.read_message()
    end.close()
    assert client.read_to_end() == b""


@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_server_that_dies_on_type_3_ends_the_client_connection_without_a_page(
    start: Start, server: ScriptedServer, how: str
) -> None:
    proxy = start(server)
    client = proxy.connect()
    client.send(request_with(b"NTLM TlRMTVNTUAABAAAA"))
    end = server.accept()
    end.read_message()
    end.send(LEG_2)
    client.read_message()
    client.send(request_with(type_3("alice")))
    end.read_message()
    getattr(end, how)()
    client.ended()
    assert client.buffer == b""
    assert server.accepted == 1  # nothing was sent again anywhere


def test_a_bound_connection_that_the_server_closes_while_idle_closes_the_client(
    start: Start, server: ScriptedServer
) -> None:
    proxy = start(server)
    client = proxy.connect()
    end = log_in(client, server)
    end.close()
    assert client.read_to_end() == b""


def test_an_answer_that_ends_the_bound_connection_ends_the_client_connection_after_it(
    start: Start, server: ScriptedServer
) -> None:
    proxy = start(server)
    client = proxy.connect()
    end = log_in(client, server)
    client.send(GET)
    end.read_message()
    end.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nlast")
    end.close()
    answer = client.read_to_end()
    assert answer.endswith(b"\r\n\r\nlast")
    assert fields_of(answer, b"Connection") == [b"close"]


# Rule 12: connections that close


@pytest.mark.parametrize(
    "request_head",
    [
        b"GET / HTTP/1.1\r\nHost: site.test\r\nConnection: close\r\nAuthorization: NTLM TlRM\r\n\r\n",
        b"GET / HTTP/1.0\r\nHost: site.test\r\nAuthorization: NTLM TlRM\r\n\r\n",
    ],
)
def test_a_login_on_a_connection_that_closes_is_never_reused(
    start: Start, server: ScriptedServer, request_head: bytes
) -> None:
    proxy = start(server)
    client = proxy.connect()
    client.send(request_head)
    end = server.accept()
    end.read_message()
    end.send(OK)
    assert client.read_to_end().endswith(b"ok")
    assert end.ended()
    stranger = proxy.connect()
    stranger.send(GET)
    assert server.accept().read_message()


# Rules 13 and 14


def test_a_challenge_of_a_forward_proxy_is_a_bad_gateway(start: Start, server: ScriptedServer) -> None:
    proxy = start(server)
    client = proxy.connect()
    client.send(GET)
    end = server.accept()
    end.read_message()
    end.send(b"HTTP/1.1 407 Nope\r\nProxy-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n")
    answer = client.read_message()
    assert status_of(answer) == 502
    assert not fields_of(answer, b"Proxy-Authenticate")


def test_persistent_auth_passes_and_proxy_support_is_not_invented(start: Start, server: ScriptedServer) -> None:
    proxy = start(server)
    client = proxy.connect()
    client.send(request_with(b"Negotiate YII="))
    end = server.accept()
    end.read_message()
    end.send(
        b"HTTP/1.1 200 OK\r\nPersistent-Auth: true\r\nWWW-Authenticate: Negotiate oYG=\r\nContent-Length: 0\r\n\r\n"
    )
    answer = client.read_message()
    assert fields_of(answer, b"Persistent-Auth") == [b"true"]
    assert fields_of(answer, b"WWW-Authenticate") == [b"Negotiate oYG="]
    assert not fields_of(answer, b"Proxy-Support")


# Rule 15 is the parametrisation of rule 1: Negotiate is treated exactly as NTLM.


# Rule 19: strictly serial


def test_pipelined_requests_on_a_bound_connection_are_strictly_serial(start: Start, server: ScriptedServer) -> None:
    proxy = start(server)
    client = proxy.connect()
    end = log_in(client, server)
    client.send(b"".join(b"GET /%d HTTP/1.1\r\nHost: site.test\r\n\r\n" % number for number in range(5)))
    for number in range(5):
        assert end.read_head().startswith(b"GET /%d " % number)
        assert end.buffer == b""
        end.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d" % number)
        assert client.read_message().endswith(b"%d" % number)
    assert server.accepted == 1


# Rule 20: a tunnel keeps its binding


def test_an_upgrade_on_a_bound_connection_keeps_the_binding_until_the_tunnel_ends(
    start: Start, server: ScriptedServer
) -> None:
    proxy = start(server)
    client = proxy.connect()
    end = log_in(client, server)
    client.send(b"GET /ws HTTP/1.1\r\nHost: site.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
    end.read_message()
    end.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
    client.read_head()
    client.send(b"ping")
    assert end.read(4) == b"ping"
    stranger = proxy.connect()
    stranger.send(GET)
    server.accept().read_message()
    end.close()
    client.ended()
    assert server.accepted == 2


# Rule 21: a multiplexer in front


@pytest.mark.parametrize(
    ("first", "second"),
    [(b"X-Forwarded-For: 192.0.2.1", b"X-Forwarded-For: 192.0.2.2"), (b"Forwarded: for=a", b"Forwarded: for=b")],
)
def test_a_connection_that_speaks_for_several_clients_cannot_log_in(
    start: Start, server: ScriptedServer, first: bytes, second: bytes
) -> None:
    proxy = start(server)
    client = proxy.connect()
    client.send(b"GET / HTTP/1.1\r\nHost: site.test\r\n" + first + b"\r\nAuthorization: NTLM TlRM\r\n\r\n")
    end = server.accept()
    end.read_message()
    end.send(OK)
    client.read_message()
    client.send(b"GET / HTTP/1.1\r\nHost: site.test\r\n" + second + b"\r\n\r\n")
    assert status_of(client.read_message()) == 403
    assert client.ended()
    end.ended()
    assert "shared-client-connection" in [line.get("what") for line in proxy.log(3)]


# Rule 22: the tripwire


def test_a_second_user_on_a_bound_connection_is_a_security_event(start: Start, server: ScriptedServer) -> None:
    proxy = start(server)
    client = proxy.connect()
    end = log_in(client, server)
    client.send(request_with(type_3("bob")))
    end.read_message()
    end.send(OK)
    client.read_message()
    events = [line for line in proxy.log(5) if line["event"] == "security"]
    assert [event["what"] for event in events] == ["identity-changed"]
    assert "alice" in events[0]["detail"]
    assert "bob" in events[0]["detail"]


def test_the_same_user_again_is_no_event(start: Start, server: ScriptedServer) -> None:
    proxy = start(server)
    client = proxy.connect()
    end = log_in(client, server)
    client.send(request_with(type_3("ALICE")))
    end.read_message()
    end.send(OK)
    client.read_message()
    assert [line["event"] for line in proxy.log(4)] == ["request"] * 4


# Authentication `none` never binds, because nothing of the kind passes


def test_without_authentication_a_credential_is_removed_and_the_pool_is_used(
    start: Start, server: ScriptedServer
) -> None:
    proxy = start(server, action={"authentication": "none"})
    client = proxy.connect()
    client.send(request_with(b"NTLM TlRM"))
    end = server.accept()
    for _ in range(3):
        assert b"uthorization" not in end.read_message()
        end.send(OK)
        client.read_message()
        client.send(request_with(b"NTLM TlRM"))
    assert server.accepted == 1


def test_without_authentication_a_challenge_becomes_a_page_that_says_so(start: Start, server: ScriptedServer) -> None:
    proxy = start(server, action={"authentication": "none"})
    client = proxy.connect()
    client.send(GET)
    end = server.accept()
    end.read_message()
    end.send(CHALLENGE)
    answer = client.read_message()
    assert status_of(answer) == 403
    assert b"login" in answer
    assert not fields_of(answer, b"WWW-Authenticate")


# What was ever bound is nobody else's, whatever happens


def test_a_login_whose_client_is_given_up_on_is_not_given_to_somebody_else(
    start: Start, server: ScriptedServer
) -> None:
    proxy = start(server, limits={"half_closed_seconds": 0.3})
    alice = proxy.connect()
    end = log_in(alice, server)
    alice.send(GET)
    end.read_message()
    alice.sock.shutdown(socket.SHUT_WR)
    spec = proxy.spec()
    plain, secure = spec.listeners
    now_tls = plain.model_copy(update={"tls": True, "certificates": secure.certificates})
    write = (proxy.directory / "spec.json").write_text
    write(spec.model_copy(update={"listeners": (now_tls, secure)}).model_dump_json(), "utf-8")
    control = ["--control", str(proxy.control)]
    subprocess.run(
        [sys.executable, "-m", "bridgehead", "reload", *control], check=True, timeout=60, capture_output=True
    )
    end.ended()  # her connection ends with her, even in the middle of an exchange
    bob = proxy.connect_tls()
    bob.send(GET)
    theirs = server.accept()
    assert theirs is not end
    assert theirs.read_message().startswith(b"GET / ")


def test_a_login_finds_the_member_that_lives_and_goes_on_there(start: Start, server: ScriptedServer) -> None:
    with ScriptedServer() as dead:
        members = tuple(Server(host=one.host, port=one.port) for one in (dead, server))
    pools = (Pool(name="pool", servers=members, tls=False),)
    proxy = start(server, pools=pools)
    for _ in range(4):
        client = proxy.connect()
        client.send(request_with(b"NTLM TlRMTVNTUAABAAAA"))
        end = server.accept()
        end.read_message()
        end.send(LEG_2)
        assert not fields_of(client.read_message(), b"Connection")
        client.send(request_with(type_3("alice")))
        end.read_message()
        end.send(OK)
        assert status_of(client.read_message()) == 200


def test_bytes_that_nobody_asked_for_do_not_answer_the_next_request(start: Start, server: ScriptedServer) -> None:
    proxy = start(server)
    client = proxy.connect()
    client.send(GET)
    end = server.accept()
    end.read_message()
    end.send(OK)
    client.read_message()
    end.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged")
    client.send(GET)
    fresh = server.accept()
    fresh.read_message()
    fresh.send(OK)
    assert client.read_message().endswith(b"ok")


def test_a_busy_upload_may_take_longer_than_an_answer(start: Start, server: ScriptedServer) -> None:
    proxy = start(server, pool={"response_seconds": 1.0})
    client = proxy.connect()
    client.send(b"POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: 30\r\n\r\n")
    end = server.accept()
    end.read_head()
    for _ in range(30):
        client.send(b"x")
        end.read(1)
        assert not select.select([client.sock], [], [], 0.1)[0], "it was cut"
    end.send(OK)
    assert status_of(client.read_message()) == 200
