"""TCP: what must be open is, and what must be closed is."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from bridgehead.planning.addresses import is_internal
from bridgehead.verify.checks.clients import BROWSERS, EVERYBODY, MOBILE, with_tls
from bridgehead.verify.observing.questions import Connect, Connected
from bridgehead.verify.registry import check
from bridgehead.verify.verdicts import Verdict, failed, passed, skipped, warning, without_network

if TYPE_CHECKING:
    from bridgehead.verify.observing.question import Look
    from bridgehead.verify.targets import Target

INTERNAL_PORTS = (4443, 8080)
"""Where the external web services listen inside."""

_CAUSES = {
    "refused": "Nothing listens on this port at this address, or a firewall rejects the connection.",
    "timed-out": "A firewall drops the connection, or the address is not in use.",
    "unreachable": "There is no way from this machine to that address.",
    "unknown-name": "The name does not resolve.",
}
_MEND = "Check that the proxy runs, listens on this port, and that the firewall outside lets TCP {port} through to it."


@check(
    "tcp.https",
    title="The port for TLS is open",
    tries="Connect to the published port, 443 unless the file says otherwise.",
    expects="TCP connects.",
    why='External clients connect on port TCP 443 ("Scenarios for reverse proxy in Lync Server 2013").',
    clients=EVERYBODY,
    applies=with_tls,
    after=("dns.resolves",),
)
def https_is_open(target: Target, look: Look) -> Verdict:
    """443."""
    port = target.https_port or 443
    seen = look(Connect(target.host, port))
    return _closed(seen) if seen.failure is not None else passed(_accepts(seen))


@check(
    "tcp.http",
    title="The port without TLS is open",
    tries="Connect to the published port, 80 unless the file says otherwise.",
    expects="TCP connects.",
    why="Some mobile clients start discovery on port 80; people type addresses without https "
    '("Port summary - Reverse proxy in Lync Server 2013").',
    clients=(MOBILE, BROWSERS),
    applies=lambda target: target.http_port is not None,
    after=("dns.resolves",),
)
def http_is_open(target: Target, look: Look) -> Verdict:
    """80: needed where discovery is served there, else a convenience."""
    seen = look(Connect(target.host, target.http_port or 80, tls=False))
    if seen.failure is None:
        return passed(_accepts(seen))
    if target.over_http in {"served", "redirected", "refused"} or seen.failure.kind == "no-network":
        return _closed(seen)
    if seen.failure.kind == "refused":
        return skipped("It is closed, and answers so at once: clients go on with 443.")
    return warning(
        str(seen.failure),
        _CAUSES.get(seen.failure.kind, ""),
        "Let the firewall reject port 80 instead of dropping it, or open it: clients try it at the same time as 443, "
        "and some wait for both.",
    )


@check(
    "tcp.internal-ports",
    title="The ports of the inside are closed outside",
    tries="Connect to 4443 and 8080.",
    expects="Nobody answers.",
    why="Clients use 443 alone; 4443 and 8080 are between the proxy and the servers.",
    clients=("nobody: what is open there is seen by strangers alone",),
    applies=with_tls,
    after=("tcp.https",),
)
def internal_ports_are_closed(target: Target, look: Look) -> Verdict:
    """4443 and 8080, where they are not what is published."""
    reached = look(Connect(target.host, target.https_port or 443)).address
    if ipaddress.ip_address(reached).is_loopback:
        return skipped(f"{reached} is this machine, whose own ports say nothing about outside.")
    ports = [port for port in INTERNAL_PORTS if port not in {target.https_port, target.http_port}]
    seen = [look(Connect(target.host, port, tls=False)) for port in ports]
    opened = [one for one in seen if one.failure is None]
    if not opened:
        return passed(f"{', '.join(map(str, ports))}: nobody answers")
    told = ", ".join(f"{one.address} port {one.port} accepts" for one in opened)
    cause = "The firewall lets the port through to the proxy or to a server, or the proxy listens there as well."
    mend = "Close it outside. From a machine inside, which may connect there, this says nothing."
    if is_internal(reached):
        return warning(told, cause, mend)
    return failed(told, cause, mend)


def _accepts(seen: Connected) -> str:
    return f"{seen.address} port {seen.port} accepts"


def _closed(seen: Connected) -> Verdict:
    assert seen.failure is not None, "asked about a failure"
    if seen.failure.kind == "no-network":
        return without_network(str(seen.failure))
    where = f"{seen.address} port {seen.port}: " if seen.address else f"port {seen.port}: "
    return failed(f"{where}{seen.failure}", _CAUSES.get(seen.failure.kind, ""), _MEND.format(port=seen.port))
