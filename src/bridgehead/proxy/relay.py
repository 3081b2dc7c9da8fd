"""Sites that keep their own TLS: the connection is passed on undecrypted, chosen by its ClientHello's name alone.

"The reverse proxy *may* decrypt the packet" (Configuration requirements for reverse proxy in Lync Server 2013): this
is the other way. No certificate, no rule for a path and no login is seen here, so none is judged.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from bridgehead.proxy.tunnel import Tunnel

if TYPE_CHECKING:
    from bridgehead.proxy.client import ClientConnection
    from bridgehead.proxy.rules import PublishingRule


def relay(client: ClientConnection, rule: PublishingRule) -> None:
    """Join a client, whose ClientHello has not been taken, with a server of the rule's pool."""
    assert rule.pool is not None
    client.handshaking = False  # not with us: the handshake is between the client and the site
    started = monotonic()

    def log_end(tunnel: Tunnel) -> None:
        client.worker.log.note(
            "relay",
            id=client.worker.log.connection_id(client),
            client=client.address,
            rule=rule.name,
            server=str(upstream.member),
            received=tunnel.received,
            sent=tunnel.sent,
            total_ms=int((monotonic() - started) * 1000),
        )

    tunnel = Tunnel(client, log_end, client.worker.limits.bound_idle_seconds)
    try:
        upstream = rule.pool.open(tunnel)
    except OSError:  # out of descriptors
        client.abandon()
        return
    tunnel.begin(upstream)
