"""What to do with a request that was made: what goes where, what stays, and what comes back (step 20)."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bridgehead.certificates.request.requested import RequestedCertificate

PARTNERS = "Unified Communications Certificate Partners for Exchange Server and for Communications Server (KB 929395)"


@dataclass(frozen=True)
class MadeRequest:
    """Where one request and its key are."""

    request: str
    """The file to send."""
    key: str
    """The file with the private key."""
    stored: bool = True
    """Whether that file is in the store."""


@dataclass(frozen=True)
class Instruction:
    """One thing to do."""

    text: str
    command: str = ""
    """To copy into a terminal, where there is one."""


def what_to_send(
    requested: RequestedCertificate, made: Sequence[MadeRequest], import_options: str = ""
) -> tuple[Instruction, ...]:
    """What to do, in this order. `import_options` tells `certificate import` where the answer goes."""
    authority = _public_authority if requested.public else _own_authority
    return (*authority(requested, made), *_afterwards(made, import_options))


def _public_authority(requested: RequestedCertificate, made: Sequence[MadeRequest]) -> Iterator[Instruction]:
    files = " and ".join(one.request for one in made)
    yield Instruction(
        f"Send {files} to your public certification authority, and nothing else: upload it, or paste what is in it "
        f"into the order's form. Microsoft listed authorities that suit: {PARTNERS}."
    )
    yield Instruction(
        f"Order a server certificate for {len(requested.names)} names (multi-domain, SAN or UCC). Look at the "
        "authority's preview: some drop the names of the request and want them typed in."
    )


def _own_authority(_: RequestedCertificate, made: Sequence[MadeRequest]) -> Iterator[Instruction]:
    for one in made:
        yield Instruction(
            f"Submit {one.request} to your own authority. With Active Directory Certificate Services",
            f'certreq -submit -attrib "CertificateTemplate:WebServer" {shlex.quote(one.request)} answer.cer',
        )
    yield Instruction("The template decides in the end: that of the name WebServer gives server authentication alone.")


def _afterwards(made: Sequence[MadeRequest], import_options: str) -> Iterator[Instruction]:
    if len(made) > 1:
        yield Instruction(
            "Each request gives a certificate of its own. Clients that know ECDSA get it, others get RSA."
        )
    for one in made:
        place = f"in the store, {one.key}" if one.stored else one.key
        yield Instruction(
            f"Keep the private key: {place}. No authority needs it; whoever asks for it is to be refused."
        )
    yield Instruction(
        "When the answer comes, take it with the intermediate certificates (PEM, DER, PKCS #7 or PFX)",
        f"bridgehead certificate import ANSWER {import_options}".rstrip(),
    )
