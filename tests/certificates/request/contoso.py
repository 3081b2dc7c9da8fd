"""The request of the documents' example, for tests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bridgehead.certificates.request.requested import RequestedCertificate, RequestedName, Subject
from bridgehead.certificates.request.sound import made_sound

if TYPE_CHECKING:
    from bridgehead.certificates.request.requested import KeyType

NAMES = (
    "webext.contoso.com",
    "webdirext.contoso.com",
    "meet.contoso.com",
    "dialin.contoso.com",
    "officewebapps01.contoso.com",
    "lyncdiscover.contoso.com",
)
"""The example's table."""

BOTH_KINDS: tuple[KeyType, ...] = ("rsa-2048", "ecdsa-p256")


def contoso(**changes: object) -> RequestedCertificate:
    """The sound request for the table of the document, with these fields changed."""
    plain = RequestedCertificate(
        name="public",
        subject=Subject("webext.contoso.com"),
        names=tuple(RequestedName(name, f"Why {name}.") for name in NAMES),
        friendly_name="Reverse Proxy Listener for Lync Server",
    )
    return made_sound(replace(plain, **changes))  # type: ignore[arg-type]  # as wrong as the test makes them
