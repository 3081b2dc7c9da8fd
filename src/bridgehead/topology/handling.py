"""What the file may say about any site that is published: how requests are handled, and how its servers are reached."""

from __future__ import annotations

from typing import Literal

from bridgehead.topology.authentication import Authenticating
from bridgehead.topology.values import Count, FilePath, Flag, Part, PublicName, Reference, Seconds, Several

RequireTls = Literal["redirect", "refuse", "off"]


class Handling(Authenticating):
    """How requests for a published site are handled."""

    host_header: PublicName | None = None
    """The Host that the servers see. Without it they see what the client sent, as Lync Server requires."""
    forwarded_fields: Literal["replace", "remove"] = "replace"
    """Whether the servers get X-Forwarded-For, -Proto and -Host from the proxy. Those of a client are removed."""
    require_tls: RequireTls | None = None
    """What a request without TLS gets: `redirect` to https, `refuse`, or with `off` the site itself.
    Without it the listener's own setting counts."""
    body_bytes: Count | None = None
    """Longest request body in bytes; no limit without it. Meeting content is large."""
    listeners: Several[Reference] | None = None
    """Names of the listeners that publish this; all without it."""


class Reaching(Part):
    """How the servers of a site are reached and recognised."""

    trust: Several[FilePath] = ()
    """PEM files with the root certificates that may have signed the servers' certificates, such as the internal root
    CA. The operating system's roots count without it."""
    verify: Flag = True
    """Whether the servers' certificates are verified. Turn it off only to find a fault."""
    tls_profile: Literal["modern", "windows-2012", "windows-2008"] = "modern"
    """`windows-2012` adds what Windows Server 2012 R2 may need at TLS 1.2; `windows-2008` also allows TLS 1.0."""
    connect_seconds: Seconds = 5.0
    """Longest wait for a connection to a server."""
    response_seconds: Seconds = 1830.0
    """Longest wait for the beginning of an answer. Event polls are held for up to 1,800 seconds."""
