"""What a certificate request says besides its names, each with the document's word and this year's."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bridgehead.planning import documents
from bridgehead.planning.authorities import authorities
from bridgehead.planning.planned import Because, Decision

if TYPE_CHECKING:
    from datetime import date

SECURITY_NOTE = (
    "Take extra care with the certificate and with the machine that it is made on: a private key that others have "
    "renders the certificate useless and exposes the machines."
)


def issuer(*, public: bool) -> Decision:
    """Who may sign the reverse proxy's certificate."""
    if public:
        reason = "The reverse proxy's certificate must come from a public authority and allow several names."
        return _decision(
            "a public authority, one in the root lists of browsers and phones", reason, documents.CERTIFICATE_SUMMARY
        )
    return _decision("your own authority", "The file says issuer = private.", documents.THE_FILE)


def private_issuer_warning() -> Because:
    """What a private issuer outside means."""
    return Because(
        reason="WARNING: a private authority signs what the internet sees. Phones, partners and guests in meetings do "
        "not trust it and are refused; only machines on which you installed its root can connect.",
        source=documents.CERTIFICATE_SUMMARY,
    )


def key(*, also_ecdsa: bool) -> Decision:
    """Type and size of the key."""
    value = "RSA, 2048 bits, key type Exchange"
    if also_ecdsa:
        value += "; and a second request with the same names for the ECDSA P-256 key that the file binds beside it"
    reason = "Step 13 selects 2048 and step 14 Exchange; every client of Lync Server 2013 can use it."
    return _decision(value, reason, documents.CERTIFICATE_REQUEST)


def key_usage() -> Decision:
    """Key usage."""
    return _decision(
        "digital signature, key encipherment; critical",
        "Step 11. TLS 1.3 and every ECDHE cipher need the signature, old RSA key exchange the encipherment.",
        documents.CERTIFICATE_REQUEST,
    )


def extended_key_usage(on: date, *, public: bool) -> Decision:
    """Extended key usage: the document asks for two, public authorities issue one."""
    if not public:
        return _decision(
            "server authentication, client authentication; not critical",
            "Step 12 adds both; an authority of your own issues them.",
            documents.CERTIFICATE_REQUEST,
        )
    known = authorities()
    left = ", ".join(one.name for one in known.with_client_authentication(on))
    when = f"On {on} {left} may still issue it on request" if left else f"On {on} none that we know issues it"
    return _decision(
        "server authentication; not critical",
        "The proxy needs the server's alone. Step 12 also adds client authentication, which public authorities are "
        f"withdrawing: no public certificate issued from {known.client_authentication_ends} on may have it. {when}.",
        f"{documents.CERTIFICATE_SUMMARY}; {known.client_authentication_source}",
    )


def exportable(proxies: int, *, requested_elsewhere: bool) -> Decision:
    """Whether the private key may be exported, with the document's security note where it may."""
    if proxies > 1:
        why = f"{proxies} proxies share it, so it is copied to each."
    elif requested_elsewhere:
        why = "It is requested on another machine than the proxy, so the key must travel."
    else:
        return _decision(
            "no",
            "One proxy, and the request is made on it: the key never leaves the machine. With a farm, or a request "
            "made elsewhere, write proxies or requested_elsewhere below [plan].",
            documents.CERTIFICATE_REQUEST,
        )
    return _decision("yes, moved as a .pfx file", f"{why} {SECURITY_NOTE}", documents.CERTIFICATE_REQUEST)


def request(friendly_name: str) -> Decision:
    """Form of the request."""
    return _decision(
        f"PKCS #10, Base 64, (No template) Legacy key, default extensions not suppressed; "
        f"friendly name {friendly_name!r}",
        "Steps 5, 7 and 19, unless the authority directs otherwise.",
        documents.CERTIFICATE_REQUEST,
    )


def lifetime(on: date, *, public: bool) -> Decision:
    """How long a certificate that is issued on this day can live, and what is coming."""
    if not public:
        return _decision("as your authority decides", "Limits of browsers are for public ones.", documents.THE_FILE)
    now = authorities().lifetime(on)
    coming = ", ".join(f"{later.days} days from {later.since}" for later in authorities().later_lifetimes(on))
    falls = f" The limit falls to {coming}." if coming else ""
    ends = on + timedelta(days=now.days)
    return _decision(
        f"{now.days} days at most: issued on {on}, it ends by {ends}",
        f"Public authorities issue none that lives longer.{falls} Renewal is routine work now: plan to automate it.",
        now.source,
    )


def _decision(value: str, reason: str, source: str) -> Decision:
    return Decision(value=value, because=Because(reason=reason, source=source))
