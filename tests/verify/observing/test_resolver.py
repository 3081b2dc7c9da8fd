from __future__ import annotations

import pytest

from bridgehead.verify.observing.network import network
from bridgehead.verify.observing.patience import Patience
from bridgehead.verify.observing.questions import Resolution, Resolve
from bridgehead.verify.observing.resolver import server_and_port
from bridgehead.verify.observing.ways import Way
from tests.verify.observing.dns_server import DnsServer

NAME = "lyncdiscover.contoso.com"
HASTE = Patience(resolve_seconds=0.5)


def seen(server: DnsServer, name: str = NAME) -> Resolution:
    with server:
        return network(Way(patience=HASTE))(Resolve(name, server.address))


def kind_of(resolution: Resolution) -> str:
    return resolution.failure.kind if resolution.failure else ""


def test_addresses_of_both_kinds_are_found() -> None:
    resolution = seen(DnsServer({NAME: [("A", "203.0.113.10"), ("AAAA", "2001:db8::10")]}))
    assert resolution.addresses == ("203.0.113.10", "2001:db8::10")
    assert resolution.aliases == ()


def test_an_alias_is_followed_and_told() -> None:
    records = {NAME: [("CNAME", "webext.fabrikam.com.")], "webext.fabrikam.com": [("A", "203.0.113.10")]}
    resolution = seen(DnsServer(records))
    assert resolution.aliases == ("webext.fabrikam.com",)
    assert resolution.addresses == ("203.0.113.10",)


def test_aliases_in_a_circle_end() -> None:
    records = {NAME: [("CNAME", "a.contoso.com.")], "a.contoso.com": [("CNAME", f"{NAME}.")]}
    assert kind_of(seen(DnsServer(records))) == "garbage"


def test_a_long_row_of_aliases_ends() -> None:
    records = {f"a{number}.contoso.com": [("CNAME", f"a{number + 1}.contoso.com.")] for number in range(50)}
    assert kind_of(seen(DnsServer(records), "a0.contoso.com")) == "garbage"


def test_a_name_that_does_not_exist() -> None:
    resolution = seen(DnsServer({}))
    assert kind_of(resolution) == "unknown-name"
    assert "does not exist" in str(resolution.failure)


def test_a_name_without_addresses() -> None:
    assert kind_of(seen(DnsServer({NAME: []}))) == "unknown-name"


def test_a_server_that_sends_garbage() -> None:
    server = DnsServer({}, raw=b"\x00\x01nonsense")
    assert kind_of(seen(server)) in {"garbage", "timed-out"}


def test_a_server_that_never_answers() -> None:
    silent = DnsServer({})
    resolution = network(Way(patience=HASTE))(Resolve(NAME, silent.address))
    silent._socket.close()
    assert kind_of(resolution) == "timed-out"


def test_a_server_that_never_answers_for_ipv6_does_not_hide_ipv4() -> None:
    assert seen(DnsServer({NAME: [("A", "203.0.113.10")]}, mute="AAAA")).addresses == ("203.0.113.10",)


def test_this_machine_knows_itself() -> None:
    assert "127.0.0.1" in network(Way())(Resolve("localhost")).addresses


def test_a_name_that_can_be_none_is_a_failure_and_no_traceback() -> None:
    look = network(Way(patience=HASTE))
    assert kind_of(look(Resolve("a" * 70 + ".invalid"))) == "unknown-name"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("192.0.2.53", ("192.0.2.53", 53)),
        ("192.0.2.53:5353", ("192.0.2.53", 5353)),
        ("2001:db8::53", ("2001:db8::53", 53)),
        ("[2001:db8::53]:5353", ("2001:db8::53", 5353)),
    ],
)
def test_servers_are_written_with_or_without_a_port(text: str, parts: tuple[str, int]) -> None:
    assert server_and_port(text) == parts


@pytest.mark.parametrize("text", ["dns.contoso.com", "192.0.2.53:0", "192.0.2.53:x", ""])
def test_a_server_is_an_address(text: str) -> None:
    with pytest.raises(ValueError, match="not the IP address of a DNS server"):
        server_and_port(text)
