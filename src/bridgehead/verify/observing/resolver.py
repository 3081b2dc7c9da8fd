"""Asks DNS: this machine's resolver as programs use it, or a server that is given."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING

from bridgehead.names import address_or_none
from bridgehead.verify.observing.failures import NETWORK_ERRORS, Garbage, NoSuchName, failure_of
from bridgehead.verify.observing.observer import observes
from bridgehead.verify.observing.patience import Deadline, Stopwatch
from bridgehead.verify.observing.questions import Resolution, Resolve
from bridgehead.verify.observing.ways import system_addresses

if TYPE_CHECKING:
    import dns.message

    from bridgehead.verify.observing.ways import Connections

_LONGEST_CHAIN = 8


@observes(Resolve)
def resolve(question: Resolve, connections: Connections) -> Resolution:
    """Addresses, and the aliases on the way where the answer shows them."""
    watch = Stopwatch()
    seconds = connections.way.patience.resolve_seconds
    server = question.server or connections.way.resolver
    try:
        if server:
            addresses, aliases = _ask_server(question.name, server, seconds)
        else:
            addresses, aliases = system_addresses(question.name, seconds), _system_aliases(question.name)
    except NETWORK_ERRORS as error:
        return Resolution(server=server, failure=failure_of(error), milliseconds=watch.read())
    return Resolution(server=server, addresses=addresses, aliases=aliases, milliseconds=watch.read())


def server_and_port(text: str) -> tuple[str, int]:
    """An address and a port: `192.0.2.53`, `192.0.2.53:5353`, `[2001:db8::53]:53`. Raises ValueError for others."""
    address = address_or_none(text)
    port = "53"
    if address is None:
        host, _, port = text.rpartition(":")
        address = address_or_none(host)
    if address is None or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f"{text!r} is not the IP address of a DNS server, with or without :port")
    return address, int(port)


def _ask_server(host: str, server: str, seconds: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A and AAAA of a name from one server; a chain of aliases that leaves its answer is followed by asking again."""
    deadline = Deadline(seconds)
    addresses: list[str] = []
    aliases: tuple[str, ...] = ()
    for kind in ("A", "AAAA"):
        name, chain = host, [host]
        try:
            while name:
                found, name = _records(name, kind, server, deadline, chain)
                addresses += found
        except (TimeoutError, Garbage, NoSuchName):
            # Some servers answer wrongly, or never, for the kind of address that a name has not.
            if not addresses:
                raise
        aliases = max(aliases, tuple(chain[1:]), key=len)
    if not addresses:
        to = f"; it is an alias of {aliases[-1]}, which has none" if aliases else ""
        raise NoSuchName(f"{server} knows no address of {host}{to}.")
    return tuple(dict.fromkeys(addresses)), aliases


def _records(name: str, kind: str, server: str, deadline: Deadline, chain: list[str]) -> tuple[list[str], str]:
    """Addresses in one answer, and the alias that it ends with instead, where there is one to ask for."""
    answer = _query(name, kind, server, deadline)
    found: dict[str, str] = {}
    addresses: list[str] = []
    for group in answer.answer:
        for record in group:
            if hasattr(record, "target"):
                found[str(group.name).rstrip(".").lower()] = str(record.target).rstrip(".").lower()
            elif hasattr(record, "address"):
                addresses.append(str(ipaddress.ip_address(record.address)))
    while chain[-1].lower() in found and len(chain) <= _LONGEST_CHAIN:
        chain.append(found.pop(chain[-1].lower()))
    if len(chain) > _LONGEST_CHAIN or len(set(chain)) < len(chain):
        raise Garbage(f"The aliases of {chain[0]} lead in a circle, or are more than {_LONGEST_CHAIN}.")
    return addresses, "" if addresses or chain[-1] == name else chain[-1]


def _query(name: str, kind: str, server: str, deadline: Deadline) -> dns.message.Message:
    # dnspython takes a tenth of a second to load, which commands that ask no DNS server need not spend.
    import dns.exception  # noqa: PLC0415
    import dns.message  # noqa: PLC0415
    import dns.query  # noqa: PLC0415
    import dns.rcode  # noqa: PLC0415

    address, port = server_and_port(server)
    query = dns.message.make_query(name, kind)
    try:
        answer, _ = dns.query.udp_with_fallback(query, address, timeout=deadline.left(), port=port)
    except dns.exception.Timeout:
        raise TimeoutError from None
    except dns.exception.DNSException as error:
        raise Garbage(f"The DNS server {server} answered what is not DNS: {type(error).__name__}.") from None
    if answer.rcode() == dns.rcode.NXDOMAIN:
        raise NoSuchName(f"{server} says that {name} does not exist.")
    if answer.rcode() != dns.rcode.NOERROR:
        raise Garbage(f"{server} answers {dns.rcode.to_text(answer.rcode())} for {name}.")
    return answer


def _system_aliases(name: str) -> tuple[str, ...]:
    """The canonical name, which is all that the system's resolver tells of aliases."""
    try:
        canonical = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM, flags=socket.AI_CANONNAME)[0][3]
    except (OSError, UnicodeError):
        return ()
    canonical = str(canonical).rstrip(".").lower()
    return (canonical,) if canonical and canonical != name.lower() and address_or_none(canonical) is None else ()
