"""The proxy in numbers, read by Prometheus' own parser."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from prometheus_client.parser import text_string_to_metric_families

from bridgehead.proxy.control import ask
from bridgehead.proxy.metrics import exposition
from bridgehead.proxy.refusals import Refusal
from bridgehead.spec import Forward, Pool, Rule, Server
from tests.proxy.wire import GET, OK, Proxy, answering, eventually, free_port, status_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.proxy.wire import ScriptedServer

CHALLENGE = b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n"
_EMPTY: dict[str, Any] = {
    "counters": {},
    "changes": 0,
    "stopping": False,
    "alarms": [],
    "tls_profiles": {},
    "workers": [],
}
Numbers = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def read(text: str) -> Numbers:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def numbers(proxy: Proxy) -> Numbers:
    return read(exposition(ask(proxy.control, "status")))


def total(found: Numbers, name: str, **labels: str) -> float:
    """The sum over all series of a name that have these labels."""
    return sum(value for (found_name, has), value in found.items() if found_name == name and labels.items() <= set(has))


def test_what_happened_is_counted(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    server.script = answering(OK)
    proxy = start(server, limits={"connections_per_address": 4})
    client = proxy.connect()
    for _ in range(3):
        client.request(GET)
    assert status_of(client.request(b"GET /../../x HTTP/1.1\r\nHost: site.test\r\nHost: b\r\n\r\n")) == 400
    assert client.ended()
    proxy.connect(proxy.tls_port).send(GET)  # no ClientHello
    eventually(lambda: total(numbers(proxy), "bridgehead_handshakes_failed_total"), "the failed handshake")
    clients = [proxy.connect() for _ in range(8)]
    turned_away = [one for one in clients if not one.sock.send(GET) or _is_closed(one.sock.recv)]
    found = numbers(proxy)
    assert total(found, "bridgehead_requests_total", **{"class": "2xx"}) >= 3
    assert total(found, "bridgehead_requests_total", **{"class": "4xx"}) == 1
    assert total(found, "bridgehead_refused_total", reason="host-ambiguous", status="400", fault="client") == 1
    assert total(found, "bridgehead_refused_total") == 1
    assert total(found, "bridgehead_connections_refused_total", limit="address") == len(turned_away) > 0
    assert total(found, "bridgehead_handshakes_failed_total", reason="http-request") == 1
    assert total(found, "bridgehead_server_connections", pool="pool") >= 1


def _is_closed(receive: Callable[[int], bytes]) -> bool:
    try:
        return receive(1) == b""
    except ConnectionError:
        return True


def test_the_command_prints_them(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    proxy = start(server)
    done = subprocess.run(
        [sys.executable, "-m", "bridgehead", "status", "--format", "prometheus", "--control", str(proxy.control)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert read(done.stdout).keys() == numbers(proxy).keys()


def test_every_reason_for_a_refusal_is_there_from_the_start(
    start: Callable[..., Proxy], server: ScriptedServer
) -> None:
    found = numbers(start(server))
    reasons = {dict(labels)["reason"] for name, labels in found if name == "bridgehead_refused_total"}
    assert reasons == {refusal.code for refusal in Refusal}
    assert total(found, "bridgehead_workers") == 1
    assert total(found, "bridgehead_stopping") == 0


def test_logins_are_counted_and_those_open_are_shown(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    server.script = answering(CHALLENGE)
    proxy = start(server)
    client = proxy.connect()
    client.request(GET)
    found = numbers(proxy)
    assert total(found, "bridgehead_bindings_total") == total(found, "bridgehead_bound") == 1
    assert total(found, "bridgehead_clients") == 1
    client.close()
    eventually(lambda: not total(numbers(proxy), "bridgehead_bound"), "the end of the login")
    assert total(numbers(proxy), "bridgehead_bindings_total") == 1


def test_a_server_that_cannot_be_reached_rests(proxy_of: Callable[..., Proxy]) -> None:
    proxy = proxy_of()
    member = Server(host=proxy.host, port=free_port(proxy.host))
    proxy.pools = (Pool(name='the "pool" \\ here', servers=(member,), tls=False),)
    proxy.rules = (Rule(name="r", listeners=("plain",), hosts=("*",), action=Forward(pool=proxy.pools[0].name)),)
    proxy.start()
    client = proxy.connect()

    def rests() -> bool:
        client.request(GET)
        return bool(total(numbers(proxy), "bridgehead_server_resting", pool='the "pool" \\ here'))

    eventually(rests, "a rest")


def test_the_tls_profile_of_each_pool_is_shown(proxy_of: Callable[..., Proxy], tls_server: ScriptedServer) -> None:
    profiles = ("modern", "windows-2012", "windows-2008")
    proxy = proxy_of()
    proxy.pools = tuple(proxy.pool_of(tls_server, name=profile, tls_profile=profile) for profile in profiles)
    action = Forward(pool="modern")
    proxy.rules = (Rule(name="r", listeners=("plain",), hosts=("*",), action=action),)
    proxy.start()
    found = numbers(proxy)
    assert all(total(found, "bridgehead_pool_tls", pool=profile, profile=profile) == 1 for profile in profiles)
    assert "which also allows TLS 1.0" in proxy.said(), "a concession is told of at each start"


def test_no_counter_falls_when_a_worker_dies(start: Callable[..., Proxy], server: ScriptedServer) -> None:
    server.script = answering(OK)
    proxy = start(server, workers=2)
    for _ in range(8):
        proxy.connect().request(GET)
    before = numbers(proxy)
    assert total(before, "bridgehead_requests_total") == 8
    for pid in proxy.workers_running():
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: proxy.said().count("SIGKILL") == 2, "two replacements")
    proxy.connect().request(GET)
    eventually(lambda: total(numbers(proxy), "bridgehead_workers") == 2, "both")
    after = numbers(proxy)
    assert total(after, "bridgehead_requests_total") == 9
    fallen = [key for key, value in before.items() if key[0].endswith("_total") and after.get(key, 0) < value]
    assert not fallen


def test_certificates_and_alarms_are_numbers_with_names() -> None:
    status = {
        **_EMPTY,
        "watch": {
            "certificates": [
                {"certificate": "public", "kind": "rsa", "role": "served", "days_left": 29.5},
                {"certificate": "pool01", "kind": "10.0.0.1:4443", "role": "upstream", "days_left": -1.25},
            ],
            "alarms": [
                {
                    "about": "upstream:pool01:10.0.0.1:4443",
                    "kind": "expiry",
                    "name": "pool01",
                    "state": "expired",
                    "severity": "critical",
                    "message": "It expired.",
                }
            ],
        },
    }
    found = read(exposition(status))
    assert total(found, "bridgehead_certificate_days_left", certificate="public", kind="rsa", role="served") == 29.5
    assert total(found, "bridgehead_certificate_days_left", certificate="pool01", role="upstream") == -1.25
    assert total(found, "bridgehead_alarm", about="upstream:pool01:10.0.0.1:4443", severity="critical") == 1


def test_a_name_with_quotes_is_escaped() -> None:
    status = {**_EMPTY, "tls_profiles": {'a"b\\c\nd': "modern"}}
    assert total(read(exposition(status)), "bridgehead_pool_tls", pool='a"b\\c\nd') == 1


def test_a_number_is_printed_to_its_last_digit() -> None:
    status = _EMPTY | {"counters": {"accepted": 1_234_567_891}}
    assert "bridgehead_connections_accepted_total 1234567891\n" in exposition(status)
