"""What an administrator chooses about certificates; plans read it, the proxy does not."""

from __future__ import annotations

from typing import Literal

from bridgehead.topology.values import Count, Flag, Part, Reference


class PlanChoices(Part):
    """Choices that a plan cannot make."""

    subject_pool: Reference | None = None
    """Name of the pool whose external_fqdn becomes the certificate's subject; the first front-end pool without it."""
    wildcard: Flag = False
    """`true`: a wildcard name replaces those of meet and dial-in in the certificate."""
    proxies: Count = 1
    """How many machines run the proxy with this file. With more than one, the private key is copied to each."""
    requested_elsewhere: Flag = False
    """`true`: the certificate is requested on another machine than the proxy, so its private key must travel."""
    issuer: Literal["public", "private"] = "public"
    """Who signs the proxy's certificate. `private`: an authority that only your own machines trust."""
    combined_with_edge: Flag = False
    """`true`: one certificate for the proxy and the Edge Servers, as the documents' tip has it; the plan warns."""
