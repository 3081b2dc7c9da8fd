"""Who depends on what: the clients of "Scenarios for reverse proxy in Lync Server 2013", and the telephones."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridgehead.verify.targets import Target

EVERYBODY = ("every client",)
DESKTOP = "Lync 2013 desktop client"
WEB_APP = "Lync Web App"
MOBILE = "Lync Mobile"
STORE = "Lync Windows Store app"
PHONES = "Lync Phone Edition"
GUESTS = "meeting guests"
BROWSERS = "browsers"

DISCOVERERS = (MOBILE, STORE, DESKTOP)
"""Who begins with lyncdiscover."""


def with_tls(target: Target) -> bool:
    """Whether the name is published with TLS."""
    return target.https_port is not None


def decrypted(target: Target) -> bool:
    """Whether the proxy itself answers requests on this name: what is relayed is another site's own business."""
    return target.https_port is not None and not target.has("relay")
